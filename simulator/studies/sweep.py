"""Sweeps: a grid of variants, what each input does, and which cells are worth having.

A cell is worth having when no other is at least as good in cost, SLA and CSAT and better in one (the Pareto front).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simulator.metrics.registry import BY_NAME
from simulator.studies.checks import overruled
from simulator.studies.comparison import paired, same_figures, shared_kpis
from simulator.studies.grid import Axis
from simulator.studies.intervals import LEVEL, estimate
from simulator.studies.results import Replications
from simulator.studies.variants import Variant

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SWEPT = ("sla_breach", "csat_mean", "cost_total", "first_response_p50", "aht", "automated_resolution")
"""KPIs that a sweep shows unless others are named."""
OBJECTIVES = ("cost_total", "sla_breach", "csat_mean")
"""KPIs that the Pareto front weighs."""


class Place(StrEnum):
    """Where a cell lies, and whether that is more than chance."""

    FRONT = "on the front"
    """No other cell beats it."""
    FRONT_UNSURE = "on the front, perhaps by chance"
    """No other cell beats its means; but one is clearly better in something and clearly worse in nothing."""
    OFF_UNSURE = "beaten, perhaps by chance"
    """A cell beats its means; none is clearly better in something and clearly worse in nothing."""
    OFF = "beaten"


@dataclass(frozen=True)
class Sweep:
    """A grid of variants with their replications."""

    axes: tuple[Axis, ...]
    variants: tuple[Variant, ...]
    """The cells in the grid's order."""
    studies: Mapping[str, Replications]
    """By variant; the reference among them."""
    reference: str
    """Name of the scenario as it is: one of the cells, or a variant beside them."""
    kpis: tuple[str, ...]

    @property
    def base(self) -> Replications:
        """Give the study of the scenario as it is."""
        return self.studies[self.reference]

    @property
    def shape(self) -> tuple[int, ...]:
        """Give the number of values on each axis."""
        return tuple(len(axis.values) for axis in self.axes)

    def means(self, kpi: str) -> Floats:
        """Give a KPI's mean in each cell, shape as the grid."""
        return np.array([self.studies[variant.name].estimate(kpi).mean for variant in self.variants]).reshape(
            self.shape
        )

    @cached_property
    def objectives(self) -> tuple[str, ...]:
        """Give the KPIs of the Pareto front that exist and have values in all cells."""
        names = shared_kpis([variant.scenario for variant in self.variants], OBJECTIVES)
        return tuple(name for name in names if np.isfinite(self.means(name)).all())

    @cached_property
    def places(self) -> dict[str, Place]:
        """Give each cell's place on or off the Pareto front; empty with fewer than two objectives."""
        if len(self.objectives) < 2 or len(self.variants) < 2:
            return {}
        values = np.array(
            [[_signed(self.studies[variant.name], kpi) for kpi in self.objectives] for variant in self.variants]
        )
        return dict(zip((variant.name for variant in self.variants), pareto_places(values), strict=True))

    def front(self) -> tuple[Variant, ...]:
        """List the cells on the front, the cheapest (or best in the first objective) first."""
        chosen = [v for v in self.variants if self.places.get(v.name) in (Place.FRONT, Place.FRONT_UNSURE)]
        first = self.objectives[0] if self.objectives else ""
        return tuple(sorted(chosen, key=lambda variant: float(_signed(self.studies[variant.name], first).mean())))


def _signed(study: Replications, kpi: str) -> Floats:
    """Give a KPI per replication so that lower is better."""
    return study.values(kpi) * (-1 if BY_NAME[kpi].better == "higher" else 1)


def is_dominated(points: Floats) -> Bools:
    """Tell which rows of points, shape (n, objectives), lower being better, another row beats.

    One row beats another when it is no worse in all objectives and better in one.
    """
    beaten = np.zeros(len(points), dtype=np.bool_)
    for row, point in enumerate(points):
        beaten[row] = ((points <= point).all(axis=1) & (points < point).any(axis=1)).any()
    return beaten


def pareto_places(values: Floats) -> list[Place]:
    """Place rows of values, shape (n, objectives, replications), lower being better, paired by replication.

    A row is clearly better than another in an objective when the 95 % interval of the paired difference lies below 0
    (each for itself, not jointly).
    """
    beaten = is_dominated(values.mean(axis=2))
    places = []
    for row in range(len(values)):
        better, worse = _clearly_below(values, values[row]), _clearly_below(-values, -values[row])
        surely = bool((better.any(axis=1) & ~worse.any(axis=1)).any())
        if beaten[row]:
            places.append(Place.OFF if surely else Place.OFF_UNSURE)
        else:
            places.append(Place.FRONT_UNSURE if surely else Place.FRONT)
    return places


def _clearly_below(values: Floats, row: Floats) -> Bools:
    """Tell, for each row and objective of values, whether it lies clearly below the given row's."""
    gaps = values - row
    count = gaps.shape[2]
    half = float(special.stdtrit(count - 1, 0.5 + LEVEL / 2)) * gaps.std(axis=2, ddof=1) / np.sqrt(count)
    below: Bools = gaps.mean(axis=2) + half < 0
    return below


def tied_with_best(sweep: Sweep, kpi: str) -> tuple[Variant | None, tuple[Variant, ...]]:
    """Give the cell with the best mean of a KPI, and the cells that are not clearly worse (paired, 95 % each)."""
    means = sweep.means(kpi).ravel()
    better = BY_NAME[kpi].better
    if better == "neither" or not np.isfinite(means).any():
        return None, ()
    place = int(np.nanargmin(means) if better == "lower" else np.nanargmax(means))
    best = sweep.variants[place]
    tied = []
    for variant in sweep.variants:
        gap = estimate(paired(sweep.studies[variant.name], sweep.studies[best.name], kpi))
        if variant is not best and gap.replications > 1 and not gap.excludes_zero:
            tied.append(variant)
    return best, tuple(tied)


def idle_axes(sweep: Sweep) -> list[str]:
    """Tell of inputs that change no KPI in any replication, whatever the others are, and why where that is known."""
    cells = np.array([variant.name for variant in sweep.variants], dtype=object).reshape(sweep.shape)
    told = []
    for number, axis in enumerate(sweep.axes):
        lines = np.moveaxis(cells, number, -1).reshape(-1, len(axis.values))
        if len(axis.values) < 2 or not all(
            same_figures(sweep.studies[line[0]], sweep.studies[name]) for line in lines for name in line[1:]
        ):
            continue
        same = f"every KPI is the same at all {len(axis.values)} values"
        told.append(f"{axis.path} has no effect: {same}{_why(sweep, axis)}")
    return told


def _why(sweep: Sweep, axis: Axis) -> str:
    for finding in overruled(sweep.variants[-1].scenario):
        if finding.path == axis.path:
            return "; " + finding.text.removeprefix("has no effect: ")
    return ""


def pareto_table(sweep: Sweep) -> pd.DataFrame:
    """Give one row per cell: variant, settings, the means of the objectives, and its place."""
    import pandas as pd

    rows = []
    for variant in sweep.variants:
        means = (sweep.studies[variant.name].estimate(kpi).mean for kpi in sweep.objectives)
        values = (value for _, value in variant.settings)
        rows.append((variant.name, *values, *means, str(sweep.places[variant.name])))
    return pd.DataFrame(rows, columns=["variant", *(axis.path for axis in sweep.axes), *sweep.objectives, "place"])


def overruled_axes(axes: Sequence[Axis], variants: Sequence[Variant]) -> list[str]:
    """Warn, before simulating, of varied inputs that the scenario's phases overrule in every week."""
    paths = {axis.path for axis in axes}
    found = [finding for variant in variants[-1:] for finding in overruled(variant.scenario)]
    return [f"{finding.path} {finding.text}" for finding in found if finding.path in paths]
