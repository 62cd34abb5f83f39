"""Dates and times of day in parts (year, month by number or name, afternoon, offset), put together."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from simulator.calibration.exports.table import Bools, Floats

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class Parts:
    """The parts of cells of one shape; what several readings need is worked out once."""

    def __init__(self, found: Any) -> None:
        self._found = found
        self.names = {part.name for part in found.type}

    def text(self, name: str) -> Any:
        """Give a part as text, empty where it is absent."""
        import pyarrow.compute as pc

        return pc.struct_field(self._found, name)

    def number(self, name: str) -> Floats:
        """Give a part as numbers, 0 where it is absent."""
        import pyarrow as pa
        import pyarrow.compute as pc

        part = self.text(name)
        part = pc.replace_substring(part, ",", ".") if name == "S" else part
        part = pc.if_else(pc.equal(part, ""), "0", part)
        return np.asarray(part.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=float)

    def months(self) -> Floats:
        """Give the months that are named, 0 where there is none of that name."""
        import pyarrow as pa
        import pyarrow.compute as pc

        place = pc.index_in(pc.utf8_lower(self.text("mon")), value_set=pa.array(_MONTHS))
        return np.asarray(pc.add(place, 1).fill_null(0).to_numpy(zero_copy_only=False), dtype=float)

    def is_aware(self) -> Bools:
        """Tell which have an offset."""
        import pyarrow.compute as pc

        return mask(pc.not_equal(self.text("z"), ""))

    def has_dots(self) -> Bools:
        """Tell which have dots between the numbers of the date."""
        import pyarrow.compute as pc

        return mask(pc.equal(self.text("s"), "."))

    def since_1970(self) -> Floats:
        """Give seconds since 1970 of numbers of seconds, milliseconds or microseconds."""
        number = self.number("n")
        return number / np.where(number >= 1e14, 1e6, np.where(number >= 1e11, 1e3, 1.0))

    def moment(self, month: Floats, day: Floats) -> Floats:
        """Give seconds since 1970 of a date and the time of day, NaN where there is no such date or time."""
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
        """Give seconds after midnight UTC, NaN where there is no such time."""
        import pyarrow.compute as pc

        hour, minute, second = (self.number(name) for name in ("H", "M", "S"))
        half = pc.utf8_lower(self.text("p"))
        has_half, is_afternoon = mask(pc.not_equal(half, "")), mask(pc.starts_with(half, "p"))
        is_good = (hour < 24) & (minute < 60) & (second < 61) & (~has_half | ((hour >= 1) & (hour <= 12)))
        hour = np.where(has_half, hour % 12 + 12 * is_afternoon, hour)
        return np.where(is_good, hour * 3600 + minute * 60 + second - self._offset(), np.nan)

    def _offset(self) -> Floats:
        """Give the offsets from UTC, in seconds."""
        coded = self.text("z").dictionary_encode()
        seconds = np.array([_offset_seconds(str(mark)) for mark in coded.dictionary.to_pylist()], dtype=float)
        return np.asarray(seconds[coded.indices.to_numpy(zero_copy_only=False)], dtype=float)


def _offset_seconds(mark: str) -> float:
    digits = "".join(letter for letter in mark if letter.isdigit())
    if not digits:
        return 0.0
    size = 3600.0 * int(digits[:2]) + 60.0 * int(digits[2:] or 0)
    return -size if "-" in mark else size


def mask(cells: Any) -> Bools:
    """Give a column of truths as NumPy has it."""
    return np.asarray(cells.to_numpy(zero_copy_only=False), dtype=np.bool_)
