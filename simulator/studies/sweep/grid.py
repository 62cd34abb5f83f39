"""Grids: every combination of the values that inputs are varied over.

>>> axes = read_axes(["policy.answer_threshold=0.7:0.9:0.05", "teams.care.shifts[0].agents=3,4"])   # doctest: +SKIP
>>> grid(scenario, axes)   # doctest: +SKIP
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from simulator.base.errors import Problem, ScenarioError, StudyError, cut
from simulator.base.text import spell
from simulator.scenario import Scenario
from simulator.scenario.document import overlap, parse_path
from simulator.scenario.yaml_text import parse_yaml
from simulator.studies.compare.alternatives import apply_changes, check_currencies, split_outside
from simulator.studies.running.variants import AS_IS, Variant
from simulator.tickets.fingerprints import scenario_key

_MAX_CELLS = 10_000
_MAX_DIGITS = 15
_MAX_NAMED = 8
"""Values of a range that a message names."""
_MAX_TOLD = 20
"""Refused values told; the rest is counted."""
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*([a-zA-Z%]*)\s*")
_EXAMPLE = "policy.answer_threshold=0.7:0.9:0.05 or policy.answer_threshold=0.7,0.8"


@dataclass(frozen=True)
class Axis:
    """One varied input."""

    path: str
    values: tuple[str, ...]
    """As written, in the order given; at least one."""
    option: str
    """The option that gave it, as messages repeat it."""

    @property
    def numbers(self) -> tuple[float, ...] | None:
        """The values as numbers without their unit; None unless all are numbers in one unit."""
        found = [_NUMBER.fullmatch(value) for value in self.values]
        if any(match is None for match in found) or len({match[2] for match in found if match}) > 1:
            return None
        return tuple(float(match[1]) for match in found if match)

    @property
    def unit(self) -> str:
        """The unit that its numbers are written in, such as `m` or `%`; empty for bare numbers and words."""
        match = _NUMBER.fullmatch(self.values[0])
        return match[2] if match and self.numbers is not None else ""


def read_axes(texts: Sequence[str]) -> tuple[Axis, ...]:
    """Read `path=start:stop:step` (stop included) and `path=a,b,c`; raise ScenarioError with every problem."""
    problems: list[Problem] = []
    axes: list[Axis] = []
    for text in texts:
        try:
            axis = _read_axis(text)
            if any(axis.path == other.path for other in axes):
                rule = "is varied twice; must be varied once, so give all its values in one --vary"
                raise ScenarioError(Problem(axis.option, axis.path, rule))
            if (told := overlap(axis.path, [other.path for other in axes])) is not None:
                raise ScenarioError(Problem(axis.option, axis.path, told))
            axes.append(axis)
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    if not axes:
        raise StudyError(f"a sweep varies something; give --vary, such as --vary {_EXAMPLE}")
    cells = math.prod(len(axis.values) for axis in axes)
    if cells > _MAX_CELLS:
        rule = f"must have {_MAX_CELLS:,} or fewer, so take fewer values"
        raise StudyError(f"the grid has {cells:,} cells; {rule}")
    return tuple(axes)


def grid(scenario: Scenario, axes: Sequence[Axis]) -> tuple[Variant, ...]:
    """List the variant of every cell, the last axis changing fastest; raise ScenarioError with every refused value."""
    variants: list[Variant] = []
    problems: dict[Problem, None] = {}
    read = [[parse_yaml(value, axis.option, in_file=False)[0] for value in axis.values] for axis in axes]
    places = {cut(axis.path): axis.option for axis in axes}
    paths = [axis.path for axis in axes]
    for written, values in zip(
        itertools.product(*(axis.values for axis in axes)), itertools.product(*read), strict=True
    ):
        settings = tuple(zip(paths, written, strict=True))
        name = _cell_name(settings)
        try:
            changes = dict(zip(paths, values, strict=True))
            general = cut(" ".join(f"--vary {path}={value}" for path, value in settings))
            variants.append(Variant(name, apply_changes(scenario, changes, places, general), settings, scenario))
        except ScenarioError as error:
            problems |= dict.fromkeys(error.problems)
    if problems:
        told = list(problems)[:_MAX_TOLD]
        if len(problems) > _MAX_TOLD:
            more = f"{len(problems) - _MAX_TOLD:,} more problems of this kind are not listed"
            told.append(Problem("--vary", "", more))
        raise ScenarioError(told)
    return tuple(variants)


def with_reference(scenario: Scenario, cells: Sequence[Variant]) -> tuple[tuple[Variant, ...], str]:
    """Put the scenario as it is before the cells of its grid, and return its name there.

    Where a cell is the scenario as it is, that cell comes first, and nothing is simulated twice. Raises StudyError
    where amounts are in different currencies.
    """
    check_currencies([Variant(AS_IS, scenario), *cells])
    for cell in cells:
        if scenario_key(cell.scenario) == scenario_key(scenario):
            return (cell, *(other for other in cells if other is not cell)), cell.name
    return (Variant(AS_IS, scenario), *cells), AS_IS


def _cell_name(settings: Iterable[tuple[str, str]]) -> str:
    """Name a cell: `policy.answer_threshold=0.8, teams.care.shifts[0].agents=3`."""
    return ", ".join(f"{path}={value}" for path, value in settings)


# -- reading --vary ----------------------------------------------------------------------------------------------


def _read_axis(text: str) -> Axis:
    option = cut(f"--vary {text}")
    name, sign, values = text.partition("=")
    if not sign:
        rule = f"must be path=start:stop:step or path=a,b,c, such as {_EXAMPLE}"
        raise ScenarioError(Problem(option, "", f"has no =; {rule}"))
    try:
        path = spell(parse_path(name.strip()))
    except ValueError as error:
        raise ScenarioError(Problem(option, cut(name.strip()) if name.strip() else "", str(error))) from None
    try:
        return Axis(path, _values(values.strip(), option), option)
    except ValueError as error:
        raise ScenarioError(Problem(option, path, str(error))) from None


def _values(text: str, option: str) -> tuple[str, ...]:
    """Read the values of an axis; raise ValueError with what is wrong."""
    if not text:
        raise ValueError(f"has no values; must have some, such as {_EXAMPLE}")
    ends = split_outside(text, ":")
    items = split_outside(text)
    if any(part.startswith("+") for part in (*ends, *items)):
        raise ValueError("has a value with +; must have the values themselves, as a sweep adds to nothing")
    if len(items) == 1 and len(ends) == 3 and not text.startswith(("{", "[", '"', "'")):
        return _range(*ends)
    if "" in items:
        raise ValueError("has an empty value between commas; must have a value, so fill or drop it")
    seen: dict[str, Any] = {}
    for item in items:
        value = parse_yaml(item, option, in_file=False)[0]
        if value in seen.values():
            raise ValueError(f"has the value {cut(item)} twice; must have it once")
        seen[item] = value
    return tuple(seen)


def _range(*ends: str) -> tuple[str, ...]:
    """List start, start + step, … up to stop, in exact decimals and in the unit that all three share."""
    found = [_NUMBER.fullmatch(end) for end in ends]
    rule = "must be start:stop:step, three numbers in one unit such as 0.7:0.9:0.05 or 5m:15m:5m"
    for end, match in zip(ends, found, strict=True):
        if match is None:
            raise ValueError(f"has {cut(end) if end else 'nothing'} in its range; {rule}")
        if len(match[1]) > _MAX_DIGITS:
            raise ValueError(f"has a number of {len(match[1])} digits in its range; must have {_MAX_DIGITS} or fewer")
    units = {match[2] for match in found if match}
    if len(units) > 1:
        raise ValueError(f"mixes units in its range ({', '.join(sorted(map(repr, units)))}); {rule}")
    start, stop, step = (Decimal(match[1]) for match in found if match)
    if step <= 0:
        raise ValueError(f"has the step {step}; must be above 0")
    if stop < start:
        raise ValueError(f"stops at {stop}, before its start {start}; must stop at or after it")
    with localcontext() as context:
        context.prec = 4 * _MAX_DIGITS
        count = int((stop - start) // step) + 1
        if count > _MAX_CELLS:
            raise ValueError(f"has {count:,} values; must have {_MAX_CELLS:,} or fewer, so take a longer step")
        places, unit = max(-int(start.as_tuple().exponent), -int(step.as_tuple().exponent), 0), units.pop()
        values = tuple(_plain(start + step * number, places) + unit for number in range(count))
        if start + step * (count - 1) != stop:
            given = ", ".join(values if count <= _MAX_NAMED else (*values[: _MAX_NAMED - 2], "…", values[-1]))
            rule = f"the steps give {given}; must reach it, so stop at {values[-1]} or take another step"
            raise ValueError(f"does not reach its stop {_plain(stop, _MAX_DIGITS)}{unit}: {rule}")
    return values


def _plain(value: Decimal, places: int) -> str:
    """Write a decimal without exponent and trailing zeros: `0.9`, `10`."""
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
