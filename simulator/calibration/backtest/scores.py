"""Scores: how well bands cover and points hit, with the interval of each.

Half-hours of a day are alike (a busy day is busy all day), so a day is what counts as an observation: the standard
error of a pooled coverage is that of a ratio of sums over days,

    se² = D / (D - 1) · sum over days of (covered_d - p · looked_at_d)² / (sum of looked_at_d)²,

and the interval is Wilson's for as many independent looks as have that standard error. Where every look is covered (or
none), a day is one look.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simulator.studies.intervals import Estimate, estimate

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
LEVEL = 0.95
MOST_POINTS = 5_000


@dataclass(frozen=True)
class Coverage:
    """Share of observed values inside their bands, with its 95 % interval over days."""

    share: float
    low: float
    high: float
    looks: int
    days: int


def coverage(inside: Bools, day: Ints) -> Coverage:
    """Give the share of looks that are inside; `day` tells which day each belongs to."""
    looks = len(inside)
    if not looks:
        return Coverage(math.nan, math.nan, math.nan, 0, 0)
    _, block = np.unique(day, return_inverse=True)
    covered, counts = np.bincount(block, inside), np.bincount(block)
    days, share = len(counts), float(inside.mean())
    independent = float(days)
    if days > 1 and 0 < share < 1:
        variance = days / (days - 1) * float(((covered - share * counts) ** 2).sum()) / looks**2
        independent = min(float(looks), share * (1 - share) / variance) if variance > 0 else float(looks)
    low, high = wilson(share, max(independent, 1.0))
    return Coverage(share, low, high, looks, days)


def wilson(share: float, n: float) -> tuple[float, float]:
    """Give Wilson's 95 % interval of a share among n independent looks (Wilson 1927)."""
    z = float(special.ndtri(0.5 + LEVEL / 2))
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def wape(forecast: Floats, observed: Floats) -> float:
    """Give the sum of absolute errors ÷ the sum of what was observed; NaN where nothing was."""
    total = float(np.abs(observed).sum())
    return float(np.abs(forecast - observed).sum()) / total if total else math.nan


def mape(forecast: Floats, observed: Floats) -> float:
    """Give the mean of absolute errors ÷ observed values, where these are above 0; NaN if none is."""
    some = observed > 0
    return float((np.abs(forecast - observed)[some] / observed[some]).mean()) if some.any() else math.nan


def gain(forecast: Floats, other: Floats, observed: Floats, day: Ints) -> Estimate:
    """Estimate by how much a forecast's absolute error is below another one's, per look, over days (Student's t)."""
    less = np.abs(other - observed) - np.abs(forecast - observed)
    _, block = np.unique(day, return_inverse=True)
    sums, counts = np.bincount(block, less), np.bincount(block)
    return estimate(sums / max(1.0, float(counts.mean())))


def thinned(values: Floats) -> Floats:
    """Give a sample's order statistics, evenly thinned to MOST_POINTS."""
    values = np.sort(values[np.isfinite(values)])
    if len(values) <= MOST_POINTS:
        return values
    return values[np.linspace(0, len(values) - 1, MOST_POINTS).round().astype(np.int64)]


def earth_mover(one: Floats, other: Floats) -> float:
    """Give the earth mover's distance of two samples, in their own unit; NaN if either is empty."""
    from scipy.stats import wasserstein_distance

    if not len(one) or not len(other):
        return math.nan
    return float(wasserstein_distance(one, other))
