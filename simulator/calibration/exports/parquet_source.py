"""Parquet, as data warehouses write ticket exports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.calibration.exports.source import MAX_COLUMNS, MAX_ROWS, NOTHING, too_many_rows
from simulator.errors import ExportError, Problem, cut
from simulator.studies.findings import Finding

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 1 << 17
MAX_GROUP = 1 << 32
"""Bytes that the wanted columns of one row group may unpack to."""


class ParquetSource:
    """A Parquet file."""

    findings: tuple[Finding, ...] = ()
    ragged = 0

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path, self.position = path, 0
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise _broken(path, error) from None
        self.header = tuple(self._file.schema_arrow.names)
        self.size = max(self._file.metadata.num_rows, 1)
        if self._file.metadata.num_rows > MAX_ROWS:
            raise too_many_rows(path)
        if len(self.header) > MAX_COLUMNS:
            message = f"has {len(self.header):,} columns; it must have {MAX_COLUMNS:,} or fewer"
            raise ExportError(Problem(str(path), "", message))

    def batches(self, places: Sequence[int]) -> Iterator[list[pa.Array]]:
        """Give the cells of some columns, batch by batch: timestamps as they are, all else as text."""
        import pyarrow as pa

        names = [self.header[place] for place in places]
        self._refuse_nested(names)
        if len(set(self.header)) < len(self.header):
            raise ExportError(Problem(str(self.path), "", "has two columns of one name; every name must be its own"))
        self._refuse_bombs(names)
        try:
            for batch in self._file.iter_batches(_BATCH, columns=names):
                self.position += batch.num_rows
                yield [_cells(batch.column(name)) for name in names]
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise _broken(self.path, error) from None

    def _refuse_nested(self, names: Sequence[str]) -> None:
        import pyarrow.types as kinds

        schema = self._file.schema_arrow
        for name in names:
            kind = schema.field(name).type if name in schema.names and schema.names.count(name) == 1 else None
            if kind is not None and (kinds.is_nested(kind) or kinds.is_binary(kind) or kinds.is_large_binary(kind)):
                message = f"column {cut(name)} holds {kind}; it must hold text, numbers or moments: flatten it first"
                raise ExportError(Problem(str(self.path), "", message))

    def _refuse_bombs(self, names: Sequence[str]) -> None:
        metadata = self._file.metadata
        for group in range(metadata.num_row_groups):
            parts = [metadata.row_group(group).column(place) for place in range(metadata.num_columns)]
            size = sum(part.total_uncompressed_size for part in parts if part.path_in_schema in names)
            if size > MAX_GROUP:
                message = f"unpacks to {size / 1e9:,.1f} GB at once; its row groups must be below {MAX_GROUP >> 30} GB"
                raise ExportError(Problem(str(self.path), "", message))


def _cells(column: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as kinds

    if kinds.is_dictionary(column.type):
        column = column.dictionary_decode()
    if kinds.is_timestamp(column.type):
        return column
    if kinds.is_date(column.type):
        return column.cast(pa.timestamp("us"))
    if kinds.is_duration(column.type):
        column = pc.divide(column.cast(pa.duration("us")).cast(pa.int64()).cast(pa.float64()), 1e6)
        column = pc.binary_join_element_wise(column.cast(pa.string()), "s", "")
    text = column.cast(pa.string())
    return pc.if_else(pc.is_in(text, pa.array(NOTHING)), pa.scalar(None, pa.string()), text)


def _broken(path: Path, error: Exception) -> ExportError:
    kind = type(error).__name__
    message = f"is damaged ({kind}); it must be a complete Parquet file: fetch it again"
    return ExportError(Problem(str(path), "", message))
