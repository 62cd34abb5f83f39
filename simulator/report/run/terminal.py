"""The terminal: KPIs, checks and definitions as tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from simulator.base.text import counted
from simulator.metrics.registry import BY_NAME, HEADLINE, KPIS
from simulator.report.format import margin, signed
from simulator.report.render.terminal import plain_table, results, safe, tell_report, tell_warnings
from simulator.report.run.sentences import answer, surge, worth
from simulator.report.words import compares, weeks_of
from simulator.scenario.what_ifs import WhatIf
from simulator.studies.run.checks import Report
from simulator.studies.run.offered_load import hour_name
from simulator.studies.running.results import Replications

_NARROW = 70
"""Columns of a terminal that has no room for all of a table."""


def print_kpis(study: Replications, folder: Path, warnings: Sequence[str] = (), notes: Sequence[str] = ()) -> None:
    """Print the headline KPIs with intervals and, beside them, the desk with the AI off."""
    console, count = results(), counted(len(study), "replication")
    console.print(f"[bold]{safe(study.scenario.name)}[/]: {count} of {weeks_of(study)}")
    console.print(_kpi_table(study, is_narrow=console.width < _NARROW))
    for sentence in (answer(study), worth(study), *filter(None, [surge(study)])):
        console.print(safe(sentence))
    tell_warnings(warnings)
    for note in notes:
        console.print(f"[dim]note[/]  {safe(note)}")
    tell_report(console, folder)


def _kpi_table(study: Replications, *, is_narrow: bool) -> Table:
    """Return the headline KPIs as rows; a narrow table leaves the AI-off desk's own figures out."""
    table = plain_table()
    columns = ["with AI" if study.has_baseline else "mean", "95 % interval"]
    columns += ["AI off", "change"] if study.has_baseline else []
    if is_narrow and study.has_baseline:
        columns.remove("AI off")
    table.add_column("KPI")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    for name in (name for name in HEADLINE if name in study.kpi_names):
        kpi, found = BY_NAME[name], study.estimate(name)
        cells = {columns[0]: study.written(name, found.mean), columns[1]: margin(kpi.unit, found, study.currency)}
        if compares(study, name):
            cells["AI off"] = study.written(name, study.estimate(name, baseline=True).mean)
            cells["change"] = signed(kpi.unit, study.difference(name).mean, study.currency)
        table.add_row(kpi.title, *(cells.get(column, "") for column in columns))
    return table


def print_check(report: Report) -> None:
    """Print offered load against the roster, and the findings."""
    console = results()
    console.print(f"[bold]{safe(report.scenario.name)}[/]: offered load against roster")
    table = plain_table()
    for name in ("team", "week, as planned", "AI off, this roster", "tightest hour", "work offered", "on duty"):
        is_text = name in ("team", "tightest hour")
        table.add_column(name, justify="left" if is_text else "right", no_wrap=name == "tightest hour")
    for load in report.loads:
        hour = load.peak_hour
        table.add_row(
            safe(load.team), _load(load.weekly), _load(load.weekly_without_ai), hour_name(hour),
            f"{load.offered[hour]:.1f}", f"{load.on_duty[hour]:.1f}",
        )  # fmt: skip
    console.print(table)
    for finding in report.findings:
        style = "yellow" if finding.level == "warning" else "dim"
        console.print(f"[{style}]{finding.level}[/]  {safe(finding.path)} {safe(finding.text)}")
    warnings = sum(finding.level == "warning" for finding in report.findings)
    what = counted(warnings, "warning") if warnings else "no warnings"
    console.print(f"The scenario is valid: {report.tickets:,} tickets in a typical run, {what}.")


def _load(share: float) -> str:
    return f"{share:.0%}" if math.isfinite(share) else "nobody"


def print_scenarios(desks: Mapping[Path, str], what_ifs: Mapping[Path, WhatIf], tutorial: Path) -> None:
    """Print the shipped scenarios, files and names, the what-ifs with what each does, and where all are."""
    console = results()
    table = plain_table()
    for column in ("scenario", "desk"):
        table.add_column(column)
    for file, name in desks.items():
        table.add_row(file.stem, safe(name))
    console.print(table)
    table = plain_table()
    for column in ("what-if", "scenario", "what it does"):
        table.add_column(column)
    for file, one in what_ifs.items():
        table.add_row(file.stem, safe(one.scenario), safe(one.description))
    console.print(table)
    for folder in dict.fromkeys(file.parent for file in desks):
        console.print(f"Files: {safe(str(folder))}", soft_wrap=True)
    console.print(f"Tutorial in Python: {safe(str(tutorial))}", soft_wrap=True)
    console.print("Next: ticketflow run SCENARIO, or ticketflow compare SCENARIO --variant WHAT-IF", soft_wrap=True)


def print_definitions() -> None:
    """Print every KPI with its definition, its unit, and which way is better."""
    table = plain_table()
    table.add_column("KPI", no_wrap=True)
    table.add_column("definition (unit)")
    for kpi in KPIS:
        better = "" if kpi.better == "neither" else f", {kpi.better} is better"
        table.add_row(kpi.name, f"{safe(kpi.definition)} [dim]({kpi.unit}{better})[/]")
    results().print(table)
