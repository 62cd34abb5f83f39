"""The claw-back: a resolution by the AI does not count, and is not billed, if the customer comes back too soon."""

from __future__ import annotations

from simulator.base.arrays import Bools, Floats
from simulator.journeys import AiWork
from simulator.scenario import Price, Scenario


def claw_back_window(scenario: Scenario) -> float:
    """Return the minutes within which a return claws a resolution back; the usual ones where no costs are stated."""
    price = Price() if scenario.costs is None else scenario.costs.ai
    return float(price.clawback)


def clawed_back(scenario: Scenario, work: AiWork, back_after: Floats) -> Bools:
    """Whether each ticket was closed by the AI and came back within the window.

    `back_after` are the minutes from closing to the return, NaN without one; shape (n_tickets,).
    """
    found: Bools = work.resolved & work.returns & (back_after <= claw_back_window(scenario))
    return found
