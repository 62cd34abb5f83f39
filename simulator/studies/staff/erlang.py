"""Erlang's queues: what a line with Poisson arrivals, exponential work and so many agents does in the long run.

Without abandonment this is M/M/n (Erlang C), with exponential patience M/M/n+M (Erlang A, Palm 1957). Times are in mean
handle times, `load` is the offered load in agents. Formulas are those of Garnett, Mandelbaum & Reiman (2002) and Zeltyn
& Mandelbaum (2005), written so that every sum has positive terms only: with t_k the probability of n - 1 + k tickets
relative to that of n - 1,

    t_k = load^k / prod_(i<k) (n + i theta),     theta = handle time / patience,

all agents are busy with probability sum t_k / (1 / B + sum t_k), where B is Erlang's loss formula at n - 1 agents. With
theta = 0 that is the Erlang-C formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulator.base.arrays import Floats

_MOST_AGENTS = 10_000
_NEGLIGIBLE = 1e-15
"""Terms below this part of the sum are left out."""


@dataclass(frozen=True)
class Line:
    """A line in the long run; without patience it needs more agents than load, else its waits have no end."""

    load: float
    agents: int
    patience: float = math.inf
    """Mean patience."""

    @property
    def delayed(self) -> float:
        """The chance that a ticket waits at all."""
        return self.wait_tail(0.0)

    def wait_tail(self, time: float) -> float:
        """Return the chance of waiting longer than `time` (for work, or until one leaves).

        The offered wait exceeds t with J(t) / (1 / B + J(0)), J(t) = exp(x - y - (n / theta - 1) theta t) sum_k y^k /
        (n / theta)_k, x = load / theta, y = x exp(-theta t); the customer is still there with exp(-theta t).
        """
        if self.load <= 0:
            return 0.0
        all_busy, rest = self._all_busy()
        if math.isinf(self.patience):
            return math.exp(all_busy - rest - (self.agents - self.load) * time) if self.load < self.agents else 1.0
        theta = 1 / self.patience
        x, s = self.load / theta, self.agents / theta
        y = x * math.exp(-theta * time)
        later = x - y - (s - 1) * theta * time + _log_sum(_log_terms(y, s))
        return min(1.0, math.exp(later - rest - theta * time))

    @property
    def abandonment(self) -> float:
        """The share of tickets that leave the line: theta E[queue] / load (Little's law)."""
        return 0.0 if math.isinf(self.patience) or self.load <= 0 else self._queue() / self.patience / self.load

    @property
    def mean_wait(self) -> float:
        """The mean wait, of those who leave as well; infinite where the line grows without end."""
        if self.load <= 0:
            return 0.0
        if math.isinf(self.patience):
            return self.delayed / (self.agents - self.load) if self.load < self.agents else math.inf
        return self._queue() / self.load

    @property
    def occupancy(self) -> float:
        """The share of agents who are busy, 1 where the line grows without end."""
        return min(1.0, self.load * (1 - self.abandonment) / self.agents)

    def _queue(self) -> float:
        terms = _log_terms(self.load * self.patience, self.agents * self.patience)
        _, rest = self._all_busy()
        return float(np.exp(terms - rest) @ np.arange(len(terms)))

    def _all_busy(self) -> tuple[float, float]:
        """Return the logarithms of J(0), and of 1 / B + J(0), which the probabilities have in common."""
        some_free = -math.log(loss(self.load, self.agents - 1))
        if math.isinf(self.patience):
            if self.load >= self.agents:
                return math.inf, math.inf
            all_busy = math.log(self.load / (self.agents - self.load))
        else:
            all_busy = _log_sum(_log_terms(self.load * self.patience, self.agents * self.patience))
        return all_busy, float(np.logaddexp(some_free, all_busy))


def loss(load: float, agents: int) -> float:
    """Return Erlang's loss formula: B(0) = 1, B(k) = load B(k-1) / (k + load B(k-1)) (Erlang 1917)."""
    blocked = 1.0
    for count in range(1, agents + 1):
        blocked = load * blocked / (count + load * blocked)
    return max(blocked, np.finfo(float).tiny)


def least_agents(meets: Callable[[int], bool], most: int = _MOST_AGENTS) -> int:
    """Find the least number of agents (1 or more) that meets a condition that more agents meet, too; at most `most`."""
    high = 1
    while high < most and not meets(high):
        high = min(2 * high, most)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if meets(middle) else (middle, high)
    return high


def _log_terms(x: float, s: float) -> Floats:
    """Return log(x^k / (s (s + 1) … (s + k - 1))) for k = 1, 2, … as long as terms count."""
    peak = max(0.0, x - s)
    count = int(peak + 12 * math.sqrt(x + 1) + 60)
    while True:
        terms: Floats = np.cumsum(math.log(x) - np.log(s + np.arange(count)))
        if terms[-1] - terms.max() < math.log(_NEGLIGIBLE):
            return terms
        count *= 2


def _log_sum(terms: Floats) -> float:
    most = float(terms.max())
    return most + math.log(float(np.exp(terms - most).sum()))
