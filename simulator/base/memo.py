"""Memory: results remembered for the model that they were made of, and freed memory kept for new arrays."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache, wraps
from typing import TypeVar

from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)
Result = TypeVar("Result")

REMEMBERED = 128
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Numbers of glibc's settings (malloc.h)."""
_KEPT_BYTES, _OWN_BYTES = 512 * 2**20, 32 * 2**20
"""Most bytes that are kept, and from how many on an array gets memory of its own, returned as soon as it is freed."""


def remembered(function: Callable[[Model], Result]) -> Callable[[Model], Result]:
    """Remember what a function returns for a frozen model, for the last 128 models that it was called with.

    The same model, not an equal one: comparing two scenarios takes longer than most of what is remembered.
    """
    kept: dict[int, tuple[Model, Result]] = {}

    @wraps(function)
    def recall(model: Model) -> Result:
        found = kept.get(id(model))
        if found is None or found[0] is not model:
            # Holding the model, too, keeps its identity from being given to another.
            found = kept[id(model)] = (model, function(model))
            for oldest in list(kept)[: max(0, len(kept) - REMEMBERED)]:
                kept.pop(oldest, None)
        return found[1]

    return recall


@cache
def keep_freed_memory() -> None:
    """Have the C library keep freed memory for the arrays that come next, once for this process.

    A study makes and frees arrays of some hundred kilobytes thousands of times a second. glibc returns such memory to
    the system and asks for it again, and the page faults of that take a fifth of the time. Only glibc has these
    settings; other C libraries stay as they are.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _OWN_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
