"""Replications: the same scenario with fresh customers, over local cores, and what they say together.

Only KPIs and small sums travel between workers, never logs. Each replication depends on its own number and the seed
alone, so results do not depend on how many workers there are or which finished first.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Generator
from contextlib import closing

from simulator.economics import ledger, money_kpis
from simulator.engines.run_log import Engine
from simulator.errors import StudyError
from simulator.metrics.facts import Facts
from simulator.metrics.flow import ticket_flow
from simulator.metrics.kpis import breakdown, csat_gap, desk_figures, measures, rate
from simulator.metrics.load import week_load
from simulator.metrics.satisfaction import solve_anchor
from simulator.run import Run, check_seeds, follow, simulate, simulate_baseline
from simulator.scenario.loading import without_ai
from simulator.scenario.model import Scenario
from simulator.studies.results import Arm, Replication, Replications
from simulator.tickets import draw_tickets

Progress = Callable[[int, int], None]
"""Told (replications finished, replications in all) after each."""
MAX_REPLICATIONS = 100_000
TRACKER_FILTER = "ignore:resource_tracker"
ANCHOR_TICKETS, MAX_ANCHOR_REPLICATIONS = 20_000, 30


def replicate(
    scenario: Scenario,
    *,
    replications: int = 10,
    seed: int = 1,
    workers: int | None = None,
    engine: Engine = "simpy",
    progress: Progress | None = None,
) -> Replications:
    """Simulate a scenario several times with fresh customers, each with its AI-off baseline alongside.

    `workers` is the number of local processes (as many as there are cores by default). Raises StudyError for numbers
    that cannot be.
    """
    _check_numbers(replications, workers)
    check_seeds(seed)
    anchor = satisfaction_anchor(scenario, seed, engine)
    results = []
    with closing(_finished(scenario, replications, seed, workers, engine, anchor)) as finished:
        for result in finished:
            results.append(result)
            if progress is not None:
                progress(len(results), replications)
    results.sort(key=lambda result: result.number)
    return Replications(scenario, seed, engine, anchor, tuple(results))


def satisfaction_anchor(scenario: Scenario, seed: int, engine: Engine = "simpy") -> float | None:
    """Solve the CSAT anchor on the AI-off baseline; None where the scenario has no CSAT.

    It pools the first replications, as many as give ANCHOR_TICKETS customers, so that a small desk's anchor does not
    hang on one replication's luck. How many replications the study has makes no difference.
    """
    if scenario.csat is None:
        return None
    desk = without_ai(scenario) if scenario.ai is not None else scenario
    pooled, customers = [], 0
    for number in range(MAX_ANCHOR_REPLICATIONS):
        pooled.append(Facts(follow(desk, draw_tickets(scenario, seed, number), engine=engine)))
        customers += pooled[-1].n_counted
        if customers >= ANCHOR_TICKETS:
            break
    return solve_anchor(pooled)


def one_replication(scenario: Scenario, number: int, seed: int, engine: Engine, anchor: float | None) -> Replication:
    """Simulate one replication, with its baseline where there is an AI, and keep its figures."""
    run = simulate(scenario, seed=seed, replication=number, engine=engine)
    baseline = Facts(simulate_baseline(run)) if scenario.ai is not None else None
    return figures_of(run, Facts(run), baseline, anchor)


def figures_of(run: Run, facts: Facts, baseline: Facts | None, anchor: float | None) -> Replication:
    """Compute the KPIs of a run (and its baseline), overall and by group."""
    rated = rate(facts, anchor)
    found = measures(facts, rated)
    arm = _arm(facts, {name: measure.overall() for name, measure in found.items()})
    groups = {(grouping, group, kpi): value for grouping, group, kpi, value in breakdown(facts, found)}
    if baseline is None:
        arm.kpis.update(money_kpis(facts, facts))
        return Replication(run.replication, arm, None, groups)
    rated_there = rate(baseline, anchor)
    there = {name: measure.overall() for name, measure in measures(baseline, rated_there).items()}
    arm.kpis.update(money_kpis(facts, baseline))
    if rated is not None and rated_there is not None:
        arm.kpis["csat_gap"] = csat_gap(facts, rated, baseline, rated_there)
    arm_there = _arm(baseline, there)
    own = money_kpis(baseline, baseline)
    arm_there.kpis.update({name: own[name] for name in own if name.startswith("cost_")})
    return Replication(run.replication, arm, arm_there, groups)


def _arm(facts: Facts, kpis: dict[str, float]) -> Arm:
    costs = facts.scenario.costs
    amounts = {} if costs is None else _amounts(facts)
    load = week_load(facts)
    return Arm({**kpis, **desk_figures(facts, load)}, load, ticket_flow(facts), amounts)


def _amounts(facts: Facts) -> dict[str, float]:
    assert facts.scenario.costs is not None
    spent = ledger(facts, facts.scenario.costs)
    return {
        "Agents (rostered)": spent.agents_cash,
        "AI bill": spent.ai_bill,
        "QA of AI answers": spent.qa,
        "SLA penalties": spent.sla_penalties,
        "Churn": spent.churn,
    }


def _finished(
    scenario: Scenario, replications: int, seed: int, workers: int | None, engine: Engine, anchor: float | None
) -> Generator[Replication]:
    """Give replications as they finish."""
    count = min(workers or os.cpu_count() or 1, replications)
    if count == 1:
        for number in range(replications):
            yield one_replication(scenario, number, seed, engine, anchor)
        return
    from joblib import Parallel, delayed

    _hush_tracker()
    work = Parallel(n_jobs=count, return_as="generator_unordered", backend="loky", pre_dispatch="2*n_jobs")
    results = work(delayed(one_replication)(scenario, n, seed, engine, anchor) for n in range(replications))
    try:
        # Not `yield from`: whoever stops listening must find the workers gone, too.
        for result in results:  # noqa: UP028
            yield result
    except (KeyboardInterrupt, GeneratorExit):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # It warns that tasks are cancelled, which is what we want.
            results.close()
        _stop_workers()
        raise


def _hush_tracker() -> None:
    """Keep joblib's tracker of temporary files from warning, on stderr, of files that ended workers took with them."""
    given = os.environ.get("PYTHONWARNINGS", "")
    if TRACKER_FILTER not in given:
        os.environ["PYTHONWARNINGS"] = ",".join(part for part in (given, TRACKER_FILTER) if part)


def _stop_workers() -> None:
    """End the worker processes at once, so that Ctrl-C leaves nothing behind."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True, kill_workers=True)


def _check_numbers(replications: int, workers: int | None) -> None:
    if not 1 <= replications <= MAX_REPLICATIONS:
        raise StudyError(f"replications is {replications}; must be from 1 to {MAX_REPLICATIONS:,}")
    if workers is not None and workers < 1:
        raise StudyError(f"workers is {workers}; must be 1 or more")
