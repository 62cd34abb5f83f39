"""Replications: the same whoever computes them, with intervals that textbooks give."""

import math
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from simulator.base.errors import StudyError
from simulator.base.stats import estimate
from simulator.run import simulate
from simulator.studies.run.outputs import write_csv
from simulator.studies.running.batch import replicate
from simulator.studies.running.results import Replication, Replications, summarise, summarise_baseline, summarise_groups
from tests.support.desks import ai_desk, plain_desk

SMALL = {"arrivals": {"per_week": 60}, "csat": {"human_mean": 4.2}, "costs": {"agent_per_hour": 20}}


@pytest.fixture(scope="module")
def four() -> Replications:
    return replicate(ai_desk(**SMALL), replications=4, seed=7, workers=1)


def figures(result: Replication) -> dict[object, float]:
    """Return every figure of a replication, by arm and name."""
    found: dict[object, float] = dict(result.groups)
    for name, arm in (("with AI", result.arm), ("AI off", result.baseline)):
        assert arm is not None
        found |= {(name, kpi): value for kpi, value in arm.kpis.items()}
        found |= {(name, link): count for link, count in arm.flow.items()}
        found |= {(name, kind): amount for kind, amount in arm.costs.items()}
        found |= {(name, "busy", hour): minutes for hour, minutes in enumerate(arm.load.busy.sum(axis=0).tolist())}
    return found


def assert_same(one: Replication, other: Replication) -> None:
    mine, theirs = figures(one), figures(other)
    assert one.number == other.number
    assert mine.keys() == theirs.keys()
    assert np.array_equal(list(mine.values()), list(theirs.values()), equal_nan=True)


def test_two_workers_find_exactly_what_one_finds(four: Replications) -> None:
    shared = replicate(ai_desk(**SMALL), replications=4, seed=7, workers=2)
    assert shared.anchor == four.anchor
    for one, other in zip(four.results, shared.results, strict=True):
        assert_same(one, other)


def test_a_replication_does_not_depend_on_how_many_are_run(four: Replications) -> None:
    two = replicate(ai_desk(**SMALL), replications=2, seed=7, workers=1)
    for one, other in zip(two.results, four.results, strict=False):
        assert_same(one, other)


def test_replications_meet_different_customers_and_so_do_seeds(four: Replications) -> None:
    assert len(set(four.values("first_response_mean"))) == 4
    other = replicate(ai_desk(**SMALL), replications=1, seed=8, workers=1)
    assert other.values("first_response_mean")[0] not in four.values("first_response_mean")


def test_the_same_seed_gives_the_same_bytes(four: Replications, tmp_path: Path) -> None:
    again = replicate(ai_desk(**SMALL), replications=4, seed=7, workers=1)
    for table in (summarise, summarise_groups, summarise_baseline):
        write_csv(table(four), tmp_path / "one.csv")
        write_csv(table(again), tmp_path / "other.csv")
        content = (tmp_path / "one.csv").read_bytes()
        assert content == (tmp_path / "other.csv").read_bytes()
        assert content.count(b"\n") > 20


def test_a_replication_is_the_run_of_its_number(four: Replications) -> None:
    run = simulate(ai_desk(**SMALL), seed=7, replication=2)
    assert len(run.tickets) == four.values("tickets")[2]
    closed = run.tickets.outcome == "resolved"
    assert four.values("resolved")[2] == pytest.approx(closed.mean())


# -- intervals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 10, 200])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_intervals_are_students(n: int, level: float) -> None:
    values = np.random.default_rng(n).normal(5, 2, n)
    low, high = stats.t.interval(level, n - 1, loc=values.mean(), scale=stats.sem(values))
    found = estimate(values, level=level)
    assert (found.mean, found.low, found.high) == pytest.approx((values.mean(), low, high), rel=1e-9)
    assert found.half_width == pytest.approx((high - low) / 2)


def test_differences_are_paired_by_replication(four: Replications) -> None:
    with_ai, without = four.values("human_hours"), four.values("human_hours", baseline=True)
    paired = stats.ttest_rel(with_ai, without).confidence_interval(0.95)
    found = four.difference("human_hours")
    assert (found.low, found.high) == pytest.approx((paired.low, paired.high), rel=1e-9)
    assert found.mean == pytest.approx((with_ai - without).mean())
    unpaired = estimate(with_ai).half_width + estimate(without).half_width
    assert found.half_width < unpaired


def test_intervals_end_where_no_mean_can_lie() -> None:
    low, high = stats.t.interval(0.95, 2, loc=0.9, scale=stats.sem([0.8, 0.9, 1.0]))
    assert low > 0.6
    assert high > 1
    found = estimate([0.8, 0.9, 1.0], (0, 1))
    assert (found.mean, found.low, found.high) == pytest.approx((0.9, low, 1.0))


def test_every_interval_holds_its_mean() -> None:
    # Two hours a day, and an hour's work for each ticket: people work long after their shift.
    shifts = [{"days": "mon-fri", "start": "09:00", "end": "11:00", "agents": 1}]
    scenario = ai_desk(
        **SMALL,
        intents={"question": {"handle": {"form": "constant", "value": "70m"}}},
        teams={"support": {"agents": None, "shifts": shifts}},
    )
    study = replicate(scenario, replications=3, workers=1)
    assert study.estimate("occupancy").mean > 1
    for kpi in study.kpi_names:
        found = study.estimate(kpi)
        if found.replications > 1 and not math.isnan(found.mean):
            assert found.low <= found.mean <= found.high, kpi


def test_an_interval_tells_whether_it_excludes_0() -> None:
    assert estimate([1.0, 1.1, 0.9]).excludes_zero
    assert estimate([-1.0, -1.1, -0.9]).excludes_zero
    assert not estimate([1.0, -1.1, 0.2]).excludes_zero
    assert not estimate([1.0]).excludes_zero


def test_replications_without_a_value_are_not_counted() -> None:
    found = estimate([1.0, float("nan"), 3.0])
    assert (found.mean, found.replications) == (2.0, 2)
    alone = estimate([float("nan"), 4.0])
    assert (alone.mean, alone.replications) == (4.0, 1)
    assert np.isnan([alone.low, alone.high]).all()
    nothing = estimate([float("nan")] * 3)
    assert nothing.replications == 0
    assert np.isnan([nothing.mean, nothing.low, nothing.high]).all()


def test_the_summary_says_in_how_many_replications_a_figure_exists() -> None:
    scenario = plain_desk(arrivals={"per_week": 1}, intents={"question": {"reopen": 0.5}})
    study = replicate(scenario, replications=6, workers=1)
    rows = summarise(study).set_index("kpi")
    assert rows.index.tolist() == list(study.kpi_names)
    some = int((study.values("tickets") > 0).sum())
    assert 0 < some < 6
    assert rows.replications["tickets"] == 6
    assert rows.replications["aht"] == rows.replications["resolved"] == some
    assert rows.replications["aht_triage"] == 0


def test_groups_have_their_own_estimates(four: Replications) -> None:
    table = summarise_groups(four)
    row = table[(table.grouping == "difficulty") & (table.group == "hardest tenth") & (table.kpi == "tickets")].iloc[0]
    values = [result.groups["difficulty", "hardest tenth", "tickets"] for result in four.results]
    assert row["mean"] == pytest.approx(np.mean(values))
    assert four.group_values("difficulty", "tickets")["hardest tenth"].mean == pytest.approx(np.mean(values))
    assert not table.duplicated(["grouping", "group", "kpi"]).any()


def test_a_desk_without_ai_is_its_own_baseline() -> None:
    study = replicate(plain_desk(), replications=2, workers=1)
    assert not study.has_baseline
    assert summarise_baseline(study).empty


# -- running ---------------------------------------------------------------------------------------------------


def test_progress_is_told_after_each_replication() -> None:
    told: list[tuple[int, int]] = []
    replicate(plain_desk(), replications=3, workers=1, progress=lambda done, of: told.append((done, of)))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(("numbers", "message"), [
    ({"replications": 0}, "replications is 0; must be from 1 to 100,000"),
    ({"replications": 100_001}, "replications is 100001"),
    ({"workers": 0}, "workers is 0; must be 1 or more"),
    ({"seed": -1}, "seed is -1; must be a whole number, 0 or more"),
])  # fmt: skip
def test_numbers_that_cannot_be_are_refused(numbers: dict[str, int], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        replicate(plain_desk(csat={"human_mean": 4}), **{"workers": 1, "replications": 1, **numbers})


def test_an_unknown_kpi_is_told_with_the_known_ones(four: Replications) -> None:
    with pytest.raises(StudyError, match="KPI 'ath' is not known; must be one of tickets, resolved"):
        four.estimate("ath")


INTERRUPTED = """
    import os, subprocess
    from simulator.studies.running.batch import replicate
    from tests.support.desks import ai_desk

    def workers():
        lines = subprocess.check_output(["ps", "-Aww", "-o", "ppid=,stat=,args="], text=True).split("\\n")
        words = [line.split(None, 2) for line in lines if "popen_loky" in line]
        return [line for line in words if line[0] == str(os.getpid()) and not line[1].startswith("Z")]

    def stop(done, of):
        print("at work:", len(workers()))
        raise KeyboardInterrupt

    try:
        replicate(ai_desk(arrivals={"per_week": 3000}), replications=40, workers="processes:2", progress=stop)
    except KeyboardInterrupt:
        print("left over:", len(workers()))
"""


@pytest.mark.slow
def test_an_interrupt_ends_the_workers_without_a_word() -> None:
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(INTERRUPTED)]
    root = Path(__file__).parents[3]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=root)
    assert ended.stdout.split("\n")[:2] == ["at work: 2", "left over: 0"]
    assert ended.stderr == ""
    assert ended.returncode == 0
