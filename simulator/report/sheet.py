"""Tables as rows of text: what a page, a terminal and a notebook show of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, cast

from simulator.base.stats import Estimate
from simulator.base.text import clean
from simulator.base.units import MISSING, Unit, format_value
from simulator.metrics.registry import BY_NAME
from simulator.report.format import margin, signed
from simulator.report.table import Field, Row, Said, Table, Value, raw
from simulator.report.words import MARKS

_PAPER_LETTERS, _LEAST_POINTS, _MOST_POINTS, _LONGEST = 800.0, 3.5, 7.5, 24
"""Letters that a sheet's width holds at one point, the bounds of a compact table's type, and its longest word."""
_Sorts = Literal["all", "names", "none"]
"""Which columns of a table may be put in order: where the rows differ in unit, only their names make sense."""


@dataclass(frozen=True)
class Cell:
    """A value and its interval (empty without one)."""

    value: str
    interval: str = ""
    number: float | None = None
    """The bare value, by which tables are sorted; None for text, NaN for what is not known."""
    mark: str = ""
    """The sign that goes with a verdict."""

    @property
    def marked(self) -> str:
        """Return the value behind its mark."""
        return f"{self.mark} {self.value}" if self.mark else self.value

    @property
    def text(self) -> str:
        """Return all of it in one line."""
        return f"{self.marked} {self.interval}" if self.interval else self.marked

    @property
    def key(self) -> str:
        """Return the number as the page's script reads it; empty without one."""
        return "" if self.number is None or not math.isfinite(self.number) else f"{self.number:.10g}"


@dataclass(frozen=True)
class Sheet:
    """A table as text: one row for each name."""

    title: str
    head: str
    """Heads the column of row names."""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    sorts: _Sorts = "all"
    totals: int = 0
    """How many of the last rows sum up the others, and stay last however these are sorted."""
    short_title: str = ""
    """The title without what it says of written files, for a page that has none beside it."""
    kpis: tuple[str, ...] = ()
    """The KPI that each row is about, where rows are KPIs."""
    is_stacked: bool = False
    """Whether a phone shows each row as a card."""

    @property
    def points(self) -> str:
        """Return the size of type in points at which the longest words of all columns fit side by side on paper."""
        columns = zip(*(cells for _, cells in self.rows), strict=True) if self.rows else iter(())
        words = [max(map(_widest, cells)) for cells in columns]
        heads = [max(map(len, column.split()), default=0) for column in self.columns]
        names = min(max((len(word) for name, _ in self.rows for word in name.split()), default=0), _LONGEST)
        letters = names + sum(max(pair) + 1 for pair in zip_longest(words, heads, fillvalue=0))
        return f"{min(max(_PAPER_LETTERS / max(letters, 1), _LEAST_POINTS), _MOST_POINTS):.2f}pt"


def _widest(cell: Cell) -> int:
    """Count the letters of a cell's longest word; words longer than LONGEST break on paper."""
    return min(max(map(len, f"{cell.value} {cell.interval}".split()), default=0), _LONGEST)


def sheet_of(table: Table, *, is_short: bool = False) -> Sheet:
    """Write the columns of a table that pages show, its rows in the order that pages have.

    In short, columns and intervals that are not needed at first sight are left out.
    """
    shown = [
        place
        for place, field in enumerate(table.fields)
        if field.where != "files" and (field.is_in_short or not is_short)
    ]
    ordered = _ranked(table)
    kept = ordered[: table.most]
    rows = []
    for row in (*kept, *table.totals):
        name, *cells = (_cell(table, row, place, is_short=is_short) for place in shown)
        rows.append((name.value, tuple(cells)))
    head, *columns = (table.fields[place].title for place in shown)
    left = len(ordered) - len(kept)
    title = f"{table.title} ({table.in_files})" if table.in_files else table.title
    if left:
        title += f"; {left:,} more {'row is' if left == 1 else 'rows are'} in {table.name}.csv"
    mixed = any(table.fields[place].unit == "by row" for place in shown)
    sorts: _Sorts = "none" if not table.is_sorted else "names" if mixed else "all"
    named = next((place for place, field in enumerate(table.fields) if field.is_kpi), None)
    kpis = () if named is None else tuple(str(raw(row[named])) for row in kept)
    return Sheet(
        title, head, tuple(columns), tuple(rows), sorts, totals=len(table.totals), short_title=table.title, kpis=kpis,
        is_stacked=table.is_stacked,
    )  # fmt: skip


def _ranked(table: Table) -> Sequence[Row]:
    told = [row for place, row in enumerate(table.rows) if place not in table.files_only]
    if not table.ranked_by:
        return told
    place = table.place(table.ranked_by)

    def rank(row: Row) -> float:
        number = _number(row[place])
        return math.inf if number is None or math.isnan(number) else -abs(number)

    return sorted(told, key=rank)


def _cell(table: Table, row: Row, place: int, *, is_short: bool) -> Cell:
    """Write one value: a number by its unit, an estimate with its margin, text in one line."""
    field, value = table.fields[place], row[place]
    unit, found, number = _unit(table, field, row), raw(value), _number(value)
    if isinstance(value, Said):
        text = clean(value.text)
    elif number is not None and unit is not None:
        text = (signed if field.is_difference else format_value)(unit, number, table.currency)
    elif field.is_kpi:
        text = BY_NAME[str(found)].title
    else:
        text = MISSING if found is None else clean(str(found))
    interval = ""
    if isinstance(found, Estimate) and unit is not None and field.margin in ("always", "" if is_short else "in full"):
        interval = margin(unit, found, table.currency)
    return Cell(text, interval, number, MARKS.get(text, "") if field.is_verdict else "")


def _unit(table: Table, field: Field, row: Row) -> Unit | None:
    return cast(Unit, raw(row[table.place("unit")])) if field.unit == "by row" else field.unit


def _number(value: Value) -> float | None:
    """Return the number by which a value is sorted; None for text."""
    found = raw(value)
    if isinstance(found, Estimate):
        return found.mean
    return None if found is None or isinstance(found, str) else float(found)
