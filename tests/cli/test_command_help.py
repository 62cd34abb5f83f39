"""What help, examples and shell completion say is true: every example parses, and what it names is there."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from simulator.base.shipped import shipped_scenarios, shipped_what_ifs
from simulator.cli import app, help
from simulator.cli.help import MAIN_EXAMPLES, commands
from simulator.engines import chosen
from simulator.metrics.registry import BY_NAME
from simulator.scenario import Scenario, load_scenario
from simulator.studies.compare.alternatives import variants_of
from simulator.studies.pilot.projection import parse_level
from simulator.studies.staff.feasibility import read_occupancy, read_targets
from simulator.studies.sweep.grid import read_axes
from simulator.studies.tune.goal import read_goal

ROOT = Path(__file__).parents[2]
NAMES = [command.name for command in commands()]
EXAMPLES = {"": MAIN_EXAMPLES, **{command.name: command.examples for command in commands()}}
GROUP: Any = typer.main.get_command(app)
CALLS = [
    shlex.split(call)
    for lines in EXAMPLES.values()
    for line in lines
    for call in line.split(" > ")[0].split(" && ")
]  # fmt: skip
SIMULATES_NOTHING = ("scenarios", "kpis", "schema", "check")


def help_of(*words: str) -> str:
    done = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
    assert done.exit_code == 0
    return done.stdout


def test_commands_stand_in_the_order_of_the_questions_and_have_examples() -> None:
    assert NAMES == [
        "run", "sweep", "compare", "tune", "staff", "roi", "pilot", "app", "fit", "backtest", "check", "new", "schema",
        "scenarios", "kpis",
    ]  # fmt: skip
    assert list(GROUP.commands) == NAMES
    assert all(EXAMPLES.values())


@pytest.mark.parametrize("name", ["", *NAMES])
def test_help_shows_each_example_in_a_line_of_its_own(name: str) -> None:
    lines = [line.strip() for line in help_of(*name.split()).splitlines()]
    for example in EXAMPLES[name]:
        assert example in lines
        assert example.startswith(f"ticketflow {name}".strip())


def test_the_main_help_tells_each_command_in_one_line() -> None:
    printed = help_of()
    for command in commands():
        assert f"  {command.name:9s}  {command.summary}\n" in printed


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
def test_every_example_is_a_command_line_that_can_be_given(words: list[str]) -> None:
    program, name, *rest = words
    assert program == "ticketflow"
    if rest == ["--fields"]:
        assert CliRunner().invoke(app, words[1:]).exit_code == 0
        return
    given = GROUP.commands[name].make_context(name, list(rest)).params
    checked = 0
    for option, check in WHAT_OPTIONS_NAME.items():
        if given.get(option) and not str(given.get("scenario", "")).startswith("my_desk"):
            check(given)
            checked += 1
    assert checked or name not in ("run", "sweep", "compare", "tune", "staff", "roi", "pilot") or "my_desk.yaml" in rest


@cache
def desk(name: str, *changes: str) -> Scenario:
    return load_scenario(name, changes)


WHAT_OPTIONS_NAME = {
    "scenario": lambda given: desk(given["scenario"], *(given.get("changes") or [])),
    "scenarios": lambda given: variants_of(given["scenarios"], [], given["variant"]),
    "vary": lambda given: read_axes(given["vary"]),
    "targets": lambda given: read_targets(given["targets"], desk(given["scenario"])),
    "subject_to": lambda given: read_goal(desk(given["scenario"]), given["objective"], given["subject_to"]),
    "objective": lambda given: read_goal(desk(given["scenario"]), given["objective"], None),
    "max_occupancy": lambda given: read_occupancy(given["max_occupancy"]),
    "safe": lambda given: parse_level(given["safe"]),
    "engine": lambda given: chosen(given["engine"]),
    "test": lambda given: [date.fromisoformat(day) for day in given["test"].split("..")],
}
"""Checks of what options name: each raises an error for a value that the command would refuse."""


@pytest.mark.parametrize("words", [words for words in CALLS if words[1] in SIMULATES_NOTHING], ids=" ".join)
def test_examples_that_simulate_nothing_work(words: list[str]) -> None:
    given = ["saas_pilot" if word == "my_desk.yaml" else word for word in words[1:] if word != "--strict"]
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 0, done.stderr
    assert done.stdout


def test_help_says_what_json_prints_of_that_command() -> None:
    told = {}
    for name in NAMES:
        option = next((one for one in GROUP.commands[name].params if "--json" in one.opts), None)
        if option is not None:
            assert option.help.endswith("as one JSON document, and nothing else.")
            told[name] = option.help
    assert len(set(told.values())) == len(told)
    assert set(NAMES) - set(told) == {"app", "schema"}  # a server, and what prints nothing but JSON


# -- completion ------------------------------------------------------------------------------------------------


def offered(line: str, folder: Path) -> list[str]:
    """Return what bash would offer for the last word of a line."""
    words = line.split(" ")
    done = subprocess.run(
        [sys.executable, "-c", "from simulator.cli import app; app(prog_name='ticketflow')"],
        cwd=folder, capture_output=True, text=True, check=False,
        env={
            "_TICKETFLOW_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1),
            "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"],
        },
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.slow
def test_a_shell_is_offered_scenarios_what_ifs_kpis_and_engines(tmp_path: Path) -> None:
    (tmp_path / "saas_mine.yaml").touch()
    (tmp_path / "notes.txt").touch()
    assert offered("ticketflow run saas", tmp_path) == ["saas_pilot", "saas_mine.yaml"]
    assert offered("ticketflow compare saas_pilot --variant two", tmp_path) == ["two_evening_agents"]
    assert offered("ticketflow run saas_pilot --engine ", tmp_path) == ["auto", "simpy", "fast"]
    assert offered("ticketflow sweep saas_pilot --kpi csat_", tmp_path) == [
        name for name in BY_NAME if name.startswith("csat_")
    ]


def test_names_that_are_offered_are_those_that_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert help.scenarios("") == [path.stem for path in shipped_scenarios()]
    assert help.what_ifs("") == [path.stem for path in shipped_what_ifs()]
    assert help.kpis("") == list(BY_NAME)
    assert help.objectives("net") == ["net_value", *(name for name in BY_NAME if name.startswith("net"))]
    for engine in help.engines(""):
        chosen(engine)


def test_files_are_offered_with_their_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "desk.yaml").touch()
    (tmp_path / "mine" / "tickets.csv").touch()
    (tmp_path / ".hidden").mkdir()
    assert "mine/" in help.scenarios("")
    assert ".hidden/" not in help.scenarios("")
    assert help.scenarios("mine/") == ["mine/desk.yaml"]
    assert help.scenarios_or_exports("mine/") == ["mine/desk.yaml", "mine/tickets.csv"]


@pytest.mark.parametrize("typed", ["/no/such/folder/x", "\x01", "x" * 5000, "../../..", "'", "=cmd()"])
def test_completion_never_fails(typed: str) -> None:
    assert all(isinstance(name, str) for name in help.scenarios(typed))
    assert help.kpis(typed) == []
    assert help.workers(typed) == []
