"""Satisfaction: a score from 1 to 5 for each closed ticket, by an ordered logit.

P(score > k) = logistic(anchor − penalties − cut_k). The anchor is solved for, so that the AI-off baseline reproduces
the desk's stated historical mean; penalties are the scenario's. A ticket's own luck decides its score, so a better
experience never gives a worse score. Dissatisfied customers may answer surveys more often than the others
(self-selection, as in Hu, Pavlou and Zhang 2009, Overcoming the J-shaped distribution of product reviews).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

from simulator.base.arrays import Bools, Floats
from simulator.base.errors import StudyError
from simulator.engines.run_log import Outcome
from simulator.metrics.facts import BY_AI, Facts
from simulator.scenario import Csat


def penalties(facts: Facts, csat: Csat) -> Floats:
    """Sum what lowers each ticket's satisfaction, in log-odds; shape (n_tickets,)."""
    weight = csat.penalties
    waited = np.where(np.isnan(facts.first_response), facts.wait, facts.first_response)
    response_hours = np.nan_to_num(waited) / 60
    resolution_hours = np.nan_to_num(facts.ends.closed - facts.tickets.arrival) / 60
    talked_and_escalated = facts.conversed & facts.ai.handed_over
    lowered: Floats = (
        float(weight.ai) * (facts.resolver == BY_AI)
        + float(weight.wait) * np.log1p(response_hours)
        + float(weight.resolution) * np.log1p(resolution_hours)
        + float(weight.transfer) * facts.transfers
        + float(weight.escalation) * talked_and_escalated
        + float(weight.reopen) * facts.came_back
        + float(weight.breach) * facts.breach
        + float(weight.wrong_answer) * facts.wrongly_answered
        + float(weight.abandoned) * facts.gave_up
    )
    return lowered


def has_score(facts: Facts) -> Bools:
    """Return which tickets are closed, counted, and can be rated."""
    closed: Bools = (facts.ends.outcome != Outcome.OPEN) & facts.counted
    return closed


def expected_scores(index: Floats, csat: Csat) -> Floats:
    """Return the mean score at each satisfaction index (log-odds); same shape."""
    cuts = np.array([float(cut) for cut in csat.cutpoints])
    expected: Floats = 1 + special.expit(index[:, None] - cuts).sum(axis=1)
    return expected


def solve_anchor(baselines: Sequence[Facts]) -> float:
    """Find the anchor at which the baselines' expected mean of survey answers is the desk's historical mean."""
    from scipy.optimize import brentq

    csat = baselines[0].scenario.csat
    assert csat is not None
    lowered = np.concatenate([-penalties(baseline, csat)[has_score(baseline)] for baseline in baselines])
    if not len(lowered):
        raise StudyError(
            "the baseline closed no ticket, so CSAT cannot be anchored;"
            " staff the desk, lengthen the drain or leave csat out"
        )

    def gap(anchor: float) -> float:
        return _expected_mean(lowered + anchor, csat) - float(csat.human_mean)

    return float(brentq(gap, -60.0, 60.0, xtol=1e-10))


def _expected_mean(index: Floats, csat: Csat) -> float:
    """Return the expected mean over survey answers: dissatisfied customers weigh as often as they answer."""
    one, two = (special.expit(index - float(cut)) for cut in csat.cutpoints[:2])
    more = _unhappy_rate(csat) / float(csat.response_rate) - 1 if csat.response_rate else 0.0
    dissatisfied, their_scores = 1 - two, (1 - one) + 2 * (one - two)
    everyone = expected_scores(index, csat)
    return float(np.mean(everyone + more * their_scores) / np.mean(1 + more * dissatisfied))


def _unhappy_rate(csat: Csat) -> float:
    return min(1.0, float(csat.response_rate) * float(csat.unhappy_response))


def answers_survey(facts: Facts, rated: Floats) -> Bools:
    """Return which of the tickets with a score (NaN for none) have a customer who answers the survey."""
    csat = facts.scenario.csat
    assert csat is not None
    rate = np.where(rated <= 2, _unhappy_rate(csat), float(csat.response_rate))
    answers: Bools = ~np.isnan(rated) & (facts.tickets.survey_luck < rate)
    return answers


def scores(facts: Facts, anchor: float) -> Floats:
    """Return each closed ticket's score, 1 to 5; NaN for open tickets and those of a warm-up."""
    csat = facts.scenario.csat
    assert csat is not None
    index = anchor - penalties(facts, csat)
    luck = facts.tickets.satisfaction_luck
    score = np.ones(facts.n)
    for cut in csat.cutpoints:
        score += luck < special.expit(index - float(cut))
    return np.where(has_score(facts), score, np.nan)
