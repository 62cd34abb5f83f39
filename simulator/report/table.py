"""A table of a result: columns with unit and meaning, and rows of raw values.

The same table becomes a CSV file, a table on a page, in the terminal and in a notebook, and records in JSON.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from simulator.base.stats import Estimate
from simulator.base.units import Unit

Where = Literal["everywhere", "files", "pages"]
"""Who shows a column: `files` are CSV and JSON, `pages` HTML, terminal and notebook."""
_Raw = float | str | Estimate | None


class Said(NamedTuple):
    """A raw value that pages write in words of its own."""

    value: _Raw
    text: str


Value = _Raw | Said
Row = Sequence[Value]


@dataclass(frozen=True)
class Field:
    """A column."""

    key: str
    """Its name in files; with an estimate, that of the mean."""
    title: str = ""
    """Heads it on pages."""
    unit: Unit | Literal["by row"] | None = None
    """What its numbers count: None for text, `by row` where the row's own field `unit` says so."""
    meaning: str = ""
    where: Where = "everywhere"
    bounds: tuple[str, str] | None = None
    """Names of an estimate's bounds in files; None where files leave them out."""
    margin: Literal["always", "in full", "never"] = "always"
    """Where pages show an estimate's interval; `in full` leaves it out where a table is shown in short."""
    is_difference: bool = False
    """Whether its numbers are changes, written with their sign."""
    is_verdict: bool = False
    """Whether it holds verdicts of `words`, such as `better`, which pages mark."""
    is_kpi: bool = False
    """Whether it holds names of KPIs, which pages write as titles that lead to the definitions."""
    is_in_short: bool = True
    """Whether a table that is shown in short, as in a terminal, has it."""


@dataclass(frozen=True)
class Table:
    """A table; its first column on pages names the rows."""

    name: str
    """Its file, without `.csv`; empty for a table that no file holds."""
    title: str
    fields: Sequence[Field]
    rows: Sequence[Row]
    """A value for each field."""
    currency: str = "USD"
    totals: Sequence[Row] = ()
    """Sums that pages show below the rows, however these are sorted; files leave them to the reader."""
    ranked_by: str = ""
    """Pages begin with the largest size in this field; rows without one come last."""
    is_sorted: bool = True
    """Whether readers may put the rows in another order."""
    is_stacked: bool = False
    """Whether a phone shows each row as a card, where its columns have no room side by side."""
    files_only: Collection[int] = ()
    """Places of rows that only the file holds."""
    most: int | None = None
    """Rows that pages show; the file holds all."""
    in_files: str = ""
    """What the written files hold beyond the rows shown, for the title of a page that lies beside them."""

    @property
    def is_on_pages(self) -> bool:
        """Whether pages have any of its rows to show."""
        return len(self.files_only) < len(self.rows)

    def place(self, key: str) -> int:
        """Return where a field stands in the rows."""
        return [field.key for field in self.fields].index(key)


def ci(key: str) -> tuple[str, str]:
    """Return the usual names of the bounds of an estimate in files."""
    return f"{key}_ci_low", f"{key}_ci_high"


def raw(value: Value) -> _Raw:
    """Return the value without the words that pages have for it."""
    return value.value if isinstance(value, Said) else value
