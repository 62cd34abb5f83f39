"""Break-even: how accurate, slow, dear or busy it may get before the capacity case comes to nothing.

One lever at a time, all else as it stands, on the same customers: a coarse look over a stated range, then false
position, kept off the ends, between the two values that have the root between them. The price is solved exactly, as
money is linear in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from simulator.base.errors import ScenarioError
from simulator.base.stats import t_quantile
from simulator.base.text import spell
from simulator.base.units import Unit, format_value
from simulator.money.cash_flow import cash_flows, months_of
from simulator.scenario import Scenario, override
from simulator.studies.roi.sensitivity import Centre, Simulate, overloaded, tickets_a_week, waiting
from simulator.studies.running.results import Replication
from simulator.studies.running.variants import Variant

_STAGE = "Looking for break-even values"
_STEPS = 4
"""Settings that are tried after the coarse look."""


@dataclass(frozen=True)
class _Tried:
    """One value of a lever."""

    at: float
    """As the lever counts: log-odds, or a factor."""
    shown: float
    """As people read it: answer accuracy, minutes, tickets a week."""
    net: float
    error: float
    """Standard error of the net value, simulation alone."""


@dataclass(frozen=True)
class BreakEven:
    """Where one lever makes the net value (capacity) 0."""

    lever: str
    title: str
    unit: Unit
    """Unit of what is shown: share, minutes, money or count."""
    now: float
    value: float
    """NaN where there is none in the range that was tried."""
    half_width: float
    """95 % interval of simulation noise; NaN where there is no value."""
    tried: tuple[_Tried, ...]
    """From the lowest to the highest."""
    note: str


@dataclass(frozen=True)
class _BreakEvenLever:
    """Something that the case could break even by."""

    key: str
    title: str
    unit: Unit
    coarse: tuple[float, ...]
    neutral: float
    change: Callable[[Scenario, float], Scenario]
    shown: Callable[[float, list[Replication]], float]
    note: str


def break_evens(centre: Centre, central: list[Replication], simulate: Simulate, replications: int) -> list[BreakEven]:
    """Solve for accuracy, handle time, price and volume."""
    levers = [_ACCURACY, _HANDLE]
    if centre.scenario.arrivals.per_week is not None:
        levers.append(_VOLUME)
    found = [_Search(centre, central[:replications], simulate, lever).solved() for lever in levers]
    return [*found[:2], _price(centre), *found[2:]]


class _Search:
    """Looks for the root of one lever."""

    def __init__(self, centre: Centre, central: list[Replication], simulate: Simulate, lever: _BreakEvenLever) -> None:
        self.centre, self.central, self.simulate, self.lever = centre, central, simulate, lever
        self.tried: dict[float, _Tried] = {}
        self.cut = ""
        """Why the range that was tried is shorter than the lever's."""

    def solved(self) -> BreakEven:
        lever = self.lever
        self._try(list(lever.coarse))
        bracket = self._bracket()
        for _ in range(_STEPS):
            if bracket is None or bracket[0].net == 0:
                break
            self._try([_between(*bracket)])
            bracket = self._bracket()
        tried = tuple(self.tried[at] for at in sorted(self.tried))
        now = self.tried[lever.neutral].shown
        if bracket is None:
            nothing = f"no break-even between {_text(lever, tried[0].shown)} and {_text(lever, tried[-1].shown)}"
            why = f"{nothing}{self.cut}"
            return BreakEven(lever.key, lever.title, lever.unit, now, np.nan, np.nan, tried, f"{why}; {lever.note}")
        low, high = bracket
        slope = (high.net - low.net) / (high.shown - low.shown) if high.shown != low.shown else np.inf
        value = low.shown - low.net / slope
        error = max(low.error, high.error) / abs(slope)
        half = float(t_quantile(max(1, len(self.central) - 1))) * error
        return BreakEven(lever.key, lever.title, lever.unit, now, float(value), half, tried, lever.note)

    def _try(self, places: list[float]) -> None:
        variants: dict[float, Variant] = {}
        for at in places:
            if at == self.lever.neutral:
                self._note(at, self.central, Variant(self.lever.key, self.centre.scenario))
                continue
            try:
                changed = self.lever.change(self.centre.scenario, at)
            except ScenarioError as error:
                # The end of the range cannot be simulated (too many tickets, say); it is told with the result.
                self.cut = f" ({error.problems[0].message})"
                continue
            name = f"{self.lever.key} {at:.12g}"
            variants[at] = Variant(name, changed, ((self.lever.key, f"{at:.12g}"),))
        cells = self.simulate(list(variants.values()), len(self.central), _STAGE) if variants else {}
        for at, variant in variants.items():
            self._note(at, cells[variant.name], variant)

    def _note(self, at: float, cells: list[Replication], variant: Variant) -> None:
        if at != self.lever.neutral and overloaded(cells, waiting(self.central)):
            self.cut = " (beyond it the desk without AI does not get through its tickets)"
            return
        months = np.stack([months_of(self.centre.plan, cell.activities) for cell in cells])
        found = self.centre.setting(self.centre.prices(variant), months)
        error = float(found.each.std(ddof=1) / np.sqrt(len(found.each))) if len(found.each) > 1 else np.nan
        self.tried[at] = _Tried(at, self.lever.shown(at, cells), found.net, error)

    def _bracket(self) -> tuple[_Tried, _Tried] | None:
        """Return the neighbours that have a root between them, those nearest to the scenario as it stands."""
        places = sorted(self.tried)
        pairs = [(self.tried[a], self.tried[b]) for a, b in zip(places, places[1:], strict=False)]
        crossing = [pair for pair in pairs if np.sign(pair[0].net) != np.sign(pair[1].net)]
        if not crossing:
            return None
        return min(crossing, key=lambda pair: abs((pair[0].at + pair[1].at) / 2 - self.lever.neutral))


def _between(low: _Tried, high: _Tried) -> float:
    """Return where the straight line crosses 0, kept off the ends so that the bracket shrinks on both sides."""
    share = float(np.clip(low.net / (low.net - high.net), 0.1, 0.9))
    return low.at + share * (high.at - low.at)


def _price(centre: Centre) -> BreakEven:
    """Solve for the AI's bill: benefits less all other costs are what it may be."""
    prices = centre.prices(Variant("price", centre.scenario))
    costs = centre.scenario.costs
    assert costs is not None
    unit: Unit = "ratio"
    title, now = "AI bill", 1.0
    if costs.ai.per_resolution > 0:
        title, unit, now = "Price per resolution", "money", float(costs.ai.per_resolution)
    flows = cash_flows(centre.plan, [prices] * len(centre.months), centre.months)
    bill, net = -flows.line("ai_bill").sum(axis=1), flows.net("capacity").sum(axis=1)
    part = bill
    if unit == "money":
        at_nothing = override(centre.scenario, {"costs.ai.per_resolution": 0})
        free = centre.prices(Variant("price 0", at_nothing))
        rest = cash_flows(centre.plan, [free] * len(centre.months), centre.months)
        part = bill + rest.line("ai_bill").sum(axis=1)
    note = "solved exactly; the other parts of the bill as they are" if unit == "money" else "all parts of the bill"
    if not part.mean() > 0:
        return BreakEven("price", title, unit, now, np.nan, np.nan, (), "no break-even: there is no bill")
    value = now * (1 + net.mean() / part.mean())
    if value < 0:
        gone = "no break-even at any price of 0 or more: the other costs exceed the benefits"
        return BreakEven("price", title, unit, now, np.nan, np.nan, (), gone)
    gap = net - net.mean() / part.mean() * part
    error = now * float(gap.std(ddof=1)) / np.sqrt(len(gap)) / float(part.mean())
    half = float(t_quantile(len(gap) - 1)) * error
    ends = tuple(
        _Tried(factor, now * factor, float(net.mean() + (1 - factor) * part.mean()), 0.0)
        for factor in sorted({0.0, 1.0, 1.2 * value / now})
    )
    return BreakEven("price", title, unit, now, float(value), half, ends, note)


# -- levers --------------------------------------------------------------------------------------------------------


def _with_shift(scenario: Scenario, log_odds: float) -> Scenario:
    """Make every answer more or less likely to be right, without the AI's knowing."""
    assert scenario.ai is not None
    drift = [one.model_dump(mode="json") for one in scenario.ai.drift]
    more = {"name": "break-even", "from_week": 1, "log_odds": log_odds, "lifts_confidence": 0}
    return override(scenario, {"ai.drift": [*drift, more]})


def _accuracy(_at: float, cells: list[Replication]) -> float:
    return float(np.nanmean([cell.arm.kpis["answer_accuracy"] for cell in cells]))


def _with_slower_people(scenario: Scenario, factor: float) -> Scenario:
    """Make all work of people take `factor` times as long, in the baseline, too."""
    speeds = {spell(("teams", name, "efficiency")): float(team.efficiency) / factor
              for name, team in scenario.teams.items()}  # fmt: skip
    return override(scenario, speeds)


def _handle_time(_at: float, cells: list[Replication]) -> float:
    return float(np.mean([cell.baseline.kpis["aht"] for cell in cells if cell.baseline is not None]))


def _with_volume(scenario: Scenario, factor: float) -> Scenario:
    assert scenario.arrivals.per_week is not None
    return override(scenario, {"arrivals.per_week": float(scenario.arrivals.per_week) * factor})


def _tickets(_at: float, cells: list[Replication]) -> float:
    return tickets_a_week(cells)


_ACCURACY = _BreakEvenLever(
    "accuracy", "Answer accuracy", "share", (-3.0, -1.5, 0.0, 1.5, 3.0), 0.0, _with_shift, _accuracy,
    "log-odds of every answer moved, confidence as stated",
)  # fmt: skip
_HANDLE = _BreakEvenLever(
    "handle_time", "Handle time without AI", "minutes", (0.1, 0.25, 0.5, 1.0, 1.5, 2.0), 1.0, _with_slower_people,
    _handle_time, "all work of people, same roster",
)  # fmt: skip
_VOLUME = _BreakEvenLever(
    "volume", "Tickets a week", "count", (0.1, 0.25, 0.5, 1.0, 1.5), 1.0, _with_volume, _tickets,
    "same roster and fees",
)  # fmt: skip


def _text(lever: _BreakEvenLever, value: float) -> str:
    return format_value(lever.unit, value)
