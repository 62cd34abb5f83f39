"""Which distribution some durations follow: form, mean and cv with their intervals, and how well it agrees.

The rule. Among exponential, lognormal and gamma, those count whose distribution function stays within TABLE_DISTANCE
of what was observed (Kaplan and Meier's curve where durations were cut off), or leaves it no further than chance does;
of these, the one with the smallest AIC, or the usual one where that makes no difference (EQUAL_AIC). Where none
counts, a table of quantiles is used. The rule is on the size of the distance because with 50,000 tickets every form is
rejected, however well it would serve. A form whose mean is off (by MEAN_OFF, and more than chance explains) takes mean
and cv as observed instead of the likelihood's: a desk's load is proportional to the mean.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy import special

from simulator.base.arrays import Bools, Floats
from simulator.base.quantities import Figure
from simulator.calibration.fit.estimate import Ranged, Z, measured
from simulator.calibration.fit.likelihood import (
    CV_RANGE,
    FORMS,
    MEAN_RANGE,
    Likely,
    Sums,
    Survival,
    kaplan_meier,
    likeliest,
    log_survival,
)
from simulator.distributions import Exponential, Gamma, Lognormal

TABLE_DISTANCE = 0.05
"""Kolmogorov distance beyond which a form does not serve."""
_SIGNIFICANT = 0.05
_EQUAL_AIC = 2.0
"""Difference of AIC that does not tell forms apart (Burnham and Anderson 2002, section 2.6)."""
_MEAN_OFF = 0.01
_SHAPES: dict[str, Any] = {"exponential": Exponential, "lognormal": Lognormal, "gamma": Gamma}
_LEVELS = (0.01, 0.02, 0.05, *(round(0.05 * step, 2) for step in range(2, 19)), 0.95, 0.98, 0.99)
"""Probabilities of a table of quantiles, beside 0 and 1."""


@dataclass(frozen=True, eq=False)
class DurationFit:
    """A distribution fitted to durations in minutes."""

    form: str
    """exponential, lognormal, gamma, constant or quantiles."""
    mean: Ranged
    cv: Ranged
    n: int
    ended: int
    """Durations that were seen to end; the others were cut off."""
    distance: float = 0.0
    """Kolmogorov distance between what was observed and the fit."""
    chance: float = 1.0
    """P-value of that distance (Kolmogorov's limit; conservative, as mean and cv were fitted to the same tickets)."""
    knots: tuple[tuple[float, float], ...] = ()
    """A table's [probability, minutes] pairs."""
    probabilities: Floats = field(default_factory=lambda: np.empty(0))
    """What a QQ plot shows: probabilities, and the quantiles observed and fitted there; shape (n_points,)."""
    observed: Floats = field(default_factory=lambda: np.empty(0))
    fitted: Floats = field(default_factory=lambda: np.empty(0))

    def setting(self, what: str = "tickets") -> dict[str, Any]:
        """Return it as a scenario writes it; a table carries no source of its own."""
        if self.form == "quantiles":
            knots = [[level, min(rounded(value), MEAN_RANGE[1])] for level, value in self.knots]
            return {"form": "quantiles", "quantiles": knots}
        if self.form == "constant":
            return {"form": "constant", "value": self._figure(self.mean, MEAN_RANGE, what)}
        setting = {"form": self.form, "mean": self._figure(self.mean, MEAN_RANGE, what)}
        if self.form != "exponential":
            setting["cv"] = self._figure(self.cv, CV_RANGE, what)
        return setting

    def _figure(self, given: Ranged, bounds: tuple[float, float], what: str) -> Figure:
        value, low, high = (min(max(rounded(one), bounds[0]), bounds[1]) for one in given)
        return measured(value, low, high, self.n, what)

    def survival(self, minutes: Floats) -> Floats:
        """Return P(duration > minutes) of the fit."""
        if self.form == "quantiles":
            levels, values = np.array(self.knots).T
            left: Floats = 1 - np.interp(minutes, values, levels)
            return left
        if self.form == "constant":
            return (minutes < self.mean.value).astype(float)
        return np.exp(log_survival(self.form, minutes, self.mean.value, self.cv.value))

    def comment(self) -> str:
        """Say how well it agrees, for a reader of the scenario."""
        return f"{self.form}: at most {100 * self.distance:.1f} points of 100 from what was observed"

    def words(self) -> str:
        """Say what it is: `lognormal, mean 8.3 min, cv 0.92`."""
        if self.form == "constant":
            return f"constant, {self.mean.value:.3g} min"
        name = "table of quantiles" if self.form == "quantiles" else self.form
        return f"{name}, mean {self.mean.value:.3g} min, cv {self.cv.value:.2f}"


def fit_duration(
    minutes: Floats, ended: Bools | None = None, forms: Sequence[str] = FORMS, tolerance: float = TABLE_DISTANCE
) -> DurationFit | None:
    """Fit durations (0 or more); `ended` is False where one was cut off (None: all ended). None if none ended.

    `forms` are those to try, the usual one first; `tolerance` is the distance up to which one serves.

    A duration of 0 counts as half of the shortest that is recorded: clocks are read in whole seconds or minutes. One
    of more than ten years counts as ten.
    """
    if ended is not None and ended.all():
        ended = None
    n_ended = len(minutes) if ended is None else int(ended.sum())
    if not n_ended or not (minutes > 0).any():
        return None
    minutes = np.clip(_above_zero(minutes), *MEAN_RANGE)
    curve = kaplan_meier(minutes, ended)
    if ended is None and (len(minutes) == 1 or minutes.std() < CV_RANGE[0] * minutes.mean()):
        mean = float(minutes.mean())
        return DurationFit("constant", Ranged(mean, mean, mean), Ranged(0.0, 0.0, 0.0), len(minutes), n_ended)
    sums = Sums.of(minutes, ended)
    likely = [found for form in forms if (found := likeliest(form, sums)) is not None]
    tried = [_judged(_corrected(found, minutes, ended), curve) for found in likely]
    serving = [(fit, aic) for fit, aic in tried if fit.distance <= tolerance or fit.chance >= _SIGNIFICANT]
    if serving:
        least = min(aic for _, aic in serving)
        best = _unsure_of_form(next(fit for fit, aic in serving if aic <= least + _EQUAL_AIC), serving, least)
    else:
        best = _judged_table(minutes, ended, curve)
    return _with_quantiles(best, curve)


def _unsure_of_form(best: DurationFit, serving: Sequence[tuple[DurationFit, float]], least: float) -> DurationFit:
    """Widen the intervals of mean and cv by what other forms that serve would say.

    Unconditional errors: squared error and squared gap to the best, averaged by Akaike weights (Burnham and Anderson
    2002, section 4.3).
    """
    weights = np.exp([(least - aic) / 2 for _, aic in serving])
    weights /= weights.sum()

    def widened(what: str) -> Ranged:
        chosen = getattr(best, what)
        error = 0.0
        for (fit, _), weight in zip(serving, weights, strict=True):
            other = getattr(fit, what)
            own = math.log(other.high / other.low) / 2
            error += weight * math.hypot(own, Z * math.log(other.value / chosen.value))
        return Ranged(chosen.value, chosen.value * math.exp(-error), chosen.value * math.exp(error))

    return replace(best, mean=widened("mean"), cv=widened("cv"))


def _above_zero(minutes: Floats) -> Floats:
    return np.where(minutes > 0, minutes, minutes[minutes > 0].min() / 2)


def _corrected(found: Likely, minutes: Floats, ended: Bools | None) -> Likely:
    """Return a form mean and cv as observed where the likelihood's mean is off; not where some were cut off."""
    if ended is not None or found.form == "exponential":
        return found
    mean, cv = _sample_moments(minutes)
    is_off = not mean.low <= found.mean.value <= mean.high and abs(found.mean.value / mean.value - 1) > _MEAN_OFF
    return replace(found, mean=mean, cv=cv) if is_off and CV_RANGE[0] <= cv.value <= CV_RANGE[1] else found


def _sample_moments(minutes: Floats) -> tuple[Ranged, Ranged]:
    """Return mean and cv as observed, with 90 % intervals from the central limit theorem (cv by its influence)."""
    mean, deviation, n = float(minutes.mean()), float(minutes.std(ddof=1)), len(minutes)
    scores = (minutes - mean) / deviation
    cv = deviation / mean
    # Relative errors, so that intervals on the log scale stay above 0.
    errors = (cv / math.sqrt(n), float(np.std((scores**2 - 1) / 2 - cv * scores)) / math.sqrt(n))
    found = (
        Ranged(value, value * math.exp(-Z * error), value * math.exp(Z * error))
        for value, error in zip((mean, cv), errors, strict=True)
    )
    return next(found), next(found)


def _judged(found: Likely, curve: Survival) -> tuple[DurationFit, float]:
    fit = DurationFit(found.form, found.mean, found.cv, curve.n, curve.events)
    distance, chance = _distance_to(curve, fit)
    return replace(fit, distance=distance, chance=chance), found.aic


def _distance_to(curve: Survival, fit: DurationFit) -> tuple[float, float]:
    """Return the Kolmogorov distance between a curve and a fit, and its p-value.

    Compared half-way between distinct durations, where both are free of rounding to seconds or minutes, and only as
    far as enough observations were under way.
    """
    between = (curve.times[1:] + curve.times[:-1]) / 2
    gaps = np.abs(curve.share[:-1] - fit.survival(between))[curve.reliable[1:]]
    if not len(gaps):
        return 0.0, 1.0
    place = int(np.argmax(gaps))
    distance = float(gaps[place])
    return distance, float(special.kolmogorov(math.sqrt(curve.effective(place)) * distance))


def _judged_table(minutes: Floats, ended: Bools | None, curve: Survival) -> DurationFit:
    knots = _table(minutes, curve) if ended is None else _censored_table(curve)
    levels, values = np.array(knots).T
    gaps, low, high = np.diff(levels), values[:-1], values[1:]
    mean = float(gaps @ (low + high) / 2)
    square = float(gaps @ (low**2 + low * high + high**2) / 3)
    cv = math.sqrt(max(square - mean**2, 0.0)) / mean
    # The mean of a table is as sure as that of an exponential with as many ends.
    half = Z * (cv if ended is None else 1.0) / math.sqrt(curve.events)
    ranged = Ranged(mean, mean * math.exp(-half), mean * math.exp(half))
    fit = DurationFit("quantiles", ranged, Ranged(cv, cv, cv), curve.n, curve.events, knots=knots)
    distance, chance = _distance_to(curve, fit)
    return replace(fit, distance=distance, chance=chance)


def _table(minutes: Floats, curve: Survival) -> tuple[tuple[float, float], ...]:
    """Tabulate durations that all ended; the last piece keeps the mean of the longest ones."""
    levels = [level for level in _LEVELS if 5 / curve.n <= level <= 1 - 5 / curve.n] or [0.5]
    values = np.quantile(minutes, levels)
    beyond = minutes[minutes > values[-1]]
    longest = 2 * float(beyond.mean()) - float(values[-1]) if len(beyond) else float(values[-1])
    return _knots([0.0, *levels, 1.0], [float(minutes.min()), *values, longest])


def _censored_table(curve: Survival) -> tuple[tuple[float, float], ...]:
    """Tabulate a Kaplan-Meier curve as far as it is reliable, with an exponential tail beyond.

    The tail's rate is that of the later half of the reliable ends: ends ÷ time under way.
    """
    last = int(np.flatnonzero(curve.reliable)[-1])
    known = 1 - curve.share[: last + 1]
    levels = [level for level in _LEVELS if known[0] < level < known[-1]]
    values = list(curve.times[np.searchsorted(known, levels)])
    end, left = float(curve.times[last]), float(curve.share[last])
    counted = np.cumsum(curve.ended[: last + 1])
    half = int(np.searchsorted(counted, counted[-1] / 2))
    steps = np.diff(curve.times[half : last + 1])
    exposure = float(steps @ curve.at_risk[half + 1 : last + 1])
    rate = float(curve.ended[half + 1 : last + 1].sum()) / exposure if exposure > 0 else 1 / end
    rate = rate or 1 / end
    shares = [share for share in (1.0, 0.75, 0.5, 0.25, 0.1, 0.03) if left * share > 0]
    levels += [1 - left * share for share in shares] + [1.0]
    values += [end - math.log(share) / rate for share in shares]
    values.append(values[-1] + (2 / rate if shares else 0.0))
    return _knots([0.0, *levels], [0.0, *values])


def _knots(levels: Sequence[float], values: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """Pair probabilities and minutes, rounded, probabilities rising and minutes never falling."""
    knots: list[tuple[float, float]] = []
    for level, value in zip(levels, values, strict=True):
        level, value = round(level, 6), min(rounded(value), MEAN_RANGE[1])
        if knots and level <= knots[-1][0]:
            continue
        knots.append((level, max(value, knots[-1][1]) if knots else value))
    return tuple(knots)


def _with_quantiles(fit: DurationFit, curve: Survival) -> DurationFit:
    """Add what a QQ plot shows, as far as the curve is reliable."""
    known = 1 - curve.share[curve.reliable]
    levels = np.linspace(0.01, 0.99, 99)
    levels = levels[(levels > known[0]) & (levels < known[-1])]
    observed = curve.times[np.searchsorted(1 - curve.share, levels)]
    if fit.form == "quantiles":
        fitted = np.interp(levels, *np.array(fit.knots).T)
    else:
        given = {"form": fit.form, "mean": fit.mean.value}
        shape = _SHAPES[fit.form](**given if fit.form == "exponential" else {**given, "cv": fit.cv.value})
        fitted = shape.at_scores(special.ndtri(levels))
    return replace(fit, probabilities=levels, observed=observed, fitted=fitted)


def rounded(value: float) -> float:
    """Keep five digits: more would not be read, and are not known."""
    return float(f"{value:.5g}")
