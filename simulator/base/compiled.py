"""Compiled functions: plain loops over arrays that Numba turns into machine code."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])
SECONDS_UNTIL_NOTE = 1.5
"""Loading what was compiled before takes less; compiling takes more."""

NOTE = "Compiling for this machine; this happens once."

_used: set[str] = set()


def compiled(function: Function) -> Function:
    """Compile a function, for threads to run side by side, and keep it for later processes.

    `_nrt=False` leaves out Numba's counting of references to arrays, with which every small function that is given
    arrays costs ten times as much. In return, compiled functions make no arrays: whoever calls them brings the room.
    Numba's cache on disk notices changes of a function's own file only, so what calls each other stands in one file.
    """
    options: dict[str, Any] = {"nogil": True, "_nrt": False}
    try:
        return cast(Function, njit(cache=True, **options)(function))
    except RuntimeError:
        # Neither the package's folder nor the user's can be written to: every process compiles for itself.
        return cast(Function, njit(**options)(function))


@contextmanager
def telling_of_compiling(part: str) -> Iterator[None]:
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
    print(NOTE, file=sys.stderr, flush=True)
