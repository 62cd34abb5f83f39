"""Fit: a scenario measured on what a help desk exports.

Every part of the desk has an estimator of its own, each a function of the export; here their parts are put together,
what the user gives is laid over them, and what nobody has said is asked for. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from simulator import __version__
from simulator.calibration.exports.ai_log import AiLog
from simulator.calibration.exports.roster import Roster
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.ai import fit_ai
from simulator.calibration.fit.arrivals import fit_arrivals
from simulator.calibration.fit.backlog import fit_backlog
from simulator.calibration.fit.csat import fit_csat
from simulator.calibration.fit.draft import Draft
from simulator.calibration.fit.flow import fit_flow
from simulator.calibration.fit.handle import fit_handle
from simulator.calibration.fit.mix import fit_mix
from simulator.calibration.fit.patience import fit_patience
from simulator.calibration.fit.presence import days_covered, staffed_hours
from simulator.calibration.fit.rare import merge_rare
from simulator.calibration.fit.scenario_text import scenario_text, unwritten
from simulator.calibration.fit.service_level import fit_sla
from simulator.calibration.fit.staffing import fit_staffing, in_staffed_hours
from simulator.calibration.part import Part
from simulator.quantities import Figure
from simulator.scenario.loading import scenario_from
from simulator.scenario.model import Scenario
from simulator.scenario.yaml_text import parse_yaml
from simulator.showing import Plotted
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
    handle: float | None = None
    """Minutes of a person's work on a ticket, where the export says nothing about it."""
    given: Sequence[str] = ()
    """Settings `path=value` of the user's own."""


@dataclass(frozen=True)
class Fit(Plotted):
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
    findings: list[Finding] = list(found)
    evidence: list[Any] = []
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
    text += unwritten(draft.ordered(), checked)
    # What the file says is what holds: figures are rounded as they are written.
    scenario = scenario_from(parse_yaml(text, "the fitted scenario")[0])
    findings += _untold_policy(draft, scenario)
    return Fit(export, scenario, text, tuple(findings), tuple(evidence))


def _frame(export: Export, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "description": f"Measured on {len(export):,} tickets created from {export.first_day} to {export.last_day}.",
        "start": (export.last_day + timedelta(days=1)).isoformat(),
        "timezone": export.zone,
        "weeks": Figure(WEEKS, source="definition: what is simulated"),
    }


def _parts(export: Export, extras: Extras) -> Iterable[tuple[str, Callable[[], Part]]]:
    """List what is measured; later parts lay over earlier ones."""
    staffing = fit_staffing(export, extras.roster)
    yield "staffing", lambda: staffing
    called, left_out = in_staffed_hours(export, staffing)
    yield "arrivals", lambda: fit_arrivals(called, extras.country)
    yield "the mix of tickets", lambda: replace(mix := fit_mix(called), findings=(*left_out, *mix.findings))
    hours = _hours(export, extras)
    yield "handle times", lambda: fit_handle(
        export, staffed_hours=hours, occupancy=extras.occupancy, handle=extras.handle
    )
    yield "patience", lambda: fit_patience(export)
    yield "reopening and transfers", lambda: fit_flow(export)
    yield "service levels", lambda: fit_sla(export)
    yield "satisfaction", lambda: fit_csat(export)
    yield "the opening backlog", lambda: fit_backlog(export)
    if extras.ai_log is not None:
        log = extras.ai_log
        yield "the AI's judgement", lambda: fit_ai(log, export.intent.names)


def _untold_policy(draft: Draft, scenario: Scenario) -> list[Finding]:
    """Say what the AI does in the scenario where nobody has said it: no log of judgements knows."""
    if "ai" not in draft.data or "policy" in draft.data:
        return []
    policy = scenario.policy
    text = (
        f"nobody has said what the AI may do, so it works in mode {policy.mode.value} and answers from a confidence of"
        f" {float(policy.answer_threshold):.0%} on, as pilot guides have it; give --set policy.mode=off for the desk as"
        " it is, or --set policy.answer_threshold=90%"
    )
    return [Finding("warning", "policy", text)]


def _hours(export: Export, extras: Extras) -> float | None:
    """Give the agent hours staffed in the days of the export: as told, else as the roster has them.

    Days that a roster of dates does not cover count like those that it does; None where it covers none of them.
    """
    if extras.staffed_hours is not None or extras.roster is None:
        return extras.staffed_hours
    hours, covered = staffed_hours(extras.roster, export), days_covered(extras.roster, export)
    return hours * export.days / covered if hours and covered else None


def _header(export: Export, made_of: str) -> list[str]:
    return [
        f"Fitted by ticketflow {__version__} to {made_of}: {len(export):,} tickets created from {export.first_day} "
        f"to {export.last_day}.",
        "",
        "low and high are 90 % intervals, n counts observations. Figures whose source begins with `assumed` stand in "
        "no export: they are yours to own. The scenario begins the day after the export ends.",
    ]
