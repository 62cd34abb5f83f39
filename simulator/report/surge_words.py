"""Surge rules in words: when they were in force, for how many tickets, and what they changed."""

from __future__ import annotations

from simulator.metrics.registry import format_value
from simulator.report.drawing import listed
from simulator.report.words import clean
from simulator.scenario.surge import SurgeRules, Thresholds
from simulator.studies.results import Replications

VERBS = {
    "answer_threshold": "answers from",
    "gather_threshold": "gathers information from",
    "route_threshold": "routes from",
}


def surge(study: Replications) -> str:
    """Say for how many tickets the surge rules were in force, and what they say; empty where there are none."""
    rules = study.scenario.policy.surge
    if rules is None or study.scenario.ai is None:
        return ""
    said = [_thresholds(rules.use, "")] + [
        _thresholds(own, f" for {clean(intent)}") for intent, own in rules.use.intents.items()
    ]
    share = study.spelled("in_surge")
    return (
        f"Surge rules were in force for {share} of tickets, those that arrived while {_when(rules)}:"
        f" the AI then {listed([text for text in said if text])}."
    )


def _when(rules: SurgeRules) -> str:
    lines = f"the lines of {listed([clean(queue) for queue in rules.queues])}" if rules.queues else "people's lines"
    if rules.when.queue_wait is not None:
        return f"the longest wait in {lines} was above {format_value('minutes', float(rules.when.queue_wait))}"
    return f"more than {float(rules.when.backlog or 0):g} tickets waited in {lines}"


def _thresholds(given: Thresholds, whom: str) -> str:
    thresholds = {verb: getattr(given, name) for name, verb in VERBS.items()}
    said = [f"{verb} {float(threshold):g}" for verb, threshold in thresholds.items() if threshold is not None]
    return f"{listed(said)}{whom}" if said else ""
