"""What a user writes: the scenario models, loading with line-numbered errors, overrides, ledger and JSON Schema."""

from simulator.base.shipped import shipped_scenarios
from simulator.scenario.loading import load_scenario, override, scenario_from, without_ai
from simulator.scenario.model import Scenario

__all__ = ["Scenario", "load_scenario", "override", "scenario_from", "shipped_scenarios", "without_ai"]
