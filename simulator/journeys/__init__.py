"""Journeys: the policy applied to the tickets. No clock and no random numbers; each ticket gets its ordered steps.

ai_stage      classification, answers, hand-overs, deflection
human_stage   triage, transfers, touches, further teams, retries after abandoning
reopening     tickets that come back after a person resolved them
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.journeys.ai_stage import AiWork, ai_stage
from simulator.journeys.human_stage import HumanWork, human_stage
from simulator.journeys.reopening import reopening
from simulator.journeys.steps import NOWHERE, Kind, Steps, Way, assemble
from simulator.scenario.model import Scenario
from simulator.tickets import Tickets

__all__ = ["NOWHERE", "AiWork", "HumanWork", "Journeys", "Kind", "Steps", "plan_journeys"]


@dataclass(frozen=True)
class Journeys:
    """Every ticket's steps, and what the AI and people decided on the way."""

    steps: Steps
    ai: AiWork
    human: HumanWork


def plan_journeys(scenario: Scenario, tickets: Tickets) -> Journeys:
    """Apply the scenario's policy to the tickets."""
    way = Way(len(tickets))
    ai = ai_stage(scenario, tickets, way)
    human = human_stage(scenario, tickets, ai, way)
    reopening(scenario, tickets, ai, human, way)
    return Journeys(assemble(way), ai, human)
