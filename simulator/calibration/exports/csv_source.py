"""Bytes of a file as UTF-8, whatever its encoding and packing, and never more of them than a file may hold.

CSV as help desks and spreadsheets write it: its encoding, separator and header told from its first megabyte.

Opens a file of rows as what its first bytes say it is.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.base.errors import ExportError, Notice, Problem, cut
from simulator.calibration.exports.sources import (
    HEAD,
    MAX_COLUMNS,
    MAX_ROWS,
    NOTHING,
    ParquetSource,
    Source,
    refuse_other_kinds,
    too_many_rows,
)

if TYPE_CHECKING:
    import pyarrow as pa


_BLOCK = 1 << 23
"""Bytes read at a time; no row may be longer."""
_MAX_RATIO = 200
"""Growth of a packed file beyond which it counts as hostile (an export grows 5 to 30 times) ..."""
RATIO_FROM = 1 << 28
"""... once it has grown to this many bytes."""
_WESTERN = "cp1252"
_OTHERS = {
    _WESTERN: "Windows-1252", "cp1250": "Windows-1250", "cp1251": "Windows-1251", "cp1253": "Windows-1253",
    "cp932": "Shift-JIS", "gb18030": "GB 18030", "big5": "Big5", "cp949": "Korean (CP949)",
}  # fmt: skip
"""Encodings that spreadsheets write where it is not UTF-8 or UTF-16, by the names that Python has for them."""
_GUESSED_FROM = 1 << 16
"""Bytes that tell which of them it is."""


class TextBytes(io.RawIOBase):
    """A file read from beginning to end; a context manager.

    Text that is not UTF-8 is taken for `otherwise` if all before it was ASCII, as the two agree on that; else for
    UTF-8 with damaged letters, which become the replacement character. UTF-16 is told by the caller.
    """

    def __init__(
        self,
        path: Path,
        is_gz: bool,
        encoding: str = "utf-8",
        skip: int = 0,
        skip_line: bool = False,
        otherwise: str = _WESTERN,
    ) -> None:
        super().__init__()
        self.path, self.encoding, self._otherwise = path, encoding, otherwise
        self.is_damaged = False
        """Whether letters had to be replaced."""
        self._raw = path.open("rb")
        self._size = path.stat().st_size
        self._file: Any = gzip.GzipFile(fileobj=self._raw) if is_gz else self._raw
        self._is_gz, self._given, self._seen_utf8 = is_gz, 0, False
        self._decoder = codecs.getincrementaldecoder(encoding)("replace" if encoding != "utf-8" else "strict")
        self._file.read(skip)
        self._ahead = self.read(_BLOCK).partition(b"\n")[2] if skip_line else b""

    def readable(self) -> bool:
        """Return that it can be read, as wrappers ask."""
        return True

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._raw.close()
        super().close()

    @property
    def position(self) -> int:
        """How many bytes on disk were read."""
        return 0 if self._raw.closed else self._raw.tell()

    def plain_bytes(self, size: int) -> bytes:
        """Return the next bytes as they are in the (unpacked) file."""
        part: bytes = self._file.read(size)
        self._given += len(part)
        if self._is_gz and self._given > max(RATIO_FROM, _MAX_RATIO * self._size):
            message = (
                f"unpacks to {self._given / 1e6:,.0f} MB and more, over {_MAX_RATIO} times its size; an export must "
                "grow less: unpack it and give the CSV if it is one"
            )
            raise ExportError(Problem(str(self.path), "", message))
        return part

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, as UTF-8."""
        if getattr(self, "_ahead", b""):
            ahead, self._ahead = self._ahead, b""
            return ahead
        while True:
            part = self.plain_bytes(_BLOCK if size is None or size < 0 else size)
            if self.encoding == "utf-8" and part.isascii() and part and not self._decoder.getstate()[0]:
                return part
            text = self._decoded(part)
            if text or not part:
                return text.encode("utf-8", "replace")

    def _decoded(self, part: bytes) -> str:
        held = self._decoder.getstate()[0]
        try:
            text = self._decoder.decode(part, final=not part)
        except UnicodeDecodeError as error:
            good = (held + part)[: error.start]
            if self._seen_utf8 or not good.isascii():
                self.is_damaged = True
                self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
            else:
                self.encoding = self._otherwise
                self._decoder = codecs.getincrementaldecoder(self.encoding)("replace")
            return self._decoder.decode(held + part, final=not part)
        self._seen_utf8 = self._seen_utf8 or not text.isascii()
        return text


# -- csv as help desks and spreadsheets write it ----------------------------------------------------------------------


_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SWALLOWED = 20
"""Lines run together into rows that a file may have before a quotation mark counts as left open."""
_LOOKED_AT = 50
"""Lines whose number of cells tells the separator."""


class _CsvSource:
    """A CSV file, packed with gzip or not."""

    def __init__(self, path: Path, is_gz: bool) -> None:
        self.path, self._is_gz = path, is_gz
        self.size, self.position, self.ragged, self._run_together = path.stat().st_size, 0, 0, 0
        head = self._head()
        refuse_other_kinds(path, head)
        self._encoding, self._skip = _encoding(path, head)
        self._otherwise = _otherwise(head) if self._encoding == "utf-8" else _WESTERN
        text = _decoded(head[self._skip :], self._encoding, self._otherwise)
        self._has_preamble = text[:4].lower() == "sep="
        self._separator, self.header = _layout(path, text.partition("\n")[2] if self._has_preamble else text)
        self._shown_encoding, self._is_damaged = self._encoding, False

    @property
    def findings(self) -> tuple[Notice, ...]:
        """Encoding and separator where they are not UTF-8 and the comma, and quotation marks left open."""
        found = []
        if self._shown_encoding not in ("utf-8", _WESTERN) and self._shown_encoding in _OTHERS:
            name = _OTHERS[self._shown_encoding]
            text = f"By its letters the file is in {name}, and was read as such; save it as UTF-8 if names look wrong."
            found.append(Notice("warning", "file", text))
        elif self._shown_encoding != "utf-8":
            name = _OTHERS.get(self._shown_encoding, "UTF-16")
            found.append(Notice("note", "file", f"The file is in {name}, not in UTF-8; it was read as such."))
        if self._separator != ",":
            name = _SEPARATORS[self._separator]
            found.append(Notice("note", "file", f"Its cells are separated by the {name}, not by the comma."))
        if self._is_damaged:
            text = "Some letters are neither UTF-8 nor Windows-1252; they were replaced by a mark."
            found.append(Notice("warning", "file", text))
        if self._run_together:
            text = f"A quotation mark seems to be left open: {self._run_together:,} lines could not be told apart."
            found.append(Notice("warning", "file", text))
        return tuple(found)

    def batches(self, places: Sequence[int]) -> Iterator[list[pa.Array]]:
        """Yield the cells of some columns as text, batch by batch, null where a cell holds nothing."""
        import pyarrow as pa

        given = 0
        try:
            for cells in self._read(places):
                given += len(cells[0])
                if given + self.ragged > MAX_ROWS:
                    raise too_many_rows(self.path)
                yield cells
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise _damaged(self.path, error) from None
        except pa.ArrowInvalid as error:
            raise ExportError(Problem(str(self.path), "", _in_words(str(error)))) from None
        self._refuse_ragged(given)

    def _read(self, places: Sequence[int]) -> Iterator[list[pa.Array]]:
        import pyarrow as pa
        import pyarrow.csv as pc

        # Columns go by position, and the header comes as a row like any other: names may be repeated.
        names = [f"c{place}" for place in range(len(self.header))]
        wanted = [names[place] for place in places]
        with TextBytes(
            self.path, self._is_gz, self._encoding, self._skip, self._has_preamble, self._otherwise
        ) as file:
            reader = pc.open_csv(
                pa.PythonFile(file, mode="r"),
                read_options=pc.ReadOptions(column_names=names, block_size=_BLOCK),
                parse_options=pc.ParseOptions(
                    delimiter=self._separator, newlines_in_values=True, invalid_row_handler=self._count_ragged
                ),
                convert_options=pc.ConvertOptions(
                    include_columns=wanted,
                    column_types=dict.fromkeys(wanted, pa.string()),
                    strings_can_be_null=True,
                    null_values=NOTHING,
                ),
            )
            first = 1
            for batch in reader:
                self.position = file.position
                yield [column.slice(first) for column in batch.columns]
                first = 0
            self._shown_encoding, self._is_damaged = file.encoding, file.is_damaged

    def _count_ragged(self, row: Any) -> str:
        lines = row.text.rstrip("\r\n").count("\n") + 1
        self.ragged += lines
        self._run_together += lines if lines > 1 else 0
        return "skip"

    def _refuse_ragged(self, given: int) -> None:
        if self._run_together > max(_SWALLOWED, given // 10):
            message = (
                f"leaves a quotation mark open: {self._run_together:,} lines run together; "
                "a cell that begins with a quotation mark must end with one"
            )
            raise ExportError(Problem(str(self.path), "", message))
        if self.ragged > given:
            message = (
                f"has {self.ragged:,} of {self.ragged + given:,} rows without the {len(self.header)} cells of its "
                "header; every row must have as many: write the file again as CSV"
            )
            raise ExportError(Problem(str(self.path), "", message))

    def _head(self) -> bytes:
        try:
            with TextBytes(self.path, self._is_gz) as file:
                return file.plain_bytes(HEAD)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise _damaged(self.path, error) from None


def _damaged(path: Path, error: Exception) -> ExportError:
    message = f"is cut off or damaged ({cut(str(error))}); it must be a complete gz file: fetch it again"
    return ExportError(Problem(str(path), "", message))


def _in_words(message: str) -> str:
    """Say what pyarrow found wrong, without the cells that its message may quote."""
    if "straddling" in message or "block size" in message:
        size = f"{_BLOCK >> 20} MB"
        return f"has a row of more than {size}, or a quotation mark left open; every row must be shorter than {size}"
    return "cannot be read as CSV; it must be a table in text, with a header line and as many cells in every row"


def _encoding(path: Path, head: bytes) -> tuple[str, int]:
    """Return the encoding, and how many bytes of mark come first."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):  # fmt: skip
        if head.startswith(mark):
            return encoding, len(mark)
    half = min(len(head), 4096) // 2
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = head[first : 2 * half : 2].count(0), head[1 - first : 2 * half : 2].count(0)
        if half > 4 and zeros > 0.6 * half and not others:
            return encoding, 0
    if control := _CONTROL.search(head):
        message = (
            f"holds bytes that no text has (the first at byte {control.start():,}); it must be a table in text: "
            "export the tickets as CSV"
        )
        raise ExportError(Problem(str(path), "", message))
    return "utf-8", 0


def _otherwise(head: bytes) -> str:
    """Return the encoding that text is in where it is not UTF-8, by its first lines that are not ASCII.

    Windows-1252 unless another makes clearly better sense of them: cells are short, and most such files are Western.
    """
    from charset_normalizer import from_bytes

    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError as error:
        if not head[: error.start].isascii():
            return _WESTERN
    else:
        return _WESTERN
    lines, size = [], 0
    for line in head.splitlines(keepends=True):
        if not line.isascii() and size + len(line) <= _GUESSED_FROM:
            lines.append(line)
            size += len(line)
    found = from_bytes(b"".join(lines), cp_isolation=list(_OTHERS))
    best = found.best()
    western = next((one for one in found if _WESTERN in one.could_be_from_charset), None)
    if best is None or best.encoding not in _OTHERS or (western is not None and western.chaos <= best.chaos):
        return _WESTERN
    return best.encoding


def _decoded(head: bytes, encoding: str, otherwise: str) -> str:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return head.decode(otherwise if encoding == "utf-8" else encoding, "replace")


def _layout(path: Path, text: str) -> tuple[str, tuple[str, ...]]:
    """Return separator and header: the separator under which most lines have as many cells as the first one."""
    best: tuple[float, int] = (-1.0, 0)
    chosen, header = ",", tuple[str, ...]()
    for separator in _SEPARATORS:
        rows = [row for row in islice(_rows(text, separator), _LOOKED_AT) if row]
        cells = len(rows[0]) if rows else 0
        alike = sum(len(row) == cells for row in rows) / len(rows) if cells > 1 else 0.0
        if (round(alike, 1), cells) > best:
            best, chosen, header = (round(alike, 1), cells), separator, tuple(rows[0]) if rows else ()
    if len(header) > MAX_COLUMNS:
        message = f"has {len(header):,} columns; it must have {MAX_COLUMNS:,} or fewer: export the tickets one to a row"
        raise ExportError(Problem(str(path), "", message))
    return chosen, header


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error:  # a cell of more characters than the module takes; the rows before it tell enough
        return


# -- opens a file of rows as what its first bytes say it is -----------------------------------------------------------


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
        return _CsvSource(path, is_gz=start[:2] == b"\x1f\x8b")
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
