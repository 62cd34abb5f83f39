"""Measure speed and memory of the first line through the house; prints a table. Not a test: run it by hand.

    python tests/benchmarks/bench.py [--scenario saas_pilot] [--out results/validation/benchmarks.md]

Ratios are taken within one run, as the median of several turns, because absolute times vary between machines.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def bare_simpy_events_per_second(processes: int = 36_000, timeouts: int = 4) -> float:
    """Run processes that do nothing but time out, one started every time unit, and count events per second."""
    import simpy

    def worker(env):
        for _ in range(timeouts):
            yield env.timeout(10.0)

    def source(env):
        for _ in range(processes):
            yield env.timeout(1.0)
            env.process(worker(env))

    env = simpy.Environment()
    env.process(source(env))
    began = time.perf_counter()
    env.run()
    return next(env._eid) / (time.perf_counter() - began)


def engine_events_per_second(scenario) -> tuple[float, float]:
    """Run the SimPy engine, log included: (events per second, seconds)."""
    import simpy

    from simulator.engines import simpy_engine
    from simulator.journeys import plan_journeys
    from simulator.rosters import build_rosters
    from simulator.tickets import draw_tickets

    tickets = draw_tickets(scenario, 1, 0)
    steps = plan_journeys(scenario, tickets).steps
    rosters = build_rosters(scenario, 1, 0)
    environments = []
    original = simpy.Environment

    def remembered():
        environments.append(original())
        return environments[-1]

    simpy.Environment = remembered
    try:
        began = time.perf_counter()
        simpy_engine.run(tickets.arrival, steps, rosters, scenario.horizon_minutes + float(scenario.drain))
        seconds = time.perf_counter() - began
    finally:
        simpy.Environment = original
    env = environments[0]
    return (next(env._eid) - len(env._queue)) / seconds, seconds


def stage_seconds(scenario) -> dict[str, float]:
    """Time each stage of one replication, in seconds."""
    from simulator.journeys import plan_journeys
    from simulator.metrics.facts import Facts
    from simulator.metrics.kpis import desk_figures, measures, rate
    from simulator.metrics.load import week_load
    from simulator.money.ledger import money_kpis
    from simulator.run import follow
    from simulator.tickets import draw_tickets

    spent = {}

    def timed(name: str, work: Callable):
        began = time.perf_counter()
        result = work()
        spent[name] = time.perf_counter() - began
        return result

    tickets = timed("sampling", lambda: draw_tickets(scenario, 1, 0))
    timed("journeys", lambda: plan_journeys(scenario, tickets))
    run = timed("follow", lambda: follow(scenario, tickets))

    def kpis():
        facts = Facts(run)
        values = {name: measure.overall() for name, measure in measures(facts, rate(facts, 0.0)).items()}
        return values | desk_figures(facts, week_load(facts)) | money_kpis(facts, facts)

    timed("KPIs", kpis)
    spent["tickets"] = len(tickets)
    return spent


def child(code: str) -> tuple[float, float]:
    """Run code in a fresh interpreter: (seconds, peak MB)."""
    peak = "import resource\nprint(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    script = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}\n{peak}"
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return time.perf_counter() - began, float(done.stdout.split()[-1]) / 1024


def command_seconds(*words: str) -> float:
    """Time a command line in a fresh interpreter, in seconds."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "simulator", *words], capture_output=True, check=True, cwd=ROOT)
    return time.perf_counter() - began


def main() -> None:
    """Measure, print and optionally save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default="saas_pilot")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    from simulator import load_scenario

    scenario = load_scenario(options.scenario)
    ratios, rates, stages = [], [], []
    stage_seconds(scenario)  # warm-up: imports and tables
    for _ in range(options.turns):
        bare = bare_simpy_events_per_second()
        rate, seconds = engine_events_per_second(scenario)
        ratios.append(rate / bare)
        rates.append((bare, rate))
        stages.append(stage_seconds(scenario) | {"engine": seconds})
    median = statistics.median
    per_ticket = median((s["sampling"] + s["journeys"]) / s["tickets"] * 1e6 for s in stages)
    kpi_share = median(s["KPIs"] / s["engine"] for s in stages)
    one_run = f"from simulator import load_scenario, simulate\nsimulate(load_scenario({options.scenario!r})).log"
    memory = child(one_run)[1]
    help_seconds = median(command_seconds("--help") for _ in range(options.turns))
    check_seconds = median(command_seconds("check", options.scenario) for _ in range(options.turns))
    rows = [
        ("SimPy engine ÷ bare SimPy loop, events per second", f"{median(ratios):.0%}", "40 % or more"),
        ("bare SimPy loop", f"{median(bare for bare, _ in rates):,.0f} events/s", ""),
        ("SimPy engine, log included", f"{median(rate for _, rate in rates):,.0f} events/s", ""),
        ("sampling + journeys", f"{per_ticket:.2f} µs per ticket", "under 3 µs"),
        ("KPIs ÷ engine time", f"{kpi_share:.1%}", "under 10 %"),
        (f"peak memory, one replication of {stages[0]['tickets']:,} tickets", f"{memory:,.0f} MB", "under 600 MB"),
        ("ticketflow --help", f"{help_seconds:.2f} s", "under 0.4 s"),
        (f"ticketflow check {options.scenario}", f"{check_seconds:.2f} s", "under 1.5 s"),
    ]
    lines = [f"| measured ({options.turns} turns, medians) | value | wanted |", "| --- | ---: | --- |"]
    lines += [f"| {name} | {value} | {wanted} |" for name, value, wanted in rows]
    text = "\n".join(lines)
    print(text)
    if options.out:
        machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
        options.out.write_text(f"# Speed and memory\n\nBy `python tests/benchmarks/bench.py` ({machine}).\n\n{text}\n")


if __name__ == "__main__":
    main()
