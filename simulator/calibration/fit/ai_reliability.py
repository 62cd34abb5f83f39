"""Reliability: how often the AI was right in each range of confidence, summed up, and above each threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from simulator.calibration.exports.table import Bools, Floats
from simulator.calibration.fit.ai_tally import Tally
from simulator.calibration.part import LEVEL

BINS, PER_BIN = 15, 20
"""Most ranges of confidence, and judgements that each should hold."""
THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
_RESAMPLES = 2000
_SEED = 20_260_106


@dataclass(frozen=True)
class Interval:
    """A figure with its 90 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bin:
    """A range of confidence."""

    stated: float
    """Mean confidence."""
    right: Interval
    """Share that was right (Jeffreys interval)."""
    n: int


@dataclass(frozen=True)
class Above:
    """What the AI would have done from a threshold on."""

    threshold: float
    n: int
    coverage: float
    """Share of all judgements."""
    accuracy: Interval
    """Share of these that was right (Jeffreys interval); the whole range from 0 to 1 where there are none."""


def share_right(right: float, n: float) -> Interval:
    """Give a share with its Jeffreys interval, which always holds the share; half of it unknown where n is 0."""
    low, high = (float(special.betaincinv(right + 0.5, n - right + 0.5, end)) for end in (0.05, 0.95))
    value = right / n if n else 0.5
    return Interval(value, min(low, value), max(high, value)) if n else Interval(0.5, 0.0, 1.0)


def bins_of(tally: Tally) -> tuple[Bin, ...]:
    """Cut the confidences into ranges of about as many judgements each."""
    groups = _ranges(tally)
    return tuple(
        Bin(float(stated), share_right(float(right), float(n)), int(round(n)))
        for stated, right, n in zip(groups.stated, groups.right, groups.total, strict=True)
    )


def _ranges(tally: Tally) -> Tally:
    return tally.groups(min(BINS, max(2, tally.n // PER_BIN)))


def calibration_error(tally: Tally) -> Interval:
    """Give the expected calibration error: |share right - mean confidence|, averaged over judgements by range.

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
    return Interval(value, min(max(low, 0.0), value), max(high, value))


def brier(chance: Floats, tally: Tally) -> float:
    """Give the mean squared distance between chances of being right, shape (n_cells,), and what came out."""
    return float((tally.right * (1 - chance) ** 2 + tally.wrong * chance**2).sum() / tally.total.sum())


def above(confidence: Floats, correct: Bools) -> tuple[Above, ...]:
    """Give coverage and accuracy from each threshold on."""
    found = []
    for threshold in THRESHOLDS:
        taken = confidence >= threshold
        n = int(taken.sum())
        accuracy = share_right(float(correct[taken].sum()), n)
        found.append(Above(threshold, n, n / len(confidence), accuracy))
    return tuple(found)
