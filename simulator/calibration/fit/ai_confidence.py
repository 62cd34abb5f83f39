"""Stated confidence: a beta distribution where it fits, else the log's own quantiles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from simulator.calibration.exports.table import Floats
from simulator.calibration.fit.ai_curve import END, rounded

BETA_DISTANCE = 0.02
"""Largest distance between the log's distribution and the beta (Kolmogorov's, as a share of rows) at which the beta
stands for it. In a small log chance alone makes more: then CHANCE/√n."""
CHANCE = 0.9
"""Times 1/√n, the distance that 19 of 20 logs of a true beta keep to once its figures are fitted to them (simulated:
0.88 to 0.98; for the normal Lilliefors 1967 has 0.886)."""
_LEVELS = (0.0, 0.02, *(round(0.05 * step, 2) for step in range(1, 20)), 0.98, 1.0)
_FEW_LEVELS = (0.0, 0.05, *(round(0.1 * step, 1) for step in range(1, 10)), 0.95, 1.0)
_FEW = 500
"""Rows below which fewer quantiles are written."""


@dataclass(frozen=True)
class Stated:
    """A distribution of stated confidence, as a scenario writes it."""

    settings: dict[str, Any]
    distance: float
    """Kolmogorov distance of the best beta distribution from the log."""

    @property
    def is_beta(self) -> bool:
        """Tell whether the beta distribution fits."""
        return "mean" in self.settings


def stated_confidence(confidence: Floats, *, beta: bool = True) -> Stated:
    """Fit a distribution of confidence.

    `beta` is False for part of a log that no beta fits as a whole: its few rows could not refuse one either, and many
    such parts would all be off the same way.
    """
    n = len(confidence)
    inside = np.sort(np.clip(confidence, 1e-6, 1 - 1e-6))
    if not beta or n < 10 or inside[0] == inside[-1]:
        return Stated({"quantiles": _quantiles(confidence)}, 1.0)
    a, b = _beta(float(np.log(inside).mean()), float(np.log1p(-inside).mean()), inside)
    fitted = special.betainc(a, b, inside)
    steps = np.arange(n) / n
    distance = float(max(np.abs(fitted - steps).max(), np.abs(fitted - steps - 1 / n).max()))
    if distance > max(BETA_DISTANCE, CHANCE / math.sqrt(n)) or not 0.01 <= a + b <= 1e6:
        return Stated({"quantiles": _quantiles(confidence)}, distance)
    return Stated(_beta_figures(a, b, n), distance)


def _quantiles(confidence: Floats) -> list[list[float]]:
    """Give [probability, confidence] pairs to four digits."""
    levels = _LEVELS if len(confidence) >= _FEW else _FEW_LEVELS
    values = np.maximum.accumulate(np.round(np.quantile(confidence, levels), 4))
    return [[level, float(value)] for level, value in zip(levels, values, strict=True)]


def _beta(mean_log: float, mean_log_rest: float, inside: Floats) -> tuple[float, float]:
    """Give the likeliest a and b, by Newton's method from the moments' (Minka 2000)."""
    mean, variance = float(inside.mean()), float(inside.var())
    size = max(mean * (1 - mean) / variance - 1, 0.1)
    at = np.array([mean * size, (1 - mean) * size])
    for _ in range(100):
        gradient = np.array([mean_log, mean_log_rest]) - special.digamma(at) + special.digamma(at.sum())
        step = np.linalg.solve(_information(at), gradient)
        at = np.where(at + step > 0.1 * at, at + step, 0.5 * at)
        if float(np.abs(step / at).max()) < 1e-9:
            break
    return float(at[0]), float(at[1])


def _information(at: Floats) -> Floats:
    found: Floats = np.diag(special.polygamma(1, at)) - special.polygamma(1, at.sum())
    return found


def _beta_figures(a: float, b: float, n: int) -> dict[str, Any]:
    """Give mean and concentration, with intervals by the delta method on log-odds and logarithm."""
    size, mean = a + b, a / (a + b)
    covariance = np.linalg.inv(_information(np.array([a, b]))) / n
    towards = np.array([[1 / a, -1 / b], [1 / size, 1 / size]])
    odds, log_size = END * np.sqrt(np.einsum("ij,jk,ik->i", towards, covariance, towards))
    middle = float(special.logit(mean))
    low, high = (float(special.expit(middle + end)) for end in (-odds, odds))
    return {
        "mean": rounded(mean, low, high, n),
        "concentration": rounded(size, size * math.exp(-log_size), size * math.exp(log_size), n),
    }
