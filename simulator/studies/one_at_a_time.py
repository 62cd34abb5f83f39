"""One at a time: what a KPI does while one input moves between the ends of its range, on the same customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from simulator.errors import StudyError
from simulator.scenario.model import Scenario
from simulator.studies.comparison import gap_estimate, paired
from simulator.studies.intervals import Estimate
from simulator.studies.laboratory import Stages
from simulator.studies.results import Replications
from simulator.studies.roi.draws import changed_scenario
from simulator.studies.roi.inputs import HIGH, LOW, Input


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
        """Give the input's values at its ends (of a list, its first figure's)."""
        return self.input.at(LOW)[0], self.input.at(HIGH)[0]


def kpi_swings(
    scenario: Scenario,
    inputs: Sequence[Input],
    kpi: str,
    simulate: Callable[[Scenario], Replications],
    progress: Stages | None = None,
) -> tuple[tuple[KpiSwing, ...], Mapping[str, str]]:
    """Move each input to both ends; give the swings, the largest first, and why some inputs cannot be moved alone."""
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
