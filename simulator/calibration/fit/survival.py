"""Survival of durations of which some were cut off: Kaplan and Meier's curve, its band, and the log-rank test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simulator.calibration.part import LEVEL

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
MIN_AT_RISK = 30
"""Observations that must still be under way where a curve is read or compared; beyond, it rests on too few."""


@dataclass(frozen=True, eq=False)
class Survival:
    """A Kaplan-Meier curve (Kaplan and Meier 1958, JASA 53); arrays of shape (n_times,) over distinct times."""

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
        z = float(special.ndtri(0.5 + LEVEL / 2))
        with np.errstate(divide="ignore", invalid="ignore"):
            log = np.log(self.share)
            half = z * np.sqrt(self.relative_variance) / np.abs(log)
            low, high = self.share ** np.exp(half), self.share ** np.exp(-half)
        inside = (self.share > 0) & (self.share < 1)
        return np.where(inside, low, self.share), np.where(inside, high, self.share)

    @cached_property
    def reliable(self) -> Bools:
        """Tell at which times MIN_AT_RISK observations were under way (all observations, where there are fewer)."""
        return self.at_risk >= min(MIN_AT_RISK, max(self.n // 3, 1))

    def at(self, moments: Floats) -> Floats:
        """Read S at some durations; shape of `moments`."""
        return np.concatenate([[1.0], self.share])[np.searchsorted(self.times, moments, side="right")]

    def effective(self, place: int) -> float:
        """Give how many complete observations would know S at a time as well as these do."""
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


def log_rank(curves: Sequence[Survival]) -> float:
    """Give the p-value of the log-rank test that all groups last equally long (Peto and Peto 1972, JRSS A 135).

    With Mantel's hypergeometric variance, chi-square with one degree of freedom less than there are groups.
    """
    times = np.unique(np.concatenate([curve.times[curve.ended > 0] for curve in curves]))
    ended, at_risk = np.zeros((len(curves), len(times))), np.zeros((len(curves), len(times)))
    for row, curve in enumerate(curves):
        place = np.searchsorted(curve.times, times)
        at_risk[row] = np.append(curve.at_risk, 0.0)[place]
        here = np.flatnonzero(curve.ended > 0)
        ended[row, np.searchsorted(times, curve.times[here])] = curve.ended[here]
    total, events = at_risk.sum(axis=0), ended.sum(axis=0)
    expected = at_risk * events / total
    gap = (ended - expected).sum(axis=1)[:-1]
    weight = np.where(total > 1, events * (total - events) / np.maximum(total - 1, 1), 0.0)
    part = at_risk[:-1] / total
    covariance = -(part * weight) @ part.T
    covariance[np.diag_indices_from(covariance)] += (part * weight).sum(axis=1)
    statistic = float(gap @ np.linalg.pinv(covariance) @ gap)
    return float(special.chdtrc(len(curves) - 1, max(statistic, 0.0)))
