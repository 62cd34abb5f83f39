"""What the AI does with each ticket: recognise it, answer it, gather information for a person, or leave it alone.

No random numbers are drawn here: the draws are in the Tickets table, this applies the policy to them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simulator.journeys.judgement import judge
from simulator.journeys.replies import reply_gaps
from simulator.journeys.rules import MODES, phase_of, rules_in_force, rules_in_surge
from simulator.journeys.skill import skill_gain
from simulator.journeys.steps import Kind, Way
from simulator.scenario.ai import Ai
from simulator.scenario.model import Scenario
from simulator.scenario.policy import Mode
from simulator.tickets import LOST, NOTICED, RETURNS, AiDraws, Tickets

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class AiWork:
    """What the AI did with each ticket; columns of shape (n_tickets,)."""

    mode: Ints
    """Mode in force, as a position in MODES; off where there is no AI or it is down."""
    predicted: Ints
    """Predicted intent (the true one where the AI did not look)."""
    label_used: Bools
    """Its label decided the queue."""
    recognised: Bools
    """Its label was right."""
    by_rule: Bools
    """Kept from the AI by an always-human rule."""
    declined: Bools
    """In auto mode, but not sure enough, or too complex: handed over without a reply."""
    answered: Bools
    """It tried to solve the ticket itself."""
    gathered: Bools
    """It asked for information and then handed over (snooze)."""
    would_be_right: Bools
    """Its answer (or draft) was, or would have been, right."""
    handed_over: Bools
    """Handed to a person in auto mode: declined, gathered, or after a conversation."""
    replies: Ints
    """Replies it sent."""
    first_reply_minutes: Floats
    """Minutes from the start of the conversation to its first reply."""
    resolved: Bools
    """It closed the ticket as solved and nobody objected at once (right or wrong)."""
    confirmed: Bools
    """A right answer that the customer confirmed."""
    returns: Bools
    """Wrongly closed; the customer comes back."""
    lost: Bools
    """Wrongly closed; the customer gives up silently."""

    @property
    def needs_human(self) -> Bools:
        """Tell which tickets go to people at some time."""
        return ~self.resolved | self.returns


def no_ai(tickets: Tickets) -> AiWork:
    """Describe a desk without AI."""
    n = len(tickets)
    none, zero = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.int64)
    return AiWork(
        mode=zero, predicted=tickets.intent, label_used=none, recognised=~none, by_rule=none, declined=none,
        answered=none, gathered=none, would_be_right=none, handed_over=none, replies=zero,
        first_reply_minutes=np.zeros(n), resolved=none, confirmed=none, returns=none, lost=none,
    )  # fmt: skip


def ai_stage(scenario: Scenario, tickets: Tickets, way: Way, *, in_surge: bool = False) -> AiWork:
    """Apply the policy, or its surge rules, to the AI's confidences, and add its steps."""
    ai, draws = scenario.ai, tickets.ai
    if ai is None or draws is None:
        return no_ai(tickets)
    rules = rules_in_surge(scenario) if in_surge else rules_in_force(scenario)
    if (rules.mode == MODES.index(Mode.OFF)).all():
        return no_ai(tickets)
    phase = phase_of(scenario, tickets)
    right_gain, stated_gain = skill_gain(scenario, ai, tickets, *taught_by(scenario, tickets))
    judged = judge(draws, right_gain, stated_gain)
    predicted = np.where(judged.recognised, tickets.intent, tickets.confused_intent)
    force = rules.of(phase, predicted)
    mode = np.where(draws.is_up, force.mode, MODES.index(Mode.OFF))
    active, auto = mode != MODES.index(Mode.OFF), mode == MODES.index(Mode.AUTO)
    can_label = (auto | (mode == MODES.index(Mode.ASSIST))) & force.routing
    by_rule = auto & _always_human(scenario, tickets, predicted)
    open_to_ai = auto & ~by_rule & ~_too_complex(ai, tickets)
    answered = open_to_ai & (judged.answer_confidence >= force.answer_threshold)
    gathered = open_to_ai & ~answered & (judged.answer_confidence >= force.gather_threshold)
    right = judged.right
    stopped, replies = _stopped(scenario, ai, tickets, draws, answered, gathered, right)
    fate = draws.after_wrong
    wrong = answered & ~right & ~stopped
    resolved = answered & ~stopped & ~(wrong & (fate == NOTICED))
    work = AiWork(
        mode=mode,
        predicted=np.where(active, predicted, tickets.intent),
        label_used=can_label & (judged.route_confidence >= force.route_threshold),
        recognised=judged.recognised,
        by_rule=by_rule,
        declined=auto & ~by_rule & ~answered & ~gathered,
        answered=answered,
        gathered=gathered,
        would_be_right=right,
        handed_over=(auto & ~by_rule & ~answered) | (answered & ~resolved),
        replies=replies,
        first_reply_minutes=draws.latency_minutes,
        resolved=resolved,
        confirmed=resolved & right & draws.confirms,
        returns=resolved & wrong & (fate == RETURNS),
        lost=resolved & wrong & (fate == LOST),
    )
    _add_steps(scenario, ai, tickets, draws, work, active, way)
    return work


def taught_by(scenario: Scenario, tickets: Tickets) -> tuple[Bools, Bools]:
    """Tell which tickets' drafts people review (shadow and assist mode), and which the AI may answer (auto mode).

    They are counted by true intent: which label the AI gave makes no difference to what people learn.
    """
    assert tickets.ai is not None
    mode = rules_in_force(scenario).mode[phase_of(scenario, tickets), tickets.intent]
    intended = np.where(tickets.ai.is_up, mode, MODES.index(Mode.OFF))
    drafted = (intended == MODES.index(Mode.SHADOW)) | (intended == MODES.index(Mode.ASSIST))
    return drafted, intended == MODES.index(Mode.AUTO)


def _always_human(scenario: Scenario, tickets: Tickets, predicted: Ints) -> Bools:
    rule = scenario.policy.always_human
    kept = _is_one_of(rule.intents, scenario.intents)[predicted]
    kept |= _is_one_of(rule.channels, scenario.channels)[tickets.channel]
    kept |= _is_one_of(rule.tiers, scenario.tiers)[tickets.tier]
    for flag in rule.flags:
        kept |= tickets.flags[flag]
    return kept


def _is_one_of(chosen: Collection[str], names: Iterable[str]) -> Bools:
    return np.array([name in chosen for name in names], dtype=np.bool_)


def _too_complex(ai: Ai, tickets: Tickets) -> Bools:
    bound = ai.triggers.complexity_above
    if bound is None:
        return np.zeros(len(tickets), dtype=np.bool_)
    too_complex: Bools = tickets.difficulty > special.ndtri(float(bound))
    return too_complex


def _stopped(
    scenario: Scenario, ai: Ai, tickets: Tickets, draws: AiDraws, answered: Bools, gathered: Bools, right: Bools
) -> tuple[Bools, Ints]:
    """Tell which conversations a trigger (or a failed action) ends with a hand-over, and count the replies sent."""
    limit = int(ai.triggers.max_exchanges)
    angry = tickets.angry if ai.triggers.negative_sentiment else np.zeros_like(tickets.angry)
    too_long = draws.exchanges > limit
    needs_action = np.array([intent.needs_write_back for intent in scenario.intents.values()])[tickets.intent]
    failed = needs_action & right & ~draws.writes_back
    replies = np.where(angry, 1, np.minimum(draws.exchanges, limit))
    return answered & (angry | too_long | failed), np.where(answered | gathered, replies, 0)


def _add_steps(
    scenario: Scenario, ai: Ai, tickets: Tickets, draws: AiDraws, work: AiWork, active: Bools, way: Way
) -> None:
    way.add(Kind.CLASSIFY, active, work=draws.classify_minutes)
    replied = work.answered | work.gathered
    gap = reply_gaps(scenario, tickets, replied, tickets.channel, draws.gap_scores)
    # Every reply but the last is followed by the customer's; where the AI gathers information, the last one too.
    gaps = np.maximum(work.replies - 1, 0) + work.gathered
    replying = work.replies * draws.latency_minutes
    if ai.concurrency is None:
        way.add(Kind.ANSWER, replied, work=replying + gaps * gap)
        return
    # A live conversation holds its place until it ends; elsewhere only the AI's own time does.
    live = np.array([channel.live for channel in scenario.channels.values()])[tickets.channel]
    own_queue = np.full(len(tickets), len(scenario.queues))
    way.add(Kind.ANSWER, replied, work=replying + live * gaps * gap, queue=own_queue)
    way.add(Kind.ANSWER, replied & ~live & (gaps > 0), work=gaps * gap)
