"""Coming back: tickets that people resolved and that reopen, and customers whom the AI answered wrong.

Two rules, both here. Each resolution by a person reopens with the intent's (else the desk's) chance, up to a limit.
What the AI closed does not reopen by that rule: a customer who got a wrong answer, and did not notice it at once, comes
back with the chance and delay of `ai.after_wrong`, in the same channel or another one, or gives up.

What is random about it is drawn with the ticket, before any policy: `reopens` and `reopen_minutes` (`tickets.columns`),
`after_wrong`, `return_minutes` and `return_channel` (`tickets.ai_draws`).
"""

from __future__ import annotations

import numpy as np

from simulator.base.arrays import Bools, Floats, Ints
from simulator.journeys.ai_stage import AiWork
from simulator.journeys.steps import Kind, StepPlan
from simulator.scenario import Scenario
from simulator.tickets import Tickets


def add_reopenings(
    scenario: Scenario, tickets: Tickets, ai: AiWork, way: StepPlan, *, queue: Ints, priority: Ints
) -> None:
    """Add a return for each time that a ticket reopens, to the queue that resolved it."""
    factor = float(scenario.handling.reopen.handle_factor)
    for time, delay in enumerate(tickets.reopen_minutes):
        comes_back = ai.needs_human & (tickets.reopens > time)
        work = np.asarray(tickets.handle_minutes[time + 1]) * factor
        way.add(Kind.RETURN, comes_back, queue=queue, work=work, delay=delay, priority=priority)


def return_minutes(tickets: Tickets, returns: Bools) -> Floats:
    """Return the minutes after which the `returns`, answered wrong by the AI, come back; 0 for everyone else."""
    return np.zeros(len(tickets)) if tickets.ai is None else np.where(returns, tickets.ai.return_minutes, 0.0)


def return_channel(tickets: Tickets, returns: Bools) -> Ints:
    """Return the channel in which each ticket reaches people: the `returns` come back in one of their own."""
    return tickets.channel if tickets.ai is None else np.where(returns, tickets.ai.return_channel, tickets.channel)


def return_factor(scenario: Scenario, returns: Bools) -> Floats:
    """Return the factor on people's work after a wrong answer by the AI; 1 for everyone else."""
    return np.where(returns, 1.0 if scenario.ai is None else float(scenario.ai.after_wrong.handle_factor), 1.0)


def first_return_minutes(tickets: Tickets, returns: Bools) -> Floats:
    """Return the minutes from a ticket's first closing until it is due to come back; NaN if it is not.

    `returns` are those whom the AI answered wrong, and who come back.
    """
    delay = np.full(len(tickets), np.nan)
    if tickets.reopen_minutes:
        delay = np.where(tickets.reopens > 0, tickets.reopen_minutes[0], np.nan)
    return delay if tickets.ai is None else np.where(returns, tickets.ai.return_minutes, delay)
