"""The command `fit`: from files to a scenario and a report, and what people will get wrong."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from simulator import cli
from simulator.scenario import load_scenario
from tests.tools import make_example_export

EXPORTS = make_example_export.FOLDER
TICKETS, ROSTER, LOG = (
    EXPORTS / f"garden_shop_{name}" for name in ("tickets.csv.gz", "roster.csv", "shadow_log.csv")
)
USUAL = (TICKETS, "--timezone", "Europe/London", "--roster", ROSTER)
AI = (
    "--set", "ai.answer.calibration={shift: -0.2, scale: 1}", "--set", "ai.after_wrong.noticed=50%",
    "--set", "ai.after_wrong.returns=40%", "--set", "ai.after_wrong.lost=10%",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def fit(*arguments: Any) -> Any:
    return CliRunner().invoke(cli.app, ["fit", *(str(argument) for argument in arguments)])


def test_the_example_export_is_what_its_script_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_example_export, "FOLDER", tmp_path)
    make_example_export.main()
    assert gzip.decompress((tmp_path / TICKETS.name).read_bytes()) == gzip.decompress(TICKETS.read_bytes())
    for file in (ROSTER, LOG):
        assert (tmp_path / file.name).read_bytes() == file.read_bytes()


def test_an_export_becomes_a_scenario_and_a_report(tmp_path: Path) -> None:
    done = fit(*USUAL, "--out", "shop.yaml")
    assert done.exit_code == 0, done.output
    assert "of its figures are measured" in done.output.replace("\n", " ")
    assert "Scenario: shop.yaml. Next: ticketflow check shop.yaml" in done.output
    scenario = load_scenario("shop.yaml")
    assert str(scenario.start) == "2026-10-19"
    assert 0.28 < scenario.intents["Where is my order"].share < 0.34  # made with 31 %
    assert scenario.opening_backlog is not None
    folder = tmp_path / "results" / "shop-fit"
    figures, quality = pd.read_csv(folder / "figures.csv"), pd.read_csv(folder / "quality.csv")
    assert {"measured", "assumed"} < set(figures.kind)
    assert "unsourced" not in set(figures.kind)
    rows = quality.set_index("what").rows
    assert rows["rows read"] == 4156
    assert rows["rows read"] == rows["tickets kept"] + quality[quality.left_out].rows.sum()
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == len(list((folder / "figures").iterdir())) == 7
    assert "Assumed figures: yours to own" in page


@pytest.mark.slow
def test_names_of_people_are_in_nothing_that_a_fit_writes(tmp_path: Path) -> None:
    assert fit(*USUAL, "--out", "shop.yaml").exit_code == 0
    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(written) > 8
    for file in written:
        content = file.read_bytes()
        for name in make_example_export.AGENTS:
            assert name.encode() not in content, file
        assert str(EXPORTS).encode() not in content, f"{file} tells where the export lay"


@pytest.mark.slow
def test_a_shadow_log_gives_the_ai_and_what_it_cannot_say_is_asked_for() -> None:
    done = fit(*USUAL, "--ai-log", LOG, "--out", "shop.yaml")
    assert done.exit_code == 2
    for path in ("ai.answer.calibration", "ai.after_wrong.noticed", "ai.after_wrong.returns", "ai.after_wrong.lost"):
        assert f"fit: {path} (" in done.output
    assert not Path("shop.yaml").exists()
    assert not Path("results").exists()
    done = fit(*USUAL, "--ai-log", LOG, "--out", "shop.yaml", *AI)
    assert done.exit_code == 0, done.output
    ai = load_scenario("shop.yaml").ai
    assert ai is not None
    assert ai.routing is not None
    assert ai.after_wrong.noticed == 0.5


@pytest.mark.slow
def test_json_tells_figures_and_findings_and_nothing_else_is_printed() -> None:
    done = fit(*USUAL, "--out", "shop.yaml", "--json")
    told = json.loads(done.output)
    assert told["tickets"] == 4135
    assert {"path", "value", "uncertain", "source", "kind"} <= set(told["figures"][0])
    assert {finding["level"] for finding in told["findings"]} == {"warning", "note"}
    assert fit(*USUAL, "--out", "other.yaml", "--quiet").output == ""


@pytest.mark.slow
def test_the_same_files_give_the_same_scenario_to_the_byte() -> None:
    for name in ("one.yaml", "two.yaml"):
        assert fit(*USUAL, "--name", "shop", "--out", name).exit_code == 0
    assert Path("one.yaml").read_bytes() == Path("two.yaml").read_bytes()


def test_fields_are_listed_without_a_file() -> None:
    done = fit("--fields")
    assert done.exit_code == 0
    assert "created_at" in done.output
    assert "predicted_intent" in done.output


@pytest.mark.slow
def test_a_handle_time_that_the_user_gives_is_used_only_where_none_is_recorded() -> None:
    assert fit(*USUAL, "--handle", "30m", "--out", "recorded.yaml").exit_code == 0
    assert load_scenario("recorded.yaml").intents["Account"].handle.mean < 8
    bare = pd.read_csv(TICKETS).drop(columns="Time tracked")
    bare.to_csv("bare.csv", index=False)
    asked = fit("bare.csv", *USUAL[1:], "--out", "bare.yaml")
    assert asked.exit_code == 2
    assert "(handle time of a ticket) and 5 more like it is in no file that was given; give" in asked.output
    given = fit("bare.csv", *USUAL[1:], "--handle", "9m", "--out", "bare.yaml")
    assert given.exit_code == 0, given.output
    handle = load_scenario("bare.yaml").intents["Account"].handle
    assert handle.mean == 9
    assert handle.mean.source == "assumed: given by the user for all tickets"


@pytest.mark.slow
def test_handle_time_from_staffed_hours_and_occupancy_is_what_arithmetic_says() -> None:
    pd.read_csv(TICKETS).drop(columns="Time tracked").to_csv("bare.csv", index=False)
    done = fit("bare.csv", *USUAL[1:], "--occupancy", "45%", "--out", "bare.yaml")
    assert done.exit_code == 0, done.output
    hours = 8 * (5 * 10 * 4 + 6 * 2)  # eight weeks of the roster
    mean = load_scenario("bare.yaml").intents["Account"].handle.mean
    assert mean == pytest.approx(60 * hours * 0.45 / 4135, rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing.csv",), "nothing.csv"),
        ((TICKETS, "--out", "shop.txt"), "shop.txt: is no scenario file; must end in .yaml, so choose another --out"),
        ((TICKETS, "--out", "no/shop.yaml"), "no: is no folder to write to; choose another --out"),
        ((TICKETS, "--timezone", "Middle/Earth"), "--timezone: Middle/Earth is no time zone"),
        ((TICKETS, "--from", "soon"), "--from: is 'soon'; must be a day such as 2026-01-05"),
        ((TICKETS, "--occupancy", "120%"), "--occupancy: is '120%'; must be a share above 0, such as 80%"),
        ((TICKETS, "--staffed-hours", "many"), "--staffed-hours: is 'many'; must be a number of agent hours, such"),
        ((TICKETS, "--handle", "soon"), "--handle: is 'soon'; must be a time above 0, such as 8m"),
        ((TICKETS, "--map", "created_at"), "--map created_at: is no pair; must be FIELD=COLUMN: created_at=Opened"),
        ((TICKETS, "--map", "intent=Type", "--map", "intent=Group"), "--map intent=Group: names intent again"),
        ((TICKETS, "--map", "created=Created time"), "created"),
        ((*USUAL, "--set", "intents.*.handl=8m"), "handl"),
        ((*USUAL, "--set", "intents.Account.share=50%"), "must sum to 100%"),
        ((TICKETS, "--roster", LOG), "garden_shop_shadow_log.csv"),
        ((TICKETS, "--country", "Atlantis"), "Atlantis"),
    ],
)
def test_mistakes_are_told_plainly_and_nothing_is_written(arguments: tuple[Any, ...], message: str) -> None:
    done = fit(*arguments, *([] if "--out" in arguments else ["--out", "shop.yaml"]))
    assert done.exit_code == 2, done.output
    assert message in done.output
    assert not list(Path.cwd().iterdir())


@pytest.mark.slow
def test_a_scenario_that_exists_is_replaced_only_when_asked() -> None:
    Path("shop.yaml").write_text("name: mine\n")
    done = fit(*USUAL, "--out", "shop.yaml")
    assert done.exit_code == 2
    assert "shop.yaml: exists already; add --force to replace it; choose another --out" in done.output
    assert Path("shop.yaml").read_text() == "name: mine\n"
    assert fit(*USUAL, "--out", "shop.yaml", "--force").exit_code == 0
    assert load_scenario("shop.yaml").name == "shop"
