"""The sampler: draws columns for the tickets of one replication, each from the stream of its purpose."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import special

from simulator.distributions import Confidence, Duration
from simulator.scenario.model import Scenario
from simulator.streams import Purpose, ticket_uniforms
from simulator.tickets.arrivals import draw_arrivals
from simulator.tickets.backlog import with_backlog
from simulator.tickets.table import Bools, Floats, Ints


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
        """Tell which tickets are the opening backlog's."""
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
