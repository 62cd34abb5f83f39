"""The human desk: teams, the queues they serve, and the shifts they work."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from simulator.base.calendars import DAY_MINUTES, parse_time
from simulator.base.model_base import Frozen, Name, Named
from simulator.base.quantities import Figure, Minutes, Money, Positive, PositiveCount, PositiveMinutes, Quantity, Share
from simulator.scenario.arrivals import Days


def _check_time(text: Any) -> str:
    """Check a time of day such as `09:00`."""
    try:
        parse_time(text if isinstance(text, str) else "")
    except ValueError as error:
        raise PydanticCustomError("time", "{rule}", {"rule": str(error)}) from None
    return str(text)


_TimeOfDay = Annotated[str, BeforeValidator(_check_time, json_schema_input_type=str), Field(examples=["09:00"])]


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # It walks the whole tz database each time.


def _check_zone(name: str) -> str:
    """Check an IANA time zone."""
    if name not in _zones():
        raise PydanticCustomError("zone", "must be an IANA time zone such as Europe/London")
    return name


Zone = Annotated[str, AfterValidator(_check_zone), Field(examples=["Europe/London"])]


def _as_tuple(given: Any) -> Any:
    return given if isinstance(given, list | tuple) else [given]


_Agents = Annotated[Figure, Quantity("number", ge=0, le=10_000, whole=True)]
"""A number of agents."""
_AgentsByPeriod = Annotated[
    tuple[_Agents, ...], BeforeValidator(_as_tuple, json_schema_input_type=_Agents | tuple[_Agents, ...])
]
"""A number of agents, or one for each period."""
_Shrinkage = Annotated[Figure, Quantity("share", ge=0, lt=1)]
_Concurrency = Annotated[Figure, Quantity("number", ge=1, le=100, whole=True)]


def _check_weeks(first: Figure | None, last: Figure | None) -> None:
    if first is not None and last is not None and last < first:
        found = {"first": int(first), "last": int(last)}
        rule = "has from_week {first} and to_week {last}; must end in or after the week in which it begins"
        raise PydanticCustomError("whole", rule, found)


class Break(Frozen):
    """A time within a shift at which some or all of its agents are away."""

    start: _TimeOfDay
    """Local time at which it begins."""
    length: PositiveMinutes
    """How long it takes."""
    agents: _Agents | None = None
    """How many are away at once; none means all of the shift."""


class Shift(Frozen):
    """Agents who work the same hours on the same days."""

    days: Days
    """Weekdays on which it begins."""
    start: _TimeOfDay
    """Local time at which it begins."""
    end: _TimeOfDay | None = None
    """End of the shift, on the next day if it is not after the start; not needed with `every`."""
    agents: _AgentsByPeriod
    """Number of agents, or a list of numbers for consecutive periods of length `every`."""
    every: PositiveMinutes | None = None
    """Length of the periods that a list of agents is for."""
    from_week: PositiveCount | None = None
    """First week in which the shift is worked; none means from the start."""
    to_week: PositiveCount | None = None
    """Last week in which it is worked (included); none means to the end."""
    breaks: tuple[Break, ...] = ()
    """Times at which some or all of its agents are away."""

    @model_validator(mode="after")
    def _has_an_end(self) -> Shift:
        _check_weeks(self.from_week, self.to_week)
        if not self.agents:
            raise PydanticCustomError("whole", "has an empty list of agents; must have one number or more")
        if self.every is None and len(self.agents) > 1:
            raise PydanticCustomError("whole", "has a list of agents; must have `every` as well, such as `every: 1h`")
        if self.every is None and self.end is None:
            raise PydanticCustomError("whole", "has no end; must have one, or a list of agents with `every`")
        if self.every is not None and self.end is not None:
            raise PydanticCustomError("whole", "has both end and every; must have one of them")
        if self.every is not None and parse_time(self.start) + self.every * len(self.agents) > 2 * DAY_MINUTES:
            raise PydanticCustomError("whole", "ends after the next day; must end within it, so shorten the list")
        return self

    @model_validator(mode="after")
    def _holds_its_breaks(self) -> Shift:
        for pause in self.breaks:
            since = (parse_time(pause.start) - parse_time(self.start)) % DAY_MINUTES
            if since >= self.length_minutes:
                rule = "has a break at {start}, outside its hours; must begin inside them"
                raise PydanticCustomError("whole", rule, {"start": pause.start})
        return self

    @property
    def length_minutes(self) -> float:
        """Length of the shift on the wall clock, in minutes."""
        if self.every is not None:
            return self.every * len(self.agents)
        assert self.end is not None
        length = parse_time(self.end) - parse_time(self.start)
        return length if length > 0 else length + DAY_MINUTES


class Serve(Frozen):
    """A queue that a team serves."""

    queue: Name
    """Queue it takes tickets from."""
    after: Minutes = Figure(0.0, source="definition: at once")
    """Overflow: only once that queue's first ticket has waited this long."""


def _as_serve(given: Any) -> Any:
    return {"queue": given} if isinstance(given, str) else given


class Team(Frozen):
    """A group of agents with the same skills and shifts."""

    serves: tuple[Annotated[Serve, BeforeValidator(_as_serve, json_schema_input_type=str | Serve)], ...] = ()
    """Queues it serves; empty means the queue that bears its name."""
    shifts: tuple[Shift, ...] = ()
    """Shifts of a week; needed unless `agents` is given."""
    agents: _Agents | None = None
    """Number of agents round the clock, instead of shifts."""
    timezone: Zone | None = None
    """IANA time zone of its shifts; none means the scenario's."""
    shrinkage: _Shrinkage = Figure(0.0, source="definition: agents are counted as present")
    """Share of rostered time that agents are not available (training, meetings, leave); 27 % is a usual mean."""
    absence: Share = Figure(0.0, source="definition: nobody is absent")
    """Chance that an agent does not come to a shift."""
    concurrency: _Concurrency = Figure(1.0, source="definition: one ticket at a time")
    """Tickets that one agent handles at once (chat)."""
    efficiency: Positive = Figure(1.0, source="definition: the speed that handle times were measured at")
    """Working speed, as a factor: work minutes are divided by it."""
    cost_per_hour: Money | None = None
    """Cost of one rostered agent hour; none means `costs.agent_per_hour`."""

    @model_validator(mode="after")
    def _is_staffed_one_way(self) -> Team:
        if (self.agents is None) == (not self.shifts):
            found = "neither shifts nor" if self.agents is None else "both shifts and"
            raise PydanticCustomError("whole", "has {found} agents (round the clock); must have one", {"found": found})
        return self


class OpenHours(Frozen):
    """Business hours."""

    days: Days
    """Weekdays on which the desk is open."""
    open: _TimeOfDay
    """Local time at which the desk opens."""
    close: _TimeOfDay
    """Local time at which it closes, on the same day."""

    @model_validator(mode="after")
    def _ordered(self) -> OpenHours:
        if parse_time(self.open) >= parse_time(self.close):
            found = {"open": self.open, "close": self.close}
            rule = "has open {open} and close {close}; must close after it opens, on the same day"
            raise PydanticCustomError("whole", rule, found)
        return self


class Sla(Frozen):
    """Service-level targets, by tier or by priority band (urgent, high, normal, low); `default` is for the others."""

    first_response: Named[Minutes] = Named()
    """Times from arrival within which the first response is due, by tier or band; `default` is for the others."""
    resolution: Named[Minutes] = Named()
    """Times from arrival within which the resolution is due, by tier or band; `default` is for the others."""
    by: Literal["tier", "priority"] = "tier"
    """Whether targets are named by tier or by priority band."""
    clock: Literal["calendar", "business"] = "calendar"
    """Whether targets count all minutes or business hours only."""
    business_hours: tuple[OpenHours, ...] = ()
    """Hours that count where the clock is `business`; holidays on which the desk is closed do not."""
    ai_reply_counts: bool = True
    """Whether an AI reply stops the first-response clock."""
    windows: tuple[SlaWindow, ...] = ()
    """Times of tighter (or wider) targets."""

    @model_validator(mode="after")
    def _has_hours(self) -> Sla:
        if self.clock == "business" and not self.business_hours:
            raise PydanticCustomError("whole", "has the clock `business` but no hours; must have business_hours")
        return self


class SlaWindow(Frozen):
    """A part of the horizon in which some tiers' targets are tighter, such as a renewal period."""

    name: str
    """Name of the period."""
    from_week: PositiveCount
    """First week (1 is the first of the scenario)."""
    to_week: PositiveCount
    """Last week, included."""
    tiers: tuple[Name, ...] = ()
    """Tiers it concerns; empty means all."""
    factor: Positive
    """Factor on the targets; 0.5 halves them."""

    @model_validator(mode="after")
    def _ordered(self) -> SlaWindow:
        _check_weeks(self.from_week, self.to_week)
        return self


Sla.model_rebuild()
