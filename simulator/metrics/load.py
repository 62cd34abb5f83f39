"""Load over time: who waits, how busy teams are, and how long people wait, by hour of the week.

Load goes by the clock, within the scenario's weeks: tickets that a warm-up left open are in it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from simulator.base.arrays import Floats, Ints
from simulator.base.calendars import DAY_MINUTES, WEEK_HOURS
from simulator.base.compiled import announcing_compilation, compiled
from simulator.journeys import NOWHERE
from simulator.metrics.facts import Facts
from simulator.scenario import Scenario


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


def hours_of(scenario: Scenario) -> tuple[Floats, Ints]:
    """List the edges of the horizon's local hours (minutes), and each one's hour of the week (0 is Monday midnight)."""
    slots = scenario.wall.slots(scenario.horizon_minutes)
    on_hour = slots.quarter % 4 == 0
    edges = np.append(slots.start[on_hour], scenario.horizon_minutes)
    return edges, slots.weekday[on_hour] * 24 + slots.quarter[on_hour] // 4


def _minutes_in_hours(facts: Facts, edges: Floats) -> Floats:
    """Sum each team's minutes of work between edges (ascending, about an hour apart); shape (n_teams, n_edges - 1)."""
    log = facts.log
    spread = np.zeros((len(facts.run.rosters), len(edges) - 1))
    with announcing_compilation(__name__):
        _spread(log.team, log.began, log.ended, facts.limit, edges, spread)
    return spread


@compiled
def _spread(team: Ints, began: Floats, ended: Floats, limit: float, edges: Floats, spread: Floats) -> None:
    last = len(edges) - 1
    for row in range(len(team)):
        if team[row] == NOWHERE:
            continue
        since = max(began[row], edges[0])
        until = min(limit if np.isnan(ended[row]) else ended[row], edges[last])
        # Hours are an hour apart but where clocks change by less; the guess is right or next to right.
        hour = min(int((since - edges[0]) // 60), last)
        while hour > 0 and edges[hour] > since:
            hour -= 1
        while hour < last and edges[hour] < until:
            part = min(until, edges[hour + 1]) - max(since, edges[hour])
            if part > 0:
                spread[team[row], hour] += part
            hour += 1


def week_load(facts: Facts) -> WeekLoad:
    """Measure load over the horizon."""
    horizon = facts.scenario.horizon_minutes
    edges, hour = hours_of(facts.scenario)
    waits = facts.human_waits
    inside = (waits.joined >= 0) & (waits.joined < horizon)
    which = np.searchsorted(edges, waits.joined[inside], side="right") - 1
    waits_in_edges = np.bincount(which, (waits.left - waits.joined)[inside], minlength=len(hour))
    counts_in_edges = np.bincount(which, minlength=len(hour))
    worked = _minutes_in_hours(facts, edges)
    busy, on_duty = [], []
    for roster, minutes in zip(facts.run.rosters, worked, strict=True):
        if roster.is_human:
            busy.append(_by_hour(hour, roster.agent_time(minutes)))
            on_duty.append(_by_hour(hour, roster.on_duty_minutes(edges)))
    day_ends = np.append(np.arange(DAY_MINUTES, horizon, DAY_MINUTES), horizon)
    return WeekLoad(
        backlog=_by_hour(hour, waits.under_way(edges[:-1])),
        hours=_by_hour(hour, np.ones(len(hour))),
        waits=_by_hour(hour, waits_in_edges.astype(float)),
        waiters=_by_hour(hour, counts_in_edges.astype(float)),
        busy=np.array(busy),
        on_duty=np.array(on_duty),
        backlog_by_day=waits.under_way(day_ends),
        present_by_hour=waits.present(edges[:-1]),
    )


def _by_hour(hour: Ints, values: Floats) -> Floats:
    """Sum values by hour of the week; shape (168,)."""
    return np.bincount(hour, values, minlength=WEEK_HOURS).astype(float)
