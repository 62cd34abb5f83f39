"""The terminal itself: results go to stdout, warnings to stderr, tables in one look.

rich sees to colours (NO_COLOR, FORCE_COLOR, TERM=dumb, a stream that is no terminal) and to the width.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from simulator.report.words import clean


def results() -> Console:
    """Give the console that results are printed on."""
    return Console(highlight=False)


def safe(text: str) -> str:
    """Give text that a terminal shows as it is: neither markup nor control characters in it do anything."""
    return escape(clean(text))


def unbroken(text: str) -> str:
    """Keep a value and its unit in one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def tell_warnings(warnings: Iterable[str]) -> None:
    """Print warnings on stderr, so that a file that results go to holds results."""
    console = Console(stderr=True, highlight=False)
    for warning in warnings:
        console.print(f"[yellow]warning[/]  {safe(warning)}")


def tell_report(console: Console, folder: Path) -> None:
    """Say where the report is, in one line that can be copied."""
    console.print(f"Report: {safe(str(folder / 'report.html'))}", soft_wrap=True)


def plain_table() -> Table:
    """Begin a table in the house's look."""
    return Table(header_style="bold", box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
