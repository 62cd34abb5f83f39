"""What the AI makes of each ticket before any policy: its skill then, how sure it says it is, whether it is right."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from scipy import special

from simulator.base.arrays import Bools, Floats
from simulator.distributions import chance
from simulator.scenario import Ai, Learning, Scenario
from simulator.tickets import AiDraws, Tickets


def skill_gain(
    scenario: Scenario, ai: Ai, tickets: Tickets, drafted: Bools, automatic: Bools
) -> tuple[Floats, Floats]:
    """Return the change of the log-odds of being right, and of those of the stated confidence; shapes (n_tickets,).

    Learning counts the reviews before the ticket's week: `drafted` marks tickets whose AI draft a person reviewed
    (shadow and assist mode), and each week with `automatic` tickets (auto mode) adds `reviews_per_week`; after the
    supervised weeks `reviews_afterwards` take the place of both. Reviews in a warm-up teach nothing: the scenario
    states how good the AI is at its start.
    """
    week = tickets.week
    right = np.zeros(len(tickets))
    stated = np.zeros(len(tickets))
    if ai.learning is not None:
        gain = learned(ai.learning, reviews_before(ai.learning, tickets, drafted, automatic))
        gained = gain[np.maximum(week, 1) - 1]
        right += gained
        stated += float(ai.learning.lifts_confidence) * gained
    for drift in ai.drift:
        since = week - int(drift.from_week)
        change = np.where(since >= 0, float(drift.log_odds) + float(drift.per_week) * since, 0.0)
        if drift.intents:
            numbers = [scenario.intents.index(name) for name in drift.intents]
            change = np.where(np.isin(tickets.intent, numbers), change, 0.0)
        right += change
        stated += float(drift.lifts_confidence) * change
    return right, stated


def reviews_before(
    learning: Learning, tickets: Tickets, drafted: Bools, automatic: Bools
) -> Floats:
    """Count the reviews before each week; shape (n_weeks,)."""
    weeks, counts = int(tickets.week.max(initial=1)), tickets.is_counted
    drafts = np.bincount(tickets.week[drafted & counts], minlength=weeks + 1)[1:] * float(learning.shadow_review_share)
    answers = np.bincount(tickets.week[automatic & counts], minlength=weeks + 1)[1:] > 0
    reviews = drafts + answers * float(learning.reviews_per_week)
    if learning.supervised_weeks is not None:
        after = int(learning.supervised_weeks)
        reviews[after:] = answers[after:] * float(learning.reviews_afterwards)
    before: Floats = np.concatenate([[0.0], np.cumsum(reviews)])[:-1]
    return before


def learned(learning: Learning, reviewed: Floats) -> Floats:
    """Return the log-odds gained from so many reviews."""
    gain: Floats = float(learning.ceiling) * -np.expm1(-float(learning.per_review) * reviewed)
    return gain


# -- what the ai makes of each ticket before any policy ---------------------------------------------------------------


@dataclass(frozen=True)
class AiJudgement:
    """Columns of shape (n_tickets,)."""

    route_confidence: Floats
    """Stated, with the gain of skill."""
    answer_confidence: Floats
    recognised: Bools
    """Its label is right."""
    right: Bools
    """Its answer would be right."""


_last: WeakKeyDictionary[AiDraws, tuple[Floats, Floats, AiJudgement]] = WeakKeyDictionary()
"""The last judgement of each ticket table: variants of a study mostly differ in thresholds, not in skill."""


def judge(draws: AiDraws, right_gain: Floats, stated_gain: Floats) -> AiJudgement:
    """Judge every ticket, given the gains of skill (log-odds of being right, and of the stated confidence)."""
    before = _last.get(draws)
    if before is not None and np.array_equal(before[0], right_gain) and np.array_equal(before[1], stated_gain):
        return before[2]
    recognised = draws.route_luck > 1 - chance(draws.route_log_odds + right_gain)
    judgement = AiJudgement(
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
