"""What a visitor looks at can be saved, exported and linked to; a link that does not fit harms nothing."""

import base64
import re
import zlib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from typer.testing import CliRunner

from simulator.app.desks import read_own
from simulator.app.session import MAX_CHANGES, Session, Settings, from_query
from simulator.app.sharing import address_of, command_for, saved_scenario
from simulator.base.errors import SimulatorError
from simulator.cli import app
from simulator.report.render.html import page_html
from simulator.report.run.view import report_of
from simulator.scenario import load_scenario
from simulator.studies.run.opening import opening_of
from simulator.studies.running.live import LiveRunner
from simulator.tickets.fingerprints import scenario_key
from tests.support.app_desks import SMALL
from tests.support.app_pages import page, told

CHANGES = (
    ("policy.answer_threshold", "0.7"),
    ("teams.support.shifts[0].agents", "3"),
    ("intents.question.handle.mean", "9m"),
)
SHARING = "simulator.app.sharing"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "desk.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def session_of(changes: tuple[tuple[str, str], ...] = (), text: str = SMALL) -> Session:
    settings = Settings("", own=text, changes=changes, seed=3, replications=4)
    return Session(None, settings, read_own(text))


def packed(text: str) -> str:
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode()


def test_the_saved_scenario_is_the_one_that_is_shown(tmp_path: Path) -> None:
    session = session_of(CHANGES)
    (tmp_path / "saved.yaml").write_text(saved_scenario(session).text, encoding="utf-8")
    assert scenario_key(load_scenario(tmp_path / "saved.yaml")) == scenario_key(session.scenario)
    told = "ticketflow run saved.yaml --replications 4 --out results/saved-"
    command = command_for(session, "saved.yaml")
    assert command == f"{told}{scenario_key(session.scenario)[:6]} --seed 3"


@pytest.mark.slow
def test_the_exported_report_is_the_one_that_a_run_of_the_saved_file_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = session_of(CHANGES)
    Path("saved.yaml").write_text(saved_scenario(session).text, encoding="utf-8")
    command = [*command_for(session, "saved.yaml").split()[1:], "--out", "out", "--quiet"]
    assert CliRunner().invoke(app, command).exit_code == 0
    study = LiveRunner().replicate(session.scenario, 4, seed=3, groups=True)
    assert page_html(report_of(study, opening_of(study))) == Path("out/report.html").read_text(encoding="utf-8")


def test_a_link_restores_scenario_changes_seed_and_replications() -> None:
    session = session_of(CHANGES)
    address = address_of(session, "http://127.0.0.1:8501/share")
    assert address is not None
    assert address.startswith("http://127.0.0.1:8501/?desk=")
    settings = from_query(parse_qs(urlsplit(address).query), "saas_pilot")
    assert settings == session.settings


def test_a_desk_that_is_too_long_for_a_link_is_told_and_can_be_saved() -> None:
    notes = "\n".join(f"# {number * 7919 % 10_007} {number * 104_729 % 10_009}" for number in range(3_000))
    session = session_of(text=f"{SMALL}{notes}\n")
    assert address_of(session, "http://127.0.0.1:8501/share") is None
    assert session.query is None
    assert saved_scenario(session).keeps_comments


def test_a_desk_that_replays_a_log_of_the_visitors_has_no_link() -> None:
    text = SMALL.replace("{per_week: 300}", "{replay: {file: log.csv, time: at}}")
    base = read_own(text, files={"log.csv": b"at\n2026-01-05 09:30\n2026-01-06 10:00\n"})
    session = Session(None, Settings("", own=text), base)
    assert session.query is None
    assert saved_scenario(session).needs == "log.csv"


HOSTILE: dict[str, dict[str, str | list[str]]] = {
    "an unknown scenario": {"scenario": "nobody_knows"},
    "a path": {"scenario": "../../etc/passwd"},
    "a script for a name": {"scenario": "<script>alert(1)</script>"},
    "a bomb": {"desk": packed("#" * 20_000_000)},
    "no archive": {"desk": "AAAA"},
    "half an archive": {"desk": packed(SMALL)[:200]},
    "a desk that reads a file": {
        "desk": packed(SMALL.replace("calibration: {shift: -0.3}", "calibration: {shadow_log: /etc/passwd}"))
    },
    "a desk that extends a file": {"desk": packed("extends: ../../../../etc/passwd\n" + SMALL)},
    "a desk with a tag": {"desk": packed("name: !!python/object/apply:os.system [id]\n")},
    "a desk of aliases": {
        "desk": packed("a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
        ))
    },
    "a thousand changes": {"set": [f"policy.answer_threshold=0.{number}" for number in range(999)]},
    "too many changes": {"set": [f"a{number}=1" for number in range(MAX_CHANGES + 1)]},
    "nonsense": {"set": ["nonsense", "=", "a..b=1", "[0]=2", "policy.answer_threshold"]},
    "a script as a value": {"set": "policy.answer_threshold=<script>alert(1)</script>"},
    "a file as a value": {"set": "ai.answer.calibration={shadow_log: /etc/passwd}"},
    "deep brackets": {"set": "policy.answer_threshold=" + "[" * 3_000},
    "no seed": {"seed": "-1"},
    "a huge seed": {"seed": "9" * 5_000},
    "no number": {"n": "1e9"},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_link_that_does_not_fit_is_told_and_leads_to_the_desk_as_it_is(
    file: Path, query: dict[str, str | list[str]]
) -> None:
    test = page(SHARING, file, **query)
    assert not test.exception
    shown = told(test)
    assert 'role=\\"alert\\"' in shown
    assert "<script" not in shown
    assert "Traceback" not in shown
    assert "root:" not in shown
    session = test.session_state["session"]
    assert session.settings == Settings("given")
    assert scenario_key(session.scenario) == scenario_key(load_scenario(file))


def test_a_given_file_that_is_broken_later_is_told_without_the_folders_of_this_machine(file: Path) -> None:
    file.write_text(SMALL.replace("agents: 2", "agents: -2"), encoding="utf-8")
    test = page(SHARING, file)
    assert not test.exception
    assert "<code>desk.yaml:12: teams.support.shifts[0].agents is -2; must be" in told(test)
    assert str(file.parent) not in told(test)
    assert test.session_state["session"].settings == Settings("saas_pilot")


def test_ten_thousand_changes_lead_to_the_desk_as_it_is(file: Path) -> None:
    changes = [f"policy.answer_threshold=0.{number}" for number in range(10_000)]
    with pytest.raises(SimulatorError, match="must be 60,000 or fewer"):
        from_query({"set": changes}, "given")
    test = page(SHARING, file, set=changes)  # Streamlit drops so many by itself.
    assert not test.exception
    assert test.session_state["session"].settings == Settings("given")


def test_what_is_wrong_with_a_links_desk_is_told_as_the_command_line_tells_it() -> None:
    with pytest.raises(SimulatorError) as caught:
        read_own(SMALL.replace("agents: 2", "agents: -2"))
    assert str(caught.value).startswith("scenario.yaml:12: teams.support.shifts[0].agents is -2; must be")


def test_the_page_offers_file_command_report_and_link(file: Path) -> None:
    test = page(SHARING, file, set="policy.answer_threshold=0.7", n="4")
    assert not test.exception
    command, text, address = (code.value for code in test.code)
    folder = "results/small-desk-[0-9a-f]{6}"
    assert re.fullmatch(f"ticketflow run small_desk.yaml --replications 4 --out {folder}", command)
    assert "# a guess" in text
    assert "value: 0.7" in text
    assert "set=policy.answer_threshold%3D0.7" in address
    assert [button.label for button in test.button] == ["Make the report"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody"], "nobody: is no file and no shipped scenario"),
        (["saas_pilot", "--port", "0"], "port is 0; must be from 1 to 65535"),
        (["saas_pilot", "--host", "192.0.2.1"], "192.0.2.1:8501: cannot be listened on"),
    ],
)
def test_what_cannot_be_served_is_told(arguments: list[str], message: str) -> None:
    found = CliRunner().invoke(app, ["app", *arguments, "--no-browser"])
    assert (found.exit_code, found.stdout) == (2, "")
    assert message in found.stderr
    assert "Traceback" not in found.stderr
