"""What the commands share: arguments, errors told plainly, a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.errors import SimulatorError

if TYPE_CHECKING:
    from simulator.studies.replications import Progress

ScenarioArgument = Annotated[str, typer.Argument(help="Scenario file (.yaml), or the name of a shipped scenario.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change a value: policy.answer_threshold=0.8. May be repeated."),
]


@contextmanager
def told_plainly() -> Iterator[None]:
    """Tell errors that the user can mend on stderr, one a line, and leave with exit code 2."""
    try:
        yield
    except SimulatorError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None


@contextmanager
def progress_bar(text: str, total: int, *, quiet: bool) -> Iterator[Progress]:
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
