"""Parts of the pages Overview, Thresholds and Staffing that need no page: cards, curves, handles, weeks of teams."""

import re
from html import escape
from types import SimpleNamespace

import numpy as np
import pytest

from simulator.app.cards import _NOTES, _card_html, cards
from simulator.app.handle import handle_span, read_threshold
from simulator.app.levers import levers, threshold_paths
from simulator.app.session import Session, Settings
from simulator.app.views import staff
from simulator.base.stats import Estimate, estimate
from simulator.metrics.registry import BY_NAME
from simulator.report.charts import theme
from simulator.report.charts.svg import inline_svg
from simulator.report.finding import Chart
from simulator.report.pilot.gates import MET, MISSED, OPEN, UNMEASURED, state_of
from simulator.report.run import load_charts
from simulator.report.run.in_force import weeks_in_force
from simulator.report.staff import charts as team_week_charts
from simulator.report.sweep import threshold_charts
from simulator.report.tune import charts
from simulator.scenario import assumption_ledger, load_scenario, override
from simulator.scenario.what_ifs import TRIED, propose
from simulator.studies.pilot.gates import Gate
from simulator.studies.running.live import LiveRunner
from simulator.studies.staff.posts import by_hour, posts_of, today
from simulator.studies.staff.requirement import requirements
from simulator.studies.staff.staffed_week import TeamWeek, required_agents, weeks_of_teams
from simulator.studies.sweep.threshold_curve import POSITIONS, curve_with, studies_at
from simulator.studies.targets import parse_targets
from simulator.studies.tune.space import live_desk, space_of
from simulator.studies.tune.static_rule import StaticRule, risk_curves
from tests.support.known_tuning import small_desk

THRESHOLD = "policy.answer_threshold"


# -- rosters by period -----------------------------------------------------------------------------------------


def test_a_slider_adds_agents_in_every_period_and_finds_its_place_again() -> None:
    scenario = load_scenario("bank_call_centre")
    lever = next(lever for lever in levers(scenario) if lever.counts)
    assert lever.position(scenario) == lever.value == 0
    session = Session(None, Settings("bank_call_centre"), scenario)
    for added in (lever.low, -2.0, 3.0, lever.high):
        assert session.change(lever.path, lever.written(added))
        assert lever.position(session.scenario) == added
        shift = session.scenario.teams["phone"].shifts[0]
        assert list(shift.agents) == [max(0, count + added) for count in lever.counts]
    rows = [row for row in assumption_ledger(session.scenario) if row.path.startswith(lever.path)]
    assert rows
    assert {row.source for row in rows} == {TRIED}


def test_a_proposed_roster_by_period_leaves_todays_in_the_baseline() -> None:
    scenario = load_scenario("banking_ai_pilot")
    lever = next(lever for lever in levers(scenario) if lever.counts)
    more = propose(scenario, {lever.path: [count + 1 for count in lever.counts]})
    assert list(more.baseline[lever.path]) == list(lever.counts)


# -- cards -----------------------------------------------------------------------------------------------------


def test_a_gate_is_met_only_where_the_whole_interval_keeps_it() -> None:
    least, most = Gate("accuracy_scale", "answer_accuracy", ">=", 0.9), Gate("csat_gap_points", "csat_gap", "<=", 10)
    assert state_of(least, Estimate(0.95, 0.9, 1.0, 9)) == MET
    assert state_of(least, Estimate(0.95, 0.89, 1.0, 9)) == OPEN
    assert state_of(least, Estimate(0.8, 0.7, 0.89, 9)) == MISSED
    assert state_of(most, Estimate(5.0, 1.0, 10.0, 9)) == MET
    assert state_of(most, Estimate(12.0, 10.1, 14.0, 9)) == MISSED
    assert state_of(least, Estimate(0.95, np.nan, np.nan, 1)) == OPEN
    assert state_of(least, Estimate(np.nan, np.nan, np.nan, 0)) == UNMEASURED


def test_a_card_compares_with_the_desk_as_loaded_pair_by_pair() -> None:
    runner, desk = LiveRunner(), small_desk()
    changed = override(desk, {THRESHOLD: 0.5})
    before, study = runner.replicate(desk, 4), runner.replicate(changed, 4)
    card = next(card for card in cards(study, before) if card.kpi.name == "automated_resolution")
    assert card.value == study.written("automated_resolution", study.estimate("automated_resolution").mean)
    loaded = next(change for change in card.changes if change.against.startswith("As loaded"))
    mean = float((study.values("automated_resolution") - before.values("automated_resolution")).mean())
    assert loaded.change.startswith(f"{100 * mean:+.1f} pts")
    assert loaded.mark
    assert {change.against[:6] for card in cards(before) for change in card.changes} == {"AI off"}


@pytest.mark.slow
def test_a_gate_on_a_card_says_which_weeks_it_is_held_against_and_which_of_two_it_is() -> None:
    study = LiveRunner().replicate(load_scenario("saas_pilot"), 2)
    found = {card.kpi.name: card for card in cards(study)}
    assert [gate.against for gate in found["answer_accuracy"].gates] == [
        "Gate, to scale (mean of all 4 weeks): ≥ 90%", "Gate, or overhaul (mean of all 4 weeks): ≥ 85%"
    ]  # fmt: skip
    values = ("net_value_capacity", "roi_capacity", "net_value_cash", "roi_cash")
    assert [found[name].note for name in values] == [_NOTES[name] for name in values]
    assert all(escape(found[name].note) in _card_html(found[name]) for name in values)
    assert not found["aht"].note


# -- the curve over a threshold ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def curve():
    runner, desk = LiveRunner(), small_desk()
    told: list[int] = []
    studies = studies_at(runner, desk, THRESHOLD, 3, seed=1, progress=lambda done, of: told.append(done))
    assert told == list(range(len(POSITIONS)))
    return curve_with(THRESHOLD, studies, 0.83, runner.replicate(override(desk, {THRESHOLD: 0.83}), 3))


def test_the_curve_meets_the_same_customers_at_every_threshold(curve) -> None:
    assert curve.positions == tuple(sorted({*POSITIONS, 0.83}))
    tickets = {tuple(study.values("tickets")) for study in curve.studies}
    assert len(tickets) == 1
    shares = [study.estimate("automated_resolution").mean for study in curve.studies]
    assert shares[0] > shares[-1]
    alone = LiveRunner().replicate(override(small_desk(), {THRESHOLD: 0.5}), 3)
    assert list(curve.studies[curve.positions.index(0.5)].values("wait_mean")) == list(alone.values("wait_mean"))


def test_the_curves_title_names_other_thresholds_only_where_they_are_clearly_better(
    curve,
) -> None:
    title = threshold_charts.against_title(curve)
    for kpi in curve.kpis:
        best = curve.studies[curve.positions.index(curve.best(kpi))]
        clear = estimate(best.values(kpi) - curve.study.values(kpi)).excludes_zero
        assert clear == curve.is_clearly_better(kpi)
        told = re.search(rf"at {curve.best(kpi):g} \([^)]*{BY_NAME[kpi].title[:3]}", title, re.IGNORECASE)
        assert clear == bool(told)
    assert "$" not in title  # levels of fewer replications than the cards have
    flat = curve_with(THRESHOLD, dict.fromkeys(POSITIONS, curve.study), 0.83, curve.study)
    assert threshold_charts.against_title(flat).startswith("No other threshold is clearly better than 0.83")


def test_a_phases_threshold_tells_the_weeks_in_which_it_is_in_force() -> None:
    desk = load_scenario("saas_pilot")
    told = [weeks_in_force(desk, path) for path in threshold_paths(desk)]
    assert told == [f"In force in week {week} of 4; the figures are of all weeks." for week in (4, 3, 2)]
    production = load_scenario("pilot_to_production")
    assert weeks_in_force(production, THRESHOLD).startswith("In force in weeks 2 to 4 of 8")
    assert weeks_in_force(small_desk(), THRESHOLD) == ""


def test_the_handle_stands_where_the_axis_has_its_threshold(curve) -> None:
    chart = Chart(
        "curves", lambda: threshold_charts.against_threshold(curve), lambda: threshold_charts.against_details(curve)
    )
    assert theme.title_of(chart.figure).startswith("Clearly better than 0.83: at ")
    picture = inline_svg(chart.figure, "curves", chart.alt)
    place = handle_span(chart.figure)
    width = float(re.search(r'viewBox="0 0 ([\d.]+) ', picture)[1])
    # The ring is drawn at the present threshold: its place in the picture is the handle's.
    ring = next(line for line in chart.figure.axes[0].get_lines() if list(line.get_xdata()) == [0.83])
    x, _ = ring.get_transform().transform((0.83, float(ring.get_ydata()[0])))
    shown = place.zero + 0.83 * (place.one - place.zero)
    assert shown == pytest.approx(x / chart.figure.bbox.width, abs=1e-6)
    assert 0 < place.zero < shown < place.one < 1
    assert 0 <= place.top < place.bottom <= 1
    assert width == pytest.approx(72 * theme.WIDTH)


def test_what_the_browser_sends_is_a_threshold_or_nothing() -> None:
    def sent(value: object) -> float | None:
        return read_threshold(SimpleNamespace(threshold=value))

    assert sent(0.724) == 0.72
    assert sent(7) == 1.0
    assert sent(-1) == 0.0
    for value in (None, True, "0.5", float("nan"), float("inf"), {"a": 1}):
        assert sent(value) is None
    assert read_threshold(SimpleNamespace()) is None


def test_risk_curves_of_the_page_are_those_of_the_static_rule() -> None:
    space = space_of(live_desk(small_desk()), per_intent=True)
    found = risk_curves(space, 1)
    for mine, theirs in zip(found.curves, StaticRule(space, 1).curves, strict=True):
        assert mine.intent == theirs.intent
        np.testing.assert_array_equal(mine.coverage, theirs.coverage)
        np.testing.assert_array_equal(mine.risk, theirs.risk)
    curve = found.curves[0]
    answered, right = found.coverage(curve, 0.8), found.accuracy(curve, 0.8)
    assert answered.low < answered.mean < answered.high
    assert answered.mean == pytest.approx(float(curve.coverage[80]), abs=1e-3)
    assert right.low < 1 - float(curve.risk[80]) < right.high
    figure = charts.risk_coverage(found.curves, dict.fromkeys(space.answered, 0.8), "present")
    assert figure is not None
    assert "would answer" in theme.title_of(figure)


# -- the week of the teams ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_week_on_the_page_is_that_of_the_staffing_study() -> None:
    scenario = load_scenario("outerwear")
    targets = parse_targets(["sla_breach<=5%"], scenario, "--target")
    study = LiveRunner().replicate(scenario, 2)
    found = weeks_of_teams(study, required_agents(scenario, targets, None, 1))
    posts = posts_of(scenario, 1)
    for one, needed in zip(found, requirements(scenario, posts, targets, None, 1), strict=True):
        assert one.team == needed.team
        np.testing.assert_array_equal(one.required, needed.needed)
        np.testing.assert_allclose(one.rostered, by_hour(posts, today(posts), one.team, rostered=True), atol=1e-9)
        assert (one.on_duty <= one.rostered + 1e-9).all()
    assert team_week_charts.weeks_title(found).startswith("Fewer on duty than required: care (")
    with theme.themed():
        assert len(team_week_charts.weeks(found).axes) == len(found)


def test_a_week_of_teams_says_where_too_few_and_where_far_more_than_required_are_on_duty() -> None:
    def team(name: str, required: float, on_duty: float) -> TeamWeek:
        here, there = (np.full(168, value) for value in (on_duty, required))
        return TeamWeek(name, required=there, rostered=here, on_duty=here, at_work=here)

    title = team_week_charts.weeks_title
    assert title([team("even", 3, 3)]) == "In every hour of the week as many are on duty as required"
    assert title([team("even", 3, 3), team("many", 11, 20)]) == (
        "In every hour of the week as many are on duty as required; far more than required: many (20.0 where 11.0 are"
        " required, on average)"
    )
    both = title([team("few", 4, 2.5), team("many", 1, 2)])
    assert both.startswith("Fewer on duty than required: few (168 hours a week, 1.5 short on Mon 00:00); far more")
    assert title([team(f"t{n}", 4, 2) for n in range(9)]).endswith("and 6 more teams")


def test_a_wanted_roster_is_named_in_the_words_of_its_fields() -> None:
    told = [staff.say(one.label, 5.0) for one in staff.FIELDS]
    assert told == ["SLA breaches at most 5 %", "Abandonment at most 5 %", "Mean wait at most 5 minutes"]
    assert staff.say(staff.BUSIEST, 85.0) == "Occupancy of a team at most 85 %"


def test_the_heat_map_tells_its_worst_hour_with_an_interval() -> None:
    study = LiveRunner().replicate(small_desk(), 3)
    load = study.load()
    hour = int(np.argmax(load.backlog / np.maximum(load.hours, 1)))
    found = load_charts.worst_hour(study)
    assert found.mean == pytest.approx(float(load.backlog[hour] / load.hours[hour]))
    assert found.low < found.mean < found.high
    title = load_charts.heat_title(study)
    assert f"{hour % 24:02d}:00" in title
    assert "without AI" in title
    with theme.themed():
        panels = [axes.get_title(loc="left") for axes in load_charts.backlog_heat(study).axes]
    assert len(panels) == 2
    assert all("(light) to" in panel and "(dark" in panel for panel in panels)
