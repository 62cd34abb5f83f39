"""Queues with a known answer: desks written as scenarios, and estimates of what their customers met.

A row runs ten replications of its desk, two at a time. Each replication begins empty; a steady state is estimated from
30 equal batches of it, after a first one that is left out. `Line` refuses batches shorter than 20 relaxation times, so
that the empty start weighs less than exp(-20) in what is left, and batch means are as good as independent. Desks that
begin empty every day (`Days`) are compared with their exact transient solution instead, and need no warm-up.
"""

import math
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.journeys import NOWHERE
from simulator.run import Run, simulate
from simulator.scenario import Scenario, scenario_from

Floats = NDArray[np.float64]
Found = TypeVar("Found")
REPLICATIONS = 10
BATCHES = 30
WIDEST = 0.01
"""Largest standard error, relative to theory; with as many tickets the widest row was expected at 0.9 %."""
WEEK, DAY = 10080.0, 1440.0


# -- desks --


@dataclass(frozen=True)
class Desk:
    """One queue, one team round the clock, in which nothing happens but waiting and work."""

    seed: int
    data: Mapping[str, Any]
    """The scenario, as its file would have it."""

    def scenario(self, replication: int) -> Scenario:
        """Make the scenario of a replication."""
        return scenario_from(dict(self.data), ".")

    def first_day(self) -> Scenario:
        """Make the same desk with customers on the first Monday only, at that day's rates."""
        arrivals = dict(self.data["arrivals"])
        if arrivals["profile"] == "flat":
            arrivals |= {"per_week": arrivals["per_week"] / 7, "profile": {"mon": [1] * 24}}
        elif "daily" in arrivals["profile"]:
            arrivals |= {"per_week": arrivals["per_week"] / 7, "profile": {"mon": arrivals["profile"]["daily"]}}
        return scenario_from({**self.data, "weeks": 1, "arrivals": arrivals}, ".")

    def over_replications(self, look: Callable[[Run], Found]) -> list[Found]:
        """Simulate every replication on the fast engine and keep what `look` takes from each."""

        def one(replication: int) -> Found:
            run = simulate(self.scenario(replication), seed=self.seed, replication=replication, engine="fast")
            return look(run)

        # The engine and NumPy let go of Python's lock, so threads are as good as processes and share the results.
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            return list(threads.map(one, range(REPLICATIONS)))


@dataclass(frozen=True)
class BatchDesk(Desk):
    """A desk whose customers come in batches, replayed from a file: the replications are stretches of one stream."""

    batch_rate: float = 0.0
    """Batches per minute."""
    batch: int = 1

    def scenario(self, replication: int) -> Scenario:
        """Write the arrivals of a replication and make its scenario."""
        return self._replaying(replication, int(self.data["weeks"]) * WEEK)

    def first_day(self) -> Scenario:
        """Make the desk with the arrivals of the first day of the first replication."""
        return self._replaying(0, DAY)

    def _replaying(self, replication: int, minutes: float) -> Scenario:
        size = int(int(self.data["weeks"]) * WEEK * self.batch_rate * 1.2)
        gaps = np.random.default_rng(self.seed).exponential(1 / self.batch_rate, size=size * (replication + 1))
        times = np.cumsum(gaps[-size:])
        begin = datetime.fromisoformat(self.data["start"])
        stamps = [(begin + timedelta(minutes=float(time))).isoformat() for time in times[times < minutes - 1]]
        with TemporaryDirectory() as folder:
            text = "created_at\n" + "\n".join(np.repeat(stamps, self.batch)) + "\n"
            (Path(folder) / "batches.csv").write_text(text, encoding="utf-8")
            return scenario_from({**self.data, "arrivals": {"replay": {"file": "batches.csv"}}}, folder)


def exponential(mean: float) -> dict[str, Any]:
    return {"form": "exponential", "mean": mean}


def plain(
    *, weeks: int, agents: int, per_minute: float = 0.0, handle: Mapping[str, Any] | None = None, profile: Any = "flat",
    **parts: Any,
) -> dict[str, Any]:  # fmt: skip
    """Write the scenario of a desk; `per_minute` is the mean rate over the week."""
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
    return {**data, **parts}


def mondays(rates_per_hour: tuple[float, ...], **more: Any) -> dict[str, Any]:
    """Write a desk with Mondays only: with six days to finish, each begins empty and independent of the others."""
    return plain(per_minute=sum(rates_per_hour) / WEEK, profile={"mon": list(rates_per_hour)}, **more)


def patient_for(patience: Any) -> dict[str, Any]:
    """Write the channels of a phone whose customers hang up."""
    return {"phone": {"live": True, "patience": patience}}


def relaxation(lam: float, mu: float, c: int) -> float:
    """Bound the time in which M/M/c forgets its start.

    The slower of one service and 1 / (sqrt(c mu) - sqrt(lam))^2 (Karlin & McGregor 1958).
    """
    return max(1 / mu, 1 / (math.sqrt(c * mu) - math.sqrt(lam)) ** 2)


# -- what customers met --


class Seen(NamedTuple):
    """A simulated mean and its standard error."""

    mean: float
    error: float


def mean_of(values: Floats) -> Seen:
    return Seen(float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values))))


class _Visits(NamedTuple):
    """The visits of one replication in order of joining; times in minutes."""

    joined: Floats
    left_line: Floats
    ended: Floats
    served: NDArray[np.bool_]
    kind: NDArray[np.int8]
    stay: Floats


class Line:
    """The visits of all replications in order of joining, and batch means of what is seen; times in `unit` minutes."""

    def __init__(self, desk: Desk, relaxation: float, unit: float = 1.0, kind: str = "tier") -> None:
        self.horizon = float(desk.data["weeks"]) * WEEK / unit
        assert self.horizon / (BATCHES + 1) >= 20 * relaxation, "batches must be 20 relaxation times long"
        visits = desk.over_replications(lambda run: _visits(run, kind))
        self.bounds = np.cumsum([0, *(len(part.joined) for part in visits)])
        self.joined, self.left_line, self.ended = (
            np.concatenate([part[column] for part in visits]) / unit for column in range(3)
        )
        self.served = np.concatenate([part.served for part in visits])
        self.kind = np.concatenate([part.kind for part in visits])
        """Number of each visit's tier, or of what else was asked for."""
        self.stay = np.concatenate([part.stay for part in visits]) / unit
        """Time from a ticket's arrival to its end, at its first visit; NaN at later ones."""
        self.wait = self.left_line - self.joined
        assert not np.isnan(self.wait).any(), "the drain must empty the house"

    def mean(self, values: NDArray[Any], among: NDArray[np.bool_] | None = None) -> Seen:
        """Return mean and error over batches of equally many visits, the first of each replication left out."""

        def batch_means(rows: slice) -> Floats:
            part = values[rows] if among is None else values[rows][among[rows]]
            size = len(part) // (BATCHES + 1)
            means: Floats = part[size : size * (BATCHES + 1)].reshape(BATCHES, size).mean(axis=1)
            return means

        return mean_of(np.concatenate([batch_means(rows) for rows in self._replications()]))

    def time_average(self, since: Floats, until: Floats, centre: float | None = None) -> Seen:
        """Return the time average of how many are between the two times, or of its square about `centre`."""
        edges = np.linspace(0, self.horizon, BATCHES + 2)[1:]

        def batch_means(rows: slice) -> Floats:
            area = _area(since[rows], until[rows], edges) if centre is None else _area_of_squares(
                since[rows], until[rows], edges, centre
            )  # fmt: skip
            return np.diff(area) / np.diff(edges)

        with ThreadPoolExecutor(os.cpu_count()) as threads:
            return mean_of(np.concatenate(list(threads.map(batch_means, self._replications()))))

    def queue(self) -> Seen:
        return self.time_average(self.joined, self.left_line)

    def busy(self, agents: int) -> Seen:
        # Who was not served spends no time between leaving the line and the end.
        mean, error = self.time_average(self.left_line, self.ended)
        return Seen(mean / agents, error / agents)

    def _replications(self) -> Iterator[slice]:
        return (slice(begin, end) for begin, end in zip(self.bounds, self.bounds[1:], strict=False))


def _visits(run: Run, kind: str) -> _Visits:
    steps, log, customers = run.journeys.steps, run.log, run.customers
    rows = np.flatnonzero(log.visited & (steps.queue != NOWHERE))
    rows = rows[np.argsort(log.joined[rows], kind="stable")]
    ticket = steps.ticket[rows]
    stay = np.where(steps.first[ticket] == rows, (run.ends.closed - customers.arrival)[ticket], np.nan)
    left_line = np.where(log.abandoned[rows], log.ended[rows], log.began[rows])
    group = getattr(customers, kind)[ticket].astype(np.int8)
    return _Visits(log.joined[rows], left_line, log.ended[rows], ~log.abandoned[rows], group, stay)


def _area(since: Floats, until: Floats, edges: Floats) -> Floats:
    """Integrate the number of intervals under way, from 0 to each edge."""

    def elapsed(moments: Floats) -> Floats:
        moments = np.sort(moments)
        sums = np.concatenate([[0.0], np.cumsum(moments)])
        begun = np.searchsorted(moments, edges, side="right")
        since_then: Floats = begun * edges - sums[begun]
        return since_then

    return elapsed(since) - elapsed(until)


def _area_of_squares(since: Floats, until: Floats, edges: Floats, centre: float) -> Floats:
    moments = np.concatenate([since, until])
    order = np.argsort(moments, kind="stable")
    moments = np.concatenate([[0.0], moments[order]])
    level = np.concatenate([[0.0], np.cumsum(np.repeat([1.0, -1.0], len(since))[order])])
    area = np.concatenate([[0.0], np.cumsum((level[:-1] - centre) ** 2 * np.diff(moments))])
    found: Floats = np.interp(edges, moments, area)
    return found


class Days:
    """What arrivals of each Monday of all replications met; times in minutes."""

    def __init__(self, desk: Desk) -> None:
        weeks = int(desk.data["weeks"])
        runs = desk.over_replications(lambda run: (run.customers.arrival, run.log.ended, run.log.began))
        self.weeks = weeks * len(runs)
        self.arrival, self.end, began = (np.concatenate([part[column] for part in runs]) for column in range(3))
        replication = np.repeat(np.arange(len(runs)), [len(part[0]) for part in runs])
        self.week = (self.arrival // WEEK).astype(int) + weeks * replication
        self.minute = self.arrival % WEEK
        self.gone = np.isnan(began)
        self.wait = np.where(self.gone, self.end, began) - self.arrival
        self.count = self.per_day(np.ones(len(self.arrival)))

    def per_day(self, values: NDArray[Any]) -> Floats:
        return np.bincount(self.week, values, minlength=self.weeks)

    def share(self, values: NDArray[Any], expected: float) -> Seen:
        """Return the mean per arrival over all days together; its error is that about the expected ratio."""
        parts, wholes = self.per_day(values), self.count
        spread = (parts - expected * wholes).std(ddof=1) / (wholes.mean() * math.sqrt(len(parts)))
        return Seen(float(parts.sum() / wholes.sum()), float(spread))

    def present_at(self, minute: float) -> Floats:
        is_present = (self.minute <= minute) & (self.end - self.arrival > minute - self.minute)
        return self.per_day(is_present.astype(float))

    def all_busy_at(self, minute: float, agents: int, expected: float) -> Seen:
        # Days are independent, so the share of them has a binomial error.
        error = math.sqrt(expected * (1 - expected) / self.weeks)
        return Seen(float((self.present_at(minute) >= agents).mean()), error)
