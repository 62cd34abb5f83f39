"""Thresholds: what each value of a threshold leads to, the frontier, risk and coverage, and the best thresholds.

Intent by intent the page shows how much the AI may answer and how often it is right, and sets a threshold for one
intent alone. The best thresholds that keep the guard-rails are searched for in the background and set by a button.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from simulator.app.cards import cards, show_cards
from simulator.app.handle import show_chart_with_handle
from simulator.app.levers import figure_at, threshold_paths
from simulator.app.page_state import FIRST_TICKETS, LIVE_TICKETS, PageState, background, kept, live_runner, shown_state
from simulator.app.widgets import plain, show_chart, show_problems, show_report_chart, show_table, show_text
from simulator.base.errors import SimulatorError
from simulator.base.stats import Estimate
from simulator.base.units import format_value
from simulator.report.finding import Chart
from simulator.report.run.in_force import weeks_in_force
from simulator.report.sweep import threshold_charts
from simulator.report.tune import charts, sentences, view
from simulator.report.tune import sentences as tuning_words
from simulator.scenario import Scenario, expected_tickets
from simulator.studies.running.batch import Stages
from simulator.studies.running.results import Replications
from simulator.studies.sweep.threshold_curve import POSITIONS, ThresholdCurve, at_position, curve_with, studies_at
from simulator.studies.tune.recommendation import recommended_changes
from simulator.studies.tune.space import Space, desk_in_phase, space_of
from simulator.studies.tune.static_rule import RiskCurves, risk_curves
from simulator.studies.tune.tuning import Tuning, tune
from simulator.tickets.fingerprints import scenario_key

_PHASE = re.compile(r"policy\.phases\[(\d+)\]\.answer_threshold")


@dataclass(frozen=True)
class _Phased:
    """The desk with one phase's rules throughout, and its intents' curves."""

    space: Space
    risk: RiskCurves
    thresholds: dict[str, float]
    """In force, by intent that the AI may answer."""


def _show_risk(state: PageState, path: str) -> None:
    """Show risk against coverage for the intents that are chosen."""
    found = _phased(state, path)
    if found is None:
        return
    names = [curve.intent for curve in sorted(found.risk.curves, key=lambda curve: -curve.tickets)]
    most = charts.MOST_INTENTS
    key = f"risk {state.session.settings.scenario} {path}"
    chosen = st.multiselect("Intents", names, default=names[:most], key=key, max_selections=most)
    curves = [curve for curve in found.risk.curves if curve.intent in chosen]
    show_report_chart(Chart("risk", lambda: charts.risk_coverage(curves, found.thresholds, "present")))


def _show_intents(state: PageState, path: str, where: str) -> None:
    """Show each intent's threshold with what it comes to, and offer to give one its own."""
    st.header("Intent by intent", anchor=False)
    found = _phased(state, path)
    if found is None:
        return
    weeks = float(state.scenario.weeks)
    rows = []
    for curve in sorted(found.risk.curves, key=lambda curve: -curve.tickets):
        threshold = found.thresholds[curve.intent]
        answered, right = found.risk.coverage(curve, threshold), found.risk.accuracy(curve, threshold)
        rows.append((curve.intent, f"{threshold:g}", f"{curve.tickets / weeks:,.0f}", _share(answered), _share(right)))
    head = ("Intent", "Answered from", "Tickets a week it may answer", "Answered", "Right, of those")
    show_table(head, rows, f"Rules of “{where}”; shares of tickets drawn for this desk, queues play no part")
    rest = [name for name in state.scenario.intents if name not in found.thresholds]
    if rest:
        show_text(f"People alone answer: {', '.join(rest)}.", muted=True)
    _own(state, path, found)


def _share(found: Estimate) -> str:
    texts = [format_value("share", value) for value in (found.mean, found.low, found.high)]
    return f"{texts[0]} [{texts[1]}, {texts[2]}]" if found.replications else "–"


def _own(state: PageState, path: str, found: _Phased) -> None:
    """Offer a slider for one intent's threshold."""
    session = state.session
    left, right = st.columns(2)
    intent = left.selectbox(
        "Threshold of its own for", list(found.thresholds), key=f"own-intent {session.settings.scenario} {path}"
    )
    own = own_path(path, intent)
    key = session.key(f"own:{own}")

    def move() -> None:
        session.change(own, f"{float(st.session_state[key]):.10g}")

    def back() -> None:
        session.change(own, None)

    st.session_state[key] = float(found.thresholds[intent])
    label = plain(f"AI answers {intent} from")
    right.slider(label, 0.0, 1.0, step=0.01, format="%.2f", key=key, on_change=move)
    if own in dict(session.settings.changes):
        st.button(plain(f"{intent} as loaded"), on_click=back, key=f"back:{own}")


def own_path(path: str, intent: str) -> str:
    """Return the path of one intent's threshold beside the general one at `path`."""
    return f"{path.removesuffix('answer_threshold')}intents.{intent}.answer_threshold"


def _phased(state: PageState, path: str) -> _Phased | None:
    """Return the curves of the desk in the phase that a threshold belongs to; say why where there are none."""
    try:
        desk = desk_in_phase(state.scenario, _phases_until(state.scenario, path))
        space = space_of(desk, per_intent=True)
    except SimulatorError as error:
        show_problems(error)
        return None
    # Present thresholds play no part in the curves, so moving one costs nothing.
    neutral = space.variant(space.alike(1.0, 1.0)).scenario
    mark = (scenario_key(neutral), state.seed)
    risk = kept("risk", mark, lambda: risk_curves(space, state.seed))
    return _Phased(space, risk, dict(zip(space.answered, space.as_is.answer, strict=True)))


def _phases_until(scenario: Scenario, path: str) -> int:
    """Return how many phases have begun where a threshold is in force."""
    if match := _PHASE.fullmatch(path):
        return int(match[1]) + 1
    general = [n for n, phase in enumerate(scenario.policy.phases, 1) if phase.answer_threshold is None]
    return general[-1] if general else 0


# -- tuned ------------------------------------------------------------------------------------------------------------


_TITLES = {
    "frontier": "Frontier",
    "thresholds": "Thresholds",
    "risk": "Risk and coverage",
    "calibration": "If less often right",
}


def _show_tuning(state: PageState) -> None:
    """Offer the search, and show what it found."""
    st.header("The best thresholds", anchor=False)
    per_intent = st.toggle("Each intent its own thresholds", key="tune-per-intent")
    scenario, seed = state.scenario, state.seed

    def work(progress: Stages) -> Tuning:
        return tune(scenario, per_intent=per_intent, seed=seed, progress=progress)

    cost = (
        "Searches for the highest net value with CSAT within 10 points of people's, at most 10 % wrong answers and no"
        f" more SLA breaches than without the AI; takes {'some five minutes' if per_intent else 'a minute or two'}."
    )
    found: Tuning | None = state.asked(
        f"tune {'per intent' if per_intent else 'alike'}", "Best thresholds", work, cost=cost,
        button="Look for the best thresholds",
    )  # fmt: skip
    if found is None:
        return
    show_text(tuning_words.answer(found))
    for warning in sentences.warnings(found):
        show_text(f"Warning: {warning}.")
    _take(state, found)
    drawn = {chart.key: chart for chart in view.page_of(found).charts}
    keys, titled = list(drawn), _TITLES.__getitem__
    name = st.radio("Chart of the search", keys, key="tune-chart", format_func=titled, horizontal=True)
    show_chart(drawn[name].figure, f"tuned-{name}", drawn[name].alt)
    show_text(sentences.how_sure(found), muted=True)


def _take(state: PageState, found: Tuning) -> None:
    """Offer to set what was found."""

    def take() -> None:
        state.session.take_over(recommended_changes(found))

    st.button("Take these thresholds", on_click=take, key="take-thresholds")
    show_text("They are then in force in all weeks; Undo brings back what was set.", muted=True)


# -- thresholds -------------------------------------------------------------------------------------------------------


_CARDS = ("automated_resolution", "wrong_answer", "sla_breach", "csat_mean", "cost_total", "aht")
_FEWEST = 4
"""Replications of the curve at least, where so many are wanted."""
_CURVES, _FRONTIER, _RISK = "By threshold", "Frontier", "Risk and coverage"


def show() -> None:
    """Show the page."""
    state = shown_state()
    stated = threshold_paths(state.scenario).items()
    # A threshold of 0 is one, too.
    places = {path: name for path, name in stated if figure_at(state.scenario, path) is not None}
    if state.scenario.ai is None:
        show_text("People answer every ticket of this desk, so there is no threshold to set. Choose a desk with an AI"
                  " at the side, or describe one under `ai` in the scenario.")  # fmt: skip
        return
    if not places:
        show_text("This AI never answers by itself (no rule has mode auto), so no answer threshold decides anything."
                  " Set `policy.mode: auto`, or choose another desk at the side.")  # fmt: skip
        return
    path = _place(state, places)
    if when := weeks_in_force(state.scenario, path):
        show_text(when, muted=True)
    show_cards(cards(state.study, state.before if state.is_changed else None, _CARDS), "thresholds")
    views = [_CURVES, _FRONTIER, _RISK]
    view = st.radio("Chart", views, key="threshold-view", horizontal=True)
    chart = st.container()
    _show_intents(state, path, places[path])
    _show_tuning(state)
    # Last, because the curve takes a second or two when something else than this threshold has moved.
    with chart:
        if view == _RISK:
            _show_risk(state, path)
        else:
            _curves(state, path, places[path], view == _FRONTIER)


def _place(state: PageState, places: dict[str, str]) -> str:
    """Choose which threshold is looked at, where there are several."""
    if len(places) == 1:
        return next(iter(places))
    key = f"threshold-place {state.session.settings.scenario}"
    return st.selectbox("Threshold in force during", list(places), key=key, format_func=lambda path: places[path])


def _curves(state: PageState, path: str, where: str, is_frontier: bool) -> None:
    """Show the chart over all positions of the threshold."""
    curve = _curve(state, path)
    if curve is None:
        return
    if is_frontier:
        show_report_chart(Chart("frontier", lambda: threshold_charts.frontier(curve)))
        show_text(_made_of(state, curve), muted=True)
        return

    def move(threshold: float) -> None:
        session = state.session
        loaded = figure_at(session.base, path)
        is_back = loaded is not None and threshold == float(loaded)
        session.change(path, None if is_back else f"{threshold:.10g}")

    chart = Chart(
        "curves", lambda: threshold_charts.against_threshold(curve), lambda: threshold_charts.against_details(curve)
    )
    show_chart_with_handle(chart, value=curve.here, label=f"Answer threshold, {where}", moved=move)
    dragged = "Drag the handle, or move it by the arrow keys: the slider at the side follows."
    show_text(f"{_made_of(state, curve)} {dragged}", muted=True)


def _made_of(state: PageState, curve: ThresholdCurve) -> str:
    """Say how many replications the chart has, and that the cards above have others where they do."""
    count, above = len(curve.study), len(state.study)
    more = f"; the cards above are means of {above}, so their figures differ a little" if above != count else ""
    return f"The chart shows means of {count} replications at each threshold{more}."


def _curve(state: PageState, path: str) -> ThresholdCurve | None:
    """Simulate the positions that are not at hand, telling how far that is; a new move of a slider ends it.

    Where one position alone takes long they are asked for, and there is no curve until they are done.
    """
    here = figure_at(state.scenario, path)
    assert here is not None
    tickets = max(1.0, expected_tickets(state.scenario))
    few = min(len(state.study), max(_FEWEST, int(FIRST_TICKETS / tickets)))
    # Wherever this threshold stands, the curve over it is the same.
    mark = (scenario_key(at_position(state.scenario, path, POSITIONS[0])), path, few, state.seed)
    scenario, seed = state.scenario, state.seed

    def simulate(tell: Callable[[int, int], None]) -> dict[float, Replications]:
        return studies_at(live_runner(), scenario, path, few, seed=seed, progress=tell)

    if few * tickets > LIVE_TICKETS:
        stage = "Simulating thresholds"
        others = background(
            state.session, f"curve {mark}", "curve", stage,
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
    return curve_with(path, others, float(here), live_runner().replicate(scenario, few, seed=seed))
