"""Closed forms from queueing theory, for the known-results tests.

Every function is pure and takes rates per one time unit of the caller's choice: `lam` (arrivals), `mu`
(services per agent) and `theta` (abandonments per waiting customer). Times come back in that unit,
probabilities and occupancies as fractions, queue lengths as customers. `c` is the number of agents,
`a = lam / mu` the offered load in erlangs. A steady state that does not exist raises ValueError.

Order: without abandonment, with it (Erlang A), priorities and general service, reopens, and the periodic
state of infinitely many agents. `theory_transient` has the queues that begin empty.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

NEGLIGIBLE = 1e-15
"""Probability below which the far end of an unbounded chain is cut off."""


def _require_stable(occupancy: float) -> None:
    if not occupancy < 1:
        raise ValueError(f"offered load per agent is {occupancy:g}; a steady state needs less than 1")


# --- M/M/c --------------------------------------------------------------------------------------------------


def erlang_b(a: float, c: int) -> float:
    """Return P(blocked) in M/M/c/c: B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)) (Erlang 1917)."""
    blocking = 1.0
    for k in range(1, c + 1):
        blocking = a * blocking / (k + a * blocking)
    return blocking


def occupancy(lam: float, mu: float, c: int) -> float:
    """Return the fraction of agents busy in M/M/c: rho = lam / (c mu)."""
    _require_stable(lam / (c * mu))
    return lam / (c * mu)


def erlang_c(lam: float, mu: float, c: int) -> float:
    """Return P(W > 0) in M/M/c: C = B / (1 - rho (1 - B)) (Erlang 1917; Cooper 1981)."""
    blocking = erlang_b(lam / mu, c)
    return blocking / (1 - occupancy(lam, mu, c) * (1 - blocking))


def mean_wait(lam: float, mu: float, c: int) -> float:
    """Return E[W], all arrivals counted: C / (c mu - lam), in time units."""
    return erlang_c(lam, mu, c) / (c * mu - lam)


def mean_queue(lam: float, mu: float, c: int) -> float:
    """Return Lq, customers waiting: lam E[W] (Little 1961)."""
    return lam * mean_wait(lam, mu, c)


def wait_tail(t: float, lam: float, mu: float, c: int) -> float:
    """Return P(W > t) under first come, first served: C exp(-(c mu - lam) t)."""
    return erlang_c(lam, mu, c) * math.exp(-(c * mu - lam) * t)


def service_level(t: float, lam: float, mu: float, c: int) -> float:
    """Return P(W <= t) under first come, first served: 1 - C exp(-(c mu - lam) t)."""
    return 1 - wait_tail(t, lam, mu, c)


def sojourn_tail(t: float, lam: float, mu: float, c: int) -> float:
    """Return P(T > t) for T = wait + service, first come, first served.

    exp(-mu t) (1 + C mu (1 - exp(-x t)) / x) with x = c mu - lam - mu, and its limit at x = 0: the law of W
    above convolved with Exp(mu).
    """
    x = c * mu - lam - mu
    spread = t if abs(x * t) < 1e-12 else -math.expm1(-x * t) / x
    return math.exp(-mu * t) * (1 + erlang_c(lam, mu, c) * mu * spread)


def birth_death(births: Floats, deaths: Floats) -> Floats:
    """Return the stationary law of a birth-death chain: pi(n+1) / pi(n) = births[n] / deaths[n].

    `births[n]` is the rate n -> n+1, `deaths[n]` the rate n+1 -> n; shapes `(n_max,)`; result
    `(n_max + 1,)`.
    """
    log_weights = np.concatenate(([0.0], np.cumsum(np.log(births) - np.log(deaths))))
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def mmck_distribution(lam: float, mu: float, c: int, capacity: int) -> Floats:
    """Return P(N = n), n = 0..capacity, in M/M/c/K, K = `capacity` in all (Gross & Harris 1998)."""
    return birth_death(np.full(capacity, lam), mu * np.minimum(np.arange(1, capacity + 1), c))


def mmck_blocking(lam: float, mu: float, c: int, capacity: int) -> float:
    """Return P(turned away) in M/M/c/K: P(N = K) (PASTA, Wolff 1982)."""
    return float(mmck_distribution(lam, mu, c, capacity)[-1])


def mmck_mean_in_system(lam: float, mu: float, c: int, capacity: int) -> float:
    """Return E[N] in M/M/c/K, customers: sum of n P(N = n)."""
    return float(np.arange(capacity + 1) @ mmck_distribution(lam, mu, c, capacity))


# --- M/M/c+M: Erlang A --------------------------------------------------------------------------------------


class ErlangA(NamedTuple):
    """Steady state of M/M/c+M or M/M/c/r+M; W ends at service or abandonment, whichever comes first."""

    p_no_wait: float
    p_abandon: float
    p_blocked: float
    mean_queue: float
    var_queue: float
    mean_in_system: float
    mean_wait: float
    mean_wait_served: float
    mean_wait_abandoned: float
    occupancy: float


def _erlang_a_distribution(lam: float, mu: float, theta: float, c: int, room: int | None) -> Floats:
    # The queue alone is at most Poisson(lam / theta), which bounds the chain before its tail is trimmed.
    most = room if room is not None else math.ceil(lam / theta + 10 * math.sqrt(lam / theta) + 50)
    n = np.arange(1, c + most + 1)
    pi = birth_death(np.full(n.size, lam), mu * np.minimum(n, c) + theta * np.maximum(n - c, 0))
    return pi if room is not None else pi[: max(c + 1, int(np.flatnonzero(pi > NEGLIGIBLE)[-1])) + 1]


def wait_split(t: float, mu: float, theta: float, c: int, ahead: Floats) -> tuple[Floats, Floats]:
    """Return P(W <= t, served) and P(W <= t, abandoned) for an arrival with all busy and `ahead` in queue.

    The offered wait V is a sum of Exp(c mu + j theta), j = 0..ahead, so exp(-theta V) ~ Beta(c mu / theta,
    ahead + 1) (Renyi's representation of order statistics); patience is an independent Exp(theta). V is
    Erlang if theta = 0.
    """
    if theta == 0:
        return np.asarray(special.gammainc(ahead + 1, c * mu * t)), np.zeros_like(ahead)
    shape, x = c * mu / theta, math.exp(-theta * t)
    served = shape / (shape + ahead + 1) * (1 - special.betainc(shape + 1, ahead + 1, x))
    return served, 1 - x * special.betainc(shape, ahead + 1, x) - served


def erlang_a(lam: float, mu: float, theta: float, c: int, room: int | None = None) -> ErlangA:
    """Solve M/M/c+M, or M/M/c/r+M with `room` = r >= 1 waiting places; patience Exp(theta), theta > 0.

    First come, first served. Probabilities are per arrival, blocked ones included; waits are of those let
    in. With k ahead in queue, P(served) = c mu / (c mu + (k+1) theta) and E[W | served] = sum of
    1 / (c mu + j theta), j = 1..k+1 (Palm 1957; Whitt 2005, Management Science 51, birth-death chain).
    """
    pi = _erlang_a_distribution(lam, mu, theta, c, room)
    n = np.arange(pi.size)
    queue, busy = np.maximum(n - c, 0), np.minimum(n, c)
    mean_q = float(queue @ pi)
    behind = np.arange(1, pi.size - c)
    waiting = pi[c:-1]
    served = waiting * c * mu / (c * mu + behind * theta)
    served_time = float(served @ np.cumsum(1 / (c * mu + behind * theta)))
    p_no_wait, p_served_late, p_abandon = float(pi[:c].sum()), float(served.sum()), theta * mean_q / lam
    return ErlangA(
        p_no_wait=p_no_wait,
        p_abandon=p_abandon,
        p_blocked=float(pi[-1]) if room is not None else 0.0,
        mean_queue=mean_q,
        var_queue=float(queue**2 @ pi) - mean_q**2,
        mean_in_system=float(n @ pi),
        mean_wait=mean_q / lam / float(p_no_wait + waiting.sum()),
        mean_wait_served=served_time / (p_no_wait + p_served_late),
        mean_wait_abandoned=(mean_q / lam - served_time) / p_abandon,
        occupancy=float(busy @ pi) / c,
    )


def erlang_a_wait_cdf(
    t: float, lam: float, mu: float, theta: float, c: int, room: int | None = None
) -> tuple[float, float]:
    """Return (P(W <= t | served), P(W <= t | abandoned)) in M/M/c+M or M/M/c/r+M (Whitt 2005, Table 1)."""
    pi = _erlang_a_distribution(lam, mu, theta, c, room)
    waiting, ahead = pi[c:-1], np.arange(pi.size - 1 - c, dtype=np.float64)
    served, abandoned = (float(waiting @ part) for part in wait_split(t, mu, theta, c, ahead))
    p_served = float(pi[:c].sum() + waiting @ (c * mu / (c * mu + (ahead + 1) * theta)))
    p_abandon = float(waiting @ ((ahead + 1) * theta / (c * mu + (ahead + 1) * theta)))
    return (float(pi[:c].sum()) + served) / p_served, abandoned / p_abandon


def erlang_a_wait_probability(lam: float, mu: float, theta: float, c: int) -> float:
    """Return P(W > 0) in M/M/c+M without summing a chain: A B / (1 + (A - 1) B), to cross-check `erlang_a`.

    A = 1F1(1; c mu/theta + 1; lam/theta), B is Erlang B (Palm 1957; Garnett, Mandelbaum & Reiman 2002).
    """
    blocking = erlang_b(lam / mu, c)
    factor = float(special.hyp1f1(1, c * mu / theta + 1, lam / theta))
    return factor * blocking / (1 + (factor - 1) * blocking)


# --- Priorities, general service times, batches -------------------------------------------------------------


def _cobham(residual: float, loads: Sequence[float]) -> list[float]:
    sums = [0.0, *np.cumsum(loads).tolist()]
    _require_stable(sums[-1])
    return [residual / ((1 - above) * (1 - upto)) for above, upto in zip(sums, sums[1:], strict=False)]


def priority_mean_waits(lams: Sequence[float], mu: float, c: int) -> list[float]:
    """Return E[W] per class in non-preemptive M/M/c, most urgent class first, one service rate for all.

    W_k = (C / (c mu)) / ((1 - s_{k-1}) (1 - s_k)), s_k = (lam_1 + ... + lam_k) / (c mu) (Cobham 1954).
    """
    return _cobham(erlang_c(sum(lams), mu, c) / (c * mu), [lam / (c * mu) for lam in lams])


def mg1_priority_mean_waits(
    lams: Sequence[float], means: Sequence[float], scvs: Sequence[float]
) -> list[float]:
    """Return E[W] per class in non-preemptive M/G/1, most urgent first: Cobham, W_0 = sum lam E[S^2] / 2.

    `means` are E[S] per class in time units, `scvs` Var(S) / E[S]^2 (Cobham 1954; Kleinrock 1976, ch. 3).
    """
    residual = sum(lam * m * m * (1 + v) / 2 for lam, m, v in zip(lams, means, scvs, strict=True))
    return _cobham(residual, [lam * m for lam, m in zip(lams, means, strict=True)])


def mg1_mean_wait(lam: float, mean_service: float, scv: float) -> float:
    """Return E[W] in M/G/1: rho E[S] (1 + scv) / (2 (1 - rho)), rho = lam E[S] (Pollaczek-Khinchine)."""
    return mg1_priority_mean_waits([lam], [mean_service], [scv])[0]


def batch_mean_in_system(batch_rate: float, mean_batch: float, mean_square_batch: float, mu: float) -> float:
    """Return L, customers in M^[X]/M/1: rho (1 + E[X^2]/E[X]) / (2 (1 - rho)) (Gross & Harris 1998)."""
    rho = occupancy(batch_rate * mean_batch, mu, 1)
    return rho * (1 + mean_square_batch / mean_batch) / (2 * (1 - rho))


# --- Jackson: M/M/c whose customers reopen with probability p -----------------------------------------------


def reopen_occupancy(gamma: float, mu: float, c: int, p: float) -> float:
    """Return the fraction of agents busy: gamma / ((1 - p) c mu) (Jackson 1957)."""
    return occupancy(gamma / (1 - p), mu, c)


def reopen_wait_probability(gamma: float, mu: float, c: int, p: float) -> float:
    """Return P(W > 0) per visit: Erlang C at rate gamma / (1 - p) (Jackson 1957, arrival theorem)."""
    return erlang_c(gamma / (1 - p), mu, c)


def reopen_mean_time(gamma: float, mu: float, c: int, p: float, reopen_delay: float = 0.0) -> float:
    """Return E[time], first arrival to last departure: (E[W] + 1/mu + p delay) / (1 - p), E[W] per visit.

    `reopen_delay` is the mean time away before a reopen, any law (an M/G/inf node keeps the product form).
    """
    return (mean_wait(gamma / (1 - p), mu, c) + 1 / mu + p * reopen_delay) / (1 - p)


# --- M(t)/M/inf ---------------------------------------------------------------------------------------------


def sinusoidal_mean_in_system(
    t: float, mean_rate: float, amplitude: float, period: float, mu: float
) -> float:
    """Return E[N(t)] = Var N(t) in M(t)/M/inf begun long ago, lam(t) = mean + amplitude sin(2 pi t / period).

    mean/mu + amplitude (mu sin(w t) - w cos(w t)) / (mu^2 + w^2), w = 2 pi / period (Eick, Massey & Whitt
    1993, sinusoidal rates, Exp(mu) service).
    """
    w = 2 * math.pi / period
    return mean_rate / mu + amplitude * (mu * math.sin(w * t) - w * math.cos(w * t)) / (mu**2 + w**2)


def sinusoidal_peak_time(period: float, mu: float) -> float:
    """Return the first t > 0 where E[N(t)] peaks: period/4 + arctan(w / mu) / w (Eick et al. 1993)."""
    w = 2 * math.pi / period
    return period / 4 + math.atan(w / mu) / w
