"""The people's columns: channel, tier, difficulty, work, patience, and coming back."""

from __future__ import annotations

import math

import numpy as np

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.calendars import parse_days, weekly_factors
from simulator.base.streams import Purpose, name_key
from simulator.scenario import Scenario, shares_in_line
from simulator.tickets.ai_draws import draw_ai
from simulator.tickets.table import Sampler, Tickets


def draw_tickets(scenario: Scenario, seed: int, replication: int) -> Tickets:
    """Draw the customers of one replication."""
    sampler = Sampler(scenario, seed, replication)
    handling = scenario.handling
    channel_shares = {name: float(channel.share) for name, channel in scenario.channels.items()}
    tier_shares = {name: float(tier.share) for name, tier in scenario.tiers.items()}
    channel = sampler.choose(Purpose.CHANNEL, _mix(sampler, "channels", channel_shares))
    if sampler.is_left_over.any():
        in_line = shares_in_line(scenario.intents, scenario.channels)
        in_line[in_line.sum(axis=1) == 0] = 1.0  # Intents of live channels only, of which no ticket is left over.
        channel = np.where(sampler.is_left_over, sampler.choose(Purpose.CHANNEL, in_line), channel)
    difficulty = sampler.scores(Purpose.DIFFICULTY)
    angry_share = sampler.per_intent(lambda intent: intent.negative_sentiment, float(handling.negative_sentiment))
    followed, reopens, reassigned = _follow_ups(sampler), _reopens(sampler), _reassigned(sampler)
    # Only as many streams as some ticket needs: a later one would change no earlier draw.
    most_follow_ups, most_reopens = int(followed.max(initial=0)), int(reopens.max(initial=0))
    times_passed_on = range(int(reassigned.max(initial=0)))
    return Tickets(
        seed=sampler.seed,
        replication=sampler.replication,
        arrival=sampler.arrival,
        slot=sampler.slot,
        week=1 + sampler.slots.day[sampler.slot] // 7,
        day=sampler.slots.day[sampler.slot],
        intent=sampler.intent,
        channel=channel,
        tier=sampler.choose(Purpose.TIER, _mix(sampler, "tiers", tier_shares)),
        difficulty=difficulty,
        confused_intent=sampler.choose(Purpose.CONFUSED_INTENT, _confusion(sampler)),
        angry=sampler.uniforms(Purpose.SENTIMENT) < angry_share,
        flags=_flags(sampler),
        handle_minutes=tuple(_handle(sampler, difficulty, visit) for visit in range(1 + most_reopens)),
        patience_scores=tuple(sampler.scores(Purpose.PATIENCE, place) for place in range(2)),
        retry_luck=sampler.uniforms(Purpose.RETRY),
        retry_scores=sampler.scores(Purpose.RETRY_DELAY),
        reopens=reopens,
        reopen_minutes=tuple(
            handling.reopen.delay.at_scores(sampler.scores(Purpose.REOPEN_DELAY, time)) for time in range(most_reopens)
        ),
        triage_luck=sampler.uniforms(Purpose.TRIAGE_CORRECT),
        triage_minutes=(
            handling.triage.handle.at_scores(sampler.scores(Purpose.TRIAGE_WORK))
            if handling.triage
            else np.zeros(sampler.n)
        ),
        transfer_minutes=handling.transfer.at_scores(sampler.scores(Purpose.TRANSFER_WORK)),
        reassigned=reassigned,
        reassign_minutes=tuple(
            handling.transfer.at_scores(sampler.scores(Purpose.REASSIGN_WORK, time)) for time in times_passed_on
        ),
        reassign_delay_minutes=tuple(_reassign_delay(sampler, time) for time in times_passed_on),
        follow_ups=followed,
        follow_up_scores=tuple(sampler.scores(Purpose.REPLY_GAP, 1 + place) for place in range(most_follow_ups)),
        needs_next=_needs_next(sampler),
        next_minutes=_next_minutes(sampler),
        satisfaction_luck=sampler.uniforms(Purpose.SATISFACTION),
        survey_luck=sampler.uniforms(Purpose.SURVEY),
        ai=None if scenario.ai is None else draw_ai(sampler, scenario.ai, channel, difficulty),
    )


def _mix(sampler: Sampler, field: str, general: dict[str, float]) -> Floats:
    """Return each intent's own mix or the general one; shape (n_intents, n_names)."""
    rows = []
    for intent in sampler.scenario.intents.values():
        own = getattr(intent, field)
        rows.append(list(general.values()) if own is None else [float(own.get(name, 0.0)) for name in general])
    return np.array(rows)


def _confusion(sampler: Sampler) -> Floats:
    """Return the weights of the intents that a ticket of each intent is mistaken for."""
    names = list(sampler.scenario.intents)
    shares = np.array([float(intent.share) for intent in sampler.scenario.intents.values()])
    weights = np.tile(shares, (len(names), 1))
    np.fill_diagonal(weights, 0.0)
    if sampler.scenario.ai is not None:
        for name, judgement in sampler.scenario.ai.intents.items():
            if judgement.confused_with is not None:
                weights[names.index(name)] = [float(judgement.confused_with.get(other, 0.0)) for other in names]
    # With a single intent (or no weight elsewhere) there is nothing to be mistaken for.
    nowhere = weights.sum(axis=1) == 0
    weights[nowhere, np.flatnonzero(nowhere)] = 1.0
    return weights


def _flags(sampler: Sampler) -> dict[str, Bools]:
    """Draw each mark, in a stream of its own name."""
    names = dict.fromkeys(flag for intent in sampler.scenario.intents.values() for flag in intent.flags)
    drawn = {}
    for name in names:
        share = sampler.per_intent(lambda intent, name=name: intent.flags.get(name), 0.0)
        drawn[name] = sampler.uniforms(Purpose.FLAG, name_key(name)) < share
    return drawn


def _handle(sampler: Sampler, difficulty: Floats, visit: int) -> Floats:
    tie = float(sampler.scenario.difficulty.handle)
    own = sampler.scores(Purpose.HANDLE, visit)
    scores = tie * difficulty + math.sqrt(1 - tie**2) * own
    minutes = sampler.by_intent([intent.handle for intent in sampler.scenario.intents.values()], scores)
    weekday, quarter = sampler.slots.weekday[sampler.slot], sampler.slots.quarter[sampler.slot]
    for intent, group in zip(sampler.scenario.intents.values(), sampler.groups, strict=True):
        if intent.handle_by_hour is not None:
            parts = [(parse_days(days), tuple(map(float, row))) for days, row in intent.handle_by_hour.items()]
            minutes[group] *= weekly_factors(parts)[weekday[group], quarter[group]]
    return minutes


def _reopens(sampler: Sampler) -> Ints:
    reopen = sampler.scenario.handling.reopen
    share = sampler.per_intent(lambda intent: intent.reopen, float(reopen.share))
    if not share.any():
        return np.zeros(sampler.n, dtype=np.int64)
    return sampler.geometric(Purpose.REOPENS, share, int(reopen.limit))


def _reassigned(sampler: Sampler) -> Ints:
    reassign = sampler.scenario.handling.reassign
    if reassign is None:
        return np.zeros(sampler.n, dtype=np.int64)
    share = sampler.per_intent(lambda intent: intent.reassign, float(reassign.share))
    again = share if reassign.again is None else np.full(sampler.n, float(reassign.again))
    return sampler.geometric(Purpose.REASSIGNMENTS, share, int(reassign.limit), again)


def _reassign_delay(sampler: Sampler, time: int) -> Floats:
    reassign = sampler.scenario.handling.reassign
    assert reassign is not None
    return reassign.delay.at_scores(sampler.scores(Purpose.REASSIGN_DELAY, time))


def _follow_ups(sampler: Sampler) -> Ints:
    handling = sampler.scenario.handling
    mean = sampler.per_intent(lambda intent: intent.follow_ups, float(handling.follow_ups))
    if not mean.any():
        return np.zeros(sampler.n, dtype=np.int64)
    # Geometric with mean m happens again with chance m / (1 + m).
    return sampler.geometric(Purpose.FOLLOW_UPS, mean / (1 + mean), int(handling.follow_up_limit))


def _needs_next(sampler: Sampler) -> tuple[Bools, ...]:
    longest = max(len(intent.then) for intent in sampler.scenario.intents.values())
    return tuple(
        sampler.uniforms(Purpose.NEXT_TEAM, place)
        < sampler.per_intent(
            lambda intent, place=place: intent.then[place].share if place < len(intent.then) else None, 0.0
        )
        for place in range(longest)
    )


def _next_minutes(sampler: Sampler) -> tuple[Floats, ...]:
    columns = []
    for place in range(max(len(intent.then) for intent in sampler.scenario.intents.values())):
        scores, minutes = sampler.scores(Purpose.NEXT_TEAM_WORK, place), np.zeros(sampler.n)
        for intent, group in zip(sampler.scenario.intents.values(), sampler.groups, strict=True):
            if place < len(intent.then):
                minutes[group] = intent.then[place].handle.at_scores(scores[group])
        columns.append(minutes)
    return tuple(columns)
