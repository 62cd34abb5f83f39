"""Staffing: agents required and rostered by hour, how busy teams are, who waits when, and the cheapest roster."""

from __future__ import annotations

import streamlit as st

from simulator.app.levers import levers_now
from simulator.app.page_state import Looking, live_runner, looking
from simulator.app.session_cache import kept
from simulator.app.sliders import slider
from simulator.app.views import rosters
from simulator.app.views.rosters import Wishes
from simulator.app.widgets import show_cards, show_chart, show_problems, show_report_chart, show_table, show_text
from simulator.base.errors import SimulatorError
from simulator.base.units import format_value
from simulator.report.charts import theme
from simulator.report.finding import Chart
from simulator.report.run import load_charts
from simulator.report.run.figures import chart_of
from simulator.report.run.gates import cards
from simulator.report.run.load_charts import team_occupancy
from simulator.report.staff import charts
from simulator.studies.staff.feasibility import read_occupancy
from simulator.studies.staff.staffed_week import required_agents, weeks_of_teams
from simulator.studies.targets import parse_targets
from simulator.tickets.fingerprints import scenario_key

CARDS = ("occupancy", "wait_mean", "first_response_p50", "sla_breach", "abandonment", "backlog_mean", "cost_agents")
HOURS, OCCUPANCY, HEAT, WAITS = "Required and rostered", "Occupancy", "Backlog heat map", "Waits"
MOST_TEAMS = 4
"""Teams that are drawn unless others are chosen."""


def show() -> None:
    """Show the page."""
    look = looking()
    show_cards(cards(look.study, look.before if look.is_changed else None, CARDS), "staffing")
    _heads(look)
    views = [HOURS, OCCUPANCY, HEAT, WAITS]
    view = st.radio("Chart", views, key="staffing-view", horizontal=True)
    chart = st.container()
    st.header("The cheapest roster", anchor=False)
    wishes = rosters.ask(look)
    with chart:
        if view == HOURS:
            _hours(look, wishes)
        elif view == OCCUPANCY:
            _occupancy(look)
        elif view == HEAT:
            study = look.study
            show_report_chart(
                Chart("heat", lambda: load_charts.backlog_heat(study), lambda: load_charts.heat_details(study))
            )
        elif view == WAITS:
            show_report_chart(chart_of(look.study, "backlog"))
    rosters.show_roster(look, wishes)


def _heads(look: Looking) -> None:
    """Offer head-counts beside the chart."""
    people = [lever for lever in levers_now(look.session.base, look.scenario) if lever.group == "People"]
    if not people:
        return
    with st.expander("Head-count", expanded=len(people) <= 9):
        columns = st.columns(3)
        for number, lever in enumerate(people):
            with columns[number % 3]:
                slider(look.session, lever, place="staffing")


def _hours(look: Looking, wishes: Wishes) -> None:
    """Show agents required and rostered, for the targets that are asked for below."""
    names = list(look.scenario.teams)
    if len(names) > 1:
        key = f"teams {look.session.settings.scenario}"
        every = names
        names = st.multiselect("Teams", every, default=every[:MOST_TEAMS], key=key)
        if names and (left_out := [team for team in every if team not in names]):
            show_text(f"Not drawn, nor in the headline: {', '.join(left_out)}.", muted=True)
    if not names:
        show_text("Choose a team to see its week.")
        return
    try:
        targets = parse_targets(wishes.targets, look.scenario, "Target")
        most = read_occupancy(wishes.occupancy)
    except SimulatorError as error:
        show_problems(error)
        return
    mark = (scenario_key(look.scenario), look.seed, wishes)
    draw = live_runner().customers
    required = kept("required", mark, lambda: required_agents(look.scenario, targets, most, look.seed, draw))
    found = [one for one in weeks_of_teams(look.study, required) if one.team in names]
    with theme.themed():
        figure = charts.weeks(found)
    show_chart(figure, "hours", f"{charts.weeks_title(found)}. {charts.week_details(found)}")


def _occupancy(look: Looking) -> None:
    """Show how busy each team is."""
    show_report_chart(chart_of(look.study, "agents"))
    before = team_occupancy(look.before) if look.is_changed else {}
    rows = []
    for team, found in team_occupancy(look.study).items():
        texts = [format_value("share", value) for value in (found.mean, found.low, found.high)]
        told = f"{texts[0]} [{texts[1]}, {texts[2]}]" if found.replications > 1 else texts[0]
        rows.append((team, told, *([format_value("share", before[team].mean)] if team in before else [])))
    head = ("Team", "Occupancy", *(["As loaded"] if before else []))
    show_table(head, rows, "Time at work ÷ time on duty, with 95 % intervals")
