"""How a number is written by its unit: the one formatter of each unit, and the one ladder of units of time."""

from __future__ import annotations

import math
from typing import Literal

MINUS = "\N{MINUS SIGN}"
MISSING = "–"
Unit = Literal[
    "share", "minutes", "hours", "score", "points", "count", "money", "ratio", "months", "amount", "number", "level",
    "change",
]  # fmt: skip
"""What a number counts: `amount` is money to the cent below a heading that names the currency, `number` any number
to three digits, `level` one written out as it was given, such as a threshold, `change` a signed share of a level."""
_SIGNS = {"$": ("USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD"), "€": ("EUR",), "£": ("GBP",)}
"""Signs of amounts, and the currencies that each may stand for; the first is the one that we write with it."""
CURRENCY_SIGNS = tuple(_SIGNS)
_TIMES = ((1.0, 1 / 60, "s", "seconds"), (120.0, 1.0, "min", "minutes"), (2880.0, 60.0, "h", "hours"),
         (math.inf, 1440.0, "days", "days"))  # fmt: skip
"""Units of time: below how many minutes each is used, its own minutes, its short and its long name."""


def time_unit(minutes: float, least: float = 1.0) -> tuple[float, str, str]:
    """Return the unit that a duration is written in: its minutes, short name and long name.

    Durations below `least` minutes are written in seconds.
    """
    ladder = ((least, *_TIMES[0][1:]), *_TIMES[1:])
    return next((size, short, long) for below, size, short, long in ladder if abs(minutes) < below)


def format_value(unit: Unit, value: float, currency: str = "USD") -> str:
    """Write a value for people: `12.3%`, `4.2 h`, `$1,200`; a dash where there is none."""
    if not math.isfinite(value):
        return MISSING
    return _finite(unit, value, currency).replace("-", MINUS)


def with_interval(unit: Unit, mean: float, low: float, high: float, currency: str = "USD") -> str:
    """Write a mean with its interval, where there is one: `12.3% [11.0%, 13.6%]`."""
    written = [format_value(unit, value, currency) for value in (mean, low, high)]
    return f"{written[0]} [{written[1]}, {written[2]}]" if math.isfinite(low) else written[0]


def currency_symbol(currency: str) -> str:
    """Return the sign that amounts begin with: `$`, or the ISO code and a space."""
    return next((sign for sign, known in _SIGNS.items() if known[0] == currency), f"{currency} ")


def is_currency_sign(sign: str, currency: str) -> bool:
    """Return whether people write amounts of a currency with this sign."""
    return currency in _SIGNS[sign]


def _finite(unit: Unit, value: float, currency: str) -> str:
    size = abs(value)
    if unit == "minutes":
        minutes, name, _ = time_unit(value)
        return f"{value / minutes:.1f} {name}"
    if unit == "money":
        places = 2 if 0 < size < 100 else 0
        return f"{'-' if value < 0 else ''}{currency_symbol(currency)}{size:,.{places}f}"
    return {
        "share": f"{value:.1%}",
        "hours": f"{value:,.{0 if size >= 100 else 1}f} h",
        "score": f"{value:.2f}",
        "points": f"{value:+.1f} pts",
        "count": f"{value:,.0f}" if size >= 10 else f"{value:.2f}".rstrip("0").rstrip("."),
        "ratio": f"{value:.2f}×",
        "months": f"{value:.1f} months",
        "amount": f"{value:,.2f}" if size >= 0.005 else "0",
        "number": f"{value:,.0f}" if size >= 1000 else f"{value:.3g}",
        "level": f"{value:g}",
        "change": f"{value:+.1%}",
    }[unit]
