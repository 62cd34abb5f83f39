"""Opens a file of rows as what its first bytes say it is."""

from __future__ import annotations

from pathlib import Path

from simulator.calibration.exports.csv_source import CsvSource
from simulator.calibration.exports.parquet_source import ParquetSource
from simulator.calibration.exports.source import Source
from simulator.errors import ExportError, Problem, cut


def open_source(path: str | Path) -> Source:
    """Open a file of rows; raise ExportError where it cannot be read or is of another kind."""
    path = Path(path)
    try:
        if not path.is_file():
            raise ExportError(Problem(str(path), "", _not_a_file(path)))
        if path.suffix.lower() in (".yaml", ".yml"):
            message = "is a scenario, not an export; it must be what the help desk exports: CSV, CSV in gz, or Parquet"
            raise ExportError(Problem(str(path), "", message))
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
