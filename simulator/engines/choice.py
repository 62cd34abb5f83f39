"""Which engine: by name, or the fast one by default."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, get_args

import numpy as np

from simulator.compiled import telling_of_compiling
from simulator.engines.run_log import Engine, RunLog
from simulator.errors import StudyError
from simulator.journeys.steps import Steps
from simulator.rosters import TeamRoster

MoveTickets = Callable[[np.ndarray[Any, Any], Steps, tuple[TeamRoster, ...], float], RunLog]
ENGINES: tuple[str, ...] = get_args(Engine)
AUTO = "auto"
_preparing = threading.Lock()


def engine_named(name: str) -> Engine:
    """Resolve the name of an engine; `auto` is the fast one. Raise StudyError if unknown."""
    if name == AUTO:
        return "fast"
    for engine in get_args(Engine):
        if name == engine:
            return engine  # type: ignore[no-any-return]  # get_args forgets the type
    raise StudyError(f"engine {name!r} is not known; must be {AUTO}, {' or '.join(ENGINES)}")


def mover(engine: Engine) -> MoveTickets:
    """Give an engine, ready to run: (arrivals, steps, rosters, limit) → run log.

    The first use of the fast engine on a machine compiles it, which takes some seconds and is told on stderr; what
    was compiled is kept for later processes.
    """
    if engine == "simpy":
        from simulator.engines import simpy_engine

        return simpy_engine.run
    with _preparing, telling_of_compiling(__name__):
        from simulator.engines import fast_engine

        fast_engine.prepare()
    return fast_engine.run
