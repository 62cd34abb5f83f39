"""The shape of a week: days that are alike put together, slots as fine as the counts support, small counts smoothed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import special

from simulator.base.arrays import Floats, Ints
from simulator.base.calendars import DAYS, SLOTS_PER_DAY
from simulator.calibration.fit.level import DayTable

_ALIKE = 0.05
"""Days stay together while the test that they are alike gives at least this probability."""
_SAME = 0.02
"""Part of its tickets that would have to move to turn one day into another; below it nobody minds the difference."""
_FINER = 0.01
"""Probability below which tickets are not spread evenly within a slot, so that a finer one is worth its ink."""
_MIN_PER_SLOT = 30
"""Tickets that a finer slot needs on average."""
_Groups = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class WeekProfile:
    """Arrivals over an ordinary week."""

    groups: _Groups
    """Weekday numbers that share a row; days that never have tickets are in none."""
    rates: Floats
    """Tickets by group and slot of one day, shape (groups, 24, 48 or 96)."""
    observed: Floats
    """Mean tickets by weekday and quarter-hour on ordinary days, shape (7, 96); trend and busyness left in."""
    spread: float
    """Variance of an hour's tickets, given the day's, relative to chance; 1 is chance alone."""

    def as_written(self) -> dict[str, list[float]]:
        """Return the profile as a scenario file holds it: tickets by slot, under the names of days."""
        rows = zip(self.groups, self.rates, strict=True)
        return {name_days(days): [_short(rate) for rate in row] for days, row in rows}

    def by_hour(self) -> Floats:
        """Return fitted tickets by weekday and hour; shape (7, 24)."""
        hours = np.zeros((7, 24))
        for days, row in zip(self.groups, self.rates, strict=True):
            hours[list(days)] = row.reshape(24, -1).sum(axis=1)
        return hours


def fit_profile(table: DayTable, per_weekday: Floats, busyness_cv: float) -> WeekProfile:
    """Fit the shape of the week to the ordinary days, at a level by weekday, shape (7,)."""
    ordinary = table.are("ordinary")
    counts, days = np.zeros((7, SLOTS_PER_DAY)), np.zeros(7)
    for weekday in range(7):
        alike = ordinary & (table.weekday == weekday)
        days[weekday] = alike.sum()
        # A quarter-hour that clocks skip or show twice counts by how often it was there.
        exposure = table.exposure[alike].sum(axis=0)
        counts[weekday] = table.counts[alike].sum(axis=0) * days[weekday] / np.maximum(exposure, 1)
    spread = _spread(table)
    groups = _alike(hours_of(counts), _Levels(per_weekday, busyness_cv, days), spread)
    pooled = np.array([counts[list(group)].sum(axis=0) for group in groups])
    slots = _resolution(pooled, spread)
    shapes = smoothed(pooled.reshape(len(groups), slots, -1).sum(axis=2), spread)
    rates = shapes * np.array([per_weekday[list(group)].mean() for group in groups])[:, None]
    return WeekProfile(groups, rates, counts / np.maximum(days, 1)[:, None], spread)


def smoothed(counts: Floats, spread: float = 1.0) -> Floats:
    """Turn counts by slot into shares, each row drawn toward the mean of each slot's neighbours.

    Empirical Bayes: a Dirichlet prior around the neighbours' mean, as strong as makes the counts likeliest
    (Dirichlet-multinomial; Minka 2000): even counts are smoothed much, an opening hour's edge hardly at all.
    """
    shapes = np.empty_like(counts, dtype=float)
    for number, row in enumerate(np.asarray(counts, dtype=float) / spread):
        toward = (np.roll(row, 1) + np.roll(row, -1)) / 2
        # A trace of its own count keeps a lone slot possible.
        toward = (toward + 0.01 * row) / (1.01 * row.sum())
        shapes[number] = shrunk(row, toward, prior_weight(row[None], toward))
    return shapes


def shrunk(counts: Floats, toward: Floats, weight: float) -> Floats:
    """Return the posterior mean of shares under a Dirichlet prior of some weight (tickets) around `toward`."""
    posterior: Floats = (counts + weight * toward) / (counts.sum(axis=-1, keepdims=True) + weight)
    return posterior


def prior_weight(counts: Floats, toward: Floats) -> float:
    """Find the weight of a Dirichlet prior around `toward` under which rows of counts are likeliest.

    Shape (rows, names); on a grid of ten weights per decade from 1 to 10 million.
    """
    known = toward > 0
    counts, toward = counts[:, known], toward[known]
    weights = np.logspace(0, 7, 71)
    totals = counts.sum(axis=1)
    likelihood = [
        np.sum(special.gammaln(weight) - special.gammaln(totals + weight))
        + np.sum(special.gammaln(counts + weight * toward) - special.gammaln(weight * toward))
        for weight in weights
    ]
    return float(weights[int(np.argmax(likelihood))])


def name_days(days: Sequence[int]) -> str:
    """Name weekdays as a scenario does: `mon-fri`, `sat-sun`, `mon, wed`."""
    if len(days) == 7:
        return "daily"
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs)


def _spread(table: DayTable) -> float:
    """Measure how much hours vary beyond chance, given each day's total: chi-square over its degrees of freedom."""
    statistic = freedom = 0.0
    ordinary = table.are("ordinary")
    for weekday in range(7):
        hours = table.counts[ordinary & (table.weekday == weekday)].reshape(-1, 24, 4).sum(axis=2)
        value, own = chi_square(hours)
        statistic, freedom = statistic + value, freedom + own
    return max(1.0, statistic / freedom) if freedom else 1.0


def chi_square(counts: Ints | Floats) -> tuple[float, float]:
    """Test that rows of counts have the same shares: Pearson's statistic and its degrees of freedom."""
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return 0.0, 0.0
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    return float(np.sum((counts - expected) ** 2 / expected)), float((counts.shape[0] - 1) * (counts.shape[1] - 1))


def hours_of(quarters: Floats) -> Floats:
    """Sum quarter-hours, shape (n, 96), to hours, shape (n, 24)."""
    hours: Floats = quarters.reshape(len(quarters), 24, -1).sum(axis=2)
    return hours


@dataclass(frozen=True, eq=False)
class _Levels:
    """How many tickets weekdays bring and how sure that is; shape (7,)."""

    per_weekday: Floats
    busyness_cv: float
    days: Floats

    def chance(self, pair: list[int], hours: Floats, spread: float) -> float:
        """Return the probability of days as different as these if all were alike, in their hours and in their level."""
        shape, freedom = chi_square(hours[pair])
        per_day = self.per_weekday[pair]
        variance = (1 / per_day + self.busyness_cv**2) / self.days[pair]
        logs = np.log(per_day)
        middle = np.average(logs, weights=1 / variance)
        of_hours = float(special.chdtrc(freedom, shape / spread)) if freedom else 1.0
        of_level = float(special.chdtrc(len(pair) - 1, np.sum((logs - middle) ** 2 / variance)))
        # Two tests, not one sum: a busy Monday would drown among the many degrees of freedom of its hours.
        return min(1.0, 2 * min(of_hours, of_level))

    def distance(self, a: tuple[int, ...], b: tuple[int, ...], hours: Floats) -> float:
        """Return the part of their tickets that would have to move to turn one group of days into the other."""
        rows = []
        for group in (list(a), list(b)):
            shape = hours[group].sum(axis=0)
            rows.append(shape / shape.sum() * self.per_weekday[group].mean())
        return float(np.abs(rows[0] - rows[1]).sum() / (rows[0] + rows[1]).sum())


def _alike(hours: Floats, levels: _Levels, spread: float) -> _Groups:
    """Join weekdays, the likeliest first, while their hours and levels are alike."""
    groups: list[tuple[int, ...]] = [(day,) for day in range(7) if levels.per_weekday[day] > 0]
    while len(groups) > 1:
        pairs = list(combinations(groups, 2))
        chances = [levels.chance(sorted(a + b), hours, spread) for a, b in pairs]
        distances = [levels.distance(a, b, hours) for a, b in pairs]
        best = int(np.argmax(chances)) if max(chances) >= _ALIKE else int(np.argmin(distances))
        if chances[best] < _ALIKE and distances[best] >= _SAME:
            break
        joined = tuple(sorted(pairs[best][0] + pairs[best][1]))
        groups = sorted([group for group in groups if group not in pairs[best]] + [joined])
    return tuple(groups)


def _resolution(pooled: Floats, spread: float) -> int:
    """Choose 24, 48 or 96 slots a day: finer while there are tickets enough and they say that it matters."""
    slots = 24
    for finer in (48, 96):
        parts = pooled.reshape(len(pooled), slots, finer // slots, -1).sum(axis=3)
        whole = parts.sum(axis=2, keepdims=True)
        used = whole > 0
        even = np.broadcast_to(whole / 2, parts.shape)
        statistic = float(np.sum((parts - even) ** 2 / np.where(even > 0, even, 1)))
        is_even = float(special.chdtrc(used.sum(), statistic / spread)) >= _FINER
        if is_even or whole.sum() < 2 * used.sum() * _MIN_PER_SLOT:
            break
        slots = finer
    return slots


def _short(rate: float) -> float:
    """Round to three significant digits, as a person would write it."""
    return float(f"{rate:.3g}")
