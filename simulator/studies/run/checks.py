"""Checks before simulating: what a scenario's author would want to know before waiting, surge rules included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulator.base.arrays import Bools, Floats
from simulator.base.calendars import parse_time
from simulator.base.errors import Notice
from simulator.distributions import ShadowLog
from simulator.journeys import Journeys, Kind, plan_journeys
from simulator.journeys.rules import rules_in_force, rules_in_surge
from simulator.journeys.sla import SlaClock, target_minutes
from simulator.rosters import TeamRoster, build_rosters
from simulator.scenario import (
    KINDS,
    RULES,
    THRESHOLDS,
    Mode,
    Phase,
    Scenario,
    SurgeRules,
    assumption_ledger,
    expected_tickets,
    opening_empty,
    without_ai,
)
from simulator.studies.run.offered_load import TeamLoad, hour_name, team_loads
from simulator.tickets import Tickets, draw_tickets

_PLACE = "policy.surge"


def _surge_findings(scenario: Scenario, journeys: Journeys) -> list[Notice]:
    """Look the surge rules over; nothing where there are none."""
    rules, both = scenario.policy.surge, journeys.both
    if rules is None or both is None:
        return []
    reached = {scenario.queues[number] for number in np.unique(both.steps.queue) if 0 <= number < len(scenario.queues)}
    idle = [queue for queue in rules.queues if queue not in reached]
    found = [
        Notice("warning", f"{_PLACE}.queues", f"{queue!r} is a queue that no ticket of this policy reaches")
        for queue in idle
    ]
    moved = float((both.surge.first != both.steps.first).mean()) if len(both.surge.first) else 0.0
    if rules.queues and len(idle) == len(rules.queues):
        found.append(Notice("warning", _PLACE, "has no effect: nobody ever waits in the lines that it looks at"))
    elif not moved:
        found.append(Notice("warning", _PLACE, f"has no effect: {_why_idle(scenario)}"))
    else:
        text = f"moves {moved:.0%} of tickets, if all of them arrived while the lines were long"
        found.append(Notice("note", _PLACE, text))
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


def _raised(scenario: Scenario) -> Iterator[Notice]:
    """Warn of thresholds that rise, which sends people more work while they have too much."""
    usual, then = rules_in_force(scenario), rules_in_surge(scenario)
    is_auto = usual.mode == Mode.AUTO
    for name in ("answer_threshold", "gather_threshold"):
        higher = is_auto & (getattr(then, name) > getattr(usual, name))
        if higher.any():
            intents = [intent for intent, rises in zip(scenario.intents, higher.any(axis=0), strict=True) if rises]
            text = f"is above the one in force anyway for {', '.join(intents)}: people get more work while lines are"
            yield Notice("warning", f"{_PLACE}.use.{name}", f"{text} long, not less")


def _overruled(scenario: Scenario, rules: SurgeRules) -> Iterator[Notice]:
    """Note intents with thresholds of their own, which general surge thresholds set aside."""
    layers = [scenario.policy.intents, *(phase.intents for phase in scenario.policy.phases)]
    for name in THRESHOLDS:
        own = {intent for layer in layers for intent, given in layer.items() if getattr(given, name) is not None}
        kept = {intent for intent, given in rules.use.intents.items() if getattr(given, name) is not None}
        told = [intent for intent in scenario.intents if intent in own - kept]
        if told and getattr(rules.use, name) is not None:
            text = f"also holds for {', '.join(told)}, whose own {name} it sets aside; to keep that, give it under"
            yield Notice("note", f"{_PLACE}.use.{name}", f"{text} {_PLACE}.use.intents")


# -- checks before simulating -----------------------------------------------------------------------------------------


_SLACK = 1e-9
_FEW_OBSERVATIONS = 200
"""Rows of a shadow log below which its quantiles and calibration are mostly chance."""
_FEWEST_A_WEEK = 7.0
"""Tickets a week, one a day, below which a volume is hardly meant."""
_NEVER_FIRST = 0.01
"""Share of tickets from which an SLA target that cannot be met is worth telling."""


@dataclass(frozen=True)
class Report:
    """What `check` found."""

    scenario: Scenario
    findings: tuple[Notice, ...]
    loads: tuple[TeamLoad, ...]
    tickets: int
    """Tickets in the replication that was looked at."""


def check(scenario: Scenario, seed: int = 1) -> Report:
    """Look a scenario over without simulating it; load is that of the scenario's weeks, its warm-up left out."""
    given = scenario
    scenario = opening_empty(scenario)
    tickets = draw_tickets(scenario, seed, 0)
    journeys = plan_journeys(scenario, tickets)
    off = plan_journeys(without_ai(scenario), tickets) if scenario.ai is not None else journeys
    rosters = build_rosters(scenario, seed, 0)
    loads = team_loads(scenario, tickets, journeys, off, rosters)
    findings = [
        *_load_findings(scenario, loads),
        *_queue_findings(scenario, journeys),
        *_sla_findings(scenario, tickets, journeys, rosters),
        *_ai_findings(scenario, journeys),
        *_surge_findings(scenario, journeys),
        *_timing_findings(scenario),
        *_volume_findings(scenario),
        *_overnight_findings(scenario),
        *(_before_phases_findings(given) if given.warm_up else overruled(given)),
        *_source_findings(given),
    ]
    return Report(given, tuple(findings), loads, len(tickets))


# -- load against rosters ----------------------------------------------------------------------------------


def _load_findings(scenario: Scenario, loads: tuple[TeamLoad, ...]) -> list[Notice]:
    found = []
    live = _teams_with_live_work(scenario)
    for load in loads:
        path = f"teams.{load.team}"
        if 1 < load.weekly < np.inf:
            text = f"is offered {load.weekly:.0%} of what it can do in a week: its backlog will grow without end"
            found.append(Notice("warning", path, text))
        elif 0.92 < load.weekly <= 1:
            text = f"is offered {load.weekly:.0%} of what it can do in a week: long queues are certain"
            found.append(Notice("warning", path, text))
        over = (load.offered > load.on_duty + _SLACK) & (load.on_duty > 0)
        if load.team in live and over.any():
            peak = load.peak_hour
            text = (
                f"serves people who wait on the line, and is offered more than it can do in {over.sum()} hours of the"
                f" week; worst {hour_name(peak)}: {load.offered[peak]:.1f} agents' work for {load.on_duty[peak]:.1f}"
            )
            found.append(Notice("warning", path, text))
        if load.weekly_without_ai > 1 >= load.weekly and not scenario.baseline:
            text = (
                f"could not do its work without the AI ({load.weekly_without_ai:.0%} of a week): the baseline collapses"
            )
            found.append(Notice("warning", path, text + "; give today's roster under `baseline`"))
        if not load.on_duty.any():
            found.append(Notice("warning", path, "has nobody on duty in any hour of the week"))
    return found


def _teams_with_live_work(scenario: Scenario) -> set[str]:
    live = {
        scenario.queue_of(intent, name, tier)
        for intent in scenario.intents
        for name, channel in scenario.channels.items()
        if channel.live
        for tier in scenario.tiers
    }
    return {team for team in scenario.teams if live & set(scenario.served_by(team))}


# -- queues, targets, AI, sources --------------------------------------------------------------------------


def _queue_findings(scenario: Scenario, journeys: Journeys) -> list[Notice]:
    used = {scenario.queues[number] for number in np.unique(journeys.steps.queue) if 0 <= number < len(scenario.queues)}
    found = []
    for team in scenario.teams:
        idle = [queue for queue in scenario.served_by(team) if queue not in used]
        if len(idle) == len(scenario.served_by(team)):
            found.append(
                Notice("warning", f"teams.{team}", f"serves no queue that any ticket reaches ({', '.join(idle)})")
            )
        else:
            text = "is a queue that no ticket of this policy reaches"
            found += [Notice("note", f"teams.{team}.serves", f"{queue!r} {text}") for queue in idle]
    other = sum(float(intent.share) for intent in scenario.intents.values() if intent.catch_all)
    if other > scenario.handling.other_share_max:
        text = f"the catch-all bucket holds {other:.0%} of tickets; above {scenario.handling.other_share_max:.0%} the"
        found.append(Notice("warning", "intents", text + " taxonomy needs more intents"))
    return found


def _sla_findings(
    scenario: Scenario, tickets: Tickets, journeys: Journeys, rosters: tuple[TeamRoster, ...]
) -> list[Notice]:
    """Warn of targets that no number of agents meets: closed hours, and work that alone takes longer."""
    clock = SlaClock(scenario)
    band, arrival = journeys.human.priority, tickets.arrival
    by_ai = journeys.ai.conversed & scenario.sla.ai_reply_counts
    response = target_minutes(scenario, tickets, band, "first_response")
    earliest = arrival + _minutes_until_opening(scenario, tickets, journeys, rosters)
    replied = earliest + _first_touch_minutes(scenario, journeys)
    closed = clock.between(arrival, np.minimum(earliest, 1e9)) > response
    late = clock.between(arrival, np.minimum(replied, 1e9)) > response
    waits = journeys.ai.needs_human & ~by_ai
    found = _unmeetable(closed & waits, response, "first_response", "arrive when the desk stays closed longer")
    found += _unmeetable(late & ~closed & waits, response, "first_response", "need longer than that to be answered")
    resolution = target_minutes(scenario, tickets, band, "resolution")
    steps, main = journeys.steps, ~journeys.steps.is_retry
    alone = np.bincount(steps.ticket[main], (steps.delay + steps.work)[main], minlength=len(tickets))
    longer = "need longer than that for their work, replies and returns alone"
    return found + _unmeetable(clock.between(arrival, arrival + alone) > resolution, resolution, "resolution", longer)


def _first_touch_minutes(scenario: Scenario, journeys: Journeys) -> Floats:
    """Return the work up to a first human reply: through the first touch, or to its beginning on live channels."""
    steps = journeys.steps
    live = np.array([channel.live for channel in scenario.channels.values()])[journeys.human.channel]
    before = np.isin(steps.kind, [Kind.TRIAGE, Kind.TRANSFER])
    touch = np.flatnonzero(np.isin(steps.kind, [Kind.TOUCH, Kind.RETURN]) & ~steps.is_retry)
    ticket, first = np.unique(steps.ticket[touch], return_index=True)
    minutes = np.bincount(steps.ticket[before], steps.work[before], minlength=len(live)).astype(float)
    minutes[ticket] += np.where(live[ticket], 0.0, steps.work[touch[first]])
    return minutes


def _unmeetable(late: Bools, target: Floats, field: str, why: str) -> list[Notice]:
    has_target = np.isfinite(target)
    share = float(late[has_target].mean()) if has_target.any() else 0.0
    if share <= _NEVER_FIRST:
        return []
    return [
        Notice("warning", f"sla.{field}", f"cannot be met for {share:.0%} of tickets with any roster size: they {why}")
    ]


def _minutes_until_opening(
    scenario: Scenario, tickets: Tickets, journeys: Journeys, rosters: tuple[TeamRoster, ...]
) -> Floats:
    """Return the time from arrival until anybody who serves the ticket's queue is on duty; 0 if somebody is."""
    wait = np.full(len(tickets), np.inf)
    for roster in rosters:
        serves = np.isin(journeys.human.queue, [queue for queue, after in roster.serves if after == 0])
        index = np.searchsorted(roster.times, tickets.arrival, side="right") - 1
        opens = np.where(roster.capacity > 0, roster.times, np.inf)
        next_open = np.minimum.accumulate(opens[::-1])[::-1]
        following = np.append(next_open[1:], np.inf)[index]
        mine = np.where(roster.capacity[index] > 0, 0.0, following - tickets.arrival)
        wait = np.where(serves, np.minimum(wait, mine), wait)
    return np.where(journeys.ai.needs_human, wait, 0.0)


def _ai_findings(scenario: Scenario, journeys: Journeys) -> list[Notice]:
    if scenario.ai is None:
        return []
    ai, found = journeys.ai, []
    auto = ai.mode == Mode.AUTO
    if auto.any() and not ai.answered.any():
        found.append(Notice("warning", "policy.answer_threshold", "is above every confidence: the AI answers nothing"))
    if (ai.mode == Mode.OFF).all():
        found.append(Notice("note", "policy.mode", "is off in all weeks: the AI has no effect"))
    if scenario.handling.triage is None and scenario.ai.routing is not None and auto.any():
        text = "is not given: tickets below the route threshold find their queue by themselves, at no cost"
        found.append(Notice("note", "handling.triage", text))
    for path, log in _shadow_logs(scenario):
        if (log.observations or 0) < _FEW_OBSERVATIONS:
            text = f"rests on {log.observations} rows of {log.shadow_log}: too few to measure anything"
            found.append(Notice("warning", path, text))
    if ai.answered.any():
        share = float(ai.answered.mean())
        found.append(Notice("note", "policy.answer_threshold", f"lets the AI try {share:.0%} of tickets"))
    return found


def _shadow_logs(scenario: Scenario) -> Iterator[tuple[str, ShadowLog]]:
    """List the shadow logs that the AI's general judgements were measured on."""
    assert scenario.ai is not None
    for name, judgement in (("routing", scenario.ai.routing), ("answer", scenario.ai.answer)):
        for part in ("confidence", "calibration"):
            if isinstance(log := getattr(judgement, part, None), ShadowLog):
                yield f"ai.{name}.{part}", log


def _timing_findings(scenario: Scenario) -> list[Notice]:
    """Note what lies wholly outside the scenario's weeks, and so has no effect."""
    weeks, wall = int(scenario.weeks), scenario.wall
    late = [
        *((f"policy.phases[{n}]", phase.from_week > weeks) for n, phase in enumerate(scenario.policy.phases)),
        *((f"sla.windows[{n}]", window.from_week > weeks) for n, window in enumerate(scenario.sla.windows)),
        *(
            (f"arrivals.surges[{n}]", minute >= scenario.horizon_minutes)
            for n, surge in enumerate(scenario.arrivals.surges)
            for minute in [wall.minute_of(surge.start.date(), surge.start.hour * 60 + surge.start.minute)]
        ),
    ]
    text = f"begins after the scenario's {weeks} weeks and has no effect"
    return [Notice("note", path, text) for path, is_late in late if is_late]


def _volume_findings(scenario: Scenario) -> Iterator[Notice]:
    """Warn of a volume that is more likely a slip of the pen, and say where surges come together."""
    weekly = expected_tickets(scenario) / float(scenario.weeks)
    if scenario.arrivals.replay is None and weekly < _FEWEST_A_WEEK:
        text = f"gives about {weekly:.3g} tickets a week; a number has no separator of thousands: 2.400 is 2.4"
        yield Notice("warning", "arrivals", text)
    surges = scenario.arrivals.surges
    for number, surge in enumerate(surges):
        for earlier, other in enumerate(surges[:number]):
            meets = not surge.intents or not other.intents or set(surge.intents) & set(other.intents)
            if meets and surge.start < other.end and other.start < surge.end:
                text = f"overlaps arrivals.surges[{earlier}]; where both hold, their multipliers multiply"
                yield Notice("note", f"arrivals.surges[{number}]", text)


def _overnight_findings(scenario: Scenario) -> Iterator[Notice]:
    """Note shifts that end on the next day, which a slip of the pen makes as well."""
    for name, team in scenario.teams.items():
        for number, shift in enumerate(team.shifts):
            if shift.end is not None and parse_time(shift.end) <= parse_time(shift.start):
                text = f"runs overnight, from {shift.start} to {shift.end} on the next day"
                yield Notice("note", f"teams.{name}.shifts[{number}]", f"{text} ({shift.length_minutes / 60:g} hours)")


def _begins_with_a_phase(scenario: Scenario) -> bool:
    phases = scenario.policy.phases
    return bool(phases) and (int(phases[0].from_week), int(phases[0].from_day)) == (1, 1)


def _before_phases_findings(scenario: Scenario) -> list[Notice]:
    """Warn of a warm-up, before the first phase, in a mode that nobody has chosen."""
    policy = scenario.policy
    if not _begins_with_a_phase(scenario) or "mode" in policy.model_fields_set:
        return []
    text = (
        f"is not given, so before phase {policy.phases[0].name!r} begins, in the warm-up, the AI is in"
        f" {policy.mode.value} mode; say what it does then, such as `mode: off` for a desk that had no AI"
    )
    return [Notice("warning", "policy.mode", text)]


def overruled(scenario: Scenario) -> list[Notice]:
    """Warn of general rules that the phases overrule from the first day to the last."""
    return [Notice("warning", path, f"has no effect: {why}") for path, why in why_overruled(scenario).items()]


def why_overruled(scenario: Scenario) -> dict[str, str]:
    """Return why each general rule that the phases overrule throughout has no effect, by its path."""
    policy, found = scenario.policy, dict[str, str]()
    if not _begins_with_a_phase(scenario):
        return found
    last = len(policy.phases) - 1
    for name in RULES:
        given = name in policy.model_fields_set and getattr(policy, name) is not None
        if given and all(_decides(scenario, phase, name) for phase in policy.phases):
            why = f"the phases give their own in every week; change policy.phases[{last}].{name}, say"
            found[f"policy.{name}"] = why
    return found


def _decides(scenario: Scenario, phase: Phase, name: str) -> bool:
    """Return whether a phase leaves nothing to the policy's general rule of this name."""
    modes = phase.modes(scenario.policy.mode)
    if getattr(phase, name) is not None:
        return True
    if name in ("answer_threshold", "gather_threshold"):
        return Mode.AUTO not in modes
    return name == "route_threshold" and (phase.routing is False or modes <= {Mode.OFF, Mode.SHADOW})


def _source_findings(scenario: Scenario) -> list[Notice]:
    rows = assumption_ledger(scenario)
    bare = [row.path for row in rows if row.kind == "unsourced"]
    found = []
    if bare:
        shown = ", ".join(bare[:4]) + (", …" if len(bare) > 4 else "")
        text = f"{len(bare)} figures have no source that begins with {', '.join(KINDS[:-1])} ({shown})"
        found.append(Notice("warning", "sources", text))
    reached = [pattern for pattern in scenario.sources if any(scenario.matches(pattern, row.path) for row in rows)]
    for pattern in scenario.sources:
        if pattern not in reached and not pattern.startswith("baseline."):
            found.append(Notice("note", f"sources.{pattern}", "matches no figure"))
    assumed = sum(row.kind == "assumed" for row in rows)
    counted = sum(row.kind != "definition" for row in rows)
    found.append(Notice("note", "sources", f"{assumed} of {counted} figures are assumed"))
    return found
