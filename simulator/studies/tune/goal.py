"""The goal of a search: what should be as good as can be, and which guard-rails must hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.errors import Problem, StudyError
from simulator.metrics.kpis import applicable
from simulator.metrics.registry import BY_NAME, Kpi
from simulator.scenario import Scenario
from simulator.studies.running.results import Replications
from simulator.studies.targets import Target, check_kpi, parse_targets

OBJECTIVE = "net_value"
_SHORT = {"net_value": "net_value_capacity", "roi": "roi_capacity", "npv": "npv_capacity"}
"""Short names of objectives. They stand for capacity figures: with a fixed roster, thresholds move no cash but the
AI's bill, penalties and churn."""
_GUARD_RAILS = ("csat_gap<=10", "wrong_answer<=10%", "sla_breach<=baseline")
"""What must hold unless other guard-rails are given, where the scenario has it (brief of the pilot guides: CSAT within
10 points of the human one, wrong answers at most 10 %)."""
_NO_GUARD_RAILS = "none"


@dataclass(frozen=True)
class Goal:
    """An objective and guard-rails."""

    kpi: Kpi
    targets: tuple[Target, ...]

    @property
    def sign(self) -> float:
        """What turns the objective so that higher is better."""
        return -1.0 if self.kpi.better == "lower" else 1.0

    def values(self, study: Replications) -> Floats:
        """Return the objective in each replication, turned so that higher is better; shape (n_replications,).

        Where it has no value (a payback that never comes, accuracy of answers that are never given) it is −inf.
        """
        values = self.sign * study.values(self.kpi.name)
        return np.where(np.isfinite(values), values, -np.inf)

    def gains(self, study: Replications, other: Replications) -> Floats:
        """Return what a setting gains over another in each replication, shape (n_replications,).

        NaN where neither has a value, infinite where one has none.
        """
        with np.errstate(invalid="ignore"):
            return self.values(study) - self.values(other)

    def room(self, study: Replications, caution: float = 0.0) -> Floats:
        """Return the mean room that each guard-rail leaves, less `caution` standard errors; shape (n_targets,).

        Infinite where its KPI has no value anywhere: what never happens misses nothing.
        """
        found = np.full(len(self.targets), np.inf)
        for place, target in enumerate(self.targets):
            if BY_NAME[target.kpi].unit == "months" and not target.holds(study):
                found[place] = -1.0  # a payback that never comes misses any bound, by a month at least
                continue
            known = target.slack(study)
            known = known[np.isfinite(known)]
            if len(known):
                error = known.std(ddof=1) / np.sqrt(len(known)) if len(known) > 1 else 0.0
                found[place] = known.mean() - caution * error
        return found

    def violation(self, study: Replications, caution: float = 0.0) -> float:
        """Add up by how much guard-rails are missed, each relative to its bound; 0 where all hold."""
        missed = np.maximum(0.0, -self.room(study, caution))
        scales = [self.scale(target, study) for target in self.targets]
        return float(sum(amount / scale for amount, scale in zip(missed, scales, strict=True)))

    @staticmethod
    def scale(target: Target, study: Replications) -> float:
        """Return what a miss is measured by: the bound, or 1 where that is 0."""
        bound = target.bound
        if bound is None:
            bound = float(np.nan_to_num(study.estimate(target.kpi, baseline=True).mean))
        return abs(bound) or 1.0

    def rank(self, study: Replications, caution: float = 0.0) -> tuple[float, float]:
        """Return what candidates are sorted by, the best first: least violation, then the best objective."""
        return self.violation(study, caution), -float(self.values(study).mean())


def read_goal(scenario: Scenario, objective: str = OBJECTIVE, guard_rails: Sequence[str] | None = None) -> Goal:
    """Read an objective and guard-rails as the command line takes them; those given replace the usual ones.

    Raises StudyError with every problem.
    """
    problems: list[Problem] = []
    goal: Kpi | None = None
    targets: tuple[Target, ...] = ()
    try:
        goal = _objective(scenario, objective)
    except StudyError as error:
        problems += error.problems
    try:
        targets = _targets(scenario, guard_rails)
    except StudyError as error:
        problems += error.problems
    if problems or goal is None:
        raise StudyError(problems)
    return Goal(goal, targets)


def _objective(scenario: Scenario, objective: str) -> Kpi:
    name = _SHORT.get(objective, objective)
    where = f"--objective {objective}"
    if name in BY_NAME and name not in applicable(scenario) and scenario.ai is not None:
        known = applicable(scenario)
        can = ", ".join(kpi for kpi in ("csat_mean", "sla_breach", "aht", "automated_resolution") if kpi in known)
        needs = " and ".join(f"`{part}`" for part in BY_NAME[name].needs.split() if getattr(scenario, part) is None)
        rule = f"does not exist for this scenario; add {needs or 'what it needs'}, or choose another such as {can}"
        raise StudyError(Problem(where, "", rule))
    kpi = check_kpi(name, scenario, where)
    if kpi.better == "neither":
        rule = "is neither better high nor low; choose an objective that has a best, `ticketflow kpis` lists all"
        raise StudyError(Problem(where, "", rule))
    return kpi


def _targets(scenario: Scenario, given: Sequence[str] | None) -> tuple[Target, ...]:
    if given and list(given) == [_NO_GUARD_RAILS]:
        return ()
    if given:
        return parse_targets(given, scenario, "--subject-to")
    known = set(applicable(scenario))
    usual = [text for text in _GUARD_RAILS if text.partition("<")[0] in known]
    return parse_targets(usual, scenario, "--subject-to")
