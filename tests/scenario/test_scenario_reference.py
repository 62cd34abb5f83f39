"""The scenario reference is what the models say, holds every key, and its examples are scenarios."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from simulator.cli import app
from simulator.scenario import Scenario, scenario_from
from simulator.scenario.reference import reference
from simulator.scenario.reference_text import EXAMPLES
from simulator.scenario.what_ifs import read_what_if
from simulator.scenario.yaml_text import parse_yaml
from tests.scenario.test_schema import MODELS, SCHEMA

COMMITTED = Path(__file__).resolve().parents[2] / "scenarios" / "REFERENCE.md"
TEXT = reference()
WHAT_IF = "What-ifs"


def example(name: str) -> dict[str, Any]:
    data = parse_yaml(EXAMPLES[name], name)[0]
    assert isinstance(data, dict)
    return data


def standing_alone(name: str) -> Scenario:
    """Load an example, in the scenario that the first example is."""
    whole = copy.deepcopy(example("The file"))
    if name == "The file":
        return scenario_from(whole)
    part = example(name)
    for key in ("intents", "teams", "ai"):  # What an example does not redefine is the first example's.
        if isinstance(whole.get(key), dict) and key in part:
            part[key] = {**whole[key], **part[key]}
    if "intents" in part:  # The examples' shares sum to 1 by themselves.
        part["intents"] = {intent: part["intents"][intent] for intent in example(name)["intents"]}
    if "opening_backlog" in part:
        whole.pop("warm_up")
    if "policy" in part or "pilot" in part:
        whole["ai"] = example("ai")["ai"]
        whole["intents"]["refund"]["flags"] = {"refund_above_500": "12%"}
    return scenario_from(whole | part)


def test_the_committed_reference_is_what_the_models_say_and_the_command_prints() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == TEXT + "\n"
    assert CliRunner().invoke(app, ["schema", "--markdown"]).stdout == TEXT + "\n"


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_key_of_every_model_is_in_the_reference(name: str) -> None:
    for field, info in MODELS[name].model_fields.items():
        rows = [line for line in TEXT.splitlines() if line.startswith("| `") and f"{field}`" in line.split(" | ")[0]]
        assert rows, f"{name}.{field}"
        meaning = " ".join((info.description or "").split()).replace("|", "\\|")
        assert any(meaning in row for row in rows), f"{name}.{field}"


def test_every_row_of_the_reference_has_four_cells_and_none_is_empty() -> None:
    rows = [line.replace("\\|", "/") for line in TEXT.splitlines() if line.startswith("| `")]
    assert len(rows) > 300
    for row in rows:
        cells = row.strip("| ").split(" | ")
        assert len(cells) in (3, 4), row
        assert all(cell.strip() for cell in cells), row
        assert "``" not in row, row


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != WHAT_IF])
def test_every_example_of_the_reference_is_a_scenario(name: str) -> None:
    assert standing_alone(name).name == "small desk"


@pytest.mark.parametrize("section", [name for name in SCHEMA["properties"] if name in EXAMPLES])
def test_the_example_of_a_section_shows_that_section(section: str) -> None:
    assert section in example(section)


def test_the_example_of_a_what_if_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "evening.yaml"
    file.write_text(EXAMPLES[WHAT_IF], encoding="utf-8")
    assert read_what_if(file).changes == {"teams.live.shifts[1].agents": 7}
