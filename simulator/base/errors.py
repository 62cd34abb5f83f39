"""What can go wrong and how it is reported: errors with their problems, and notices of what is only worth knowing.

    SimulatorError
    ├── ScenarioError    a scenario, an override or a file that it names is wrong
    ├── ExportError      an export of a help desk, or how to read it, is wrong
    ├── StudyError       a study cannot be run as asked (options, workers)
    └── OutputError      results cannot be written

Every error carries `Problem` rows: where, which value, which rule, which remedy. The command line prints
them one to a line and leaves with exit code 2; nothing has been written by then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_MAX_OPTION = 100
"""Characters of an option that a message repeats."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it stands, what it is, the rule it breaks and the remedy."""

    where: str
    """File and line (`scenarios/x.yaml:41`), an option (`--set`) or a file."""
    path: str
    """Path inside the scenario (`teams.tier1.shifts[0].agents`), or empty."""
    message: str
    """Value, rule and remedy in one sentence: `is -1; must be 0 or more`."""

    def __str__(self) -> str:
        subject = f"{self.path} {self.message}" if self.path else self.message
        return f"{self.where}: {subject}"


@dataclass(frozen=True)
class NoColumn(Problem):
    """A file in which no column, or more than one, is recognised as a field that is needed."""

    fault: str
    """What is wrong, without the remedy: what the message begins with."""
    fields: tuple[str, ...]
    """What is looked for; one of them may do."""
    columns: tuple[str, ...]
    """What the file has, as its header writes it; empty where it has no header."""


class SimulatorError(Exception):
    """Anything wrong that the user can mend; `problems` lists every one that was found."""

    def __init__(self, problems: Problem | Iterable[Problem] | str) -> None:
        if isinstance(problems, str):
            problems = [Problem("ticketflow", "", problems)]
        elif isinstance(problems, Problem):
            problems = [problems]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[SimulatorError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class ScenarioError(SimulatorError):
    """A scenario, an override or a file that it names is wrong."""


class ExportError(SimulatorError):
    """An export of a help desk, or how it is said to be read, is wrong."""


class StudyError(SimulatorError):
    """A study cannot be run as asked."""


class OutputError(SimulatorError):
    """Results cannot be written where they were asked for."""


def cut(text: str) -> str:
    """Write an option as a message repeats it: in one line, shortened."""
    text = text if text.isprintable() and text.strip() else repr(text)
    return text if len(text) <= _MAX_OPTION else text[: _MAX_OPTION - 3] + "..."


@dataclass(frozen=True)
class Notice:
    """Something that the author of a scenario would want to know before simulating."""

    level: Literal["warning", "note"]
    path: str
    """Place in the scenario."""
    text: str
