"""Charts of an AI's shadow log: reliability, what thresholds let pass, and how far its word can be taken by intent."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from simulator.base.stats import Estimate
from simulator.base.text import short
from simulator.base.units import format_value, with_interval
from simulator.calibration.fit.ai import AiEvidence
from simulator.calibration.fit.ai_intents import Predicted
from simulator.calibration.fit.ai_reliability import Above
from simulator.calibration.fit.estimate import Ranged
from simulator.report.charts import theme
from simulator.report.charts.drawing import Dot, dots, number_axis
from simulator.report.finding import Chart
from simulator.report.format import tick

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_INTENTS = 20
_FEWEST = 10
"""Judgements from which on a threshold or an intent is named in a title."""
_MATTERS = 0.02
"""Calibration error from which on a title calls the AI's word off."""
_WHAT = {"routing": "recognises the intent", "answer": "is right"}
_DONE = {"routing": "recognised", "answer": "right"}
_share = partial(format_value, "share")


def charts(evidence: AiEvidence) -> list[Chart]:
    """Return the charts of one judgement; that by intent only where the log names the desk's."""
    stage = evidence.stage
    found = [
        Chart(f"ai_{stage}_reliability", partial(_reliability, evidence), partial(_errors, evidence)),
        Chart(f"ai_{stage}_thresholds", partial(_thresholds, evidence), partial(_each_threshold, evidence)),
    ]
    sure = sorted((one for one in evidence.predicted if one.n), key=lambda one: one.shrunk.value)
    if sure:
        found.append(Chart(f"ai_{stage}_intents", partial(_by_intent, evidence, sure), partial(_each_intent, sure)))
    return found


# -- reliability -------------------------------------------------------------------------------------------------


def _reliability(evidence: AiEvidence) -> Figure:
    figure = theme.new_figure(4.4)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    above.plot([0, 1], [0, 1], color=theme.BASELINE, linewidth=1, linestyle=(0, (4, 3)))
    above.fill_between(evidence.confidence, evidence.low, evidence.high, color=theme.AI, alpha=0.22, linewidth=0)
    above.plot(evidence.confidence, evidence.curve, color=theme.AI)
    stated = np.array([one.stated for one in evidence.bins])
    right = np.array([[one.right.value, one.right.low, one.right.high] for one in evidence.bins])
    spread = np.abs(right[:, 1:] - right[:, :1]).T
    above.errorbar(stated, right[:, 0], spread, fmt="o", color=theme.INK, markersize=4, linewidth=1)
    _label(above, evidence)
    above.set_ylim(-0.02, 1.04)
    above.set_ylabel(f"share {_DONE[evidence.stage]}")
    below.bar(evidence.edges[:-1], evidence.counts, np.diff(evidence.edges), align="edge", color=theme.SKY)
    below.set_ylabel("judgements")
    below.set_xlabel("stated confidence")
    below.set_xlim(0, 1)
    number_axis(above, "y", "share")
    number_axis(below, "y", "count")
    number_axis(below, "x", "share")
    above.grid(axis="both")
    ranges = f"{len(evidence.bins)} ranges of as many judgements each" if len(evidence.bins) > 1 else "all judgements"
    form = "logistic regression of the log-odds" if evidence.form == "log_odds" else "isotonic regression"
    note = (
        f"Dots: {ranges}, with 90 % intervals; line: the fitted curve"
        f" ({form}) with its 90 % range; dashed: an AI as good as its word. {_errors(evidence)}"
    )
    return theme.finish(figure, _verdict(evidence), note)


def _errors(evidence: AiEvidence) -> str:
    return (
        f"Log-loss on judgements not fitted {evidence.held_out[evidence.form]:.4f}, at the AI's word"
        f" {evidence.log_loss_stated:.4f}; Brier score {evidence.brier_held_out:.4f} and {evidence.brier_stated:.4f};"
        f" calibration error {_spelled(evidence.ece_held_out)}, and {_spelled(evidence.ece_stated)}."
        f" n = {evidence.n:,}."
    )


def _label(axes: Axes, evidence: AiEvidence) -> None:
    """Name the two lines where they are far apart."""
    place = int(np.argmax(np.abs(evidence.curve - evidence.confidence)))
    at, level = float(evidence.confidence[place]), float(evidence.curve[place])
    is_over = level < at
    align, side = ("left", 8) if is_over else ("right", -8)
    axes.annotate("fitted", (at, level), xytext=(side, -2 if is_over else 6), textcoords="offset points", ha=align,
                  color=theme.AI, fontsize=8)  # fmt: skip
    axes.annotate("as good as its word", (at, at), xytext=(-side, 2 if is_over else -6), textcoords="offset points",
                  ha="right" if is_over else "left", color=theme.MUTED, fontsize=8)  # fmt: skip


def _verdict(evidence: AiEvidence) -> str:
    says, is_right = _share(evidence.stated), _share(evidence.right.value)
    facts = f"says {says} on average and {_WHAT[evidence.stage]} in {is_right}"
    error = f"calibration error {_spelled(evidence.ece_stated)}"
    if evidence.ece_stated.high < _MATTERS:
        return f"The AI is as good as its word: it {facts} ({error})"
    if evidence.ece_stated.low == 0:
        return f"Nothing in {evidence.n:,} judgements speaks against the AI's word: it {facts} ({error})"
    if evidence.ece_stated.low > 2 * abs(evidence.right.value - evidence.stated):
        return f"The AI is too sure at some confidences and not sure enough at others: it {facts} ({error})"
    if evidence.right.low > evidence.stated:
        return f"The AI knows more than it says: it {facts} ({error})"
    if evidence.right.high < evidence.stated:
        return f"The AI says more than it knows: it {facts} ({error})"
    return f"The AI's word is off, though hardly on average: it {facts} ({error})"


# -- thresholds --------------------------------------------------------------------------------------------------


def _thresholds(evidence: AiEvidence) -> Figure:
    figure = theme.new_figure(3.0)
    axes = figure.subplots()
    rows = [one for one in evidence.above if one.n]
    if rows:
        coverage = np.array([one.coverage for one in rows])
        right = np.array([[one.accuracy.value, one.accuracy.low, one.accuracy.high] for one in rows])
        spread = np.abs(right[:, 1:] - right[:, :1]).T
        axes.errorbar(coverage, right[:, 0], spread, fmt="o-", color=theme.AI, markersize=4, elinewidth=4,
                      ecolor=theme.SKY)  # fmt: skip
        _name_thresholds(axes, rows)
    else:
        axes.text(0.5, 0.5, f"never {_share(evidence.above[0].threshold)} sure", transform=axes.transAxes,
                  ha="center", color=theme.MUTED)  # fmt: skip
    axes.margins(y=0.2)
    axes.set_xlim(0, 1.04)
    axes.set_xlabel("share of judgements at or above the threshold")
    axes.set_ylabel(f"share of them {_DONE[evidence.stage]}")
    number_axis(axes, "x", "share")
    number_axis(axes, "y", "share")
    axes.grid(axis="both")
    note = (
        "Each dot is a threshold on the stated confidence; bars: 90 % intervals. Counted on the log; tickets that are"
        " not alike in mix or wording will differ."
    )
    return theme.finish(figure, _trade(evidence), note)


def _each_threshold(evidence: AiEvidence) -> str:
    told = "; ".join(
        f"{tick('share', one.threshold)}: {_share(one.accuracy.value)} {_DONE[evidence.stage]} of"
        f" {_share(one.coverage)}"
        for one in evidence.above
        if one.n
    )
    return f"{told}."


def _name_thresholds(axes: Axes, rows: list[Above]) -> None:
    """Write thresholds beside their dots, those left out that would lie on the one before."""
    last = float("inf")
    for one in rows:
        if last - one.coverage < 0.025:
            continue
        last = one.coverage
        axes.annotate(tick("share", one.threshold), (one.coverage, one.accuracy.high), xytext=(0, 4),
                      textcoords="offset points", ha="center", fontsize=7.5, color=theme.MUTED)  # fmt: skip


def _trade(evidence: AiEvidence) -> str:
    rows = [one for one in evidence.above if one.n >= _FEWEST]
    if not rows:
        return f"Too few judgements at {_share(evidence.above[0].threshold)} confidence or more to set a threshold by"
    low, high = rows[0], rows[-1]
    first = f"From {tick('share', low.threshold)} on the AI {_WHAT[evidence.stage]} in {_share(low.accuracy.value)}"
    if low.n == high.n:
        return f"{first}, and takes {_share(low.coverage)} of tickets"
    return (
        f"{first} and takes {_share(low.coverage)} of tickets, from {tick('share', high.threshold)} on in"
        f" {_share(high.accuracy.value)} of {_share(high.coverage)}"
    )


# -- by intent ---------------------------------------------------------------------------------------------------


def _by_intent(evidence: AiEvidence, sure: list[Predicted]) -> Figure:
    shown = sure[:MOST_INTENTS]
    figure = theme.new_figure(0.24 * len(shown) + 0.7)
    axes = figure.subplots()
    rows = [
        Dot(
            short(one.name, 36), Estimate(one.shrunk.value, one.shrunk.low, one.shrunk.high, one.n), theme.AI,
            f"{_share(one.shrunk.value)}  n={one.n:,}",
        )
        for one in shown
    ]  # fmt: skip
    dots(axes, rows, "share")
    counted = [one.accuracy for one in shown]
    axes.plot(counted, range(len(shown)), "o", color=theme.INK, markersize=4, fillstyle="none", markeredgewidth=0.8)
    axes.set_xlim(left=min(axes.get_xlim()[0], min(counted) - 0.01))
    axes.set_xlabel(f"share right of tickets taken for the intent at {tick('share', evidence.threshold)} or more")
    which = f"the {len(shown)} least sure of {len(sure)} intents" if len(shown) < len(sure) else "all intents"
    note = (
        f"Shown: {which}. Dot and bar: share right, drawn toward that of all intents as far as judgements are few, with"
        " its 90 % interval; ring: as counted."
    )
    worst = shown[0]
    title = (
        f"At {tick('share', evidence.threshold)} or more the AI's word is weakest for {short(worst.name, 40)}: right in"
        f" {_spelled(worst.shrunk)}, of all intents in {_share(_pooled(sure))}"
    )
    return theme.finish(figure, title, note)


def _each_intent(sure: list[Predicted]) -> str:
    told = [f"{one.name}: {_share(one.shrunk.value)}, n={one.n:,}" for one in sure[:MOST_INTENTS]]
    return f"{'; '.join(told)}."


def _pooled(rows: list[Predicted]) -> float:
    return sum(one.accuracy * one.n for one in rows) / sum(one.n for one in rows)


def _spelled(found: Ranged) -> str:
    return with_interval("share", found.value, found.low, found.high)
