"""Log-odds, on which skill is gained and calibration is bent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]


def logit(probability: Floats) -> Floats:
    """Turn probabilities into log-odds, kept within 1e-6 of 0 and 1; same shape."""
    inside = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.log(inside) - np.log1p(-inside)


def chance(log_odds: Floats) -> Floats:
    """Turn log-odds into probabilities; same shape."""
    values: Floats = special.expit(log_odds)
    return values
