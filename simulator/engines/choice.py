"""Which engine: by name, or the fast one where it can run."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, get_args

import numpy as np

from simulator.engines.run_log import Engine, RunLog
from simulator.errors import StudyError
from simulator.journeys.steps import Steps
from simulator.rosters import TeamRoster

MoveTickets = Callable[[np.ndarray[Any, Any], Steps, tuple[TeamRoster, ...], float], RunLog]
ENGINES: tuple[str, ...] = get_args(Engine)
AUTO = "auto"
SECONDS_UNTIL_NOTE = 1.5
"""Loading the compiled engine takes less; compiling it takes more."""

_prepared: set[str] = set()
_preparing = threading.Lock()


def engine_named(name: str) -> Engine:
    """Resolve the name of an engine; `auto` is the fast one where Numba is installed. Raise StudyError if unknown."""
    if name == AUTO:
        return "fast" if find_spec("numba") is not None else "simpy"
    for engine in get_args(Engine):
        if name == engine:
            return engine  # type: ignore[no-any-return]  # get_args forgets the type
    raise StudyError(f"engine {name!r} is not known; must be {AUTO}, {' or '.join(ENGINES)}")


def mover(engine: Engine) -> MoveTickets:
    """Give an engine, ready to run: (arrivals, steps, rosters, limit) → run log.

    The first use on a machine compiles the fast engine, which takes some seconds and is told on stderr; what was
    compiled is kept for later processes.
    """
    module = import_module(f"simulator.engines.{engine}_engine") if engine == "simpy" else _fast()
    run: MoveTickets = module.run
    return run


def _fast() -> Any:
    with _preparing:
        if "fast" in _prepared:
            return import_module("simulator.engines.fast_engine")
        note = threading.Timer(SECONDS_UNTIL_NOTE, _tell_of_compiling)
        note.daemon = True
        note.start()
        try:
            module = import_module("simulator.engines.fast_engine")
            module.prepare()
        finally:
            note.cancel()
        _prepared.add("fast")
    return module


def _tell_of_compiling() -> None:
    print("Compiling the fast engine; this happens once on each machine.", file=sys.stderr, flush=True)
