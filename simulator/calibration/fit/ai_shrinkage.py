"""Small samples: figures of each intent, drawn toward what all intents have in common as far as their rows are few.

How far is measured, not set: the spread between intents is the one that makes the log likeliest (empirical Bayes), so
that intents which differ no more than by chance all get the common figure.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from simulator.calibration.exports.table import Floats
from simulator.calibration.fit.ai_reliability import Interval

_GRID = np.linspace(-8.0, 8.0, 641)
"""Shifts at which likelihoods are computed."""
_WORTH = 1.35
"""Gain in log-likelihood that speaks for a spread at the 5 % level: half the 90 % point of chi-square on one degree of
freedom, as no spread is the end of its range (Self and Liang 1987)."""


@dataclass(frozen=True)
class Shifts:
    """How much surer to be right the AI is on each intent than the common curve says, in log-odds."""

    spread: float
    """Standard deviation between intents; 0 where they differ no more than by chance."""
    shifts: tuple[Interval, ...]
    """One for each intent, with its 90 % range."""


def shifts_by_group(right: Floats, wrong: Floats, odds: Floats, error: float) -> Shifts:
    """Estimate each group's shift of the common log-odds, shifts normal between groups.

    `right` and `wrong` count judgements by group and cell, shape (groups, n_cells); `odds` are the cells' common
    log-odds; `error` is the standard error of their level, which a group's shift shares as far as it is drawn in. The
    posterior is computed on a grid, so that a group without a mistake is as good as any other.
    """
    shifted = odds[:, None] + _GRID
    likelihood = -(right @ np.logaddexp(0, -shifted) + wrong @ np.logaddexp(0, shifted))

    def marginal(middle: float, spread: float) -> float:
        return float(special.logsumexp(likelihood + _log_normal(middle, spread), axis=1).sum())

    none = float(likelihood[:, len(_GRID) // 2].sum())
    middle, spread = _likeliest(marginal, (0.0, 0.4), ((-3.0, 3.0), (0.05, 3.0)))
    if len(right) < 2 or marginal(middle, spread) - none < _WORTH:
        return Shifts(0.0, (Interval(0.0, 0.0, 0.0),) * len(right))
    posterior = special.softmax(likelihood + _log_normal(middle, spread), axis=1)
    return Shifts(spread, tuple(_interval(weights, spread, error) for weights in posterior))


def _likeliest(
    likelihood: Callable[[float, float], float],
    start: tuple[float, float],
    bounds: tuple[tuple[float, float], tuple[float, float]],
) -> tuple[float, float]:
    """Find the likeliest pair of a place and a size above 0 within bounds, the size on its logarithm."""
    from scipy.optimize import minimize

    def against(at: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        return -likelihood(float(at[0]), math.exp(float(at[1])))

    (lowest, highest), (least, most) = bounds
    within = [(lowest, highest), (math.log(least), math.log(most))]
    found = minimize(against, [start[0], math.log(start[1])], method="Nelder-Mead", bounds=within, tol=1e-4)
    return float(found.x[0]), math.exp(float(found.x[1]))


def _log_normal(middle: float, spread: float) -> Floats:
    """Give the log of normal weights on the grid; they sum to 1."""
    weights = -0.5 * ((_GRID - middle) / spread) ** 2
    found: Floats = weights - special.logsumexp(weights)
    return found


def _interval(weights: Floats, spread: float, error: float) -> Interval:
    mean = float(weights @ _GRID)
    rise = np.cumsum(weights) - weights / 2
    low, high = (float(np.interp(end, rise, _GRID)) for end in (0.05, 0.95))
    drawn_in = min(float(weights @ (_GRID - mean) ** 2) / spread**2, 1.0)
    common = 1.6449 * error * drawn_in
    return Interval(mean, mean - math.hypot(mean - low, common), mean + math.hypot(high - mean, common))


# -- shares ------------------------------------------------------------------------------------------------------


def shrunk_shares(right: Floats, n: Floats) -> tuple[Interval, ...]:
    """Draw the share of each group toward that of all; `right` of `n` judgements, shape (groups,).

    Shares are beta-distributed between groups; mean and concentration are the likeliest. The interval is the
    posterior's and takes both for known.
    """

    def ends(log_odds: float, concentration: float) -> tuple[float, float]:
        mean = float(special.expit(log_odds))
        return mean * concentration, (1 - mean) * concentration

    def marginal(log_odds: float, concentration: float) -> float:
        a, b = ends(log_odds, concentration)
        return float((special.betaln(a + right, b + n - right) - special.betaln(a, b)).sum())

    pooled = (float(right.sum()) + 0.5) / (float(n.sum()) + 1)
    a, b = ends(*_likeliest(marginal, (math.log(pooled / (1 - pooled)), 20.0), ((-9.0, 9.0), (0.5, 1e4))))
    mean = (a + right) / (a + b + n)
    low, high = (special.betaincinv(a + right, b + n - right, end) for end in (0.05, 0.95))
    found = zip(mean, np.minimum(low, mean), np.maximum(high, mean), strict=True)
    return tuple(Interval(float(value), float(below), float(over)) for value, below, over in found)


def shrunk_mixes(counts: Floats, bases: Floats) -> Floats:
    """Draw the mix of each row of counts toward its base; both of shape (groups, kinds), bases summing to 1 by row.

    Mixes are Dirichlet-distributed about their bases with one concentration, the likeliest. Kinds with base 0 must
    have no counts; they keep share 0.
    """
    from scipy.optimize import minimize_scalar

    possible = bases > 0
    total = counts.sum(axis=1)

    def against(log_concentration: float) -> float:
        prior = np.where(possible, math.exp(log_concentration) * bases, 1.0)
        cells = np.where(possible, special.gammaln(prior + counts) - special.gammaln(prior), 0.0)
        size = math.exp(log_concentration)
        return -float(cells.sum() + (special.gammaln(size) - special.gammaln(size + total)).sum())

    found = minimize_scalar(against, bounds=(math.log(0.1), math.log(1e4)), method="bounded")
    size = math.exp(float(found.x))
    mixes: Floats = (counts + size * bases) / (total[:, None] + size)
    return mixes
