"""What staffing says in words: the sentence for the slide, what it rests on, and what to beware of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.base.calendars import WEEKS_PER_MONTH
from simulator.base.stats import Estimate
from simulator.base.text import clean, listed, short
from simulator.base.units import format_value
from simulator.report.words import weeks_of
from simulator.studies.staff import posts as rosters
from simulator.studies.staff.rule import RosterVerdict
from simulator.studies.staff.staffing import StaffedArm, Staffing

KEEPS = "meets the targets"
_MEETS = "meets the targets as well"
_MISSES = "misses"
_UNSHOWN = "meets on average, not with the stated confidence"
_NOBODY = "nobody rostered"
_BUSY = 0.95
"""Occupancy of a team from which the page warns: nobody works like that for long."""


def question(found: Staffing) -> str:
    """Ask what was asked."""
    limit = next((one.most for one in found.with_ai.rule.criteria if one.target is None), None)
    teams = "" if limit is None else f", with no team more than {100 * limit:g}% occupied"
    return f"What is the cheapest roster that keeps {wanted(found)}{teams}?"


def wanted(found: Staffing) -> str:
    """Name the user's targets."""
    words = [
        criterion.words(found.currency)
        for criterion in found.with_ai.rule.criteria
        if criterion.target is not None and not (criterion.target.kpi == "open_at_end" and found.open_bound is not None)
    ]
    return listed(words)


def answer(found: Staffing) -> str:
    """Return the sentence for the slide."""
    here, there = found.with_ai, found.without
    sure = f"{100 * here.rule.confidence:g} % confidence"
    meets = f"meet {wanted(found)} with {sure}" if here.is_confirmed else f"are the best found for {wanted(found)}"
    who = f"With the AI {size(here)}" if found.scenario.ai is not None else size(here)
    text = f"{who} {meets}"
    if there is None:
        return f"{text[0].upper()}{text[1:]}; {cost_words(found, here.cost_per_month)}."
    saved = found.cash_per_month or 0.0
    more = "" if there.is_confirmed else " (not shown with that confidence)"
    kind = "cash" if found.has_costs else "of rostered time"
    less = f"{cost_words(found, abs(saved))} {kind} {'saved' if saved >= 0 else 'more'}"
    capacity = found.capacity_per_month
    worth = "" if capacity is None else _month(found, capacity.mean)
    beside = f"; the work it takes off people is worth {worth} (capacity)" if worth else ""
    return f"{text}, without it {size(there)}{more}: {less}{beside}."


def size(arm: StaffedArm) -> str:
    """Write a roster's size: `41 agents (1,640 h a week)`, hours alone where shifts have numbers by period."""
    hours = f"{arm.hours_per_week:,.0f} h a week"
    if any(post.period is not None for post in arm.posts):
        return f"{hours} of agents"
    return f"{arm.agents:,} agent{'s' if arm.agents != 1 else ''} ({hours})"


def cost_words(found: Staffing, amount: float) -> str:
    """Write a cost by month, in hours where the scenario states no costs."""
    return _month(found, amount) if found.has_costs else f"{format_value('hours', amount)} a month"


def _month(found: Staffing, amount: float) -> str:
    return f"{format_value('money', amount, found.currency)} a month"


def sentences(found: Staffing) -> list[str]:
    """Return the two savings apart, and how the rosters did on fresh customers."""
    return [*_savings(found), *(_fresh(found, arm) for arm in found.arms), _today(found)]


def _savings(found: Staffing) -> Iterator[str]:
    if found.without is None:
        return
    fewer = (found.without.hours_per_week - found.with_ai.hours_per_week) * WEEKS_PER_MONTH
    saved = found.cash_per_month or 0.0
    hours = f"{abs(fewer):,.0f} rostered hours a month {'fewer' if fewer >= 0 else 'more'}"
    worth = f", {_month(found, saved)}" if found.has_costs else ""
    yield f"Cash: {hours} with the AI than without{worth}. It is saved once shifts change, not before."
    worked = found.hours_saved_per_month
    if worked is not None:
        capacity = found.capacity_per_month
        value = f", worth {_interval(found, capacity)}" if capacity is not None else ""
        yield (
            f"Capacity: {60 * worked.mean:,.0f} minutes of work a month ({worked.mean:,.0f} h) that people no longer do"
            f"{value}. It is there whether shifts change or not; cash and capacity are two views of one saving, never a"
            " sum."
        )
    if found.ai_per_month is not None:
        bill = _interval(found, found.ai_per_month)
        yield f"The AI itself costs {bill}; that is taken off neither figure, and set-up comes on top."


def _interval(found: Staffing, one: Estimate) -> str:
    low, high = (format_value("money", value, found.currency) for value in (one.low, one.high))
    return f"{_month(found, one.mean)} [{low}, {high}]"


def _fresh(found: Staffing, arm: StaffedArm) -> str:
    figures = [
        f"{criterion.words(found.currency)}: {criterion.written(float(value), found.currency)}"
        for criterion, value in zip(arm.rule.criteria, arm.fresh_verdict.values, strict=True)
        if not (criterion.target is not None and criterion.target.kpi == "open_at_end" and found.open_bound is not None)
    ]
    name = "" if found.scenario.ai is None else f"{arm.name[0].upper()}{arm.name[1:]}, "
    of = f"{len(arm.fresh)} fresh replications ({weeks_of(arm.fresh)} each)"
    text = f"{name}on {of}: {'; '.join(figures)}."
    return f"{text[0].upper()}{text[1:]} {100 * arm.fresh_verdict.share:.0f} % of them keep every bound by themselves."


def _today(found: Staffing) -> str:
    told = []
    for arm in found.arms:
        costs = cost_words(found, rosters.cost(arm.posts, rosters.today(arm.posts)) / rosters.months(arm.scenario))
        does = "meets the targets" if arm.today.meets else (
            "meets them on average, not with that confidence" if arm.today.meets_on_average else "misses them"
        )  # fmt: skip
        name = "" if found.scenario.ai is None else f"{arm.name} "
        told.append(f"{name}{does} ({costs})")
    return f"Today's roster {' and '.join(told)}."


def how_sure(found: Staffing) -> str:
    """Return what the confidence means, what the certificate shows, and what is not proved."""
    arm = found.with_ai
    sure = f"{100 * arm.rule.confidence:g} %"
    posts = sum(count > 0 for one in found.arms for count in one.heads)
    meets = sum(
        verdict is not None and verdict_words(verdict) == _MEETS for one in found.arms for verdict in one.found.fewer
    )
    spare = "none meets the targets so surely" if not meets else f"{meets} of them meet the targets as well"
    if unshown := sum(
        one is not None and verdict_words(one) == _UNSHOWN for arm in found.arms for one in arm.found.fewer
    ):
        spare += f" ({unshown} would on average)"
    judged = listed(list(dict.fromkeys(str(one.rule.replications) for one in found.arms)))
    tried = sum(one.tried for one in found.arms)
    return (
        f"“With {sure} confidence” means: the one-sided {sure} lower bound of the mean room left is not negative, for"
        " each target, on fresh replications that the search never saw; looking several times is allowed for. Each of"
        f" the {posts} shifts staffed was simulated with one agent fewer, on the {judged} replications of the search"
        f" and by the same rule: {spare} (certificate). {tried:,} rosters were simulated; exchanges between shifts were"
        " tried, but that no other roster is cheaper is not proved. Uncertain inputs are taken at their values."
    )


def verdict_words(verdict: RosterVerdict | None) -> str:
    """Say in a few words how a roster with one agent fewer did."""
    if verdict is None:
        return _NOBODY
    if verdict.meets:
        return _MEETS
    return _UNSHOWN if verdict.meets_on_average else _MISSES


def warnings(found: Staffing) -> list[str]:
    """List what the reader should know before using the roster."""
    return [clean(text) for text in _warnings(found)]


def _warnings(found: Staffing) -> Iterator[str]:
    for arm in found.arms:
        if not arm.is_confirmed:
            yield (
                f"{arm.name}: fresh replications do not show that the targets are met with the stated confidence; the"
                " roster is the best found, so raise --replications or add agents"
            )
        yield from _busy_teams(arm)
    if found.scenario.ai is not None and found.without is None:
        yield f"no roster without the AI: {found.why_not_without}"
    for target in found.dropped:
        yield f"{target} means nothing without the AI, so the roster without it keeps the other targets only"
    phases = found.scenario.policy.phases
    if found.phase is None and len(phases) > 1:
        yield (
            f"rosters are for the scenario's {weeks_of(found.with_ai.fresh)} as a whole, through its {len(phases)}"
            " phases; --phase last staffs for the desk as decided"
        )
    if not found.has_costs:
        yield "the scenario states no costs, so rosters have the fewest agent hours, and savings are in hours"
    if found.open_bound is not None:
        bound = format_value("share", found.open_bound)
        yield (
            f"a guard of staffing's own: at most {bound} of tickets left open at the end, so that no queue is left to"
            " itself; --target open_at_end<=VALUE replaces it"
        )
    yield from _breaks(found)


def _busy_teams(arm: StaffedArm) -> Iterator[str]:
    load = arm.seen.load()
    duty = load.on_duty.sum(axis=1)
    shares = np.where(duty > 0, load.busy.sum(axis=1) / np.maximum(duty, 1e-9), 0.0)
    teams = zip(arm.scenario.teams, shares, strict=True)
    busy = [f"{short(team)} {100 * share:.0f} %" for team, share in teams if share > _BUSY]
    if busy:
        bound = "--max-occupancy 85% bounds that"
        yield f"{arm.name}: people would work nearly all of their time ({', '.join(busy)}); {bound}"


def _breaks(found: Staffing) -> Iterator[str]:
    arm = found.with_ai
    told = []
    for post, count in zip(arm.posts, arm.heads, strict=True):
        if post.shift is None or count == post.today:
            continue
        for pause in arm.scenario.teams[post.team].shifts[post.shift].breaks:
            if pause.agents is not None:
                told.append(f"{int(pause.agents)} of {count} ({post.name})")
    if told:
        yield f"breaks are as written, with the same number of agents away at once: {', '.join(dict.fromkeys(told))}"
