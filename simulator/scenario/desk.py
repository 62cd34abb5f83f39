"""The human desk: teams, the queues they serve, and the shifts they work."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from simulator.calendars import DAY_MINUTES, parse_time
from simulator.frozen import Frozen, Name, Named
from simulator.quantities import Count, Figure, Minutes, Money, Positive, PositiveCount, PositiveMinutes, Share
from simulator.scenario.arrivals import check_days


def check_time(text: str) -> str:
    """Check a time of day such as `09:00`."""
    try:
        parse_time(text)
    except ValueError as error:
        raise PydanticCustomError("time", "{rule}", {"rule": str(error)}) from None
    return text


Days = Annotated[str, AfterValidator(check_days)]
TimeOfDay = Annotated[str, AfterValidator(check_time)]


def _as_tuple(given: Any) -> Any:
    return given if isinstance(given, list | tuple) else [given]


class Break(Frozen):
    """A time within a shift at which some or all of its agents are away."""

    start: TimeOfDay
    length: PositiveMinutes
    agents: Count | None = None
    """How many are away at once; none means all of the shift."""


class Shift(Frozen):
    """Agents who work the same hours on the same days."""

    days: Days
    start: TimeOfDay
    end: TimeOfDay | None = None
    """End of the shift, on the next day if it is not after the start; not needed with `every`."""
    agents: Annotated[tuple[Count, ...], BeforeValidator(_as_tuple)]
    """Number of agents, or a list of numbers for consecutive periods of length `every`."""
    every: PositiveMinutes | None = None
    """Length of the periods that a list of agents is for."""
    from_week: PositiveCount | None = None
    """First week in which the shift is worked; none means from the start."""
    to_week: PositiveCount | None = None
    """Last week in which it is worked (included); none means to the end."""
    breaks: tuple[Break, ...] = ()

    @model_validator(mode="after")
    def _has_an_end(self) -> Shift:
        if self.from_week is not None and self.to_week is not None and self.to_week < self.from_week:
            raise PydanticCustomError("shift", "must end in or after the week in which it begins")
        if self.every is None and len(self.agents) > 1:
            raise PydanticCustomError("shift", "must have `every` where agents is a list")
        if self.every is None and self.end is None:
            raise PydanticCustomError("shift", "must have an end")
        if self.every is not None and self.end is not None:
            raise PydanticCustomError("shift", "must have either an end or a list of agents with `every`")
        if self.every is not None and parse_time(self.start) + self.every * len(self.agents) > 2 * DAY_MINUTES:
            raise PydanticCustomError("shift", "must end within the next day")
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
    after: Minutes = Figure(0.0, source="definition: at once")
    """Overflow: only once that queue's first ticket has waited this long."""


def _as_serve(given: Any) -> Any:
    return {"queue": given} if isinstance(given, str) else given


class Team(Frozen):
    """A group of agents with the same skills and shifts."""

    serves: tuple[Annotated[Serve, BeforeValidator(_as_serve)], ...] = ()
    """Queues it serves; empty means the queue that bears its name."""
    shifts: tuple[Shift, ...] = ()
    """Weekly shift pattern."""
    agents: Count | None = None
    """Agents round the clock, instead of shifts."""
    timezone: str | None = None
    """IANA time zone of its shifts; none means the scenario's."""
    shrinkage: Share = Figure(0.0, source="definition: agents are counted as present")
    """Share of rostered time that agents are not available (training, meetings, leave); 27 % is a usual mean."""
    absence: Share = Figure(0.0, source="definition: nobody is absent")
    """Chance that an agent does not come to a shift."""
    concurrency: PositiveCount = Figure(1.0, source="definition: one ticket at a time")
    """Tickets that one agent handles at once (chat)."""
    efficiency: Positive = Figure(1.0, source="definition: the speed that handle times were measured at")
    """Speed; work minutes are divided by it."""
    cost_per_hour: Money | None = None
    """Cost of a rostered hour; none means the general one."""

    @model_validator(mode="after")
    def _is_staffed_one_way(self) -> Team:
        if (self.agents is None) == (not self.shifts):
            raise PydanticCustomError("team", "must have either shifts or agents (round the clock)")
        if self.shrinkage >= 1:
            raise PydanticCustomError("team", "must have a shrinkage below 100%")
        return self


class OpenHours(Frozen):
    """Business hours."""

    days: Days
    open: TimeOfDay
    close: TimeOfDay

    @model_validator(mode="after")
    def _ordered(self) -> OpenHours:
        if parse_time(self.open) >= parse_time(self.close):
            raise PydanticCustomError("hours", "must close after it opens, on the same day")
        return self


class Sla(Frozen):
    """Service-level targets, by tier or by priority band (urgent, high, normal, low); `default` is for the others."""

    first_response: Named[Minutes] = Named()
    resolution: Named[Minutes] = Named()
    by: Annotated[str, Field(pattern="^(tier|priority)$")] = "tier"
    clock: Annotated[str, Field(pattern="^(calendar|business)$")] = "calendar"
    """Whether targets count all minutes or business hours only."""
    business_hours: tuple[OpenHours, ...] = ()
    ai_reply_counts: bool = True
    """Whether an AI reply stops the first-response clock."""
    windows: tuple[SlaWindow, ...] = ()
    """Times of tighter (or wider) targets."""

    @model_validator(mode="after")
    def _has_hours(self) -> Sla:
        if self.clock == "business" and not self.business_hours:
            raise PydanticCustomError("sla", "must have business_hours where the clock is business")
        return self


class SlaWindow(Frozen):
    """A part of the horizon in which some tiers' targets are tighter, such as a renewal period."""

    name: str
    from_week: PositiveCount
    to_week: PositiveCount
    """Last week, included."""
    tiers: tuple[Name, ...] = ()
    """Tiers it concerns; empty means all."""
    factor: Positive
    """Targets are multiplied by this."""

    @model_validator(mode="after")
    def _ordered(self) -> SlaWindow:
        if self.to_week < self.from_week:
            raise PydanticCustomError("window", "must end in or after the week in which it begins")
        return self


Sla.model_rebuild()
