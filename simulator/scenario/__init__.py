"""What a user writes: the scenario models, loading with line-numbered errors, overrides, ledger and JSON Schema."""

from __future__ import annotations

from simulator.base.shipped import shipped_scenarios
from simulator.scenario.ai import Ai, Learning
from simulator.scenario.demand import Handling, OpeningBacklog, Reopen, shares_in_line
from simulator.scenario.desk import Shift, Team
from simulator.scenario.ledger import KINDS, Known, LedgerRow, assumption_ledger, figures_of, rows_of
from simulator.scenario.loading import (
    find,
    load_scenario,
    opening_empty,
    override,
    scenario_from,
    without_ai,
)  # fmt: skip
from simulator.scenario.model import MAX_WARM_UP_DAYS, Scenario, mixes
from simulator.scenario.pilot_review import WHOLE, Gates, Production
from simulator.scenario.policy import RULES, THRESHOLDS, Mode, Phase, Policy, Rules, SurgeRules, Thresholds
from simulator.scenario.value import Billed, Costs, Csat, Penalties, Price
from simulator.scenario.volume import closed_dates, expected_rates, expected_tickets, holiday_dates

__all__ = [
    "Ai", "Billed", "Costs", "Csat", "Gates", "Handling", "KINDS", "Known", "Learning", "LedgerRow",
    "MAX_WARM_UP_DAYS", "Mode", "OpeningBacklog", "Penalties", "Phase", "Policy", "Price", "Production", "RULES",
    "Reopen", "Rules", "Scenario", "Shift", "SurgeRules", "THRESHOLDS", "Team", "Thresholds", "WHOLE",
    "assumption_ledger", "closed_dates", "expected_rates", "expected_tickets", "figures_of", "find",
    "holiday_dates", "load_scenario", "mixes", "opening_empty", "override", "rows_of", "scenario_from",
    "shares_in_line", "shipped_scenarios", "without_ai",
]  # fmt: skip
