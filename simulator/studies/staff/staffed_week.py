"""A desk's week as it is staffed: agents required, rostered, on duty and at work, hour by hour, within a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.calendars import WEEK_HOURS
from simulator.rosters import build_rosters
from simulator.scenario import Scenario, opening_empty, override
from simulator.studies.running.results import Replications
from simulator.studies.staff.posts import QUARTERS, all_present, bare_posts
from simulator.studies.staff.requirement import Draw, required_of, somebody_everywhere
from simulator.studies.targets import Target
from simulator.tickets import draw_tickets


@dataclass(frozen=True, eq=False)
class TeamWeek:
    """One team's agents by hour of the week; arrays of shape (168,)."""

    team: str
    required: Floats
    """What Erlang's queues ask for on duty, each hour by itself."""
    rostered: Floats
    """Paid."""
    on_duty: Floats
    """Rostered, with breaks, shrinkage and absence taken off."""
    at_work: Floats
    """Simulated."""


def required_agents(
    scenario: Scenario, targets: Sequence[Target], occupancy: float | None, seed: int, draw: Draw = draw_tickets
) -> dict[str, Floats]:
    """Return the agents that each team must have on duty by hour of the week; shape (168,).

    `draw` gives a replication's customers, who do not depend on rosters.
    """
    desk = somebody_everywhere(scenario, bare_posts(scenario))
    found = required_of(desk, _rostered_quarters(desk, seed), targets, occupancy, seed, draw)
    return {one.team: one.needed for one in found}


def weeks_of_teams(study: Replications, required: dict[str, Floats]) -> tuple[TeamWeek, ...]:
    """Put a desk's week together, teams in scenario order."""
    load = study.load()
    minutes = 60 * np.maximum(load.hours, 1)
    rostered = _rostered_quarters(opening_empty(study.scenario), study.seed)
    return tuple(
        TeamWeek(
            team, required.get(team, np.zeros(WEEK_HOURS)), rostered[team].reshape(WEEK_HOURS, -1).mean(axis=1),
            load.on_duty[number] / minutes, load.busy[number] / minutes,
        )
        for number, team in enumerate(study.scenario.teams)
    )  # fmt: skip


def _rostered_quarters(scenario: Scenario, seed: int) -> dict[str, Floats]:
    """Return each team's mean agents rostered by quarter of an hour of the week; shape (672,)."""
    full = override(scenario, all_present(scenario))
    slots = full.wall.slots(full.horizon_minutes)
    quarter = slots.weekday * 96 + slots.quarter
    edges = np.append(slots.start, slots.until)
    minutes = np.maximum(np.bincount(quarter, slots.minutes, minlength=QUARTERS), 1e-9)
    found: dict[str, Floats] = {}
    for roster in build_rosters(full, seed, 0):
        if roster.name in full.teams:
            duty = np.bincount(quarter, roster.on_duty_minutes(edges), minlength=QUARTERS)
            found[roster.name] = np.asarray(duty / minutes, dtype=float)
    return found
