"""When tickets arrive: a weekly volume and profile with busy days, growth, holidays and surges, or a replayed log."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from simulator.base.calendars import SLOTS_PER_DAY, parse_days
from simulator.base.model_base import Frozen, Name, Named
from simulator.base.quantities import Amount, Figure, Growth, Quantity

T = TypeVar("T")
_OFFICE_HOURS = (0.2,) * 7 + (0.6, 2.0, 4.2, 4.6, 4.4, 3.8, 3.9, 4.1, 3.9, 3.3, 2.2, 1.2, 0.9, 0.7, 0.6, 0.4, 0.3)
_PROFILES: dict[str, dict[str, tuple[float, ...]]] = {
    "flat": {"daily": (1.0,) * 24},
    "office_hours": {"mon-fri": _OFFICE_HOURS, "sat-sun": tuple(weight * 0.25 for weight in _OFFICE_HOURS)},
}
"""Profiles that a scenario may name. `office_hours` is assumed: weekday mornings peak, weekends at a quarter."""


def _expand_profile(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    if given not in _PROFILES:
        raise PydanticCustomError("profile", "must be flat, office_hours, or lists of weights by days")
    return _PROFILES[given]


def _check_days(text: str) -> str:
    """Check a list of days such as `mon-fri`; used by profiles, shifts and business hours."""
    try:
        parse_days(text)
    except ValueError as error:
        raise PydanticCustomError("days", "{rule}", {"rule": str(error)}) from None
    return text


def _check_profile(profile: _ByDays[tuple[Figure, ...]]) -> _ByDays[tuple[Figure, ...]]:
    """Refuse a profile with unknown or repeated days, lists of another length, or no weight at all."""
    named: list[int] = []
    for days, weights in profile.items():
        named += parse_days(days)
        if len(weights) not in (24, 48, SLOTS_PER_DAY):
            found = {"count": len(weights), "days": days}
            raise PydanticCustomError("whole", "has {count} weights for {days}; must list 24, 48 or 96", found)
    if len(named) != len(set(named)):
        raise PydanticCustomError("whole", "names a day twice; must name each day once")
    if not sum(sum(weights) for weights in profile.values()) > 0:
        raise PydanticCustomError("whole", "has no weight above 0; must have one somewhere")
    return profile


def _parse_day(given: Any) -> date:
    """Read a date; unlike pydantic's, take no numbers of seconds, and no years that clocks cannot count in."""
    return _parse_moment(given, with_time=False).date()


def _parse_moment(given: Any, with_time: bool = True) -> datetime:
    moment = None
    if isinstance(given, date):
        moment = given if isinstance(given, datetime) else datetime(given.year, given.month, given.day)
    elif isinstance(given, str):
        with suppress(ValueError):
            moment = datetime.fromisoformat(given.strip())
    example = "2026-01-05 or 2026-01-05 09:00" if with_time else "2026-01-05"
    is_plain = moment is not None and moment.tzinfo is None and (with_time or moment.time() == time())
    if moment is None or not is_plain:
        rule = f"must be a {'local time' if with_time else 'date'} such as {example}"
        raise PydanticCustomError("date", "{rule}", {"rule": rule})
    if not 1971 <= moment.year <= 2100:
        raise PydanticCustomError("date", "must be a date from 1971 to 2100")
    return moment


Day = Annotated[date, BeforeValidator(_parse_day), Field(examples=["2026-01-05"])]
"""A date, from 1971 to 2100."""
_Moment = Annotated[
    datetime, BeforeValidator(_parse_moment, json_schema_input_type=str), Field(examples=["2026-01-05 09:00"])
]
"""A local date and time, without an offset, from 1971 to 2100."""
Days = Annotated[str, AfterValidator(_check_days), Field(examples=["mon-fri"])]
"""Weekdays, such as `mon-fri` or `sat, sun`."""


class _ByDays(Named[T]):
    """As Named, where the keys are weekdays."""

    __slots__ = ()
    _key = Days


_Weights = _ByDays[tuple[Amount, ...]]
_WrittenProfile = Literal["flat", "office_hours"] | _Weights
Profile = Annotated[
    _Weights,
    BeforeValidator(_expand_profile, json_schema_input_type=_WrittenProfile),
    AfterValidator(_check_profile),
]
"""Weights by day (`mon-fri: [24, 48 or 96 numbers]`), or a named profile: flat, office_hours."""


HourlyFactors = Annotated[_Weights, AfterValidator(_check_profile)]
"""Factors by day (`daily: [24, 48 or 96 numbers]`); a named arrival profile is none."""


class Surge(Frozen):
    """A window in which more (or fewer) tickets arrive, of all or of some intents."""

    name: str
    """Name of the surge."""
    start: _Moment
    """Local time at which it begins."""
    end: _Moment
    """Local time at which it ends."""
    multiplier: Amount
    """Factor on the ordinary arrival rate; 1.5 is half as many tickets more, 0.3 is a lull."""
    intents: tuple[Name, ...] = ()
    """Intents that surge; empty means all."""

    @model_validator(mode="after")
    def _ordered(self) -> Surge:
        if self.start >= self.end:
            found = {"start": f"{self.start:%Y-%m-%d %H:%M}", "end": f"{self.end:%Y-%m-%d %H:%M}"}
            raise PydanticCustomError("whole", "has start {start} and end {end}; must end after it starts", found)
        return self


def _check_country(code: str) -> str:
    import holidays

    if code not in holidays.list_supported_countries():
        raise PydanticCustomError("country", "must be the ISO code of a country, such as GB, DE or US")
    return code


_Country = Annotated[str, AfterValidator(_check_country), Field(examples=["GB"])]


class Holidays(Frozen):
    """Days on which another volume arrives: a country's public holidays and extra dates."""

    country: _Country | None = None
    """ISO code of the country whose public holidays count (GB, DE, US …)."""
    dates: tuple[Day, ...] = ()
    """Further dates that are holidays."""
    multiplier: Amount = Figure(0.3, source="assumed")
    """Factor on the ordinary arrival rate of that weekday."""
    desk_closed: bool = True
    """Whether shifts are not worked on these days."""


class Replay(Frozen):
    """Arrivals taken from a CSV file instead of drawn: one row per ticket."""

    file: str
    """CSV file, relative to the scenario file."""
    time: str = "created_at"
    """Column of arrival times, local unless they carry an offset."""
    intent: str | None = None
    """Column of intents; without it intents are drawn from their shares."""
    sha256: str | None = None
    """Fingerprint of the file, written on loading."""


def _check_busyness(cv: Figure) -> Figure:
    if 0 < cv < 0.001:
        raise PydanticCustomError("busyness", "must be 0, or from 0.001 to 5")
    return cv


_Busyness = Annotated[Figure, Quantity("number", ge=0, le=5), AfterValidator(_check_busyness)]


class Arrivals(Frozen):
    """How many tickets arrive, and when."""

    per_week: Amount | None = None
    """Tickets in an ordinary week, before growth, holidays and surges; needed unless arrivals are replayed."""
    # The name is expanded on validation, as defaults are validated too; a type checker sees only the name.
    profile: Profile = Field(default="office_hours", json_schema_extra={"source": "assumed"})  # type: ignore[arg-type]
    """Shape of the week: weights by day, 24, 48 or 96 each (their sum does not matter), or the name `flat` or
    `office_hours`."""
    busyness_cv: _Busyness = Figure(0.1, source="assumed; 0.1 to 0.2 is usual between days (Avramidis et al. 2004)")
    """Coefficient of variation of each day's gamma busyness factor (mean 1); 0 switches it off."""
    weekly_growth: Growth = Figure(0.0, source="definition: 0 is no growth")
    """Growth of volume from week to week; 0.02 is 2 %."""
    holidays: Holidays | None = None
    """Days on which another volume arrives; none means that no day is special."""
    surges: tuple[Surge, ...] = ()
    """Windows in which more (or fewer) tickets arrive."""
    replay: Replay | None = None
    """Arrivals from a file; then per_week and profile are not used."""

    @model_validator(mode="after")
    def _one_origin(self) -> Arrivals:
        if (self.per_week is None) == (self.replay is None):
            found = "neither per_week nor" if self.replay is None else "both per_week and"
            raise PydanticCustomError("whole", "has {found} replay; must have one of them", {"found": found})
        return self
