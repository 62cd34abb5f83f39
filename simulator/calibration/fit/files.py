"""Fit from files: what the command line asks for, read and handed on, and the scenario file that is written."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator import __version__
from simulator.base.errors import ExportError, Notice, OutputError, Problem, cut
from simulator.base.quantities import parse_minutes, parse_share
from simulator.calibration.exports.ai_log import read_ai_log
from simulator.calibration.exports.reading import Reading, read_export
from simulator.calibration.exports.roster import read_roster
from simulator.calibration.exports.table import AI_FIELDS, FIELDS, ROSTER_FIELDS
from simulator.calibration.fit.fitting import Extras, Fit, fit_scenario
from simulator.studies.run.outputs import PACKAGES

if TYPE_CHECKING:
    from simulator.studies.running.batch import Stages

_HOURS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d+)?")
_OF_AI_LOG = frozenset(field.name for field in AI_FIELDS)
_OF_ROSTER = frozenset(field.name for field in ROSTER_FIELDS) - {field.name for field in FIELDS}
"""Fields of `--map` that no ticket has; one that tickets have, too, is the roster's as `roster.team`."""


@dataclass(frozen=True)
class FitRequest:
    """What `fit` was asked, as the options say it."""

    tickets: Path
    columns: Sequence[str] = ()
    """`field=column` texts."""
    zone: str | None = None
    day_first: bool | None = None
    first_day: date | None = None
    last_day: date | None = None
    ai_log: Path | None = None
    roster: Path | None = None
    country: str | None = None
    staffed_hours: str | None = None
    occupancy: str | None = None
    handle: str | None = None
    given: Sequence[str] = ()
    name: str | None = None

    @property
    def scenario_name(self) -> str:
        """Name the scenario: as asked, else like the file, without its endings."""
        stem = self.tickets.name
        while (shorter := Path(stem).stem) != stem:
            stem = shorter
        return self.name or stem.replace("_", " ").strip() or "fitted"


def fit_files(asked: FitRequest, progress: Stages | None = None) -> tuple[Reading, Fit]:
    """Read what was asked for and measure a scenario on it; raise ExportError or ScenarioError with what is wrong."""
    reading, extras, found = read_files(asked, progress)
    fitted = fit_scenario(reading.export, asked.scenario_name, extras, made_of=asked.tickets.name, progress=progress)
    return reading, replace(fitted, findings=(*reading.findings, *found, *fitted.findings))


def read_files(asked: FitRequest, progress: Stages | None = None) -> tuple[Reading, Extras, tuple[Notice, ...]]:
    """Read the tickets and what goes with them; findings are those about the other files."""
    columns = mapped(asked.columns)
    of_log = {name: column for name, column in columns.items() if name in _OF_AI_LOG}
    of_roster = {
        name.removeprefix("roster."): column
        for name, column in columns.items()
        if name in _OF_ROSTER or name.startswith("roster.")
    }
    of_tickets = {
        name: column
        for name, column in columns.items()
        if name not in _OF_AI_LOG | _OF_ROSTER and not name.startswith("roster.")
    }
    _refuse_unread(of_log, asked.ai_log, "--ai-log")
    _refuse_unread(of_roster, asked.roster, "--roster")
    found: list[Notice] = []
    roster = log = None
    if asked.roster is not None:
        roster, more = read_roster(asked.roster, columns=of_roster)
        found += more
    if asked.ai_log is not None:
        log, more = read_ai_log(asked.ai_log, columns=of_log)
        found += more
    reading = read_export(
        asked.tickets, columns=of_tickets, zone=asked.zone, day_first=asked.day_first, first_day=asked.first_day,
        last_day=asked.last_day, progress=progress,
    )  # fmt: skip
    extras = Extras(
        roster, log, asked.country, _hours(asked.staffed_hours), _occupancy(asked.occupancy), _handle(asked.handle),
        tuple(asked.given),
    )  # fmt: skip
    return reading, extras, tuple(found)


def _refuse_unread(columns: Mapping[str, str], file: Path | None, option: str) -> None:
    """Raise ExportError where columns are named of a file that was not given."""
    if columns and file is None:
        rule = f"names a column of a file that was not given; add {option} FILE, or leave it out"
        raise ExportError(Problem(cut(f"--map {name}={column}"), "", rule) for name, column in columns.items())


def mapped(texts: Sequence[str]) -> dict[str, str]:
    """Read `field=column` texts; raise ExportError with every one that is none, or that names a field again.

    An empty column (`team=`) leaves a field unread.
    """
    columns: dict[str, str] = {}
    problems = []
    for text in texts:
        field, sign, column = (part.strip() for part in text.partition("="))
        if not (sign and field):
            problems.append(Problem(cut(f"--map {text}"), "", "is no pair; must be FIELD=COLUMN: created_at=Opened"))
        elif field in columns:
            problems.append(Problem(cut(f"--map {text}"), "", f"names {field} again; must name each field once"))
        columns[field] = column
    if problems:
        raise ExportError(problems)
    return columns


def _hours(text: str | None) -> float | None:
    if text is None:
        return None
    # 960,5 is no 9605.
    hours = float(text.replace(",", "")) if _HOURS.fullmatch(text.strip()) else -1.0
    if not 0 < hours < 1e9:
        rule = f"is {cut(text)!r}; must be a number of agent hours, such as 960"
        raise ExportError(Problem("--staffed-hours", "", rule))
    return hours


def _handle(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        minutes = float(text)  # As in a scenario, a bare number is minutes.
    except ValueError:
        try:
            minutes = parse_minutes(text)
        except ValueError:
            minutes = -1.0
    if not 0 < minutes <= 14_400:
        raise ExportError(Problem("--handle", "", f"is {cut(text)!r}; must be a time above 0, such as 8m"))
    return minutes


def _occupancy(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        share = parse_share(text)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise ExportError(Problem("--occupancy", "", f"is {cut(text)!r}; must be a share above 0, such as 80%"))
    return share


# -- what is written --------------------------------------------------------------------------------------------------


def check_target(out: Path, force: bool) -> None:
    """Refuse a scenario file that cannot be written, or that exists, before anything is read; raise OutputError."""
    if out.suffix != ".yaml":
        raise OutputError(Problem(str(out), "", "is no scenario file; must end in .yaml, so choose another --out"))
    if out.is_dir() or (out.exists() and not force):
        state = "is a folder" if out.is_dir() else "exists already; add --force to replace it"
        raise OutputError(Problem(str(out), "", f"{state}; choose another --out"))
    if not out.parent.is_dir() or not os.access(out.parent, os.W_OK | os.X_OK):
        raise OutputError(Problem(str(out.parent), "", "is no folder to write to; choose another --out"))


def write_scenario(text: str, out: Path) -> None:
    """Write the scenario file, whole or not at all."""
    try:
        handle, name = tempfile.mkstemp(prefix=".fit-", dir=out.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.chmod(name, 0o644)
        os.replace(name, out)
    except OSError as error:
        raise OutputError(Problem(str(out), "", f"cannot be written: {error.strerror}; choose another --out")) from None


def manifest(fit: Fit, reading: Reading, asked: FitRequest) -> dict[str, Any]:
    """Describe how a scenario was fitted: files by name and fingerprint, columns, days, what the user gave."""
    files = {"tickets": asked.tickets, "ai_log": asked.ai_log, "roster": asked.roster}
    export = fit.export
    return {
        "scenario": fit.scenario.model_dump(mode="json"),
        "files": {what: _file(path) for what, path in files.items() if path is not None},
        "columns": dict(reading.columns),
        "days": [export.first_day.isoformat(), export.last_day.isoformat()],
        "timezone": export.zone,
        "country": asked.country,
        "given": {"staffed_hours": asked.staffed_hours, "occupancy": asked.occupancy, "handle": asked.handle,
                  "set": list(asked.given)},
        "ticketflow": __version__,
        "sha256": hashlib.sha256(fit.text.encode()).hexdigest(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }  # fmt: skip


def _file(path: Path) -> dict[str, str]:
    with path.open("rb") as stream:
        return {"name": path.name, "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}
