"""Levers: what sliders move in a scenario. Thresholds, head-count, volume and prices, where the scenario has them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from simulator.base.quantities import Figure
from simulator.scenario import Mode, Scenario
from simulator.scenario.document import parse_path

_Kind = Literal["share", "count", "added", "money", "number"]
GROUPS = ("Thresholds", "People", "Volume", "Prices")
_PRICES = {
    "agent_per_hour": "An agent's hour",
    "sla_penalty": "A missed target",
    "customer_value": "A customer who leaves",
    "set_up": "Set-up, once",
}
_AI_PRICES = {
    "per_resolution": "AI, each resolution",
    "per_conversation": "AI, each conversation",
    "per_ticket": "AI, each ticket read",
    "per_seat_month": "AI, each seat, a month",
    "per_month": "AI, platform, a month",
    "per_thousand_tokens": "AI, a thousand tokens",
}


@dataclass(frozen=True)
class Lever:
    """One slider."""

    path: str
    """Where it moves the scenario."""
    label: str
    group: str
    kind: _Kind
    value: float
    """Where it stands in the scenario as loaded."""
    low: float
    high: float
    step: float
    counts: tuple[float, ...] = ()
    """Agents by period as loaded, to each of which the slider adds; empty where it moves one number."""

    def written(self, value: float) -> str:
        """Write a position as the scenario file would."""
        if self.counts:
            return f"[{', '.join(f'{count:.10g}' for count in self._moved(value))}]"
        return f"{value:.10g}"

    def position(self, scenario: Scenario) -> float:
        """Return where a scenario has it; of a list that no position gives, the nearest."""
        if self.counts:
            return self._nearest(_counts_at(scenario, self.path))
        figure = figure_at(scenario, self.path)
        value = self.value if figure is None else float(figure)
        return min(self.high, max(self.low, value))

    def _moved(self, added: float) -> list[float]:
        return [max(0.0, count + added) for count in self.counts]

    def _nearest(self, counts: tuple[float, ...]) -> float:
        if len(counts) != len(self.counts):
            return self.value
        positions = sorted(range(round(self.low), round(self.high) + 1), key=abs)

        def distance(added: int) -> float:
            return sum(abs(here - there) for here, there in zip(self._moved(added), counts, strict=True))

        return float(min(positions, key=distance))


def levers(scenario: Scenario) -> tuple[Lever, ...]:
    """List what can be moved in a scenario, in the order in which people ask for it."""
    return (*_thresholds(scenario), *_people(scenario), *_volume(scenario), *_prices(scenario))


def levers_now(base: Scenario, scenario: Scenario) -> tuple[Lever, ...]:
    """List what can be moved in a scenario that was changed from `base`, where sliders stand without changes.

    Thresholds are those in force now: a change may have replaced the phases that had others.
    """
    thresholds = []
    for lever in _thresholds(scenario):
        loaded = figure_at(base, lever.path)
        # What the scenario as loaded does not have is never taken back by a slider.
        thresholds.append(replace(lever, value=math.nan if loaded is None else float(loaded)))
    rest = [lever for lever in levers(base) if lever.group != GROUPS[0] and _is_there(lever, scenario)]
    return (*thresholds, *rest)


def _is_there(lever: Lever, scenario: Scenario) -> bool:
    if lever.counts:
        return len(_counts_at(scenario, lever.path)) == len(lever.counts)
    return figure_at(scenario, lever.path) is not None


def threshold_paths(scenario: Scenario, name: str = "answer_threshold") -> dict[str, str]:
    """Map each place where a threshold is in force to what people call it, the last phase first.

    A phase that states none goes by the policy's own; that one is listed where some phase, or the time before the
    first, goes by it.
    """
    policy = scenario.policy
    stated = {
        f"policy.phases[{number}].{name}": phase.name
        for number, phase in enumerate(policy.phases)
        if getattr(phase, name) is not None and Mode.AUTO in phase.modes(policy.mode)
    }
    places = dict(reversed(stated.items()))
    answering = [phase for phase in policy.phases if Mode.AUTO in phase.modes(policy.mode)]
    goes_by_policy = [phase for phase in answering if getattr(phase, name) is None]
    if not policy.phases or goes_by_policy:
        places[f"policy.{name}"] = ", ".join(phase.name for phase in goes_by_policy) or "all weeks"
    return places


def _thresholds(scenario: Scenario) -> Iterator[Lever]:
    if scenario.ai is None:
        return
    for name, label in (("answer_threshold", "AI answers from"), ("route_threshold", "AI routes from")):
        places = threshold_paths(scenario, name)
        for path, where in places.items():
            value = figure_at(scenario, path)
            told = label if len(places) == 1 else f"{label}, in “{where}”"
            if value is not None:
                yield Lever(path, told, "Thresholds", "share", float(value), 0.0, 1.0, 0.01)


def _people(scenario: Scenario) -> Iterator[Lever]:
    for name, team in scenario.teams.items():
        if team.agents is not None:
            yield _agents(f"teams.{name}.agents", name, float(team.agents))
        for number, shift in enumerate(team.shifts):
            path, when = f"teams.{name}.shifts[{number}].agents", f"{name}, {shift.days} {shift.start}"
            if len(shift.agents) == 1:
                yield _agents(path, when, float(shift.agents[0]))
            else:
                most = float(max(shift.agents))
                label, counts = f"{when}, agents more in every period", tuple(map(float, shift.agents))
                yield Lever(path, label, "People", "added", 0.0, -most, float(max(10, round(most))), 1.0, counts)


def _agents(path: str, label: str, value: float) -> Lever:
    return Lever(path, f"{label}, agents", "People", "count", value, 0.0, float(max(10, round(2 * value))), 1.0)


def _volume(scenario: Scenario) -> Iterator[Lever]:
    volume = scenario.arrivals.per_week
    if volume is not None and volume >= 1:  # The slider moves by whole tickets.
        step = 10.0 ** max(0, len(f"{volume:.0f}") - 3)
        low, high = (step * round(float(volume) * factor / step) for factor in (0.5, 2.0))
        yield Lever("arrivals.per_week", "Tickets a week", "Volume", "number", float(volume), low, high, step)


def _prices(scenario: Scenario) -> Iterator[Lever]:
    costs = scenario.costs
    if costs is None:
        return
    for part, path, names in ((costs, "costs", _PRICES), (costs.ai, "costs.ai", _AI_PRICES)):
        for name, label in names.items():
            value = getattr(part, name, None)
            if isinstance(value, Figure) and value > 0:
                digits = math.floor(math.log10(value))
                step = 10.0**digits / 20 if value >= 1 else min(0.01, 10.0**digits / 10)
                told = f"{label}, {costs.currency}"
                yield Lever(f"{path}.{name}", told, "Prices", "money", float(value), 0.0, 3 * float(value), step)


def _counts_at(scenario: Scenario, path: str) -> tuple[float, ...]:
    """Return the list of figures at a path of the model; empty if none stands there."""
    found = _at(scenario, path)
    return tuple(map(float, found)) if isinstance(found, tuple) and found else ()


def figure_at(scenario: Scenario, path: str) -> Figure | None:
    """Return the figure at a path of the model (a list of one stands for it); None if none stands there."""
    found = _at(scenario, path)
    if isinstance(found, tuple) and len(found) == 1:
        found = found[0]
    return found if isinstance(found, Figure) else None


def _at(scenario: Scenario, path: str) -> Any:
    found: Any = scenario
    for step in parse_path(path):
        if isinstance(found, Mapping):
            found = found.get(step)
        elif isinstance(step, int):
            found = found[step] if isinstance(found, tuple) and step < len(found) else None
        else:
            found = getattr(found, step, None)
    return found
