"""Thresholds: what each position of a threshold comes to, the frontier, risk and coverage, and the best ones."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from simulator.app.cards import show_cards
from simulator.app.handle import show_chart_with_handle
from simulator.app.keeping import kept
from simulator.app.levers import figure_at, threshold_paths
from simulator.app.looking import FIRST_TICKETS, LIVE_TICKETS, Looking, background, looking, workbench
from simulator.app.showing import plain, show_chart, show_text
from simulator.app.views import intents, tuned
from simulator.report import theme, threshold_charts
from simulator.report.gate_words import in_force
from simulator.report.kpi_cards import cards
from simulator.report.study_frame import Drawn
from simulator.scenario.volume import expected_tickets
from simulator.studies.results import Replications
from simulator.studies.threshold_curve import POSITIONS, ThresholdCurve, at_position, curve_with, studies_at
from simulator.tickets.sameness import scenario_key

CARDS = ("automated_resolution", "wrong_answer", "sla_breach", "csat_mean", "cost_total", "aht")
FEWEST = 4
"""Replications of the curve at least, where so many are wanted."""
CURVES, FRONTIER, RISK = "By threshold", "Frontier", "Risk and coverage"


def show() -> None:
    """Show the page."""
    look = looking()
    stated = threshold_paths(look.scenario).items()
    # A threshold of 0 is one, too.
    places = {path: name for path, name in stated if figure_at(look.scenario, path) is not None}
    if look.scenario.ai is None:
        show_text("People answer every ticket of this desk, so there is no threshold to set. Choose a desk with an AI"
                  " at the side, or describe one under `ai` in the scenario.")  # fmt: skip
        return
    if not places:
        show_text("This AI never answers by itself (no rule has mode auto), so no answer threshold decides anything."
                  " Set `policy.mode: auto`, or choose another desk at the side.")  # fmt: skip
        return
    path = _place(look, places)
    if when := in_force(look.scenario, path):
        show_text(when, muted=True)
    show_cards(cards(look.study, look.before if look.is_changed else None, CARDS), "thresholds")
    views = [CURVES, FRONTIER, RISK]
    view = st.radio("Chart", views, key="threshold-view", horizontal=True)
    chart = st.container()
    intents.show_intents(look, path, places[path])
    tuned.show_tuning(look)
    # Last, because the curve takes a second or two when something else than this threshold has moved.
    with chart:
        if view == RISK:
            intents.show_risk(look, path)
        else:
            _curves(look, path, places[path], view == FRONTIER)


def _place(look: Looking, places: dict[str, str]) -> str:
    """Choose which threshold is looked at, where there are several."""
    if len(places) == 1:
        return next(iter(places))
    key = f"threshold-place {look.session.settings.scenario}"
    return st.selectbox("Threshold in force during", list(places), key=key, format_func=lambda path: places[path])


def _curves(look: Looking, path: str, where: str, is_frontier: bool) -> None:
    """Show the chart over all positions of the threshold."""
    curve = _curve(look, path)
    if curve is None:
        return
    if is_frontier:
        with theme.themed():
            figure = threshold_charts.frontier(curve)
        show_chart(figure, "frontier", threshold_charts.describe_frontier(curve))
        show_text(_made_of(look, curve), muted=True)
        return

    def move(threshold: float) -> None:
        session = look.session
        loaded = figure_at(session.base, path)
        is_back = loaded is not None and threshold == float(loaded)
        session.change(path, None if is_back else f"{threshold:.10g}")

    with theme.themed():
        chart = Drawn("curves", threshold_charts.against_threshold(curve), threshold_charts.describe_against(curve))
    show_chart_with_handle(chart, value=curve.here, label=f"Answer threshold, {where}", moved=move)
    dragged = "Drag the handle, or move it by the arrow keys: the slider at the side follows."
    show_text(f"{_made_of(look, curve)} {dragged}", muted=True)


def _made_of(look: Looking, curve: ThresholdCurve) -> str:
    """Say how many replications the chart has, and that the cards above have others where they do."""
    count, above = len(curve.study), len(look.study)
    more = f"; the cards above are means of {above}, so their figures differ a little" if above != count else ""
    return f"The chart shows means of {count} replications at each threshold{more}."


def _curve(look: Looking, path: str) -> ThresholdCurve | None:
    """Simulate the positions that are not at hand, telling how far that is; a new move of a slider ends it.

    Where one position alone takes long they are asked for, and there is no curve until they are done.
    """
    here = figure_at(look.scenario, path)
    assert here is not None
    tickets = max(1.0, expected_tickets(look.scenario))
    few = min(len(look.study), max(FEWEST, int(FIRST_TICKETS / tickets)))
    # Wherever this threshold stands, the curve over it is the same.
    mark = (scenario_key(at_position(look.scenario, path, POSITIONS[0])), path, few, look.seed)
    scenario, seed = look.scenario, look.seed

    def simulate(tell: Callable[[int, int], None]) -> dict[float, Replications]:
        return studies_at(workbench(), scenario, path, few, seed=seed, progress=tell)

    if few * tickets > LIVE_TICKETS:
        stage = "Simulating thresholds"
        others = background(
            look.session, f"curve {mark}", "curve", stage,
            lambda stages: simulate(lambda done, of: stages(stage, done, of)),
            cost=f"It follows {len(POSITIONS) * few * tickets:,.0f} tickets, at {len(POSITIONS)} thresholds.",
            button="Draw the curve",
        )  # fmt: skip
        if others is None:
            return None
    else:
        told = st.empty()

        def tell(done: int, of: int) -> None:
            told.progress(done / of, text=plain(f"Simulating thresholds, {done} of {of}"))

        others = kept("curve", mark, lambda: simulate(tell))
        told.empty()
    return curve_with(path, others, float(here), workbench().replicate(scenario, few, seed=seed))
