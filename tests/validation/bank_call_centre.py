"""Simulate a bank's call centre from its measured inputs, and hold the outputs against what callers lived through.

    python tests/validation/bank_call_centre.py [--data DIR] [--out results/validation]

Writes bank_call_centre.csv (every figure), .png (hour by hour) and .md (what agrees, what differs, and why).

Inputs are `scenarios/bank_call_centre.yaml` as it is shipped. Its staffing rule (gaps up to ten minutes count as
presence; class means, rounded) was fixed before the model was run, and nothing is tuned to the outputs. The other
runs change one thing each, to show what a difference comes from.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from simulator.calendars import in_ticks  # noqa: E402
from simulator.engines import simpy_engine  # noqa: E402
from simulator.engines.run_log import RunLog  # noqa: E402
from simulator.journeys import Steps, plan_journeys  # noqa: E402
from simulator.rosters import TeamRoster, build_rosters  # noqa: E402
from simulator.scenario.loading import load_scenario, override, scenario_from  # noqa: E402
from simulator.scenario.model import Scenario  # noqa: E402
from simulator.tickets import draw_tickets  # noqa: E402
from tests.bank_data import CLASSES, DEFAULT_FOLDER, INTENTS, OPEN_SLOTS, Bank, read_calls  # noqa: E402

SEED = 1999
HEAD_START_MINUTES = 1.5
MEASURES = {
    "arrivals_per_day": "calls a day",
    "p_wait": "share who wait",
    "mean_wait_s": "mean wait (s)",
    "abandoned": "share who hang up",
}
HOURS = range(7, 24)

Floats = np.ndarray[Any, Any]


# -- what a caller lived through, simulated or recorded ----------------------------------------------------


@dataclass(frozen=True)
class Calls:
    """One row per call: day since the first Sunday, hour, weekday (Monday is 0), intent, wait (s), hung up."""

    day: Floats
    hour: Floats
    weekday: Floats
    intent: Floats
    wait: Floats
    abandoned: Floats
    days: tuple[int, ...]
    """Days on which calls were recorded, counted as in `day`."""


def recorded(bank: Bank) -> Calls:
    """Give the recorded calls in opening hours, in the order of INTENTS."""
    calls = bank.calls[bank.is_open]
    number = {name: position for position, name in enumerate(INTENTS)}
    day = calls.day.to_numpy() - 2  # 1 January 1999 was a Friday
    return Calls(
        day=day,
        hour=(calls.joined.to_numpy() % 86_400 // 3600).astype(int),
        weekday=(day + 6) % 7,
        intent=calls.intent.map(number).to_numpy(),
        wait=calls.wait.to_numpy(),
        abandoned=calls.abandoned.to_numpy(),
        days=tuple(sorted(day_number - 2 for days in bank.days.values() for day_number in days)),
    )


def simulated(scenario: Scenario, arrival: Floats, intent: Floats, log: RunLog, days: tuple[int, ...]) -> Calls:
    """Give the simulated calls; one step each, in order of arrival."""
    first = (scenario.start - datetime(1999, 1, 3).date()).days
    day = (arrival // 1440).astype(int) + first
    ended = np.where(log.abandoned, log.ended, log.began)
    return Calls(
        day=day,
        hour=(arrival % 1440 // 60).astype(int),
        weekday=(day + 6) % 7,
        intent=intent,
        wait=(ended - log.joined) * 60,
        abandoned=log.abandoned,
        days=days,
    )


def groups(calls: Calls) -> Iterator[tuple[str, str, Floats, tuple[int, ...]]]:
    """List what is reported: (kind, name, which calls, weekdays it lies on)."""
    workday = np.isin(calls.weekday, (6, 0, 1, 2, 3))
    everything = np.ones_like(workday)
    yield "days", "all", everything, (0, 1, 2, 3, 4, 5, 6)
    yield "days", "Sun-Thu", workday, (6, 0, 1, 2, 3)
    yield "days", "Fri", calls.weekday == 4, (4,)
    yield "days", "Sat", calls.weekday == 5, (5,)
    for hour in HOURS:
        yield "hour, Sun-Thu", f"{hour:02d}", workday & (calls.hour == hour), (6, 0, 1, 2, 3)
    for position, name in enumerate(INTENTS):
        yield "intent", name, calls.intent == position, (0, 1, 2, 3, 4, 5, 6)
    january = calls.day < 29
    yield "month", "January", january, (0, 1, 2, 3, 4, 5, 6)
    yield "month", "February", ~january, (0, 1, 2, 3, 4, 5, 6)


def figures(calls: Calls) -> pd.DataFrame:
    """Measure every group: one row each."""
    rows = []
    for kind, name, mask, weekdays in groups(calls):
        n_days = sum((day + 6) % 7 in weekdays for day in calls.days)
        if kind == "month":
            n_days = sum((day < 29) == (name == "January") for day in calls.days)
        n = max(int(mask.sum()), 1)
        wait = calls.wait[mask]
        rows.append(
            (kind, name, mask.sum() / max(n_days, 1), (wait > 0).sum() / n, wait.sum() / n, calls.abandoned[mask].sum() / n)
        )
    return pd.DataFrame(rows, columns=["kind", "group", *MEASURES]).set_index(["kind", "group"])


def standard_errors(calls: Calls) -> pd.DataFrame:
    """Give delete-one-week jackknife errors: busy days come in spells, so days are no independent draws."""
    week = calls.day // 7
    weeks = sorted({day // 7 for day in calls.days})
    replicates = []
    for left_out in weeks:
        keep = week != left_out
        part = Calls(
            **{name: getattr(calls, name)[keep] for name in ("day", "hour", "weekday", "intent", "wait", "abandoned")},
            days=tuple(day for day in calls.days if day // 7 != left_out),
        )
        replicates.append(figures(part))
    values = np.stack([frame.to_numpy() for frame in replicates])
    n = len(weeks)
    spread = np.sqrt((n - 1) / n * ((values - values.mean(axis=0)) ** 2).sum(axis=0))
    return pd.DataFrame(spread, index=replicates[0].index, columns=list(MEASURES))


# -- runs --------------------------------------------------------------------------------------------------



def run_once(
    scenario: Scenario,
    days: tuple[int, ...],
    replication: int,
    rosters: tuple[TeamRoster, ...] | None = None,
    head_start: bool = False,
    by_skill: bool = False,
) -> tuple[pd.DataFrame, Floats, Floats]:
    """Simulate one replication: its figures, P(wait > t) at WAITS, and mean wait by day."""
    customers = draw_tickets(scenario, SEED, replication)
    steps = plan_journeys(scenario, customers).steps
    assert len(steps) == len(customers)
    if head_start:
        steps = with_head_start(steps, customers.arrival)
    if by_skill:
        steps = replace(steps, queue=customers.intent[steps.ticket])
    rosters = rosters or build_rosters(scenario, SEED, replication)
    limit = float(in_ticks(np.array(scenario.horizon_minutes + 1440)))
    log = simpy_engine.run(customers.arrival, steps, rosters, limit)
    calls = simulated(scenario, customers.arrival, customers.intent, log, days)
    return figures(calls), tail(calls), by_day(calls)


def with_head_start(steps: Steps, arrival: Floats) -> Steps:
    """Order the line by time of joining minus 90 seconds for each level of priority, instead of by level.

    The line is sorted by priority first, so a priority that is the credited time in ticks makes the order.
    """
    credited = arrival[steps.ticket] + HEAD_START_MINUTES * steps.priority
    return replace(steps, priority=np.rint(credited * 2**20).astype(np.int64))


WAITS = (0, 5, 10, 20, 30, 60, 120, 300)


def tail(calls: Calls) -> Floats:
    """Give the shares of callers who spend more than WAITS seconds in the queue."""
    return np.array([(calls.wait > seconds).mean() for seconds in WAITS])


def by_day(calls: Calls) -> Floats:
    """Give the share who hang up by day, for the days of `calls.days`."""
    return np.array([calls.abandoned[calls.day == day].mean() for day in calls.days])


def replayed(scenario: Scenario, bank: Bank) -> Scenario:
    """Give the scenario with the recorded calls instead of drawn ones; all else is drawn as before."""
    calls = bank.calls[bank.is_open]
    data = scenario.model_dump(mode="json")
    begin = datetime(1999, 1, 1)
    times = [(begin + timedelta(seconds=second)).isoformat(sep=" ") for second in calls.joined.tolist()]
    data["start"], data["weeks"] = "1999-01-01", 9
    data["arrivals"] = {"replay": {"file": "calls.csv", "time": "time", "intent": "intent"}}
    with tempfile.TemporaryDirectory() as folder:
        pd.DataFrame({"time": times, "intent": calls.intent}).to_csv(Path(folder) / "calls.csv", index=False)
        return scenario_from(data, folder)


def weekly_roster(scenario: Scenario, bank: Bank, merge_minutes: float) -> Scenario:
    """Give the scenario with agents counted by another rule: class means, rounded, one half-hour to clear the line."""
    agents = bank.agents(merge_minutes)
    shifts = []
    for name, (first, last) in OPEN_SLOTS.items():
        mean = agents[bank.days[name]].mean(axis=0)[first:last]
        counts = [*np.rint(mean).astype(int).tolist(), 1]
        shifts.append({"days": name, "start": f"{first // 2:02d}:{first % 2 * 30:02d}", "every": "30m", "agents": counts})
    return override(scenario, {"teams.phone.shifts": shifts})


def own_agents(bank: Bank, merge_minutes: float, by_skill: bool = False) -> tuple[TeamRoster, ...]:
    """Give each day's own agents from 1 January on: one team, or one for each set of skills (fewest skills first)."""
    skills = bank.skills()
    spells: dict[tuple[int, ...], list[tuple[float, float]]] = {}
    for server, present in bank.presence(merge_minutes).items():
        serves = tuple(sorted(list(INTENTS).index(intent) for intent in skills[server])) if by_skill else (0,)
        spells.setdefault(serves, []).extend(present)
    rosters = []
    for serves, present in sorted(spells.items(), key=lambda item: (len(item[0]), item[0])):
        changes: dict[float, int] = {0.0: 0}
        for start, end in present:
            for second, change in ((start, 1), (end, -1)):
                minute = float(in_ticks(np.array(second / 60)))
                changes[minute] = changes.get(minute, 0) + change
        times = np.array(sorted(changes))
        capacity = np.cumsum([changes[time] for time in times])
        queues = tuple((queue, 0.0) for queue in serves)
        rosters.append(TeamRoster(str(serves), queues, times, capacity, 1, 1.0, 0.0))
    return tuple(rosters)


@dataclass(frozen=True)
class Variant:
    """One way of running the desk."""

    name: str
    what: str
    run: Callable[[int], tuple[pd.DataFrame, Floats, Floats]]
    replications: int


def variants(scenario: Scenario, bank: Bank, replications: int) -> list[Variant]:
    """List the runs: the shipped scenario first, then with one thing changed each."""
    drawn = tuple(range(7 * int(scenario.weeks)))
    real = recorded(bank).days
    few = max(4, replications // 5)
    handle = {name: intent.handle for name, intent in scenario.intents.items()}
    bare = override(scenario, {f"intents.{name}.handle": _service(bank, name) for name in handle})
    calmer = override(scenario, {"arrivals.busyness_cv": 0.0})
    calls = replayed(scenario, bank)
    listed = [
        Variant("scenario", "the scenario as shipped", partial(run_once, scenario, drawn), replications),
        Variant("head start", "90 seconds' head start for each level, not strict priority",
                partial(run_once, scenario, drawn, head_start=True), few),
        Variant("equal days", "no busy days (busyness 0)", partial(run_once, calmer, drawn), few),
        Variant("no wrap-up", "agents take the next call at once", partial(run_once, bare, drawn), few),
    ]  # fmt: skip
    for minutes in (20, 30):
        other = weekly_roster(scenario, bank, minutes)
        listed.append(
            Variant(f"weekly, {minutes} min", f"gaps up to {minutes} minutes count as presence",
                    partial(run_once, other, drawn), few)
        )  # fmt: skip
    listed.append(Variant("replay", "the recorded calls, same weekly roster", partial(run_once, calls, real), few))
    for minutes in (10, 20, 30):
        listed.append(
            Variant(f"own agents, {minutes} min", f"the recorded calls, each day's own agents (gaps up to {minutes} minutes)",
                    partial(run_once, calls, real, rosters=own_agents(bank, minutes)), few)
        )  # fmt: skip
    listed.append(
        Variant("own agents, head start", "the same (10 minutes), with 90 seconds' head start",
                partial(run_once, calls, real, rosters=own_agents(bank, 10), head_start=True), few)
    )  # fmt: skip
    skilled = partial(run_once, calls, real, rosters=own_agents(bank, 10, by_skill=True), head_start=True, by_skill=True)
    listed.append(Variant("own agents and skills", "the same, and each agent's own call types", skilled, few))
    return listed


def _service(bank: Bank, intent: str) -> dict[str, float]:
    mean, cv, _ = bank.service_minutes(intent)
    return {"mean": mean, "cv": cv}


@dataclass(frozen=True)
class Result:
    """A variant's figures over its replications."""

    variant: Variant
    mean: pd.DataFrame
    spread: pd.DataFrame
    """Standard deviation between replications (each is eight weeks)."""
    tail: Floats
    by_day: Floats
    all_runs: Floats
    """Figures of every replication, shape (n_replications, n_groups, n_measures)."""

    @property
    def half_width(self) -> pd.DataFrame:
        """Half-width of the 95 % interval of the mean."""
        from scipy import stats

        n = len(self.all_runs)
        return self.spread * float(stats.t.ppf(0.975, n - 1)) / np.sqrt(n)


def evaluate(variant: Variant, jobs: int) -> Result:
    """Run a variant's replications."""
    runs = Parallel(n_jobs=jobs)(delayed(variant.run)(replication) for replication in range(variant.replications))
    values = np.stack([frame.to_numpy() for frame, _, _ in runs])
    index, columns = runs[0][0].index, runs[0][0].columns
    return Result(
        variant,
        pd.DataFrame(values.mean(axis=0), index, columns),
        pd.DataFrame(values.std(axis=0, ddof=1), index, columns),
        np.mean([shares for _, shares, _ in runs], axis=0),
        np.mean([days for _, _, days in runs], axis=0),
        values,
    )
