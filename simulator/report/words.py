"""Words: figures with intervals, differences and verdicts, as titles, tables and alt texts say them."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.base.stats import Estimate
from simulator.base.text import counted
from simulator.metrics.registry import BY_NAME, Kpi
from simulator.report.table import Field
from simulator.studies.running.results import Replications

BETTER, WORSE, HIGHER, LOWER = "better", "worse", "higher", "lower"
UNCLEAR, SAME, ONE_RUN = "no clear difference", "unchanged", "one run, no interval"
MARKS = {BETTER: "▲", WORSE: "▼", HIGHER: "↑", LOWER: "↓", UNCLEAR: "≈", SAME: "=", ONE_RUN: "?"}
"""Signs beside verdicts, so that colour is never the only hint."""
SHORT_TITLES = {
    "automated_resolution": "Automated",
    "answer_accuracy": "Accuracy",
    "escalation": "Escalated",
    "aht": "AHT",
    "first_response_p50": "First resp., median",
    "sla_breach": "SLA breach",
}


def value_of(study: Replications, kpi: str, *, baseline: bool = False) -> str:
    """Write a KPI's mean."""
    return study.written(kpi, study.estimate(kpi, baseline=baseline).mean)


def verdict(kpi: Kpi, difference: Estimate) -> str:
    """Judge a difference: better, worse, higher, lower, or not clear; empty where there is none."""
    if difference.replications == 0:
        return ""
    if difference.replications == 1:
        return SAME if difference.mean == 0 else ONE_RUN
    if not difference.excludes_zero:
        return SAME if difference.mean == difference.low == 0 else UNCLEAR
    up = difference.mean > 0
    if kpi.better == "neither":
        return HIGHER if up else LOWER
    return BETTER if up == (kpi.better == "higher") else WORSE


def weeks_of(study: Replications) -> str:
    """Write the scenario's length: `4 weeks`."""
    return counted(int(study.scenario.weeks), "week")


def runs_of(study: Replications) -> str:
    """Return what figures are means of, and what their intervals are."""
    count = len(study)
    if count == 1:
        return "One replication, so there is no interval."
    return f"Means of {count} replications; bars and shaded bands are 95 % intervals."


def compares(study: Replications, kpi: str) -> bool:
    """Return whether a KPI means something in the AI-off baseline and was measured there."""
    if not study.has_baseline or "ai" in BY_NAME[kpi].needs.split():
        return False
    return study.estimate(kpi, baseline=True).replications > 0


def _titles_of(kpis: Iterable[str]) -> tuple[str, ...]:
    """Head the columns of a table of KPIs."""
    return tuple(SHORT_TITLES.get(kpi, BY_NAME[kpi].title) for kpi in kpis)


def kpi_fields(kpis: Iterable[str]) -> list[Field]:
    """Return the columns of a table of KPIs."""
    return [Field(kpi, title, BY_NAME[kpi].unit) for kpi, title in zip(kpis, _titles_of(kpis), strict=True)]
