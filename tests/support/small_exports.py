"""Small exports for tests, made of counts or drawn from a scenario, and what a part's settings look like in a desk."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from simulator.calibration.exports.table import Category, Export, Floats
from simulator.calibration.fit.estimate import Part
from simulator.scenario import Scenario, scenario_from
from simulator.tickets.table import Sampler
from tests.support.desks import PLAIN

FIRST = date(2026, 1, 5)
"""A Monday."""


def export_at(
    created: Floats | Sequence[float], days: int, zone: str = "UTC", first: date = FIRST, **columns: Any
) -> Export:
    """Make an export of some moments of creation; without other columns all tickets have one intent."""
    moments = np.asarray(created, dtype=float)
    columns.setdefault("intent", Category(np.zeros(len(moments), dtype=np.int32), ("all",)))
    last = first + timedelta(days=days - 1)
    empty = Export(zone, first, last, 0.0, moments, columns["intent"])
    return Export(zone, first, last, empty.midnight(last + timedelta(days=1)), moments, **columns)


def export_of_totals(totals: Sequence[int], first: date = FIRST, zone: str = "UTC", **columns: Any) -> Export:
    """Make an export with so many tickets each day, evenly from 08:00 to 18:00."""
    made = export_at([], len(totals), zone, first)
    days = [made.midnight(first + timedelta(days=step)) for step in range(len(totals))]
    moments = [day + 28_800 + (np.arange(n) + 0.5) / n * 36_000 for day, n in zip(days, totals, strict=True) if n]
    return export_at(np.concatenate(moments), len(totals), zone, first, **columns)


def export_of(scenario: Scenario, seed: int, replication: int = 0) -> Export:
    """Draw a scenario's tickets and export when they came and what they are."""
    drawn = Sampler(scenario, seed, replication)
    created = scenario.wall.origin.timestamp() + 60 * drawn.arrival
    intent = Category(drawn.intent.astype(np.int32), tuple(scenario.intents))
    days = 7 * int(scenario.weeks)
    return export_at(created, days, scenario.timezone, scenario.start, intent=intent)


def codes(numbers: Any, names: Sequence[str]) -> Category:
    """Make a column of names."""
    return Category(np.asarray(numbers, dtype=np.int32), tuple(names))


def desk(*parts: Part, start: date = FIRST, **changes: Any) -> Scenario:
    """Write parts' settings into a plain desk and validate it; `opening_backlog` is left out."""
    data: dict[str, Any] = copy.deepcopy(PLAIN) | {"start": str(start)} | changes
    handle = data["intents"]["question"]["handle"]
    settings = {path: value for part in parts for path, value in part.settings.items() if path[0] != "opening_backlog"}
    for section in {path[0] for path in settings}:
        data[section] = {}
    for path, value in settings.items():
        place = data
        for step in path[:-1]:
            place = place.setdefault(step, {})
        place[path[-1]] = value
    for intent in data["intents"].values():
        intent.setdefault("handle", handle)
    return scenario_from(data)


def texts(part: Part | Sequence[Any]) -> str:
    """Join the texts of findings."""
    return " | ".join(finding.text for finding in (part.findings if isinstance(part, Part) else part))


def figure(part: Part, *path: str) -> Any:
    """Look up a setting."""
    return part.settings[path]


def holds(part: Part, truth: float, *path: str) -> bool:
    """Return whether a figure's interval holds a value."""
    found = figure(part, *path)
    return bool(found.low <= truth <= found.high)
