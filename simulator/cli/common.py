"""What the commands share: arguments, errors told plainly, a progress bar, results as JSON.

What the commands that read a help desk's export take.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.base.errors import SimulatorError
from simulator.cli import help

if TYPE_CHECKING:
    from simulator.studies.running.batch import Progress, Stages


ScenarioArgument = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO",
        help="Scenario file (.yaml), or the name of a shipped scenario.",
        autocompletion=help.scenarios,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value: policy.answer_threshold=0.8. May be repeated."),
]
ReplicationsOption = Annotated[
    int | None,
    typer.Option("--replications", "-n", metavar="N", help="Replications with fresh customers; 10 by default."),
]
PrecisionOption = Annotated[
    str | None,
    typer.Option("--precision", metavar="SHARE", help="Replicate until intervals are within, say, 2% of the means."),
]
PrecisionKpiOption = Annotated[
    list[str] | None,
    typer.Option(
        "--precision-kpi",
        metavar="KPI",
        help="A KPI that must be so. May be repeated.",
        autocompletion=help.kpis,
    ),
]
LeastOption = Annotated[
    int | None, typer.Option("--min-replications", metavar="N", help="With --precision; 10 by default.")
]
MostOption = Annotated[
    int | None, typer.Option("--max-replications", metavar="N", help="With --precision; 200 by default.")
]
SeedOption = Annotated[int, typer.Option(metavar="N", help="Seed; the same seed gives the same results.")]
WorkersOption = Annotated[
    str | None,
    typer.Option(
        metavar="WORKERS",
        help="N, threads:N, processes:N or dask:tcp://HOST:PORT; as many as cores by default.",
        autocompletion=help.workers,
    ),
]
EngineOption = Annotated[
    str,
    typer.Option(
        metavar="ENGINE",
        help="auto (the quickest), fast or simpy; results are the same.",
        autocompletion=help.engines,
    ),
]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Discard what an earlier study left in the folder.")]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print no tables, warnings or progress; errors are still told.")
]


def out_option(name: str) -> Any:
    """Make the option that names the folder for results, `results/NAME` with the command's own ending by default."""
    return typer.Option(metavar="FOLDER", help=f"Folder for results; results/{name} by default.")


def json_option(what: str) -> Any:
    """Make the option that prints a command's result as JSON; `what` says which."""
    return typer.Option("--json", help=f"Print {what} as one JSON document, and nothing else.")


STOPPED = 130
"""Exit code after Ctrl-C, as shells have it."""
REST_OF_BAR = 40
"""Columns of a terminal that a progress bar takes beside what is being done."""


@contextmanager
def told_plainly() -> Iterator[None]:
    """Return errors that the user can mend on stderr, one a line, and leave with exit code 2; Ctrl-C with 130."""
    try:
        yield
    except KeyboardInterrupt as stop:
        typer.echo(str(stop) or "Stopped.", err=True)
        raise typer.Exit(STOPPED) from None
    except SimulatorError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None


def results_folder(out: Path | None, name: str, study: str = "") -> Path:
    """Return the folder for results: as asked for, or `results/NAME-STUDY`."""
    from simulator.studies.run.outputs import slug

    return out if out is not None else Path("results") / "-".join(part for part in (slug(name), study) if part)


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document on stdout; numbers that are not finite become null, as JSON has none."""
    typer.echo(json.dumps(_finite(document), indent=2, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


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
    from rich.table import Column

    console = Console(stderr=True)
    what = Column(no_wrap=True, overflow="ellipsis", max_width=max(console.width - REST_OF_BAR, 10))
    columns = (
        TextColumn("{task.description}", table_column=what), BarColumn(bar_width=20), MofNCompleteColumn(),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, done: int, of: int) -> None:
            if stage not in tasks:
                for task in tasks.values():
                    bar.remove_task(task)
                tasks.clear()
                tasks[stage] = bar.add_task(escape(stage), total=None)
            bar.update(tasks[stage], completed=done, total=of or None)

        yield tell


# -- what the commands that read a help desk's export take ------------------------------------------------------------


MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="FIELD=COLUMN",
        help="Which column is what, such as created_at=Opened, wait=q_time:seconds or abandoned=outcome:HANG. "
        "Without a column (team=) a field is not read. May be repeated; `ticketflow fit --fields` lists the fields.",
    ),
]
ZoneOption = Annotated[
    str | None, typer.Option("--timezone", metavar="ZONE", help="IANA time zone of the desk, such as Europe/London.")
]
DayFirstOption = Annotated[
    bool | None, typer.Option("--day-first/--month-first", help="Order of dates such as 03/04/2026.")
]
RosterOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Roster: team, days or date, start, end, agents. Else staffing is inferred."),
]
CountryOption = Annotated[
    str | None, typer.Option(metavar="CODE", help="Country whose public holidays count, such as GB.")
]
StaffedOption = Annotated[
    str | None,
    typer.Option(
        metavar="HOURS", help="Agent hours staffed in the days of the export, where no roster says (with --occupancy)."
    ),
]
OccupancyOption = Annotated[
    str | None,
    typer.Option(metavar="SHARE", help="Share of staffed time spent on tickets, where no touch time is recorded."),
]
HandleOption = Annotated[
    str | None, typer.Option(metavar="TIME", help="Handle time of a ticket, such as 8m, where nothing else says it.")
]
GivenOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="PATH=VALUE", help="What no export holds: sla.first_response.default=4h. May be repeated."
    ),
]
