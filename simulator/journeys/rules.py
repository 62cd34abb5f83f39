"""The rules in force: each ticket's mode and thresholds, by the phase in which it arrived and its predicted intent."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.memo import remembered
from simulator.base.quantities import Figure
from simulator.scenario import RULES, THRESHOLDS, Mode, Rules, Scenario
from simulator.tickets import Tickets


@dataclass(frozen=True)
class RulesInForce:
    """Rules by (phase, predicted intent); arrays of shape (n_phases, n_intents). Phase 0 comes before all others."""

    mode: Ints
    routing: Bools
    route_threshold: Floats
    answer_threshold: Floats
    gather_threshold: Floats
    """Infinite where the AI gathers no information first."""

    def of(self, phase: Ints, predicted: Ints) -> RulesInForce:
        """Look the rules of each ticket up; arrays of shape (n_tickets,)."""
        place = phase * self.mode.shape[1] + predicted
        return RulesInForce(*(getattr(self, name).ravel().take(place) for name in RULES))


@remembered
def rules_in_force(scenario: Scenario) -> RulesInForce:
    """Spread the policy over phases and intents.

    The narrower in time wins, then the narrower in intent: policy, policy.intents, phase, phase.intents. Thresholds
    of surge rules are narrower still: see `rules_in_surge`.
    """
    policy = scenario.policy
    phases = (None, *policy.phases)
    tables: dict[str, list[list[float]]] = {name: [] for name in RULES}
    for phase in phases:
        for name, rows in tables.items():
            row = []
            for intent in scenario.intents:
                layers: list[Rules | None] = [policy.intents.get(intent)]
                if phase is not None:
                    layers += [phase, phase.intents.get(intent)]
                given = [getattr(layer, name) for layer in layers if layer is not None]
                value = next((value for value in reversed(given) if value is not None), getattr(policy, name))
                row.append(_number(value))
            rows.append(row)
    return RulesInForce(
        np.array(tables["mode"], dtype=np.int64),
        np.array(tables["routing"], dtype=np.bool_),
        np.array(tables["route_threshold"]),
        np.array(tables["answer_threshold"]),
        np.array(tables["gather_threshold"]),
    )


@remembered
def rules_in_surge(scenario: Scenario) -> RulesInForce:
    """Lay the thresholds of the surge rules, first the general ones and then those by intent, over all others."""
    assert scenario.policy.surge is not None
    use = scenario.policy.surge.use
    usual = rules_in_force(scenario)
    moved = {name: getattr(usual, name).copy() for name in THRESHOLDS}
    for number, intent in enumerate(scenario.intents):
        for layer in (use, use.intents.get(intent)):
            for name, table in moved.items():
                if layer is not None and (value := getattr(layer, name)) is not None:
                    table[:, number] = float(value)
    return replace(usual, **moved)


def _number(value: Mode | Figure | bool | None) -> float:
    """Write a rule as a number; a threshold that is not given is infinite."""
    return float("inf") if value is None else float(value)


def drafts(mode: Ints) -> Bools:
    """Whether the AI drafts for a person in a column of modes: in shadow and in assist mode."""
    drafted: Bools = (mode == Mode.SHADOW) | (mode == Mode.ASSIST)
    return drafted


def phase_of(scenario: Scenario, tickets: Tickets) -> Ints:
    """Number the phase in which each ticket arrived (0: before the first); shape (n_tickets,)."""
    begins = [(int(phase.from_week) - 1) * 7 + int(phase.from_day) - 1 for phase in scenario.policy.phases]
    return np.searchsorted(np.array(begins, dtype=np.int64), tickets.day, side="right")
