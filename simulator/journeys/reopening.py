"""Reopening: tickets that come back after a person resolved them."""

from __future__ import annotations

import numpy as np

from simulator.journeys.ai_stage import AiWork
from simulator.journeys.human_stage import HumanWork
from simulator.journeys.steps import Kind, StepPlan
from simulator.scenario.model import Scenario
from simulator.tickets import Tickets


def reopening(scenario: Scenario, tickets: Tickets, ai: AiWork, human: HumanWork, way: StepPlan) -> None:
    """Add a return for each time that a ticket reopens, to the queue that resolved it.

    Each resolution by a person reopens with the intent's (else the desk's) chance, up to a limit; how often is drawn
    with the ticket. A ticket that the AI closed does not reopen here: a wrong AI answer returns by its own rule.
    """
    factor = float(scenario.handling.reopen.handle_factor)
    for time, delay in enumerate(tickets.reopen_minutes):
        comes_back = ai.needs_human & (tickets.reopens > time)
        work = np.asarray(tickets.handle_minutes[time + 1]) * factor
        way.add(Kind.RETURN, comes_back, queue=human.queue, work=work, delay=delay, priority=human.priority)
