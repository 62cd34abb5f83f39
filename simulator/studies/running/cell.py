"""Cells: the figures of one variant in one replication, computed several variants at a time.

A task takes a few variants through one replication. Tickets are drawn once for those that meet the same customers,
rosters are built once for those that have the same teams, and the AI-off baseline runs once for those that share it.
Only figures leave a task, never logs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from simulator.base.arrays import Floats
from simulator.base.memo import keep_freed_memory
from simulator.engines.run_log import Engine
from simulator.metrics.facts import Facts
from simulator.metrics.flow import ticket_flow
from simulator.metrics.kpis import breakdown, csat_gap, desk_figures, measures, rate
from simulator.metrics.load import week_load
from simulator.metrics.measures import Measure
from simulator.metrics.satisfaction import solve_anchor
from simulator.money.activity import weekly_activity
from simulator.money.ledger import ledger, money_kpis
from simulator.rosters import TeamRoster, build_rosters, rosters_key
from simulator.run import Run, follow
from simulator.scenario import Scenario, without_ai
from simulator.studies.running.results import Arm, Detail, Replication, Values
from simulator.tickets import Tickets, draw_tickets
from simulator.tickets.fingerprints import moves_key

_ANCHOR_TICKETS, MAX_ANCHOR_REPLICATIONS = 20_000, 30
_MAX_ROSTERS = 50
"""Rosters that a replication keeps; a few thousand numbers each."""


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


_Cells = list[tuple[str, Replication]]
"""Variant and figures."""


class SharedReplication:
    """The customers of one replication, and what variants that meet them share: rosters and the AI-off baseline."""

    def __init__(self, scenario: Scenario, number: int, seed: int, engine: Engine, *, keeps_runs: int = 0) -> None:
        """Draw the customers; `keeps_runs` is for how many desks their moves are kept, should only prices change."""
        self.number, self.seed, self.engine = number, seed, engine
        self._runs: dict[str, Run] = {}
        self._keeps_runs = keeps_runs
        self._customers = draw_tickets(scenario, seed, number)
        self._rosters: dict[str, tuple[TeamRoster, ...]] = {}
        self._baseline: _Baseline | None = None
        self._baseline_key: str | None = None

    def __len__(self) -> int:
        return len(self._customers)

    @property
    def customers(self) -> Tickets:
        """The customers of the replication."""
        return self._customers

    def has_baseline(self, key: str) -> bool:
        """Return whether a baseline is at hand: that of the desk before."""
        return self._baseline_key == key

    def replication(self, desk: Desk, *, detail: bool, groups: bool) -> Replication:
        """Take a desk that meets these customers through the replication, and give its figures.

        `detail` keeps load and flow, `groups` figures by intent, channel, tier, week and difficulty.
        """
        if not self.has_baseline(desk.baseline_key):
            self._baseline, self._baseline_key = None, desk.baseline_key
            if desk.today is not None:
                self._baseline = _baseline(self.facts(desk.today), desk.anchor, detail=detail)
        here = _measured(self.facts(desk.scenario), desk.anchor, detail=detail)
        return _compared(self.number, here, self._baseline, groups=groups)

    def facts(self, scenario: Scenario) -> Facts:
        """Take a desk that meets these customers through the replication."""
        return Facts(self._run(scenario))

    def _run(self, scenario: Scenario) -> Run:
        if not self._keeps_runs:
            return self._follow(scenario)
        key = moves_key(scenario)
        run = self._runs.pop(key, None) or self._follow(scenario)
        self._runs[key] = run
        for oldest in list(self._runs)[: -self._keeps_runs]:
            del self._runs[oldest]
        return replace(run, scenario=scenario)

    def _follow(self, scenario: Scenario) -> Run:
        key = rosters_key(scenario)
        if key not in self._rosters:
            if len(self._rosters) >= _MAX_ROSTERS:
                self._rosters.clear()
            self._rosters[key] = build_rosters(scenario, self.seed, self.number)
        return follow(scenario, self._customers, engine=self.engine, rosters=self._rosters[key])


def simulate_task(task: Task) -> _Cells:
    """Simulate each variant of a task, and give its figures."""
    keep_freed_memory()
    cells: _Cells = []
    shared, met = None, ""
    for desk in task.desks:
        if shared is None or desk.customers_key != met:
            shared, met = SharedReplication(desk.scenario, task.replication, task.seed, task.engine), desk.customers_key
        cells.append((desk.variant, shared.replication(desk, detail=task.detail, groups=task.detail)))
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
    return anchor_from(
        Facts(follow(history, draw_tickets(history, seed, number), engine=engine))
        for number in range(MAX_ANCHOR_REPLICATIONS)
    )


def anchor_from(replications: Iterable[Facts]) -> float:
    """Solve the CSAT anchor on as many first replications of that desk as have ANCHOR_TICKETS customers."""
    pooled: list[Facts] = []
    customers = 0
    for facts in replications:
        pooled.append(facts)
        customers += facts.n_counted
        if customers >= _ANCHOR_TICKETS:
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
        """Return its figures, with those that only a comparison gives."""
        kpis = Values({**self.kpis, **more})
        costs = self.facts.scenario.costs
        if costs is None:
            return Arm(kpis, Values({}), self.detail)
        return Arm(kpis, Values(ledger(self.facts, costs).amounts), self.detail, weekly_activity(self.facts))


@dataclass(frozen=True)
class _Baseline:
    """What was measured on an AI-off baseline, and its figures."""

    measured: _Measured
    arm: Arm


def figures_of(run: Run, facts: Facts, baseline: Facts | None, anchor: float | None) -> Replication:
    """Compute the KPIs of a run (and its baseline), overall and by group."""
    there = None if baseline is None else _baseline(baseline, anchor, detail=True)
    return _compared(run.replication, _measured(facts, anchor, detail=True), there, groups=True)


def _measured(facts: Facts, anchor: float | None, *, detail: bool) -> _Measured:
    rated = rate(facts, anchor)
    found = measures(facts, rated)
    load = week_load(facts)
    kpis = {**{name: measure.overall() for name, measure in found.items()}, **desk_figures(facts, load)}
    return _Measured(facts, rated, found, kpis, Detail(load, ticket_flow(facts)) if detail else None)


def _baseline(facts: Facts, anchor: float | None, *, detail: bool) -> _Baseline:
    measured, own = _measured(facts, anchor, detail=detail), money_kpis(facts, facts)
    return _Baseline(measured, measured.arm({name: own[name] for name in own if name.startswith("cost_")}))


def _compared(number: int, here: _Measured, baseline: _Baseline | None, *, groups: bool) -> Replication:
    """Complete a run's figures by those that only a comparison with the baseline gives."""
    cells = breakdown(here.facts, here.found) if groups else ()
    by_group = Values({(grouping, group, kpi): value for grouping, group, kpi, value in cells})
    if baseline is None:
        return Replication(number, here.arm(money_kpis(here.facts, here.facts)), None, by_group)
    there = baseline.measured
    more = money_kpis(here.facts, there.facts)
    if here.rated is not None and there.rated is not None:
        more["csat_gap"] = csat_gap(here.facts, here.rated, there.facts, there.rated)
    return Replication(number, here.arm(more), baseline.arm, by_group)
