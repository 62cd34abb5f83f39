"""What is remembered of a scenario is what the function would make of it again, for that very scenario."""

import pytest

from simulator.base.memo import REMEMBERED, remembered
from simulator.scenario import override
from tests.support.desks import plain_desk


def test_a_function_is_asked_once_for_the_same_scenario_and_again_for_an_equal_one() -> None:
    asked = []
    weeks = remembered(lambda scenario: asked.append(scenario) or int(scenario.weeks))
    desk = plain_desk()
    assert [weeks(desk), weeks(desk), weeks(override(desk, {"weeks": 3})), weeks(desk)] == [1, 1, 3, 1]
    assert len(asked) == 2
    assert weeks(override(desk, {"name": "plain desk"})) == 1
    assert len(asked) == 3


@pytest.mark.slow
def test_only_the_last_scenarios_are_kept() -> None:
    asked = []
    name = remembered(lambda scenario: asked.append(scenario.name) or scenario.name)
    desks = [override(plain_desk(), {"name": f"desk {number}"}) for number in range(REMEMBERED + 1)]
    assert [name(desk) for desk in desks] == [desk.name for desk in desks]
    assert (name(desks[-1]), len(asked)) == ("desk 128", REMEMBERED + 1)
    assert (name(desks[0]), len(asked)) == ("desk 0", REMEMBERED + 2)
