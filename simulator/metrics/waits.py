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

    @cached_property
    def _in_order(self) -> tuple[Floats, Floats]:
        return np.sort(self.joined), np.sort(self.left)

    def under_way(self, moments: Floats) -> Floats:
        """Count the waits [joined, left) that hold each moment; shape of `moments`."""
        joined, left = self._in_order
        counts = np.searchsorted(joined, moments, side="right") - np.searchsorted(left, moments, side="right")
        return counts.astype(float)


def human_waits(steps: Steps, log: RunLog, limit: float) -> Waits:
    """List the waits for a person; who still waits at `limit` (minutes) leaves then."""
    rows = np.flatnonzero((steps.kind >= Kind.TRIAGE) & log.visited & (steps.queue != NOWHERE))
    left = np.where(log.abandoned[rows], log.ended[rows], log.began[rows])
    return Waits(log.joined[rows], np.where(np.isnan(left), limit, left))
