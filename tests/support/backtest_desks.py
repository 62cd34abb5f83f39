"""What backtests are tested on: a phone line, the weeks that it lived through, and an export made by hand."""

import math
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np

from simulator.calibration.backtest.backtesting import Backtest, backtest
from simulator.calibration.exports.export_from_run import of_run
from simulator.calibration.exports.table import Category, Export
from simulator.run import simulate
from simulator.scenario import Scenario
from tests.support.desks import START, plain_desk

FIRST = date.fromisoformat(START)
WEEK = timedelta(days=7)
LINE: dict[str, Any] = {
    "weeks": 8,
    "arrivals": {"per_week": 1500, "profile": "office_hours", "busyness_cv": 0.1},
    "channels": {"phone": {"live": True, "patience": "4m"}},
    "intents": {"question": {"handle": {"form": "exponential", "mean": 8, "value": None}}},
    "teams": {"support": {"agents": None, "shifts": [
        {"days": "mon-fri", "start": "07:00", "end": "20:00", "agents": 4},
        {"days": "sat, sun", "start": "07:00", "end": "20:00", "agents": 1},
    ]}},
}  # fmt: skip
"""A phone line; outside its hours nobody answers."""


@cache
def line() -> Scenario:
    return plain_desk(**LINE)


@cache
def real_weeks(seed: int = 77) -> Export:
    """Eight weeks that the line lived through."""
    return of_run(simulate(line(), seed=seed))


def weeks(export: Export, first: int, last: int) -> Export:
    return export.between(FIRST + (first - 1) * WEEK, FIRST + last * WEEK - timedelta(days=1))


def days(first: int, last: int) -> tuple[date, date]:
    return FIRST + (first - 1) * WEEK, FIRST + last * WEEK - timedelta(days=1)


def held_out(export: Export, scenario: Scenario, **more: Any) -> Backtest:
    given: dict[str, Any] = {"replications": 39, "seed": 5, "workers": 1, **more}
    return backtest(export, scenario, days(5, 8), train=weeks(export, 1, 4), **given)


@cache
def truth() -> Backtest:
    return held_out(real_weeks(), line())


def hand_made(**more: Any) -> Export:
    """Six tickets on two days in London, the second of which loses an hour."""
    day = date(2026, 3, 28)
    empty = Export("Europe/London", day, day + timedelta(days=1), 0.0, np.empty(0), Category(np.empty(0), ("all",)))
    first, second = empty.midnight(day), empty.midnight(day + timedelta(days=1))
    created = np.array([first, first + 60, first + 1800, second + 1800, second + 3600, second + 7200])
    given: dict[str, Any] = {
        "created": created, "intent": Category(np.zeros(6, dtype=np.int32), ("all",)), "seen_until": second + 86400,
        "wait_minutes": np.array([0.0, 3, 6, 1, 0, 2]), "abandoned": np.array([False, True, False, False, True, False]),
        "resolved": created + 60 * np.array([10.0, math.nan, 3000, 30, math.nan, math.nan]),
        "reopens": np.array([0.0, math.nan, 1, 0, 2, 0]),
    }  # fmt: skip
    return replace(empty, **{**given, **more})
