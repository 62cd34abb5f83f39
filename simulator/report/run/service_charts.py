"""Charts of what customers and finance see: SLA breaches, satisfaction by who resolved, and costs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.base.stats import Estimate
from simulator.base.text import short
from simulator.base.units import format_value
from simulator.metrics.registry import BY_NAME
from simulator.report.charts import theme
from simulator.report.charts.drawing import Dot, dots, spread
from simulator.report.format import bracketed, signed, size_of
from simulator.report.words import SAME, UNCLEAR, compares, runs_of, value_of, verdict, weeks_of
from simulator.studies.running.results import Replications

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COST_COLOURS = {
    "Agents (rostered)": theme.PEOPLE,
    "AI bill": theme.AI,
    "QA of AI answers": theme.SKY,
    "SLA penalties": theme.PLUM,
    "Churn": theme.BAD,
}
_MOST_ROWS = 20
_RESOLVERS = {"csat_ai": "AI alone", "csat_both": "AI, then people", "csat_people": "People alone"}
_SAVINGS = ("saving_capacity", "saving_cash", "failures_avoided", "net_value_capacity", "net_value_cash")


def sla(study: Replications) -> Figure | None:
    """Draw the share of tickets that miss a target, by tier and by intent; None without targets."""
    if "sla_breach" not in study.kpi_names or not study.estimate("sla_breach").replications:
        return None
    tiers, intents = (_rows(study, grouping, "sla_breach") for grouping in ("tier", "intent"))
    tiers = tiers if len(tiers) > 1 else []
    overall = [_overall(study, "sla_breach", "all tickets", theme.INK)]
    if compares(study, "sla_breach"):
        overall.append(_overall(study, "sla_breach", "all, without AI", theme.BASELINE, baseline=True))
    shown = intents[:_MOST_ROWS]
    counts = (len(overall) + len(tiers), len(shown))
    figure = theme.new_figure(0.215 * sum(counts) + 1.15)
    upper, lower = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": counts})
    dots(lower, shown, "share", start=0.0)
    widest = lower.get_xlim()[1]
    dots(upper, [*overall, *tiers], "share", start=0.0)
    upper.set_xlim(0.0, max(widest, upper.get_xlim()[1]))
    theme.panel_title(upper, "Tickets that miss any target" + (", by tier" if tiers else ""))
    more = f" ({len(intents) - _MOST_ROWS} more in the tables)" if len(intents) > _MOST_ROWS else ""
    theme.panel_title(lower, f"By intent, worst first{more}")
    lower.set_xlabel("share of tickets that have a target")
    return theme.finish(figure, _sla_title(study), runs_of(study))


def _sla_title(study: Replications) -> str:
    """State breaches, the baseline's and the worst tier's."""
    title = f"{study.spelled('sla_breach')} of tickets miss an SLA target"
    if compares(study, "sla_breach"):
        title += f", against {value_of(study, 'sla_breach', baseline=True)} without AI"
    groups = study.group_values("tier", "sla_breach").items()
    tiers = {name: found.mean for name, found in groups if math.isfinite(found.mean)}
    if len(tiers) > 1:
        worst = max(tiers, key=lambda name: tiers[name])
        title += f"; tier {short(worst)} fares worst with {format_value('share', tiers[worst])}"
    return title


def sla_details(study: Replications) -> str:
    """Return what the chart shows beside its title."""
    rows = [*_rows(study, "tier", "sla_breach"), *_rows(study, "intent", "sla_breach")]
    return f"Dot chart with intervals. {', '.join(f'{row.label} {row.text}' for row in rows)}."


def csat(study: Replications) -> Figure | None:
    """Draw mean satisfaction by who resolved, against the baseline; None without CSAT or without AI."""
    if not {"csat_mean", "csat_ai"} <= set(study.kpi_names):
        return None
    rows = _satisfaction(study)
    figure = theme.new_figure(0.26 * len(rows) + 0.75)
    axes = figure.subplots()
    dots(axes, rows, "score")
    axes.set_xlim(max(1.0, axes.get_xlim()[0]), axes.get_xlim()[1])
    axes.set_xlabel("Mean score of closed tickets, 1 to 5 (the axis shows a part of that range)", fontsize=8)
    note = f"{runs_of(study)} Modelled from waits, transfers, returns and wrong answers, anchored on past CSAT."
    return theme.finish(figure, _csat_title(study), note)


def _csat_title(study: Replications) -> str:
    """State satisfaction, the baseline's and the AI's own."""
    title = f"CSAT is {study.spelled('csat_mean')}"
    if compares(study, "csat_mean"):
        title += f", against {value_of(study, 'csat_mean', baseline=True)} without AI"
    if study.estimate("csat_ai").replications:
        title += f"; tickets that the AI resolves alone get {value_of(study, 'csat_ai')}"
    return title


def csat_details(study: Replications) -> str:
    """Return what the chart shows beside its title."""
    rows = ", ".join(f"{row.label} {row.text}" for row in _satisfaction(study))
    return f"Dot chart with intervals of mean satisfaction. {rows}."


def costs(study: Replications) -> Figure | None:
    """Draw costs by kind against the baseline, and the two savings apart; None without costs."""
    arms = [("With the AI" if study.has_baseline else "This desk", study.costs())]
    if study.has_baseline:
        arms.append(("Without AI", study.costs(baseline=True)))
    if not any(sum(amounts.values()) for _, amounts in arms):
        return None
    figure = theme.new_figure(4.9 if study.has_baseline else 2.8)
    grid = figure.subplots(2, 1, gridspec_kw={"height_ratios": (3, 2)}) if study.has_baseline else [figure.subplots()]
    _stacks(grid[0], arms, study.currency)
    theme.panel_title(grid[0], f"Costs over {weeks_of(study)} by kind, {study.currency}")
    note = f"Agents as rostered; set-up only in the net values. {runs_of(study)}"
    if study.has_baseline:
        rows = [_overall(study, name, BY_NAME[name].title, _sign_colour(study.estimate(name))) for name in _SAVINGS]
        dots(grid[1], rows, "money", currency=study.currency)
        grid[1].axvline(0, color=theme.INK, linewidth=0.8, zorder=0)
        for text in grid[1].texts:
            text.set_bbox({"facecolor": theme.SURFACE, "edgecolor": "none", "pad": 0.8})  # or 0 strikes it through
        theme.panel_title(grid[1], "What it is worth: freed time (capacity) is not money saved (cash)")
        note += " Capacity values the hours freed; cash is what the roster costs less. Net is after the AI's cost."
    return theme.finish(figure, _cost_title(study), note)


def _cost_title(study: Replications) -> str:
    """State the total, its difference to the baseline, and both savings."""
    title = f"Costs come to {study.spelled('cost_total')} over {weeks_of(study)}"
    if not study.has_baseline:
        return f"{title}, {value_of(study, 'cost_per_ticket')} per ticket"
    found, kpi, currency = study.difference("cost_total"), BY_NAME["cost_total"], study.currency
    judged = verdict(kpi, found)
    if judged == SAME:
        title += ", as much as without AI"
    elif judged == UNCLEAR:
        texts = (signed(kpi.unit, value, currency) for value in (found.mean, found.low, found.high))
        title += f", not clearly different from without AI ({bracketed(*texts, found=found)})"
    else:
        title += f", {size_of(kpi.unit, found.mean, currency)} {'more' if found.mean > 0 else 'less'} than without AI"
    freed, saved = value_of(study, "saving_capacity"), value_of(study, "saving_cash")
    return f"{title}; agent time worth {freed} is freed, the roster saves {saved}"


def costs_details(study: Replications) -> str:
    """Return what the chart shows beside its title."""
    currency = study.currency
    spent = [(kind, format_value("money", amount, currency)) for kind, amount in study.costs().items() if amount]
    saved = [(BY_NAME[name].title, value_of(study, name)) for name in _SAVINGS] if study.has_baseline else []
    amounts = ", ".join(f"{what} {amount}" for what, amount in (*spent, *saved))
    return f"Stacked bars of costs by kind. {amounts}."


def _rows(study: Replications, grouping: str, kpi: str) -> list[Dot]:
    """Return one row for each group that has the KPI, highest first."""
    found = [(name, value) for name, value in study.group_values(grouping, kpi).items() if value.replications]
    found.sort(key=lambda item: -item[1].mean)
    colour = theme.AI if study.has_baseline else theme.PEOPLE
    return [Dot(short(name), value, colour, study.spelled(kpi, value)) for name, value in found]


def _satisfaction(study: Replications) -> list[Dot]:
    rows = [_overall(study, "csat_mean", "All tickets", theme.INK)]
    for (name, label), colour in zip(_RESOLVERS.items(), (theme.AI, theme.BOTH, theme.PEOPLE), strict=True):
        rows.append(_overall(study, name, label, colour))
    if compares(study, "csat_mean"):
        rows.append(_overall(study, "csat_mean", "All tickets, without AI", theme.BASELINE, baseline=True))
    return rows


def _overall(study: Replications, kpi: str, label: str, colour: str, *, baseline: bool = False) -> Dot:
    found = study.estimate(kpi, baseline=baseline)
    return Dot(label, found, colour, study.spelled(kpi, found))


def _sign_colour(found: Estimate) -> str:
    return theme.BAD if found.mean < 0 else theme.BOTH if found.mean > 0 else theme.MUTED


def _stacks(axes: Axes, arms: list[tuple[str, dict[str, float]]], currency: str) -> None:
    """Draw one column for each arm; names and amounts of its kinds stand beside it."""
    highest = max(sum(amounts.values()) for _, amounts in arms)
    for x, (name, amounts) in enumerate(arms):
        kinds = [(kind, amount) for kind, amount in amounts.items() if amount]
        tops = [sum(amount for _, amount in kinds[: place + 1]) for place in range(len(kinds))]
        for (kind, amount), top in zip(kinds, tops, strict=True):
            colour = _COST_COLOURS.get(kind, theme.MUTED)
            axes.bar(x, amount, 0.3, bottom=top - amount, color=colour, edgecolor=theme.SURFACE, linewidth=0.5)
        middles = [top - amount / 2 for (_, amount), top in zip(kinds, tops, strict=True)]
        places = spread(middles, 0.115 * highest, 0.05 * highest, 1.02 * highest)
        for (kind, amount), middle, place in zip(kinds, middles, places, strict=True):
            axes.plot([x + 0.15, x + 0.18, x + 0.2], [middle, place, place], color=theme.MUTED, linewidth=0.6)
            axes.text(x + 0.21, place, f"{kind} {format_value('money', amount, currency)}", va="center", fontsize=8)
        total = sum(amounts.values())
        text = format_value("money", total, currency)
        axes.text(x, total + 0.03 * highest, text, ha="center", va="bottom", fontweight="bold")
        axes.text(x, -0.03 * highest, name, ha="center", va="top")
    axes.set_xlim(-0.25, 1.85)
    axes.set_ylim(-0.1 * highest, 1.14 * highest)
    axes.axis("off")
