"""One visitor's settings: which scenario is looked at, what was changed in it, undo, and the link that holds them.

    http://localhost:8501/?scenario=saas_pilot&set=policy.phases[3].answer_threshold%3D0.8&n=10

A link never names a file: it names a shipped scenario, the one that the server was started with, or holds an
uploaded one as text, where that is short enough.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from simulator.app.desks import GIVEN, OWN, open_desk, read_own
from simulator.app.jobs import Jobs
from simulator.base.errors import Problem, ScenarioError, SimulatorError, StudyError
from simulator.base.shipped import shipped_scenarios
from simulator.scenario import Scenario
from simulator.scenario.document import MAX_BYTES, overlap
from simulator.scenario.what_ifs import propose
from simulator.scenario.yaml_text import parse_yaml

FIRST = "saas_pilot"
"""Shipped scenario that is shown where none is asked for."""
REPLICATIONS = (4, 10, 30, 100)
DEFAULT_REPLICATIONS = 10
MAX_LINK = 6_000
"""Characters of a scenario in a link; browsers and chat programs cut much longer ones."""
_MAX_ADDRESS = 8_000
"""Characters of all that a link holds."""
_MAX_READ = 60_000
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
        return query if len(urlencode(query, doseq=True)) <= _MAX_ADDRESS else None


def from_query(query: Mapping[str, Sequence[str]], default: str) -> Settings:
    """Read a link's query parameters; raise ScenarioError or StudyError for what no link of ours holds."""
    length = sum(len(text) for texts in query.values() for text in texts)
    if length > _MAX_READ:
        raise StudyError(f"the link holds {length:,} characters; must be {_MAX_READ:,} or fewer")
    own = _unpacked(query["desk"][-1]) if query.get("desk") else ""
    scenario = "" if own else (query.get("scenario") or [default])[-1]
    changes = [text.partition("=")[::2] for text in query.get("set", ())]
    for path, value in changes:
        if value.lstrip().startswith("+"):
            raise StudyError(f"the link has {path[:40]}={value[:40]}; must be the value itself, as a link adds nothing")
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


# -- one visitor's settings, with undo, and the desk that they give ---------------------------------------------------


MAX_UNDO = 200


@dataclass
class Session:
    """What one visitor has chosen; nothing of it is shared with others."""

    given: Path | None
    settings: Settings
    base: Scenario
    """The scenario as loaded, before any change."""
    past: list[tuple[Settings, Scenario]] = field(default_factory=list)
    future: list[tuple[Settings, Scenario]] = field(default_factory=list)
    generation: int = 0
    """Goes into the keys of widgets, so that they take new values when something else than themselves moves them."""
    problems: SimulatorError | None = None
    """What was wrong with the last thing that was asked for."""
    jobs: Jobs = field(default_factory=Jobs)
    _tried: tuple[Settings, Scenario, Scenario] | None = None

    @property
    def scenario(self) -> Scenario:
        """The scenario with all changes."""
        if self._tried is None or self._tried[:2] != (self.settings, self.base):
            self._tried = (self.settings, self.base, propose(self.base, self.settings.values))
        return self._tried[2]

    @property
    def query(self) -> dict[str, str | list[str]] | None:
        """What a link holds that restores what is shown; None where the desk is too long for one, or reads a log."""
        reads_own_log = bool(self.settings.own) and self.base.arrivals.replay is not None
        return None if reads_own_log else self.settings.to_query()

    def change(self, path: str, value: str | None) -> bool:
        """Change one value (None undoes its change); return whether it fits. One that does not changes nothing."""
        return self.change_all({path: value})

    def change_all(self, changes: Mapping[str, str | None]) -> bool:
        """Change several values in one step, which one undo takes back."""
        settings = self.settings
        for path, value in changes.items():
            settings = settings.changed(path, value)
        return self._try(settings, self.base)

    def take_over(self, changes: Mapping[str, Any]) -> bool:
        """Change values as a study recommends them, given as plain data, in one step.

        Earlier changes of what it changes in whole or in part are taken back.
        """
        new = list(changes)
        earlier: dict[str, str | None] = {
            path: None for path, _ in self.settings.changes if path not in new and overlap(path, new) is not None
        }
        return self.change_all({**earlier, **{path: json.dumps(value) for path, value in changes.items()}})

    def look_at(self, settings: Settings, base: Scenario) -> bool:
        """Turn to other settings, of another scenario perhaps."""
        done = self._try(settings, base)
        self.generation += done
        return done

    def choose(self, name: str) -> bool:
        """Turn to a scenario that is offered."""
        try:
            base = open_desk(name, self.given)
        except SimulatorError as error:
            self.problems = error
            return False
        return self.look_at(replace(self.settings, scenario=name, own="", changes=()), base)

    def take(self, text: str, base: Scenario) -> bool:
        """Turn to a scenario of the visitor's own, read from this text."""
        return self.look_at(replace(self.settings, scenario="", own=text, changes=()), base)

    def undo(self) -> None:
        """Go back one step."""
        self._step(self.past, self.future)

    def redo(self) -> None:
        """Take an undo back."""
        self._step(self.future, self.past)

    def reset(self) -> None:
        """Take back all changes; an undo brings them again."""
        self.look_at(replace(self.settings, changes=()), self.base)

    def key(self, name: str) -> str:
        """Return the key of a widget that shows something of the settings."""
        return f"{name}@{self.generation}"

    def _try(self, settings: Settings, base: Scenario) -> bool:
        if settings == self.settings and base is self.base:
            self.problems = None
            return True
        try:
            scenario = propose(base, settings.values)
        except SimulatorError as error:
            self.problems = error
            return False
        self.past.append((self.settings, self.base))
        del self.past[:-MAX_UNDO]
        self.future.clear()
        self.settings, self.base, self.problems = settings, base, None
        self._tried = (settings, base, scenario)
        return True

    def _step(self, source: list[tuple[Settings, Scenario]], target: list[tuple[Settings, Scenario]]) -> None:
        if source:
            target.append((self.settings, self.base))
            self.settings, self.base = source.pop()
            self.problems = None
            self.generation += 1


def current(given: Path | None) -> Session:
    """Return this visitor's session; it begins with what the link says."""
    if "session" not in st.session_state:
        st.session_state["session"] = _begun(given)
    session: Session = st.session_state["session"]
    return session


def _begun(given: Path | None) -> Session:
    if given in shipped_scenarios():
        default, given = given.stem, None
    else:
        default = GIVEN if given is not None else FIRST
    query: dict[str, list[str]] = {name: st.query_params.get_all(name) for name in st.query_params}
    try:
        settings = from_query(query, default)
        base = read_own(settings.own, OWN) if settings.own else open_desk(settings.scenario, given)
        session = Session(given, settings, base)
        _ = session.scenario
    except SimulatorError as error:
        # A link that does not fit leads to the scenario as it is, and what is wrong with it is told.
        session = Session(given, *_as_it_is(default, given), problems=error)
    return session


def _as_it_is(default: str, given: Path | None) -> tuple[Settings, Scenario]:
    """Return the default desk; where its file was broken after the server began, the first of those shipped."""
    try:
        return Settings(default), open_desk(default, given)
    except SimulatorError:
        return Settings(FIRST), open_desk(FIRST, given)
