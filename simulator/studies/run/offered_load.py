"""Offered load: the work that each team will be offered, hour by hour of the week, beside who is on duty.

It needs no clock: one replication's tickets are drawn and their journeys planned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.base.arrays import Floats, Ints
from simulator.base.calendars import DAYS, WEEK_HOURS
from simulator.journeys import NOWHERE, Journeys, Kind
from simulator.rosters import TeamRoster
from simulator.scenario import Scenario
from simulator.tickets import Tickets


@dataclass(frozen=True)
class TeamLoad:
    """Offered load against capacity of one team; arrays by hour of the local week, shape (168,)."""

    team: str
    offered: Floats
    """Mean agents' worth of work that arrives in the hour, with the scenario's policy."""
    offered_without_ai: Floats
    """The same with the AI off."""
    on_duty: Floats
    """Mean agents on duty in the hour (times concurrency, as offered work is)."""

    @property
    def weekly(self) -> float:
        """Offered work ÷ capacity over the week; infinite where work meets no agent at all."""
        return _share(self.offered.sum(), self.on_duty.sum())

    @property
    def weekly_without_ai(self) -> float:
        """The same with the AI off (and this roster)."""
        return _share(self.offered_without_ai.sum(), self.on_duty.sum())

    @property
    def peak_hour(self) -> int:
        """Hour of the week, among those on duty, in which offered work exceeds capacity most."""
        return int(np.argmax(np.where(self.on_duty > 0, self.offered - self.on_duty, -np.inf)))


def hour_name(hour: int) -> str:
    """Write an hour of the week: `mon 09:00`."""
    return f"{DAYS[hour // 24]} {hour % 24:02d}:00"


def team_loads(
    scenario: Scenario, tickets: Tickets, journeys: Journeys, off: Journeys, rosters: tuple[TeamRoster, ...]
) -> tuple[TeamLoad, ...]:
    """Measure each human team's offered load as planned and with the AI off, in scenario order."""
    slots = scenario.wall.slots(scenario.horizon_minutes)
    hour_of_slot = slots.weekday * 24 + slots.quarter // 4
    minutes = np.bincount(hour_of_slot, slots.minutes, minlength=WEEK_HOURS)
    edges = np.append(slots.start, slots.until)
    human = [roster for roster in rosters if roster.is_human]
    duty = np.array(
        [np.bincount(hour_of_slot, r.on_duty_minutes(edges) * r.concurrency, minlength=WEEK_HOURS) for r in human]
    )
    hour = hour_of_slot[tickets.slot]
    with np.errstate(invalid="ignore", divide="ignore"):
        per_hour = [_split(_work_by_queue(scenario, plan, hour), human, duty) / minutes for plan in (journeys, off)]
        on_duty = duty / minutes
    tables = [np.nan_to_num(table) for table in (*per_hour, on_duty)]
    return tuple(
        TeamLoad(roster.name, tables[0][number], tables[1][number], tables[2][number])
        for number, roster in enumerate(human)
    )


def _work_by_queue(scenario: Scenario, journeys: Journeys, hour: Ints) -> Floats:
    """Sum the work (minutes) offered to each queue by the hour of the week in which its ticket arrived."""
    steps = journeys.steps
    rows = (steps.queue != NOWHERE) & (steps.kind >= Kind.TRIAGE) & ~steps.is_retry
    where = steps.queue[rows] * WEEK_HOURS + hour[steps.ticket[rows]]
    sums = np.bincount(where, steps.work[rows], minlength=len(scenario.queues) * WEEK_HOURS)
    return sums.astype(float).reshape(-1, WEEK_HOURS)


def _split(work: Floats, rosters: list[TeamRoster], duty: Floats) -> Floats:
    """Share each queue's work among the teams that serve it at once, in proportion to their weekly capacity."""
    offered = np.zeros_like(duty)
    for queue, amounts in enumerate(work):
        servers = [number for number, roster in enumerate(rosters) if (queue, 0.0) in roster.serves]
        servers = servers or [n for n, roster in enumerate(rosters) if queue in dict(roster.serves)]
        weights = np.array([duty[number].sum() * rosters[number].speed for number in servers])
        weights = weights / weights.sum() if weights.sum() else np.full(len(servers), 1 / max(len(servers), 1))
        for number, weight in zip(servers, weights, strict=True):
            offered[number] += amounts * weight / rosters[number].speed
    return offered


def _share(work: float, capacity: float) -> float:
    if capacity > 0:
        return float(work / capacity)
    return float("inf") if work > 0 else 0.0
