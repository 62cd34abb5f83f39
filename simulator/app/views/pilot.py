"""Pilot: its weeks against its gates at once, and the study of how safe the verdict is."""

from __future__ import annotations

import math

import streamlit as st

from simulator.app.page_state import PageState, shown_state
from simulator.app.widgets import show_chart, show_report_chart, show_study_table, show_text
from simulator.report.pilot import gates, view
from simulator.report.run.in_force import MODES_IN_WORDS, phase_table
from simulator.report.run.view import chart_of
from simulator.report.sheet import sheet_of
from simulator.scenario import expected_tickets
from simulator.studies.pilot.projection import DEFAULT_REPLICATIONS, PilotProjection, project_pilot
from simulator.studies.running.batch import Stages

_TICKETS_PER_SECOND = 100_000
"""About how many tickets two quiet cores follow with and without the AI, figures by week included."""
_CHARTS = {"Weeks and bands": "weeks", "Verdict by sample": "verdict", "Production": "production"}


def show() -> None:
    """Show the page."""
    state = shown_state()
    scenario = state.scenario
    if scenario.ai is None:
        show_text(
            "This desk has no AI, so there is nothing to pilot. Describe one under `ai` in the scenario, or choose a"
            " scenario that has one."
        )
        return
    _weeks(state)
    if not scenario.policy.phases:
        show_text(
            "This scenario has no phases, so it is not a pilot whose verdict could be projected. List them under"
            " policy.phases: at least a name, the week in which each begins, and a mode."
        )
        return
    st.subheader("How safe is the verdict?")
    _projection(state)


def _weeks(state: PageState) -> None:
    """Show weeks and gates, at once."""
    study = state.by_group
    judged = gates.judged_at_the_end(study)
    show_text(gates.sentence(judged, gates.last_week(study.scenario)))
    show_text(gates.what_decides(study.scenario))
    show_report_chart(chart_of(study, "weeks"))
    show_study_table(sheet_of(gates.gate_table(judged, study)))
    show_study_table(sheet_of(phase_table(study.scenario)))
    show_text(MODES_IN_WORDS, muted=True)


def _projection(state: PageState) -> None:
    """Offer the projection, and show what it found."""
    scenario, seed = state.scenario, state.seed

    def work(tell: Stages) -> PilotProjection:
        return project_pilot(scenario, seed=seed, progress=tell)

    found = state.asked("pilot", "Projecting the pilot", work, cost=_cost(state), button="Project the pilot")
    if found is None:
        return
    page = view.page_of(found)
    for sentence in (page.answer, *page.sentences):
        show_text(sentence)
    show_text(page.how_sure, muted=True)
    offered = [name for name, key in _CHARTS.items() if key != "production" or found.production is not None]
    chosen = st.radio("Chart", offered, horizontal=True, key=f"pilot-chart {offered}")
    drawn = page.chart(_CHARTS[chosen])
    if drawn is not None:
        show_chart(drawn.figure, f"pilot-{drawn.key}", drawn.alt)
    with st.expander("Tables"):
        for table in page.sheets:
            show_study_table(table)


def _cost(state: PageState) -> str:
    arms = 1 if state.scenario.pilot.production is None else 3
    seconds = DEFAULT_REPLICATIONS * arms * expected_tickets(state.scenario) / _TICKETS_PER_SECOND
    took = f"{max(10, 10 * math.ceil(seconds / 10)):.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"
    more = ", with the production after them" if state.scenario.pilot.production is not None else ""
    return (
        f"Simulates {DEFAULT_REPLICATIONS} pilots{more}: some {took} on two quiet cores, in the background. It answers"
        " for the settings as they are now."
    )
