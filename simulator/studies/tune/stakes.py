"""Stakes: what answering a ticket, or trusting its label, changes for that ticket alone, queues left out.

Each ticket's journey is planned twice, with the AI's word taken and without, by the model's own code. The difference in
people's work and in what it costs is what the AI's word is worth on this ticket. Averaged over tickets of equal
confidence that is the expected benefit which a static rule needs (`static_rule`), with everything in it that the
scenario states: calibration, wrong labels, triggers, failed actions, returns, silent losses, hand-over and gathering
factors, reopening.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.memo import remembered
from simulator.journeys import AiWork, Journeys, Kind, plan_journeys
from simulator.journeys.ai_stage import judged_by
from simulator.journeys.reopening import return_minutes
from simulator.journeys.sla import SlaClock, target_minutes
from simulator.metrics.claw_back import clawed_back
from simulator.money.price_plan import ACTIVITIES, PARTS, wage, work_wage
from simulator.scenario import Scenario, override
from simulator.tickets import Tickets, draw_tickets

_ENOUGH, _MOST_REPLICATIONS = 100_000, 20
"""Tickets that stakes are measured on, and most replications that are drawn for them."""
_OUT_OF_REACH = 1.0
"""Threshold that only an AI without any doubt reaches."""


@dataclass(frozen=True)
class Stakes:
    """What the AI's word changes, one row per ticket on which it has the choice; columns of shape (n,)."""

    intent: Ints
    """Predicted intent: rules are keyed by it."""
    confidence: Floats
    """Stated, with the gain of skill."""
    human: Floats
    """Human work that it saves, valued at the wage of the team that would do it; agent hours without `costs`."""
    other: Floats
    """What it costs beside: the vendor's price, churn of lost customers, penalties of those who come back too late."""
    given: Bools
    """A complete answer would be given."""
    wrong: Bools
    """A complete answer would be given, and it would be wrong."""
    weight: float
    """What one ticket stands for, so that sums are those of a mean replication."""


def answer_stakes(scenario: Scenario, tickets: Sequence[Tickets]) -> Stakes:
    """Measure what answering changes, on each ticket that the AI may answer if it is sure enough."""
    taken = _with_threshold(scenario, "answer_threshold", 0.0)
    refused = _with_threshold(scenario, "answer_threshold", _OUT_OF_REACH)
    parts = []
    for customers in tickets:
        yes, no = plan_journeys(taken, customers), plan_journeys(refused, customers)
        who = yes.ai.answered & customers.is_counted
        judged = judged_by(scenario, customers)
        saved = human_cost(scenario, customers, no) - human_cost(scenario, customers, yes)
        cost = other_cost(scenario, customers, yes) - other_cost(scenario, customers, no)
        given = yes.ai.answer_given
        columns = (
            yes.ai.predicted, judged.answer_confidence, saved, cost, given, given & ~yes.ai.would_be_right,
        )  # fmt: skip
        parts.append([column[who] for column in columns])
    return _joined(parts)


def route_stakes(scenario: Scenario, tickets: Sequence[Tickets]) -> Stakes:
    """Measure what trusting the label changes, on each ticket that goes to people at the present answer thresholds."""
    taken = _with_threshold(scenario, "route_threshold", 0.0)
    refused = _with_threshold(scenario, "route_threshold", _OUT_OF_REACH)
    parts = []
    for customers in tickets:
        yes, no = plan_journeys(taken, customers), plan_journeys(refused, customers)
        who = yes.ai.label_used & yes.ai.needs_human & customers.is_counted
        judged = judged_by(scenario, customers)
        saved = human_cost(scenario, customers, no) - human_cost(scenario, customers, yes)
        nothing = np.zeros(len(customers))
        columns = (yes.ai.predicted, judged.route_confidence, saved, nothing, nothing > 0, nothing > 0)
        parts.append([column[who] for column in columns])
    return _joined(parts)


def _joined(parts: Sequence[Sequence[NDArray[Any]]]) -> Stakes:
    """Put the rows of all replications together."""
    intent, confidence, human, other, given, wrong = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Stakes(intent, confidence, human, other, given, wrong, 1 / len(parts))


def draw_enough(scenario: Scenario, seed: int) -> tuple[Tickets, ...]:
    """Draw as many replications as give enough tickets to measure stakes on."""
    drawn = [draw_tickets(scenario, seed, 0)]
    while sum(map(len, drawn)) < _ENOUGH and len(drawn) < _MOST_REPLICATIONS:
        drawn.append(draw_tickets(scenario, seed, len(drawn)))
    return tuple(drawn)


def human_cost(scenario: Scenario, tickets: Tickets, journeys: Journeys) -> Floats:
    """Value each ticket's planned human work at the wage of its queue's team; in agent hours without costs."""
    steps = journeys.steps
    is_work = (steps.kind >= Kind.TRIAGE) & ~steps.is_retry & (steps.queue >= 0)
    wages = _wages(scenario)
    cost = np.where(is_work, steps.work, 0.0) * wages[np.where(is_work, steps.queue, 0)]
    total: Floats = np.asarray(np.bincount(steps.ticket, weights=cost, minlength=len(tickets)), dtype=float)
    return total


@remembered
def _wages(scenario: Scenario) -> Floats:
    """Return what a minute of nominal work costs in each queue, by the first team that serves it without waiting."""
    wages: dict[str, float] = {}
    for overflowing in (False, True):
        for name, team in scenario.teams.items():
            cost = work_wage(team, scenario.costs)
            served = [(serve.queue, bool(serve.after)) for serve in team.serves] or [(name, False)]
            for queue, only_overflow in served:
                if only_overflow is overflowing:
                    wages.setdefault(queue, cost)
    return np.array([wages.get(queue, wage(None, scenario.costs) / 60) for queue in scenario.queues])


def other_cost(scenario: Scenario, tickets: Tickets, journeys: Journeys) -> Floats:
    """Return what each ticket costs beside human work: the part of the AI's bill that hangs on it, churn, penalties."""
    found = np.zeros(len(tickets))
    if scenario.costs is None or tickets.ai is None:
        return found
    planned = _Planned(scenario, tickets, journeys)
    for part in PARTS:
        activity = ACTIVITIES[part.activity]
        if activity.count is not None and activity.hangs_on_confidence:
            found += part.amount(scenario.costs, activity.count(planned))
    return found


@dataclass(frozen=True)
class _Planned:
    """What a price plan counts on tickets, as planned for each of them alone."""

    scenario: Scenario
    tickets: Tickets
    journeys: Journeys

    @property
    def ai(self) -> AiWork:
        return self.journeys.ai

    @property
    def back_after(self) -> Floats:
        """Minutes until those whom the AI answered wrong come back."""
        return return_minutes(self.tickets, self.ai.returns)

    @property
    def automated(self) -> Bools:
        return self.ai.resolved & ~clawed_back(self.scenario, self.ai, self.back_after)

    @property
    def gone(self) -> Bools:
        """Lost after a wrong answer; nobody abandons a line that is not there."""
        return self.ai.lost

    @property
    def breach(self) -> Bools:
        """Comes back later than its resolution target."""
        limit = target_minutes(self.scenario, self.tickets, self.journeys.human.priority, "resolution")
        if not np.isfinite(limit).any():
            return np.zeros(len(self.tickets), dtype=np.bool_)
        clock = SlaClock(self.scenario)
        back = clock.between(self.tickets.arrival, self.tickets.arrival + self.back_after)
        return self.ai.returns & (back > limit)


def _with_threshold(scenario: Scenario, field: str, value: float) -> Scenario:
    """Return the desk with one threshold for all."""
    changes: dict[str, float | None] = {f"policy.{field}": value}
    changes |= {f"policy.intents.{name}.{field}": None for name in scenario.policy.intents}
    return override(scenario, changes)
