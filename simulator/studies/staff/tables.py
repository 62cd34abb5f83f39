"""What staffing writes beside its page: rosters, hours, certificate and figures as CSV, a what-if, a manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.calendars import WEEK_HOURS
from simulator.studies.run.offered_load import hour_name
from simulator.studies.run.outputs import study_manifest, write_csv
from simulator.studies.running.results import summarise
from simulator.studies.staff import posts as rosters
from simulator.studies.staff.rule import Rule, Verdict
from simulator.studies.staff.staffing import Arm, Staffing

if TYPE_CHECKING:
    import pandas as pd

MEETS = "meets the targets as well"
KEEPS = "meets the targets"
MISSES = "misses"
UNSHOWN = "meets on average, not with the stated confidence"
NOBODY = "nobody rostered"


def write_tables(found: Staffing, folder: Path, scenario_name: str) -> None:
    """Write roster.csv, hours.csv, certificate.csv, summary.csv, recommended.yaml and manifest.json."""
    write_csv(roster_table(found), folder / "roster.csv")
    write_csv(hours_table(found), folder / "hours.csv")
    write_csv(certificate_table(found), folder / "certificate.csv")
    write_csv(summary_table(found), folder / "summary.csv")
    if text := what_if(found, scenario_name):
        (folder / "recommended.yaml").write_text(text, encoding="utf-8")
    described = json.dumps(manifest(found), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "manifest.json").write_text(described + "\n", encoding="utf-8")


def column(arm: Arm) -> str:
    """Name an arm in a table's columns."""
    return arm.name.replace("the AI", "ai").replace(" ", "_")


def roster_table(found: Staffing) -> pd.DataFrame:
    """Return one row per post: team, hours, agents today and as found in each arm, and what one agent there costs.

    Posts are those of the arm with the AI; where the scenario's `baseline` has another shift pattern, its own posts
    follow.
    """
    import pandas as pd

    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for arm in found.arms:
        for post, count in zip(arm.posts, arm.heads, strict=True):
            line = lines.setdefault((post.team, post.words), {"team": post.team, "shift": post.words})
            line |= {f"today_{column(arm)}": post.today, column(arm): count}
            line |= {"paid_hours_per_agent_week": post.hours / float(arm.scenario.weeks)}
            if found.has_costs:
                line["cost_per_agent_month"] = post.cost / rosters.months(arm.scenario)
            line["path"] = post.path
    return pd.DataFrame(list(lines.values()))


def hours_table(found: Staffing) -> pd.DataFrame:
    """Return one row per team and hour of the week: agents required, rostered, on duty and at work in each arm.

    `required` is what Erlang's queues ask for (on duty); `rostered` are paid; `on_duty` has breaks, shrinkage and
    absence taken off, means over the weeks; `at_work` is simulated.
    """
    import pandas as pd

    tables = []
    for team in found.with_ai.scenario.teams:
        columns: dict[str, Any] = {
            "team": team, "hour_of_week": range(WEEK_HOURS), "hour": [hour_name(hour) for hour in range(WEEK_HOURS)],
        }  # fmt: skip
        for arm in found.arms:
            for name, values in team_hours(arm, team).items():
                columns[f"{name}_{column(arm)}"] = values
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def team_hours(arm: Arm, team: str) -> dict[str, Floats]:
    """Return a team's agents by hour of the week: required, rostered, on duty, at work; each of shape (168,)."""
    required = next((one for one in arm.required if one.team == team), None)
    load, number = arm.seen.load(), list(arm.scenario.teams).index(team)
    return {
        "required": np.zeros(WEEK_HOURS) if required is None else required.needed,
        "rostered": rosters.by_hour(arm.posts, arm.heads, team, rostered=True),
        "on_duty": rosters.by_hour(arm.posts, arm.heads, team),
        "at_work": load.busy[number] / (60 * np.maximum(load.hours, 1)),
    }


def verdict_words(verdict: Verdict | None) -> str:
    """Say in a few words how a roster did."""
    if verdict is None:
        return NOBODY
    if verdict.meets:
        return MEETS
    return UNSHOWN if verdict.meets_on_average else MISSES


def certificate_table(found: Staffing) -> pd.DataFrame:
    """Give, for each arm and post, how the roster with one agent fewer there does by the same rule and replications.

    `value` is the mean of the figure whose bound decides, `room_low` the one-sided lower bound of the room left.
    """
    import pandas as pd

    rows = [row for arm in found.arms for row in _certified(arm, found.currency)]
    columns = ["arm", "team", "shift", "agents", "tried_with", "decided_by", "value", "room", "room_low"]
    return pd.DataFrame(rows, columns=[*columns, "replications", "verdict"])


def _certified(arm: Arm, currency: str) -> Iterator[tuple[Any, ...]]:
    def row(verdict: Verdict | None, told: str, *place: Any) -> tuple[Any, ...]:
        if verdict is None:
            return (arm.name, *place, "", np.nan, np.nan, np.nan, 0, told)
        tightest = decisive(arm.rule, verdict)
        figures = (verdict.values[tightest], verdict.room[tightest], verdict.low[tightest])
        words = arm.rule.criteria[tightest].words(currency)
        return (arm.name, *place, words, *(_known(value) for value in figures), verdict.replications, told)

    yield row(arm.found.verdict, KEEPS, "all", "as recommended", arm.agents, arm.agents)
    for post, count, verdict in zip(arm.posts, arm.heads, arm.found.fewer, strict=True):
        yield row(verdict, verdict_words(verdict), post.team, post.words, count, max(count - 1, 0))


def decisive(rule: Rule, verdict: Verdict) -> int:
    """Return the criterion with the least room, each measured by its own size."""
    scales = np.array([criterion.scale for criterion in rule.criteria])
    user = len(rule.criteria) if verdict.low.min() < 0 else max(1, sum(_is_users(one.target) for one in rule.criteria))
    return int(np.argmin((verdict.low / scales)[:user]))


def _is_users(target: Any) -> bool:
    return target is None or target.kpi != "open_at_end"


def _known(value: float) -> float:
    return float(value) if np.isfinite(value) else float("nan")


def summary_table(found: Staffing) -> pd.DataFrame:
    """Return every KPI of each arm's roster on fresh replications: arm, kpi, unit, mean, interval, replications."""
    import pandas as pd

    tables = [summarise(arm.fresh).assign(arm=arm.name) for arm in found.arms]
    table = pd.concat(tables, ignore_index=True)
    return table[["arm", *(name for name in table.columns if name != "arm")]]


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
