"""The report of a run, with all that it begins with: for the command line, which writes it, and the web page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.report.render.html import render_report
from simulator.report.run.summary import first_days, unfinished
from simulator.studies.run.checks import check
from simulator.studies.run.opening import Opening, opening_of
from simulator.studies.running.results import Replications


@dataclass(frozen=True)
class RunPage:
    """A run's report, ready to be written."""

    html: str
    warnings: tuple[str, ...]
    """What the report begins with, and what MSER-5 says of the first days."""
    notes: tuple[str, ...]
    """What is worth knowing and no warning."""
    opening: Opening
    """What was found about the first days."""


def run_page(study: Replications, warnings: Sequence[str] = ()) -> RunPage:
    """Make the report of a study; `warnings` come before those that its scenario and figures give rise to."""
    findings = check(study.scenario, study.seed).findings
    told = [f"{finding.path} {finding.text}" for finding in findings if finding.level == "warning"]
    opening = opening_of(study)
    first = first_days(opening)
    warned = [*warnings, *told, *unfinished(study)]
    plainer = [first_days(opening, mser=False)] if opening.is_notable else []
    html = render_report(study, [*warned, *plainer], opening)
    if opening.is_notable:
        return RunPage(html, (*warned, first), (), opening)
    return RunPage(html, tuple(warned), (first,), opening)
