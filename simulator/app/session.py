"""One visitor's settings, with undo, and the desk that they give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st

from simulator.app.desks import GIVEN, OWN, open_desk, read_own
from simulator.app.jobs import Jobs
from simulator.app.settings import FIRST, Settings, from_query
from simulator.base.errors import SimulatorError
from simulator.base.shipped import shipped_scenarios
from simulator.scenario.document import overlap
from simulator.scenario.model import Scenario
from simulator.scenario.what_ifs import propose

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
        """Change one value (None takes a change back); tell whether it fits. What does not changes nothing."""
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
