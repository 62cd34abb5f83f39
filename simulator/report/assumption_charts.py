"""The chart of assumptions: what each could do to one KPI, between the ends of its range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.base.quantities import Figure as Quantified
from simulator.base.text import clean
from simulator.calibration.fit.scenario_text import in_words
from simulator.metrics.registry import BY_NAME
from simulator.report.charts.tornado import Bar, tornado_chart
from simulator.report.compare.sentences import signed_change, size_of_change, subject
from simulator.report.format import minutes_scale, signed
from simulator.studies.roi.sensitivity import KpiSwing
from simulator.studies.running.results import Replications

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UNITS = {"score": "points of 5", "hours": "hours", "share": "share of tickets"}


def kpi_tornado(swings: Sequence[KpiSwing], centre: Replications, kpi: str) -> Figure:
    """Draw what each input changes in a KPI; `centre` is the desk with all inputs as they stand."""
    known = BY_NAME[kpi]
    values = [centre.estimate(kpi).mean, *(end for row in swings for end in (row.low.mean, row.high.mean))]
    scale, axis = minutes_scale(max(values)) if known.unit == "minutes" else (1.0, UNITS.get(known.unit, ""))
    bars = [Bar(row.input.name, ends_in_words(row), (row.low.mean / scale, row.high.mean / scale)) for row in swings]
    note = (
        f"{known.title} with one input at the 5 % (light) and the 95 % end (dark) of its range, all others as they "
        f"stand, the same customers, {len(centre)} replications. The values beside the bars are the input's own."
    )
    title = finding(swings, centre, kpi)
    return tornado_chart(bars, values[0] / scale, known.unit, title, note, currency=centre.currency, axis=axis)


def finding(swings: Sequence[KpiSwing], centre: Replications, kpi: str) -> str:
    """Say which of the inputs moves a KPI most."""
    first = swings[0]
    if not first.found.mean:
        return f"None of these inputs moves {subject(kpi)}"
    size = size_of_change(BY_NAME[kpi], first.found, centre.currency)
    chance = "" if first.found.excludes_zero else ", which may be chance"
    most = " most" if len(swings) > 1 else ""
    return f"{clean(first.input.name)} moves {subject(kpi)}{most}: by {size}{chance}"


def details(swings: Sequence[KpiSwing], centre: Replications, kpi: str) -> str:
    """Return what the chart shows beside its title."""
    told = "; ".join(
        f"{clean(row.input.name)} from {' to '.join(ends_in_words(row))}: "
        f"{signed(BY_NAME[kpi].unit, row.found.mean, centre.currency)}"
        for row in swings
    )
    return f"Tornado chart of {subject(kpi)}. {told}."


def ends_in_words(row: KpiSwing) -> tuple[str, str]:
    """Write an input's low and high value in its own unit."""
    unit = row.input.known[0].quantity.unit
    low, high = (in_words(Quantified(end), unit)[0] for end in row.ends)
    return low, high


def swing_cells(row: KpiSwing, centre: Replications, kpi: str) -> tuple[str, ...]:
    """Return a swing as the cells of a table: input, its ends, the KPI at both, the difference."""
    change = signed_change(BY_NAME[kpi], row.found, centre.currency)
    levels = (centre.spelled(kpi, end) for end in (row.low, row.high))
    return (clean(row.input.name), *ends_in_words(row), *levels, change)
