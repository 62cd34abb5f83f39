"""The terminal: a decision's page in short. The sentence for the slide, how sure it is, and the first of its tables."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from simulator.report.study_frame import Page
from simulator.report.study_terminal import plain_table
from simulator.report.tables import Table
from simulator.report.words import clean

MOST_ROWS = 40


def print_page(page: Page, folder: Path, tables: int = 1) -> None:
    """Print the answer, how sure it is, the first `tables` tables, warnings, and where the report is."""
    console = Console(highlight=False)
    console.print(f"[bold]{escape(page.name)}[/]: {escape(page.question)}")
    console.print(f"\n[bold]{escape(page.answer)}[/]")
    for sentence in page.sentences:
        console.print(escape(sentence))
    console.print(f"[dim]How sure.[/] {escape(page.how_sure)}\n")
    for table in page.tables[:tables]:
        _print_table(console, table)
    for warning in page.warnings:
        console.print(f"[yellow]warning[/]  {escape(clean(warning))}")
    console.print(f"Report: {escape(str(folder / 'report.html'))}", soft_wrap=True)


def _print_table(console: Console, table: Table) -> None:
    shown = plain_table()
    shown.title, shown.title_justify, shown.title_style = escape(table.title), "left", ""
    shown.add_column(escape(table.head))
    for column in table.columns:
        shown.add_column(escape(column), justify="right")
    for name, cells in table.rows[:MOST_ROWS]:
        texts = [f"{cell.value} {cell.interval}".strip() for cell in cells]
        shown.add_row(escape(name), *(escape(text) for text in texts))
    console.print(shown)
    if len(table.rows) > MOST_ROWS:
        console.print(f"… and {len(table.rows) - MOST_ROWS:,} more rows in the report")
