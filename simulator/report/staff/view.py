"""What staffing has to tell: its findings, and the tables behind them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from simulator.base.calendars import WEEK_HOURS, WEEKS_PER_MONTH
from simulator.base.quantities import known
from simulator.metrics.registry import BY_NAME
from simulator.report.finding import Chart, Finding, Page, made_of
from simulator.report.staff import charts, sentences
from simulator.report.table import Field, Row, Said, Table, Value
from simulator.studies.run.offered_load import hour_name
from simulator.studies.staff import posts as rosters
from simulator.studies.staff.recommendation import manifest, team_hours, what_if
from simulator.studies.staff.rule import RosterVerdict, decisive
from simulator.studies.staff.staffing import StaffedArm, Staffing


def page_of(found: Staffing, scenario: str = "") -> Page:
    """Put together what staffing has to say; `scenario` is the file or name that was asked for."""
    arm = found.with_ai
    kpis = [criterion.target.kpi for criterion in arm.rule.criteria if criterion.target is not None]
    if any(criterion.target is None for criterion in arm.rule.criteria):
        kpis.append("occupancy")
    made = made_of(arm.fresh, [one.variant for one in found.arms])
    seen = {one.name: f"{one.rule.replications} in the search, {len(one.fresh)} fresh" for one in found.arms}
    made |= {"Variants": f"{sum(one.tried for one in found.arms):,} rosters"}
    made |= {"Replications": "; ".join(f"{name}: {text}" for name, text in seen.items())}
    text = what_if(found, scenario or found.scenario.name)
    return Page(
        kicker="ticketflow staff",
        scenario=found.scenario,
        question=sentences.question(found),
        answer=sentences.answer(found),
        findings=_findings(found),
        how_sure=sentences.how_sure(found),
        runs=f"{made['Variants']}; {made['Replications']} replications; seed {made['Seed']}",
        baseline="today's roster" if found.without is None else "today's roster, and the least roster without the AI",
        warnings=sentences.warnings(found),
        kpis=list(dict.fromkeys(kpis)),
        made=made,
        manifest=manifest(found),
        more_tables=lambda: [_hours(found), _summary(found)],
        texts={"recommended.yaml": text} if text else {},
    )


def document(found: Staffing, page: Page, folder: Path) -> dict[str, Any]:
    """Return the rosters as plain data."""
    capacity, hours, ai = found.capacity_per_month, found.hours_saved_per_month, found.ai_per_month
    fewer = None if found.without is None else found.without.hours_per_week - found.with_ai.hours_per_week
    return {
        "scenario": found.scenario.name,
        "seed": found.with_ai.fresh.seed,
        "out": str(folder),
        "targets": list(found.targets),
        "confidence": found.with_ai.rule.confidence,
        "phase": found.phase,
        "answer": page.answer,
        "how_sure": page.how_sure,
        "warnings": list(page.warnings),
        "arms": [_arm(found, arm) for arm in found.arms],
        "why_not_without_ai": found.why_not_without or None,
        "cash_saving_per_month": found.cash_per_month if found.has_costs else None,
        "cash_saving_unit": found.currency if found.has_costs else None,
        "rostered_hours_saved_per_month": None if fewer is None else known(fewer * WEEKS_PER_MONTH),
        "worked_hours_saved_per_month": None if hours is None else known(hours.mean),
        "capacity_saving_per_month": None if capacity is None else known(capacity.mean),
        "ai_cost_per_month": None if ai is None else known(ai.mean),
    }


def _arm(found: Staffing, arm: StaffedArm) -> dict[str, Any]:
    fresh = arm.fresh_verdict
    return {
        "arm": arm.name,
        "agents": arm.agents,
        "hours_per_week": arm.hours_per_week,
        "cost_per_month": arm.cost_per_month if found.has_costs else None,
        "confirmed": arm.is_confirmed,
        "fresh_replications": len(arm.fresh),
        "share_of_replications_meeting_all": fresh.share,
        "criteria": [
            {"criterion": criterion.words(found.currency), "mean": known(float(value)), "room_low": known(float(low))}
            for criterion, value, low in zip(arm.rule.criteria, fresh.values, fresh.low, strict=True)
        ],
        "roster": [
            {"team": post.team, "shift": post.words, "today": post.today, "agents": count,
             "one_fewer": sentences.verdict_words(verdict)}
            for post, count, verdict in zip(arm.posts, arm.heads, arm.found.fewer, strict=True)
        ],
    }  # fmt: skip


def _findings(found: Staffing) -> list[Finding]:
    def chart(key: str, build: charts.Build) -> Chart:
        return Chart(key, partial(build, found), partial(charts.details, found, key))

    return [
        Finding(chart=chart("hours", charts.hours), table=_roster(found)),
        Finding(chart=chart("costs", charts.costs), table=_costs(found)),
        Finding(chart=chart("certificate", charts.certificate), table=_certificate(found)),
        *map(Finding, sentences.sentences(found)),
    ]


def _column(arm: StaffedArm) -> str:
    """Name an arm in a file's columns."""
    return arm.name.replace("the AI", "ai").replace(" ", "_")


def _roster(found: Staffing) -> Table:
    """One row per post: agents today and as found in each arm, and what one agent there costs.

    Posts are those of the arm with the AI; where the scenario's `baseline` has another shift pattern, its own posts
    follow.
    """
    lines: dict[tuple[str, str], dict[str, Value]] = {}
    for arm in found.arms:
        for post, count in zip(arm.posts, arm.heads, strict=True):
            line = lines.setdefault((post.team, post.words), {"team": post.team, "shift": Said(post.words, post.name)})
            line |= {f"today_{_column(arm)}": post.today, _column(arm): count, "path": post.path}
            line["paid_hours_per_agent_week"] = post.hours / float(arm.scenario.weeks)
            if found.has_costs:
                line["cost_per_agent_month"] = post.cost / rosters.months(arm.scenario)
    staffed = [_column(arm) for arm in found.arms if arm.posts]
    today = [f"today_{name}" for name in staffed]
    is_same = all(len({line[name] for name in today if name in line}) == 1 for line in lines.values())
    heads = {"with_ai": "Needed with AI", "without_ai": "Needed without AI", "as_it_is": "Needed"}
    written = {"today_with_ai": "As written, with AI", "today_without_ai": "Today, without AI"}

    def counts(name: str) -> list[Field]:
        is_shown = not is_same or name == staffed[0]
        return [
            Field(f"today_{name}", "Today" if is_same else written[f"today_{name}"], "count",
                  where="everywhere" if is_shown else "files"),
            Field(name, heads[name], "count"),
        ]  # fmt: skip

    fields = [Field("team", where="files"), Field("shift", "Team and shift"), *counts(staffed[0])]
    fields.append(Field("paid_hours_per_agent_week", where="files"))
    if found.has_costs:
        fields.append(Field("cost_per_agent_month", where="files"))
    fields.append(Field("path", where="files"))
    for name in staffed[1:]:
        fields += counts(name)
    for line in lines.values():
        if is_same and today[0] not in line:
            # A post of the other arm alone: files leave the first arm's cell empty, pages show today's number.
            line[today[0]] = Said(None, str(next(line[name] for name in today if name in line)))
    rows = [tuple(line.get(field.key) for field in fields) for line in lines.values()]
    return Table("roster", "Agents by team and shift", fields, rows)


def _costs(found: Staffing) -> Table:
    """Hours and cost of today's and the needed rosters, and the savings."""
    reference = found.without or found.with_ai
    now = rosters.today(reference.posts)
    hours = rosters.hours(reference.posts, now) / float(reference.scenario.weeks)

    def cost(per_month: float) -> Said:
        return Said(per_month, sentences.cost_words(found, per_month))

    rows: list[Row] = [("Today", sum(now), hours, cost(found.today_per_month))]
    for arm in reversed(found.arms):
        name = "Needed" if found.scenario.ai is None else f"Needed {arm.name}"
        rows.append((name, arm.agents, arm.hours_per_week, cost(arm.cost_per_month)))
    if found.cash_per_month is not None:
        rows.append(("Cash saving (the difference of the two)", "", "", cost(found.cash_per_month)))
    if found.capacity_per_month is not None and found.hours_saved_per_month is not None:
        worked = found.hours_saved_per_month.mean / WEEKS_PER_MONTH
        worth = Said(found.capacity_per_month, sentences.cost_words(found, found.capacity_per_month.mean))
        work = Said(worked, f"{worked:,.0f} of work")
        rows.append(("Capacity saving (work that people no longer do)", "", work, worth))
    fields = [
        Field("roster", "Roster"), Field("agents", "Agents, all shifts", "count"),
        Field("hours", "Hours a week", "count"), Field("cost", "Cost", "money"),
    ]  # fmt: skip
    return Table("", "What it costs", fields, rows, found.currency, is_sorted=False)


def _certificate(found: Staffing) -> Table:
    """For each arm and post, how the roster with one agent fewer there does by the same rule and replications.

    `value` is the mean of the figure whose bound decides, `room_low` the one-sided lower bound of the room left.
    """
    fields = [
        Field("arm", "Desk", where="everywhere" if len(found.arms) > 1 else "files"), Field("team", where="files"),
        Field("shift", "Roster"), Field("agents", where="files"), Field("tried_with", where="files"),
        Field("decided_by", where="files"), Field("value", "Found"),
        Field("bound", "Decided by", where="pages"), Field("room", where="files"), Field("room_low", where="files"),
        Field("replications", where="files"), Field("verdict", "RosterVerdict"),
    ]  # fmt: skip
    rows = [row for arm in found.arms for row in _certified(arm, found.currency)]
    counts = sorted({arm.found.verdict.replications for arm in found.arms})
    judged = " and ".join(map(str, counts))
    title = f"Certificate: one agent fewer, by the {judged} replications of the search"
    return Table("certificate", title, fields, rows)


def _certified(arm: StaffedArm, currency: str) -> Iterator[Row]:
    def row(verdict: RosterVerdict | None, told: str, *place: Value) -> Row:
        if verdict is None:
            return (arm.name, *place, "", Said(float("nan"), "–"), "–", float("nan"), float("nan"), 0, told)
        tightest = decisive(arm.rule, verdict)
        criterion, value = arm.rule.criteria[tightest], float(verdict.values[tightest])
        room, low = (_finite(float(column[tightest])) for column in (verdict.room, verdict.low))
        words = criterion.words(currency)
        return (arm.name, *place, words, Said(_finite(value), criterion.written(value, currency)), words, room, low,
                verdict.replications, told)  # fmt: skip

    yield row(arm.found.verdict, sentences.KEEPS, "all", "as recommended", arm.agents, arm.agents)
    for post, count, verdict in zip(arm.posts, arm.heads, arm.found.fewer, strict=True):
        left = max(count - 1, 0)
        fewer = f"{post.name}: {left} instead of {count}" if count else f"{post.name}: nobody"
        yield row(verdict, sentences.verdict_words(verdict), post.team, Said(post.words, fewer), count, left)


def _finite(value: float) -> float:
    return value if np.isfinite(value) else float("nan")


# -- tables that only files hold -------------------------------------------------------------------------------------


def _hours(found: Staffing) -> Table:
    """One row per team and hour of the week: agents required, rostered, on duty and at work in each arm.

    `required` is what Erlang's queues ask for (on duty); `rostered` are paid; `on_duty` has breaks, shrinkage and
    absence taken off, means over the weeks; `at_work` is simulated.
    """
    rows: list[Row] = []
    columns: dict[str, list[float]] = {}
    for team in found.with_ai.scenario.teams:
        columns = {
            f"{name}_{_column(arm)}": values.tolist()
            for arm in found.arms for name, values in team_hours(arm, team).items()
        }  # fmt: skip
        for hour in range(WEEK_HOURS):
            rows.append((team, hour, hour_name(hour), *(column[hour] for column in columns.values())))
    return Table("hours", "", [Field(name) for name in ("team", "hour_of_week", "hour", *columns)], rows)


def _summary(found: Staffing) -> Table:
    """Every KPI of each arm's roster on fresh replications."""
    fields = [Field("arm"), Field("kpi"), Field("unit"), Field("mean", bounds=("ci_low", "ci_high")),
              Field("replications")]  # fmt: skip
    rows: list[Row] = []
    for arm in found.arms:
        for kpi in arm.fresh.kpi_names:
            level = arm.fresh.estimate(kpi)
            rows.append((arm.name, kpi, BY_NAME[kpi].unit, level, level.replications))
    return Table("summary", "", fields, rows)
