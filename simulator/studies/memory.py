"""Memory: have the C library keep what is freed for the arrays that come next."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

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
