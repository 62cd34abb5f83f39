"""Parts: what one estimator found out about a desk, ready to be written into a scenario.

Rounding that keeps the whole: shares that sum to 100 %, agents whose hours are those measured.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from simulator.base.arrays import Floats, Ints
from simulator.base.errors import Notice, Problem
from simulator.base.quantities import Figure
from simulator.base.stats import normal_quantile
from simulator.base.text import Key, spell

LEVEL = 0.90
"""Coverage of every interval that `fit` states: the 5 % and 95 % ends that a scenario's `low` and `high` are."""
Z = normal_quantile(LEVEL)
"""Standard errors from the middle of such an interval to its ends."""


class Ranged(NamedTuple):
    """An estimate and its 90 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Missing:
    """A figure that no export given holds and that nobody may guess."""

    path: Key
    """Its place in the scenario; given there, it is missing no more."""
    what: str
    """What it is: `handle time of a ticket`."""
    remedy: str
    """Where it can come from, for who types a command: `give --occupancy and a roster, or --set ...`."""
    note: str
    """Where it can come from, for who fills in a form in which it has a field of its own."""
    example: str = ""
    """An answer as it may be typed, which can be taken as it is; empty for none."""
    unit: str = ""
    """`share` where a bare number is per cent."""
    answer: Key = ()
    """The place in the scenario of a short answer, where that is not `path`: agents of a team, for `teams`."""


@dataclass(frozen=True)
class Gap(Problem):
    """A missing figure as a problem; figures of the same kind that are missing for the same reason are one gap."""

    missing: Missing
    """The first of them."""
    alike: int = 0
    """How many more there are of it."""

    @classmethod
    def of(cls, missing: Missing, alike: int = 0) -> Gap:
        """Word a gap as the command line does."""
        others = f" and {alike} more like it" if alike else ""
        message = f"({missing.what}){others} is in no file that was given; {missing.remedy}"
        return cls("fit", spell(missing.path), message, missing, alike)

    @property
    def answer(self) -> str:
        """The place in the scenario that an answer sets; of all of them, where there are more."""
        path = self.missing.answer or self.missing.path
        return spell((path[0], "*", *path[2:]) if self.alike and len(path) > 2 else path)


@dataclass(frozen=True)
class Part:
    """What one estimator adds to the scenario."""

    settings: Mapping[Key, Any] = field(default_factory=dict)
    """Values by path: Figures (with interval, number of observations and source), names, lists or plain mappings."""
    comments: Mapping[Key, str] = field(default_factory=dict)
    """What a reader of the scenario file should know about a value or section, in a line or two."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Sources of lists and other values that cannot carry one, as path patterns (`intents.*.profile*`)."""
    findings: tuple[Notice, ...] = ()
    """What its user should know: what the export could not say, and what was done about it."""
    missing: tuple[Missing, ...] = ()
    evidence: tuple[Any, ...] = ()
    """What charts are drawn of, one dataclass each (see `simulator.report.fit_*`)."""


def measured(value: float, low: float, high: float, n: int, what: str = "tickets") -> Figure:
    """Make a figure measured on an export, with its 90 % interval."""
    return Figure(value, min(low, value), max(high, value), n, f"measured: n={n:,} {what}")


# -- rounding that keeps the whole ------------------------------------------------------------------------------------


def rounded_shares(shares: Floats, n: int) -> Floats:
    """Round shares to as many decimals as n observations support (3 to 6), summing to 1 (largest remainder)."""
    units = 10 ** min(max(3, math.ceil(math.log10(max(n, 1)))), 6)
    exact = shares / shares.sum() * units
    whole = np.floor(exact)
    short = round(units - whole.sum())
    whole[np.argsort(whole - exact, kind="stable")[:short]] += 1
    rounded: Floats = whole / units
    return rounded


def rounded_agents(agents: Floats) -> Ints:
    """Round agents by slot to whole ones, carrying the rest on, so that hours are kept at any time of the week.

    Same shape, in order of time; every running sum is right to half an agent, and a slot that nobody works stays 0.
    """
    running = np.rint(np.cumsum(agents.ravel()) + 1e-9)
    return np.diff(running, prepend=0.0).astype(np.int64).reshape(agents.shape)
