"""The pilot's gates: what it must show, in which week that is judged, and how likely it is met."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import special

from simulator.base.arrays import Bools, Floats
from simulator.base.stats import LEVEL, Estimate
from simulator.base.units import format_value
from simulator.metrics.kpis import applicable
from simulator.scenario.model import Scenario
from simulator.studies.pilot.weekly import AHT_REDUCTION, CSAT_GAP, Trajectory, weekly
from simulator.studies.running.results import Replications
from simulator.studies.targets import Sign

_GATES: tuple[tuple[str, str, Sign], ...] = (
    ("accuracy_scale", "answer_accuracy", ">="),
    ("accuracy_adjust", "answer_accuracy", ">="),
    ("csat_gap_points", CSAT_GAP, "<="),
    ("automated_resolution_min", "automated_resolution", ">="),
    ("escalation_rate_max", "escalation", "<="),
    ("escalation_accuracy", "escalation_accuracy", ">="),
    ("routing_accuracy", "routing_accuracy", ">="),
    ("draft_match", "draft_match", ">="),
    ("aht_reduction_min", AHT_REDUCTION, ">="),
    ("uptime", "ai_uptime", ">="),
)
"""Field of `pilot.gates`, weekly figure that it bounds, and on which side."""


@dataclass(frozen=True)
class Gate:
    """A bound that a weekly figure must keep."""

    field: str
    """Its name under `pilot.gates`."""
    figure: str
    """KPI (or weekly figure) that it bounds."""
    sign: Sign
    bound: float

    @property
    def words(self) -> str:
        """Write the bound for people: `≥ 90%`."""
        bound = format_value("points" if self.figure == CSAT_GAP else "share", self.bound).lstrip("+")
        return f"{'≥' if self.sign == '>=' else '≤'} {bound.replace('.0', '')}"

    def met(self, values: Floats) -> Bools:
        """Return where a figure keeps the bound."""
        kept: Bools = values >= self.bound if self.sign == ">=" else values <= self.bound
        return kept


@dataclass(frozen=True)
class Judged:
    """A gate and what the projection says about it."""

    gate: Gate
    course: Trajectory
    week: int | None
    """Week in which it is judged: the last one with a value in most replications; None if there is none."""

    @property
    def chance(self) -> Estimate:
        """Estimate the share of pilots that keep the bound in the judged week, sampling error of reviews left out."""
        if self.week is None:
            return Estimate(math.nan, math.nan, math.nan, 0)
        values = self.course.values[:, self.week - 1]
        known = values[np.isfinite(values)]
        return share_of(int(self.gate.met(known).sum()), len(known))


def gates_of(scenario: Scenario) -> tuple[Gate, ...]:
    """List the gates whose figure exists for a scenario; none without an AI."""
    return tuple(_applicable(scenario)) if scenario.ai is not None else ()


def judge_gates(study: Replications, last: int, history: Replications | None = None, first: int = 1) -> list[Judged]:
    """Judge every gate in week `last`, or the latest week from `first` on in which its figure exists."""
    found = []
    for gate in gates_of(study.scenario):
        course = weekly(study, gate.figure, history)
        known = np.isfinite(course.values[:, first - 1 : last]).mean(axis=0) >= 0.5
        week = first + int(np.flatnonzero(known)[-1]) if known.any() else None
        found.append(Judged(gate, course, week))
    return found


def share_of(hits: int, trials: int, level: float = LEVEL) -> Estimate:
    """Estimate a share of trials with Wilson's interval, which keeps its width at 0 and 1 (Wilson 1927)."""
    if not trials:
        return Estimate(math.nan, math.nan, math.nan, 0)
    share, z = hits / trials, float(special.ndtri(0.5 + level / 2))
    middle = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * math.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2))
    return Estimate(share, max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share)), trials)


def _applicable(scenario: Scenario) -> Iterator[Gate]:
    known = {*applicable(scenario), AHT_REDUCTION}
    for field, figure, sign in _GATES:
        if figure in known and not (field == "routing_accuracy" and scenario.ai and scenario.ai.routing is None):
            yield Gate(field, figure, sign, float(getattr(scenario.pilot.gates, field)))
