"""The command line: arguments, one library call, print or save.

Exit codes: 0 done, 1 `check --strict` found warnings, 2 bad input (every problem on stderr, nothing written but the
finished part of a study), 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator import __version__
from simulator.cli.app import app as web_page
from simulator.cli.backtest import backtest
from simulator.cli.common import (
    STOPPED,
    EngineOption,
    FreshOption,
    JsonOption,
    LeastOption,
    MostOption,
    OutOption,
    PrecisionKpiOption,
    PrecisionOption,
    QuietOption,
    ReplicationsOption,
    ScenarioArgument,
    SeedOption,
    SetOption,
    WorkersOption,
    progress_bar,
    told_plainly,
)
from simulator.cli.fit import fit
from simulator.cli.pilot import pilot
from simulator.cli.roi import roi
from simulator.cli.staff import staff
from simulator.cli.tune import tune
from simulator.cli.variants import compare, sweep
from simulator.errors import OutputError, Problem

if TYPE_CHECKING:
    from simulator.report.run_page import RunPage
    from simulator.studies.checks import Report
    from simulator.studies.results import Replications

app = typer.Typer(
    help="Simulate a support desk where an AI agent and people share the tickets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal or file in an old encoding gets `?` for signs that it lacks, not a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except SystemExit as end:
        if end.code == STOPPED and any(thread.daemon for thread in threading.enumerate()):
            # Threads that are still in compiled code abort a process whose interpreter is torn down under them.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(STOPPED)
        raise


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ticketflow {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Simulate a support desk where an AI agent and people share the tickets."""


@app.command()
def run(
    scenario: ScenarioArgument,
    changes: SetOption = None,
    replications: ReplicationsOption = None,
    precision: PrecisionOption = None,
    precision_kpis: PrecisionKpiOption = None,
    min_replications: LeastOption = None,
    max_replications: MostOption = None,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    engine: EngineOption = "auto",
    out: OutOption = None,
    fresh: FreshOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Simulate a scenario; print its KPIs and write tables, audit trail, figures and a report.

    A run that was stopped goes on from there when the same command is given again.
    """
    with told_plainly():
        from simulator.engines import chosen
        from simulator.scenario import load_scenario
        from simulator.studies.outputs import slug
        from simulator.studies.replications import run_stored
        from simulator.studies.stopping import Precision, how_many, shortfalls
        from simulator.studies.variants import Variant

        enough = how_many(replications, precision, precision_kpis or (), min_replications, max_replications)
        loaded = load_scenario(scenario, changes or [])
        folder = out if out is not None else Path("results") / slug(loaded.name)
        with progress_bar(f"Simulating {loaded.name}", quiet=quiet) as tell:
            studies = run_stored(
                [Variant(loaded.name, loaded)], folder, replications=enough, seed=seed, workers=workers,
                engine=chosen(engine), fresh=fresh, progress=tell, detail=True,
            )  # fmt: skip
        study = studies[loaded.name]
        warnings = shortfalls(enough, studies) if isinstance(enough, Precision) else []
        page = _write(study, folder, warnings)
    if as_json:
        typer.echo(json.dumps(_as_json(study, folder), indent=2))
    elif not quiet:
        from simulator.report import terminal

        terminal.print_kpis(study, folder, page.warnings, page.notes)


def _write(study: Replications, folder: Path, warnings: list[str]) -> RunPage:
    """Write everything that a run leaves; give its report, which begins with these warnings."""
    from simulator.report import figures
    from simulator.report.run_page import run_page
    from simulator.run import simulate
    from simulator.studies.outputs import staged, write_tables

    first = simulate(study.scenario, seed=study.seed, replication=0, engine=study.engine)
    page = run_page(study, warnings)
    with staged(folder) as staging:
        write_tables(study, first, staging, page.opening)
        (staging / "figures").mkdir()
        figures.save_figures(study, staging / "figures")
        (staging / "report.html").write_text(page.html, encoding="utf-8")
    return page


def _as_json(study: Replications, folder: Path) -> dict[str, Any]:
    from simulator.metrics.registry import BY_NAME
    from simulator.quantities import known
    from simulator.studies.results import summarise

    rows = summarise(study).itertuples(index=False)
    kpis = {
        row.kpi: {
            "unit": BY_NAME[str(row.kpi)].unit,
            **{name: known(getattr(row, name)) for name in ("mean", "ci_low", "ci_high")},
            "replications": int(str(row.replications)),
        }
        for row in rows
    }
    return {
        "scenario": study.scenario.name,
        "seed": study.seed,
        "replications": len(study),
        "out": str(folder),
        "kpis": kpis,
    }


app.command()(sweep)
app.command()(compare)
app.command()(tune)
app.command()(staff)
app.command()(roi)
app.command()(pilot)
app.command()(fit)
app.command()(backtest)
app.command(name="app")(web_page)


@app.command()
def check(
    scenario: ScenarioArgument,
    changes: SetOption = None,
    strict: Annotated[bool, typer.Option(help="Exit with code 1 if there are warnings.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print findings and loads as JSON.")] = False,
) -> None:
    """Validate a scenario and warn before simulating: load against roster, targets that cannot be met, idle queues."""
    with told_plainly():
        from simulator.scenario import load_scenario
        from simulator.studies.checks import check as look_over

        report = look_over(load_scenario(scenario, changes or []))
    if as_json:
        typer.echo(json.dumps(_check_json(report), indent=2))
    else:
        from simulator.report import terminal

        terminal.print_check(report)
    if strict and any(finding.level == "warning" for finding in report.findings):
        raise typer.Exit(1)


def _check_json(report: Report) -> dict[str, Any]:
    from simulator.quantities import known

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


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors that complete and check as you type."""
    from simulator.scenario.schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the scenario; the file is NAME.yaml in this folder.")],
) -> None:
    """Write a commented starter scenario."""
    with told_plainly():
        from datetime import date

        from simulator.scenario.starter import starter_text
        from simulator.studies.outputs import slug

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
    typer.echo(f"Wrote {file}. Next: ticketflow check {file}")


@app.command()
def scenarios() -> None:
    """List the shipped scenarios, and the what-ifs that `compare --variant` takes."""
    from simulator.scenario.loading import shipped_scenarios
    from simulator.scenario.what_ifs import read_what_if, shipped_what_ifs

    for path in shipped_scenarios():
        typer.echo(f"{path.stem:24s}{path}")
    with told_plainly():
        found = [(path.stem, read_what_if(path)) for path in shipped_what_ifs()]
    if found:
        typer.echo("\nWhat-ifs (ticketflow compare SCENARIO --variant NAME):")
    for name, what_if in found:
        typer.echo(f"{name:24s}for {what_if.scenario}: {what_if.description}")


@app.command()
def kpis(
    markdown: Annotated[bool, typer.Option(help="Print a Markdown table.")] = False,
) -> None:
    """List every KPI with its unit and definition."""
    from simulator.metrics.registry import kpi_table
    from simulator.report import terminal

    if markdown:
        typer.echo(kpi_table())
        return
    terminal.print_definitions()
