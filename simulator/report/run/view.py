"""What a run has to tell: its charts in the order in which a reader needs them, and the tables behind them.

>>> chart_of(study, "flow").figure   # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from simulator import __version__
from simulator.base.stats import Estimate
from simulator.base.text import clean, short
from simulator.metrics.registry import BY_NAME, HEADLINE
from simulator.report.finding import Chart, Finding, Page
from simulator.report.run import flow_chart, load_charts, pilot_charts, sentences, service_charts
from simulator.report.run.in_force import in_force
from simulator.report.run.worth import figure_of
from simulator.report.table import Field, Row, Said, Table
from simulator.report.words import compares, kpi_fields, verdict
from simulator.studies.run.checks import check
from simulator.studies.run.opening import Opening
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
"""File, drawing and words of each chart."""
_BLANK = Said(None, "")
"""What stands in the cells of a comparison that makes no sense for a KPI."""


def page_of(study: Replications, opening: Opening | None = None, warnings: Sequence[str] = ()) -> Page:
    """Put together what a run has to say; `opening` is what was found about its first days."""
    made = _made_by(study)
    notes: list[str] = []
    warned = [*warnings, *sentences.unfinished(study)]
    if opening is not None:
        first_days = sentences.first_days(opening)
        if opening.is_notable:
            warned.append(first_days)
        else:
            notes.append(f"{first_days}.")
        made["First days that MSER-5 cuts"] = sentences.mser(opening)
    return Page(
        kicker="ticketflow run",
        scenario=study.scenario,
        question=sentences.asked(study),
        answer=sentences.answer(study),
        findings=list(_findings(study)),
        how_sure=sentences.how_sure(study),
        runs=sentences.made_of(study),
        baseline=sentences.held_against(study),
        in_force=in_force(study.scenario),
        warnings=warned,
        notes=notes,
        kpis=study.kpi_names,
        is_ledger_open=True,
        made=made,
        manifest=manifest(study),
    )


def report_of(study: Replications, opening: Opening, warnings: Sequence[str] = ()) -> Page:
    """Return the page of a run; `warnings` come before those that its scenario and figures give rise to."""
    found = check(study.scenario, study.seed).findings
    told = [f"{finding.path} {finding.text}" for finding in found if finding.level == "warning"]
    return page_of(study, opening, (*warnings, *told))


def chart_of(study: Replications, key: str) -> Chart:
    """Return one of the charts; it has no figure where it makes no sense for the scenario."""
    file, build, details = _CHARTS[key]
    return Chart(key, partial(build, study), partial(details, study), file)


def _findings(study: Replications) -> Iterator[Finding]:
    yield Finding(table=_kpi_table(study, "Key figures", [name for name in HEADLINE if name in study.kpi_names]))
    groups: dict[str, list[str]] = {}
    for name in study.kpi_names:
        groups.setdefault(BY_NAME[name].group, []).append(name)
    for group, names in groups.items():
        yield Finding(table=_kpi_table(study, group, names), fold="All KPIs")
    for sentence in (sentences.worth(study), sentences.surge(study)):
        yield Finding(sentence)
    for key in _CHARTS:
        yield Finding(chart=chart_of(study, key))
    for grouping in _GROUPINGS:
        yield Finding(table=_group_table(study, grouping))


def _kpi_table(study: Replications, title: str, names: Iterable[str]) -> Table:
    """One row per KPI that has a value: with the AI, without it, and the difference, paired by replication.

    A payback that is never reached has none, and says so.
    """
    compared = study.has_baseline
    fields = [
        Field("kpi", "KPI", is_kpi=True), Field("unit", where="files"),
        Field("mean", "With AI" if compared else "Mean", "by row"),
    ]  # fmt: skip
    if compared:
        fields += [
            Field("baseline", "AI off", "by row", margin="in full"),
            Field("difference", "Change", "by row", margin="in full", is_difference=True),
            Field("reading", "Reading", is_verdict=True, is_in_short=False),
        ]
    rows: list[Row] = []
    for name in names:
        kpi, own, there = BY_NAME[name], study.estimate(name), study.estimate(name, baseline=True)
        if own.replications or there.replications or kpi.unit == "months":
            against: Row = (_BLANK, _BLANK, _BLANK)
            if compares(study, name):
                gap = study.difference(name)
                against = there, gap, verdict(kpi, gap)
            rows.append((name, kpi.unit, figure_of(study, name), *(against if compared else ())))
    paired = "; changes are paired by replication" if compared else ""
    return Table("", f"{title}: means with 95 % intervals{paired}", fields, rows, study.currency, is_stacked=True)


def _group_table(study: Replications, grouping: str) -> Table | None:
    """One row per week, intent, tier or channel; none where there is only one."""
    names = [name for name in _COMPACT if name in study.kpi_names]
    found: list[dict[str, Estimate]] = [study.group_values(grouping, name) for name in names]
    if not found or len(found[0]) < 2:
        return None
    title = _GROUPINGS[grouping]
    fields = [Field(grouping, title.removeprefix("By ").capitalize()), *kpi_fields(names)]
    rows: list[Row] = [(short(group, 32), *(values[group] for values in found)) for group in found[0]]
    return Table("", title, fields, rows, study.currency)


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
