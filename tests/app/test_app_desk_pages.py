"""The pages Overview, Thresholds and Staffing: what they show for desks of all kinds, and what their buttons do."""

import time
from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from simulator.app.levers import levers
from simulator.app.session import Session, Settings
from simulator.app.views import staff, tune
from simulator.app.views.tune import own_path
from simulator.scenario import load_scenario, shipped_scenarios
from tests.support.known_tuning import small_desk

THRESHOLD = "policy.answer_threshold"
VIEWS = {
    "run": [{}],
    "tune": [{"threshold-view": view} for view in ("By threshold", "Frontier", "Risk and coverage")],
    "staff": [
        {"staffing-view": view} for view in ("Required and rostered", "Occupancy", "Backlog heat map", "Waits")
    ],
}


def page(name: str) -> None:
    """Show one page without its frame."""
    from importlib import import_module

    import streamlit as st

    from simulator.app.page_state import PageState
    from simulator.app.session import current

    st.session_state["page-state"] = PageState(current(None))
    import_module(f"simulator.app.views.{name}").show()


def whole() -> None:
    """Show what a visitor sees first, frame and all."""
    from simulator.app.frame import render

    render(None)


def opened(name: str, query: dict[str, str | list[str]], state: dict[str, str] | None = None) -> AppTest:
    app = AppTest.from_function(page, kwargs={"name": name}, default_timeout=120)
    for key, value in {"n": "4", **query}.items():
        app.query_params[key] = value
    for key, choice in (state or {}).items():
        app.session_state[key] = choice
    app.run()
    return app


# -- pages ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("desk", ["outerwear", "bank_call_centre", "supplements"])
def test_every_view_of_every_page_opens_for_desks_of_all_kinds(name: str, desk: str) -> None:
    for state in VIEWS[name]:
        app = opened(name, {"scenario": desk}, state)
        assert not app.exception
        assert not app.error


@pytest.mark.slow
@pytest.mark.parametrize("path", shipped_scenarios(), ids=lambda path: path.stem)
def test_every_shipped_scenario_can_be_looked_at_with_all_its_sliders(path: Path) -> None:
    app = AppTest.from_function(whole, default_timeout=120)
    app.query_params["scenario"], app.query_params["n"] = path.stem, "4"
    app.run()
    assert not app.exception
    assert not app.error
    assert app.selectbox[0].value == path.stem
    assert len(app.sidebar.slider) == len(levers(load_scenario(path)))


@pytest.mark.slow
def test_a_head_count_beside_the_chart_moves_the_desk_and_follows_it() -> None:
    path = "teams.care.shifts[0].agents"
    scenario = load_scenario("outerwear")
    lever = next(lever for lever in levers(scenario) if lever.group == "People")
    app = opened("staff", {"scenario": "outerwear"})
    slider = next(one for one in app.slider if one.key.startswith(f"staffing:{lever.path}"))
    assert slider.value == lever.value, path
    slider.set_value(int(lever.value) + 1).run()
    session: Session = app.session_state["session"]
    assert dict(session.settings.changes) == {lever.path: f"{lever.value + 1:g}"}
    session.undo()
    app.run()
    slider = next(one for one in app.slider if one.key.startswith(f"staffing:{lever.path}"))
    assert slider.value == lever.value


@pytest.mark.slow
def test_an_intent_gets_a_threshold_of_its_own_and_gives_it_back() -> None:
    app = opened("tune", {"scenario": "outerwear"}, {"threshold-view": "Risk and coverage"})
    slider = next(one for one in app.slider if one.key.startswith("own:"))
    path = slider.key.removeprefix("own:").partition("@")[0]
    slider.set_value(0.5).run()
    session: Session = app.session_state["session"]
    assert dict(session.settings.changes) == {path: "0.5"}
    next(one for one in app.button if one.key == f"back:{path}").click().run()
    assert not session.settings.changes
    assert not app.exception


def test_the_path_of_an_intents_threshold_lies_beside_the_general_one() -> None:
    assert own_path(THRESHOLD, "billing") == "policy.intents.billing.answer_threshold"
    assert own_path("policy.phases[2].answer_threshold", "billing") == (
        "policy.phases[2].intents.billing.answer_threshold"
    )


# -- taking what a study recommends ----------------------------------------------------------------------------


def test_taking_a_recommendation_replaces_what_it_changes_in_whole_or_in_part() -> None:
    scenario = load_scenario("outerwear")
    session = Session(None, Settings("outerwear"), scenario)
    assert session.change("policy.phases[4].answer_threshold", "0.5")
    kept = f"teams.{next(iter(scenario.teams))}.shrinkage"
    assert session.change(kept, "0.2"), session.problems
    assert session.take_over({"policy.phases": [], "policy.answer_threshold": 0.9})
    assert [path for path, _ in session.settings.changes] == [kept, "policy.phases", "policy.answer_threshold"]
    assert not session.scenario.policy.phases
    assert session.scenario.policy.answer_threshold == 0.9
    session.undo()
    assert session.scenario.policy.phases[4].answer_threshold == 0.5


def asked_on(name: str, button: str, state: dict[str, object]) -> AppTest:
    """Open a page on the small desk and ask for its study; wait until it is done."""
    app = AppTest.from_function(page, kwargs={"name": name}, default_timeout=120)
    app.query_params["n"] = "4"
    app.session_state["session"] = Session(None, Settings("saas_pilot"), small_desk())
    for key, choice in state.items():
        app.session_state[key] = choice
    app.run()
    next(one for one in app.button if one.label == button).click().run()
    session: Session = app.session_state["session"]
    [job] = session.jobs._jobs.values()
    for _ in range(1200):
        if job.is_over:
            break
        time.sleep(0.1)
    assert job.state == "done", job
    app.run()
    assert not app.exception
    return app


@pytest.mark.slow
def test_the_cheapest_roster_is_shown_and_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staff, "staff", partial(staff.staff, replications=5))
    app = asked_on("staff", "Look for the cheapest roster", {"staffing-view": "Waits", "target sla_breach": 40.0})
    session: Session = app.session_state["session"]
    next(one for one in app.button if one.label == "Take this roster").click().run()
    [(path, _)] = session.settings.changes
    assert path == "teams.support.shifts[0].agents"
    assert session.scenario.teams["support"].shifts[0].agents[0] < 9
    assert list(session.scenario.baseline[path]) == [9]
    assert not app.exception


@pytest.mark.slow
def test_the_best_thresholds_are_shown_and_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune, "tune", partial(tune.tune, replications=4, max_replications=20))
    app = asked_on("tune", "Look for the best thresholds", {"threshold-view": "Frontier"})
    session: Session = app.session_state["session"]
    next(one for one in app.button if one.label == "Take these thresholds").click().run()
    changes = dict(session.settings.changes)
    assert float(changes[THRESHOLD]) == float(session.scenario.policy.answer_threshold) != 0.85
    assert not app.exception
