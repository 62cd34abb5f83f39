"""Risk and coverage: each intent's share of wrong answers against the share of its tickets that the AI answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulator.report import theme
from simulator.report.drawing import number_axis
from simulator.report.words import short
from simulator.studies.tuning.space import NEVER
from simulator.studies.tuning.static_rule import RiskCurve, lattice_place

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_INTENTS = 12
FEWEST_ANSWERS = 30


def risk_coverage(curves: Sequence[RiskCurve], chosen: Mapping[str, float], role: str) -> Figure | None:
    """Draw the curves of the intents with most tickets; `chosen` are their thresholds, `role` what the note calls them.

    None without curves.
    """
    shown = sorted(curves, key=lambda curve: -curve.tickets)[:MOST_INTENTS]
    if not shown:
        return None
    columns = min(4, len(shown)) if len(shown) > 3 else len(shown)
    lines = math.ceil(len(shown) / columns)
    figure = theme.new_figure(1.55 * lines + 0.5)
    grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
    for axes, curve in zip(grid.flat, shown, strict=False):
        _panel(axes, curve, chosen[curve.intent])
    for axes in grid.flat[len(shown) :]:
        axes.axis("off")
    for axes in grid.flat[max(len(shown) - columns, 0) : len(shown)]:
        axes.set_xlabel("answered")
    highest = max((float(np.nanmax(line.get_ydata())) for axes in grid.flat for line in axes.get_lines()
                   if np.isfinite(line.get_ydata()).any()), default=1.0)  # fmt: skip
    grid[0, 0].set_ylim(0, 1.15 * highest or 1.0)
    figure.supylabel("wrong ÷ complete answers", fontsize=8, color=theme.MUTED)
    note = (
        "Across: tickets answered ÷ tickets on which the AI has the choice; a lower threshold goes to the right. The"
        f" star is the {role} threshold. From drawn tickets with the scenario's calibration: queues play no part."
    )
    return theme.finish(figure, risk_title(curves, chosen), note)


def _panel(axes: Axes, curve: RiskCurve, threshold: float) -> None:
    place = lattice_place(threshold)
    # Above very high thresholds so few answers are left that their share of wrong ones is noise.
    many = curve.coverage * curve.tickets >= FEWEST_ANSWERS
    axes.plot(curve.coverage[many], curve.risk[many], color=theme.AI)
    if np.isfinite(curve.risk[place]):
        axes.plot(curve.coverage[place], curve.risk[place], "*", color=theme.BOTH, markersize=12,
                  markeredgecolor=theme.INK, markeredgewidth=0.7)  # fmt: skip
    axes.text(0.96, 0.98, f"from {threshold:g}" if threshold < NEVER else "never",
              transform=axes.transAxes, ha="right", va="top", fontsize=8, color=theme.MUTED)  # fmt: skip
    axes.set_xlim(0, 1.02)
    axes.grid(True)
    for which in ("x", "y"):
        number_axis(axes, which, "share")
    axes.set_xticks([0, 0.5, 1], ["0%", "50%", "100%"])
    theme.panel_title(axes, short(curve.intent, 22))


def risk_title(curves: Sequence[RiskCurve], chosen: Mapping[str, float]) -> str:
    """State how much the AI would answer, and where it would be wrong most often."""
    at = [(curve, lattice_place(chosen[curve.intent])) for curve in curves]
    answered = sum(curve.tickets * curve.coverage[place] for curve, place in at)
    total = sum(curve.tickets for curve, _ in at) or 1.0
    known = [(curve.risk[place], curve.intent) for curve, place in at if np.isfinite(curve.risk[place])]
    text = f"The AI would answer {answered / total:.0%} of the tickets it may answer"
    if len(known) > 1:
        worst, name = max(known)
        text += f"; most often wrong on {short(name, 28)} ({worst:.0%})"
    elif known:
        text += f", {known[0][0]:.0%} of them wrongly"
    return text


def describe_risk(curves: Sequence[RiskCurve], chosen: Mapping[str, float]) -> str:
    """Tell risk and coverage in words."""
    return f"Risk–coverage curves of {len(curves)} intents. {risk_title(curves, chosen)}."
