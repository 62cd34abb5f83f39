"""Dating: a fitted scenario moved to the days that it is to forecast, with what is known when they begin.

Days held out: which may be asked for, which the export covers, and whether they are days that a scenario knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from simulator.base.arrays import Bools, Floats
from simulator.base.calendars import DAY_MINUTES, DAYS
from simulator.base.errors import Notice, Problem, StudyError
from simulator.base.quantities import Figure
from simulator.base.text import counted
from simulator.calibration.backtest.measures import open_at
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.estimate import rounded_agents
from simulator.scenario import Scenario, override
from simulator.scenario.files import replaying

_AGE_LEVELS = np.linspace(0, 1, 21)
_MOST_DRAIN_MINUTES = 527_040
OTHER = "other"


def dated(scenario: Scenario, export: Export, first: date, last: date) -> tuple[Scenario, tuple[Notice, ...]]:
    """Move a scenario to the days from `first` to `last`: volume by its growth, the backlog that is open then.

    Tickets are followed as long after the last day as the export follows them. The backlog is the scenario's own
    where it starts on `first`, else what the export shows to be open at that midnight; nothing later is looked at.
    """
    weeks = -(-((last - first).days + 1) // 7)
    changes: dict[str, Any] = {"start": first.isoformat(), "weeks": weeks}
    findings = []
    moved = (first - scenario.start).days
    if moved:
        findings += _misdated(scenario, first)
        growth, per_week = float(scenario.arrivals.weekly_growth), scenario.arrivals.per_week
        if growth and per_week is not None:
            changes["arrivals.per_week"] = _scaled(per_week, (1 + growth) ** (moved / 7))
        is_open = open_at(export, export.midnight(first))
        if is_open is not None:
            changes |= {"warm_up": 0, "opening_backlog": _opening_backlog(scenario, export.of(is_open), first)}
    end = export.midnight(first + timedelta(weeks=weeks))
    changes["drain"] = min(max(0.0, (export.seen_until - end) / 60), _MOST_DRAIN_MINUTES)
    return override(scenario, changes), tuple(findings)


def _misdated(scenario: Scenario, first: date) -> list[Notice]:
    """Name what is told by week numbers, which count from the new start."""
    dated_parts = {
        "policy.phases": bool(scenario.policy.phases),
        "sla.windows": bool(scenario.sla.windows),
        "ai.learning": scenario.ai is not None and scenario.ai.learning is not None,
        "ai.drift": scenario.ai is not None and bool(scenario.ai.drift),
        **{
            f"teams.{name}.shifts": any(shift.from_week or shift.to_week for shift in team.shifts)
            for name, team in scenario.teams.items()
        },
    }
    text = f"is told by weeks of the scenario, which here count from {first}, not from {scenario.start}"
    return [Notice("warning", path, text) for path, is_told in dated_parts.items() if is_told]


def _scaled(figure: Figure, factor: float) -> Any:
    low, high = (None if end is None else float(end) * factor for end in (figure.low, figure.high))
    return Figure(float(figure) * factor, low, high, figure.n, figure.source).as_written()


def _opening_backlog(scenario: Scenario, waiting: Export, first: date) -> dict[str, Any] | None:
    """Describe tickets that are open when a scenario starts; None where there are none outside live channels."""
    waiting = waiting.of(~_is_live(scenario, waiting))
    if not len(waiting):
        return None
    ages = np.maximum((waiting.midnight(first) - waiting.created) / 60, 0.0)
    found = np.quantile(ages, _AGE_LEVELS)
    levels = [[float(level), float(age)] for level, age in zip(_AGE_LEVELS, found, strict=True)]
    source = f"measured: n={counted(len(waiting), 'ticket')} open at the start"
    backlog: dict[str, Any] = {
        "tickets": {"value": len(waiting), "source": source},
        "age": {"form": "quantiles", "quantiles": levels},
    }
    counts = dict.fromkeys(scenario.intents, 0)
    for name in names_in(scenario, waiting):
        if name is not None:
            counts[name] += 1
    total = sum(counts.values())
    can_wait = {name for name in scenario.intents if _can_wait(scenario, name)}
    if total and all(name in can_wait for name, count in counts.items() if count):
        backlog["intents"] = {name: count / total for name, count in counts.items() if count}
    return backlog


def _is_live(scenario: Scenario, export: Export) -> Bools:
    """Return which tickets came by a live channel; where an export names none, all channels must be live for that."""
    unnamed = all(channel.live for channel in scenario.channels.values())
    if export.channel is None:
        return np.full(len(export), unnamed)
    other = scenario.channels[OTHER].live if OTHER in scenario.channels else unnamed
    live = [scenario.channels[name].live if name in scenario.channels else other for name in export.channel.names]
    return np.array([*live, unnamed])[export.channel.codes]


def _can_wait(scenario: Scenario, intent: str) -> bool:
    own = scenario.intents[intent].channels
    return any(
        not channel.live and (float(channel.share) if own is None else float(own.get(name, 0.0))) > 0
        for name, channel in scenario.channels.items()
    )


def names_in(scenario: Scenario, export: Export) -> list[str | None]:
    """Name each ticket's intent as the scenario does: rare ones are its `other`; None where it has no such intent."""
    other = OTHER if OTHER in scenario.intents else None
    known = [name if name in scenario.intents else other for name in export.intent.names] + [other]
    return [known[code] for code in export.intent.codes]


def with_arrivals(scenario: Scenario, export: Export, first: date, last: date) -> Scenario:
    """Replay the arrivals that an export shows in a period; intents too, where the scenario knows all of them."""
    there = export.between(first, last)
    minutes = (there.created - scenario.wall.origin.timestamp()) / 60
    intents = [name for name in names_in(scenario, there) if name is not None]
    return replaying(scenario, minutes, tuple(intents) if len(intents) == len(there) else None, "export")


def with_agents(scenario: Scenario, agents: Mapping[str, Floats]) -> Scenario:
    """Return the scenario with agents on duty by slots of its days and those after them; by team, (n_days, n_slots).

    Each day is one shift of as many periods, rounded so that agent-hours are kept. They are counted as present, by the
    desk's clock, so nobody is away or absent on top.
    """
    changes: dict[str, Any] = {}
    for team, table in agents.items():
        shifts = []
        for number, heads in enumerate(rounded_agents(table).tolist()):
            day = DAYS[(scenario.start + timedelta(days=number)).weekday()]
            week, every = number // 7 + 1, f"{DAY_MINUTES // len(heads)}m"
            shifts.append(
                {"days": day, "start": "00:00", "every": every, "agents": heads, "from_week": week, "to_week": week}
            )
        changes |= {f"teams.{team}.agents": None, f"teams.{team}.shifts": shifts, f"teams.{team}.timezone": None}
        changes |= {f"teams.{team}.shrinkage": 0, f"teams.{team}.absence": 0}
    if scenario.arrivals.holidays is not None and scenario.sla.clock == "calendar":
        changes["arrivals.holidays.desk_closed"] = False  # Who was there was there, on a holiday too.
    return override(scenario, changes)


# -- days held out ----------------------------------------------------------------------------------------------------


_MOST_CLOSED = 6
"""Days after an export's last ticket that it may still cover: it shows no end but its last ticket, and desks close."""
Days = tuple[date, date]
"""First and last day, both included."""
_REMEDY = "`ticketflow backtest TICKETS --test {}..{}` fits on the days before, and forecasts these"


def check_days(export: Export, train: Days, test: Days) -> None:
    """Refuse days that are no forecast or that the export does not cover; raise StudyError with every problem."""
    problems = []
    covered = f"must lie within the days of the export, {export.first_day}..{export.last_day}"
    closed = f"{covered}, or end at most {_MOST_CLOSED} days after its last ticket"
    for option, (first, last), beyond, rule in (("--train", train, 0, covered), ("--test", test, _MOST_CLOSED, closed)):
        if last < first:
            problems.append(Problem(option, "", f"is {first}..{last}; must end on or after the day it begins"))
        elif first < export.first_day or last > export.last_day + timedelta(days=beyond):
            problems.append(Problem(option, "", f"is {first}..{last}; {rule}"))
    if not problems and test[0] <= train[1]:
        rule = "must begin after the last day of --train, as nothing may be forecast from its own future"
        problems.append(Problem("--test", "", f"is {test[0]}..{test[1]} and --train {train[0]}..{train[1]}; {rule}"))
    if not problems and not len(export.between(*test)):
        rule = "must hold tickets; an export without any has nothing to hold a forecast against"
        problems.append(Problem("--test", "", f"is {test[0]}..{test[1]}, in which no ticket was created; {rule}"))
    if problems:
        raise StudyError(problems)


def covering(export: Export, last: date) -> tuple[Export, tuple[Notice, ...]]:
    """Let an export that ends with its last ticket cover the days up to `last`, and say that no ticket came on them."""
    beyond = (last - export.last_day).days
    if beyond <= 0:
        return export, ()
    days = f"{counted(beyond, 'day')} up to {last} {'is' if beyond == 1 else 'are'}"
    text = f"ends with its last ticket, on {export.last_day}: {days} taken to have had no ticket"
    until = max(export.seen_until, export.midnight(last + timedelta(days=1)))
    return replace(export, last_day=last, seen_until=until), (Notice("note", "export", text),)


def hindsight(start: date, test: Days) -> Iterator[Notice]:
    """Warn of a scenario that begins after days that it is asked to forecast, as one that was fitted on them does."""
    if start > test[0]:
        text = f"begins on {start}, after {'the days' if start > test[1] else 'the first of the days'} to forecast: if"
        rest = f"it was measured on them, this is no forecast but a look at how well it fits; {_REMEDY.format(*test)}"
        yield Notice("warning", "scenario", f"{text} {rest}")
