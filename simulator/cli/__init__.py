"""The command line: arguments, one library call, print or save.

Results go to stdout, errors, warnings and progress to stderr. Exit codes: 0 done, 1 `check --strict` found warnings, 2
bad input (every problem on stderr, nothing written but the finished part of a study), 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import io
import os
import sys
import threading
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated

import typer

from simulator import __version__
from simulator.cli.common import STOPPED
from simulator.cli.help import MAIN_EXAMPLES, commands, epilog

for _module in iter_modules(__path__):
    # Every file of this folder may add commands (`@command`), so that a new one is a new file and nothing else.
    import_module(f"{__name__}.{_module.name}")

app = typer.Typer(
    help="Simulate a support desk where an AI agent and people share the tickets.",
    epilog=epilog(MAIN_EXAMPLES),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in commands():
    app.command(_command.name, short_help=_command.summary, epilog=epilog(_command.examples))(_command.function)


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
