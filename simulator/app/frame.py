"""The frame: what stands around every page. Scenario and sliders at the side, the page in the middle."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from simulator.app import sharing
from simulator.app.desks import offered
from simulator.app.levers import GROUPS, levers_now
from simulator.app.page_state import PageState
from simulator.app.session import REPLICATIONS, Session, current
from simulator.app.sliders import slider
from simulator.app.views import assumptions, pilot, roi, run, staff, ticket, tune, your_data
from simulator.app.widgets import show_problems, show_text

_OWN = "own"
"""What the list of scenarios calls a visitor's own."""

_ROOM = ".stMainBlockContainer { padding-top: 3.5rem; }"
"""Streamlit leaves a third of a phone's screen empty above the page."""


def render(given: Path | None) -> None:
    """Show the whole page once: Streamlit does so at every move."""
    st.set_page_config(page_title="ticketflow", layout="wide", initial_sidebar_state="auto")
    st.html(f"<style>{_ROOM}</style>")
    session = current(given)
    page = st.navigation([
        st.Page(run.show, title="Overview", url_path="overview", default=True),
        st.Page(tune.show, title="Thresholds", url_path="thresholds"),
        st.Page(staff.show, title="Staffing", url_path="staffing"),
        st.Page(roi.show, title="Business case", url_path="business"),
        st.Page(pilot.show, title="Pilot", url_path="pilot"),
        st.Page(ticket.show, title="A ticket's life", url_path="ticket"),
        st.Page(assumptions.show, title="Assumptions", url_path="assumptions"),
        st.Page(your_data.show, title="Your data", url_path="your-data"),
        st.Page(sharing.show, title="Save and share", url_path="share"),
    ])  # fmt: skip
    with st.sidebar:
        _choice(session)
        _steps(session)
        _levers(session)
        _certainty(session)
    _remember(session)
    _header(session, str(page.title))
    state = st.session_state["page-state"] = PageState(session)
    page.run()
    state.finish()


def _header(session: Session, title: str) -> None:
    st.title(title)
    show_text(session.scenario.name)
    if session.problems is not None:
        show_problems(session.problems)


def _choice(session: Session) -> None:
    """Offer the scenarios."""
    labels = offered(session.given)
    names = [_OWN, *labels] if session.settings.own else list(labels)
    labels = {_OWN: session.base.name, **labels}

    def turn() -> None:
        name = st.session_state[key]
        if name != _OWN:
            session.choose(name)

    key = session.key("scenario")
    here = _OWN if session.settings.own else session.settings.scenario
    st.selectbox(
        "Scenario", names, index=names.index(here), key=key, on_change=turn, format_func=lambda name: labels[name]
    )


def _steps(session: Session) -> None:
    """Offer undo, redo, and the way back to the scenario as loaded."""
    undo, redo, reset = st.columns(3)
    undo.button("Undo", on_click=session.undo, disabled=not session.past, width="stretch")
    redo.button("Redo", on_click=session.redo, disabled=not session.future, width="stretch")
    reset.button("Reset", on_click=session.reset, disabled=not session.settings.changes, width="stretch")


def _levers(session: Session) -> None:
    """Show the sliders, by group."""
    found = levers_now(session.base, session.scenario)
    for group in GROUPS:
        mine = [lever for lever in found if lever.group == group]
        if mine:
            with st.expander(group, expanded=group == GROUPS[0]):
                for lever in mine:
                    slider(session, lever)


def _certainty(session: Session) -> None:
    """Offer more replications."""
    key = session.key("replications")

    def turn() -> None:
        from dataclasses import replace

        session.look_at(replace(session.settings, replications=st.session_state[key]), session.base)

    st.select_slider(
        "Replications", REPLICATIONS, session.settings.replications, key=key, on_change=turn,
        help="More replications make intervals narrower, and take longer.",
    )  # fmt: skip


def _remember(session: Session) -> None:
    """Keep the address such that it restores what is shown."""
    query = session.query
    if query is not None:
        st.query_params.from_dict(query)
    else:
        st.query_params.clear()
