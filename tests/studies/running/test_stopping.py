"""Stopping by precision: Law's rule, in order of replications, whoever computes them."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from simulator.base.errors import StudyError
from simulator.studies.running.batch import replicate, run_stored, run_variants
from simulator.studies.running.results import Replications
from simulator.studies.running.stopping import PRECISE_KPIS, Precision, how_many, shortfalls
from simulator.studies.running.variants import Variant
from tests.support.desks import ai_desk, changed, plain_desk

DESK = ai_desk(arrivals={"per_week": 60})
FIVE = Precision(0.05, ("tickets",), least=3, most=60)


@pytest.fixture(scope="module")
def long() -> Replications:
    return replicate(DESK, replications=60, workers=1)


def first_enough(values: list[float], relative: float, least: int) -> int:
    """Apply the rule as the book writes it, with SciPy's own interval."""
    for n in range(least, len(values) + 1):
        low, high = stats.t.interval(0.95, n - 1, loc=np.mean(values[:n]), scale=stats.sem(values[:n]))
        if (high - low) / 2 / abs(np.mean(values[:n])) <= relative / (1 + relative):
            return n
    raise AssertionError("never")


@pytest.mark.parametrize("relative", [0.05, 0.08, 0.3])
def test_it_stops_at_the_first_number_that_is_precise_enough(relative: float, long: Replications) -> None:
    wanted = first_enough(long.values("tickets").tolist(), relative, 3)
    found = replicate(DESK, replications=Precision(relative, ("tickets",), least=3, most=60), workers=1)
    assert len(found) == wanted
    assert found.values("aht").tolist() == long.values("aht")[:wanted].tolist()


@pytest.mark.slow
def test_every_kpi_of_every_variant_must_be_precise(long: Replications) -> None:
    kpis = ("aht", "first_response_mean")
    other = changed(DESK, teams__support__agents=2)
    second = replicate(other, replications=60, workers=1)
    wanted = max(first_enough(study.values(kpi).tolist(), 0.1, 3) for study in (long, second) for kpi in kpis)
    # The rule is checked at each n for all together, and each may lose its precision again later.
    found = run_variants(
        [Variant("one", DESK), Variant("other", other)], replications=Precision(0.1, kpis, 3, 60), workers=1
    )
    lengths = {len(study) for study in found.values()}
    assert len(lengths) == 1
    assert wanted <= lengths.pop() <= 60


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["threads:3", "processes:2"])
def test_the_number_does_not_depend_on_workers(workers: str, tmp_path: Path) -> None:
    alone = replicate(DESK, replications=FIVE, workers=1)
    assert 3 < len(alone) < 60
    variant = Variant("desk", DESK)
    found = run_stored([variant], tmp_path, replications=FIVE, workers=workers)["desk"]
    assert found.values("aht").tolist() == alone.values("aht").tolist()
    # What was computed beyond it waits in the store, and is not used either.
    more = run_stored([variant], tmp_path, replications=len(alone) + 6, workers=1)["desk"]
    again = run_stored([variant], tmp_path, replications=FIVE, workers=workers)["desk"]
    assert len(more) == len(alone) + 6
    assert again.values("aht").tolist() == alone.values("aht").tolist()


def test_a_constant_is_precise_and_a_single_value_is_not() -> None:
    rule = Precision(0.02)
    assert rule.is_met([3.0, 3.0])
    assert rule.is_met([0.0, 0.0, 0.0])
    assert not rule.is_met([3.0])
    assert not rule.is_met([3.0, math.nan])
    assert not rule.is_met([math.nan, math.nan])
    assert not rule.is_met([-1.0, 1.0])


def test_intervals_cut_at_their_bounds_do_not_pass_for_precise() -> None:
    # Cut at 0 and 1 the half-width of these shares would be a third of what it is.
    assert not Precision(0.5).is_met([0.99, 1.0, 0.2])


def test_the_number_needed_grows_with_the_square_of_the_precision() -> None:
    values = np.random.default_rng(3).normal(10, 2, 50)
    one, half = Precision(0.04).needed(values), Precision(0.02).needed(values)
    assert one is not None
    assert half is not None
    assert half / one == pytest.approx((0.04 / 1.04 / (0.02 / 1.02)) ** 2, rel=0.05)
    half_width = stats.t.ppf(0.975, 49) * values.std(ddof=1) / math.sqrt(50)
    assert half == math.ceil(50 * (half_width / (0.02 / 1.02 * values.mean())) ** 2)
    assert Precision(0.02).needed([-1.0, 1.0]) is None


def test_what_is_not_reached_is_told_with_what_it_would_take() -> None:
    rule = Precision(0.001, ("aht", "tickets"), least=2, most=4)
    study = replicate(DESK, replications=rule, workers=1)
    assert len(study) == 4
    first, second = shortfalls(rule, {"desk": study})
    found = study.estimate("aht")
    reached = f"± {found.half_width / found.mean:.1%}"
    needed = rule.needed(study.values("aht"))
    assert first == (
        f"aht did not reach a precision of 0.10% in 4 replications: {reached}; it would take about {needed:,}"
    )
    assert second.startswith("tickets did not")
    assert shortfalls(Precision(0.9, ("aht",), 2, 4), {"desk": study}) == []
    assert " of other did not reach" in shortfalls(rule, {"desk": study, "other": study})[2]


def test_a_kpi_around_zero_is_told_to_be_beyond_reach() -> None:
    rule = Precision(0.02, ("saving_cash",), 2, 3)
    scenario = ai_desk(arrivals={"per_week": 40}, costs={"agent_per_hour": 20})
    assert shortfalls(rule, {"desk": replicate(scenario, replications=rule, workers=1)}) == []  # 0 without exception.
    none = Precision(0.02, ("aht_triage",), 2, 3)
    (told,) = shortfalls(none, {"desk": replicate(scenario, replications=none, workers=1)})
    assert told.endswith("no mean to measure it by; more replications may not mend that")


def test_by_itself_it_watches_kpis_that_the_desk_has() -> None:
    full = ai_desk(csat={"human_mean": 4}, costs={"agent_per_hour": 20})
    assert Precision(0.02).kpis_of(Variant("full", full)) == PRECISE_KPIS
    bare = Precision(0.02).kpis_of(Variant("plain", plain_desk()))
    assert {"aht", "first_response_mean", "occupancy"} <= set(bare) < set(PRECISE_KPIS)


# -- options ---------------------------------------------------------------------------------------------------


def test_options_are_read() -> None:
    assert how_many() == 10
    assert how_many(4) == 4
    assert how_many(precision="2%") == Precision(0.02)
    assert how_many(precision="0.05", kpis=["aht"], least=5, most=50) == Precision(0.05, ("aht",), 5, 50)
    assert how_many(precision="2%", most=4) == Precision(0.02, (), 4, 4)
    assert how_many(precision="2%", least=300) == Precision(0.02, (), 300, 300)


@pytest.mark.parametrize(("options", "message"), [
    ({"precision": "two"}, "--precision: is 'two'; must be a share such as 2%"),
    ({"precision": "0"}, "precision is 0; must be between 0 and 1"),
    ({"precision": "nan"}, "must be"),
    ({"precision": "150%"}, "precision is 1.5; must be between 0 and 1"),
    ({"precision": "2%", "replications": 5}, "--replications: is 5; with --precision"),
    ({"precision": "2%", "least": 1}, "replications are to be from 1 to 200; must have 2 or more"),
    ({"precision": "2%", "least": 9, "most": 8}, "replications are to be from 9 to 8"),
    ({"precision": "2%", "most": 100_001}, "at most 100,000"),
    ({"precision": "2%", "kpis": ["ath"]}, "KPI 'ath' is not known; must be one of tickets"),
    ({"precision": "2%", "kpis": ["payback_months"]}, "has no mean unless every replication pays back"),
    ({"least": 3}, "--min-replications: says when to stop, but not how precisely; give --precision, too"),
])  # fmt: skip
def test_options_that_cannot_be_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(StudyError) as caught:
        how_many(**options)
    assert message in str(caught.value)


def test_a_kpi_that_the_scenario_has_not_is_refused() -> None:
    with pytest.raises(StudyError, match="KPI 'csat_mean' does not exist for plain desk; must be one of tickets"):
        replicate(plain_desk(), replications=Precision(0.02, ("csat_mean",)), workers=1)
