"""Staffing: teams and their week, from a roster, or from when agents were seen at work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from simulator.base.arrays import Bools, Floats, Ints
from simulator.base.calendars import DAY_MINUTES
from simulator.base.errors import Notice
from simulator.base.text import Key, counted
from simulator.calibration.exports.roster import Roster, RosterRow
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.calls import channel_rows, live_channels
from simulator.calibration.fit.estimate import Missing, Part, rounded_agents
from simulator.calibration.fit.presence import (
    LONGEST_PIECE,
    MERGE_MINUTES,
    SLOTS,
    days_covered,
    left_open,
    presences,
    rostered,
    rule_of,
    staffed_hours,
    work_hours,
)
from simulator.calibration.fit.profile import name_days

_TEAM = "support"
"""Name of the team where the export names none, or several that no roster tells apart."""
_OTHER_GAPS = (20.0, 30.0)
"""Other rules of presence, in minutes, whose hours are told beside the one used."""
_HARDLY_STAFFED = 0.5
"""Part of its weekday's usual agent-hours below which a day is a holiday or a gap, and no example of its weekday."""
_HARDLY_ANYONE = 0.25
"""Mean agents of a half-hour below which it counts as closed: who stayed late once is no shift."""
_RARE_CALLS = 0.01
"""Share of calls outside staffed hours up to which a telephone desk's scenario has none there."""
_SHOWN = 5
"""Groups that a finding names."""
_SEVERAL = 1.2
"""Tickets in hand at once from which an agent is said to work in parallel."""


@dataclass(frozen=True, eq=False)
class StaffingEvidence:
    """What the chart of staffing is drawn of."""

    team: str
    agents: Ints
    """Agents as written into the scenario, by weekday and half-hour; shape (7, 48)."""
    observed: Floats | None
    """Agents seen on usual days by day and half-hour, shape (days, 48); None where a roster was given."""
    weekday: Ints | None
    """Weekday of each day seen; shape (days,)."""
    source: str


def fit_staffing(export: Export, roster: Roster | None = None) -> Part:
    """Fit `teams`, and `intents.*.queue` where a roster has several teams.

    From the roster if there is one, else from the agents' activity (see `presence`), else `teams` is Missing.
    """
    if roster is not None:
        return _from_roster(export, roster)
    rule = rule_of(export)
    if rule is None:
        remedy = "give --roster ROSTER.csv, or --set teams.support.agents=5 for five agents round the clock"
        return _no_agents("agents on duty by hour of the week", remedy)
    seen, *others = presences(export, (MERGE_MINUTES, *_OTHER_GAPS, 0.0))
    on_line = len(live_channels(export)) == len(channel_rows(export))
    agents = _on_duty(_usual_week(export, seen), on_line)
    if not agents.any():
        remedy = "give --roster ROSTER.csv, or --set teams.support.agents=5"
        return _no_agents("agents on duty: hardly any were seen at work", remedy)
    named = export.team.names if export.team is not None else ()
    team = named[0] if len(named) == 1 else _TEAM
    path: Key = ("teams", team, "shifts")
    n = len(np.unique(export.agent[export.agent >= 0])) if export.agent is not None else 0
    how = f"gaps of at most {MERGE_MINUTES:g} minutes" if rule == "work" else "hours of activity and those around them"
    days = int(_usual_days(export, seen).sum())
    seen_at = f"n={n:,} agents seen at work, {how}, mean of {days} days"
    # Hours with an answer in them are no record of who was there.
    source = f"measured: {seen_at}" if rule == "work" else f"assumed: {seen_at}"
    findings = (*_of_activity(export, rule, [seen, *others]), *_of_week(path, agents), *_of_teams(len(named)))
    usual = _usual_days(export, seen)
    evidence = StaffingEvidence(team, agents, seen[usual], _weekdays(export)[usual], source)
    comments = {path: f"agents seen at work: {how}; weekly agent-hours are kept in rounding"}
    return Part({path: _shifts_of(agents)}, comments, {f"teams.{team}*": source}, findings, (), (evidence,))


def in_staffed_hours(export: Export, part: Part) -> tuple[Export, tuple[Notice, ...]]:
    """Leave out the few calls of a telephone desk that came while nobody was on duty; any other export as it is.

    A profile spreads the calls of the last minutes before opening over an hour or half of one, in which customers
    would then wait for the first agent.
    """
    staffed = [one.agents for one in part.evidence if isinstance(one, StaffingEvidence)]
    if not staffed or len(live_channels(export)) < len(channel_rows(export)):
        return export, ()
    local = export.local
    outside = np.sum(staffed, axis=0)[local.weekday, (local.minute // 30).astype(np.int64)] == 0
    n = int(outside.sum())
    if not 0 < n <= _RARE_CALLS * len(export):
        return export, ()
    text = f"{n:,} of {len(export):,} calls came while nobody was on duty; the scenario has no calls at such hours"
    return export.of(~outside), (Notice("note", "arrivals.profile", text),)


def _on_duty(mean: Floats, on_line: bool) -> Ints:
    """Round mean agents by weekday and half-hour to whole ones; shape (7, 48).

    Where customers wait on the line, one agent stays after closing if any was seen to: the line is cleared first.
    """
    is_open = (mean >= _HARDLY_ANYONE).ravel()
    agents = rounded_agents(np.where(is_open, mean.ravel(), 0.0))
    after = np.roll(is_open, 1) & ~is_open
    if on_line:
        agents[after & (mean.ravel() > 0)] = 1
    return agents.reshape(mean.shape)


def _shifts_of(agents: Ints) -> list[dict[str, Any]]:
    """Write agents by weekday and half-hour, shape (7, 48), as shifts; days that are equal share one."""
    shifts: list[dict[str, Any]] = []
    rows = {tuple(row.tolist()): [day for day in range(7) if (agents[day] == row).all()] for row in agents}
    for row, days in rows.items():
        on_duty = np.flatnonzero(row)
        if not len(on_duty):
            continue
        first, last = int(on_duty[0]), int(on_duty[-1]) + 1
        shift: dict[str, Any] = {"days": name_days(days), "start": _time(30 * first)}
        if len(set(row[first:last])) == 1:
            shifts.append(shift | {"end": _time(30 * last), "agents": row[first]})
        else:
            shifts.append(shift | {"every": "30m", "agents": list(row[first:last])})
    return shifts


def _no_agents(what: str, remedy: str) -> Part:
    note = "A roster says it better, hour by hour; give one above if you have it."
    return Part(missing=(Missing(("teams",), what, remedy, note, "5", answer=("teams", _TEAM, "agents")),))


def _from_roster(export: Export, roster: Roster) -> Part:
    settings: dict[Key, Any] = {}
    sources, evidence = {}, []
    source = f"measured: roster {roster.file}, n={counted(len(roster.rows), 'row')}"
    for team in roster.teams:
        rows = tuple(row for row in roster.rows if row.team == team)
        mean = rostered(rows)
        agents = rounded_agents(mean)
        if not agents.any():
            continue
        dated = any(isinstance(day, date) for row in rows for day in row.days)
        settings["teams", team, "shifts"] = _shifts_of(agents) if dated else [_as_shift(row) for row in rows]
        sources[f"teams.{team}*"] = source
        evidence.append(StaffingEvidence(team, agents, None, None, source))
    if not settings:
        remedy = "mend the roster, or give --set teams.support.agents=5"
        return _no_agents(f"agents on duty: {roster.file} has none", remedy)
    told = [_of_roster(export, roster), *_of_groups(export, roster)]
    teams = [str(path[1]) for path in settings]
    if len(teams) > 1:
        queues, findings = _queues(export, teams)
        settings |= queues
        told += findings
    return Part(settings, {}, sources, tuple(told), (), tuple(evidence))


def _as_shift(row: RosterRow) -> dict[str, Any]:
    days = [day for day in row.days if isinstance(day, int)]
    end = row.end if row.end <= DAY_MINUTES else row.end - DAY_MINUTES
    return {"days": name_days(days), "start": _time(row.start), "end": _time(end), "agents": row.agents}


def _time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _weekdays(export: Export) -> Ints:
    return (np.arange(export.days, dtype=np.int64) + export.first_day.weekday()) % 7


def _usual_days(export: Export, seen: Floats) -> Bools:
    """Return which days were staffed as usual on their weekday; shape (days,)."""
    hours, weekday = seen.sum(axis=1), _weekdays(export)
    usual: Bools = hours > _HARDLY_STAFFED * _usual_hours(hours, weekday)[weekday]
    return usual


def _usual_hours(hours: Floats, weekday: Ints) -> Floats:
    """Return the median of each weekday's hours, shape (7,); 0 for a weekday that the export does not have."""
    return np.array([float(np.median(hours[weekday == day])) if (weekday == day).any() else 0.0 for day in range(7)])


def _usual_week(export: Export, seen: Floats) -> Floats:
    """Average agents by weekday over days that were staffed as usual; shape (7, 48)."""
    usual, weekday = _usual_days(export, seen), _weekdays(export)
    week = np.zeros((7, SLOTS))
    # One odd evening is no shift: a weekday on which hardly anyone ever works has a median of 0 and stays empty.
    for day in np.flatnonzero(_usual_hours(seen.sum(axis=1), weekday)):
        week[day] = seen[usual & (weekday == day)].mean(axis=0)
    return week


def _queues(export: Export, teams: list[str]) -> tuple[dict[Key, Any], list[Notice]]:
    """Send each intent to the team that had most of its tickets; those that no team had, to the first."""
    if export.team is None:
        text = f"the export names no groups, so all tickets go to the roster's first team, {teams[0]!r}"
        return {}, [Notice("warning", "intents.*.queue", f"{text}; give --set intents.NAME.queue=TEAM")]
    place = {name.casefold(): number for number, name in enumerate(teams)}
    number = np.array([place.get(name.casefold(), -1) for name in export.team.names] + [-1])[export.team.codes]
    rows = (number >= 0) & (export.intent.codes >= 0)
    cell = export.intent.codes[rows].astype(np.int64) * len(teams) + number[rows]
    counts = np.bincount(cell, minlength=len(export.intent.names) * len(teams)).reshape(-1, len(teams))
    if not counts.any():
        text = f"no group of the export is a team of the roster ({', '.join(teams)}), so all go to {teams[0]!r}"
        return {}, [Notice("warning", "intents.*.queue", f"{text}; rename them alike in one of the files")]
    best = counts.argmax(axis=1)
    settings: dict[Key, Any] = {("intents", name, "queue"): teams[team] for name, team in _pairs(export, best)}
    pure = float(counts.max(axis=1).sum() / counts.sum())
    text = f"{pure:.0%} of tickets were with the team that now has all of their intent"
    if not rows.all():
        text += f"; {1 - rows.mean():.0%} of tickets name no team of the roster and do not count in this"
    return settings, [Notice("warning" if pure < 0.8 else "note", "intents.*.queue", text)]


def _pairs(export: Export, best: Ints) -> Iterator[tuple[str, int]]:
    yield from zip(export.intent.names, best.tolist(), strict=True)


def _of_roster(export: Export, roster: Roster) -> Notice:
    hours = staffed_hours(roster, export)
    text = f"the roster has {hours:,.0f} agent-hours in the {export.days} days of the export"
    covered = days_covered(roster, export)
    if roster.is_dated and not hours:
        text += ": none of its dates lies in them"
    elif covered < export.days:
        text += f", of which its dates cover {covered}; the others are taken to be staffed alike"
    limit = "agents count as there in all of them; if breaks and meetings are in it, give --set teams.NAME.shrinkage"
    return Notice("note" if hours and covered == export.days else "warning", "teams", f"{text}; {limit}")


def _of_groups(export: Export, roster: Roster) -> Iterator[Notice]:
    """Yield findings about groups of the export that the roster has no agents for."""
    if export.team is None:
        return
    known = {team.casefold() for team in roster.teams}
    counts = export.team.counts()
    without = [code for code in np.argsort(-counts) if counts[code] and export.team.names[code].casefold() not in known]
    if without:
        names = ", ".join(export.team.names[code] for code in without[:_SHOWN])
        more = f" and {len(without) - _SHOWN} more" if len(without) > _SHOWN else ""
        share = counts[without].sum() / counts.sum()
        text = f"the roster has no agents for {names}{more} ({share:.0%} of the tickets that name a group)"
        yield Notice("warning", "teams", f"{text}; its teams take their tickets as well: {', '.join(roster.teams)}")


def _of_activity(export: Export, rule: str, seen: list[Floats]) -> Iterator[Notice]:
    """Yield how presence was inferred; `seen` has it under the rule used, under OTHER_GAPS, and without gaps."""
    hours, *others, _ = (float(_usual_week(export, one).sum()) / 2 for one in seen)
    if rule == "activity":
        text = "staffing is rough: the export has no pieces of work, so agents count as there in hours in which they"
        rest = f"answered or resolved a ticket and in those around: {hours:,.0f} agent-hours a week; give --roster"
        yield Notice("warning", "teams", f"{text} {rest}")
        return
    told = " and ".join(f"{other:,.0f} at {gap:g}" for gap, other in zip(_OTHER_GAPS, others, strict=True))
    text = f"agents count as there during work and gaps of at most {MERGE_MINUTES:g} minutes"
    limit = "waits depend on this rule, so give --roster if there is one"
    yield Notice("warning", "teams", f"{text}: {hours:,.0f} agent-hours a week ({told} minutes); {limit}")
    if forgotten := left_open(export):
        text = f"{forgotten:,} tickets were in hand for more than {LONGEST_PIECE / 3600:g} hours"
        yield Notice("note", "teams", f"{text}; they were left open rather than worked on, and show nobody's presence")
    parallel = work_hours(export) / max(staffed_hours(seen[-1], export), 1e-9)
    if parallel >= _SEVERAL:
        text = f"agents have {parallel:.1f} tickets in hand at once while at work"
        yield Notice("warning", "teams", f"{text}; give --set teams.NAME.concurrency={max(2, round(parallel))}")


def _of_week(path: Key, agents: Ints) -> Iterator[Notice]:
    days = {}
    for shift in _shifts_of((agents > 0).astype(np.int64)):
        days[shift["days"]] = f"{shift['start']} to {shift['end']}" if "end" in shift else f"from {shift['start']}"
    hours = "; ".join(f"{day} {time}" for day, time in days.items())
    text = f"the desk is staffed {hours} ({agents.sum() / 2:,.0f} agent-hours a week)"
    yield Notice("note", f"teams.{path[1]}.shifts", text)


def _of_teams(groups: int) -> Iterator[Notice]:
    if groups > 1:
        text = f"{groups} groups of the export are one team here, as if every agent took every ticket"
        yield Notice("warning", "teams", f"{text}, which is kinder than life; give a roster that names the teams")
