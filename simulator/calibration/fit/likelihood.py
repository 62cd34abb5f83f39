"""Maximum likelihood for durations of which some were cut off: exponential, lognormal and gamma.

What ended enters through sums alone, what was cut off through its distinct lengths, so that millions of tickets cost
little more than hundreds. Intervals come from the observed information by the delta method on log mean and log cv.

Survival of durations of which some were cut off: Kaplan and Meier's curve and its band.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import special

from simulator.base.arrays import Bools, Floats
from simulator.base.stats import t_quantile
from simulator.calibration.fit.estimate import LEVEL, Ranged, Z

FORMS = ("exponential", "lognormal", "gamma")
_Objective = Callable[[Any], float]
_PARAMETERS = {"exponential": 1, "lognormal": 2, "gamma": 2}
_MIN_ENDED = {"exponential": 1, "lognormal": 5, "gamma": 5}
"""Durations that must have ended before a form is tried: two parameters need more than one does."""
_MOST_DISTINCT = 5_000
"""Distinct cut-off lengths that are kept; more are put together on a grid of 0.1 %."""
CV_RANGE = (0.001, 10.0)
MEAN_RANGE = (1e-6, 5_256_000.0)
"""What a scenario takes; minutes up to ten years."""


@dataclass(frozen=True, eq=False)
class Sums:
    """All that the likelihood needs of some durations (minutes, above 0)."""

    ended: int
    total: float
    """Sum of those that ended, and of their logarithms and the logarithms' squares."""
    logs: float
    squares: float
    cut: Floats
    """Distinct lengths of those that were cut off, and how many there are of each."""
    counts: Floats

    @classmethod
    def of(cls, minutes: Floats, ended: Bools | None) -> Sums:
        """Add durations up; `ended` is False where one was cut off (None: all ended)."""
        done, cut = (minutes, np.empty(0)) if ended is None else (minutes[ended], minutes[~ended])
        lengths, counts = np.unique(cut, return_counts=True)
        if len(lengths) > _MOST_DISTINCT:
            lengths, counts = np.unique(np.exp(np.round(np.log(cut), 3)), return_counts=True)
        logs = np.log(done)
        total = float(done.sum())
        return cls(len(done), total, float(logs.sum()), float(logs @ logs), lengths, counts.astype(float))


@dataclass(frozen=True)
class Likely:
    """One form at its maximum of likelihood."""

    form: str
    mean: Ranged
    cv: Ranged
    aic: float
    """Akaike's criterion: twice the number of parameters less twice the log-likelihood; smaller is better."""


def log_survival(form: str, minutes: Floats, mean: float, cv: float) -> Floats:
    """Return log P(duration > minutes)."""
    if form == "exponential":
        return -minutes / mean
    if form == "lognormal":
        variance = math.log1p(cv**2)
        with np.errstate(divide="ignore"):
            scores = (np.log(minutes) - math.log(mean) + variance / 2) / math.sqrt(variance)
        left: Floats = special.log_ndtr(-scores)
        return left
    shape = cv**-2
    return np.log(np.maximum(special.gammaincc(shape, minutes * shape / mean), 1e-300))


def likeliest(form: str, sums: Sums) -> Likely | None:
    """Fit a form; None where too few durations ended, or where its spread lies outside of what a scenario takes."""
    if sums.ended < _MIN_ENDED[form]:
        return None
    exposure = sums.total + float(sums.cut @ sums.counts)
    if form == "exponential":
        rate = sums.ended / exposure
        half = _quantile(sums.ended) / math.sqrt(sums.ended)
        likelihood = sums.ended * math.log(rate) - exposure * rate
        spread = Ranged(1 / rate, math.exp(-half) / rate, math.exp(half) / rate)
        if spread.value > MEAN_RANGE[1]:
            return None
        return Likely(form, spread, Ranged(1.0, 1.0, 1.0), 2 - 2 * likelihood)
    objective = _objective(form, sums)
    at = _start(form, sums, exposure) if len(sums.cut) or form == "gamma" else _closed_lognormal(sums)
    if len(sums.cut) or form == "gamma":
        at = _maximum(objective, at)
    (log_mean, log_cv), gradient = _moments(form, at)
    covariance = _covariance(objective, at)
    fits = log_mean <= math.log(MEAN_RANGE[1]) and math.log(CV_RANGE[0]) <= log_cv <= math.log(CV_RANGE[1])
    if covariance is None or not fits:
        return None
    errors = np.sqrt(np.diag(gradient @ covariance @ gradient.T))
    t = _quantile(sums.ended)
    mean, cv = (
        Ranged(math.exp(value), math.exp(value - t * error), math.exp(value + t * error))
        for value, error in zip((log_mean, log_cv), errors, strict=True)
    )
    return Likely(form, mean, cv, 2 * _PARAMETERS[form] + 2 * objective(at))


def _quantile(ended: int) -> float:
    """Return Student's quantile of the interval: few durations leave their own spread uncertain, too."""
    return float(t_quantile(max(ended - 1, 1), LEVEL))


def _objective(form: str, sums: Sums) -> _Objective:
    """Return minus the log-likelihood of a form at (μ, log σ) of the lognormal, (log mean, log shape) of the gamma."""
    n, cut, counts = sums.ended, sums.cut, sums.counts

    def lognormal(at: Floats) -> float:
        middle, spread = float(at[0]), math.exp(min(max(float(at[1]), -30.0), 50.0))
        squares = sums.squares - 2 * middle * sums.logs + n * middle**2
        value = sums.logs + n * (math.log(spread) + math.log(2 * math.pi) / 2) + squares / (2 * spread**2)
        return value - float(counts @ special.log_ndtr((middle - np.log(cut)) / spread)) if len(cut) else value

    def gamma(at: Floats) -> float:
        shape = math.exp(min(max(float(at[1]), -30.0), 30.0))
        scale = math.exp(min(max(float(at[0]), -30.0), 40.0)) / shape
        value = n * (shape * math.log(scale) + math.lgamma(shape)) - (shape - 1) * sums.logs + sums.total / scale
        left = np.log(np.maximum(special.gammaincc(shape, cut / scale), 1e-300))
        return value - float(counts @ left)

    return lognormal if form == "lognormal" else gamma


def _closed_lognormal(sums: Sums) -> Floats:
    middle = sums.logs / sums.ended
    # Unbiased, not the likelihood's own: with few tickets that one is too small, and the mean with it.
    variance = max(sums.squares - sums.ended * middle**2, 0.0) / max(sums.ended - 1, 1)
    return np.array([middle, math.log(max(variance, 1e-12)) / 2])


def _start(form: str, sums: Sums, exposure: float) -> Floats:
    if form == "gamma":
        return np.array([math.log(exposure / sums.ended), 0.0])
    return np.array([math.log(exposure / sums.ended) - 0.35, -0.2])


def _maximum(objective: _Objective, start: Floats) -> Floats:
    from scipy import optimize

    return np.asarray(optimize.fmin(objective, start, xtol=1e-7, ftol=1e-9, maxiter=2000, disp=False), dtype=float)


def _moments(form: str, at: Floats) -> tuple[tuple[float, float], Floats]:
    """Return log mean and log cv, and their gradient by the parameters; shape (2, 2)."""
    if form == "gamma":
        return (float(at[0]), -float(at[1]) / 2), np.array([[1.0, 0.0], [0.0, -0.5]])
    variance = math.exp(2 * min(float(at[1]), 3.0))
    by_spread = variance * math.exp(variance) / math.expm1(variance)
    return (float(at[0]) + variance / 2, math.log(math.expm1(variance)) / 2), np.array(
        [[1.0, variance], [0.0, by_spread]]
    )


def _covariance(objective: _Objective, at: Floats, step: float = 1e-3) -> Floats | None:
    """Invert the observed information, by central differences; None where the likelihood has no clear maximum."""
    size = len(at)
    shifts = np.eye(size) * step
    information = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            corners = [objective(at + a * shifts[i] + b * shifts[j]) * a * b for a in (1, -1) for b in (1, -1)]
            information[i, j] = sum(corners) / (4 * step**2)
    if not np.isfinite(information).all() or (np.linalg.eigvalsh(information) <= 0).any():
        return None
    return np.asarray(np.linalg.inv(information), dtype=float)


# -- survival of durations of which some were cut off -----------------------------------------------------------------


_MIN_AT_RISK = 30
"""Observations that must still be under way where a curve is read or compared; beyond, it rests on too few."""


@dataclass(frozen=True, eq=False)
class Survival:
    """A Kaplan-Meier curve (Kaplan and Meier 1958, JASA 53); arrays of shape (n_times,) over distinct times.

    The curve agrees with `scipy.stats.ecdf` to rounding, which does not publish how many were at risk and ended: what
    the band, the effective size and the reliable part rest on.
    """

    times: Floats
    """Distinct durations, ended or cut off, ascending."""
    at_risk: Floats
    """Observations that lasted at least so long."""
    ended: Floats
    """Observations that ended then; the others of that time were cut off after it."""

    @property
    def n(self) -> int:
        """Number of observations."""
        return int(self.at_risk[0]) if len(self.times) else 0

    @property
    def events(self) -> int:
        """Number of observations that ended."""
        return int(self.ended.sum())

    @cached_property
    def share(self) -> Floats:
        """Share that lasts longer than each time: S(t)."""
        return np.asarray(np.cumprod(1 - self.ended / self.at_risk), dtype=float)

    @cached_property
    def relative_variance(self) -> Floats:
        """Greenwood's sum at each time: the variance of log S(t), infinite where nobody is left."""
        with np.errstate(divide="ignore"):
            terms = self.ended / (self.at_risk * (self.at_risk - self.ended))
        return np.cumsum(np.where(self.ended > 0, terms, 0.0))

    @cached_property
    def band(self) -> tuple[Floats, Floats]:
        """Ends of the pointwise 90 % interval of S(t), on the log(-log) scale: they stay within 0 and 1."""
        with np.errstate(divide="ignore", invalid="ignore"):
            log = np.log(self.share)
            half = Z * np.sqrt(self.relative_variance) / np.abs(log)
            low, high = self.share ** np.exp(half), self.share ** np.exp(-half)
        inside = (self.share > 0) & (self.share < 1)
        return np.where(inside, low, self.share), np.where(inside, high, self.share)

    @cached_property
    def reliable(self) -> Bools:
        """At which times MIN_AT_RISK observations were under way (all observations, where there are fewer)."""
        return self.at_risk >= min(_MIN_AT_RISK, max(self.n // 3, 1))

    def at(self, moments: Floats) -> Floats:
        """Read S at some durations; shape of `moments`."""
        return np.concatenate([[1.0], self.share])[np.searchsorted(self.times, moments, side="right")]

    def effective(self, place: int) -> float:
        """Return how many complete observations would know S at a time as well as these do."""
        share, variance = float(self.share[place]), float(self.relative_variance[place])
        # Binomial: the variance of log S is (1 - S) / (n S).
        return (1 - share) / (share * variance) if 0 < share < 1 and 0 < variance < math.inf else float(self.n)


def kaplan_meier(minutes: Floats, ended: Bools | None = None) -> Survival:
    """Estimate the survival of durations; `ended` is False where one was cut off (None: all ended)."""
    if ended is None:
        times, counts = np.unique(minutes, return_counts=True)
        ends = counts.astype(float)
    else:
        times, place, counts = np.unique(minutes, return_inverse=True, return_counts=True)
        ends = np.bincount(place, ended, minlength=len(times)).astype(float)
    at_risk = len(minutes) - np.concatenate([[0], np.cumsum(counts)[:-1]])
    return Survival(times, at_risk.astype(float), ends)
