"""Desks that can be looked at: shipped scenarios, the one given at the start, and visitors' own.

A visitor's own files are written into a folder that exists only while they are read, so a scenario can reach nothing
but what came with it.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from simulator.base.errors import Problem, ScenarioError, cut
from simulator.base.shipped import shipped_scenarios
from simulator.scenario import Scenario, load_scenario
from simulator.scenario.document import MAX_BYTES

GIVEN = "given"
"""What links call the scenario that the server was started with."""
OWN = "scenario.yaml"
"""What messages call a visitor's own file that has no fit name."""
_A_KEY = re.compile(rf"^[\s{{]*[\"']?(extends|{'|'.join(Scenario.model_fields)})[\"']?\s*:", re.MULTILINE)
"""Where a scenario says something; a file of another kind hardly ever does."""
_FIT_NAME = re.compile(r"[\w][\w .()-]{0,80}")


def offered(given: Path | None) -> dict[str, str]:
    """Map what can be chosen to its label: the scenario given at the start first, then those shipped."""
    shipped = {path.stem: path.stem for path in shipped_scenarios()}
    return ({GIVEN: given.name} if given is not None else {}) | shipped


def open_desk(name: str, given: Path | None) -> Scenario:
    """Load one of the scenarios offered; raise ScenarioError for any other name, and for what is wrong in the file."""
    file = _file_of(name, given)
    if file != given:
        return _shipped(file)
    try:
        return load_scenario(file)
    except ScenarioError as error:
        raise ScenarioError([_without_folders(problem, file) for problem in error.problems]) from None


def _without_folders(problem: Problem, file: Path) -> Problem:
    """Name files without the folders of this machine; a scenario may extend a file in the folder above its own."""
    for folder in file.parents[:2]:
        ours = f"{folder}{os.sep}"
        problem = replace(problem, where=problem.where.replace(ours, ""), message=problem.message.replace(ours, ""))
    return problem


def text_of(name: str, given: Path | None) -> str | None:
    """Return the text of one of the scenarios offered; None where its file cannot be read any more."""
    try:
        return _file_of(name, given).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None


def _file_of(name: str, given: Path | None) -> Path:
    if name == GIVEN and given is not None:
        return given
    files = {path.stem: path for path in shipped_scenarios()}
    if name not in files:
        rule = f"is no scenario that is offered here; must be one of {', '.join(offered(given))}"
        raise ScenarioError(Problem(cut(name), "", rule))
    return files[name]


@lru_cache(maxsize=32)
def _shipped(path: Path) -> Scenario:
    return load_scenario(path)


def read_own(text: str, name: str = OWN, files: Mapping[str, bytes] | None = None) -> Scenario:
    """Load a visitor's own scenario with the data files that came with it.

    Raises ScenarioError as the command line would tell it: with the file's own name, line, path, value and rule.
    """
    name = name if _FIT_NAME.fullmatch(name) else OWN
    if len(text.encode()) > MAX_BYTES:
        rule = f"must have {MAX_BYTES:,} or fewer"
        raise ScenarioError(Problem(name, "", f"has {len(text.encode()):,} bytes; {rule}"))
    with tempfile.TemporaryDirectory(prefix="ticketflow-") as place:
        folder = Path(place).resolve()
        # One folder deeper, because a scenario may extend a file in the folder above its own.
        (home := folder / "desk").mkdir()
        for file, content in (files or {}).items():
            if _FIT_NAME.fullmatch(file):
                (home / file).write_bytes(content)
        (home / name).write_text(text, encoding="utf-8")
        try:
            return load_scenario(home / name)
        except ScenarioError as error:
            problems = [as_uploaded(problem, folder) for problem in error.problems]
            if not _A_KEY.search(text):
                rule = "does not look like a scenario file: no line of it begins with one of its keys, such as name:"
                problems.insert(0, Problem(name, "", rule))
            raise ScenarioError(problems) from None


def as_uploaded(problem: Problem, folder: Path) -> Problem:
    """Name files as the visitor knows them, without the folder that they were read in."""
    ours = re.compile(rf"[^\s'\"]*{re.escape(folder.name)}/(desk/)?")
    return replace(problem, where=ours.sub("", problem.where), message=ours.sub("", problem.message))
