"""The fast engine against theory, row by row; both engines against each other on every row's desk."""

from collections.abc import Callable

import pytest

from simulator.run import simulate
from tests.support.known_results import CASES, Case
from tests.support.parity import differences

each_case = pytest.mark.parametrize("make", CASES, ids=[make.__name__ for make in CASES])


@each_case
def test_on_the_fast_engine(make: Callable[[], Case]) -> None:
    rows = list(make().rows())
    assert rows
    for row in rows:
        row.check()


@each_case
def test_both_engines_live_through_the_first_day_alike(make: Callable[[], Case]) -> None:
    desk = make().desk
    fast, slow = (simulate(desk.first_day(), seed=desk.seed, engine=engine) for engine in ("fast", "simpy"))
    assert len(fast.customers) > 300
    assert differences(fast.log, slow.log) == []
