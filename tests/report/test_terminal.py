"""The terminal: colours only where they are wanted, results apart from the rest, tables that fit, pipes that break."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from simulator.base.shipped import shipped_scenarios, shipped_what_ifs
from simulator.cli import app
from simulator.cli.common import print_json
from simulator.metrics.registry import BY_NAME, HEADLINE
from simulator.report.format import signed
from simulator.report.render.terminal import _print_table, print_page, results, safe, tell_warnings
from simulator.report.run.view import page_of
from simulator.report.sheet import Cell, Sheet
from simulator.scenario import load_scenario
from simulator.studies.running.batch import replicate
from tests.cli.test_cli import FEW, TINY

ROOT = Path(__file__).parents[2]
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3\d|4\d|9\d|10\d)(?:;\d+)*m")
ESCAPE = "\x1b["


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("scenarios") / "tiny.yaml"
    file.write_text(TINY)
    return file


def environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    return {**kept, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "80", **settings}


def seen_in_a_terminal(words: Sequence[str], **settings: str) -> str:
    """Return all that a command writes to a terminal of its own."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "simulator", *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**settings)) as running:
        os.close(theirs)
        shown = bytearray()
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux says so when the other side of a terminal has gone.
                break
            if not part:
                break
            shown += part
        running.wait()
    os.close(ours)
    assert running.returncode == 0, shown.decode()
    return shown.decode()


# -- colours ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_terminal_gets_colours(tiny: Path) -> None:
    assert COLOUR.search(seen_in_a_terminal(["check", str(tiny)]))


@pytest.mark.slow
def test_no_color_is_respected(tiny: Path) -> None:
    shown = seen_in_a_terminal(["check", str(tiny)], NO_COLOR="1")
    assert "warning" in shown
    assert not COLOUR.search(shown)


@pytest.mark.slow
def test_a_dumb_terminal_gets_plain_text_and_no_progress_bar(tiny: Path, tmp_path: Path) -> None:
    words = ["compare", str(tiny), "--variant", "same:description=new", *FEW, "--out", str(tmp_path)]
    shown = seen_in_a_terminal(words, TERM="dumb")
    assert ESCAPE not in shown
    assert "\r\x1b" not in shown
    assert "Report: " in shown


@pytest.mark.slow
@pytest.mark.parametrize(("settings", "is_coloured"), [({}, False), ({"FORCE_COLOR": "1"}, True)])
def test_a_pipe_gets_colours_only_if_they_are_forced(tiny: Path, settings: dict[str, str], is_coloured: bool) -> None:
    command = [sys.executable, "-m", "simulator", "check", str(tiny)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(**settings), check=True)
    assert bool(COLOUR.search(done.stdout)) == is_coloured
    assert (ESCAPE in done.stdout) == is_coloured


# -- pipes and streams -----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("words", [["kpis"], ["kpis", "--json"], ["schema"], ["scenarios"], ["--help"]], ids=" ".join)
def test_a_reader_that_leaves_gets_no_traceback(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)  # as `| head -0` does
    done = subprocess.run(
        [sys.executable, "-m", "simulator", *words], stdout=writing, stderr=subprocess.PIPE, text=True, check=False,
        env=environment(),
    )  # fmt: skip
    os.close(writing)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_results_go_to_stdout_and_warnings_to_stderr(tiny: Path, tmp_path: Path) -> None:
    words = ["compare", str(tiny), "--variant", "same:description=new", *FEW, "--out", str(tmp_path)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0
    assert "warning" not in done.stdout
    assert done.stderr == "warning  “same” has no effect: every KPI is as before\n"
    told = CliRunner().invoke(app, [*words, "--json"])
    assert told.stderr == ""
    assert json.loads(told.stdout)["warnings"] == ["“same” has no effect: every KPI is as before"]


def test_lists_print_one_json_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def printed(*words: str) -> dict[str, object]:
        done = CliRunner().invoke(app, [*words, "--json"])
        assert (done.exit_code, done.stderr) == (0, "")
        document = json.loads(done.stdout)
        assert isinstance(document, dict)
        return document

    assert printed("new", "my desk") == {"file": "my_desk.yaml"}
    assert (tmp_path / "my_desk.yaml").exists()
    shipped = printed("scenarios")
    assert isinstance(shipped["scenarios"], list)
    assert isinstance(shipped["what_ifs"], list)
    assert [one["name"] for one in shipped["scenarios"]] == [path.stem for path in shipped_scenarios()]
    assert [one["name"] for one in shipped["what_ifs"]] == [path.stem for path in shipped_what_ifs()]
    assert all(Path(one["file"]).is_file() for one in (*shipped["scenarios"], *shipped["what_ifs"]))
    kpis = printed("kpis")["kpis"]
    assert isinstance(kpis, list)
    assert all({"name", "unit", "better", "definition"} <= set(kpi) for kpi in kpis)


def test_json_has_null_for_numbers_that_are_none(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": float("nan"), "b": [float("inf"), 1.5], "c": {"d": (float("-inf"), "text", None, True)}})
    printed = json.loads(capsys.readouterr().out)
    assert printed == {"a": None, "b": [None, 1.5], "c": {"d": [None, "text", None, True]}}


def test_quiet_silences_check_and_new_but_not_their_exit_codes(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    strict = CliRunner().invoke(app, ["check", str(tiny), "--strict", "--quiet"])
    assert (strict.exit_code, strict.stdout, strict.stderr) == (1, "", "")
    assert CliRunner().invoke(app, ["new", "desk", "-q"]).output == ""
    again = CliRunner().invoke(app, ["new", "desk", "-q"])
    assert (again.exit_code, again.stdout) == (2, "")
    assert again.stderr == "desk.yaml: exists already; choose another name or remove it\n"


# -- tables ----------------------------------------------------------------------------------------------------

WIDE = Sheet(
    "Figures of a study that are wide", "Figure", ("as it stands", "median of the draws", "what to think of it"),
    (
        ("Net value, capacity", (Cell("$54,540", "[$53,727, $55,352]"), Cell("$1,234"), Cell("more than it costs"))),
        ("Payback", (Cell("0.3 months", "[0.2, 0.4]"), Cell("not in 12 months"), Cell("a long text of many words"))),
    ),
)  # fmt: skip


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_tables_fit_the_terminal_and_break_no_figure(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    _print_table(results(), WIDE)
    printed = capsys.readouterr().out
    assert max(map(cell_len, printed.splitlines())) <= width
    assert "[$53,727, $55,352]" in printed
    assert "0.3 months" in printed
    left_out = " ".join(printed.partition("The report has more columns: ")[2].split())
    for head in WIDE.columns:
        assert head in left_out or set(head.split()) <= set(printed.split())
    assert bool(left_out) == (width < 60)


def test_columns_without_anything_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    _print_table(results(), Sheet("t", "name", ("empty", "full"), (("a", (Cell(""), Cell("1"))),)))
    printed = capsys.readouterr().out
    assert "empty" not in printed
    assert "full" in printed


def test_a_narrow_terminal_gets_the_kpis_without_broken_figures(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    print_page(page_of(replicate(load_scenario(tiny), replications=2, workers=1)), Path("out"))
    printed = capsys.readouterr().out
    table = [line for line in printed.splitlines()[1:] if line.startswith(" ")]
    assert max(map(cell_len, table)) <= 60
    assert not [line for line in table if line.strip() in ("pts", "min", "months")]


def test_each_kpi_of_a_run_takes_one_line_of_80_columns(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    study = replicate(load_scenario(tiny), replications=3, workers=1)
    print_page(page_of(study), Path("out"))
    printed = capsys.readouterr().out
    measured = [name for name in HEADLINE if name in study.kpi_names and study.estimate(name).replications]
    assert len(measured) > 20
    for name in measured:
        (line,) = (line for line in printed.splitlines() if line.strip().startswith(f"{BY_NAME[name].title}  "))
        # Whether the tiny desk pays back within the run is left to chance; that is said in words.
        assert BY_NAME[name].unit == "months" or study.written(name, study.estimate(name).mean) in line
    (line,) = (line for line in printed.splitlines() if line.strip().startswith("Handle time (AHT)"))
    assert "±" in line
    assert signed("minutes", study.difference("aht").mean) in line


def test_text_from_files_does_nothing_in_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in safe("\x1b[31mred\x07\r")
    tell_warnings(["[red]not red[/red] \x1b[2J"])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "[red]not red[/red]" in captured.err
    assert "\x1b[2J" not in captured.err
