"""The rosters that staffing recommends: agents by hour, as a what-if, and how they were found."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.calendars import WEEK_HOURS
from simulator.studies.run.outputs import study_manifest
from simulator.studies.staff import posts as rosters
from simulator.studies.staff.staffing import StaffedArm, Staffing


def team_hours(arm: StaffedArm, team: str) -> dict[str, Floats]:
    """Return a team's agents by hour of the week: required, rostered, on duty, at work; each of shape (168,)."""
    required = next((one for one in arm.required if one.team == team), None)
    load, number = arm.seen.load(), list(arm.scenario.teams).index(team)
    return {
        "required": np.zeros(WEEK_HOURS) if required is None else required.needed,
        "rostered": rosters.by_hour(arm.posts, arm.heads, team, rostered=True),
        "on_duty": rosters.by_hour(arm.posts, arm.heads, team),
        "at_work": load.busy[number] / (60 * np.maximum(load.hours, 1)),
    }


def what_if(found: Staffing, scenario_name: str) -> str:
    """Write the roster with the AI as a what-if for `compare --variant`; empty where it is today's."""
    arm = found.with_ai
    changed = rosters.as_mapping(arm.posts, arm.heads)
    if not changed:
        return ""
    before = rosters.changes(arm.posts, rosters.today(arm.posts))
    phase = f", with the rules of phase {found.phase} throughout" if found.phase else ""
    described = f"Least-cost head-counts for {', '.join(found.targets)}{phase}."
    lines = [
        f"# ticketflow compare {json.dumps(scenario_name, ensure_ascii=False)} --variant recommended.yaml",
        "name: Recommended roster",
        f"scenario: {json.dumps(scenario_name, ensure_ascii=False)}",
        f"description: {json.dumps(described, ensure_ascii=False)}",
        "changes:",
        *(f"  {json.dumps(path)}: {value}   # {before[path]} today" for path, value in changed.items()),
        "source: found by ticketflow staff",
    ]
    return "\n".join(lines) + "\n"


def manifest(found: Staffing) -> dict[str, Any]:
    """Describe how the rosters were found."""
    arm = found.with_ai
    return {
        **study_manifest(arm.fresh, [one.variant for one in found.arms]),
        "staffed_for": {
            "targets": list(found.targets),
            "criteria": [one.words(found.currency) for one in arm.rule.criteria],
            "confidence": arm.rule.confidence,
            "phase": found.phase,
            "guard_open_at_end": found.open_bound,
        },
        "search_replications": {one.name: one.rule.replications for one in found.arms},
        "fresh_replications": {one.name: [one.fresh.results[0].number, len(one.fresh)] for one in found.arms},
        "rosters_simulated": {one.name: one.tried for one in found.arms},
        "confirmed": {one.name: one.is_confirmed for one in found.arms},
    }
