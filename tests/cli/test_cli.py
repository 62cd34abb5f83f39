"""The command line, as people use it: commands, files written, exit codes, and what happens when it is stopped."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from simulator import __version__, cli, load_scenario, simulate
from simulator.base.shipped import shipped_what_ifs
from simulator.cli import app
from simulator.metrics.registry import KPIS
from simulator.scenario import shipped_scenarios

TINY = """\
name: tiny desk
start: 2026-03-02
weeks: 1
arrivals: {per_week: 60, profile: flat}
intents:
  question: {share: 60%, handle: 8m}
  billing: {share: 40%, handle: 12m}
teams:
  support: {agents: 2}
ai:
  answer: {confidence: {mean: 0.75, concentration: 6}}
  after_wrong: {noticed: 40%, returns: 45%, lost: 15%}
sla: {first_response: {default: 4h}}
csat: {human_mean: 4.4}
costs: {agent_per_hour: 28, ai: {per_resolution: 0.99}}
"""
FEW = ["--replications", "2", "--workers", "1"]


def ticketflow(*words: str) -> tuple[int, str, str]:
    """Run a command in this process: exit code, stdout, stderr."""
    ended = CliRunner().invoke(app, list(words))
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended.exit_code, ended.stdout, ended.stderr


@contextmanager
def standing_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("scenarios") / "tiny.yaml"
    file.write_text(TINY)
    return file


@pytest.fixture(scope="module")
def results(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with the results of one run, and what the run printed."""
    out = tmp_path_factory.mktemp("results") / "new" / "folder"
    code, printed, told = ticketflow("run", str(tiny), *FEW, "--seed", "5", "--out", str(out))
    assert code == 0
    assert told.count("warning  ") == 1
    assert told.startswith("warning  sources 17 figures have no source")
    return out, printed


@pytest.fixture(scope="module")
def again(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The same run in a process of its own, with warnings as errors, printing JSON."""
    out = tmp_path_factory.mktemp("again")
    command = [sys.executable, "-W", "error", "-m", "simulator", "run", str(tiny), *FEW, "--seed", "5", "--json"]
    root = Path(__file__).parents[2]
    return out, subprocess.run([*command, "--out", str(out)], capture_output=True, text=True, cwd=root)


# -- help ------------------------------------------------------------------------------------------------------


def test_help_lists_the_commands() -> None:
    code, printed, _ = ticketflow("--help")
    assert code == 0
    for command in ("run", "sweep", "compare", "check", "new", "schema", "scenarios", "kpis"):
        assert re.search(rf"^\s*{command}\s+\S+", printed, flags=re.MULTILINE), command


def test_the_module_runs_as_the_command_does() -> None:
    command = [sys.executable, "-m", "simulator", "--version"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert ended.stdout == f"ticketflow {__version__}\n"


def test_scenarios_lists_what_is_shipped() -> None:
    code, printed, _ = ticketflow("scenarios")
    assert code == 0
    first = [line.split()[0] for line in printed.splitlines() if line.split()]
    for path in (*shipped_scenarios(), *shipped_what_ifs()):
        assert path.stem in first
    assert f"Files: {shipped_scenarios()[0].parent}" in printed


def test_kpis_lists_every_definition() -> None:
    code, printed, _ = ticketflow("kpis", "--markdown")
    assert code == 0
    for kpi in KPIS:
        assert f"| `{kpi.name}` | {kpi.title} |" in printed
        assert kpi.definition in printed


def test_schema_prints_a_json_schema() -> None:
    code, printed, _ = ticketflow("schema")
    assert code == 0
    assert {"arrivals", "intents", "teams", "ai", "policy"} <= set(json.loads(printed)["properties"])


# -- new, check, run -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_new_scenario_is_accepted_and_simulated(tmp_path: Path) -> None:
    with standing_in(tmp_path):
        code, printed, _ = ticketflow("new", "My desk")
        assert (code, printed) == (0, "Wrote my_desk.yaml. Next: ticketflow check my_desk.yaml\n")
        code, printed, told = ticketflow("check", "my_desk.yaml")
        assert (code, told) == (0, "")
        assert "The scenario is valid" in printed
        assert "warm_up: 7d" in Path("my_desk.yaml").read_text()
        small = ["--set", "weeks=1", "--set", "arrivals.per_week=40"]
        code, printed, told = ticketflow("run", "my_desk.yaml", *small, *FEW, "--quiet")
        assert (code, printed, told) == (0, "", "")
        assert (tmp_path / "results" / "my-desk" / "report.html").exists()


@pytest.mark.parametrize("name", ["2026", "null", "yes", "- dash", "@home", "*star", "a, b", "~", "=cmd()", "日本"])
def test_a_new_scenario_is_accepted_whatever_its_name(name: str, tmp_path: Path) -> None:
    with standing_in(tmp_path):
        assert ticketflow("new", "--", name)[0] == 0
        (file,) = tmp_path.glob("*.yaml")
        assert load_scenario(file).name == name


@pytest.mark.parametrize("name", ["", "  ", "a/b", "..\\up", 'quo"te', "a: b", "line\nbreak\x07", "x" * 81])
def test_a_name_that_no_file_can_have_is_refused(name: str, tmp_path: Path) -> None:
    with standing_in(tmp_path):
        code, printed, told = ticketflow("new", "--", name)
        assert (code, printed) == (2, "")
        assert "is no name for a scenario; must be 1 to 80 letters" in told
        assert not list(tmp_path.iterdir())


def test_new_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text("mine")
    with standing_in(tmp_path):
        code, _, told = ticketflow("new", "desk")
    assert (code, told) == (2, "desk.yaml: exists already; choose another name or remove it\n")
    assert (tmp_path / "desk.yaml").read_text() == "mine"


def test_check_tells_loads_and_findings(tiny: Path) -> None:
    code, printed, _ = ticketflow("check", str(tiny), "--json")
    report = json.loads(printed)
    assert code == 0
    assert [load["team"] for load in report["loads"]] == ["support"]
    assert 0 < report["loads"][0]["weekly"] < report["loads"][0]["weekly_without_ai"] < 1
    assert {finding["level"] for finding in report["findings"]} <= {"warning", "note"}


def test_strict_checks_fail_on_warnings(tiny: Path) -> None:
    crowded = ["--set", "arrivals.per_week=4000"]
    code, printed, _ = ticketflow("check", str(tiny), *crowded)
    assert code == 0
    assert "its backlog will grow without end" in " ".join(printed.split())
    assert ticketflow("check", str(tiny), *crowded, "--strict")[0] == 1


# -- results ---------------------------------------------------------------------------------------------------


def test_a_run_prints_its_headline_and_where_the_report_is(results: tuple[Path, str]) -> None:
    out, printed = results
    assert "tiny desk" in printed
    for title in ("Handle time (AHT)", "SLA breaches", "CSAT", "ROI, cash"):
        assert title in printed
    assert f"Report: {out / 'report.html'}" in printed


def test_a_run_writes_these_files(results: tuple[Path, str]) -> None:
    out, _ = results
    assert {path.name for path in out.iterdir()} == {
        "baseline.csv", "figures", "hours.csv", "kpis.csv", "manifest.json", "report.html", "steps.parquet",
        "study.sqlite", "summary.csv", "tickets.parquet",
    }  # fmt: skip
    pictures = list((out / "figures").iterdir())
    assert len(pictures) >= 4
    assert all(path.read_bytes()[:4] == b"\x89PNG" for path in pictures)


def test_the_tables_have_the_documented_columns(results: tuple[Path, str]) -> None:
    out, _ = results
    figures = ["mean", "ci_low", "ci_high", "replications"]
    summary = pd.read_csv(out / "summary.csv")
    assert summary.columns.tolist() == ["kpi", "unit", *figures]
    # The tiny desk has AI, targets, CSAT and costs, but no surge rules.
    assert set(summary.kpi) == {kpi.name for kpi in KPIS if "surge" not in kpi.needs}
    assert (summary.replications <= 2).all()
    groups = pd.read_csv(out / "kpis.csv")
    assert groups.columns.tolist() == ["grouping", "group", "kpi", "unit", *figures]
    assert set(groups.grouping) == {"intent", "channel", "tier", "week", "difficulty"}
    baseline = pd.read_csv(out / "baseline.csv")
    assert baseline.columns.tolist() == [
        "kpi", "unit", "baseline_mean", "baseline_ci_low", "baseline_ci_high",
        "difference_mean", "difference_ci_low", "difference_ci_high", "replications",
    ]  # fmt: skip
    known = baseline[baseline.kpi == "aht"].iloc[0]
    aht = summary[summary.kpi == "aht"].iloc[0]
    assert known.baseline_mean + known.difference_mean == pytest.approx(aht["mean"])


def test_the_audit_trail_is_a_run_with_real_timestamps(results: tuple[Path, str], tiny: Path) -> None:
    out, _ = results
    run = simulate(load_scenario(tiny), seed=5, replication=0)
    tickets, steps = pd.read_parquet(out / "tickets.parquet"), pd.read_parquet(out / "steps.parquet")
    pd.testing.assert_frame_equal(tickets, run.tickets, check_categorical=False)
    pd.testing.assert_frame_equal(steps, run.steps, check_categorical=False)
    assert str(tickets.arrived_at.dtype) == "datetime64[us, UTC]"
    assert tickets.arrived_at.min() >= pd.Timestamp("2026-03-02", tz="UTC")
    assert tickets.arrived_at.max() < pd.Timestamp("2026-03-09", tz="UTC")
    assert (steps.began_at >= steps.joined_at)[steps.began_at.notna()].all()


def test_the_manifest_says_how_the_results_were_made(results: tuple[Path, str], tiny: Path) -> None:
    out, _ = results
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["seed"], manifest["replications"], manifest["ticketflow"]) == (5, 2, __version__)
    assert manifest["engine"] == "fast"
    assert set(manifest["versions"]) >= {"python", "numpy", "numba", "simpy"}
    assert re.fullmatch("[0-9a-f]{64}", manifest["sha256"])
    assert isinstance(manifest["csat_anchor"], float)
    again = type(load_scenario(tiny)).model_validate(manifest["scenario"])
    assert again == load_scenario(tiny)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(results: tuple[Path, str], again: tuple[Path, object]) -> None:
    tables = ("summary.csv", "baseline.csv", "kpis.csv", "hours.csv", "tickets.parquet", "steps.parquet")
    for name in (*tables, "manifest.json"):
        assert (again[0] / name).read_bytes() == (results[0] / name).read_bytes(), name


@pytest.mark.slow
def test_json_is_all_that_is_printed(
    results: tuple[Path, str], again: tuple[Path, subprocess.CompletedProcess[str]]
) -> None:
    (out, _), (_, ended) = results, again
    assert (ended.returncode, ended.stderr) == (0, "")
    found = json.loads(ended.stdout)
    assert "NaN" not in ended.stdout
    assert (found["scenario"], found["seed"], found["replications"]) == ("tiny desk", 5, 2)
    assert found["warnings"][0].startswith("sources 17 figures have no source")
    assert found["notes"]
    summary = pd.read_csv(out / "summary.csv").set_index("kpi")
    assert set(found["kpis"]) == set(summary.index)
    assert found["kpis"]["aht"]["mean"] == pytest.approx(summary["mean"]["aht"])
    assert found["kpis"]["aht_triage"] == {
        "unit": "minutes", "mean": None, "ci_low": None, "ci_high": None, "replications": 0
    }  # fmt: skip


# -- bad input -------------------------------------------------------------------------------------------------


def refused(*words: str) -> str:
    """Run a command that must be refused; give what it says."""
    code, printed, told = ticketflow(*words)
    assert code == 2
    assert printed == ""
    assert "Traceback" not in told
    return told


def test_an_unknown_scenario_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with standing_in(tmp_path):
        told = refused("run", "saas_pilott")
    assert told.startswith("saas_pilott: is no file and no shipped scenario; must be a .yaml file or one of ")
    assert "(did you mean saas_pilot?)" in told
    assert not list(tmp_path.iterdir())


def test_a_wrong_override_is_refused_before_anything_is_written(tiny: Path, tmp_path: Path) -> None:
    told = refused("run", str(tiny), *FEW, "--set", "weeks=-1", "--set", "polcy.mode=off", "--out", str(tmp_path / "o"))
    assert "--set weeks=-1: weeks is -1; must be a whole number from 1 to 520" in told
    assert "did you mean policy?" in told
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("numbers", [["--replications", "0"], ["--workers", "0"], ["--seed", "-3"]])
def test_numbers_that_cannot_be_are_refused(numbers: list[str], tiny: Path, tmp_path: Path) -> None:
    told = refused("run", str(tiny), *FEW, *numbers, "--out", str(tmp_path / "o"))
    assert f"{numbers[0].strip('-')} is {numbers[1]}; must be" in told
    assert not (tmp_path / "o").exists()


def test_results_do_not_replace_a_file(tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    for out in (tmp_path / "taken", tmp_path / "taken" / "below"):
        assert "is a file, or lies under one; choose another --out" in refused(
            "run", str(tiny), *FEW, "--out", str(out)
        )
    assert (tmp_path / "taken").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only to root")
def test_results_are_not_written_to_a_read_only_folder(tiny: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    told = refused("run", str(tiny), *FEW, "--out", str(closed / "o"))
    assert "cannot be written to" in told
    assert not list(closed.iterdir())


@pytest.mark.parametrize(("words", "message"), [
    (["--precision", "2%"], "--replications: is 2; with --precision the replications follow from it; drop one"),
    (["--max-replications", "20"], "--max-replications: says when to stop, but not how precisely; give --precision"),
    (["--precision-kpi", "aht"], "--precision-kpi: says when to stop, but not how precisely"),
    (["--workers", "fibres:2"], "workers is fibres:2; must be a number, threads:N, processes:N or dask:tcp://HOST:PORT"),
    (["--engine", "abacus"], "engine 'abacus' is not known; must be one of auto, simpy"),
])  # fmt: skip
def test_options_that_cannot_be_are_refused(words: list[str], message: str, tiny: Path, tmp_path: Path) -> None:
    assert message in refused("run", str(tiny), *FEW, *words, "--out", str(tmp_path / "o"))
    assert not list(tmp_path.iterdir())


# -- going on --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_folder_of_other_results_is_refused_unless_it_may_be_discarded(tiny: Path, tmp_path: Path) -> None:
    few = ["run", str(tiny), "--workers", "1", "--quiet", "--out", str(tmp_path)]
    assert ticketflow(*few, "-n", "2") == (0, "", "")
    before = (tmp_path / "summary.csv").read_bytes()
    told = refused(*few, "-n", "2", "--seed", "6")
    rule = "holds results of seed 1, and this is seed 6; choose another --out, or discard it with --fresh"
    assert told == f"{tmp_path / 'study.sqlite'}: {rule}\n"
    assert (tmp_path / "summary.csv").read_bytes() == before
    assert ticketflow(*few, "-n", "3") == (0, "", "")
    assert (pd.read_csv(tmp_path / "summary.csv").replications <= 3).all()
    assert ticketflow(*few, "-n", "2", "--seed", "6", "--fresh") == (0, "", "")
    assert json.loads((tmp_path / "manifest.json").read_text())["seed"] == 6


@pytest.mark.slow
def test_a_precision_that_is_not_reached_is_told(tiny: Path, tmp_path: Path) -> None:
    words = ["--precision", "0.1%", "--precision-kpi", "aht", "--min-replications", "2", "--max-replications", "3"]
    code, printed, told = ticketflow("run", str(tiny), "--workers", "1", *words, "--out", str(tmp_path))
    assert (code, "warning" in printed) == (0, False)
    text = " ".join(told.split())
    assert "aht did not reach a precision of 0.10% in 3 replications: ±" in text
    assert "it would take about" in text


# -- hostile names ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_hostile_names_do_no_harm(tmp_path: Path) -> None:
    text = (
        TINY.replace("tiny desk", '"=cmd()<script>alert(1)</script>[/red]"')
        .replace("  question:", '  "@SUM(1+1)":')
        .replace("  billing:", '  "<script>alert(2)</script>":')
        .replace("  support:", '  "+1|cmd":')
    )
    (tmp_path / "bad.yaml").write_text(text)
    out = tmp_path / "o"
    code, printed, _ = ticketflow("run", str(tmp_path / "bad.yaml"), *FEW, "--out", str(out))
    assert code == 0
    assert "=cmd()<script>alert(1)</script>[/red]" in printed
    for file in out.glob("*.csv"):
        with file.open(newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t")) or cell.startswith("-cmd")]
    groups = pd.read_csv(out / "kpis.csv").group.unique()
    assert "'@SUM(1+1)" in groups
    assert "<script>alert(2)</script>" in groups
    page = (out / "report.html").read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.yaml", "o"]


# -- being stopped ---------------------------------------------------------------------------------------------


def workers_of(parent: int) -> list[int]:
    """List the worker processes of a run that are alive."""
    lines = subprocess.check_output(["ps", "-Aww", "-o", "pid=,ppid=,stat=,args="], text=True).splitlines()
    words = [line.split(None, 3) for line in lines if "popen_loky" in line]
    return [int(pid) for pid, ppid, state, _ in words if int(ppid) == parent and not state.startswith("Z")]


def is_alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def wait_for(condition: object, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(("kind", "processes"), [("threads:2", 0), ("processes:2", 2)])
def test_ctrl_c_stops_a_run_at_once_and_leaves_what_is_finished(
    tiny: Path, tmp_path: Path, kind: str, processes: int
) -> None:
    out = tmp_path / "o"
    # The handler is set because a shell that runs tests in the background may have switched Ctrl-C off.
    start = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    start += "from simulator.cli import main; main()"
    words = ["run", str(tiny), "--set", "arrivals.per_week=3000", "-n", "5000", "--workers", kind, "--out", str(out)]
    run = subprocess.Popen(
        [sys.executable, "-c", start, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    workers: list[int] = []
    try:
        wait_for(lambda: len(workers_of(run.pid)) == processes or run.poll() is not None)
        workers = workers_of(run.pid)
        assert len(workers) == processes
        wait_for(lambda: (log := out / "study.sqlite-wal").exists() and log.stat().st_size > 600_000)
        run.send_signal(signal.SIGINT)
        since = time.monotonic()
        printed, told = run.communicate(timeout=30)
        took = time.monotonic() - since
    finally:
        run.kill()
        left_over = [pid for pid in workers if is_alive(pid)]
        for pid in left_over:
            os.kill(pid, signal.SIGKILL)
    assert run.returncode == 130, told
    assert took < 8
    assert printed == ""
    kept = re.escape(f"and are kept in {out / 'study.sqlite'}; the same command goes on from there.")
    assert re.fullmatch(rf"Stopped: [1-9]\d* of 5000 replications were finished {kept}\n", told)
    assert [path.name for path in out.iterdir()] == ["study.sqlite"]
    assert left_over == []


def test_after_ctrl_c_threads_at_work_are_not_torn_down_with_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    go_on = threading.Event()
    worker = threading.Thread(target=go_on.wait, daemon=True)

    def stopped() -> None:
        raise SystemExit(130)

    monkeypatch.setattr(cli, "app", stopped)
    monkeypatch.setattr(os, "_exit", ended.append)
    worker.start()
    try:
        with pytest.raises(SystemExit):  # os._exit itself does not come back.
            cli.main()
    finally:
        go_on.set()
        worker.join()
    assert ended == [130]
