"""Proposals: a scenario with other settings, as somebody tries them who wants to know what they would change.

More agents are a proposal: today's desk, which savings are counted against, keeps the head-count that it has. So the
scenario that comes out of a proposal says in its `baseline` what today's is, and stands by itself: run as a file, it
gives the figures that were shown when it was tried.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from simulator.scenario.document import overlap, parse_path
from simulator.scenario.loading import override
from simulator.scenario.model import Scenario

_HEAD_COUNT = re.compile(r"teams\.[^.\[\]]+\.(agents|shifts\[\d+\]\.agents)")
TRIED = "assumed: tried by hand, not measured"
"""Source of a figure that somebody set to see what it changes."""


def is_proposed(path: str) -> bool:
    """Tell whether a path leads to a head-count, which is the desk's own to decide and leaves today's as it is."""
    return _HEAD_COUNT.fullmatch(path) is not None


def propose(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """Give a scenario with some values changed, today's head-count kept in its `baseline`.

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
    """Give a number as a figure that says where it comes from, and so each one in a roster or in rules by intent."""
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
