"""Who was there: agents on duty by day and half-hour, from what they did or from a roster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.calendars import DAY_MINUTES, Wall
from simulator.base.errors import ExportError, Problem
from simulator.calibration.exports.roster import Roster, RosterRow
from simulator.calibration.exports.table import Export

LONGEST_PIECE = 12 * 3600.0
"""Seconds beyond which a piece of work was left open rather than worked on, and shows nobody's presence."""
SLOTS = 48
MERGE_MINUTES = 10.0
"""Longest gap between two pieces of an agent's work that counts as being there: longer ones are breaks."""
STEP_MINUTES = 5
"""Shortest time that presence is told of."""
_LONGEST_WORK = 120.0
"""Median minutes from taking up to ending beyond which a ticket was not worked on all the time in between."""
_HOUR = 3600.0
_Rule = Literal["work", "activity"]


def rule_of(export: Export) -> _Rule | None:
    """Say how presence can be inferred: from pieces of work, from single moments of activity, or not at all."""
    if export.agent is None or not (export.agent >= 0).any():
        return None
    if export.began is not None and export.ended is not None:
        minutes = (export.ended - export.began)[export.agent >= 0] / 60
        minutes = minutes[np.isfinite(minutes)]
        if len(minutes) and float(np.median(minutes)) <= _LONGEST_WORK:
            return "work"
    moments = (export.first_response, export.resolved, export.ended)
    return "activity" if any(column is not None and np.isfinite(column).any() for column in moments) else None


def presence(export: Export, merge_minutes: float = MERGE_MINUTES) -> Floats:
    """Infer the mean number of agents present by local day and half-hour, shape (days, 48).

    From pieces of work: during work and in gaps of at most `merge_minutes`. From moments (answers, resolutions): in an
    hour with activity and in the hours before and after it; then `merge_minutes` is not used. Raises ExportError where
    the export names no agents or no moments.
    """
    return presences(export, (merge_minutes,))[0]


def presences(export: Export, gaps: Sequence[float], minutes: int = 30) -> list[Floats]:
    """Infer presence under several rules of the longest gap, in minutes; one array (days, 48) each.

    Or by other slots than half-hours: so many `minutes`, a multiple of STEP_MINUTES that divides a day.
    """
    rule = rule_of(export)
    if rule is None:
        found = "names no agents with moments of work, so nobody can say who was there"
        raise ExportError(Problem("the export", "agent", f"{found}; give --roster"))
    spells = _Spells.of(*(_work(export) if rule == "work" else _activity(export)))
    return [_by_slot(export, minutes, *spells.merged(60 * gap if rule == "work" else 0.0)) for gap in gaps]


def left_open(export: Export) -> int:
    """Count pieces of work so long that they were left open; they do not count as presence."""
    if export.agent is None or export.began is None or export.ended is None:
        return 0
    return int(np.sum((export.agent >= 0) & (export.ended - export.began > LONGEST_PIECE)))


def work_hours(export: Export) -> float:
    """Sum the hours of all pieces of work, those side by side counted each."""
    _, began, ended = _work(export)
    return float((ended - began).sum()) / _HOUR


def rostered(rows: tuple[RosterRow, ...]) -> Floats:
    """Return agents by weekday and half-hour as in a roster, dated ones averaged over its weeks; shape (7, 48)."""
    dates = [day for row in rows for day in row.days if isinstance(day, date)]
    times = np.ones(7)
    if dates:
        span = [min(dates) + timedelta(days=step) for step in range((max(dates) - min(dates)).days + 1)]
        times = np.bincount([day.weekday() for day in span], minlength=7).astype(float)
    agents = np.zeros(7 * SLOTS)
    for row in rows:
        for day in row.days:
            weekday = day.weekday() if isinstance(day, date) else day
            agents += _slots_of(row, weekday) / max(times[weekday], 1.0)
    return agents.reshape(7, SLOTS)


def staffed_hours(staffing: Roster | Floats, export: Export) -> float:
    """Sum agent-hours over the days that an export covers, of a roster or of `presence` (shape (days, 48))."""
    if not isinstance(staffing, Roster):
        return float(staffing.sum()) / 2
    weekdays = np.bincount([(export.first_day.weekday() + step) % 7 for step in range(export.days)], minlength=7)
    minutes = 0
    for row in staffing.rows:
        for day in row.days:
            covered = export.first_day <= day <= export.last_day if isinstance(day, date) else weekdays[day]
            minutes += int(covered) * row.agents * (row.end - row.start)
    return minutes / 60


def days_covered(roster: Roster, export: Export) -> int:
    """Count the export's days from a roster's first date to its last; all of them where it names weekdays."""
    dates = [day for row in roster.rows for day in row.days if isinstance(day, date)]
    if not dates:
        return export.days
    return max((min(max(dates), export.last_day) - max(min(dates), export.first_day)).days + 1, 0)


def _slots_of(row: RosterRow, weekday: int) -> Floats:
    """Return a row's agents by half-hour of the week, round the corner of Sunday night; shape (336,)."""
    edges = np.arange(2 * SLOTS + 1) * 30.0
    inside = np.clip(np.minimum(edges[1:], row.end) - np.maximum(edges[:-1], row.start), 0, None) / 30 * row.agents
    slots = np.zeros(7 * SLOTS)
    place = (weekday * SLOTS + np.arange(2 * SLOTS)) % (7 * SLOTS)
    np.add.at(slots, place, inside)
    return slots


def _work(export: Export) -> tuple[Floats, Floats, Floats]:
    """Return agent, beginning and end of every piece of work that says all three."""
    assert export.agent is not None
    assert export.began is not None
    assert export.ended is not None
    known = (export.agent >= 0) & (export.ended >= export.began)  # NaN compares as False.
    known &= export.ended - export.began <= LONGEST_PIECE
    return export.agent[known].astype(float), export.began[known], export.ended[known]


def _activity(export: Export) -> tuple[Floats, Floats, Floats]:
    """Return agent, beginning and end of the three hours around every answer and resolution."""
    assert export.agent is not None
    agents, hours = [], []
    for column in (export.first_response, export.resolved, export.ended):
        if column is not None:
            known = (export.agent >= 0) & np.isfinite(column)
            agents.append(export.agent[known].astype(float))
            hours.append(np.floor(column[known] / _HOUR) * _HOUR)
    hour = np.concatenate(hours)
    return np.concatenate(agents), hour - _HOUR, hour + 2 * _HOUR


@dataclass(frozen=True, eq=False)
class _Spells:
    """Every agent's intervals in order, each agent's on a time line of his own behind the one before.

    So one pass over all of them joins each agent's.
    """

    begin: Floats
    reach: Floats
    """Latest end so far."""
    shift: Floats
    """What the agent's time line was moved by."""

    @classmethod
    def of(cls, agent: Floats, starts: Floats, ends: Floats) -> _Spells:
        if not len(agent):
            return cls(starts, ends, starts)
        # Gaps of up to a day may be asked for.
        apart = float(ends.max() - starts.min()) + 24 * _HOUR
        order = np.lexsort((starts, agent))
        shift: Floats = agent[order] * apart
        return cls(starts[order] + shift, np.maximum.accumulate(ends[order] + shift), shift)

    def merged(self, gap: float) -> tuple[Floats, Floats]:
        """Return beginnings and ends, intervals that overlap or lie at most `gap` seconds apart joined."""
        is_first = np.ones(len(self.begin), dtype=np.bool_)
        is_first[1:] = self.begin[1:] - self.reach[:-1] > gap
        is_last = np.append(is_first[1:], True)[: len(self.begin)]
        return (self.begin - self.shift)[is_first], (self.reach - self.shift)[is_last]


def _by_slot(export: Export, minutes: int, starts: Floats, ends: Floats) -> Floats:
    wall = Wall.starting(export.first_day, export.zone)
    slots = wall.slots(wall.minute_of(export.last_day + timedelta(days=1)))
    per_quarter = 15 // STEP_MINUTES
    part = np.tile(np.arange(per_quarter), len(slots.start))
    begins = np.repeat(slots.start, per_quarter) + part * np.repeat(slots.minutes, per_quarter) / per_quarter
    edges = np.append(begins, slots.until) * 60 + wall.origin.timestamp()
    seconds = np.diff(_passed(np.sort(starts), edges) - _passed(np.sort(ends), edges))
    clock = np.repeat(slots.quarter, per_quarter) * 15 + part * STEP_MINUTES
    cell = np.repeat(slots.date_index, per_quarter) * (DAY_MINUTES // minutes) + clock // minutes
    size = export.days * (DAY_MINUTES // minutes)
    there = np.bincount(cell, seconds, minlength=size)
    length = np.bincount(cell, np.diff(edges), minlength=size)
    agents: Floats = np.divide(there, length, out=np.zeros(size), where=length > 0).reshape(export.days, -1)
    return np.maximum(agents, 0.0)


def _passed(moments: Floats, edges: Floats) -> Floats:
    """Sum the time since each moment, at each edge; moments sorted."""
    origin = edges[0]
    before = np.searchsorted(moments, edges)
    summed = np.concatenate([[0.0], np.cumsum(moments - origin)])
    passed: Floats = before * (edges - origin) - summed[before]
    return passed
