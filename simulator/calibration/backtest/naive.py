"""Naive forecasts: what anybody can say without a simulation, and what a simulation must beat.

*Last period*: what the same weekday and slot showed in the last weeks before the test, as many as are to be forecast
(or as there are); tickets of those slots are pooled, so a busy week counts for more.

*Erlang*: each half-hour by itself as a line in its long run (`studies.staffing.erlang`): forecast arrivals, agents in
force, and mean handle time and mean patience of the training days. With patience it is Erlang A, Erlang C where nobody
left. Mean patience is the maximum likelihood one of an exponential: all time in line ÷ number who left. Where there is
more work than agents and nobody leaves, or no patience is known and nobody is on duty, it has no answer (NaN).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import numpy as np

from simulator.base.arrays import Floats
from simulator.calibration.backtest.measures import (
    ABANDONED,
    ARRIVALS,
    BACKLOG,
    WAIT,
    WAITED,
    Figures,
    Period,
    backlog_by_day,
    columns,
    waits,
)
from simulator.calibration.exports.table import Export
from simulator.rosters import build_rosters
from simulator.scenario import Scenario, expected_rates
from simulator.studies.staff.erlang import Line

_MISSING_BELOW = 20.0
"""A day without a ticket counts as not recorded where its weekday usually has as many: chance would need exp(-20)."""
_TAIL_POINTS = 120


@dataclass(frozen=True)
class LastPeriod:
    """The same weekdays and slots of the last training weeks."""

    figures: Figures
    weeks: int
    unrecorded: int
    """Days left out because nothing was recorded on them."""
    waits: Floats
    """Waits of those weeks, minutes."""


def last_period(train: Export, period: Period, scenario: Scenario) -> LastPeriod:
    """Forecast a period by the last training weeks; NaN where these have nothing of a weekday or slot."""
    weeks = max(1, min(train.days // 7, -(-period.days // 7)))
    first = max(train.first_day, train.last_day - timedelta(days=7 * weeks - 1))
    recent = train.between(first, train.last_day)
    weekday, slots = recent.local.weekday, period.slots
    recorded, unrecorded = _recorded_days(recent)
    slot = weekday * slots + period.slot_of(recent) % slots
    days = [(period.first + timedelta(days=number)).weekday() for number in range(period.days)]
    places = (np.array(days)[:, None] * slots + np.arange(slots)).ravel()
    found: Figures = {}
    for column in columns(recent, scenario):
        measure = column.measure
        per_day, per_slot = (1.0, 1.0) if measure is not ARRIVALS else (recorded, np.repeat(recorded, slots))
        with np.errstate(invalid="ignore", divide="ignore"):
            by_day = column.by_cell(weekday, 7) / per_day
            if measure.by_slot and (period.slot_minutes == 30 or measure is ARRIVALS):
                found[measure.key, "slot"] = (column.by_cell(slot, 7 * slots) / per_slot)[places]
        found[measure.key, "day"] = by_day[days]
        whole = column.by_cell(np.zeros(len(recent), dtype=np.int64), 1)
        found[measure.key, "period"] = by_day[days].sum(keepdims=True) if measure is ARRIVALS else whole
    backlog = backlog_by_day(train, Period(first, train.last_day, period.slot_minutes))
    if backlog is not None:
        before = np.array([(first + timedelta(days=number)).weekday() for number in range(len(backlog))])
        by_weekday = np.array([backlog[before == number].mean() if (before == number).any() else math.nan
                               for number in range(7)])  # fmt: skip
        found[BACKLOG.key, "day"] = by_weekday[days]
        found[BACKLOG.key, "period"] = by_weekday[days].mean(keepdims=True)
    waited = waits(recent)
    known = np.empty(0) if waited is None else waited[np.isfinite(waited)]
    return LastPeriod(found, weeks, unrecorded, known)


def _recorded_days(recent: Export) -> tuple[Floats, int]:
    """Count each weekday's days on which anything was recorded, shape (7,), and the days on which nothing was."""
    counts = np.bincount(recent.local.day, minlength=recent.days).astype(float)
    weekday = np.array([(recent.first_day + timedelta(days=number)).weekday() for number in range(recent.days)])
    usual = np.bincount(weekday, counts, minlength=7) / np.maximum(np.bincount(weekday, counts > 0, minlength=7), 1)
    is_missing = (counts == 0) & ((usual[weekday] >= _MISSING_BELOW) | (not counts.any()))
    return np.bincount(weekday[~is_missing], minlength=7).astype(float), int(is_missing.sum())


@dataclass(frozen=True)
class ErlangForecast:
    """Each half-hour as a line in its long run."""

    figures: Figures
    handle_minutes: float
    patience_minutes: float
    """Infinite where nobody left in the training days."""
    undefined: int
    """Half-hours with arrivals that have no answer."""
    waits: Floats
    """Waits at evenly spaced shares of all callers, minutes; empty where any half-hour has no answer."""


def erlang(train: Export, period: Period, scenario: Scenario) -> ErlangForecast | None:
    """Forecast waits and abandonment of a period by Erlang's queues; None where no handle time is known."""
    handle, patience = _handle_minutes(train), _patience_minutes(train)
    if not handle > 0:
        return None
    rate, agents = _in_force(scenario, period)
    lines = [_line(load * handle, int(n), patience / handle) for load, n in zip(rate, agents, strict=True)]
    waited = np.array([line.waited for line in lines])
    wait = np.array([line.wait for line in lines]) * handle
    abandoned = np.array([line.abandoned for line in lines])
    found: Figures = {}
    for measure, values in ((WAITED, waited), (WAIT, wait), (ABANDONED, abandoned)):
        known = np.where(rate > 0, values, math.nan)
        found[measure.key, "slot"] = known
        found[measure.key, "day"] = _weighted(known.reshape(period.days, -1), rate.reshape(period.days, -1))
        found[measure.key, "period"] = _weighted(known[None, :], rate[None, :])
    undefined = int((np.isnan(wait) & (rate > 0)).sum())
    samples = np.empty(0) if undefined else _wait_quantiles(lines, rate, handle)
    return ErlangForecast(found, handle, patience, undefined, samples)


def _handle_minutes(train: Export) -> float:
    """Return the mean touch time of finished tickets, as far as it is recorded; NaN where it is not."""
    given = train.handle_minutes
    if given is None and train.began is not None and train.ended is not None:
        given = (train.ended - train.began) / 60
    known = np.empty(0) if given is None else given[np.isfinite(given)]
    return float(known.mean()) if len(known) else math.nan


def _patience_minutes(train: Export) -> float:
    """Return all time in line ÷ the number who left; infinite where nobody did."""
    waited = waits(train)
    if waited is None or train.abandoned is None or not train.abandoned.any():
        return math.inf
    return float(np.nansum(waited)) / float(train.abandoned.sum())


def _in_force(scenario: Scenario, period: Period) -> tuple[Floats, Floats]:
    """Return expected arrivals per minute and agents on duty (whole ones) by half-hour of the period's days."""
    slots = scenario.wall.slots(scenario.horizon_minutes)
    # On a day on which clocks change, half-hours are told by the wall, and one twice over counts as one.
    place = slots.day * 48 + slots.quarter // 2
    inside = (place >= 0) & (place < period.days * 48)
    minutes = np.bincount(place[inside], slots.minutes[inside], minlength=period.days * 48)
    if scenario._replayed is not None:
        which = place[np.searchsorted(slots.start, scenario._replayed.minutes, side="right") - 1]
        arrived = np.bincount(which[which < period.days * 48], minlength=period.days * 48).astype(float)
    else:
        rates = expected_rates(scenario, slots).sum(axis=1) * slots.minutes
        arrived = np.bincount(place[inside], rates[inside], minlength=period.days * 48)
    edges = np.append(slots.start, slots.until)
    on_duty = np.zeros(len(slots.start))
    for roster in build_rosters(scenario, 0, 0):
        if roster.is_human:
            on_duty += roster.on_duty_minutes(edges) * roster.concurrency * roster.speed
    agents = np.bincount(place[inside], on_duty[inside], minlength=period.days * 48)
    length = np.maximum(minutes, 1e-9)
    return arrived / length, np.rint(agents / length)


@dataclass(frozen=True)
class _Line:
    """One half-hour's line; times in mean handle times."""

    load: float
    agents: int
    patience: float

    @property
    def has_answer(self) -> bool:
        return math.isfinite(self.patience) or 0 < self.load < self.agents

    @property
    def waited(self) -> float:
        if not self.has_answer:
            return math.nan
        return self._line.delayed if self.agents else 1.0

    @property
    def wait(self) -> float:
        if not self.has_answer:
            return math.nan
        return self._line.mean_wait if self.agents else self.patience

    @property
    def abandoned(self) -> float:
        if not self.has_answer:
            return math.nan
        return self._line.abandonment if self.agents else 1.0

    def tail(self, times: Floats) -> Floats:
        """Return the chance of a longer wait than each of some times."""
        if not self.agents:
            return np.exp(-times / self.patience)
        return np.array([self._line.wait_tail(float(time)) for time in times])

    @property
    def _line(self) -> Line:
        return Line(self.load, self.agents, self.patience)


@lru_cache(maxsize=4096)
def _line(load: float, agents: int, patience: float) -> _Line:
    return _Line(load, agents, patience)


def _weighted(values: Floats, weights: Floats) -> Floats:
    """Return weighted means of rows over what is known in them, NaN where nothing is."""
    weights = np.where(np.isnan(values), 0.0, weights)
    total = weights.sum(axis=1)
    means: Floats = np.divide(
        (np.nan_to_num(values) * weights).sum(axis=1), total, out=np.full(len(values), math.nan), where=total > 0
    )
    return means


def _wait_quantiles(lines: list[_Line], rate: Floats, handle: float) -> Floats:
    """Return waits at evenly spaced shares of all callers, from the tails of all half-hours."""
    known = [(line, weight) for line, weight in zip(lines, rate, strict=True) if weight > 0]
    if not known:
        return np.empty(0)
    longest = 40 * max(1.0, *(line.wait for line, _ in known))
    times = np.concatenate([[0.0], np.geomspace(1e-3, longest, _TAIL_POINTS)])
    weights: dict[_Line, float] = {}
    for line, weight in known:
        weights[line] = weights.get(line, 0.0) + weight
    total = sum(weights.values())
    tail = np.sum([weight * line.tail(times) for line, weight in weights.items()], axis=0) / total
    shares = (np.arange(2000) + 0.5) / 2000
    longer = np.interp(shares, np.maximum.accumulate(1 - tail), times, left=0.0)
    return np.asarray(np.where(shares <= 1 - tail[0], 0.0, longer)) * handle
