"""Time: what the clock on the wall says at a simulated minute, weekly profiles, and business minutes.

Simulated time is minutes since the scenario's first local midnight, counting every minute that really passes; a day
on which clocks change therefore has 1,380 or 1,500 of them. A warm-up lies before that, at negative minutes. Profiles
and shifts are written in wall time and translated here, so nothing else needs to know about time zones.

Durations inside the engines are whole *ticks* of 2**-20 minutes (57 microseconds). Sums of ticks are exact in float64,
so two engines that add the same durations in another order still agree with `==`, and equal times are equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from simulator.base.arrays import Floats, Ints

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 1440
WEEK_MINUTES = 7 * DAY_MINUTES
WEEK_HOURS = 7 * 24
WEEKS_PER_MONTH = 52 / 12
SLOT_MINUTES = 15
"""Rates are constant within a quarter of an hour: every UTC offset in use is a multiple of it."""
SLOTS_PER_DAY = DAY_MINUTES // SLOT_MINUTES
TICKS_PER_MINUTE = 2.0**20


def in_ticks(minutes: Floats) -> Floats:
    """Round durations or times, in minutes, to whole ticks; same shape."""
    return np.rint(minutes * TICKS_PER_MINUTE) / TICKS_PER_MINUTE


@lru_cache(maxsize=1024)
def parse_days(text: str) -> tuple[int, ...]:
    """Turn `mon-fri`, `sun-thu`, `sat, sun` or `daily` into weekday numbers (Monday is 0); ValueError otherwise."""
    days: list[int] = []
    for part in text.lower().split(","):
        part = part.strip()
        if part == "daily":
            days += range(7)
            continue
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise ValueError("must name days such as mon-fri, sat, sun or daily")
        start, end = DAYS.index(first), DAYS.index(last or first)
        days += [(start + step) % 7 for step in range((end - start) % 7 + 1)]
    if len(set(days)) < len(days):
        raise ValueError("must name each day once")
    return tuple(days)


@lru_cache(maxsize=1024)
def parse_time(text: str) -> int:
    """Turn `07:30` (up to `24:00`) into minutes after midnight; ValueError otherwise."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    if not match or int(match[2]) > 59 or (minutes := int(match[1]) * 60 + int(match[2])) > DAY_MINUTES:
        raise ValueError('must be a time of day such as "09:00", in quotes')
    return minutes


@dataclass(frozen=True)
class Wall:
    """A wall clock in one time zone, and its translation to simulated minutes.

    `origin` is the moment, in UTC, at which simulated time is 0.
    """

    zone: str
    origin: datetime

    @classmethod
    def starting(cls, day: date, zone: str) -> Wall:
        """Make the wall clock whose simulated time starts at local midnight of `day`."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
        return cls(zone, midnight.astimezone(UTC))

    def elsewhere(self, zone: str) -> Wall:
        """Return the wall clock of another time zone for the same simulated time."""
        return Wall(zone, self.origin)

    def minute_of(self, day: date, minute_of_day: float = 0.0) -> float:
        """Return the simulated minute at a local time; a time that clocks skip counts as the moment of the skip."""
        local = datetime(day.year, day.month, day.day) + timedelta(minutes=minute_of_day)
        zone = ZoneInfo(self.zone)
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) != local:
            moment = _skip_before(moment, zone)
        return (moment - self.origin).total_seconds() / 60

    def local(self, minute: float) -> datetime:
        """Return the local date and time at a simulated minute."""
        return (self.origin + timedelta(minutes=minute)).astimezone(ZoneInfo(self.zone))

    def days(self, until: float, since: float = 0.0) -> list[date]:
        """List the local dates touched by [since, until)."""
        first, last = self.local(since).date(), self.local(max(until - 1e-9, since)).date()
        return [first + timedelta(days=step) for step in range((last - first).days + 1)]

    @lru_cache(maxsize=32)  # noqa: B019  # walls are small values, alike for all runs of a scenario
    def slots(self, until: float, since: float = 0.0) -> Slots:
        """Cut [since, until) into quarter-hours and say what the wall shows in each."""
        days = self.days(until, since)
        starts, weekdays, quarters, day_numbers = [], [], [], []
        for number, day in enumerate(days, start=(days[0] - self.local(0.0).date()).days):
            midnight, next_midnight = self.minute_of(day), self.minute_of(day + timedelta(days=1))
            begin = np.arange(midnight, next_midnight, SLOT_MINUTES)
            if next_midnight - midnight == DAY_MINUTES:
                quarter = np.arange(SLOTS_PER_DAY)
            else:
                walls = [self.local(minute) for minute in begin]
                quarter = np.array([(wall.hour * 60 + wall.minute) // SLOT_MINUTES for wall in walls])
            starts.append(begin)
            weekdays.append(np.full(len(begin), day.weekday()))
            quarters.append(quarter)
            day_numbers.append(np.full(len(begin), number))
        start = np.concatenate(starts)
        inside = (start >= since) & (start < until)
        return Slots(
            start[inside],
            np.concatenate(weekdays)[inside],
            np.concatenate(quarters)[inside],
            np.concatenate(day_numbers)[inside],
            tuple(days),
            until,
        )

    def timestamps(self, minutes: Floats) -> NDArray[np.datetime64]:
        """Return UTC timestamps (microseconds; NaT for NaN) at simulated minutes; same shape."""
        origin = np.datetime64(self.origin.replace(tzinfo=None), "us")
        micros = np.rint(np.nan_to_num(minutes, posinf=0.0) * 60e6).astype("timedelta64[us]")
        stamps = origin + micros
        stamps[~np.isfinite(minutes)] = np.datetime64("NaT")
        return stamps


def _skip_before(moment: datetime, zone: ZoneInfo) -> datetime:
    """Find the last change of the clocks at or before a moment, to the minute."""
    moment = moment.replace(second=0, microsecond=0)
    after = moment.astimezone(zone).utcoffset()
    while (moment - timedelta(minutes=1)).astimezone(zone).utcoffset() == after:
        moment -= timedelta(minutes=1)
    return moment


@dataclass(frozen=True)
class Slots:
    """Quarter-hours of a time: simulated start, weekday, quarter of the local day, number of the local day."""

    start: Floats
    weekday: Ints
    quarter: Ints
    day: Ints
    """Number of the local day; 0 is that of simulated time 0, days of a warm-up are negative."""
    dates: tuple[date, ...]
    """The local days, in order."""
    until: float

    @cached_property
    def minutes(self) -> Floats:
        """Length of each slot in minutes (the last one may be cut by the horizon)."""
        return np.diff(np.append(self.start, self.until))

    @property
    def date_index(self) -> Ints:
        """Position of each slot's day in `dates`."""
        index: Ints = self.day - self.day[0]
        return index

    def split(self, at: float) -> tuple[Slots, Slots]:
        """Return the slots before a moment, at which one begins, and those from it on; neither may be empty."""
        first = int(np.searchsorted(self.start, at))
        days = int(self.date_index[first])

        def part(these: slice, dates: tuple[date, ...], until: float) -> Slots:
            return Slots(self.start[these], self.weekday[these], self.quarter[these], self.day[these], dates, until)

        return (
            part(slice(first), self.dates[:days], at),
            part(slice(first, None), self.dates[days:], self.until),
        )


def weekly_weights(parts: Iterable[tuple[tuple[int, ...], tuple[float, ...]]]) -> Floats:
    """Spread daily lists of 24, 48 or 96 weights over a week of quarter-hours; shape (7, 96).

    A list of 24 gives hours, 48 half-hours, 96 quarter-hours; a weight is a rate, so an hour's four quarters each
    carry a quarter of it. Days that no part names weigh 0.
    """
    weights = np.zeros((7, SLOTS_PER_DAY))
    for days, values in parts:
        per_quarter = np.repeat(np.asarray(values, dtype=float), SLOTS_PER_DAY // len(values))
        weights[list(days)] = per_quarter * len(values) / SLOTS_PER_DAY
    return weights


def weekly_factors(parts: Iterable[tuple[tuple[int, ...], tuple[float, ...]]]) -> Floats:
    """Spread daily lists of 24, 48 or 96 factors over a week of quarter-hours; 1 on days that no part names.

    Shape (7, 96).
    """
    factors = np.ones((7, SLOTS_PER_DAY))
    for days, values in parts:
        factors[list(days)] = np.repeat(np.asarray(values, dtype=float), SLOTS_PER_DAY // len(values))
    return factors


class BusinessMinutes:
    """Counts the minutes that fall into business hours between two simulated times."""

    def __init__(self, opens: Floats, closes: Floats) -> None:
        """Take disjoint opening periods in rising order, in simulated minutes."""
        self._knots = np.column_stack([opens, closes]).ravel()
        lengths = closes - opens
        total = np.cumsum(lengths)
        self._counted = np.column_stack([total - lengths, total]).ravel()

    @classmethod
    def from_hours(
        cls,
        wall: Wall,
        hours: Iterable[tuple[tuple[int, ...], int, int]],
        until: float,
        holidays: Iterable[date] = (),
        since: float = 0.0,
    ) -> BusinessMinutes:
        """Build from (weekdays, opening minute, closing minute) rows, which may overlap, closed on holidays."""
        closed = set(holidays)
        periods = [
            (wall.minute_of(day, opening), wall.minute_of(day, closing))
            for day in wall.days(until, since)
            if day not in closed
            for days, opening, closing in hours
            if day.weekday() in days
        ]
        merged: list[tuple[float, float]] = []
        for opens, closes in sorted(periods):
            if merged and opens <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
            else:
                merged.append((opens, closes))
        return cls(*np.array(merged or [(0.0, 0.0)]).T)

    def between(self, since: Floats, until: Floats) -> Floats:
        """Count business minutes from `since` to `until`; same shape."""
        return np.interp(until, self._knots, self._counted) - np.interp(since, self._knots, self._counted)
