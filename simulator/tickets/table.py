"""The Tickets table: one row per ticket, one column per thing that is random about it.

The sampler: draws columns for the tickets of one replication, each from the stream of its purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.streams import Purpose, ticket_uniforms
from simulator.distributions import Confidence, Duration
from simulator.scenario import Scenario
from simulator.tickets.arrivals import draw_arrivals, with_backlog

NOTICED, RETURNS, LOST = 0, 1, 2
"""What a customer does with a wrong AI answer."""
HARDEST = float(special.ndtri(0.9))
"""Difficulty above which a ticket belongs to the hardest tenth."""


@dataclass(frozen=True, eq=False)
class AiDraws:
    """What is random about the AI's work on each ticket; every column has shape (n_tickets,)."""

    route_confidence: Floats
    """Stated confidence in the predicted intent, 0 to 1."""
    route_log_odds: Floats
    """Log-odds of recognising the intent at that confidence (calibration), any gain of skill left out; infinite where
    the AI does not route."""
    route_luck: Floats
    """Uniform; the intent is recognised when it exceeds 1 − P(correct | confidence)."""
    answer_confidence: Floats
    """Stated confidence in the answer, 0 to 1."""
    answer_log_odds: Floats
    """Log-odds of a right answer at that confidence, given a recognised intent, any gain of skill left out."""
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


@dataclass(frozen=True, eq=False)
class Tickets:
    """One row per ticket, in order of arrival; every column has shape (n_tickets,) unless said otherwise."""

    seed: int
    replication: int
    arrival: Floats
    """Minutes since scenario start, ascending, in whole ticks; negative in a warm-up and an opening backlog."""
    slot: Ints
    """Quarter-hour of arrival, as an index into the scenario's slots, which begin with the warm-up or the backlog."""
    week: Ints
    """Week of arrival, 1 is the first; 0 and below lie before the start."""
    day: Ints
    """Local day of arrival, 0 is the first; negative before the start."""
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
    """Normal scores of patience: first visit, retry after abandoning."""
    retry_luck: Floats
    """Uniform; a customer who abandoned tries again when it lies below their channel's share."""
    retry_scores: Floats
    """Normal scores of the time until they do."""
    reopens: Ints
    """Times the ticket comes back after human resolutions."""
    reopen_minutes: tuple[Floats, ...]
    """Delay before each return."""
    triage_luck: Floats
    triage_minutes: Floats
    transfer_minutes: Floats
    reassigned: Ints
    """Times a team passes it on to another one, beside a transfer after a wrong label."""
    reassign_minutes: tuple[Floats, ...]
    """Work of each team that passes it on."""
    reassign_delay_minutes: tuple[Floats, ...]
    """Time after each of them until the next team has it in its line."""
    follow_ups: Ints
    """Further touches after customer replies."""
    follow_up_scores: tuple[Floats, ...]
    """Normal scores of the reply gap before each further touch."""
    needs_next: tuple[Bools, ...]
    """Whether the ticket needs the next team in its intent's `then` list, by position."""
    next_minutes: tuple[Floats, ...]
    satisfaction_luck: Floats
    """Uniform that becomes the satisfaction score."""
    survey_luck: Floats
    """Uniform that decides whether the customer answers the survey."""
    ai: AiDraws | None
    """None where the scenario has no AI."""

    def __len__(self) -> int:
        return len(self.arrival)

    @property
    def is_counted(self) -> Bools:
        """Which tickets results are about: all but those of a warm-up or an opening backlog."""
        return self.arrival >= 0

    @property
    def is_hardest(self) -> Bools:
        """Which tickets belong to the hardest tenth."""
        return self.difficulty > HARDEST


# -- the sampler ------------------------------------------------------------------------------------------------------


class Sampler:
    """Knows when tickets arrive and what they are about; draws everything else about them."""

    def __init__(self, scenario: Scenario, seed: int, replication: int) -> None:
        self.scenario, self.seed, self.replication = scenario, seed, replication
        self.slots = scenario.wall.slots(scenario.horizon_minutes, scenario.opening_minutes)
        self.arrival, self.slot, self.intent = draw_arrivals(scenario, seed, replication, self.slots)
        if (backlog := scenario.opening_backlog) is not None:
            self.slots, self.arrival, self.slot, self.intent = with_backlog(
                scenario, backlog, seed, replication, self.slots, (self.arrival, self.intent)
            )
        self.n = len(self.arrival)
        early = int(np.searchsorted(self.arrival, 0.0))
        self.sizes = (early, self.n - early)
        """Tickets in the warm-up or the opening backlog, and after it."""
        order = np.argsort(self.intent, kind="stable")
        bounds = np.searchsorted(self.intent[order], np.arange(len(scenario.intents) + 1))
        self.groups = [order[a:b] for a, b in zip(bounds[:-1], bounds[1:], strict=True)]
        """Tickets of each intent."""

    @property
    def is_left_over(self) -> Bools:
        """Which tickets are the opening backlog's."""
        return (self.arrival < 0) & (self.scenario.opening_backlog is not None)

    def uniforms(self, purpose: Purpose, *place: int) -> Floats:
        """Draw a uniform for each ticket."""
        return ticket_uniforms(self.seed, self.replication, purpose, self.sizes, *place)

    def scores(self, purpose: Purpose, *place: int) -> Floats:
        """Draw a standard normal score for each ticket."""
        scores: Floats = special.ndtri(self.uniforms(purpose, *place))
        return scores

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

    def geometric(self, purpose: Purpose, first: Floats, limit: int, again: Floats | None = None) -> Ints:
        """Draw how often something happens: with chance `first`, then each time with chance `again`, up to a limit.

        Without `again` the chance stays the same.
        """
        draws = self.uniforms(purpose)
        # Where nothing happens a first time, what is left of the uniform says nothing, and is not asked.
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(np.clip(first, 0.0, 1 - 1e-12))
            if again is None:
                times = np.floor(np.log(draws) / logs)
            else:
                # What is left of the uniform once it lies below the first chance is uniform again.
                later = np.floor((np.log(draws) - logs) / np.log(np.clip(again, 0.0, 1 - 1e-12)))
                times = np.where(draws < first, 1 + np.maximum(later, 0.0), 0.0)
        return np.minimum(times, limit).astype(np.int64)
