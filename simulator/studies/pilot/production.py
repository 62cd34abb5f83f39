"""Production: the pilot's last rules carried on, to another volume and messier data, with fewer reviews.

Production is the pilot's own scenario gone on with, not a desk of its own: the AI keeps what it learned, the house
keeps its backlog, and the customers of the pilot's weeks stay the same. Overrides for production hold in the pilot's
weeks of its run as well, which are simulated once more and not shown: what they teach and leave behind is then that of
the overrides.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any

from simulator.errors import Problem, ScenarioError, StudyError
from simulator.scenario.loading import override
from simulator.scenario.model import Scenario
from simulator.scenario.pilot import Production

NAME = "production"
FIXED = ("start", "weeks", "warm_up", "pilot")
"""Parts that say what run it is that production goes on with."""


def carried(scenario: Scenario, production: Production) -> Scenario:
    """Give the scenario with production after its last week; raise SimulatorError where that cannot be."""
    assert scenario.ai is not None
    if scenario.arrivals.replay is not None:
        rule = "cannot be projected from replayed arrivals; give arrivals.per_week instead"
        raise StudyError(Problem(scenario.name, "pilot.production", rule))
    if fixed := [path for path in production.changes if re.split(r"[.\[]", path)[0] in FIXED]:
        rule = "cannot differ from the pilot's, as production goes on with it; drop it"
        raise StudyError(Problem(scenario.name, f"pilot.production.changes: {fixed[0]}", rule))
    weeks, further = int(scenario.weeks), int(production.weeks)
    begins = datetime.combine(scenario.start, time()) + timedelta(weeks=weeks)
    surge = {
        "name": NAME, "start": begins.isoformat(" "), "end": (begins + timedelta(weeks=further)).isoformat(" "),
        "multiplier": float(production.volume),
    }  # fmt: skip
    drift = {
        "name": NAME, "from_week": weeks + 1, "log_odds": float(production.drift_log_odds),
        "per_week": float(production.drift_per_week),
    }  # fmt: skip
    told = scenario.model_dump(mode="json")
    changes: dict[str, Any] = {
        "weeks": weeks + further,
        "pilot.weeks": weeks,
        "pilot.production": None,
        "arrivals.surges": [*told["arrivals"]["surges"], surge],
        "ai.drift": [*told["ai"]["drift"], drift],
    }
    if (learning := scenario.ai.learning) is not None:
        changes["ai.learning.supervised_weeks"] = min(weeks, int(learning.supervised_weeks or weeks))
        changes["ai.learning.reviews_afterwards"] = float(production.reviews_per_week)
    try:
        return override(scenario, {**changes, **dict(production.changes)})
    except ScenarioError as error:
        raise ScenarioError(
            [Problem(scenario.name, f"pilot.production: {found.path}", found.message) for found in error.problems]
        ) from None
