"""The space of a search: whose thresholds may be set, and the desk that lives by them.

What is tuned is the desk in operation, not its pilot: the rules of the last phase, in force from the first day on
(warm-up included), in all weeks of the scenario. So every candidate meets the same customers, and every week counts.
The AI is as good as the scenario says at its start, and learns from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from simulator.base.errors import Problem, StudyError
from simulator.base.memo import remembered
from simulator.journeys.rules import rules_in_force
from simulator.scenario import RULES, Mode, Scenario, override
from simulator.studies.running.variants import Variant

STEP = 0.01
"""Thresholds are set in whole hundredths: nobody can tell finer ones apart."""
NEVER = 1.0
"""Threshold from which an AI that is never quite sure answers nothing."""


@dataclass(frozen=True)
class ThresholdSetting:
    """A threshold for each tuned intent, in the order of the space."""

    answer: tuple[float, ...]
    route: tuple[float, ...]

    @property
    def name(self) -> str:
        """Name the setting, the same for the same thresholds."""
        return f"answer {_joined(self.answer)}; route {_joined(self.route)}"

    @property
    def thresholds(self) -> tuple[float, ...]:
        """All thresholds, answers first."""
        return self.answer + self.route

    def moved(self, places: Mapping[int, float]) -> ThresholdSetting:
        """Return the setting with some thresholds (by their place in `thresholds`) replaced."""
        new = [places.get(place, value) for place, value in enumerate(self.thresholds)]
        return ThresholdSetting(tuple(new[: len(self.answer)]), tuple(new[len(self.answer) :]))


@dataclass(frozen=True)
class Knob:
    """One or more thresholds that are set together."""

    kind: str
    """answer or route."""
    intent: str
    """Intent whose threshold it is; empty for one threshold for all."""
    places: tuple[int, ...]
    """Where they stand in a setting's thresholds."""

    @property
    def title(self) -> str:
        """Name the knob for people."""
        return f"{self.kind}_threshold" + (f" of {self.intent}" if self.intent else "")


@dataclass(frozen=True)
class Space:
    """Intents whose thresholds are tuned, one by one or all alike."""

    scenario: Scenario
    live: Scenario
    """The desk in operation, with its present thresholds."""
    answered: tuple[str, ...]
    """Intents that the AI may answer (auto mode, no rule against it)."""
    routed: tuple[str, ...]
    """Intents whose label decides the queue where the AI is sure enough, and makes a difference."""
    per_intent: bool

    @cached_property
    def as_is(self) -> ThresholdSetting:
        """The present thresholds."""
        force, names = rules_in_force(self.live), list(self.live.intents)
        answer, route = force.answer_threshold[0], force.route_threshold[0]
        return ThresholdSetting(
            tuple(float(answer[names.index(name)]) for name in self.answered),
            tuple(float(route[names.index(name)]) for name in self.routed),
        )

    def alike(self, answer: float, route: float) -> ThresholdSetting:
        """Return the setting with one answer and one routing threshold for all."""
        return ThresholdSetting((rounded(answer),) * len(self.answered), (rounded(route),) * len(self.routed))

    @cached_property
    def knobs(self) -> tuple[Knob, ...]:
        """What a search may turn: each intent's thresholds, or one of each kind."""
        found: list[Knob] = []
        for kind, names, first in (("answer", self.answered, 0), ("route", self.routed, len(self.answered))):
            places = range(first, first + len(names))
            if self.per_intent:
                found += [Knob(kind, name, (place,)) for name, place in zip(names, places, strict=True)]
            elif names:
                found.append(Knob(kind, "", tuple(places)))
        return tuple(found)

    def turned(self, setting: ThresholdSetting, knob: Knob, value: float) -> ThresholdSetting:
        """Return a setting with one knob at another value."""
        return setting.moved(dict.fromkeys(knob.places, rounded(value)))

    def variant(self, setting: ThresholdSetting, name: str = "", changes: Mapping[str, Any] | None = None) -> Variant:
        """Return the desk with these thresholds, under a name of its own where it has other changes, too."""
        told = tuple(
            (path, f"{value:g}") for path, value in {**self.changes(setting), **(changes or {})}.items()
            if isinstance(value, float)
        )  # fmt: skip
        scenario = override(self.live, {**self.changes(setting), **(changes or {})})
        return Variant(name or setting.name, scenario, told, self.scenario)

    def changes(self, setting: ThresholdSetting) -> dict[str, Any]:
        """Return what a setting changes in the desk in operation: paths and values."""
        by_path: dict[str, Any] = {}
        for field, names, values in (
            ("answer_threshold", self.answered, setting.answer), ("route_threshold", self.routed, setting.route),
        ):  # fmt: skip
            own = [name for name, rules in self.live.policy.intents.items() if getattr(rules, field) is not None]
            if values and len(set(values)) == 1:
                by_path[f"policy.{field}"] = values[0]
                by_path |= {f"policy.intents.{name}.{field}": None for name in own if name in names}
                continue
            by_path |= {f"policy.intents.{name}.{field}": value for name, value in zip(names, values, strict=True)}
        return by_path


def space_of(scenario: Scenario, *, per_intent: bool) -> Space:
    """Find out whose thresholds can be tuned; raise StudyError where there are none."""
    if scenario.ai is None:
        raise StudyError(Problem(scenario.name, "ai", "is missing; must be described, as its thresholds are tuned"))
    live = live_desk(scenario)
    force = rules_in_force(live)
    auto, assist = Mode.AUTO, Mode.ASSIST
    mode = force.mode[0]
    barred = set(live.policy.always_human.intents)
    answered = tuple(name for name, own in zip(live.intents, mode, strict=True) if own == auto and name not in barred)
    labels = np.isin(mode, (auto, assist)) & force.routing[0] & (scenario.ai.routing is not None)
    routed = tuple(name for name, used in zip(live.intents, labels, strict=True) if used)
    if not answered:
        last = f"phase {scenario.policy.phases[-1].name!r}" if scenario.policy.phases else "the policy"
        rule = f"lets the AI answer no intent in {last}; must have mode auto for one, or there is nothing to tune"
        raise StudyError(Problem(scenario.name, "policy", rule))
    return Space(scenario, live, answered, routed, per_intent)


@remembered
def live_desk(scenario: Scenario) -> Scenario:
    """Return the desk in operation: the rules of the last phase as the general ones, and no phases."""
    return override(scenario, live_changes(scenario)) if scenario.policy.phases else scenario


def desk_in_phase(scenario: Scenario, phases: int) -> Scenario:
    """Return the desk as the last of its first so many phases has it, that phase's rules throughout; 0: before any."""
    so_far = [phase.model_dump(mode="json") for phase in scenario.policy.phases[:phases]]
    return live_desk(override(scenario, {"policy.phases": so_far}))


def live_changes(scenario: Scenario) -> dict[str, Any]:
    """Return what turns a scenario into its desk in operation: paths and values; empty without phases.

    What a phase states for all wins over what the policy states for an intent, as it does while the phase lasts.
    """
    policy = scenario.policy
    if not policy.phases:
        return {}
    last = policy.phases[-1]
    changes: dict[str, Any] = {}
    for rule in RULES:
        value = getattr(last, rule) if getattr(last, rule) is not None else getattr(policy, rule)
        if value is not None:
            changes[f"policy.{rule}"] = _plain(value)
    intents: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys([*policy.intents, *last.intents]):
        rules = {}
        for rule in RULES:
            own = getattr(last.intents[name], rule) if name in last.intents else None
            wide = getattr(policy.intents[name], rule) if name in policy.intents else None
            value = own if own is not None else wide if getattr(last, rule) is None else None
            if value is not None:
                rules[rule] = _plain(value)
        if rules:
            intents[name] = rules
    return {**changes, "policy.intents": intents, "policy.phases": []}


def rounded(threshold: float) -> float:
    """Round a threshold to whole hundredths within 0 and 1."""
    return round(min(max(threshold, 0.0), NEVER), 2)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Mode) else value if isinstance(value, bool) else float(value)


def _joined(values: tuple[float, ...]) -> str:
    texts = [f"{value:g}" for value in values]
    return texts[0] if len(set(texts)) == 1 else "/".join(texts) if texts else "–"
