"""Compiled functions: plain loops over arrays that Numba turns into machine code."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar, cast

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., Any])
SECONDS_UNTIL_NOTE = 1.5
"""Loading what was compiled before takes less; compiling takes more."""

_NOTE = "Compiling for this machine; this happens once."

_used: set[str] = set()


def compiled(function: _Function) -> _Function:
    """Compile a function so that threads can run it side by side, and keep it for later processes.

    `_nrt=False` leaves out Numba's counting of references to arrays, which makes every small function that takes
    arrays ten times as slow. In return, compiled functions cannot allocate arrays: the caller passes them in.
    Numba's cache on disk notices changes in a function's own file only, so functions that call each other stand in one
    file.
    """
    options: dict[str, Any] = {"nogil": True, "_nrt": False}
    try:
        return cast(_Function, njit(cache=True, **options)(function))
    except RuntimeError:
        # Neither the package's folder nor the user's can be written to: every process compiles for itself.
        return cast(_Function, njit(**options)(function))


@contextmanager
def announcing_compilation(part: str) -> Iterator[None]:
    """Say on stderr, once, that the first use of a compiled part in this process has to compile it."""
    if part in _used:
        yield
        return
    note = threading.Timer(SECONDS_UNTIL_NOTE, _tell)
    note.daemon = True
    note.start()
    try:
        yield
    finally:
        note.cancel()
    _used.add(part)


@cache
def _tell() -> None:
    print(_NOTE, file=sys.stderr, flush=True)
