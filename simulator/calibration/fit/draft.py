"""The draft of a scenario: what all parts found, put together with what the user gives, and what is missing still."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.calibration.part import Missing, Part
from simulator.errors import ExportError, Problem, cut
from simulator.scenario.document import Document, parse_path, set_value
from simulator.scenario.model import Scenario
from simulator.scenario.yaml_text import Key, parse_yaml, spell

EITHER_OR = ("shifts", "agents")
"""Two ways to say who is on duty, of which a team has one."""
GIVEN = "assumed: given to fit by its user"
"""Source of a value that stands in no export."""


@dataclass
class Draft:
    """A scenario in the making: nested plain data, Figures at its leaves."""

    data: dict[str, Any]
    sources: dict[str, str] = field(default_factory=dict)
    """Path patterns and sources, the last match counts."""
    comments: dict[Key, str] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)

    def add(self, part: Part) -> None:
        """Put in what a part found; later parts replace what earlier ones set at the same path."""
        document = Document(self.data)
        for path, value in part.settings.items():
            set_value(document, path, _mutable(value), "fit")
        self.sources |= part.sources
        self.comments |= part.comments
        self.missing += part.missing

    def give(self, texts: Iterable[str]) -> None:
        """Set values that the user gives as `path=value`; `*` stands for every name there is at that place.

        Raises ExportError with every text that is no such setting.
        """
        problems = []
        for text in texts:
            where = cut(f"--set {text}")
            try:
                self._give(text, where)
            except ValueError as error:
                problems.append(Problem(where, "", str(error)))
        if problems:
            raise ExportError(problems)

    def _give(self, text: str, where: str) -> None:
        name, sign, value = text.partition("=")
        if not sign:
            raise ValueError("has no =; must be path=value, such as intents.*.handle=8m")
        pattern = parse_path(name.strip())
        if pattern[0] not in Scenario.model_fields:
            raise ValueError(f"is no part of a scenario; must begin with one of {', '.join(Scenario.model_fields)}")
        paths = list(_matches(self.data, pattern))
        if not paths:
            raise ValueError("matches nothing; must name a place in the scenario")
        given = parse_yaml(value, where, in_file=False)[0]
        document = Document(self.data)
        for path in paths:
            set_value(document, path, copy.deepcopy(given), where)
            self.comments.pop(path, None)
            self._drop_what_it_replaces(path)
        if not (isinstance(given, Mapping) and "source" in given):
            self.sources[spell(pattern) + "*"] = GIVEN

    def _drop_what_it_replaces(self, path: Key) -> None:
        """Drop the shifts of a team that is given agents round the clock, or the other way round."""
        if path[0] == "teams" and len(path) == 3 and path[2] in EITHER_OR:
            other = EITHER_OR[1 - EITHER_OR.index(path[2])]
            self.data["teams"][path[1]].pop(other, None)
            self.comments.pop((*path[:2], other), None)

    def refuse_gaps(self) -> None:
        """Raise ExportError with every figure that is missing still, and where it can come from."""
        gaps: dict[tuple[str, str], list[Missing]] = {}
        for gap in self.missing:
            if not all(map(self._has, self._places(gap.path))):
                gaps.setdefault((gap.what, gap.remedy), []).append(gap)
        if gaps:
            raise ExportError(_told(alike) for alike in gaps.values())

    def _places(self, path: Key) -> Sequence[Key]:
        return list(_matches(self.data, path)) or [path]

    def _has(self, path: Key) -> bool:
        node: Any = self.data
        for step in path:
            if not isinstance(node, Mapping) or step not in node:
                return False
            node = node[step]
        return node is not None

    def ordered(self) -> dict[str, Any]:
        """Give the data in the order of a scenario's sections, with the sources at the end."""
        data = {name: self.data[name] for name in Scenario.model_fields if name in self.data}
        return {**data, "sources": dict(self.sources)} if self.sources else data

    def plain(self) -> dict[str, Any]:
        """Give the data as a scenario file would hold it."""
        plain = _plain(self.ordered())
        assert isinstance(plain, dict)
        return plain


def _told(gaps: Sequence[Missing]) -> Problem:
    """Tell of figures that are missing for the same reason, the same of each intent only once."""
    first, more = gaps[0], len(gaps) - 1
    others = f" and {more} more like it" if more else ""
    return Problem("fit", spell(first.path), f"({first.what}){others} is in no file that was given; {first.remedy}")


def _mutable(value: Any) -> Any:
    """Copy mappings and sequences, so that what the user gives can be put into them."""
    if isinstance(value, Mapping):
        return {name: _mutable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_mutable(item) for item in value]
    return value


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {name: _plain(item) for name, item in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    return node.as_written() if hasattr(node, "as_written") else node


def _matches(node: Any, pattern: Key, path: Key = ()) -> Iterator[Key]:
    """List the paths that a pattern stands for; a name that does not exist yet stands for itself."""
    if not pattern:
        yield path
        return
    step, rest = pattern[0], pattern[1:]
    if step == "*":
        for name in node if isinstance(node, Mapping) else ():
            yield from _matches(node[name], rest, (*path, name))
        return
    below = node.get(step) if isinstance(node, Mapping) else None
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        below = node[step]
    yield from _matches(below, rest, (*path, step))
