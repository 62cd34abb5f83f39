"""Dates and times of day in parts (year, month by number or name, afternoon, offset), put together.

Moments as people and programs write them, turned into seconds since 1970, a batch of cells at a time.

Read are ISO 8601 with and without offset, `2016-03-01 01:22`, `03/14/2016 1:22 PM`, `14.03.2016 13:22`, `14/Mar/16
1:22 PM`, `March 14, 2016 13:22`, and seconds, milliseconds or microseconds since 1970. Which of two numbers is the
day is decided for a column as a whole, by those of its values that can only be read one way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.base.arrays import Bools, Floats, Ints

if TYPE_CHECKING:
    import pyarrow as pa


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class _Parts:
    """The parts of cells of one shape; what several readings need is worked out once."""

    def __init__(self, found: Any) -> None:
        self._found = found
        self.names = {part.name for part in found.type}

    def text(self, name: str) -> Any:
        """Return a part as text, empty where it is absent."""
        import pyarrow.compute as pc

        return pc.struct_field(self._found, name)

    def number(self, name: str) -> Floats:
        """Return a part as numbers, 0 where it is absent."""
        import pyarrow as pa
        import pyarrow.compute as pc

        part = self.text(name)
        part = pc.replace_substring(part, ",", ".") if name == "S" else part
        part = pc.if_else(pc.equal(part, ""), "0", part)
        return np.asarray(part.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=float)

    def months(self) -> Floats:
        """Return the months that are named, 0 where there is none of that name."""
        import pyarrow as pa
        import pyarrow.compute as pc

        place = pc.index_in(pc.utf8_lower(self.text("mon")), value_set=pa.array(_MONTHS))
        return np.asarray(pc.add(place, 1).fill_null(0).to_numpy(zero_copy_only=False), dtype=float)

    def is_aware(self) -> Bools:
        """Return which have an offset."""
        import pyarrow.compute as pc

        return _mask(pc.not_equal(self.text("z"), ""))

    def has_dots(self) -> Bools:
        """Return which have dots between the numbers of the date."""
        import pyarrow.compute as pc

        return _mask(pc.equal(self.text("s"), "."))

    def since_1970(self) -> Floats:
        """Return seconds since 1970 of numbers of seconds, milliseconds or microseconds."""
        number = self.number("n")
        return number / np.where(number >= 1e14, 1e6, np.where(number >= 1e11, 1e3, 1.0))

    def moment(self, month: Floats, day: Floats) -> Floats:
        """Return seconds since 1970 of a date and the time of day, NaN where there is no such date or time."""
        year = self._year
        is_good = (month >= 1) & (month <= 12) & (day >= 1)
        months = ((year - 1970) * 12 + np.where(is_good, month, 1) - 1).astype("timedelta64[M]")
        first = np.datetime64("1970-01") + months
        length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(float)
        days = first.astype("datetime64[D]").astype(float) + day - 1
        return np.where(is_good & (day <= length), days * 86_400 + self._time_of_day, np.nan)

    @cached_property
    def _year(self) -> Floats:
        year = self.number("y")
        return np.where(year < 70, year + 2000, np.where(year < 100, year + 1900, year))

    @cached_property
    def _time_of_day(self) -> Floats:
        """Seconds after midnight UTC, NaN where there is no such time."""
        import pyarrow.compute as pc

        hour, minute, second = (self.number(name) for name in ("H", "M", "S"))
        half = pc.utf8_lower(self.text("p"))
        has_half, is_afternoon = _mask(pc.not_equal(half, "")), _mask(pc.starts_with(half, "p"))
        is_good = (hour < 24) & (minute < 60) & (second < 61) & (~has_half | ((hour >= 1) & (hour <= 12)))
        hour = np.where(has_half, hour % 12 + 12 * is_afternoon, hour)
        return np.where(is_good, hour * 3600 + minute * 60 + second - self._offset(), np.nan)

    def _offset(self) -> Floats:
        """Return the offsets from UTC, in seconds."""
        coded = self.text("z").dictionary_encode()
        seconds = np.array([_offset_seconds(str(mark)) for mark in coded.dictionary.to_pylist()], dtype=float)
        return np.asarray(seconds[coded.indices.to_numpy(zero_copy_only=False)], dtype=float)


def _offset_seconds(mark: str) -> float:
    digits = "".join(letter for letter in mark if letter.isdigit())
    if not digits:
        return 0.0
    size = 3600.0 * int(digits[:2]) + 60.0 * int(digits[2:] or 0)
    return -size if "-" in mark else size


def _mask(cells: Any) -> Bools:
    """Return a column of truths as NumPy has it."""
    return np.asarray(cells.to_numpy(zero_copy_only=False), dtype=np.bool_)


# -- moments as people and programs write them, turned into seconds since 1970, a batch of cells at a time ------------


_TIME = (
    r"(?:[T ,]+(?:at )?(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2}(?:[.,]\d{1,9})?))?"
    r"\s*(?P<p>[AaPp]\.?[Mm]\.?)?\s*(?P<z>[Zz]|UTC|GMT|(?:UTC|GMT)?[+-]\d{2}:?\d{2}|[+-]\d{2})?)?\s*$"
)
_SHAPES = (
    r"^\s*(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})" + _TIME,
    r"^\s*(?P<a>\d{1,2})(?P<s>[-/.])(?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2})" + _TIME,
    r"^\s*(?:[A-Za-z]{3,9},? )?(?P<d>\d{1,2})[-/. ](?P<mon>[A-Za-z]{3})[a-z]*[-/., ]+(?P<y>\d{4}|\d{2})" + _TIME,
    r"^\s*(?:[A-Za-z]{3,9},? )?(?P<mon>[A-Za-z]{3})[a-z]*\.? (?P<d>\d{1,2}),? (?P<y>\d{4})" + _TIME,
)
_SINCE_1970 = r"^\s*(?P<n>\d{9,10}(?:\.\d+)?|\d{12,13}|\d{15,16})\s*$"
FIRST = 64
"""Cells that are tried before all are."""
_EXAMPLES = 3
READ, MISSING, UNREADABLE = 0, 1, 2
"""States of a cell."""


@dataclass
class _Either:
    """Cells that may begin with the day or with the month: both readings, NaN where there is no such day."""

    rows: list[Ints] = field(default_factory=list)
    day_first: list[Floats] = field(default_factory=list)
    month_first: list[Floats] = field(default_factory=list)

    def evidence(self) -> tuple[int, int, int]:
        """Count the cells that can only be day-first, only month-first, and either with a difference."""
        day = np.concatenate([*self.day_first, np.empty(0)])
        month = np.concatenate([*self.month_first, np.empty(0)])
        only_day = int((np.isfinite(day) & np.isnan(month)).sum())
        only_month = int((np.isnan(day) & np.isfinite(month)).sum())
        return only_day, only_month, int((day - month != 0)[np.isfinite(day) & np.isfinite(month)].sum())


class Moments:
    """The cells of one column of moments, batch after batch."""

    def __init__(self) -> None:
        self.either = _Either()
        self._seconds: list[Floats] = []
        self._aware: list[Bools] = []
        self._state: list[NDArray[np.int8]] = []
        self.shapes: set[str] = set()
        """Ways of writing that were met; more than one is told."""
        self.unread: dict[str, None] = {}
        """Cells that could not be read, the first few."""
        self._rows = 0
        self._shapes = [*_SHAPES, _SINCE_1970]

    def add(self, cells: pa.Array) -> None:
        """Read a batch of cells: timestamps, or text."""
        import pyarrow.types as kinds

        if kinds.is_timestamp(cells.type):
            self._keep(_of_timestamps(cells), cells.type.tz is not None, "timestamp")
            return
        for is_aware in (False, True):
            seconds = _cast(cells, is_aware)
            if seconds is not None:
                self._keep(seconds, is_aware, "ISO")
                return
        self._add_shapes(cells)

    def _keep(self, seconds: Floats, is_aware: bool, shape: str) -> None:
        has_some = bool(np.isfinite(seconds).any())
        self._append(seconds, np.full(len(seconds), is_aware), np.where(np.isnan(seconds), MISSING, READ))
        if has_some:
            self.shapes.add(shape + (" with offset" if is_aware else ""))

    def _append(self, seconds: Floats, aware: Bools, state: NDArray[Any]) -> None:
        self._seconds.append(seconds)
        self._aware.append(aware)
        self._state.append(state.astype(np.int8))
        self._rows += len(seconds)

    def _add_shapes(self, cells: pa.Array) -> None:
        """Read cells one shape after the other, each among those that no shape before it fits."""
        import pyarrow.compute as pc

        seconds, aware = np.full(len(cells), np.nan), np.zeros(len(cells), dtype=np.bool_)
        missing = _mask(pc.is_null(cells))
        left = np.flatnonzero(~missing)
        for shape in self._shapes.copy():
            if not len(left):
                break
            found = pc.extract_regex(cells.take(left), pattern=shape)
            fits = _mask(pc.is_valid(found))
            if fits.any():
                # No cell fits two shapes, so the one that did last is tried first.
                self._shapes.remove(shape)
                self._shapes.insert(0, shape)
                parts = _Parts(found.filter(pc.is_valid(found)))
                seconds[left[fits]], aware[left[fits]] = self._of_parts(parts, left[fits])
            left = left[~fits]
        state = np.where(missing, MISSING, np.where(np.isnan(seconds), UNREADABLE, READ))
        for place in np.flatnonzero(state == UNREADABLE)[:_EXAMPLES].tolist():
            if len(self.unread) < _EXAMPLES:
                self.unread.setdefault(cells[place].as_py())
        self._append(seconds, aware, state)

    def _of_parts(self, parts: _Parts, rows: Ints) -> tuple[Floats, Bools]:
        if "n" in parts.names:
            self.shapes.add("seconds since 1970")
            return parts.since_1970(), np.ones(len(rows), dtype=np.bool_)
        if "a" not in parts.names:
            self.shapes.add("month by name" if "mon" in parts.names else "ISO")
            month = parts.months() if "mon" in parts.names else parts.number("m")
            return parts.moment(month, parts.number("d")), parts.is_aware()
        self.shapes.add("day and month in numbers")
        first, second = parts.number("a"), parts.number("b")
        day, month = parts.moment(second, first), parts.moment(first, second)
        # 14.03.2016 is written where the day comes first, and nowhere else.
        month[parts.has_dots()] = np.nan
        self.either.rows.append(self._rows + rows)
        self.either.day_first.append(day)
        self.either.month_first.append(month)
        return np.where(np.isnan(day), month, day), parts.is_aware()

    def finish(self, day_first: bool | None, zone: str, *, is_strict: bool = False) -> Read:
        """Return the moments in UTC; those without offset are read in a time zone.

        `day_first` decides where both orders are possible; if strict, dates that fit the other order only cannot be
        read. At the end of summer time the first of two equal hours is taken, and an hour that is skipped becomes the
        moment of the skip.
        """
        seconds, aware = np.concatenate(self._seconds), np.concatenate(self._aware)
        state = np.concatenate(self._state)
        if self.either.rows and day_first is not None:
            rows = np.concatenate(self.either.rows)
            day, month = np.concatenate(self.either.day_first), np.concatenate(self.either.month_first)
            wanted, other = (day, month) if day_first else (month, day)
            seconds[rows] = wanted if is_strict else np.where(np.isnan(wanted), other, wanted)
            state[rows] = np.where(np.isnan(seconds[rows]), UNREADABLE, READ)
        misordered = self.either.evidence()[1 if day_first else 0] if is_strict else 0
        naive = ~aware & np.isfinite(seconds)
        twice = skipped = 0
        # Beyond these years no calendar has clock changes, and some hold no moments at all.
        usual = naive & (np.abs(seconds) < 4e9)
        if zone != "UTC" and usual.any():
            seconds[usual], twice, skipped = _to_utc(seconds[usual], zone)
        offsets = int(aware[np.isfinite(seconds)].sum())
        return Read(seconds, state, int(naive.sum()), offsets, twice, skipped, day_first, misordered)


@dataclass(frozen=True)
class Read:
    """A column of moments, read."""

    seconds: Floats
    """Seconds since 1970 in UTC; NaN where a cell is missing or cannot be read."""
    state: NDArray[np.int8]
    naive: int
    """Moments without an offset."""
    aware: int
    """Moments with one."""
    twice: int
    """Moments in an hour that the clock showed twice."""
    skipped: int
    """Moments in an hour that the clock skipped."""
    day_first: bool | None
    """Whether the day came first where both orders are possible."""
    misordered: int
    """Dates that can only be read in the other order than the one that was asked for."""


def decide_order(columns: Iterable[_Either]) -> tuple[list[bool | None], list[bool]]:
    """Decide for each column whether the day comes first, and tell which columns contradict themselves.

    A column in which nothing decides follows the other columns of its file; None where they decide nothing either.
    """
    evidence = [either.evidence() for either in columns]
    days, months = sum(item[0] for item in evidence), sum(item[1] for item in evidence)
    orders: list[bool | None] = []
    for only_day, only_month, open_ones in evidence:
        if not only_day and not only_month:
            only_day, only_month = (days, months) if bool(days) != bool(months) else (0, 0)
        orders.append(bool(only_day) if only_day or only_month else None if open_ones else True)
    return orders, [bool(only_day and only_month and open_ones) for only_day, only_month, open_ones in evidence]


def _cast(cells: pa.Array, is_aware: bool) -> Floats | None:
    """Read cells that are ISO 8601 throughout; None where one of them is not."""
    import pyarrow as pa

    kind = pa.timestamp("us", "UTC" if is_aware else None)
    try:
        # A cast that fails takes long, as it words an error for each cell: the first few tell most failures.
        cells.slice(0, FIRST).cast(kind)
        return _of_timestamps(cells.cast(kind))
    except pa.ArrowInvalid:
        return None


def _of_timestamps(cells: pa.Array) -> Floats:
    import pyarrow as pa
    import pyarrow.compute as pc

    per_second = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[cells.type.unit]
    number = cells.cast(pa.int64()).cast(pa.float64(), safe=False)
    return np.asarray(pc.divide(number, per_second).to_numpy(zero_copy_only=False), dtype=float)


def _to_utc(wall: Floats, zone: str) -> tuple[Floats, int, int]:
    """Return the moments at which a zone's clocks showed some times, and how many came twice or never."""
    import pandas as pd

    times = pd.DatetimeIndex(np.round(wall * 1e6).astype("datetime64[us]"))
    told = times.tz_localize(zone, ambiguous=np.ones(len(times), dtype=np.bool_), nonexistent="shift_forward")
    utc = np.asarray(told.tz_convert("UTC").tz_localize(None), dtype="datetime64[us]").astype(np.int64) / 1e6
    marked = times.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    odd = np.flatnonzero(marked.isna())
    if not len(odd):
        return utc, 0, 0
    only_twice = times[odd].tz_localize(zone, ambiguous="NaT", nonexistent="shift_forward")
    twice = int(np.asarray(only_twice.isna()).sum())
    return utc, twice, len(odd) - twice
