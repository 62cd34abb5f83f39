"""The page of staffing: answer, savings, charts and tables."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.base.text import clean, short
from simulator.base.units import format_value
from simulator.report.finding import Drawn
from simulator.report.render.sheet import Cell, Sheet
from simulator.report.staff import charts, sentences
from simulator.report.staff.sentences import cost_words
from simulator.report.study_frame import Charts, Page, each_drawn, made_of
from simulator.studies.staff import posts as rosters
from simulator.studies.staff.staffing import Arm, Staffing
from simulator.studies.staff.tables import KEEPS, decisive, verdict_words


def page_of(found: Staffing) -> Page:
    """Put together the page."""
    arm = found.with_ai
    kpis = [criterion.target.kpi for criterion in arm.rule.criteria if criterion.target is not None]
    if any(criterion.target is None for criterion in arm.rule.criteria):
        kpis.append("occupancy")
    made = made_of(arm.fresh, [one.variant for one in found.arms])
    seen = {one.name: f"{one.rule.replications} in the search, {len(one.fresh)} fresh" for one in found.arms}
    made |= {"Variants": f"{sum(one.tried for one in found.arms):,} rosters"}
    made |= {"Replications": "; ".join(f"{name}: {text}" for name, text in seen.items())}
    return Page(
        kicker="ticketflow staff",
        scenario=found.scenario,
        question=sentences.question(found),
        answer=sentences.answer(found),
        sentences=sentences.sentences(found),
        how_sure=sentences.how_sure(found),
        runs=f"{made['Variants']}; {made['Replications']} replications; seed {made['Seed']}",
        baseline="today's roster" if found.without is None else "today's roster, and the least roster without the AI",
        warnings=sentences.warnings(found),
        charts=Charts(charts_of(found)),
        sheets=[_roster_table(found), _cost_table(found), *(_certificate_table(found, one) for one in found.arms)],
        kpis=list(dict.fromkeys(kpis)),
        made=made,
    )


def charts_of(found: Staffing) -> Iterator[Drawn]:
    """Draw the charts."""
    return each_drawn(found, (
        ("hours", charts.hours, charts.describe_hours),
        ("costs", charts.costs, charts.describe_costs),
        ("certificate", charts.certificate, charts.describe_certificate),
    ))  # fmt: skip


def _roster_table(found: Staffing) -> Sheet:
    """Return agents by post: today, needed without the AI, needed with it."""
    shown = [arm for arm in (found.without, found.with_ai) if arm is not None]
    lines: dict[str, dict[str, int]] = {}
    for arm in shown:
        for post, count in zip(arm.posts, arm.heads, strict=True):
            line = lines.setdefault(clean(post.name), {})
            line[f"today {arm.name}"] = post.today
            line[arm.name] = count
    before = [f"today {arm.name}" for arm in shown]
    if all(len({line[name] for name in before if name in line}) == 1 for line in lines.values()):
        before = before[:1]
        for line in lines.values():
            line[before[0]] = next(count for name, count in line.items() if name.startswith("today"))
    columns = (*before, *(arm.name for arm in shown))
    rows = [
        (name, tuple(_count(line[column]) if column in line else Cell("–") for column in columns))
        for name, line in lines.items()
    ]
    heads = {"with the AI": "Needed with AI", "without the AI": "Needed without AI", "as it is": "Needed"}
    heads |= {before[0]: "Today"} if len(before) == 1 else {
        "today without the AI": "Today, without AI", "today with the AI": "As written, with AI"
    }  # fmt: skip
    return Sheet("Agents by team and shift", "Team and shift", tuple(heads[column] for column in columns), tuple(rows))


def _count(number: float) -> Cell:
    return Cell(f"{number:,.0f}", number=number)


def _cost_table(found: Staffing) -> Sheet:
    """Return hours and cost of today's and both needed rosters."""
    rows = []
    reference = found.without or found.with_ai
    weeks = float(reference.scenario.weeks)
    now = rosters.today(reference.posts)
    now_hours = rosters.hours(reference.posts, now) / weeks
    rows.append(("Today", (_count(sum(now)), _count(now_hours), _cost(found, found.today_per_month))))
    for arm in reversed(found.arms):
        name = "Needed" if found.scenario.ai is None else f"Needed {arm.name}"
        cells = _count(arm.agents), _count(arm.hours_per_week), _cost(found, arm.cost_per_month)
        rows.append((name, cells))
    if found.cash_per_month is not None:
        saved = _cost(found, found.cash_per_month)
        rows.append(("Cash saving (the difference of the two)", (Cell(""), Cell(""), saved)))
    if found.capacity_per_month is not None and found.hours_saved_per_month is not None:
        capacity = found.capacity_per_month
        low, high = (format_value("money", value, found.currency) for value in (capacity.low, capacity.high))
        worth = Cell(cost_words(found, capacity.mean), f"{low} to {high}")
        hours = Cell(f"{found.hours_saved_per_month.mean * 12 / 52:,.0f} of work")
        rows.append(("Capacity saving (work that people no longer do)", (Cell(""), hours, worth)))
    return Sheet("What it costs", "Roster", ("Agents, all shifts", "Hours a week", "Cost"), tuple(rows), sorts="none")


def _cost(found: Staffing, per_month: float) -> Cell:
    return Cell(cost_words(found, per_month), number=per_month)


def _certificate_table(found: Staffing, arm: Arm) -> Sheet:
    """Return what one agent fewer at each post does."""
    rows = []
    whole = decisive(arm.rule, arm.found.verdict)
    for name, verdict in [("as recommended", arm.found.verdict), *(
        (f"{post.name}: {max(count - 1, 0)} instead of {count}" if count else f"{post.name}: nobody", one)
        for post, count, one in zip(arm.posts, arm.heads, arm.found.fewer, strict=True)
    )]:  # fmt: skip
        if verdict is None:
            rows.append((clean(name), (Cell("–"), Cell("–"), Cell(verdict_words(None)))))
            continue
        tightest = decisive(arm.rule, verdict) if verdict is not arm.found.verdict else whole
        criterion = arm.rule.criteria[tightest]
        told = KEEPS if verdict is arm.found.verdict else verdict_words(verdict)
        value = criterion.written(float(verdict.values[tightest]), found.currency)
        rows.append((clean(name), (Cell(value), Cell(criterion.words(found.currency)), Cell(told))))
    title = f"Certificate: one agent fewer, by the {arm.found.verdict.replications} replications of the search"
    title += "" if found.scenario.ai is None else f" ({short(arm.name)})"
    return Sheet(title, "Roster", ("Found", "Decided by", "Verdict"), tuple(rows), sorts="names")
