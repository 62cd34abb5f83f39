"""Scores: how well bands cover and points hit, with the interval of each.

Half-hours of a day are alike (a busy day is busy all day), so a day is what counts as an observation: the standard
error of a pooled coverage is that of a ratio of sums over days,

    se² = D / (D - 1) · sum over days of (covered_d - p · looked_at_d)² / (sum of looked_at_d)²,

and the interval is Wilson's for as many independent looks as have that standard error. Where every look is covered (or
none), a day is one look.

The verdict: what the model may be trusted for, measure by measure, by a rule fixed beforehand.

*Trust*: the 90 % bands hold at least 80 % of what was observed, by half-hour (where there is one) and by day, and the
error by day is smaller than that of both naive forecasts. *No better*: the bands hold, but a naive forecast errs less
or as little. *Do not trust*: the bands do not hold. With fewer than five days, or where training days allow no naive
forecast, nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.stats import Estimate, estimate, wilson
from simulator.calibration.backtest.measures import Measure

_MOST_POINTS = 5_000


@dataclass(frozen=True)
class _Coverage:
    """Share of observed values inside their bands, with its 95 % interval over days."""

    share: float
    low: float
    high: float
    looks: int
    days: int


def coverage(inside: Bools, day: Ints) -> _Coverage:
    """Return the share of looks that are inside; `day` tells which day each belongs to."""
    looks = len(inside)
    if not looks:
        return _Coverage(math.nan, math.nan, math.nan, 0, 0)
    _, block = np.unique(day, return_inverse=True)
    covered, counts = np.bincount(block, inside), np.bincount(block)
    days, share = len(counts), float(inside.mean())
    independent = float(days)
    if days > 1 and 0 < share < 1:
        variance = days / (days - 1) * float(((covered - share * counts) ** 2).sum()) / looks**2
        independent = min(float(looks), share * (1 - share) / variance) if variance > 0 else float(looks)
    low, high = wilson(share, max(independent, 1.0))
    return _Coverage(share, low, high, looks, days)


def wape(forecast: Floats, observed: Floats) -> float:
    """Return the sum of absolute errors ÷ the sum of what was observed; NaN where nothing was."""
    total = float(np.abs(observed).sum())
    return float(np.abs(forecast - observed).sum()) / total if total else math.nan


def mape(forecast: Floats, observed: Floats) -> float:
    """Return the mean of absolute errors ÷ observed values, where these are above 0; NaN if none is."""
    some = observed > 0
    return float((np.abs(forecast - observed)[some] / observed[some]).mean()) if some.any() else math.nan


def _gain(forecast: Floats, other: Floats, observed: Floats, day: Ints) -> Estimate:
    """Estimate by how much a forecast's absolute error is below another one's, per look, over days (Student's t)."""
    less = np.abs(other - observed) - np.abs(forecast - observed)
    _, block = np.unique(day, return_inverse=True)
    sums, counts = np.bincount(block, less), np.bincount(block)
    return estimate(sums / max(1.0, float(counts.mean())))


def thinned(values: Floats) -> Floats:
    """Return a sample's order statistics, evenly thinned to MOST_POINTS."""
    values = np.sort(values[np.isfinite(values)])
    if len(values) <= _MOST_POINTS:
        return values
    return values[np.linspace(0, len(values) - 1, _MOST_POINTS).round().astype(np.int64)]


def earth_mover(one: Floats, other: Floats) -> float:
    """Return the earth mover's distance of two samples, in their own unit; NaN if either is empty."""
    from scipy.stats import wasserstein_distance

    if not len(one) or not len(other):
        return math.nan
    return float(wasserstein_distance(one, other))


# -- the verdict ------------------------------------------------------------------------------------------------------


NEEDED = 0.80
_FEWEST_DAYS = 5


class Trust(StrEnum):
    """What a measure's forecast is good for."""

    TRUST = "trust"
    NO_BETTER = "no better"
    DISTRUST = "do not trust"
    UNKNOWN = "cannot tell"
    GIVEN = "given"
    """Arrivals that were replayed are no forecast."""


@dataclass(frozen=True, eq=False)
class Series:
    """One measure at one grain: what was observed beside all forecasts; arrays of shape (n_cells,), NaN if unknown."""

    measure: Measure
    grain: str
    times: tuple[str, ...]
    day: Ints
    """Day of the test period that each cell belongs to."""
    observed: Floats
    mean: Floats
    median: Floats
    """The point that is scored."""
    low: Floats
    high: Floats
    last: Floats
    """As in the last period."""
    erlang: Floats
    """By Erlang's queues, each half-hour by itself."""

    @property
    def looked_at(self) -> Bools:
        """Which cells have both an observation and a band; nothing in a closed slot is no hit."""
        known = np.isfinite(self.observed) & np.isfinite(self.low)
        if self.measure.unit == "count" and self.measure.by_slot:
            known &= (self.observed > 0) | (self.high > 0)
        return known

    @property
    def is_empty(self) -> bool:
        """Whether nothing was observed and nothing forecast: bands from 0 to 0 that hold 0 prove nothing."""
        seen = self.looked_at
        return not (self.observed[seen].any() or self.high[seen].any())

    @property
    def inside(self) -> Bools:
        """Which observations lie inside their bands, ends included (with room for rounding)."""
        room = 1e-9 * (1 + np.abs(self.observed))
        return (self.observed >= self.low - room) & (self.observed <= self.high + room)


@dataclass(frozen=True)
class Rival:
    """How a naive forecast does where both it and the model have an answer."""

    wape: float
    """Its error."""
    own: float
    """The model's error there."""
    gain: Estimate
    """By how much the model's absolute error is smaller, per look, over days."""


@dataclass(frozen=True)
class Score:
    """How the forecast of one series did."""

    series: Series
    coverage: _Coverage
    observed: float
    """Mean over what was looked at."""
    forecast: float
    """Mean of the forecast means there."""
    width: float
    """Mean width of the bands ÷ mean of what was observed."""
    wape: float
    mape: float
    last: Rival | None
    erlang: Rival | None

    @property
    def bias(self) -> float:
        """Forecast less observed, relative to observed."""
        return self.forecast / self.observed - 1 if self.observed else math.nan

    @property
    def holds(self) -> bool:
        """Whether the bands hold enough of what was observed."""
        return self.coverage.share >= NEEDED

    @property
    def rivals(self) -> dict[str, Rival]:
        """Naive forecasts that have an answer, by name."""
        given = {"last period": self.last, "Erlang": self.erlang}
        return {name: rival for name, rival in given.items() if rival is not None}


@dataclass(frozen=True)
class Verdict:
    """What one measure's forecast is good for."""

    measure: Measure
    trust: Trust
    fine: Score
    """At the finest grain."""
    daily: Score
    level: Score
    """How high it is as a whole: over all tickets of the period; of counts, on the mean day."""
    better_than: tuple[str, ...]
    not_better_than: tuple[str, ...]


def score(series: Series) -> Score:
    """Score a series."""
    seen = series.looked_at
    observed, point = series.observed[seen], series.median[seen]
    size = float(observed.mean()) if seen.any() else math.nan
    width = float((series.high - series.low)[seen].mean()) / size if seen.any() and size else math.nan
    return Score(
        series,
        coverage(series.inside[seen], series.day[seen]),
        size,
        float(series.mean[seen].mean()) if seen.any() else math.nan,
        width,
        wape(point, observed),
        mape(point, observed),
        _rival(series, series.last),
        _rival(series, series.erlang),
    )


def _rival(series: Series, other: Floats) -> Rival | None:
    both = series.looked_at & np.isfinite(other)
    if not both.any():
        return None
    observed, point = series.observed[both], series.median[both]
    return Rival(
        wape(other[both], observed), wape(point, observed), _gain(point, other[both], observed, series.day[both])
    )


def verdicts(scores: Sequence[Score], *, replayed: bool) -> tuple[Verdict, ...]:
    """Judge each measure by its finest grain and its days, in the order in which they come."""
    found = []
    for key in dict.fromkeys(one.series.measure.key for one in scores):
        own = {one.series.grain: one for one in scores if one.series.measure.key == key}
        if "day" in own:
            found.append(_judged(own, given=replayed and key == "arrivals"))
    return tuple(found)


def _judged(own: dict[str, Score], *, given: bool) -> Verdict:
    daily, fine = own["day"], own.get("slot", own["day"])
    # A mean of days would count a Sunday's three tickets for as much as a Monday's hundred.
    level = daily if daily.series.measure.unit == "count" else own.get("period", daily)
    better = tuple(name for name, rival in daily.rivals.items() if rival.own < rival.wape)
    worse = tuple(name for name in daily.rivals if name not in better)
    if given:
        trust = Trust.GIVEN
    elif daily.coverage.days < _FEWEST_DAYS or not daily.rivals:
        trust = Trust.UNKNOWN
    elif not (fine.holds and daily.holds):
        trust = Trust.DISTRUST
    else:
        trust = Trust.NO_BETTER if worse else Trust.TRUST
    return Verdict(daily.series.measure, trust, fine, daily, level, better, worse)
