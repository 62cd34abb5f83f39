"""What follows from a pilot: what reviews teach the AI by week, and its last rules carried on to production."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np

from simulator.base.errors import Problem, ScenarioError, StudyError
from simulator.journeys.ai_stage import taught_by
from simulator.journeys.judgement import learned, reviews_before, skill_gain
from simulator.scenario import Production, Scenario, override
from simulator.tickets import draw_tickets

NAME = "production"
_FIXED = ("start", "weeks", "warm_up", "pilot")
"""Parts that say what run it is that production goes on with."""


def carried(scenario: Scenario, production: Production) -> Scenario:
    """Return the scenario with production after its last week; raise SimulatorError where that cannot be."""
    assert scenario.ai is not None
    if scenario.arrivals.replay is not None:
        rule = "cannot be projected from replayed arrivals; give arrivals.per_week instead"
        raise StudyError(Problem(scenario.name, "pilot.production", rule))
    if fixed := [path for path in production.changes if re.split(r"[.\[]", path)[0] in _FIXED]:
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


# -- what reviews teach the ai, week by week --------------------------------------------------------------------------


MOST_OF_IT = 0.8


@dataclass(frozen=True)
class Skill:
    """How good the AI is in one week, relative to its start; replication 0."""

    week: int
    phases: tuple[str, ...]
    """Phases in force on some day of the week."""
    reviewed: float
    """Tickets reviewed before the week."""
    learned: float
    """Log-odds of being right gained from them."""
    drift: float
    """Change of the log-odds that is nobody's work, mean over the week's tickets."""


def skill_by_week(scenario: Scenario, seed: int) -> list[Skill]:
    """Follow the AI's skill through the weeks."""
    ai = scenario.ai
    assert ai is not None
    tickets, weeks = draw_tickets(scenario, seed, 0), int(scenario.weeks)
    drafted, automatic = taught_by(scenario, tickets)
    reviewed, gained = np.zeros(weeks), np.zeros(weeks)
    if ai.learning is not None:
        counted = reviews_before(ai.learning, tickets, drafted, automatic)
        # Weeks after the last ticket have none; what was reviewed before them is what was reviewed by then.
        reviewed = np.pad(counted, (0, max(0, weeks - len(counted))), mode="edge")[:weeks]
        gained = learned(ai.learning, reviewed)
    right, _ = skill_gain(scenario, ai, tickets, drafted, automatic)
    rows = []
    for week in range(1, weeks + 1):
        here = tickets.week == week
        # Rounded, as a difference of equal sums may leave a trace; adding 0 turns −0 into 0.
        change = round(float(right[here].mean() - gained[week - 1]), 9) + 0.0 if here.any() else 0.0
        rows.append(Skill(week, phases_in(scenario, week), float(reviewed[week - 1]), float(gained[week - 1]), change))
    return rows


def reviews_for_most(scenario: Scenario) -> float | None:
    """Count the reviews that teach MOST_OF_IT of what can be learned; None where nothing is."""
    learning = scenario.ai.learning if scenario.ai is not None else None
    if learning is None or not learning.ceiling or not learning.per_review:
        return None
    return -math.log(1 - MOST_OF_IT) / float(learning.per_review)


def phases_in(scenario: Scenario, week: int) -> tuple[str, ...]:
    """Name the phases in force on some day of a week, in order."""
    return tuple(scenario.policy.phases[number - 1].name for number in phase_numbers(scenario, week) if number)


def phase_numbers(scenario: Scenario, week: int) -> tuple[int, ...]:
    """Number the phases in force on some day of a week, in order; 0 is what holds before the first."""
    first, end = (week - 1) * 7, week * 7
    begins = [(int(phase.from_week) - 1) * 7 + int(phase.from_day) - 1 for phase in scenario.policy.phases]
    at_start = sum(begin <= first for begin in begins)
    return (at_start, *(number for number, begin in enumerate(begins, start=1) if first < begin < end))
