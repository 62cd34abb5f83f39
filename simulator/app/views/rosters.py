"""Rosters: the cheapest head-counts that keep the visitor's targets, looked for in the background."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from simulator.app.page_state import Looking
from simulator.app.widgets import show_chart, show_study_table, show_text
from simulator.base.text import listed
from simulator.metrics.kpis import applicable
from simulator.report.staff import view
from simulator.studies.running.batch import Stages
from simulator.studies.staff.posts import as_mapping
from simulator.studies.staff.staffing import Staffing, staff

TITLES = {"hours": "Agents by hour", "costs": "Cost", "certificate": "One agent fewer"}
THROUGHOUT = "those of the last phase, throughout"
AS_THEY_CHANGE = "as they change over the weeks"


@dataclass(frozen=True)
class Wishes:
    """What a roster must keep."""

    targets: tuple[str, ...]
    """As the command line takes them."""
    occupancy: str | None
    phase: str | None
    words: str = field(compare=False, default="")
    """As people say it."""


@dataclass(frozen=True)
class _Field:
    """One target that can be asked for."""

    kpi: str
    label: str
    unit: str
    usual: float | None
    most: float
    step: float


FIELDS = (
    _Field("sla_breach", "SLA breaches at most, %", "%", 5.0, 100.0, 0.5),
    _Field("abandonment", "Abandonment at most, %", "%", None, 100.0, 0.5),
    _Field("wait_mean", "Mean wait at most, minutes", "m", None, 10_000.0, 1.0),
)
BUSIEST = "Occupancy of a team at most, %"


def ask(look: Looking) -> Wishes:
    """Ask for targets; empty fields ask for nothing."""
    known = set(applicable(look.scenario))
    fields = [one for one in FIELDS if one.kpi in known]
    columns = st.columns(len(fields) + 1)
    targets, words = [], []
    for column, one in zip(columns, fields, strict=False):
        bound = column.number_input(
            one.label, 0.0, one.most, one.usual, one.step, key=f"target {one.kpi}", placeholder="no target"
        )
        if bound is not None:
            targets.append(f"{one.kpi}<={bound:g}{one.unit}")
            words.append(say(one.label, bound))
    busiest = columns[-1].number_input(BUSIEST, 1.0, 100.0, None, 1.0, key="target occupancy", placeholder="no target")
    if busiest is not None:
        words.append(say(BUSIEST, busiest))
    phase = None
    if look.scenario.policy.phases and look.scenario.ai is not None:
        rules = st.selectbox("Rules of the AI", [THROUGHOUT, AS_THEY_CHANGE], key="staff-phase")
        phase = "last" if rules == THROUGHOUT else None
    return Wishes(tuple(targets), None if busiest is None else f"{busiest:g}%", phase, listed(words))


def say(label: str, bound: float) -> str:
    """Put a bound in a field's label: `SLA breaches at most 5 %`."""
    what, unit = label.rsplit(", ", 1)
    return f"{what} {bound:g} {unit}"


def show_roster(look: Looking, wishes: Wishes) -> None:
    """Offer the search, and show what it found."""
    if not wishes.targets:
        show_text("Set a target, such as SLA breaches at most 5 %, to look for the cheapest roster that keeps it.")
        return
    scenario, seed = look.scenario, look.seed

    def work(progress: Stages) -> Staffing:
        return staff(
            scenario, wishes.targets, max_occupancy=wishes.occupancy, phase=wishes.phase, seed=seed, progress=progress
        )

    asked = ", ".join([*wishes.targets, *([f"occupancy {wishes.occupancy}"] if wishes.occupancy else [])])
    found: Staffing | None = look.asked(
        f"staff {asked} {wishes.phase}", f"Cheapest roster with {wishes.words}", work,
        button="Look for the cheapest roster",
        cost="Looks for head-counts of the shifts there are, with the AI and without; takes one to five minutes.",
    )  # fmt: skip
    if found is None:
        return
    page = view.page_of(found)
    show_text(page.answer)
    for warning in page.warnings:
        show_text(f"Warning: {warning}.")
    _take(look, found)
    drawn = {chart.key: chart for chart in page.charts}
    keys, titled = list(drawn), TITLES.__getitem__
    name = st.radio("Chart of the search", keys, key="staff-chart", format_func=titled, horizontal=True)
    show_chart(drawn[name].figure, f"staff-{name}", drawn[name].alt)
    for table in page.sheets[:2]:
        show_study_table(table)
    show_text(page.how_sure, muted=True)


def _take(look: Looking, found: Staffing) -> None:
    """Offer to set what was found."""
    arm = found.with_ai
    changes = as_mapping(arm.posts, arm.heads)
    if not changes:
        show_text("It is the roster that the desk has.")
        return

    def take() -> None:
        look.session.take_over(changes)

    st.button("Take this roster", on_click=take, key="take-roster")
    show_text("Savings are still counted against today's head-count; Undo brings back what was set.", muted=True)
