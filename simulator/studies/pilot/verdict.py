"""The verdict: scale, adjust or overhaul, as a sample of answers and a survey tell it, and how safe that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.base.arrays import Floats, Ints
from simulator.base.stats import Estimate, estimate
from simulator.scenario import Gates

VERDICTS = ("scale", "adjust", "overhaul")
_TINY = 1e-9
"""Room for what floats cannot hold: 0.9 × 10 graded answers are 9, not 9.000000000000002."""


@dataclass(frozen=True)
class Week:
    """What there is to grade and to hear of in one week; integer arrays of shape (n_replications,)."""

    answers: Ints
    """Complete answers of the AI."""
    right: Ints
    dealt_alone: Ints
    """Closed tickets with which the AI dealt alone."""
    satisfied: Ints
    """Of those, rated 4 or 5."""
    surveyed: Ints
    """Of those, with an answer to the survey."""


@dataclass(frozen=True)
class Chances:
    """How likely each verdict is."""

    by_verdict: Floats
    """Shape (n_replications, 3)."""
    deserved: int
    """Position of the deserved verdict in VERDICTS."""

    def of(self, verdict: str) -> Estimate:
        """Estimate the chance of a verdict."""
        return estimate(self.by_verdict[:, VERDICTS.index(verdict)], (0.0, 1.0))

    @property
    def right(self) -> Estimate:
        """Estimate the chance that the verdict is the deserved one."""
        return self.of(VERDICTS[self.deserved])


@dataclass(frozen=True)
class Judge:
    """Judges one week of a pilot."""

    gates: Gates
    week: Week
    human: Floats | None
    """Share of satisfied customers in each replication's baseline; None without CSAT."""

    @cached_property
    def accuracy(self) -> Estimate:
        """Estimate the underlying accuracy: right answers ÷ answers, all replications together."""
        return ratio_of(self.week.right, self.week.answers)

    @cached_property
    def gap(self) -> float | None:
        """Underlying CSAT gap of the AI in points; None without CSAT."""
        if self.human is None or not self.week.dealt_alone.sum():
            return None
        return 100 * float(self.human.mean() - self.week.satisfied.sum() / self.week.dealt_alone.sum())

    @cached_property
    def deserved(self) -> int:
        """Position of the deserved verdict in VERDICTS."""
        if self.accuracy.mean < self.gates.accuracy_adjust - _TINY:
            return 2
        steady = self.gap is None or self.gap <= self.gates.csat_gap_points + _TINY
        return 0 if self.accuracy.mean >= self.gates.accuracy_scale - _TINY and steady else 1

    @property
    def is_near_a_gate(self) -> bool:
        """Whether the projection itself leaves open on which side of an accuracy gate the AI is."""
        bounds = (self.gates.accuracy_scale, self.gates.accuracy_adjust)
        return any(self.accuracy.low < bound < self.accuracy.high for bound in bounds)

    def all_graded(self) -> Chances:
        """Return the chances where every answer is graded and every customer heard: the luck of the week alone."""
        week = self.week
        accuracy = week.right / week.answers
        steady: Floats = np.ones(len(accuracy))
        if self.human is not None:
            heard = np.maximum(week.dealt_alone, 1)
            gap = 100 * (self.human - week.satisfied / heard)
            is_steady = (gap <= float(self.gates.csat_gap_points) + _TINY) | (week.dealt_alone == 0)
            steady[~is_steady] = 0.0
        return self._chances(
            (accuracy >= self.gates.accuracy_scale - _TINY).astype(float),
            (accuracy < self.gates.accuracy_adjust - _TINY).astype(float),
            steady,
        )

    def sampled(self, size: int) -> Chances:
        """Return the chances with a sample of `size` answers (all of them where there are fewer) and the survey."""
        from scipy.stats import hypergeom

        week, drawn = self.week, np.minimum(size, self.week.answers)

        def at_least(share: float) -> Floats:
            needed = np.ceil(share * drawn - _TINY)
            return np.asarray(hypergeom.sf(needed - 1, week.answers, week.right, drawn), dtype=np.float64)

        return self._chances(
            at_least(self.gates.accuracy_scale), 1 - at_least(self.gates.accuracy_adjust), self._steady([week])
        )

    def pooled(self, weeks: Sequence[Week], size: int) -> Chances:
        """Return the chances where several weeks' samples of `size` are taken together, and their surveys."""
        counts = [_drawn(week.answers, week.right, np.minimum(size, week.answers)) for week in weeks]
        drawn = sum(np.minimum(size, week.answers) for week in weeks)
        rows = [_together([week[row] for week in counts]) for row in range(len(self.week.answers))]

        def at_least(share: float) -> Floats:
            needed = np.ceil(share * drawn - _TINY).astype(int)
            return np.array([row[first:].sum() for row, first in zip(rows, needed, strict=True)])

        return self._chances(
            at_least(self.gates.accuracy_scale), 1 - at_least(self.gates.accuracy_adjust), self._steady(weeks)
        )

    def further(self, weeks: int, size: int) -> float:
        """Return the chance of the deserved verdict after so many weeks like this one, their samples taken together.

        Answers of further weeks are independent trials at the underlying accuracy, so the sample is binomial.
        """
        from scipy.stats import binom

        drawn = int(weeks * np.minimum(size, self.week.answers).mean())
        scale, adjust = (
            float(binom.sf(math.ceil(share * drawn - _TINY) - 1, drawn, self.accuracy.mean))
            for share in (self.gates.accuracy_scale, self.gates.accuracy_adjust)
        )
        steady = 1.0
        if self.human is not None and self.gap is not None:
            heard = int(weeks * self.week.surveyed.mean())
            human = float(self.human.mean())
            needed = math.ceil((human - self.gates.csat_gap_points / 100) * heard - _TINY)
            steady = float(binom.sf(needed - 1, heard, human - self.gap / 100)) if heard else 1.0
        return (scale * steady, adjust - scale * steady, 1 - adjust)[self.deserved]

    def _steady(self, weeks: Sequence[Week]) -> Floats:
        """Return each replication's chance that the survey finds the gap small enough; 1 where nobody answers."""
        if self.human is None:
            return np.ones(len(self.week.answers))
        heard = np.sum([week.surveyed for week in weeks], axis=0)
        needed = np.ceil((self.human - self.gates.csat_gap_points / 100) * heard - _TINY).astype(int)
        surveys = [_drawn(week.dealt_alone, week.satisfied, week.surveyed) for week in weeks]
        rows = [_together([survey[row] for survey in surveys]) for row in range(len(heard))]
        chance = np.array([row[max(first, 0) :].sum() for row, first in zip(rows, needed, strict=True)])
        return np.where(heard > 0, chance, 1.0)

    def _chances(self, good: Floats, bad: Floats, steady: Floats) -> Chances:
        scale = good * steady
        return Chances(np.stack([scale, np.maximum(1 - bad - scale, 0.0), bad], axis=1), self.deserved)


def ratio_of(tops: Ints, bottoms: Ints) -> Estimate:
    """Estimate a ratio of sums over replications with the delta method's interval."""
    total = float(bottoms.sum())
    if not total:
        return estimate([])
    ratio = float(tops.sum()) / total
    found = estimate(ratio + (tops - ratio * bottoms) / bottoms.mean(), (0.0, 1.0))
    return Estimate(ratio, found.low, found.high, len(tops))


def _drawn(there: Ints, good: Ints, drawn: Ints) -> list[Floats]:
    """Return each replication's distribution of good ones among those drawn: the chances of 0, 1, 2 and so on."""
    from scipy.stats import hypergeom

    counts = np.arange(int(drawn.max(initial=0)) + 1)
    # Where there are none, none are drawn for sure; SciPy wants at least one to draw from.
    chances: Floats = np.asarray(hypergeom.pmf(counts, np.maximum(there, 1)[:, None], good[:, None], drawn[:, None]))
    return [row[: number + 1] for row, number in zip(chances, drawn, strict=True)]


def _together(parts: Sequence[Floats]) -> Floats:
    total = np.ones(1)
    for part in parts:
        total = np.convolve(total, part)
    return total


# -- how safe the verdict is ------------------------------------------------------------------------------------------


_MOST_WEEKS = 52
STEP = 20
"""Sizes are multiples of it, so that gates of 90 % and 85 % are whole numbers of answers at each."""


@dataclass(frozen=True)
class _Pooled:
    """Several weeks of a pilot, their samples taken together."""

    weeks: tuple[int, ...]
    """The last ones, the first of them first."""
    chances: Chances
    accuracy: float
    """Underlying accuracy of all of them: it is not the last week's while the AI learns."""


@dataclass(frozen=True)
class Safety:
    """The verdict by sample size, and what would make it safe."""

    judge: Judge
    week: int
    sample: int
    level: float
    """How often the verdict is to be right."""
    all_graded: Chances
    by_size: dict[int, Chances]
    """By sample size, rising; the scenario's own is among them."""
    enough: int | None
    """Smallest size from which on the verdict is right at that level; None where no size does."""
    weeks_enough: int | None
    """Fewest weeks like the judged one whose samples together do; None where a year does not."""
    pooled: tuple[_Pooled, ...]

    @property
    def chances(self) -> Chances:
        """Chances with the scenario's own sample."""
        return self.by_size[self.sample]


def safety(judge: Judge, weeks: Sequence[tuple[int, Week]], sample: int, level: float) -> Safety:
    """Work out the verdict of the last of a pilot's `weeks` (number, what there is to grade) by sample size."""
    number, last = weeks[-1]
    by_size = {size: judge.sampled(size) for size in sizes(int(last.answers.max()), sample)}
    pooled = []
    for first in range(len(weeks) - 2, -1, -1):
        together = weeks[first:]
        right, answers = (
            np.sum([getattr(week, name) for _, week in together]) for name in ("right", "answers")
        )  # Zero answers anywhere would have ended the run of weeks.
        chances = judge.pooled([week for _, week in together], sample)
        pooled.append(_Pooled(tuple(week for week, _ in together), chances, float(right / answers)))
    return Safety(
        judge, number, sample, level, judge.all_graded(), by_size, _enough(by_size, level),
        next((count for count in range(1, _MOST_WEEKS + 1) if _stays(judge, count, sample, level)), None),
        tuple(pooled),
    )  # fmt: skip


def sizes(most: int, sample: int) -> list[int]:
    """List sample sizes up to all answers of a week: twenties, later 5 % apart, and the scenario's own."""
    found, size = {sample, most}, STEP
    while size < most:
        found.add(size)
        size += max(STEP, round(0.05 * size / STEP) * STEP)
    return sorted(found)


def _enough(by_size: dict[int, Chances], level: float) -> int | None:
    """Find the smallest size from which on every larger one is right often enough."""
    found = None
    for size in sorted(by_size, reverse=True):
        if by_size[size].right.mean < level:
            break
        found = size
    return found


def _stays(judge: Judge, weeks: int, sample: int, level: float) -> bool:
    """Return whether so many weeks do, and one or two more as well: chances of whole numbers go up and down."""
    return all(judge.further(count, sample) >= level for count in range(weeks, weeks + 3))
