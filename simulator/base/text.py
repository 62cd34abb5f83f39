"""How messages write things: counted nouns, lists, near misses, paths, values and names."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

Key = tuple[str | int, ...]
"""A path into a scenario: names of keys, and numbers of places in lists."""
MAX_SHOWN = 60
"""Characters of a value that a message repeats."""


def counted(number: int, noun: str) -> str:
    """Write `1 item`, `2 items`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(values: Sequence[str], write: Callable[[str], str] = str) -> str:
    """Join phrases: `a, b and c`."""
    texts = [write(value) for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}" if texts else ""


def nearest(given: str, names: Iterable[str], cutoff: float = 0.5) -> str | None:
    """Return the name that is most like a given one; None if none is alike by at least `cutoff` (0 to 1)."""
    return next(iter(difflib.get_close_matches(given, list(names), n=1, cutoff=cutoff)), None)


def did_you_mean(given: str, names: Iterable[str], cutoff: float = 0.5) -> str:
    """Write a suggestion to append to a message: ` (did you mean weekend_cover?)`, or nothing."""
    near = nearest(given, names, cutoff)
    return f" (did you mean {near}?)" if near else ""


def spell(path: Key) -> str:
    """Write a path as users do: `teams.tier1.shifts[0].agents`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{_legible(step)}" for step in path)
    return text.removeprefix(".")


def _legible(step: str) -> str:
    step = step if step.isprintable() and step else repr(step)
    return step if len(step) <= 100 else step[:97] + "..."


def shown(given: Any) -> str:
    """Write a value as a scenario file would, shortened."""
    if isinstance(given, Mapping) and "value" in given:
        text = "{" + ", ".join(f"{key}: {shown(value)}" for key, value in given.items()) + "}"
    elif isinstance(given, Mapping | BaseModel):
        return "a mapping"
    elif isinstance(given, list | tuple):
        return "a list"
    elif given is None:
        return "empty"
    elif isinstance(given, bool):
        return str(given).lower()
    elif isinstance(given, float) and not math.isfinite(given):
        return ".nan" if math.isnan(given) else ".inf" if given > 0 else "-.inf"
    elif isinstance(given, int) and abs(given) >= 10**50:
        return "a number of more than 50 digits"
    else:
        text = repr(given) if isinstance(given, str) else str(given)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


def clean(text: str) -> str:
    """Return text in one line without control characters, which SVG may not hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def short(text: str, length: int = 24) -> str:
    """Shorten a name for an axis or a table in its middle, as names often differ at their end."""
    whole = clean(text)
    if len(whole) <= length:
        return whole
    tail = length // 3
    return f"{whole[: length - 1 - tail].rstrip()}…{whole[-tail:].lstrip()}"
