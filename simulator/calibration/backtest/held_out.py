"""Days held out: which may be asked for, which the export covers, and whether they are days that a scenario knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from simulator.calibration.exports.table import Export
from simulator.errors import Problem, StudyError
from simulator.scenario.yaml_text import counted
from simulator.studies.findings import Finding

MOST_CLOSED = 6
"""Days after an export's last ticket that it may still cover: it shows no end but its last ticket, and desks close."""
Days = tuple[date, date]
"""First and last day, both included."""
REMEDY = "`ticketflow backtest TICKETS --test {}..{}` fits on the days before, and forecasts these"


def check_days(export: Export, train: Days, test: Days) -> None:
    """Refuse days that are no forecast or that the export does not cover; raise StudyError with every problem."""
    problems = []
    covered = f"must lie within the days of the export, {export.first_day}..{export.last_day}"
    closed = f"{covered}, or end at most {MOST_CLOSED} days after its last ticket"
    for option, (first, last), beyond, rule in (("--train", train, 0, covered), ("--test", test, MOST_CLOSED, closed)):
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


def covering(export: Export, last: date) -> tuple[Export, tuple[Finding, ...]]:
    """Let an export that ends with its last ticket cover the days up to `last`, and say that no ticket came on them."""
    beyond = (last - export.last_day).days
    if beyond <= 0:
        return export, ()
    days = f"{counted(beyond, 'day')} up to {last} {'is' if beyond == 1 else 'are'}"
    text = f"ends with its last ticket, on {export.last_day}: {days} taken to have had no ticket"
    until = max(export.seen_until, export.midnight(last + timedelta(days=1)))
    return replace(export, last_day=last, seen_until=until), (Finding("note", "export", text),)


def hindsight(start: date, test: Days) -> Iterator[Finding]:
    """Warn of a scenario that begins after days that it is asked to forecast, as one that was fitted on them does."""
    if start > test[0]:
        text = f"begins on {start}, after {'the days' if start > test[1] else 'the first of the days'} to forecast: if"
        rest = f"it was measured on them, this is no forecast but a look at how well it fits; {REMEDY.format(*test)}"
        yield Finding("warning", "scenario", f"{text} {rest}")
