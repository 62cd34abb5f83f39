"""The AI's columns: confidences, luck, conversation, and what customers do with a wrong answer."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.streams import Purpose, uniforms
from simulator.distributions import Calibration
from simulator.scenario import Ai
from simulator.tickets.table import AiDraws, Sampler


def draw_ai(sampler: Sampler, ai: Ai, channel: Ints, difficulty: Floats) -> AiDraws:
    """Draw what is random about the AI's work on each ticket."""
    route_scores, answer_scores, leftover = _confidence_scores(sampler, ai, difficulty)
    tie = float(sampler.scenario.difficulty.correctness)
    luck = tie * leftover + math.sqrt(1 - tie**2) * sampler.scores(Purpose.ANSWER_CORRECT)
    route_confidence, answer_confidence = _confidences(sampler, ai, route_scores, answer_scores)
    own = [ai.intents[name].exchanges if name in ai.intents else None for name in sampler.scenario.intents]
    mean_exchanges = np.array([float(given or ai.conversation.exchanges) for given in own])[sampler.intent]
    wrong = ai.after_wrong
    fate = sampler.uniforms(Purpose.AFTER_WRONG)
    return AiDraws(
        route_confidence=route_confidence,
        route_log_odds=_route_log_odds(sampler, ai, route_confidence),
        route_luck=sampler.uniforms(Purpose.ROUTE_CORRECT),
        answer_confidence=answer_confidence,
        answer_log_odds=_answer_log_odds(sampler, ai, answer_confidence),
        answer_luck=special.ndtr(luck),
        exchanges=1 + sampler.geometric(Purpose.EXCHANGES, 1 - 1 / mean_exchanges, 1000),
        gap_scores=sampler.scores(Purpose.REPLY_GAP, 0),
        latency_minutes=ai.conversation.latency.at_scores(sampler.scores(Purpose.LATENCY, 0)),
        classify_minutes=ai.conversation.classify.at_scores(sampler.scores(Purpose.LATENCY, 1)),
        confirms=sampler.uniforms(Purpose.CONFIRMED) < ai.confirmed,
        after_wrong=(fate > wrong.noticed).astype(np.int64) + (fate > wrong.noticed + wrong.returns),
        return_minutes=wrong.delay.at_scores(sampler.scores(Purpose.RETURN_DELAY)),
        return_channel=_return_channel(sampler, ai, channel),
        writes_back=sampler.uniforms(Purpose.WRITE_BACK) < ai.write_back,
        review_minutes=ai.shadow_review.at_scores(sampler.scores(Purpose.REVIEW)),
        # What is left over is in people's hands; the AI is not there for it.
        is_up=_is_up(sampler, ai) & ~sampler.is_left_over,
    )


def _confidence_scores(sampler: Sampler, ai: Ai, difficulty: Floats) -> tuple[Floats, Floats, Floats]:
    """Draw the normal scores of both confidences, and what difficulty still says once they are known.

    That leftover is standard normal and independent of both scores, so whatever depends on it leaves
    P(correct | confidence) exactly as the calibration curve states it.
    """
    ties = sampler.scenario.difficulty
    r, c = float(ties.route_confidence), float(ties.answer_confidence)
    route = r * difficulty + math.sqrt(1 - r**2) * sampler.scores(Purpose.ROUTE_CONFIDENCE)
    if ai.answer.confidence == "routing":
        return route, route, (difficulty - r * route) / math.sqrt(1 - r**2)
    answer = c * difficulty + math.sqrt(1 - c**2) * sampler.scores(Purpose.ANSWER_CONFIDENCE)
    weight_r, weight_c = r * (1 - c**2) / (1 - (r * c) ** 2), c * (1 - r**2) / (1 - (r * c) ** 2)
    spread = math.sqrt(1 - r * weight_r - c * weight_c)
    return route, answer, (difficulty - weight_r * route - weight_c * answer) / spread


def _confidences(sampler: Sampler, ai: Ai, route_scores: Floats, answer_scores: Floats) -> tuple[Floats, Floats]:
    """Turn scores into stated confidences, by each intent's own distribution where it has one."""
    given = [ai.intents.get(name) for name in sampler.scenario.intents]
    route = np.ones(sampler.n)
    if ai.routing is not None:
        general = ai.routing.confidence
        own = [intent.routing.confidence if intent and intent.routing else None for intent in given]
        route = sampler.by_intent([confidence or general for confidence in own], route_scores)
    answer = np.empty(sampler.n)
    for intent, group in zip(given, sampler.groups, strict=True):
        confidence = (intent.answer.confidence if intent and intent.answer else None) or ai.answer.confidence
        answer[group] = route[group] if isinstance(confidence, str) else confidence.at_scores(answer_scores[group])
    return route, answer


def _route_log_odds(sampler: Sampler, ai: Ai, confidence: Floats) -> Floats:
    if ai.routing is None:
        return np.full(sampler.n, np.inf)
    own = {name: given.routing.calibration for name, given in ai.intents.items() if given.routing}
    return _log_odds(sampler, confidence, ai.routing.calibration, own)


def _answer_log_odds(sampler: Sampler, ai: Ai, confidence: Floats) -> Floats:
    own = {name: given.answer.calibration for name, given in ai.intents.items() if given.answer}
    return _log_odds(sampler, confidence, ai.answer.calibration, own)


def _log_odds(
    sampler: Sampler, confidence: Floats, general: Calibration, own: dict[str, Calibration | None]
) -> Floats:
    """Read the log-odds of being right off each intent's own curve, else the general one."""
    odds = general.log_odds(confidence)
    for name, calibration in own.items():
        if calibration is not None:
            mine = sampler.intent == sampler.scenario.intents.index(name)
            odds[mine] = calibration.log_odds(confidence[mine])
    return odds


def _return_channel(sampler: Sampler, ai: Ai, channel: Ints) -> Ints:
    """Choose the channel of a return: one that `after_wrong.channels` names, else the same one."""
    draws = sampler.uniforms(Purpose.RETURN_CHANNEL)
    chosen = channel.copy()
    upper = 0.0
    for name, share in ai.after_wrong.channels.items():
        lower, upper = upper, upper + float(share)
        chosen[(draws >= lower) & (draws < upper)] = sampler.scenario.channels.index(name)
    return chosen


def _is_up(sampler: Sampler, ai: Ai) -> Bools:
    """Draw outages as alternating exponential times up and down, in their long-run state at the start.

    Such times look the same backwards, so a warm-up lives through a second sequence that runs back from the start.
    """
    if ai.availability is None or float(ai.availability.uptime) == 1.0:
        return np.ones(sampler.n, dtype=np.bool_)
    down = float(ai.availability.repair)
    up = down * float(ai.availability.uptime) / (1 - float(ai.availability.uptime))
    first = uniforms(sampler.seed, sampler.replication, Purpose.OUTAGE, 1, 1)[0]
    begins_up = bool(first < float(ai.availability.uptime))
    changes = _changes(sampler, up, down, begins_up, sampler.slots.until)
    is_up: Bools = np.searchsorted(changes, sampler.arrival, side="right") % 2 == 0
    if early := sampler.sizes[0]:
        back = _changes(sampler, up, down, begins_up, -float(sampler.slots.start[0]), before=True)
        is_up[:early] = np.searchsorted(back, -sampler.arrival[:early], side="right") % 2 == 0
    return is_up


def _changes(
    sampler: Sampler, up: float, down: float, begins_up: bool, length: float, *, before: bool = False
) -> Floats:
    """Draw the moments, in minutes from the start, at which the AI goes down, up, down …, until a length is covered."""
    cycles = 16
    while True:
        times = -np.log(uniforms(sampler.seed, sampler.replication, Purpose.OUTAGE, 2 * cycles, before=before))
        times *= np.tile([up, down], cycles)
        # Exponential times forget how long they have lasted, so an outage under way is as long as a new one.
        times[0] *= begins_up
        changes: Floats = np.cumsum(times)
        if changes[-1] > length:
            return changes
        cycles *= 2
