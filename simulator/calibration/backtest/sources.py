"""What a backtest is made of: an export, and a scenario that is given or fitted on the training days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from simulator.calibration.backtest.study import Days, Staffing, check_days
from simulator.calibration.exports.reading import read_export
from simulator.calibration.exports.roster import read_roster
from simulator.calibration.exports.table import Export, Floats
from simulator.calibration.fit.presence import presence
from simulator.calibration.fit.study import Extras, fit_scenario
from simulator.errors import Problem, StudyError
from simulator.scenario.loading import load_scenario
from simulator.scenario.model import Scenario
from simulator.studies.findings import Finding

EXPORT_ENDINGS = (".csv", ".gz", ".parquet", ".tsv", ".txt")
Stages = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Asked:
    """What the user asked for."""

    source: str
    """Scenario file or name, or the export itself."""
    tickets: Path | None
    """Export that a given scenario is compared with."""
    mapping: tuple[str, ...]
    """Texts `FIELD=COLUMN`."""
    timezone: str | None
    train: Days | None
    """None means all days of the export before the test."""
    test: Days
    roster: Path | None
    changes: tuple[str, ...]
    """Settings `path=value` of the user's own."""
    staffing: Staffing

    @property
    def is_export(self) -> bool:
        """Tell whether the source is an export rather than a scenario."""
        return self.source.lower().endswith(EXPORT_ENDINGS)


@dataclass(frozen=True)
class Ready:
    """All that a backtest takes."""

    export: Export
    train: Export
    scenario: Scenario
    agents: Mapping[str, Floats] | None
    """Agents seen at work in the test days by team, shape (n_days, 48), where they were asked for."""
    findings: tuple[Finding, ...]


def prepare(asked: Asked, *, progress: Stages | None = None) -> Ready:
    """Read the export; load the scenario, or fit it on what was known when the training days ended.

    Raises StudyError where options do not go together or days cannot be compared, ExportError and ScenarioError where
    files or figures are missing or wrong.
    """
    _check_options(asked)
    given = None if asked.is_export else load_scenario(asked.source, asked.changes)
    zone = asked.timezone or (None if given is None else given.timezone)
    file = Path(asked.source) if asked.tickets is None else asked.tickets
    read = read_export(file, columns=mapped(asked.mapping), zone=zone, progress=progress)
    export, findings = read.export, read.findings
    days = asked.train or (export.first_day, asked.test[0] - timedelta(days=1))
    check_days(export, days, asked.test)
    train = known_then(export, days)
    if given is None:
        extras = Extras(roster=None if asked.roster is None else read_roster(asked.roster)[0], given=asked.changes)
        fit = fit_scenario(train, file.name.partition(".")[0], extras, made_of=file.name, progress=progress)
        given, findings = fit.scenario, (*findings, *fit.findings)
    agents = agents_seen(export, given, asked.test) if asked.staffing == "observed" else None
    return Ready(export, train, given, agents, findings)


def _check_options(asked: Asked) -> None:
    problems = []
    if asked.is_export and asked.tickets is not None:
        rule = "is given together with an export to fit on; drop it, or name a scenario instead of that export"
        problems.append(Problem("--tickets", "", rule))
    if not asked.is_export and asked.tickets is None:
        rule = f"must name the export to compare with, as {asked.source} is a scenario"
        problems.append(Problem("--tickets", "", f"is not given; {rule}"))
    if not asked.is_export and asked.roster is not None:
        rule = "is given with a scenario, which has its own roster; drop it, or fit on an export"
        problems.append(Problem("--roster", "", rule))
    if problems:
        raise StudyError(problems)


def mapped(texts: tuple[str, ...]) -> dict[str, str]:
    """Read `FIELD=COLUMN` texts; raise StudyError for one without =."""
    pairs = [text.partition("=") for text in texts]
    wrong = [text for text, (_, sign, _) in zip(texts, pairs, strict=True) if not sign]
    if wrong:
        rule = "must be FIELD=COLUMN, such as created_at=Opened"
        raise StudyError([Problem("--map", "", f"is {text!r}; {rule}") for text in wrong])
    return {field.strip(): column.strip() for field, _, column in pairs}


def known_then(export: Export, days: Days) -> Export:
    """Give the tickets of some days as they were known when the last of them ended."""
    end = export.midnight(days[1] + timedelta(days=1))
    return export.as_of(end).between(*days)


def agents_seen(export: Export, scenario: Scenario, test: tuple[date, date]) -> dict[str, Floats]:
    """Infer who was at work in the test days, by team of the scenario; raise StudyError where teams are not told."""
    there = export.between(*test)
    teams = list(scenario.teams)
    if len(teams) == 1:
        return {teams[0]: presence(there)}
    if there.team is None or not set(teams) <= set(there.team.names):
        rule = "has several teams, which the export does not tell apart; must be fitted"
        raise StudyError(Problem("--staffing", "", f"is observed, but the scenario {rule}"))
    codes = {name: there.team.names.index(name) for name in teams}
    return {name: presence(there.of(np.flatnonzero(there.team.codes == code))) for name, code in codes.items()}
