"""Statistics: means over replications and how sure they are, Student's t, and p-values looked at together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from simulator.base.arrays import Floats, Ints

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
    half = float(t_quantile(n - 1, level) * known.std(ddof=1) / np.sqrt(n))
    return Estimate(mean, max(mean - half, bounds[0]), min(mean + half, bounds[1]), n)


def t_quantile(freedom: float | Floats | Ints, level: float = LEVEL, *, one_sided: bool = False) -> Any:
    """Return how many standard errors an interval of this level reaches to either side, or to one (Student's t)."""
    return special.stdtrit(freedom, level if one_sided else 0.5 + level / 2)


def normal_quantile(level: float = LEVEL) -> float:
    """Return how many standard errors an interval of this level reaches to either side (normal distribution)."""
    return float(special.ndtri(0.5 + level / 2))


def wilson(share: float, trials: float, level: float = LEVEL) -> tuple[float, float]:
    """Return Wilson's interval of a share of trials (1927), which keeps its width at 0 and 1."""
    z = normal_quantile(level)
    middle = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * math.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def estimate_columns(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Estimate mean, low and high of each column of values, shape (replications, n), leaving NaN out."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    filled = np.where(known, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=0) / count
        spread = np.where(known, values - mean, 0.0)
        error = np.sqrt((spread**2).sum(axis=0) / (count - 1) / count)
        half = t_quantile(np.maximum(count - 1, 1)) * error
    half = np.where(count > 1, half, np.nan)
    return mean, mean - half, mean + half


def holm(p_values: ArrayLike) -> Floats:
    """Adjust p-values for being looked at together (Holm's step-down method); NaN stays NaN and does not count."""
    given = np.asarray(p_values, dtype=float)
    adjusted = np.full(given.shape, np.nan)
    tested = np.flatnonzero(np.isfinite(given))
    order = tested[np.argsort(given[tested], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * given[order]), 1.0)
    return adjusted
