"""What a help desk's export is: its columns, units, words, what to beware of, and a sample row.

Columns are named as `plain` writes them. Those counted in business hours are not read: the model's clock runs on, and
moments say the same and more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

_CUSTOM = re.compile(r"^custom field \((.*)\)$")
_ASIDE = re.compile(r"[(\[]([^)\]]*)[)\]]")
_NOISE = re.compile(r"[\W_]+")


def plain(column: str) -> str:
    """Write a column's name without case, spaces, marks, asides in brackets and custom-field wrapping."""
    name = column.strip().casefold()
    name = _CUSTOM.sub(r"\1", name).replace("[custom field]", "")
    return _NOISE.sub("", _ASIDE.sub("", name) or name)


def asides(column: str) -> list[str]:
    """Return what a column's name holds in brackets: units, time zones."""
    return _ASIDE.findall(column)


@dataclass(frozen=True)
class Caveat:
    """What readers should know where a column of a vendor's is read."""

    field: str
    """The field that it is read as."""
    level: Literal["warning", "note"]
    text: str
    """Says it; `{column}` stands for the column's name, `{field}` for the field's."""

    def written(self, column: str) -> str:
        """Write it for a file in which the column has this name."""
        return self.text.replace("{column}", column).replace("{field}", self.field)


@dataclass(frozen=True)
class Vendor:
    """A help desk, and how its export is read."""

    name: str
    signs: frozenset[str]
    """Columns that only it has."""
    columns: Mapping[str, tuple[str, ...]]
    """Names by field, the preferred one first."""
    sample: Mapping[str, str]
    """One row as it writes them: cells by column."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Units of columns whose names do not say them."""
    words: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    """Numbers that its words stand for, by field; None for words that say that nothing is known."""
    caveats: tuple[Caveat, ...] = ()


def known_words(vendors: Iterable[Vendor], name: str) -> dict[str, float]:
    """Return the numbers that vendors' words for a field stand for, all put together."""
    words = (item for vendor in vendors for item in vendor.words.get(name, {}).items())
    return {word: value for word, value in words if value is not None}


def unknown_words(vendors: Iterable[Vendor], name: str) -> set[str]:
    """Return the words with which vendors say that nothing is known of a field."""
    return {word for vendor in vendors for word, value in vendor.words.get(name, {}).items() if value is None}
