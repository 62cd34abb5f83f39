"""What a backtest says in words: for what the model may be trusted, how far it misses, and in which direction."""

from __future__ import annotations

import math
from datetime import date

from simulator.calibration.backtest.study import Backtest, Distances
from simulator.calibration.backtest.tables import grain_word
from simulator.calibration.backtest.verdict import Score, Trust, Verdict
from simulator.metrics.registry import format_value
from simulator.report.drawing import listed
from simulator.report.words import clean

TRUST_WORDS = {
    Trust.TRUST: "trust",
    Trust.NO_BETTER: "no better",
    Trust.DISTRUST: "do not trust",
    Trust.UNKNOWN: "too few days seen",
    Trust.GIVEN: "replayed",
}


def days_of(days: tuple[date, date]) -> str:
    """Write a period: `1 January to 28 February 1999`."""
    first, last = days
    begin = f"{first.day} {first:%B}" + ("" if first.year == last.year else f" {first.year}")
    return f"{begin} to {last.day} {last:%B} {last.year}"


def question(found: Backtest) -> str:
    """Ask what was asked."""
    return f"What was known by {found.train[1].day} {found.train[1]:%B %Y}: does it forecast {days_of(found.test)}?"


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
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def sentences(found: Backtest) -> list[str]:
    """Tell, for each measure that is not trusted, by how much and in which direction it misses."""
    return [miss(found, one) for one in found.verdicts if one.trust is Trust.DISTRUST]


def miss(found: Backtest, one: Verdict) -> str:
    """Tell how far a measure's forecast is off."""
    worst = one.fine if not one.fine.holds else one.daily
    held = f"bands hold {worst.coverage.share:.0%} of {grain_word(found, worst.series.grain)}s"
    return f"{_capital(one.measure.label)}: {held}; {level(one.level)}."


def level(one: Score) -> str:
    """Set the forecast's mean level beside the observed one: `forecast 51 s, observed 44 s in all (16 % too high)`."""
    texts = [value(one, number) for number in (one.forecast, one.observed)]
    where = "on an average day" if one.series.grain == "day" else "in all"
    return f"forecast {texts[0]}, observed {texts[1]} {where} ({bias(one)})"


def bias(one: Score) -> str:
    """Write size and direction of a miss: `16 % too high`."""
    if not math.isfinite(one.bias):
        return "none observed"
    if abs(one.bias) < 0.005:
        return "on the mark"
    return f"{abs(one.bias):.0%} too {'high' if one.bias > 0 else 'low'}"


def error(share: float) -> str:
    """Write an error relative to what was observed; a dash where nothing was."""
    return f"{share:.1%}" if math.isfinite(share) else "–"


def value(one: Score, number: float) -> str:
    """Write a value in its measure's unit."""
    return format_value(one.series.measure.unit, number)


def how_sure(found: Backtest) -> str:
    """Say how the verdict is made, and from how much."""
    fine = "half-hour" if found.period.slot_minutes == 30 else "hour"
    count = len(found.forecast.inputs)
    drawn = f"{count} uncertain figure{'' if count == 1 else 's'} drawn anew in each" if count else "none uncertain"
    return (
        f"Bands run from 5 to 95 % of {found.forecast.replications} simulated futures ({drawn}), so they hold 90 % if"
        f" the model is right. Trust needs 80 %, by {fine} where there is one and by day, and a smaller error by day"
        f" than both naive forecasts. {found.period.days} test days; times of a day are alike, so intervals are over"
        " days."
    )


def distances(found: Backtest) -> list[str]:
    """Tell how far apart whole distributions are."""
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
    return [f"{clean(one.path)} {clean(one.text)}" for one in found.findings if one.level == "warning"]


def notes(found: Backtest) -> list[str]:
    """List what its reader may want to know."""
    return [f"{_capital(clean(one.path))} {clean(one.text)}." for one in found.findings if one.level == "note"]


def _capital(text: str) -> str:
    whole = clean(text)
    return f"{whole[:1].upper()}{whole[1:]}"
