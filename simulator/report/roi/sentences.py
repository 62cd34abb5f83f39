"""What a business case says in words: the sentence for the slide, capacity and cash, doubts and break-even values."""

from __future__ import annotations

import math

from simulator.base.calendars import WEEKS_PER_MONTH
from simulator.base.text import clean, listed
from simulator.base.units import format_value
from simulator.money.cash_flow import FIGURES, MonthPlan
from simulator.report.assumptions import MOST, OWED
from simulator.report.format import spelled
from simulator.studies.roi.business_case import Influence, RoiStudy
from simulator.studies.roi.inputs import NO_MONEY, SUPPOSED
from simulator.studies.roi.sensitivity import Swing

_MOST_NAMED, _MOST_RAMP = 4, 12


def answer(study: RoiStudy) -> str:
    """Write the sentence for the slide: return, cost, ROI, payback, chance and the largest doubt, capacity case."""
    parts = [
        f"Over {span(study)} the AI returns {figure(study, 'benefit_capacity')}{_between(study)}"
        f" in saved agent time (capacity) and avoided failures on {figure(study, 'cost')}:"
        f" ROI {figure(study, 'roi_capacity')}, {paid_back(study, 'payback_months')};"
        f" P(ROI > 0) = {_chance(study, 'capacity')}."
    ]
    if study.tornado:
        parts.append(_doubt(study))
    return " ".join(parts)


def _doubt(study: RoiStudy) -> str:
    """Name the input that changes most."""
    first = study.tornado[0]
    size = format_value("money", abs(first.swing.mean), study.currency)
    return f"Of the inputs with a range, {clean(first.name)} changes net value most: by {size} between {ends(first)}."


def cash(study: RoiStudy) -> str:
    """Say what the roster as it is makes of that."""
    net = study.outlook.spreads["net_value_cash"].central.mean
    saved = float(study.outlook.central.line("rosters").sum())
    amount = format_value("money", abs(net), study.currency)
    chances = f"P(ROI > 0) = {_chance(study, 'cash')}"
    if abs(saved) < 0.005:
        result = f"the AI costs {amount} net" if net < 0 else f"avoided failures alone bring {amount} net"
        return (
            f"That is capacity, hours set free. In cash the roster is the same with and without AI, so {result} over"
            f" {span(study)} ({chances}); saved hours become money only when shifts change."
        )
    word = "brings" if net >= 0 else "costs"
    rosters = f"{format_value('money', abs(saved), study.currency)} {'less' if saved > 0 else 'more'}"
    return (
        f"That is capacity, hours set free. In cash, with {rosters} paid for rosters, it"
        f" {word} {amount} net over {span(study)}: ROI {figure(study, 'roi_cash')},"
        f" {paid_back(study, 'payback_cash_months')}, {chances}."
    )


def break_even_sentence(study: RoiStudy) -> str:
    """Say where the capacity case comes to nothing."""
    solved = [row for row in study.break_evens if math.isfinite(row.value)]
    open_ends = [row for row in study.break_evens if not math.isfinite(row.value) and row.tried]
    never = [row for row in study.break_evens if not math.isfinite(row.value) and not row.tried]
    texts = []
    if solved:
        values = [
            f"{_inner(row.title)} {format_value(row.unit, row.value, study.currency)}"
            f" (now {format_value(row.unit, row.now, study.currency)})"
            for row in solved
        ]
        texts.append(f"One at a time, net value is 0 at {listed(values)}.")
    if open_ends:
        texts.append(f"No break-even by {listed([_inner(row.title) for row in open_ends])} in the range tried.")
    texts += [f"By {_inner(row.title)} there is {row.note}." for row in never]
    return " ".join(texts)


def assumed_sentence(study: RoiStudy) -> str:
    """Name the assumed figures without a range that could change most."""
    found = most_influential(study)
    if not found:
        return ""
    names = [f"{clean(one.row.path)} ({_swing(study, one)})" for one in found[:3]]
    what = listed(names)
    return (
        f"Of the assumed figures that state no range, a stress of ±{study.stress:.0%} on each by itself changes net"
        f" value most by {what}. Stress is a question, not a probability: it is not in P(ROI > 0)."
    )


def how_sure(study: RoiStudy) -> str:
    """Say what the figures rest on: draws, simulation noise, and what is not in them."""
    roi = study.outlook.spreads["roi_capacity"].central
    noise = f"± {100 * roi.half_width:.1f} points of ROI from {len(study.central)} replications"
    if not study.inputs:
        return (
            f"No figure of the scenario states a range, so P(ROI > 0) rests on simulation noise only ({noise}). Give"
            f" {_wanted(study)} a low and a high, or ask with --assume 20%."
        )
    supposed = sum(one.kind == SUPPOSED for one in study.inputs)
    stated = len(study.inputs) - supposed
    what = f"{stated} inputs with stated ranges" if stated != 1 else "1 input with a stated range"
    more = f" and {supposed} assumed figures given ±{study.assume:.0%}" if supposed else ""
    silent = sum(one.row.kind in ("assumed", "unsourced") and not one.row.uncertain for one in study.influences)
    rest = f" {silent} assumed figures state no range and are not in it." if silent and not supposed else ""
    return (
        f"The 10-90 % range is {study.outlook.draws:,} draws of {what}{more}, simulation noise taken out; that noise"
        f" is {noise} (95 %).{rest}"
    )


def notes(study: RoiStudy) -> list[str]:
    """List what one must know to read the figures: weeks that stand for the year, ramp, inputs that were not varied."""
    plan, found = study.plan, [_weeks(study.plan)]
    if study.is_overloaded:
        found.append(
            "The desk without AI does not get through its tickets; the work that it leaves undone costs nothing here,"
            " so the AI saves more than is counted."
        )
    if study.overloaded:
        found.append(
            f"In {study.overloaded:,} of {study.outlook.draws:,} draws the desk without AI does not get through its"
            " tickets; work left undone costs nothing there, so their savings are understated."
        )
    if plan.ramp:
        shares = listed([f"{share:.0%}" for share in plan.ramp[:_MOST_RAMP]])
        more = f" and so on for {len(plan.ramp)} months" if len(plan.ramp) > _MOST_RAMP else ""
        found.append(f"Ramp: {shares}{more} of the saved time is put to use, month by month; the bill is paid in full.")
    if left := [one for one in study.left if one.why != NO_MONEY]:
        names = [f"{clean(one.name)} ({one.why})" for one in left[:_MOST_NAMED]]
        more = f" and {len(left) - _MOST_NAMED} more" if len(left) > _MOST_NAMED else ""
        found.append(f"Not varied although uncertain: {listed(names)}{more}.")
    return found


# -- parts -----------------------------------------------------------------------------------------------------------


def span(study: RoiStudy) -> str:
    """Write the horizon."""
    return "1 month" if study.plan.months == 1 else f"{study.plan.months} months"


def figure(study: RoiStudy, name: str, value: float | None = None) -> str:
    """Write a figure as it stands, or a value of it."""
    found = study.outlook.spreads[name].central.mean if value is None else value
    unit = FIGURES[name][1]
    if unit == "months" and not math.isfinite(found):
        return f"not in {span(study)}"
    return "at once" if unit == "months" and found == 0 else format_value(unit, found, study.currency)


def paid_back(study: RoiStudy, name: str) -> str:
    """Say when it pays back."""
    month = study.outlook.spreads[name].central.mean
    if not math.isfinite(month):
        return f"not paid back within {span(study)}"
    return "in the black from the start" if month == 0 else f"paid back in month {math.ceil(month)}"


def _chance(study: RoiStudy, case: str) -> str:
    """Write P(ROI > 0), with its interval where there is one."""
    return spelled("share", study.outlook.chance[case])


def ends(swing: Swing) -> str:
    """Write the ends of an input's range."""
    return f"{format_value('number', swing.ends[0])} and {format_value('number', swing.ends[1])}"


def weightiest(study: RoiStudy) -> str:
    """Say which assumed figures move net value most; empty where none was moved."""
    moved = [one for one in study.influences if one.swing is not None and one.row.kind in OWED]
    moved.sort(key=lambda one: -abs(one.swing.swing.mean if one.swing else 0.0))
    names = [f"{clean(one.row.path)} ({one.how}) by {_swing(study, one)}" for one in moved[:MOST]]
    return f"Of its assumed figures these move net value most: {listed(names)}." if names else ""


def most_influential(study: RoiStudy) -> list[Influence]:
    """List the assumed figures without a range by what stress on them changes, the most first."""
    stressed = [one for one in study.influences if one.is_stressed]
    return sorted(stressed, key=lambda one: -abs(one.swing.swing.mean if one.swing else 0.0))


def _weeks(plan: MonthPlan) -> str:
    """Say which weeks stand for the months."""
    simulated = f"{plan.weeks} week is" if plan.weeks == 1 else f"{plan.weeks} weeks are"
    if plan.weeks >= plan.months * WEEKS_PER_MONTH:
        used = plan.months * WEEKS_PER_MONTH
        return f"{simulated} simulated; the horizon is their first {used:.1f}.".replace(".0.", ".")
    last = "week stands" if plan.steady == 1 else f"{plan.steady} weeks stand"
    return (
        f"{simulated} simulated; the last {last} for the rest of the {plan.months} months, at the same volume and"
        " roster (--steady takes other weeks)."
    )


def _inner(title: str) -> str:
    """Write a title inside a sentence."""
    return title if title.startswith("AI") else title[0].lower() + title[1:]


def _swing(study: RoiStudy, one: Influence) -> str:
    assert one.swing is not None
    return format_value("money", abs(one.swing.swing.mean), study.currency)


def _between(study: RoiStudy) -> str:
    if not study.inputs:
        return ""
    low, _, high = study.outlook.spreads["benefit_capacity"].quantiles
    return (
        f" (10-90 %: {figure(study, 'benefit_capacity', low.mean)} to {figure(study, 'benefit_capacity', high.mean)})"
    )


def _wanted(study: RoiStudy) -> str:
    """Name the figures that should get a range first."""
    names = [clean(one.row.path) for one in most_influential(study)[:3]]
    return listed(names) if names else "the figures that you know least well"
