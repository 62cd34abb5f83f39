"""The terminal: the check of a scenario, what is shipped, and the definitions of KPIs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from simulator.base.text import counted
from simulator.metrics.registry import KPIS
from simulator.report.render.terminal import plain_table, results, safe
from simulator.scenario.what_ifs import WhatIf
from simulator.studies.run.checks import Report
from simulator.studies.run.offered_load import hour_name


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
