"""The static rule: the best thresholds of each intent at a fixed price of a human minute, and risk against coverage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.base.arrays import Floats
from simulator.base.stats import Estimate
from simulator.scenario import Scenario
from simulator.studies.pilot.gates import share_of
from simulator.studies.tune.space import NEVER, STEP, Space, ThresholdSetting
from simulator.studies.tune.stakes import Stakes, answer_stakes, draw_enough, route_stakes

LATTICE = np.round(np.arange(0.0, NEVER + STEP / 2, STEP), 2)
"""Thresholds that may be chosen."""
_MINUTE_PRICES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0)
"""Prices of a human minute that are tried, in wages; 1 ignores the queue."""
_WRONG_PRICES = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Further prices of a wrong answer that are tried, in what people's work on a mean ticket costs."""
_CROSSED = (0.5, 1.0, 2.0, 4.0)
"""Prices of a human minute that each price of a wrong answer is tried with."""


@dataclass(frozen=True)
class RulePrices:
    """Prices that thresholds are the static optimum for."""

    minute: float = 1.0
    """Of a human minute, in wages."""
    wrong: float = 0.0
    """Of a wrong answer, in what people's work on a mean ticket costs."""


@dataclass(frozen=True)
class RiskCurve:
    """How much an intent's AI answers, and how much of that is wrong, at each threshold of the lattice."""

    intent: str
    coverage: Floats
    """Answered ÷ tickets on which the AI has the choice."""
    risk: Floats
    """Wrong ÷ complete answers; NaN where none is given."""
    tickets: float
    """Tickets on which the AI has the choice, in a mean replication."""


class StaticRule:
    """Finds the static optimum for any prices, on tickets that are drawn once."""

    def __init__(self, space: Space, seed: int, scenario: Scenario | None = None) -> None:
        """Draw tickets for a space; `scenario` is the desk in operation, with another calibration perhaps.

        Routing is weighed on the tickets that go to people at the present answer thresholds.
        """
        self.space, scenario = space, scenario or space.live
        tickets = draw_enough(scenario, seed)
        self.answers = _by_intent(scenario, answer_stakes(scenario, tickets), space.answered)
        self.routes = _by_intent(scenario, route_stakes(scenario, tickets), space.routed)

    @cached_property
    def ticket_cost(self) -> float:
        """What people's work on a mean ticket costs that a right answer saves: the unit of prices of a wrong answer."""
        saved = sum(float(tally.saved) for tally in self.answers.values())
        right = sum(float(tally.given[0] - tally.wrong[0]) for tally in self.answers.values())
        return saved / right if right > 0 and saved > 0 else 1.0

    def thresholds(self, prices: RulePrices, *, per_intent: bool | None = None) -> ThresholdSetting:
        """Return the static optimum for some prices, for each intent or with one threshold for all."""
        split = self.space.per_intent if per_intent is None else per_intent
        answer, route = (self._best(of, prices, split=split) for of in (self.answers, self.routes))
        return ThresholdSetting(answer, route)

    def gain(self, intent: str, prices: RulePrices) -> Floats:
        """Return the sum of benefits of answering at or above each threshold of the lattice, in a mean replication."""
        return self.answers[intent].gains(prices, self.ticket_cost)

    @cached_property
    def curves(self) -> tuple[RiskCurve, ...]:
        """The risk-coverage curve of each tuned intent."""
        return tuple(tally.curve(name) for name, tally in self.answers.items())

    def useful(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Name the intents whose answer threshold, and whose routing threshold, can change anything."""
        return (
            tuple(name for name, tally in self.answers.items() if tally.count[0] > 0),
            tuple(name for name, tally in self.routes.items() if tally.human.any()),
        )

    def confidences(self, kind: str) -> Floats:
        """Return how many tickets lie at or above each threshold of the lattice, all tuned intents together."""
        tallies = self.answers if kind == "answer" else self.routes
        return np.sum([tally.count for tally in tallies.values()], axis=0) if tallies else np.zeros(len(LATTICE))

    def _best(self, tallies: dict[str, _StakesTally], prices: RulePrices, *, split: bool) -> tuple[float, ...]:
        gains = [tally.gains(prices, self.ticket_cost) for tally in tallies.values()]
        if not split and gains:
            gains = [np.sum(gains, axis=0)] * len(gains)
        # Of thresholds with equal sums (no ticket lies between them) the most cautious.
        return tuple(float(LATTICE[len(LATTICE) - 1 - int(np.argmax(gain[::-1]))]) for gain in gains)


@dataclass(frozen=True)
class _StakesTally:
    """Stakes of one intent, summed at or above each threshold of the lattice; a mean replication."""

    human: Floats
    other: Floats
    given: Floats
    wrong: Floats
    count: Floats
    saved: float
    """Human work that right answers save, all of it."""

    def gains(self, prices: RulePrices, ticket_cost: float) -> Floats:
        """Return the sum of benefits at or above each threshold."""
        found: Floats = prices.minute * self.human - self.other - prices.wrong * ticket_cost * self.wrong
        return np.round(found, 9)

    def curve(self, intent: str) -> RiskCurve:
        """Return coverage and risk at each threshold."""
        with np.errstate(invalid="ignore", divide="ignore"):
            risk = np.where(self.given > 0, self.wrong / self.given, np.nan)
            return RiskCurve(intent, self.count / max(self.count[0], 1e-12), risk, float(self.count[0]))


def price_axis() -> tuple[RulePrices, ...]:
    """List the prices that are tried: the axis of the human minute, then prices of wrong answers across it."""
    axis = [RulePrices(minute) for minute in _MINUTE_PRICES]
    return (*axis, *(RulePrices(minute, wrong) for wrong in _WRONG_PRICES for minute in _CROSSED))


def lattice_place(threshold: float) -> int:
    """Return the first threshold of the lattice that answers no more tickets than this one."""
    return min(int(np.searchsorted(LATTICE, threshold - 1e-9)), len(LATTICE) - 1)


def _by_intent(scenario: Scenario, stakes: Stakes, names: Sequence[str]) -> dict[str, _StakesTally]:
    """Sum the stakes of each intent."""
    return {name: _tally(stakes, scenario.intents.index(name)) for name in names}


def _tally(stakes: Stakes, intent: int) -> _StakesTally:
    mine = stakes.intent == intent
    confidence = stakes.confidence[mine]

    def above(amounts: NDArray[Any]) -> Floats:
        return _above(confidence, stakes.weight * amounts[mine])

    right = mine & stakes.given & ~stakes.wrong
    return _StakesTally(
        human=above(stakes.human), other=above(stakes.other), given=above(stakes.given), wrong=above(stakes.wrong),
        count=above(np.ones(len(mine))), saved=float(stakes.human[right].sum()) * stakes.weight,
    )  # fmt: skip


def _above(confidence: Floats, amounts: Floats) -> Floats:
    """Sum amounts at or above each threshold of the lattice."""
    places = np.floor(confidence / STEP + 1e-9).astype(np.int64)
    sums = np.bincount(np.clip(places, 0, len(LATTICE) - 1), weights=amounts, minlength=len(LATTICE))
    found: Floats = np.cumsum(np.asarray(sums, dtype=float)[::-1])[::-1]
    return found


# -- risk and coverage of each intent at any answer threshold, from drawn tickets; queues play no part ----------------


@dataclass(frozen=True)
class RiskCurves:
    """The curves of a space's intents, and what they are measured on."""

    curves: tuple[RiskCurve, ...]
    draws: int
    """Replications of tickets that were drawn."""

    def coverage(self, curve: RiskCurve, threshold: float) -> Estimate:
        """Estimate the share of an intent's tickets that the AI answers from a threshold on (Wilson's interval)."""
        trials = round(curve.tickets * self.draws)
        return share_of(round(float(curve.coverage[lattice_place(threshold)]) * trials), trials)

    def accuracy(self, curve: RiskCurve, threshold: float) -> Estimate:
        """Estimate the share of right answers among complete ones; no value where none is given.

        Complete answers are counted as answered tickets, a little more than there are: the interval is that of so many.
        """
        place = lattice_place(threshold)
        if not math.isfinite(curve.risk[place]):
            return Estimate(math.nan, math.nan, math.nan, 0)
        trials = round(curve.tickets * self.draws * float(curve.coverage[place]))
        return share_of(round((1 - float(curve.risk[place])) * trials), trials)


def risk_curves(space: Space, seed: int) -> RiskCurves:
    """Measure the curves; present answer thresholds play no part."""
    tickets = draw_enough(space.live, seed)
    tallies = _by_intent(space.live, answer_stakes(space.live, tickets), space.answered)
    return RiskCurves(tuple(tally.curve(name) for name, tally in tallies.items()), len(tickets))
