"""Effects: what a visitor's changes move, and what figures with a range could move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from simulator.app.looking import Looking, workbench
from simulator.app.showing import plain, show_chart, show_table, show_text
from simulator.errors import SimulatorError
from simulator.metrics.registry import BY_NAME
from simulator.report import difference_words
from simulator.scenario.proposals import propose
from simulator.scenario.yaml_text import counted
from simulator.studies.comparison import COMPARED, differences_of, shared_kpis
from simulator.studies.laboratory import Stages
from simulator.studies.roi.inputs import Input, uncertain_inputs
from simulator.studies.variants import Variant

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario
    from simulator.studies.results import Replications

KPIS = (*COMPARED, "automated_resolution", "net_value_capacity", "net_value_cash")
TOTALS = ("cost_total", "net_value_capacity", "net_value_cash")
"""Those of them that grow with the weeks; between different numbers of weeks they would compare nothing."""
MOST_MOVED = 10
"""Figures of one tornado."""
MOST_OFFERED = 40
"""Figures to choose from."""
ALL = ""


def show_moved(look: Looking) -> None:
    """Show what the changes do to the KPIs, paired on the same customers."""
    st.header("What it moves")
    if not look.is_changed:
        show_text("Change a figure above, or move a slider: what that does to the KPIs shows here.")
        return
    versus = {"As loaded": look.before}
    if (earlier := _before_the_last_change(look)) is not None:
        versus = {"Before the last change": earlier, **versus}
    choice = None
    if len(versus) > 1:
        choice = st.segmented_control("Against", list(versus), default=next(iter(versus)), key="assumption-versus")
    name = choice or next(iter(versus))
    reference, study = versus[name], look.study
    now = Variant("the desk now", study.scenario, base=reference.scenario)
    variants = [Variant(name.lower(), reference.scenario), now]
    kpis, note = compared_kpis(reference.scenario, study.scenario)
    if note:
        show_text(note)
    found = differences_of(variants, {variants[0].name: reference, now.name: study}, kpis)
    if found.without_effect():
        show_text("This changes nothing that is counted here: no KPI differs in any replication.")
        return
    show_text(difference_words.sentence(found, now.name))
    show_table(
        ("KPI", name.lower(), "now", "difference", "verdict"),
        difference_words.difference_cells(found, now.name),
        f"Means with 95 % intervals of {len(study)} replications; intervals of differences hold together",
    )
    show_text(difference_words.how_sure(found), muted=True)


def compared_kpis(before: Scenario, now: Scenario) -> tuple[tuple[str, ...], str]:
    """Choose the KPIs that two desks can be compared by, and say what to mind where other weeks are counted."""
    weeks, there = int(now.weeks), int(before.weeks)
    if weeks != there:
        names = ["cost_per_ticket" if name == "cost_total" else name for name in KPIS]
        kept = [name for name in names if name not in TOTALS]
        told = f"{counted(weeks, 'week')} now, {there} before: totals of different lengths are left out"
        return shared_kpis([before, now], kept), f"{told}; cost is compared per ticket."
    kpis = shared_kpis([before, now], KPIS)
    if now.start != before.start:
        return kpis, f"The weeks begin on {now.start} now, on {before.start} before: part of this is the calendar."
    if now.warm_up != before.warm_up:
        return kpis, "The warm-up is of another length: part of this is how full the house is at the start."
    return kpis, ""


def _before_the_last_change(look: Looking) -> Replications | None:
    """Give the desk as it was one step ago; None where that is the desk as loaded, or another."""
    session = look.session
    if not session.past:
        return None
    settings, base = session.past[-1]
    if base is not session.base or not settings.changes or settings.changes == session.settings.changes:
        return None
    try:
        scenario = propose(base, settings.values)
    except SimulatorError:
        return None
    bench, many = workbench(), len(look.study)
    if not look.is_live and not bench.is_at_hand(scenario, many, seed=look.seed):
        return None
    return bench.replicate(scenario, many, seed=look.seed)


# -- ranges ----------------------------------------------------------------------------------------------------


def show_swings(look: Looking) -> None:
    """Offer a tornado: chosen figures moved between the ends of their ranges, one at a time."""
    st.header("What their ranges could change")
    inputs, left = uncertain_inputs(look.scenario)
    if not inputs:
        show_text(
            "No figure states a range. Give one above as {value: 8m, low: 6m, high: 11m, source: …}, and this "
            "shows what it could change."
        )
        return
    count = f"{counted(len(inputs), 'figure')}, of any kind of source, {'states' if len(inputs) == 1 else 'state'}"
    show_text(f"{count} a range or how many observations back it. Choose up to {MOST_MOVED}.")
    kpis = shared_kpis([look.scenario], KPIS)
    left_side, right_side = st.columns(2)
    kpi = left_side.selectbox("KPI", kpis, format_func=lambda name: BY_NAME[name].title, key="swing-kpi")
    parts = list(dict.fromkeys(str(one.known[0].path[0]) for one in inputs))
    part = right_side.selectbox(
        "Part of the scenario", [ALL, *parts], format_func=lambda name: name or "all", key="swing-part"
    )
    by_name = {one.name: one for one in inputs if part in (ALL, one.known[0].path[0])}
    names = st.pills(
        "Figures with a range", list(by_name)[:MOST_OFFERED], default=list(by_name)[:3], selection_mode="multi",
        format_func=plain, key=look.session.key(f"swing-figures {part}"),
    )[:MOST_MOVED]  # fmt: skip
    if len(by_name) > MOST_OFFERED:
        show_text(f"The first {MOST_OFFERED} of {len(by_name)} are offered; choose a part of the scenario.", muted=True)
    if left:
        with st.expander(f"{len(left)} figures with a range that are not moved, and why"):
            show_table(
                ("figure", "why"), [(one.name, one.why) for one in left], "Figures that are not moved", words=True
            )
    if names:
        _show_swings(look, [by_name[name] for name in names], kpi)


def _show_swings(look: Looking, inputs: list[Input], kpi: str) -> None:
    from simulator.report import assumption_charts, theme
    from simulator.studies.one_at_a_time import kpi_swings

    scenario, wanted, seed = look.scenario, look.replications, look.seed

    def work(tell: Stages) -> Any:
        def simulate(moved: Scenario) -> Replications:
            return workbench().replicate(moved, wanted, seed=seed)

        swings, refused = kpi_swings(scenario, inputs, kpi, simulate, tell)
        return swings, refused, simulate(scenario)

    kind = f"swings {wanted} {kpi} {' '.join(one.name for one in inputs)}"
    cost = f"It simulates {2 * len(inputs)} settings on the same customers; most take a second or a few each."
    found = look.asked(kind, "What their ranges could change", work, cost=cost, button="Move them to both ends")
    if found is None:
        return
    swings, refused, centre = found
    if swings:
        with theme.themed():
            figure = assumption_charts.kpi_tornado(swings, centre, kpi)
        show_chart(figure, "swings", assumption_charts.describe(swings, centre, kpi))
        show_table(
            ("figure", "from", "to", "at the low end", "at the high end", "high minus low"),
            [assumption_charts.swing_cells(row, centre, kpi) for row in swings],
            f"{BY_NAME[kpi].title}, 95 % intervals, differences paired by replication",
        )
    for name, why in refused.items():
        show_text(f"{name} cannot be moved alone: {why}", muted=True)
