"""Overview: the answer in a sentence, the figures that matter beside the desk without AI, and where tickets go."""

from __future__ import annotations

import streamlit as st

from simulator.app.cards import cards, show_cards
from simulator.app.page_state import PageState, kept, shown_state
from simulator.app.widgets import show_report_chart, show_table, show_text
from simulator.base.errors import Notice
from simulator.base.text import counted
from simulator.report.run.sentences import answer, how_sure, unfinished, worth
from simulator.report.run.view import chart_of
from simulator.studies.run.checks import check
from simulator.tickets.fingerprints import scenario_key


def show() -> None:
    """Show the page."""
    state = shown_state()
    if state.scenario.description.strip():
        show_text(state.scenario.description, muted=True)
    study = state.study
    show_text(answer(study))
    if pays := worth(study):
        show_text(pays)
    for warning in unfinished(study):
        show_text(f"Warning: {warning}.")
    found = cards(study, state.before if state.is_changed else None)
    show_cards(found, "overview")
    if any(card.gates for card in found):
        show_text("Gates are held against the mean of all weeks here; the page Pilot judges them in their week.",
                  muted=True)  # fmt: skip
    show_report_chart(chart_of(study, "flow"))
    show_text(how_sure(study), muted=True)
    _findings(state)


def _findings(state: PageState) -> None:
    """Show what a check of the scenario has to say, folded."""
    found = sorted(_checked(state), key=lambda finding: finding.level != "warning")
    count = sum(finding.level == "warning" for finding in found)
    title = f"What to know before trusting it: {counted(count, 'warning')}, {len(found) - count} notes"
    with st.expander(title):
        show_table(("Where", "Kind", "What"), [(one.path, one.level, one.text) for one in found], "Checks")


def _checked(state: PageState) -> tuple[Notice, ...]:
    """Check the desk, once for the same settings."""
    mark = (scenario_key(state.scenario), state.seed)
    return kept("checks", mark, lambda: check(state.scenario, state.seed).findings)
