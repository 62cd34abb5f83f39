"""ticketflow: simulate a support desk where an AI agent and people share the tickets.

>>> from simulator import load_scenario, replicate, summarise
>>> scenario = load_scenario("saas_pilot")  # doctest: +SKIP
>>> summarise(replicate(scenario, replications=10))  # doctest: +SKIP

Names are loaded when they are first used, so that importing the package (and `ticketflow --help`) stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "ScenarioError": "simulator.errors",
    "Scenario": "simulator.scenario",
    "load_scenario": "simulator.scenario",
    "simulate": "simulator.run",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
