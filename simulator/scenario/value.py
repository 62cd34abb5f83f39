"""What it is worth: satisfaction and money."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from simulator.base.model_base import Frozen
from simulator.base.quantities import Amount, Count, Figure, Growth, Minutes, Money, Number, Quantity, Share

_Mean5 = Annotated[Figure, Quantity("number", gt=1, lt=5)]


class Penalties(Frozen):
    """What lowers satisfaction, in log-odds of a better score; no public figures exist, so all are assumed."""

    ai: Number = Figure(0.2, source="assumed")
    """Penalty, in log-odds, for a ticket resolved by the AI rather than by a person."""
    wait: Amount = Figure(0.25, source="assumed")
    """Penalty, in log-odds, per unit of log(1 + hours until first response)."""
    resolution: Amount = Figure(0.1, source="assumed")
    """Penalty, in log-odds, per unit of log(1 + hours until resolution)."""
    transfer: Amount = Figure(0.4, source="assumed")
    """Penalty, in log-odds, for each transfer to another team."""
    escalation: Amount = Figure(0.3, source="assumed")
    """Penalty, in log-odds, for being handed from the AI to a person."""
    reopen: Amount = Figure(0.6, source="assumed")
    """Penalty, in log-odds, for each return with the same issue."""
    breach: Amount = Figure(0.5, source="assumed")
    """Penalty, in log-odds, for a ticket that missed any SLA target."""
    wrong_answer: Amount = Figure(1.2, source="assumed")
    """Penalty, in log-odds, for a wrong AI answer, whatever followed."""
    abandoned: Amount = Figure(2.0, source="assumed")
    """Penalty, in log-odds, for having given up waiting."""


class Csat(Frozen):
    """Satisfaction, 1 to 5, as an ordered logit anchored on the desk's history."""

    human_mean: _Mean5
    """Mean survey score of the desk without AI; the model is anchored so that its AI-off baseline reproduces it."""
    response_rate: Share = Figure(0.2, source="assumed")
    """Share of customers who answer the survey."""
    unhappy_response: Annotated[Figure, Quantity("number", ge=0.1, le=10)] = Figure(
        1.0, source="definition: a survey without self-selection"
    )
    """How many times as often customers answer who are dissatisfied (1 or 2). The historical mean is one of answers,
    so it is anchored with the same self-selection."""
    cutpoints: tuple[Number, Number, Number, Number] = (
        Figure(-3.6, source="assumed"),
        Figure(-2.9, source="assumed"),
        Figure(-2.0, source="assumed"),
        Figure(-0.7, source="assumed"),
    )
    """Cut-points between scores 1|2, 2|3, 3|4 and 4|5 on the log-odds scale, before anchoring."""
    penalties: Penalties = Field(default_factory=Penalties)
    """What lowers satisfaction."""

    @field_validator("cutpoints")
    @classmethod
    def _rising(cls, cutpoints: tuple[Figure, ...]) -> tuple[Figure, ...]:
        for lower, higher in zip(cutpoints, cutpoints[1:], strict=False):
            if higher <= lower:
                found = {"lower": f"{lower:g}", "higher": f"{higher:g}"}
                raise PydanticCustomError("whole", "has {higher} after {lower}; must list rising cut-points", found)
        return cutpoints


class Billed(StrEnum):
    """When a resolution that stays one is invoiced; what is paid in the end is the same."""

    AFTER_WINDOW = "after_window"
    """As the claw-back window ends (Zendesk counts a resolution after 72 hours without activity)."""
    AT_RESOLUTION = "at_resolution"
    """At once, with a credit note when the customer comes back (Intercom deducts it, across billing periods, too)."""


class Price(Frozen):
    """The AI vendor's price plan; parts add up."""

    per_resolution: Money = Figure(0.0, source="definition: not in the plan")
    """Price of each automated resolution that is not clawed back."""
    clawback: Minutes = Figure(4320.0, source="vendors: 24 to 72 h")
    """A resolution is not billed if the customer comes back within this time."""
    billed: Billed = Billed.AFTER_WINDOW
    """When a resolution is invoiced: `after_window` or `at_resolution`."""
    per_conversation: Money = Figure(0.0, source="definition: not in the plan")
    """Price of each conversation in which the AI replies."""
    per_ticket: Money = Figure(0.0, source="definition: not in the plan")
    """Price of each ticket that the AI reads (classification, drafts)."""
    per_seat_month: Money = Figure(0.0, source="definition: not in the plan")
    """Price of each seat, a month."""
    seats: Count = Figure(0.0, source="definition: not in the plan")
    """Number of seats that are paid."""
    per_month: Money = Figure(0.0, source="definition: not in the plan")
    """Platform fee, a month."""
    per_thousand_tokens: Money = Figure(0.0, source="definition: not in the plan")
    """Price of a thousand tokens of a language model."""
    tokens_per_exchange: Amount = Figure(0.0, source="definition: not in the plan")
    """Tokens of one AI reply, prompt included."""


def _check_currency(code: str) -> str:
    if not re.fullmatch("[A-Z]{3}", code):
        raise PydanticCustomError("currency", "must be three capital letters such as USD")
    return code


class Costs(Frozen):
    """Money in and out."""

    currency: Annotated[str, AfterValidator(_check_currency), Field(examples=["EUR"])] = "USD"
    """ISO code; it labels amounts, nothing is converted."""
    agent_per_hour: Money
    """Cost of one agent hour."""
    ai: Price = Field(default_factory=Price)
    """The AI vendor's price plan."""
    set_up: Money = Figure(0.0, source="definition: no set-up cost")
    """One-off cost before going live."""
    qa_hours_per_week: Amount = Figure(0.0, source="definition: no review")
    """Hours a week of reviewing AI answers, at the cost of an agent hour."""
    sla_penalty: Money = Figure(0.0, source="definition: no contractual penalty")
    """Penalty paid for each ticket that misses a target."""
    churn: Share = Figure(0.0, source="definition: losses are not counted")
    """Chance that a customer whose issue was lost or abandoned leaves."""
    customer_value: Money = Figure(0.0, source="definition: losses are not counted")
    """Value that is lost with a customer who leaves."""
    ramp: tuple[Share, ...] = ()
    """Share of the saved agent time that is put to use, month by month from the start (the last one holds on); empty
    means all of it at once. Only `roi` counts it: the run's own KPIs are those of its weeks."""
    horizon_months: Annotated[Figure, Quantity("number", ge=1, le=600, whole=True)] = Figure(
        12.0, source="definition: one year"
    )
    """Months over which return and net present value are counted."""
    discount_rate: Growth = Figure(0.08, source="assumed")
    """Yearly discount rate for the net present value."""
