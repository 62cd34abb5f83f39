"""The SQLite file behind a study's store, opened, locked and recognised as ours; and a fingerprint of the code."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from simulator.base.errors import OutputError, Problem

_MARK = 0x74666C77
"""SQLite's application id of our files: `tflw`."""
_SECONDS_TO_WAIT = 2.0
"""How long to wait for another command that is just ending."""
REMEDY = "choose another --out, or discard it with --fresh"
_BUSY = "is in use by another ticketflow command; let it finish, or choose another --out"
_READ_ONLY = "cannot be written: it is read-only; choose another --out"


def opened(file: Path) -> sqlite3.Connection:
    """Open or make a file and lock it until it is closed; raise OutputError if it is not ours or is damaged."""
    if file.exists() and not os.access(file, os.W_OK):
        raise problem(file, _READ_ONLY)  # SQLite would open it, and fail in a less telling way later.
    connection = sqlite3.connect(file, timeout=_SECONDS_TO_WAIT, isolation_level="IMMEDIATE")
    try:
        with told(file):
            # Set before the first access: it locks the file for as long as it is open, and needs no shared memory.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            (mark,) = connection.execute("PRAGMA application_id").fetchone()
            if mark not in (_MARK, 0) or (mark == 0 and count_tables(connection)):
                raise problem(file, "is a database of another program; choose another --out")
            if mark == 0:
                # Before the log is switched on, so that it stands in the file itself, where `discard` looks.
                connection.execute(f"PRAGMA application_id = {_MARK}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            (health,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if health != "ok":
                raise problem(file, f"is damaged ({health}); {REMEDY}")
    except BaseException:
        connection.close()
        raise
    return connection


def count_tables(connection: sqlite3.Connection) -> int:
    """Count tables and what else a database is made of; 0 in one that was never begun."""
    return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def discard(file: Path) -> None:
    """Remove a file of ours that nobody uses; raise OutputError, and leave it alone, if it is anything else."""
    with told(file):
        with file.open("rb") as stream:
            head = stream.read(100)
        if not head:
            return  # Killed in the very act of making it.
        if head[:16] != b"SQLite format 3\0" or int.from_bytes(head[68:72], "big") != _MARK:
            raise problem(file, "is no store of a study, so --fresh leaves it alone; move it away yourself")
        with closing(sqlite3.connect(file, timeout=_SECONDS_TO_WAIT)) as probe:
            try:
                probe.execute("BEGIN EXCLUSIVE")
            except sqlite3.DatabaseError as error:
                # Any other error means damage, which is a reason to discard it.
                if _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    raise
        remove(file)


def remove(file: Path) -> None:
    """Remove a file with its logs."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


@contextmanager
def told(file: Path) -> Iterator[None]:
    """Turn what SQLite and the disk say into errors that the user can mend."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise problem(file, _plainly(error)) from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise problem(file, f"is damaged (it holds text that is none); {REMEDY}") from error
    except OSError as error:
        raise problem(file, f"cannot be used: {error.strerror or error}; choose another --out") from error


def problem(file: Path, message: str) -> OutputError:
    """Make an error about a file."""
    return OutputError(Problem(str(file), "", message))


def _code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code; 0 if the error is the module's own."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _plainly(error: sqlite3.Error) -> str:
    texts = {
        sqlite3.SQLITE_BUSY: _BUSY,
        sqlite3.SQLITE_LOCKED: _BUSY,
        sqlite3.SQLITE_FULL: "cannot be written: the disk is full; free some space, or choose another --out",
        sqlite3.SQLITE_IOERR: f"cannot be read or written ({error}); check the disk's space and health",
        sqlite3.SQLITE_READONLY: _READ_ONLY,
        sqlite3.SQLITE_CANTOPEN: "cannot be opened or made; choose another --out",
        sqlite3.SQLITE_PERM: "cannot be opened: access is denied; choose another --out",
        sqlite3.SQLITE_CORRUPT: f"is damaged ({error}); {REMEDY}",
        sqlite3.SQLITE_NOTADB: "is no store of a study, or is damaged; move it away, or choose another --out",
    }
    return texts.get(_code(error), f"cannot be used ({error}); {REMEDY}")


# -- the source -------------------------------------------------------------------------------------------------------


PACKAGE = Path(__file__).resolve().parents[2]
_NOT_ABOUT_RESULTS = frozenset({"report", "cli", "app", "shipped_scenarios", "__main__.py"})
"""Parts of the package that no figure of a replication comes from."""


@cache
def code_version() -> str:
    """Fingerprint the code of the model: a copy that somebody has changed does not go on with another's results.

    The version number alone would not tell two states of a source tree apart.
    """
    hashed = hashlib.sha256()
    for file in hashed_files():
        hashed.update(file.relative_to(PACKAGE).as_posix().encode())
        hashed.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return hashed.hexdigest()[:12]


def hashed_files() -> list[Path]:
    """List the files of the model, in order."""
    files = PACKAGE.rglob("*.py")
    return sorted(file for file in files if file.relative_to(PACKAGE).parts[0] not in _NOT_ABOUT_RESULTS)
