"""Shrinkage: what few tickets say about an intent, drawn toward what all intents have in common.

Empirical Bayes on a scale where estimates are about normal: means on the log, shares on the log-odds. The variance
between groups is DerSimonian and Laird's (1986, Controlled Clinical Trials 7); where groups differ by no more than
noise it is 0, and all take the common value.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def shrink(estimates: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Draw estimates toward their common mean; give them and their standard errors, shape of `estimates`.

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
