"""Small integer programs: the cheapest whole numbers that keep some linear bounds."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MOST_NODES = 20_000
"""Nodes after which the best solution so far is taken: unlike a time limit, the same on any machine."""
GAP = 0.002
"""Part of the cost by which a solution may miss the best one."""
_PRINTING = threading.Lock()


def cheapest(prices: Floats, matrix: Floats, low: Floats, most: Floats) -> NDArray[np.int64] | None:
    """Minimise prices · n over whole numbers 0 <= n <= most with matrix · n >= low; None where nothing was found."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    # Rows are scaled to 1: the solver's tolerance is absolute, and room left may be a thousandth.
    sizes = np.maximum(np.abs(matrix).max(axis=1), 1e-12)
    with _silent():
        found = milp(
            prices / max(float(np.abs(prices).max()), 1e-12),
            integrality=np.ones(len(prices), dtype=np.int64),
            bounds=Bounds(0, most),
            constraints=LinearConstraint(matrix / sizes[:, np.newaxis], lb=low / sizes),
            options={"mip_rel_gap": GAP, "node_limit": MOST_NODES},
        )
    return None if found.x is None else np.rint(found.x).astype(np.int64)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep the solver from writing to standard output.

    HiGHS before 1.13 prints a line from C++ now and then, whatever its options (its issue 2783), into what may be JSON.
    """
    with _PRINTING:
        sys.stdout.flush()
        kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 1)
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            os.close(nowhere)
