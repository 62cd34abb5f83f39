"""The command `backtest`: from a file to a verdict, and what people will get wrong."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from simulator import cli
from simulator.calibration.exports.export_from_run import of_run
from simulator.run import simulate
from tests.support.backtest_desks import LINE, line
from tests.support.desks import PLAIN, laid_over
from tests.support.written_exports import write_export

TRAIN, TEST = "2026-03-02..2026-03-29", "2026-03-30..2026-04-12"
QUICK = ("-n", "19", "--workers", "1")
AGENTS = ("--set", "teams.support.agents=4")


@pytest.fixture(scope="module")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight weeks of a phone line, as a help desk would export them."""
    file = tmp_path_factory.mktemp("export") / "calls.csv"
    write_export(of_run(simulate(line(), seed=77)), file)
    return file


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("scenario") / "line.json"
    file.write_text(json.dumps(laid_over(PLAIN, LINE)))
    return file


def invoke(*arguments: Any) -> Any:
    return CliRunner().invoke(cli.app, ["backtest", *(str(argument) for argument in arguments)])


def test_a_given_scenario_is_held_against_an_export(tickets: Path, scenario: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = invoke(scenario, "--tickets", tickets, "--train", TRAIN, "--test", TEST, *QUICK, "--out", out)
    assert done.exit_code == 0, done.output
    assert "How sure." in done.output
    values, scores = pd.read_csv(out / "measures.csv"), pd.read_csv(out / "summary.csv")
    days = values[(values.measure == "arrivals") & (values.grain == "day")]
    assert list(days.time) == [str(day.date()) for day in pd.date_range("2026-03-30", "2026-04-12")]
    assert (days.low <= days.forecast_median).all()
    assert set(scores.verdict) <= {"trust", "no better", "do not trust", "cannot tell"}
    made = json.loads((out / "manifest.json").read_text())
    assert (made["train"], made["replications"]) == (["2026-03-02", "2026-03-29"], 19)
    page = (out / "report.html").read_text()
    assert "What the model may be trusted for" in page
    assert page.count("<svg") >= 4
    assert sorted(file.name for file in (out / "figures").iterdir()) == [
        "01_days.png", "02_profile.png", "03_coverage.png", "04_errors.png",
    ]  # fmt: skip


@pytest.mark.slow
def test_an_export_alone_is_fitted_on_its_first_weeks(tickets: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = invoke(tickets, "--train", TRAIN, "--test", TEST, *AGENTS, *QUICK, "--out", out, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["train"] == ["2026-03-02", "2026-03-29"]
    assert {one["measure"] for one in told["verdicts"]} >= {"arrivals", "wait_mean", "abandoned", "waited"}
    scenario = json.loads((out / "manifest.json").read_text())["scenario"]
    assert scenario["start"] == "2026-03-30"
    assert scenario["teams"]["support"]["agents"] == 4


@pytest.mark.slow
def test_a_backtest_with_the_agents_who_were_there_says_how_they_are_known(scenario: Path, tmp_path: Path) -> None:
    began = pd.date_range("2026-03-02 09:00", periods=2000, freq="21min")
    table = pd.DataFrame({
        "created_at": began.astype(str), "began_at": began.astype(str),
        "ended_at": (began + pd.Timedelta("8min")).astype(str), "agent": "Erika Mustermann", "wait": 0, "abandoned": 0,
    })  # fmt: skip
    file, out = tmp_path / "named.csv", tmp_path / "out"
    table.to_csv(file, index=False)
    days = "--train", "2026-03-02..2026-03-15", "--test", "2026-03-16..2026-03-22"
    done = invoke(scenario, "--tickets", file, *days, "--staffing", "observed", *QUICK, "--out", out)
    assert done.exit_code == 0, done.output
    told = " ".join(done.output.split())
    assert "agents count as there during work and gaps of at most 10 minutes" in told
    assert "Mustermann" not in told + (out / "manifest.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{scenario}", "--test", TEST], "--tickets: is not given; must be the export to compare with"),
        (["tickets.xlsx", "--test", TEST], "as tickets.xlsx ends in none of .csv, .gz, .parquet"),
        (["{tickets}", "--tickets", "{tickets}", "--test", TEST], "--tickets: is given together with an export"),
        (["{tickets}", "--test", "2026-03-30"], "in no file"),
        (["{tickets}", "--test", "tomorrow"], "--test: is 'tomorrow'; must be the first and the last day"),
        (["{tickets}", "--test", "2026-04-12..2026-03-30"], "--test: is 2026-04-12..2026-03-30; must end on or after"),
        (["{tickets}", "--test", "2026-04-20..2026-05-30"], "must lie within the days of the export"),
        (["{tickets}", "--test", "2025-04-20..2025-05-30"], "--test: is 2025-04-20..2025-05-30; must lie within"),
        (["{tickets}", "--test", TRAIN, "--train", TEST], "must begin after the last day of --train"),
        (["{tickets}", "--test", TEST, "--train", "2026-03-02..2026-03-30"], "must begin after the last day"),
        (["{tickets}", "--test", TEST, "--arrivals", "guess"], "must be forecast or replayed"),
        (["{tickets}", "--test", TEST, "--staffing", "guess"], "must be fitted or observed"),
        (["{tickets}", "--test", TEST, *AGENTS, "-n", "5"], "--replications: is 5; must be 19 or more"),
        (["{tickets}", "--test", TEST, *AGENTS, "--staffing", "observed"], "names no agents"),
        (["{scenario}", "--tickets", "{tickets}", "--test", TEST, "--handle", "8m"], "--handle: is for fitting"),
        (["{scenario}", "--tickets", "{tickets}", "--test", TEST, "--timezone", "Asia/Tokyo"], "must be that of the"),
        (["{scenario}", "--tickets", "nowhere.csv", "--test", TEST], "nowhere.csv"),
        (["nowhere.yaml", "--tickets", "{tickets}", "--test", TEST], "nowhere.yaml"),
    ],
)
def test_mistakes_are_told_with_a_remedy_and_nothing_is_written(
    arguments: list[str], message: str, tickets: Path, scenario: Path, tmp_path: Path
) -> None:
    given = [text.format(tickets=tickets, scenario=scenario) for text in arguments]
    out = tmp_path / "out"
    done = invoke(*given, "--out", out)
    assert done.exit_code == 2, done.output
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.output
    assert not out.exists()


@pytest.mark.slow
def test_results_hold_no_names_of_people(scenario: Path, tmp_path: Path) -> None:
    table = pd.DataFrame({
        "created_at": pd.date_range("2026-03-02 09:00", periods=2000, freq="21min").astype(str),
        "agent": "Erika Mustermann", "subject": "my secret", "requester_email": "a@b.example", "wait": 1,
        "abandoned": 0,
    })  # fmt: skip
    file, out = tmp_path / "named.csv", tmp_path / "out"
    table.to_csv(file, index=False)
    days = "--train", "2026-03-02..2026-03-15", "--test", "2026-03-16..2026-03-22"
    done = invoke(scenario, "--tickets", file, *days, *QUICK, "--out", out)
    assert done.exit_code == 0, done.output
    for written in (path for path in out.rglob("*") if path.is_file()):
        for secret in (b"Mustermann", b"secret", b"a@b.example"):
            assert secret not in written.read_bytes(), written
