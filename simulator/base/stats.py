"""Intervals: means over replications, and how sure they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over replications with its confidence interval (Student's t, 95 %)."""

    mean: float
    low: float
    """NaN with fewer than two replications."""
    high: float
    replications: int
    """Replications in which the figure exists."""

    @property
    def half_width(self) -> float:
        """Half the interval's width."""
        return (self.high - self.low) / 2

    @property
    def excludes_zero(self) -> bool:
        """Whether the interval lies on one side of 0."""
        return self.low > 0 or self.high < 0


def estimate(values: ArrayLike, bounds: tuple[float, float] = (-np.inf, np.inf), level: float = LEVEL) -> Estimate:
    """Estimate a mean from one value per replication: mean ± t(n − 1) · s/√n. NaN values are left out.

    The interval is cut at `bounds`, beyond which the mean cannot lie; that takes nothing from its coverage.
    """
    given = np.asarray(values, dtype=float)
    known = given[np.isfinite(given)]
    n = len(known)
    if n == 0:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    mean = float(known.mean())
    if n == 1:
        return Estimate(mean, float("nan"), float("nan"), 1)
    half = float(special.stdtrit(n - 1, 0.5 + level / 2) * known.std(ddof=1) / np.sqrt(n))
    return Estimate(mean, max(mean - half, bounds[0]), min(mean + half, bounds[1]), n)
