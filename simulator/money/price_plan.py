"""The price plan: which activity each price multiplies, and on which line of the bill the amount stands.

One table for three readers. A run's ledger multiplies what was counted in its weeks, a year's cash flow prices one unit
of each activity, and the search for thresholds prices what it plans for each ticket alone. A new price is a field of
`scenario.value` and a row of PARTS here; what nobody counts yet is a row of ACTIVITIES, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from simulator.base.arrays import Bools, Ints
from simulator.base.calendars import WEEKS_PER_MONTH
from simulator.journeys import AiWork
from simulator.scenario import Costs, Team

Line = Literal["ai_bill", "qa", "sla_penalties", "churn"]
LINES: dict[Line, str] = {
    "ai_bill": "AI bill", "qa": "QA of AI answers", "sla_penalties": "SLA penalties", "churn": "Churn",
}  # fmt: skip
"""Every line of the bill and its title."""
AI_LINES: tuple[Line, ...] = ("ai_bill", "qa")
"""Lines that only a desk with AI has."""
FAILURE_LINES = tuple(line for line in LINES if line not in AI_LINES)
"""Lines that are paid for failures, with AI or without."""


class _PricedTickets(Protocol):
    """What is counted on each ticket, of a run or as planned; columns of shape (n_tickets,)."""

    @property
    def ai(self) -> AiWork:
        """What the AI does with it."""

    @property
    def automated(self) -> Bools:
        """Closed by the AI, and not clawed back."""

    @property
    def breach(self) -> Bools:
        """Missed a target."""

    @property
    def gone(self) -> Bools:
        """Lost or abandoned."""


@dataclass(frozen=True)
class Counted:
    """Something that is paid for by how often it happens."""

    count: Callable[[_PricedTickets], Bools | Ints] | None
    """How often on each ticket; None for what is counted by the week."""
    hangs_on_confidence: bool = True
    """Whether thresholds can change it on a ticket; the search for them leaves out what they cannot."""


_WEEKS_IN_USE, RESOLUTIONS = "weeks_in_use", "resolutions"
ACTIVITIES: dict[str, Counted] = {
    "read": Counted(lambda tickets: tickets.ai.active, hangs_on_confidence=False),
    "conversations": Counted(lambda tickets: tickets.ai.conversed),
    # Every draft (shadow, assist) costs the tokens of a reply.
    "replies": Counted(lambda tickets: tickets.ai.replies + tickets.ai.drafted),
    # Weeks in which the AI reads any ticket: fees by the month and review by the week run in them.
    _WEEKS_IN_USE: Counted(None, hangs_on_confidence=False),
    RESOLUTIONS: Counted(lambda tickets: tickets.automated),
    "breaches": Counted(lambda tickets: tickets.breach),
    "gone": Counted(lambda tickets: tickets.gone),
}
"""Everything that a price multiplies, in the order in which a week's activity is kept."""


@dataclass(frozen=True)
class PricePart:
    """One part of a price plan."""

    activity: str
    """The activity that it multiplies, of ACTIVITIES."""
    line: Line
    amount: Callable[[Costs, Any], Any]
    """What so many of it cost; numbers or a column of them."""
    of_one: Callable[[Costs], float] | None = None
    """What one of it costs, where that is rounded in another way than `amount` of 1."""

    def unit_price(self, costs: Costs) -> float:
        """Return what one of its activity costs."""
        return float(self.amount(costs, 1.0)) if self.of_one is None else self.of_one(costs)


def _monthly(costs: Costs) -> float:
    price = costs.ai
    return float(price.per_seat_month) * float(price.seats) + float(price.per_month)


PARTS: tuple[PricePart, ...] = (
    PricePart(RESOLUTIONS, "ai_bill", lambda costs, n: n * float(costs.ai.per_resolution)),
    PricePart("conversations", "ai_bill", lambda costs, n: n * float(costs.ai.per_conversation)),
    PricePart("read", "ai_bill", lambda costs, n: n * float(costs.ai.per_ticket)),
    PricePart(_WEEKS_IN_USE, "ai_bill", lambda costs, n: n / WEEKS_PER_MONTH * _monthly(costs),
         of_one=lambda costs: _monthly(costs) / WEEKS_PER_MONTH),
    PricePart("replies", "ai_bill",
         lambda costs, n: n * float(costs.ai.tokens_per_exchange) / 1000 * float(costs.ai.per_thousand_tokens)),
    PricePart(_WEEKS_IN_USE, "qa", lambda costs, n: float(costs.qa_hours_per_week) * n * float(costs.agent_per_hour)),
    PricePart("gone", "churn", lambda costs, n: n * float(costs.churn) * float(costs.customer_value)),
    PricePart("breaches", "sla_penalties", lambda costs, n: n * float(costs.sla_penalty)),
)  # fmt: skip
"""The price plan, in the order in which a bill adds it up."""


def on_line(line: Line) -> tuple[PricePart, ...]:
    """Return the parts of one line of the bill."""
    return tuple(part for part in PARTS if part.line == line)


def is_ai_activity(name: str) -> bool:
    """Whether an activity is paid for on the AI's account."""
    return any(part.activity == name and part.line in AI_LINES for part in PARTS)


def wage(team: Team | None, costs: Costs | None) -> float:
    """Return the cost of an agent hour in a team, its own or the general one; 1 where no costs are stated."""
    if costs is None:
        return 1.0
    return float(costs.agent_per_hour if team is None or team.cost_per_hour is None else team.cost_per_hour)


def work_wage(team: Team, costs: Costs | None) -> float:
    """Return what a minute of a ticket's nominal work costs in a team.

    An agent who holds several tickets at once shares the wage among them, and a quick team takes less time.
    """
    return wage(team, costs) / 60 / float(team.concurrency) / float(team.efficiency)
