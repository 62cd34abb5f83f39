"""Visitors' own files are read as the command line reads them, bounded, never run, and not kept."""

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.app import fitting
from simulator.app.desks import read_own
from simulator.app.fitting import Form, Upload, example, fit_uploads, gap_path, scenario_name
from simulator.app.session import Session
from simulator.app.settings import Settings, from_query
from simulator.app.views.your_data import take_files
from simulator.errors import ExportError, Problem, ScenarioError, SimulatorError
from simulator.scenario.loading import load_scenario, scenario_from, shipped_scenarios
from simulator.scenario.yaml_text import parse_yaml
from simulator.tickets.sameness import scenario_key
from tests.app_desks import SMALL
from tests.app_pages import page, told

PAGE = "simulator.app.views.your_data"
BOMB = gzip.compress(b"created_at,type\n") + gzip.compress(b"2026-01-05 10:00," + b"a" * 1_000_000 + b"\n") * 300
LOG = b"confidence,correct\n" + b"0.5,1\n0.7,0\n0.9,1\n0.8,1\n" * 20


@pytest.fixture
def left_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Path]]:
    """Give what is left of temporary files."""
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


def test_the_example_is_fitted_as_the_command_line_fits_it(tmp_path: Path, left_over: Callable[[], list[Path]]) -> None:
    from simulator.calibration.fit.files import Asked, fit_files

    stages: list[str] = []
    form = Form(name="garden shop", zone="Europe/London")
    found = fit_uploads(example(), form, lambda stage, _done, _of: stages.append(stage))
    files = {}
    for what, one in example().items():
        ending = ".csv.gz" if one.name.endswith(".gz") else ".csv"
        files[what] = tmp_path / f"{what}{ending}"
        files[what].write_bytes(one.content())
    asked = Asked(files["tickets"], roster=files["roster"], zone="Europe/London", name="garden shop")
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
    gaps = {gap_path(problem) for problem in caught.value.problems}
    assert {"intents.*.handle", "teams"} <= gaps
    assert not left_over()
    given = ("intents.*.handle=9m", "teams={support: {agents: 4}}")
    others = tuple(f"{path}=4h" for path in sorted(gaps - {None, "intents.*.handle", "teams"}, key=str))
    found = fit_uploads(upload(thin), Form(zone="Europe/London", given=(*given, *others)), quiet)
    assert all(float(one.handle.mean) == 9 for one in found.scenario.intents.values())
    assert float(found.scenario.teams["support"].agents or 0) == 4


@pytest.mark.parametrize(
    ("content", "name", "form", "message"),
    [
        (b"", "tickets.csv", Form(), "tickets.csv"),
        (b"\x00\x01\x02", "tickets.parquet", Form(), "tickets.parquet"),
        (BOMB, "bomb.csv.gz", Form(), "unpacks to"),
        (b"a,b\n1,2\n", "../../x.csv", Form(), "tickets.csv"),
        (b"a,b\n1,2\n", "x.csv", Form(first_day="May"), "First day: is 'May'; must be a day such as 2026-01-05"),
        (b"a,b\n1,2\n", "x.csv", Form(columns=("nonsense",)), "must be FIELD=COLUMN"),
    ],
)  # fmt: skip
def test_an_export_that_cannot_be_read_is_told_under_names_of_ours(
    content: bytes, name: str, form: Form, message: str, left_over: Callable[[], list[Path]]
) -> None:
    with pytest.raises(SimulatorError) as caught:
        fit_uploads(upload(content, name), form, quiet)
    assert message in str(caught.value)
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
    one = Problem("fit", "intents.a.b.handle", "(handle time of a ticket) is in no file that was given; give it")
    many = Problem("fit", "intents.Refund.handle", "(handle time of a ticket) and 4 more like it is in no file that …")
    assert gap_path(one) == "intents.a.b.handle"
    assert gap_path(many) == "intents.*.handle"
    assert gap_path(Problem("tickets.csv:3", "Created", "is no time")) is None


def test_the_page_shows_what_a_fit_asks_for_in_fields_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ExportError(
            Problem(fitting.GAP, "handling.x", "(what it is) is in no file that was given; give <b>it</b>")
        )

    monkeypatch.setattr("simulator.app.views.your_data.fit_uploads", refuse)
    file = tmp_path / "desk.yaml"
    file.write_text(SMALL, encoding="utf-8")
    test = page(PAGE, file)
    test.toggle[0].set_value(True).run()
    next(button for button in test.button if button.label == "Measure the desk").click().run()
    for _ in range(50):
        if any(field.key == "gap handling.x" for field in test.text_input):
            break
        test.run()
    assert not test.exception
    assert "fit: handling.x (what it is) is in no file" in told(test)
    assert "<b>" not in told(test)
    next(field for field in test.text_input if field.key == "gap handling.x").set_value("3").run()
    assert test.session_state["fit-given"] == {"handling.x": "3"}


@pytest.mark.parametrize("scenario", [path.stem for path in shipped_scenarios()])
@pytest.mark.parametrize("module", [PAGE, "simulator.app.views.assumptions", "simulator.app.sharing"])
def test_the_pages_open_for_every_shipped_scenario(module: str, scenario: str) -> None:
    test = page(module, None, scenario=scenario)
    assert not test.exception
    assert not test.error
    assert 'role=\\"alert\\"' not in told(test)


def test_cells_that_try_to_be_more_than_text_stay_text(tickets: bytes) -> None:
    script, formula = "<script>alert(1)</script>", "=cmd|' /C calc'!A0"
    content = tickets.decode().replace("Invoice", script).replace("Where is my order", formula)
    found = fit_uploads(upload(content.encode()), Form(zone="Europe/London"), quiet)
    assert script in found.scenario.intents
    assert any("cmd" in name for name in found.scenario.intents)
    assert scenario_key(scenario_from(parse_yaml(found.text, "fit")[0])) == scenario_key(found.scenario)
    assert found.pictures
    assert not any("<script" in one.svg for one in found.pictures)
