"""The rules that decide who handles a ticket. They are what a pilot tunes, and hold no property of the AI itself.

Rules are keyed by the *predicted* intent: nobody knows the true one yet. A ticket lives by the rules in force when it
arrived.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from simulator.frozen import Frozen, Name, Named
from simulator.quantities import Amount, Figure, PositiveCount, Share


class Mode(StrEnum):
    """What the AI may do with a ticket."""

    OFF = "off"
    """Nothing."""
    SHADOW = "shadow"
    """It drafts, a person reviews every draft and answers; nothing is deflected."""
    ASSIST = "assist"
    """It drafts, a person edits and sends."""
    AUTO = "auto"
    """It answers where it is sure enough."""


class Rules(Frozen):
    """Mode and thresholds; whatever is not given is taken from the wider rules."""

    mode: Mode | None = None
    routing: bool | None = None
    """Whether the AI's label decides the queue (otherwise people triage)."""
    route_threshold: Share | None = None
    """Routing confidence from which the AI's label is used; below it people triage."""
    answer_threshold: Share | None = None
    """Answer confidence from which the AI answers."""
    gather_threshold: Share | None = None
    """Answer confidence from which the AI, not sure enough to answer, first gathers information (snooze)."""


class Phase(Rules):
    """Rules for a part of the pilot, by week."""

    name: str
    from_week: Annotated[PositiveCount, Field(description="Week in which it begins (1 is the first).")]
    from_day: PositiveCount = Figure(1.0, source="definition: the week's first day")
    """Day of that week on which it begins (1 to 7)."""
    intents: Named[Rules] = Named()
    """Rules by predicted intent within this phase."""

    @model_validator(mode="after")
    def _day_in_week(self) -> Phase:
        if self.from_day > 7:
            raise PydanticCustomError("day", "must have from_day from 1 to 7")
        return self


class AlwaysHuman(Frozen):
    """Tickets that the AI never answers."""

    intents: tuple[Name, ...] = ()
    """Predicted intents."""
    tiers: tuple[Name, ...] = ()
    """Customer tiers."""
    channels: tuple[Name, ...] = ()
    """Channels that the AI does not serve."""
    flags: tuple[Name, ...] = ()
    """Marks such as legal_words or refund_above_500."""


class Priority(Frozen):
    """Who is first in line: urgency 0-3 + impact 0-3 + tier 0-2 + SLA risk 0-2, cut into bands."""

    bands: tuple[Amount, ...] = (Figure(9.0, source="pilot guide: urgent at 9 to 10"),)
    """Lowest scores of each band, falling; a ticket below all of them is in the last band."""
    sla_risk_below: tuple[Amount, Amount] = (Figure(240.0, source="assumed"), Figure(60.0, source="assumed"))
    """First-response targets (minutes) at or below which a ticket gets 1 and 2 points of SLA risk."""

    @model_validator(mode="after")
    def _falling(self) -> Priority:
        if len(self.bands) > 3:
            raise PydanticCustomError("bands", "must list 3 bounds or fewer (urgent, high, normal, low)")
        if any(b >= a for a, b in zip(self.bands, self.bands[1:], strict=False)):
            raise PydanticCustomError("bands", "must list bands in falling order")
        return self


class Policy(Frozen):
    """Modes, thresholds and rules."""

    mode: Mode = Mode.AUTO
    routing: bool = True
    """Whether the AI's label decides the queue (otherwise people triage)."""
    route_threshold: Share = Figure(0.75, source="pilot guide: auto-route from 0.75")
    """Routing confidence from which the AI's label is used; below it people triage."""
    answer_threshold: Share = Figure(0.85, source="pilot guide: 0.80 at least, 0.85 to 0.90 recommended")
    """Answer confidence from which the AI answers, whatever its routing confidence: an answer to a wrong label is wrong."""
    gather_threshold: Share | None = None
    """Answer confidence from which the AI, not sure enough to answer, first gathers information (snooze)."""
    intents: Named[Rules] = Named()
    """Rules by predicted intent."""
    phases: tuple[Phase, ...] = ()
    """Rules by week, in order; each holds until the next begins. What a phase gives wins over policy and its intents."""
    always_human: AlwaysHuman = Field(default_factory=AlwaysHuman)
    priority: Priority = Field(default_factory=Priority)

    @model_validator(mode="after")
    def _phases_rise(self) -> Policy:
        begins = [(phase.from_week, phase.from_day) for phase in self.phases]
        if any(b <= a for a, b in zip(begins, begins[1:], strict=False)):
            raise PydanticCustomError("phases", "must list phases in the order in which they begin")
        return self
