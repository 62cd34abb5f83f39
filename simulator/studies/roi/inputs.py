"""Uncertain inputs: which figures are, what they may be, which move together, and draws of all of them at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy import special

from simulator.base.arrays import Floats
from simulator.base.errors import Problem, ScenarioError, StudyError
from simulator.base.streams import OUTER_LOOP
from simulator.base.text import Key, spell
from simulator.distributions import Exponential, Gamma, Lognormal
from simulator.scenario import Known, Scenario, figures_of, mixes, override, rows_of
from simulator.studies.running.variants import Variant

Change = dict[Key, float]
LOW, HIGH = 0.05, 0.95
"""Shares of their distributions that inputs' low and high ends are."""
_END = float(special.ndtri(HIGH))
_STATED, _COUNTED, SUPPOSED = "range", "observations", "assumed range"
"""Where an input's distribution comes from."""
RUN_ITSELF = ("weeks", "warm_up", "drain", "max_tickets", "pilot", "csat", "sources")
"""Parts that set how the run is made or judged, and that no money hangs on."""
NO_MONEY = "no money hangs on it"
_FULL = "the shares beside it are 0, and stay in proportion, so that nothing can make room"
DECIDED = ("policy", "sla")
"""Parts that are promises or decisions, not guesses about the world."""


@dataclass(frozen=True)
class Input:
    """One uncertain input: a figure, or a list of figures that move as one."""

    name: str
    """Its path; of a list, the list's."""
    kind: str
    """STATED, COUNTED or SUPPOSED."""
    known: tuple[Known, ...]
    at: Callable[[float], tuple[float, ...]]
    """Gives the figures at a share of their distribution."""

    @property
    def centre(self) -> float:
        """The value in the scenario (of a list, the first)."""
        return float(self.known[0].figure)

    @property
    def is_money(self) -> bool:
        """Whether it sets prices only, so that nothing need be simulated for it."""
        return _is_money(self.known[0].path)

    def change(self, share: float) -> Change:
        """Return its figures at a share of their distribution, by path."""
        return {one.path: value for one, value in zip(self.known, self.at(share), strict=True)}


@dataclass(frozen=True)
class Left:
    """A figure that states how uncertain it is, and that the study does not vary all the same."""

    name: str
    why: str


def uncertain_inputs(scenario: Scenario) -> tuple[list[Input], list[Left]]:
    """List the inputs with a range or a number of observations, and those of them that are not varied."""
    inputs: list[Input] = []
    left: list[Left] = []
    full = {path for _, mix in mixes(scenario) for path in mix if mix[path] == sum(mix.values())}
    for alike in _alike(known for known in figures_of(scenario) if known.figure.is_uncertain and not _is_point(known)):
        first = alike[0]
        why = _why_not(first) or next((_FULL for known in alike if known.path in full), None)
        at = None if why else _distribution(first)
        if at is None:
            left += [Left(known.name, why or "n says nothing without a spread; give low and high") for known in alike]
            continue
        kind = _STATED if first.figure.low is not None else _COUNTED
        inputs.append(Input(first.name, kind, alike, partial(_everywhere, at, len(alike))))
    return inputs, [*left, *_hidden(scenario)]


def supposed_inputs(scenario: Scenario, reach: float) -> list[Input]:
    """Suppose a range for each assumed figure that states none: `reach` of its size (of its odds, for shares)."""
    return [
        Input(name, SUPPOSED, figures, _together(figures, reach))
        for name, figures in _assumed_figures(scenario)
        if _why_not(figures[0]) is None
    ]


def _assumed_figures(scenario: Scenario) -> Iterator[tuple[str, tuple[Known, ...]]]:
    """List the ledger's assumed and unsourced rows that state no range, with their figures."""
    for row, figures in rows_of(scenario):
        if row.kind in ("assumed", "unsourced") and not any(known.figure.is_uncertain for known in figures):
            yield row.path, tuple(figures)


def _is_money(path: Key) -> bool:
    """Return whether a figure is a price, which no event of a run hangs on."""
    is_rate = path[0] == "teams" and path[-1] == "cost_per_hour"
    return is_rate or (path[0] == "costs" and path[:3] != ("costs", "ai", "clawback"))


def _stressed(known: Known, factor: float) -> float:
    """Move a figure by a factor: shares by their odds, figures without a bound by its logarithm, others in size."""
    value, quantity = float(known.figure), known.quantity
    lower, upper = _bounds(known)
    if (lower, upper) == (0.0, 1.0):
        return float(special.expit(special.logit(value) + math.log(factor))) if 0 < value < 1 else value
    if lower is None and upper is None:
        return value + math.log(factor)
    moved = value * factor
    if quantity.whole:
        moved = math.floor(moved) if factor < 1 else math.ceil(moved)
    return _inside(known, moved)


# -- distributions -----------------------------------------------------------------------------------------------


def _alike(figures: Iterable[Known]) -> list[tuple[Known, ...]]:
    """Put figures together that are one figure in several places, in the order in which they first come up."""
    groups: dict[Any, list[Known]] = {}
    for known in figures:
        figure = known.figure
        field = (type(known.holder), known.path[-1], _is_money(known.path))
        groups.setdefault((field, *figure.__reduce__()[1], _spread(known)), []).append(known)
    return [tuple(group) for group in groups.values()]


def _everywhere(at: Callable[[float], float], places: int, share: float) -> tuple[float, ...]:
    return (at(share),) * places


def _is_point(known: Known) -> bool:
    """Return whether a figure states that it is known: its range is a single value."""
    return known.figure.low is not None and known.figure.low == known.figure.high


def _why_not(known: Known) -> str | None:
    """Say why a figure is not varied; None if it can be."""
    if known.path[0] in RUN_ITSELF:
        return NO_MONEY if known.path[0] in ("csat", "pilot") else "it sets how long the run is"
    if known.path == ("costs", "horizon_months") or known.path[:2] == ("costs", "ramp"):
        return "the plan of the business case is not varied"
    if known.path[-1] in ("from_week", "to_week", "from_day"):
        return "dates are not varied"
    return None


def _distribution(known: Known) -> Callable[[float], float] | None:
    figure = known.figure
    if figure.low is not None and figure.high is not None:
        return _between(known, figure.low, figure.high)
    assert figure.n is not None
    if known.quantity.unit == "share" and _bounds(known) == (0.0, 1.0):
        successes, others = float(figure) * figure.n + 0.5, (1 - float(figure)) * figure.n + 0.5
        return lambda share: float(special.betaincinv(successes, others, share))
    spread = _spread(known)
    if spread is None:
        return None
    error = spread / math.sqrt(figure.n)
    return lambda share: float(figure) * math.exp(error * float(special.ndtri(share)))


def _spread(known: Known) -> float | None:
    """Return the coefficient of variation of what a mean was taken of."""
    if known.path[-1] != "mean" or float(known.figure) <= 0:
        return None
    if isinstance(known.holder, Lognormal | Gamma):
        return float(known.holder.cv)
    return 1.0 if isinstance(known.holder, Exponential) else None


def _between(known: Known, low: float, high: float) -> Callable[[float], float]:
    """Return quantiles of a normal on either side of the value that meets low and high, on the figure's scale."""
    to, back = _scale(known, low, high)
    middle, below, above = to(float(known.figure)), to(low), to(high)

    known_ends = {LOW: low, 0.5: float(known.figure), HIGH: high}

    def at(share: float) -> float:
        if share in known_ends:
            return known_ends[share]
        score = float(special.ndtri(share)) / _END
        moved = middle + score * ((middle - below) if score < 0 else (above - middle))
        value = _inside(known, back(moved))
        return float(round(value)) if known.quantity.whole else value

    return at


def _scale(known: Known, low: float, high: float) -> tuple[Callable[[float], float], Callable[[float], float]]:
    lower, upper = _bounds(known)
    if (lower, upper) == (0.0, 1.0) and low > 0 and high < 1:
        return (lambda value: float(special.logit(value))), (lambda moved: float(special.expit(moved)))
    if lower == 0 and upper is None and low > 0:
        return math.log, math.exp
    return float, float


def _together(figures: tuple[Known, ...], reach: float) -> Callable[[float], tuple[float, ...]]:
    """Return quantiles of figures that are moved by one factor, 1 ± reach at the ends of its range."""

    def at(share: float) -> tuple[float, ...]:
        factor = math.exp(math.log1p(reach) * float(special.ndtri(share)) / _END)
        return tuple(float(one.figure) if _is_knot(one) else _stressed(one, factor) for one in figures)

    return at


def _is_knot(known: Known) -> bool:
    """Return whether a figure is the place of a knot in a table of pairs; its value is the other one."""
    return len(known.path) > 2 and known.path[-1] == 0 and isinstance(known.path[-2], int)


def _bounds(known: Known) -> tuple[float | None, float | None]:
    quantity = known.quantity
    lower = quantity.ge if quantity.ge is not None else quantity.gt
    return lower, quantity.le if quantity.le is not None else quantity.lt


def _inside(known: Known, value: float) -> float:
    """Keep a value within its field's bounds; where a bound itself is excluded, just inside."""
    quantity = known.quantity
    if quantity.ge is not None:
        value = max(value, quantity.ge)
    if quantity.le is not None:
        value = min(value, quantity.le)
    if quantity.gt is not None:
        value = max(value, quantity.gt + 1e-6)
    if quantity.lt is not None:
        value = min(value, quantity.lt - 1e-6)
    return value


def _hidden(scenario: Scenario) -> Iterator[Left]:
    """List what states its uncertainty in a form that is not varied: shadow logs and the baseline's overrides.

    A calibration by shadow log is varied by its `shift`, which is measured with the log.
    """
    for path, log in _shadow_logs(scenario, ()):
        yield Left(spell(path), f"shadow log of {log.observations:,} rows, whose confidences are kept as they are")
    for name, value in scenario.baseline.items():
        if isinstance(value, Mapping) and ("low" in value or "n" in value):
            yield Left(f"baseline: {name}", "overrides of the baseline are not varied")


def _shadow_logs(node: Any, path: Key) -> Iterator[tuple[Key, Any]]:
    from pydantic import BaseModel

    from simulator.distributions.confidence import ShadowLog, ShadowLogCalibration

    if isinstance(node, ShadowLog):
        if node.observations is not None and not isinstance(node, ShadowLogCalibration):
            yield path, node
    elif isinstance(node, BaseModel):
        for name in type(node).model_fields:
            yield from _shadow_logs(getattr(node, name), (*path, name))
    elif isinstance(node, Mapping):
        for name, item in node.items():
            yield from _shadow_logs(item, (*path, name))


# -- draws ------------------------------------------------------------------------------------------------------------


CENTRAL = "central"


def design(inputs: int, draws: int, seed: int) -> Floats:
    """Return shares of the inputs' distributions, shape (draws, inputs), each strictly between 0 and 1.

    The first draws of a longer design are those of a shorter one. Numbers of draws that are no power of 2 are the
    beginning of the next one's design.
    """
    from scipy.stats import qmc

    if inputs == 0:
        return np.empty((draws, 0))
    stream = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=OUTER_LOOP))
    points = qmc.Sobol(inputs, scramble=True, rng=stream).random_base2(max(1, (draws - 1).bit_length()))
    return np.clip(points[:draws], 2.0**-33, 1 - 2.0**-33)


def drawn(inputs: Sequence[Input], shares: Floats) -> Change:
    """Return the values of one draw, by path."""
    changed: Change = {}
    for one, share in zip(inputs, shares, strict=True):
        changed |= one.change(float(share))
    return changed


def settled(scenario: Scenario, change: Change) -> Change:
    """Return a change with what it entails: shares beside changed ones, which together stay the whole."""
    return {**change, **_rest_of_mixes(scenario, change)}


def changed_scenario(scenario: Scenario, change: Change, what: str) -> Scenario:
    """Return the scenario with some figures changed, checked as a whole.

    Raises StudyError where the values cannot be together, such as two ends of a range that cross.
    """
    if not change:
        return scenario
    whole = settled(scenario, change)
    try:
        return override(scenario, {spell(path): value for path, value in whole.items()})
    except ScenarioError as error:
        remedy = f"ranges that overlap so cannot be drawn from ({what}); narrow them"
        raise StudyError([Problem(one.where, one.path, f"{one.message}: {remedy}") for one in error.problems]) from None


def variant_of(scenario: Scenario, name: str, change: Change) -> Variant:
    """Make a variant of its own world: what is uncertain holds for the baseline, too."""
    told = tuple((spell(path), f"{value:.6g}") for path, value in change.items())
    return Variant(name, changed_scenario(scenario, change, name), told)


def _rest_of_mixes(scenario: Scenario, change: Change) -> Change:
    """Return the shares that make room for those that changed, and those scaled down as they would exceed the whole."""
    rest: Change = {}
    for _, mix in mixes(scenario):
        fixed = {path: change[path] for path in mix if path in change}
        if not fixed:
            continue
        others = {path: share for path, share in mix.items() if path not in fixed}
        taken, left = sum(fixed.values()), sum(others.values())
        whole = sum(mix.values())
        if taken >= whole or not left:
            # Nothing else can give way: all are scaled to the whole.
            rest |= {path: share * whole / taken for path, share in fixed.items()}
            rest |= dict.fromkeys(others, 0.0)
        else:
            rest |= {path: share * (whole - taken) / left for path, share in others.items()}
    return rest
