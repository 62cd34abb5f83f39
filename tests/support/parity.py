"""The two engines side by side: the same steps in, the same run log out, equal with `==`.

    python -m tests.support.parity --examples 10000 --out results/validation/engine_parity.md

compares them on as many generated scenarios, and as many desks of raw steps, and writes what was compared.
"""

import argparse
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.engines import Outcome, RunLog, fast_engine, simpy_engine, ticket_ends
from simulator.journeys import NOWHERE, Kind, Steps, SurgeSwitch, plan_journeys
from simulator.rosters import TeamRoster
from simulator.run import simulate
from simulator.scenario import Scenario
from tests.support.generate import scenarios

Features = Counter[str]
QUEUES = 3


def differences(one: RunLog, other: RunLog) -> list[str]:
    """Name the columns in which two run logs differ; NaN equals NaN."""
    columns = [field.name for field in fields(RunLog)]
    return [name for name in columns if not _same(getattr(one, name), getattr(other, name))]


def _same(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    both_missing = (one != one) & (other != other)
    return one.dtype == other.dtype and one.shape == other.shape and bool(((one == other) | both_missing).all())


def compare_scenario(scenario: Scenario, seen: Features, seed: int = 1) -> None:
    """Simulate a scenario with both engines; count which features of the model came up."""
    fast, slow = (simulate(scenario, seed=seed, engine=engine) for engine in ("fast", "simpy"))
    assert differences(fast.log, slow.log) == []
    seen["tickets"] += len(fast.customers)
    seen.update(features(fast.journeys.steps, fast.rosters, fast.log, fast.journeys.ai.lost, fast.customers.arrival))
    if (both := plan_journeys(scenario, fast.customers).both) is not None:
        seen.update(surge_features(fast.log, both.surge.first != both.steps.first))
    if fast.customers.ai is not None:
        seen["outages"] += bool((~fast.customers.ai.is_up).any())


def compare_desk(
    arrivals: np.ndarray[Any, Any],
    steps: Steps,
    rosters: tuple[TeamRoster, ...],
    limit: float,
    surge: SurgeSwitch | None = None,
) -> RunLog:
    """Run both engines on raw steps; give the log."""
    fast, slow = (engine.run(arrivals, steps, rosters, limit, surge) for engine in (fast_engine, simpy_engine))
    assert differences(fast, slow) == []
    return fast


def features(
    steps: Steps,
    rosters: tuple[TeamRoster, ...],
    log: RunLog,
    lost: np.ndarray[Any, Any],
    arrivals: np.ndarray[Any, Any],
) -> list[str]:
    """Name what happened in a run, not merely what was possible."""
    began = ~np.isnan(log.began)
    by_team = began & (log.team != NOWHERE)
    after = {(team, queue): wait for team, roster in enumerate(rosters) for queue, wait in roster.serves}
    waits = np.array([after[log.team[row], steps.queue[row]] for row in np.flatnonzero(by_team)])
    outcome = ticket_ends(steps, log, lost).outcome
    happened = {
        "overflow": bool((waits > 0).any()),
        "abandonment": bool(log.abandoned.any()),
        "retry after abandoning": bool((log.visited & steps.is_retry).any()),
        "patience of no length": bool((log.abandoned & (log.joined == log.ended)).any()),
        "concurrency": any(roster.concurrency > 1 and (log.team == team).any() for team, roster in enumerate(rosters)),
        "speed": any(roster.speed != 1 and (log.team == team).any() for team, roster in enumerate(rosters)),
        "priority": len(np.unique(steps.priority[by_team])) > 1,
        "simultaneous arrivals": bool((np.diff(arrivals) == 0).any()),
        "work of no length": bool((by_team & (log.began == log.ended)).any()),
        "empty roster": any(not roster.capacity.any() for roster in rosters),
        "shifts": any(len(roster.times) > 1 and (log.team == team).any() for team, roster in enumerate(rosters)),
        "cut by the drain limit": bool((outcome == Outcome.OPEN).any()),
        "limited AI": any(not roster.is_human and (log.team == team).any() for team, roster in enumerate(rosters)),
        "returns": bool((log.visited & (steps.kind == Kind.RETURN)).any()),
        "follow-ups": bool((log.visited & (steps.kind == Kind.FOLLOW_UP)).any()),
        "transfers": bool((log.visited & (steps.kind == Kind.TRANSFER)).any()),
        "triage": bool((log.visited & (steps.kind == Kind.TRIAGE)).any()),
        "silent losses": bool((outcome == Outcome.LOST).any()),
    }  # fmt: skip
    return [name for name, did in happened.items() if did]


def surge_features(log: RunLog, differs: np.ndarray[Any, Any]) -> list[str]:
    """Name what surge rules did in a run; `differs` tells which tickets have another way under them."""
    happened = {
        "surge rules in force": bool(log.in_surge.any()),
        "surge rules not in force": not log.in_surge.all(),
        "another way under surge rules": bool((log.in_surge & differs).any()),
        "surge rules come and go": bool((np.diff(log.in_surge.astype(int)) == -1).any()),
    }
    return [name for name, did in happened.items() if did]


RawDesk = tuple[np.ndarray[Any, Any], Steps, tuple[TeamRoster, ...], float, SurgeSwitch | None]


@st.composite
def raw_desks(draw: Any) -> RawDesk:
    """Draw a desk of raw steps on whole minutes, so that nearly everything falls on the same instants."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(0, 40))
    counts = random.integers(1, 5, n)
    size = int(counts.sum())
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64) if n else np.zeros(0, dtype=np.int64)
    ticket = np.repeat(np.arange(n), counts)
    is_last = np.ones(size, dtype=np.bool_)
    is_last[:-1] = ticket[1:] != ticket[:-1]
    next_step = np.where(is_last, NOWHERE, np.arange(1, size + 1))
    # Whoever gives up goes on to some later step of the same ticket, or nowhere.
    last = np.repeat(first + counts - 1, counts)
    on_abandon = np.where(is_last | (random.random(size) < 0.5), NOWHERE, np.minimum(last, np.arange(size) + 2))
    long = draw(st.sampled_from([2, 6, 30]))
    steps = Steps(
        ticket=ticket,
        kind=np.full(size, int(Kind.TOUCH), dtype=np.int8),
        queue=np.where(random.random(size) < 0.2, NOWHERE, random.integers(0, QUEUES, size)),
        delay=np.where(random.random(size) < 0.6, 0, random.integers(0, long, size)).astype(float),
        work=np.where(random.random(size) < 0.2, 0, random.integers(0, long, size)).astype(float),
        patience=np.where(random.random(size) < 0.5, np.inf, random.integers(0, long, size)),
        priority=random.integers(0, draw(st.sampled_from([1, 3, 9])), size),
        next=next_step,
        on_abandon=on_abandon,
        first=first,
    )
    start = draw(st.sampled_from([0, -30]))
    rosters = tuple(_raw_team(random, long, start) for _ in range(draw(st.integers(1, 4))))
    arrivals = start + np.sort(random.integers(0, draw(st.sampled_from([10, 1, 60])), n)).astype(float)
    surge = _raw_surge(random, first + random.integers(0, counts), long) if draw(st.integers(0, 3)) else None
    return arrivals, steps, rosters, float(draw(st.sampled_from([0, 7, 40, 500]))), surge


def _raw_surge(random: np.random.Generator, first: np.ndarray[Any, Any], long: int) -> SurgeSwitch:
    """Make surge rules under which tickets begin with `first`, some later step of theirs or the same."""
    queues = random.permutation(QUEUES)[: random.integers(1, QUEUES + 1)]
    asked = random.integers(0, 3)
    return SurgeSwitch(
        first=first, queues=queues, wait=float(random.choice([0, 1, 2, long])) if asked != 0 else np.inf,
        backlog=float(random.choice([0, 1, 3])) if asked != 1 else np.inf,
    )  # fmt: skip


def _raw_team(random: np.random.Generator, long: int, start: int) -> TeamRoster:
    queues = random.permutation(QUEUES)[: random.integers(1, QUEUES + 1)]
    serves = tuple((int(queue), float(random.choice([0, 0, 1, 2, long]))) for queue in queues)
    times = np.concatenate([[float(start)], np.unique(random.integers(start + 1, 60, random.integers(0, 6)))])
    return TeamRoster(
        name="team", serves=serves, times=times, capacity=random.integers(0, 4, len(times)),
        concurrency=1, speed=float(random.choice([1.0, 1.0, 0.7, 3.0])), rostered_minutes=0.0,
    )  # fmt: skip


def generated(examples: int, *, fixed: bool) -> settings:
    """Check generated examples; with `fixed`, the same ones on every machine."""
    return settings(
        max_examples=examples, deadline=None, derandomize=fixed, database=None,
        suppress_health_check=list(HealthCheck), print_blob=True,
    )  # fmt: skip


def compare_generated(examples: int, *, fixed: bool = True) -> Features:
    """Compare the engines on generated scenarios; give how many of them had each feature."""
    seen: Features = Counter()

    @generated(examples, fixed=fixed)
    @given(scenarios())
    def on_each(scenario: Scenario) -> None:
        seen["scenarios"] += 1
        compare_scenario(scenario, seen)

    on_each()
    return seen


def compare_raw(examples: int, *, fixed: bool = True) -> Features:
    """Compare the engines on desks of raw steps; give how many of them had each feature."""
    seen: Features = Counter()

    @generated(examples, fixed=fixed)
    @given(raw_desks())
    def on_each(desk: RawDesk) -> None:
        arrivals, steps, rosters, limit, surge = desk
        log = compare_desk(arrivals, steps, rosters, limit, surge)
        seen["desks"] += 1
        seen["tickets"] += len(arrivals)
        seen.update(features(steps, rosters, log, np.zeros(len(arrivals), dtype=np.bool_), arrivals))
        if surge is not None:
            seen.update(surge_features(log, surge.first != steps.first))

    on_each()
    return seen


def table(title: str, seen: Features, unit: str) -> str:
    """Write what was compared as Markdown."""
    head = f"{seen[unit]:,} {title} with {seen['tickets']:,} tickets; no column of any run log differed.\n"
    rows = [f"| {name} | {count:,} |" for name, count in sorted(seen.items()) if name not in (unit, "tickets")]
    return "\n".join([head, f"| feature that came up | {unit} |", "| --- | ---: |", *rows, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=int, default=10_000)
    parser.add_argument("--out", type=Path)
    given_arguments = parser.parse_args()
    began = time.perf_counter()
    work: list[tuple[str, Callable[..., Features], str]] = [
        ("generated scenarios", compare_generated, "scenarios"),
        ("desks of raw steps on whole minutes", compare_raw, "desks"),
    ]
    parts = [table(title, compare(given_arguments.examples, fixed=False), unit) for title, compare, unit in work]
    made = f"Made by `python -m tests.support.parity --examples {given_arguments.examples}` in "
    made += (
        f"{(time.perf_counter() - began) / 60:.0f} minutes (Python {platform.python_version()}, fresh random examples)."
    )
    text = "\n".join(["# The fast engine against the SimPy engine", "", made, "", *parts])
    if given_arguments.out:
        given_arguments.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
