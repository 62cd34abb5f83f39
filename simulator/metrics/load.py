"""Load over time: who waits, how busy teams are, and how long people wait, by hour of the week.

Load goes by the clock, within the scenario's weeks: tickets that a warm-up left in the house are in it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from simulator.calendars import DAY_MINUTES
from simulator.journeys import NOWHERE, Kind
from simulator.metrics.facts import Facts
from simulator.scenario.model import Scenario

Floats = NDArray[np.float64]
HOURS = 168


@dataclass(frozen=True)
class WeekLoad:
    """Sums over a run by hour of the local week (0 is Monday midnight); they add up over replications."""

    backlog: Floats
    """Sum over the weeks of tickets waiting for a person at the beginning of the hour; shape (168,)."""
    hours: Floats
    """Number of such hours in the horizon; shape (168,)."""
    waits: Floats
    """Sum of waits (minutes) of tickets that joined a line in the hour; shape (168,)."""
    waiters: Floats
    """Number of tickets that did; shape (168,)."""
    busy: Floats
    """Agent minutes of work by team; shape (n_teams, 168)."""
    on_duty: Floats
    """Agent minutes on duty by team; shape (n_teams, 168)."""
    backlog_by_day: Floats
    """Tickets waiting at the end of each day of the horizon; shape (n_days,)."""
    present_by_hour: Floats
    """Tickets waiting for a person or in a person's hands at the beginning of each hour; shape (n_hours,)."""
    runs: float = 1.0
    """Number of runs summed."""

    def __add__(self, other: WeekLoad) -> WeekLoad:
        return WeekLoad(*(getattr(self, item.name) + getattr(other, item.name) for item in fields(self)))


def hours_of(scenario: Scenario) -> tuple[Floats, NDArray[np.int64]]:
    """Give the edges of the horizon's local hours (minutes), and each one's hour of the week (0 is Monday midnight)."""
    slots = scenario.wall.slots(scenario.horizon_minutes)
    on_hour = slots.quarter % 4 == 0
    edges = np.append(slots.start[on_hour], scenario.horizon_minutes)
    return edges, slots.weekday[on_hour] * 24 + slots.quarter[on_hour] // 4


def human_waits(facts: Facts) -> tuple[Floats, Floats]:
    """Give when each wait for a person began and ended (minutes), for every line that a ticket joined."""
    rows = _human_lines(facts)
    joined = facts.log.joined[rows]
    left = np.where(facts.log.abandoned[rows], facts.log.ended[rows], facts.log.began[rows])
    return joined, np.where(np.isnan(left), facts.limit, left)


def _done(facts: Facts) -> Floats:
    """Give when people were done with what stood in each of those lines, or the ticket left it."""
    ended = facts.log.ended[_human_lines(facts)]
    return np.where(np.isnan(ended), facts.limit, ended)


def _human_lines(facts: Facts) -> NDArray[np.bool_]:
    """Tell which steps are lines for a person that a ticket joined; shape (n_steps,)."""
    lines: NDArray[np.bool_] = (
        (facts.steps.kind >= Kind.TRIAGE) & facts.log.visited & (facts.steps.queue != NOWHERE)
    )
    return lines


def count_at(moments: Floats, since: Floats, until: Floats) -> Floats:
    """Count intervals [since, until) that hold each moment; shape of `moments`."""
    counts: Floats = (
        np.searchsorted(np.sort(since), moments, side="right") - np.searchsorted(np.sort(until), moments, side="right")
    ).astype(float)
    return counts


def time_in(edges: Floats, since: Floats, until: Floats) -> Floats:
    """Integrate the number of intervals [since, until) that are under way between edges; shape (len(edges) - 1,)."""

    def elapsed_since(starts: Floats) -> Floats:
        ordered = np.sort(starts)
        sums = np.concatenate([[0.0], np.cumsum(ordered)])
        begun = np.searchsorted(ordered, edges, side="right")
        elapsed: Floats = begun * edges - sums[begun]
        return elapsed

    return np.diff(elapsed_since(since) - elapsed_since(until))


def week_load(facts: Facts) -> WeekLoad:
    """Measure load over the horizon."""
    horizon = facts.scenario.horizon_minutes
    edges, hour = hours_of(facts.scenario)
    joined, left = human_waits(facts)
    inside = (joined >= 0) & (joined < horizon)
    which = np.searchsorted(edges, joined[inside], side="right") - 1
    waits_in_edges = np.bincount(which, (left - joined)[inside], minlength=len(hour))
    counts_in_edges = np.bincount(which, minlength=len(hour))
    busy, on_duty = [], []
    for number, roster in enumerate(facts.run.rosters):
        if roster.is_human:
            rows = facts.log.team == number
            ended = np.where(np.isnan(facts.log.ended[rows]), facts.limit, facts.log.ended[rows])
            minutes = time_in(edges, facts.log.began[rows], ended) / roster.concurrency
            busy.append(_by_hour(hour, minutes))
            on_duty.append(_by_hour(hour, roster.on_duty_minutes(edges)))
    day_ends = np.append(np.arange(DAY_MINUTES, horizon, DAY_MINUTES), horizon)
    return WeekLoad(
        backlog=_by_hour(hour, count_at(edges[:-1], joined, left)),
        hours=_by_hour(hour, np.ones(len(hour))),
        waits=_by_hour(hour, waits_in_edges.astype(float)),
        waiters=_by_hour(hour, counts_in_edges.astype(float)),
        busy=np.array(busy),
        on_duty=np.array(on_duty),
        backlog_by_day=count_at(day_ends, joined, left),
        present_by_hour=count_at(edges[:-1], joined, _done(facts)),
    )


def _by_hour(hour: NDArray[np.int64], values: Floats) -> Floats:
    """Sum values by hour of the week; shape (168,)."""
    return np.bincount(hour, values, minlength=HOURS).astype(float)
