"""Tuned: the best thresholds that keep the guard-rails, looked for in the background, and taken by a button."""

from __future__ import annotations

import streamlit as st

from simulator.app.looking import Looking
from simulator.app.showing import show_chart, show_text
from simulator.report import tuning_certainty, tuning_page, tuning_words
from simulator.studies.laboratory import Stages
from simulator.studies.tuning.study import Tuning, tune
from simulator.studies.tuning.tables import recommended_changes

TITLES = {
    "frontier": "Frontier",
    "thresholds": "Thresholds",
    "risk": "Risk and coverage",
    "calibration": "If less often right",
}


def show_tuning(look: Looking) -> None:
    """Offer the search, and show what it found."""
    st.header("The best thresholds", anchor=False)
    per_intent = st.toggle("Each intent its own thresholds", key="tune-per-intent")
    scenario, seed = look.scenario, look.seed

    def work(progress: Stages) -> Tuning:
        return tune(scenario, per_intent=per_intent, seed=seed, progress=progress)

    cost = (
        "Searches for the highest net value with CSAT within 10 points of people's, at most 10 % wrong answers and no"
        f" more SLA breaches than without the AI; takes {'some five minutes' if per_intent else 'a minute or two'}."
    )
    found: Tuning | None = look.asked(
        f"tune {'per intent' if per_intent else 'alike'}", "Best thresholds", work, cost=cost,
        button="Look for the best thresholds",
    )  # fmt: skip
    if found is None:
        return
    show_text(tuning_words.answer(found))
    for warning in tuning_certainty.warnings(found):
        show_text(f"Warning: {warning}.")
    _take(look, found)
    drawn = {chart.key: chart for chart in tuning_page.charts_of(found)}
    keys, titled = list(drawn), TITLES.__getitem__
    name = st.radio("Chart of the search", keys, key="tune-chart", format_func=titled, horizontal=True)
    show_chart(drawn[name].figure, f"tuned-{name}", drawn[name].alt)
    show_text(tuning_certainty.how_sure(found), muted=True)


def _take(look: Looking, found: Tuning) -> None:
    """Offer to set what was found."""

    def take() -> None:
        look.session.take_over(recommended_changes(found))

    st.button("Take these thresholds", on_click=take, key="take-thresholds")
    show_text("They are then in force in all weeks; Undo brings back what was set.", muted=True)
