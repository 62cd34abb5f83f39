"""Harmless text: names from a scenario or an export that look like code are only text, wherever they appear."""

import csv
import json
import re
import struct
import zlib
from pathlib import Path

import pytest

from tests.cli.test_cli import ticketflow
from tests.support.exports import save, spell
from tests.support.exports import truth as tickets
from tests.support.pages import outer_references, read

SCRIPT, FORMULA, PATH, QUOTE, TEMPLATE = (
    "<script>alert(1)</script>", "=cmd()", "../../x", '"onload="', "{{7*7}}",
)  # fmt: skip
TAG = '"onload"><b>'
"""Names in paths must not hold = . [ ] or a comma; the others may be anything."""
MARKUP, ESCAPE = "[red]x[/red]", "\x1b[31mred\x07"
HARMFUL = (SCRIPT, FORMULA, PATH, QUOTE, TEMPLATE, MARKUP)
FEW = ("-n", "2", "--workers", "1")


@pytest.fixture(scope="module")
def harmful(tmp_path_factory) -> Path:
    """Write a scenario whose every name is meant to do harm."""
    shift = {"days": "mon-sun", "start": "08:00", "end": "18:00", "agents": 2}
    desk = {
        "name": f"{FORMULA} {SCRIPT} {PATH} {QUOTE} {TEMPLATE} {MARKUP} {ESCAPE}",
        "description": f"{SCRIPT} {TEMPLATE} {ESCAPE}",
        "start": "2026-03-02",
        "weeks": 1,
        "arrivals": {"per_week": {"value": 60, "low": 50, "high": 70, "source": f"assumed {SCRIPT} {TEMPLATE}"}},
        "intents": {name: {"share": 1 / 3, "handle": "9m", "queue": "</td>"} for name in (SCRIPT, "@cmd()", TAG)},
        "teams": {name: {"serves": ["</td>"], "shifts": [shift]} for name in (TEMPLATE, "-1|cmd")},
        "tiers": {f"@{SCRIPT}": {"share": 0.5}, "+1|cmd": {"share": 0.5}},
        "ai": {
            "answer": {"confidence": {"mean": 0.75, "concentration": 6}},
            "after_wrong": {"noticed": 0.4, "returns": 0.45, "lost": 0.15},
        },
        "sla": {"first_response": {"default": "4h"}},
        "csat": {"human_mean": 4.4},
        "costs": {"agent_per_hour": 28, "ai": {"per_resolution": 0.99}},
    }
    file = tmp_path_factory.mktemp("harmful") / "desk.yaml"
    file.write_text(json.dumps(desk), encoding="utf-8")
    return file


COMMANDS = ("run", "compare", "sweep", "staff", "fit")


@pytest.fixture(scope="module", params=COMMANDS)
def done(request, harmful, tmp_path_factory):
    """Run a command on it: its name, its folder and what the terminal got; tests are ordered by it, so it runs once."""
    command = request.param
    home = tmp_path_factory.mktemp("done")
    if command == "fit":
        return command, *fitted(home)
    words = {
        "run": (),
        "compare": ("--variant", f"{MARKUP}{SCRIPT}:policy.answer_threshold=0.7"),
        "sweep": ("--vary", f"description={FORMULA},{SCRIPT}"),
        "staff": ("--target", "sla_breach<=60%"),
    }
    few = ("-n", "5", "--workers", "1") if command == "staff" else FEW
    code, printed, told = ticketflow(command, str(harmful), *words[command], *few, "--out", str(home / "out"))
    assert code == 0, told
    return command, home / "out", printed + told


def fitted(home: Path) -> tuple[Path, str]:
    """Fit an export whose cells and columns are meant to do harm."""
    of, names = tickets(240), (*HARMFUL, ESCAPE.replace("\x07", ""), "plain")
    home = home / "fit"
    home.mkdir()
    path = save(home, {
        "created_at": spell(of.created), "agent": of.agent, "resolved_at": spell(of.resolved),
        SCRIPT: [names[row % len(names)] for row in range(240)],
        "channel": [(FORMULA, SCRIPT)[row % 2] for row in range(240)],
    }, name="{{7*7}}<script>.csv")  # fmt: skip
    code, printed, told = ticketflow(
        "fit", str(path), "--timezone", "UTC", "--handle", "8m", "--map", f"intent={SCRIPT}",
        "--name", f"{SCRIPT} {PATH}", "--out", str(home / "desk.yaml"), "--report", str(home / "out"),
    )  # fmt: skip
    assert code == 0, told
    assert sorted(file.name for file in home.iterdir()) == ["desk.yaml", "out", path.name]
    return home / "out", printed + told


@pytest.mark.slow
def test_in_a_report_it_is_text(done):
    command, folder, _ = done
    html = (folder / "report.html").read_text(encoding="utf-8")
    reader = read(html)
    assert outer_references(html) == []
    assert not {"b", "img", "iframe", "object"} & set(reader.tags)
    assert len(reader.ids) == len(set(reader.ids))
    for text in (SCRIPT, PATH) if command == "fit" else (SCRIPT, PATH, QUOTE, TEMPLATE, MARKUP, FORMULA):
        assert text in reader.text or text in "".join(reader.texts), text
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\x9b]", html)


@pytest.mark.slow
def test_in_a_table_for_spreadsheets_it_is_no_formula(done):
    _, folder, _ = done
    files = list(folder.glob("*.csv"))
    assert files
    for file in files:
        with file.open(newline="", encoding="utf-8") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        words = [cell for cell in cells if not re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", cell)]
        assert not [cell for cell in words if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))], file.name


@pytest.mark.slow
def test_on_a_terminal_it_neither_colours_nor_rings(done):
    command, _, printed = done
    assert "\x1b" not in printed
    assert "\x07" not in printed
    assert "onload" in printed or command in ("sweep", "fit")
    assert MARKUP in " ".join(printed.split()) or command == "fit"


@pytest.mark.slow
def test_files_lie_where_they_were_asked_for_under_names_of_ours(done):
    _, folder, _ = done
    assert {file.name for file in folder.parent.iterdir()} - {"desk.yaml", "{{7*7}}<script>.csv"} == {"out"}
    for file in folder.rglob("*"):
        assert re.fullmatch(r"[a-z0-9_.-]+", file.name), file


@pytest.mark.slow
def test_the_manifest_and_the_pictures_hold_it_as_data(done):
    _, folder, _ = done
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    json.loads(text)
    assert "\x1b" not in text
    pictures = list((folder / "figures").glob("*.png"))
    assert pictures
    for picture in pictures:
        for key, value in metadata(picture).items():
            assert key in ("Software", "Title", "Description")
            assert value.isprintable()


def metadata(picture: Path) -> dict[str, str]:
    """Read a PNG's texts."""
    data, place, found = picture.read_bytes(), 8, {}
    while place < len(data):
        size, kind = struct.unpack(">I4s", data[place : place + 8])
        body = data[place + 8 : place + 8 + size]
        if kind == b"tEXt":
            key, _, value = body.partition(b"\0")
            found[key.decode("latin-1")] = value.decode("latin-1")
        elif kind == b"iTXt":
            key, _, rest = body.partition(b"\0")
            packed, text = rest[0], rest[2:].split(b"\0", 2)[2]
            found[key.decode("latin-1")] = (zlib.decompress(text) if packed else text).decode("utf-8")
        place += size + 12
    return found


@pytest.mark.slow
def test_json_escapes_it_and_without_a_folder_given_results_stay_below_results(harmful, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, printed, _ = ticketflow("run", str(harmful), "-n", "1", "--workers", "1", "--json")
    assert code == 0
    assert "\x1b" not in printed
    assert ESCAPE in json.loads(printed)["scenario"]
    assert [path.name for path in tmp_path.iterdir()] == ["results"]
    (made,) = (tmp_path / "results").iterdir()
    assert re.fullmatch(r"[a-z0-9-]+", made.name)


def test_a_check_prints_it_as_text(harmful):
    code, printed, _ = ticketflow("check", str(harmful))
    assert code == 0
    assert MARKUP in printed
    assert not {"\x1b", "\x07"} & set(printed)


def test_a_refusal_repeats_it_without_its_control_characters(tmp_path):
    file = tmp_path / "desk.yaml"
    file.write_text(json.dumps({"name": ESCAPE, "start": ESCAPE, ESCAPE: SCRIPT}), encoding="utf-8")
    code, printed, told = ticketflow("run", str(file), "--out", str(tmp_path / "out"))
    assert code == 2
    assert "\x1b" not in printed + told
    assert "\x07" not in printed + told
    assert not (tmp_path / "out").exists()
