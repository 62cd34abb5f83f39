"""A calendar for compiled engines: a binary heap of (time, step) in flat arrays, without allocation per event.

The heap orders by time alone. Which of two events of one instant comes first makes no difference: by the law of the
desk everything due at an instant happens before anybody is assigned.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

compiled = njit(cache=True, nogil=True, _nrt=False)
"""Compiles a function, for threads to run side by side, and keeps it for later processes.

`_nrt=False` leaves out Numba's counting of references to arrays, with which every small function that is given arrays
costs ten times as much. In return, compiled functions make no arrays: whoever calls them brings the room.
"""


class Heap(NamedTuple):
    """Events to come; the first is the earliest."""

    time: NDArray[np.float64]
    step: NDArray[np.int64]
    size: NDArray[np.int64]
    """Number of events, shape (1,)."""


def empty_heap(room: int) -> Heap:
    """Make a heap that can hold `room` events."""
    return Heap(np.empty(room), np.empty(room, dtype=np.int64), np.zeros(1, dtype=np.int64))


@compiled
def push(heap: Heap, time: float, step: int) -> None:
    """Add an event."""
    at = heap.size[0]
    heap.size[0] += 1
    while at > 0:
        above = (at - 1) >> 1
        if heap.time[above] <= time:
            break
        heap.time[at], heap.step[at] = heap.time[above], heap.step[above]
        at = above
    heap.time[at], heap.step[at] = time, step


@compiled
def pop(heap: Heap) -> int:
    """Take the earliest event out; give its step."""
    first = heap.step[0]
    heap.size[0] -= 1
    size = heap.size[0]
    time, step = heap.time[size], heap.step[size]
    at, below = 0, 1
    while below < size:
        if below + 1 < size and heap.time[below + 1] < heap.time[below]:
            below += 1
        if time <= heap.time[below]:
            break
        heap.time[at], heap.step[at] = heap.time[below], heap.step[below]
        at, below = below, 2 * below + 1
    heap.time[at], heap.step[at] = time, step
    return int(first)


@compiled
def next_time(heap: Heap) -> float:
    """Tell when the earliest event is due; infinite if there is none."""
    return heap.time[0] if heap.size[0] else np.inf
