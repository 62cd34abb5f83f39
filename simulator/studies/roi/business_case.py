"""The business case as a study: the scenario as it stands, the draws, one input at a time, break-even values.

>>> case = roi(load_scenario("saas_pilot"), draws=256)   # doctest: +SKIP
>>> case.outlook.spreads["roi_capacity"].quantiles       # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.calendars import DAY_MINUTES, WEEK_MINUTES
from simulator.base.errors import Problem, StudyError
from simulator.base.notebook_hooks import Plotted
from simulator.base.text import spell
from simulator.engines.run_log import Engine
from simulator.money.activity import LAGS
from simulator.money.cash_flow import MonthPlan, UnitPrices, months_of, plan_of
from simulator.money.price_plan import AI_LINES, PARTS
from simulator.scenario import LedgerRow, Scenario, override, rows_of
from simulator.studies.roi.break_even import BreakEven, break_evens
from simulator.studies.roi.inputs import (
    CENTRAL,
    Input,
    Left,
    design,
    drawn,
    supposed_inputs,
    uncertain_inputs,
    variant_of,
)
from simulator.studies.roi.outlook import OuterDraws, Outlook, outlook_of
from simulator.studies.roi.sensitivity import Centre, Swing, overloaded, swings, waiting, why_not_stressed
from simulator.studies.run.outputs import fingerprint, study_manifest
from simulator.studies.running.batch import Runner, Stages
from simulator.studies.running.results import Replication, Replications
from simulator.studies.running.variants import Variant
from simulator.studies.running.workers import Workers

_DRAWS, _REPLICATIONS, _STRESS = 256, 16, 0.2
_MOST_DRAWS = 100_000
_TWICE = 32
"""Draws that meet a second replication, by which the noise that is left is measured."""
_TORNADO_REPLICATIONS, _FEW_REPLICATIONS = 8, 4
_LONGEST_WINDOW = (LAGS - 2) * WEEK_MINUTES
"""A claw-back window that ends before invoices are lumped together, for tickets that take up to a week to close."""
_USUAL_BREAK_EVENS = 15
"""Settings that break-even values usually take."""
_LOOKED_AT_CLOSER = 8
"""Assumed figures that are looked at again, in more replications than the one that all are screened in."""


@dataclass(frozen=True)
class Influence:
    """A row of the assumption ledger, and what it changes."""

    row: LedgerRow
    swing: Swing | None
    how: str
    """What it was moved by, or why it was not."""
    is_stressed: bool = False
    """Whether it was moved by stress, for want of a range."""


@dataclass(frozen=True)
class RoiStudy(Plotted):
    """What the business case found."""

    view: ClassVar[str] = "simulator.report.roi.view:page_of"

    scenario: Scenario
    """As simulated: without CSAT, on which no money hangs."""
    plan: MonthPlan
    central: Replications
    """The scenario as it stands."""
    inputs: tuple[Input, ...]
    left: tuple[Left, ...]
    outlook: Outlook
    tornado: tuple[Swing, ...]
    """The widest first."""
    influences: tuple[Influence, ...]
    """The ledger, in its own order."""
    break_evens: tuple[BreakEven, ...]
    draws: Floats
    """Shares of the inputs' distributions, shape (n_draws, n_inputs)."""
    stress: float
    assume: float | None
    overloaded: int
    """Draws whose desk without AI does not get through its tickets, so that what it would cost is not known."""

    @property
    def currency(self) -> str:
        """ISO code of the amounts."""
        return self.central.currency

    @property
    def is_overloaded(self) -> bool:
        """Whether the scenario's own desk without AI does not get through its tickets."""
        return overloaded(self.central.results, 0.0)


def roi(
    scenario: Scenario,
    folder: Path | None = None,
    *,
    draws: int = _DRAWS,
    replications: int = _REPLICATIONS,
    stress: float = _STRESS,
    assume: float | None = None,
    steady: int | None = None,
    seed: int = 1,
    workers: int | str | Workers | None = None,
    engine: Engine = "fast",
    fresh: bool = False,
    progress: Stages | None = None,
    one_by_one: bool = True,
) -> RoiStudy:
    """Make the business case of a scenario; with a folder, one that was interrupted goes on from its store.

    `assume` gives assumed figures without a range one of ± that share for the draws; `stress` only asks what they
    could change, and 0 leaves that out. `steady` names how many of the last simulated weeks stand for those that
    follow. Without `one_by_one` there are draws only, neither tornado, ledger nor break-even values. Raises StudyError
    where there is nothing to pay or to save.
    """
    _check(scenario, draws, replications, stress, assume)
    base = scenario if scenario.csat is None else override(scenario, {"csat": None})
    assert base.costs is not None
    plan = plan_of(base, base.costs, steady)
    inputs, left = uncertain_inputs(base)
    if assume is not None:
        inputs += [one for one in supposed_inputs(base, assume) if why_not_stressed(one) is None]
    bar = _Bar(progress)
    with Runner(folder, base, seed=seed, workers=workers, engine=engine, fresh=fresh, progress=bar.tell) as runner:
        case = _CaseRunner(runner, bar)
        present = Variant(CENTRAL, base)
        central = runner.run([present], replications, stage="The scenario as it stands")[CENTRAL]
        months = np.stack([months_of(plan, cell.activities) for cell in central.results])
        centre = Centre(base, plan, months, central.results[0])
        _check_use(central)
        shares = design(len(inputs), draws, seed)
        loop = case.draws(centre, central, inputs, shares, assume) if inputs else None
        names = [one.name for one in inputs]
        outlook = outlook_of(plan, names, centre.prices(present), months, loop)
        tornado: list[Swing] = []
        influences: tuple[Influence, ...] = ()
        solved: list[BreakEven] = []
        if one_by_one:
            several, few = min(replications, _TORNADO_REPLICATIONS), min(replications, _FEW_REPLICATIONS)
            tornado, refused = swings(centre, inputs, case.simulate, several, "Tornado")
            left += [Left(name, f"not in the tornado: {why}") for name, why in refused.items()]
            solved = break_evens(centre, list(central.results), case.simulate, few)
            influences = case.influences(centre, inputs, tornado, stress, replications)
    return RoiStudy(
        base, plan, central, tuple(inputs), tuple(left), outlook, tuple(tornado), influences, tuple(solved), shares,
        stress, assume, case.overloaded,
    )  # fmt: skip


def planned_cells(
    scenario: Scenario, draws: int = _DRAWS, replications: int = _REPLICATIONS, stress: float = _STRESS
) -> int:
    """Return about how many replications of some setting a business case takes."""
    base = scenario if scenario.csat is None else override(scenario, {"csat": None})
    inputs, _ = uncertain_inputs(base)
    assumed = [one for one in supposed_inputs(base, stress) if why_not_stressed(one) is None] if stress else []
    several, few = min(replications, _TORNADO_REPLICATIONS), min(replications, _FEW_REPLICATIONS)
    moved = 0 if all(one.is_money for one in inputs) else draws + min(draws, _TWICE)
    ends = 2 * several * sum(not one.is_money for one in inputs)
    stressed = 2 * sum(not one.is_money for one in assumed) + 2 * (few - 1) * min(len(assumed), _LOOKED_AT_CLOSER)
    return replications + moved + ends + stressed + _USUAL_BREAK_EVENS * few


class _Bar:
    """Progress over several calls of the runner that are one stage."""

    def __init__(self, tell: Stages | None) -> None:
        self._tell = tell or (lambda _stage, _done, _of: None)
        self.before, self.whole = 0, 0

    def tell(self, stage: str, done: int, of: int) -> None:
        self._tell(stage, self.before + done, self.whole or of)


class _CaseRunner:
    """What a business case asks of the runner."""

    def __init__(self, runner: Runner, bar: _Bar) -> None:
        self.runner, self.bar = runner, bar
        self.overloaded = 0

    def simulate(self, variants: Sequence[Variant], replications: int, stage: str) -> dict[str, list[Replication]]:
        found = self.runner.run(variants, replications, stage=stage)
        return {name: list(study.results) for name, study in found.items()}

    def draws(
        self, centre: Centre, central: Replications, inputs: Sequence[Input], shares: Floats, assume: float | None
    ) -> OuterDraws:
        """Simulate the draws, each on the customers of one replication, and some of them on those of a second."""
        count, groups = len(shares), len(centre.months)
        mark = f" with assumed figures ± {assume:.12g}" if assume is not None else ""
        # Neighbours in a Sobol sequence fill the space evenly among themselves; every eighth point, say, does not.
        replication = np.arange(count) * groups // count
        usual = waiting(central.results)
        money_only = all(one.is_money for one in inputs)
        twice = 0 if money_only else min(count, _TWICE)
        self.bar.whole = count + twice
        prices: dict[int, UnitPrices] = {}
        months: dict[tuple[int, int], Floats] = {}
        # Scenarios are large, so only those of one group are held at a time.
        for group in range(groups):
            own = np.flatnonzero(replication == group).tolist()
            others = [i for i in range(twice) if (replication[i] + 1) % groups == group]
            variants = {}
            for i in (*own, *others):
                variant = variant_of(centre.scenario, f"draw {i}{mark}", drawn(inputs, shares[i]))
                variants[i] = variant
                prices[i] = centre.prices(variant)
            if money_only:
                continue
            studies = self.runner.run(list(variants.values()), 1, first=group, stage="Drawing inputs")
            for i, variant in variants.items():
                cell = studies[variant.name].results[0]
                months[i, group] = months_of(centre.plan, cell.activities) - centre.months[group]
                self.overloaded += int(replication[i] == group and overloaded([cell], usual))
            self.bar.before += len(variants)
        self.bar.before = self.bar.whole = 0
        none = np.zeros(centre.months.shape[1:])
        first = [months.get((i, int(replication[i])), none) for i in range(count)]
        second = [months[i, int(replication[i] + 1) % groups] for i in range(twice)]
        again = np.stack(second) if second else np.stack(first)[:0]
        return OuterDraws(shares, [prices[i] for i in range(count)], np.stack(first), replication, again)

    def influences(
        self, centre: Centre, inputs: Sequence[Input], tornado: Sequence[Swing], stress: float, replications: int
    ) -> tuple[Influence, ...]:
        """Say of each row of the ledger what it changes: by a range, or, where only assumed, under stress."""
        assumed = {one.name: one for one in supposed_inputs(centre.scenario, stress)} if stress else {}
        why = {name: why_not_stressed(one) for name, one in assumed.items()}
        moved = [one for name, one in assumed.items() if why[name] is None]
        stage = f"Stress of ± {stress:.12g}"
        found, refused = swings(centre, moved, self.simulate, 1, f"{stage}, one by one")
        widest = {row.name for row in found[:_LOOKED_AT_CLOSER]}
        closer = [one for one in moved if one.name in widest]
        again, _ = swings(centre, closer, self.simulate, min(replications, _FEW_REPLICATIONS), f"{stage}, closer")
        by_stress = {row.name: row for row in (*found, *again)}
        places = {one.name: {known.name for known in one.known} for one in inputs}
        rows = []
        for row, figures in rows_of(centre.scenario):
            own = {known.name for known in figures}
            ranged = next((swing for swing in tornado if places[swing.name] & own), None)
            if ranged is not None:
                how = "its range" if ranged.name in own else f"the range of {ranged.name}"
                rows.append(Influence(row, ranged, how))
            elif row.path in by_stress:
                rows.append(Influence(row, by_stress[row.path], f"stress of ±{stress:.0%}", is_stressed=True))
            elif row.path in refused:
                rows.append(Influence(row, None, f"cannot be moved alone: {refused[row.path]}"))
            else:
                rows.append(Influence(row, None, why.get(row.path) or ""))
        return tuple(rows)


def _check(scenario: Scenario, draws: int, replications: int, stress: float, assume: float | None) -> None:
    """Refuse what has no business case; raise StudyError."""
    if scenario.ai is None:
        raise StudyError(f"{scenario.name} has no `ai`, so there is nothing that could pay; describe the AI first")
    costs = scenario.costs
    if costs is None:
        raise StudyError(f"{scenario.name} has no `costs`; give at least costs.agent_per_hour and costs.ai")
    price = costs.ai
    if not costs.set_up and not any(part.unit_price(costs) for part in PARTS if part.line in AI_LINES):
        raise StudyError(f"{scenario.name} states no cost of the AI, and ROI is by cost; give costs.ai or costs.set_up")
    window = max(float(price.clawback), price.clawback.high or 0.0)
    if window > _LONGEST_WINDOW:
        rule = f"must be at most {_LONGEST_WINDOW / DAY_MINUTES:g} days, as later invoices are not told apart"
        raise StudyError(Problem(scenario.name, "costs.ai.clawback", f"is {window / DAY_MINUTES:g} days; {rule}"))
    if not 2 <= replications <= 1000:
        raise StudyError(f"--replications is {replications}; must be from 2 to 1,000")
    if not replications <= draws <= _MOST_DRAWS:
        rule = f"must be from {replications} (one for each replication) to {_MOST_DRAWS:,}"
        raise StudyError(f"--draws is {draws:,}; {rule}")
    for option, reach in (("--stress", stress), ("--assume", assume)):
        if reach is not None and not (0 < reach <= 1 or (option == "--stress" and reach == 0)):
            raise StudyError(f"{option} is {reach:g}; must be above 0% and at most 100%, such as 20%")


def _check_use(central: Replications) -> None:
    """Refuse a scenario whose AI never does anything."""
    used = [cell.arm.activity.row("weeks_in_use").sum() for cell in central.results if cell.arm.activity is not None]
    if not any(used):
        raise StudyError(f"{central.scenario.name} keeps its AI off in every week; set policy.mode or policy.phases")


def manifest(study: RoiStudy) -> dict[str, Any]:
    """Return how the business case was made."""
    base = study_manifest(study.central, [])
    inputs = {
        "scenario": base["scenario"], "seed": base["seed"], "ticketflow": base["ticketflow"],
        "replications": len(study.central), "draws": study.outlook.draws, "stress": study.stress,
        "assume": study.assume, "steady_weeks": study.plan.steady,
    }  # fmt: skip
    return {
        **inputs,
        "inputs": [
            {"path": one.name, "from": one.kind, "figures": [spell(known.path) for known in one.known]}
            for one in study.inputs
        ],
        "not_varied": [{"path": one.name, "why": one.why} for one in study.left],
        "sha256": fingerprint(inputs),
        "engine": base["engine"],
        "versions": base["versions"],
    }
