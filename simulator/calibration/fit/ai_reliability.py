"""Reliability: how often the AI was right in each range of confidence, summed up, and above each threshold.

Stated confidence: a beta distribution where it fits, else the log's own quantiles.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from simulator.base.arrays import Bools, Floats
from simulator.calibration.fit.ai_curve import AnswerCounts, rounded
from simulator.calibration.fit.estimate import LEVEL, Ranged, Z

_BINS, _PER_BIN = 15, 20
"""Most ranges of confidence, and judgements that each should hold."""
THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
_RESAMPLES = 2000
_SEED = 20_260_106


@dataclass(frozen=True)
class Bin:
    """A range of confidence."""

    stated: float
    """Mean confidence."""
    right: Ranged
    """Share that was right (Jeffreys interval)."""
    n: int


@dataclass(frozen=True)
class Above:
    """What the AI would have done from a threshold on."""

    threshold: float
    n: int
    coverage: float
    """Share of all judgements."""
    accuracy: Ranged
    """Share of these that was right (Jeffreys interval); the whole range from 0 to 1 where there are none."""


def share_right(right: float, n: float) -> Ranged:
    """Return a share with its Jeffreys interval, which always holds the share; half of it unknown where n is 0."""
    low, high = (float(special.betaincinv(right + 0.5, n - right + 0.5, end)) for end in (0.05, 0.95))
    value = right / n if n else 0.5
    return Ranged(value, min(low, value), max(high, value)) if n else Ranged(0.5, 0.0, 1.0)


def bins_of(tally: AnswerCounts) -> tuple[Bin, ...]:
    """Cut the confidences into ranges of about as many judgements each."""
    groups = _ranges(tally)
    return tuple(
        Bin(float(stated), share_right(float(right), float(n)), int(round(n)))
        for stated, right, n in zip(groups.stated, groups.right, groups.total, strict=True)
    )


def _ranges(tally: AnswerCounts) -> AnswerCounts:
    return tally.groups(min(_BINS, max(2, tally.n // _PER_BIN)))


def calibration_error(tally: AnswerCounts) -> Ranged:
    """Return the expected calibration error: |share right - mean confidence|, averaged over judgements by range.

    Ranges hold as many judgements each (Nguyen and O'Connor 2015). Chance alone makes gaps, so the raw figure is too
    large; resampling what was right within each range tells by how much on average, which is taken off (Kumar, Liang
    and Ma 2019), and how far it may be off (basic bootstrap). The interval begins at 0 where an AI as good as its word
    would have shown as much in more than one of twenty logs.
    """
    groups = _ranges(tally)
    n, stated, share = groups.total, groups.stated, groups.right / groups.total
    raw = float(n @ np.abs(share - stated) / n.sum())
    rng = np.random.default_rng(_SEED)
    # A range without a mistake would never get one: half a right and half a wrong judgement are added.
    resampled, calibrated = (
        np.abs(rng.binomial(np.round(n).astype(np.int64), chance, size=(_RESAMPLES, len(n))) / n - stated) @ n / n.sum()
        for chance in ((groups.right + 0.5) / (n + 1), stated)
    )
    low, high = (2 * raw - float(np.quantile(resampled, end)) for end in (0.5 + LEVEL / 2, 0.5 - LEVEL / 2))
    if raw <= np.quantile(calibrated, 0.5 + LEVEL / 2):
        low = 0.0
    value = max(2 * raw - float(resampled.mean()), 0.0)
    return Ranged(value, min(max(low, 0.0), value), max(high, value))


def brier(chance: Floats, tally: AnswerCounts) -> float:
    """Return the mean squared distance between chances of being right, shape (n_cells,), and what came out."""
    return float((tally.right * (1 - chance) ** 2 + tally.wrong * chance**2).sum() / tally.total.sum())


def above(confidence: Floats, correct: Bools) -> tuple[Above, ...]:
    """Return coverage and accuracy from each threshold on."""
    found = []
    for threshold in THRESHOLDS:
        taken = confidence >= threshold
        n = int(taken.sum())
        accuracy = share_right(float(correct[taken].sum()), n)
        found.append(Above(threshold, n, n / len(confidence), accuracy))
    return tuple(found)


# -- stated confidence ------------------------------------------------------------------------------------------------


_BETA_DISTANCE = 0.02
"""Largest distance between the log's distribution and the beta (Kolmogorov's, as a share of rows) at which the beta
stands for it. In a small log chance alone makes more: then CHANCE/√n."""
_CHANCE = 0.9
"""Times 1/√n, the distance that 19 of 20 logs of a true beta keep to once its figures are fitted to them (simulated:
0.88 to 0.98; for the normal Lilliefors 1967 has 0.886)."""
_LEVELS = (0.0, 0.02, *(round(0.05 * step, 2) for step in range(1, 20)), 0.98, 1.0)
_FEW_LEVELS = (0.0, 0.05, *(round(0.1 * step, 1) for step in range(1, 10)), 0.95, 1.0)
_FEW = 500
"""Rows below which fewer quantiles are written."""


@dataclass(frozen=True)
class _Stated:
    """A distribution of stated confidence, as a scenario writes it."""

    settings: dict[str, Any]
    distance: float
    """Kolmogorov distance of the best beta distribution from the log."""

    @property
    def is_beta(self) -> bool:
        """Whether the beta distribution fits."""
        return "mean" in self.settings


def stated_confidence(confidence: Floats, *, beta: bool = True) -> _Stated:
    """Fit a distribution of confidence.

    `beta` is False for part of a log that no beta fits as a whole: its few rows could not refuse one either, and many
    such parts would all be off the same way.
    """
    n = len(confidence)
    inside = np.sort(np.clip(confidence, 1e-6, 1 - 1e-6))
    if not beta or n < 10 or inside[0] == inside[-1]:
        return _Stated({"quantiles": _quantiles(confidence)}, 1.0)
    a, b = _beta(float(np.log(inside).mean()), float(np.log1p(-inside).mean()), inside)
    fitted = special.betainc(a, b, inside)
    steps = np.arange(n) / n
    distance = float(max(np.abs(fitted - steps).max(), np.abs(fitted - steps - 1 / n).max()))
    if distance > max(_BETA_DISTANCE, _CHANCE / math.sqrt(n)) or not 0.01 <= a + b <= 1e6:
        return _Stated({"quantiles": _quantiles(confidence)}, distance)
    return _Stated(_beta_figures(a, b, n), distance)


def _quantiles(confidence: Floats) -> list[list[float]]:
    """Return [probability, confidence] pairs to four digits."""
    levels = _LEVELS if len(confidence) >= _FEW else _FEW_LEVELS
    values = np.maximum.accumulate(np.round(np.quantile(confidence, levels), 4))
    return [[level, float(value)] for level, value in zip(levels, values, strict=True)]


def _beta(mean_log: float, mean_log_rest: float, inside: Floats) -> tuple[float, float]:
    """Return the likeliest a and b, by Newton's method from the moments' (Minka 2000)."""
    mean, variance = float(inside.mean()), float(inside.var())
    size = max(mean * (1 - mean) / variance - 1, 0.1)
    at = np.array([mean * size, (1 - mean) * size])
    for _ in range(100):
        gradient = np.array([mean_log, mean_log_rest]) - special.digamma(at) + special.digamma(at.sum())
        step = np.linalg.solve(_information(at), gradient)
        at = np.where(at + step > 0.1 * at, at + step, 0.5 * at)
        if float(np.abs(step / at).max()) < 1e-9:
            break
    return float(at[0]), float(at[1])


def _information(at: Floats) -> Floats:
    found: Floats = np.diag(special.polygamma(1, at)) - special.polygamma(1, at.sum())
    return found


def _beta_figures(a: float, b: float, n: int) -> dict[str, Any]:
    """Return mean and concentration, with intervals by the delta method on log-odds and logarithm."""
    size, mean = a + b, a / (a + b)
    covariance = np.linalg.inv(_information(np.array([a, b]))) / n
    towards = np.array([[1 / a, -1 / b], [1 / size, 1 / size]])
    odds, log_size = Z * np.sqrt(np.einsum("ij,jk,ik->i", towards, covariance, towards))
    middle = float(special.logit(mean))
    low, high = (float(special.expit(middle + end)) for end in (-odds, odds))
    return {
        "mean": rounded(mean, low, high, n),
        "concentration": rounded(size, size * math.exp(-log_size), size * math.exp(log_size), n),
    }
