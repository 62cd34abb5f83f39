"""Sweeps in words: what the varied inputs do, where each KPI is best, and which settings are worth having."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from simulator.base.text import clean, listed
from simulator.metrics.registry import BY_NAME
from simulator.report.compare.sentences import PLURAL, quoted, size_of_change, subject, verb_of
from simulator.studies.compare.comparison import gap_estimate, paired
from simulator.studies.running.variants import AS_IS, Variant
from simulator.studies.sweep.sweeping import OBJECTIVES, FrontPlace, Sweep, tied_with_best

_MOST_NAMED = 5
_TITLE_KPIS = 3


def axis_names(sweep: Sweep) -> list[str]:
    """Shorten the paths to as few last steps as tell them apart: `answer_threshold`, `care.shifts[0].agents`."""
    steps = [re.split(r"\.", axis.path) for axis in sweep.axes]
    for count in range(1, max(map(len, steps)) + 1):
        names = [".".join(parts[-count:]) for parts in steps]
        if len(set(names)) == len(names):
            break
    return [clean(name) for name in names]


def label(sweep: Sweep, variant: Variant) -> str:
    """Name a cell briefly: its value, or its values with the inputs' short names."""
    values = [clean(value) for _, value in variant.settings]
    if len(values) == 1:
        return values[0]
    return ", ".join(f"{name} {value}" for name, value in zip(axis_names(sweep), values, strict=True))


def answer(sweep: Sweep, *, brief: bool = False) -> str:
    """Say where each objective is best and, unless brief, how sure and which settings are not clearly worse."""
    kpis = [kpi for kpi in OBJECTIVES if kpi in sweep.kpis] or list(sweep.kpis)
    parts = [text for text in (_best(sweep, kpi, brief=brief) for kpi in reversed(kpis[:_TITLE_KPIS])) if text]
    where = f"With {clean(sweep.axes[0].path)} varied" if len(sweep.axes) == 1 else f"Of {len(sweep.variants)} settings"
    if parts and all("nowhere" in text for text in parts):
        parts = [f"none is clearly better than the others in {listed([subject(kpi) for kpi in kpis[:_TITLE_KPIS]])}"]
    return f"{where}, {'; '.join(parts) or 'no KPI has a best value'}."


def spelled(sweep: Sweep, variant: Variant, kpi: str) -> str:
    """Write a KPI of a cell with its interval, where it has one."""
    study = sweep.studies[variant.name]
    found = study.estimate(kpi)
    return study.spelled(kpi, found) if found.low < found.high else study.written(kpi, found.mean)


def _best(sweep: Sweep, kpi: str, *, brief: bool) -> str:
    best, tied = tied_with_best(sweep, kpi)
    if best is None:
        return ""
    verb = "are" if kpi in PLURAL else "is"
    if len(tied) == len(sweep.variants) - 1:
        return f"{subject(kpi)} {verb} nowhere clearly best"
    most = "lowest" if BY_NAME[kpi].better == "lower" else "highest"
    text = f"{subject(kpi)} {verb} {most} at {label(sweep, best)}"
    if brief:
        return text
    text += f": {spelled(sweep, best, kpi)}"
    if len(sweep.axes) > 1 and tied:
        return f"{text} ({len(tied)} other{'s' if len(tied) > 1 else ''} not clearly worse)"
    return f"{text} (not clearly worse: {_some(sweep, tied)})" if tied else text


def front(sweep: Sweep) -> str:
    """Say which settings no other beats in the objectives together; empty without a front."""
    if not (text := front_title(sweep)):
        return ""
    by_chance = [variant for variant in sweep.variants if sweep.places[variant.name] == FrontPlace.FRONT_UNSURE]
    near = [variant for variant in sweep.variants if sweep.places[variant.name] == FrontPlace.OFF_UNSURE]
    told = [f"{text}."]
    if _all_alike(sweep):
        return told[0]
    if by_chance:
        told.append(f"Perhaps only by chance: {_some(sweep, by_chance)}.")
    if near:
        told.append(f"Beaten, but perhaps only by chance: {_some(sweep, near)}.")
    return " ".join(told)


def front_title(sweep: Sweep) -> str:
    """Say which settings are on the Pareto front, without a full stop; empty without a front."""
    if not sweep.places:
        return ""
    weighed = listed([subject(kpi) for kpi in sweep.objectives])
    if _all_alike(sweep):
        return f"All settings have the same {weighed}"
    on_front = (FrontPlace.FRONT, FrontPlace.FRONT_UNSURE)
    on = [variant for variant in sweep.variants if sweep.places[variant.name] in on_front]
    if len(on) == len(sweep.variants):
        return f"Weighing {weighed}, no setting beats another: each gains in one what it loses in another"
    named = f": {_some(sweep, on, most=2 * _MOST_NAMED)}" if len(on) <= 2 * _MOST_NAMED else ""
    return f"Weighing {weighed}, {len(on)} of {len(sweep.variants)} settings are beaten by no other{named}"


def _all_alike(sweep: Sweep) -> bool:
    return all(np.ptp(sweep.means(kpi)) == 0 for kpi in sweep.objectives)


def _some(sweep: Sweep, variants: Sequence[Variant], most: int = _MOST_NAMED) -> str:
    if len(variants) > most:
        return f"{len(variants)} settings"
    if len(sweep.axes) == 1:
        return listed([label(sweep, variant) for variant in variants])
    return "; ".join(label(sweep, variant) for variant in variants)


def end_to_end(sweep: Sweep) -> str:
    """Say what taking the one varied input from its first to its last value does, KPI by KPI."""
    first, last = sweep.variants[0], sweep.variants[-1]
    currency = sweep.base.currency
    told, level = [], []
    for kpi in sweep.kpis[:_TITLE_KPIS]:
        gap = gap_estimate(paired(sweep.studies[last.name], sweep.studies[first.name], kpi), kpi)
        if gap.replications > 1 and gap.excludes_zero:
            size = size_of_change(BY_NAME[kpi], gap, currency, interval=False)
            told.append(f"{verb_of(BY_NAME[kpi], gap.mean)} {subject(kpi)} by {size}")
        elif gap.replications:
            level.append(subject(kpi))
    path = clean(sweep.axes[0].path)
    what = listed(told) or "changes nothing clearly"
    text = f"Taking {path} from {label(sweep, first)} to {label(sweep, last)} {what}"
    return text + (f"; no clear change in {listed(level)}" if level and told else "")


def how_sure(sweep: Sweep) -> str:
    """Say what the intervals are, and what the reference is."""
    count = len(sweep.base)
    there = quoted(sweep.reference) if sweep.reference != AS_IS else "a run of its own"
    return (
        f"Means of {count} replications with 95 % intervals, each for itself; every setting meets the same customers,"
        " unless it changes who comes. “Clearly” means that the paired difference's 95 % interval leaves out 0. The"
        " best of many means flatters itself: run the chosen setting again with another seed."
        f" The scenario as it is: {there}."
    )
