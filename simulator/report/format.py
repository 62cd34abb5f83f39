"""How the report writes what is known of a number: estimates with intervals, margins, differences, ticks.

A single number is written by its unit in `base.units`; nothing else formats one.
"""

from __future__ import annotations

import math
import re

from simulator.base.stats import Estimate
from simulator.base.units import MINUS, MISSING, Unit, currency_symbol, format_value, time_unit, with_interval

_ZERO = re.compile(r"(?<![\d.,])0(\.0+)?(?![\d.,])")


def spelled(unit: Unit, found: Estimate, currency: str = "USD") -> str:
    """Write an estimate with its interval: `12.3% [11.0%, 13.6%]`, or its mean alone where there is none."""
    return with_interval(unit, found.mean, found.low, found.high, currency)


def margin(unit: Unit, found: Estimate, currency: str = "USD") -> str:
    """Write an interval as short as it goes: `± 0.4 pts`, or `[0.0%, 0.4%]` where it was cut; empty without one."""
    if not found.low < found.high:
        return ""
    if math.isclose(found.high - found.mean, found.mean - found.low, rel_tol=1e-9, abs_tol=1e-12):
        return f"± {half(unit, found.half_width, currency)}"
    low, high = (format_value(unit, value, currency) for value in (found.low, found.high))
    return "" if low == high else f"[{low}, {high}]"


def half(unit: Unit, width: float, currency: str = "USD") -> str:
    """Write half an interval's width: shares in points, with as many digits as it takes for one that is not 0."""
    if unit == "share":
        points = 100 * width
        return f"{points:.1f} pts" if points >= 0.1 else f"{points:.2f} pts"
    # A difference of points has a sign of its own; a margin has both.
    text = format_value(unit, width, currency).lstrip("+")
    if not _ZERO.search(text):
        return text
    seconds = 60 * width if unit == "minutes" else width
    finer = next((f"{seconds:.{places}f}" for places in (2, 3) if round(seconds, places)), None)
    return text if finer is None else _ZERO.sub(finer, text)


def signed(unit: Unit, value: float, currency: str = "USD") -> str:
    """Write a difference with its sign; shares differ by points."""
    if not math.isfinite(value):
        return MISSING
    if unit in ("share", "points"):
        return format_value("points", 100 * value if unit == "share" else value)
    size = format_value(unit, abs(value), currency)
    is_none = size == format_value(unit, 0.0, currency)  # what is written as 0 has no sign
    return size if is_none else f"{'+' if value > 0 else MINUS}{size}"


def size_of(unit: Unit, value: float, currency: str = "USD") -> str:
    """Write a difference without its sign."""
    return signed(unit, abs(value), currency).lstrip("+")


def bracketed(mean: str, low: str, high: str, *, found: Estimate) -> str:
    """Put an interval behind a mean that is written already, where there is one."""
    return f"{mean} [{low}, {high}]" if math.isfinite(found.low) else mean


def minutes_scale(longest: float) -> tuple[float, str]:
    """Choose the unit of a time axis: minutes per unit and the unit's name."""
    minutes, _, name = time_unit(longest, least=2.0)
    return minutes, name


def tick(unit: Unit, value: float, currency: str = "USD") -> str:
    """Write a tick of an axis: as short as the unit allows."""
    if unit == "share":
        return f"{100 * value:.4g}%".replace("-", MINUS) if value < 1.0001 else ""
    if unit == "money":
        size = abs(value)
        factor, suffix = (1e6, "M") if size >= 1e6 else (1e3, "k") if size >= 1e4 else (1.0, "")
        return f"{MINUS if value < 0 else ''}{currency_symbol(currency)}{size / factor:,.4g}{suffix}"
    return f"{value:,.4g}".replace("-", MINUS)
