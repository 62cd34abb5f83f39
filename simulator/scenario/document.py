"""Scenario files as plain data that remembers where each value stands (file and line)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.base.errors import Problem, ScenarioError, cut
from simulator.base.quantities import parse_minutes
from simulator.base.text import Key, shown, spell
from simulator.scenario.yaml_text import Places, parse_yaml

MAX_BYTES = 4_000_000
_MAX_EXTENDS = 10
_MAX_WHERE = 120
_MAX_STEPS = 20
"""Parts of a path; the deepest value of a scenario takes about ten."""
_STEP = re.compile(r"\[(\d{1,9})\]|([^.\[\]]+)")


@dataclass
class Document:
    """Plain data (maps, lists, scalars) and the place of every value in it."""

    data: dict[str, Any]
    places: Places = field(default_factory=dict)
    root: Path = field(default_factory=Path)
    """Folder that files named by the scenario must lie in."""
    folders: dict[str, Path] = field(default_factory=dict)
    """Folder of each file that took part, by its display name."""

    def where(self, path: Key) -> str:
        """Name the file and line of a value, or of the nearest thing around it."""
        while path and path not in self.places:
            path = path[:-1]
        file, line = self.places.get(path, ("scenario", None))
        return f"{file}:{line}" if line is not None else file

    def folder(self, path: Key) -> Path:
        """Return the folder of the file that holds a value."""
        while path and path not in self.places:
            path = path[:-1]
        return self.folders.get(self.places.get(path, ("", None))[0], self.root)


def parse_path(text: str) -> Key:
    """Read `teams.tier1.shifts[0].agents`; raise ValueError if it is no path."""
    steps: list[str | int] = []
    position = 0
    for match in _STEP.finditer(text):
        gap = text[position : match.start()]
        if gap not in ("", ".") or (gap == "." and not steps) or (gap == "" and steps and match[2]):
            break
        steps.append(int(match[1]) if match[1] is not None else match[2].strip())
        position = match.end()
    if position != len(text) or not steps or isinstance(steps[0], int) or "" in steps:
        raise ValueError("is no path; must be a path such as teams.tier1.shifts[0].agents")
    if len(steps) > _MAX_STEPS:
        raise ValueError(f"has {len(steps):,} parts; must have {_MAX_STEPS} or fewer")
    return tuple(steps)


def overlap(path: str, others: Iterable[str]) -> str | None:
    """Say of a path that is, or lies in or around, one of others, that both change one value; None if there is none.

    What is no path overlaps with nothing; it is refused elsewhere.
    """
    for other in others:
        try:
            here, there = parse_path(path), parse_path(other)
        except ValueError:
            continue
        if here == there:
            return "is changed twice; must be changed once, so drop one"
        short = min(len(here), len(there))
        if here[:short] == there[:short]:
            place = "lies in" if len(here) > short else "holds"
            return f"{place} {cut(spell(there))}, which is changed, too; must be changed once, so drop one"
    return None


def read_document(path: Path, root: Path | None = None, seen: tuple[Path, ...] = ()) -> Document:
    """Read a YAML file and, beneath it, the file that it extends.

    Raises ScenarioError with the line for unreadable files, YAML errors, duplicate keys, tags, circles of `extends`.
    """
    shown = display(path)
    data, places = parse_yaml(_read_text(path, shown), shown)
    if not isinstance(data, dict):
        state = "is empty" if data is None else "holds no scenario"
        raise ScenarioError(Problem(f"{shown}:1", "", f"{state}; must be a mapping such as `name: my desk`"))
    folder = path.resolve().parent
    root = root or folder
    document = Document(data, places, root, {shown: folder})
    if "extends" not in data:
        return document
    seen = (*seen, path.resolve())
    base = read_document(_extended_path(document, path, root, seen), root, seen)
    del data["extends"]
    merged, places = _overlay(base, document)
    return Document(merged, places, root, {**base.folders, **document.folders})


def resolve_inside(folder: Path, given: Any, roots: tuple[Path, ...], rule: str) -> Path:
    """Resolve a file name (links followed) that must lie in one of `roots`; raise ValueError with what is wrong."""
    if not isinstance(given, str) or not given.strip():
        raise ValueError("must be a file name")
    try:
        file = (folder / given).resolve()
        is_inside = any(file.is_relative_to(root.resolve()) for root in roots)
        exists = is_inside and file.is_file()
    except (OSError, RuntimeError, ValueError):  # Null characters, names too long, circles of links.
        raise ValueError("must be a name that a file can have") from None
    if not is_inside:
        raise ValueError(rule)
    if not exists:
        raise ValueError("must name a file that exists, so check its name")
    return file


def _extended_path(document: Document, path: Path, root: Path, seen: tuple[Path, ...]) -> Path:
    given = document.data["extends"]
    rule = "must lie in the scenario's folder or the one above it"
    try:
        base = resolve_inside(path.parent, given, (root, root.parent), rule)
        if base in seen:
            raise ValueError("must not lead back to a file that extends it")
        if len(seen) > _MAX_EXTENDS:
            raise ValueError(f"must not extend more than {_MAX_EXTENDS} files in turn")
    except ValueError as error:
        where = document.where(("extends",))
        raise ScenarioError(Problem(where, "extends", f"is {shown(given)}; {error}")) from None
    return base


def display(path: Path) -> str:
    """Name a file as seen from where the user stands."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (OSError, RuntimeError, ValueError):
        return str(path)


def _read_text(path: Path, shown: str) -> str:
    try:
        if path.is_dir():
            raise ScenarioError(Problem(shown, "", "is a folder; must be a scenario file"))
        if path.exists() and not path.is_file():
            raise ScenarioError(Problem(shown, "", "is no ordinary file; must be a scenario file"))
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ScenarioError(Problem(shown, "", f"has {size:,} bytes; must have {MAX_BYTES:,} or fewer"))
        content = path.read_bytes()
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(Problem(shown, "", f"cannot be read: {reason}; check the path")) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ScenarioError(Problem(f"{shown}:{line}", "", "is no UTF-8 text; save it as UTF-8")) from None


def _overlay(base: Document, over: Document) -> tuple[dict[str, Any], Places]:
    """Lay one document over another: mappings key by key, anything else replaces what was there."""
    replaced: set[Key] = set()
    merged = _merge(base.data, over.data, (), replaced)
    kept = {
        path: place
        for path, place in base.places.items()
        if not any(path[:depth] in replaced for depth in range(1, len(path) + 1))
    }
    return merged, {**kept, **over.places}


def _merge(base: dict[str, Any], over: dict[str, Any], path: Key, replaced: set[Key]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        # A distribution or an uncertain figure is one value: laying half of it over another makes neither.
        is_one_value = not isinstance(value, dict) or "form" in value or "value" in value
        if isinstance(below, dict) and not is_one_value:
            merged[key] = _merge(below, value, (*path, key), replaced)
        else:
            merged[key] = value
            replaced.add((*path, key))
    return merged


@dataclass(frozen=True)
class Increase:
    """A change by so much, as people type it: `+2`, or `+30s`."""

    text: str


def read_value(text: str, where: str) -> Any:
    """Read the value of a change: plain data, or an Increase where it begins with `+`; raise ScenarioError."""
    return Increase(text.strip()) if text.lstrip().startswith("+") else parse_yaml(text, where, in_file=False)[0]


def increased(document: Document, path: Key, by: Increase, where: str) -> Any:
    """Return the number at a path, or each of a list, and so much more; raise ScenarioError where there is none.

    Ranges and sources are left behind: they were those of the number as it was.
    """
    present: Any = document.data
    for step in path:
        try:
            present = present[step]
        except (KeyError, IndexError, TypeError):
            present = None
    amount = _amount(by.text)
    if amount is None:
        rule = "must be + and a number or a duration, such as +2 or +30s; of a share, give the new value itself"
        raise ScenarioError(Problem(where, spell(path), f"is {cut(by.text)}; {rule}"))
    numbers = [_number(one) for one in (present if isinstance(present, list) else [present])]
    if None in numbers or not numbers:
        rule = "so nothing can be added to it; give the new value itself"
        raise ScenarioError(Problem(where, spell(path), f"is {shown(present)}, {rule}"))
    more = [number + amount for number in numbers if number is not None]
    return more if isinstance(present, list) else more[0]


def _amount(text: str) -> float | None:
    """Read what is added: a number, or a duration in minutes; None for anything else."""
    for read in (int, float, parse_minutes):
        try:
            found = read(text.removeprefix("+").strip())
        except ValueError:
            continue
        return found if math.isfinite(found) and found >= 0 else None
    return None


def _number(value: Any) -> float | None:
    """Return the number that stands at a place, bare or with its range; None for anything else."""
    bare = value.get("value") if isinstance(value, dict) else value
    return bare if isinstance(bare, int | float) and not isinstance(bare, bool) else None


def set_value(document: Document, path: Key, value: Any, where: str) -> None:
    """Put a value at a path, making maps on the way; raise ScenarioError if the path runs into a scalar."""
    target: Any = document.data
    for depth, step in enumerate(path):
        rule = _no_way(target, step)
        if rule is not None:
            raise ScenarioError(Problem(where, spell(path[:depth]), rule))
        if depth == len(path) - 1:
            target[step] = value
        elif isinstance(step, int):
            target = target[step]
        else:
            if target.get(step) is None:
                target[step] = {}
                document.places[path[: depth + 1]] = (where, None)
            target = target[step]
    for stale in [place for place in document.places if place[: len(path)] == path]:
        del document.places[stale]
    document.places[path] = (where, None)


def _no_way(target: Any, step: str | int) -> str | None:
    """Say why a step cannot be taken; None if it can."""
    if isinstance(step, int):
        if not isinstance(target, list):
            return f"is no list, so it has no item [{step}]; must be set by name or as a whole"
        if step >= len(target):
            items = f"[0] to [{len(target) - 1}]" if target else "nothing, so set the whole list"
            return f"has no item [{step}]; must be {items}"
    elif isinstance(target, list):
        return f"is a list, so it has no {step!r}; must be set by position, such as [0]"
    elif not isinstance(target, dict):
        return f"is a single value, so it has no {step!r}; must be set as a whole"
    return None
