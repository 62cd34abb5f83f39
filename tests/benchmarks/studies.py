"""Measure the fast engine and whole studies; prints a table. Not a test: run it by hand, on a quiet machine.

    pip install ciw
    python tests/benchmarks/studies.py [--out results/validation/speed.md]

Every ratio comes from one run: what is compared takes turns, and the median of several turns counts.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from simulator.base.calendars import in_ticks  # noqa: E402
from simulator.engines import fast_engine, simpy_engine  # noqa: E402
from simulator.journeys import NOWHERE, Steps, plan_journeys  # noqa: E402
from simulator.rosters import TeamRoster, build_rosters  # noqa: E402
from simulator.scenario import Scenario, load_scenario, override  # noqa: E402
from simulator.tickets import draw_tickets  # noqa: E402

THRESHOLD = "policy.phases[3].answer_threshold"
SWEEP = f"{THRESHOLD}=0.5:1:0.025"
"""21 thresholds."""
Row = tuple[str, str, str]


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def in_turns(turns: int, *works: Callable[[], Any]) -> list[float]:
    """Return each work's median time over several turns, in seconds."""
    times = [[seconds(work) for work in works] for _ in range(turns)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def engine_input(scenario: Scenario) -> tuple[Any, Steps, tuple[TeamRoster, ...], float]:
    tickets = draw_tickets(scenario, 1, 0)
    limit = float(in_ticks(np.array(scenario.horizon_minutes + float(scenario.drain))))
    return tickets.arrival, plan_journeys(scenario, tickets).steps, build_rosters(scenario, 1, 0), limit


def engines(turns: int) -> Row:
    """Compare the engines on the same steps, log included."""
    given = engine_input(load_scenario("saas_pilot"))
    fast_engine.prepare()
    fast, slow = in_turns(turns, lambda: fast_engine.run(*given), lambda: simpy_engine.run(*given))
    found = f"{slow / fast:.0f}× ({len(given[0]) / fast / 1e6:.1f} million tickets/s on one core)"
    return "fast engine against SimPy engine, `saas_pilot`", found, "60× (goal 100×)"


def larger(scenario: Scenario, times: float) -> Scenario:
    """Return a desk with so many times the customers and the agents."""
    changes: dict[str, Any] = {"arrivals.per_week": float(scenario.arrivals.per_week or 0) * times}
    changes["max_tickets"] = 10_000_000
    for name, team in scenario.teams.items():
        for number, shift in enumerate(team.shifts):
            agents = [round(float(count) * times) for count in shift.agents]
            changes[f"teams.{name}.shifts[{number}].agents"] = agents if len(agents) > 1 else agents[0]
    return override(scenario, changes)


def sizes(turns: int) -> list[Row]:
    """Return the engine's time per ticket from ten thousand to three million tickets: more weeks, and a larger desk.

    A larger desk has more in its hands at once, so its calendar is longer.
    """
    pilot, rows = load_scenario("saas_pilot", ["warm_up=0"]), []
    longer = [override(pilot, {"weeks": weeks, "max_tickets": 10_000_000}) for weeks in (1, 14, 140, 336)]
    for what, scenarios in (("weeks", longer), ("agents", [larger(pilot, times) for times in (0.28, 2.8, 28, 84)])):
        for scenario in scenarios:
            given = engine_input(scenario)
            n = len(given[0])
            [spent] = in_turns(turns if n < 1e6 else 3, lambda given=given: fast_engine.run(*given))
            rows.append((f"engine, {n:,} tickets (more {what})", f"{spent / n * 1e6:.2f} µs per ticket", "flat"))
    return rows


def against_ciw(turns: int) -> Row:
    """Compare with Ciw on a queue of 20 servers at 90 % load, logs of both included."""
    import ciw

    servers, lam, until = 20, 18.0, 1000.0
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(lam)],
        service_distributions=[ciw.dists.Exponential(1.0)],
        number_of_servers=[servers],
    )
    records: list[int] = []

    def by_ciw() -> None:
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_time(until)
        records.append(len(simulation.get_all_records()))

    random = np.random.default_rng(1)
    n = int(lam * until)

    def by_us() -> None:
        # Ciw draws as it goes, so drawing counts here, too.
        arrivals = in_ticks(np.cumsum(random.exponential(1 / lam, n)))
        none = np.full(n, NOWHERE)
        steps = Steps(
            ticket=np.arange(n), kind=np.zeros(n, dtype=np.int8), queue=np.zeros(n, dtype=np.int64), delay=np.zeros(n),
            work=in_ticks(random.exponential(1.0, n)), patience=np.full(n, np.inf),
            priority=np.zeros(n, dtype=np.int64), next=none, on_abandon=none, first=np.arange(n),
        )  # fmt: skip
        team = TeamRoster("team", ((0, 0.0),), np.zeros(1), np.array([servers]), 1, 1.0, 0.0)
        fast_engine.run(arrivals, steps, (team,), 2 * until)

    ours, theirs = in_turns(turns, by_us, by_ciw)
    per_ticket = theirs / statistics.median(records) / (ours / n)
    return f"against Ciw {ciw.__version__}, M/M/{servers}, {n:,} customers", f"{per_ticket:.0f}×", "100×"


def command(*words: str) -> float:
    """Time a command of ticketflow in a fresh interpreter, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        line = [sys.executable, "-m", "simulator", *words, "--quiet", "--out", str(Path(folder) / "out")]
        return seconds(lambda: subprocess.run(line, capture_output=True, check=True, cwd=ROOT))


def whole_study(turns: int, replications: int = 30) -> list[Row]:
    """Time the study of 21 thresholds, end to end, and the same on SimPy for a part of it.

    Without the warm-up, whose tickets are simulated but do not count.
    """
    study = ("sweep", "saas_pilot", "--set", "warm_up=0", "--vary")
    tickets = len(engine_input(load_scenario("saas_pilot", ["warm_up=0"]))[0])
    cells = 21 * replications
    fast = statistics.median(command(*study, SWEEP, "-n", str(replications)) for _ in range(turns))
    rate = cells * tickets / fast
    few, more = (command(*study, f"{THRESHOLD}=0.7,0.85", "-n", n, "--engine", "simpy") for n in ("2", "6"))
    # Of a short study the start takes a large part; what four more replications of two variants take is the pace.
    slow = 8 * tickets / (more - few)
    return [
        (
            f"study of 21 thresholds × {replications} replications × {tickets:,} tickets, end to end, 2 cores",
            f"{fast:.0f} s, {rate:,.0f} tickets/s",
            "600,000 tickets/s (goal 1,500,000)",
        ),
        ("the same on SimPy (pace of 8 cells, start left out)", f"{slow:,.0f} tickets/s: {rate / slow:.0f}×", "50×"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    rows = [engines(given.turns), *sizes(given.turns), against_ciw(3), *whole_study(3)]
    head = [
        "# Speed of the fast engine and of studies", "",
        f"Made by `python tests/benchmarks/studies.py` (Python {platform.python_version()}, 2 cores); medians of"
        " several turns, each ratio from one run.", "",
        "| what | measured | wanted |", "| --- | --- | --- |",
    ]  # fmt: skip
    text = "\n".join([*head, *(f"| {what} | {found} | {wanted} |" for what, found, wanted in rows), ""])
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
