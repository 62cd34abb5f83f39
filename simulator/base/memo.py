"""Memory: results remembered for the model that they were made of, what was last used, and freed memory kept.

None of it decides a figure: with everything forgotten at once the same results take longer, and that is all.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cache, wraps
from typing import Generic, TypeVar

from pydantic import BaseModel

Model = TypeVar("Model", bound=BaseModel)
Result = TypeVar("Result")
Kept = TypeVar("Kept")

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


class LastUsed(Generic[Kept]):
    """Things by key; those that nobody asked for longest go first once they weigh more than `most`.

    Any number of threads may use it. Each thing weighs 1 unless `weight` says otherwise; with `most` None all stay.
    """

    def __init__(self, most: int | None = None, weight: Callable[[Kept], int] | None = None) -> None:
        self._most, self._weight = most, weight
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Kept | None:
        """Return what stands at a key; None if there is nothing."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def get_or(self, key: Hashable, make: Callable[[], Kept]) -> Kept:
        """Return what stands at a key, made if need be; two threads get the same."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = make()
            self._kept.move_to_end(key)
            return self._kept[key]

    def put(self, key: Hashable, kept: Kept) -> None:
        """Keep a thing under a key, and let go of what is then too much."""
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
        self.trim()

    def trim(self) -> None:
        """Let go of what is too much, as things may have grown; the last one stays, whatever it weighs."""
        if self._most is None:
            return
        weigh = self._weight or (lambda _kept: 1)
        with self._lock:
            weight = len(self._kept) if self._weight is None else sum(map(self._weight, self._kept.values()))
            while weight > self._most and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                weight -= weigh(oldest)


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
