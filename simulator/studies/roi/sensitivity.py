"""Sensitivity: one input at a time between the ends of its range, on the same customers; the tornado."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.errors import StudyError
from simulator.base.stats import Estimate, estimate
from simulator.money.cash_flow import MonthPlan, UnitPrices, cash_flows, months_of, prices_of
from simulator.scenario import Scenario
from simulator.studies.compare.comparison import gap_estimate, paired
from simulator.studies.roi.inputs import (
    DECIDED,
    HIGH,
    LOW,
    NO_MONEY,
    RUN_ITSELF,
    Change,
    Input,
    changed_scenario,
    variant_of,
)
from simulator.studies.running.batch import Stages
from simulator.studies.running.results import Replication, Replications
from simulator.studies.running.variants import Variant


@dataclass(frozen=True)
class KpiSwing:
    """What one input changes in a KPI between the ends of its range."""

    input: Input
    low: Estimate
    """The KPI with the input at the 5 % end of its range."""
    high: Estimate
    """The KPI with it at the 95 % end."""
    found: Estimate
    """High minus low, paired by replication."""

    @property
    def ends(self) -> tuple[float, float]:
        """The input's values at its ends (of a list, its first figure's)."""
        return self.input.at(LOW)[0], self.input.at(HIGH)[0]


def kpi_swings(
    scenario: Scenario,
    inputs: Sequence[Input],
    kpi: str,
    simulate: Callable[[Scenario], Replications],
    progress: Stages | None = None,
) -> tuple[tuple[KpiSwing, ...], Mapping[str, str]]:
    """Move each input to both ends; return the swings, the largest first, and why some inputs cannot be moved alone."""
    found, refused = [], {}
    for place, one in enumerate(inputs):
        if progress is not None:
            progress(f"Moving {one.name}", place, len(inputs))
        try:
            low, high = (changed_scenario(scenario, one.change(end), one.name) for end in (LOW, HIGH))
        except StudyError as error:
            refused[one.name] = error.problems[0].message
            continue
        below, above = simulate(low), simulate(high)
        swing = gap_estimate(paired(above, below, kpi), kpi)
        found.append(KpiSwing(one, below.estimate(kpi), above.estimate(kpi), swing))
    return tuple(sorted(found, key=lambda row: -abs(row.found.mean))), refused


# -- sensitivity ------------------------------------------------------------------------------------------------------


Simulate = Callable[[Sequence[Variant], int, str], dict[str, list[Replication]]]
"""Simulates variants a number of times from replication 0 on, under a stage's name."""


@dataclass(frozen=True)
class Swing:
    """What one input changes between the ends of its range."""

    name: str
    kind: str
    ends: tuple[float, float]
    """Value of the input at 5 % and at 95 % of its distribution (of a list, of its first figure)."""
    net: tuple[float, float]
    """Net value (capacity) at these."""
    roi: tuple[float, float]
    swing: Estimate
    """Net value at the high end minus at the low end, paired by replication."""


@dataclass(frozen=True)
class Centre:
    """The scenario as it stands, as the other settings are compared with it."""

    scenario: Scenario
    plan: MonthPlan
    months: Floats
    """Shape (n_replications, n_rows, columns)."""
    cell: Replication
    """Any of its cells; it tells the names of rows."""

    def prices(self, setting: Variant) -> UnitPrices:
        """Put a setting's prices, and those of its desk without AI, on the rows."""
        assert setting.today is not None
        return prices_of(setting.scenario, setting.today, self.plan, self.cell.activities)

    def setting(self, prices: UnitPrices, months: Floats | None) -> _InputSetting:
        """Judge months of a setting, shape (n, n_rows, columns), on the customers of the first n replications."""
        whole = self.months.mean(axis=0)
        if months is None:
            months = self.months
        shifted = whole + (months - self.months[: len(months)]).mean(axis=0)
        figures = cash_flows(self.plan, [prices], shifted).figures()
        each = cash_flows(self.plan, [prices] * len(months), months).figures()["net_value_capacity"]
        return _InputSetting(float(figures["net_value_capacity"][0]), float(figures["roi_capacity"][0]), each)


@dataclass(frozen=True)
class _InputSetting:
    """What one setting comes to."""

    net: float
    """Net value (capacity), the luck of its customers taken out."""
    roi: float
    each: Floats
    """Net value in each replication."""


def swings(
    centre: Centre, inputs: Sequence[Input], simulate: Simulate, replications: int, stage: str
) -> tuple[list[Swing], dict[str, str]]:
    """Move each input to its low and its high end; return swings, and why some inputs cannot be moved alone.

    Prices are not simulated.
    """
    settings: dict[tuple[str, float], tuple[Change, UnitPrices, Variant | None]] = {}
    refused: dict[str, str] = {}
    for one in inputs:
        try:
            for end in (LOW, HIGH):
                settings[one.name, end] = _setting(centre, one, end, stage)
        except StudyError as error:
            settings.pop((one.name, LOW), None)
            refused[one.name] = error.problems[0].message
    variants = [variant for _, _, variant in settings.values() if variant is not None]
    cells = simulate(variants, replications, stage) if variants else {}
    found = []
    for one in inputs:
        if one.name in refused:
            continue
        low, high = (_judged(centre, *settings[one.name, end][1:], cells) for end in (LOW, HIGH))
        first = one.known[0].path
        ends = tuple(settings[one.name, end][0][first] for end in (LOW, HIGH))
        count = min(len(low.each), len(high.each))
        swing = estimate(high.each[:count] - low.each[:count])
        found.append(Swing(one.name, one.kind, (ends[0], ends[1]), (low.net, high.net), (low.roi, high.roi), swing))
    return sorted(found, key=lambda row: -abs(row.swing.mean)), refused


def waiting(cells: Sequence[Replication]) -> float:
    """Return how many tickets wait at the end of the weeks at the desk without AI, mean."""
    return float(np.mean([cell.baseline.kpis["backlog_end"] for cell in cells if cell.baseline is not None]))


def tickets_a_week(cells: Sequence[Replication]) -> float:
    """Return how many tickets arrive in a week, mean."""
    weeks = [len(cell.arm.activity.row("tickets")) for cell in cells if cell.arm.activity is not None]
    return float(np.mean([cell.arm.kpis["tickets"] for cell in cells])) / weeks[0]


def overloaded(cells: Sequence[Replication], usual: float) -> bool:
    """Whether the desk without AI ends with more than a working day's tickets waiting, and twice the usual number.

    What it would cost is not known then: it never does the work.
    """
    return waiting(cells) > max(tickets_a_week(cells) / 5, 2 * usual)


def why_not_stressed(one: Input) -> str | None:
    """Say why an assumed figure is not put under stress; None if it is."""
    path = one.known[0].path
    if path[0] in RUN_ITSELF:
        return NO_MONEY
    if path[0] in DECIDED or (path[0] == "teams" and ({"shifts", "agents", "serves"} & set(path))):
        return "yours to decide: vary it with sweep"
    if all(value == float(known.figure) for known, value in zip(one.known, one.at(HIGH), strict=True)):
        return "0, or at its bound: no factor moves it"
    return None


def _setting(centre: Centre, one: Input, end: float, stage: str) -> tuple[Change, UnitPrices, Variant | None]:
    change, name = one.change(end), f"{stage}: {one.name} at {end:.0%}"
    if one.is_money:
        return change, centre.prices(Variant(name, changed_scenario(centre.scenario, change, name))), None
    variant = variant_of(centre.scenario, name, change)
    return change, centre.prices(variant), variant


def _judged(
    centre: Centre, prices: UnitPrices, variant: Variant | None, cells: dict[str, list[Replication]]
) -> _InputSetting:  # fmt: skip
    if variant is None:
        return centre.setting(prices, None)
    return centre.setting(prices, np.stack([months_of(centre.plan, cell.activities) for cell in cells[variant.name]]))
