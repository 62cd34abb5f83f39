"""The rules that decide who handles a ticket. They are what a pilot tunes, and hold no property of the AI itself.

Rules are keyed by the *predicted* intent: nobody knows the true one yet. A ticket lives by the rules in force when it
arrived. Surge rules are other thresholds for the tickets that arrive while the lines are long:

    surge:
      when: queue_wait > 30m
      queues: [tier1]
      use: {answer_threshold: 0.75}

The condition may be written as a comparison or as a mapping.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, field_validator, model_validator
from pydantic_core import PydanticCustomError, core_schema

from simulator.base.model_base import Frozen, Name, Named
from simulator.base.quantities import Amount, Figure, Minutes, PositiveCount, Quantity, Share
from simulator.base.text import did_you_mean

_DayOfWeek = Annotated[Figure, Quantity("number", ge=1, le=7, whole=True)]
_COMPARISON = re.compile(r"\s*(\w+)\s*>\s*([^<>=].*?)\s*")


class Mode(int, Enum):
    """What the AI may do with a ticket."""

    # Members are numbers, so that columns of modes are compared with them; scenario files and results hold the words.
    _value_: str
    OFF = 0, "off"
    """Nothing."""
    SHADOW = 1, "shadow"
    """It drafts, a person reviews every draft and answers; nothing is deflected."""
    ASSIST = 2, "assist"
    """It drafts, a person edits and sends."""
    AUTO = 3, "auto"
    """It answers where it is sure enough."""

    def __new__(cls, number: int, word: str) -> Mode:
        """Make a member: a number whose value is a word."""
        member = int.__new__(cls, number)
        member._value_ = word
        return member

    @classmethod
    def at(cls, number: int) -> Mode:
        """Return the mode that a column of modes holds as `number`."""
        return tuple(cls)[number]

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Read and write the words only: a number is no mode in a scenario file."""
        schema = core_schema.enum_schema(
            cls, list(cls), sub_type="str", ref=f"{cls.__module__}.{cls.__qualname__}",
            metadata={"pydantic_js_updates": {"title": cls.__name__, "description": cls.__doc__}},
        )  # fmt: skip
        return schema

    def __str__(self) -> str:
        return self._value_

    def __repr__(self) -> str:
        return f"<Mode.{self.name}: {self.value!r}>"


class Thresholds(Frozen):
    """Thresholds by which the AI acts; whatever is not given stays as it is."""

    route_threshold: Share | None = None
    """Routing confidence from which the AI's label is used; below it people triage."""
    answer_threshold: Share | None = None
    """Answer confidence from which the AI answers."""
    gather_threshold: Share | None = None
    """Answer confidence from which the AI, not sure enough to answer, first gathers information (snooze)."""


THRESHOLDS = tuple(Thresholds.model_fields)


class _Modes(Frozen):
    mode: Mode | None = None
    """What the AI may do: `off` (nothing), `shadow` (it drafts, a person reviews every draft and answers), `assist` (it
    drafts, a person edits and sends) or `auto` (it answers where it is sure enough)."""
    routing: bool | None = None
    """Whether the AI's label decides the queue (otherwise people triage)."""


class Rules(Thresholds, _Modes):
    """Mode and thresholds; whatever is not given is taken from the wider rules."""


RULES = tuple(Rules.model_fields)
"""What the policy, a phase, or either for an intent may state: mode, routing and thresholds."""


class Phase(Rules):
    """Rules for a part of the pilot, by week."""

    name: str
    """What reports call it."""
    from_week: PositiveCount
    """Week in which it begins (1 is the first)."""
    from_day: _DayOfWeek = Figure(1.0, source="definition: the week's first day")
    """Day of that week on which it begins (1 to 7)."""
    intents: Named[Rules] = Named()
    """Rules by predicted intent within this phase."""

    def modes(self, otherwise: Mode) -> set[Mode]:
        """Return the modes that the phase states by intent and in general; `otherwise` where it has no general one."""
        own = {rules.mode for rules in self.intents.values() if rules.mode is not None}
        return own | {otherwise if self.mode is None else self.mode}


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

    bands: tuple[Amount, ...] = (Figure(9.0, source="published in pilot guide: urgent at 9 to 10"),)
    """Lowest scores of each band, falling; a ticket below all of them is in the last band."""
    sla_risk_below: tuple[Amount, Amount] = (Figure(240.0, source="assumed"), Figure(60.0, source="assumed"))
    """First-response targets (minutes) at or below which a ticket gets 1 and 2 points of SLA risk."""

    @field_validator("bands")
    @classmethod
    def _falling(cls, bands: tuple[Figure, ...]) -> tuple[Figure, ...]:
        if len(bands) > 3:
            rule = "has {count} bounds; must list 3 or fewer (4 bands)"
            raise PydanticCustomError("whole", rule, {"count": len(bands)})
        for higher, lower in zip(bands, bands[1:], strict=False):
            if lower >= higher:
                found = {"lower": f"{lower:g}", "higher": f"{higher:g}"}
                rule = "has {lower} after {higher}; must list bounds in falling order"
                raise PydanticCustomError("whole", rule, found)
        return bands


class SurgeThresholds(Thresholds):
    """Thresholds of surge rules. They are the narrowest in time, so they win over those of policy and phases."""

    intents: Named[Thresholds] = Named()
    """Thresholds by predicted intent; they win over the general ones here."""

    @model_validator(mode="after")
    def _has_some(self) -> SurgeThresholds:
        given = [getattr(self, name) for name in THRESHOLDS]
        given += [getattr(own, name) for own in self.intents.values() for name in THRESHOLDS]
        if all(threshold is None for threshold in given):
            rule = "has no threshold in it; must have one of {names}"
            raise PydanticCustomError("whole", rule, {"names": ", ".join(THRESHOLDS)})
        return self


class SurgeWhen(Frozen):
    """What makes a line long: one measure of the lines, and the bound above which the surge rules are in force."""

    queue_wait: Minutes | None = None
    """How long the ticket that joined its line first has waited there by now; nights count, 0 if nobody waits."""
    backlog: Amount | None = None
    """Number of tickets that wait in the lines."""

    @model_validator(mode="after")
    def _has_one(self) -> SurgeWhen:
        if (self.queue_wait is None) == (self.backlog is None):
            found = "neither queue_wait nor" if self.queue_wait is None else "both queue_wait and"
            raise PydanticCustomError("whole", "has {found} backlog; must have one of them", {"found": found})
        return self


def _as_condition(given: Any) -> Any:
    """Read `queue_wait > 30m` or `backlog > 40`."""
    if not isinstance(given, str):
        return given
    match = _COMPARISON.fullmatch(given)
    measures = tuple(SurgeWhen.model_fields)
    rule = "must be a measure, > and a bound: `queue_wait > 30m` or `backlog > 40`"
    if match is None:
        raise PydanticCustomError("condition", "{rule}", {"rule": rule})
    measure, bound = match[1], match[2]
    if measure not in measures:
        meant = did_you_mean(measure.lower(), measures, cutoff=0.4)
        raise PydanticCustomError("condition", "{rule}", {"rule": rule + meant})
    try:
        return {measure: float(bound)}
    except ValueError:
        return {measure: bound}


class SurgeRules(Frozen):
    """Thresholds that move with the backlog.

    A ticket lives by the rules in force when it arrived. Whether the lines are long is told from who stood in them
    when the clock came to that instant: whoever joins, is taken or gives up at the very instant makes no difference.
    Modes stay as they are, and so does what the AI learns: thresholds have an effect where the AI is in auto mode (and
    where it routes), in every week of it. The AI-off baseline has no surge rules.
    """

    when: Annotated[SurgeWhen, BeforeValidator(_as_condition, json_schema_input_type=str | SurgeWhen)]
    """When the rules are in force: `queue_wait > 30m`, `backlog > 40`, or as a mapping `{queue_wait: 30m}`."""
    queues: tuple[Name, ...] = ()
    """Queues whose lines are looked at, together; empty means all queues that people serve."""
    use: SurgeThresholds
    """Thresholds that are then in force, whatever policy, intents and phases say otherwise."""


class Policy(Frozen):
    """Modes, thresholds and rules."""

    mode: Mode = Mode.AUTO
    """What the AI may do: `off` (nothing), `shadow` (it drafts, a person reviews every draft and answers), `assist` (it
    drafts, a person edits and sends) or `auto` (it answers where it is sure enough)."""
    routing: bool = True
    """Whether the AI's label decides the queue (otherwise people triage)."""
    route_threshold: Share = Figure(0.75, source="published in pilot guide: auto-route from 0.75")
    """Routing confidence from which the AI's label is used; below it people triage."""
    answer_threshold: Share = Figure(0.85, source="published in pilot guide: 0.80 at least, 0.85 to 0.90 recommended")
    """Answer confidence from which the AI answers, sure of the label or not; answers to a wrong label are wrong."""
    gather_threshold: Share | None = None
    """Answer confidence from which the AI, not sure enough to answer, first gathers information (snooze)."""
    intents: Named[Rules] = Named()
    """Rules by predicted intent."""
    phases: tuple[Phase, ...] = ()
    """Rules by week, in order, each until the next begins; what a phase gives wins over policy and its intents."""
    surge: SurgeRules | None = None
    """Thresholds for tickets that arrive while the lines are long, in all weeks; none means that thresholds stay."""
    always_human: AlwaysHuman = Field(default_factory=AlwaysHuman)
    """Tickets that the AI never answers."""
    priority: Priority = Field(default_factory=Priority)
    """Who is first in line."""

    @field_validator("phases")
    @classmethod
    def _rising(cls, phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
        for first, second in zip(phases, phases[1:], strict=False):
            if (second.from_week, second.from_day) <= (first.from_week, first.from_day):
                found = {"first": first.name, "second": second.name}
                rule = "has {second} after {first}, but it begins no later; must list phases as they begin"
                raise PydanticCustomError("whole", rule, found)
        return phases
