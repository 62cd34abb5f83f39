"""Tuning: recommended thresholds, how sure, and against what.

Replications are numbered, and each stage has its own: the search uses the first few, finalists are chosen on those that
follow, and all that is reported of the winner comes from later ones which neither has seen. Everything goes through a
`Runner`, so a study that was stopped goes on where it was.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.errors import Problem, StudyError, cut
from simulator.base.notebook_hooks import Plotted
from simulator.base.stats import Estimate
from simulator.engines.run_log import Engine
from simulator.run import check_seeds
from simulator.scenario import Scenario, expected_tickets
from simulator.studies.compare.comparison import gap_estimate
from simulator.studies.running.batch import Runner, Stages
from simulator.studies.running.results import Replications
from simulator.studies.running.stopping import MAX_REPLICATIONS
from simulator.studies.running.workers import Workers
from simulator.studies.targets import Target
from simulator.studies.tune.choice import FinalChoice, choose, finalists_of
from simulator.studies.tune.goal import OBJECTIVE, Goal, read_goal
from simulator.studies.tune.robustness import Range, SkillShift, find_ranges, find_shifts
from simulator.studies.tune.search import Candidate, Search
from simulator.studies.tune.space import Space, ThresholdSetting, space_of
from simulator.studies.tune.static_rule import LATTICE, RulePrices, StaticRule, price_axis

CONFIDENCE, INDIFFERENCE, _CALIBRATION_ERROR = 0.95, "1%", 0.25
_CHOSEN, AS_IS, STATIC, _PRICED, ALIKE, RELAXED = "chosen", "as is", "queue ignored", "priced", "one for all", "relaxed"
"""Settings that are simulated on fresh customers: the recommendation, the present thresholds, the static optimum at
the wage, the best static optimum at any price, the best single thresholds for all, and the best without the guard-rails
that nothing keeps."""
_SEARCH_TICKETS, _FEWEST, MOST = 40_000, 4, 40
"""Tickets that a setting meets in the search, and the least and most replications for that."""


@dataclass(frozen=True)
class Tuning(Plotted):
    """What was found."""

    view: ClassVar[str] = "simulator.report.tune.view:page_of"

    space: Space
    goal: Goal
    rule: StaticRule
    candidates: tuple[Candidate, ...]
    """All that the search simulated, in that order."""
    choice: FinalChoice
    settings: Mapping[str, ThresholdSetting]
    """The chosen setting and those it is compared with, by role."""
    fresh: Mapping[str, Replications]
    """Their figures from fresh replications, by role."""
    ranges: tuple[Range, ...]
    """Empty where no setting keeps the guard-rails."""
    shifts: tuple[SkillShift, ...]
    calibration_error: float
    prices: RulePrices
    """Prices whose static optimum is nearest to the choice."""
    stages: Mapping[str, tuple[int, int]]
    """Replications of each stage: (first, number)."""

    @property
    def chosen(self) -> ThresholdSetting:
        """The recommended thresholds, or the nearest possible where none keep the guard-rails."""
        return self.settings[_CHOSEN]

    @property
    def study(self) -> Replications:
        """Figures of the recommendation from fresh replications."""
        return self.fresh[_CHOSEN]

    def gap(self, role: str, kpi: str | None = None) -> Estimate:
        """Estimate what the choice gains over another setting, paired, on fresh replications; higher is better."""
        if kpi is None:
            return gap_estimate(self.goal.gains(self.study, self.fresh[role]), self.goal.kpi.name)
        return gap_estimate(self.study.values(kpi) - self.fresh[role].values(kpi), kpi)

    @cached_property
    def binding(self) -> tuple[Target, ...]:
        """Guard-rails that no setting keeps, taken each for itself."""
        rooms = np.array([self.goal.room(one.study) for one in self.candidates])
        return tuple(target for place, target in enumerate(self.goal.targets) if (rooms[:, place] < 0).all())

    def nearest_to(self, target: Target) -> Candidate:
        """Return the setting that comes nearest to one guard-rail."""
        return max(self.candidates, key=lambda one: float(self.goal.room(one.study)[self.goal.targets.index(target)]))

    @cached_property
    def frontier(self) -> tuple[Candidate, ...]:
        """The static optima along the price of a human minute, wrong answers without a price of their own."""
        return tuple(one for one in self.candidates if one.prices is not None and one.prices.wrong == 0)


def tune(
    scenario: Scenario,
    *,
    objective: str = OBJECTIVE,
    subject_to: Sequence[str] | None = None,
    per_intent: bool = False,
    confidence: float = CONFIDENCE,
    indifference: str = INDIFFERENCE,
    calibration_error: float = _CALIBRATION_ERROR,
    replications: int | None = None,
    max_replications: int | None = None,
    folder: Path | None = None,
    seed: int = 1,
    workers: int | str | Workers | None = None,
    engine: Engine = "fast",
    fresh: bool = False,
    progress: Stages | None = None,
) -> Tuning:
    """Recommend confidence thresholds for a scenario's AI, one for all intents or one for each.

    `indifference` is an amount of the objective, or a share of its best value found (`1%`). `replications` are the
    fresh ones that the winner's figures come from, `max_replications` the most that the choice among finalists takes.
    Raises StudyError for wishes that cannot be.
    """
    check_seeds(seed)
    space = space_of(scenario, per_intent=per_intent)
    goal = read_goal(scenario, objective, subject_to)
    plan = _plan(scenario, confidence, indifference, calibration_error, replications, max_replications)
    space, rule = _useful(space, seed)
    with Runner(
        folder, scenario, seed=seed, workers=workers, engine=engine, fresh=fresh, progress=progress
    ) as runner:
        search, choice, zone = recommend(runner, space, goal, rule, plan)
        chosen = choice.winner.setting
        settings = _settings(search, choice, goal)
        studies = _fresh(runner, space, settings, plan)
        ranges: tuple[Range, ...] = ()
        begin, count = plan.stages["fresh"]
        if choice.is_feasible:
            ranges = find_ranges(
                runner, space, goal, chosen, first=begin, replications=min(2 * plan.search, count), indifference=zone
            )
        shifts = find_shifts(
            runner, space, goal, chosen, first=begin, replications=min(3 * plan.search, count), amount=calibration_error
        )
    prices = choice.winner.prices or _nearest_prices(rule, chosen)
    return Tuning(
        space, goal, rule, tuple(search.found.values()), choice, settings, studies, ranges, shifts, calibration_error,
        prices, plan.stages,
    )  # fmt: skip


@dataclass(frozen=True)
class _TuningPlan:
    """How much is simulated, and how sure the choice is to be."""

    search: int
    """Replications of each setting in the search."""
    most: int
    """Most replications for the choice among finalists."""
    fresh: int
    """Replications of the winner's figures."""
    confidence: float
    zone: float
    """Indifference zone, in the unit of the objective or as a share of its best value."""
    is_share: bool

    @property
    def stages(self) -> dict[str, tuple[int, int]]:
        """Replications of each stage: (first, number)."""
        return {
            "search": (0, self.search),
            "choice": (self.search, self.most),
            "fresh": (self.search + self.most, self.fresh),
        }


def recommend(
    runner: Runner, space: Space, goal: Goal, rule: StaticRule, plan: _TuningPlan
) -> tuple[Search, FinalChoice, float]:
    """Search, and choose among the finalists; also give the indifference zone in the unit of the objective."""
    search = Search(runner, space, goal, rule, plan.search)
    search.run()
    if not any(np.isfinite(goal.values(one.study)).any() for one in search.found.values()):
        told = "has no value with any setting that was tried; choose another objective"
        raise StudyError(Problem(f"--objective {goal.kpi.name}", "", told))
    zone = plan.zone * (abs(_level(goal, search)) if plan.is_share else 1.0)
    choice = choose(
        runner, space, goal, finalists_of(search, zone), first=plan.search, most=plan.most, confidence=plan.confidence,
        indifference=zone,
    )  # fmt: skip
    return search, choice, zone


def _useful(space: Space, seed: int) -> tuple[Space, StaticRule]:
    """Leave out thresholds that can change nothing; raise StudyError where none can."""
    rule = StaticRule(space, seed)
    answered, routed = rule.useful()
    if not answered:
        told = "leaves no ticket that the AI may answer in auto mode; there is no threshold to tune"
        raise StudyError(Problem(space.scenario.name, "policy", told))
    if (answered, routed) == (space.answered, space.routed):
        return space, rule
    space = replace(space, answered=answered, routed=routed)
    return space, StaticRule(space, seed)


def _plan(
    scenario: Scenario, confidence: float, indifference: str, calibration_error: float, replications: int | None,
    max_replications: int | None,
) -> _TuningPlan:  # fmt: skip
    """Refuse numbers that cannot be; raise StudyError with all of them."""
    search = min(max(math.ceil(_SEARCH_TICKETS / max(expected_tickets(scenario), 1.0)), _FEWEST), MOST)
    count = replications if replications is not None else max(30, 3 * search)
    most = max_replications if max_replications is not None else max(200, 20 * search)
    problems = []
    if not 0.5 <= confidence < 1:
        problems.append(Problem("--confidence", "", f"is {confidence:g}; must be from 0.5 to below 1, such as 0.95"))
    if not 0 < calibration_error <= 5:
        rule = "must be above 0 and at most 5, in log-odds, such as 0.25"
        problems.append(Problem("--calibration-error", "", f"is {calibration_error:g}; {rule}"))
    for option, value, least in (("--replications", count, 2), ("--max-replications", most, 10)):
        if not least <= value <= MAX_REPLICATIONS:
            problems.append(Problem(option, "", f"is {value}; must be from {least} to {MAX_REPLICATIONS:,}"))
    text = indifference.strip()
    is_share = text.endswith("%")
    try:
        amount = float(text.removesuffix("%")) / (100 if is_share else 1)
    except ValueError:
        amount = math.nan
    if not (math.isfinite(amount) and amount > 0):
        rule = "must be an amount of the objective above 0, such as 250, or a share of its best value, such as 1%"
        problems.append(Problem("--indifference", "", f"is {cut(text) if text else 'nothing'}; {rule}"))
    if problems:
        raise StudyError(problems)
    return _TuningPlan(search, most, count, confidence, amount, is_share)


def _level(goal: Goal, search: Search) -> float:
    """Return the best value of the objective that the search found where guard-rails hold."""
    value = float(goal.values(search.ranked[0].study).mean())
    return value if np.isfinite(value) else 0.0


def _settings(search: Search, choice: FinalChoice, goal: Goal) -> dict[str, ThresholdSetting]:
    """Name the settings that are worth fresh replications, by role."""
    space, winner = search.space, choice.winner
    found = {_CHOSEN: winner.setting, AS_IS: space.as_is}
    if space.scenario.costs is not None:
        found[STATIC] = search.rule.thresholds(RulePrices())
    ranked = [one for one in search.ranked if np.isfinite(goal.values(one.study)).all()]
    found[_PRICED] = next((one.setting for one in ranked if one.prices is not None), winner.setting)
    if space.per_intent:
        alike = [one for one in ranked if len(set(one.setting.answer)) == 1 and len(set(one.setting.route)) <= 1]
        found[ALIKE] = alike[0].setting if alike else winner.setting
    if not choice.is_feasible:
        rooms = np.array([goal.room(one.study) for one in search.found.values()])
        kept = tuple(target for place, target in enumerate(goal.targets) if (rooms[:, place] >= 0).any())
        eased = Goal(goal.kpi, kept if len(kept) < len(goal.targets) else ())
        found[RELAXED] = min(ranked or search.ranked, key=lambda one: eased.rank(one.study)).setting
    return found


def _fresh(
    runner: Runner, space: Space, settings: Mapping[str, ThresholdSetting], plan: _TuningPlan
) -> dict[str, Replications]:
    variants = list({one.name: space.variant(one) for one in settings.values()}.values())
    first, count = plan.stages["fresh"]
    found = runner.run(variants, count, first=first, stage="Fresh customers for the winner")
    return {role: found[one.name] for role, one in settings.items()}


def _nearest_prices(rule: StaticRule, setting: ThresholdSetting) -> RulePrices:
    """Find the prices whose static optimum answers nearly the same tickets as a setting does."""

    def covered(one: ThresholdSetting) -> Floats:
        places = [int(np.searchsorted(LATTICE, value - 1e-9)) for value in one.answer]
        return np.array([
            curve.tickets * curve.coverage[min(place, len(LATTICE) - 1)]
            for curve, place in zip(rule.curves, places, strict=True)
        ])  # fmt: skip

    here = covered(setting)
    return min(price_axis(), key=lambda one: float(np.abs(covered(rule.thresholds(one)) - here).sum()))
