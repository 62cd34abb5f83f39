"""The fast engine against theory, row by row; both engines against each other on every row's desk."""

from collections.abc import Callable

import pytest

from simulator.run import simulate
from tests.support.known_results import CASES, Case
from tests.support.parity import differences

LARGE = {
    "whitts_call_centre_of_100_agents_loses_and_keeps_whom_his_table_says",
    "time_in_the_house_has_the_tail_of_m_m_c",
    "a_call_centre_of_14_agents_waits_as_erlang_c_says",
    "replayed_batches_queue_as_batch_theory_says",
    "twelve_agents_settle_where_the_steady_state_says",
    "eight_hours_from_empty_agree_with_the_exact_solution_and_with_a_published_simulation",
    "a_call_centre_of_15_agents_waits_as_erlang_c_says",
    "a_day_with_two_peaks_loses_the_impatient_as_the_kolmogorov_equations_say",
    "a_day_with_two_peaks_queues_as_the_kolmogorov_equations_say",
    "reopened_tickets_load_the_desk_as_jackson_says",
    "lognormal_handle_times_wait_as_pollaczek_and_khinchine_say",
    "erlang_2_handle_times_wait_as_pollaczek_and_khinchine_say",
    "two_intents_of_different_work_wait_as_cobham_says",
    "infinitely_many_agents_follow_a_sinusoid_as_eick_massey_and_whitt_say",
}
"""Cases of some million tickets; the others hold Erlang's, Cobham's and Pollaczek's laws in the quick tests, too."""
each_case = pytest.mark.parametrize("make", CASES, ids=[make.__name__ for make in CASES])
each_case_by_size = pytest.mark.parametrize(
    "make", [pytest.param(make, marks=[pytest.mark.slow] * (make.__name__ in LARGE)) for make in CASES],
    ids=[make.__name__ for make in CASES],
)  # fmt: skip


def test_large_cases_are_cases() -> None:
    assert {make.__name__ for make in CASES} > LARGE


@each_case_by_size
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
