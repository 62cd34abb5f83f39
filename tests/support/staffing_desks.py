"""Desks with one queue, whose least head-count is known: Erlang C where customers wait, Erlang A where they leave.

The bound of a case lies halfway (in logarithms) between what `agents` and `agents - 1` give in theory. So both sides
are many standard errors away from it, and a roster that is one too large or too small is an error, not bad luck.
"""

import math
from dataclasses import dataclass
from typing import Literal

from simulator.scenario import Scenario, scenario_from
from tests.support import theory
from tests.support.queues import exponential, patient_for, plain

Figure = Literal["delayed", "wait_mean", "abandonment"]


@dataclass(frozen=True)
class Case:
    """A desk and a target: offered load in agents, minutes of work and of patience, and the answer by theory."""

    figure: Figure
    load: float
    agents: int
    handle: float = 6.0
    patience: float = 0.0
    """Mean patience in minutes; 0 where everyone waits."""
    weeks: int = 2

    def __str__(self) -> str:
        return f"{self.figure} load {self.load:g} agents {self.agents} patience {self.patience:g}"

    def value(self, agents: int) -> float:
        """Return the figure in the long run by theory; infinite where the line grows without end."""
        if self.patience:
            found = theory.erlang_a(self.load, 1.0, self.handle / self.patience, agents)
            return {
                "delayed": 1 - found.p_no_wait, "wait_mean": found.mean_wait * self.handle,
                "abandonment": found.p_abandon,
            }[self.figure]  # fmt: skip
        if agents <= self.load:
            return 1.0 if self.figure == "delayed" else math.inf
        wait = theory.erlang_c(self.load, 1.0, agents)
        return wait if self.figure == "delayed" else wait / (agents - self.load) * self.handle

    @property
    def bound(self) -> float:
        """The target's bound, halfway between the two head-counts' figures."""
        enough, too_few = self.value(self.agents), self.value(self.agents - 1)
        return 2 * enough if math.isinf(too_few) else math.sqrt(enough * too_few)

    @property
    def target(self) -> str:
        """Write the target."""
        return f"{self.figure}<={self.bound:.6g}"

    def scenario(self, rostered: int = 1) -> Scenario:
        """Make the desk, with a roster of today's that says nothing about the answer."""
        channels = {"channels": patient_for(exponential(self.patience))} if self.patience else {}
        data = plain(
            weeks=self.weeks, agents=rostered, per_minute=self.load / self.handle, handle=exponential(self.handle),
            warm_up="1d", **channels,
        )  # fmt: skip
        return scenario_from(data, ".")
