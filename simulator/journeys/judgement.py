"""What the AI makes of each ticket before any policy: how sure it says it is, and whether it is right."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simulator.distributions import chance
from simulator.tickets import AiDraws

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judgement:
    """Columns of shape (n_tickets,)."""

    route_confidence: Floats
    """Stated, with the gain of skill."""
    answer_confidence: Floats
    recognised: Bools
    """Its label is right."""
    right: Bools
    """Its answer would be right."""


_last: WeakKeyDictionary[AiDraws, tuple[Floats, Floats, Judgement]] = WeakKeyDictionary()
"""The last judgement of each ticket table: variants of a study mostly differ in thresholds, not in skill."""


def judge(draws: AiDraws, right_gain: Floats, stated_gain: Floats) -> Judgement:
    """Judge every ticket, given the gains of skill (log-odds of being right, and of the stated confidence)."""
    before = _last.get(draws)
    if before is not None and np.array_equal(before[0], right_gain) and np.array_equal(before[1], stated_gain):
        return before[2]
    recognised = draws.route_luck > 1 - chance(draws.route_log_odds + right_gain)
    judgement = Judgement(
        route_confidence=_shifted(draws.route_confidence, stated_gain),
        answer_confidence=_shifted(draws.answer_confidence, stated_gain),
        recognised=recognised,
        right=recognised & (draws.answer_luck > 1 - chance(draws.answer_log_odds + right_gain)),
    )
    _last[draws] = right_gain, stated_gain, judgement
    return judgement


def _shifted(confidence: Floats, gain: Floats) -> Floats:
    """Move stated confidences on the log-odds scale; exact 0 and 1 stay."""
    if not gain.any():
        return confidence
    inner = (confidence > 0) & (confidence < 1)
    moved = confidence.copy()
    moved[inner] = special.expit(special.logit(confidence[inner]) + gain[inner])
    return moved
