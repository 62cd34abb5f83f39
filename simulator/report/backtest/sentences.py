"""What a backtest says in words: for what the model may be trusted, how far it misses, and in which direction.

Why a forecast fails, as far as the fit knows: its findings, set beside the measures that they bear on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from fnmatch import fnmatch

from simulator.base.errors import Notice
from simulator.base.text import clean, counted, listed
from simulator.base.units import format_value
from simulator.calibration.backtest.backtesting import Backtest, Distances
from simulator.calibration.backtest.held_out import hindsight
from simulator.calibration.backtest.verdict import Score, Trust, Verdict

TRUST_WORDS = {
    Trust.TRUST: "trust",
    Trust.NO_BETTER: "no better",
    Trust.DISTRUST: "do not trust",
    Trust.UNKNOWN: "too few days",
    Trust.GIVEN: "replayed",
}


def days_of(days: tuple[date, date]) -> str:
    """Write a period, naming month and year once where they are the same: `1 January to 28 February 1999`."""
    first, last = days
    end = f"{last.day} {last:%B} {last.year}"
    if first == last:
        return end
    year = "" if first.year == last.year else f" {first.year}"
    month = "" if (first.year, first.month) == (last.year, last.month) else f" {first:%B}"
    return f"{first.day}{month}{year} to {end}"


def question(found: Backtest) -> str:
    """Ask what was asked: of a given scenario nobody can tell what was known when it was made."""
    days = days_of(found.test)
    if found.is_fitted:
        return f"What was known by {days_of((found.train[1], found.train[1]))}: does it forecast {days}?"
    if _is_hindsight(found):
        begins = days_of((found.start, found.start))
        return f"How well does this scenario, which begins on {begins}, fit {days}?"
    return f"Does this scenario forecast {days}?"


def _is_hindsight(found: Backtest) -> bool:
    """Return whether the scenario may have been measured on the days that it is asked to forecast."""
    return found.start > found.test[0]


def answer(found: Backtest) -> str:
    """Say in one sentence what the model may be trusted for."""
    parts = []
    for trust, begin in (
        (Trust.TRUST, "The model may be trusted for"),
        (Trust.NO_BETTER, "its bands hold, but it is no better than a naive forecast, for"),
        (Trust.DISTRUST, "it must not be trusted for"),
        (Trust.UNKNOWN, "there are too few days, of the test or before it, to judge"),
    ):
        named = [clean(one.measure.label) for one in found.verdicts if one.trust is trust]
        if named:
            parts.append(f"{begin} {listed(named)}")
    if not parts:
        return "Nothing could be compared."
    text = f"{_capital('; '.join(parts))}."
    return f"{text} This is no forecast if the scenario was measured on these days." if _is_hindsight(found) else text


def misses(found: Backtest) -> list[str]:
    """Say of each measure that is not trusted by how much and in which direction it misses."""
    return [_miss(found, one) for one in found.verdicts if one.trust is Trust.DISTRUST]


def _miss(found: Backtest, one: Verdict) -> str:
    """Return how far a measure's forecast is off."""
    worst = one.fine if not one.fine.holds else one.daily
    held = f"bands hold {format_value('share', worst.coverage.share)} of {found.grain_word(worst.series.grain)}s"
    return f"{_capital(one.measure.label)}: {held}; {level(one.level)}."


def level(one: Score) -> str:
    """Set the forecast's mean level beside the observed one: `forecast 51 s, observed 44 s in all (16 % too high)`."""
    texts = [format_value(one.series.measure.unit, number) for number in (one.forecast, one.observed)]
    where = "on an average day" if one.series.grain == "day" else "in all"
    return f"forecast {texts[0]}, observed {texts[1]} {where} ({bias(one)})"


def bias(one: Score) -> str:
    """Write size and direction of a miss: `16 % too high`."""
    if not math.isfinite(one.bias):
        return "none observed"
    if abs(one.bias) < 0.005:
        return "on the mark"
    return f"{format_value('share', abs(one.bias))} too {'high' if one.bias > 0 else 'low'}"


def how_sure(found: Backtest) -> str:
    """Say how the verdict is made, and from how much."""
    fine = "half-hour" if found.period.slot_minutes == 30 else "hour"
    count = len(found.forecast.inputs)
    drawn = f"{counted(count, 'uncertain figure')} drawn anew in each" if count else "no figure uncertain"
    known = "".join(f" The {one.path} {one.text}." for one in hindsight(found.start, found.test))
    return (
        f"Bands run from 5 to 95 % of {found.forecast.replications} simulated futures ({drawn}), so they hold 90 % if"
        f" the model is right. Trust needs 80 %, by {fine} where there is one and by day, and a smaller error by day"
        f" than both naive forecasts. {counted(found.period.days, 'test day')}; times of a day are alike, so intervals"
        f" are over days.{known}"
    )


def distances(found: Backtest) -> list[str]:
    """Return how far apart whole distributions are."""
    told = []
    for name, given in (("Waits", found.waits), ("Times to resolution", found.resolutions)):
        if given is not None and math.isfinite(given.model):
            told.append(f"{name} as a whole: {_distance(given)}.")
    return told


def _distance(given: Distances) -> str:
    far, mean = format_value("minutes", given.model), format_value("minutes", given.mean)
    parts = [f"{far} from what was observed (mean {mean})"]
    beside = {"the last period": given.last, "Erlang": given.erlang}
    parts += [f"{name} {format_value('minutes', value)}" for name, value in beside.items() if math.isfinite(value)]
    return "the forecast lies " + ", ".join(parts) + " (earth mover's distance)"


def warnings(found: Backtest) -> list[str]:
    """List what its reader must know."""
    return [_told(one) for one in found.findings if one.level == "warning"]


def notes(found: Backtest) -> list[str]:
    """List what its reader may want to know."""
    return [f"{_told(one)}." for one in found.findings if one.level == "note"]


def _told(one: Notice) -> str:
    """Write a finding as a sentence; a path into the scenario, such as `sla.windows`, stays as it is written."""
    path = clean(one.path)
    return f"{_capital(path) if path.isalpha() else path} {clean(one.text)}"


def _capital(text: str) -> str:
    whole = clean(text)
    return f"{whole[:1].upper()}{whole[1:]}"


# -- why a forecast fails, as far as the fit knows --------------------------------------------------------------------


_VOLUME = ("arrivals",)
_QUEUE = ("wait_*", "waited", "abandoned", "first_response_*", "met_sla*")
"""What depends on who is there and how long work takes."""
_AFTER = ("resolution_*", "backlog", "met_sla*")
"""What also depends on how long tickets lie outside the desk."""
_BEARS_ON = (
    ("handling.follow_ups", _AFTER),
    ("handling.reopen*", ("reopened", *_AFTER)),
    ("handling.reassign*", ("reassigned", *_AFTER)),
    ("opening_backlog", ("backlog",)),
    ("teams*", _QUEUE),
    ("--staffing", _QUEUE),
    ("intents.*.handle", _QUEUE),
    ("intents.*.queue", _QUEUE),
    ("channels.*.patience*", ("abandoned", "wait_*", "waited")),
    ("arrivals*", _VOLUME),
    ("sla*", ("met_sla*",)),
)
"""Measures, by their keys, that findings bear on, by their paths: the first that fits counts, and is told first."""
_OFF_TOPIC = ("csat*",)
"""Paths of findings about nothing that a backtest compares."""
_MERELY_HOW = ("intents.*.handle", "teams.*.shifts")
"""Paths whose notes say how something was measured; what is missing there is a warning."""
FAR_AHEAD = "carried on for a year"
"""Of no bearing on the days of a test."""


def told(found: Backtest, findings: Sequence[Notice]) -> list[str]:
    """Return what bears on measures that are not trusted, whatever its level, and then all other warnings."""
    of_bearing = [one for one in findings if FAR_AHEAD not in one.text and not _fits(one.path, _OFF_TOPIC)]
    explained = {one: list(_explained(found, one)) for one in sorted(of_bearing, key=_place)}
    why = [f"{_text(one)} (bears on {listed(names)})" for one, names in explained.items() if names]
    return [*why, *(_text(one) for one in of_bearing if one.level == "warning" and not explained[one])]


def _place(finding: Notice) -> int:
    return next((place for place, (path, _) in enumerate(_BEARS_ON) if fnmatch(finding.path, path)), len(_BEARS_ON))


def _explained(found: Backtest, finding: Notice) -> Iterator[str]:
    """Name the measures without trust that a finding bears on."""
    place = _place(finding)
    if place == len(_BEARS_ON) or (finding.level == "note" and _fits(finding.path, _MERELY_HOW)):
        return
    for one in found.verdicts:
        if one.trust in (Trust.DISTRUST, Trust.NO_BETTER) and _fits(one.measure.key, _BEARS_ON[place][1]):
            yield clean(one.measure.label)


def _text(finding: Notice) -> str:
    return f"{clean(finding.path)}: {clean(finding.text).rstrip('.')}"


def _fits(text: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch(text, pattern) for pattern in patterns)
