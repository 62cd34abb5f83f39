"""Weekly figures of a pilot and its gates: what it must show, when that is judged, and how likely it is met."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulator.base.arrays import Bools, Floats
from simulator.base.stats import LEVEL, Estimate, estimate, wilson
from simulator.base.units import Unit, format_value
from simulator.metrics.kpis import applicable
from simulator.metrics.registry import BY_NAME
from simulator.scenario import WHOLE, Scenario
from simulator.studies.running.results import Replications
from simulator.studies.targets import Sign

BAND = (0.05, 0.95)
"""Quantiles over replications between which nine of ten pilots' figures fall."""
CSAT_GAP, AHT_REDUCTION = "csat_gap", "aht_reduction"
"""Weekly figures that hold a week against the AI-off baseline of the same replication, all weeks together."""


@dataclass(frozen=True)
class Trajectory:
    """A figure week by week."""

    name: str
    title: str
    unit: Unit
    values: Floats
    """Shape (n_replications, n_weeks); NaN where a week has none."""

    @property
    def has_values(self) -> bool:
        """Whether any week of any replication has a value."""
        return bool(np.isfinite(self.values).any())

    def estimate(self, week: int) -> Estimate:
        """Estimate the mean of a week (1 is the first) with its 95 % confidence interval."""
        bounds = BY_NAME[self.name].bounds if self.name in BY_NAME else (-np.inf, 1.0)
        return estimate(self.values[:, week - 1], bounds)

    def band(self, week: int) -> tuple[float, float]:
        """Return the 90 % projection band of a week: where one pilot's figure will fall, its chances included."""
        known = self.values[np.isfinite(self.values[:, week - 1]), week - 1]
        if len(known) < 2:
            return float("nan"), float("nan")
        low, high = np.quantile(known, BAND)
        return float(low), float(high)


@dataclass(frozen=True)
class Sight:
    """A published or measured figure beside its projection."""

    kpi: str
    week: int | None
    """None for the whole pilot."""
    observed: float
    low: float | None
    """Range that was published instead of a single figure."""
    high: float | None
    projected: float
    band: tuple[float, float]

    @property
    def is_inside(self) -> bool:
        """Whether the figure lies in the projection band, and the projected mean in a published range."""
        in_range = self.low is None or self.high is None or self.low <= self.projected <= self.high
        return self.band[0] <= self.observed <= self.band[1] and in_range


def weekly(study: Replications, name: str, history: Replications | None = None) -> Trajectory:
    """Return a figure's trajectory; CSAT gap and AHT reduction against the baseline of `history` (this study's own).

    The gap of a week is the baseline's share of satisfied customers (all weeks: the human score) minus the share among
    customers with whom the AI dealt alone in that week, in points.
    """
    if name == CSAT_GAP:
        human = (history or study).values("csat_satisfied", baseline=True)
        values = 100 * (human[:, None] - group_weeks(study, "csat_satisfied_ai"))
        return Trajectory(name, BY_NAME[name].title, "points", values)
    if name == AHT_REDUCTION:
        human = (history or study).values("aht", baseline=True)
        return Trajectory(name, "Handle time saved", "share", 1 - group_weeks(study, "aht") / human[:, None])
    return Trajectory(name, BY_NAME[name].title, BY_NAME[name].unit, group_weeks(study, name))


def group_weeks(study: Replications, kpi: str) -> Floats:
    """Return a KPI by week; shape (n_replications, n_weeks)."""
    weeks = range(1, int(study.scenario.weeks) + 1)
    rows = [[result.groups.get(("week", f"week {week}", kpi), np.nan) for week in weeks] for result in study.results]
    return np.array(rows)


def sights(study: Replications) -> Iterator[Sight]:
    """Hold the scenario's observed figures against the projection; those of weeks that it has not are left out."""
    for kpi, figures in study.scenario.pilot.observed.items():
        course = weekly(study, kpi)
        for key, figure in figures.items():
            week = None if key == WHOLE else int(key)
            if week is None:
                low, high, projected = _whole(study, kpi)
            elif week <= course.values.shape[1]:
                (low, high), projected = course.band(week), course.estimate(week).mean
            else:
                continue
            yield Sight(kpi, week, float(figure), figure.low, figure.high, projected, (low, high))


def _whole(study: Replications, kpi: str) -> tuple[float, float, float]:
    """Return band and mean of a figure over all weeks; NaN where it has no value."""
    values = 1 - study.values("aht") / study.values("aht", baseline=True) if kpi == AHT_REDUCTION else study.values(kpi)
    known = values[np.isfinite(values)]
    if not len(known):
        return np.nan, np.nan, np.nan
    low, high = np.quantile(known, BAND)
    return float(low), float(high), float(known.mean())


# -- the pilot's gates ------------------------------------------------------------------------------------------------


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
    """Estimate a share of trials with Wilson's interval."""
    if not trials:
        return Estimate(math.nan, math.nan, math.nan, 0)
    share = hits / trials
    low, high = wilson(share, trials, level)
    # At 0 and 1 rounding may leave the share a speck outside.
    return Estimate(share, min(low, share), max(high, share), trials)


def _applicable(scenario: Scenario) -> Iterator[Gate]:
    known = {*applicable(scenario), AHT_REDUCTION}
    for field, figure, sign in _GATES:
        if figure in known and not (field == "routing_accuracy" and scenario.ai and scenario.ai.routing is None):
            yield Gate(field, figure, sign, float(getattr(scenario.pilot.gates, field)))
