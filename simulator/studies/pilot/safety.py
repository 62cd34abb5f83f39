"""How safe the verdict is: by sample size, by weeks taken together, and what would make it right often enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.studies.pilot.verdict import Chances, Judge, Week

MOST_WEEKS = 52
STEP = 20
"""Sizes are multiples of it, so that gates of 90 % and 85 % are whole numbers of answers at each."""


@dataclass(frozen=True)
class Pooled:
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
    pooled: tuple[Pooled, ...]

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
        pooled.append(Pooled(tuple(week for week, _ in together), chances, float(right / answers)))
    return Safety(
        judge, number, sample, level, judge.all_graded(), by_size, _enough(by_size, level),
        next((count for count in range(1, MOST_WEEKS + 1) if _stays(judge, count, sample, level)), None),
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
    """Tell whether so many weeks do, and one or two more as well: chances of whole numbers go up and down."""
    return all(judge.further(count, sample) >= level for count in range(weeks, weeks + 3))
