"""The pages of money, pilot and single tickets: what they say for every kind of desk, and studies behind them."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from simulator import load_scenario
from simulator.app import widgets
from simulator.app.views import roi as roi_page
from simulator.report.charts import theme
from simulator.report.pilot import gates as gate_words
from simulator.report.render.html import unbroken
from simulator.report.roi.view import page_of
from simulator.report.run import service_charts, worth
from simulator.report.run.in_force import MODES_IN_WORDS, phase_table
from simulator.scenario import Mode, override
from simulator.studies.pilot.projection import project_pilot
from simulator.studies.roi.business_case import planned_cells, roi
from simulator.studies.running.batch import replicate


@pytest.fixture
def html(monkeypatch):
    """Collect what a page shows, and simulate no more than a test needs."""
    shown = []
    monkeypatch.setattr(widgets, "show_html", lambda html, key=None: shown.append(html))
    return shown


def page(view, scenario, changes="", marked=""):
    """Show one page, as Streamlit does at every move."""
    import importlib

    import streamlit as st

    from simulator.app.page_state import PageState
    from simulator.app.session import current
    from simulator.scenario import override

    st.query_params["scenario"] = scenario
    st.query_params["n"] = "4"
    session = current(None)
    if marked and not session.settings.changes:
        session.base = override(session.base, {"name": marked, "costs.sla_penalty": 1.0})
    for change in filter(None, [changes, st.session_state.get("move", "")]):
        session.change(*change.split("="))
    st.session_state["page-state"] = PageState(session)
    importlib.import_module(f"simulator.app.views.{view}").show()


def shown_by(view, scenario, changes=""):
    app = AppTest.from_function(page, args=(view, scenario, changes), default_timeout=60).run()
    assert not app.exception
    return app


# -- every page for every kind of desk -----------------------------------------------------------------------


@pytest.mark.slow
def test_a_desk_without_ai_is_told_so_and_still_follows_its_tickets(html):
    for view, words in (("roi", "no AI"), ("pilot", "no AI")):
        shown_by(view, "bank_call_centre")
        assert words in html[-1]
    html.clear()
    shown_by("ticket", "bank_call_centre")
    assert "This desk has no AI" in " ".join(html)
    assert "Without AI" not in " ".join(html)


def test_a_desk_without_costs_is_told_what_to_add(html):
    shown_by("roi", "supplements", "costs=null")
    assert "costs.agent_per_hour" in html[-1]


@pytest.mark.slow
def test_a_desk_without_phases_shows_gates_and_says_what_a_pilot_needs(html):
    app = shown_by("pilot", "ecommerce_peak")
    assert "policy.phases" in html[-1]
    assert not app.button


@pytest.mark.slow
def test_a_desk_with_assist_mode_fills_every_page(html):
    app = shown_by("roi", "supplements")
    assert [button.label for button in app.button] == ["Make the business case"]
    text = " ".join(html)
    assert "In time: " in text
    assert "In cash: " in text
    assert "Costs come to" in text
    html.clear()
    app = shown_by("pilot", "supplements")
    assert [button.label for button in app.button] == ["Project the pilot"]
    assert "gates" in " ".join(html)
    html.clear()
    shown_by("ticket", "supplements")
    assert "Without AI the same customer" in " ".join(html)


# -- a ticket's life -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_ticket_stays_in_view_while_a_threshold_moves(html):
    app = shown_by("ticket", "ecommerce_peak")
    number = app.number_input[0].value
    before = " ".join(html)
    assert f"Ticket {number:,} (" in before
    assert "so it answered, and was right" in before
    html.clear()
    app.session_state["move"] = "policy.mode=shadow"
    app.run()
    assert app.number_input[0].value == number
    after = " ".join(html)
    assert f"Ticket {number:,} (" in after
    assert "The AI only drafted" in after


@pytest.mark.slow
def test_a_ticket_is_found_by_what_happened_or_by_its_number(html):
    app = shown_by("ticket", "supplements")
    app.button_group[0].set_value(["The AI was wrong"]).run()
    assert not app.exception
    assert "and was wrong" in " ".join(html[-8:])
    html.clear()
    app.number_input[0].set_value(1700).run()
    assert "Ticket 1,700 (" in " ".join(html)
    app.selectbox[2].select(app.selectbox[2].options.index("lost") and "lost").run()
    assert not app.exception


@pytest.mark.slow
def test_a_number_that_no_ticket_has_is_refused_with_the_reason(html):
    app = shown_by("ticket", "ecommerce_peak")
    number, label = app.number_input[0].value, app.number_input[0].label
    first, last = (int(part) for part in label.split(", ")[1].split(" to "))
    app.number_input[0].set_value(last + 1).run()
    assert not app.exception
    assert f"There is no ticket {last + 1:,} to show: numbers go from {first:,} to {last:,}" in " ".join(html)
    assert f"Ticket {number:,} (" in " ".join(html)
    html.clear()
    app.number_input[0].set_value(last).run()
    assert "There is no ticket" not in " ".join(html)
    assert f"Ticket {last:,} (" in " ".join(html)


@pytest.mark.slow
def test_tickets_are_listed_in_the_order_that_fits_the_question(html):
    app = shown_by("ticket", "supplements")
    assert app.selectbox[3].value == "Most time won by the AI"
    app.button_group[0].set_value(["The AI was wrong"]).run()
    assert app.selectbox[3].value == "Most time lost by the AI"


def test_asking_for_too_much_says_that_nothing_matches(html):
    app = shown_by("ticket", "supplements")
    app.button_group[0].set_value(["The AI was wrong", "Left a line", "Customer lost silently"]).run()
    assert "None of the" in html[-1]


@pytest.mark.slow
def test_text_of_a_scenario_is_never_markup(html, monkeypatch):
    mark = "<script>alert(1)</script>"
    base = load_scenario("supplements")
    phases = [{**phase.model_dump(mode="json"), "name": mark} for phase in base.policy.phases]
    marked = override(base, {"name": mark, "policy.phases": phases})
    monkeypatch.setattr("simulator.app.session.open_desk", lambda name, given: marked)
    for view in ("ticket", "pilot", "roi"):
        shown_by(view, "supplements")
    assert "&lt;script&gt;" in " ".join(html)
    assert "<script" not in " ".join(html)


# -- words ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def supplements():
    return replicate(load_scenario("supplements"), replications=4)


def test_time_and_cash_are_never_mixed(supplements):
    time_words, cash_words = worth.in_time(supplements), worth.in_cash(supplements)
    assert supplements.spelled("net_value_capacity") in time_words
    assert supplements.spelled("net_value_cash") in cash_words
    assert "net_value_cash" not in worth.IN_TIME
    assert supplements.spelled("net_value_cash") not in time_words
    assert supplements.spelled("net_value_capacity") not in cash_words


def test_costs_by_kind_add_up_to_the_total(supplements):
    table = worth.cost_table(supplements)
    ((name, with_ai, without_ai, difference),) = table.totals
    assert name == "All costs"
    assert with_ai.mean == pytest.approx(supplements.estimate("cost_total").mean)
    for place, total in ((1, with_ai), (2, without_ai), (3, difference)):
        assert sum(row[place].mean for row in table.rows) == pytest.approx(total.mean)
    assert difference.mean == pytest.approx(supplements.difference("cost_total").mean)


def test_the_set_ups_share_lies_between_all_costs_and_net_cash(supplements):
    assert worth.set_up_share(supplements) == ""
    study = replicate(override(supplements.scenario, {"costs.set_up": 6500.0}), replications=2)
    costs, weeks = study.scenario.costs, float(study.scenario.weeks)
    share = 6500 * weeks / (52 / 12) / float(costs.horizon_months)
    net = -study.difference("cost_total").mean - share
    assert study.estimate("net_value_cash").mean == pytest.approx(net)
    told = worth.set_up_share(study)
    assert study.written("net_value_cash", net) in told
    assert study.written("cost_total", share) in told


def test_the_verdict_says_what_it_goes_by(supplements):
    assert "goes by answer accuracy and CSAT alone" in gate_words.what_decides(supplements.scenario)
    unheard = supplements.scenario.model_copy(update={"csat": None})
    assert "goes by answer accuracy alone" in gate_words.what_decides(unheard)
    assert all(f"{mode.value}, it " in MODES_IN_WORDS for mode in Mode)


def test_amounts_stand_on_a_ground_of_their_own_where_zero_would_strike_them_through(supplements):
    with theme.themed():
        figure = service_charts.costs(supplements)
    texts = [text for text in figure.axes[-1].texts if "$" in text.get_text()]
    assert texts
    assert all(text.get_bbox_patch() is not None for text in texts)


def test_thresholds_are_written_as_sliders_write_them():
    scenario = load_scenario("supplements")
    bars = [bar for row in phase_table(scenario).rows if row[3] is not None for bar in row[3].split(" to ")]
    assert bars
    assert all(bar.startswith(("0.", "1.")) for bar in bars)


def test_a_gate_is_met_only_where_its_whole_interval_keeps_it(supplements):
    gates = gate_words.judged_at_the_end(supplements)
    for judged in gates:
        state = gate_words.state_of(judged.gate, gate_words.figure_of(judged))
        if judged.week is None:
            assert state == gate_words.UNMEASURED
            continue
        found = judged.course.estimate(judged.week)
        inside = found.low < judged.gate.bound < found.high
        if inside:
            assert state == gate_words.OPEN
        else:
            assert state == (gate_words.MET if judged.gate.met(found.mean) else gate_words.MISSED)
    told = gate_words.sentence(gates, gate_words.last_week(supplements.scenario))
    met = sum(
        gate_words.state_of(judged.gate, gate_words.figure_of(judged)) == gate_words.MET for judged in gates
    )
    assert f"meets {met} of its {len(gates)} gates" in told


def test_phases_cover_every_week_once():
    scenario = load_scenario("saas_pilot")
    assert [(row[0], row[1]) for row in phase_table(scenario).rows] == [
        ("shadow", "1"), ("automation and routing", "2"), ("advanced features", "3"), ("as decided", "4"),
    ]  # fmt: skip
    early = override(scenario, ["policy.phases[0].from_day=3"])
    assert phase_table(early).rows[0][:2] == ("before the first phase", "1 to 1, day 2")


# -- long studies --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small():
    return override(load_scenario("supplements"), ["arrivals.per_week=100"])


@pytest.mark.slow
def test_the_expected_size_of_a_business_case_is_about_what_it_takes(small):
    done = []
    found = roi(small, draws=16, replications=2, stress=0, progress=lambda stage, at, of: done.append((stage, at)))
    cells = sum(max(at for stage, at in done if stage == one) for one in dict(done))
    assert planned_cells(small, 16, 2, stress=0) == pytest.approx(cells, rel=0.5)
    page = page_of(found)
    for key in roi_page.CHARTS.values():
        drawn = page.chart(key)
        assert drawn is None or drawn.key == key
    assert len(page.sheets) >= 3


@pytest.mark.slow
def test_a_study_is_offered_run_and_shown_for_the_settings_it_was_asked_for(html, monkeypatch, small):
    monkeypatch.setattr("simulator.app.session.open_desk", lambda name, given: small)
    monkeypatch.setattr("simulator.app.views.pilot.project_pilot", _few_pilots)
    app = shown_by("pilot", "supplements")
    assert "the verdict is" in _once_done(app, html)
    html.clear()
    app.session_state["move"] = "policy.phases[4].answer_threshold=0.9"
    app.run()
    assert "the verdict is" not in " ".join(html)
    assert [button.label for button in app.button] == ["Project the pilot"]


@pytest.mark.slow
def test_a_business_case_is_told_as_the_command_line_tells_it(html, monkeypatch, small):
    case = roi(small, draws=4, replications=2, stress=0)
    monkeypatch.setattr("simulator.app.session.open_desk", lambda name, given: small)
    monkeypatch.setattr("simulator.app.views.roi.roi_study.roi", lambda scenario, **given: case)
    app = shown_by("roi", "supplements")
    told = _once_done(app, html)
    page = page_of(case)
    for sentence in (page.answer, *page.sentences, page.how_sure):
        assert unbroken(sentence) in told
    drawn = {chart.key for chart in page.charts}
    seen = {"cash_flow"} if 'id="roi-cash_flow-' in told else set()
    for name, key in roi_page.CHARTS.items():
        html.clear()
        app.session_state["business-chart"] = name
        app.run()
        assert not app.exception
        seen |= {key} if f'id="roi-{key}-' in " ".join(html) else set()
    assert seen == drawn


def _once_done(app, html):
    """Ask for a page's study, wait for it, and give what the page then shows."""
    app.button[0].click().run()
    jobs = app.session_state["session"].jobs
    deadline = time.monotonic() + 90
    while not all(job.is_over for job in jobs._jobs.values()) and time.monotonic() < deadline:
        time.sleep(0.2)
    html.clear()
    app.run()
    assert not app.exception
    return " ".join(html)


def _few_pilots(scenario, **given):
    return project_pilot(scenario, replications=20, **given)
