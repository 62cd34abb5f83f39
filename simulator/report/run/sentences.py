"""A run in words: what the AI changes and is worth, how sure that is, and the policy and roster in force."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from simulator.base.calendars import WEEKS_PER_MONTH
from simulator.base.stats import Estimate, estimate
from simulator.base.text import clean, counted, listed, short
from simulator.base.units import format_value
from simulator.metrics.registry import BY_NAME
from simulator.report.format import bracketed, size_of, spelled
from simulator.report.run.flow_chart import solved_by_ai
from simulator.report.run.gates import phase_rows
from simulator.report.words import SAME, UNCLEAR, compares, value_of, verdict, weeks_of
from simulator.scenario import Scenario, SurgeRules, Team, Thresholds
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
        f"Brackets are 95 % intervals from {count} replications with fresh customers.{few}{pairs}"
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


def first_days(opening: Opening, *, mser: bool = True) -> str:
    """Say whether the simulation starts with as many open tickets as the desk would have had, had it run before.

    `mser` adds what MSER-5 says, which only those who know it can use.
    """
    cuts = ""
    if mser:
        told = f"MSER-5 cuts {_days(opening.mser_days)}" if math.isfinite(opening.mser_days) else "MSER-5 cannot tell"
        cuts = f" ({told})"
    if math.isnan(opening.short_by):
        wanted = "How many open tickets day 1 should start with is not known"
        return f"{wanted}: there is no longer run-in to compare with{cuts}"
    usual = f"{opening.usual:,.0f}"
    if not opening.is_notable:
        here = f"{opening.usual - opening.short_by:,.0f}"
        return f"The simulation starts with {here} open tickets, about as many as the {usual} of a longer run-in{cuts}"
    missing = f"of the {usual} tickets that people would have on day 1 {opening.short_by:,.0f} are missing"
    if not math.isfinite(opening.days):
        # A longer run-in would only make the difference another one: a desk that never settles has no usual level.
        later = "the gap does not close within the weeks compared, as on a desk that is offered more than it can do"
        return f"The simulation starts with fewer open tickets than a longer run-in gives: {missing}, and {later}{cuts}"
    later = f"it takes {_days(opening.days)} to catch up"
    told = f"The simulation starts with too few open tickets: {missing}, and {later}{cuts}"
    return f"{told}; set `warm_up: {opening.wanted_days}d`"


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


# -- the policy and the roster that a run's answer holds for, in a sentence each --------------------------------------


_MOST = 5
"""Phases, teams and shifts of a team that are named."""
_NONE = "–"
"""How a phase's row writes that the AI answers nothing by itself."""


def in_force(scenario: Scenario) -> str:
    """Say from which confidence the AI answers, by phase, and how many agents each team has."""
    return " ".join([*_thresholds_in_force(scenario), _agents(scenario)])


def _thresholds_in_force(scenario: Scenario) -> Iterator[str]:
    if scenario.ai is None:
        return
    rows = list(phase_rows(scenario))
    bars = {bar for _, _, _, bar in rows}
    if bars == {_NONE}:
        yield "The AI answers nothing by itself."
    elif len(bars) == 1:
        yield f"The AI answers from a confidence of {rows[0][3]}."
    else:
        places = [(f"“{short(name)}” ({_when_in_force(weeks)})", bar) for name, weeks, _, bar in rows]
        told = _first([f"{bar} in {place}" for place, bar in places if bar != _NONE])
        silent = _first([place for place, bar in places if bar == _NONE])
        none = f"; in {silent} it answers nothing by itself" if silent else ""
        yield f"The AI answers from a confidence of {told}{none}."


def _when_in_force(weeks: str) -> str:
    return f"week{'s' if ' to ' in weeks else ''} {weeks}"


def _agents(scenario: Scenario) -> str:
    teams = [f"{short(name)} {_heads(team)}" for name, team in scenario.teams.items()]
    return f"Agents by shift: {_first(teams, '; ')}."


def _heads(team: Team) -> str:
    if team.agents is not None:
        return f"{int(team.agents)} round the clock"
    counts = []
    for shift in team.shifts:
        low, high = int(min(shift.agents)), int(max(shift.agents))
        counts.append(f"{low}" if low == high else f"{low} to {high}")
    return listed(counts) if len(counts) <= _MOST else f"{_first(counts)} in {len(counts)} shifts"


def _first(texts: list[str], between: str = ", ") -> str:
    """Join the first few texts."""
    return between.join([*texts[:_MOST], *(["…"] if len(texts) > _MOST else [])])


# -- what an ai is worth over the simulated weeks, in words and rows --------------------------------------------------


IN_TIME = ("hours_saved", "saving_capacity", "net_value_capacity", "roi_capacity", "payback_months")
IN_CASH = ("saving_cash", "net_value_cash", "roi_cash", "payback_cash_months")


def in_time(study: Replications) -> str:
    """Say what the freed time is worth, as capacity."""
    return (
        f"In time: over {weeks_of(study)} the AI frees {study.spelled('hours_saved')} of agents' work, worth"
        f" {_level(study, 'saving_capacity')} at their hourly cost; after the AI's cost and the change of penalties and"
        f" churn, that leaves {study.spelled('net_value_capacity')}{_doubt(study, 'net_value_capacity')}, an ROI of"
        f" {study.spelled('roi_capacity')}."
    )


def in_cash(study: Replications) -> str:
    """Say what is paid less, as cash."""
    saved = study.estimate("saving_cash").mean
    if abs(saved) < 0.005:
        roster = "the roster costs the same with and without the AI"
    else:
        much = format_value("money", abs(saved), study.currency)
        roster = f"the roster costs {much} {'less' if saved > 0 else 'more'} than without AI"
    told = (
        f"In cash: {roster}, so after the AI's cost the net value over {weeks_of(study)} is"
        f" {study.spelled('net_value_cash')}{_doubt(study, 'net_value_cash')}, an ROI of {study.spelled('roi_cash')}"
    )
    return f"{told}." if saved > 0.005 else f"{told}; freed hours become money only when shifts change."


def worth_rows(studies: Sequence[Replications], names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the title of each KPI, and the figure with its interval in each study."""
    return [(BY_NAME[name].title, *(_written(study, name) for study in studies)) for name in names]


def _written(study: Replications, name: str) -> str:
    """Write a KPI of money with its interval; a payback in words where there is none."""
    if BY_NAME[name].unit != "months":
        found = study.estimate(name)
        mean, low, high = (study.written(name, value) for value in (found.mean, found.low, found.high))
        return mean if mean == low == high else study.spelled(name)
    values = study.values(name)
    if np.isfinite(values).all():
        return "at once" if not values.any() else study.spelled(name)
    never = int((~np.isfinite(values)).sum())
    return "does not pay back" if never == len(values) else f"not in {never} of {len(values)} replications"


def cost_rows(study: Replications) -> list[tuple[str, str, str, str]]:
    """Return each kind of cost with the AI, without it, and the difference paired by replication, with intervals."""
    kinds = dict.fromkeys([*study.costs(), *(study.costs(baseline=True) if study.has_baseline else ())])
    rows = [_cost_row(study, kind, [kind]) for kind in kinds]
    return [*[row for row in rows if row is not None], *filter(None, [_cost_row(study, "All costs", list(kinds))])]


def set_up_share(study: Replications) -> str:
    """Say what lies between the difference of all costs and the net value in cash; empty where nothing does."""
    costs = study.scenario.costs
    if costs is None or not study.has_baseline or not costs.set_up:
        return ""
    share = float(costs.set_up) * float(study.scenario.weeks) / WEEKS_PER_MONTH / float(costs.horizon_months)
    part, whole = (format_value("money", value, study.currency) for value in (share, float(costs.set_up)))
    rise = study.difference("cost_total").mean
    change = f"{format_value('money', abs(rise), study.currency)} {'more' if rise > 0 else 'less'} than without AI"
    return (
        f"Set-up is not in these costs. They come to {change}; with set-up's share of {weeks_of(study)},"
        f" {part} of {whole} over {float(costs.horizon_months):g} months, that makes a net value in cash of"
        f" {_level(study, 'net_value_cash')}."
    )


def _cost_row(study: Replications, name: str, kinds: list[str]) -> tuple[str, str, str, str] | None:
    own = np.array([sum(result.arm.costs.get(kind, 0.0) for kind in kinds) for result in study.results])
    there = np.array(
        [
            sum(result.baseline.costs.get(kind, 0.0) for kind in kinds) if result.baseline is not None else math.nan
            for result in study.results
        ]
    )
    if not own.any() and not np.nan_to_num(there).any():
        return None
    gap = _money(study, estimate(own - there), signed=True)
    return name, _money(study, estimate(own)), _money(study, estimate(there)), gap


def _money(study: Replications, found: Estimate, *, signed: bool = False) -> str:
    if not math.isfinite(found.mean):
        return "–"
    mean, low, high = (format_value("money", value, study.currency) for value in (found.mean, found.low, found.high))
    sign = "+" if signed and found.mean > 0 else ""
    return sign + (mean if low == high else bracketed(mean, low, high, found=found))


def _level(study: Replications, name: str) -> str:
    return study.written(name, study.estimate(name).mean)


def _doubt(study: Replications, name: str) -> str:
    """Say where a figure may as well be nothing."""
    return " (which may be chance)" if verdict(BY_NAME[name], study.estimate(name)) == UNCLEAR else ""
