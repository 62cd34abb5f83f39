"""The terminal: results go to stdout, warnings to stderr; a page in short, and tables in one look.

rich sees to colours (NO_COLOR, FORCE_COLOR, TERM=dumb, a stream that is no terminal) and to the width.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from simulator.base.text import clean
from simulator.report.finding import Page
from simulator.report.sheet import Sheet, sheet_of


def results() -> Console:
    """Return the console that results are printed on."""
    return Console(highlight=False)


def safe(text: str) -> str:
    """Return text that a terminal shows as it is: neither markup nor control characters in it do anything."""
    return escape(clean(text))


def _figure_width(head: str, texts: Iterable[str]) -> int:
    """Return the width of a column of figures: none of their lines is broken, nor a word of its head."""
    lines = [line for text in texts for line in text.split("\n")]
    return max((cell_len(text) for text in (*lines, *head.split())), default=0)


def _add_figures(table: Table, head: str, texts: Iterable[str]) -> None:
    """Add a column of figures, which never break; its head is broken to their width."""
    wrapped = textwrap.wrap(head, max(_figure_width(head, texts), 1), break_long_words=False)
    table.add_column("\n".join(wrapped), justify="right", no_wrap=True)


def tell_warnings(warnings: Iterable[str]) -> None:
    """Print warnings on stderr, so that a file that results go to holds results."""
    console = Console(stderr=True, highlight=False)
    for warning in warnings:
        console.print(f"[yellow]warning[/]  {safe(warning)}")


def _tell_report(console: Console, folder: Path) -> None:
    """Say where the report is, in one line that can be copied."""
    console.print(f"Report: {safe(str(folder / 'report.html'))}", soft_wrap=True)


def plain_table() -> Table:
    """Begin a table in our look."""
    return Table(header_style="bold", box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)


# -- the terminal -----------------------------------------------------------------------------------------------------


_MOST_ROWS = 40
_FEW_WORDS = 3
"""Words that a value and its unit may have; more are prose, unless they are short."""
_SHORT = 24
"""Letters of a short text."""
_PADDING = 3
"""Columns of a terminal between two columns of a table."""


def print_page(page: Page, folder: Path, tables: int = 1) -> None:
    """Print the answer, how sure it is, the first `tables` tables, warnings, and where the report is."""
    console = results()
    console.print(f"[bold]{safe(page.name)}[/]: {safe(page.question)}")
    console.print(f"\n[bold]{safe(page.answer)}[/]")
    for sentence in page.sentences:
        console.print(safe(sentence))
    console.print(f"[dim]How sure.[/] {safe(page.how_sure)}")
    console.print(f"[dim]Made of[/] {safe(page.runs)}.\n")
    for table in [table for table in page.tables if table.is_on_pages][:tables]:
        _print_table(console, sheet_of(table, is_short=True))
    tell_warnings(page.warnings)
    for note in page.notes:
        console.print(f"[dim]note[/]  {safe(note)}")
    _tell_report(console, folder)


def _print_table(console: Console, table: Sheet) -> None:
    """Print a table as far as the terminal has room, and say what is left out."""
    columns = _columns(table, console.width)
    kept = _fitting(columns, console.width)
    shown = plain_table()
    shown.title, shown.title_justify, shown.title_style = safe(table.title), "left", ""
    for column in columns[:kept]:
        if column.is_prose:
            shown.add_column(column.head, justify=column.side, overflow="fold")
        else:
            _add_figures(shown, column.head, column.texts)
    for row in list(zip(*(column.texts for column in columns[:kept]), strict=True))[:_MOST_ROWS]:
        shown.add_row(*row)
    console.print(shown)
    if len(table.rows) > _MOST_ROWS:
        console.print(f"… and {len(table.rows) - _MOST_ROWS:,} more rows in the report")
    if kept < len(columns):
        console.print(f"The report has more columns: {', '.join(column.head for column in columns[kept:])}")


@dataclass(frozen=True)
class _Column:
    head: str
    texts: Sequence[str]
    is_prose: bool
    """Whether its lines may break between words; figures stay in one."""
    is_name: bool = False

    @property
    def side(self) -> Literal["left", "right"]:
        """The side at which its lines begin: short ones stand under one another like figures."""
        return "right" if not self.is_name and max(map(len, self.texts), default=0) <= _SHORT else "left"

    @property
    def narrowest(self) -> int:
        """The least width in which nothing breaks that must not."""
        words = [word for text in self.texts for word in text.split()]
        return _figure_width(self.head, words if self.is_prose else self.texts)


def _columns(table: Sheet, width: int) -> list[_Column]:
    """Return the columns that hold anything, intervals below their values where they have no room beside them."""
    names = _Column(safe(table.head), [safe(name) for name, _ in table.rows], is_prose=True, is_name=True)
    for between in (" ", "\n"):
        columns = [names]
        for head, cells in zip(table.columns, zip(*(cells for _, cells in table.rows), strict=True), strict=True):
            texts = [between.join(safe(text) for text in (cell.marked, cell.interval) if text) for cell in cells]
            is_prose = any(len(cell.value) > _SHORT and len(cell.value.split()) > _FEW_WORDS for cell in cells)
            columns.append(_Column(safe(head), texts, is_prose))
        columns = [column for column in columns if any(column.texts)]
        if _fitting(columns, width) == len(columns):
            break
    return columns


def _fitting(columns: Sequence[_Column], width: int) -> int:
    """Count the columns that fit; the first two are always shown."""
    for number, column in enumerate(columns):
        width -= column.narrowest + _PADDING
        if width < 0 and number > 1:
            return number
    return len(columns)
