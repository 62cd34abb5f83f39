"""Results: what replications found, as estimates with intervals, and as tables."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from simulator.base.errors import StudyError
from simulator.base.notebook_hooks import Plotted
from simulator.base.stats import Estimate, estimate
from simulator.engines.run_log import Engine
from simulator.metrics.flow import Flow
from simulator.metrics.kpis import applicable
from simulator.metrics.load import WeekLoad
from simulator.metrics.registry import BY_NAME, HEADLINE
from simulator.money.activity import Activity
from simulator.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

Key = TypeVar("Key")
GroupKey = tuple[str, str, str]
"""(grouping, group, kpi)."""


class Values(Mapping[Key, float]):
    """Numbers by name, packed: a study keeps very many of them, and all under the same names."""

    __slots__ = ("_numbers", "_places")

    def __init__(self, given: Mapping[Key, float]) -> None:
        names = tuple(given)
        self._places: dict[Key, int] = _PLACES.setdefault(names, {name: place for place, name in enumerate(names)})
        self._numbers = array("d", given.values())

    def __getitem__(self, name: Key) -> float:
        return self._numbers[self._places[name]]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._numbers)

    def __repr__(self) -> str:
        return f"Values({dict(self)})"

    def __reduce__(self) -> tuple[type[Values[Key]], tuple[dict[Key, float]]]:
        return Values, (dict(self),)


_PLACES: dict[tuple[Any, ...], dict[Any, int]] = {}


@dataclass(frozen=True)
class Detail:
    """What charts need of a replication beside its KPIs."""

    load: WeekLoad
    flow: Flow


@dataclass(frozen=True)
class Arm:
    """What one desk (with the AI, or the baseline) did in one replication."""

    kpis: Values[str]
    costs: Values[str]
    """Amounts by kind; empty where no costs are stated."""
    detail: Detail | None
    """None in a study of KPIs only."""
    activity: Activity | None = None
    """What costs money, week by week; None where no costs are stated."""

    @property
    def load(self) -> WeekLoad:
        """Load by hour of the week; raises StudyError in a study of KPIs only."""
        return self._detail().load

    @property
    def flow(self) -> Flow:
        """Tickets by stage and next stage; raises StudyError in a study of KPIs only."""
        return self._detail().flow

    def _detail(self) -> Detail:
        if self.detail is None:
            raise StudyError("this study kept KPIs only, neither load nor flow; simulate it with detail=True")
        return self.detail


@dataclass(frozen=True)
class Replication:
    """The figures of one replication."""

    number: int
    arm: Arm
    baseline: Arm | None
    """None where the scenario has no AI: the desk is its own baseline."""
    groups: Values[GroupKey]
    """Empty in a study of KPIs only."""

    @property
    def activities(self) -> tuple[Activity, Activity]:
        """What the run and its baseline did that costs money; only where there are costs and an AI."""
        run, today = self.arm.activity, None if self.baseline is None else self.baseline.activity
        assert run is not None, "scenarios without costs have no activity"
        assert today is not None, "scenarios without AI have no baseline"
        return run, today


@dataclass(frozen=True)
class Replications(Plotted):
    """All replications of one scenario."""

    view: ClassVar[str] = "simulator.report.run.view:page_of"

    scenario: Scenario
    seed: int
    engine: Engine
    anchor: float | None
    """Satisfaction anchor, solved on the AI-off baseline; None without CSAT."""
    results: tuple[Replication, ...]

    def __len__(self) -> int:
        return len(self.results)

    def __repr__(self) -> str:
        lines = [f"<{len(self)} replications of {self.scenario.name!r}, seed {self.seed}>"]
        for name in HEADLINE:
            if name in self.kpi_names:
                lines.append(f"  {BY_NAME[name].title:30s} {self.spelled(name)}")
        return "\n".join(lines)

    @cached_property
    def kpi_names(self) -> tuple[str, ...]:
        """Names of the KPIs, in the registry's order."""
        return applicable(self.scenario)

    def values(self, kpi: str, *, baseline: bool = False) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Return one value of a KPI per replication; NaN where it does not exist."""
        arms = [result.baseline if baseline else result.arm for result in self.results]
        return np.array([np.nan if arm is None else arm.kpis.get(kpi, np.nan) for arm in arms])

    def estimate(self, kpi: str, *, baseline: bool = False) -> Estimate:
        """Estimate a KPI's mean with its interval; raise StudyError for an unknown KPI."""
        if kpi not in BY_NAME:
            raise StudyError(f"KPI {kpi!r} is not known; must be one of {', '.join(BY_NAME)}")
        values = self.values(kpi, baseline=baseline)
        if BY_NAME[kpi].unit == "months" and not np.isfinite(values).all():
            # A mean over the replications that pay back would look the better, the fewer they are.
            return Estimate(np.nan, np.nan, np.nan, int(np.isfinite(values).sum()))
        return estimate(values, BY_NAME[kpi].bounds)

    def difference(self, kpi: str) -> Estimate:
        """Estimate a KPI's difference to the baseline, paired by replication."""
        return estimate(self.values(kpi) - self.values(kpi, baseline=True))

    def group_values(self, grouping: str, kpi: str) -> dict[str, Estimate]:
        """Estimate a KPI in each group of a grouping (intent, channel, tier, week, difficulty)."""
        keys = [key for key in self.results[0].groups if key[0] == grouping and key[2] == kpi]
        return {key[1]: self.group_estimate(key) for key in keys}

    def group_estimate(self, key: GroupKey) -> Estimate:
        """Estimate a KPI in one group."""
        return estimate([result.groups.get(key, np.nan) for result in self.results], BY_NAME[key[2]].bounds)

    @property
    def currency(self) -> str:
        """ISO code that amounts are labelled with."""
        return self.scenario.costs.currency if self.scenario.costs else "USD"

    def written(self, kpi: str, value: float) -> str:
        """Write a value of a KPI for people."""
        return BY_NAME[kpi].format(value, self.currency)

    def spelled(self, kpi: str, found: Estimate | None = None) -> str:
        """Write an estimate of a KPI with its interval for people: `12.3% [11.0%, 13.6%]`; its mean by default."""
        found = self.estimate(kpi) if found is None else found
        mean, low, high = (self.written(kpi, value) for value in (found.mean, found.low, found.high))
        return f"{mean} [{low}, {high}]" if np.isfinite(found.low) else mean

    @cached_property
    def has_baseline(self) -> bool:
        """Whether an AI-off baseline was run alongside."""
        return self.results[0].baseline is not None

    def load(self, *, baseline: bool = False) -> WeekLoad:
        """Sum the load over replications."""
        return _sum_loads(arm.load for arm in self._arms(baseline=baseline))

    def flow(self, *, baseline: bool = False) -> Flow:
        """Return the mean ticket flow per replication."""
        return _mean_of([arm.flow for arm in self._arms(baseline=baseline)])

    def costs(self, *, baseline: bool = False) -> dict[str, float]:
        """Return mean amounts by kind per replication."""
        return _mean_of([arm.costs for arm in self._arms(baseline=baseline)])

    def _arms(self, *, baseline: bool) -> list[Arm]:
        arms = [result.baseline if baseline else result.arm for result in self.results]
        return [arm for arm in arms if arm is not None]


def summarise(study: Replications) -> pd.DataFrame:
    """Return one row per KPI: kpi, unit, mean, ci_low, ci_high, replications."""
    import pandas as pd

    rows = [(name, BY_NAME[name].unit, *_figures(study.estimate(name))) for name in study.kpi_names]
    return pd.DataFrame(rows, columns=["kpi", "unit", "mean", "ci_low", "ci_high", "replications"])


def summarise_baseline(study: Replications) -> pd.DataFrame:
    """Return the baseline's KPIs and the paired differences, where there is a baseline.

    Columns: kpi, unit, baseline mean and interval, difference mean and interval, replications.
    """
    import pandas as pd

    rows = []
    for name in study.kpi_names if study.has_baseline else ():
        there, gap = study.estimate(name, baseline=True), study.difference(name)
        if there.replications:
            unit = BY_NAME[name].unit
            rows.append((name, unit, there.mean, there.low, there.high, *_figures(gap)))
    columns = ["kpi", "unit", "baseline_mean", "baseline_ci_low", "baseline_ci_high"]
    columns += ["difference_mean", "difference_ci_low", "difference_ci_high", "replications"]
    return pd.DataFrame(rows, columns=columns)


def summarise_groups(study: Replications) -> pd.DataFrame:
    """Return the KPIs by intent, channel, tier, week and difficulty: one row per grouping, group and KPI."""
    import pandas as pd

    rows = []
    for grouping, group, kpi in study.results[0].groups:
        rows.append((grouping, group, kpi, BY_NAME[kpi].unit, *_figures(study.group_estimate((grouping, group, kpi)))))
    columns = ["grouping", "group", "kpi", "unit", "mean", "ci_low", "ci_high", "replications"]
    return pd.DataFrame(rows, columns=columns)


def summarise_hours(study: Replications) -> pd.DataFrame:
    """Return backlog, waiting and each team's load by hour of the local week (0 is Monday midnight), means of all runs.

    Columns: hour_of_week, backlog (tickets waiting at the full hour), wait_minutes (of those who joined a line in
    the hour), then on_duty, busy (agents) and occupancy of each team.
    """
    import pandas as pd

    load = study.load()
    with np.errstate(invalid="ignore", divide="ignore"):
        columns = {
            "hour_of_week": np.arange(len(load.hours)),
            "backlog": load.backlog / load.hours,
            "wait_minutes": load.waits / load.waiters,
        }
        for number, team in enumerate(study.scenario.teams):
            on_duty, busy = load.on_duty[number], load.busy[number]
            columns |= {f"{team}.on_duty": on_duty / load.hours / 60, f"{team}.busy": busy / load.hours / 60}
            columns[f"{team}.occupancy"] = np.where(on_duty > 0, busy / on_duty, np.nan)
    return pd.DataFrame(columns)


def _figures(found: Estimate) -> tuple[float, float, float, int]:
    return found.mean, found.low, found.high, found.replications


def _sum_loads(loads: Iterator[WeekLoad]) -> WeekLoad:
    total = next(loads)
    for load in loads:
        total = total + load
    return total


def _mean_of(tables: Sequence[Mapping[Key, float]]) -> dict[Key, float]:
    keys = dict.fromkeys(key for table in tables for key in table)
    return {key: sum(table.get(key, 0.0) for table in tables) / len(tables) for key in keys}
