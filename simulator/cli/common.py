"""What the commands share: arguments, errors told plainly, a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.errors import SimulatorError

if TYPE_CHECKING:
    from simulator.studies.laboratory import Stages
    from simulator.studies.replications import Progress

ScenarioArgument = Annotated[str, typer.Argument(help="Scenario file (.yaml), or the name of a shipped scenario.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value: policy.answer_threshold=0.8. May be repeated."),
]
ReplicationsOption = Annotated[
    int | None, typer.Option("--replications", "-n", help="Replications with fresh customers; 10 by default.")
]
PrecisionOption = Annotated[
    str | None,
    typer.Option("--precision", metavar="SHARE", help="Replicate until intervals are within, say, 2% of the means."),
]
PrecisionKpiOption = Annotated[
    list[str] | None, typer.Option("--precision-kpi", metavar="KPI", help="A KPI that must be so. May be repeated.")
]
LeastOption = Annotated[int | None, typer.Option("--min-replications", help="With --precision; 10 by default.")]
MostOption = Annotated[int | None, typer.Option("--max-replications", help="With --precision; 200 by default.")]
SeedOption = Annotated[int, typer.Option(help="Seed; the same seed gives the same results.")]
WorkersOption = Annotated[
    str | None,
    typer.Option(help="N, threads:N, processes:N or dask:tcp://HOST:PORT; as many as cores by default."),
]
EngineOption = Annotated[str, typer.Option(help="auto (the quickest), or an engine by name; results are the same.")]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Discard what an earlier study left in the folder.")]
OutOption = Annotated[Path | None, typer.Option(help="Folder for results; results/NAME by default.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the KPIs as JSON instead of a table.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print neither table nor progress.")]


STOPPED = 130
"""Exit code after Ctrl-C, as shells have it."""


@contextmanager
def told_plainly() -> Iterator[None]:
    """Tell errors that the user can mend on stderr, one a line, and leave with exit code 2; Ctrl-C with 130."""
    try:
        yield
    except KeyboardInterrupt as stop:
        typer.echo(str(stop) or "Stopped.", err=True)
        raise typer.Exit(STOPPED) from None
    except SimulatorError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None


@contextmanager
def progress_bar(text: str, *, quiet: bool) -> Iterator[Progress]:
    """Show a bar with the time left on stderr, where that is a terminal."""
    with stage_bar(quiet=quiet) as tell:
        tell(text, 0, 0)
        yield lambda done, of: tell(text, done, of)


@contextmanager
def stage_bar(*, quiet: bool) -> Iterator[Stages]:
    """Show a bar as `progress_bar` does, for work in several stages."""
    if quiet or not sys.stderr.isatty():
        yield lambda _stage, _done, _of: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, done: int, of: int) -> None:
            if stage not in tasks:
                for task in tasks.values():
                    bar.remove_task(task)
                tasks.clear()
                tasks[stage] = bar.add_task(escape(stage), total=None)
            bar.update(tasks[stage], completed=done, total=of or None)

        yield tell
