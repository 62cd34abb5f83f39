"""Queues whose answer is known: each is built as a scenario, simulated, and compared with its closed form.

Two-sided rule: |mean - theory| <= 4 standard errors, *and* standard error <= 3 % of theory, so a test can
fail. Every row also holds the figure as published (or computed once from its formula), so that the formulas
are checked as well. Seeds number the rows; they were never tuned.

Steady states are estimated from one long run, cut into 31 equal batches. The first is the warm-up: `Line`
refuses a run whose batches are shorter than 20 relaxation times, so that the empty start weighs less than
exp(-20) in what is left and batch means are as good as independent. Queues that begin empty every day are
compared with their exact transient solution instead, and need no warm-up.
"""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.journeys import NOWHERE
from simulator.run import Run, simulate
from simulator.scenario import scenario_from
from tests import theory, theory_transient

Floats = NDArray[np.float64]
BATCHES = 30
WEEK = 10080.0
GONE_AT_ONCE = {"live": True, "patience": {"form": "constant", "value": 0}}


# -- building --


def exponential(mean: float) -> dict[str, Any]:
    return {"form": "exponential", "mean": mean}


def simulated(
    seed: int,
    *,
    per_minute: float = 0.0,
    weeks: int,
    agents: int,
    handle: Mapping[str, Any] | None = None,
    profile: Any = "flat",
    folder: Any = ".",
    **parts: Any,
) -> Run:
    """Simulate one queue, one team round the clock, in which nothing happens but waiting and work."""
    data = {
        "name": "known result",
        "start": "2026-01-05",
        "weeks": weeks,
        "drain": "52w",
        "arrivals": {"per_week": per_minute * WEEK, "profile": profile, "busyness_cv": 0},
        "intents": {"only": {"share": 1, "handle": handle}},
        "difficulty": {"handle": 0},
        "handling": {"reopen": {"share": 0}},
        "teams": {"desk": {"agents": agents}},
    }
    return simulate(scenario_from({**data, **parts}, folder), seed=seed)


def relaxation(lam: float, mu: float, c: int) -> float:
    """Bound the time in which M/M/c forgets its start.

    The slower of one service and 1 / (sqrt(c mu) - sqrt(lam))^2 (Karlin & McGregor 1958).
    """
    return max(1 / mu, 1 / (math.sqrt(c * mu) - math.sqrt(lam)) ** 2)


class Line:
    """The visits of one run in order of joining, and batch means of what is seen; times in `unit` minutes."""

    def __init__(self, run: Run, relaxation: float, unit: float = 1.0) -> None:
        steps, log = run.journeys.steps, run.log
        rows = np.flatnonzero(log.visited & (steps.queue != NOWHERE))
        rows = rows[np.argsort(log.joined[rows], kind="stable")]
        self.run, self.unit, self.horizon = run, unit, run.scenario.horizon_minutes / unit
        self.ticket = steps.ticket[rows]
        self.joined, self.ended = log.joined[rows] / unit, log.ended[rows] / unit
        self.left_line = np.where(log.abandoned[rows], log.ended[rows], log.began[rows]) / unit
        self.served = ~log.abandoned[rows]
        self.wait = self.left_line - self.joined
        assert not np.isnan(self.wait).any(), "the drain must empty the house"
        assert self.horizon / (BATCHES + 1) >= 20 * relaxation, "batches must be 20 relaxation times long"

    def mean(self, values: Floats) -> tuple[float, float]:
        """Give mean and standard error over batches of equally many visits, the first left out."""
        size = len(values) // (BATCHES + 1)
        return mean_of(values[size : size * (BATCHES + 1)].reshape(BATCHES, size).mean(axis=1))

    def time_average(self, since: Floats, until: Floats, centre: float | None = None) -> tuple[float, float]:
        """Give the time average of how many are between the two times, or of its square about `centre`."""
        moments = np.concatenate([since, until])
        order = np.argsort(moments, kind="stable")
        moments = np.concatenate([[0.0], moments[order]])
        level = np.concatenate([[0.0], np.cumsum(np.repeat([1.0, -1.0], len(since))[order])])
        height = level if centre is None else (level - centre) ** 2
        area = np.concatenate([[0.0], np.cumsum(height[:-1] * np.diff(moments))])
        edges = np.linspace(0, self.horizon, BATCHES + 2)[1:]
        return mean_of(np.diff(np.interp(edges, moments, area)) / np.diff(edges))

    def queue(self) -> tuple[float, float]:
        return self.time_average(self.joined, self.left_line)

    def busy(self, agents: int) -> tuple[float, float]:
        mean, error = self.time_average(self.left_line[self.served], self.ended[self.served])
        return mean / agents, error / agents


def mean_of(values: Floats) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values)))


def ratio_of(parts: Floats, wholes: Floats, expected: float) -> tuple[float, float]:
    """Give the ratio of two sums over independent days, and its standard error about the expected ratio."""
    spread = (parts - expected * wholes).std(ddof=1) / (wholes.mean() * math.sqrt(len(parts)))
    return float(parts.sum() / wholes.sum()), float(spread)


def agree(row: str, known: float, published: float | None, seen: tuple[float, float]) -> None:
    """Hold a simulated mean against theory, and theory against the published figure."""
    mean, error = seen
    if published is not None:
        assert known == pytest.approx(published, rel=1e-8), f"{row}: the formula misses the published figure"
    assert error <= 0.03 * abs(known), f"{row}: standard error {error:.4g} is too wide for {known:.6g}"
    assert abs(mean - known) <= 4 * error, f"{row}: {mean:.6g} ± {error:.2g} misses {known:.6g}"


# -- many agents, nobody leaves (Erlang 1917) --


def test_a_call_centre_of_14_agents_waits_as_erlang_c_says() -> None:
    lam, mu, c = 100 / 30, 1 / 3, 14
    line = Line(simulated(1, per_minute=lam, weeks=8, agents=c, handle=exponential(3)), relaxation(lam, mu, c))
    agree("C1", theory.erlang_c(lam, mu, c), 0.1741319336, line.mean(line.wait > 0))
    agree("C2", theory.service_level(1 / 3, lam, mu, c), 0.8883500192, line.mean(line.wait <= 1 / 3))


def test_an_eye_clinic_queues_as_its_textbook_says() -> None:
    lam, mu, c, unit = 6.0, 3.0, 3, 6.0  # hours, told in steps of six minutes
    run = simulated(9, per_minute=lam / unit, weeks=14, agents=c, handle=exponential(unit / mu))
    line = Line(run, relaxation(lam, mu, c), unit)
    agree("C9", theory.mean_queue(lam, mu, c), 0.8888888889, line.queue())
    stay = line.mean((line.ended - line.joined) * 60)
    agree("C10", 60 * (theory.mean_wait(lam, mu, c) + 1 / mu), 28.88888889, stay)


def test_twelve_agents_settle_where_the_steady_state_says() -> None:
    lam, mu, c = 4.2, 0.5, 12
    line = Line(simulated(11, per_minute=lam, weeks=6, agents=c, handle=exponential(2)), relaxation(lam, mu, c))
    agree("C11", theory.service_level(1 / 3, lam, mu, c), 0.8990797799, line.mean(line.wait <= 1 / 3))
    agree("C13", theory.occupancy(lam, mu, c), 0.7, line.busy(c))


def test_a_single_agent_waits_as_m_m_1_says() -> None:
    lam, mu = 5.0, 8.0
    line = Line(simulated(14, per_minute=lam, weeks=2, agents=1, handle=exponential(1 / mu)), relaxation(lam, mu, 1))
    agree("C14", theory.mean_wait(lam, mu, 1), 0.2083333333, line.mean(line.wait))


def test_time_in_the_house_has_the_tail_of_m_m_c() -> None:
    lam, mu, c, unit = 20.0, 3.0, 8, 6.0  # hours, told in steps of six minutes
    run = simulated(15, per_minute=lam / unit, weeks=13, agents=c, handle=exponential(unit / mu))
    line = Line(run, relaxation(lam, mu, c), unit)
    agree("C15", theory.sojourn_tail(1.0, lam, mu, c), 0.1000802925, line.mean(line.ended - line.joined > 1.0))
    agree("C17", theory.wait_tail(0.25, lam, mu, c), 0.1959644404, line.mean(line.wait > 0.25))


def test_patience_0_blocks_as_erlang_b_says() -> None:
    lam, mu, c = 10.0, 1.0, 14
    channels = {"phone": GONE_AT_ONCE}
    run = simulated(21, per_minute=lam, weeks=2, agents=c, handle=exponential(1), channels=channels)
    line = Line(run, 1 / mu)
    agree("B1", theory.erlang_b(lam / mu, c), 0.05681914339, line.mean(~line.served))
    assert (line.wait == 0).all()


# -- customers who hang up: Erlang A (Palm 1957; Whitt 2005) --


def test_whitts_call_centre_of_100_agents_loses_and_keeps_whom_his_table_says() -> None:
    lam, mu, theta, c, unit = 102.0, 1.0, 1.0, 100, 10.0
    channels = {"phone": {"live": True, "patience": exponential(unit / theta)}}
    run = simulated(31, per_minute=lam / unit, weeks=8, agents=c, handle=exponential(unit / mu), channels=channels)
    # As mu = theta, the number present is that of M/M/inf and forgets its start within one service.
    line = Line(run, 1 / mu, unit)
    served, gone = line.served, ~line.served
    known = theory.erlang_a(lam, mu, theta, c)
    # Whitt's queue has 200 places; ours has no end. An arrival finds those 200 taken less than once in 10^50.
    assert theory.erlang_a(lam, mu, theta, c, room=200).p_blocked < 1e-50
    agree("W1", known.p_no_wait, 0.4082813655, line.mean(line.wait == 0))
    agree("W2", known.p_abandon, 0.049917976, line.mean(gone))
    agree("W3", known.mean_queue, 5.091633552, line.queue())
    agree("W4", known.var_queue, 44.6138356, line.time_average(line.joined, line.left_line, known.mean_queue))
    agree("W5", known.mean_in_system, 102.0, line.time_average(line.joined, line.ended))
    agree("W6", known.mean_wait_served, 0.04904092185, line.mean(line.wait[served]))
    agree("W7", known.mean_wait_abandoned, 0.06661082784, line.mean(line.wait[gone]))
    known_served, known_gone = theory.erlang_a_wait_cdf(0.1, lam, mu, theta, c)
    agree("W8", known_served, 0.7986439896, line.mean(line.wait[served] <= 0.1))
    agree("W9", known_gone, 0.7670698632, line.mean(line.wait[gone] <= 0.1))
    known_served, known_gone = theory.erlang_a_wait_cdf(0.2, lam, mu, theta, c)
    agree("W10", known_served, 0.9644127482, line.mean(line.wait[served] <= 0.2))
    agree("W10b", known_gone, 0.9701595292, line.mean(line.wait[gone] <= 0.2))


def test_twelve_agents_with_impatient_customers_settle_where_erlang_a_says() -> None:
    lam, mu, theta, c = 4.2, 0.5, 1.0, 12
    channels = {"phone": {"live": True, "patience": 1}}
    line = Line(simulated(36, per_minute=lam, weeks=4, agents=c, handle=exponential(2), channels=channels), 1 / mu)
    known = theory.erlang_a(lam, mu, theta, c)
    agree("A6", known.p_abandon, 0.02967890554, line.mean(~line.served))
    agree("A7", known.occupancy, 0.6792247661, line.busy(c))


# -- priorities (Cobham 1954) --


def tiers(*lams: float) -> dict[str, Any]:
    """Give tiers in falling priority, and the bands that keep them apart."""
    shares = {f"class{number}": {"share": lam / sum(lams), "priority": 2 - number} for number, lam in enumerate(lams)}
    bands = {2: [2], 3: [2, 1]}[len(lams)]
    return {"tiers": shares, "policy": {"priority": {"bands": bands}}}


def test_two_classes_share_an_agent_as_cobham_says() -> None:
    lams, mu, unit = (0.2, 0.6), 1.0, 0.1
    run = simulated(41, per_minute=sum(lams) / unit, weeks=2, agents=1, handle=exponential(unit / mu), **tiers(*lams))
    line = Line(run, relaxation(sum(lams), mu, 1), unit)
    urgent = run.customers.tier[line.ticket] == 0
    known = theory.priority_mean_waits(lams, mu, 1)
    stay = line.ended - line.joined
    agree("P1", known[0] + 1 / mu, 2.0, line.mean(stay[urgent]))
    agree("P2", known[1] + 1 / mu, 6.0, line.mean(stay[~urgent]))


@pytest.mark.parametrize(
    ("seed", "agents", "published"),
    [
        (43, 1, (("P3", 0.2380952381), ("P4", 0.3246753247), ("P5", 0.9090909091))),
        (46, 2, (("P6", 0.02873563218), ("P7", 0.03315649867), ("P8", 0.04807692308))),
    ],
)
def test_three_classes_wait_as_cobham_says(seed: int, agents: int, published: tuple[tuple[str, float], ...]) -> None:
    lams, mu, unit = (0.2, 0.6, 1.2), 3.0, 0.25
    run = simulated(
        seed,
        per_minute=sum(lams) / unit,
        weeks=2,
        agents=agents,
        handle=exponential(unit / mu),
        **tiers(*lams),
    )
    line = Line(run, relaxation(sum(lams), mu, agents), unit)
    known = theory.priority_mean_waits(lams, mu, agents)
    for number, (row, figure) in enumerate(published):
        agree(row, known[number], figure, line.mean(line.wait[run.customers.tier[line.ticket] == number]))


# -- other handle times (Pollaczek-Khinchine), batches, reopening (Jackson) --


@pytest.mark.parametrize(
    ("seed", "row", "scv", "handle", "published", "weeks"),
    [
        (51, "G1", 0.0, {"form": "constant"}, 2.0, 2),
        (52, "G2", 1.52, {"form": "lognormal", "cv": math.sqrt(1.52)}, 5.04, 5),
        (53, "G3", 0.5, {"form": "gamma", "cv": math.sqrt(0.5)}, 3.0, 2),
    ],
    ids=["constant", "lognormal as measured by Brown et al.", "Erlang-2"],
)
def test_handle_times_of_any_shape_wait_as_pollaczek_and_khinchine_say(
    seed: int, row: str, scv: float, handle: dict[str, Any], published: float, weeks: int
) -> None:
    lam, unit = 0.8, 0.1
    length = "value" if handle["form"] == "constant" else "mean"
    line = Line(
        simulated(seed, per_minute=lam / unit, weeks=weeks, agents=1, handle={**handle, length: unit}),
        relaxation(lam, 1.0, 1) * (1 + scv) / 2,
        unit,
    )
    agree(row, theory.mg1_mean_wait(lam, 1.0, scv), published, line.mean(line.wait))


def test_two_intents_of_different_work_wait_as_cobham_says() -> None:
    lams, means, scvs, unit = (0.1, 0.3), (2.0, 1.5), (1.0, 2.0), 0.1
    intents = {
        f"intent{number}": {
            "share": lam / sum(lams),
            "urgency": 3 - 3 * number,
            "handle": {"form": "gamma", "mean": mean * unit, "cv": math.sqrt(scv)},
        }
        for number, (lam, mean, scv) in enumerate(zip(lams, means, scvs, strict=True))
    }
    bands = {"priority": {"bands": [3]}}
    run = simulated(54, per_minute=sum(lams) / unit, weeks=3, agents=1, intents=intents, policy=bands)
    load, mean = 0.65, 0.65 / 0.4
    line = Line(run, mean * relaxation(load, 1.0, 1) * (1 + max(scvs)) / 2, unit)
    known = theory.mg1_priority_mean_waits(lams, means, scvs)
    urgent = run.customers.intent[line.ticket] == 0
    agree("G4", known[0], 1.765625, line.mean(line.wait[urgent]))
    agree("G5", known[1], 5.044642857, line.mean(line.wait[~urgent]))


def test_replayed_batches_queue_as_batch_theory_says(tmp_path: Any) -> None:
    rate, batch, mu, unit, weeks = 0.1, 5, 1.0, 0.1, 2
    gaps = np.random.default_rng(56).exponential(unit / rate, size=int(weeks * WEEK * rate / unit * 1.2))
    times = np.cumsum(gaps)
    begin = datetime(2026, 1, 5)
    stamps = [(begin + timedelta(minutes=float(time))).isoformat() for time in times[times < weeks * WEEK - 1]]
    (tmp_path / "batches.csv").write_text("created_at\n" + "\n".join(np.repeat(stamps, batch)) + "\n")
    replay = {"replay": {"file": "batches.csv"}}
    work = exponential(unit / mu)
    run = simulated(56, arrivals=replay, weeks=weeks, agents=1, handle=work, folder=tmp_path)
    line = Line(run, relaxation(rate * batch, mu, 1) * batch, unit)
    known = theory.batch_mean_in_system(rate, batch, batch**2, mu)
    agree("G6", known, 3.0, line.time_average(line.joined, line.ended))


def test_reopened_tickets_load_the_desk_as_jackson_says() -> None:
    gamma, mu, c, p, unit = 6.0, 1.5, 6, 0.2, 3.0  # hours, told in steps of three minutes
    reopen = {"share": p, "delay": {"form": "constant", "value": 0}, "handle_factor": 1, "limit": 50}
    run = simulated(
        61,
        per_minute=gamma / unit,
        weeks=7,
        agents=c,
        handle=exponential(unit / mu),
        handling={"reopen": reopen},
    )
    line = Line(run, relaxation(gamma / (1 - p), mu, c), unit)
    # Times a ticket reopens are geometric; the limit of 50 cuts off less than once in 10^35.
    stay = (run.ends.closed - run.customers.arrival) / unit
    agree("J1", theory.reopen_mean_time(gamma, mu, c, p), 1.322930375, line.mean(stay))
    agree("J2", theory.reopen_occupancy(gamma, mu, c, p), 0.8333333333, line.busy(c))
    agree("J2b", theory.reopen_wait_probability(gamma, mu, c, p), 0.5875164505, line.mean(line.wait > 0))


# -- rates that change over the day --


def test_infinitely_many_agents_follow_a_sinusoid_as_eick_massey_and_whitt_say() -> None:
    mean_rate, amplitude, period, mu = 20.0, 10.0, 24.0, 2.0
    w = 2 * math.pi / period
    edges = np.arange(97) / 4
    area = mean_rate * edges - amplitude / w * np.cos(w * edges)
    rates = np.diff(area) * 4  # mean rate of each quarter of an hour
    run = simulated(
        71,
        per_minute=mean_rate / 60,
        weeks=52,
        agents=1000,
        handle=exponential(60 / mu),
        profile={"daily": rates.tolist()},
    )
    arrival, gone = run.customers.arrival / 60, run.ends.closed / 60

    hours = np.arange(24, 52 * 7 * 24)  # the first day, which begins empty, left out
    present = np.searchsorted(arrival, hours, "right") - np.searchsorted(np.sort(gone), hours, "right")
    present = present.reshape(-1, 24).astype(float)
    pieces = np.tile(rates, 4)
    exact = np.array([theory_transient.infinite_server_mean(72 + hour, pieces, mu, step=0.25) for hour in range(24)])
    for row, hour, published in (("T1", 6, 14.91576962), ("T2", 18, 5.084230384)):
        known = theory.sinusoidal_mean_in_system(hour, mean_rate, amplitude, period, mu)
        assert exact[hour] == pytest.approx(known, rel=1e-3), "quarter-hours are as good as a sinusoid"
        agree(row, known, published, mean_of(present[:, hour]))
        agree(f"{row}, in pieces", exact[hour], None, mean_of(present[:, hour]))
    # T1 also says Var N = E N: the number present is Poisson at every hour.
    agree("T1, variance", 1.0, None, mean_of(((present - exact) ** 2 / exact).mean(axis=1)))

    # The first harmonic of E[N] peaks where E[N] does. A ticket adds the integral of both over its stay.
    day = run.customers.day
    sines = np.bincount(day, (np.cos(w * arrival) - np.cos(w * gone)) / w)
    cosines = np.bincount(day, (np.sin(w * gone) - np.sin(w * arrival)) / w)
    s, c = sines.mean(), cosines.mean()
    peak = period / 4 + math.atan2(-c, s) / w
    slope = (c * sines - s * cosines) / (s**2 + c**2) / w
    agree("T3", theory.sinusoidal_peak_time(period, mu), 6.497173217, (peak, mean_of(slope)[1]))


def mondays(seed: int, rates_per_hour: tuple[float, ...], weeks: int, **more: Any) -> Run:
    """Simulate Mondays only: with six days to finish, each begins empty and independent of the others."""
    weekly = sum(rates_per_hour)
    return simulated(seed, per_minute=weekly / WEEK, weeks=weeks, profile={"mon": list(rates_per_hour)}, **more)


class Days:
    """What arrivals of each Monday met; times in minutes."""

    def __init__(self, run: Run) -> None:
        log = run.log
        self.week = (run.customers.arrival // WEEK).astype(int)
        self.weeks = int(run.scenario.weeks)
        self.arrival, self.end = run.customers.arrival, log.ended
        self.gone = log.abandoned
        self.wait = np.where(self.gone, log.ended, log.began) - self.arrival
        self.count = self.per_day(np.ones(len(self.arrival)))

    def per_day(self, values: Floats) -> Floats:
        return np.bincount(self.week, values, minlength=self.weeks)

    def share(self, values: Floats, expected: float) -> tuple[float, float]:
        """Give the mean per arrival over all days together."""
        return ratio_of(self.per_day(values), self.count, expected)

    def present_at(self, minute: float) -> Floats:
        at = self.week * WEEK + minute
        return self.per_day(((self.arrival <= at) & (self.end > at)).astype(float))


RUSH = (0.0,) * 8 + (60.0, 110.0, 140.0, 90.0, 70.0, 100.0, 120.0, 60.0, 30.0, 10.0) + (0.0,) * 6
"""Arrivals per hour of a day with two peaks, the first beyond what nine or ten agents of 6 minutes can do."""


def test_a_day_with_two_peaks_queues_as_the_kolmogorov_equations_say() -> None:
    mu, c = 1 / 6, 9
    days = Days(mondays(81, RUSH, 240, agents=c, handle=exponential(6)))
    rates = [rate / 60 for rate in RUSH]
    known = theory_transient.window(0, 1440, rates, mu, c, step=60, target=5)
    agree("arrivals", known.arrivals, None, mean_of(days.count))
    delayed, waited = known.delayed / known.arrivals, known.mean_wait
    agree("P(W > 0)", delayed, None, days.share(days.wait > 0, delayed))
    agree("E[W]", waited, None, days.share(days.wait, waited))
    agree("P(W <= 5)", known.p_served_within, None, days.share(days.wait <= 5, known.p_served_within))
    for minute in (560, 600, 780, 840):
        state = theory_transient.state_at(minute, rates, mu, c, step=60)
        present = days.present_at(minute)
        agree(f"E[N({minute})]", state.mean_in_system, None, mean_of(present))
        # Days are independent, so the share of them has a binomial error.
        error = math.sqrt(state.p_all_busy * (1 - state.p_all_busy) / days.weeks)
        agree(f"P(all busy at {minute})", state.p_all_busy, None, (float((present >= c).mean()), error))


def test_a_day_with_two_peaks_loses_the_impatient_as_the_kolmogorov_equations_say() -> None:
    mu, theta, c = 1 / 6, 1 / 8, 10
    channels = {"phone": {"live": True, "patience": 8}}
    days = Days(mondays(82, RUSH, 200, agents=c, handle=exponential(6), channels=channels))
    rates = [rate / 60 for rate in RUSH]
    known = theory_transient.window(0, 1440, rates, mu, c, theta, step=60, target=1)
    abandoned, waited = known.abandoned / known.arrivals, known.mean_wait
    agree("P(A)", abandoned, None, days.share(days.gone, abandoned))
    agree("E[W]", waited, None, days.share(days.wait, waited))
    in_time = ~days.gone & (days.wait <= 1)
    agree("P(served, W <= 1)", known.p_served_within, None, days.share(in_time, known.p_served_within))
    peak = theory_transient.state_at(660, rates, mu, c, theta, step=60)
    agree("E[N(660)]", peak.mean_in_system, None, mean_of(days.present_at(660)))


def test_eight_hours_from_empty_agree_with_the_exact_solution_and_with_a_published_simulation() -> None:
    lam, mu, c = 4.2, 0.5, 12
    shift = (lam * 60,) * 8 + (0.0,) * 16
    days = Days(mondays(83, shift, 100, agents=c, handle=exponential(2)))
    known = theory_transient.mmc_from_empty(480, lam, mu, c, target=1 / 3)
    # ContactCenters prints 95 % intervals: SL(20 s) [0.900, 0.904], ASA [0.097, 0.102] minutes.
    assert 0.900 <= known.p_served_within <= 0.904
    assert 0.097 <= known.mean_wait <= 0.102
    assert known.occupancy == pytest.approx(0.695, abs=0.003)
    agree("C11, 8 hours", known.p_served_within, None, days.share(days.wait <= 1 / 3, known.p_served_within))
