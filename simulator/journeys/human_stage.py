"""What people do with a ticket: triage, transfer after a wrong label, the touches, further teams, and retries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.memo import remembered
from simulator.journeys.ai_stage import AiWork
from simulator.journeys.reopening import return_channel, return_factor, return_minutes
from simulator.journeys.sla import tier_target_minutes
from simulator.journeys.steps import Kind, StepPlan, reply_gaps
from simulator.scenario import Mode, Scenario
from simulator.tickets import Tickets


@dataclass(frozen=True)
class HumanWork:
    """What people did with each ticket; columns of shape (n_tickets,)."""

    label: Ints
    """Intent under which the ticket was queued."""
    queue: Ints
    """Queue of its touches."""
    channel: Ints
    """Channel of its first human visit (another one after a return by another way)."""
    transferred: Bools
    """A wrong team had it first."""
    priority: Ints
    """Band, 0 is the most urgent."""
    score: Ints
    """Priority score, 0 to 10."""
    target_minutes: Floats
    """First-response target in force, infinite if there is none."""
    draft_matched: Bools
    """Assist mode: the draft was right and sent."""
    review_minutes: Floats
    """Agent time spent on reviewing the AI's draft (shadow mode)."""


def human_stage(scenario: Scenario, tickets: Tickets, ai: AiWork, way: StepPlan) -> HumanWork:
    """Add the first human visit of every ticket that people see."""
    who = ai.needs_human
    channel = return_channel(tickets, ai.returns)
    triaged = who & ~ai.label_used & _triage_covers(scenario, tickets, channel)
    label = _label(scenario, tickets, ai, triaged)
    queues = _queue_table(scenario)
    labelled_queue, queue = queues[label, channel, tickets.tier], queues[tickets.intent, channel, tickets.tier]
    transferred = who & (labelled_queue != queue)
    score, band, target = _priority(scenario, tickets, label)
    work, review = _touch_minutes(scenario, tickets, ai, transferred)
    patience = _patience(scenario, tickets, who, channel, 0)
    # What is put off is the first human step: a customer who got a wrong answer comes back only later.
    delay = return_minutes(tickets, ai.returns)
    if scenario.handling.triage is not None:
        triage_queue = np.full(len(tickets), scenario.queues.index(scenario.handling.triage.queue))
        way.add(Kind.TRIAGE, triaged, queue=triage_queue, work=tickets.triage_minutes, delay=delay, patience=patience,
                priority=band, can_retry=True)  # fmt: skip
        delay = np.where(triaged, 0.0, delay)
    way.add(Kind.TRANSFER, transferred, queue=labelled_queue, work=tickets.transfer_minutes, delay=delay,
            patience=patience, priority=band, can_retry=True)  # fmt: skip
    delay = np.where(transferred, 0.0, delay)
    for time, (minutes, gap) in enumerate(zip(tickets.reassign_minutes, tickets.reassign_delay_minutes, strict=True)):
        passed_on = who & (tickets.reassigned > time)
        way.add(Kind.TRANSFER, passed_on, queue=queue, work=minutes, delay=delay, patience=patience, priority=band,
                can_retry=True)  # fmt: skip
        delay = np.where(passed_on, gap, delay)
    touches = 1 + tickets.follow_ups
    for kind, those in ((Kind.TOUCH, who & ~ai.returns), (Kind.RETURN, who & ai.returns)):
        way.add(kind, those, queue=queue, work=work / touches + review, delay=delay, patience=patience, priority=band,
                can_retry=True, continues_after=True)  # fmt: skip
    _add_retries(scenario, tickets, queues, who, channel, work / touches + review, band, way)
    _add_follow_ups(scenario, tickets, who, channel, queue, work / touches, band, way)
    _add_next_teams(scenario, tickets, who, band, way)
    matched = who & (ai.mode == Mode.ASSIST) & ai.would_be_right
    return HumanWork(label, queue, channel, transferred, band, score, target, matched, np.where(who, review, 0.0))


def _label(scenario: Scenario, tickets: Tickets, ai: AiWork, triaged: Bools) -> Ints:
    """Return the intent under which each ticket is queued: the AI's label, a person's, or the true one."""
    if scenario.handling.triage is None:
        return np.where(ai.label_used, ai.predicted, tickets.intent)
    slip = triaged & (tickets.triage_luck > scenario.handling.triage.accuracy)
    by_people = np.where(slip, tickets.confused_intent, tickets.intent)
    return np.where(ai.label_used, ai.predicted, by_people)


def _triage_covers(scenario: Scenario, tickets: Tickets, channel: Ints) -> Bools:
    """Return which tickets people triage where the AI's label is not used: none of a tier that has its own queue."""
    triage = scenario.handling.triage
    if triage is None:
        return np.zeros(len(channel), dtype=np.bool_)
    covered = [not triage.channels or name in triage.channels for name in scenario.channels]
    unruled = [tier.queue is None for tier in scenario.tiers.values()]
    covers: Bools = np.array(covered)[channel] & np.array(unruled)[tickets.tier]
    return covers


@remembered
def _queue_table(scenario: Scenario) -> Ints:
    """Return queue numbers by intent, channel and tier."""
    number = {queue: position for position, queue in enumerate(scenario.queues)}
    return np.array(
        [
            [
                [number[scenario.queue_of(intent, channel, tier)] for tier in scenario.tiers]
                for channel in scenario.channels
            ]
            for intent in scenario.intents
        ],
        dtype=np.int64,
    )


def _priority(scenario: Scenario, tickets: Tickets, label: Ints) -> tuple[Ints, Ints, Floats]:
    """Return each ticket's score, the band that it falls into, and the first-response target by tier."""
    policy = scenario.policy.priority
    intents = list(scenario.intents.values())
    points = np.array([int(intent.urgency) + int(intent.impact) for intent in intents])[label]
    points = points + np.array([int(tier.priority) for tier in scenario.tiers.values()])[tickets.tier]
    target = tier_target_minutes(scenario, tickets)
    low, high = (float(bound) for bound in policy.sla_risk_below)
    points = points + (target <= low) + (target <= high)
    band = np.zeros(len(tickets), dtype=np.int64)
    for bound in policy.bands:
        band += points < float(bound)
    return points, band, target


def _touch_minutes(scenario: Scenario, tickets: Tickets, ai: AiWork, transferred: Bools) -> tuple[Floats, Floats]:
    """Return the handle time of the first visit with all its factors, and the time for reviewing drafts on top."""
    factor = np.where(transferred, float(scenario.handling.misroute_factor), 1.0)
    review = np.zeros(len(tickets))
    if scenario.ai is not None and tickets.ai is not None:
        given = scenario.ai.handover
        talked = ai.handed_over & ai.conversed
        kept = np.where(ai.gathered, float(given.gathered_factor), float(given.handle_factor))
        factor *= np.where(talked, kept if given.keeps_context else float(given.without_context_factor), 1.0)
        factor *= return_factor(scenario, ai.returns)
        assist = scenario.ai.assist
        helped = np.where(ai.would_be_right, float(assist.handle_factor), float(assist.mismatch_factor))
        factor *= np.where(ai.mode == Mode.ASSIST, helped, 1.0)
        review = np.where(ai.mode == Mode.SHADOW, tickets.ai.review_minutes, 0.0)
    return tickets.handle_minutes[0] * factor, review


def _patience(scenario: Scenario, tickets: Tickets, who: Bools, channel: Ints, visit: int) -> Floats:
    """Return how long customers wait in line, by intent where it differs, else by channel; infinite if for ever."""
    patience = np.full(len(tickets), np.inf)
    scores = tickets.patience_scores[visit]
    for number, given in enumerate(scenario.channels.values()):
        if given.patience is None and not given.live:
            continue
        here = np.flatnonzero(who & (channel == number))
        if given.patience is not None:
            patience[here] = given.patience.at_scores(scores[here])
        for position, intent in enumerate(scenario.intents.values()):
            if given.live and intent.patience is not None:
                both = here[tickets.intent[here] == position]
                patience[both] = intent.patience.at_scores(scores[both])
    if scenario.opening_backlog is not None:
        patience[~tickets.is_counted] = np.inf  # They have waited until now, however long that is.
    return patience


def _add_retries(
    scenario: Scenario, tickets: Tickets, queues: Ints, who: Bools, channel: Ints, work: Floats, band: Ints,
    way: StepPlan,
) -> None:
    """Add the step that follows abandoning, for customers who would try again."""
    again, delay = np.zeros(len(tickets), dtype=np.bool_), np.zeros(len(tickets))
    for number, given in enumerate(scenario.channels.values()):
        if given.on_abandon is not None:
            here = np.flatnonzero(who & (channel == number) & (tickets.retry_luck < given.on_abandon.retries))
            again[here] = True
            delay[here] = given.on_abandon.delay.at_scores(tickets.retry_scores[here])
    if not again.any():
        return
    targets = retry_channels(scenario, channel)
    retry_queue = queues[tickets.intent, targets, tickets.tier]
    way.add(Kind.TOUCH, again, queue=retry_queue, work=work, delay=delay,
            patience=_patience(scenario, tickets, again, targets, 1), priority=band, is_retry=True)  # fmt: skip


def retry_channels(scenario: Scenario, channel: Ints) -> Ints:
    """Return the channel in which customers who gave up in theirs would try again; shape of `channel`."""
    rules = [given.on_abandon for given in scenario.channels.values()]
    targets = [
        number if rule is None or rule.channel is None else scenario.channels.index(rule.channel)
        for number, rule in enumerate(rules)
    ]
    return np.array(targets, dtype=np.int64)[channel]


def _add_follow_ups(
    scenario: Scenario, tickets: Tickets, who: Bools, channel: Ints, queue: Ints, work: Floats, band: Ints,
    way: StepPlan,
) -> None:
    for turn, scores in enumerate(tickets.follow_up_scores):
        replying = who & (tickets.follow_ups > turn)
        gap = reply_gaps(scenario, tickets, replying, channel, scores)
        way.add(Kind.FOLLOW_UP, replying, queue=queue, work=work, delay=gap, priority=band)


def _add_next_teams(scenario: Scenario, tickets: Tickets, who: Bools, band: Ints, way: StepPlan) -> None:
    for place, (needed, minutes) in enumerate(zip(tickets.needs_next, tickets.next_minutes, strict=True)):
        numbers = [
            scenario.queues.index(intent.then[place].queue) if place < len(intent.then) else 0
            for intent in scenario.intents.values()
        ]
        way.add(Kind.TOUCH, who & needed, queue=np.array(numbers)[tickets.intent], work=minutes, priority=band)
