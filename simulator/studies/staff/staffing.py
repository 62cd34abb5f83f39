"""Staffing: the least-cost head-counts that meet targets with stated confidence, with the AI and without.

Both searches have the user's shift patterns, and find numbers of agents alone. The difference of the two rosters' costs
is the *cash* saving: what is saved once the roster changes. The *capacity* saving is the work that the AI takes
off people, valued at their hourly cost, changed roster or not. Neither is ever given as the other.

What is found is then simulated on fresh replications that no search has seen. Where it does not show there that the
targets are met, more are taken, and after that the search goes on with twice its replications. Each of these looks has
its share of the allowed error, 1 / (k (k + 1)) of it for the k-th look, which is all of it together; so a roster that
misses its targets is recommended with at most the stated chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np

from simulator.base.errors import Problem, StudyError
from simulator.base.notebook_hooks import Plotted
from simulator.base.stats import Estimate, estimate
from simulator.engines.run_log import Engine
from simulator.metrics.registry import BY_NAME
from simulator.money.activity import WORKED
from simulator.scenario import Scenario, without_ai
from simulator.studies.running.batch import Runner, Stages
from simulator.studies.running.results import Arm, Replications
from simulator.studies.running.variants import Variant
from simulator.studies.running.workers import Workers
from simulator.studies.staff import posts as rosters
from simulator.studies.staff.feasibility import (
    ample_staff,
    guarded,
    in_phase,
    read_confidence,
    read_occupancy,
    read_targets,
    why_not,
)
from simulator.studies.staff.posts import Heads, Post, posts_of
from simulator.studies.staff.requirement import Requirement, cover, requirements
from simulator.studies.staff.rule import Criterion, RosterVerdict, Rule
from simulator.studies.staff.search import Found, Trials, search, settle, with_replications

_REPLICATIONS = 20
_FEWEST, _MOST = 5, 1000
"""Replications that rosters may be judged by."""
FRESH = 10_000
"""Number of the first replication that no search sees."""
_LOOKS = (4, 8, 16)
"""Fresh replications at each look, as multiples of those that the search judges by."""
_ROUNDS = 3
_WITH, _WITHOUT, _ALONE = "with the AI", "without the AI", "as it is"


@dataclass(frozen=True, eq=False)
class StaffedArm:
    """One desk (with the AI, or without) and the roster that was found for it."""

    name: str
    scenario: Scenario
    posts: tuple[Post, ...]
    rule: Rule
    required: tuple[Requirement, ...]
    start: Heads
    found: Found
    fresh: Replications
    """The roster on replications that the search never saw."""
    fresh_verdict: RosterVerdict
    is_confirmed: bool
    """Whether the fresh replications show that the rule is met."""
    seen: Replications
    """The roster on the search's replications, with load by hour."""
    tried: int
    """Rosters simulated."""
    today: RosterVerdict
    """Today's roster, by the search's replications."""
    variant: Variant

    @property
    def heads(self) -> Heads:
        """The roster."""
        return self.found.heads

    @property
    def agents(self) -> int:
        """The sum of head-counts over all posts."""
        return sum(self.heads)

    @property
    def hours_per_week(self) -> float:
        """Paid agent hours a week."""
        return rosters.hours(self.posts, self.heads) / float(self.scenario.weeks)

    @property
    def cost_per_month(self) -> float:
        """The roster's cost by month (hours where the scenario states no costs)."""
        return rosters.cost(self.posts, self.heads) / rosters.months(self.scenario)


@dataclass(frozen=True, eq=False)
class Staffing(Plotted):
    """What staffing found."""

    view: ClassVar[str] = "simulator.report.staff.view:page_of"

    scenario: Scenario
    """As staffed for, one phase throughout where that was asked."""
    phase: str | None
    targets: tuple[str, ...]
    """As written."""
    with_ai: StaffedArm
    """The desk as it is where there is no AI."""
    without: StaffedArm | None
    """None where there is no AI, or no roster meets the targets without."""
    why_not_without: str
    """Why there is no roster without the AI; empty if there is one, or no AI."""
    open_bound: float | None
    """Largest share of tickets left open, where no target speaks of it."""
    dropped: tuple[str, ...]
    """Targets that mean nothing without the AI."""
    beside: tuple[Replications, ...]
    """Both rosters (with the AI first) on the same fresh customers; empty where there is one only."""

    @property
    def arms(self) -> tuple[StaffedArm, ...]:
        """List the arms, the one with the AI first."""
        return (self.with_ai,) if self.without is None else (self.with_ai, self.without)

    @property
    def has_costs(self) -> bool:
        """Whether costs are amounts; hours otherwise."""
        return self.scenario.costs is not None

    @property
    def currency(self) -> str:
        """The currency of amounts."""
        return self.scenario.costs.currency if self.scenario.costs else "USD"

    @property
    def today_per_month(self) -> float:
        """The cost of the roster that the desk has without the AI (its own where there is none)."""
        arm = self.without or self.with_ai
        return rosters.cost(arm.posts, rosters.today(arm.posts)) / rosters.months(arm.scenario)

    @property
    def cash_per_month(self) -> float | None:
        """The difference of the two rosters' costs by month: the cash saving."""
        return None if self.without is None else self.without.cost_per_month - self.with_ai.cost_per_month

    @property
    def hours_saved_per_month(self) -> Estimate | None:
        """Estimate the agent hours of work that the AI takes off people, both desks with their own roster.

        The KPI `hours_saved` would not do: it compares with today's roster, which may leave work undone.
        """
        if self.without is None:
            return None
        pairs = zip(*(study.results for study in self.beside), strict=True)
        hours = [_worked(there.arm) - _worked(here.arm) for here, there in pairs]
        return estimate(np.array(hours) / rosters.months(self.scenario))

    @cached_property
    def capacity_per_month(self) -> Estimate | None:
        """Estimate those hours' worth, at each team's hourly cost: the capacity saving."""
        if self.without is None or not self.has_costs:
            return None
        here, there = (study.values("cost_agents_capacity") for study in self.beside)
        return estimate((there - here) / rosters.months(self.scenario))

    @cached_property
    def ai_per_month(self) -> Estimate | None:
        """Estimate what the AI itself costs by month (bill and review)."""
        if self.without is None or not self.has_costs:
            return None
        return estimate(self.with_ai.fresh.values("cost_ai") / rosters.months(self.scenario))


def staff(
    scenario: Scenario,
    targets: Sequence[str],
    *,
    max_occupancy: str | None = None,
    confidence: str = "95%",
    phase: str | None = None,
    replications: int = _REPLICATIONS,
    seed: int = 1,
    workers: int | str | Workers | None = None,
    engine: Engine = "fast",
    folder: Path | None = None,
    fresh: bool = False,
    progress: Stages | None = None,
) -> Staffing:
    """Find the least-cost head-counts that meet targets such as `sla_breach<=5%`, with the AI and without.

    `max_occupancy` bounds each team's occupancy over the scenario's weeks. `replications` is how many the search judges
    rosters by; `folder` keeps what is simulated, and a search that was stopped goes on from there. Raises StudyError
    where targets cannot be met, or are not about people.
    """
    wanted = read_targets(targets, scenario)
    most, sure = read_occupancy(max_occupancy), read_confidence(confidence)
    if not _FEWEST <= replications <= _MOST:
        raise StudyError(f"replications is {replications}; must be from {_FEWEST} to {_MOST:,}")
    desk = in_phase(scenario, phase)
    teams = tuple(Criterion(None, number, name, most) for number, name in enumerate(desk.teams) if most is not None)
    rule = Rule((*(Criterion(target) for target in wanted), *teams), sure, replications)
    with Runner(folder, desk, seed=seed, workers=workers, engine=engine, fresh=fresh, progress=progress) as runner:
        here = _arm(runner, _WITH if desk.ai is not None else _ALONE, desk, rule, most)
        if isinstance(here, list):
            raise StudyError(here)
        arm, bound = here
        without, why, dropped = _without(runner, desk, rule, most) if desk.ai is not None else (None, "", ())
        beside: tuple[Replications, ...] = ()
        if without is not None:
            pair, count = [arm.variant, without.variant], _LOOKS[0] * replications
            # Without costs hours of work are known from the load only.
            detail = rule.needs_load or desk.costs is None
            studies = runner.run(pair, count, first=FRESH, stage="Both on the same customers", detail=detail)
            beside = tuple(studies[variant.name] for variant in pair)
    return Staffing(desk, phase, tuple(targets), arm, without, why, bound, dropped, beside)


def _without(
    runner: Runner, desk: Scenario, rule: Rule, most: float | None
) -> tuple[StaffedArm | None, str, tuple[str, ...]]:
    """Search without the AI; gives the arm or why there is none, and the targets that mean nothing there."""
    kept = tuple(criterion for criterion in rule.criteria if not _needs_ai(criterion))
    dropped = tuple(criterion.words(_currency(desk)) for criterion in rule.criteria if _needs_ai(criterion))
    if not any(criterion.target is not None for criterion in kept):
        return None, "no target means anything without the AI", dropped
    found = _arm(runner, _WITHOUT, without_ai(desk), replace(rule, criteria=kept), most)
    if isinstance(found, list):
        return None, "; ".join(problem.message for problem in found), dropped
    return found[0], "", dropped


def _needs_ai(criterion: Criterion) -> bool:
    return criterion.target is not None and "ai" in BY_NAME[criterion.target.kpi].needs.split()


def _currency(scenario: Scenario) -> str:
    return scenario.costs.currency if scenario.costs else "USD"


def _worked(arm: Arm) -> float:
    """Return agent hours of work: on the tickets that are counted, or within the weeks where no costs are stated."""
    if arm.activity is None:
        return float(arm.load.busy.sum()) / 60
    rows = [name for name in arm.activity.rows if name.startswith(f"{WORKED}.")]
    return float(sum(arm.activity.row(name).sum() for name in rows))


def _arm(
    runner: Runner, name: str, desk: Scenario, rule: Rule, most: float | None
) -> tuple[StaffedArm, float | None] | list[Problem]:
    """Find one arm's roster and confirm it on fresh replications; or say why there is none."""
    posts = posts_of(desk, runner.seed)
    targets = [criterion.target for criterion in rule.criteria if criterion.target is not None]
    required = requirements(desk, posts, targets, most, runner.seed)
    start = cover(posts, required)
    ample = ample_staff(posts, start, required)
    trials = Trials(runner, name, desk, posts, rule)
    guard, bound = guarded(trials, ample)
    trials = replace(trials, rule=guard)
    if problems := why_not(trials, ample, len(rule.criteria)):
        return problems
    found, looks = search(trials, (start, rosters.today(posts)), ample), 0
    study, verdict, is_confirmed, looks = _confirm(trials, found.heads, looks)
    for _ in range(_ROUNDS - 1):
        if is_confirmed:
            break
        trials = with_replications(trials, 2 * trials.rule.replications)
        found = settle(trials, found.heads, ample)
        study, verdict, is_confirmed, looks = _confirm(trials, found.heads, looks)
    [today] = trials.judge([rosters.today(posts)], trials.rule.replications, "Today's roster")
    [seen] = trials.studies([found.heads], trials.rule.replications, stage="Load by hour", detail=True)
    arm = StaffedArm(
        name, desk, posts, trials.rule, required, start, found, study, verdict, is_confirmed, seen, len(trials.tried),
        today, trials.variant(found.heads),
    )  # fmt: skip
    return arm, bound


def _confirm(trials: Trials, heads: Heads, looks: int) -> tuple[Replications, RosterVerdict, bool, int]:
    """Look at fresh replications, more each time, until they show that the rule is met or miss it on average."""
    first = FRESH + looks * _LOOKS[-1] * trials.rule.replications
    while True:
        times = _LOOKS[looks % len(_LOOKS)]
        looks += 1
        [study] = trials.studies([heads], times * trials.rule.replications, first=first, stage="Fresh customers")
        allowed = (1 - trials.rule.confidence) / (looks * (looks + 1))
        verdict = trials.rule.judge(study, confidence=1 - allowed)
        if verdict.meets or not verdict.meets_on_average or looks % len(_LOOKS) == 0:
            return study, verdict, verdict.meets, looks + (-looks) % len(_LOOKS)
