"""How many tickets a week brings, how that grows, and how much days differ beyond chance.

A day's total is Poisson about `weekday level x (1 + growth) ** week x busyness`, where busyness is the model's gamma
factor: over days, a negative binomial with variance m + k m**2 and k = busyness_cv**2. Levels and growth are estimated
by quasi-likelihood with those weights and k by moments (Pearson's statistic equal to its degrees of freedom; McCullagh
and Nelder 1989, ch. 9), which keeps the intervals right where days are busier than Poisson and samples are short.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from simulator.calibration.exports.table import Bools, Floats
from simulator.calibration.fit.days import Ints
from simulator.calibration.part import LEVEL
from simulator.errors import ExportError, Problem

TAIL = (1 - LEVEL) / 2
SURE = 0.95
"""How surely a trend must be there to be carried on."""
MIN_WEEKS_OF_TREND = 8.0
"""Shortest time that may show a trend to carry on: within a month or so a slope is as likely the month's own ups and
downs, and compounding it week after week is the surest way to a wrong forecast (Gardner and McKenzie 1985)."""
STEADY = 0.1
"""Precision of the prior on the trend (a standard deviation of 3 on the log scale, a factor of 20 a week): it decides
nothing but keeps the fit finite where all tickets came in one week."""
FAR = 20.0
"""Furthest that an interval reaches on the log scale."""
MIN_FREEDOM = 4
"""Fewest days beyond what is estimated from them."""
Interval = tuple[float, float]


@dataclass(frozen=True, eq=False)
class DailyLevel:
    """What daily totals show, as of the first week after them."""

    per_weekday: Floats
    """Expected tickets by weekday in the first week after the export, shape (7,); 0 on days that never have any."""
    per_week: Interval
    growth: float
    """Relative change a week; 0 where no trend is shown."""
    growth_range: Interval
    shows_trend: bool
    is_short: bool
    """Whether the export is too short for a trend (MIN_WEEKS_OF_TREND)."""
    busyness_cv: float
    busyness_range: Interval
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
    if len(kept) < len(open_days) + 1 + MIN_FREEDOM:
        found = f"has {len(kept)} ordinary days with tickets"
        rule = f"their level and trend need {len(open_days) + 1 + MIN_FREEDOM} or more; export a longer period"
        raise ExportError(Problem("the export", "", f"{found}; {rule}"))
    flat_design = (weekday[kept][:, None] == np.array(open_days)).astype(float)
    design = np.column_stack([flat_design, week[kept]])
    y, offset = totals[kept].astype(float), np.log(share[kept])
    trend, flat = _Fit.of(y, design, offset, True), _Fit.of(y, flat_design, offset, False)
    is_long = days >= 7 * MIN_WEEKS_OF_TREND
    # In a short export the slope is part of how weeks differ, so it counts as correlation between days.
    lag_1, is_correlated = _lag_1((trend if is_long else flat).scores, kept)
    inflation = (1 + lag_1) / (1 - lag_1) if is_correlated and lag_1 > 0 else 1.0
    half = float(special.stdtrit(trend.freedom, 1 - TAIL)) * math.sqrt(inflation)
    slope, slope_half = trend.beta[-1], half * math.sqrt(trend.covariance[-1, -1])
    growth_range = math.expm1(slope - slope_half), math.expm1(min(slope + slope_half, FAR))
    sure, stated = (float(special.stdtrit(trend.freedom, end)) for end in ((1 + SURE) / 2, 1 - TAIL))
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
        prior[-1] = STEADY if has_trend else 0.0
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


def _interval_of_sum(fit: _Fit, columns: int, half: float) -> Interval:
    """Give the interval of the week's total, on the log scale (delta method)."""
    part = np.exp(fit.beta[:columns])
    error = math.sqrt(part @ fit.covariance[:columns, :columns] @ part) / part.sum()
    total, reach = float(part.sum()), min(half * error, FAR)
    return total * math.exp(-reach), total * math.exp(reach)


def _busyness_range(fit: _Fit, lag_1: float) -> Interval:
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
