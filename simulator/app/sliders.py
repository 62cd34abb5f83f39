"""Sliders: a lever of the scenario as a slider, at the side or beside a chart; all of one lever move together."""

from __future__ import annotations

import math

import streamlit as st

from simulator.app.levers import Lever
from simulator.app.session import Session
from simulator.app.widgets import plain

_FORMATS = {"share": "%.2f", "count": "%d", "added": "%+d", "money": "%.2f", "number": "localized"}


def slider(session: Session, lever: Lever, place: str = "side") -> None:
    """Show one lever as a slider that moves the session's scenario."""
    key = session.key(f"{place}:{lever.path}")

    def move() -> None:
        value = float(st.session_state[key])
        session.change(lever.path, None if value == lever.value else lever.written(value))

    number = int if lever.kind in ("count", "added", "number") else float
    # The scenario is right, whatever moved it: the lever's other slider, a handle, or a value that did not fit.
    st.session_state[key] = number(lever.position(session.scenario))
    st.slider(
        plain(lever.label), number(lever.low), number(lever.high), step=number(lever.step), format=_format(lever),
        key=key, on_change=move,
    )  # fmt: skip


def _format(lever: Lever) -> str:
    """Return the format in which each step shows: a thousand tokens may cost a tenth of a cent."""
    digits = -math.floor(math.log10(lever.step))
    if lever.kind == "money" and lever.step >= 1:
        return "localized"
    return f"%.{digits}f" if lever.kind == "money" and digits > 2 else _FORMATS[lever.kind]
