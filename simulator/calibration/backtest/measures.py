"""Measures: what a backtest compares, computed by one code path on an export, observed or simulated.

A measure is taken of the tickets that were created in a time: a half-hour (an hour where no channel is live), a day, or
the whole period. Counts add up; shares and means are of the tickets that the measure is about; quantiles are of times
to resolution, in which a ticket that was still open when the export was made counts as longer than all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.calendars import DAY_MINUTES
from simulator.calibration.exports.table import Category, Export
from simulator.journeys.sla import SlaClock
from simulator.scenario import Scenario

_Unit = Literal["count", "share", "minutes"]
Figures = dict[tuple[str, str], Floats]
"""Values by (measure, grain)."""


@dataclass(frozen=True)
class Measure:
    """One thing to compare."""

    key: str
    label: str
    """As a sentence names it: `mean wait`."""
    unit: _Unit
    by_slot: bool = False
    """Whether it is looked at by half-hour, too."""
    quantile: float | None = None
    """Which quantile it is; None for a sum (of counts) or a mean."""
    in_short: str = ""
    """As a narrow table names it, where its label is long."""

    @property
    def short(self) -> str:
        """Name it in few letters."""
        return self.in_short or self.label


ARRIVALS = Measure("arrivals", "arrivals", "count", by_slot=True)
ABANDONED = Measure("abandoned", "share abandoned", "share", by_slot=True)
WAITED = Measure("waited", "share who wait", "share", by_slot=True)
WAIT = Measure("wait_mean", "mean wait", "minutes", by_slot=True)
RESPONSE = Measure("first_response_mean", "mean first response", "minutes", in_short="response, mean")
RESPONSE_P90 = Measure(
    "first_response_p90", "90th percentile of first response", "minutes", quantile=0.9, in_short="response, p90"
)
RESOLUTION = Measure(
    "resolution_median", "median time to resolution", "minutes", quantile=0.5, in_short="resolution, median"
)
RESOLUTION_P90 = Measure(
    "resolution_p90", "90th percentile of time to resolution", "minutes", quantile=0.9, in_short="resolution, p90"
)
BACKLOG = Measure("backlog", "backlog at the end of the day", "count", in_short="backlog, day end")
MET_SLA = Measure("met_sla", "share that meets its target", "share", in_short="targets met")
REASSIGNED = Measure("reassigned", "share reassigned", "share")
REOPENED = Measure("reopened", "share reopened", "share")


@dataclass(frozen=True)
class _MeasuredRows:
    """A measure's tickets and their values."""

    measure: Measure
    rows: NDArray[np.intp]
    values: Floats

    def by_cell(self, cell: Ints, cells: int) -> Floats:
        """Return the measure in each of so many cells, into which `cell` puts the tickets; shape (cells,).

        Counts are sums; means and quantiles are NaN in a cell without tickets, quantiles also beyond what is known.
        """
        here = cell[self.rows]
        counts = np.bincount(here, minlength=cells)
        if self.measure.unit == "count":
            return counts.astype(float)
        if self.measure.quantile is not None:
            return _quantiles(self.values, here, counts, self.measure.quantile)
        sums = np.bincount(here, self.values, minlength=cells)
        means: Floats = np.divide(sums, counts, out=np.full(cells, np.nan), where=counts > 0)
        return means


def _quantiles(values: Floats, cell: Ints, counts: Ints, level: float) -> Floats:
    """Return the smallest value in each cell that at least a share `level` of its values does not exceed."""
    order = np.lexsort((values, cell))
    before = np.concatenate([[0], np.cumsum(counts)[:-1]])
    found = np.full(len(counts), np.nan)
    some = counts > 0
    place = before[some] + np.ceil(level * counts[some] - 1e-9).astype(np.int64) - 1
    found[some] = values[order][place]
    return np.where(np.isfinite(found), found, np.nan)


@dataclass(frozen=True)
class Period:
    """The days that are compared, cut into slots."""

    first: date
    last: date
    slot_minutes: int
    """30, or 60 where no channel is live."""

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.last - self.first).days + 1

    @property
    def slots(self) -> int:
        """Number of slots in a day."""
        return DAY_MINUTES // self.slot_minutes

    def slot_of(self, export: Export) -> Ints:
        """Number the slot in which each ticket was created, from the first of the export's first day on."""
        slot = np.minimum(export.local.minute // self.slot_minutes, self.slots - 1).astype(np.int64)
        return export.local.day * self.slots + slot

    def within(self, export: Export) -> Export:
        """Return the tickets created in the period."""
        return export.between(self.first, self.last)


def measured(export: Export, period: Period, scenario: Scenario) -> Figures:
    """Take every measure that the export allows, over a period, by slot, day and as a whole."""
    inside = period.within(export)
    day, slot = inside.local.day, period.slot_of(inside)
    found: Figures = {}
    for column in columns(inside, scenario):
        measure = column.measure
        if measure.by_slot and (period.slot_minutes == 30 or measure is ARRIVALS):
            found[measure.key, "slot"] = column.by_cell(slot, period.days * period.slots)
        found[measure.key, "day"] = column.by_cell(day, period.days)
        found[measure.key, "period"] = column.by_cell(np.zeros(len(inside), dtype=np.int64), 1)
    # On live channels nobody is left over at night, and what has no end there was not recorded.
    all_live = all(channel.live for channel in scenario.channels.values())
    backlog = None if all_live else backlog_by_day(export, period)
    if backlog is not None:
        found[BACKLOG.key, "day"], found[BACKLOG.key, "period"] = backlog, backlog.mean(keepdims=True)
    return found


def columns(export: Export, scenario: Scenario) -> Iterator[_MeasuredRows]:
    """List the measures that an export allows, each with its tickets and their values (backlog left out)."""
    everyone = np.arange(len(export))
    yield _MeasuredRows(ARRIVALS, everyone, np.ones(len(export)))
    if export.abandoned is not None:
        yield _MeasuredRows(ABANDONED, everyone, export.abandoned.astype(float))
    wait = waits(export)
    if wait is not None:
        yield _known(WAITED, np.where(np.isnan(wait), np.nan, (wait > 0).astype(float)))
        yield _known(WAIT, wait)
    if export.first_response is not None:
        response = (export.first_response - export.created) / 60
        yield _known(RESPONSE, response)
        yield _known(RESPONSE_P90, response)
    taken = resolution_minutes(export)
    if taken is not None:
        yield _known(RESOLUTION, taken)
        yield _known(RESOLUTION_P90, taken)
    met = _met_sla(export, scenario)
    if met is not None and np.isfinite(met).any():
        yield _known(MET_SLA, met)
        if export.tier is not None and len(export.tier.names) > 1:
            yield from _by_tier(met, export.tier)
    for measure, counts in ((REASSIGNED, export.reassignments), (REOPENED, export.reopens)):
        if counts is not None:
            yield _known(measure, np.where(np.isnan(counts), np.nan, (counts > 0).astype(float)))


def _known(measure: Measure, values: Floats) -> _MeasuredRows:
    """Make a column of the tickets whose value is known."""
    rows = np.flatnonzero(~np.isnan(values))
    return _MeasuredRows(measure, rows, values[rows])


def _by_tier(met: Floats, tier: Category) -> Iterator[_MeasuredRows]:
    for number, name in enumerate(tier.names):
        rows = np.flatnonzero((tier.codes == number) & ~np.isnan(met))
        yield _MeasuredRows(tier_measure(name), rows, met[rows])


def tier_measure(name: str) -> Measure:
    """Return the measure of one tier's targets."""
    return Measure(f"met_sla: {name}", f"targets met ({name})", "share")


def waits(export: Export) -> Floats | None:
    """Return the minutes in line of each ticket, NaN where unknown; None where the export has no such times."""
    if export.wait_minutes is not None:
        return export.wait_minutes
    return None if export.began is None else (export.began - export.created) / 60


def resolution_minutes(export: Export) -> Floats | None:
    """Return the minutes to resolution of each ticket: infinite while open, NaN where the customer left."""
    if export.resolved is None:
        return None
    taken = np.where(np.isnan(export.resolved), np.inf, (export.resolved - export.created) / 60)
    return taken if export.abandoned is None else np.where(export.abandoned, np.nan, taken)


def _met_sla(export: Export, scenario: Scenario) -> Floats | None:
    """Return which tickets met their target: as the help desk says, else by the scenario's targets by tier."""
    if export.met_sla is not None:
        return export.met_sla
    sla = scenario.sla
    if sla.by != "tier" or export.tier is None or not (sla.first_response or sla.resolution):
        return None
    origin = scenario.wall.origin.timestamp()
    arrival = (export.created - origin) / 60
    clock = SlaClock(scenario, (export.seen_until - origin) / 60)
    met, has_target = np.ones(len(export), dtype=np.bool_), np.zeros(len(export), dtype=np.bool_)
    for given, moment in ((sla.first_response, export.first_response), (sla.resolution, export.resolved)):
        if moment is None:
            continue
        targets = [float(given.get(name, given.get("default", np.inf))) for name in export.tier.names]
        limit = np.array([*targets, np.inf])[export.tier.codes]
        until = np.where(np.isnan(moment), export.seen_until, moment)
        met &= clock.between(arrival, (until - origin) / 60) <= limit
        has_target |= np.isfinite(limit)
    return np.where(has_target, met.astype(float), np.nan)


def _closed_at(export: Export) -> Floats | None:
    """Return the moment at which each ticket left the desk, NaN while it is open; None where the export has none.

    Who gave up left after the wait; at once where the export does not tell how long it was.
    """
    given = export.resolved if export.resolved is not None else export.ended
    if given is None or export.abandoned is None:
        return given
    left = export.created + (0.0 if export.wait_minutes is None else 60 * np.nan_to_num(export.wait_minutes))
    return np.where(export.abandoned, left, given)


def open_at(export: Export, moment: float) -> Bools | None:
    """Return which tickets were open at a moment; None where the export has no such times."""
    closed = _closed_at(export)
    return None if closed is None else (export.created < moment) & ~(closed <= moment) & ~export.is_dormant(moment)


def backlog_by_day(export: Export, period: Period) -> Floats | None:
    """Count the tickets that are open at the end of each day, whenever they were created; shape (days,).

    One that had been resolved and came back later was not open in between, as far as the export tells (the first time);
    the KPI of that name, which sees the future, counts it.
    """
    closed = _closed_at(export)
    if closed is None:
        return None
    ends = np.array([export.midnight(period.first + timedelta(days=day + 1)) for day in range(period.days)])
    gone = np.sort(closed[np.isfinite(closed)])
    there = np.searchsorted(export.created, ends) - np.searchsorted(gone, ends, side="right")
    return there.astype(float) - [int(export.is_dormant(end).sum()) for end in ends]
