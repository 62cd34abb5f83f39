"""Settings: which scenario is looked at and what was changed in it, as a link holds them.

    http://localhost:8501/?scenario=saas_pilot&set=policy.phases[3].answer_threshold%3D0.8&n=10

A link never names a file: it names a shipped scenario, the one that the server was started with, or holds an
uploaded one as text, where that is short enough.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from simulator.base.errors import Problem, ScenarioError, StudyError
from simulator.scenario.document import MAX_BYTES
from simulator.scenario.yaml_text import parse_yaml

FIRST = "saas_pilot"
"""Shipped scenario that is shown where none is asked for."""
REPLICATIONS = (4, 10, 30, 100)
DEFAULT_REPLICATIONS = 10
MAX_LINK = 6_000
"""Characters of a scenario in a link; browsers and chat programs cut much longer ones."""
MAX_ADDRESS = 8_000
"""Characters of all that a link holds."""
MAX_READ = 60_000
"""Characters that are read of a link at all."""
MAX_CHANGES = 500


@dataclass(frozen=True)
class Settings:
    """What somebody looks at: everything that a link restores."""

    scenario: str
    """Name of a shipped scenario, GIVEN, or empty for one of the visitor's own."""
    own: str = ""
    """Text of the visitor's own scenario file."""
    changes: tuple[tuple[str, str], ...] = ()
    """Path and value as it would be written in the file, in the order in which they were first changed."""
    seed: int = 1
    replications: int = DEFAULT_REPLICATIONS

    def changed(self, path: str, value: str | None) -> Settings:
        """Return these settings with one value changed; None takes back what was changed there."""
        kept = {**dict(self.changes), path: value or ""}
        if value is None:
            del kept[path]
        return replace(self, changes=tuple(kept.items()))

    @property
    def values(self) -> dict[str, Any]:
        """The changes as plain data; raises ScenarioError for what is no YAML value."""
        return {path: parse_yaml(value, path, in_file=False)[0] for path, value in self.changes}

    def to_query(self) -> dict[str, str | list[str]] | None:
        """Write the settings as query parameters; None where they are too long for a link."""
        query: dict[str, str | list[str]] = {}
        if self.own:
            packed = base64.urlsafe_b64encode(zlib.compress(self.own.encode(), 9)).decode()
            if len(packed) > MAX_LINK:
                return None
            query["desk"] = packed
        else:
            query["scenario"] = self.scenario
        if self.changes:
            query["set"] = [f"{path}={value}" for path, value in self.changes]
        if self.seed != 1:
            query["seed"] = str(self.seed)
        if self.replications != DEFAULT_REPLICATIONS:
            query["n"] = str(self.replications)
        return query if len(urlencode(query, doseq=True)) <= MAX_ADDRESS else None


def from_query(query: Mapping[str, Sequence[str]], default: str) -> Settings:
    """Read a link's query parameters; raise ScenarioError or StudyError for what no link of ours holds."""
    length = sum(len(text) for texts in query.values() for text in texts)
    if length > MAX_READ:
        raise StudyError(f"the link holds {length:,} characters; must be {MAX_READ:,} or fewer")
    own = _unpacked(query["desk"][-1]) if query.get("desk") else ""
    scenario = "" if own else (query.get("scenario") or [default])[-1]
    changes = [text.partition("=")[::2] for text in query.get("set", ())]
    if len(changes) > MAX_CHANGES:
        raise StudyError(f"the link changes {len(changes):,} values; must be {MAX_CHANGES} or fewer")
    seed = _whole("seed", (query.get("seed") or ["1"])[-1])
    replications = _whole("n", (query.get("n") or [str(DEFAULT_REPLICATIONS)])[-1])
    if replications not in REPLICATIONS:
        rule = f"must be one of {', '.join(map(str, REPLICATIONS))}"
        raise StudyError(f"the link asks for n={replications} replications; {rule}")
    return Settings(scenario, own, tuple(dict(changes).items()), seed, replications)


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise StudyError(f"the link has {name}={text[:40]!r}; must be a whole number, 0 or more")
    return int(text)


def _unpacked(text: str) -> str:
    """Read a scenario out of a link; it is cut off where it would unpack to more than a scenario file may hold."""
    rule = "the link's scenario cannot be read; open the scenario file itself, or copy the whole link"
    try:
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(base64.urlsafe_b64decode(text.encode()), MAX_BYTES)
        if unpacking.unconsumed_tail or not unpacking.eof:
            raise ScenarioError(Problem("link", "", rule))
        return content.decode()
    except (binascii.Error, zlib.error, UnicodeError, ValueError):
        raise ScenarioError(Problem("link", "", rule)) from None
