"""What a KPI is on average over replications, exactly: the known answers that intervals are held against.

A study takes the mean of one value per replication. For a ratio, such as the mean wait, that is not the ratio of
expectations that `theory_transient` gives: a day with few arrivals counts as much as a day with many.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy import special, stats

from tests.support.theory import Floats


def mean_per_arrival(per_arrival: Callable[[float], float], arrivals: float) -> float:
    """Return E[S / N | N > 0]: S sums something over the N ~ Poisson(`arrivals`) tickets of a replication.

    `per_arrival(thinned)` is E[S] / E[N] where all tickets come at `thinned` times their rates. As
    1/N is the integral of z^(N-1) over z in (0, 1), and weighing by z^N turns a Poisson process of rate lam into one of
    rate z lam, E[S/N; N > 0] is the integral of n exp(-(1-z) n) per_arrival(z), n = `arrivals`. The substitution
    s = (1-z) n leaves Gauss-Laguerre's weight exp(-s); six nodes give
    twelve digits for queues whose replications have hundreds of tickets. Raises ValueError for fewer than 40.
    """
    if arrivals < 40:
        raise ValueError(f"arrivals per replication are {arrivals:g}; must be 40 or more for this quadrature")
    nodes, weights = special.roots_laguerre(6)
    values = [per_arrival(1 - node / arrivals) for node in nodes]
    return float(weights @ values) / -math.expm1(-arrivals)


def mean_quantile(q: float, inverse: Callable[[Floats], Floats], arrivals: float) -> float:
    """Return E[sample quantile] of N ~ Poisson(`arrivals`) independent values, N > 0, with NumPy's interpolation.

    `inverse` is their inverse distribution function. The k-th smallest of n is `inverse` of a Beta(k, n - k + 1)
    (David & Nagaraja 2003), so its mean is an integral.
    """
    u, weight = _unit_interval()
    values = inverse(u)
    spread = 10 * math.sqrt(arrivals)
    counts = np.arange(max(1, math.floor(arrivals - spread)), math.ceil(arrivals + spread) + 1)
    means = []
    for n in counts.tolist():
        low, share = divmod(q * (n - 1), 1.0)
        ranks: Sequence[tuple[float, float]] = ((low + 1, 1 - share), (min(low + 2, n), share))
        means.append(sum(part * float(weight @ (values * stats.beta.pdf(u, k, n - k + 1))) for k, part in ranks))
    chances = stats.poisson.pmf(counts, arrivals)
    return float(chances @ means / chances.sum())


def _unit_interval() -> tuple[Floats, Floats]:
    """Return points in (0, 1) and their weights, dense at both ends: u = (1 + tanh x) / 2, the trapezoid rule in x."""
    x = np.linspace(-18, 18, 4001)
    u = np.asarray(special.expit(2 * x))
    return u, np.asarray(u * special.expit(-2 * x) * 2 * (x[1] - x[0]))
