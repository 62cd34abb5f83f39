"""Charts of a backtest: one unit per measure, axes with names, and days that are worlds apart all to be seen."""

from dataclasses import replace

import numpy as np
import pytest

from simulator.calibration.backtest.backtesting import Backtest
from simulator.report.backtest import charts
from simulator.report.charts import theme
from tests.support.backtest_desks import truth


def with_waits(scale: float, factors: dict[int, float]) -> Backtest:
    """The true scenario's backtest with days' waits multiplied, observed and forecast alike."""
    found = truth()
    scores = []
    for one in found.scores:
        series = one.series
        if series.measure.key == "wait_mean":
            by_day = np.full(found.period.days, scale)
            for day, factor in factors.items():
                by_day[day] *= factor
            times = by_day[series.day] if series.grain != "period" else scale
            names = ("observed", "mean", "median", "low", "high", "last", "erlang")
            series = replace(series, **{name: getattr(series, name) * times for name in names})
        scores.append(replace(one, series=series))
    return replace(found, scores=tuple(scores))


@pytest.mark.parametrize("scale", [0.02, 1.0, 400.0])
def test_a_measure_has_one_unit_in_all_panels_and_every_axis_its_name(scale: float) -> None:
    found = with_waits(scale, {})
    with theme.themed():
        days, profile = charts.daily(found), charts.profile(found)
    assert profile is not None
    units = [{axes.get_title(loc="left").split(":")[0]: axes.get_ylabel() for axes in figure.axes}
             for figure in (days, profile)]  # fmt: skip
    assert units[0]["Mean wait"] == units[1]["Mean wait"] != ""
    assert all(name for panels in units for name in panels.values())


@pytest.mark.parametrize("quiet", [1e-2, 0.0])
def test_days_that_are_worlds_apart_are_drawn_on_logarithms(quiet: float) -> None:
    found = with_waits(1.0, {5: 500.0, 6: quiet})
    with theme.themed():
        figure = charts.daily(found, ["wait_mean"])
        (axes,) = figure.axes
        figure.draw_without_rendering()
    assert axes.get_title(loc="left").startswith("Mean wait (log scale): ")
    one = found.score_of("wait_mean", "day")
    assert one is not None
    drawn = axes.transData.transform(np.column_stack([np.zeros(28), one.series.observed * 60]))[:, 1]
    low, high = axes.bbox.ymin, axes.bbox.ymax
    assert ((drawn >= low) & (drawn <= high)).all(), "every day lies within the panel"
    assert np.median(drawn) > low + 0.15 * (high - low), "and ordinary ones off its lower edge"


def test_days_that_are_alike_are_drawn_on_an_even_axis() -> None:
    with theme.themed():
        figure = charts.daily(truth(), ["arrivals"])
    assert figure.axes[0].get_yscale() == "linear"
