"""Shares: how often something happens, with intervals, and by group where groups differ by more than noise."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simulator.calibration.fit.durations import Z
from simulator.calibration.fit.likelihood import Ranged
from simulator.calibration.fit.shrink import shrink
from simulator.calibration.part import LEVEL

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
SIGNIFICANT = 0.01


def share_of(times: float, n: float) -> Ranged:
    """Give a share and its 90 % interval (Jeffreys; Brown, Cai and DasGupta 2001, Statistical Science 16)."""
    tail = (1 - LEVEL) / 2
    low, high = (float(special.betaincinv(times + 0.5, n - times + 0.5, end)) for end in (tail, 1 - tail))
    return Ranged(times / n, 0.0 if times == 0 else low, 1.0 if times == n else high)


def differ(times: Counts, n: Counts) -> bool:
    """Tell whether groups have different shares (Pearson's chi-square test)."""
    kept = n > 0
    times, n = times[kept], n[kept]
    common = float(times.sum() / n.sum()) if len(n) else 0.0
    if len(n) < 2 or not 0 < common < 1:
        return False
    statistic = float(((times - common * n) ** 2 / (common * (1 - common) * n)).sum())
    return float(special.chdtrc(len(n) - 1, statistic)) < SIGNIFICANT


def shares_by_group(times: Counts, n: Counts) -> dict[int, Ranged]:
    """Give the share of each group that has tickets, drawn toward the common one; none where they do not differ."""
    if not differ(times, n):
        return {}
    groups = np.flatnonzero(n > 0)
    happened, not_so = times[groups] + 0.5, (n - times)[groups] + 0.5
    odds, errors = shrink(np.log(happened / not_so), np.sqrt(1 / happened + 1 / not_so))
    return {
        int(group): Ranged(*(1 / (1 + math.exp(-(value + side * Z * error))) for side in (0, -1, 1)))
        for group, value, error in zip(groups, odds, errors, strict=True)
    }
