"""A mode is a number in columns and a word wherever a person or a file meets it."""

import json
import pickle

import numpy as np
import pytest

from simulator.base.errors import ScenarioError
from simulator.journeys.rules import RulesInForce, drafts
from simulator.scenario import RULES, Mode, Phase, Policy, Rules, Scenario, override
from simulator.scenario.reference import json_schema
from tests.support.desks import ai_desk

WORDS = ["off", "shadow", "assist", "auto"]


def test_columns_of_modes_are_compared_with_members() -> None:
    column = np.arange(4)
    assert [list(column == mode).index(True) for mode in Mode] == [0, 1, 2, 3]
    assert [Mode.at(int(number)) for number in column] == list(Mode)
    assert drafts(column).tolist() == [False, True, True, False]


@pytest.mark.parametrize("word", WORDS)
def test_files_results_and_workers_hold_the_word(word: str) -> None:
    mode = Mode(word)
    policy = Policy(mode=word)
    assert policy.mode is mode is pickle.loads(pickle.dumps(mode))
    assert json.loads(policy.model_dump_json())["mode"] == policy.model_dump(mode="json")["mode"] == word
    assert str(mode) == f"{mode}" == word


def test_the_schema_offers_the_words() -> None:
    schema = json_schema()["$defs"]
    assert schema["Mode"]["enum"] == WORDS
    assert schema["Mode"]["type"] == "string"
    assert schema["Policy"]["properties"]["mode"]["default"] == "auto"


@pytest.mark.parametrize("given", [3, 0, True, "AUTO", "3", None])
def test_nothing_but_a_word_is_a_mode(given: object) -> None:
    with pytest.raises(ScenarioError, match="must be 'off', 'shadow', 'assist' or 'auto'"):
        override(Scenario.model_validate(ai_desk().model_dump(mode="json")), {"policy.mode": given})


def test_a_phase_that_switches_the_ai_off_is_not_taken_for_one_that_says_nothing() -> None:
    phase = Phase(name="pause", from_week=1, mode=Mode.OFF)
    assert phase.modes(Mode.AUTO) == {Mode.OFF}
    assert Phase(name="on", from_week=1).modes(Mode.AUTO) == {Mode.AUTO}


def test_the_fields_of_a_policy_are_named_once() -> None:
    assert tuple(Rules.model_fields) == tuple(RulesInForce.__dataclass_fields__) == RULES
    assert set(RULES) <= set(Policy.model_fields)
