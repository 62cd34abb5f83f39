"""Alternatives: the variants that a comparison is given, as scenario files, changes by name, or what-ifs.

>>> variants_of(["saas_pilot"], changed=["low:policy.phases[3].answer_threshold=0.8"])   # doctest: +SKIP
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from simulator.base.errors import Problem, ScenarioError, StudyError, cut
from simulator.scenario import Scenario, load_scenario, override
from simulator.scenario.document import Increase, overlap, read_value
from simulator.scenario.loading import absolute
from simulator.scenario.what_ifs import MAX_NAME, WhatIf, find_what_if, nearest_what_if, read_what_if
from simulator.studies.running.variants import AS_IS, Variant, of_one_desk
from simulator.tickets import draw_tickets
from simulator.tickets.fingerprints import people_key

_MAX_VARIANTS = 100
Given = Scenario | str | Path
"""A scenario, its file, or the name of a shipped one."""


def variants_of(
    scenarios: Sequence[Given], overrides: Iterable[str] = (), changed: Iterable[str] = ()
) -> tuple[tuple[Variant, ...], list[str]]:
    """Load the variants of a comparison, the reference first, and give warnings about them.

    `scenarios` are files, names, or scenarios; `overrides` hold for all of them. `changed` are variants of the
    first one: `NAME:path=value,…`, `path=value`, or a what-if's file or name. Raises SimulatorError with every problem.
    """
    texts = list(changed)
    problems: list[Problem] = []
    warnings: list[str] = []
    found_by: list[tuple[str, Scenario]] = []
    for given in scenarios:
        try:
            found_by.append((_file_name(given), loaded(given, overrides)))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    if len(found_by) + len(texts) > _MAX_VARIANTS:
        raise StudyError(f"{len(found_by) + len(texts)} variants are too many; compare {_MAX_VARIANTS} or fewer")
    found = _named_scenarios(found_by)
    warnings += [_stands_alone(variant.name) for variant in found[1:] if variant.base is None]
    for text in texts:
        try:
            change = _read_change(text)
            found.append(_changed(found[0].scenario, change))
            if found_by[0][0]:  # A scenario without a file may be the one that a what-if was written for.
                warnings += _misfits(change, {found_by[0][0], found_by[0][1].name})
        except ScenarioError as error:
            problems += error.problems
    problems += _repeated(found)
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    check_currencies(found)
    if len(found) < 2:
        raise StudyError("a comparison needs two variants or more; name a second scenario, or give --variant")
    return tuple(found), warnings


def loaded(given: Given, overrides: Iterable[str] = ()) -> Scenario:
    """Return a scenario with overrides, loaded where a file or a name is given."""
    if not isinstance(given, Scenario):
        return load_scenario(given, overrides)
    texts = list(overrides)
    return override(given, texts) if texts else given


def _file_name(given: Given) -> str:
    return "" if isinstance(given, Scenario) else Path(given).stem


def meets_same_customers(one: Scenario, other: Scenario, seed: int) -> bool:
    """Return whether two scenarios meet the same customers: who comes, when, about what, and how hard it is.

    Compared on replication 0, customers of a warm-up left out. What the AI draws for them is not compared; it may be
    another AI.
    """
    if people_key(one) == people_key(other):
        return True  # Nothing that customers are drawn from differs, so that they need no drawing.
    if (list(one.intents), list(one.channels), list(one.tiers)) != (
        list(other.intents),
        list(other.channels),
        list(other.tiers),
    ):
        return False
    here, there = (draw_tickets(scenario, seed, 0) for scenario in (one, other))
    columns = ("arrival", "intent", "channel", "tier", "difficulty")
    return all(
        np.array_equal(getattr(here, name)[here.is_counted], getattr(there, name)[there.is_counted])
        for name in columns
    )


def check_currencies(variants: Sequence[Variant]) -> None:
    """Refuse variants that state amounts in different currencies, which cannot be subtracted; raise StudyError."""
    named: dict[str, str] = {}
    for variant in variants:
        if variant.scenario.costs is not None:
            named.setdefault(variant.scenario.costs.currency, variant.name)
    if len(named) > 1:
        told = ", ".join(f"{currency} in {cut(name)!r}" for currency, name in named.items())
        rule = "must be one, so convert the amounts of one to the other's currency"
        raise StudyError(Problem("ticketflow", "costs.currency", f"is {told}; {rule}"))


def split_outside(text: str, sign: str = ",") -> list[str]:
    """Split at a sign where it stands outside brackets and quotes."""
    parts, depth, quote = [""], 0, ""
    for letter in text:
        begins = not parts[-1] or not parts[-1][-1].isalnum()
        if quote or (letter in "\"'" and begins):
            quote = "" if letter == quote else quote or letter
        depth += 0 if quote else (letter in "[{") - (letter in "]}")
        if letter == sign and not quote and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def apply_changes(scenario: Scenario, changes: Mapping[str, Any], places: Mapping[str, str], general: str) -> Scenario:
    """Return a scenario with values changed; problems name the place each change came from, or the general one."""
    try:
        return override(scenario, changes)
    except ScenarioError as error:
        found = []
        for problem in error.problems:
            where = places.get(problem.where, general)
            found.append(Problem(where, problem.path, problem.message))
        raise ScenarioError(found) from None


# -- reading --variant -------------------------------------------------------------------------------------------


@dataclass
class _Change:
    """One `--variant`, read."""

    option: str
    name: str
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    """Where each change stands, by path."""
    what_ifs: list[WhatIf] = field(default_factory=list)


def _read_change(text: str) -> _Change:
    """Read `NAME:path=value,…`, `path=value,…`, or a what-if; raise ScenarioError with every problem."""
    option = cut(f"--variant {text}")
    if (file := find_what_if(text.strip())) is not None:
        change = _Change(option, "")
        _add_what_if(change, file)
        change.name = change.what_ifs[0].name
        return change
    name, rest = _named(text)
    is_named = name is not None
    parts = split_outside(rest)
    change = _Change(option, text.strip() if name is None else name)
    problems = list(_name_problems(change)) if is_named else []
    for part in parts:
        try:
            _add_part(change, part)
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return change


def _named(text: str) -> tuple[str | None, str]:
    """Split a name (None without one) from its changes, at the last colon before the first change's value.

    A name may hold colons itself, and so may a path in quotes and what follows `=`.
    """
    before = text.partition("=")[0]
    *names, first = split_outside(before, ":")
    if not names:
        return None, text
    start = len(before.rstrip()) - len(first)
    return before[:start].rstrip().removesuffix(":").strip(), text[start:]


def _name_problems(change: _Change) -> Iterator[Problem]:
    if not change.name:
        yield Problem(change.option, "", f"has no name before the colon; must be 1 to {MAX_NAME} characters")
    elif len(change.name) > MAX_NAME:
        what = f"has a name of {len(change.name):,} characters before the colon"
        yield Problem(change.option, "", f"{what}; must be 1 to {MAX_NAME}, so shorten it")
    elif not change.name.isprintable():
        what = "has a tab, a line break or another invisible character in the name before the colon"
        yield Problem(change.option, "", f"{what}; must be one line of letters, digits, signs and spaces")


def _add_part(change: _Change, part: str) -> None:
    """Add `path=value`, or a what-if by its name."""
    path, sign, value = part.partition("=")
    if not sign:
        if (file := find_what_if(part)) is None:
            rule = "must be path=value, or a what-if's file or name; a value with commas belongs in [ ]"
            what = f"{cut(part)} is no change" if part else "holds an empty change"
            raise ScenarioError(Problem(change.option, "", f"{what}; {rule}{nearest_what_if(part)}"))
        _add_what_if(change, file)
        return
    _add(change, path.strip(), read_value(value, change.option), change.option)


def _add_what_if(change: _Change, file: Path) -> None:
    what_if = read_what_if(file)
    change.what_ifs.append(what_if)
    for path, value in what_if.changes.items():
        # YAML reads +2 as 2, so a what-if that adds has it in quotes.
        adds = isinstance(value, str) and value.startswith("+")
        _add(change, path, Increase(value) if adds else value, what_if.where(path))


def _add(change: _Change, path: str, value: Any, where: str) -> None:
    if (told := overlap(path, change.values)) is not None:
        raise ScenarioError(Problem(change.option, cut(path), told))
    change.values[path] = value
    change.places[path] = where


def _changed(scenario: Scenario, change: _Change) -> Variant:
    # Problems repeat a path as `override` shortens it.
    places = {cut(path): where for path, where in change.places.items()}
    changed = apply_changes(scenario, change.values, places, change.option)
    settings = tuple((path, _written(absolute(scenario, path, value))) for path, value in change.values.items())
    return Variant(change.name, changed, settings, scenario)


def _written(value: Any) -> str:
    """Write plain data as it would follow `path=`."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _misfits(change: _Change, names: Collection[str]) -> Iterator[str]:
    """Warn of what-ifs that were written for another scenario: their values may not mean there what they say."""
    for what_if in change.what_ifs:
        if what_if.scenario not in names:
            yield f"“{what_if.name}” was written for {what_if.scenario}; its values replace this scenario's own"


# -- names -------------------------------------------------------------------------------------------------------


def _named_scenarios(loaded: Sequence[tuple[str, Scenario]]) -> list[Variant]:
    """Name scenarios by their names, or by their files where two have the same; a single one is `as is`.

    Those that describe the first one's desk are variants of it; any other is a desk of its own.
    """
    if len(loaded) == 1:
        return [Variant(AS_IS, loaded[0][1])]
    names = [scenario.name for _, scenario in loaded]
    if len(set(names)) < len(names):
        names = [file or scenario.name for file, scenario in loaded]
    first, *others = (Variant(name, scenario) for name, (_, scenario) in zip(names, loaded, strict=True))
    return [first, *(of_one_desk(first, other) for other in others)]


def _stands_alone(name: str) -> str:
    return (
        f"“{cut(name)}” is a desk of its own: its CSAT is anchored on, and its savings are counted against, its own"
        " AI-off desk"
    )


def _repeated(found: Sequence[Variant]) -> Iterator[Problem]:
    seen = set[str]()
    for variant in found:
        if variant.name in seen:
            rule = "names two variants; must name one, so call the other something else"
            yield Problem("ticketflow", "", f"{cut(variant.name)!r} {rule}")
        seen.add(variant.name)
