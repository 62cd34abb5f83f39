"""Tables as CSV files, and as the data frames that they are read back as."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.base.stats import Estimate
from simulator.report.table import Field, Table, raw
from simulator.studies.run.outputs import write_csv

if TYPE_CHECKING:
    import pandas as pd

_NAN = float("nan")


def write_table(table: Table, folder: Path) -> None:
    """Write a table as NAME.csv; text that a spreadsheet would run as a formula gets a leading apostrophe."""
    write_csv(frame_of(table), folder / f"{table.name}.csv")


def frame_of(table: Table) -> pd.DataFrame:
    """Return the columns of a table that files hold, an estimate as its mean and its bounds."""
    import pandas as pd

    columns: dict[str, list[Any]] = {}
    for place, field in enumerate(table.fields):
        if field.where != "pages":
            columns |= _columns(field, [raw(row[place]) for row in table.rows])
    return pd.DataFrame(columns)


def _columns(field: Field, cells: list[Any]) -> dict[str, list[Any]]:
    if field.bounds is None:
        return {field.key: [cell.mean if isinstance(cell, Estimate) else cell for cell in cells]}
    found = [(cell.mean, cell.low, cell.high) if isinstance(cell, Estimate) else (_NAN,) * 3 for cell in cells]
    names = (field.key, *field.bounds)
    return {name: [cell[place] for cell in found] for place, name in enumerate(names)}
