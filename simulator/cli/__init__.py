"""The command line: arguments, one library call, print or save.

Results go to stdout, errors, warnings and progress to stderr. Exit codes: 0 done, 1 `check --strict` found warnings, 2
bad input (every problem on stderr, nothing written but the finished part of a study), 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from typing import Annotated

import typer

from simulator import __version__
from simulator.cli.app import app as web_page
from simulator.cli.backtest import backtest
from simulator.cli.common import STOPPED
from simulator.cli.compare import compare
from simulator.cli.fit import fit
from simulator.cli.help import SUMMARIES, epilog
from simulator.cli.pilot import pilot
from simulator.cli.reference import check, kpis, new, scenarios, schema
from simulator.cli.roi import roi
from simulator.cli.run import run
from simulator.cli.staff import staff
from simulator.cli.sweep import sweep
from simulator.cli.tune import tune

COMMANDS = (
    run, sweep, compare, tune, staff, roi, pilot, web_page, fit, backtest, check, new, schema, scenarios, kpis,
)  # fmt: skip
"""In the order of the main help."""

app = typer.Typer(
    help="Simulate a support desk where an AI agent and people share the tickets.",
    epilog=epilog(""),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in COMMANDS:
    name = command.__name__
    app.command(name, short_help=SUMMARIES[name], epilog=epilog(name))(command)


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
