"""When tickets arrive: a weekly volume and profile with busy days, growth, holidays and surges, or a replayed log."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from simulator.calendars import SLOTS_PER_DAY, parse_days
from simulator.frozen import Frozen, Keyed, Name
from simulator.quantities import Amount, Figure, Growth

OFFICE_HOURS = (0.2,) * 7 + (0.6, 2.0, 4.2, 4.6, 4.4, 3.8, 3.9, 4.1, 3.9, 3.3, 2.2, 1.2, 0.9, 0.7, 0.6, 0.4, 0.3)
PROFILES: dict[str, dict[str, tuple[float, ...]]] = {
    "flat": {"daily": (1.0,) * 24},
    "office_hours": {"mon-fri": OFFICE_HOURS, "sat-sun": tuple(weight * 0.25 for weight in OFFICE_HOURS)},
}
"""Profiles that a scenario may name. `office_hours` is assumed: weekday mornings peak, weekends at a quarter."""


def _expand_profile(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    if given not in PROFILES:
        raise PydanticCustomError("profile", "must be flat, office_hours, or lists of weights by day")
    return PROFILES[given]


def check_days(text: str) -> str:
    """Check a list of days such as `mon-fri`; used by profiles, shifts and business hours."""
    try:
        parse_days(text)
    except ValueError as error:
        raise PydanticCustomError("days", "{rule}", {"rule": str(error)}) from None
    return text


def check_profile(profile: Keyed[tuple[Figure, ...]]) -> Keyed[tuple[Figure, ...]]:
    """Refuse a profile with unknown or repeated days, lists of another length, or no weight at all."""
    named: list[int] = []
    for days, weights in profile.items():
        check_days(days)
        named += parse_days(days)
        if len(weights) not in (24, 48, SLOTS_PER_DAY):
            raise PydanticCustomError("profile", "must list 24, 48 or 96 weights for each day")
    if len(named) != len(set(named)):
        raise PydanticCustomError("profile", "must name each day once")
    if not sum(sum(weights) for weights in profile.values()) > 0:
        raise PydanticCustomError("profile", "must have a weight above 0 somewhere")
    return profile


Profile = Annotated[
    Keyed[tuple[Amount, ...]], BeforeValidator(_expand_profile), AfterValidator(check_profile)
]
"""Weights by day (`mon-fri: [24, 48 or 96 numbers]`), or a named profile: flat, office_hours."""


class Surge(Frozen):
    """A window in which more (or fewer) tickets arrive, of all or of some intents."""

    name: str
    start: datetime
    """Local time at which it begins."""
    end: datetime
    """Local time at which it ends."""
    multiplier: Amount
    """Times the ordinary rate; 0.3 is a lull."""
    intents: tuple[Name, ...] = ()
    """Intents that surge; empty means all."""

    @model_validator(mode="after")
    def _ordered(self) -> Surge:
        if self.start.tzinfo or self.end.tzinfo:
            raise PydanticCustomError("surge", "must give start and end in local time, without an offset")
        if self.start >= self.end:
            raise PydanticCustomError("surge", "must end after it starts")
        return self


class Holidays(Frozen):
    """Days on which another volume arrives: a country's public holidays and extra dates."""

    country: str | None = None
    """ISO code of the country whose public holidays count (GB, DE, US …)."""
    dates: tuple[date, ...] = ()
    """Further dates."""
    multiplier: Amount = Figure(0.3, source="assumed")
    """Times the ordinary rate of that weekday."""
    desk_closed: bool = True
    """Whether shifts are not worked on these days."""

    @model_validator(mode="after")
    def _known_country(self) -> Holidays:
        if self.country is not None:
            import holidays

            if self.country not in holidays.list_supported_countries():
                raise PydanticCustomError("country", "must name a country by its ISO code, such as GB, DE or US")
        return self


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


class Arrivals(Frozen):
    """How many tickets arrive, and when."""

    per_week: Amount | None = None
    """Tickets in an ordinary week."""
    profile: Profile = Field(default=PROFILES["office_hours"], json_schema_extra={"source": "assumed"})
    """Arrival rate over the week (weights; their sum does not matter)."""
    busyness_cv: Amount = Figure(0.1, source="assumed; 0.1 to 0.2 is usual between days (Avramidis et al. 2004)")
    """Coefficient of variation of each day's gamma busyness factor (mean 1); 0 switches it off."""
    weekly_growth: Growth = Figure(0.0, source="definition: 0 is no growth")
    """Growth of volume from week to week; 0.02 is 2 %."""
    holidays: Holidays | None = None
    surges: tuple[Surge, ...] = ()
    replay: Replay | None = None
    """Arrivals from a file; then per_week and profile are not used."""

    @model_validator(mode="after")
    def _one_origin(self) -> Arrivals:
        if (self.per_week is None) == (self.replay is None):
            raise PydanticCustomError("arrivals", "must have either per_week or replay")
        return self

