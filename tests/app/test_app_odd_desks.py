"""Desks at the edges: none or few tickets, far too many, thresholds of 0, prices below a cent."""

import threading
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from simulator.app import page_state
from simulator.app.desks import open_desk
from simulator.app.jobs import KEPT_JOBS, Jobs
from simulator.app.levers import levers, levers_now
from simulator.app.page_state import PageState
from simulator.app.session import Session, Settings
from simulator.app.sliders import slider
from simulator.scenario import Scenario, override
from simulator.studies.running import live
from simulator.studies.running.batch import Stages
from tests.app.test_app_parts import ended
from tests.support.app_desks import SMALL
from tests.support.app_pages import page, told


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make room for few customers, and show the first two replications before the others."""
    monkeypatch.setattr(live, "KEPT_TICKETS", 100)
    monkeypatch.setattr(page_state, "FIRST_TICKETS", 600)
    runner = live.LiveRunner()
    monkeypatch.setattr(page_state, "live_runner", lambda: runner)


def session(file: Path, replications: int = 4) -> Session:
    return Session(file, Settings("given", replications=replications), open_desk("given", file))


def failures(test: AppTest) -> list[str]:
    return [one.value for one in test.exception]


@pytest.mark.usefixtures("crowded")
def test_figures_by_week_are_complete_after_the_second_look_even_if_no_customers_are_kept(file: Path) -> None:
    visitor = session(file)
    first = PageState(visitor)
    assert (len(first.by_group), first.is_first) == (2, True)
    first.finish()
    second = PageState(visitor)
    assert (len(second.by_group), second.is_first) == (4, False)


@pytest.mark.usefixtures("crowded")
def test_replications_that_take_long_are_asked_for(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_state, "LIVE_TICKETS", 700)
    visitor = session(file)
    first = PageState(visitor)
    assert (len(first.study), first.is_first, first.is_live) == (2, True, False)
    first.finish()
    assert len(PageState(visitor).study) == 2, "nobody has asked yet"
    monkeypatch.setattr(page_state.st, "button", lambda _label, key, **_: key.startswith("start-"))
    first.finish()
    (job,) = visitor.jobs._jobs.values()
    assert ended(job).state == "done"
    found = PageState(visitor)
    assert (len(found.study), found.is_first) == (4, False)
    assert found.study.values("tickets")[:2].tolist() == first.study.values("tickets").tolist()


@pytest.mark.slow
def test_a_desk_of_far_too_many_tickets_is_not_simulated_unasked(file: Path) -> None:
    for view in ("run", "tune", "pilot"):
        began = time.monotonic()
        test = page(f"simulator.app.views.{view}", file, set=["arrivals.per_week=600000"])
        assert not failures(test)
        assert "Simulate all 10 replications" in [button.label for button in test.button], view
        assert time.monotonic() - began < 10


@pytest.mark.slow
def test_a_threshold_of_zero_is_one(file: Path) -> None:
    test = page("simulator.app.views.tune", file, set=["policy.answer_threshold=0"], n="4")
    assert not failures(test)
    assert "never answers by itself" not in told(test)


def test_a_pilot_without_tickets_shows_its_gates(file: Path) -> None:
    for weeks in ("1", "3"):
        test = page("simulator.app.views.pilot", file, set=["arrivals.per_week=0", f"weeks={weeks}"], n="4")
        assert not failures(test)


def test_the_same_words_may_stand_on_a_page_twice() -> None:
    test = AppTest.from_string("from simulator.app.widgets import show_text\nfor _ in range(3): show_text('same')")
    test.run()
    assert not failures(test)
    assert told(test).count("same") == 3


@pytest.mark.parametrize("volume", [0.2, 1, 3, 47, 1_200_000])
def test_every_volume_that_has_a_slider_lies_within_it(small: Scenario, volume: float) -> None:
    found = [one for one in levers(override(small, {"arrivals.per_week": volume})) if one.group == "Volume"]
    assert len(found) == (volume >= 1)
    assert all(one.low < one.value < one.high and one.step <= one.high - one.low for one in found)


@pytest.mark.parametrize(("price", "shown"), [(0.002, "0.0020"), (0.035, "0.035"), (0.99, "0.99"), (25, "25.00")])
def test_a_price_shows_as_it_is_and_moves_in_steps(
    small: Scenario, price: float, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = override(small, {"costs.ai.per_resolution": price})
    (lever,) = [one for one in levers(desk) if one.path.endswith("per_resolution")]
    seen: dict[str, str] = {}
    monkeypatch.setattr("simulator.app.sliders.st.slider", lambda *_args, **more: seen.update(format=more["format"]))
    slider(Session(None, Settings(""), desk), lever)
    assert seen["format"] % price == shown
    assert lever.step <= price / 9


def test_finished_studies_are_kept_until_there_are_too_many() -> None:
    jobs = Jobs()
    for number in range(KEPT_JOBS + 2):
        ended(jobs.start(str(number), "one", lambda tell: 1))
    assert [number for number in range(KEPT_JOBS + 2) if jobs.get(str(number)) is None] == [0, 1]


@pytest.fixture
def small(file: Path) -> Scenario:
    from simulator.scenario import load_scenario

    return load_scenario(file)


def test_sliders_of_thresholds_are_those_in_force_after_a_recommendation_was_taken() -> None:
    visitor = Session(None, Settings("saas_pilot"), open_desk("saas_pilot", None))
    loaded = levers_now(visitor.base, visitor.scenario)
    assert loaded == levers(visitor.base)
    assert visitor.take_over({"policy.phases": [], "policy.mode": "auto", "policy.answer_threshold": 0.8})
    found = {one.path: one for one in levers_now(visitor.base, visitor.scenario)}
    assert not any(path.startswith("policy.phases") for path in found)
    lever = found["policy.answer_threshold"]
    assert lever.position(visitor.scenario) == 0.8
    assert lever.value == float(visitor.base.policy.answer_threshold), "there, the slider takes its change back"
    assert [one for one in found.values() if one.group != "Thresholds"] == [
        one for one in loaded if one.group != "Thresholds"
    ]


def test_a_study_of_earlier_settings_can_be_cancelled_by_who_waits_for_it() -> None:
    jobs, begun, go_on = Jobs(), threading.Event(), threading.Event()

    def work(tell: Stages) -> None:
        begun.set()
        while not go_on.wait(0.01):
            tell("Looking", 0, 0)

    try:
        first = jobs.start("earlier settings", "first", work)
        assert begun.wait(20)
        second = jobs.start("settings now", "second", lambda tell: "found")
        test = AppTest.from_function(_waiting_page, args=(jobs, second)).run()
        assert not failures(test)
        assert [button.label for button in test.button] == ["Cancel", "Cancel the study that runs now: first"]
        test.button(key="cancel-first").click().run()
        assert ended(first).state == "cancelled"
        assert ended(second).result == "found"
        assert jobs.before(second) is None
    finally:
        go_on.set()


def _waiting_page(jobs, job):
    from simulator.app.page_state import _progress

    if not job.is_over:
        _progress(job, jobs, "cancel")
