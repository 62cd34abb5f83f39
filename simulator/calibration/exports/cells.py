"""The cells of a file's recognised columns, read batch by batch into arrays."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.base.arrays import Floats
from simulator.base.errors import ExportError, NoColumn, Notice, Problem, cut
from simulator.calibration.exports.amounts import SCORES, YES_OR_NO, Amounts, Flags
from simulator.calibration.exports.columns import FileColumn, Recognised, list_columns, offered, recognise
from simulator.calibration.exports.csv_source import open_source
from simulator.calibration.exports.moments import UNREADABLE, Moments, Read, decide_order
from simulator.calibration.exports.names import Names, Numbers
from simulator.calibration.exports.sources import Source
from simulator.calibration.exports.table import Field

if TYPE_CHECKING:
    import pyarrow as pa

    from simulator.studies.running.batch import Stages

_Reader = Moments | Amounts | Flags | Names | Numbers


@dataclass(frozen=True)
class Cells:
    """What a file's columns hold, one array element for each row that has as many cells as the header."""

    path: Path
    recognised: Recognised
    readers: Mapping[str, _Reader]
    """By field."""
    rows: int
    ragged: int
    """Lines beyond those rows."""
    notes: tuple[Notice, ...]
    """What was noticed about the file's format."""
    header: Sequence[str] = ()

    @property
    def columns(self) -> Mapping[str, FileColumn]:
        """The columns by field."""
        return self.recognised.columns

    def __contains__(self, field: str) -> bool:
        return field in self.readers

    def names(self, field: str) -> Names:
        """Return a column of names."""
        reader = self.readers[field]
        assert isinstance(reader, Names)
        return reader

    def numbers(self, field: str) -> Numbers:
        """Return a column of ticket numbers."""
        reader = self.readers[field]
        assert isinstance(reader, Numbers)
        return reader

    def amounts(self, field: str) -> tuple[Floats, NDArray[np.int8]]:
        """Return values and states of a column of durations, numbers or flags."""
        reader = self.readers[field]
        assert isinstance(reader, Amounts | Flags)
        return reader.finish()

    def moments(self, zone: str, day_first: bool | None) -> dict[str, Read]:
        """Return all columns of moments; raise ExportError where nothing tells the day from the month."""
        columns = {name: reader for name, reader in self.readers.items() if isinstance(reader, Moments)}
        orders: Sequence[bool | None] = [day_first] * len(columns)
        if day_first is None:
            orders, torn = decide_order(reader.either for reader in columns.values())
            problems = [
                Problem(str(self.path), "", _order_unclear(self.columns[name].name, is_torn))
                for name, order, is_torn in zip(columns, orders, torn, strict=True)
                if order is None or is_torn
            ]
            if problems:
                raise ExportError(problems)
        return {
            name: reader.finish(order, self.columns[name].zone or zone, is_strict=day_first is not None)
            for (name, reader), order in zip(columns.items(), orders, strict=True)
        }


def read_cells(
    path: str | Path,
    fields: Sequence[Field],
    given: Mapping[str, str] | None,
    *,
    needed: Sequence[str],
    progress: Stages | None = None,
) -> Cells:
    """Read the recognised columns of a file; raise ExportError where a needed one is not among them."""
    source = open_source(path)
    recognised = recognise(str(path), source.header, fields, given)
    missing = [name for name in needed if name not in recognised.columns]
    if missing:
        columns = list_columns(source.header) or "none with a name"
        problems = []
        for name in missing:
            fault = f"has no column for {name} that is recognised"
            message = f"{fault}; say which one with --map {name}=COLUMN (its columns: {columns})"
            problems.append(NoColumn(str(path), "", message, fault, (name,), offered(source.header)))
        raise ExportError(problems)
    readers = {name: _reader(column) for name, column in recognised.columns.items()}
    rows = _fill(source, recognised.columns, readers, progress)
    if not rows and not source.ragged:
        raise ExportError(Problem(str(path), "", "has a header and no row; it must hold a row for each ticket"))
    if not rows:
        raise ExportError(Problem(str(path), "", "has no row with as many cells as its header; write it again as CSV"))
    return Cells(Path(path), recognised, readers, rows, source.ragged, source.findings, source.header)


def _fill(
    source: Source, columns: Mapping[str, FileColumn], readers: Mapping[str, _Reader], progress: Stages | None
) -> int:
    """Read all batches and return the number of rows; a column that two fields read is read once."""
    places = sorted({place for column in columns.values() for place in column.places})
    rows = 0
    # Columns are independent, and almost all of the work is done where other threads may run.
    with ThreadPoolExecutor(min(len(columns), os.cpu_count() or 1)) as pool:
        for cells in source.batches(places):
            rows += len(cells[0])
            batch = [_joined([cells[places.index(place)] for place in column.places]) for column in columns.values()]
            deque(pool.map(lambda name, part: readers[name].add(part), columns, batch), maxlen=0)
            if progress:
                progress("reading", source.position, source.size)
    return rows


def _joined(parts: Sequence[pa.Array]) -> pa.Array:
    """Return the cells of a column, or those of a date and a time with a space between; null where either is."""
    import pyarrow.compute as pc
    import pyarrow.types as kinds

    if len(parts) == 1:
        return parts[0]
    # Of a date that is kept as a moment, midnight is no part.
    date, time = (
        pc.strftime(part, format=form) if kinds.is_timestamp(part.type) else pc.utf8_trim_whitespace(part)
        for part, form in zip(parts, ("%Y-%m-%d", "%H:%M:%S"), strict=True)
    )
    return pc.binary_join_element_wise(date, time, " ")


def _reader(column: FileColumn) -> _Reader:
    kind = column.field.kind
    if kind == "moment":
        return Moments()
    if kind in ("duration", "left"):
        return Amounts(column.unit, is_duration=True)
    if kind == "number":
        return Amounts(words={"satisfaction": SCORES, "reopens": YES_OR_NO}.get(column.field.name))
    if kind == "flag":
        return Flags(column.value)
    if kind == "id":
        return Numbers()
    return Names()


def _order_unclear(column: str, is_torn: bool) -> str:
    remedy = "say which with --day-first or --month-first"
    if is_torn:
        both = "dates that can only be day-first and others that can only be month-first"
        return f"column {cut(column)} has {both}; {remedy}"
    return f"column {cut(column)} has only dates whose day and month are 12 or less; {remedy}"


def unreadable(state: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Return which cells hold something that could not be read."""
    return np.asarray(state == UNREADABLE, dtype=np.bool_)
