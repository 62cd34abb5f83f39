"""Sweeps: a grid of variants, what each input does, and which cells are worth having.

A cell is worth having when no other is at least as good in cost, SLA and CSAT and better in one (the Pareto front). It
weighs the replications in which all of these exist in all cells, so that cells are judged by the same customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulator.base.arrays import Bools, Floats
from simulator.base.notebook_hooks import Plotted
from simulator.base.stats import LEVEL, t_quantile
from simulator.metrics.registry import BY_NAME
from simulator.studies.compare.comparison import ROUNDING, gap_estimate, least_p, paired, same_figures, shared_kpis
from simulator.studies.run.checks import overruled, why_overruled
from simulator.studies.running.results import Replications
from simulator.studies.running.variants import Variant
from simulator.studies.sweep.grid import Axis

if TYPE_CHECKING:
    pass

SWEPT = ("sla_breach", "csat_mean", "cost_total", "first_response_p50", "aht", "automated_resolution")
"""KPIs that a sweep shows unless others are named."""
OBJECTIVES = ("cost_total", "sla_breach", "csat_mean")
"""KPIs that the Pareto front weighs."""


class FrontPlace(StrEnum):
    """Where a cell lies, and whether that is more than chance."""

    FRONT = "on the front"
    """No other cell beats it."""
    FRONT_UNSURE = "on the front, perhaps by chance"
    """No other cell beats its means; but one is clearly better in something and clearly worse in nothing."""
    OFF_UNSURE = "beaten, perhaps by chance"
    """A cell beats its means; none is clearly better in something and clearly worse in nothing."""
    OFF = "beaten"


@dataclass(frozen=True)
class Sweep(Plotted):
    """A grid of variants with their replications."""

    view: ClassVar[str] = "simulator.report.sweep.view:page_of"

    axes: tuple[Axis, ...]
    variants: tuple[Variant, ...]
    """The cells in the grid's order."""
    studies: Mapping[str, Replications]
    """By variant; the reference among them."""
    reference: str
    """Name of the scenario as it is: one of the cells, or a variant beside them."""
    kpis: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def base(self) -> Replications:
        """The study of the scenario as it is."""
        return self.studies[self.reference]

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of values on each axis."""
        return tuple(len(axis.values) for axis in self.axes)

    def means(self, kpi: str) -> Floats:
        """Return a KPI's mean in each cell, shape as the grid."""
        return np.array([self.studies[variant.name].estimate(kpi).mean for variant in self.variants]).reshape(
            self.shape
        )

    @cached_property
    def wanted(self) -> tuple[str, ...]:
        """The KPIs that the Pareto front would weigh: those that exist in all cells' scenarios."""
        return shared_kpis([variant.scenario for variant in self.variants], OBJECTIVES)

    @cached_property
    def objectives(self) -> tuple[str, ...]:
        """The KPIs that the Pareto front weighs.

        Those that have values in too few replications are left out, the one with the fewest first, until two
        replications have values of all in all cells.
        """
        exists = {kpi: self._exists(kpi) for kpi in self.wanted}
        while exists and np.logical_and.reduce(list(exists.values())).sum() < 2:
            # Of equals the last is left out.
            del exists[min(reversed(exists), key=lambda kpi: int(exists[kpi].sum()))]
        return tuple(exists)

    @cached_property
    def weighed(self) -> Floats:
        """The objectives, shape (cells, objectives, replications), in the replications that have all of them."""
        exists = np.logical_and.reduce([self._exists(kpi) for kpi in self.objectives])
        studies = [self.studies[variant.name] for variant in self.variants]
        return np.array([[study.values(kpi)[exists] for kpi in self.objectives] for study in studies])

    def _exists(self, kpi: str) -> Bools:
        """Return in which replications a KPI has a value in every cell."""
        values = np.array([self.studies[variant.name].values(kpi) for variant in self.variants])
        exists: Bools = np.isfinite(values).all(axis=0)
        return exists

    @cached_property
    def places(self) -> dict[str, FrontPlace]:
        """Each cell's place on or off the Pareto front; empty with fewer than two objectives."""
        if len(self.objectives) < 2 or len(self.variants) < 2:
            return {}
        places = pareto_places(self.weighed * self._signs[:, np.newaxis])
        return dict(zip((variant.name for variant in self.variants), places, strict=True))

    def front(self) -> tuple[Variant, ...]:
        """List the cells on the front, the cheapest (or best in the first objective) first."""
        chosen = [v for v in self.variants if self.places.get(v.name) in (FrontPlace.FRONT, FrontPlace.FRONT_UNSURE)]
        if not chosen:
            return ()
        first = self._signs[0] * self.weighed[:, 0].mean(axis=1)
        order = dict(zip((variant.name for variant in self.variants), first.tolist(), strict=True))
        return tuple(sorted(chosen, key=lambda variant: order[variant.name]))

    @property
    def _signs(self) -> Floats:
        """What turns each objective so that lower is better."""
        return np.array([-1.0 if BY_NAME[kpi].better == "higher" else 1.0 for kpi in self.objectives])


def is_dominated(points: Floats) -> Bools:
    """Return which rows of points, shape (n, objectives), lower being better, another row beats.

    One row beats another when it is no worse in all objectives and better in one.
    """
    beaten = np.zeros(len(points), dtype=np.bool_)
    for row, point in enumerate(points):
        beaten[row] = ((points <= point).all(axis=1) & (points < point).any(axis=1)).any()
    return beaten


def pareto_places(values: Floats) -> list[FrontPlace]:
    """Place rows of values, shape (n, objectives, replications), lower being better, paired by replication.

    A row is clearly better than another in an objective when the 95 % interval of the paired difference lies below 0
    (each for itself, not jointly). Differences that are the same in all replications have one from six replications on,
    as the sign test has it.
    """
    beaten = is_dominated(values.mean(axis=2))
    places = []
    for row in range(len(values)):
        better, worse = _clearly_below(values, values[row]), _clearly_below(-values, -values[row])
        surely = bool((better.any(axis=1) & ~worse.any(axis=1)).any())
        if beaten[row]:
            places.append(FrontPlace.OFF if surely else FrontPlace.OFF_UNSURE)
        else:
            places.append(FrontPlace.FRONT_UNSURE if surely else FrontPlace.FRONT)
    return places


def _clearly_below(values: Floats, row: Floats) -> Bools:
    """Tell, for each row and objective of values, whether it lies clearly below the given row's."""
    gaps = values - row
    count = gaps.shape[2]
    half = float(t_quantile(count - 1)) * gaps.std(axis=2, ddof=1) / np.sqrt(count)
    below: Bools = gaps.mean(axis=2) + half < 0
    if least_p(count) > 1 - LEVEL:
        size = np.maximum(np.abs(values), np.abs(row)).max(axis=2)
        below &= np.ptp(gaps, axis=2) > ROUNDING * size
    return below


def tied_with_best(sweep: Sweep, kpi: str) -> tuple[Variant | None, tuple[Variant, ...]]:
    """Return the cell with the best mean of a KPI, and the cells that are not clearly worse (paired, 95 % each)."""
    means = sweep.means(kpi).ravel()
    better = BY_NAME[kpi].better
    if better == "neither" or not np.isfinite(means).any():
        return None, ()
    place = int(np.nanargmin(means) if better == "lower" else np.nanargmax(means))
    best = sweep.variants[place]
    tied = []
    for variant in sweep.variants:
        gap = gap_estimate(paired(sweep.studies[variant.name], sweep.studies[best.name], kpi), kpi)
        if variant is not best and gap.replications > 1 and not gap.excludes_zero:
            tied.append(variant)
    return best, tuple(tied)


def left_out(sweep: Sweep) -> list[str]:
    """Return warnings of KPIs and replications left out of the Pareto front, as some cell has no value."""
    count, kept = len(sweep.base), sweep.objectives
    told = [
        f"{kpi} has no value in some setting in too many of {count} replications; the Pareto front leaves it out"
        for kpi in sweep.wanted
        if kpi not in kept
    ]
    if len(kept) > 1 and (used := sweep.weighed.shape[2]) < count:
        told.append(f"the Pareto front weighs {used} of {count} replications; in the others some setting lacks a value")
    return told


def idle_axes(sweep: Sweep) -> list[str]:
    """Return warnings of inputs that change no KPI in any replication, and why where that is known."""
    cells = np.array([variant.name for variant in sweep.variants], dtype=object).reshape(sweep.shape)
    reasons = why_overruled(sweep.variants[-1].scenario)
    told = []
    for number, axis in enumerate(sweep.axes):
        lines = np.moveaxis(cells, number, -1).reshape(-1, len(axis.values))
        if len(axis.values) < 2 or not all(
            same_figures(sweep.studies[line[0]], sweep.studies[name]) for line in lines for name in line[1:]
        ):
            continue
        same = f"every KPI is the same at all {len(axis.values)} values"
        why = f"; {reasons[axis.path]}" if axis.path in reasons else ""
        told.append(f"{axis.path} has no effect: {same}{why}")
    return told


def overruled_axes(axes: Sequence[Axis], variants: Sequence[Variant]) -> list[str]:
    """Warn, before simulating, of varied inputs that the scenario's phases overrule in every week."""
    paths = {axis.path for axis in axes}
    found = [finding for variant in variants[-1:] for finding in overruled(variant.scenario)]
    return [f"{finding.path} {finding.text}" for finding in found if finding.path in paths]
