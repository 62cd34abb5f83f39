"""Handle time by hour of the day, where hours differ by more than noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import special

from simulator.calibration.exports.table import Export

Floats = NDArray[np.float64]
MIN_TICKETS = 2000
"""Tickets that an intent needs: with fewer, hours of any size differ by 10 % from noise alone."""
MIN_PER_HOUR = 50
"""Tickets that an hour needs for a factor of its own; the others keep 1."""
SIGNIFICANT = 0.01
"""Shared by all intents that are tested (Bonferroni)."""


def hour_factors(
    export: Export, rows: NDArray[np.intp], minutes: Floats, ended: NDArray[np.bool_]
) -> Iterator[tuple[str, list[float], str]]:
    """Give each intent whose hours differ, its 24 factors and their source.

    An F-test on log minutes says whether they differ (one-way analysis of variance); the factors are means of the hour
    relative to all day, drawn toward 1 by the share of their variance that noise explains, and 1 on average over
    tickets.
    """
    done = ended & (minutes > 0)
    rows, minutes = rows[done], minutes[done]
    hour = (export.clock(export.created[rows]).minute // 60).astype(np.int64)
    codes = export.intent.codes[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(export.intent.names))
    tested = np.flatnonzero(counts >= MIN_TICKETS)
    for code in tested:
        here = codes == code
        chance = _f_test(hour[here], np.log(minutes[here]))
        if chance < SIGNIFICANT / len(tested):
            n = int(counts[code])
            text = f"measured: n={n:,} tickets; hours differ (F-test, p = {chance:.1g}), drawn toward 1"
            yield export.intent.names[code], _factors(hour[here], minutes[here]), text


def _f_test(hour: NDArray[np.int64], values: Floats) -> float:
    """Give the p-value that all hours with enough tickets have the same mean."""
    sizes = np.bincount(hour, minlength=24)
    kept = (sizes >= MIN_PER_HOUR)[hour]
    hour, values = hour[kept], values[kept]
    sizes = np.bincount(hour, minlength=24)
    groups, n = int((sizes > 0).sum()), len(values)
    if groups < 2:
        return 1.0
    means = np.bincount(hour, values, minlength=24) / np.maximum(sizes, 1)
    between = float(sizes @ (means - values.mean()) ** 2) / (groups - 1)
    within = float(((values - means[hour]) ** 2).sum()) / (n - groups)
    return float(special.fdtrc(groups - 1, n - groups, between / within)) if within > 0 else 1.0


def _factors(hour: NDArray[np.int64], minutes: Floats) -> list[float]:
    sizes = np.bincount(hour, minlength=24)
    enough = sizes >= MIN_PER_HOUR
    sums, squares = (np.bincount(hour, values, minlength=24) for values in (minutes, minutes**2))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / sizes
        noise = (squares / sizes - means**2) / sizes / minutes.mean() ** 2
    relative = means[enough] / minutes.mean()
    between = max(float(np.average((relative - 1) ** 2 - noise[enough], weights=sizes[enough])), 0.0)
    factors = np.ones(24)
    factors[enough] = 1 + between / (between + noise[enough]) * (relative - 1)
    factors /= float(sizes @ factors) / len(minutes)
    factors[sizes == 0] = 1.0
    return [round(float(factor), 3) for factor in factors]
