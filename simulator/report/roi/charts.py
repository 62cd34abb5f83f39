"""Charts of a business case: money over the months, tornado, distribution of ROI, break-even, assumed figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulator.base.text import clean
from simulator.base.units import MINUS, Unit, format_value
from simulator.money.cash_flow import CASES
from simulator.report.charts import theme
from simulator.report.charts.drawing import number_axis, spread
from simulator.report.charts.tornado import Bar, tornado_chart
from simulator.report.format import tick
from simulator.report.roi import sentences
from simulator.studies.roi.break_even import BreakEven
from simulator.studies.roi.business_case import RoiStudy
from simulator.studies.roi.sensitivity import Swing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Build = Callable[[RoiStudy], "Figure | None"]
_COLOURS = {"capacity": theme.AI, "cash": theme.PEOPLE}
_MOST_BARS = 12
_NO_DRAWS = "No input states a range, so there is no band."


def cumulative(study: RoiStudy) -> Figure:
    """Draw the running totals of both cases with the draws' 10-90 % range."""
    figure = theme.new_figure(3.1)
    axes = figure.subplots()
    months = np.arange(study.plan.months + 1)
    ends: list[tuple[str, float]] = []
    for case, colour in _COLOURS.items():
        total = np.cumsum(study.outlook.central.net(case)[0, :-1])
        low, _, high = study.outlook.cumulative[case]
        if study.inputs:
            axes.fill_between(months, low, high, color=colour, alpha=0.22, linewidth=0)
        axes.plot(months, total, color=colour, marker="o", markersize=3)
        ends.append((f"{case} {format_value('money', float(total[-1]), study.currency)}", float(total[-1])))
    axes.axhline(0, color=theme.MUTED, linewidth=1)
    bottom, top = axes.get_ylim()
    places = spread([end for _, end in ends], 0.07 * (top - bottom), bottom, top)
    for (text, _), place in zip(ends, places, strict=True):
        axes.text(months[-1] * 1.02, place, text, va="center", fontsize=8)
    axes.set_xlim(0, study.plan.months * 1.3)
    axes.set_xticks(months[:: max(1, math.ceil(study.plan.months / 12))])
    axes.set_xlabel("months from the start")
    axes.set_ylabel(f"net value so far, {study.currency}")
    number_axis(axes, "y", "money", study.currency)
    axes.grid(axis="y")
    note = (
        "Running total of benefits less AI bill, review and set-up. Capacity counts saved agent time at its hourly"
        " cost, cash what the roster costs less; both count penalties and churn avoided. "
    )
    if np.any(study.outlook.central.amounts[0, :, -1]):
        note += "Net value in the title includes what is invoiced after the last month. "
    band = "Bands hold 10 to 90 % of the draws of uncertain inputs." if study.inputs else _NO_DRAWS
    return theme.finish(figure, _months_title(study), note + band)


def _months_title(study: RoiStudy) -> str:
    words = [
        f"{case}: {sentences.paid_back(study, name)},"
        f" {sentences.figure(study, f'net_value_{case}')} after {sentences.span(study)}"
        for case, name in (("capacity", "payback_months"), ("cash", "payback_cash_months"))
    ]
    title = "; ".join(words)
    return title[0].upper() + title[1:]


def tornado(study: RoiStudy) -> Figure | None:
    """Draw what each uncertain input changes; None without any."""
    if not study.tornado:
        return None
    first = study.tornado[0]
    size = format_value("money", abs(first.swing.mean), study.currency)
    title = f"Of the inputs with a range, {clean(first.name)} moves net value most: by {size}"
    note = (
        "Net value, capacity, with one input at the 5 % (light) and the 95 % end (dark) of its range, all others as"
        " they stand, the same customers. The values beside the bars are the input's own."
    )
    return _bars(study, study.tornado[:_MOST_BARS], title, note)


def influences(study: RoiStudy) -> Figure | None:
    """Draw what stress on assumed figures changes; None without any."""
    rows = [one.swing for one in sentences.most_influential(study)[:_MOST_BARS] if one.swing is not None]
    if not rows:
        return None
    size = format_value("money", abs(rows[0].swing.mean), study.currency)
    title = f"Of what is only assumed, {clean(rows[0].name)} could change most: {size} at ±{study.stress:.0%}"
    note = (
        "Stress, not probability: net value, capacity, with one assumed figure without a range at"
        f" 1/{1 + study.stress:g} (light) and {1 + study.stress:g} times (dark) its value; shares by their odds,"
        " whole numbers by at least 1."
        " Measure these first."
    )
    return _bars(study, rows, title, note)


def _bars(study: RoiStudy, rows: Sequence[Swing], title: str, note: str) -> Figure:
    middle = study.outlook.spreads["net_value_capacity"].central.mean
    ends = [(format_value("number", row.ends[0]), format_value("number", row.ends[1])) for row in rows]
    bars = [Bar(row.name, texts, row.net) for row, texts in zip(rows, ends, strict=True)]
    axis = f"net value, capacity, {study.currency}"
    return tornado_chart(bars, middle, "money", title, note, currency=study.currency, axis=axis)


def distribution(study: RoiStudy) -> Figure | None:
    """Draw the draws' ROI, capacity and cash; None without draws."""
    if not study.inputs:
        return None
    figure = theme.new_figure(2.5)
    panels = figure.subplots(1, 2)
    for axes, case in zip(panels, CASES, strict=True):
        found_here = study.outlook.spreads[f"roi_{case}"]
        values = found_here.values[np.isfinite(found_here.values)]
        theme.panel_title(axes, f"{case.capitalize()}: P(ROI > 0) = {study.outlook.chance[case].mean:.0%}")
        if not len(values) or np.ptp(values) < 1e-9:
            same = f"{values[0]:.0%} in every draw".replace("-", MINUS) if len(values) else "no ROI"
            axes.text(0.5, 0.5, same, transform=axes.transAxes, ha="center", color=theme.MUTED)
            axes.axis("off")
            continue
        axes.hist(values, bins=min(40, max(8, len(values) // 10)), color=_COLOURS[case])
        axes.set_xlabel("ROI")
        axes.set_ylabel("draws")
        axes.margins(y=0.15)
        for found, name in zip(found_here.quantiles, ("10%", "50%", "90%"), strict=True):
            axes.axvline(found.mean, color=theme.INK, linewidth=0.9, linestyle=(0, (4, 3)))
            axes.annotate(name, (found.mean, 1.0), xycoords=("data", "axes fraction"), xytext=(2, -8),
                          textcoords="offset points", fontsize=7, color=theme.MUTED)  # fmt: skip
        low, high = axes.get_xlim()
        if low - 0.5 * (high - low) < 0 < high + 0.5 * (high - low):
            axes.axvline(0, color=theme.BAD, linewidth=1.4)
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}".replace("-", MINUS)))
    low, _, high = study.outlook.spreads["roi_capacity"].quantiles
    title = (
        f"ROI (capacity) lies between {sentences.figure(study, 'roi_capacity', low.mean)} and"
        f" {sentences.figure(study, 'roi_capacity', high.mean)} in 8 of 10 draws"
    )
    note = f"ROI of {study.outlook.draws:,} draws of uncertain inputs, simulation noise taken out; dashed: quantiles."
    return theme.finish(figure, title, note)


def break_even(study: RoiStudy) -> Figure | None:
    """Draw net value against each lever; None where none was tried."""
    rows = [row for row in study.break_evens if row.tried]
    if not rows:
        return None
    figure = theme.new_figure(1.95 * math.ceil(len(rows) / 2))
    grid = figure.subplots(math.ceil(len(rows) / 2), 2, squeeze=False).ravel()
    for axes in grid[len(rows) :]:
        axes.set_visible(False)
    for axes, row in zip(grid, rows, strict=False):
        _lever(axes, study, row)
    for axes in grid[: len(rows) : 2]:
        axes.set_ylabel(f"net value, {study.currency}")
    note = (
        "Above each panel: where net value is 0. Net value, capacity, with one lever moved and all else as it stands;"
        " the line is straight between settings that were simulated. Dot: as it stands; diamond: break-even."
    )
    return theme.finish(figure, sentences.break_even_sentence(study).rstrip("."), note)


def _lever(axes: Axes, study: RoiStudy, row: BreakEven) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    shown = sorted((one.shown, one.net) for one in row.tried)
    axes.plot([x for x, _ in shown], [y for _, y in shown], color=theme.AI, marker=".", markersize=4)
    axes.axhline(0, color=theme.BAD, linewidth=1)
    net = np.interp(row.now, [x for x, _ in shown], [y for _, y in shown])
    axes.plot([row.now], [net], "o", color=theme.INK, markersize=5)
    found = "none here"
    if math.isfinite(row.value):
        axes.plot([row.value], [0], "D", color=theme.BAD, markersize=5)
        found = format_value(row.unit, row.value, study.currency)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(row.unit, value, study.currency)))
    number_axis(axes, "y", "money", study.currency)
    axes.grid(axis="y")
    theme.panel_title(axes, f"{row.title}: {found}")


def _tick(unit: Unit, value: float, currency: str) -> str:
    if unit == "minutes":
        return f"{value:g} min"
    return tick(unit, value, currency)


def details(study: RoiStudy, key: str) -> str:
    """Return what a chart shows beside its title."""
    if key == "roi":
        return f"{sentences.answer(study)} {sentences.cash(study)}"
    if key == "break_even":
        return sentences.break_even_sentence(study)
    if key == "cash_flow":
        return ""
    rows = study.tornado if key == "tornado" else [one.swing for one in sentences.most_influential(study)]
    values = [
        f"{clean(row.name)} from {sentences.ends(row)}: {format_value('money', row.swing.mean, study.currency)}"
        for row in rows[:_MOST_BARS] if row is not None
    ]  # fmt: skip
    return f"Net value by input: {'; '.join(values)}."
