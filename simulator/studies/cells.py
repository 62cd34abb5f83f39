"""Cells: the figures of one variant in one replication, computed several variants at a time.

A task takes a few variants through one replication. Tickets are drawn once for those that meet the same customers,
rosters are built once for those that have the same teams, and the AI-off baseline runs once for those that share it.
Only figures leave a task, never logs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.economics import ledger, money_kpis
from simulator.engines.run_log import Engine
from simulator.metrics.activity import weekly_activity
from simulator.metrics.facts import Facts
from simulator.metrics.flow import ticket_flow
from simulator.metrics.kpis import breakdown, csat_gap, desk_figures, measures, rate
from simulator.metrics.load import week_load
from simulator.metrics.measures import Measure
from simulator.metrics.satisfaction import Floats, solve_anchor
from simulator.rosters import TeamRoster, build_rosters, rosters_key
from simulator.run import Run, follow
from simulator.scenario.loading import without_ai
from simulator.scenario.model import Scenario
from simulator.studies.memory import keep_freed_memory
from simulator.studies.results import Arm, Detail, Replication, Values
from simulator.tickets import Tickets, draw_tickets

ANCHOR_TICKETS, MAX_ANCHOR_REPLICATIONS = 20_000, 30


@dataclass(frozen=True)
class Desk:
    """What a worker must know of a variant."""

    variant: str
    scenario: Scenario
    today: Scenario | None
    """The AI-off baseline; None where the scenario has no AI."""
    anchor: float | None
    """Satisfaction anchor; None without CSAT."""
    customers_key: str
    baseline_key: str


@dataclass(frozen=True)
class Task:
    """A few variants in one replication; those that share customers, and then a baseline, stand together."""

    replication: int
    desks: tuple[Desk, ...]
    seed: int
    engine: Engine
    detail: bool
    """Whether figures by group, load and flow are wanted beside the KPIs."""


Cells = list[tuple[str, Replication]]
"""Variant and figures."""


def simulate_task(task: Task) -> Cells:
    """Simulate each variant of a task, and give its figures."""
    keep_freed_memory()
    cells: Cells = []
    customers: Tickets | None = None
    baseline: _Baseline | None = None
    before: Desk | None = None
    rosters: dict[str, tuple[TeamRoster, ...]] = {}

    def run_of(scenario: Scenario, customers: Tickets) -> Run:
        key = rosters_key(scenario)
        if key not in rosters:
            rosters[key] = build_rosters(scenario, task.seed, task.replication)
        return follow(scenario, customers, engine=task.engine, rosters=rosters[key])

    for desk in task.desks:
        if customers is None or before is None or desk.customers_key != before.customers_key:
            customers, before = draw_tickets(desk.scenario, task.seed, task.replication), None
        if before is None or desk.baseline_key != before.baseline_key:
            baseline = None
            if desk.today is not None:
                baseline = _baseline(Facts(run_of(desk.today, customers)), desk.anchor, detail=task.detail)
        here = _measured(Facts(run_of(desk.scenario, customers)), desk.anchor, detail=task.detail)
        cells.append((desk.variant, _compared(task.replication, here, baseline, detail=task.detail)))
        before = desk
    return cells


def one_replication(scenario: Scenario, number: int, seed: int, engine: Engine, anchor: float | None) -> Replication:
    """Simulate one replication, with its baseline where there is an AI, and keep its figures."""
    today = without_ai(scenario) if scenario.ai is not None else None
    desk = Desk(scenario.name, scenario, today, anchor, "", "")
    return simulate_task(Task(number, (desk,), seed, engine, detail=True))[0][1]


def satisfaction_anchor(scenario: Scenario, seed: int, engine: Engine = "fast") -> float | None:
    """Solve the CSAT anchor on the AI-off baseline; None where the scenario has no CSAT.

    It pools the first replications, as many as give ANCHOR_TICKETS customers, so that a small desk's anchor does not
    hang on one replication's luck. How many replications the study has makes no difference.
    """
    if scenario.csat is None:
        return None
    return anchor_of(without_ai(scenario) if scenario.ai is not None else scenario, seed, engine)


def anchor_of(history: Scenario, seed: int, engine: Engine) -> float:
    """Solve the CSAT anchor on the desk whose customers gave the historical mean."""
    pooled: list[Facts] = []
    customers = 0
    for number in range(MAX_ANCHOR_REPLICATIONS):
        pooled.append(Facts(follow(history, draw_tickets(history, seed, number), engine=engine)))
        customers += pooled[-1].n_counted
        if customers >= ANCHOR_TICKETS:
            break
    return solve_anchor(pooled)


def in_chunks(desks: Sequence[Desk], size: int) -> list[tuple[Desk, ...]]:
    """Cut desks into chunks of up to `size`, those that share customers and baseline side by side."""
    place = {key: number for number, key in reversed(list(enumerate(desk.customers_key for desk in desks)))}
    there = {key: number for number, key in reversed(list(enumerate(desk.baseline_key for desk in desks)))}
    ordered = sorted(desks, key=lambda desk: (place[desk.customers_key], there[desk.baseline_key]))
    return [tuple(ordered[first : first + size]) for first in range(0, len(ordered), size)]


# -- figures -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Measured:
    """A run with what was measured on it."""

    facts: Facts
    rated: Floats | None
    found: dict[str, Measure]
    kpis: dict[str, float]
    detail: Detail | None

    def arm(self, more: dict[str, float]) -> Arm:
        """Give its figures, with those that only a comparison gives."""
        kpis = Values({**self.kpis, **more})
        if self.facts.scenario.costs is None:
            return Arm(kpis, Values({}), self.detail)
        return Arm(kpis, Values(_amounts(self.facts)), self.detail, weekly_activity(self.facts))


@dataclass(frozen=True)
class _Baseline:
    """What was measured on an AI-off baseline, and its figures."""

    measured: _Measured
    arm: Arm


def figures_of(run: Run, facts: Facts, baseline: Facts | None, anchor: float | None) -> Replication:
    """Compute the KPIs of a run (and its baseline), overall and by group."""
    there = None if baseline is None else _baseline(baseline, anchor, detail=True)
    return _compared(run.replication, _measured(facts, anchor, detail=True), there, detail=True)


def _measured(facts: Facts, anchor: float | None, *, detail: bool) -> _Measured:
    rated = rate(facts, anchor)
    found = measures(facts, rated)
    load = week_load(facts)
    kpis = {**{name: measure.overall() for name, measure in found.items()}, **desk_figures(facts, load)}
    return _Measured(facts, rated, found, kpis, Detail(load, ticket_flow(facts)) if detail else None)


def _baseline(facts: Facts, anchor: float | None, *, detail: bool) -> _Baseline:
    measured, own = _measured(facts, anchor, detail=detail), money_kpis(facts, facts)
    return _Baseline(measured, measured.arm({name: own[name] for name in own if name.startswith("cost_")}))


def _compared(number: int, here: _Measured, baseline: _Baseline | None, *, detail: bool) -> Replication:
    """Complete a run's figures by those that only a comparison with the baseline gives."""
    cells = breakdown(here.facts, here.found) if detail else ()
    groups = Values({(grouping, group, kpi): value for grouping, group, kpi, value in cells})
    if baseline is None:
        return Replication(number, here.arm(money_kpis(here.facts, here.facts)), None, groups)
    there = baseline.measured
    more = money_kpis(here.facts, there.facts)
    if here.rated is not None and there.rated is not None:
        more["csat_gap"] = csat_gap(here.facts, here.rated, there.facts, there.rated)
    return Replication(number, here.arm(more), baseline.arm, groups)


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
