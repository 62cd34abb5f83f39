"""The curve over a threshold: what a desk comes to at each of its positions, with the same customers at all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.stats import Estimate, estimate
from simulator.metrics.registry import BY_NAME
from simulator.scenario import Scenario, override
from simulator.scenario.what_ifs import TRIED
from simulator.studies.running.live import LiveRunner
from simulator.studies.running.results import Replications

POSITIONS = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
"""Thresholds that are simulated, closer where pilots set them."""
_KPIS = ("cost_total", "sla_breach", "csat_mean", "wrong_answer", "automated_resolution", "aht")
_MOST_KPIS = 4


@dataclass(frozen=True)
class ThresholdCurve:
    """A desk at each position of one threshold."""

    path: str
    positions: tuple[float, ...]
    """Ascending, the present one among them."""
    studies: tuple[Replications, ...]
    here: float
    """Where the threshold stands."""

    @property
    def study(self) -> Replications:
        """The desk as it is."""
        return self.studies[self.positions.index(self.here)]

    @cached_property
    def kpis(self) -> tuple[str, ...]:
        """Name the KPIs worth showing: those that exist for the desk and have a value at some position."""
        known = [name for name in _KPIS if name in self.study.kpi_names]
        return tuple(name for name in known if np.isfinite(self.values(name)).any())[:_MOST_KPIS]

    def values(self, kpi: str) -> Floats:
        """Return a KPI's values; shape (n_replications, n_positions)."""
        return np.array([study.values(kpi) for study in self.studies]).T

    def estimates(self, kpi: str) -> list[Estimate]:
        """Estimate a KPI at each position."""
        return [study.estimate(kpi) for study in self.studies]

    def best(self, kpi: str) -> float:
        """Return the position with the best mean of a KPI."""
        means = np.array([found.mean for found in self.estimates(kpi)])
        sign = -1.0 if BY_NAME[kpi].better == "higher" else 1.0
        return self.positions[int(np.nanargmin(sign * means))]

    def is_clearly_better(self, kpi: str) -> bool:
        """Return whether the best position's paired difference to the present one is more than chance."""
        best = self.studies[self.positions.index(self.best(kpi))]
        return estimate(best.values(kpi) - self.study.values(kpi)).excludes_zero


def studies_at(
    runner: LiveRunner, scenario: Scenario, path: str, replications: int, *, seed: int,
    progress: Callable[[int, int], None],
) -> dict[float, Replications]:  # fmt: skip
    """Simulate a desk at each of POSITIONS of the threshold at `path`; `progress` is told (done, of) before each."""
    studies = {}
    for place, position in enumerate(POSITIONS):
        progress(place, len(POSITIONS))
        studies[position] = runner.replicate(at_position(scenario, path, position), replications, seed=seed)
    return studies


def at_position(scenario: Scenario, path: str, position: float) -> Scenario:
    """Return the desk with the threshold at one position."""
    return override(scenario, {path: {"value": position, "source": TRIED}})


def curve_with(path: str, studies: Mapping[float, Replications], here: float, study: Replications) -> ThresholdCurve:
    """Put the desk as it is among those at the other positions; all have the same replications."""
    every = dict(sorted({**studies, here: study}.items()))
    return ThresholdCurve(path, tuple(every), tuple(every.values()), here)
