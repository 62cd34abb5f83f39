"""The page's tables as rows of text: KPIs against the baseline, by group, definitions, ledger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.base.stats import Estimate
from simulator.base.text import short
from simulator.metrics.registry import BY_NAME, HEADLINE, Kpi
from simulator.report.format import margin, signed
from simulator.report.render.sheet import Cell, Sheet
from simulator.report.words import MARKS, compares, titles_of, verdict
from simulator.studies.running.results import Replications

COMPACT = (
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
GROUPINGS = {"week": "By week", "intent": "By intent", "tier": "By customer tier", "channel": "By channel"}


@dataclass(frozen=True)
class KpiRow:
    """One KPI against the baseline."""

    kpi: Kpi
    own: Cell
    baseline: Cell
    difference: Cell
    verdict: str
    mark: str


def kpi_rows(study: Replications, names: Iterable[str]) -> list[KpiRow]:
    """Return a row for each KPI that has a value."""
    rows = []
    for name in names:
        own = study.estimate(name)
        there = study.estimate(name, baseline=True)
        if not own.replications and not there.replications:
            continue
        rows.append(_row(study, BY_NAME[name], own, there))
    return rows


def headline(study: Replications) -> list[KpiRow]:
    """Return the rows of the short table."""
    return kpi_rows(study, [name for name in HEADLINE if name in study.kpi_names])


def all_by_group(study: Replications) -> dict[str, list[KpiRow]]:
    """Return all KPIs by what they are about (volume, AI agent, speed …)."""
    tables: dict[str, list[KpiRow]] = {}
    for row in kpi_rows(study, study.kpi_names):
        tables.setdefault(row.kpi.group, []).append(row)
    return tables


def group_tables(study: Replications) -> list[Sheet]:
    """Return the compact tables by week, intent, tier and channel; none for groupings of a single group."""
    tables = []
    for grouping, title in GROUPINGS.items():
        names = [name for name in COMPACT if name in study.kpi_names]
        values = {name: study.group_values(grouping, name) for name in names}
        groups = list(values[names[0]])
        if len(groups) < 2:
            continue
        columns = titles_of(names)
        cells = {group: tuple(level(study, name, values[name][group]) for name in names) for group in groups}
        head = title.removeprefix("By ").capitalize()
        tables.append(Sheet(title, head, columns, tuple((short(group, 32), row) for group, row in cells.items())))
    return tables


def level(study: Replications, kpi: str, found: Estimate | None = None) -> Cell:
    """Write a KPI, or an estimate of it, with its margin."""
    found = study.estimate(kpi) if found is None else found
    text = margin(BY_NAME[kpi].unit, found, study.currency) if found.low < found.high else ""
    return Cell(study.written(kpi, found.mean), text, found.mean)


def _row(study: Replications, kpi: Kpi, own: Estimate, there: Estimate) -> KpiRow:
    currency = study.currency
    if not compares(study, kpi.name):
        return KpiRow(kpi, _cell(study, kpi, own), Cell(""), Cell(""), "", "")
    gap = study.difference(kpi.name)
    low, high = (signed(kpi.unit, value, currency) for value in (gap.low, gap.high))
    between = Cell(signed(kpi.unit, gap.mean, currency), f"{low} to {high}" if gap.low < gap.high else "", gap.mean)
    judged = verdict(kpi, gap)
    return KpiRow(kpi, _cell(study, kpi, own), _cell(study, kpi, there), between, judged, MARKS.get(judged, ""))


def _cell(study: Replications, kpi: Kpi, found: Estimate) -> Cell:
    """Write an estimate with its interval, where there is one."""
    if not found.low < found.high:
        return Cell(study.written(kpi.name, found.mean), number=found.mean)
    low, high = (study.written(kpi.name, value) for value in (found.low, found.high))
    return Cell(study.written(kpi.name, found.mean), f"{low} to {high}", found.mean)
