"""A file of rows, whatever its format: CSV of any separator and encoding, gz or not, or Parquet, read in batches.

Only the columns asked for are turned into cells. Sizes are bounded throughout, so that no file, however broken or
hostile, takes more memory than a few blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from simulator.errors import ExportError, Problem, cut
from simulator.studies.findings import Finding

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
    def findings(self) -> tuple[Finding, ...]:
        """Tell what was noticed about the format; complete once all batches are read."""
        ...

    def batches(self, places: Sequence[int]) -> Iterator[list[pa.Array]]:
        """Give the cells of some columns (positions in the header), batch by batch."""
        ...


def open_source(path: str | Path) -> Source:
    """Open a file of rows; raise ExportError where it cannot be read or is of another kind."""
    from simulator.calibration.exports.csv_source import CsvSource
    from simulator.calibration.exports.parquet_source import ParquetSource

    path = Path(path)
    try:
        if not path.is_file():
            raise ExportError(Problem(str(path), "", _not_a_file(path)))
        with path.open("rb") as file:
            start = file.read(16)
        if start[:4] == b"PAR1":
            return ParquetSource(path)
        return CsvSource(path, is_gz=start[:2] == b"\x1f\x8b")
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise ExportError(Problem(str(path), "", f"cannot be read: {reason}; it must be a readable file")) from None
    except ValueError as error:  # a path with a NUL in it
        raise ExportError(Problem(cut(str(path)), "", f"cannot be read: {error}; it must be a readable file")) from None


def _not_a_file(path: Path) -> str:
    if path.is_dir():
        return "is a folder; it must be a file: CSV, CSV in gz, or Parquet"
    if path.is_symlink():
        return "is a link to a file that does not exist; it must be a file: CSV, CSV in gz, or Parquet"
    if path.exists():
        return "is no ordinary file; it must be a file: CSV, CSV in gz, or Parquet"
    return "does not exist; it must be a file: CSV, CSV in gz, or Parquet"


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
