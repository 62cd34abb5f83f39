"""What the commands share: errors without tracebacks, a progress bar, results written and printed."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from simulator.base.errors import SimulatorError

if TYPE_CHECKING:
    from simulator.report.finding import Page
    from simulator.scenario import Scenario
    from simulator.studies.running.batch import Progress, Stages


STOPPED = 130
"""Exit code after Ctrl-C, as shells have it."""
_REST_OF_BAR = 40
"""Columns of a terminal that a progress bar takes beside what is being done."""


@contextmanager
def told_plainly() -> Iterator[None]:
    """Print errors that the user can mend on stderr, one a line, and exit with code 2; after Ctrl-C with 130."""
    try:
        yield
    except KeyboardInterrupt as stop:
        typer.echo(str(stop) or "Stopped.", err=True)
        raise typer.Exit(STOPPED) from None
    except SimulatorError as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(2) from None


def read_scenario(scenario: str | Path, overrides: Sequence[str]) -> Scenario:
    """Load a scenario with overrides, and say on stderr what those that add (`path=+2`) make of its values."""
    from simulator.scenario import load_scenario

    found = load_scenario(scenario, overrides)
    tell_increases(scenario, overrides)
    return found


def tell_increases(scenario: str | Path, overrides: Sequence[str]) -> None:
    """Say on stderr from what to what overrides that add (`path=+2`) bring a scenario's values."""
    from simulator.scenario import load_scenario
    from simulator.scenario.loading import told_increases

    if not any(text.partition("=")[2].lstrip().startswith("+") for text in overrides):
        return
    try:
        lines = list(told_increases(load_scenario(scenario), overrides))
    except SimulatorError:
        return  # The file is whole only with its overrides, so that there is no value before them.
    for line in lines:
        typer.echo(f"note  {line}", err=True)


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
    what = Column(no_wrap=True, overflow="ellipsis", max_width=max(console.width - _REST_OF_BAR, 10))
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


def deliver(
    page: Page, folder: Path, document: Callable[[], Mapping[str, Any]], *, as_json: bool, quiet: bool
) -> None:
    """Write what a study leaves into its folder, then print it as JSON, as a page in short, or not at all."""
    from simulator.report.render.html import write_study
    from simulator.report.render.terminal import print_page
    from simulator.studies.run.outputs import staged

    with staged(folder) as staging:
        write_study(page, staging)
    if as_json:
        print_json(document())
    elif not quiet:
        print_page(page, folder)
