"""Judgements counted by stated confidence, so that a log of millions of rows is fitted as fast as one of thousands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulator.calibration.exports.table import Bools, Floats
from simulator.distributions.log_odds import logit

Cells = NDArray[np.intp]
STEP = 0.005
"""Width of a cell in log-odds of the stated confidence; no figure that is fitted moves by more than a hundredth of
its error when confidences are taken to be their cell's mean."""


@dataclass(frozen=True, eq=False)
class Tally:
    """Right and wrong judgements at each stated confidence, ascending; columns of shape (n_cells,)."""

    stated: Floats
    right: Floats
    wrong: Floats

    @cached_property
    def total(self) -> Floats:
        """Judgements at each confidence."""
        return self.right + self.wrong

    @cached_property
    def log_odds(self) -> Floats:
        """Log-odds of the stated confidences."""
        return logit(self.stated)

    @property
    def n(self) -> int:
        """Number of judgements."""
        return int(round(float(self.total.sum())))

    def kept(self) -> Tally:
        """Leave out confidences that nothing was counted at."""
        some = self.total > 0
        return Tally(self.stated[some], self.right[some], self.wrong[some])

    def groups(self, most: int) -> Tally:
        """Put neighbours together into at most so many groups of about as many judgements each."""
        before = np.cumsum(self.total) - self.total / 2
        place = np.minimum((before / self.total.sum() * most).astype(np.intp), most - 1)
        starts = np.flatnonzero(np.diff(place, prepend=-1))
        right, wrong = np.add.reduceat(self.right, starts), np.add.reduceat(self.wrong, starts)
        stated = np.add.reduceat(self.stated * self.total, starts) / (right + wrong)
        return Tally(stated, right, wrong)


@dataclass(frozen=True, eq=False)
class Judgements:
    """Judgements one by one, each with the cell that its confidence lies in."""

    confidence: Floats
    correct: Bools
    cell: Cells
    stated: Floats
    """Mean confidence of each cell, ascending; shape (n_cells,)."""

    @classmethod
    def of(cls, confidence: Floats, correct: Bools) -> Judgements:
        """Place judgements in cells."""
        _, cell = np.unique(np.round(logit(confidence) / STEP), return_inverse=True)
        stated = np.bincount(cell, confidence) / np.bincount(cell)
        return cls(confidence, correct, cell, stated)

    def __len__(self) -> int:
        return len(self.confidence)

    @cached_property
    def tally(self) -> Tally:
        """Count all of them."""
        right, wrong = self.by(np.zeros(len(self), dtype=np.intp), 1)
        return Tally(self.stated, right[0], wrong[0])

    def by(self, group: Cells, groups: int) -> tuple[Floats, Floats]:
        """Count right and wrong judgements by group and cell; each of shape (groups, n_cells)."""
        shape = (groups, len(self.stated))
        place = group * shape[1] + self.cell
        total = np.bincount(place, minlength=shape[0] * shape[1]).astype(float).reshape(shape)
        right = np.bincount(place[self.correct], minlength=shape[0] * shape[1]).astype(float).reshape(shape)
        return right, total - right
