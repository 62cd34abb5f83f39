"""Names of intents, channels, tiers and teams, made fit for a scenario; people's names become numbers, or are refused.

A category's names travel into the scenario, its results and reports, so a column that seems to hold personal data
(e-mail addresses, telephone numbers, texts, a value of its own in every row) is refused rather than read.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.calibration.exports.table import UNKNOWN, Category, Codes

if TYPE_CHECKING:
    import pyarrow as pa

_LONGEST = 80
"""Characters of a name that the model takes."""
_MOST_NAMES = 5_000
"""Different names that a category may have."""
_MANY = 50
"""Different names from which a category may not have one for every second row."""
_MOST_PEOPLE = 2_000_000
_RESERVED = str.maketrans(dict.fromkeys(".[]=,", " "))
_ESCAPED = re.compile(r"'[-+=@]")
"""Text that a spreadsheet would run as a formula, as careful programs write it."""
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}")
_PHONE = re.compile(r"(?=(?:\D*\d){8})\+?\(?\d[\d\s()/-]{7,}")


class Names:
    """The cells of one column of names, as codes."""

    def __init__(self, most: int = _MOST_PEOPLE) -> None:
        self._codes: list[Codes] = []
        self.places: dict[str, int] = {}
        self._most = most
        self.is_too_many = False

    def add(self, cells: pa.Array) -> None:
        """Read a batch of cells."""
        import pyarrow as pa
        import pyarrow.types as kinds

        coded = (cells.cast(pa.string()) if not kinds.is_string(cells.type) else cells).dictionary_encode()
        places = []
        for name in coded.dictionary.to_pylist():
            if name not in self.places and len(self.places) >= self._most:
                self.is_too_many = True
                places.append(UNKNOWN)
            else:
                places.append(self.places.setdefault(name, len(self.places)))
        table = np.array([*places, UNKNOWN], dtype=np.int32)
        self._codes.append(table[coded.indices.fill_null(len(places)).to_numpy(zero_copy_only=False)])

    def codes(self) -> Codes:
        """Return a number for each row, by first appearance; UNKNOWN where a cell holds nothing."""
        return np.concatenate(self._codes)


class Numbers:
    """The cells of a column of ticket numbers, as hashes: equal where the numbers are, 0 where there is none."""

    def __init__(self) -> None:
        self._hashes: list[NDArray[np.uint64]] = []

    def add(self, cells: pa.Array) -> None:
        """Read a batch of cells."""
        import pandas as pd
        import pyarrow as pa
        import pyarrow.compute as pc

        text = pc.utf8_trim_whitespace(cells.cast(pa.string())).fill_null("")
        hashes = pd.util.hash_array(text.to_numpy(zero_copy_only=False).astype(object), categorize=False)
        is_empty = pc.equal(text, "").to_numpy(zero_copy_only=False)
        self._hashes.append(np.where(is_empty, np.uint64(0), hashes))

    def hashes(self) -> NDArray[np.uint64]:
        """Return the hashes of all rows."""
        return np.concatenate(self._hashes)


@dataclass(frozen=True)
class _Tidied:
    """A category as the model takes it, and what was changed."""

    category: Category
    merged: int
    """Spellings that were merged into others."""
    changed: int
    """Names that lost characters."""


def tidy(names: Names, codes: Codes) -> _Tidied:
    """Make names fit for the model, merging those that differ in case, space or marks only; unused ones are dropped.

    Of several spellings the most frequent one stays.
    """
    counts = np.bincount(codes[codes >= 0], minlength=len(names.places))
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    keys: list[str | None] = []
    changed = 0
    for name, place in names.places.items():
        fit = fit_name(name)
        keys.append(fit.casefold() or None)
        if fit and counts[place]:
            spellings[fit.casefold()][fit] += int(counts[place])
            changed += fit != " ".join(name.split())
    best = {key: max(sorted(found), key=lambda name: found[name]) for key, found in spellings.items()}
    ordered = sorted(best.values())
    place_of = {name: place for place, name in enumerate(ordered)}
    code_of = {key: place_of[name] for key, name in best.items()}
    table = np.array([code_of.get(key or "", UNKNOWN) for key in keys] + [UNKNOWN], dtype=np.int32)
    used = sum(1 for key, place in zip(keys, names.places.values(), strict=True) if key and counts[place])
    return _Tidied(Category(table[codes], tuple(ordered)), used - len(ordered), changed)


def fit_name(name: str) -> str:
    """Write a name as the model takes it: without marks of paths and unprintable characters, 80 characters at most."""
    name = name[1:] if _ESCAPED.match(name) else name
    text = unicodedata.normalize("NFC", name).translate(_RESERVED)
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())[:_LONGEST].strip()


def seems_personal(names: Names, rows: int) -> str | None:
    """Say why a column of names seems to hold personal data, or None where it does not."""
    held = list(names.places)
    if emails := sum(1 for name in held if _EMAIL.search(name)):
        return f"holds e-mail addresses ({emails:,} different ones)"
    if phones := sum(1 for name in held if _PHONE.fullmatch(name.strip())):
        return f"holds what seem to be telephone numbers ({phones:,} different ones)"
    if names.is_too_many or len(held) > _MOST_NAMES:
        return f"holds more than {_MOST_NAMES:,} different values"
    if len(held) > max(_MANY, rows // 2):
        return f"holds {len(held):,} different values in {rows:,} rows"
    lengthy = [name for name in held if len(name) > _LONGEST]
    if len(lengthy) > max(1, len(held) // 20) or any(len(name) > 10 * _LONGEST for name in lengthy):
        return f"holds long texts ({len(lengthy):,} of {len(held):,} values have more than {_LONGEST} characters)"
    return None
