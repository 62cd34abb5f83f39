"""The terminal: KPIs, checks and definitions as tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from simulator.metrics.registry import BY_NAME, HEADLINE, KPIS
from simulator.report.summary import answer, worth
from simulator.report.surge_words import surge
from simulator.report.words import clean, compares, margin, signed
from simulator.studies.checks import Report
from simulator.studies.offered_load import hour_name
from simulator.studies.results import Replications


def print_kpis(study: Replications, folder: Path, warnings: Sequence[str] = (), notes: Sequence[str] = ()) -> None:
    """Print the headline KPIs with intervals and, beside them, the desk with the AI off."""
    console, weeks = _console(), int(study.scenario.weeks)
    console.print(
        f"[bold]{escape(clean(study.scenario.name))}[/]: {len(study)} replications of {weeks} weeks", highlight=False
    )
    table = Table(header_style="bold", box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    table.add_column("KPI")
    table.add_column("with AI" if study.has_baseline else "mean", justify="right")
    table.add_column("95 % interval", justify="right")
    if study.has_baseline:
        table.add_column("AI off", justify="right")
        table.add_column("change", justify="right")
    for name in (name for name in HEADLINE if name in study.kpi_names):
        kpi, found = BY_NAME[name], study.estimate(name)
        row = [kpi.title, study.written(name, found.mean), margin(kpi, found, study.currency)]
        if compares(study, name):
            there = study.written(name, study.estimate(name, baseline=True).mean)
            row += [there, signed(kpi, study.difference(name).mean, study.currency)]
        table.add_row(*row)
    console.print(table)
    for sentence in (answer(study), worth(study), *filter(None, [surge(study)])):
        console.print(escape(sentence), highlight=False)
    for warning in warnings:
        console.print(f"[yellow]warning[/]  {escape(clean(warning))}", highlight=False)
    for note in notes:
        console.print(f"[dim]note[/]  {escape(clean(note))}", highlight=False)
    console.print(f"Report: {escape(str(folder / 'report.html'))}", highlight=False, soft_wrap=True)


def print_check(report: Report) -> None:
    """Print offered load against the roster, and the findings."""
    console = _console()
    scenario = report.scenario
    console.print(f"[bold]{escape(clean(scenario.name))}[/]: offered load against roster", highlight=False)
    table = Table(header_style="bold", box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    for name in ("team", "week, as planned", "AI off, this roster", "tightest hour", "work offered", "on duty"):
        table.add_column(name, justify="left" if name in ("team", "tightest hour") else "right")
    for load in report.loads:
        hour = load.peak_hour
        table.add_row(
            escape(clean(load.team)), _load(load.weekly), _load(load.weekly_without_ai), hour_name(hour),
            f"{load.offered[hour]:.1f}", f"{load.on_duty[hour]:.1f}",
        )  # fmt: skip
    console.print(table)
    for finding in report.findings:
        style = "yellow" if finding.level == "warning" else "dim"
        text = escape(clean(f"{finding.path} {finding.text}"))
        console.print(f"[{style}]{finding.level}[/]  {text}", highlight=False)
    warnings = sum(finding.level == "warning" for finding in report.findings)
    what = f"{warnings} warning{'s' if warnings != 1 else ''}" if warnings else "no warnings"
    console.print(f"The scenario is valid: {report.tickets:,} tickets in a typical run, {what}.", highlight=False)


def _load(share: float) -> str:
    return f"{share:.0%}" if math.isfinite(share) else "nobody"


def print_definitions() -> None:
    """Print every KPI with its unit and definition."""
    table = Table(header_style="bold", box=SIMPLE_HEAD)
    for column in ("KPI", "unit", "better", "definition"):
        table.add_column(column)
    for kpi in KPIS:
        table.add_row(kpi.name, kpi.unit, kpi.better, escape(kpi.definition))
    _console().print(table)


def _console() -> Console:
    return Console(highlight=False)
