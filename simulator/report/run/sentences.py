"""A run in words: what the AI changes and whether it pays, how sure that is, and what happened to surge rules."""

from __future__ import annotations

import math

from simulator.base.text import clean, counted, listed
from simulator.base.units import format_value
from simulator.metrics.registry import BY_NAME
from simulator.report.format import size_of, spelled
from simulator.report.run.flow_chart import solved_by_ai
from simulator.report.words import SAME, UNCLEAR, compares, value_of, verdict, weeks_of
from simulator.scenario import SurgeRules, Thresholds
from simulator.studies.run.opening import Opening
from simulator.studies.running.results import Replications

_ANSWER = {
    "sla_breach": ("SLA breaches", "rise", "fall"),
    "first_response_p50": ("the median first response", "takes longer", "is quicker"),
    "aht": ("the handle time of what people still do", "rises", "falls"),
    "csat_mean": ("CSAT", "rises", "falls"),
    "cost_total": ("total cost", "rises", "falls"),
}
"""KPIs of the answer: subject, and what it does when the figure is higher or lower."""
_PLAIN = {
    "aht": "handle time",
    "first_response_p50": "median first response",
    "sla_breach": "SLA breaches",
    "abandonment": "abandonment",
    "occupancy": "occupancy",
    "csat_mean": "CSAT",
    "cost_per_ticket": "cost per ticket",
}
"""KPIs of the answer for a desk without AI, as a sentence calls them."""
_VALUES = {
    "net_value_capacity": "counting that time as money",
    "net_value_cash": "counting only what the roster costs less",
}
_FEW = 5
_UNFINISHED = 0.01
"""Share of tickets left open from which it is worth a warning."""


def answer(study: Replications) -> str:
    """Say in one sentence what the AI changes against the same weeks without it, or what people do alone."""
    if not study.has_baseline:
        facts = [f"{words} {value_of(study, name)}" for name, words in _PLAIN.items() if name in study.kpi_names]
        return f"Over {weeks_of(study)}, people alone handle {value_of(study, 'tickets')} tickets: {listed(facts)}."
    start = f"Over {weeks_of(study)} the AI resolves {spelled('share', solved_by_ai(study))} of tickets by itself"
    changes, level = [], []
    for name, (subject, up, down) in _ANSWER.items():
        if not compares(study, name):
            continue
        found, kpi = study.difference(name), BY_NAME[name]
        judged = verdict(kpi, found)
        if judged in (UNCLEAR, SAME):
            level.append(subject)
        elif judged:
            size = size_of(kpi.unit, found.mean, study.currency)
            changes.append(f"{subject} {up if found.mean > 0 else down} by {size}, to {value_of(study, name)}")
    told = [f"against the same weeks without it, {listed(changes)}"] if changes else []
    if level:
        told.append(f"no clear change shows in {listed(level)}")
    return f"{'; '.join([start, *told])}."


def worth(study: Replications) -> str:
    """Say whether it pays, in freed time and in cash; empty without money or AI."""
    if not study.has_baseline or "net_value_cash" not in study.kpi_names:
        return ""
    saved = f"It frees {study.spelled('hours_saved')} of agent work"
    nets = []
    for name, what in _VALUES.items():
        found = study.estimate(name)
        sure = " (which may be chance)" if len(study) > 1 and not found.excludes_zero else ""
        nets.append(f"{what}, the net value is {study.spelled(name, found)}{sure}")
    return f"{saved}; {', and '.join(nets)}."


def how_sure(study: Replications) -> str:
    """Say what the intervals cover and what they do not."""
    count = len(study)
    if count == 1:
        return "This is a single run: nothing here tells how far chance moves the figures. Run more replications."
    own = " The desk without AI keeps today's roster (`baseline` in the scenario)."
    few = f" With only {count} replications they are wide." if count < _FEW else ""
    pairs = " Differences compare the same customers with and without the AI." if study.has_baseline else ""
    return (
        f"Intervals are 95 % confidence intervals of {count} replications with fresh customers.{few}{pairs}"
        f"{own if study.has_baseline and study.scenario.baseline else ''}"
        " They cover chance, not how well the inputs are known."
    )


def unfinished(study: Replications) -> list[str]:
    """Warn of work that was not done by the end: what nobody did saves nothing and costs nothing."""
    texts = []
    for baseline, desk in ((False, "This desk"), (True, "The desk without AI")):
        if baseline and not study.has_baseline:
            continue
        share = study.estimate("open_at_end", baseline=baseline).mean
        if share > _UNFINISHED:
            texts.append(f"{desk} leaves {share:.0%} of tickets open at the end; hours saved count finished work only")
    return texts


def first_days(opening: Opening) -> str:
    """Say whether the simulation starts with as many open tickets as the desk would have had, had it run before."""
    if math.isnan(opening.short_by):
        return "How many open tickets day 1 should start with is not known: there is no longer run-in to compare with"
    usual = f"{opening.usual:,.0f}"
    if not opening.is_notable:
        here = f"{opening.usual - opening.short_by:,.0f}"
        return f"The simulation starts with {here} open tickets, about as many as the {usual} of a longer run-in"
    missing = f"of the {usual} tickets that people would have on day 1 {opening.short_by:,.0f} are missing"
    if not math.isfinite(opening.days):
        # A longer run-in would only make the difference another one: a desk that never settles has no usual level.
        later = "the gap does not close within the weeks compared, as on a desk that is offered more than it can do"
        return f"The simulation starts with fewer open tickets than a longer run-in gives: {missing}, and {later}"
    told = f"The simulation starts with too few open tickets: {missing}, and it takes {_days(opening.days)} to catch up"
    return f"{told}; set `warm_up: {opening.wanted_days}d`"


def mser(opening: Opening) -> str:
    """Say what MSER-5, which only those who know it can use, would cut off."""
    return _days(opening.mser_days) if math.isfinite(opening.mser_days) else "cannot tell"


def _days(days: float) -> str:
    return f"{days:.1f}".removesuffix(".0") + (" day" if days == 1 else " days")


def asked(study: Replications) -> str:
    """Return the question that every run answers."""
    if study.has_baseline:
        return "What does this desk do with the AI, against the same weeks without it?"
    return "What does this desk do?"


def made_of(study: Replications) -> str:
    """Say how much was simulated."""
    return f"{counted(len(study), 'replication')} of {weeks_of(study)}, seed {study.seed}"


def held_against(study: Replications) -> str:
    """Say what the figures are compared with."""
    if not study.has_baseline:
        return "nothing: the desk has no AI that could be left out"
    own = ", with today's roster (`baseline` in the scenario)" if study.scenario.baseline else ""
    return f"the same customers in the same weeks without the AI{own}"


# -- surge rules in words ---------------------------------------------------------------------------------------------


_VERBS = {
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
    thresholds = {verb: getattr(given, name) for name, verb in _VERBS.items()}
    said = [f"{verb} {float(threshold):g}" for verb, threshold in thresholds.items() if threshold is not None]
    return f"{listed(said)}{whom}" if said else ""
