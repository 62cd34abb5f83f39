"""Durations, numbers and flags as exports write them, turned into floats, a batch of cells at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.base.arrays import Floats
from simulator.calibration.exports.moments import FIRST, MISSING, READ, UNREADABLE
from simulator.calibration.exports.sources import NOTHING
from simulator.calibration.exports.table import SECONDS_PER
from simulator.calibration.exports.vendors import VENDORS
from simulator.calibration.exports.vendors.vendor import known_words, unknown_words

if TYPE_CHECKING:
    import pyarrow as pa

_CLOCK = r"^\s*(?P<g>[-+]?)(?:(?P<d>\d+)\s*days?,?\s*)?(?P<h>\d{1,6}):(?P<m>\d{2})(?::(?P<s>\d{2}(?:\.\d+)?))?\s*$"
_WORDS = (
    r"(?i)^\s*(?P<g>[-+]?)\s*(?:(?P<w>\d+(?:\.\d+)?)\s*w(?:eeks?|ks?)?[ ,]*)?"
    r"(?:(?P<d>\d+(?:\.\d+)?)\s*d(?:ays?)?[ ,]*)?"
    r"(?:(?P<h>\d+(?:\.\d+)?)\s*h(?:ours?|rs?)?[ ,]*)?(?:(?P<m>\d+(?:\.\d+)?)\s*m(?:inutes?|ins?)?[ ,]*)?"
    r"(?:(?P<s>\d+(?:\.\d+)?)\s*s(?:econds?|ecs?)?)?\s*$"
)
_THOUSANDS = r"^\s*[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?\s*$"
_ONE_COMMA = r"^\s*[-+]?\d+,\d{3}\s*$"
"""What may be thousands or a decimal comma: the other cells decide."""
_COMMA = r"^\s*[-+]?(?:\d{1,3}(?:[. ]\d{3})+|\d*),\d+\s*$"
_PER = {"w": 604_800.0, "d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_TRUE = {
    "true", "yes", "y", "1", "1.0", "t", "met", "achieved", "hit", "in sla", "abandoned", "on time",
    "correct", "right", "ja", "oui", "sí", "si", "sì", "sim", "tak", "ano", "да",
}  # fmt: skip
_FALSE = {
    "false", "no", "n", "0", "0.0", "f", "missed", "not met", "violated", "breached", "breach",
    "failed", "answered", "overdue", "late", "incorrect", "wrong", "nein", "non", "não", "nee", "nej", "nei", "nie",
    "ne", "нет",
}  # fmt: skip
YES_OR_NO = dict.fromkeys(_TRUE, 1.0) | dict.fromkeys(_FALSE, 0.0) | known_words(VENDORS, "met_sla")
"""What flags say in words; a count in them is one or none."""
SCORES = {
    "very satisfied": 5.0, "satisfied": 4.0, "dissatisfied": 2.0, "very dissatisfied": 1.0,
    **known_words(VENDORS, "satisfaction"),
}  # fmt: skip
_NO_SCORE = unknown_words(VENDORS, "satisfaction")
"""What is written where the customer was asked and did not answer, or was not asked."""


class Amounts:
    """The cells of one column of durations or numbers."""

    def __init__(
        self, unit: str | None = None, is_duration: bool = False, words: Mapping[str, float] | None = None
    ) -> None:
        self._seconds = SECONDS_PER[unit or "minutes"] if is_duration else 1.0
        self._is_duration, self._words = is_duration, words or {}
        self.percent = 0
        """Cells written in per cent."""
        self.thousands = 0
        """Cells such as `1,234` that were read as thousands, though nothing says that the comma is no decimal one."""
        self.worded: set[str] = set()
        """Words that were read as numbers."""
        self._values: list[Floats] = []
        self._state: list[NDArray[np.int8]] = []

    def add(self, cells: pa.Array) -> None:
        """Read a batch of cells."""
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.types as kinds

        if kinds.is_timestamp(cells.type):
            cells = cells.cast(pa.string())
        missing = _numpy(pc.is_null(cells)).astype(bool)
        try:
            cells.slice(0, FIRST).cast(pa.float64())
            values = _numpy(cells.cast(pa.float64())).astype(float) * self._seconds
        except pa.ArrowInvalid:
            cells = pc.utf8_trim_whitespace(cells)
            missing |= _numpy(pc.is_in(cells, pa.array(NOTHING))).astype(bool)
            values = np.where(missing, np.nan, self._one_by_one(cells))
        values = np.where(np.isfinite(values), values, np.nan)
        unread = np.where(np.isnan(values) & ~missing, UNREADABLE, np.where(missing, MISSING, READ))
        if self._words is SCORES:
            unread[_among(cells, _NO_SCORE)] = MISSING
        self._values.append(values)
        self._state.append(unread.astype(np.int8))

    def finish(self) -> tuple[Floats, NDArray[np.int8]]:
        """Return the values (durations in minutes), NaN where there is none, and the state of each cell."""
        values = np.concatenate(self._values)
        return values / 60 if self._is_duration else values, np.concatenate(self._state)

    def _one_by_one(self, cells: pa.Array) -> Floats:
        """Read cells one shape after the other; NaN where none fits."""
        import pyarrow as pa
        import pyarrow.compute as pc

        is_thousands = pc.match_substring_regex(cells, _THOUSANDS)
        unsure = pc.and_(is_thousands, pc.match_substring_regex(cells, _ONE_COMMA))
        is_decimal = pc.and_not(pc.match_substring_regex(cells, _COMMA), is_thousands)
        if pc.any(is_decimal).as_py():
            is_thousands = pc.and_not(is_thousands, unsure)
        else:
            self.thousands += pc.sum(unsure).as_py() or 0
        number = pc.if_else(is_thousands, pc.replace_substring(cells, ",", ""), cells)
        comma = pc.replace_substring(pc.replace_substring_regex(cells, "[. ]", ""), ",", ".")
        number = pc.if_else(pc.match_substring_regex(number, _COMMA), comma, number)
        is_percent = pc.fill_null(pc.ends_with(number, "%"), False)
        number = pc.if_else(is_percent, pc.utf8_rtrim(number, "% "), number)
        is_number = pc.match_substring_regex(number, r"^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?$")
        plain = pc.if_else(is_number, number, pa.scalar(None, pa.string())).cast(pa.float64())
        percent = _numpy(is_percent).astype(bool)
        values = _numpy(plain).astype(float) * np.where(percent, np.nan if self._is_duration else 0.01, self._seconds)
        self.percent += int((percent & np.isfinite(values)).sum())
        if self._is_duration:
            for shape in (_CLOCK, _WORDS):
                self._read_shape(cells, shape, values)
        if self._words:
            self._read_words(cells, values)
        return values

    @staticmethod
    def _read_shape(cells: pa.Array, shape: str, values: Floats) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        # Every part of a shape may be absent, but not all of them.
        has_digit = _numpy(pc.fill_null(pc.match_substring_regex(cells, r"\d"), False)).astype(bool)
        left = np.flatnonzero(np.isnan(values) & has_digit)
        found = pc.extract_regex(cells.take(pa.array(left)), pattern=shape)
        is_found = pc.is_valid(found)
        fits, found = left[_numpy(is_found).astype(bool)], found.filter(is_found)
        if not len(fits):
            return
        total = np.zeros(len(fits))
        for part in found.type:
            if part.name in _PER:
                text = pc.struct_field(found, part.name)
                number = pc.if_else(pc.equal(text, ""), "0", text).cast(pa.float64())
                total += _PER[part.name] * _numpy(number).astype(float)
        sign = np.where(_numpy(pc.equal(pc.struct_field(found, "g"), "-")).astype(bool), -1.0, 1.0)
        values[fits] = sign * total

    def _read_words(self, cells: pa.Array, values: Floats) -> None:
        coded = cells.dictionary_encode()
        words = [str(word).casefold() for word in coded.dictionary.to_pylist()]
        scores = np.array([self._words.get(word, np.nan) for word in words] + [np.nan])
        codes = _numpy(coded.indices.fill_null(len(words))).astype(np.int64)
        is_worded = np.isnan(values) & np.isfinite(scores[codes])
        values[is_worded] = scores[codes[is_worded]]
        self.worded.update(words[code] for code in np.unique(codes[is_worded]))


class Flags:
    """The cells of one column of yes and no: 1, 0, or NaN where a cell says neither."""

    def __init__(self, value: str | None) -> None:
        self._value = None if value is None else value.strip().casefold()
        self.seen: dict[str, None] = {}
        """What cells held, the first few."""
        self.is_met = False
        """Whether a cell held the value that means yes."""
        self._values: list[Floats] = []
        self._state: list[NDArray[np.int8]] = []

    def add(self, cells: pa.Array) -> None:
        """Read a batch of cells."""
        coded = cells.dictionary_encode()
        words = [str(word).strip().casefold() for word in coded.dictionary.to_pylist()]
        for word in words[:50]:
            if len(self.seen) < 50:
                self.seen.setdefault(word)
        self.is_met = self.is_met or self._value in words
        meaning = np.array([self._meaning(word) for word in words] + [np.nan])
        codes = _numpy(coded.indices.fill_null(len(words))).astype(np.int64)
        values = meaning[codes]
        missing = codes == len(words)
        if self._value is not None:
            values = np.where(missing, 0.0, values)
        self._values.append(values)
        self._state.append(np.where(missing, MISSING, np.where(np.isnan(values), UNREADABLE, READ)).astype(np.int8))

    def _meaning(self, word: str) -> float:
        if self._value is not None:
            return float(word == self._value)
        return YES_OR_NO.get(word, np.nan)

    def finish(self) -> tuple[Floats, NDArray[np.int8]]:
        """Return the values and the state of each cell."""
        return np.concatenate(self._values), np.concatenate(self._state)


def _numpy(cells: Any) -> NDArray[Any]:
    return np.asarray(cells.to_numpy(zero_copy_only=False))


def _among(cells: pa.Array, words: set[str]) -> NDArray[np.bool_]:
    import pyarrow as pa
    import pyarrow.compute as pc

    lower = pc.utf8_lower(pc.utf8_trim_whitespace(cells))
    return _numpy(pc.is_in(lower, pa.array(sorted(words)))).astype(bool)
