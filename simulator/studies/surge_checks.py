"""Checks of surge rules: whether they can have an effect, and whether it is the one that was meant."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.journeys import Journeys
from simulator.journeys.rules import rules_in_force, rules_in_surge
from simulator.scenario.model import Scenario
from simulator.scenario.policy import Mode
from simulator.scenario.surge import THRESHOLDS, SurgeRules
from simulator.studies.findings import Finding

PLACE = "policy.surge"


def surge_findings(scenario: Scenario, journeys: Journeys) -> list[Finding]:
    """Look the surge rules over; nothing where there are none."""
    rules, both = scenario.policy.surge, journeys.both
    if rules is None or both is None:
        return []
    reached = {scenario.queues[number] for number in np.unique(both.steps.queue) if 0 <= number < len(scenario.queues)}
    idle = [queue for queue in rules.queues if queue not in reached]
    found = [
        Finding("warning", f"{PLACE}.queues", f"{queue!r} is a queue that no ticket of this policy reaches")
        for queue in idle
    ]
    moved = float((both.surge.first != both.steps.first).mean()) if len(both.surge.first) else 0.0
    if rules.queues and len(idle) == len(rules.queues):
        found.append(Finding("warning", PLACE, "has no effect: nobody ever waits in the lines that it looks at"))
    elif not moved:
        found.append(Finding("warning", PLACE, f"has no effect: {_why_idle(scenario)}"))
    else:
        text = f"moves {moved:.0%} of tickets, if all of them arrived while the lines were long"
        found.append(Finding("note", PLACE, text))
    return [*found, *_raised(scenario), *_overruled(scenario, rules)]


def _why_idle(scenario: Scenario) -> str:
    usual, then = rules_in_force(scenario), rules_in_surge(scenario)
    acts = {
        "route_threshold": (usual.mode >= Mode.ASSIST) & usual.routing,
        "answer_threshold": usual.mode == Mode.AUTO,
        "gather_threshold": usual.mode == Mode.AUTO,
    }
    differing = [name for name in THRESHOLDS if (getattr(usual, name) != getattr(then, name)).any()]
    if not differing:
        return "its thresholds are those in force anyway"
    if not any(acts[name].any() for name in differing):
        return f"{' and '.join(differing)} count for nothing in the modes of this policy"
    return "no ticket's confidence lies between its thresholds and those in force anyway"


def _raised(scenario: Scenario) -> Iterator[Finding]:
    """Warn of thresholds that rise, which sends people more work while they have too much."""
    usual, then = rules_in_force(scenario), rules_in_surge(scenario)
    is_auto = usual.mode == Mode.AUTO
    for name in ("answer_threshold", "gather_threshold"):
        higher = is_auto & (getattr(then, name) > getattr(usual, name))
        if higher.any():
            intents = [intent for intent, rises in zip(scenario.intents, higher.any(axis=0), strict=True) if rises]
            text = f"is above the one in force anyway for {', '.join(intents)}: people get more work while lines are"
            yield Finding("warning", f"{PLACE}.use.{name}", f"{text} long, not less")


def _overruled(scenario: Scenario, rules: SurgeRules) -> Iterator[Finding]:
    """Note intents with thresholds of their own, which general surge thresholds set aside."""
    layers = [scenario.policy.intents, *(phase.intents for phase in scenario.policy.phases)]
    for name in THRESHOLDS:
        own = {intent for layer in layers for intent, given in layer.items() if getattr(given, name) is not None}
        kept = {intent for intent, given in rules.use.intents.items() if getattr(given, name) is not None}
        told = [intent for intent in scenario.intents if intent in own - kept]
        if told and getattr(rules.use, name) is not None:
            text = f"also holds for {', '.join(told)}, whose own {name} it sets aside; to keep that, give it under"
            yield Finding("note", f"{PLACE}.use.{name}", f"{text} {PLACE}.use.intents")
