"""Likeness: the fitted desk, simulated, beside the export that it was fitted to.

Waits and times to resolution are not fitted; they follow from arrivals, work and staffing. Where they come out
otherwise than the export has them, something that decides them is not in the export, or was read wrongly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulator.calibration.backtest.measures import ARRIVALS, Measure, columns
from simulator.calibration.exports.export_from_run import of_run
from simulator.calibration.exports.table import Export
from simulator.run import simulate
from simulator.scenario import Scenario, without_ai

_REPLICATIONS = 3
_FAR, _FAR_POINTS = 0.3, 0.05
"""Relative difference from which a measure is told; shares must differ by as many points as well."""


@dataclass(frozen=True)
class Likeness:
    """One measure, observed and simulated, over all tickets."""

    measure: Measure
    observed: float
    simulated: float

    @property
    def is_far(self) -> bool:
        """Whether the two differ so much that a user should know."""
        gap = abs(self.simulated - self.observed)
        enough = self.measure.unit != "share" or gap >= _FAR_POINTS
        return enough and gap > _FAR * max(abs(self.observed), 1e-9)


def likeness(export: Export, scenario: Scenario, *, seed: int = 1) -> tuple[Likeness, ...]:
    """Compare what the export shows with REPLICATIONS runs of the fitted desk, its AI off; only what both have."""
    scenario = scenario if scenario.ai is None else without_ai(scenario)
    runs = [
        _whole(of_run(simulate(scenario, seed=seed, replication=number)), scenario) for number in range(_REPLICATIONS)
    ]
    found = []
    for measure, observed in _whole(export, scenario).items():
        simulated = np.array([run.get(measure, math.nan) for run in runs])
        if measure is not ARRIVALS and np.isfinite([observed, *simulated]).all():
            found.append(Likeness(measure, observed, float(simulated.mean())))
    return tuple(found)


def _whole(export: Export, scenario: Scenario) -> dict[Measure, float]:
    """Take each measure over all tickets."""
    together = np.zeros(len(export), dtype=np.int64)
    return {one.measure: float(one.by_cell(together, 1)[0]) for one in columns(export, scenario)}
