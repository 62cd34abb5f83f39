"""The terminal itself: results go to stdout, warnings to stderr, tables in one look.

rich sees to colours (NO_COLOR, FORCE_COLOR, TERM=dumb, a stream that is no terminal) and to the width.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from simulator.base.text import clean


def results() -> Console:
    """Return the console that results are printed on."""
    return Console(highlight=False)


def safe(text: str) -> str:
    """Return text that a terminal shows as it is: neither markup nor control characters in it do anything."""
    return escape(clean(text))


def figure_width(head: str, texts: Iterable[str]) -> int:
    """Return the width of a column of figures: none of their lines is broken, nor a word of its head."""
    lines = [line for text in texts for line in text.split("\n")]
    return max((cell_len(text) for text in (*lines, *head.split())), default=0)


def add_figures(table: Table, head: str, texts: Iterable[str]) -> None:
    """Add a column of figures, which never break; its head is broken to their width."""
    wrapped = textwrap.wrap(head, max(figure_width(head, texts), 1), break_long_words=False)
    table.add_column("\n".join(wrapped), justify="right", no_wrap=True)


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
