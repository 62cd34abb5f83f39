"""Engines by name, ready to run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from simulator.base.compiled import announcing_compilation
from simulator.engines.run_log import Engine, RunLog
from simulator.journeys.steps import Steps
from simulator.journeys.surge import SurgeSwitch
from simulator.rosters import TeamRoster

_MoveTickets = Callable[[np.ndarray[Any, Any], Steps, tuple[TeamRoster, ...], float, SurgeSwitch | None], RunLog]
_preparing = threading.Lock()


def mover(engine: Engine) -> _MoveTickets:
    """Return an engine, ready to run: (arrivals, steps, rosters, limit, surge) → run log.

    The first use of the fast engine on a machine compiles it, which takes some seconds and is told on stderr; what
    was compiled is kept for later processes.
    """
    if engine == "simpy":
        from simulator.engines import simpy_engine

        return simpy_engine.run
    with _preparing, announcing_compilation(__name__):
        from simulator.engines import fast_engine

        fast_engine.prepare()
    return fast_engine.run
