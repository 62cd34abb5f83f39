"""What a backtest is made of: an export, and a scenario that is given or fitted on the training days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.errors import Notice, Problem, StudyError, cut
from simulator.calibration.backtest.backtesting import Staffing
from simulator.calibration.backtest.held_out import Days, check_days
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.files import FitRequest, read_files
from simulator.calibration.fit.fitting import fit_scenario
from simulator.calibration.fit.presence import MERGE_MINUTES, STEP_MINUTES, presences, rule_of
from simulator.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    from simulator.studies.running.batch import Stages

EXPORT_ENDINGS = (".csv", ".gz", ".parquet", ".tsv", ".txt")
_ONLY_FITTED = ("roster", "country", "staffed_hours", "occupancy", "handle", "ai_log")
"""What a scenario that is given says itself."""


@dataclass(frozen=True)
class BacktestRequest:
    """What the user asked for."""

    files: FitRequest
    """The export, and what goes with it."""
    scenario: str | None
    """Scenario file or name; None fits one on the training days."""
    train: Days | None
    """None means all days of the export before the test."""
    test: Days
    staffing: Staffing = "fitted"


@dataclass(frozen=True)
class Ready:
    """All that a backtest takes."""

    export: Export
    train: Export
    scenario: Scenario
    agents: Mapping[str, Floats] | None
    """Agents seen at work from the first test day on by team, shape (n_days, n_slots), where they were asked for."""
    findings: tuple[Notice, ...]


def is_export(source: str) -> bool:
    """Return whether a file is an export rather than a scenario, by its ending."""
    return source.lower().endswith(EXPORT_ENDINGS)


def prepare(asked: BacktestRequest, *, progress: Stages | None = None) -> Ready:
    """Read the export; load the scenario, or fit it on what was known when the training days ended.

    Raises StudyError where options do not go together or days cannot be compared, ExportError and ScenarioError where
    files or figures are missing or wrong.
    """
    given = None if asked.scenario is None else _given(asked.scenario, asked.files)
    zone = asked.files.zone or (None if given is None else given.timezone)
    reading, extras, found = read_files(replace(asked.files, zone=zone), progress)
    export, findings = reading.export, (*reading.findings, *found)
    days = asked.train or (export.first_day, max(export.first_day, asked.test[0] - timedelta(days=1)))
    check_days(export, days, asked.test)
    train = _known_then(export, days)
    if given is None:
        made_of = asked.files.tickets.name
        fit = fit_scenario(train, asked.files.scenario_name, extras, made_of=made_of, progress=progress)
        given, findings = fit.scenario, (*findings, *fit.findings)
    agents = None
    if asked.staffing == "observed":
        agents = agents_seen(export, given, asked.test[0])
        findings = (*findings, _how_seen(export))
    return Ready(export, train, given, agents, findings)


def _given(source: str, files: FitRequest) -> Scenario:
    """Load a scenario; raise StudyError for options that only a fit takes, and for another desk's time zone."""
    unused = [name for name in _ONLY_FITTED if getattr(files, name) is not None]
    if unused:
        rule = "is for fitting, and the scenario is given; drop it, or give the export instead of the scenario"
        raise StudyError([Problem(f"--{name.replace('_', '-')}", "", rule) for name in unused])
    scenario = load_scenario(source, files.given)
    if files.zone is not None and files.zone != scenario.timezone:
        rule = f"must be that of the scenario's desk, {scenario.timezone}, so that days are the same; drop it"
        raise StudyError(Problem("--timezone", "", f"is {cut(files.zone)}; {rule}"))
    return scenario


def _known_then(export: Export, days: Days) -> Export:
    """Return the tickets of some days as they were known when the last of them ended."""
    end = export.midnight(days[1] + timedelta(days=1))
    return export.as_of(end).between(*days)


def agents_seen(export: Export, scenario: Scenario, since: date) -> dict[str, Floats]:
    """Infer who was at work on each day since then, by team of the scenario, shape (n_days, slots of STEP_MINUTES).

    Work on older tickets counts, and days after the test do, in which its last tickets are followed. Raises StudyError
    where teams are not told.
    """
    teams = list(scenario.teams)
    if len(teams) == 1:
        return {teams[0]: _seen(export, since)}
    if export.team is None or not set(teams) <= set(export.team.names):
        rule = "has several teams, which the export does not tell apart; must be fitted"
        raise StudyError(Problem("--staffing", "", f"is observed, but the scenario {rule}"))
    codes = {name: export.team.names.index(name) for name in teams}
    return {name: _seen(export.of(np.flatnonzero(export.team.codes == code)), since) for name, code in codes.items()}


def _seen(export: Export, since: date) -> Floats:
    return presences(export, (MERGE_MINUTES,), STEP_MINUTES)[0][(since - export.first_day).days :]


def _how_seen(export: Export) -> Notice:
    """Say by which rule agents count as there, and what it cannot see."""
    how = f"during work and gaps of at most {MERGE_MINUTES:g} minutes"
    if rule_of(export) == "activity":
        how = "in hours in which they answered or resolved a ticket and in those around"
    text = f"is inferred: agents count as there {how}; who was there with nothing to do is missing, so that waits of a"
    return Notice("warning", "--staffing", f"{text} desk with time to spare come out too long")
