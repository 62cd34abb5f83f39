"""The fitted scenario as a file that a person can read: durations and shares as people write them, with sources."""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.base.quantities import MINUTES_PER, Figure
from simulator.base.text import Key
from simulator.scenario import Scenario, figures_of

_WIDTH = 118
"""Longest line of a mapping in braces; longer ones are written below each other."""
_COMMENT_WIDTH = 110
_SIGNIFICANT = 4
"""Digits of a figure without an interval."""
_FINENESS = 100
"""A figure with an interval is rounded to this part of its width, or finer."""
_UNITS = (("d", 2880.0), ("h", 120.0), ("m", 1.0), ("s", 0.0))
"""Units of durations, and from how many minutes on each is used."""


def scenario_text(
    data: Mapping[str, Any], scenario: Scenario, header: Sequence[str], comments: Mapping[Key, str]
) -> str:
    """Write plain data as YAML; `scenario` is what it was checked as, and knows the unit of every figure.

    Comments stand above what they are about. Figures are rounded to what their intervals can tell apart.
    """
    units = {known.path: known.quantity.unit for known in figures_of(scenario)}
    tree = _written(data, (), units)
    return _dump(tree, header, comments)


def decimals_of(value: float, low: float | None, high: float | None) -> int:
    """Return the decimals that a value in its unit is written with; what is not 0 is not written as 0."""
    width = (high - low) / _FINENESS if low is not None and high is not None else 0.0
    if width <= 0:
        width = abs(value) * 10.0 ** (1 - _SIGNIFICANT)
    if width <= 0:
        return 0
    sizes = [width, *(abs(one) for one in (value, low) if one)]
    return min(12, max(0, math.ceil(-math.log10(min(sizes)))))


def unwritten(data: Mapping[str, Any], scenario: Scenario) -> str:
    """List, as comments, the assumed figures that a scenario has by itself: who owns them must see them."""
    lines = []
    for known in figures_of(scenario):
        is_ours = scenario.source_of(known.name, known.figure) or ""
        if is_ours.startswith("assumed") and not _holds(data, known.path) and not isinstance(known.path[-1], int):
            lines.append(f"#   {known.name}: {in_words(known.figure, known.quantity.unit)[0]}")
    head = "# Assumed figures that stand in no export; these hold until you write them above:"
    return "\n".join(["", head, *lines, ""]) if lines else ""


def _holds(data: Any, path: Key) -> bool:
    """Return whether data give a figure, or the whole that it is a part of."""
    for step in path:
        if not isinstance(data, Mapping):
            return True
        if step not in data:
            return False
        data = data[step]
    return True


def in_words(figure: Figure, unit: str) -> tuple[str, str]:
    """Return a figure and its interval as people write them: `8.3m`, `8.1m to 8.5m`; empty where there is none."""
    written = _figure(figure, unit)
    if not isinstance(written, dict):
        return str(written), ""
    return str(written["value"]), f"{written['low']} to {written['high']}" if "low" in written else ""


# -- values as people write them -----------------------------------------------------------------------------


def _written(node: Any, path: Key, units: Mapping[Key, str]) -> Any:
    if isinstance(node, Figure):
        return _figure(node, _unit(path, units))
    if isinstance(node, Mapping):
        return {str(name): _written(item, (*path, str(name)), units) for name, item in node.items()}
    if isinstance(node, str) or not isinstance(node, Sequence):
        return _number(float(node), _unit(path, units), path) if isinstance(node, float) else node
    return [_written(item, (*path, place), units) for place, item in enumerate(node)]


def _unit(path: Key, units: Mapping[Key, str]) -> str:
    """Find the unit of a figure; one that stands for a whole distribution is its mean or its constant value."""
    for below in ((), ("mean",), ("value",)):
        if (*path, *below) in units:
            return units[(*path, *below)]
    return "number"


def _figure(figure: Figure, unit: str) -> Any:
    low, high = figure.low, figure.high
    scale, suffix = _scale(float(figure), unit)
    ends = [None if end is None else end * scale for end in (low, high)]
    decimals = decimals_of(figure * scale, *ends)
    value = _spelled(figure * scale, decimals, suffix)
    if not figure.is_uncertain and figure.source is None:
        return value
    written: dict[str, Any] = {"value": value}
    if ends[0] is not None and ends[1] is not None:
        written |= {"low": _spelled(ends[0], decimals, suffix), "high": _spelled(ends[1], decimals, suffix)}
    if figure.n is not None:
        written["n"] = figure.n
    if figure.source is not None:
        written["source"] = figure.source
    return written


def _number(value: float, unit: str, path: Key) -> Any:
    # Pairs such as [probability, duration] read better with probabilities as numbers.
    scale, suffix = (1.0, "") if unit == "share" and isinstance(path[-1], int) else _scale(value, unit)
    return _spelled(value * scale, decimals_of(value * scale, None, None), suffix)


def _scale(value: float, unit: str) -> tuple[float, str]:
    """Return what a value is multiplied by, and the sign behind it."""
    if unit == "share":
        return 100.0, "%"
    if unit == "minutes":
        suffix = next(name for name, least in _UNITS if abs(value) >= least)
        return 1 / MINUTES_PER[suffix], suffix
    return 1.0, ""


def _spelled(value: float, decimals: int, suffix: str) -> Any:
    number = round(value, decimals)
    if not suffix:
        return int(number) if number.is_integer() else number
    text = f"{number:.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + suffix


# -- the file ------------------------------------------------------------------------------------------------


def _dump(tree: Mapping[str, Any], header: Sequence[str], comments: Mapping[Key, str]) -> str:
    from ruamel.yaml import YAML

    writer = YAML()
    writer.width = 1_000_000  # Lists stay in one line: a profile of 24 hours is read across.
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.allow_unicode = True
    stream = io.StringIO()
    writer.dump(_commented(tree, (), comments), stream)
    lines = [f"# {line}".rstrip() for text in header for line in (_wrapped(text, _COMMENT_WIDTH) or [""])]
    return "\n".join(lines) + "\n\n" + stream.getvalue()


def _commented(node: Any, path: Key, comments: Mapping[Key, str]) -> Any:
    """Turn plain data into what the YAML library writes: short mappings in braces, comments above their keys."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(node, dict):
        mapping = CommentedMap()
        for name, item in node.items():
            mapping[name] = _commented(item, (*path, name), comments)
            text = comments.get((*path, name), "")
            lines = "\n".join(_wrapped(text, _COMMENT_WIDTH - 2 * len(path)))
            starts_section = not path and isinstance(item, dict) and "value" not in item
            if text or starts_section:
                # A line break of its own sets sections apart.
                before = "\n" * starts_section + lines
                mapping.yaml_set_comment_before_after_key(name, before=before, indent=2 * len(path))
        has_comments = any(key[: len(path)] == path and len(key) > len(path) for key in comments)
        if path and (len(path) > 1 or "value" in node) and _is_short(node) and not has_comments:
            mapping.fa.set_flow_style()
        return mapping
    if isinstance(node, list):
        items = CommentedSeq(_commented(item, (*path, place), comments) for place, item in enumerate(node))
        if not any(isinstance(item, dict) for item in node):
            items.fa.set_flow_style()
        return items
    return node


def _wrapped(text: str, width: int) -> list[str]:
    """Break a comment into lines; signs that YAML takes for line breaks must not end it."""
    return textwrap.wrap("".join(letter if letter.isprintable() else " " for letter in text), width)


def _is_short(node: Mapping[str, Any]) -> bool:
    """Return whether a mapping reads well in one line: a figure, or a few figures that fit."""
    return "value" in node or len(str(node)) <= _WIDTH
