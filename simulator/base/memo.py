"""Memory: results remembered for the model that they were made of, and freed memory kept for new arrays.

Memory: have the C library keep what is freed for the arrays that come next.
"""

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

def remembered(function: Callable[[Model], Result]) -> Callable[[Model], Result]:
    """Remember what a function makes of a frozen model, for the last REMEMBERED models that it was given.

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


# -- memory -----------------------------------------------------------------------------------------------------------


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Numbers of glibc's settings (malloc.h)."""
KEPT, OF_ITS_OWN = 512 * 2**20, 32 * 2**20
"""Bytes that are kept at most, and from which an array gets memory of its own, to be given back at once."""


@cache
def keep_freed_memory() -> None:
    """Keep freed memory, once for this process.

    A study makes and frees arrays of some hundred kilobytes thousands of times a second. glibc gives such memory back
    to the system and asks for it again, and the page faults of that take a fifth of the time. Only glibc has these
    settings; other C libraries stay as they are.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, OF_ITS_OWN)
        mallopt(M_TRIM_THRESHOLD, KEPT)
