"""Small desks for tests: a few hundred tickets each, written as a scenario file would be."""

import copy
from collections.abc import Mapping
from typing import Any

from simulator.scenario import Scenario, override, scenario_from

START = "2026-03-02"
"""A Monday."""

PLAIN: dict[str, Any] = {
    "name": "plain desk",
    "start": START,
    "weeks": 1,
    "arrivals": {"per_week": 200, "profile": "flat", "busyness_cv": 0},
    "intents": {"question": {"share": 1, "handle": {"form": "constant", "value": 10}}},
    "handling": {"reopen": {"share": 0}},
    "teams": {"support": {"agents": 3}},
}
"""People only, round the clock; every ticket takes ten minutes."""

AI: dict[str, Any] = {
    "answer": {"confidence": {"mean": 0.75, "concentration": 6}, "calibration": {"shift": -0.3}},
    "after_wrong": {"noticed": 0.4, "returns": 0.4, "lost": 0.2},
    "triggers": {"negative_sentiment": False, "max_exchanges": 100},
    "shadow_review": {"form": "constant", "value": 1.5},
}
"""An AI that answers about half of the tickets, some of them wrong."""

PILOT: dict[str, Any] = {
    "name": "pilot",
    "start": START,
    "timezone": "Europe/London",
    "weeks": 4,  # clocks change at the end of the last one
    "drain": "1d",
    "arrivals": {"per_week": 170, "profile": "office_hours", "busyness_cv": 0.2},
    "channels": {
        "email": {"share": 0.5, "reply_gap": "3h"},
        "chat": {
            "share": 0.3, "live": True, "patience": "4m", "reply_gap": "1m",
            "on_abandon": {"retries": 0.7, "channel": "email", "delay": "20m"},
        },
        "phone": {"share": 0.2, "live": True, "patience": "6m", "on_abandon": {"retries": 0.5, "delay": "15m"}},
    },
    "tiers": {"standard": {"share": 0.7}, "plus": {"share": 0.2, "priority": 1}, "vip": {"share": 0.1, "priority": 2}},
    "intents": {
        "password": {"share": 0.4, "handle": "12m", "queue": "front", "urgency": 2, "needs_write_back": True},
        "billing": {
            "share": 0.3, "handle": "18m", "queue": "money", "flags": {"legal_words": 0.1}, "reopen": 0.15,
            "then": [{"queue": "front", "share": 0.4, "handle": "9m"}],
        },
        "bug": {"share": 0.2, "handle": "30m", "queue": "experts", "level": 2, "follow_ups": 0.8, "impact": 3},
        "other": {"share": 0.1, "handle": "15m", "queue": "front", "catch_all": True, "channels": {"email": 1}},
    },
    "difficulty": {"correctness": -0.4},
    "handling": {
        "triage": {"queue": "triage", "handle": "2m", "accuracy": 0.8, "channels": ["email", "chat"]},
        "transfer": "3m",
        "follow_ups": 0.2,
        "negative_sentiment": 0.15,
        "reopen": {"share": 0.08, "delay": "20h"},
    },
    "ai": {
        "routing": {"confidence": {"mean": 0.85, "concentration": 8}, "calibration": {"shift": 0.2}},
        "answer": {"confidence": {"mean": 0.8, "concentration": 6}, "calibration": {"shift": -0.6, "scale": 0.9}},
        "intents": {"billing": {"answer": {"confidence": {"mean": 0.7, "concentration": 6}}, "exchanges": 3}},
        "triggers": {"complexity_above": 0.95, "max_exchanges": 5},
        "after_wrong": {
            "noticed": 0.3, "returns": 0.5, "lost": 0.2, "delay": {"low": "20h", "high": "50h"},
            "channels": {"phone": 0.4, "email": 0.2},
        },
        "write_back": 0.8,
        "availability": {"uptime": 0.9, "repair": "5h"},
        "shadow_review": "4m",
    },
    "policy": {
        "mode": "off",
        "route_threshold": 0.8,
        "answer_threshold": 0.8,
        "gather_threshold": 0.6,
        "always_human": {"tiers": ["vip"], "flags": ["legal_words"]},
        "priority": {"bands": [5, 2]},
        "phases": [
            {"name": "shadow", "from_week": 1, "from_day": 2, "mode": "shadow", "routing": False},
            {"name": "assist", "from_week": 2, "mode": "assist", "intents": {"password": {"mode": "auto"}}},
            {"name": "auto", "from_week": 3, "mode": "auto", "intents": {"bug": {"answer_threshold": 0.9}}},
        ],
    },
    "teams": {
        "front": {
            "serves": ["triage", "front"], "concurrency": 2,
            "shifts": [{"days": "mon-sat", "start": "08:00", "end": "18:00", "agents": 2}],
        },
        "money": {
            "efficiency": 0.8, "cost_per_hour": 31,
            "shifts": [{"days": "mon-fri", "start": "09:00", "end": "17:00", "agents": 1}],
        },
        "experts": {
            "serves": ["experts", {"queue": "money", "after": "2h"}], "shrinkage": 0.2,
            "shifts": [
                {
                    "days": "mon-fri", "start": "09:00", "end": "18:00", "agents": 2,
                    "breaks": [{"start": "12:00", "length": "1h", "agents": 1}],
                }
            ],
        },
    },
    "baseline": {"teams.experts.shifts[0].agents": 3},
    "sla": {
        "first_response": {"vip": "1h", "default": "4h"},
        "resolution": {"plus": "20h", "vip": "8h"},
        "windows": [{"name": "renewals", "from_week": 2, "to_week": 3, "tiers": ["vip", "plus"], "factor": 0.5}],
    },
    "csat": {"human_mean": 4.2, "response_rate": 0.3},
    "costs": {
        "agent_per_hour": 24,
        "ai": {
            "per_resolution": 0.99, "clawback": "30h", "per_conversation": 0.2, "per_ticket": 0.05, "per_month": 100,
            "per_seat_month": 40, "seats": 3, "per_thousand_tokens": 0.5, "tokens_per_exchange": 1500,
        },
        "set_up": 2000, "qa_hours_per_week": 1.5, "sla_penalty": 4, "churn": 0.2, "customer_value": 90,
        "horizon_months": 18,
    },
}  # fmt: skip
"""Nearly everything at once: three channels, four intents, shadow, assist and auto weeks, shifts, outages, money."""


def laid_over(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay changes over plain data, mapping by mapping; None takes a key out."""
    merged = copy.deepcopy(dict(base))
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = laid_over(merged[key], value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def plain_desk(**changes: Any) -> Scenario:
    """Make the plain desk with some parts changed."""
    return scenario_from(laid_over(PLAIN, changes))


def ai_desk(**changes: Any) -> Scenario:
    """Make the plain desk with an AI, and some parts changed."""
    return scenario_from(laid_over({**PLAIN, "ai": AI}, changes))


def pilot_desk(**changes: Any) -> Scenario:
    """Make the pilot desk with some parts changed."""
    return scenario_from(laid_over(PILOT, changes))


def changed(scenario: Scenario, **changes: Any) -> Scenario:
    """Change values of a scenario; in names, `__` stands for the dot of a path."""
    return override(scenario, {path.replace("__", "."): value for path, value in changes.items()})
