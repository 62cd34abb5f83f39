"""Selection: which of a few alternatives has the best mean, with a stated probability of being right.

The procedure is KN (S.-H. Kim and B. L. Nelson, A fully sequential procedure for indifference-zone selection in
simulation, ACM Transactions on Modeling and Computer Simulation 11, 2001, 251-273) with c = 1. It takes replications
in step for all alternatives, so they may share customers, and drops an alternative as soon as another is far enough
ahead of it:

    eta = ((2 · alpha / (k − 1))^(−2 / (n0 − 1)) − 1) / 2,   h² = 2 · eta · (n0 − 1)
    i is dropped after r replications when, for some l in play, mean_i < mean_l − W_il(r),
    W_il(r) = max(0, delta / (2 r) · (h² · S²_il / delta² − r)),

with S²_il the variance of the differences in the first n0 replications. Where replications are normal and the best is
at least delta ahead of all others, it is chosen with probability 1 − alpha or more, however the alternatives hang
together. Where others lie within delta of the best, the procedure is indifferent among those; that one of them is
chosen as often is not proven for procedures which drop alternatives, but holds in repeated trials (see the tests).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Sample = Callable[[Sequence[int], int], Floats]
"""Gives values of some alternatives, shape (n_alternatives, n), in replications 0 to n − 1; higher is better."""
BATCH = 8
"""Replications that are taken at once after the first stage; what the procedure does not need of them it does not
use."""


@dataclass(frozen=True)
class Selection:
    """What was chosen, and how sure that is."""

    best: int
    confidence: float
    """Probability of a correct selection, at least."""
    asked: float
    """Indifference zone that was asked for, in the unit of the values."""
    indifference: float
    """Indifference zone that was kept: wider than the one asked for where replications did not suffice."""
    replications: int
    """Replications until only one was left in play."""
    dropped: tuple[int, ...]
    """Replications after which each alternative was dropped; 0 for the chosen one."""


def select_best(
    sample: Sample, count: int, delta: float, *, alpha: float = 0.05, first: int = 20, most: int = 200
) -> Selection:
    """Choose the alternative with the highest mean (KN).

    `first` replications are the first stage, no more than `most` are taken. Where a pair could need more, half of
    `alpha` goes to dropping alternatives and half to the means that decide among those left at `most`: chosen is then
    one within t(1 − alpha / 2 / (k − 1)) · S / √most of each of them, where that is more than `delta` (Stein).
    """
    if count == 1:
        return Selection(0, 1.0, delta, delta, 0, (0,))
    values = sample(range(count), first)
    delta = max(delta, 1e-12)
    differences = values[:, np.newaxis] - values[np.newaxis]
    variances = differences.var(axis=2, ddof=1)
    h2 = _h2(alpha / (count - 1), first)
    if (h2 * variances / delta**2).max() > most:
        alpha_left = alpha / 2
        h2 = _h2((alpha - alpha_left) / (count - 1), first)
    else:
        alpha_left = 0.0
    alive, dropped, r = list(range(count)), [0] * count, first
    taken = {number: values[number] for number in alive}
    zone = delta
    while len(alive) > 1:
        if r > len(taken[alive[0]]):
            taken |= dict(zip(alive, sample(alive, min(r - 1 + BATCH, most)), strict=True))
        means = {number: float(taken[number][:r].mean()) for number in alive}
        margin = np.maximum(0.0, (h2 * variances / delta - delta * r) / (2 * r))
        staying = [i for i in alive if all(means[i] >= means[j] - margin[i, j] for j in alive if j != i)]
        if (r == most and len(staying) > 1) or _is_settled(staying, margin):
            best = max(staying, key=lambda i: means[i])
            if not _is_settled(staying, margin):
                reach = float(special.stdtrit(first - 1, 1 - alpha_left / (count - 1))) / np.sqrt(most)
                zone = max(zone, reach * float(np.sqrt(variances[best, staying]).max()))
            staying = [best]
        for number in set(alive) - set(staying):
            dropped[number] = r
        alive, r = staying, r + 1
    return Selection(alive[0], 1 - alpha, delta, zone, r - 1, tuple(dropped))


def _h2(alpha: float, first: int) -> float:
    """Give KN's h² for an error of `alpha` in each comparison."""
    return float(((2 * alpha) ** (-2 / (first - 1)) - 1) * (first - 1))


def _is_settled(alive: Sequence[int], margin: Floats) -> bool:
    """Tell whether no pair in play has any margin left: the means decide now."""
    return not margin[np.ix_(alive, alive)].any()
