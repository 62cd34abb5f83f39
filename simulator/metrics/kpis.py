"""KPIs of one run, overall and by group."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.base.arrays import Floats, Ints
from simulator.metrics.facts import Facts
from simulator.metrics.load import WeekLoad
from simulator.metrics.measures import Measure, Ratio, Total, mean_of
from simulator.metrics.registry import KPIS, RESOLVER_KPIS
from simulator.metrics.satisfaction import answers_survey, has_score, scores
from simulator.scenario import Scenario


def applicable(scenario: Scenario) -> tuple[str, ...]:
    """Name the KPIs that exist for a scenario (no CSAT without `csat`, no money without `costs` …)."""
    has = {
        "ai": scenario.ai is not None,
        "surge": scenario.policy.surge is not None,
        "sla": bool(scenario.sla.first_response or scenario.sla.resolution),
        "csat": scenario.csat is not None,
        "costs": scenario.costs is not None,
    }
    return tuple(kpi.name for kpi in KPIS if all(has[part] for part in kpi.needs.split()))


def _groupings(facts: Facts) -> dict[str, tuple[tuple[str, ...], Ints]]:
    """Return the ways in which KPIs are broken down: group names, and the group of each ticket that counts."""
    scenario, tickets, first = facts.scenario, facts.tickets, facts.first_counted
    weeks = int(scenario.weeks)
    return {
        "intent": (tuple(scenario.intents), tickets.intent[first:]),
        "channel": (tuple(scenario.channels), tickets.channel[first:]),
        "tier": (tuple(scenario.tiers), tickets.tier[first:]),
        "week": (tuple(f"week {week}" for week in range(1, weeks + 1)), tickets.week[first:] - 1),
        "difficulty": (("easier nine tenths", "hardest tenth"), tickets.is_hardest[first:].astype(np.int64)),
    }


def measures(facts: Facts, rated: Floats | None) -> dict[str, Measure]:
    """Return the measure of every KPI that is computed from ticket columns, over the tickets that count.

    `rated` are satisfaction scores (NaN for none) of shape (n_tickets,); None leaves CSAT out.
    """
    names = set(applicable(facts.scenario))
    found: dict[str, Measure] = {kpi.name: kpi.measure(facts) for kpi in KPIS if kpi.measure and kpi.name in names}
    if rated is not None:
        closed = has_score(facts)
        found["csat_mean"] = mean_of(rated)
        found["csat_satisfied"] = Ratio(rated >= 4, closed)
        answers = answers_survey(facts, rated)
        found["survey_answers"] = Total(answers)
        found["csat_survey"] = mean_of(np.where(answers, rated, np.nan))
        if "csat_satisfied_ai" in names:
            alone = facts.ai_alone & closed
            found["csat_satisfied_ai"] = Ratio((rated >= 4) & alone, alone)
            found["survey_answers_ai"] = Total(answers & alone)
        for name, resolver in RESOLVER_KPIS.items():
            if name in names:
                found[name] = mean_of(np.where(facts.resolver == resolver, rated, np.nan))
    if facts.first_counted == 0:
        return found
    return {name: measure.since(facts.first_counted) for name, measure in found.items()}


def desk_figures(facts: Facts, load: WeekLoad) -> dict[str, float]:
    """Return the KPIs that belong to the desk as a whole: backlog and occupancy."""
    waits = facts.human_waits
    horizon = facts.scenario.horizon_minutes
    hours = np.arange(0.0, horizon, 60.0)
    inside = np.clip(waits.left, 0.0, horizon) - np.clip(waits.joined, 0.0, horizon)
    on_duty = float(load.on_duty.sum())
    return {
        "backlog_mean": float(inside.sum()) / horizon,
        "backlog_peak": float(waits.under_way(hours).max(initial=0.0)),
        "backlog_end": float(waits.under_way(np.array([horizon]))[0]),
        "occupancy": float(load.busy.sum()) / on_duty if on_duty else float("nan"),
    }


def csat_gap(facts: Facts, rated: Floats, baseline: Facts, baseline_rated: Floats) -> float:
    """Return how far satisfaction after the AI alone lies below the baseline's, in points; NaN without AI answers."""
    alone = facts.ai_alone & has_score(facts)
    everyone = has_score(baseline)
    if not alone.any() or not everyone.any():
        return float("nan")
    return 100 * float((baseline_rated[everyone] >= 4).mean() - (rated[alone] >= 4).mean())


def breakdown(facts: Facts, found: dict[str, Measure]) -> Iterator[tuple[str, str, str, float]]:
    """List (grouping, group, kpi, value) for every measure and group."""
    for grouping, (names, group) in _groupings(facts).items():
        for kpi, measure in found.items():
            for name, value in zip(names, measure.by_group(group, len(names)), strict=True):
                yield grouping, name, kpi, float(value)


def rate(facts: Facts, anchor: float | None) -> Floats | None:
    """Return satisfaction scores, or None where the scenario has no CSAT."""
    return None if facts.scenario.csat is None or anchor is None else scores(facts, anchor)
