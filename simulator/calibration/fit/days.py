"""Tickets by day and quarter-hour of the wall clock, and which days tell something about an ordinary week."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from simulator.calendars import SLOT_MINUTES, SLOTS_PER_DAY, Wall
from simulator.calibration.exports.table import Bools, Export, Floats
from simulator.errors import ExportError, Problem

Ints = NDArray[np.int64]
DayKind = Literal["ordinary", "holiday", "missing", "partial"]
MIN_DAYS = 14
"""Shortest export: two of each weekday, or no one could tell a weekly profile from a busy day."""
MANY = 10
"""Tickets on a usual weekday from which a day without any is taken as missing (a chance of 1 in 20,000)."""
HARDLY_ANY = 0.05
"""Share of a usual weekday's tickets up to which a day counts as missing."""
SILENT = 7.0
"""Expected tickets in a silence at an edge of the export that make its day a partial one (a chance of 1 in 1,000)."""


@dataclass(frozen=True, eq=False)
class DayTable:
    """The export's local days."""

    dates: tuple[date, ...]
    counts: Ints
    """Tickets by day and quarter-hour of the wall clock; shape (days, 96)."""
    exposure: Floats
    """How often the wall clock showed each quarter-hour: 1, or 0 and 2 where clocks change; shape (days, 96)."""
    kinds: tuple[DayKind, ...]

    @cached_property
    def weekday(self) -> Ints:
        """Weekday of each day, Monday is 0; shape (days,)."""
        numbers: Ints = (np.arange(len(self.dates), dtype=np.int64) + self.dates[0].weekday()) % 7
        return numbers

    @cached_property
    def totals(self) -> Ints:
        """Tickets by day; shape (days,)."""
        totals: Ints = self.counts.sum(axis=1)
        return totals

    def are(self, kind: DayKind) -> Bools:
        """Tell which days are of a kind; shape (days,)."""
        return np.array([own == kind for own in self.kinds])

    def of_kind(self, kind: DayKind) -> list[date]:
        """List the days of a kind."""
        return [day for day, own in zip(self.dates, self.kinds, strict=True) if own == kind]


def count_days(export: Export, country: str | None = None) -> DayTable:
    """Count tickets by day and quarter-hour, and tell ordinary days from holidays, missing and partial ones.

    Raises ExportError below MIN_DAYS days, for a country that has no known holidays, and where no ordinary day of some
    weekday is left.
    """
    if export.days < MIN_DAYS:
        found = f"covers {export.days} days from {export.first_day} to {export.last_day}"
        rule = f"a weekly profile needs {MIN_DAYS} days or more; export a longer period"
        raise ExportError(Problem("the export", "", f"{found}; {rule}"))
    dates = tuple(export.first_day + timedelta(days=step) for step in range(export.days))
    counts = by_quarter(export)
    off = set(holidays_of(country, dates))
    kinds: list[DayKind] = ["holiday" if day in off else "ordinary" for day in dates]
    table = DayTable(dates, counts, exposure_of(export), tuple(kinds))
    for day in np.flatnonzero(_is_missing(table)).tolist():
        kinds[day] = "missing"
    for day in _partial_edges(table, export):
        kinds[day] = "partial"
    table = DayTable(dates, counts, table.exposure, tuple(kinds))
    _check_weekdays(table)
    return table


def by_quarter(export: Export, rows: Bools | None = None) -> Ints:
    """Count tickets (or some rows) by local day and quarter-hour; shape (days, 96)."""
    local = export.local
    cell = local.day * SLOTS_PER_DAY + (local.minute // SLOT_MINUTES).astype(np.int64)
    inside = (local.day >= 0) & (local.day < export.days)
    if rows is not None:
        inside &= rows
    if not inside.all():
        cell = cell[inside]
    return np.bincount(cell, minlength=export.days * SLOTS_PER_DAY).reshape(export.days, SLOTS_PER_DAY)


def exposure_of(export: Export) -> Floats:
    """Count how often the wall clock showed each quarter-hour of each day; shape (days, 96)."""
    wall = Wall.starting(export.first_day, export.zone)
    slots = wall.slots(wall.minute_of(export.last_day + timedelta(days=1)))
    cell = slots.date_index * SLOTS_PER_DAY + slots.quarter
    size = export.days * SLOTS_PER_DAY
    return np.bincount(cell, minlength=size).reshape(export.days, SLOTS_PER_DAY).astype(float)


def holidays_of(country: str | None, dates: Iterable[date]) -> list[date]:
    """List the dates that are public holidays of a country; ExportError where it is not known."""
    if country is None:
        return []
    import holidays

    if country not in holidays.list_supported_countries():
        rule = "must be the ISO code of a country, such as GB, DE or US"
        raise ExportError(Problem("--country", "", f"is {country!r}; {rule}"))
    known = holidays.country_holidays(country)
    return [day for day in dates if day in known]


def _is_missing(table: DayTable) -> Bools:
    usual = np.zeros(len(table.dates))
    ordinary = table.are("ordinary")
    for weekday in range(7):
        alike = table.weekday == weekday
        if (alike & ordinary).any():
            usual[alike] = np.median(table.totals[alike & ordinary])
    return ordinary & (usual >= MANY) & (table.totals <= HARDLY_ANY * usual)


def _partial_edges(table: DayTable, export: Export) -> list[int]:
    """Find edge days that the export covers in part: silent where the weekday's other days had many tickets."""
    found = []
    for day, at, after in ((0, 0, False), (len(table.dates) - 1, -1, True)):
        alike = (table.weekday == table.weekday[day]) & table.are("ordinary")
        alike[day] = False
        if not len(export) or not alike.any() or export.local.day[at] != day or table.kinds[day] != "ordinary":
            continue
        quarter = int(export.local.minute[at] // SLOT_MINUTES)
        usual = table.counts[alike].mean(axis=0)
        if (usual[quarter + 1 :] if after else usual[:quarter]).sum() >= SILENT:
            found.append(day)
    return found


def _check_weekdays(table: DayTable) -> None:
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    absent = sorted(set(range(7)) - set(table.weekday[table.are("ordinary")].tolist()))
    if absent:
        found = f"holds no ordinary {' and no '.join(names[day] for day in absent)}, holidays and gaps left out"
        rule = "a weekly profile needs each weekday once or more; export a longer period"
        raise ExportError(Problem("the export", "", f"{found}; {rule}"))
