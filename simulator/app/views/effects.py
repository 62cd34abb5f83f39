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
from simulator.studies.comparison import COMPARED, differences_of, shared_kpis
from simulator.studies.laboratory import Stages
from simulator.studies.roi.inputs import Input, uncertain_inputs
from simulator.studies.variants import Variant

if TYPE_CHECKING:
    from simulator.scenario.model import Scenario
    from simulator.studies.results import Replications

KPIS = (*COMPARED, "automated_resolution", "net_value_capacity", "net_value_cash")
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
    kpis = shared_kpis([reference.scenario, study.scenario], KPIS)
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
    show_text(f"{len(inputs)} figures state a range or how many observations they rest on. Choose up to {MOST_MOVED}.")
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
