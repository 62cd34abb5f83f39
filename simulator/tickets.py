"""Tickets: everything random about each customer, drawn before the clock starts.

A Tickets table is columns of shape (n_tickets,), each from a stream of its own (`simulator.streams`). Nothing in it
depends on policy, staffing or prices, so every variant of a scenario meets the same customers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simulator.calendars import Slots, in_ticks
from simulator.distributions import Confidence, Duration
from simulator.scenario.ai import Ai
from simulator.scenario.model import Scenario
from simulator.scenario.volume import expected_rates
from simulator.streams import Purpose, normal_scores, uniforms

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NOTICED, RETURNS, LOST = 0, 1, 2
"""What a customer does with a wrong AI answer."""
HARDEST = float(special.ndtri(0.9))
"""Difficulty above which a ticket belongs to the hardest tenth."""


@dataclass(frozen=True)
class AiDraws:
    """What is random about the AI's work on each ticket; every column has shape (n_tickets,)."""

    route_confidence: Floats
    """Stated confidence in the predicted intent, 0 to 1."""
    route_luck: Floats
    """Uniform; the intent is recognised when it exceeds 1 − P(correct | confidence)."""
    answer_confidence: Floats
    """Stated confidence in the answer, 0 to 1."""
    answer_luck: Floats
    """Uniform given the confidences, lower for harder tickets; as route_luck, for answers."""
    exchanges: Ints
    """AI replies that the conversation would take."""
    gap_scores: Floats
    """Normal scores of the customer's reply gap within the conversation."""
    latency_minutes: Floats
    classify_minutes: Floats
    confirms: Bools
    """Whether the customer would confirm a right answer."""
    after_wrong: Ints
    """NOTICED, RETURNS or LOST."""
    return_minutes: Floats
    """Delay until a customer who got a wrong answer comes back."""
    return_channel: Ints
    """Channel in which they come back."""
    writes_back: Bools
    """Whether an action in another system would succeed."""
    review_minutes: Floats
    """Agent time to review the AI's reply in shadow mode."""
    is_up: Bools
    """Whether the AI is available when the ticket arrives."""


@dataclass(frozen=True)
class Tickets:
    """One row per ticket, in order of arrival; every column has shape (n_tickets,) unless said otherwise."""

    seed: int
    replication: int
    arrival: Floats
    """Minutes since scenario start, ascending, in whole ticks."""
    slot: Ints
    """Quarter-hour of arrival, as an index into the scenario's slots."""
    week: Ints
    """Week of arrival, 1 is the first."""
    day: Ints
    """Local day of arrival, 0 is the first."""
    intent: Ints
    channel: Ints
    tier: Ints
    difficulty: Floats
    """Latent difficulty, a standard normal."""
    confused_intent: Ints
    """Intent that a wrong label would name."""
    angry: Bools
    flags: dict[str, Bools]
    """Marks that rules act on, by name."""
    handle_minutes: tuple[Floats, ...]
    """Nominal human handle time of each visit (0 is the first), factors left out."""
    patience_scores: tuple[Floats, ...]
    """Normal scores of patience, by visit: first, retry after abandoning, each later return."""
    retries: Bools
    """Whether the customer would try again after abandoning."""
    retry_minutes: Floats
    reopens: Ints
    """Times the ticket comes back after human resolutions."""
    reopen_minutes: tuple[Floats, ...]
    """Delay before each return."""
    triage_luck: Floats
    triage_minutes: Floats
    transfer_minutes: Floats
    follow_ups: Ints
    """Further touches after customer replies."""
    follow_up_scores: tuple[Floats, ...]
    """Normal scores of the reply gap before each further touch."""
    needs_next: tuple[Bools, ...]
    """Whether the ticket needs the next team in its intent's `then` list, by position."""
    next_minutes: tuple[Floats, ...]
    satisfaction_luck: Floats
    """Uniform that becomes the satisfaction score."""
    answers_survey: Bools
    ai: AiDraws | None
    """None where the scenario has no AI."""

    def __len__(self) -> int:
        return len(self.arrival)

    @property
    def is_hardest(self) -> Bools:
        """Tell which tickets belong to the hardest tenth."""
        return self.difficulty > HARDEST


def draw_tickets(scenario: Scenario, seed: int, replication: int) -> Tickets:
    """Draw the customers of one replication."""
    return _Draw(scenario, seed, replication).tickets()


class _Draw:
    """Draws the columns of one Tickets table."""

    def __init__(self, scenario: Scenario, seed: int, replication: int) -> None:
        self.scenario, self.seed, self.replication = scenario, seed, replication
        self.slots = scenario.wall.slots(scenario.horizon_minutes)
        self.arrival, self.slot, self.intent = self._arrivals()
        self.n = len(self.arrival)
        order = np.argsort(self.intent, kind="stable")
        bounds = np.searchsorted(self.intent[order], np.arange(len(scenario.intents) + 1))
        self.groups = [order[a:b] for a, b in zip(bounds[:-1], bounds[1:], strict=True)]

    def uniforms(self, purpose: Purpose, *place: int) -> Floats:
        return uniforms(self.seed, self.replication, purpose, self.n, *place)

    def scores(self, purpose: Purpose, *place: int) -> Floats:
        return normal_scores(self.seed, self.replication, purpose, self.n, *place)

    # -- arrivals --

    def _arrivals(self) -> tuple[Floats, Ints, Ints]:
        """Draw arrival times, their slots and their intents."""
        replayed = self.scenario._replayed
        names = list(self.scenario.intents)
        rates = expected_rates(self.scenario, self.slots)
        if replayed is None:
            arrival = self._poisson_times(rates.sum(axis=1))
        else:
            arrival = replayed.minutes
        slot = np.searchsorted(self.slots.start, arrival, side="right") - 1
        self.n = len(arrival)
        if replayed is not None and replayed.intents is not None:
            number = {name: index for index, name in enumerate(names)}
            return arrival, slot, np.array([number[name] for name in replayed.intents], dtype=np.int64)
        if replayed is not None:
            rates = np.tile([float(intent.share) for intent in self.scenario.intents.values()], (len(rates), 1))
        cumulative = np.cumsum(rates, axis=1)
        target = self.uniforms(Purpose.INTENT) * cumulative[slot, -1]
        intent = np.zeros(self.n, dtype=np.int64)
        for column in range(len(names) - 1):
            intent += target > cumulative[slot, column]
        return arrival, slot, intent

    def _poisson_times(self, rate: Floats) -> Floats:
        """Draw a Poisson process by stretching a unit-rate one: more volume keeps the earlier customers."""
        busyness = self._busyness()[self.slots.day]
        edges = np.append(self.slots.start, self.slots.until)
        cumulative = np.concatenate([[0.0], np.cumsum(rate * busyness * self.slots.minutes)])
        total = float(cumulative[-1])
        size = math.ceil(total + 6 * math.sqrt(total) + 20)
        while True:
            draws = uniforms(self.seed, self.replication, Purpose.ARRIVAL_GAP, size)
            times = np.cumsum(-np.log1p(-draws))
            if times[-1] > total:
                break
            size *= 2
        times = times[times < total]
        arrival = in_ticks(np.interp(times, cumulative, edges))
        return np.minimum(arrival, np.nextafter(in_ticks(edges[-1:]), 0))

    def _busyness(self) -> Floats:
        """Draw each day's gamma factor, mean 1; shape (n_days,)."""
        days, cv = len(self.slots.dates), float(self.scenario.arrivals.busyness_cv)
        if cv == 0:
            return np.ones(days)
        draws = uniforms(self.seed, self.replication, Purpose.BUSYNESS, days)
        factors: Floats = special.gammaincinv(1 / cv**2, draws) * cv**2
        return factors

    # -- helpers --

    def by_intent(self, distributions: Sequence[Duration | Confidence], scores: Floats) -> Floats:
        """Push scores through each intent's own distribution."""
        first = distributions[0]
        if all(distribution == first for distribution in distributions[1:]):
            return first.at_scores(scores)
        values = np.empty(self.n)
        for distribution, group in zip(distributions, self.groups, strict=True):
            values[group] = distribution.at_scores(scores[group])
        return values

    def choose(self, purpose: Purpose, weights: Floats, *place: int) -> Ints:
        """Choose a column for each ticket from the weights of its intent, shape (n_intents, n_choices)."""
        cumulative = np.cumsum(weights, axis=1)
        cumulative /= cumulative[:, -1:]
        draws = self.uniforms(purpose, *place)
        if weights.shape[1] == 1:
            return np.zeros(self.n, dtype=np.int64)
        chosen = np.empty(self.n, dtype=np.int64)
        for row, group in zip(cumulative, self.groups, strict=True):
            chosen[group] = np.searchsorted(row[:-1], draws[group], side="left")
        return chosen

    def per_intent(self, value: Callable[..., float | None], default: float) -> Floats:
        """Look up an optional figure of each ticket's intent; shape (n_tickets,)."""
        given = [value(intent) for intent in self.scenario.intents.values()]
        return np.array([default if figure is None else float(figure) for figure in given])[self.intent]

    def geometric(self, purpose: Purpose, again: Floats, limit: int) -> Ints:
        """Draw how often something happens again when it does so each time with chance `again`, up to a limit."""
        draws = self.uniforms(purpose)
        with np.errstate(divide="ignore"):
            times = np.floor(np.log(draws) / np.log(np.clip(again, 0.0, 1 - 1e-12)))
        return np.minimum(times, limit).astype(np.int64)

    # -- columns --

    def tickets(self) -> Tickets:
        scenario, handling = self.scenario, self.scenario.handling
        channels, tiers = list(scenario.channels), list(scenario.tiers)
        channel_mix = self._mix("channels", [float(channel.share) for channel in scenario.channels.values()], channels)
        tier_mix = self._mix("tiers", [float(tier.share) for tier in scenario.tiers.values()], tiers)
        self.channel = self.choose(Purpose.CHANNEL, channel_mix)
        difficulty = self.scores(Purpose.DIFFICULTY)
        angry_share = self.per_intent(lambda intent: intent.negative_sentiment, float(handling.negative_sentiment))
        visits = 1 + int(handling.reopen.limit)
        followed = self._follow_ups()
        following = range(1, int(followed.max(initial=0)) + 1)
        retry = [channel.on_abandon for channel in scenario.channels.values()]
        retry_share = np.array([0.0 if rule is None else float(rule.retries) for rule in retry])
        reopens = self._reopens()
        survey = float(scenario.csat.response_rate) if scenario.csat else 0.0
        return Tickets(
            seed=self.seed,
            replication=self.replication,
            arrival=self.arrival,
            slot=self.slot,
            week=1 + self.slots.day[self.slot] // 7,
            day=self.slots.day[self.slot],
            intent=self.intent,
            channel=self.channel,
            tier=self.choose(Purpose.TIER, tier_mix),
            difficulty=difficulty,
            confused_intent=self.choose(Purpose.CONFUSED_INTENT, self._confusion()),
            angry=self.uniforms(Purpose.SENTIMENT) < angry_share,
            flags=self._flags(),
            handle_minutes=tuple(
                self._handle(difficulty, visit) for visit in range(min(visits, 2 + int(reopens.max(initial=0))))
            ),
            patience_scores=tuple(
                self.scores(Purpose.PATIENCE, place) for place in range(2 + int(reopens.max(initial=0)))
            ),
            retries=self.uniforms(Purpose.RETRY) < retry_share[self.channel],
            retry_minutes=self._retry_minutes(),
            reopens=reopens,
            reopen_minutes=tuple(
                handling.reopen.delay.at_scores(self.scores(Purpose.REOPEN_DELAY, time))
                for time in range(int(reopens.max(initial=0)))
            ),
            triage_luck=self.uniforms(Purpose.TRIAGE_CORRECT),
            triage_minutes=(
                handling.triage.handle.at_scores(self.scores(Purpose.TRIAGE_WORK)) if handling.triage else np.zeros(self.n)
            ),
            transfer_minutes=handling.transfer.at_scores(self.scores(Purpose.TRANSFER_WORK)),
            follow_ups=followed,
            follow_up_scores=tuple(self.scores(Purpose.REPLY_GAP, place) for place in following),
            needs_next=self._needs_next(),
            next_minutes=self._next_minutes(),
            satisfaction_luck=self.uniforms(Purpose.SATISFACTION),
            answers_survey=self.uniforms(Purpose.SURVEY) < survey,
            ai=None if scenario.ai is None else self._ai_draws(scenario.ai, difficulty),
        )

    def _mix(self, field: str, general: list[float], names: list[str]) -> Floats:
        """Give each intent's own mix or the general one; shape (n_intents, n_names)."""
        rows = []
        for intent in self.scenario.intents.values():
            own = getattr(intent, field)
            rows.append(general if own is None else [float(own.get(name, 0.0)) for name in names])
        return np.array(rows)

    def _confusion(self) -> Floats:
        """Give the weights of the intents that a ticket of each intent is mistaken for."""
        names = list(self.scenario.intents)
        shares = np.array([float(intent.share) for intent in self.scenario.intents.values()])
        weights = np.tile(shares, (len(names), 1))
        np.fill_diagonal(weights, 0.0)
        if self.scenario.ai is not None:
            for name, judgement in self.scenario.ai.intents.items():
                if judgement.confused_with is not None:
                    weights[names.index(name)] = [float(judgement.confused_with.get(other, 0.0)) for other in names]
        # With a single intent (or no weight elsewhere) there is nothing to be mistaken for.
        nowhere = weights.sum(axis=1) == 0
        weights[nowhere, np.flatnonzero(nowhere)] = 1.0
        return weights

    def _flags(self) -> dict[str, Bools]:
        """Draw each mark; its stream is the position of its name in sorted order of all names."""
        names = dict.fromkeys(flag for intent in self.scenario.intents.values() for flag in intent.flags)
        drawn = {}
        for name in names:
            share = self.per_intent(lambda intent, name=name: intent.flags.get(name), 0.0)
            drawn[name] = self.uniforms(Purpose.FLAG, name_key(name)) < share
        return drawn

    def _handle(self, difficulty: Floats, visit: int) -> Floats:
        tie = float(self.scenario.difficulty.handle)
        own = self.scores(Purpose.HANDLE, visit)
        scores = tie * difficulty + math.sqrt(1 - tie**2) * own
        return self.by_intent([intent.handle for intent in self.scenario.intents.values()], scores)

    def _reopens(self) -> Ints:
        reopen = self.scenario.handling.reopen
        share = self.per_intent(lambda intent: intent.reopen, float(reopen.share))
        if not share.any():
            return np.zeros(self.n, dtype=np.int64)
        return self.geometric(Purpose.REOPENS, share, int(reopen.limit))

    def _follow_ups(self) -> Ints:
        handling = self.scenario.handling
        mean = self.per_intent(lambda intent: intent.follow_ups, float(handling.follow_ups))
        if not mean.any():
            return np.zeros(self.n, dtype=np.int64)
        # Geometric with mean m happens again with chance m / (1 + m).
        return self.geometric(Purpose.FOLLOW_UPS, mean / (1 + mean), int(handling.follow_up_limit))

    def _needs_next(self) -> tuple[Bools, ...]:
        longest = max(len(intent.then) for intent in self.scenario.intents.values())
        return tuple(
            self.uniforms(Purpose.NEXT_TEAM, place)
            < self.per_intent(lambda intent, place=place: intent.then[place].share if place < len(intent.then) else None, 0.0)
            for place in range(longest)
        )

    def _next_minutes(self) -> tuple[Floats, ...]:
        columns = []
        for place in range(max(len(intent.then) for intent in self.scenario.intents.values())):
            scores, minutes = self.scores(Purpose.NEXT_TEAM_WORK, place), np.zeros(self.n)
            for intent, group in zip(self.scenario.intents.values(), self.groups, strict=True):
                if place < len(intent.then):
                    minutes[group] = intent.then[place].handle.at_scores(scores[group])
            columns.append(minutes)
        return tuple(columns)

    def _retry_minutes(self) -> Floats:
        scores, minutes = self.scores(Purpose.RETRY_DELAY), np.zeros(self.n)
        for number, channel in enumerate(self.scenario.channels.values()):
            if channel.on_abandon is not None:
                here = self.channel == number
                minutes[here] = channel.on_abandon.delay.at_scores(scores[here])
        return minutes

    # -- the AI's columns --

    def _ai_draws(self, ai: Ai, difficulty: Floats) -> AiDraws:
        route_scores, answer_scores, leftover = self._confidence_scores(ai, difficulty)
        tie = float(self.scenario.difficulty.correctness)
        luck = tie * leftover + math.sqrt(1 - tie**2) * self.scores(Purpose.ANSWER_CORRECT)
        route_confidence, answer_confidence = self._confidences(ai, route_scores, answer_scores)
        mean_exchanges = np.array(
            [float(self._own(ai, name, "exchanges") or ai.conversation.exchanges) for name in self.scenario.intents]
        )[self.intent]
        wrong = ai.after_wrong
        fate = self.uniforms(Purpose.AFTER_WRONG)
        return AiDraws(
            route_confidence=route_confidence,
            route_luck=self.uniforms(Purpose.ROUTE_CORRECT),
            answer_confidence=answer_confidence,
            answer_luck=special.ndtr(luck),
            exchanges=1 + self.geometric(Purpose.EXCHANGES, 1 - 1 / mean_exchanges, 1000),
            gap_scores=self.scores(Purpose.REPLY_GAP, 0),
            latency_minutes=ai.conversation.latency.at_scores(self.scores(Purpose.LATENCY, 0)),
            classify_minutes=ai.conversation.classify.at_scores(self.scores(Purpose.LATENCY, 1)),
            confirms=self.uniforms(Purpose.CONFIRMED) < ai.confirmed,
            after_wrong=(fate > wrong.noticed).astype(np.int64) + (fate > wrong.noticed + wrong.returns),
            return_minutes=wrong.delay.at_scores(self.scores(Purpose.RETURN_DELAY)),
            return_channel=self._return_channel(ai),
            writes_back=self.uniforms(Purpose.WRITE_BACK) < ai.write_back,
            review_minutes=ai.shadow_review.at_scores(self.scores(Purpose.REVIEW)),
            is_up=self._is_up(ai),
        )

    def _confidence_scores(self, ai: Ai, difficulty: Floats) -> tuple[Floats, Floats, Floats]:
        """Draw the normal scores of both confidences, and what difficulty still says once they are known.

        That leftover is standard normal and independent of both scores, so whatever depends on it leaves
        P(correct | confidence) exactly as the calibration curve states it.
        """
        ties = self.scenario.difficulty
        r, c = float(ties.route_confidence), float(ties.answer_confidence)
        route = r * difficulty + math.sqrt(1 - r**2) * self.scores(Purpose.ROUTE_CONFIDENCE)
        if ai.answer.confidence == "routing":
            return route, route, (difficulty - r * route) / math.sqrt(1 - r**2)
        answer = c * difficulty + math.sqrt(1 - c**2) * self.scores(Purpose.ANSWER_CONFIDENCE)
        weight_r, weight_c = r * (1 - c**2) / (1 - (r * c) ** 2), c * (1 - r**2) / (1 - (r * c) ** 2)
        spread = math.sqrt(1 - r * weight_r - c * weight_c)
        return route, answer, (difficulty - weight_r * route - weight_c * answer) / spread

    def _own(self, ai: Ai, name: str, field: str) -> object | None:
        return getattr(ai.intents[name], field) if name in ai.intents else None

    def _confidences(self, ai: Ai, route_scores: Floats, answer_scores: Floats) -> tuple[Floats, Floats]:
        names = list(self.scenario.intents)
        if ai.routing is None:
            route = np.ones(self.n)
        else:
            judged = [(ai.intents[name].routing if name in ai.intents else None) or ai.routing for name in names]
            route = self.by_intent([judgement.confidence for judgement in judged], route_scores)
        answers = [(ai.intents[name].answer if name in ai.intents else None) or ai.answer for name in names]
        answer = np.empty(self.n)
        for judgement, group in zip(answers, self.groups, strict=True):
            if isinstance(judgement.confidence, str):
                answer[group] = route[group]
            else:
                answer[group] = judgement.confidence.at_scores(answer_scores[group])
        return route, answer

    def _return_channel(self, ai: Ai) -> Ints:
        """Choose the channel of a return: one that `after_wrong.channels` names, else the same one."""
        draws = self.uniforms(Purpose.RETURN_CHANNEL)
        chosen = self.channel.copy()
        upper = 0.0
        for name, share in ai.after_wrong.channels.items():
            lower, upper = upper, upper + float(share)
            chosen[(draws >= lower) & (draws < upper)] = self.scenario.channels.index(name)
        return chosen

    def _is_up(self, ai: Ai) -> Bools:
        """Draw outages as alternating exponential times up and down, starting up."""
        if ai.availability is None or ai.availability.uptime == 1:
            return np.ones(self.n, dtype=np.bool_)
        down = float(ai.availability.repair)
        up = down * float(ai.availability.uptime) / (1 - float(ai.availability.uptime))
        cycles = 16
        while True:
            draws = -np.log(uniforms(self.seed, self.replication, Purpose.OUTAGE, 2 * cycles))
            changes = np.cumsum(draws * np.tile([up, down], cycles))
            if changes[-1] > self.slots.until:
                break
            cycles *= 2
        is_up: Bools = np.searchsorted(changes, self.arrival, side="right") % 2 == 0
        return is_up


def name_key(name: str) -> int:
    """Turn a name into a number for a spawn key, the same on every machine."""
    import zlib

    return zlib.crc32(name.encode())


def slots_of(scenario: Scenario) -> Slots:
    """Give the quarter-hours that `Tickets.slot` counts."""
    return scenario.wall.slots(scenario.horizon_minutes)
