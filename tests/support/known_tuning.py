"""Desks small enough for their best thresholds to be found by trying all, and the truth about them from long runs."""

from collections.abc import Sequence

import numpy as np

from simulator.scenario import Scenario, scenario_from
from simulator.studies.running.batch import run_variants
from simulator.studies.running.results import Replications
from simulator.studies.tune.goal import Goal
from simulator.studies.tune.space import Space, ThresholdSetting
from tests.support.desks import START, laid_over

SMALL = {
    "name": "two questions",
    "start": START,
    "weeks": 1,
    "drain": "4d",
    "arrivals": {"per_week": 1500, "profile": "office_hours", "busyness_cv": 0.1},
    "intents": {"how to": {"share": 0.6, "handle": "12m"}, "fault": {"share": 0.4, "handle": "25m"}},
    "handling": {"reopen": {"share": 0}},
    "ai": {
        "answer": {"confidence": {"mean": 0.88, "concentration": 6}},
        "intents": {
            "fault": {"answer": {"confidence": {"mean": 0.8, "concentration": 5}, "calibration": {"shift": 0.2}}}
        },
        "after_wrong": {"noticed": 0.7, "returns": 0.25, "lost": 0.05, "handle_factor": 4},
        "handover": {"handle_factor": 3},
        "triggers": {"negative_sentiment": False},
    },
    "teams": {"support": {"shifts": [{"days": "mon-fri", "start": "08:00", "end": "18:00", "agents": 9}]}},
    "sla": {"first_response": {"default": "8h"}},
    "csat": {"human_mean": 4.2},
    "costs": {
        "agent_per_hour": 40, "ai": {"per_resolution": 0.5}, "sla_penalty": 2, "churn": 0.3, "customer_value": 300,
    },
}  # fmt: skip
"""Two intents: wrong answers cost customers, unanswered ones a line, so the best thresholds lie between."""


def small_desk(**changes: object) -> Scenario:
    """Make the small desk with some parts changed."""
    return scenario_from(laid_over(SMALL, changes))


def long_runs(
    space: Space, settings: Sequence[ThresholdSetting], replications: int, *, seed: int, workers: int = 1
) -> dict[ThresholdSetting, Replications]:
    """Simulate settings for long, on customers that no search of another seed has seen."""
    variants = [space.variant(setting) for setting in settings]
    found = run_variants(variants, replications=replications, seed=seed, workers=workers)
    return {setting: found[setting.name] for setting in settings}


def objective(goal: Goal, study: Replications) -> float:
    """Return the mean of the objective, higher being better."""
    return float(np.mean(goal.values(study)))
