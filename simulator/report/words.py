"""Words: figures with intervals, differences and verdicts, as titles, tables and alt texts say them."""

from __future__ import annotations

import math

from simulator.base.stats import Estimate
from simulator.metrics.registry import BY_NAME, Kpi, format_value
from simulator.studies.running.results import Replications

BETTER, WORSE, HIGHER, LOWER = "better", "worse", "higher", "lower"
UNCLEAR, SAME, ONE_RUN = "no clear difference", "unchanged", "one run, no interval"
MARKS = {BETTER: "▲", WORSE: "▼", HIGHER: "↑", LOWER: "↓", UNCLEAR: "≈", SAME: "=", ONE_RUN: "?"}
"""Signs beside verdicts, so that colour is never the only hint."""


def share(found: Estimate) -> str:
    """Write a share with its interval."""
    texts = (format_value("share", value) for value in (found.mean, found.low, found.high))
    return bracketed(*texts, found=found)


def margin(kpi: Kpi, found: Estimate, currency: str) -> str:
    """Write an interval as short as it goes: `± 0.4 pts`, or its bounds where it was cut; empty where there is none."""
    if not math.isfinite(found.low):
        return ""
    if not math.isclose(found.high - found.mean, found.mean - found.low, abs_tol=1e-12):
        return f"{kpi.format(found.low, currency)} to {kpi.format(found.high, currency)}"
    points = 100 * found.half_width
    spelled = f"{points:.1f} pts" if points >= 0.1 else f"{points:.2f} pts"
    half = spelled if kpi.unit == "share" else kpi.format(found.half_width, currency)
    # A difference of points has a sign of its own; a margin has both.
    return f"± {half.lstrip('+')}"


def bracketed(mean: str, low: str, high: str, *, found: Estimate) -> str:
    """Put an interval behind a mean, where there is one."""
    return f"{mean} [{low}, {high}]" if math.isfinite(found.low) else mean


def value_of(study: Replications, kpi: str, *, baseline: bool = False) -> str:
    """Write a KPI's mean."""
    return study.written(kpi, study.estimate(kpi, baseline=baseline).mean)


def signed(kpi: Kpi, value: float, currency: str) -> str:
    """Write a difference with its sign; shares differ by points."""
    if not math.isfinite(value):
        return "–"
    if kpi.unit in ("share", "points"):
        return format_value("points", 100 * value if kpi.unit == "share" else value)
    size = kpi.format(abs(value), currency)
    is_none = size == kpi.format(0.0, currency)  # what is written as 0 has no sign
    return size if is_none else f"{'+' if value > 0 else '−'}{size}"


def size_of(kpi: Kpi, value: float, currency: str) -> str:
    """Write a difference without its sign."""
    return signed(kpi, abs(value), currency).lstrip("+")


def spelled_difference(study: Replications, kpi: str) -> str:
    """Write a KPI's paired difference to the baseline with its interval."""
    found, currency = study.difference(kpi), study.currency
    texts = (signed(BY_NAME[kpi], value, currency) for value in (found.mean, found.low, found.high))
    return bracketed(*texts, found=found)


def verdict(kpi: Kpi, difference: Estimate) -> str:
    """Judge a difference: better, worse, higher, lower, or not clear; empty where there is none."""
    if difference.replications == 0:
        return ""
    if difference.replications == 1:
        return SAME if difference.mean == 0 else ONE_RUN
    if not difference.excludes_zero:
        return SAME if difference.mean == difference.low == 0 else UNCLEAR
    up = difference.mean > 0
    if kpi.better == "neither":
        return HIGHER if up else LOWER
    return BETTER if up == (kpi.better == "higher") else WORSE


def weeks_of(study: Replications) -> str:
    """Write the scenario's length: `4 weeks`."""
    weeks = int(study.scenario.weeks)
    return f"{weeks} week{'' if weeks == 1 else 's'}"


def runs_of(study: Replications) -> str:
    """Return what figures are means of, and what their intervals are."""
    count = len(study)
    if count == 1:
        return "One replication, so there is no interval."
    return f"Means of {count} replications; bars and shaded bands are 95 % intervals."


def compares(study: Replications, kpi: str) -> bool:
    """Return whether a KPI means something in the AI-off baseline and was measured there."""
    if not study.has_baseline or "ai" in BY_NAME[kpi].needs.split():
        return False
    return study.estimate(kpi, baseline=True).replications > 0
