"""Visitors' own files are read as the command line reads them, bounded, never run, and not kept."""

import gzip
import math
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from simulator.app.desks import read_own
from simulator.app.fitting import Form, Upload, example, fit_uploads, scenario_name
from simulator.app.missing_answers import in_page, question
from simulator.app.session import Session, Settings, from_query
from simulator.app.views.your_data import take_files
from simulator.base.errors import ExportError, NoColumn, Problem, ScenarioError, SimulatorError
from simulator.calibration.fit.ai import fit_ai
from simulator.calibration.fit.estimate import Gap, Missing
from simulator.scenario import load_scenario, scenario_from, shipped_scenarios
from simulator.scenario.yaml_text import parse_yaml
from simulator.tickets.fingerprints import scenario_key
from tests.support.app_desks import SMALL
from tests.support.app_pages import page, told
from tests.support.shadow_logs import routing_log

PAGE = "simulator.app.views.your_data"
BOMB = gzip.compress(b"created_at,type\n") + gzip.compress(b"2026-01-05 10:00," + b"a" * 1_000_000 + b"\n") * 300
LOG = b"confidence,correct\n" + b"0.5,1\n0.7,0\n0.9,1\n0.8,1\n" * 20


@pytest.fixture
def left_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Path]]:
    """Return what is left of temporary files."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return lambda: list(place.rglob("*"))


def session() -> Session:
    return Session(None, Settings("", own=SMALL), read_own(SMALL))


def quiet(_stage: str, _done: int, _of: int) -> None:
    """Tell nobody."""


def upload(content: bytes, name: str = "tickets.csv") -> dict[str, Upload]:
    return {"tickets": Upload(name, name, lambda: content)}


# -- scenarios -------------------------------------------------------------------------------------------------


def test_a_scenario_that_is_uploaded_is_looked_at(left_over: Callable[[], list[Path]]) -> None:
    mine = session()
    take_files(mine, {"other.yaml": SMALL.replace("small desk", "other desk").encode()})
    assert mine.base.name == "other desk"
    assert "# a guess" in mine.settings.own
    assert not left_over()


def test_a_scenario_comes_with_the_files_that_it_names(left_over: Callable[[], list[Path]], tmp_path: Path) -> None:
    text = SMALL.replace("confidence: {mean: 0.8, concentration: 8}", "confidence: {shadow_log: log.csv}")
    over = "extends: base.yaml\nname: over\n"
    mine = session()
    take_files(mine, {"over.yaml": over.encode(), "base.yaml": text.encode(), "log.csv": LOG}, "over.yaml")
    for name, content in {"over.yaml": over.encode(), "base.yaml": text.encode(), "log.csv": LOG}.items():
        (tmp_path / name).write_bytes(content)
    assert scenario_key(mine.scenario) == scenario_key(load_scenario(tmp_path / "over.yaml"))
    # What is kept stands by itself, so that a link restores it without the files.
    query = {name: [value] if isinstance(value, str) else value for name, value in (mine.query or {}).items()}
    restored = read_own(from_query(query, "saas_pilot").own)
    assert scenario_key(restored) == scenario_key(mine.scenario)
    assert not left_over()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"x.yaml": SMALL.replace("agents: 2", "agents: -2").encode()},
         "x.yaml:12: teams.support.shifts[0].agents is -2; must be a whole number"),
        ({"x.yaml": b"name: [1, 2"}, "x.yaml:1: is no valid YAML"),
        ({"x.yaml": b"a: 1\nb: \xff"}, "x.yaml:2: is no UTF-8 text; save it as UTF-8"),
        ({"x.yaml": b"#" * 4_000_001}, "x.yaml: has 4,000,001 bytes; must have 4,000,000 or fewer"),
        ({"x.yaml": b"<html>\n<a style='color: red'> x: y: z</a>"},
         "x.yaml: does not look like a scenario file: no line of it begins with one of its keys"),
        ({"x.csv": LOG}, "upload: has no scenario; must have a .yaml file"),
        ({f"{number}.yaml": b"" for number in range(11)}, "upload: has 11 files; must have 10 or fewer"),
        ({"../../x.yaml": SMALL.replace("agents: 2", "agents: -2").encode()}, "scenario.yaml:12: teams.support"),
        ({"x.yaml": ("extends: ../../../../etc/passwd\n" + SMALL).encode()}, "must lie in the scenario's folder"),
        ({"x.yaml": SMALL.replace("{mean: 0.8, concentration: 8}", "{shadow_log: /etc/passwd}").encode()},
         "must lie in the scenario's folder, so move it there"),
        ({"x.yaml": SMALL.replace("{mean: 0.8, concentration: 8}", "{shadow_log: log.csv}").encode(),
          "log.csv": b"confidence\n0.5\n"}, "log.csv:1: has no column 'correct'"),
        ({"x.yaml": b"name: !!python/object/apply:os.system [id]\n"}, "remove the tag"),
    ],
)  # fmt: skip
def test_a_scenario_that_does_not_fit_is_told_and_the_desk_stays_as_it_was(
    files: dict[str, bytes], message: str, left_over: Callable[[], list[Path]]
) -> None:
    mine = session()
    before = mine.settings
    with pytest.raises(ScenarioError) as caught:
        take_files(mine, files)
    assert message in str(caught.value)
    assert tempfile.gettempdir() not in str(caught.value)
    assert "ticketflow-" not in str(caught.value)
    assert mine.settings == before
    assert not left_over()


def test_messages_do_not_tell_where_files_were_read_even_from_within_that_folder(
    left_over: Callable[[], list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tempfile.gettempdir())
    with pytest.raises(ScenarioError) as caught:
        read_own(SMALL.replace("agents: 2", "agents: -2"), "mine.yaml")
    assert str(caught.value).startswith("mine.yaml:12: ")
    assert not left_over()


# -- exports ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tickets() -> bytes:
    """The shipped example, uncompressed."""
    return gzip.decompress(example()["tickets"].content())


@pytest.mark.slow
def test_the_example_is_fitted_as_the_command_line_fits_it(tmp_path: Path, left_over: Callable[[], list[Path]]) -> None:
    from simulator.calibration.fit.files import FitRequest, fit_files

    stages: list[str] = []
    form = Form(name="garden shop", zone="Europe/London")
    found = fit_uploads(example(), form, lambda stage, _done, _of: stages.append(stage))
    files = {}
    for what, one in example().items():
        ending = ".csv.gz" if one.name.endswith(".gz") else ".csv"
        files[what] = tmp_path / f"{what}{ending}"
        files[what].write_bytes(one.content())
    asked = FitRequest(files["tickets"], roster=files["roster"], zone="Europe/London", name="garden shop")
    assert found.text == fit_files(asked)[1].text
    assert found.answer.startswith("4,135 tickets of 56 days")
    assert found.pictures
    assert {"Simulating the fitted desk", "Drawing"} <= set(stages)
    assert scenario_key(scenario_from(parse_yaml(found.text, "fit")[0])) == scenario_key(found.scenario)
    mine = session()
    assert mine.take(found.text, found.scenario)
    assert mine.query is not None
    assert not left_over()


def test_a_figure_that_no_file_holds_is_asked_for_and_can_be_given(
    tickets: bytes, left_over: Callable[[], list[Path]]
) -> None:
    header, *rows = tickets.decode().splitlines()
    keep = [place for place, name in enumerate(header.split(",")) if name in ("Ticket ID", "Created time", "Type")]
    thin = "\n".join(",".join(row.split(",")[place] for place in keep) for row in (header, *rows)).encode()
    with pytest.raises(ExportError) as caught:
        fit_uploads(upload(thin), Form(zone="Europe/London"), quiet)
    gaps = {problem.answer for problem in caught.value.problems if isinstance(problem, Gap)}
    assert {"intents.*.handle", "teams.support.agents"} <= gaps
    assert not left_over()
    given = ("intents.*.handle=9m", "teams={support: {agents: 4}}")
    others = tuple(f"{path}=4h" for path in sorted(gaps - {"intents.*.handle", "teams.support.agents"}))
    found = fit_uploads(upload(thin), Form(zone="Europe/London", given=(*given, *others)), quiet)
    assert all(float(one.handle.mean) == 9 for one in found.scenario.intents.values())
    assert float(found.scenario.teams["support"].agents or 0) == 4


@pytest.mark.parametrize(
    ("content", "name", "form", "message"),
    [
        (b"", "tickets.csv", Form(), "tickets.csv"),
        (b"\x00\x01\x02", "tickets.parquet", Form(), "tickets.parquet"),
        (BOMB, "bomb.csv.gz", Form(), "unpacks to"),
        (b"a,b\n1,2\n", "../../x.csv", Form(), "x.csv: has no column for created_at that is recognised; choose"),
        (b"a,b\n1,2\n", "<b>.csv", Form(), "_b_.csv: has no column"),
        (b"2026-01-05 10:00,2\n2026-01-05 11:00,2\n", "x.csv", Form(), "(under “Which column is what”)"),
        (b"a,b\n1,2\n", "x.csv", Form(columns=("created_at=c",)), "“Which column is what” created_at=c: names no"),
        (b"a,b\n1,2\n", "x.csv", Form(first_day="May"), "First day: is 'May'; must be a day such as 2026-01-05"),
        (b"a,b\n1,2\n", "x.csv", Form(columns=("nonsense",)), "must be FIELD=COLUMN"),
    ],
)  # fmt: skip
def test_an_export_that_cannot_be_read_is_told_with_its_name_and_without_options(
    content: bytes, name: str, form: Form, message: str, left_over: Callable[[], list[Path]]
) -> None:
    with pytest.raises(SimulatorError) as caught:
        fit_uploads(upload(content, name), form, quiet)
    assert message in str(caught.value)
    assert "--" not in str(caught.value)
    assert tempfile.gettempdir() not in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert not left_over()


def test_nothing_is_left_behind_when_a_fit_is_cancelled(tickets: bytes, left_over: Callable[[], list[Path]]) -> None:
    class Stop(Exception):
        """What a cancelled study ends with."""

    def stop(stage: str, _done: int, _of: int) -> None:
        raise Stop(stage)

    with pytest.raises(Stop):
        fit_uploads(upload(tickets), Form(), stop)
    assert not left_over()


def test_a_scenario_is_named_like_the_upload_without_its_endings() -> None:
    assert scenario_name("May_tickets.csv.gz") == "May tickets"
    assert scenario_name("../../etc/passwd") == "passwd"
    assert scenario_name("C:\\x\\<script>.CSV") == "script"
    assert scenario_name(".csv") == "fitted"


def test_a_gap_of_many_alike_is_asked_for_once() -> None:
    handle = "handle time of a ticket"
    one = Gap.of(Missing(("intents", "a.b", "handle"), handle, "give it", "Or name its column.", "8m"))
    many = Gap.of(Missing(("intents", "Refund", "handle"), handle, "give it", "Or name its column.", "8m"), 4)
    more = "and 4 more like it is in no file that was given; give it"
    assert str(many) == f"fit: intents.Refund.handle ({handle}) {more}"
    assert question(many).path == "intents.*.handle"
    assert question(many).label == "How long does an agent work on a ticket?"
    assert question(one).path == one.path
    assert question(one).label == "How long does an agent work on a ticket of “a.b”?"
    assert (question(one).note, question(one).example) == ("Or name its column.", "8m")


def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *problems: Problem) -> AppTest:
    """Return the page after a fit that was refused for these reasons."""

    def refuse(*_: object) -> None:
        raise ExportError(problems)

    monkeypatch.setattr("simulator.app.views.your_data.fit_uploads", refuse)
    file = tmp_path / "desk.yaml"
    file.write_text(SMALL, encoding="utf-8")
    test = page(PAGE, file)
    test.toggle[0].set_value(True).run()
    next(button for button in test.button if button.label == "Measure the desk").click().run()
    for _ in range(50):
        if any(button.key == "start-fit-later" for button in test.button):
            break
        test.run()
    assert not test.exception
    return test


def test_the_page_shows_what_a_fit_asks_for_in_fields_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = Missing(("handling", "x"), "what it is", "give --set handling.x=3", "Or give <b>it</b>.", "3")
    test = measured(tmp_path, monkeypatch, Gap.of(missing))
    field = test.text_input(key="gap handling.x")
    assert (field.label, field.placeholder) == ("What it is", "For example: 3")
    assert test.button(key="start-fit-later").disabled
    field.set_value("4").run()
    assert test.session_state["fit-given"] == {"handling.x": "4"}
    # What was said about it stays, and the button stands below.
    assert "Or give &lt;b&gt;it&lt;/b&gt;." in told(test)
    assert "<b>" not in told(test)
    assert "--set" not in told(test)
    assert [button.label for button in test.button][-1] == "Measure the desk"
    assert not test.button(key="start-fit").disabled


def test_figures_about_an_ai_are_asked_for_in_plain_words_and_examples_can_be_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = fit_ai(routing_log(500, 1, {"a": 0.0, "b": 0.0}), ["a", "b"])
    agents = Missing(("teams",), "agents", "give --roster", "A roster.", "5", answer=("teams", "support", "agents"))
    test = measured(tmp_path, monkeypatch, *map(Gap.of, (*found.missing, agents)))
    noticed = test.text_input(key="gap ai.after_wrong.noticed")
    assert noticed.label == "Of wrong answers, how many do customers notice at once?"
    assert noticed.placeholder == "For example: 40 %"
    assert "The three shares make 100 %" in told(test)
    assert "ai.after_wrong" not in told(test)
    noticed.set_value("50").run()
    test.button(key="fit-offers").click().run()
    assert not test.exception
    assert test.session_state["fit-given"] == {
        "ai.after_wrong.noticed": "50%", "ai.after_wrong.returns": "40%", "ai.after_wrong.lost": "20%",
        "ai.answer.calibration": "{shift: 0, scale: 1}", "teams.support.agents": "5",
    }  # fmt: skip
    assert test.text_input(key="gap ai.after_wrong.lost").value == "20 %"


def test_a_column_that_is_not_recognised_is_chosen_among_those_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ExportError) as caught:
        fit_uploads(upload(b"a,b\n1,2\n", "mine.csv"), Form(), quiet)
    test = measured(tmp_path, monkeypatch, *caught.value.problems)
    assert "mine.csv: has no column for created_at" in told(test)
    picker = test.selectbox(key="column created_at")
    assert picker.options == ["a", "b"]
    assert picker.label.startswith("Which column of mine.csv is created_at? When the ticket arrived")
    picker.set_value("b").run()
    assert test.session_state["fit-chosen"] == {"created_at": "b"}
    assert not test.button(key="start-fit").disabled


def test_a_column_of_a_roster_is_asked_for_as_the_rosters() -> None:
    files = upload(b"created_at\n2026-01-05 10:00\n") | {"roster": Upload("r.csv", "r", lambda: b"begin,b\n1,2\n")}
    with pytest.raises(ExportError) as caught:
        fit_uploads(files, Form(), quiet)
    found = [(one.where, one.fields, one.columns) for one in caught.value.problems if isinstance(one, NoColumn)]
    assert found[-1] == ("r.csv", ("roster.end",), ("begin", "b"))


def test_each_answer_about_an_ais_surety_is_what_the_scenario_says_of_it() -> None:
    shares = {0.0: 0.90, -0.5: 0.85, -1.0: 0.77}
    missing = Missing(("ai", "answer", "calibration"), "how often an answer is right", "say it", "Say it.")
    for label, value in question(Gap.of(missing)).choices.items():
        shift = parse_yaml(value, "answer", in_file=False)[0]["shift"]
        share = 1 / (1 + math.exp(-(math.log(9) + shift)))
        assert round(share, 2) == shares[shift]
        assert label.endswith(f"{share:.0%} are right".replace("%", " %"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Give --map id=COLUMN.", "Give id=COLUMN (under “Which column is what”)."),
        ("with --set csat.human_mean=4.2", "with csat.human_mean=4.2 (under “What else you know”)"),
        ('columns, --map "created_at=DATE+TIME"', "columns, created_at=DATE+TIME (under “Which column is what”)"),
        ("give --roster ROSTER.csv, or --handle 8m", "give a roster, or “Handle time of a ticket” 8m"),
        ("add --ai-log FILE", "add the AI's log"),
        ("the real ones with --set", "the real ones with “What else you know”"),
    ],
)
def test_messages_name_fields_of_the_page_where_the_command_line_has_options(text: str, shown: str) -> None:
    assert in_page(text) == shown


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [path.stem for path in shipped_scenarios()])
@pytest.mark.parametrize("module", [PAGE, "simulator.app.views.assumptions", "simulator.app.sharing"])
def test_the_pages_open_for_every_shipped_scenario(module: str, scenario: str) -> None:
    test = page(module, None, scenario=scenario)
    assert not test.exception
    assert not test.error
    assert 'role=\\"alert\\"' not in told(test)


@pytest.mark.slow
def test_cells_that_try_to_be_more_than_text_stay_text(tickets: bytes) -> None:
    script, formula = "<script>alert(1)</script>", "=cmd|' /C calc'!A0"
    content = tickets.decode().replace("Invoice", script).replace("Where is my order", formula)
    found = fit_uploads(upload(content.encode()), Form(zone="Europe/London"), quiet)
    assert script in found.scenario.intents
    assert any("cmd" in name for name in found.scenario.intents)
    assert scenario_key(scenario_from(parse_yaml(found.text, "fit")[0])) == scenario_key(found.scenario)
    assert found.pictures
    assert not any("<script" in one.svg for one in found.pictures)
