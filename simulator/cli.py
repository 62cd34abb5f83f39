"""The command line: arguments, one library call, print or save.

Exit codes: 0 done, 1 `check --strict` found warnings, 2 bad input (every problem on stderr, nothing written),
130 stopped by Ctrl-C.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator import __version__
from simulator.errors import OutputError, Problem, SimulatorError

if TYPE_CHECKING:
    from simulator.studies.checks import Report
    from simulator.studies.replications import Progress
    from simulator.studies.results import Replications

app = typer.Typer(
    help="Simulate a support desk where an AI agent and people share the tickets.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

ScenarioArgument = Annotated[str, typer.Argument(help="Scenario file (.yaml), or the name of a shipped scenario.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value: policy.answer_threshold=0.8. May be repeated."),
]


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal or file in an old encoding gets `?` for signs that it lacks, not a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()


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


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Tell errors that the user can mend on stderr, one a line, and leave with exit code 2."""
    try:
        yield
    except SimulatorError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None


@app.command()
def run(
    scenario: ScenarioArgument,
    changes: SetOption = None,
    replications: Annotated[int, typer.Option("--replications", "-n", help="Replications with fresh customers.")] = 10,
    seed: Annotated[int, typer.Option(help="Seed; the same seed gives the same results.")] = 1,
    workers: Annotated[int | None, typer.Option(help="Local processes; as many as cores by default.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for results; results/NAME by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the KPIs as JSON instead of a table.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print neither table nor progress.")] = False,
) -> None:
    """Simulate a scenario; print its KPIs and write tables, audit trail, figures and a report."""
    with _told_plainly():
        from simulator.scenario import load_scenario
        from simulator.studies.outputs import prepare_folder, slug

        loaded = load_scenario(scenario, changes or [])
        folder = out if out is not None else Path("results") / slug(loaded.name)
        prepare_folder(folder)
        finished = [0]
        try:
            study = _replicate(loaded, replications, seed, workers, finished, quiet=quiet)
            warnings, notes = _write(study, folder)
        except KeyboardInterrupt:
            typer.echo(
                f"Stopped: {finished[0]} of {replications} replications were finished; nothing was written.", err=True
            )
            raise typer.Exit(130) from None
    if as_json:
        typer.echo(json.dumps(_as_json(study, folder), indent=2))
    elif not quiet:
        from simulator.report import terminal

        terminal.print_kpis(study, folder, warnings, notes)


def _replicate(
    loaded: Any, replications: int, seed: int, workers: int | None, finished: list[int], *, quiet: bool
) -> Replications:
    from simulator.studies.replications import replicate

    with _progress(f"Simulating {loaded.name}", replications, quiet=quiet) as tell:

        def progress(done: int, of: int) -> None:
            finished[0] = done
            tell(done, of)

        return replicate(loaded, replications=replications, seed=seed, workers=workers, progress=progress)


@contextmanager
def _progress(text: str, total: int, *, quiet: bool) -> Iterator[Progress]:
    """Show a bar with the time left on stderr, where that is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(text), total=total)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _write(study: Replications, folder: Path) -> tuple[list[str], list[str]]:
    """Write everything that a run leaves; give the warnings that its report begins with, and notes."""
    from simulator.report import figures, page
    from simulator.report.summary import first_days, unfinished
    from simulator.run import simulate
    from simulator.scenario.ledger import assumption_ledger
    from simulator.studies.checks import check
    from simulator.studies.outputs import staged, write_tables
    from simulator.studies.warm_up import opening_of

    first = simulate(study.scenario, seed=study.seed, replication=0)
    findings = check(study.scenario, study.seed).findings
    warnings = [f"{finding.path} {finding.text}" for finding in findings if finding.level == "warning"]
    warnings += unfinished(study)
    opening = opening_of(study)
    notes: list[str] = []
    (warnings if opening.is_notable else notes).append(first_days(opening))
    html = page.render_report(study, assumption_ledger(study.scenario), warnings, opening)
    with staged(folder) as staging:
        write_tables(study, first, staging, opening)
        (staging / "figures").mkdir()
        figures.save_figures(study, staging / "figures")
        (staging / "report.html").write_text(html, encoding="utf-8")
    return warnings, notes


def _as_json(study: Replications, folder: Path) -> dict[str, Any]:
    from simulator.metrics.registry import BY_NAME
    from simulator.studies.results import summarise

    def plain(value: float) -> float | None:
        return float(value) if value == value else None

    rows = summarise(study).itertuples(index=False)
    kpis = {
        row.kpi: {
            "unit": BY_NAME[str(row.kpi)].unit,
            **{name: plain(getattr(row, name)) for name in ("mean", "ci_low", "ci_high")},
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


@app.command()
def check(
    scenario: ScenarioArgument,
    changes: SetOption = None,
    strict: Annotated[bool, typer.Option(help="Exit with code 1 if there are warnings.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print findings and loads as JSON.")] = False,
) -> None:
    """Validate a scenario and warn before simulating: load against roster, targets that cannot be met, idle queues."""
    with _told_plainly():
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
    def plain(value: float) -> float | None:
        return round(float(value), 4) if value == value and abs(value) != float("inf") else None

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
    with _told_plainly():
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
    """List the shipped scenarios."""
    from simulator.scenario.loading import shipped_scenarios

    for path in shipped_scenarios():
        typer.echo(f"{path.stem:24s}{path}")


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
