"""What-ifs: small files that lay a few changes over a scenario, such as two more agents on evenings.

    name: 2 extra evening agents
    scenario: saas_pilot
    description: Two more agents on the late chat shift, Monday to Friday.
    changes:
      "teams.live.shifts[1].agents": 7
    source: assumed

Unlike a file that `extends` a scenario, a what-if can be laid over any scenario that has the places it changes, and
several at once.

A *proposal* is a scenario with other settings, as somebody tries them. More agents are a proposal: today's desk, which
savings are counted against, keeps its head-count. So the scenario that `propose` returns says in its `baseline` what
today's is, and stands by itself: run as a file, it gives the figures that were shown when it was tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.base.errors import Problem, ScenarioError, cut
from simulator.base.shipped import shipped_what_ifs
from simulator.base.text import did_you_mean, nearest, shown, spell
from simulator.scenario.document import Document, overlap, parse_path, read_document
from simulator.scenario.loading import override
from simulator.scenario.model import Scenario

FIELDS = {
    "name": "what charts and tables call it",
    "scenario": "the scenario that it was written for",
    "description": "what is done, in a sentence",
    "changes": "paths into the scenario and their new values",
    "source": "where its figures come from",
}
OPTIONAL = ("source",)
MAX_NAME = 80


@dataclass(frozen=True)
class WhatIf:
    """Changes to a scenario, by name."""

    name: str
    scenario: str
    """Name of the shipped scenario (or the file) that it was written for."""
    description: str
    changes: dict[str, Any]
    """Paths and their new values, as plain data."""
    source: str
    document: Document
    """The file as read, which knows on which line each change stands."""

    def where(self, path: str) -> str:
        """Name the file and line of a change."""
        return self.document.where(("changes", path))


def find_what_if(given: str) -> Path | None:
    """Find a what-if by its file, or a shipped one by its name; None if there is none."""
    try:
        if given.endswith(".yaml") and Path(given).is_file():
            return Path(given)
    except (OSError, ValueError):
        return None
    return {path.stem: path for path in shipped_what_ifs()}.get(given)


def nearest_what_if(given: str) -> str:
    """Suggest the shipped what-if whose name is nearest: ` (did you mean weekend_cover?)`, or nothing."""
    return did_you_mean(given, (path.stem for path in shipped_what_ifs()), cutoff=0.6)


def read_what_if(path: Path) -> WhatIf:
    """Read and check a what-if file; raise ScenarioError with every problem and its line."""
    document = read_document(path)
    problems = list(_problems(document))
    if problems:
        raise ScenarioError(problems)
    data = document.data
    return WhatIf(
        name=data["name"].strip(),
        scenario=data["scenario"],
        description=data["description"],
        changes=dict(data["changes"]),
        source=data.get("source") or "",
        document=document,
    )


def _problems(document: Document) -> Iterator[Problem]:
    data = document.data
    for key in data.keys() - FIELDS.keys():
        near = nearest(key, FIELDS)
        rule = f"did you mean {near}?" if near else f"must be one of {', '.join(FIELDS)}"
        yield Problem(document.where((key,)), spell((key,)), f"is not a known key; {rule}")
    for key, what in FIELDS.items():
        value = data.get(key)
        if value is None and (key in data or key not in OPTIONAL):
            state = "is empty" if key in data else "is missing"
            yield Problem(document.where((key,)), key, f"{state}; must be given: {what}")
        elif value is not None and key != "changes" and not (isinstance(value, str) and value.strip()):
            yield Problem(document.where((key,)), key, f"is {shown(value)}; must be text: {what}")
    name = data.get("name")
    if isinstance(name, str) and (len(name) > MAX_NAME or not name.isprintable()):
        rule = f"must be one line of {MAX_NAME} characters or fewer"
        yield Problem(document.where(("name",)), "name", f"is {shown(name)}; {rule}")
    yield from _change_problems(document, data.get("changes"))


def _change_problems(document: Document, changes: Any) -> Iterator[Problem]:
    if changes is None:
        return
    if not isinstance(changes, dict) or not changes:
        rule = 'must map paths to values, such as "teams.tier1.shifts[0].agents": 8'
        yield Problem(document.where(("changes",)), "changes", f"is {shown(changes or None)}; {rule}")
        return
    for place, path in enumerate(changes):
        try:
            parse_path(path)
        except ValueError as error:
            yield Problem(document.where(("changes", path)), f"changes: {cut(path)}", str(error))
        if (told := overlap(path, list(changes)[:place])) is not None:
            yield Problem(document.where(("changes", path)), f"changes: {cut(path)}", told)


# -- proposals --------------------------------------------------------------------------------------------------------


_HEAD_COUNT = re.compile(r"teams\.[^.\[\]]+\.(agents|shifts\[\d+\]\.agents)")
TRIED = "assumed: tried by hand, not measured"
"""Source of a figure that somebody set to see what it changes."""


def is_proposed(path: str) -> bool:
    """Return whether a path leads to a head-count, which is the desk's own to decide and leaves today's as it is."""
    return _HEAD_COUNT.fullmatch(path) is not None


def propose(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """Return a scenario with some values changed, today's head-count kept in its `baseline`.

    `changes` maps paths to plain values as a scenario file holds them; numbers get TRIED as their source. Raises
    ScenarioError for changes that do not fit.
    """
    if not changes:
        return scenario
    given = {path: _sourced(value, path) for path, value in changes.items()}
    data = scenario.model_dump(mode="json")
    today = {
        path: _value_at(data, path)
        for path in changes
        if scenario.ai is not None and is_proposed(path) and overlap(path, scenario.baseline) is None
    }
    today = {path: value for path, value in today.items() if value is not None}
    if today:
        given["baseline"] = {**data["baseline"], **today}
    return override(scenario, given)


def _sourced(value: Any, path: str) -> Any:
    """Return a number as a figure that says where it comes from, and so each one in a roster or in rules by intent."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"value": value, "source": TRIED}
    if isinstance(value, list) and is_proposed(path):
        return [_sourced(item, path) for item in value]
    if isinstance(value, Mapping) and path.startswith("policy.intents") and "value" not in value:
        return {name: _sourced(item, path) for name, item in value.items()}
    return value


def _value_at(data: Any, path: str) -> Any:
    """Follow a path through plain data; None where it leads nowhere (which the override then tells)."""
    for step in parse_path(path):
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data
