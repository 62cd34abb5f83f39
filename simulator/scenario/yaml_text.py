"""YAML text as plain data that remembers the line of every value.

The text is composed into a tree of nodes and turned into plain values here, because a loader would stop at the first
odd value, forget the lines, or build whatever a tag names. What is known: mappings, lists, text, numbers, true, false
and null (YAML 1.2); dates stay text until a field asks for one. Aliases and merge keys work, within limits.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from simulator.base.errors import Problem, ScenarioError
from simulator.base.text import Key, spell

Places = dict[Key, tuple[str, int | None]]
_MAX_VALUES = 100_000
_MAX_DEPTH = 40
_TAGS = "tag:yaml.org,2002:"
_PLAIN = {_TAGS + kind for kind in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")}


def parse_yaml(text: str, shown: str, *, in_file: bool = True) -> tuple[Any, Places]:
    """Turn YAML text into plain data and the place of each value.

    `shown` names the file, or the option that the text came from. Raises ScenarioError for what is no YAML, and with
    every duplicate key and tag there is.
    """
    node = _compose(text, shown, in_file)
    reader = _Reader(shown, in_file)
    data = None if node is None else reader.read(node, ())
    if reader.problems:
        raise ScenarioError(dict.fromkeys(reader.problems))
    return data, reader.places


def compose_yaml(text: str, shown: str) -> Any:
    """Return the tree of nodes that YAML text is, with the place of each in the text; raise ScenarioError as above."""
    return _compose(text, shown, True)


def _compose(text: str, shown: str, in_file: bool) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = _first_line(error.problem or str(error))
        begun = error.context_mark.line + 1 if error.context_mark else line
        if begun != line:
            what += f" ({_first_line(error.context or 'the block')}, which begins on line {begun})"
        remedy = "indent by spaces, not tabs" if "\\t" in what else "mend this line"
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what, remedy = f"it holds the character {chr(error.character)!r}", "remove it"
    except RecursionError:
        line, what, remedy = 1, "it is nested too deep", f"nest {_MAX_DEPTH} levels or fewer"
    except Exception as error:  # The parser fails in many ways on broken text; all of them mean the same.
        line, what, remedy = 1, _first_line(str(error)) or type(error).__name__, "check the text"
    where = f"{shown}:{line}" if in_file else shown
    raise ScenarioError(Problem(where, "", f"is no valid YAML: {what}; {remedy}"))


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[0]


class _Reader:
    """Turns composed nodes into plain values; collects places and problems on the way."""

    def __init__(self, shown: str, in_file: bool) -> None:
        self.shown, self.in_file = shown, in_file
        self.places: Places = {}
        self.problems: list[Problem] = []
        self._count = 0

    def read(self, node: Any, path: Key) -> Any:
        """Return the plain value of a node that stands at `path`."""
        self.places.setdefault(path, self._place(node))
        self._count += 1
        if self._count > _MAX_VALUES:
            self._stop(node, path, f"holds more than {_MAX_VALUES:,} values, aliases counted; must hold fewer")
        if len(path) > _MAX_DEPTH:
            self._stop(node, (), f"is nested deeper than {_MAX_DEPTH} levels; must be nested less")
        if node.tag not in _PLAIN:
            tag = str(node.tag).replace(_TAGS, "!!")
            self._refuse(node, path, f"has the tag {tag}; must be a plain value, so remove the tag")
            return None
        if isinstance(node.value, str):
            return self._scalar(node, path)
        if node.tag == _TAGS + "map":
            return self._mapping(node, path)
        items = []
        for index, item in enumerate(node.value):
            self.places[(*path, index)] = self._place(item)
            items.append(self.read(item, (*path, index)))
        return items

    def _mapping(self, node: Any, path: Key) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for source in self._merged(node, path):
            for name, value in self.read(source, path).items():
                plain.setdefault(name, value)
        first: dict[str, int] = {}
        for key, value in node.value:
            if key.tag == _TAGS + "merge":
                continue
            if not isinstance(key.value, str):
                self._refuse(key, path, "has a list or mapping for a key; must be text")
                continue
            name, line = key.value, key.start_mark.line + 1
            here = (*path, name)
            if name in first:
                self._refuse(key, here, f"stands twice, first on line {first[name]}; must stand once, so remove one")
                continue
            first[name] = line
            self.places[here] = self._place(key)
            plain[name] = self.read(value, here)
            self._check_text(key, here, name)
        return plain

    def _merged(self, node: Any, path: Key) -> Iterator[Any]:
        """List the mappings that `<<` merges into this one."""
        for key, value in node.value:
            if key.tag == _TAGS + "merge":
                for source in value.value if value.tag == _TAGS + "seq" else [value]:
                    if source.tag == _TAGS + "map":
                        yield source
                    else:
                        self._refuse(key, path, "merges (<<) something else than a mapping; must be a mapping")

    def _scalar(self, node: Any, path: Key) -> Any:
        text, kind = node.value, node.tag.removeprefix(_TAGS)
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() in ("true", "yes", "on", "y")
        if kind in ("int", "float"):
            return _number(text)
        self._check_text(node, path, text)
        return text

    def _check_text(self, node: Any, path: Key, text: str) -> None:
        if any("\ud800" <= character <= "\udfff" for character in text):
            self._refuse(node, path, "holds half a Unicode character; must be text, so remove it")

    def _place(self, node: Any) -> tuple[str, int | None]:
        return self.shown, node.start_mark.line + 1 if self.in_file else None

    def _where(self, node: Any) -> str:
        file, line = self._place(node)
        return f"{file}:{line}" if line is not None else file

    def _refuse(self, node: Any, path: Key, message: str) -> None:
        self.problems.append(Problem(self._where(node), spell(path), message))

    def _stop(self, node: Any, path: Key, message: str) -> None:
        raise ScenarioError([*dict.fromkeys(self.problems), Problem(self._where(node), spell(path), message)])


def _number(text: str) -> int | float | str:
    """Read a number as YAML 1.2 does; what Python cannot read as one stays text."""
    digits = text.replace("_", "").lower()
    sign = -1 if digits.startswith("-") else 1
    size = digits.lstrip("+-")
    if size in (".inf", ".nan"):
        return sign * math.inf if size == ".inf" else math.nan
    for read in (lambda: int(size, 0 if size[:2] in ("0x", "0o", "0b") else 10), lambda: float(size)):
        try:
            return sign * read()
        except ValueError:
            continue
    return text
