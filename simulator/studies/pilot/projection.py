"""The study of a pilot: check that it can be projected, simulate it and what follows, and hold weeks against gates.

>>> found = project_pilot(load_scenario("saas_pilot"))   # doctest: +SKIP
>>> found.safety.chances.of("scale")   # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.errors import Problem, SimulatorError, StudyError, cut
from simulator.base.notebook_hooks import Plotted
from simulator.base.quantities import parse_share
from simulator.base.stats import Estimate, estimate
from simulator.engines.run_log import Engine
from simulator.journeys.rules import rules_in_force
from simulator.metrics.registry import BY_NAME, RESOLVER_KPIS
from simulator.scenario import WHOLE, Mode, Scenario
from simulator.studies.pilot.gates import (
    AHT_REDUCTION,
    CSAT_GAP,
    Judged,
    Sight,
    Trajectory,
    group_weeks,
    judge_gates,
    sights,
    weekly,
)
from simulator.studies.pilot.production import NAME, Skill, carried, phase_numbers, skill_by_week
from simulator.studies.pilot.verdict import Judge, Safety, Week, safety
from simulator.studies.run.checks import check
from simulator.studies.running.batch import Runner, Stages
from simulator.studies.running.results import Replications
from simulator.studies.running.stopping import MAX_REPLICATIONS
from simulator.studies.running.variants import Variant
from simulator.studies.running.workers import Workers
from simulator.studies.targets import check_kpi

_FEWEST = 20
"""Replications below which a 90 % band has nothing beyond its ends."""
_BY_TICKET = {
    *RESOLVER_KPIS, "csat_mean", "csat_survey", "csat_satisfied", "csat_satisfied_ai", "survey_answers",
    "survey_answers_ai", CSAT_GAP,
}  # fmt: skip
"""KPIs beside those with a measure that have weekly values."""


def _check_pilot(scenario: Scenario, replications: int, level: float, kpis: Sequence[str]) -> None:
    """Refuse what cannot be projected; raise StudyError with every problem."""
    problems = [*_options(replications, level), *_pilot(scenario)]
    if scenario.ai is not None:
        for kpi in kpis:
            problems += _weekly(kpi, scenario, f"--kpi {kpi}")
        for kpi in scenario.pilot.observed:
            problems += _weekly(kpi, scenario, f"{scenario.name}: pilot.observed.{kpi}")
    if problems:
        raise StudyError(problems)


def parse_level(text: str) -> float:
    """Read how often a verdict is to be right; raise StudyError for what is no share."""
    try:
        return parse_share(text)
    except ValueError as error:
        raise StudyError(Problem("--safe", "", f"is {cut(text)}; {error}")) from None


def warnings_of(scenario: Scenario, seed: int) -> list[str]:
    """List what a reader of the projection should know: overloaded teams and the like, and figures left out."""
    findings = check(scenario, seed).findings
    told = [f"{finding.path} {finding.text}" for finding in findings if finding.level == "warning"]
    return [*_unseen(scenario), *told]


def _unseen(scenario: Scenario) -> list[str]:
    """Warn of observed figures that belong to weeks which the scenario has not."""
    weeks = int(scenario.weeks)
    return [
        f"pilot.observed.{kpi} has a figure of week {week}, and the scenario {weeks} weeks; it is left out"
        for kpi, figures in scenario.pilot.observed.items()
        for week in figures
        if week != WHOLE and int(week) > weeks
    ]


def _options(replications: int, level: float) -> Iterator[Problem]:
    if not _FEWEST <= replications <= MAX_REPLICATIONS:
        rule = f"must be from {_FEWEST} to {MAX_REPLICATIONS:,}, as a 90 % band is read off them"
        yield Problem("--replications", "", f"is {replications}; {rule}")
    if not 0.5 < level < 1:
        yield Problem("--safe", "", f"is {level:g}; must be a share above 50% and below 100%, such as 90%")


def _pilot(scenario: Scenario) -> Iterator[Problem]:
    name, pilot = scenario.name, scenario.pilot
    if scenario.ai is None:
        yield Problem(name, "ai", "is not given, so there is nothing to pilot; must describe the AI agent")
        return
    if not scenario.policy.phases:
        example = "such as [{name: shadow, from_week: 1, mode: shadow}, {name: live, from_week: 2, mode: auto}]"
        yield Problem(name, "policy.phases", f"is empty; must list the pilot's phases, {example}")
    if pilot.weeks is not None and pilot.weeks > scenario.weeks:
        rule = f"must be {scenario.weeks:g} or less, the scenario's weeks"
        yield Problem(name, "pilot.weeks", f"is {pilot.weeks:g}; {rule}")
    if not pilot.qa_sample_per_week:
        yield Problem(name, "pilot.qa_sample_per_week", "is 0; must be 1 or more, or nothing is measured")
    if pilot.weeks is not None and pilot.weeks < scenario.weeks:
        for kpi in (kpi for kpi, figures in pilot.observed.items() if WHOLE in figures):
            rule = f"is of the whole pilot, and the run goes on after week {pilot.weeks:g}; must be given by week"
            yield Problem(name, f"pilot.observed.{kpi}.{WHOLE}", rule)
    last = int(min(pilot.weeks or scenario.weeks, scenario.weeks))
    mode = rules_in_force(scenario).mode[list(phase_numbers(scenario, last))]
    if scenario.policy.phases and not (mode == Mode.AUTO).any():
        rule = "must let the AI answer some intent by then (mode: auto), or there is no answer to grade"
        yield Problem(name, "policy.phases", f"leave the AI without an answer in week {last}, the pilot's last; {rule}")


def _weekly(kpi: str, scenario: Scenario, where: str) -> Iterator[Problem]:
    if kpi == AHT_REDUCTION:
        return
    try:
        known = check_kpi(kpi, scenario, where)
    except SimulatorError as error:
        yield from error.problems
        return
    if known.measure is None and kpi not in _BY_TICKET:
        weekly = ", ".join(name for name in BY_NAME if BY_NAME[name].measure is not None)
        yield Problem(where, "", f"{kpi} has no weekly value; must be one that has, such as {weekly[:60]} …")


# -- the study of a pilot ---------------------------------------------------------------------------------------------


DEFAULT_REPLICATIONS, _LEVEL = 60, 0.9
_SHOWN = (
    "automated_resolution", "answer_accuracy", "escalation", "aht", AHT_REDUCTION, "csat_survey", "csat_gap",
    "escalation_accuracy", "routing_accuracy", "draft_match", "ai_uptime", "sla_breach", "reopen_ai_24h",
)  # fmt: skip
"""Weekly figures that are always told; those without a value are left out."""


@dataclass(frozen=True)
class _Contrast:
    """A weekly figure at the pilot's end and at the end of production."""

    course: Trajectory
    pilot: Estimate
    production: Estimate
    difference: Estimate
    """Paired by replication: the same pilot, later."""


@dataclass(frozen=True)
class _Carried:
    """What production makes of the pilot."""

    study: Replications
    weeks: tuple[int, int]
    """First and last week of it."""
    gates: tuple[Judged, ...]
    judge: Judge | None
    """Judges its last week; None where the AI answers nothing in some replication."""
    contrasts: tuple[_Contrast, ...]


@dataclass(frozen=True)
class PilotProjection(Plotted):
    """All that is projected of a pilot."""

    view: ClassVar[str] = "simulator.report.pilot.view:page_of"

    scenario: Scenario
    study: Replications
    variants: tuple[Variant, ...]
    weeks: int
    """Weeks that the pilot lasts."""
    courses: tuple[Trajectory, ...]
    """Weekly figures; weeks of production follow those of the pilot."""
    gates: tuple[Judged, ...]
    safety: Safety
    sights: tuple[Sight, ...]
    """Observed figures beside the projection."""
    skills: tuple[Skill, ...]
    production: _Carried | None

    @cached_property
    def sample(self) -> int:
        """Answers graded a week."""
        return self.safety.sample

    def course(self, name: str) -> Trajectory:
        """Return a weekly figure by its name."""
        return next(course for course in self.courses if course.name == name)


def project_pilot(
    scenario: Scenario,
    *,
    folder: Path | None = None,
    replications: int = DEFAULT_REPLICATIONS,
    level: float = _LEVEL,
    kpis: Sequence[str] = (),
    seed: int = 1,
    workers: int | str | Workers | None = None,
    engine: Engine = "fast",
    fresh: bool = False,
    progress: Stages | None = None,
) -> PilotProjection:
    """Project a pilot week by week, judge it at its end, and carry it to production where the scenario says how.

    `level` is how often the verdict is to be right; `kpis` are shown beside the usual ones. With a folder, a study
    that was stopped goes on from there. Raises ScenarioError or StudyError for what cannot be projected.
    """
    _check_pilot(scenario, replications, level, kpis)
    pilot = scenario.pilot
    weeks = int(pilot.weeks or scenario.weeks)
    further: tuple[Variant, ...] = ()
    if pilot.production is not None:
        settings = (("pilot.production", "carried on"),)
        further = (Variant(NAME, carried(scenario, pilot.production), settings, base=scenario),)
    with Runner(
        folder, scenario, seed=seed, workers=workers, engine=engine, fresh=fresh, progress=progress
    ) as runner:
        variants = (runner.base, *further)
        found = runner.run(variants, replications, stage="Simulating the pilot", detail=True)
    study = found[runner.base.name]
    judge = _judge(study, weeks, study)
    if judge is None:
        rule = "must answer in every replication to be graded; lower answer_threshold or bring more tickets"
        raise StudyError(f"the AI answers nothing in week {weeks} of some replications of {scenario.name!r}; {rule}")
    graded: list[tuple[int, Week]] = []
    for week in range(weeks, 0, -1):
        there = _week(study, week)
        if not there.answers.all():
            break
        graded.insert(0, (week, there))
    names = dict.fromkeys((*_SHOWN, *pilot.observed, *kpis))
    later = found.get(NAME)
    courses = tuple(course for name in names if (course := _course(study, name, later)) is not None)
    return PilotProjection(
        scenario, study, variants, weeks, courses, tuple(judge_gates(study, weeks)),
        safety(judge, graded, int(pilot.qa_sample_per_week), level), tuple(sights(study)),
        _skills(scenario, variants, weeks, seed), _production(found, weeks, courses),
    )  # fmt: skip


def _skills(scenario: Scenario, variants: Sequence[Variant], weeks: int, seed: int) -> tuple[Skill, ...]:
    """Follow the AI's skill through the pilot's weeks, then through production's."""
    skills = skill_by_week(variants[-1].scenario, seed)
    if variants[-1].name == NAME:
        skills[:weeks] = skill_by_week(scenario, seed)
    return tuple(skills)


def _course(study: Replications, name: str, later: Replications | None) -> Trajectory | None:
    """Return a weekly figure, the weeks of production after the pilot's; None where it has no value in any week."""
    needed = {AHT_REDUCTION: "aht", "csat_gap": "csat_satisfied_ai"}.get(name, name)
    if ("week", "week 1", needed) not in study.results[0].groups:
        return None
    course = weekly(study, name)
    if later is not None:
        further = weekly(later, name, study).values[:, course.values.shape[1] :]
        course = replace(course, values=np.hstack([course.values, further]))
    return course if course.has_values else None


def _week(study: Replications, week: int) -> Week:
    """Count what there is to grade and to hear of in a week."""

    def count(kpi: str) -> Floats:
        return np.nan_to_num(group_weeks(study, kpi)[:, week - 1])

    answers, alone = count("ai_answers"), np.rint(count("deflection") * count("tickets"))
    right, satisfied = np.rint(count("answer_accuracy") * answers), np.rint(count("csat_satisfied_ai") * alone)
    heard = np.minimum(count("survey_answers_ai"), alone)
    return Week(*(np.asarray(column, dtype=np.int64) for column in (answers, right, alone, satisfied, heard)))


def _judge(study: Replications, week: int, history: Replications) -> Judge | None:
    """Return the judge of a week; None where some replication has no answer to grade."""
    there = _week(study, week)
    if not there.answers.all():
        return None
    human = history.values("csat_satisfied", baseline=True) if study.scenario.csat is not None else None
    return Judge(study.scenario.pilot.gates, there, human)


def _production(found: dict[str, Replications], weeks: int, courses: Sequence[Trajectory]) -> _Carried | None:
    """Hold the end of production against the pilot's; None where the scenario has no production."""
    history = next(iter(found.values()))
    study = found.get(NAME, history)
    first, last = weeks + 1, int(study.scenario.weeks)
    if last < first:
        return None
    contrasts = []
    for course in courses:
        later = weekly(study, course.name, history)
        here, there = course.values[:, weeks - 1], later.values[:, last - 1]
        if np.isfinite(here).any() and np.isfinite(there).any():
            change = estimate(there - here)
            contrasts.append(_Contrast(later, course.estimate(weeks), later.estimate(last), change))
    gates = judge_gates(study, last, history, first)
    return _Carried(study, (first, last), tuple(gates), _judge(study, last, history), tuple(contrasts))
