"""Resolution times in two parts: tickets dealt with in one go, and tickets that waited for somebody else."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS = 2000
"""Bins on the log scale: narrower than anybody notes times down, and few enough for millions of tickets."""
MOST_STEPS = 2000
MIN_WEIGHT = 0.05
"""Share of tickets that each part must have."""
MIN_SEPARATION = 2.0
"""Distance of the parts' middles in units of the wider one's spread (Ashman's D, 2 for a clean division)."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """Two lognormals, the faster first; arrays of shape (2,)."""

    weight: Floats
    middle: Floats
    """Means of log minutes."""
    spread: Floats
    """Standard deviations of log minutes."""
    n: int
    edges: Floats
    """What was observed, for charts: edges of bins of log minutes, and tickets in them."""
    counts: Floats

    @property
    def medians(self) -> Floats:
        """Give the parts' medians in minutes."""
        return np.exp(self.middle)

    def density(self, logs: Floats) -> Floats:
        """Give each part's share of the density at log minutes; shape (2, n)."""
        return _densities(logs, self.weight, self.middle, self.spread)

    def slow(self, minutes: Floats) -> Floats:
        """Give the chance that each ticket belongs to the slower part."""
        parts = self.density(np.log(minutes))
        total = parts.sum(axis=0)
        # Far outside both, the nearer middle decides.
        nearer = np.argmin(np.abs(np.log(minutes) - self.middle[:, None]), axis=0).astype(float)
        chance: Floats = np.where(total > 0, parts[1] / np.where(total > 0, total, 1.0), nearer)
        return chance


def two_parts(minutes: Floats) -> Mixture | None:
    """Divide durations (above 0) by expectation-maximisation on their logs; None where they are no two parts.

    They are two when the Bayesian information criterion prefers two lognormals to one, both have MIN_WEIGHT, and
    their middles lie MIN_SEPARATION apart (Ashman, Bird and Zepf 1994, Astronomical Journal 108).
    """
    logs = np.log(minutes)
    if len(logs) < 100 or logs.std() < 1e-6:
        return None
    counts, edges = np.histogram(logs, BINS)
    at, weights = (edges[1:] + edges[:-1]) / 2, counts.astype(float)
    at, weights = at[counts > 0], weights[counts > 0]
    step = float(edges[1] - edges[0])
    share, middle, spread, fit = _maximised(at, weights, step)
    n = len(logs)
    single = float(weights @ np.log(_densities(at, np.ones(1), logs.mean(keepdims=True), logs.std(keepdims=True))[0]))
    better = 2 * (fit - single) > 3 * math.log(n)
    separation = abs(middle[1] - middle[0]) / math.sqrt((spread[0] ** 2 + spread[1] ** 2) / 2)
    if not better or share.min() < MIN_WEIGHT or separation < MIN_SEPARATION:
        return None
    order = np.argsort(middle)
    shown, bins = np.histogram(logs, 40)
    return Mixture(share[order], middle[order], spread[order], n, bins, shown.astype(float))


def _maximised(at: Floats, weights: Floats, step: float) -> tuple[Floats, Floats, Floats, float]:
    """Climb to the likelihood's maximum from a division at the median; also give the log-likelihood there."""
    total = float(weights.sum())
    cut = at[np.searchsorted(np.cumsum(weights), total / 2)]
    belongs = np.stack([at <= cut, at > cut]).astype(float)
    before = -math.inf
    for _ in range(MOST_STEPS):
        sizes = np.maximum(belongs @ weights, 1e-9)
        share, middle = sizes / total, (belongs * at) @ weights / sizes
        spread = np.sqrt((belongs * (at - middle[:, None]) ** 2) @ weights / sizes + step**2)
        parts = _densities(at, share, middle, spread)
        density = np.maximum(parts.sum(axis=0), 1e-300)
        fit = float(weights @ np.log(density))
        belongs = parts / density
        if fit - before < 1e-9 * total:
            break
        before = fit
    return share, middle, spread, fit


def _densities(logs: Floats, weight: Floats, middle: Floats, spread: Floats) -> Floats:
    scores = (logs - middle[:, None]) / spread[:, None]
    heights = (weight / spread)[:, None] / math.sqrt(2 * math.pi)
    return np.asarray(heights * np.exp(-(scores**2) / 2), dtype=float)
