"""Differences between variants in words: `“2 extra evening agents” cuts SLA breaches by 3.1 points [2.6, 3.6]`."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulator.base.stats import Estimate
from simulator.base.text import clean, listed
from simulator.base.units import MINUS
from simulator.metrics.registry import BY_NAME, Kpi
from simulator.report.format import minutes_scale
from simulator.report.words import BETTER, HIGHER, LOWER, MARKS, ONE_RUN, SAME, UNCLEAR, WORSE
from simulator.studies.compare.comparison import Comparison, Difference

_SUBJECTS = {
    "sla_breach": "SLA breaches",
    "first_response_p50": "the median first response",
    "first_response_p90": "the 90th percentile of first responses",
    "aht": "handle time",
    "csat_mean": "CSAT",
    "cost_total": "total cost",
}
"""What sentences call a KPI; others by their title."""
PLURAL = ("sla_breach",)
_MOST_NAMED = 6
"""Variants that the answer names one by one."""


def subject(kpi: str) -> str:
    """Name a KPI within a sentence."""
    if kpi in _SUBJECTS:
        return _SUBJECTS[kpi]
    title = BY_NAME[kpi].title
    return title if title[:2].isupper() else title[0].lower() + title[1:]


def judged(difference: Difference) -> str:
    """Judge a difference by Holm's test: better, worse, higher, lower, unchanged, or not clear; empty without one."""
    kpi, found = BY_NAME[difference.kpi], difference.found
    if found.replications == 0 or not math.isfinite(found.mean):
        return ""
    if found.replications == 1:
        return ONE_RUN
    if not difference.is_clear:
        return SAME if found.mean == found.low == found.high == 0 else UNCLEAR
    up = found.mean > 0
    if kpi.better == "neither":
        return HIGHER if up else LOWER
    return BETTER if up == (kpi.better == "higher") else WORSE


def signed_change(kpi: Kpi, found: Estimate, currency: str) -> str:
    """Write a difference with its interval: `+3.1 points [2.6, 3.6]`, `−$1,200 [−$1,900, −$500]`."""
    return _bracketed(kpi, found.mean, found.low, found.high, currency, sign=True)


def size_of_change(kpi: Kpi, found: Estimate, currency: str, *, interval: bool = True) -> str:
    """Write a difference without its sign, as after `cuts … by`; the interval, where wanted, follows suit."""
    mean, low, high = (
        (found.mean, found.low, found.high) if found.mean >= 0 else (-found.mean, -found.high, -found.low)
    )
    return _bracketed(kpi, mean, low, high, currency, interval=interval)


def sentence(comparison: Comparison, variant: str) -> str:
    """Say in a sentence what a variant changes, clear differences first."""
    clear, unclear, same = [], [], []
    for difference in comparison.of(variant):
        verdict, kpi = judged(difference), BY_NAME[difference.kpi]
        if verdict == SAME:
            same.append(subject(kpi.name))
        elif verdict == UNCLEAR:
            unclear.append(f"{subject(kpi.name)} ({_unclear(comparison, difference)})")
        elif verdict:
            verb = verb_of(kpi, difference.found.mean)
            clear.append(f"{verb} {subject(kpi.name)} by {_size(comparison, difference)}")
    name = quoted(variant)
    told = [f"{name} {listed(clear)}"] if clear else []
    if unclear:
        start = "no clear difference in" if clear else f"{name} makes no difference that these replications can show in"
        told.append(f"{start} {listed(unclear)}")
    if same:
        told.append(f"{'nothing changes' if told else f'{name} changes nothing'} in {listed(same)}")
    return f"{'; '.join(told)}." if told else f"{name} has no figure to compare."


def answer(comparison: Comparison) -> str:
    """Say in one sentence what the variants do to the first KPI that any of them changes."""
    kpi = _first_told(comparison)
    rows = comparison.on(kpi)
    shown = rows if len(rows) <= _MOST_NAMED else _extremes(rows)
    parts = [
        _short(comparison, row, subject(kpi) if place == 0 else "them" if kpi in PLURAL else "it")
        for place, row in enumerate(shown)
    ]
    more = f" (of {len(rows)} variants)" if len(shown) < len(rows) else ""
    return f"Against {quoted(comparison.variants[0].name)}, {'; '.join(parts)}{more}."


def difference_cells(comparison: Comparison, variant: str) -> list[tuple[str, str, str, str, str]]:
    """Return a table of what a variant changes: KPI, reference, variant, difference with its interval, verdict."""
    rows = []
    for row in comparison.of(variant):
        kpi, reference, study = BY_NAME[row.kpi], comparison.reference, comparison.studies[variant]
        change = signed_change(kpi, row.joint, reference.currency)
        verdict = judged(row)
        levels = reference.spelled(row.kpi, row.reference), study.spelled(row.kpi, row.level)
        rows.append((kpi.title, *levels, change, f"{MARKS.get(verdict, '')} {verdict}".strip()))
    return rows


def _first_told(comparison: Comparison) -> str:
    """Return the first KPI with a clear difference, or the first one."""
    clear = [kpi for kpi in comparison.kpis if any(row.is_clear for row in comparison.on(kpi))]
    return (clear or list(comparison.kpis))[0]


def how_sure(comparison: Comparison) -> str:
    """Say what the brackets hold together, and whether the variants meet the same customers."""
    count = len(comparison.reference)
    together = f"{comparison.tested} differences" if comparison.tested != 1 else "one difference"
    return (
        f"Differences are paired by replication ({count} of them). A difference counts as clear if Holm's p-value for"
        f" all {together} together is 0.05 or less; brackets hold together with 95 % (Bonferroni)."
        f" {customers(comparison)} Brackets cover chance, not how well the inputs are known."
    )


def customers(comparison: Comparison) -> str:
    """Say whether the variants meet the same customers."""
    if not comparison.strangers:
        return "All variants meet the same customers."
    names = listed([quoted(name) for name in comparison.strangers])
    verb = "meets" if len(comparison.strangers) == 1 else "meet"
    return (
        f"{names} {verb} other customers than {quoted(comparison.variants[0].name)} (arrivals or kinds of tickets "
        "differ), so part of the difference is who comes, and brackets are wider."
    )


def quoted(name: str) -> str:
    """Put a variant's name in quotes, in one line."""
    return f"“{clean(name)}”"


def _short(comparison: Comparison, difference: Difference, what: str) -> str:
    kpi, verdict = BY_NAME[difference.kpi], judged(difference)
    name = quoted(difference.variant)
    there = f" in {what}" if what not in ("them", "it") else ""
    if verdict == SAME:
        return f"{name} changes nothing{there}"
    if verdict in (UNCLEAR, ONE_RUN, ""):
        return f"{name} makes no clear difference{there} ({_unclear(comparison, difference)})"
    return f"{name} {verb_of(kpi, difference.found.mean)} {what} by {_size(comparison, difference)}"


def _unclear(comparison: Comparison, difference: Difference) -> str:
    change = signed_change(BY_NAME[difference.kpi], difference.joint, comparison.reference.currency)
    few = difference.joint.replications > 1 and not math.isfinite(difference.joint.low)
    return f"{change}, too few replications to tell" if few else change


def _size(comparison: Comparison, difference: Difference) -> str:
    text = size_of_change(BY_NAME[difference.kpi], difference.joint, comparison.reference.currency)
    if not difference.joint.excludes_zero:
        text += f" (Holm p = {difference.p_holm:.3f})"
    return text


def _extremes(rows: Sequence[Difference]) -> list[Difference]:
    """Return the lowest and the highest difference, of the clear ones where there are any."""
    known = [row for row in rows if math.isfinite(row.found.mean)]
    known = [row for row in known if row.is_clear] or known or list(rows)
    known.sort(key=lambda row: row.found.mean)
    return known if len(known) < 2 else [known[0], known[-1]]


def verb_of(kpi: Kpi, change: float) -> str:
    """Return the verb for a change: `cuts SLA breaches`, `lengthens handle time`."""
    up = change > 0
    if kpi.unit == "minutes" and kpi.better == "lower":
        return "lengthens" if up else "shortens"
    if kpi.better == "lower":
        return "raises" if up else "cuts"
    return "raises" if up else "lowers"


def _bracketed(
    kpi: Kpi, mean: float, low: float, high: float, currency: str, *, sign: bool = False, interval: bool = True
) -> str:
    """Write a mean and its interval in the same decimals and, except for money and counts, the unit once."""
    if not math.isfinite(mean):
        return "–"
    if kpi.unit in ("share", "points", "score", "minutes"):
        factor, unit, least = _scale(kpi, max(abs(value) for value in (mean, low, high) if math.isfinite(value)))
        places = _places(factor * (high - low) / 2, factor * mean, least)
        # A bound beside 0 that is written as 0 would hide which side it lies on.
        places += any(value != 0 and round(factor * value, places) == 0 for value in (low, high))
        numbers = [_number(factor * value, places) for value in (mean, low, high)]
    else:
        numbers, unit = [kpi.format(value, currency) for value in (mean, low, high)], ""
    plus = "+" if sign and mean > 0 and any(digit in "123456789" for digit in numbers[0]) else ""
    if low == high or not interval:
        return f"{plus}{numbers[0]}{unit}"
    if not math.isfinite(low):
        return f"{plus}{numbers[0]}{unit} [–]"
    return f"{plus}{numbers[0]}{unit} [{numbers[1]}, {numbers[2]}]"


def _scale(kpi: Kpi, largest: float) -> tuple[float, str, int]:
    """Choose what a difference is written in: factor, unit, decimals at least."""
    if kpi.unit == "minutes":
        minutes, name = minutes_scale(largest)
        short = {"seconds": "s", "minutes": "min", "hours": "h", "days": "days"}[name]
        return 1 / minutes, f" {short}", 1
    return {"share": (100.0, " points", 1), "points": (1.0, " points", 1)}.get(kpi.unit, (1.0, "", 2))


def _places(half: float, mean: float, least: int) -> int:
    """Choose decimals so that an interval shows at least one digit that is not 0."""
    size = half if math.isfinite(half) and half > 0 else abs(mean)
    if not math.isfinite(size) or size == 0:
        return least
    return min(max(least, math.ceil(-math.log10(size))), 4)


def _number(value: float, places: int) -> str:
    if not math.isfinite(value):
        return "–"
    text = f"{value:,.{places}f}"
    zero = not text.strip("-0.,")
    return (text.lstrip("-") if zero else text).replace("-", MINUS)
