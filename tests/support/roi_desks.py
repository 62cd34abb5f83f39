"""Desks whose business case is known: no queue, fixed handle times, so money is linear in tickets and in inputs.

Everybody is answered by the AI, which states the same confidence each time. With p the chance that it is right, h the
handle time in hours, f the factor after a hand-over, w the hourly cost and b the price of a resolution, each ticket

    saves h·w·(1 - (1 - p)·f)  and costs  p·b,

whatever the others do. Expected ROI for given inputs is then exact, and so is its distribution over uncertain inputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simulator.scenario import Scenario
from tests.support.desks import PLAIN, laid_over, scenario_from

Floats = NDArray[np.float64]

WEEKLY, HOURLY, PRICE, SET_UP, FACTOR, CONFIDENCE = 150.0, 30.0, 4.0, 3000.0, 0.9, 0.8
MINUTES = {"value": 10, "low": 8, "high": 13, "source": "assumed"}
SHIFT = {"value": -0.2, "low": -0.9, "high": 0.4, "source": "assumed"}
HORIZON_WEEKS = 52.0
_END = special.ndtri(0.95)


def linear_desk(**changes: Any) -> Scenario:
    """Make the desk, with some parts changed."""
    desk = {
        "name": "linear desk",
        "arrivals": {"per_week": WEEKLY, "profile": "flat", "busyness_cv": 0},
        "intents": {"question": {"share": 1, "handle": {"form": "constant", "value": MINUTES}}},
        "teams": {"support": {"agents": 40}},
        "ai": {
            "answer": {
                "confidence": {"quantiles": [[0, CONFIDENCE], [1, CONFIDENCE]]},
                "calibration": {"shift": SHIFT},
            },
            "after_wrong": {"noticed": 1, "returns": 0, "lost": 0},
            "triggers": {"negative_sentiment": False, "max_exchanges": 100},
            "handover": {"handle_factor": FACTOR},
        },
        "policy": {"answer_threshold": 0.5},
        "costs": {"agent_per_hour": HOURLY, "ai": {"per_resolution": PRICE, "clawback": 0}, "set_up": SET_UP},
    }
    return scenario_from(laid_over(laid_over(PLAIN, desk), changes))


def two_sided(value: float, low: float, high: float, scores: Floats, *, log: bool) -> Floats:
    """Push normal scores through the distribution that a value with low and high stands for."""
    middle, below, above = np.log([value, low, high]) if log else np.array([value, low, high])
    moved = middle + scores / _END * np.where(scores < 0, middle - below, above - middle)
    return np.exp(moved) if log else moved


def known_roi(minutes: Floats, shift: Floats) -> Floats:
    """Return the expected ROI at these inputs over 12 months."""
    return known_net(minutes, shift) / known_cost(shift)


def known_net(minutes: Floats, shift: Floats) -> Floats:
    """Return the expected net value at these inputs over 12 months."""
    right = special.expit(shift + special.logit(CONFIDENCE))
    saved = WEEKLY * HORIZON_WEEKS * minutes / 60 * HOURLY * (1 - (1 - right) * FACTOR)
    return saved - known_cost(shift)


def known_cost(shift: Floats) -> Floats:
    """Return the expected cost of the AI with set-up."""
    right = special.expit(shift + special.logit(CONFIDENCE))
    cost: Floats = WEEKLY * HORIZON_WEEKS * right * PRICE + SET_UP
    return cost


def known_distribution(draws: int = 2_000_000) -> Floats:
    """Return the expected ROI of very many draws of the inputs, sorted."""
    stream = np.random.default_rng(20260301)
    minutes, shift = (
        two_sided(given["value"], given["low"], given["high"], stream.standard_normal(draws), log=log)
        for given, log in ((MINUTES, True), (SHIFT, False))
    )
    return np.sort(known_roi(minutes, shift))
