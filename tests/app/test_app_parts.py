"""The parts of the web page that need no browser: settings and links, own desks, undo, sliders, studies at work."""

import base64
import threading
import zlib
from pathlib import Path

import pytest

from simulator.app.desks import GIVEN, OWN, offered, open_desk, read_own
from simulator.app.jobs import Job, Jobs
from simulator.app.levers import levers, threshold_paths
from simulator.app.session import MAX_LINK, Session, Settings, from_query
from simulator.app.widgets import plain
from simulator.base.errors import ScenarioError, SimulatorError, StudyError
from simulator.scenario import Scenario, load_scenario, shipped_scenarios
from simulator.studies.running.batch import Stages
from tests.support.desks import pilot_desk

THRESHOLD = "policy.answer_threshold"
SMALL = """\
name: small desk
start: 2026-01-05
arrivals: {per_week: 200}
intents: {question: {share: 1, handle: 8m}}
teams: {support: {agents: 3}}
"""


def begun(base: Scenario | None = None) -> Session:
    return Session(None, Settings("saas_pilot"), base or pilot_desk(weeks=1))


def query_of(settings: Settings) -> dict[str, list[str]]:
    """The query as a server reads it: every parameter a list."""
    query = settings.to_query()
    assert query is not None
    return {name: value if isinstance(value, list) else [value] for name, value in query.items()}


# -- links -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [
        Settings("saas_pilot"),
        Settings("outerwear", seed=7, replications=30),
        Settings("saas_pilot", changes=((THRESHOLD, "0.8"), ("intents.a b.handle", "{value: 8m, n: 3}"))),
        Settings("", own=SMALL, changes=(("arrivals.per_week", "300"),)),
    ],
)
def test_a_link_restores_what_was_looked_at(settings: Settings) -> None:
    assert from_query(query_of(settings), "another") == settings


def test_a_link_without_parameters_shows_the_default() -> None:
    assert from_query({}, "outerwear") == Settings("outerwear")


def test_a_desk_too_long_for_a_link_gives_none() -> None:
    noise = base64.b64encode(bytes(number * 7919 % 251 ^ number // 251 for number in range(3 * MAX_LINK))).decode()
    assert Settings("", own=f"# {noise}\n{SMALL}").to_query() is None


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"seed": ["-1"]}, "seed='-1'; must be a whole number"),
        ({"seed": ["1e9"]}, "must be a whole number"),
        ({"seed": ["٣"]}, "must be a whole number"),
        ({"n": ["1000000"]}, "n=1000000 replications; must be one of 4, 10, 30, 100"),
        ({"set": [f"a{number}=1" for number in range(501)]}, "changes 501 values; must be 500 or fewer"),
        ({"desk": ["nonsense"]}, "cannot be read"),
        ({"desk": ["ä" * 40]}, "cannot be read"),
        ({"desk": [base64.urlsafe_b64encode(zlib.compress(b"\xff\xfe")).decode()]}, "cannot be read"),
        ({"desk": [base64.urlsafe_b64encode(zlib.compress(b" " * 10**7, 9)).decode()]}, "cannot be read"),
    ],
)  # fmt: skip
def test_a_link_that_none_of_ours_is_gets_refused(query: dict[str, list[str]], message: str) -> None:
    with pytest.raises(SimulatorError) as told:
        from_query(query, "saas_pilot")
    assert message in str(told.value)


# -- desks -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "saas_pilot.yaml", "", "given", "<script>"])
def test_a_link_opens_no_file_but_those_offered(name: str) -> None:
    with pytest.raises(ScenarioError, match="is no scenario that is offered here"):
        open_desk(name, None)


def test_the_scenario_given_at_the_start_is_offered_first(tmp_path: Path) -> None:
    (given := tmp_path / "mine.yaml").write_text(SMALL)
    assert next(iter(offered(given).items())) == (GIVEN, "mine.yaml")
    assert open_desk(GIVEN, given).name == "small desk"
    assert list(offered(None)) == [path.stem for path in shipped_scenarios()]


def test_an_own_desk_is_told_off_as_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = SMALL.replace("agents: 3", "agents: -3").replace("share: 1", "share: 1, hnadle: 3m")
    (tmp_path / "mine.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScenarioError) as there:
        load_scenario("mine.yaml")
    with pytest.raises(ScenarioError) as here:
        read_own(text, "mine.yaml")
    assert str(here.value) == str(there.value)
    assert "mine.yaml:5: teams.support.agents is -3" in str(here.value)


def test_an_own_desk_reads_the_files_that_came_with_it() -> None:
    text = SMALL.replace("{per_week: 200}", "{replay: {file: may.csv, time: at}}")
    may = b"at\n2026-01-05 09:30\n2026-01-06 10:00\n"
    assert read_own(text, files={"may.csv": may}).arrivals.replay is not None
    with pytest.raises(ScenarioError, match="scenario.yaml:3: arrivals.replay.file is 'may.csv'; must name a file"):
        read_own(text)


@pytest.mark.parametrize("file", ["/etc/hostname", "../../../etc/hostname", "~/secret.csv"])
def test_an_own_desk_reaches_no_file_outside(file: str) -> None:
    for text in (
        SMALL.replace("{per_week: 200}", f"{{replay: {{file: {file}, time: at}}}}"),
        f"extends: {file}\n{SMALL}",
    ):
        with pytest.raises(ScenarioError, match="must (lie in|name a file)"):
            read_own(text)


@pytest.mark.parametrize("name", ["../../x.yaml", "/etc/x.yaml", "a/b.yaml", "", "<b>.yaml", "x" * 300])
def test_a_file_name_that_is_none_is_not_used(name: str) -> None:
    with pytest.raises(ScenarioError) as told:
        read_own("name: [", name, {"../../over.csv": b"", "/tmp/over.csv": b""})
    assert str(told.value).startswith(OWN)


# -- settings and undo -------------------------------------------------------------------------------------


def test_undo_and_redo_walk_through_what_was_changed() -> None:
    session = begun()
    before = session.scenario
    for value in ("0.6", "0.7"):
        assert session.change(THRESHOLD, value)
    assert session.scenario.policy.answer_threshold == 0.7
    session.undo()
    assert session.scenario.policy.answer_threshold == 0.6
    session.undo()
    assert session.scenario == before
    session.undo()  # There is nothing before.
    session.redo()
    assert session.scenario.policy.answer_threshold == 0.6
    session.change(THRESHOLD, "0.9")
    session.redo()  # What was undone is gone once something else is done.
    assert session.scenario.policy.answer_threshold == 0.9


def test_a_change_that_does_not_fit_changes_nothing_and_is_told() -> None:
    session = begun()
    before = session.settings
    assert not session.change(THRESHOLD, "85")
    assert not session.change("policy.anwser_threshold", "0.8")
    assert not session.change(THRESHOLD, "[")
    assert session.problems is not None
    assert session.settings == before
    assert not session.past
    assert session.change(THRESHOLD, "0.8")
    assert session.problems is None


def test_one_undo_takes_back_changes_made_together() -> None:
    session = begun()
    session.change_all({THRESHOLD: "0.6", "policy.route_threshold": "0.5"})
    session.change(THRESHOLD, None)
    assert session.settings.changes == (("policy.route_threshold", "0.5"),)
    session.undo()
    session.undo()
    assert session.settings.changes == ()


def test_reset_can_be_undone_and_widgets_follow() -> None:
    session = begun()
    session.change(THRESHOLD, "0.6")
    key = session.key("slider")
    session.reset()
    assert session.settings.changes == ()
    assert session.key("slider") != key
    session.undo()
    assert session.scenario.policy.answer_threshold == 0.6


def test_undo_crosses_from_one_desk_to_another() -> None:
    session = begun()
    session.change(THRESHOLD, "0.6")
    assert session.choose("outerwear")
    assert session.settings == Settings("outerwear")
    session.undo()
    assert (session.base.name, session.scenario.policy.answer_threshold) == ("pilot", 0.6)
    assert not session.choose("../../etc/passwd")


def test_the_past_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.app.session.MAX_UNDO", 3)
    session = begun()
    for number in range(5):
        assert session.change(THRESHOLD, f"{0.5 + number / 1000:.3f}")
    assert [len(settings.changes) for settings, _ in session.past] == [1, 1, 1]


# -- sliders -----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("path", shipped_scenarios(), ids=lambda path: path.stem)
def test_every_slider_moves_its_desk(path: Path) -> None:
    base = load_scenario(path)
    found = levers(base)
    assert found
    assert len({lever.path for lever in found}) == len(found)
    session = begun(base)
    for lever in found:
        assert lever.low <= lever.value <= lever.high
        assert lever.position(base) == lever.value
        for value in (lever.low, lever.high):
            assert session.change(lever.path, lever.written(value)), (lever, session.problems)
            assert lever.position(session.scenario) == pytest.approx(value)
        session.reset()


def test_thresholds_are_listed_where_they_are_in_force() -> None:
    desk = load_scenario("saas_pilot")
    assert list(threshold_paths(desk)) == [f"policy.phases[{phase}].answer_threshold" for phase in (3, 2, 1)]
    assert threshold_paths(pilot_desk(weeks=1)) != {}
    assert list(threshold_paths(load_scenario("ecommerce_peak"))) == [THRESHOLD]


# -- studies at work ---------------------------------------------------------------------------------------


def ended(job: Job) -> Job:
    for thread in threading.enumerate():
        if thread.name == f"study {job.title}":
            thread.join(20)
    assert job.is_over
    return job


def test_a_study_in_the_background_tells_its_progress_and_its_result() -> None:
    def work(tell: Stages) -> str:
        tell("Looking", 3, 4)
        return "found"

    job = ended(Jobs().start("key", "one", work))
    assert (job.state, job.result, job.stage, job.share) == ("done", "found", "Looking", 0.75)


def test_a_cancelled_study_ends_at_its_next_sign_of_life() -> None:
    begun, cancelled = threading.Event(), threading.Event()

    def work(tell: Stages) -> None:
        begun.set()
        cancelled.wait(20)
        tell("Looking", 1, 2)
        raise AssertionError("it went on")

    jobs = Jobs()
    job, waiting = jobs.start("one", "first", work), jobs.start("two", "second", work)
    assert begun.wait(20)
    waiting.cancel()
    assert ended(waiting).state == "cancelled"
    job.cancel()
    cancelled.set()
    assert ended(job).state == "cancelled"


def test_a_study_that_cannot_be_says_why() -> None:
    def work(tell: Stages) -> None:
        raise StudyError("draws is 0; must be 1 or more")

    job = ended(Jobs().start("key", "bad", work))
    assert job.state == "failed"
    assert str(job.error) == "ticketflow: draws is 0; must be 1 or more"


def test_an_earlier_study_of_the_same_question_is_cancelled() -> None:
    jobs, release = Jobs(), threading.Event()

    def work(tell: Stages) -> None:
        release.wait(20)
        tell("", 0, 0)

    first = jobs.start("key", "earlier", work)
    second = jobs.start("key", "later", lambda tell: 5)
    release.set()
    assert ended(first).state == "cancelled"
    assert ended(second).result == 5
    jobs.forget("key")
    assert jobs.get("key") is None


# -- text --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tier1, mon-fri 09:30 (8.5 h)", "tier1, mon-fri 09:30 (8.5 h)"),
        ("![x](http://evil/x.png)", r"!\[x\](http\://evil/x.png)"),
        ("<script>*a*_b_`c`", r"\<script\>\*a\*\_b\_\`c\`"),
        ("how_to, a_b", "how_to, a_b"),
        (":red[x] :smile: $a$", r"\:red\[x\] \:smile: \$a\$"),
        ("# head\nline", r"\# head line"),
        ("12. first", r"12\. first"),
        ("&lt;b&gt; ~~x~~ a|b", r"\&lt;b\&gt; \~\~x\~\~ a\|b"),
    ],
)
def test_text_shows_as_it_is_where_markdown_is_read(text: str, shown: str) -> None:
    assert plain(text) == shown
