"""Intent by intent: how much the AI may answer of each, how often it is right, and a threshold of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

import streamlit as st

from simulator.app.keeping import kept
from simulator.app.looking import Looking
from simulator.app.showing import plain, show_chart, show_problems, show_table, show_text
from simulator.errors import SimulatorError
from simulator.metrics.registry import format_value
from simulator.report import risk_charts, theme
from simulator.scenario.model import Scenario
from simulator.studies.intervals import Estimate
from simulator.studies.tuning.risk import RiskCurves, risk_curves
from simulator.studies.tuning.space import Space, desk_in_phase, space_of
from simulator.tickets.sameness import scenario_key

_PHASE = re.compile(r"policy\.phases\[(\d+)\]\.answer_threshold")


@dataclass(frozen=True)
class Phased:
    """The desk with one phase's rules throughout, and its intents' curves."""

    space: Space
    risk: RiskCurves
    thresholds: dict[str, float]
    """In force, by intent that the AI may answer."""


def show_risk(look: Looking, path: str) -> None:
    """Show risk against coverage for the intents that are chosen."""
    found = _phased(look, path)
    if found is None:
        return
    names = [curve.intent for curve in sorted(found.risk.curves, key=lambda curve: -curve.tickets)]
    most = risk_charts.MOST_INTENTS
    key = f"risk {look.session.settings.scenario} {path}"
    chosen = st.multiselect("Intents", names, default=names[:most], key=key, max_selections=most)
    curves = [curve for curve in found.risk.curves if curve.intent in chosen]
    with theme.themed():
        figure = risk_charts.risk_coverage(curves, found.thresholds, "present")
    show_chart(figure, "risk", risk_charts.describe_risk(curves, found.thresholds))


def show_intents(look: Looking, path: str, where: str) -> None:
    """Show each intent's threshold with what it comes to, and offer to give one its own."""
    st.header("Intent by intent", anchor=False)
    found = _phased(look, path)
    if found is None:
        return
    weeks = float(look.scenario.weeks)
    rows = []
    for curve in sorted(found.risk.curves, key=lambda curve: -curve.tickets):
        threshold = found.thresholds[curve.intent]
        answered, right = found.risk.coverage(curve, threshold), found.risk.accuracy(curve, threshold)
        rows.append((curve.intent, f"{threshold:g}", f"{curve.tickets / weeks:,.0f}", _share(answered), _share(right)))
    head = ("Intent", "Answered from", "Tickets a week it may answer", "Answered", "Right, of those")
    show_table(head, rows, f"Rules of “{where}”; shares of tickets drawn for this desk, queues play no part")
    rest = [name for name in look.scenario.intents if name not in found.thresholds]
    if rest:
        show_text(f"People alone answer: {', '.join(rest)}.", muted=True)
    _own(look, path, found)


def _share(found: Estimate) -> str:
    texts = [format_value("share", value) for value in (found.mean, found.low, found.high)]
    return f"{texts[0]} [{texts[1]}, {texts[2]}]" if found.replications else "–"


def _own(look: Looking, path: str, found: Phased) -> None:
    """Offer a slider for one intent's threshold."""
    session = look.session
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
    """Give the path of one intent's threshold beside the general one at `path`."""
    return f"{path.removesuffix('answer_threshold')}intents.{intent}.answer_threshold"


def _phased(look: Looking, path: str) -> Phased | None:
    """Give the curves of the desk in the phase that a threshold belongs to; say why where there are none."""
    try:
        desk = desk_in_phase(look.scenario, _phases_until(look.scenario, path))
        space = space_of(desk, per_intent=True)
    except SimulatorError as error:
        show_problems(error)
        return None
    # Present thresholds play no part in the curves, so moving one costs nothing.
    neutral = space.variant(space.alike(1.0, 1.0)).scenario
    mark = (scenario_key(neutral), look.seed)
    risk = kept("risk", mark, lambda: risk_curves(space, look.seed))
    return Phased(space, risk, dict(zip(space.answered, space.as_is.answer, strict=True)))


def _phases_until(scenario: Scenario, path: str) -> int:
    """Tell how many phases have begun where a threshold is in force."""
    if match := _PHASE.fullmatch(path):
        return int(match[1]) + 1
    general = [n for n, phase in enumerate(scenario.policy.phases, 1) if phase.answer_threshold is None]
    return general[-1] if general else 0
