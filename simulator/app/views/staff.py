"""Staffing: agents required and rostered by hour, how busy teams are, who waits when, and the cheapest roster."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from simulator.app.cards import cards, show_cards
from simulator.app.levers import levers_now
from simulator.app.page_state import PageState, kept, live_runner, shown_state
from simulator.app.sliders import slider
from simulator.app.widgets import (
    show_chart,
    show_problems,
    show_report_chart,
    show_study_table,
    show_table,
    show_text,
)
from simulator.base.errors import SimulatorError
from simulator.base.text import listed
from simulator.base.units import format_value
from simulator.metrics.kpis import applicable
from simulator.report.charts import theme
from simulator.report.finding import Chart
from simulator.report.run import load_charts
from simulator.report.run.load_charts import team_occupancy
from simulator.report.run.view import chart_of
from simulator.report.staff import charts, view
from simulator.studies.running.batch import Stages
from simulator.studies.staff.feasibility import read_occupancy
from simulator.studies.staff.posts import as_mapping
from simulator.studies.staff.staffed_week import required_agents, weeks_of_teams
from simulator.studies.staff.staffing import Staffing, staff
from simulator.studies.targets import parse_targets
from simulator.tickets.fingerprints import scenario_key

_TITLES = {"hours": "Agents by hour", "costs": "Cost", "certificate": "One agent fewer"}
_THROUGHOUT = "those of the last phase, throughout"
_AS_THEY_CHANGE = "as they change over the weeks"


@dataclass(frozen=True)
class _Wishes:
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


def _ask(state: PageState) -> _Wishes:
    """Ask for targets; empty fields ask for nothing."""
    known = set(applicable(state.scenario))
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
    if state.scenario.policy.phases and state.scenario.ai is not None:
        rules = st.selectbox("Rules of the AI", [_THROUGHOUT, _AS_THEY_CHANGE], key="staff-phase")
        phase = "last" if rules == _THROUGHOUT else None
    return _Wishes(tuple(targets), None if busiest is None else f"{busiest:g}%", phase, listed(words))


def say(label: str, bound: float) -> str:
    """Put a bound in a field's label: `SLA breaches at most 5 %`."""
    what, unit = label.rsplit(", ", 1)
    return f"{what} {bound:g} {unit}"


def _show_roster(state: PageState, wishes: _Wishes) -> None:
    """Offer the search, and show what it found."""
    if not wishes.targets:
        show_text("Set a target, such as SLA breaches at most 5 %, to look for the cheapest roster that keeps it.")
        return
    scenario, seed = state.scenario, state.seed

    def work(progress: Stages) -> Staffing:
        return staff(
            scenario, wishes.targets, max_occupancy=wishes.occupancy, phase=wishes.phase, seed=seed, progress=progress
        )

    asked = ", ".join([*wishes.targets, *([f"occupancy {wishes.occupancy}"] if wishes.occupancy else [])])
    found: Staffing | None = state.asked(
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
    _take(state, found)
    drawn = {chart.key: chart for chart in page.charts}
    keys, titled = list(drawn), _TITLES.__getitem__
    name = st.radio("Chart of the search", keys, key="staff-chart", format_func=titled, horizontal=True)
    show_chart(drawn[name].figure, f"staff-{name}", drawn[name].alt)
    for table in page.sheets[:2]:
        show_study_table(table)
    show_text(page.how_sure, muted=True)


def _take(state: PageState, found: Staffing) -> None:
    """Offer to set what was found."""
    arm = found.with_ai
    changes = as_mapping(arm.posts, arm.heads)
    if not changes:
        show_text("It is the roster that the desk has.")
        return

    def take() -> None:
        state.session.take_over(changes)

    st.button("Take this roster", on_click=take, key="take-roster")
    show_text("Savings are still counted against today's head-count; Undo brings back what was set.", muted=True)


# -- staffing ---------------------------------------------------------------------------------------------------------


_CARDS = ("occupancy", "wait_mean", "first_response_p50", "sla_breach", "abandonment", "backlog_mean", "cost_agents")
_HOURS, _OCCUPANCY, _HEAT, _WAITS = "Required and rostered", "Occupancy", "Backlog heat map", "Waits"
_MOST_TEAMS = 4
"""Teams that are drawn unless others are chosen."""


def show() -> None:
    """Show the page."""
    state = shown_state()
    show_cards(cards(state.study, state.before if state.is_changed else None, _CARDS), "staffing")
    _heads(state)
    views = [_HOURS, _OCCUPANCY, _HEAT, _WAITS]
    view = st.radio("Chart", views, key="staffing-view", horizontal=True)
    chart = st.container()
    st.header("The cheapest roster", anchor=False)
    wishes = _ask(state)
    with chart:
        if view == _HOURS:
            _hours(state, wishes)
        elif view == _OCCUPANCY:
            _occupancy(state)
        elif view == _HEAT:
            study = state.study
            show_report_chart(
                Chart("heat", lambda: load_charts.backlog_heat(study), lambda: load_charts.heat_details(study))
            )
        elif view == _WAITS:
            show_report_chart(chart_of(state.study, "backlog"))
    _show_roster(state, wishes)


def _heads(state: PageState) -> None:
    """Offer head-counts beside the chart."""
    people = [lever for lever in levers_now(state.session.base, state.scenario) if lever.group == "People"]
    if not people:
        return
    with st.expander("Head-count", expanded=len(people) <= 9):
        columns = st.columns(3)
        for number, lever in enumerate(people):
            with columns[number % 3]:
                slider(state.session, lever, place="staffing")


def _hours(state: PageState, wishes: _Wishes) -> None:
    """Show agents required and rostered, for the targets that are asked for below."""
    names = list(state.scenario.teams)
    if len(names) > 1:
        key = f"teams {state.session.settings.scenario}"
        every = names
        names = st.multiselect("Teams", every, default=every[:_MOST_TEAMS], key=key)
        if names and (left_out := [team for team in every if team not in names]):
            show_text(f"Not drawn, nor in the headline: {', '.join(left_out)}.", muted=True)
    if not names:
        show_text("Choose a team to see its week.")
        return
    try:
        targets = parse_targets(wishes.targets, state.scenario, "Target")
        most = read_occupancy(wishes.occupancy)
    except SimulatorError as error:
        show_problems(error)
        return
    mark = (scenario_key(state.scenario), state.seed, wishes)
    draw = live_runner().customers
    required = kept("required", mark, lambda: required_agents(state.scenario, targets, most, state.seed, draw))
    found = [one for one in weeks_of_teams(state.study, required) if one.team in names]
    with theme.themed():
        figure = charts.weeks(found)
    show_chart(figure, "hours", f"{charts.weeks_title(found)}. {charts.week_details(found)}")


def _occupancy(state: PageState) -> None:
    """Show how busy each team is."""
    show_report_chart(chart_of(state.study, "agents"))
    before = team_occupancy(state.before) if state.is_changed else {}
    rows = []
    for team, found in team_occupancy(state.study).items():
        texts = [format_value("share", value) for value in (found.mean, found.low, found.high)]
        told = f"{texts[0]} [{texts[1]}, {texts[2]}]" if found.replications > 1 else texts[0]
        rows.append((team, told, *([format_value("share", before[team].mean)] if team in before else [])))
    head = ("Team", "Occupancy", *(["As loaded"] if before else []))
    show_table(head, rows, "Time at work ÷ time on duty, with 95 % intervals")
