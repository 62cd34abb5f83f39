"""The report of a run, with all that it begins with: for the command line, which writes it, and the web page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator import __version__
from simulator.base.text import clean
from simulator.report.assumptions import basis_of
from simulator.report.executive import one_page
from simulator.report.render.html import ledger_content, picture_of, render, save_charts
from simulator.report.run import summary, tables
from simulator.report.run.figures import drawn
from simulator.report.run.summary import first_days, in_force, surge, unfinished
from simulator.studies.run.checks import check
from simulator.studies.run.opening import Opening, opening_of
from simulator.studies.run.outputs import manifest
from simulator.studies.running.results import Replications


@dataclass(frozen=True)
class RunPage:
    """A run's report, ready to be written."""

    study: Replications
    warnings: tuple[str, ...]
    """What the command line warns of: what the report begins with, and what MSER-5 says of the first days."""
    notes: tuple[str, ...]
    """What is worth knowing and no warning."""
    opening: Opening
    """What was found about the first days."""
    shown: tuple[str, ...]
    """Warnings that the page begins with."""

    @property
    def html(self) -> str:
        """The page, with charts of its own: a chart that was saved as PNG before would lie a little differently."""
        return render_report(self.study, self.shown, self.opening)

    def write(self, folder: Path) -> None:
        """Write the charts as PNG and the page as report.html."""
        save_charts(drawn(self.study), folder)
        (folder / "report.html").write_text(self.html, encoding="utf-8")


def run_page(study: Replications, warnings: Sequence[str] = ()) -> RunPage:
    """Make the report of a study; `warnings` come before those that its scenario and figures give rise to."""
    findings = check(study.scenario, study.seed).findings
    told = [f"{finding.path} {finding.text}" for finding in findings if finding.level == "warning"]
    opening = opening_of(study)
    first = first_days(opening)
    warned = (*warnings, *told, *unfinished(study))
    if opening.is_notable:
        return RunPage(study, (*warned, first), (), opening, (*warned, first_days(opening, mser=False)))
    return RunPage(study, warned, (first,), opening, warned)


def render_report(study: Replications, warnings: Sequence[str] = (), opening: Opening | None = None) -> str:
    """Render a study as one self-contained HTML page.

    `warnings` are shown before anything else; `opening` is what was found about the first days.
    """
    scenario = study.scenario
    opened = "" if opening is None else f"First days: {summary.first_days(opening, mser=False)}."
    return render(
        "report.html.j2",
        kicker="ticketflow report",
        name=clean(scenario.name),
        summary=one_page(
            name=clean(scenario.name),
            desk=clean(scenario.description).strip(),
            asked=summary.asked(study),
            answer=summary.answer(study),
            told=[text for text in (summary.worth(study), surge(study)) if text],
            how_sure=[summary.how_sure(study), opened],
            warnings=[clean(warning) for warning in warnings],
            basis=basis_of(scenario, summary.made_of(study), summary.held_against(study), in_force=in_force(scenario)),
        ),
        has_baseline=study.has_baseline,
        headline=tables.headline(study),
        all_kpis=tables.all_by_group(study),
        pictures=[picture_of(chart) for chart in drawn(study)],
        groups=tables.group_tables(study),
        **ledger_content(scenario),
        made=_made_by(study),
    )


def _made_by(study: Replications) -> dict[str, str]:
    """Return how the figures were made, so that anybody can make them again."""
    scenario = study.scenario
    return {
        "Scenario": clean(scenario.name),
        "Weeks": f"{int(scenario.weeks)}, from {scenario.start:%d %B %Y} ({scenario.timezone})",
        "Replications": str(len(study)),
        "Seed": str(study.seed),
        "Engine": study.engine,
        "ticketflow": __version__,
        "SHA-256 of the inputs": str(manifest(study)["sha256"]),
    }
