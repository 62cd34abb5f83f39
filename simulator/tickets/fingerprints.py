"""Which scenarios meet the same customers, so that their tickets need drawing only once."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from simulator.base.memo import remembered
from simulator.scenario import Scenario

NOT_ABOUT_CUSTOMERS = frozenset({
    "name", "description", "drain", "policy", "teams", "baseline", "sla", "costs", "pilot", "max_tickets", "sources",
})  # fmt: skip
"""Parts of a scenario that no column of a Tickets table is drawn from."""
_BEFORE_THE_START = ("warm_up", "opening_backlog")
"""Parts that only tickets hang on which do not count."""
_PRICES = frozenset({"name", "description", "costs", "pilot", "max_tickets", "sources"})
"""Parts of a scenario that move no ticket."""
NOT_DRAWN_FOR_AI = frozenset({"name", "triggers", "handover", "assist", "concurrency", "learning", "drift"})
"""Likewise for the AI: what decides, and is not drawn."""


@remembered
def customers_key(scenario: Scenario) -> str:
    """Fingerprint everything that tickets are drawn from: equal keys, seeds and replications give equal Tickets.

    It names what is left out rather than what counts, so a field that somebody adds counts until shown otherwise.
    """
    data = scenario.model_dump(mode="json", exclude=set(NOT_ABOUT_CUSTOMERS))
    data["csat"] = None if scenario.csat is None else float(scenario.csat.response_rate)
    if data["ai"] is not None:
        data["ai"] = {name: value for name, value in data["ai"].items() if name not in NOT_DRAWN_FOR_AI}
    return digest(data)


@remembered
def people_key(scenario: Scenario) -> str:
    """Fingerprint who comes, when and about what, whatever AI and survey meet them and however early the desk opens.

    Equal keys give equal counted customers; the AI's draws, the answers to surveys, a warm-up and a
    backlog may differ.
    """
    data = scenario.model_dump(mode="json", exclude={*NOT_ABOUT_CUSTOMERS, "ai", "csat", *_BEFORE_THE_START})
    return digest(data)


@remembered
def moves_key(scenario: Scenario) -> str:
    """Fingerprint all that moves tickets: equal keys and customers give equal journeys, rosters and run logs."""
    return digest(scenario.model_dump(mode="json", exclude=set(_PRICES)))


@remembered
def scenario_key(scenario: Scenario) -> str:
    """Fingerprint all of a scenario. Arrivals that it replays are told by the hash of their file."""
    return digest(scenario.model_dump(mode="json"))


def digest(data: Any) -> str:
    """Hash plain data; the order of names counts, as it does in a scenario."""
    return hashlib.sha256(json.dumps(data, separators=(",", ":")).encode()).hexdigest()
