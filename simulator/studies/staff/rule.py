"""The rule: when a roster meets the targets with the stated confidence.

A target is met with confidence 95 % when the one-sided 95 % lower bound (Student's t over replications) of the mean
room left is 0 or more. All are met when each is: claiming all of them wrongly is then no likelier than claiming one
wrongly, so the level is not split among them (intersection-union test; Berger 1982). A replication in which a KPI has
no value (nobody ever replied) counts as a miss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.stats import t_quantile
from simulator.metrics.registry import BY_NAME
from simulator.studies.running.results import Replications
from simulator.studies.targets import Target

_ROUNDING = 1e-12
"""Room, as a part of the bound, that counts as none."""


@dataclass(frozen=True)
class Criterion:
    """One thing that a roster must keep: a target, or the largest occupancy of a team."""

    target: Target | None
    team: int = -1
    """Number of the team; -1 for a target."""
    team_name: str = ""
    most: float = 1.0
    """Largest occupancy of the team."""

    def slack(self, study: Replications) -> Floats:
        """Return the room left in each replication, negative where it is missed; -inf where there is no value."""
        if self.target is not None:
            return np.nan_to_num(self.target.slack(study), nan=-np.inf)
        return self.most - self.values(study)

    def values(self, study: Replications) -> Floats:
        """Return the bounded figure of each replication."""
        if self.target is not None:
            return study.values(self.target.kpi)
        loads = [result.arm.load for result in study.results]
        busy = np.array([load.busy[self.team].sum() for load in loads])
        duty = np.array([load.on_duty[self.team].sum() for load in loads])
        # A team that nobody is in overworks nobody; what work it leaves undone is for the targets to say.
        return np.asarray(np.where(duty > 0, busy / np.maximum(duty, 1e-9), np.where(busy > 0, np.inf, 0.0)))

    @property
    def scale(self) -> float:
        """A typical size of the bounded figure, so that room can be compared between criteria."""
        bound = self.most if self.target is None else self.target.bound
        return abs(bound) if bound else 1.0

    def words(self, currency: str = "USD") -> str:
        """Write it for people."""
        if self.target is not None:
            return self.target.words(currency)
        return f"{self.team_name} at most {100 * self.most:g}% occupied"

    def written(self, value: float, currency: str = "USD") -> str:
        """Write a value of the bounded figure for people."""
        return BY_NAME["occupancy" if self.target is None else self.target.kpi].format(value, currency)


@dataclass(frozen=True)
class Rule:
    """What a roster must keep, and how surely."""

    criteria: tuple[Criterion, ...]
    confidence: float = 0.95
    replications: int = 20
    """Replications that the search judges rosters by; fewer are taken as a foretaste of so many."""

    @property
    def needs_load(self) -> bool:
        """Whether teams' load must be kept with the KPIs."""
        return any(criterion.target is None for criterion in self.criteria)

    def judge(self, study: Replications, *, count: int | None = None, confidence: float | None = None) -> RosterVerdict:
        """Judge a roster by its replications, as if there were `count` of them."""
        slack = np.array([criterion.slack(study) for criterion in self.criteria])
        values = np.array([criterion.values(study).mean() for criterion in self.criteria])
        count = count or slack.shape[1]
        mean = slack.mean(axis=1)
        with np.errstate(invalid="ignore"):
            deviation = np.nan_to_num(slack.std(axis=1, ddof=1), nan=0.0) if slack.shape[1] > 1 else np.zeros(len(mean))
        quantile = t_quantile(count - 1, self.confidence if confidence is None else confidence, one_sided=True)
        low = mean - quantile * deviation / np.sqrt(count)
        tiny = _ROUNDING * np.array([criterion.scale for criterion in self.criteria])
        share = float((slack >= -tiny[:, np.newaxis]).all(axis=0).mean())
        return RosterVerdict(mean, np.where(np.abs(low) <= tiny, 0.0, low), values, share, slack.shape[1])

    def with_targets(self, more: Sequence[Target]) -> Rule:
        """Return the rule with further targets."""
        return replace(self, criteria=(*self.criteria, *(Criterion(target) for target in more)))


@dataclass(frozen=True, eq=False)
class RosterVerdict:
    """How a roster did; arrays by criterion."""

    room: Floats
    """Mean room left."""
    low: Floats
    """Its one-sided lower bound."""
    values: Floats
    """Mean of the bounded figure."""
    share: float
    """Share of replications in which all criteria were kept."""
    replications: int

    @property
    def meets(self) -> bool:
        """Whether all is met with the stated confidence."""
        return bool((self.low >= 0).all())

    @property
    def meets_on_average(self) -> bool:
        """Whether the means keep all bounds."""
        return bool((self.room >= 0).all())

    @property
    def tightest(self) -> int:
        """The criterion whose bound is missed most, or kept least."""
        return int(np.argmin(self.low))


def decisive(rule: Rule, verdict: RosterVerdict) -> int:
    """Return the criterion with the least room, each measured by its own size."""
    scales = np.array([criterion.scale for criterion in rule.criteria])
    user = len(rule.criteria) if verdict.low.min() < 0 else max(1, sum(_is_users(one.target) for one in rule.criteria))
    return int(np.argmin((verdict.low / scales)[:user]))


def _is_users(target: Target | None) -> bool:
    return target is None or target.kpi != "open_at_end"
