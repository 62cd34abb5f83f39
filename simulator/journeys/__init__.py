"""Journeys: the policy applied to the tickets. No clock and no random numbers; each ticket gets its ordered steps.

ai_stage      classification, answers, hand-overs, deflection
human_stage   triage, transfers, touches, further teams, retries after abandoning
reopening     tickets that come back: reopened after a person resolved them, or after a wrong answer by the AI
sla           which target each ticket has, and the clock that targets are counted on
surge         the other way of tickets that arrive under surge rules
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.base.arrays import Bools, Ints
from simulator.journeys.ai_stage import AiWork, ai_stage
from simulator.journeys.human_stage import HumanWork, human_stage
from simulator.journeys.reopening import add_reopenings
from simulator.journeys.steps import NOWHERE, Kind, StepPlan, Steps, assemble
from simulator.journeys.surge import BothWays, SurgeSwitch, both_ways
from simulator.scenario import Scenario
from simulator.tickets import Tickets

__all__ = ["NOWHERE", "AiWork", "BothWays", "HumanWork", "Journeys", "Kind", "Steps", "SurgeSwitch", "plan_journeys"]


@dataclass(frozen=True)
class Journeys:
    """Every ticket's steps, and what the AI and people decided on the way.

    As planned, steps and decisions are those of the usual way; after a run, those of the way that each ticket took.
    """

    steps: Steps
    ai: AiWork
    human: HumanWork
    both: BothWays | None = None
    """Plans with surge rules hold each ticket's other way, too."""

    def taken(self, in_surge: Bools) -> tuple[Journeys, Ints]:
        """Return the journeys as taken, and the rows of their steps among those of both ways.

        `in_surge` tells which tickets arrived under the surge rules; shape (n_tickets,).
        """
        assert self.both is not None
        steps, ai, human, rows = self.both.taken(self.ai, self.human, in_surge)
        return Journeys(steps, ai, human), rows


def plan_journeys(scenario: Scenario, tickets: Tickets) -> Journeys:
    """Apply the scenario's policy to the tickets."""
    steps, ai, human = _ways(scenario, tickets, in_surge=False)
    if scenario.policy.surge is None:
        return Journeys(steps, ai, human)
    return Journeys(steps, ai, human, both_ways(scenario, (steps, ai), _ways(scenario, tickets, in_surge=True)))


def _ways(scenario: Scenario, tickets: Tickets, *, in_surge: bool) -> tuple[Steps, AiWork, HumanWork]:
    way = StepPlan(len(tickets))
    ai = ai_stage(scenario, tickets, way, in_surge=in_surge)
    human = human_stage(scenario, tickets, ai, way)
    add_reopenings(scenario, tickets, ai, way, queue=human.queue, priority=human.priority)
    return assemble(way), ai, human
