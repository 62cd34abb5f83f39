"""Forecasts: what the scenario says of the days held out, as bands for what one future would show.

Each replication draws all uncertain figures of the scenario anew (as `roi` does) and meets its own customers, so the
spread over replications is that of one future seen from here: chance and what is not known together. A band runs from
the k-th smallest to the k-th largest of R replications with k = (R + 1) / 20. If the world is one more draw from the
model, it lies inside with probability 1 - 2k / (R + 1) = 90 %, whatever its distribution. As errors are absolute ones,
the point that is scored is the median: it is what makes their mean least (Gneiting 2011, JASA 106).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from simulator.base.arrays import Floats
from simulator.calibration.backtest.measures import Figures, Period, measured, resolution_minutes, waits
from simulator.calibration.backtest.verdict import thinned
from simulator.calibration.exports.export_from_run import of_run
from simulator.engines.run_log import Engine
from simulator.run import simulate
from simulator.scenario import Scenario, expected_tickets
from simulator.studies.roi.inputs import (
    NO_MONEY,
    Change,
    Input,
    Left,
    changed_scenario,
    design,
    drawn,
    uncertain_inputs,
)
from simulator.studies.running.workers import Workers

_LOW, _HIGH = 0.05, 0.95
_LEAST_KNOWN = 0.5
"""Share of replications in which a figure must exist to have a band."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class _Future:
    """What one replication showed."""

    number: int
    figures: Figures
    waits: Floats
    """Waits of the period's tickets in minutes, thinned."""
    resolutions: Floats
    """Likewise the minutes to resolution, of tickets that were resolved."""


@dataclass(frozen=True)
class Forecast:
    """Bands over replications; by (measure, grain), shape (n_cells,)."""

    mean: Figures
    median: Figures
    low: Figures
    high: Figures
    waits: Floats
    resolutions: Floats
    inputs: tuple[Input, ...]
    """Uncertain figures that each replication drew."""
    left: tuple[Left, ...]
    replications: int


def forecast(
    scenario: Scenario,
    period: Period,
    seen_until: float,
    *,
    replications: int,
    seed: int,
    workers: Workers,
    engine: Engine,
    progress: Progress,
) -> Forecast:
    """Simulate the period so many times; `seen_until` is when the export to compare with was made."""
    inputs, left = uncertain_inputs(scenario)
    inputs = [one for one in inputs if not one.is_money]
    left = [one for one in left if one.why != NO_MONEY]  # Surveys and a pilot's gates move no ticket either.
    shares = design(len(inputs), replications, seed)
    changes = [drawn(inputs, row) for row in shares]
    one = partial(_future, scenario, period, seen_until, seed, engine)
    tasks = list(enumerate(changes))
    futures: list[_Future] = []
    progress("simulating", 0, replications)
    for future in workers.results(one, tasks, replications, engine, expected_tickets(scenario) * replications):
        futures.append(future)
        progress("simulating", len(futures), replications)
    futures.sort(key=lambda future: future.number)
    keys = [key for key in futures[0].figures if all(key in future.figures for future in futures)]
    tables = {key: np.array([future.figures[key] for future in futures]) for key in keys}
    bands = {key: _band(table) for key, table in tables.items()}
    return Forecast(
        mean={key: band[0] for key, band in bands.items()},
        median={key: band[1] for key, band in bands.items()},
        low={key: band[2] for key, band in bands.items()},
        high={key: band[3] for key, band in bands.items()},
        waits=np.concatenate([future.waits for future in futures]),
        resolutions=np.concatenate([future.resolutions for future in futures]),
        inputs=tuple(inputs),
        left=tuple(left),
        replications=replications,
    )


def _future(
    scenario: Scenario, period: Period, seen_until: float, seed: int, engine: Engine, task: tuple[int, Change]
) -> _Future:
    number, change = task
    world = changed_scenario(scenario, change, f"replication {number} of the forecast")
    run = simulate(world, seed=seed, replication=number, engine=engine)
    seen = of_run(run, everyone=True).as_of(seen_until)
    figures = measured(seen, period, scenario)
    inside = period.within(seen)
    waited, taken = waits(inside), resolution_minutes(inside)
    none = np.empty(0)
    return _Future(
        number,
        figures,
        none if waited is None else thinned(waited),
        none if taken is None else thinned(taken),
    )


def _band(table: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return mean, median, low and high over replications, shape (n_replications, n_cells); NaN where too few know."""
    known = np.isfinite(table)
    enough = known.mean(axis=0) > _LEAST_KNOWN
    mean, median, low, high = (np.full(table.shape[1], np.nan) for _ in range(4))
    if enough.any():
        mean[enough] = np.nanmean(table[:, enough], axis=0)
        levels = np.nanquantile(table[:, enough], [_LOW, 0.5, _HIGH], axis=0, method="weibull")
        low[enough], median[enough], high[enough] = levels
    return mean, median, low, high
