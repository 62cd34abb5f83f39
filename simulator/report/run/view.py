"""The report of a run: its tables, its charts in the order in which a reader needs them, and its page.

>>> chart_of(study, "flow").figure   # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from simulator import __version__
from simulator.base.stats import Estimate
from simulator.base.text import clean, short
from simulator.metrics.registry import BY_NAME, HEADLINE, Kpi
from simulator.report.assumptions import basis_of
from simulator.report.finding import Chart, Drawn
from simulator.report.format import margin, signed
from simulator.report.render.html import ledger_content, one_page, picture_of, render, save_charts
from simulator.report.render.sheet import Cell, Sheet
from simulator.report.run import flow_chart, load_charts, pilot_charts, sentences, service_charts
from simulator.report.run.sentences import first_days, in_force, surge, unfinished
from simulator.report.words import MARKS, compares, titles_of, verdict
from simulator.studies.run.checks import check
from simulator.studies.run.opening import Opening, opening_of
from simulator.studies.run.outputs import manifest
from simulator.studies.running.results import Replications

if TYPE_CHECKING:
    from matplotlib.figure import Figure


_COMPACT = (
    "tickets",
    "automated_resolution",
    "answer_accuracy",
    "escalation",
    "aht",
    "first_response_p50",
    "sla_breach",
    "csat_mean",
)
"""KPIs of the tables by week, intent, tier and channel."""
_GROUPINGS = {"week": "By week", "intent": "By intent", "tier": "By customer tier", "channel": "By channel"}


@dataclass(frozen=True)
class _KpiRow:
    """One KPI against the baseline."""

    kpi: Kpi
    own: Cell
    baseline: Cell
    difference: Cell
    verdict: str
    mark: str


def _kpi_rows(study: Replications, names: Iterable[str]) -> list[_KpiRow]:
    """Return a row for each KPI that has a value."""
    rows = []
    for name in names:
        own = study.estimate(name)
        there = study.estimate(name, baseline=True)
        if not own.replications and not there.replications:
            continue
        rows.append(_row(study, BY_NAME[name], own, there))
    return rows


def headline(study: Replications) -> list[_KpiRow]:
    """Return the rows of the short table."""
    return _kpi_rows(study, [name for name in HEADLINE if name in study.kpi_names])


def _all_by_group(study: Replications) -> dict[str, list[_KpiRow]]:
    """Return all KPIs by what they are about (volume, AI agent, speed …)."""
    tables: dict[str, list[_KpiRow]] = {}
    for row in _kpi_rows(study, study.kpi_names):
        tables.setdefault(row.kpi.group, []).append(row)
    return tables


def _group_tables(study: Replications) -> list[Sheet]:
    """Return the compact tables by week, intent, tier and channel; none for groupings of a single group."""
    tables = []
    for grouping, title in _GROUPINGS.items():
        names = [name for name in _COMPACT if name in study.kpi_names]
        values = {name: study.group_values(grouping, name) for name in names}
        groups = list(values[names[0]])
        if len(groups) < 2:
            continue
        columns = titles_of(names)
        cells = {group: tuple(_level(study, name, values[name][group]) for name in names) for group in groups}
        head = title.removeprefix("By ").capitalize()
        tables.append(Sheet(title, head, columns, tuple((short(group, 32), row) for group, row in cells.items())))
    return tables


def _level(study: Replications, kpi: str, found: Estimate | None = None) -> Cell:
    """Write a KPI, or an estimate of it, with its margin."""
    found = study.estimate(kpi) if found is None else found
    text = margin(BY_NAME[kpi].unit, found, study.currency) if found.low < found.high else ""
    return Cell(study.written(kpi, found.mean), text, found.mean)


def _row(study: Replications, kpi: Kpi, own: Estimate, there: Estimate) -> _KpiRow:
    currency = study.currency
    if not compares(study, kpi.name):
        return _KpiRow(kpi, _cell(study, kpi, own), Cell(""), Cell(""), "", "")
    gap = study.difference(kpi.name)
    low, high = (signed(kpi.unit, value, currency) for value in (gap.low, gap.high))
    between = Cell(signed(kpi.unit, gap.mean, currency), f"{low} to {high}" if gap.low < gap.high else "", gap.mean)
    judged = verdict(kpi, gap)
    return _KpiRow(kpi, _cell(study, kpi, own), _cell(study, kpi, there), between, judged, MARKS.get(judged, ""))


def _cell(study: Replications, kpi: Kpi, found: Estimate) -> Cell:
    """Write an estimate with its interval, where there is one."""
    if not found.low < found.high:
        return Cell(study.written(kpi.name, found.mean), number=found.mean)
    low, high = (study.written(kpi.name, value) for value in (found.low, found.high))
    return Cell(study.written(kpi.name, found.mean), f"{low} to {high}", found.mean)


# -- the charts of a run, in the order in which a reader needs them ---------------------------------------------------


_CHARTS: dict[str, tuple[str, Callable[[Replications], Figure | None], Callable[[Replications], str]]] = {
    "flow": ("01_ticket_flow.png", flow_chart.ticket_flow, flow_chart.flow_details),
    "backlog": ("02_backlog_by_hour.png", load_charts.backlog_by_hour, load_charts.backlog_details),
    "days": ("03_backlog_by_day.png", load_charts.backlog_by_day, load_charts.days_details),
    "sla": ("04_sla_breaches.png", service_charts.sla, service_charts.sla_details),
    "csat": ("05_csat.png", service_charts.csat, service_charts.csat_details),
    "costs": ("06_costs.png", service_charts.costs, service_charts.costs_details),
    "agents": ("07_agents.png", load_charts.agents, load_charts.agents_details),
    "weeks": ("08_week_by_week.png", pilot_charts.weeks, pilot_charts.weeks_details),
    "hardest": ("09_hardest_tenth.png", pilot_charts.hardest, pilot_charts.hardest_details),
}
KEYS = tuple(_CHARTS)


def chart_of(study: Replications, key: str) -> Chart:
    """Return one of the charts of KEYS; it has no figure where it makes no sense for the scenario."""
    file, build, details = _CHARTS[key]
    return Chart(key, partial(build, study), partial(details, study), file)


def drawn(study: Replications) -> Iterator[Drawn]:
    """Draw every chart that makes sense for a study, one at a time."""
    for key in KEYS:
        chart = chart_of(study, key)
        if chart.figure is not None:
            yield Drawn(key, chart.figure, chart.alt, chart.file)


# -- the report of a run, with all that it begins with ----------------------------------------------------------------


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
    opened = "" if opening is None else f"First days: {sentences.first_days(opening, mser=False)}."
    return render(
        "report.html.j2",
        kicker="ticketflow report",
        name=clean(scenario.name),
        summary=one_page(
            name=clean(scenario.name),
            desk=clean(scenario.description).strip(),
            asked=sentences.asked(study),
            answer=sentences.answer(study),
            told=[text for text in (sentences.worth(study), surge(study)) if text],
            how_sure=[sentences.how_sure(study), opened],
            warnings=[clean(warning) for warning in warnings],
            basis=basis_of(
                scenario, sentences.made_of(study), sentences.held_against(study), in_force=in_force(scenario)
            ),
        ),
        has_baseline=study.has_baseline,
        headline=headline(study),
        all_kpis=_all_by_group(study),
        pictures=[picture_of(chart) for chart in drawn(study)],
        groups=_group_tables(study),
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
