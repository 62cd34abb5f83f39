"""Twins: one replication of a desk with its AI, and the same customers on the desk without it, ticket by ticket.

>>> twins = Twins(simulate(load_scenario("saas_pilot")))   # doctest: +SKIP
>>> with_ai, without = twins.lives(4711)   # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.base.arrays import Bools, Floats, Ints
from simulator.engines.run_log import Outcome
from simulator.metrics.facts import Facts
from simulator.metrics.ticket_life import Decision, TicketLife, decision_of, read_life
from simulator.run import Run, simulate_baseline

MARKS = (
    "The AI answered", "The AI was wrong", "The AI handed over", "Came back", "Missed a target", "Left a line",
    "Customer lost silently",
)  # fmt: skip
"""What may be asked of a ticket."""
_AI_MARKS = MARKS[:3] + MARKS[-1:]
"""Those that only happen with an AI."""
GAINED, LOST_TIME, WAIT, TOUCHED, ARRIVAL = (
    "Most time won by the AI", "Most time lost by the AI", "Longest wait", "Most agent time", "Order of arrival",
)  # fmt: skip

_FITTING = {
    "The AI was wrong": LOST_TIME, "The AI handed over": LOST_TIME, "Came back": TOUCHED, "Missed a target": WAIT,
    "Left a line": ARRIVAL, "Customer lost silently": ARRIVAL,
}  # fmt: skip
"""Order that fits what is asked for; without it the AI's best tickets come first."""


@dataclass(frozen=True)
class Wanted:
    """Which tickets are looked for; what is not given does not matter."""

    intent: str | None = None
    channel: str | None = None
    outcome: Outcome | None = None
    marks: tuple[str, ...] = ()
    """Of MARKS; all must hold."""


class Twins:
    """A run, and the same customers without AI."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.alone = None if run.scenario.ai is None else simulate_baseline(run)

    @cached_property
    def facts(self) -> Facts:
        """What happened to each ticket."""
        return Facts(self.run)

    @cached_property
    def facts_alone(self) -> Facts | None:
        """The same without AI; None where the desk has none."""
        return None if self.alone is None else Facts(self.alone)

    @property
    def orders(self) -> tuple[str, ...]:
        """Orders in which tickets can be listed."""
        more = (WAIT, TOUCHED, ARRIVAL)
        return more if self.alone is None else (GAINED, LOST_TIME, *more)

    def order_for(self, marks: Sequence[str]) -> str:
        """Return the order in which tickets are shown unless another is chosen."""
        return next((_FITTING[mark] for mark in marks if _FITTING.get(mark) in self.orders), self.orders[0])

    @property
    def marks(self) -> tuple[str, ...]:
        """What may be asked of a ticket of this desk."""
        return tuple(mark for mark in MARKS if self.alone is not None or mark not in _AI_MARKS)

    @cached_property
    def won(self) -> Floats:
        """Minutes by which each ticket was closed sooner with the AI; NaN unless both desks resolved it."""
        if self.facts_alone is None:
            return np.full(self.facts.n, np.nan)
        return self.facts_alone.resolution - self.facts.resolution

    def matching(self, wanted: Wanted, order: str) -> Ints:
        """Return the numbers of the tickets that are wanted, in that order; those of a warm-up are left out."""
        facts, scenario = self.facts, self.run.scenario
        kept = facts.counted.copy()
        if wanted.intent is not None:
            kept &= facts.tickets.intent == list(scenario.intents).index(wanted.intent)
        if wanted.channel is not None:
            kept &= facts.tickets.channel == list(scenario.channels).index(wanted.channel)
        if wanted.outcome is not None:
            kept &= facts.ends.outcome == wanted.outcome
        for mark in wanted.marks:
            kept &= self._mark(mark)
        numbers = np.flatnonzero(kept)
        measure = self._measure(order)
        if measure is None:
            return numbers
        # NaN, which says that there is no such figure, goes last.
        return numbers[np.argsort(-np.nan_to_num(measure[numbers], nan=-np.inf), kind="stable")]

    def lives(self, ticket: int) -> tuple[TicketLife, TicketLife | None]:
        """Return a ticket's life on this desk, and the same customer's on the desk without AI."""
        alone = None if self.facts_alone is None else read_life(self.facts_alone, ticket)
        return read_life(self.facts, ticket), alone

    def decision(self, ticket: int) -> Decision | None:
        """Return what the AI decided about a ticket; None without one."""
        return decision_of(self.run, ticket)

    def _measure(self, order: str) -> Floats | None:
        measures: dict[str, Floats] = {
            WAIT: self.facts.wait, TOUCHED: self.facts.human_minutes, GAINED: self.won, LOST_TIME: -self.won
        }  # fmt: skip
        return measures.get(order)

    def _mark(self, mark: str) -> Bools:
        facts = self.facts
        columns: Sequence[Bools] = (
            facts.answer_given, facts.wrongly_answered, facts.ai.handed_over, facts.came_back > 0, facts.breach,
            facts.gave_up, facts.ends.outcome == Outcome.LOST,
        )  # fmt: skip
        return columns[MARKS.index(mark)]
