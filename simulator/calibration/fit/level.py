"""Tickets by day and quarter-hour of the wall clock, and which days tell something about an ordinary week.

How many tickets a week brings, how that grows, and how much days differ beyond chance.

A day's total is Poisson about `weekday level x (1 + growth) ** week x busyness`, where busyness is the model's gamma
factor: over days, a negative binomial with variance m + k m**2 and k = busyness_cv**2. Levels and growth are estimated
by quasi-likelihood with those weights and k by moments (Pearson's statistic equal to its degrees of freedom; McCullagh
and Nelder 1989, ch. 9), which keeps the intervals right where days are busier than Poisson and samples are short.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

import numpy as np
from scipy import special

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.calendars import SLOT_MINUTES, SLOTS_PER_DAY, Wall
from simulator.base.errors import ExportError, Problem
from simulator.base.stats import t_quantile
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.estimate import LEVEL

DayKind = Literal["ordinary", "holiday", "missing", "quiet", "partial"]
_MIN_DAYS = 14
"""Shortest export: two of each weekday, or no one could tell a weekly profile from a busy day."""
_MIN_TICKETS = 30
"""Fewest tickets that a week's shape can be told from."""
_MANY = 10
"""Tickets on a usual weekday from which a day without any is taken as missing (a chance of 1 in 20,000)."""
_HARDLY_ANY = 0.05
"""Share of a usual weekday's tickets up to which a day counts as missing."""
_QUIET, _FAR_BELOW = 0.5, 4.0
"""Part of a usual weekday's tickets, and robust standard deviations below it, under which a day was no working day."""
_SILENT = 7.0
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
        """Return which days are of a kind; shape (days,)."""
        return np.array([own == kind for own in self.kinds])

    def of_kind(self, kind: DayKind) -> list[date]:
        """List the days of a kind."""
        return [day for day, own in zip(self.dates, self.kinds, strict=True) if own == kind]


def count_days(export: Export, country: str | None = None) -> DayTable:
    """Count tickets by day and quarter-hour, and tell ordinary days from holidays, missing, quiet and partial ones.

    Quiet days are those that someone who knew the desk would call a holiday or an outage: left in, a few of them would
    double the busyness of all others, and hide how weekdays differ.
    Raises ExportError below MIN_DAYS days or MIN_TICKETS tickets, for a country that has no known holidays, and where
    no ordinary day of some weekday is left.
    """
    if export.days < _MIN_DAYS:
        found = f"covers {export.days} days from {export.first_day} to {export.last_day}"
        rule = f"a weekly profile needs {_MIN_DAYS} days or more; export a longer period"
        raise ExportError(Problem("the export", "", f"{found}; {rule}"))
    if len(export) < _MIN_TICKETS:
        rule = f"a fit needs {_MIN_TICKETS} or more; export a longer period, or more of its tickets"
        raise ExportError(Problem("the export", "", f"holds {len(export)} tickets; {rule}"))
    dates = tuple(export.first_day + timedelta(days=step) for step in range(export.days))
    counts = by_quarter(export)
    off = set(_holidays_of(country, dates))
    kinds: list[DayKind] = ["holiday" if day in off else "ordinary" for day in dates]
    table = DayTable(dates, counts, _exposure_of(export), tuple(kinds))
    for day in np.flatnonzero(_is_quiet(table)).tolist():
        kinds[day] = "quiet"
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


def _exposure_of(export: Export) -> Floats:
    """Count how often the wall clock showed each quarter-hour of each day; shape (days, 96)."""
    wall = Wall.starting(export.first_day, export.zone)
    slots = wall.slots(wall.minute_of(export.last_day + timedelta(days=1)))
    cell = slots.date_index * SLOTS_PER_DAY + slots.quarter
    size = export.days * SLOTS_PER_DAY
    return np.bincount(cell, minlength=size).reshape(export.days, SLOTS_PER_DAY).astype(float)


def _holidays_of(country: str | None, dates: Iterable[date]) -> list[date]:
    """List the dates that are public holidays of a country; ExportError where it is not known."""
    if country is None:
        return []
    import holidays

    if country not in holidays.list_supported_countries():
        rule = "must be the ISO code of a country, such as GB, DE or US"
        raise ExportError(Problem("--country", "", f"is {country!r}; {rule}"))
    known = holidays.country_holidays(country)
    return [day for day in dates if day in known]


def _usual(table: DayTable) -> Floats:
    """Return the median total of each day's weekday, ordinary days only; shape (days,)."""
    usual = np.zeros(len(table.dates))
    for weekday in range(7):
        alike = table.weekday == weekday
        if (alike & table.are("ordinary")).any():
            usual[alike] = np.median(table.totals[alike & table.are("ordinary")])
    return usual


def _is_missing(table: DayTable) -> Bools:
    usual = _usual(table)
    return table.are("ordinary") & (usual >= _MANY) & (table.totals <= _HARDLY_ANY * usual)


def _is_quiet(table: DayTable) -> Bools:
    """Find days far below their weekday's median, by the median deviation: a mean one would grow with what it seeks."""
    usual = _usual(table)
    rows = table.are("ordinary") & (usual >= _MANY)
    if not rows.any():
        return rows
    ratio = table.totals / np.maximum(usual, 1)
    spread = 1.4826 * float(np.median(np.abs(ratio[rows] - 1)))
    limit = np.minimum(_QUIET, 1 - _FAR_BELOW * np.sqrt(spread**2 + 1 / np.maximum(usual, 1)))
    return rows & (ratio < limit)


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
        if (usual[quarter + 1 :] if after else usual[:quarter]).sum() >= _SILENT:
            found.append(day)
    return found


def _check_weekdays(table: DayTable) -> None:
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    absent = sorted(set(range(7)) - set(table.weekday[table.are("ordinary")].tolist()))
    if absent:
        found = f"holds no ordinary {' and no '.join(names[day] for day in absent)}, holidays and gaps left out"
        rule = "a weekly profile needs each weekday once or more; export a longer period"
        raise ExportError(Problem("the export", "", f"{found}; {rule}"))


# -- how many tickets a week brings, how that grows, and how much days differ beyond chance ---------------------------


TAIL = (1 - LEVEL) / 2
SURE = 0.95
"""How surely a trend must be there to be carried on."""
MIN_WEEKS_OF_TREND = 8.0
"""Shortest time that may show a trend to carry on: within a month or so a slope is as likely the month's own ups and
downs, and compounding it week after week is the surest way to a wrong forecast (Gardner and McKenzie 1985)."""
_STEADY = 0.1
"""Precision of the prior on the trend (a standard deviation of 3 on the log scale, a factor of 20 a week): it decides
nothing but keeps the fit finite where all tickets came in one week."""
_FAR = 20.0
"""Furthest that an interval reaches on the log scale."""
_MIN_FREEDOM = 4
"""Fewest days beyond what is estimated from them."""
_Interval = tuple[float, float]


@dataclass(frozen=True, eq=False)
class DailyLevel:
    """What daily totals show, as of the first week after them."""

    per_weekday: Floats
    """Expected tickets by weekday in the first week after the export, shape (7,); 0 on days that never have any."""
    per_week: _Interval
    growth: float
    """Relative change a week; 0 where no trend is shown."""
    growth_range: _Interval
    shows_trend: bool
    is_short: bool
    """Whether the export is too short for a trend (MIN_WEEKS_OF_TREND)."""
    busyness_cv: float
    busyness_range: _Interval
    lag_1: float
    """Correlation of a day's deviation with the next day's; NaN with too few pairs."""
    is_correlated: bool
    """Whether chance alone (95 %) would not give that correlation."""
    expected: Floats
    """Expected total of each day in the fit, shape (days,), NaN on those left out."""
    n_days: int


def fit_level(totals: Ints, weekday: Ints, share: Floats, use: Bools) -> DailyLevel:
    """Fit weekday levels, growth and busyness to daily totals; shapes (days,).

    `share` is the part of an ordinary day's tickets that a day's hours hold (clock changes), `use` tells which days
    count. Raises ExportError where too few are left.
    """
    days = len(totals)
    # The model's growth moves in steps of whole weeks from its start, the day after the last.
    week = (np.arange(days) - days) // 7
    open_days = [day for day in range(7) if totals[use & (weekday == day)].sum() > 0]
    kept = np.flatnonzero(use & np.isin(weekday, open_days))
    if len(kept) < len(open_days) + 1 + _MIN_FREEDOM:
        found = f"has {len(kept)} ordinary days with tickets"
        rule = f"their level and trend need {len(open_days) + 1 + _MIN_FREEDOM} or more; export a longer period"
        raise ExportError(Problem("the export", "", f"{found}; {rule}"))
    flat_design = (weekday[kept][:, None] == np.array(open_days)).astype(float)
    design = np.column_stack([flat_design, week[kept]])
    y, offset = totals[kept].astype(float), np.log(share[kept])
    trend, flat = _Fit.of(y, design, offset, True), _Fit.of(y, flat_design, offset, False)
    is_long = days >= 7 * MIN_WEEKS_OF_TREND
    # In a short export the slope is part of how weeks differ, so it counts as correlation between days.
    lag_1, is_correlated = _lag_1((trend if is_long else flat).scores, kept)
    inflation = (1 + lag_1) / (1 - lag_1) if is_correlated and lag_1 > 0 else 1.0
    half = float(t_quantile(trend.freedom, 1 - TAIL, one_sided=True)) * math.sqrt(inflation)
    slope, slope_half = trend.beta[-1], half * math.sqrt(trend.covariance[-1, -1])
    growth_range = math.expm1(slope - slope_half), math.expm1(min(slope + slope_half, _FAR))
    sure, stated = (float(t_quantile(trend.freedom, end, one_sided=True)) for end in ((1 + SURE) / 2, 1 - TAIL))
    shows_trend = is_long and abs(slope) > slope_half * sure / stated
    # Without a trend beyond chance the level is that of all weeks: a chance slope, carried on, would move the
    # forecast by its own error, more so with every week. But growth too small to be seen may be there, so the
    # interval is the wider one that allows for it.
    chosen = trend if shows_trend else flat
    per_weekday = np.zeros(7)
    per_weekday[open_days] = np.exp(chosen.beta[: len(open_days)])
    expected = np.full(days, np.nan)
    expected[kept] = chosen.mean
    reach = _interval_of_sum(trend, len(open_days), half)
    if not is_long:
        # Either may be right, level or slope: the interval holds what both would say.
        alone = _interval_of_sum(flat, len(open_days), half)
        reach = min(reach[0], alone[0]), max(reach[1], alone[1])
    return DailyLevel(
        per_weekday, reach, math.expm1(slope) if shows_trend else 0.0, growth_range, shows_trend, not is_long,
        math.sqrt(chosen.kappa), _busyness_range(chosen, lag_1 if is_correlated else 0.0),
        lag_1, is_correlated, expected, len(kept),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Fit:
    """A log-linear fit of counts whose variance is m + kappa m**2."""

    y: Floats
    beta: Floats
    mean: Floats
    kappa: float
    covariance: Floats
    freedom: int

    @classmethod
    def of(cls, y: Floats, design: Floats, offset: Floats, has_trend: bool) -> _Fit:
        freedom = len(y) - design.shape[1]
        kappa = 0.0
        start = np.linalg.lstsq(design, np.log(np.maximum(y, 0.5)) - offset, rcond=None)[0]
        beta: Floats = np.asarray(start, dtype=float)
        prior = np.zeros(design.shape[1])
        prior[-1] = _STEADY if has_trend else 0.0
        for _ in range(200):
            mean = np.exp(design @ beta + offset)
            weight = mean / (1 + kappa * mean)
            information = design.T @ (design * weight[:, None]) + np.diag(prior)
            step = np.linalg.solve(information, design.T @ ((y / mean - 1) * weight) - prior * beta)
            beta = beta + np.clip(step, -1, 1)
            before, kappa = kappa, _kappa(y, np.exp(design @ beta + offset), freedom)
            if np.abs(step).max() < 1e-9 and abs(kappa - before) < 1e-9:
                break
        covariance: Floats = np.asarray(np.linalg.inv(information), dtype=float)
        return cls(y, beta, np.exp(design @ beta + offset), kappa, covariance, freedom)

    @property
    def variance(self) -> Floats:
        """Variance of each total."""
        return self.mean + self.kappa * self.mean**2

    @property
    def scores(self) -> Floats:
        """Deviations in standard deviations (Pearson residuals)."""
        return (self.y - self.mean) / np.sqrt(self.variance)


def _kappa(y: Floats, mean: Floats, wanted: float) -> float:
    """Find the kappa at which Pearson's statistic, sum of (y - m)**2 / (m + kappa m**2), has the wanted value."""

    def excess(kappa: float) -> float:
        return float(np.sum((y - mean) ** 2 / (mean + kappa * mean**2))) - wanted

    low, high = 0.0, 1.0
    if excess(0.0) <= 0:
        return 0.0
    while excess(high) > 0 and high < 1e6:
        high *= 4
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def _interval_of_sum(fit: _Fit, columns: int, half: float) -> _Interval:
    """Return the interval of the week's total, on the log scale (delta method)."""
    part = np.exp(fit.beta[:columns])
    error = math.sqrt(part @ fit.covariance[:columns, :columns] @ part) / part.sum()
    total, reach = float(part.sum()), min(half * error, _FAR)
    return total * math.exp(-reach), total * math.exp(reach)


def _busyness_range(fit: _Fit, lag_1: float) -> _Interval:
    """Bound busyness by the chi-square law of Pearson's statistic, its freedom cut by kurtosis and correlation.

    A negative binomial's excess kurtosis is 6 k + 1 / variance; squares of an AR(1) series correlate with r**2.
    """
    kurtosis = float(np.mean(6 * fit.kappa + 1 / fit.variance))
    freedom = fit.freedom / (1 + kurtosis / 2) * (1 - lag_1**2) / (1 + lag_1**2)
    low, high = (
        math.sqrt(_kappa(fit.y, fit.mean, fit.freedom / freedom * float(special.chdtri(freedom, tail))))
        for tail in (TAIL, 1 - TAIL)
    )
    return low, high


def _lag_1(scores: Floats, day: Ints) -> tuple[float, bool]:
    """Correlate each day's deviation with the next day's, and tell whether chance (95 %) would not do that."""
    next_to = np.flatnonzero(np.diff(day) == 1)
    if len(next_to) < 10:
        return math.nan, False
    spread = float(np.mean(scores**2))
    lag_1 = float(np.mean(scores[next_to] * scores[next_to + 1])) / spread if spread else 0.0
    return float(np.clip(lag_1, -0.95, 0.95)), abs(lag_1) > 1.96 / math.sqrt(len(next_to))
