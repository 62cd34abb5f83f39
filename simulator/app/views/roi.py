"""Business case: what the AI is worth in time and in cash, and the full study of how sure that is."""

from __future__ import annotations

import math

import streamlit as st

from simulator.app.page_state import PageState, shown_state
from simulator.app.widgets import show_chart, show_report_chart, show_study_table, show_text
from simulator.metrics.registry import BY_NAME
from simulator.report.roi.view import page_of
from simulator.report.run import worth
from simulator.report.run.view import chart_of
from simulator.report.sheet import sheet_of
from simulator.scenario import expected_tickets
from simulator.studies.roi import business_case as roi_study
from simulator.studies.running.batch import Stages

_DRAWS = (100, 300, 1000)
_TICKETS_PER_SECOND = 150_000
"""About how many tickets two quiet cores follow with and without the AI, their customers drawn anew."""
CHARTS = {
    "Cash flow": "cash_flow", "ROI and its chance": "roi", "Uncertain inputs": "tornado",
    "Break-even": "break_even", "Assumed figures": "assumed",
}  # fmt: skip


def show() -> None:
    """Show the page."""
    state = shown_state()
    if state.scenario.ai is None:
        show_text(
            "This desk has no AI, so there is nothing that could pay for itself. Describe one under `ai` in the"
            " scenario, or choose a scenario that has one."
        )
        return
    if state.scenario.costs is None:
        show_text(
            "This scenario states no costs, so nothing can be said in money. State at least costs.agent_per_hour and"
            " costs.ai in the scenario file."
        )
        return
    _weeks(state)
    st.subheader("The whole case, month by month")
    _case(state)


def _weeks(state: PageState) -> None:
    """Show what the simulated weeks are worth, at once."""
    study = state.study
    studies = [study, state.before] if state.is_changed else [study]
    show_text(worth.in_time(study))
    show_text(worth.in_cash(study))
    sides = ((worth.IN_TIME, "Capacity: freed time, valued"), (worth.IN_CASH, "Cash: what is paid less"))
    places = st.columns(2) if len(studies) == 1 else [st.container(), st.container()]
    for place, (names, title) in zip(places, sides, strict=True):
        with place:
            show_study_table(sheet_of(worth.worth_table(studies, names, f"{title}, with 95 % intervals")))
    show_study_table(sheet_of(worth.cost_table(study)))
    if told := worth.set_up_share(study):
        show_text(told)
    show_report_chart(chart_of(study, "costs"))
    with st.expander("What these figures mean"):
        for name in (*worth.IN_TIME, *worth.IN_CASH):
            show_text(f"{BY_NAME[name].title}: {BY_NAME[name].definition}")


def _case(state: PageState) -> None:
    """Offer the study of the business case, and show what it found."""
    draws = st.radio(
        "Draws of the uncertain inputs", _DRAWS, horizontal=True, key="business-draws",
        format_func="{:,}".format,
        help="Each draw takes other values of all inputs with a range, and simulates the desk with them.",
    )  # fmt: skip
    scenario, seed = state.scenario, state.seed

    def work(tell: Stages) -> roi_study.RoiStudy:
        return roi_study.roi(scenario, draws=draws, seed=seed, progress=tell)

    found = state.asked(
        f"roi{draws}", f"Business case, {draws:,} draws", work, cost=_cost(state, draws),
        button="Make the business case",
    )  # fmt: skip
    if found is not None:
        _found(found)


def _cost(state: PageState, draws: int) -> str:
    cells = roi_study.planned_cells(state.scenario, draws)
    seconds = cells * expected_tickets(state.scenario) / _TICKETS_PER_SECOND
    took = f"{max(10, 10 * math.ceil(seconds / 10)):.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"
    return (
        f"Simulates about {cells:,} settings with and without the AI: some {took} on two quiet cores, in the"
        " background. It answers for the settings as they are now."
    )


def _found(found: roi_study.RoiStudy) -> None:
    page = page_of(found)
    for sentence in (page.answer, *page.sentences):
        show_text(sentence)
    for note in (page.how_sure, *page.warnings):
        show_text(note, muted=True)
    chosen = st.radio("Chart", list(CHARTS), horizontal=True, key="business-chart")
    drawn = page.chart(CHARTS[chosen])
    if drawn is None:
        show_text("There is nothing to draw: no input of that kind is in this scenario.")
    else:
        show_chart(drawn.figure, f"roi-{drawn.key}", drawn.alt)
    with st.expander("Tables"):
        for sheet in page.sheets:
            show_study_table(sheet)
