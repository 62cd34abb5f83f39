"""Exact solutions of queues that begin empty at time 0, for the known-results tests.

Units as in `theory`. `rates` are piecewise constant and `step` is the length of one piece: 1 for hourly
profiles in rates per hour, 60 for hourly profiles in rates per minute.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from tests.support.theory import NEGLIGIBLE, Floats, wait_split

# --- M(t)/M/inf ---------------------------------------------------------------------------------------------


def _pieces(start: float, end: float, rates: Sequence[float], step: float) -> Iterator[tuple[float, float]]:
    """Yield (rate, duration) of each stretch of constant rate between `start` and `end`."""
    if not 0 <= start <= end <= len(rates) * step * (1 + 1e-12):
        raise ValueError(f"window is {start:g} to {end:g}; must lie within 0 to {len(rates) * step:g}")
    for i, rate in enumerate(rates):
        span = min(end, (i + 1) * step) - max(start, i * step)
        if span > 0:
            yield rate, span


def infinite_server_mean(t: float, rates: Sequence[float], mu: float, step: float = 1.0) -> float:
    """Return E[N(t)] = Var N(t) (N is Poisson) in M(t)/M/inf begun empty, by m' = lam(t) - mu m, exactly.

    Over a piece of length h: m(t+h) = lam/mu + (m(t) - lam/mu) exp(-mu h).
    """
    mean = 0.0
    for rate, span in _pieces(0.0, t, rates, step):
        mean = rate / mu + (mean - rate / mu) * math.exp(-mu * span)
    return mean


# --- M(t)/M/c and M(t)/M/c+M begun empty; constant c, first come, first served ------------------------------


class State(NamedTuple):
    """The queue at one instant; `mean_virtual_wait` is that of a test customer who would never abandon."""

    p_all_busy: float
    mean_in_system: float
    var_in_system: float
    mean_virtual_wait: float


class Window(NamedTuple):
    """Expectations over a window; waits are of its arrivals, even if they end later.

    `arrivals`, `delayed` (found all agents busy) and `abandoned` are counts. `mean_wait` and
    `p_served_within`, P(served and W <= target), are per arrival: ratios of expectations, so compare them
    with pooled sums over replications, not with means of daily means. The last four are time averages.
    """

    arrivals: float
    delayed: float
    abandoned: float
    mean_wait: float
    p_served_within: float
    p_all_busy: float
    mean_in_system: float
    mean_queue: float
    occupancy: float


def _evolve(p: Floats, lam: float, deaths: Floats, span: float) -> tuple[Floats, Floats]:
    """Return P(N = n) after `span` and its integral over it, by uniformization (Jensen 1953).

    With P = I + Q/u and x = u span: p(span) = sum Poisson(k; x) p P^k, integral = sum
    P(Poisson(x) > k) p P^k / u.
    """
    u = lam + float(deaths.max())
    k = np.arange(math.ceil(u * span + 10 * math.sqrt(u * span) + 40))
    weights = np.exp(special.xlogy(k, u * span) - u * span - special.gammaln(k + 1))
    tails = special.gammainc(k + 1, u * span) / u
    up, down = lam / u, deaths / u
    after, integral = np.zeros_like(p), np.zeros_like(p)
    for weight, tail in zip(weights, tails, strict=True):
        after += weight * p
        integral += tail * p
        rising, falling = up * p[:-1], down * p[1:]
        p = p.copy()
        p[:-1] += falling - rising
        p[1:] += rising - falling
    return after, integral


def _integrate(
    start: float, end: float, rates: Sequence[float], mu: float, c: int, theta: float, step: float
) -> tuple[Floats, Floats, Floats]:
    """Return P(N(end) = n), and the integrals over the window of P(N = n) and of lam P(N = n).

    The chain grows until its last state is negligible, so nothing is truncated in practice.
    """
    size = 2 * c + 64
    while True:
        n = np.arange(1, size)
        deaths = mu * np.minimum(n, c) + theta * np.maximum(n - c, 0)
        p = np.eye(1, size)[0]
        time, flow, cut = np.zeros(size), np.zeros(size), 0.0
        for inside, pieces in ((0, _pieces(0.0, start, rates, step)), (1, _pieces(start, end, rates, step))):
            for rate, span in pieces:
                p, integral = _evolve(p, rate, deaths, span)
                cut = max(cut, float(p[-1]), float(integral[-1]) / span)
                time, flow = time + inside * integral, flow + inside * rate * integral
        if cut < NEGLIGIBLE:
            return p, time, flow
        size *= 2


def state_at(
    t: float, rates: Sequence[float], mu: float, c: int, theta: float = 0.0, step: float = 1.0
) -> State:
    """Return the time-dependent state of M(t)/M/c(+M) at `t` from the Kolmogorov forward equations.

    Virtual wait with n >= c present: sum of 1 / (c mu + j theta), j = 0..n-c; (n-c+1) / (c mu) if theta = 0.
    """
    p, _, _ = _integrate(t, t, rates, mu, c, theta, step)
    n = np.arange(p.size)
    mean = float(n @ p)
    waits = np.cumsum(1 / (c * mu + theta * np.arange(p.size - c)))
    return State(float(p[c:].sum()), mean, float((n - mean) ** 2 @ p), float(p[c:] @ waits))


def window(
    start: float,
    end: float,
    rates: Sequence[float],
    mu: float,
    c: int,
    theta: float = 0.0,
    step: float = 1.0,
    target: float = 0.0,
) -> Window:
    """Return what arrivals between `start` and `end` meet in M(t)/M/c(+M), by integrating lam(t) P(N(t) = n).

    An arrival with k ahead in queue waits (k+1) / (c mu + (k+1) theta) on average, and abandons with
    probability theta times that (PASTA, Wolff 1982). `target` is the service-level time. Fields that are per
    arrival are NaN if the window has none. `end` must exceed `start`.
    """
    _, time, flow = _integrate(start, end, rates, mu, c, theta, step)
    n = np.arange(time.size)
    arrivals, late = float(flow.sum()), flow[c:]
    place = np.arange(1.0, late.size + 1)
    waited = float(late @ (place / (c * mu + place * theta)))
    in_time = float(flow[:c].sum() + late @ wait_split(target, mu, theta, c, place - 1)[0])
    return Window(
        arrivals=arrivals,
        delayed=float(late.sum()),
        abandoned=theta * waited,
        mean_wait=waited / arrivals if arrivals else math.nan,
        p_served_within=in_time / arrivals if arrivals else math.nan,
        p_all_busy=float(time[c:].sum()) / (end - start),
        mean_in_system=float(n @ time) / (end - start),
        mean_queue=float(np.maximum(n - c, 0) @ time) / (end - start),
        occupancy=float(np.minimum(n, c) @ time) / (end - start) / c,
    )


def mmc_from_empty(
    horizon: float, lam: float, mu: float, c: int, theta: float = 0.0, target: float = 0.0
) -> Window:
    """Return `window` from 0 to `horizon` at a constant rate: what a finite run without warm-up averages."""
    return window(0.0, horizon, [lam], mu, c, theta, step=horizon, target=target)
