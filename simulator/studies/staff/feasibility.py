"""What can be staffed for: targets that head-count can move, and that some head-count meets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from simulator.base.arrays import Bools, Floats
from simulator.base.errors import Problem, StudyError, cut
from simulator.base.quantities import parse_share
from simulator.metrics.registry import BY_NAME, MONEY
from simulator.scenario import Scenario
from simulator.studies.staff.posts import Heads, Post, today
from simulator.studies.staff.requirement import Requirement
from simulator.studies.staff.rule import Criterion, RosterVerdict, Rule
from simulator.studies.staff.search import QUICK, Trials
from simulator.studies.targets import Target, parse_targets
from simulator.studies.tune.space import desk_in_phase

_EXAMPLE = '--target "sla_breach<=5%"'
_LEFT_OPEN = 0.001
"""Share of tickets that a roster may leave open at the end, above what ample staff leaves open.

Means and medians of waits know nothing of tickets that nobody ever answers; so a roster could meet them by leaving a
small queue to itself.
"""
_PLENTY = 3
"""How many times the start, today's roster or the largest requirement ample staff is."""
_MOST = 10_000


def read_targets(texts: Sequence[str], scenario: Scenario) -> tuple[Target, ...]:
    """Read targets and refuse those that staffing cannot be for; raise StudyError with every problem."""
    if not texts:
        raise StudyError(f"staffing needs a target of yours; give --target, such as {_EXAMPLE}")
    found = parse_targets(texts, scenario, "--target")
    problems = [problem for target in found for problem in _misunderstood(target)]
    if problems:
        raise StudyError(problems)
    return found


def read_occupancy(text: str | None) -> float | None:
    """Read the largest occupancy of a team, such as `85%`; raise StudyError."""
    if text is None:
        return None
    where = cut(f"--max-occupancy {text}")
    try:
        value = parse_share(text)
    except ValueError:
        raise StudyError(Problem(where, "", "is no share; must be a share such as 85%")) from None
    if not 0 < value <= 1:
        raise StudyError(Problem(where, "", "must be above 0 and at most 100%, such as 85%"))
    return value


def read_confidence(text: str) -> float:
    """Read how sure the targets must be met, such as `95%`; raise StudyError."""
    where = cut(f"--confidence {text}")
    try:
        value = parse_share(text)
    except ValueError:
        raise StudyError(Problem(where, "", "is no share; must be a share such as 95%")) from None
    if not 0.5 <= value <= 0.999:
        raise StudyError(Problem(where, "", "must be from 50% to 99.9%, such as 95%"))
    return value


def _misunderstood(target: Target) -> Iterator[Problem]:
    kpi = BY_NAME[target.kpi]
    where = cut(f"--target {target}")
    upward = target.sign == ">="
    if kpi.group == MONEY:
        rule = f"staffing looks for the least cost anyway; give a target of service, such as {_EXAMPLE}"
        yield Problem(where, "", f"is about money; {rule}")
    elif kpi.name == "occupancy" and upward:
        rule = "staffing looks for the fewest agents anyway; --max-occupancy or occupancy<=VALUE bound it from above"
        yield Problem(where, "", f"asks for busier agents; {rule}")
    elif (kpi.better == "lower" and upward) or (kpi.better == "higher" and not upward):
        turned = "<=" if upward else ">="
        rule = f"a target keeps the desk good, so write {target.kpi}{turned}VALUE"
        yield Problem(where, "", f"asks for a worse desk ({kpi.better} is better); {rule}")


def in_phase(scenario: Scenario, name: str | None) -> Scenario:
    """Return the desk with one phase's rules throughout, as `tune` takes it; `last` is the last. Raises StudyError."""
    if name is None:
        return scenario
    phases = scenario.policy.phases
    names = [phase.name for phase in phases]
    where = cut(f"--phase {name}")
    if not phases:
        raise StudyError(Problem(where, "", "cannot be chosen: the scenario has no phases; leave --phase out"))
    if name != "last" and name not in names:
        raise StudyError(Problem(where, "", f"is no phase of the scenario; must be last or one of {', '.join(names)}"))
    until = len(phases) if name == "last" else names.index(name) + 1
    return desk_in_phase(scenario, until)


def ample_staff(posts: Sequence[Post], start: Heads, required: Sequence[Requirement]) -> Heads:
    """Return so many agents at every post that more would change nothing."""
    peaks = {one.team: max(float(one.needed.max()), float(one.spread.max())) for one in required}
    return tuple(
        min(_MOST, max(20, _PLENTY * max(count, now, math.ceil(peaks[post.team]))))
        for post, count, now in zip(posts, start, today(posts), strict=True)
    )


def guarded(trials: Trials, ample: Heads) -> tuple[Rule, float | None]:
    """Return the rule with a guard against leaving tickets to themselves, and its bound; None if a target is one."""
    rule = trials.rule
    if any(criterion.target is not None and criterion.target.kpi == "open_at_end" for criterion in rule.criteria):
        return rule, None
    [study] = trials.studies([ample], rule.replications, stage="Trying plenty of agents")
    most = min(1.0, study.estimate("open_at_end").mean + _LEFT_OPEN)
    return rule.with_targets([Target("open_at_end", "<=", most)]), most


def why_not(trials: Trials, ample: Heads, given: int) -> list[Problem]:
    """Return why no roster can be found: targets that ample staff misses, or that need nobody. Empty if one can.

    `given` is the number of criteria that the user gave; the guard comes after them.
    """
    rule, currency = trials.rule, _currency(trials.scenario)
    [best] = trials.judge([ample], rule.replications, "Trying plenty of agents")
    nobody = tuple(0 for _ in ample)
    [least] = trials.judge([nobody], QUICK, "Nobody on duty")
    [few] = trials.judge([ample], QUICK, "Trying plenty of agents")
    problems = []
    for number, criterion in enumerate(rule.criteria):
        if best.low[number] < 0:
            problems.append(Problem(f"{trials.arm}", "", _missed(trials, criterion, number, best, least, few, ample)))
    # CSAT may look good with nobody on duty, as nobody is asked whom nobody served; then the guard asks for people.
    is_moved = not _is_same(few.room[:given], least.room[:given]).all()
    if not problems and (least.low[:given] >= 0).all() and (least.meets or not is_moved):
        wanted = " and ".join(criterion.words(currency) for criterion in rule.criteria[:given])
        why = "" if is_moved else "head-count does not decide it; "
        rule_text = f"{why}give a target that needs people, such as {_EXAMPLE}"
        problems.append(Problem(trials.arm, "", f"{wanted} is met with nobody on duty; {rule_text}"))
    return problems


def _is_same(one: Floats, other: Floats) -> Bools:
    """Return where head-count makes no difference."""
    return np.isclose(one, other, rtol=1e-9, atol=1e-15)


def _missed(
    trials: Trials, criterion: Criterion, number: int, best: RosterVerdict, least: RosterVerdict, few: RosterVerdict,
    ample: Heads,
) -> str:
    """Say of one criterion that ample staff misses by how much, and why."""
    currency = _currency(trials.scenario)
    words, found = criterion.words(currency), criterion.written(float(best.values[number]), currency)
    many = f"{min(ample)} agents or more on every shift"
    if not np.isfinite(best.room[number]):
        return f"{words}: cannot be judged; it has no value in some replications even with {many}"
    if _is_same(few.room, least.room)[number]:
        rule = "change the policy or the target"
        return f"{words}: cannot be reached by head-count; it is {found} with nobody and with {many}, so {rule}"
    if best.room[number] >= 0:
        sure = f"{100 * trials.rule.confidence:g} % confidence"
        return (
            f"{words}: even {many} keep it on average ({found}), but not with {sure} in {best.replications}"
            " replications; allow more, or raise --replications"
        )
    rest = "opening hours, breaks, the AI's wrong answers and how tickets are routed decide the rest"
    return f"{words}: impossible; even with {many} it is {found}. Agents on these shifts cannot better that: {rest}"


def _currency(scenario: Scenario) -> str:
    return scenario.costs.currency if scenario.costs else "USD"
