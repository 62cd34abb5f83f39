"""Whether a pilot can be projected at all: every problem at once, before anything is simulated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.base.errors import Problem, SimulatorError, StudyError, cut
from simulator.base.quantities import parse_share
from simulator.journeys.rules import rules_in_force
from simulator.metrics.registry import BY_NAME, RESOLVER_KPIS
from simulator.scenario.model import Scenario
from simulator.scenario.pilot_review import WHOLE
from simulator.scenario.policy import Mode
from simulator.studies.pilot.production import phase_numbers
from simulator.studies.pilot.weekly import AHT_REDUCTION, CSAT_GAP
from simulator.studies.run.checks import check
from simulator.studies.running.stopping import MAX_REPLICATIONS
from simulator.studies.targets import check_kpi

FEWEST = 20
"""Replications below which a 90 % band has nothing beyond its ends."""
BY_TICKET = {
    *RESOLVER_KPIS, "csat_mean", "csat_survey", "csat_satisfied", "csat_satisfied_ai", "survey_answers",
    "survey_answers_ai", CSAT_GAP,
}  # fmt: skip
"""KPIs beside those with a measure that have weekly values."""


def check_pilot(scenario: Scenario, replications: int, level: float, kpis: Sequence[str]) -> None:
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
    return [*unseen(scenario), *told]


def unseen(scenario: Scenario) -> list[str]:
    """Warn of observed figures that belong to weeks which the scenario has not."""
    weeks = int(scenario.weeks)
    return [
        f"pilot.observed.{kpi} has a figure of week {week}, and the scenario {weeks} weeks; it is left out"
        for kpi, figures in scenario.pilot.observed.items()
        for week in figures
        if week != WHOLE and int(week) > weeks
    ]


def _options(replications: int, level: float) -> Iterator[Problem]:
    if not FEWEST <= replications <= MAX_REPLICATIONS:
        rule = f"must be from {FEWEST} to {MAX_REPLICATIONS:,}, as a 90 % band is read off them"
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
    if known.measure is None and kpi not in BY_TICKET:
        weekly = ", ".join(name for name in BY_NAME if BY_NAME[name].measure is not None)
        yield Problem(where, "", f"{kpi} has no weekly value; must be one that has, such as {weekly[:60]} …")
