"""Scenario files as plain data that remembers where each value stands (file and line)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from simulator.errors import Problem, ScenarioError

Key = tuple[str | int, ...]
MAX_BYTES = 4_000_000
MAX_VALUES = 300_000
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


@dataclass
class Document:
    """Plain data (maps, lists, scalars) and the place of every value in it."""

    data: dict[str, Any]
    places: dict[Key, tuple[str, int | None]] = field(default_factory=dict)
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
        """Give the folder of the file that holds a value."""
        while path and path not in self.places:
            path = path[:-1]
        return self.folders.get(self.places.get(path, ("", None))[0], self.root)


def spell(path: Key) -> str:
    """Write a path as users do: `teams.tier1.shifts[0].agents`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def parse_path(text: str) -> Key:
    """Read `teams.tier1.shifts[0].agents`; raise ValueError if it is no path."""
    steps: list[str | int] = []
    position = 0
    for match in _STEP.finditer(text):
        gap = text[position : match.start()]
        if gap not in ("", ".") or (gap == "." and not steps):
            break
        steps.append(int(match[1]) if match[1] is not None else match[2].strip())
        position = match.end()
    if position != len(text) or not steps or isinstance(steps[0], int):
        raise ValueError("must be a path such as teams.tier1.shifts[0].agents")
    return tuple(steps)


def read_document(path: Path, root: Path | None = None, seen: tuple[Path, ...] = ()) -> Document:
    """Read a YAML file and, beneath it, the file that it extends.

    Raises ScenarioError with the line for unreadable files, YAML errors, duplicate keys, tags, circles of `extends`.
    """
    shown = _display(path)
    root = root or path.resolve().parent
    data, places = _parse(path, shown)
    document = Document(data, places, root, {shown: path.resolve().parent})
    if "extends" not in data:
        return document
    base_path = _extended_path(document, path, root, (*seen, path.resolve()))
    base = read_document(base_path, root, (*seen, path.resolve()))
    del data["extends"]
    merged, places = _overlay(base.data, base.places, data, places, ())
    return Document(merged, {**places, (): (shown, 1)}, root, {**base.folders, **document.folders})


def _extended_path(document: Document, path: Path, root: Path, seen: tuple[Path, ...]) -> Path:
    given = document.data["extends"]
    where = document.where(("extends",))
    if not isinstance(given, str):
        raise ScenarioError(Problem(where, "extends", f"is {given!r}; must be a file name such as base.yaml"))
    base = (path.parent / given).resolve()
    if not (base.is_relative_to(root.resolve()) or base.is_relative_to(root.resolve().parent)):
        rule = "must lie in the scenario's folder or the one above it"
        raise ScenarioError(Problem(where, "extends", f"is {given!r}; {rule}"))
    if base in seen:
        raise ScenarioError(Problem(where, "extends", f"is {given!r}; must not lead back to a file that extends it"))
    if not base.is_file():
        raise ScenarioError(Problem(where, "extends", f"is {given!r}; must name a file that exists"))
    return base


def _display(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _parse(path: Path, shown: str) -> tuple[dict[str, Any], dict[Key, tuple[str, int | None]]]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        if path.stat().st_size > MAX_BYTES:
            raise ScenarioError(Problem(shown, "", f"has {path.stat().st_size:,} bytes; must have {MAX_BYTES:,} or fewer"))
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError(Problem(shown, "", f"is no UTF-8 text (byte {error.start}); save it as UTF-8")) from None
    except OSError as error:
        raise ScenarioError(Problem(shown, "", f"cannot be read: {error.strerror}; check the path")) from None
    try:
        loaded = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        first = (error.problem or str(error)).strip().splitlines()[0]
        raise ScenarioError(Problem(f"{shown}:{line}", "", f"is no valid YAML: {first}; mend this line")) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise ScenarioError(Problem(shown, "", f"is no valid YAML: {str(error).splitlines()[0]}")) from None
    if not isinstance(loaded, Mapping):
        raise ScenarioError(Problem(f"{shown}:1", "", "holds no scenario; must be a mapping such as `name: my desk`"))
    places: dict[Key, tuple[str, int | None]] = {(): (shown, 1)}
    return _plain(loaded, (), places, shown, [0]), places


def _plain(node: Any, path: Key, places: dict[Key, tuple[str, int | None]], shown: str, count: list[int]) -> Any:
    """Turn ruamel's nodes into plain Python values, and note the line of each."""
    count[0] += 1
    if count[0] > MAX_VALUES or len(path) > 60:
        raise ScenarioError(Problem(shown, "", f"holds too many or too deep values; must have {MAX_VALUES:,} or fewer"))
    tag = getattr(node, "tag", None)
    if tag is not None and getattr(tag, "value", None) is not None:
        raise ScenarioError(Problem(Document({}, places).where(path), spell(path), f"has the tag {tag.value}; write plain values"))
    if isinstance(node, Mapping):
        plain = {}
        for key, value in node.items():
            name = str(key)
            places[(*path, name)] = (shown, node.lc.data[key][0] + 1 if key in (node.lc.data or {}) else None)
            plain[name] = _plain(value, (*path, name), places, shown, count)
        return plain
    if isinstance(node, list):
        items = []
        for index, value in enumerate(node):
            places[(*path, index)] = (shown, node.lc.data[index][0] + 1)
            items.append(_plain(value, (*path, index), places, shown, count))
        return items
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, datetime):
        return datetime(*node.timetuple()[:6], node.microsecond, tzinfo=node.tzinfo)
    if isinstance(node, date):
        return node
    for kind in (int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return str(node)


def _overlay(
    base: Any,
    base_places: dict[Key, tuple[str, int | None]],
    over: Any,
    over_places: dict[Key, tuple[str, int | None]],
    path: Key,
) -> tuple[Any, dict[Key, tuple[str, int | None]]]:
    """Lay one mapping over another, key by key; anything but a mapping replaces what was there."""
    merged = dict(base)
    places = dict(base_places) if not path else base_places
    for key, value in over.items():
        here = (*path, key)
        both_maps = isinstance(merged.get(key), dict) and isinstance(value, dict) and "form" not in value
        if both_maps and "value" not in value:
            merged[key], _ = _overlay(merged[key], places, value, over_places, here)
            places[here] = places.get(here, over_places.get(here, ("scenario", None)))
            continue
        for stale in [place for place in places if place[: len(here)] == here]:
            del places[stale]
        places.update({place: at for place, at in over_places.items() if place[: len(here)] == here})
        merged[key] = value
    return merged, places


def set_value(document: Document, path: Key, value: Any, where: str) -> None:
    """Put a value at a path, making maps on the way; raise ScenarioError if the path runs into a scalar."""
    target: Any = document.data
    for depth, step in enumerate(path):
        last = depth == len(path) - 1
        if isinstance(step, int):
            if not isinstance(target, list) or step >= len(target):
                size = len(target) if isinstance(target, list) else 0
                rule = f"has no item [{step}]; must be an item of the {size} there are"
                raise ScenarioError(Problem(where, spell(path[:depth]), rule))
        elif not isinstance(target, dict):
            message = f"holds {target!r}, so it has no {step!r}; set the whole value instead"
            raise ScenarioError(Problem(where, spell(path[:depth]), message))
        if last:
            target[step] = value
        elif isinstance(step, int):
            target = target[step]
        else:
            if target.get(step) is None:
                target[step] = {}
            target = target[step]
    for stale in [place for place in document.places if place[: len(path)] == path]:
        del document.places[stale]
    document.places[path] = (where, None)
