"""What two months of a real call centre show: the figures that `scenarios/bank_call_centre.yaml` is made of.

"Anonymous Bank" (Technion, A. Mandelbaum): every call of January and February 1999, 11 and 12 January missing.
Nothing here looks at the simulator. `read_calls` gives the calls; each other function measures one thing on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

DEFAULT_FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "data"
"""Where the recorded calls lie when they are there at all: beside the project."""
on_recorded_desks = pytest.mark.skipif(
    not DEFAULT_FOLDER.is_dir(), reason="the recorded desks are not here: ../shared/data is missing"
)
"""Marks tests that read recorded data, which users do not have; each has a twin on data of `made_up_data`."""
on_both_desks = pytest.mark.parametrize(
    "kind", [pytest.param("recorded", marks=on_recorded_desks), "made up"], ids=lambda kind: kind.replace(" ", "_")
)
"""Runs a test on the recorded desk, where it is at hand, and on a made-up one."""
CALLS_FILE = "bank_calls_1999_01_02.csv.gz"

INTENTS = {
    "regular_service": ("PS", "PE", "AA"),
    "new_customer": ("NW",),
    "stock_exchange": ("NE",),
    "internet_support": ("IN",),
    "call_back": ("TT",),
}
"""Our names of call types, and the codes in the file (PE is PS in English; AA occurs twice)."""
CLASSES = {"sun, tue, thu": (6, 1, 3), "mon, wed": (0, 2), "fri": (4,), "sat": (5,)}
"""Days that look alike, by weekday number (Monday is 0). New customers call at other hours on Monday and Wednesday."""
OPEN_SLOTS = {"sun, tue, thu": (14, 48), "mon, wed": (14, 48), "fri": (14, 28), "sat": (38, 48)}
"""Half-hours of the day in which the desk is open: 07:00 to 24:00, Friday to 14:00, Saturday from 19:00."""
TIERS = {"priority_high": 2, "priority_middle": 1, "priority_low": 0}
SURVIVAL_SECONDS = (5, 10, 20, 30, 60, 90, 120, 180, 240, 300, 420)
"""Where patience is measured; beyond the last one too few callers are left in line."""
MIN_AT_RISK = 30
MIN_PER_HOUR = 200
"""Services that an hour of the day needs for a mean handle time of its own."""
BY_HOUR = ("regular_service", "new_customer", "stock_exchange")
"""Types of call with enough services (2,000) for handle times by hour; the others are 4 % of calls."""

Floats = np.ndarray[Any, Any]


def read_calls(folder: Path) -> pd.DataFrame:
    """Read the calls; times in seconds since 1 January 1999.

    Columns: intent, priority, joined (when the caller first wanted an agent), wait, abandoned, queued, start and end
    of service (NaN where there is none), server, day (since 1 January), slot (half-hour of the day), day_class.
    Only callers who wanted an agent: outcome AGENT, or HANG after joining the queue. PHANTOM is no call.
    """
    raw = pd.read_csv(folder / CALLS_FILE)
    epoch = pd.Timestamp("1999-01-01")
    for column in ("vru_entry", "vru_exit", "q_start", "q_exit", "ser_start", "ser_exit"):
        raw[column] = (pd.to_datetime(raw[column]) - epoch).dt.total_seconds()
    # An end after midnight is written with the date of the start.
    for first, second in (
        ("vru_entry", "vru_exit"),
        ("vru_exit", "q_start"),
        ("q_start", "q_exit"),
        ("q_exit", "ser_start"),
        ("vru_exit", "ser_start"),
        ("ser_start", "ser_exit"),
    ):
        raw.loc[raw[second] - raw[first] < -43_200, second] += 86_400
    queued = raw.q_start.notna()
    wanted = (raw.outcome == "AGENT") | ((raw.outcome == "HANG") & queued)
    joined = raw.q_start.where(queued, raw.vru_exit)
    names = {code: name for name, codes in INTENTS.items() for code in codes}
    day = (joined // 86_400).astype(int)
    weekday = (day + 4) % 7
    day_class = {number: name for name, numbers in CLASSES.items() for number in numbers}
    calls = pd.DataFrame(
        {
            "intent": raw.type.map(names),
            "priority": raw.priority,
            "joined": joined,
            "wait": raw.q_time_s.where(queued, 0).astype(float),
            "abandoned": raw.outcome == "HANG",
            "queued": queued,
            "start": raw.ser_start,
            "end": raw.ser_exit,
            "service": raw.ser_time_s.where(raw.ser_start.notna()),
            "server": raw.server,
            "day": day,
            "slot": ((joined % 86_400) // 1800).astype(int),
            "day_class": weekday.map(day_class),
        }
    )
    return calls[wanted].sort_values("joined", kind="stable").reset_index(drop=True)


@dataclass(frozen=True)
class Bank:
    """The calls, and what is measured on them."""

    calls: pd.DataFrame

    @cached_property
    def is_open(self) -> np.ndarray[Any, Any]:
        """Which calls came in opening hours; shape (n_calls,). The others are 0.2 %."""
        first = self.calls.day_class.map({name: bounds[0] for name, bounds in OPEN_SLOTS.items()})
        last = self.calls.day_class.map({name: bounds[1] for name, bounds in OPEN_SLOTS.items()})
        return ((self.calls.slot >= first) & (self.calls.slot < last)).to_numpy()

    @cached_property
    def days(self) -> dict[str, list[int]]:
        """Days of each class that were recorded, counted from 1 January."""
        recorded = sorted(self.calls.day.unique())
        return {name: [day for day in recorded if (day + 4) % 7 in numbers] for name, numbers in CLASSES.items()}

    # -- arrivals --

    def half_hours(self, intent: str, day_class: str) -> Floats:
        """Return mean calls per half-hour in opening hours, shape (48,). Hours of system failure count as they were."""
        of_class = self.calls[(self.calls.day_class == day_class) & (self.calls.intent == intent) & self.is_open]
        return np.bincount(of_class.slot, minlength=48) / len(self.days[day_class])

    def per_week(self, intent: str) -> float:
        """Return calls in an ordinary week: class means, weighted by the days of a week."""
        return float(sum(len(numbers) * self.half_hours(intent, name).sum() for name, numbers in CLASSES.items()))

    def busyness_cv(self) -> float:
        """Return the variation of Sunday-to-Thursday totals beyond Poisson, about the mean of their class."""
        totals = self.calls[self.is_open].groupby("day").size()
        squares = means = means_squared = 0.0
        for name in ("sun, tue, thu", "mon, wed"):
            of_class = totals[self.days[name]].to_numpy()
            mean, n = of_class.mean(), len(of_class)
            squares += ((of_class - mean) ** 2).sum() * n / (n - 1)
            means += mean * n
            means_squared += mean**2 * n
        return float(np.sqrt((squares - means) / means_squared))

    # -- work --

    def service_minutes(self, intent: str) -> tuple[float, float, int]:
        """Return mean and coefficient of variation of recorded service, and the number of services."""
        served = self.calls[(self.calls.intent == intent) & ~self.calls.abandoned].service.dropna() / 60
        return float(served.mean()), float(served.std(ddof=0) / served.mean()), len(served)

    def handle_by_hour(self, intent: str) -> Floats:
        """Return factors on handle time by hour of joining, shape (24,); 1 in hours when the desk is closed.

        Mean service of the hour and the turnover between calls, relative to all day; hours with fewer than
        MIN_PER_HOUR services are pooled with those after them, the last ones with those before. Scaled so that the
        mean over a week's calls is 1: mean work stays what was measured.
        """
        calls, turnover = self.calls, self.turnover_seconds()
        served = calls[self.is_open & (calls.intent == intent) & ~calls.abandoned & calls.service.notna()]
        hour = served.slot.to_numpy() // 2
        size, total = (np.bincount(hour, weights, minlength=24) for weights in (None, served.service.to_numpy()))
        factors, first = np.ones(24), 7
        while first < 24:
            last = first + 1
            while last < 24 and (size[first:last].sum() < MIN_PER_HOUR or size[last:].sum() < MIN_PER_HOUR):
                last += 1
            factors[first:last] = total[first:last].sum() / size[first:last].sum() + turnover
            first = last
        per_hour = sum(
            len(numbers) * self.half_hours(intent, name).reshape(24, 2).sum(axis=1) for name, numbers in CLASSES.items()
        )
        factors[7:] /= np.average(factors[7:], weights=per_hour[7:])
        return factors

    def turnover_seconds(self, limit: int = 60) -> float:
        """Return the mean gap between an agent's calls while a regular-service call waits, restricted to `limit`.

        Kaplan-Meier from the end of a service, censored when the line empties; agents who take such calls. Longer
        gaps are breaks, which the presence of agents leaves out.
        """
        waiting = self.calls[self.calls.queued & (self.calls.intent == "regular_service")]
        busy = np.array(_merged(waiting.joined.to_numpy(), (waiting.joined + waiting.wait).to_numpy(), 0.0))
        serves = {server for server, intents in self.skills().items() if "regular_service" in intents}
        gaps, events = [], []
        for server, services in self._services():
            if server not in serves:
                continue
            end, following = services.end.to_numpy()[:-1], services.start.to_numpy()[1:]
            place = np.searchsorted(busy[:, 0], end, side="right") - 1
            inside = (place >= 0) & (busy[place, 1] > end) & (following >= end)
            until, gap = (busy[place, 1] - end)[inside], (following - end)[inside]
            happened = gap <= until + 2  # times are whole seconds, and a call needs one to be put through
            gaps.append(np.where(happened, gap, until))
            events.append(happened)
        times, survival, _ = kaplan_meier(np.concatenate(gaps), np.concatenate(events))
        return float(survival_at(times, survival, np.arange(limit)).sum())

    def _services(self) -> Iterator[tuple[str, pd.DataFrame]]:
        served = self.calls[self.calls.start.notna() & (self.calls.server != "NO_SERVER")]
        yield from ((str(server), rows.sort_values("start")) for server, rows in served.groupby("server"))

    # -- patience and priority --

    def patience(self, intent: str) -> tuple[Floats, Floats, Floats]:
        """Return Kaplan-Meier times (s), survival and number at risk, from callers who queued."""
        queued = self.calls[self.calls.queued & (self.calls.intent == intent)]
        return kaplan_meier(queued.wait.to_numpy(), queued.abandoned.to_numpy())

    def patience_tail(self, intent: str) -> tuple[int, float]:
        """Return the last of SURVIVAL_SECONDS with enough callers left, and leaving rate per second after 2 minutes."""
        queued = self.calls[self.calls.queued & (self.calls.intent == intent)]
        late = queued[queued.wait > 120]
        last = max(second for second in SURVIVAL_SECONDS if (queued.wait >= second).sum() >= MIN_AT_RISK)
        return last, float(late.abandoned.sum() / (late.wait - 120).sum())

    def tiers(self, intent: str) -> dict[str, float]:
        """Return shares of recorded priorities among callers who queued (it is not recorded for the others)."""
        queued = self.calls[self.calls.queued & (self.calls.intent == intent)]
        return {tier: float((queued.priority == priority).mean()) for tier, priority in TIERS.items()}

    # -- agents --

    def presence(self, merge_minutes: float) -> dict[str, list[tuple[float, float]]]:
        """Return when each agent was there: services, with gaps up to `merge_minutes` between them filled; seconds."""
        return {
            server: _merged(services.start.to_numpy(), services.end.to_numpy(), 60 * merge_minutes)
            for server, services in self._services()
        }

    def agents(self, merge_minutes: float) -> Floats:
        """Return mean agents present by day and half-hour; shape (59, 48)."""
        seconds = np.zeros(59 * 48 + 1)
        for spells in self.presence(merge_minutes).values():
            for start, end in spells:
                first, last = int(start // 1800), min(int(end // 1800), 59 * 48)
                for slot in range(first, last + 1):
                    seconds[slot] += min(end, (slot + 1) * 1800) - max(start, slot * 1800)
        return seconds[:-1].reshape(59, 48) / 1800

    def skills(self) -> dict[str, tuple[str, ...]]:
        """Return the call types each agent takes: those whose share of its calls is over a third of the usual one."""
        usual = self.calls.intent.value_counts(normalize=True)
        return {
            server: tuple(
                intent
                for intent, share in services.intent.value_counts(normalize=True).items()
                if share > usual[intent] / 3 or intent == "call_back"
            )
            for server, services in self._services()
        }


def _merged(starts: Floats, ends: Floats, gap: float) -> list[tuple[float, float]]:
    """Join intervals that overlap or lie at most `gap` apart."""
    spells: list[tuple[float, float]] = []
    for start, end in sorted(zip(starts.tolist(), ends.tolist(), strict=True)):
        if spells and start - spells[-1][1] <= gap:
            spells[-1] = (spells[-1][0], max(spells[-1][1], end))
        else:
            spells.append((start, end))
    return spells


def kaplan_meier(times: Floats, events: Floats) -> tuple[Floats, Floats, Floats]:
    """Return distinct times, survival after each and the number at risk at each."""
    order = np.argsort(times, kind="stable")
    times, events = times[order], events[order]
    distinct, first = np.unique(times, return_index=True)
    at_risk = len(times) - first
    survival = np.cumprod(1 - np.add.reduceat(events.astype(float), first) / at_risk)
    return distinct, survival, at_risk


def survival_at(times: Floats, survival: Floats, at: Floats) -> Floats:
    """Read a Kaplan-Meier curve at some times."""
    return np.concatenate([[1.0], survival])[np.searchsorted(times, at, side="right")]
