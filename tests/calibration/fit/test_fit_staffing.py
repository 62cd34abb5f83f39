"""Staffing is what the roster says, or what agents' work shows: hours are kept, and what is rough is said to be."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.base.errors import ExportError
from simulator.calibration.exports.roster import Roster, RosterRow
from simulator.calibration.exports.table import Export
from simulator.calibration.fit.estimate import rounded_agents
from simulator.calibration.fit.presence import presence, rostered, staffed_hours
from simulator.calibration.fit.staffing import fit_staffing
from simulator.report.charts.theme import themed, title_of
from simulator.report.fit.demand_charts import charts
from simulator.rosters import build_rosters
from simulator.scenario import Scenario
from tests.support.bank_data import Bank, on_both_desks
from tests.support.made_up_data import calls_of
from tests.support.small_exports import FIRST, codes, desk, export_at, export_of_totals, figure, texts

WEEKDAYS = (0, 1, 2, 3, 4)


def roster(*rows: tuple[str, tuple[int, ...] | tuple[date, ...], int, int, int]) -> Roster:
    return Roster(tuple(RosterRow(*row) for row in rows), "roster.csv")


def hours_a_week(scenario: Scenario) -> float:
    """Return the rostered agent-hours of one simulated week."""
    return sum(team.rostered_minutes for team in build_rosters(scenario, 1, 0)) / 60


def worked(days: int = 14, zone: str = "UTC", first: date = FIRST, hour: float = 9, **columns: object) -> Export:
    """Make an export in which one agent works 09:00 to 17:00 each day, 25 minutes in every half-hour."""
    empty = export_at([], days, zone, first)
    start = [empty.midnight(first + timedelta(days=step)) + 3600 * hour for step in range(days)]
    began = np.concatenate([day + 1800.0 * np.arange(16) for day in start])
    agent = np.zeros(len(began), dtype=np.int32)
    return export_at(began - 60, days, zone, first, agent=agent, began=began, ended=began + 1500, **columns)


# -- rosters -----------------------------------------------------------------------------------------------------


def test_a_weekly_roster_is_written_as_it_stands() -> None:
    given_roster = roster(("support", WEEKDAYS, 540, 1050, 3), ("support", (5, 6), 1320, 1800, 1))
    part = fit_staffing(export_of_totals([50] * 14), given_roster)
    assert figure(part, "teams", "support", "shifts") == [
        {"days": "mon-fri", "start": "09:00", "end": "17:30", "agents": 3},
        {"days": "sat-sun", "start": "22:00", "end": "06:00", "agents": 1},
    ]
    hours = 5 * 8.5 * 3 + 2 * 8
    assert staffed_hours(given_roster, export_of_totals([50] * 14)) == 2 * hours
    # Of Sunday's night shift 2 hours lie in the week, of that of the Sunday before 6.
    assert hours_a_week(desk(part)) == pytest.approx(hours)


def test_a_dated_roster_becomes_the_mean_week_with_its_hours_kept() -> None:
    days = [FIRST + timedelta(days=step) for step in range(14)]
    busy = tuple(day for day in days[:5])
    given_roster = roster(
        ("support", tuple(days), 480, 960, 2), ("support", busy, 600, 720, 1), ("support", (days[6],), 1380, 1500, 1)
    )
    part = fit_staffing(export_of_totals([50] * 14), given_roster)
    mean = 14 * 16 / 2 + 5 * 2 / 2 + 2 / 2
    assert rostered(given_roster.rows).sum() / 2 == pytest.approx(mean)
    assert hours_a_week(desk(part)) == pytest.approx(mean, abs=0.25)
    assert staffed_hours(given_roster, export_of_totals([50] * 14)) == 2 * mean
    night = rostered(given_roster.rows)
    assert night[6, 46:].tolist() == [0.5, 0.5]
    assert night[0, :2].tolist() == [0.5, 0.5]


def test_intents_go_to_the_team_that_had_most_of_them() -> None:
    intent = codes(np.arange(700) % 2, ["login", "refund"])
    team = codes(np.where(np.arange(700) % 2 == 0, 0, np.where(np.arange(700) % 10 == 1, 0, 1)), ["Front", "money"])
    export = export_of_totals([50] * 14, intent=intent, team=team)
    part = fit_staffing(export, roster(("front", WEEKDAYS, 540, 1020, 2), ("money", WEEKDAYS, 540, 1020, 1)))
    assert figure(part, "intents", "login", "queue") == "front"
    assert figure(part, "intents", "refund", "queue") == "money"
    assert "90% of tickets were with the team" in texts(part)
    alone = fit_staffing(
        export_of_totals([50] * 14), roster(("front", WEEKDAYS, 540, 1020, 2), ("money", WEEKDAYS, 540, 1020, 1))
    )
    assert not [path for path in alone.settings if path[0] == "intents"]
    assert "names no groups" in texts(alone)


def test_a_roster_of_other_dates_is_told() -> None:
    part = fit_staffing(export_of_totals([50] * 14), roster(("support", (date(2020, 1, 6),), 540, 1020, 2)))
    assert "none of its dates lies in them" in texts(part)


@given(st.lists(st.floats(0, 30), min_size=1, max_size=336))
def test_rounding_agents_keeps_hours_at_any_time_and_closed_hours_closed(agents: list[float]) -> None:
    exact = np.array(agents)
    whole = rounded_agents(exact)
    assert np.abs(np.cumsum(whole - exact)).max() <= 0.5 + 1e-6
    assert (whole >= 0).all()
    assert not whole[exact == 0].any()


# -- activity ----------------------------------------------------------------------------------------------------


def test_agents_are_there_during_work_and_short_gaps() -> None:
    export = worked()
    assert presence(export, 10.0)[3, 18:34] == pytest.approx([1.0] * 15 + [25 / 30])
    assert presence(export, 4.0)[3, 18:34] == pytest.approx([25 / 30] * 16)
    assert presence(export, 10.0).sum() == pytest.approx(14 * (15 + 25 / 30))
    assert staffed_hours(presence(export, 10.0), export) == pytest.approx(14 * (15 + 25 / 30) / 2)


@pytest.mark.parametrize("first", [date(2026, 3, 23), date(2026, 10, 19)])
def test_presence_follows_the_wall_clock_through_clock_changes(first: date) -> None:
    export = worked(14, "Europe/London", first, hour=8)
    night = presence(worked(14, "Europe/London", first, hour=0), 10.0)
    for day in (0, 13):
        assert presence(export, 10.0)[day, 16:32].sum() == pytest.approx(15 + 25 / 30)
    assert (night <= 1 + 1e-9).all()


def test_two_agents_at_once_count_as_two_and_one_with_two_tickets_as_one() -> None:
    began = worked().began
    assert began is not None
    twice = np.repeat(began, 2)
    for agents, people in ((np.zeros(len(twice), np.int32), 1), (np.arange(len(twice), dtype=np.int32) % 2, 2)):
        export = export_at(twice - 60, 14, agent=agents, began=twice, ended=twice + 1500)
        assert presence(export)[0].max() == pytest.approx(people)
        assert ("tickets in hand at once" in texts(fit_staffing(export))) == (people == 1)


def test_a_ticket_left_open_for_days_keeps_nobody_at_work() -> None:
    export = worked()
    assert export.ended is not None
    ended = export.ended.copy()
    ended[5] += 3 * 86_400
    part = fit_staffing(export_at(export.created, 14, agent=export.agent, began=export.began, ended=ended))
    assert hours_a_week(desk(part)) == pytest.approx(7 * (15 + 25 / 30) / 2, abs=1)
    assert "1 tickets were in hand for more than 12 hours" in texts(part)


def test_staffing_from_work_keeps_hours_and_leaves_odd_days_out() -> None:
    export = worked(28)
    sick = export.of(export.local.day != 9)
    part = fit_staffing(sick)
    scenario = desk(part)
    assert hours_a_week(scenario) == pytest.approx(7 * (15 + 25 / 30) / 2, abs=0.5)
    assert scenario.timezone == "UTC"
    assert "gaps of at most 10 minutes: 55 agent-hours a week (55 at 20 and 55 at 30 minutes)" in texts(part)
    assert part.sources["teams.support*"].startswith("measured: n=1 agents")
    with themed():
        (drawn,) = charts(part.evidence)
        drawn.figure.canvas.draw()
    assert title_of(drawn.figure) == "support: 56 agent-hours a week, most on Mon at 09:00, 1 at once"


def test_without_pieces_of_work_staffing_is_rough_and_says_so() -> None:
    export = worked()
    assert export.began is not None
    plain = export_at(export.created, 14, agent=export.agent, resolved=export.began)
    part = fit_staffing(plain)
    assert presence(plain)[0].sum() / 2 == pytest.approx(10)  # 09:00 to 17:00 and an hour on either side.
    assert "staffing is rough" in texts(part)


def test_without_agents_teams_are_missing_with_a_remedy() -> None:
    export = export_of_totals([50] * 14)
    (missing,) = fit_staffing(export).missing
    assert missing.path == ("teams",)
    assert "--roster" in missing.remedy
    with pytest.raises(ExportError, match="give --roster"):
        presence(export)


@on_both_desks
def test_presence_on_a_call_centres_calls_is_that_of_its_validation(kind: str) -> None:
    bank = Bank(calls_of(kind))
    calls = bank.calls
    number = calls.server.where(calls.server != "NO_SERVER").astype("category").cat.codes.to_numpy(np.int32)
    empty = export_at([], 59, "Asia/Jerusalem", date(1999, 1, 1))
    start = empty.midnight(date(1999, 1, 1))
    columns = {"began": calls.start.to_numpy() + start, "ended": calls.end.to_numpy() + start, "agent": number}
    export = export_at(calls.joined.to_numpy() + start, 59, "Asia/Jerusalem", date(1999, 1, 1), **columns)
    for gap in (10.0, 30.0):
        assert presence(export, gap) == pytest.approx(bank.agents(gap), abs=1e-6)
