"""What an AI is worth over the simulated weeks: in freed time and in cash, and each kind of cost."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simulator.base.calendars import WEEKS_PER_MONTH
from simulator.base.stats import Estimate, estimate
from simulator.base.units import format_value
from simulator.metrics.registry import BY_NAME
from simulator.report.table import Field, Said, Table, Value
from simulator.report.words import UNCLEAR, verdict, weeks_of
from simulator.studies.running.results import Replications

IN_TIME = ("hours_saved", "saving_capacity", "net_value_capacity", "roi_capacity", "payback_months")
IN_CASH = ("saving_cash", "net_value_cash", "roi_cash", "payback_cash_months")


def in_time(study: Replications) -> str:
    """Say what the freed time is worth, as capacity."""
    return (
        f"In time: over {weeks_of(study)} the AI frees {study.spelled('hours_saved')} of agents' work, worth"
        f" {_level(study, 'saving_capacity')} at their hourly cost; after the AI's cost and the change of penalties and"
        f" churn, that leaves {study.spelled('net_value_capacity')}{_doubt(study, 'net_value_capacity')}, an ROI of"
        f" {study.spelled('roi_capacity')}."
    )


def in_cash(study: Replications) -> str:
    """Say what is paid less, as cash."""
    saved = study.estimate("saving_cash").mean
    if abs(saved) < 0.005:
        roster = "the roster costs the same with and without the AI"
    else:
        much = format_value("money", abs(saved), study.currency)
        roster = f"the roster costs {much} {'less' if saved > 0 else 'more'} than without AI"
    told = (
        f"In cash: {roster}, so after the AI's cost the net value over {weeks_of(study)} is"
        f" {study.spelled('net_value_cash')}{_doubt(study, 'net_value_cash')}, an ROI of {study.spelled('roi_cash')}"
    )
    return f"{told}." if saved > 0.005 else f"{told}; freed hours become money only when shifts change."


def worth_table(studies: Sequence[Replications], names: Sequence[str], title: str) -> Table:
    """One row per KPI of money, as the desk is now and, where there are two studies, as it was loaded."""
    heads = ("Now", "As loaded")[: len(studies)]
    fields = [
        Field("kpi", "Over the simulated weeks", is_kpi=True), Field("unit", where="files"),
        *(Field(head, head, "by row") for head in heads),
    ]  # fmt: skip
    rows = [(name, BY_NAME[name].unit, *(figure_of(study, name) for study in studies)) for name in names]
    return Table("", title, fields, rows, studies[0].currency)


def figure_of(study: Replications, name: str) -> Value:
    """Return a KPI with its interval; a payback in words where there is none, or not in every replication."""
    found = study.estimate(name)
    if BY_NAME[name].unit != "months":
        return found
    values = study.values(name)
    if np.isfinite(values).all():
        return found if values.any() else Said(found.mean, "at once")
    never = int((~np.isfinite(values)).sum())
    words = "never" if never == len(values) else f"not in {never} of {len(values)} runs"
    return Said(math.nan, words)


def cost_table(study: Replications) -> Table:
    """One row per kind of cost: with the AI, without it, and the difference, paired by replication."""
    fields = [
        Field("kind", "Costs"), Field("with_ai", "With the AI", "money"), Field("without_ai", "Without AI", "money"),
        Field("difference", "Difference", "money", is_difference=True),
    ]  # fmt: skip
    kinds = dict.fromkeys([*study.costs(), *(study.costs(baseline=True) if study.has_baseline else ())])
    rows = [row for kind in kinds if (row := _cost_row(study, kind, [kind])) is not None]
    total = _cost_row(study, "All costs", list(kinds))
    title = "Costs by kind, agents as rostered, with 95 % intervals"
    return Table("", title, fields, rows, study.currency, totals=[] if total is None else [total])


def _cost_row(study: Replications, name: str, kinds: list[str]) -> tuple[str, Estimate, Estimate, Estimate] | None:
    own = np.array([sum(result.arm.costs.get(kind, 0.0) for kind in kinds) for result in study.results])
    there = np.array(
        [
            sum(result.baseline.costs.get(kind, 0.0) for kind in kinds) if result.baseline is not None else math.nan
            for result in study.results
        ]
    )
    if not own.any() and not np.nan_to_num(there).any():
        return None
    return name, estimate(own), estimate(there), estimate(own - there)


def set_up_share(study: Replications) -> str:
    """Say what lies between the difference of all costs and the net value in cash; empty where nothing does."""
    costs = study.scenario.costs
    if costs is None or not study.has_baseline or not costs.set_up:
        return ""
    share = float(costs.set_up) * float(study.scenario.weeks) / WEEKS_PER_MONTH / float(costs.horizon_months)
    part, whole = (format_value("money", value, study.currency) for value in (share, float(costs.set_up)))
    rise = study.difference("cost_total").mean
    change = f"{format_value('money', abs(rise), study.currency)} {'more' if rise > 0 else 'less'} than without AI"
    return (
        f"Set-up is not in these costs. They come to {change}; with set-up's share of {weeks_of(study)},"
        f" {part} of {whole} over {float(costs.horizon_months):g} months, that makes a net value in cash of"
        f" {_level(study, 'net_value_cash')}."
    )


def _level(study: Replications, name: str) -> str:
    return study.written(name, study.estimate(name).mean)


def _doubt(study: Replications, name: str) -> str:
    """Say where a figure may as well be nothing."""
    return " (which may be chance)" if verdict(BY_NAME[name], study.estimate(name)) == UNCLEAR else ""
