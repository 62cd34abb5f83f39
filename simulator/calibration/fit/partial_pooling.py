"""Shares: how often something happens, with intervals, and by group where groups differ by more than noise.

Shrinkage: what few tickets say about an intent, drawn toward what all intents have in common.

Empirical Bayes on a scale where estimates are about normal: means on the log, shares on the log-odds. The variance
between groups is DerSimonian and Laird's (1986, Controlled Clinical Trials 7); where groups differ by no more than
noise it is 0, and all take the common value.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from simulator.base.arrays import Floats, Ints
from simulator.calibration.fit.estimate import LEVEL, Ranged, Z

_SIGNIFICANT = 0.01


def share_of(times: float, n: float) -> Ranged:
    """Return a share and its 90 % interval (Jeffreys; Brown, Cai and DasGupta 2001, Statistical Science 16)."""
    tail = (1 - LEVEL) / 2
    low, high = (float(special.betaincinv(times + 0.5, n - times + 0.5, end)) for end in (tail, 1 - tail))
    return Ranged(times / n, 0.0 if times == 0 else low, 1.0 if times == n else high)


def differ(times: Ints, n: Ints) -> bool:
    """Return whether groups have different shares (Pearson's chi-square test)."""
    kept = n > 0
    times, n = times[kept], n[kept]
    common = float(times.sum() / n.sum()) if len(n) else 0.0
    if len(n) < 2 or not 0 < common < 1:
        return False
    statistic = float(((times - common * n) ** 2 / (common * (1 - common) * n)).sum())
    return float(special.chdtrc(len(n) - 1, statistic)) < _SIGNIFICANT


def shares_by_group(times: Ints, n: Ints) -> dict[int, Ranged]:
    """Return the share of each group that has tickets, drawn toward the common one; none where they do not differ."""
    if not differ(times, n):
        return {}
    groups = np.flatnonzero(n > 0)
    happened, not_so = times[groups] + 0.5, (n - times)[groups] + 0.5
    odds, errors = shrink(np.log(happened / not_so), np.sqrt(1 / happened + 1 / not_so))
    return {
        int(group): Ranged(*(1 / (1 + math.exp(-(value + side * Z * error))) for side in (0, -1, 1)))
        for group, value, error in zip(groups, odds, errors, strict=True)
    }


# -- shrinkage --------------------------------------------------------------------------------------------------------


def shrink(estimates: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Draw estimates toward their common mean; return them and their standard errors, shape of `estimates`.

    Each lies between what its own group says and the common mean. The error holds what is left of the group's own,
    and that of the common mean with the weight that it has.
    """
    if len(estimates) < 2:
        return estimates, errors
    weights = 1 / errors**2
    common = float(weights @ estimates / weights.sum())
    excess = float(weights @ (estimates - common) ** 2) - (len(estimates) - 1)
    between = max(excess / float(weights.sum() - (weights**2).sum() / weights.sum()), 0.0)
    total = errors**2 + between
    common, common_variance = float((estimates / total).sum() / (1 / total).sum()), float(1 / (1 / total).sum())
    own = between / total
    shrunk = own * estimates + (1 - own) * common
    return shrunk, np.sqrt(own * errors**2 + (1 - own) ** 2 * common_variance)
