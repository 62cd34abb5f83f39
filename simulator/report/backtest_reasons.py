"""Why a forecast fails, as far as the fit knows: its findings, set beside the measures that they bear on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatch

from simulator.calibration.backtest.study import Backtest
from simulator.calibration.backtest.verdict import Trust
from simulator.report.drawing import listed
from simulator.report.words import clean
from simulator.studies.findings import Finding

VOLUME = ("arrivals",)
QUEUE = ("wait_*", "waited", "abandoned", "first_response_*", "met_sla*")
"""What depends on who is there and how long work takes."""
AFTER = ("resolution_*", "backlog", "met_sla*")
"""What also depends on how long tickets lie outside the desk."""
BEARS_ON = (
    ("handling.follow_ups", AFTER),
    ("handling.reopen*", ("reopened", *AFTER)),
    ("handling.reassign*", ("reassigned", *AFTER)),
    ("opening_backlog", ("backlog",)),
    ("teams*", QUEUE),
    ("--staffing", QUEUE),
    ("intents.*.handle", QUEUE),
    ("intents.*.queue", QUEUE),
    ("channels.*.patience*", ("abandoned", "wait_*", "waited")),
    ("arrivals*", VOLUME),
    ("sla*", ("met_sla*",)),
)
"""Measures, by their keys, that findings bear on, by their paths: the first that fits counts, and is told first."""
OFF_TOPIC = ("csat*",)
"""Paths of findings about nothing that a backtest compares."""
MERELY_HOW = ("intents.*.handle", "teams.*.shifts")
"""Paths whose notes say how something was measured; what is missing there is a warning."""
FAR_AHEAD = "carried on for a year"
"""Of no bearing on the days of a test."""


def told(found: Backtest, findings: Sequence[Finding]) -> list[str]:
    """Tell what bears on measures that are not trusted, whatever its level, and then all other warnings."""
    of_bearing = [one for one in findings if FAR_AHEAD not in one.text and not _fits(one.path, OFF_TOPIC)]
    explained = {one: list(_explained(found, one)) for one in sorted(of_bearing, key=_place)}
    why = [f"{_text(one)} (bears on {listed(names)})" for one, names in explained.items() if names]
    return [*why, *(_text(one) for one in of_bearing if one.level == "warning" and not explained[one])]


def _place(finding: Finding) -> int:
    return next((place for place, (path, _) in enumerate(BEARS_ON) if fnmatch(finding.path, path)), len(BEARS_ON))


def _explained(found: Backtest, finding: Finding) -> Iterator[str]:
    """Name the measures without trust that a finding bears on."""
    place = _place(finding)
    if place == len(BEARS_ON) or (finding.level == "note" and _fits(finding.path, MERELY_HOW)):
        return
    for one in found.verdicts:
        if one.trust in (Trust.DISTRUST, Trust.NO_BETTER) and _fits(one.measure.key, BEARS_ON[place][1]):
            yield clean(one.measure.label)


def _text(finding: Finding) -> str:
    return f"{clean(finding.path)}: {clean(finding.text).rstrip('.')}"


def _fits(text: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch(text, pattern) for pattern in patterns)
