"""Bytes of a file as UTF-8, whatever its encoding and packing, and never more of them than a file may hold."""

from __future__ import annotations

import codecs
import gzip
import io
from pathlib import Path
from typing import Any

from simulator.errors import ExportError, Problem

BLOCK = 1 << 23
"""Bytes read at a time; no row may be longer."""
MAX_RATIO = 200
"""Growth of a packed file beyond which it counts as hostile (an export grows 5 to 30 times) ..."""
RATIO_FROM = 1 << 28
"""... once it has grown to this many bytes."""


class TextBytes(io.RawIOBase):
    """A file read from beginning to end; a context manager.

    Text that is not UTF-8 is taken for Windows-1252 if all before it was ASCII, as the two agree on that; else for
    UTF-8 with damaged letters, which become the replacement character. UTF-16 is told by the caller.
    """

    def __init__(
        self, path: Path, is_gz: bool, encoding: str = "utf-8", skip: int = 0, skip_line: bool = False
    ) -> None:
        super().__init__()
        self.path, self.encoding = path, encoding
        self.is_damaged = False
        """Whether letters had to be replaced."""
        self._raw = path.open("rb")
        self._size = path.stat().st_size
        self._file: Any = gzip.GzipFile(fileobj=self._raw) if is_gz else self._raw
        self._is_gz, self._given, self._seen_utf8 = is_gz, 0, False
        self._decoder = codecs.getincrementaldecoder(encoding)("replace" if encoding != "utf-8" else "strict")
        self._file.read(skip)
        self._ahead = self.read(BLOCK).partition(b"\n")[2] if skip_line else b""

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._raw.close()
        super().close()

    @property
    def position(self) -> int:
        """Tell how many bytes on disk were read."""
        return 0 if self._raw.closed else self._raw.tell()

    def plain_bytes(self, size: int) -> bytes:
        """Give the next bytes as they are in the (unpacked) file."""
        part: bytes = self._file.read(size)
        self._given += len(part)
        if self._is_gz and self._given > max(RATIO_FROM, MAX_RATIO * self._size):
            message = (
                f"unpacks to {self._given / 1e6:,.0f} MB and more, over {MAX_RATIO} times its size; an export must "
                "grow less: unpack it and give the CSV if it is one"
            )
            raise ExportError(Problem(str(self.path), "", message))
        return part

    def read(self, size: int = -1) -> bytes:
        """Give the next bytes, as UTF-8."""
        if getattr(self, "_ahead", b""):
            ahead, self._ahead = self._ahead, b""
            return ahead
        while True:
            part = self.plain_bytes(BLOCK if size is None or size < 0 else size)
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
                self.encoding = "cp1252"
                self._decoder = codecs.getincrementaldecoder("cp1252")("replace")
            return self._decoder.decode(held + part, final=not part)
        self._seen_utf8 = self._seen_utf8 or not text.isascii()
        return text
