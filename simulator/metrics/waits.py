"""Waits: who stood in line for a person, and when."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulator.engines.run_log import RunLog
from simulator.journeys import NOWHERE, Kind, Steps

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Waits:
    """Every wait for a person, in every line that a ticket joined; minutes, shapes (n_waits,)."""

    joined: Floats
    left: Floats
    """When the work began, or the customer gave up."""
    done: Floats
    """When the work was done, or the customer gave up."""

    @cached_property
    def _joined_in_order(self) -> Floats:
        return np.sort(self.joined)

    @cached_property
    def _left_in_order(self) -> Floats:
        return np.sort(self.left)

    def under_way(self, moments: Floats) -> Floats:
        """Count the waits [joined, left) that hold each moment; shape of `moments`."""
        return _count(self._joined_in_order, self._left_in_order, moments)

    def present(self, moments: Floats) -> Floats:
        """Count the tickets that wait for a person or are in a person's hands at each moment; shape of `moments`."""
        return _count(self._joined_in_order, np.sort(self.done), moments)


def _count(since: Floats, until: Floats, moments: Floats) -> Floats:
    """Count intervals [since, until), both given in rising order, that hold each moment."""
    counts = np.searchsorted(since, moments, side="right") - np.searchsorted(until, moments, side="right")
    return counts.astype(float)


def human_waits(steps: Steps, log: RunLog, limit: float) -> Waits:
    """List the waits for a person; who is still there at `limit` (minutes) leaves then."""
    rows = np.flatnonzero((steps.kind >= Kind.TRIAGE) & log.visited & (steps.queue != NOWHERE))
    ended = log.ended[rows]
    left = np.where(log.abandoned[rows], ended, log.began[rows])
    return Waits(log.joined[rows], *(np.where(np.isnan(moment), limit, moment) for moment in (left, ended)))
