"""The opening: how far, and how long, a study's first days differ because of the tickets that were open at the start.

Two ways to tell, both from the number of tickets that wait for a person or are in a person's hands at each full hour.

*Twins.* A few replications are simulated again with a longer run-in. The customers who count are the same, so what
differs is the opening and nothing else: no chance, no weekly cycle, no growth or phase. This is what decides whether
there is something to warn of.

*MSER-5* (White 1997; White, Cobb & Spratt 2000; recommended by Hoad, Robinson & Davies 2010) needs no second run. It
cuts off as many observations, in batches of five, as leave the smallest standard error of the mean of the rest:

    d* = argmin over d of  sum over i > d of (y_i − mean after d)²  ÷  (n − d)²

Here y is the mean of all replications, less what is usual at that hour of the week (the median over the weeks, which
one odd week does not move). A cut in the second half says that the series is too short, or too much left to chance,
to tell; a busy desk often needs hundreds of replications. What changes by plan (growth, surges, holidays, phases)
would pass for an opening, so such a desk is looked at without AI, or not at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.calendars import WEEK_HOURS
from simulator.base.errors import ScenarioError
from simulator.metrics.facts import Facts
from simulator.metrics.load import hours_of, week_load
from simulator.run import simulate
from simulator.scenario import MAX_WARM_UP_DAYS, Scenario, holiday_dates, override, without_ai
from simulator.studies.running.results import Replications

_BATCH = 5
_FEWEST_WEEKS = 3
"""The median over fewer weeks is not free of the first one."""
_TWINS = 3
_PAST_DAYS, _COMPARED_WEEKS = 14, 2
"""How much longer the twins' past is, and for how long they are compared."""
_NOTABLE, _OVER = 0.1, 0.05
"""Shortfall, as a share of the twins' tickets, from which the first day is worth a warning; and at which it is over."""


@dataclass(frozen=True)
class Opening:
    """How a study's first days differ from those of the same desk with a longer run-in."""

    short_by: float
    """Tickets with people that the first day is short of, mean over its hours (negative: too many); NaN if unknown."""
    usual: float
    """Tickets with people on the twins' first day."""
    days: float
    """Days until the twins are within 5 % of each other; infinite if they still differ at the end of the comparison."""
    mser_days: float
    """Days that MSER-5 cuts off; NaN if it cannot tell."""
    warm_up_days: int
    """The scenario's own warm-up."""

    @property
    def is_notable(self) -> bool:
        """Whether the first day falls short of its twins by a tenth, and by a ticket."""
        return self.short_by >= max(1.0, _NOTABLE * self.usual)

    @property
    def wanted_days(self) -> int | None:
        """Length of the warm-up, in whole weeks, that would be long enough; None where the desk does not settle."""
        if not math.isfinite(self.days):
            return None
        return min(self.warm_up_days + 7 * max(1, math.ceil(self.days / 7)), MAX_WARM_UP_DAYS)


def opening_of(study: Replications) -> Opening:
    """Judge the opening of a study; simulates a few replications again, from an earlier day on."""
    # Where phases follow each other, what the AI did before the first is a question of its own, so it is left out.
    of_baseline = study.has_baseline and bool(study.scenario.policy.phases)
    present = _present(study, of_baseline)
    twins = _twins(study, of_baseline)
    short = usual = days = math.nan
    if twins is not None:
        gaps = (twins - present[: len(twins), : twins.shape[1]]).mean(axis=0)
        levels = twins.mean(axis=0)
        short, usual, days = float(gaps[:24].mean()), float(levels[:24].mean()), _lasting(gaps, levels)
    return Opening(short, usual, days, _mser_days(study, present, of_baseline), study.scenario.warm_up_days.days)


def mser5(series: Floats) -> int | None:
    """Return how many first observations MSER-5 cuts off; None if it would cut more than half.

    Fewer than ten batches cannot be judged (None); the last five are never cut, as so few vary little by chance.
    """
    batches = series[: len(series) // _BATCH * _BATCH].reshape(-1, _BATCH).mean(axis=1)
    n = len(batches)
    if n < 2 * _BATCH:
        return None
    left = n - np.arange(n - _BATCH)
    centred = batches - batches.mean()
    sums = np.cumsum(centred[::-1])[::-1][: len(left)]
    squares = np.cumsum(centred[::-1] ** 2)[::-1][: len(left)]
    # Rounding leaves specks around 0 where nothing varies; the first of equal minima is the shortest cut.
    errors = np.round(np.maximum(squares - sums**2 / left, 0) / left**2, 12)
    cut = int(np.argmin(errors))
    return _BATCH * cut if cut <= n // 2 else None


def _present(study: Replications, of_baseline: bool) -> Floats:
    """Return tickets with people by replication and hour; shape (n_replications, n_hours)."""
    arms = [result.baseline if of_baseline else result.arm for result in study.results]
    return np.array([arm.load.present_by_hour for arm in arms if arm is not None])


def _twins(study: Replications, of_baseline: bool) -> Floats | None:
    """Simulate the first replications again with a longer run-in; None where there is none to simulate."""
    scenario = study.scenario
    days = min(scenario.warm_up_days.days + _PAST_DAYS, MAX_WARM_UP_DAYS)
    if scenario.arrivals.replay is not None or days == scenario.warm_up_days.days:
        return None
    weeks = min(int(scenario.weeks), _COMPARED_WEEKS)
    try:
        earlier = override(scenario, {"warm_up": f"{days}d", "weeks": weeks})
    except ScenarioError:
        return None  # A volume that shrinks fast comes from more tickets than the scenario allows.
    twin = without_ai(earlier) if of_baseline else earlier
    numbers = [result.number for result in study.results[:_TWINS]]
    runs = (simulate(twin, seed=study.seed, replication=number, engine=study.engine) for number in numbers)
    return np.array([week_load(Facts(run)).present_by_hour for run in runs])


def _lasting(gaps: Floats, levels: Floats) -> float:
    """Return the days until the gap stays within 5 % of the level, whole days compared; infinite if it never does."""
    # Days of 24 hours: one on which clocks change moves the others by an hour, which makes no difference here.
    gap, level = (np.add.reduceat(values, np.arange(0, len(values), 24)) for values in (gaps, levels))
    apart = np.flatnonzero(np.abs(gap) > _OVER * level)
    if not len(apart):
        return 0.0
    return float(apart[-1] + 1) if apart[-1] + 1 < len(gap) - 1 else math.inf


def _mser_days(study: Replications, present: Floats, of_baseline: bool) -> float:
    """Cut the mean of all replications, less what is usual at the hour of the week; NaN if MSER-5 cannot tell."""
    if _changes_by_plan(study.scenario, of_baseline):
        return math.nan
    hour = hours_of(study.scenario)[1]
    series = present.mean(axis=0)
    usual = np.array([np.median(series[hour == number]) for number in range(WEEK_HOURS)])[hour]
    cut = mser5(series - usual)
    return math.nan if cut is None else cut / 24


def _changes_by_plan(scenario: Scenario, of_baseline: bool) -> bool:
    """Return whether MSER-5 would take a plan (or too few weeks) for an opening."""
    arrivals, ai = scenario.arrivals, None if of_baseline else scenario.ai
    last = scenario.wall.local(scenario.horizon_minutes - 1).date()
    shifts = [shift for team in scenario.teams.values() for shift in team.shifts]
    return (
        scenario.weeks < _FEWEST_WEEKS
        or bool(arrivals.weekly_growth)
        or any(surge.end.date() >= scenario.start and surge.start.date() <= last for surge in arrivals.surges)
        or any(scenario.start <= day <= last for day in holiday_dates(scenario))
        or any((shift.from_week or 1) > 1 or (shift.to_week or scenario.weeks) < scenario.weeks for shift in shifts)
        or (ai is not None and (ai.learning is not None or bool(ai.drift)))
    )
