"""The terminal: a decision's page in short. The sentence for the slide, how sure it is, and the first of its tables."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from simulator.report.console import plain_table, results, safe, tell_report, tell_warnings
from simulator.report.study_frame import Page, Table

MOST_ROWS = 40


def print_page(page: Page, folder: Path, tables: int = 1) -> None:
    """Print the answer, how sure it is, the first `tables` tables, warnings, and where the report is."""
    console = results()
    console.print(f"[bold]{safe(page.name)}[/]: {safe(page.question)}")
    console.print(f"\n[bold]{safe(page.answer)}[/]")
    for sentence in page.sentences:
        console.print(safe(sentence))
    console.print(f"[dim]How sure.[/] {safe(page.how_sure)}\n")
    for table in page.tables[:tables]:
        _print_table(console, table)
    tell_warnings(page.warnings)
    tell_report(console, folder)


def _print_table(console: Console, table: Table) -> None:
    shown = plain_table()
    shown.title, shown.title_justify, shown.title_style = safe(table.title), "left", ""
    shown.add_column(safe(table.head))
    for column in table.columns:
        shown.add_column(safe(column), justify="right")
    for name, cells in table.rows[:MOST_ROWS]:
        texts = [f"{cell.value} {cell.interval}".strip() for cell in cells]
        shown.add_row(safe(name), *(safe(text) for text in texts))
    console.print(shown)
    if len(table.rows) > MOST_ROWS:
        console.print(f"… and {len(table.rows) - MOST_ROWS:,} more rows in the report")
