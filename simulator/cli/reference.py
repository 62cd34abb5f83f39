"""The commands that simulate nothing: `check`, `new`, and the lists of what there is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.base.errors import OutputError, Problem
from simulator.cli.common import print_json, read_scenario, told_plainly
from simulator.cli.help import command
from simulator.cli.options import QuietOption, ScenarioArgument, SetOption, json_option

if TYPE_CHECKING:
    from simulator.studies.run.checks import Report


@command(
    "Validate a scenario, and warn before simulating.",
    "ticketflow check my_desk.yaml --strict",
    "ticketflow check saas_pilot --set arrivals.per_week=12000",
)
def check(
    scenario: ScenarioArgument,
    changes: SetOption = None,
    strict: Annotated[bool, typer.Option(help="Exit with code 1 if there are warnings.")] = False,
    as_json: Annotated[bool, json_option("findings, and loads by hour of the week,")] = False,
    quiet: QuietOption = False,
) -> None:
    """Validate a scenario and warn before simulating: load against roster, targets that cannot be met, idle queues."""
    with told_plainly():
        from simulator.studies.run.checks import check as look_over

        report = look_over(read_scenario(scenario, changes or []))
    if as_json:
        print_json(_check_json(report))
    elif not quiet:
        from simulator.report.run import terminal

        terminal.print_check(report)
    if strict and any(finding.level == "warning" for finding in report.findings):
        raise typer.Exit(1)


def _check_json(report: Report) -> dict[str, Any]:
    from simulator.base.quantities import known

    def plain(value: float) -> float | None:
        return known(round(float(value), 4))

    return {
        "scenario": report.scenario.name,
        "tickets": report.tickets,
        "findings": [vars(finding) for finding in report.findings],
        "loads": [
            {
                "team": load.team,
                "weekly": plain(load.weekly),
                "weekly_without_ai": plain(load.weekly_without_ai),
                "offered": [plain(value) for value in load.offered],
                "on_duty": [plain(value) for value in load.on_duty],
            }
            for load in report.loads
        ],
    }


@command(
    "Print the JSON Schema of scenario files.",
    "ticketflow schema > scenario.schema.json",
    "ticketflow schema --markdown > reference.md",
)
def schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the scenario reference in Markdown.")] = False,
) -> None:
    """Print the JSON Schema of scenario files, for editors that complete and check as you type."""
    if markdown:
        from simulator.scenario.reference import reference

        typer.echo(reference())
        return
    from simulator.scenario.reference import json_schema

    print_json(json_schema())


@command("Write a commented starter scenario.", "ticketflow new my_desk")
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the scenario; the file is NAME.yaml in this folder.")
    ],
    as_json: Annotated[bool, json_option("the name of the file")] = False,
    quiet: QuietOption = False,
) -> None:
    """Write a commented starter scenario."""
    with told_plainly():
        file = _write_starter(name)
    if as_json:
        print_json({"file": str(file)})
    elif not quiet:
        typer.echo(f"Wrote {file}. Next: ticketflow check {file}")


def _write_starter(name: str) -> Path:
    """Write a starter scenario of that name; raise OutputError where it cannot be, or is there already."""
    from datetime import date

    from simulator.scenario.writing import starter_text
    from simulator.studies.run.outputs import slug

    title = " ".join(name.removesuffix(".yaml").split())
    if not title or not title.isprintable() or len(title) > 80 or any(mark in title for mark in "/\\:#{}[]'\""):
        rule = "must be 1 to 80 letters, digits, spaces, dashes or underscores"
        raise OutputError(Problem(name or "''", "", f"is no name for a scenario; {rule}"))
    file = Path(f"{slug(title).replace('-', '_')}.yaml")
    if file.exists():
        raise OutputError(Problem(str(file), "", "exists already; choose another name or remove it"))
    try:
        file.write_text(starter_text(title, str(file), date.today()), encoding="utf-8")
    except OSError as error:
        raise OutputError(Problem(str(file), "", f"cannot be written: {error.strerror}")) from None
    return file


@command(
    "List the shipped scenarios and what-ifs.",
    "ticketflow scenarios",
    "ticketflow scenarios --json",
)
def scenarios(
    as_json: Annotated[bool, json_option("the scenarios and what-ifs with their files")] = False,
) -> None:
    """List the shipped scenarios, and the what-ifs that `compare --variant` takes."""
    with told_plainly():
        from simulator.base.shipped import shipped_scenarios, shipped_what_ifs, tutorial
        from simulator.scenario.document import read_document
        from simulator.scenario.what_ifs import read_what_if

        desks = {path: read_document(path).data for path in shipped_scenarios()}
        what_ifs = {path: read_what_if(path) for path in shipped_what_ifs()}
    if as_json:
        print_json({
            "tutorial": str(tutorial()),
            "scenarios": [
                {"name": path.stem, "title": desk["name"], "description": desk.get("description"), "file": str(path)}
                for path, desk in desks.items()
            ],
            "what_ifs": [
                {
                    "name": path.stem, "title": one.name, "scenario": one.scenario, "description": one.description,
                    "changes": one.changes, "file": str(path),
                }
                for path, one in what_ifs.items()
            ],
        })  # fmt: skip
        return
    from simulator.report.run import terminal

    terminal.print_scenarios({path: str(desk["name"]) for path, desk in desks.items()}, what_ifs, tutorial())


@command(
    "List every KPI with its unit and definition.",
    "ticketflow kpis",
    "ticketflow kpis --json",
)
def kpis(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a Markdown table.")] = False,
    as_json: Annotated[bool, json_option("the KPIs with their definitions")] = False,
) -> None:
    """List every KPI with its unit and definition."""
    from simulator.metrics.registry import KPIS, kpi_table
    from simulator.report.run import terminal

    fields = ("name", "title", "unit", "better", "group", "needs", "definition")
    if as_json:
        print_json({"kpis": [{field: getattr(kpi, field) for field in fields} for kpi in KPIS]})
    elif markdown:
        typer.echo(kpi_table())
    else:
        terminal.print_definitions()
