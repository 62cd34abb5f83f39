"""Fit: a scenario measured on what a help desk exports.

Every part of the desk has an estimator of its own, each a function of the export; here their parts are put together,
what the user gives is laid over them, and what nobody has said is asked for. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.calibration.exports.ai_log import AiLog
from simulator.calibration.exports.roster import Roster
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.draft import Draft
from simulator.calibration.fit.rare import merge_rare
from simulator.calibration.fit.scenario_text import scenario_text
from simulator.scenario.loading import scenario_from
from simulator.scenario.model import Scenario
from simulator.scenario.yaml_text import parse_yaml
from simulator.studies.findings import Finding

if TYPE_CHECKING:
    from simulator.studies.laboratory import Stages

WEEKS = 4
"""Weeks that a fitted scenario runs, from the day after the export's last."""


@dataclass(frozen=True)
class Extras:
    """What `fit` may be told beside the tickets."""

    roster: Roster | None = None
    ai_log: AiLog | None = None
    country: str | None = None
    """ISO code of the country whose public holidays count."""
    staffed_hours: float | None = None
    """Agent hours that were staffed in the days of the export; counted from the roster if there is one."""
    occupancy: float | None = None
    """Share of staffed time that agents spent on tickets; handle time is estimated from it where none is recorded."""
    given: Sequence[str] = ()
    """Settings `path=value` of the user's own."""


@dataclass(frozen=True)
class Fit:
    """A fitted scenario, and what was learned on the way."""

    export: Export
    """The tickets, rare intents merged."""
    scenario: Scenario
    text: str
    """The scenario as a file."""
    findings: tuple[Finding, ...]
    evidence: tuple[Any, ...]
    """What charts are drawn of."""


def fit_scenario(
    export: Export,
    name: str,
    extras: Extras | None = None,
    *,
    made_of: str = "an export",
    progress: Stages | None = None,
) -> Fit:
    """Measure a scenario on an export.

    It continues where the export ends: its first day is the day after the export's last. Raises ExportError with every
    figure that no file holds and the user has not given, and ScenarioError where what the user gave does not fit.
    """
    extras = extras or Extras()
    export, found = merge_rare(export)
    draft = Draft(_frame(export, name))
    findings, evidence = list(found), []
    stages = list(_parts(export, extras))
    for place, (what, estimate) in enumerate(stages):
        if progress is not None:
            progress(f"Measuring {what}", place, len(stages))
        part = estimate()
        draft.add(part)
        findings += part.findings
        evidence += part.evidence
    draft.give(extras.given)
    draft.refuse_gaps()
    checked = scenario_from(draft.plain())
    text = scenario_text(draft.ordered(), checked, _header(export, made_of), draft.comments)
    # What the file says is what holds: figures are rounded as they are written.
    scenario = scenario_from(parse_yaml(text, "the fitted scenario")[0])
    return Fit(export, scenario, text, tuple(findings), tuple(evidence))
