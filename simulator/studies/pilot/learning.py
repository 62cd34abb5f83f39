"""What reviews teach the AI, week by week."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulator.journeys.ai_stage import taught_by
from simulator.journeys.skill import learned, reviews_before, skill_gain
from simulator.scenario.model import Scenario
from simulator.tickets import draw_tickets

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
