"""What the AI does with each ticket: recognise it, answer it, gather information for a person, or leave it alone.

No random numbers are drawn here: the draws are in the Tickets table, this applies the policy to them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from scipy import special

from simulator.base.arrays import Bools, Floats, Ints
from simulator.journeys.judgement import AiJudgement, judge, skill_gain
from simulator.journeys.rules import drafts, phase_of, rules_in_force, rules_in_surge
from simulator.journeys.steps import Kind, StepPlan, reply_gaps
from simulator.scenario import Ai, Mode, Scenario
from simulator.tickets import LOST, NOTICED, RETURNS, AiDraws, Tickets


@dataclass(frozen=True)
class AiWork:
    """What the AI did with each ticket; columns of shape (n_tickets,)."""

    mode: Ints
    """Mode in force, a number of `Mode`; off where there is no AI or it is down."""
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
    stopped: Bools
    """A trigger, or an action that failed, ended its answer with a hand-over before it was complete."""
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
    def active(self) -> Bools:
        """Whether it did anything: it reads every ticket in a mode other than off."""
        active: Bools = self.mode != Mode.OFF
        return active

    @property
    def drafted(self) -> Bools:
        """Whether it drafted for a person."""
        return drafts(self.mode)

    @property
    def conversed(self) -> Bools:
        """Whether it sent at least one reply."""
        return self.answered | self.gathered

    @property
    def answer_given(self) -> Bools:
        """Whether it gave a complete answer, right or wrong."""
        return self.answered & ~self.stopped & (self.resolved | self.handed_over)

    @property
    def needs_human(self) -> Bools:
        """Which tickets go to people at some time."""
        return ~self.resolved | self.returns


def _no_ai(tickets: Tickets) -> AiWork:
    """Describe a desk without AI."""
    n = len(tickets)
    none, zero = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.int64)
    return AiWork(
        mode=zero, predicted=tickets.intent, label_used=none, recognised=~none, by_rule=none, declined=none,
        answered=none, gathered=none, stopped=none, would_be_right=none, handed_over=none,
        replies=zero, first_reply_minutes=np.zeros(n), resolved=none, confirmed=none, returns=none, lost=none,
    )  # fmt: skip


def ai_stage(scenario: Scenario, tickets: Tickets, way: StepPlan, *, in_surge: bool = False) -> AiWork:
    """Apply the policy, or its surge rules, to the AI's confidences, and add its steps."""
    ai, draws = scenario.ai, tickets.ai
    if ai is None or draws is None:
        return _no_ai(tickets)
    rules = rules_in_surge(scenario) if in_surge else rules_in_force(scenario)
    if (rules.mode == Mode.OFF).all():
        return _no_ai(tickets)
    phase = phase_of(scenario, tickets)
    judged = judged_by(scenario, tickets)
    predicted = np.where(judged.recognised, tickets.intent, tickets.confused_intent)
    force = rules.of(phase, predicted)
    mode = np.where(draws.is_up, force.mode, Mode.OFF)
    auto = mode == Mode.AUTO
    can_label = (auto | (mode == Mode.ASSIST)) & force.routing
    by_rule = auto & np.logical_or.reduce(list(always_human(scenario, tickets, predicted).values()))
    open_to_ai = auto & ~by_rule & ~too_complex(ai, tickets)
    answered = open_to_ai & (judged.answer_confidence >= force.answer_threshold)
    gathered = open_to_ai & ~answered & (judged.answer_confidence >= force.gather_threshold)
    right = judged.right
    stopped = answered & np.logical_or.reduce(list(triggers(scenario, tickets, right).values()))
    fate = draws.after_wrong
    wrong = answered & ~right & ~stopped
    resolved = answered & ~stopped & ~(wrong & (fate == NOTICED))
    work = AiWork(
        mode=mode,
        predicted=np.where(mode != Mode.OFF, predicted, tickets.intent),
        label_used=can_label & (judged.route_confidence >= force.route_threshold),
        recognised=judged.recognised,
        by_rule=by_rule,
        declined=auto & ~by_rule & ~answered & ~gathered,
        answered=answered,
        gathered=gathered,
        stopped=stopped,
        would_be_right=right,
        handed_over=(auto & ~by_rule & ~answered) | (answered & ~resolved),
        replies=_replies(ai, tickets, draws, answered | gathered),
        first_reply_minutes=draws.latency_minutes,
        resolved=resolved,
        confirmed=resolved & right & draws.confirms,
        returns=resolved & wrong & (fate == RETURNS),
        lost=resolved & wrong & (fate == LOST),
    )
    _add_steps(scenario, ai, tickets, draws, work, way)
    return work


def judged_by(scenario: Scenario, tickets: Tickets) -> AiJudgement:
    """Return what the AI thinks of each ticket, with what it has learned by the time of its arrival."""
    assert scenario.ai is not None
    assert tickets.ai is not None
    return judge(tickets.ai, *skill_gain(scenario, scenario.ai, tickets, *taught_by(scenario, tickets)))


def taught_by(scenario: Scenario, tickets: Tickets) -> tuple[Bools, Bools]:
    """Return which tickets' drafts people review (shadow and assist mode), and which the AI may answer (auto mode).

    They are counted by true intent: which label the AI gave makes no difference to what people learn.
    """
    assert tickets.ai is not None
    mode = rules_in_force(scenario).mode[phase_of(scenario, tickets), tickets.intent]
    intended = np.where(tickets.ai.is_up, mode, Mode.OFF)
    return drafts(intended), intended == Mode.AUTO


def always_human(scenario: Scenario, tickets: Tickets, predicted: Ints) -> dict[str, Bools]:
    """Return which tickets a rule keeps with people, whatever the AI thinks: by intent, channel, tier and each flag."""
    rule = scenario.policy.always_human
    return {
        "intent": _is_one_of(rule.intents, scenario.intents)[predicted],
        "channel": _is_one_of(rule.channels, scenario.channels)[tickets.channel],
        "tier": _is_one_of(rule.tiers, scenario.tiers)[tickets.tier],
        **{f"flag {flag}": tickets.flags[flag] for flag in rule.flags},
    }


def _is_one_of(chosen: Collection[str], names: Iterable[str]) -> Bools:
    return np.array([name in chosen for name in names], dtype=np.bool_)


def too_complex(ai: Ai, tickets: Tickets) -> Bools:
    """Whether a ticket looks more complex than the trigger allows the AI to answer."""
    bound = ai.triggers.complexity_above
    if bound is None:
        return np.zeros(len(tickets), dtype=np.bool_)
    is_above: Bools = tickets.difficulty > special.ndtri(float(bound))
    return is_above


def triggers(scenario: Scenario, tickets: Tickets, right: Bools) -> dict[str, Bools]:
    """Return on which tickets each trigger ends an answer with a hand-over, by its name: `angry`, `long`, `failed`.

    The last is an action in another system that fails; the AI gets that far only where its answer is right.
    """
    ai, draws = scenario.ai, tickets.ai
    assert ai is not None
    assert draws is not None
    needs_action = np.array([intent.needs_write_back for intent in scenario.intents.values()])[tickets.intent]
    return {
        "angry": _angry(ai, tickets),
        "long": draws.exchanges > int(ai.triggers.max_exchanges),
        "failed": needs_action & right & ~draws.writes_back,
    }


def _angry(ai: Ai, tickets: Tickets) -> Bools:
    return tickets.angry if ai.triggers.negative_sentiment else np.zeros_like(tickets.angry)


def _replies(ai: Ai, tickets: Tickets, draws: AiDraws, conversed: Bools) -> Ints:
    """Count the replies sent: an angry customer is handed over after the first, a long conversation at the limit."""
    replies = np.where(_angry(ai, tickets), 1, np.minimum(draws.exchanges, int(ai.triggers.max_exchanges)))
    return np.where(conversed, replies, 0)


def _add_steps(scenario: Scenario, ai: Ai, tickets: Tickets, draws: AiDraws, work: AiWork, way: StepPlan) -> None:
    way.add(Kind.CLASSIFY, work.active, work=draws.classify_minutes)
    replied = work.conversed
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
