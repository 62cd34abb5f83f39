"""Charts of a sweep: over one input lines or dots by KPI, over two heat maps, and the front of cost and SLA."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.stats import Estimate, estimate
from simulator.base.text import clean, short
from simulator.base.units import MINUS
from simulator.metrics.registry import BY_NAME
from simulator.report.charts import theme
from simulator.report.charts.drawing import Dot, dots, number_axis
from simulator.report.charts.theme import MARK, ramp, text_on
from simulator.report.compare.sentences import size_of_change
from simulator.report.format import minutes_scale, tick
from simulator.report.sweep import sentences
from simulator.studies.running.variants import AS_IS, Variant
from simulator.studies.sweep.sweeping import FrontPlace, Sweep, is_dominated, tied_with_best

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


Build = Callable[[Sweep], "Figure | None"]

_MOST_TICKS = 7


def curves(sweep: Sweep) -> Figure | None:
    """Draw KPIs against the one varied number; None for words or several inputs."""
    numbers = sweep.axes[0].numbers
    if len(sweep.axes) != 1 or numbers is None or len(numbers) < 2:
        return None
    kpis = _with_values(sweep)
    rows = math.ceil(len(kpis) / 2)
    figure = theme.new_figure(1.75 * rows + 0.25)
    grid = figure.subplots(rows, 2, squeeze=False, sharex=True)
    for axes, kpi in zip(grid.flat, kpis, strict=False):
        _curve(axes, sweep, kpi, np.array(numbers))
    for axes in grid.flat[len(kpis) :]:
        axes.axis("off")
    for axes in grid.flat[max(len(kpis) - 2, 0) : len(kpis)]:
        axes.tick_params(labelbottom=True)
        axes.set_xlabel(_axis_title(sweep, 0), fontsize=8)
    return theme.finish(figure, sentences.end_to_end(sweep), _note(sweep))


def categories(sweep: Sweep) -> Figure | None:
    """Draw KPIs for each value of the one varied input where the values are words; None otherwise."""
    if len(sweep.axes) != 1 or (sweep.axes[0].numbers is not None and len(sweep.variants) > 1):
        return None
    kpis = _with_values(sweep)
    count = len(sweep.variants)
    figure = theme.new_figure(len(kpis) * (0.23 * count + 0.62) + 0.1)
    grid = figure.subplots(len(kpis), 1, squeeze=False)
    for axes, kpi in zip(grid[:, 0], kpis, strict=True):
        known, study = BY_NAME[kpi], sweep.base
        found = [sweep.studies[variant.name].estimate(kpi) for variant in sweep.variants]
        scale, unit = _scale(kpi, found)
        rows = [
            Dot(short(sentences.label(sweep, variant)), value, theme.AI, sentences.spelled(sweep, variant, kpi))
            for variant, value in zip(sweep.variants, found, strict=True)
        ]
        dots(axes, rows, known.unit, currency=study.currency, scale=scale)
        theme.panel_title(axes, f"{known.title}{unit}")
    return theme.finish(figure, sentences.answer(sweep, brief=True).rstrip("."), _note(sweep))


def details(sweep: Sweep) -> str:
    """Return what the chart shows beside its title."""
    values = [
        f"{sentences.label(sweep, variant)}: "
        + ", ".join(f"{BY_NAME[kpi].title} {sentences.spelled(sweep, variant, kpi)}" for kpi in sweep.kpis)
        for variant in sweep.variants
    ]
    return f"KPIs against {clean(sweep.axes[0].path)}: {'; '.join(values)}."


def _axis_title(sweep: Sweep, number: int) -> str:
    """Title the axis of a varied input: its path, and its unit where values have one."""
    axis = sweep.axes[number]
    unit = {"m": "minutes", "h": "hours", "s": "seconds", "d": "days"}.get(axis.unit, axis.unit)
    return f"{short(axis.path, 44)}{f', {unit}' if unit else ''}"


def _with_values(sweep: Sweep) -> list[str]:
    return [kpi for kpi in sweep.kpis if np.isfinite(sweep.means(kpi)).any()] or list(sweep.kpis[:1])


def _scale(kpi: str, found: list[Estimate]) -> tuple[float, str]:
    """Choose the unit of a panel: what values are divided by, and how the title names it."""
    if BY_NAME[kpi].unit != "minutes":
        return 1.0, ""
    scale, name = minutes_scale(max((value.mean for value in found if math.isfinite(value.mean)), default=1.0))
    return scale, f", {name}"


def _curve(axes: Axes, sweep: Sweep, kpi: str, numbers: Floats) -> None:
    order = np.argsort(numbers)
    found = [sweep.studies[sweep.variants[place].name].estimate(kpi) for place in order]
    scale, unit = _scale(kpi, found)
    x = numbers[order]
    mean, low, high = (np.array([getattr(value, name) for value in found]) / scale for name in ("mean", "low", "high"))
    axes.fill_between(x, low, high, color=theme.AI, alpha=0.22, linewidth=0)
    axes.plot(x, mean, "o-", color=theme.AI, markersize=4)
    _mark_as_is(axes, sweep, kpi, scale)
    currency = sweep.base.currency
    number_axis(axes, "y", BY_NAME[kpi].unit, currency)
    axes.yaxis.set_major_formatter(lambda value, _: tick(BY_NAME[kpi].unit, value, currency).replace("-", MINUS))
    axes.grid(axis="y")
    axes.margins(y=0.15)
    stride = math.ceil(len(x) / _MOST_TICKS)
    axes.set_xticks(x[::stride], [f"{value:.6g}" for value in x[::stride]])
    theme.panel_title(axes, f"{BY_NAME[kpi].title}{unit}")


def _mark_as_is(axes: Axes, sweep: Sweep, kpi: str, scale: float) -> None:
    """Mark the scenario as it is: a ring around its value, or a dashed line where no value of the sweep is its."""
    here = sweep.base.estimate(kpi).mean / scale
    if not math.isfinite(here):
        return
    if sweep.reference == AS_IS:
        axes.axhline(here, color=theme.MUTED, linestyle=(0, (4, 3)), linewidth=1)
        return
    numbers = sweep.axes[0].numbers or ()
    place = [variant.name for variant in sweep.variants].index(sweep.reference)
    axes.plot([numbers[place]], [here], "o", markersize=9, markerfacecolor="none", markeredgecolor=theme.INK)


def _note(sweep: Sweep) -> str:
    mark = "The dashed line is the scenario as it is. " if sweep.reference == AS_IS else ""
    if not mark and sweep.axes[0].numbers is not None:
        mark = "The ring marks the scenario as it is. "
    what = "bands" if sweep.axes[0].numbers is not None else "bars"
    return (
        f"{mark}Means of {len(sweep.base)} replications, the same customers at every value; {what} are 95 % intervals,"
        " each for itself. Values differ by less chance than these suggest, as their customers are the same. Axes"
        " show only the range that occurs."
    )


# -- charts of a sweep's plane ----------------------------------------------------------------------------------------


_MOST_VALUES = 40
"""Values on an axis up to which a heat map can be read."""
_MOST_WRITTEN = 9
"""Columns up to which cells hold their figure."""
_DOT_WIDE, _DOT_HIGH, _TEXT_HIGH, _LETTER_WIDE = 0.012, 0.02, 0.02, 0.0115
"""Half sizes of a point, half the height and the width of a letter, as shares of the scatter chart."""
_MOST_TOLD = 20
_MOST_LABELS = 10


def heat_maps(sweep: Sweep) -> Figure | None:
    """Draw each KPI over the two varied inputs, the best cell marked; None for other numbers of inputs."""
    if len(sweep.axes) != 2 or max(sweep.shape) > _MOST_VALUES or min(sweep.shape) < 2:
        return None
    kpis = [kpi for kpi in sweep.kpis if np.isfinite(sweep.means(kpi)).any()]
    if not kpis:
        return None
    across, down = _orientation(sweep)
    columns, rows = sweep.shape[across], sweep.shape[down]
    side_by_side = 2 if columns <= 6 or columns > _MOST_WRITTEN else 1
    lines = math.ceil(len(kpis) / side_by_side)
    figure = theme.new_figure(lines * (min(0.27 * rows, 3.0) + 0.75) + 0.2)
    grid = figure.subplots(lines, side_by_side, squeeze=False)
    for axes, kpi in zip(grid.flat, kpis, strict=False):
        _heat_map(axes, sweep, kpi, across, down)
    for axes in grid.flat[len(kpis) :]:
        axes.axis("off")
    for axes in grid[-1, :]:
        axes.set_xlabel(_axis_title(sweep, across), fontsize=8)
    for axes in grid[:, 0]:
        axes.set_ylabel(short(sentences.axis_names(sweep)[down], 18), fontsize=8)
    note = (
        f"Down: {_axis_title(sweep, down)}. Means of {len(sweep.base)} replications. The frame is the best mean; "
        "a dot marks cells that are not clearly worse (paired, 95 % each). "
        "Darker is more, whether that is good or bad; each panel has its own scale."
    )
    return theme.finish(figure, sentences.answer(sweep, brief=True).rstrip("."), note)


def heat_details(sweep: Sweep) -> str:
    """Return what the heat maps show beside their title."""
    names = " and ".join(clean(axis.path) for axis in sweep.axes)
    return f"Heat maps of {len(sweep.kpis)} KPIs over {names}."


def pareto(sweep: Sweep) -> Figure | None:
    """Draw the first two objectives against each other, the third as colour; None with fewer than two."""
    if not sweep.places:
        return None
    x_kpi, y_kpi, *rest = sweep.objectives
    figure = theme.new_figure(4.0)
    axes = figure.subplots()
    _points(axes, sweep, x_kpi, y_kpi, rest[0] if rest else "")
    currency = sweep.base.currency
    for which, kpi in (("x", x_kpi), ("y", y_kpi)):
        number_axis(axes, which, BY_NAME[kpi].unit, currency)
    axes.set_xlabel(_axis_words(x_kpi), fontsize=8)
    axes.set_ylabel(_axis_words(y_kpi), fontsize=8)
    axes.grid(visible=True)
    note = (
        f"Means of {len(sweep.base)} replications. Large points, labelled where there is room: no other setting"
        f" is at least as good in all of {len(sweep.objectives)} objectives and better in one. The line joins those"
        " that are so in the two axes alone, which show only the range that occurs. "
    )
    if rest:
        means, shade = sweep.means(rest[0]), BY_NAME[rest[0]]
        low, high = (shade.format(value, currency) for value in (means.min(), means.max()))
        # Where both ends look the same, the difference says how little the colours mean.
        gap = size_of_change(shade, estimate([means.max() - means.min()]), currency)
        note += f"Colour is {shade.title}, {low} (light) to {high} (dark{f', {gap} more' if low == high else ''}). "
    note += "A dotted edge: that place may be chance."
    if sweep.reference != AS_IS:
        note += " The cross is the scenario as it is."
    return theme.finish(figure, sentences.front_title(sweep), note)


def pareto_details(sweep: Sweep) -> str:
    """Return what the scatter chart shows beside its title."""
    rows = "; ".join(
        f"{sentences.label(sweep, variant)}: "
        + ", ".join(f"{BY_NAME[kpi].title} {sentences.spelled(sweep, variant, kpi)}" for kpi in sweep.objectives)
        for variant in sweep.front()[:_MOST_TOLD]
    )
    return f"Scatter chart of settings. {rows}."


def _orientation(sweep: Sweep) -> tuple[int, int]:
    """Put the input with more values across."""
    return (0, 1) if sweep.shape[0] > sweep.shape[1] else (1, 0)


def _heat_map(axes: Axes, sweep: Sweep, kpi: str, across: int, down: int) -> None:
    means = sweep.means(kpi) if across == 1 else sweep.means(kpi).T
    least, most = float(np.nanmin(means)), float(np.nanmax(means))
    span = most - least or 1.0
    axes.pcolormesh(np.ma.masked_invalid(means), cmap=ramp(), vmin=least, vmax=least + span, linewidth=0)
    axes.invert_yaxis()
    rows, columns = means.shape
    currency = sweep.base.currency
    if columns <= _MOST_WRITTEN:
        for row in range(rows):
            for column in range(columns):
                value = float(means[row, column])
                colour = text_on((value - least) / span) if math.isfinite(value) else theme.MUTED
                text = BY_NAME[kpi].format(value, currency)
                axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=7, color=colour)
    _mark_best(axes, sweep, kpi, across, (means - least) / span)
    _ticks(axes, "x", sweep.axes[across].values)
    _ticks(axes, "y", sweep.axes[down].values)
    axes.tick_params(length=0, labelsize=7.5)
    for side in axes.spines.values():
        side.set_visible(False)
    ends = " to ".join(BY_NAME[kpi].format(value, currency) for value in (least, most))
    theme.panel_title(axes, f"{BY_NAME[kpi].title}: {ends}")


def _mark_best(axes: Axes, sweep: Sweep, kpi: str, across: int, shade: Floats) -> None:
    from matplotlib.patches import Rectangle

    best, tied = tied_with_best(sweep, kpi)
    if best is None or len(tied) == len(sweep.variants) - 1:
        return
    names = [variant.name for variant in sweep.variants]

    def place(variant: Variant) -> tuple[int, int]:
        first, second = np.unravel_index(names.index(variant.name), sweep.shape)
        return (int(second), int(first)) if across == 1 else (int(first), int(second))

    column, row = place(best)
    axes.add_patch(Rectangle((column, row), 1, 1, fill=False, edgecolor=MARK, linewidth=2.2, zorder=4))
    for variant in tied:
        column, row = place(variant)
        axes.plot([column + 0.12], [row + 0.2], "o", markersize=2.6, color=text_on(float(shade[row, column])))


def _ticks(axes: Axes, which: str, values: Sequence[str]) -> None:
    stride = math.ceil(len(values) / _MOST_LABELS) if which == "x" else math.ceil(len(values) / 20)
    places = np.arange(len(values))[::stride]
    labels = [short(values[place], 14) for place in places]
    (axes.set_xticks if which == "x" else axes.set_yticks)(places + 0.5, labels)


def _axis_words(kpi: str) -> str:
    better = BY_NAME[kpi].better
    return f"{BY_NAME[kpi].title} ({better} is better)"


def _points(axes: Axes, sweep: Sweep, x_kpi: str, y_kpi: str, colour_kpi: str) -> None:
    x, y = (sweep.means(kpi).ravel() for kpi in (x_kpi, y_kpi))
    shade = sweep.means(colour_kpi).ravel() if colour_kpi else np.zeros(len(x))
    shade = (shade - shade.min()) / (np.ptp(shade) or 1.0)
    signs = [-1 if BY_NAME[kpi].better == "higher" else 1 for kpi in (x_kpi, y_kpi)]
    line = np.flatnonzero(~is_dominated(np.column_stack([signs[0] * x, signs[1] * y])))
    line = line[np.argsort(x[line])]
    axes.plot(x[line], y[line], color=theme.MUTED, linewidth=1.2, zorder=1)
    colours = ramp()
    for place, variant in enumerate(sweep.variants):
        spot = sweep.places[variant.name]
        is_on = spot in (FrontPlace.FRONT, FrontPlace.FRONT_UNSURE)
        edge = theme.INK if is_on else theme.MUTED
        style = ":" if spot in (FrontPlace.FRONT_UNSURE, FrontPlace.OFF_UNSURE) else "-"
        axes.scatter(
            x[place], y[place], s=75 if is_on else 26, color=colours(shade[place]) if colour_kpi else theme.AI,
            edgecolors=edge, linewidths=1.1, linestyle=style, zorder=3 if is_on else 2,
        )  # fmt: skip
        if variant.name == sweep.reference:
            axes.plot(x[place], y[place], "+", color=MARK, markersize=13, markeredgewidth=1.6, zorder=4)
    axes.margins(0.1)
    _labels(axes, sweep, x, y)


def _labels(axes: Axes, sweep: Sweep, x: Floats, y: Floats) -> None:
    """Name the points on the front, each on a side of its point where no other point or name is; not where none is."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    spots = [(float(a - left) / (right - left), float(b - low) / (high - low)) for a, b in zip(x, y, strict=True)]
    taken = [(a - _DOT_WIDE, b - _DOT_HIGH, a + _DOT_WIDE, b + _DOT_HIGH) for a, b in spots]
    names = [variant.name for variant in sweep.variants]
    for variant in sweep.front():
        place = names.index(variant.name)
        text = " / ".join(short(value, 18) for _, value in variant.settings)
        wide, (across, up) = _LETTER_WIDE * len(text), spots[place]
        below = up - _DOT_HIGH
        for side, rise, shift, box in (
            ("center", "top", (0, -8), (across - wide / 2, below - 2 * _TEXT_HIGH, across + wide / 2, below)),
            ("left", "center", (7, 0),
             (across + _DOT_WIDE, up - _TEXT_HIGH, across + _DOT_WIDE + wide, up + _TEXT_HIGH)),
            ("right", "center", (-7, 0),
             (across - _DOT_WIDE - wide, up - _TEXT_HIGH, across - _DOT_WIDE, up + _TEXT_HIGH)),
        ):
            inside = box[0] >= 0 and box[2] <= 1 and box[1] >= 0
            if inside and not any(_overlap(box, other) for other in taken):
                spot = (float(x[place]), float(y[place]))
                axes.annotate(text, spot, xytext=shift, textcoords="offset points", ha=side, va=rise, fontsize=8)
                taken.append(box)
                break


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
