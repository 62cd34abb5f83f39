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
    "Replications": "simulator.studies.running.results",
    "Run": "simulator.run",
    "Scenario": "simulator.scenario",
    "ScenarioError": "simulator.base.errors",
    "SimulatorError": "simulator.base.errors",
    "backtest": "simulator.calibration.backtest.backtesting",
    "compare": "simulator.studies.experiments",
    "fit_scenario": "simulator.calibration.fit.fitting",
    "load_scenario": "simulator.scenario",
    "project_pilot": "simulator.studies.pilot.projection",
    "read_export": "simulator.calibration.exports.reading",
    "replicate": "simulator.studies.running.batch",
    "roi": "simulator.studies.roi.business_case",
    "scenario_from": "simulator.scenario",
    "simulate": "simulator.run",
    "simulate_baseline": "simulator.run",
    "staff": "simulator.studies.staff.staffing",
    "summarise": "simulator.studies.running.results",
    "sweep": "simulator.studies.experiments",
    "tune": "simulator.studies.tune.tuning",
}

__all__ = [
    "Replications",
    "Run",
    "Scenario",
    "ScenarioError",
    "SimulatorError",
    "backtest",
    "compare",
    "fit_scenario",
    "load_scenario",
    "project_pilot",
    "read_export",
    "replicate",
    "roi",
    "scenario_from",
    "simulate",
    "simulate_baseline",
    "staff",
    "summarise",
    "sweep",
    "tune",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
