"""A file of rows, whatever its format: CSV of any separator and encoding, gz or not, or Parquet, read in batches.

Only the columns asked for are turned into cells. Sizes are bounded throughout, so that no file, however broken or
hostile, takes more memory than a few blocks.

Parquet, as data warehouses write ticket exports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from simulator.base.errors import ExportError, Notice, Problem, cut

if TYPE_CHECKING:
    import pyarrow as pa


HEAD = 1 << 20
"""Bytes at the beginning from which format, encoding and separator are told."""
MAX_ROWS = 50_000_000
MAX_COLUMNS = 5_000
NOTHING = ("", "NULL", "null", "Null", "None", "none", "NaN", "nan", "N/A", "n/a", "#N/A", "NA", "nil", "-", "--", "?")
"""What exports write where they have nothing."""
_REFUSED = (
    (b"PK\x03\x04", "an Excel workbook or a zip file; save the sheet as CSV (or unpack the zip) and give that"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save the sheet as CSV and give that"),
    (b"%PDF", "a PDF; export the tickets as CSV and give that"),
    (b"ARROW1", "an Arrow file; write it as Parquet or CSV and give that"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it and give the CSV in it"),
    (b"BZh", "a bz2 file; unpack it and give the CSV in it"),
    (b"\xfd7zXZ", "an xz file; unpack it and give the CSV in it"),
    (b"\x28\xb5\x2f\xfd", "a zstd file; unpack it and give the CSV in it"),
    (b"SQLite format 3", "a database; export the tickets as CSV and give that"),
)


class Source(Protocol):
    """An open file of rows."""

    header: tuple[str, ...]
    ragged: int
    """Lines left out because they do not have as many cells as the header; complete once all batches are read."""
    size: int
    """How much there is to read, in units of `position`."""
    position: int
    """How much was read so far."""

    @property
    def findings(self) -> tuple[Notice, ...]:
        """What was noticed about the format; complete once all batches are read."""
        ...

    def batches(self, places: Sequence[int]) -> Iterator[list[pa.Array]]:
        """Yield the cells of some columns (positions in the header), batch by batch."""
        ...


def refuse_other_kinds(path: Path, head: bytes) -> None:
    """Raise ExportError where a file's first bytes are not those of a table in text."""
    where = str(path)
    for magic, what in _REFUSED:
        if head.startswith(magic):
            raise ExportError(Problem(where, "", f"is {what}"))
    if not head.strip():
        raise ExportError(Problem(where, "", "is empty; it must hold a header line and a row for each ticket"))
    if head.startswith(b"\x1f\x8b"):
        raise ExportError(Problem(where, "", "is packed twice; unpack it once and give that"))
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        raise ExportError(Problem(where, "", "is a web page or XML; export the tickets as CSV and give that"))
    if start.startswith((b"{", b"[{")):
        raise ExportError(Problem(where, "", "is JSON; export the tickets as CSV and give that"))


def too_many_rows(path: Path) -> ExportError:
    """Make the error about a file with more rows than are read."""
    return ExportError(
        Problem(str(path), "", f"has more than {MAX_ROWS:,} rows; export fewer weeks, or split the file")
    )


# -- parquet, as data warehouses write ticket exports -----------------------------------------------------------------


_BATCH = 1 << 17
_MAX_GROUP = 1 << 32
"""Bytes that the wanted columns of one row group may unpack to."""


class ParquetSource:
    """A Parquet file."""

    findings: tuple[Notice, ...] = ()
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
        """Yield the cells of some columns, batch by batch: timestamps as they are, all else as text."""
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
            if size > _MAX_GROUP:
                message = f"unpacks to {size / 1e9:,.1f} GB at once; its row groups must be below {_MAX_GROUP >> 30} GB"
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
