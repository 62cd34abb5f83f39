"""Charts of a backtest: days against their bands, the shape of a day, coverage, and errors beside naive ones.

A measure has one unit on the whole page, and logarithms where its days are worlds apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from simulator.base.arrays import Floats
from simulator.base.text import listed, short
from simulator.base.units import Unit, format_value
from simulator.calibration.backtest.backtesting import Backtest
from simulator.calibration.backtest.verdict import NEEDED, Score, Series, Trust
from simulator.report.backtest.sentences import TRUST_WORDS
from simulator.report.charts import theme
from simulator.report.charts.drawing import number_axis
from simulator.report.format import minutes_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_WORLDS_APART = 30.0
"""Largest ÷ smallest value above 0 from which days are drawn on logarithms: else the small ones lie on the axis."""


@dataclass(frozen=True)
class _ValueAxis:
    """How a measure's values are drawn."""

    scale: float
    """Minutes per unit of the axis; 1 for what is not a time."""
    name: str
    """What the axis counts: `hours`, `tickets`, `share`."""
    unit: Unit
    is_log: bool
    """Whether days need logarithms; a mean day by half-hour does not."""


def _axis_of(found: Backtest, one: Score) -> _ValueAxis:
    """Choose the axis of a measure by its days, so that all panels of the page have the same unit."""
    by_day = (found.score_of(one.series.measure.key, "day") or one).series
    points = _points_of(by_day)
    positive = points[points > 0]
    is_share = by_day.measure.unit == "share"
    is_log = not is_share and len(positive) > 1 and bool(positive.max() > _WORLDS_APART * positive.min())
    if by_day.measure.unit == "minutes":
        # A weekend's two days would make hours of the minutes of all others.
        usual = float(np.median(positive) if is_log else points.max())
        return _ValueAxis(*minutes_scale(usual), "count", is_log)
    return _ValueAxis(1.0, "share" if is_share else "tickets", "share" if is_share else "count", is_log)


def _points_of(series: Series) -> Floats:
    """Return what was observed and the forecasts' medians, where both are known."""
    seen = series.looked_at
    return np.concatenate([series.observed[seen], series.median[seen]])


def _log_axis(axes: Axes, points: Floats, top: float) -> None:
    """Draw an axis on logarithms from the least of some points above 0 to `top`, with 0 below where one is 0."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    least = float(points[points > 0].min())
    powers = 10.0 ** np.arange(np.floor(np.log10(least)), np.ceil(np.log10(top)) + 1)
    # Below the smallest of these the axis is even, so that a day with nothing has its place.
    axes.set_yscale("symlog", linthresh=powers[0], linscale=0.5)
    has_zero = bool((points <= 0).any())
    axes.set_ylim(-0.3 * powers[0] if has_zero else least / 2, 1.6 * top)
    places = [0.0, *powers] if has_zero else list(powers)
    axes.yaxis.set_major_locator(FixedLocator(places[:: 1 + (len(places) - 1) // 6]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))


# -- charts of a backtest ---------------------------------------------------------------------------------------------


_DAILY = ("abandoned", "wait_mean", "resolution_median", "met_sla", "backlog", "reassigned", "reopened", "arrivals")
"""Which measures the days are drawn of, as far as there are: the first three, and arrivals last."""
_MOST_PANELS = 4
_BY_SLOT = ("arrivals", "wait_mean", "abandoned")
_RIVALS = {"last period": ("s", theme.BASELINE, "as in the last period"), "Erlang": ("^", theme.PEOPLE, "Erlang")}


def daily(found: Backtest, keys: Sequence[str] = ()) -> Figure:
    """Draw observed days against their bands, of the measures named, or of those that matter most."""
    shown = [one for key in keys if (one := found.score_of(key, "day")) is not None] or _daily(found)
    figure = theme.new_figure(1.55 * len(shown) + 0.3)
    panels = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
    for axes, one in zip(panels, shown, strict=True):
        axis = _axis_of(found, one)
        _draw_days(axes, one, axis)
        axes.set_ylabel(axis.name)
        axes.grid(axis="y")
        how = " (log scale)" if axis.is_log else ""
        theme.panel_title(axes, f"{_capital(one.series.measure.label)}{how}: {_held(one)} of days inside")
    figure.align_ylabels(panels)
    _date_axis(panels[-1], found)
    note = (
        "Band: 5 to 95 % of simulated futures; line: their median. Dots: observed; diamonds lie outside the band."
        " Dotted: as in the last period."
    )
    return theme.finish(figure, _daily_title(shown), note)


def _draw_days(axes: Axes, one: Score, axis: _ValueAxis) -> None:
    series, scale = one.series, axis.scale
    days = np.arange(len(series.observed))
    axes.fill_between(days, series.low / scale, series.high / scale, color=theme.AI, alpha=0.22, linewidth=0)
    axes.plot(days, series.median / scale, color=theme.AI, linewidth=1.4)
    axes.plot(days, series.last / scale, color=theme.BASELINE, linewidth=1, linestyle=":")
    out = series.looked_at & ~series.inside
    held = series.looked_at & series.inside
    axes.plot(days[held], series.observed[held] / scale, "o", color=theme.INK, markersize=3.5)
    axes.plot(days[out], series.observed[out] / scale, "D", color=theme.BAD, markersize=5)
    top = _top(series.observed, series.high, series.last) / scale
    if axis.is_log:
        _log_axis(axes, _points_of(series) / scale, top)
    else:
        axes.set_ylim(-0.05 * top, 1.08 * top)  # Half a marker's room below 0.
        number_axis(axes, "y", axis.unit)


def _daily(found: Backtest) -> list[Score]:
    scores = [found.score_of(key, "day") for key in _DAILY]
    known = [one for one in scores if one is not None]
    return [*known[: _MOST_PANELS - 1], *known[_MOST_PANELS - 1 :][-1:]]


def _daily_title(shown: Sequence[Score]) -> str:
    held = [one.series.measure.label for one in shown if one.holds]
    out = [one.series.measure.label for one in shown if not one.holds]
    if not out:
        return f"Days went as forecast: bands hold at least {NEEDED:.0%} of days for {listed(held)}"
    beside = f"; they hold {listed(held)}" if held else ""
    return f"Days left their bands too often for {listed(out)}{beside}"


def daily_details(found: Backtest) -> str:
    """Return how many days lie inside their bands."""
    parts = [f"{one.series.measure.label} inside its band on {_held(one)} of days" for one in _daily(found)]
    return f"{'; '.join(parts)}."


def profile(found: Backtest) -> Figure | None:
    """Draw the average day by half-hour; None where nothing is looked at by half-hour."""
    scores = [found.score_of(key, "slot") for key in _BY_SLOT]
    shown = [one for one in scores if one is not None]
    if not shown:
        return None
    figure = theme.new_figure(1.6 * len(shown) + 0.3)
    panels = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
    hours = np.arange(found.period.slots + 1) * found.period.slot_minutes / 60
    for axes, one in zip(panels, shown, strict=True):
        axis = _axis_of(found, one)
        observed, mean, last, erlang = (
            _by_slot(found, one, name) / axis.scale for name in ("observed", "mean", "last", "erlang")
        )
        for values, colour, style, width in (
            (mean, theme.AI, "-", 1.8), (last, theme.BASELINE, ":", 1.0), (erlang, theme.PEOPLE, "--", 1.1),
        ):  # fmt: skip
            axes.stairs(values, hours, baseline=None, color=colour, linestyle=style, linewidth=width)
        axes.plot(hours[:-1] + found.period.slot_minutes / 120, observed, "o", color=theme.INK, markersize=3)
        axes.set_ylim(0, 1.08 * _top(observed, mean, last, erlang))
        number_axis(axes, "y", axis.unit)
        axes.set_ylabel(axis.name)
        axes.grid(axis="y")
        held = f"bands hold {_held(one)} of {found.grain_word('slot')}s"
        theme.panel_title(axes, f"{_capital(one.series.measure.label)}: {held}")
    figure.align_ylabels(panels)
    panels[-1].set_xlim(*_opening(found, shown[0]))
    panels[-1].set_xlabel("hour of the day")
    note = (
        "Means over the test days. Dots: observed; line: forecast mean; dotted: as in the last period"
        f"{'; dashed: Erlang' if found.erlang is not None else ''}. Bands are those of single days."
    )
    return theme.finish(figure, _profile_title(found, shown), note)


def _profile_title(found: Backtest, shown: Sequence[Score]) -> str:
    one = next((score for score in shown if score.series.measure.key == "wait_mean"), shown[0])
    observed, mean = _by_slot(found, one, "observed"), _by_slot(found, one, "mean")
    both = np.isfinite(observed) & np.isfinite(mean)
    varies = both.sum() > 2 and float(observed[both].std()) > 0 and float(mean[both].std()) > 0
    label = one.series.measure.label
    if not varies:
        return f"The average day: {label} by {found.grain_word('slot')}, observed beside forecast"
    tie = float(np.corrcoef(observed[both], mean[both])[0, 1])
    if tie >= 0.8:
        return f"The forecast has the shape of the day: {label} by {found.grain_word('slot')}, correlation {tie:.2f}"
    return f"The forecast misses the shape of the day: {label} by {found.grain_word('slot')}, correlation {tie:.2f}"


def profile_details(found: Backtest) -> str:
    """Return which measures the chart of the day shows."""
    shown = [one for key in _BY_SLOT if (one := found.score_of(key, "slot")) is not None]
    names = listed([one.series.measure.label for one in shown])
    return f"{_capital(names)} on the average day, observed beside forecast, last period and Erlang."


def _by_slot(found: Backtest, one: Score, name: str) -> Floats:
    """Average a column over the days, by slot; NaN where nothing was looked at."""
    seen = one.series.looked_at
    values = np.where(seen, getattr(one.series, name), math.nan).reshape(found.period.days, -1)
    known = np.isfinite(values)
    sums = np.where(known, values, 0.0).sum(axis=0)
    means: Floats = np.divide(sums, known.sum(axis=0), out=np.full(sums.shape, math.nan), where=known.any(axis=0))
    return means


def _opening(found: Backtest, one: Score) -> tuple[float, float]:
    there = _by_slot(found, one, "mean")
    busy = np.flatnonzero(np.nan_to_num(there) > 0.01 * np.nanmax(there)) * found.period.slot_minutes / 60
    return (float(busy.min()), float(busy.max()) + found.period.slot_minutes / 60) if len(busy) else (0.0, 24.0)


def coverages(found: Backtest) -> Figure:
    """Draw the share of observed values inside their bands, by measure and grain."""
    rows = found.verdicts
    figure = theme.new_figure(0.42 * len(rows) + 0.7)
    axes = figure.subplots()
    axes.axvspan(NEEDED, 1.0, color=theme.BOTH, alpha=0.10, linewidth=0)
    axes.axvline(0.9, color=theme.MUTED, linewidth=1, linestyle=":")
    for place, row in enumerate(rows):
        pairs = [(row.daily, "o", theme.AI, 0.0)]
        if row.fine is not row.daily:
            pairs = [(row.fine, "s", theme.SKY, -0.16), (row.daily, "o", theme.AI, 0.16)]
        for score, mark, colour, shift in pairs:
            held = score.coverage
            axes.plot([held.low, held.high], [place + shift] * 2, color=colour, linewidth=4, alpha=0.4)
            axes.plot([held.share], [place + shift], mark, color=colour, markersize=5.5)
        axes.text(1.03, place, TRUST_WORDS[row.trust], va="center", fontsize=8,
                  color=theme.BAD if row.trust is Trust.DISTRUST else theme.INK)  # fmt: skip
    axes.set_yticks(range(len(rows)), [short(row.measure.label, 40) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(0, 1.32)
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1.0], ["0%", "20%", "40%", "60%", "80%", "100%"])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("share of observed values inside their bands", loc="left")
    note = (
        f"Share of observed values inside their 90 % bands, with 95 % intervals over days. Circles: by day; squares:"
        f" by {found.grain_word('slot')}. Shaded: {NEEDED:.0%} or more, as trust needs; dotted: 90 %."
    )
    return theme.finish(figure, _coverage_title(found), note)


def _coverage_title(found: Backtest) -> str:
    judged = [one for one in found.verdicts if one.trust in (Trust.TRUST, Trust.NO_BETTER, Trust.DISTRUST)]
    good = [one for one in judged if one.trust is not Trust.DISTRUST]
    return f"Bands hold enough of what happened for {len(good)} of {len(judged)} measures"


def coverage_details(found: Backtest) -> str:
    """Return how many days of each measure lie inside their bands."""
    return f"{'; '.join(f'{one.measure.label} {_held(one.daily)} of days' for one in found.verdicts)}."


def errors(found: Backtest) -> Figure | None:
    """Draw the model's error by day beside those of the naive forecasts; None where none has an answer."""
    rows = [
        one
        for one in found.verdicts
        if one.daily.rivals and one.trust is not Trust.GIVEN and math.isfinite(one.daily.wape)
    ]
    if not rows:
        return None
    figure = theme.new_figure(0.36 * len(rows) + 0.9)
    axes = figure.subplots()
    for place, row in enumerate(rows):
        values = [row.daily.wape, *(rival.wape for rival in row.daily.rivals.values())]
        axes.plot([min(values), max(values)], [place, place], color=theme.GRID, linewidth=2, zorder=0)
        for name, rival in row.daily.rivals.items():
            mark, colour, label = _RIVALS[name]
            is_first = all(name not in other.daily.rivals for other in rows[:place])
            axes.plot([rival.wape], [place], mark, color=colour, markersize=6.5, label=label if is_first else None)
        axes.plot([row.daily.wape], [place], "o", color=theme.AI, markersize=7, label=None if place else "the model")
    axes.set_yticks(range(len(rows)), [short(row.measure.label, 40) for row in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.tick_params(axis="y", length=0)
    number_axis(axes, "x", "share")
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}%")
    axes.grid(axis="x")
    axes.set_xlabel("error ÷ what was observed", loc="left")
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, frameon=False, fontsize=8)
    better = [row for row in rows if not row.not_better_than]
    title = f"The model errs less than both naive forecasts for {len(better)} of {len(rows)} measures"
    if not any("Erlang" in row.daily.rivals for row in rows):
        title = f"The model errs less than the last period repeated for {len(better)} of {len(rows)} measures"
    note = "Sum of absolute errors of daily values ÷ sum of what was observed; smaller is better."
    return theme.finish(figure, title, note)


def error_details(found: Backtest) -> str:
    """Return the error of each measure beside those of the naive forecasts."""
    parts = []
    for one in found.verdicts:
        beside = [f"{_RIVALS[name][2]} {format_value('share', rival.wape)}" for name, rival in one.daily.rivals.items()]
        own = format_value("share", one.daily.wape)
        parts.append(f"{one.measure.label} {own}{f' ({listed(beside)})' if beside else ''}")
    return f"Error by day: {'; '.join(parts)}."


def _date_axis(axes: Axes, found: Backtest) -> None:
    days = [found.test[0] + timedelta(days=number) for number in range(found.period.days)]
    step = max(1, math.ceil(len(days) / 10))
    places = [number for number, day in enumerate(days) if day.weekday() == 0] if step > 1 else list(range(len(days)))
    places = places[:: max(1, math.ceil(len(places) / 10))]
    axes.set_xticks(places, [_day_name(days[place]) for place in places])
    axes.set_xlim(-0.6, len(days) - 0.4)


def _day_name(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _top(*columns: Floats) -> float:
    """Return the height that a panel needs, which a few very wide bands do not set."""
    first = float(np.nanmax(columns[0])) if np.isfinite(columns[0]).any() else 1.0
    rest = [float(np.nanmax(column)) for column in columns[1:] if np.isfinite(column).any()]
    return max(first, min(max(rest, default=first), 2.5 * first)) or 1.0


def _held(one: Score) -> str:
    return format_value("share", one.coverage.share)


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
