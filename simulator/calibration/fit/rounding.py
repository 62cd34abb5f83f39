"""Rounding that keeps the whole: shares that sum to 100 %, agents whose hours are those measured."""

from __future__ import annotations

import math

import numpy as np

from simulator.calibration.exports.table import Floats
from simulator.calibration.fit.days import Ints


def rounded_shares(shares: Floats, n: int) -> Floats:
    """Round shares to as many decimals as n observations support (3 to 6), summing to 1 (largest remainder)."""
    units = 10 ** min(max(3, math.ceil(math.log10(max(n, 1)))), 6)
    exact = shares / shares.sum() * units
    whole = np.floor(exact)
    short = round(units - whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:short]] += 1
    rounded: Floats = whole / units
    return rounded


def rounded_agents(agents: Floats) -> Ints:
    """Round agents by slot to whole ones, carrying the rest on, so that hours are kept at any time of the week.

    Same shape, in order of time; every running sum is right to half an agent, and a slot that nobody works stays 0.
    """
    running = np.rint(np.cumsum(agents.ravel()) + 1e-9)
    return np.diff(running, prepend=0.0).astype(np.int64).reshape(agents.shape)
