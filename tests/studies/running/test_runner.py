"""The runner: what a search asks for twice is simulated once, and a search that was stopped comes by again."""

from pathlib import Path

import pytest

from simulator.base.errors import OutputError
from simulator.scenario import Scenario, override
from simulator.studies.running import batch
from simulator.studies.running.batch import Runner, run_variants
from simulator.studies.running.store import FILE
from simulator.studies.running.variants import Variant
from tests.studies.running.test_store import SMALL, same
from tests.support.desks import ai_desk

DESK = ai_desk(**SMALL)


def setting(threshold: float, desk: Scenario = DESK) -> Variant:
    changed = override(desk, {"policy.answer_threshold": threshold})
    return Variant(f"t={threshold}", changed, (("policy.answer_threshold", str(threshold)),), desk)


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """List the cells that are simulated, as (variant, replication)."""
    cells: list[tuple[str, int]] = []
    honest = batch.simulate_task

    def noted(task: batch.Task) -> list[tuple[str, batch.Replication]]:
        cells.extend((desk.variant, task.replication) for desk in task.desks)
        return honest(task)

    monkeypatch.setattr(batch, "simulate_task", noted)
    return cells


@pytest.mark.parametrize("on_disk", [True, False])
def test_what_is_asked_for_twice_is_simulated_once(
    on_disk: bool, tmp_path: Path, simulated: list[tuple[str, int]]
) -> None:
    low, high = setting(0.6), setting(0.9)
    with Runner(tmp_path if on_disk else None, DESK, workers=1) as runner:
        runner.run([low, high], 2, stage="first look")
        found = runner.run([high], 3, stage="closer")
    wanted = [(low.name, 0), (low.name, 1), (high.name, 0), (high.name, 1), (high.name, 2)]
    assert sorted(simulated) == sorted(wanted)
    assert [cell.number for cell in found[high.name].results] == [0, 1, 2]


def test_a_search_that_comes_again_finds_its_results_in_the_store(
    tmp_path: Path, simulated: list[tuple[str, int]]
) -> None:
    low, high = setting(0.6), setting(0.9)
    with Runner(tmp_path, DESK, workers=1) as runner:
        before = runner.run([low, high], 2, first=5, stage="fresh customers")
    simulated.clear()
    with Runner(tmp_path, DESK, workers=1) as runner:
        after = runner.run([low, high], 2, first=5, stage="fresh customers")
    assert simulated == []
    for name in (low.name, high.name):
        assert all(same(one, two) for one, two in zip(before[name].results, after[name].results, strict=True))
    assert before[low.name].anchor == after[low.name].anchor


def test_replications_from_a_later_one_on_are_those_of_a_long_study() -> None:
    both = [setting(0.6), setting(0.9)]
    whole = run_variants(both, replications=5, workers=1)
    with Runner(None, DESK, workers=1) as runner:
        tail = runner.run(both, 2, first=3, stage="tail")
    for name, study in tail.items():
        assert all(same(one, two) for one, two in zip(study.results, whole[name].results[3:], strict=True))


def test_figures_by_group_are_simulated_when_first_wanted(tmp_path: Path, simulated: list[tuple[str, int]]) -> None:
    high = setting(0.9)
    with Runner(tmp_path, DESK, workers=1) as runner:
        runner.run([high], 1, stage="KPIs")
        whole = runner.run([high], 1, stage="all", detail=True)
        runner.run([high], 1, stage="KPIs again")
    assert len(simulated) == 2
    assert whole[high.name].results[0].arm.load.backlog.sum() >= 0
    assert whole[high.name].results[0].groups


def test_stages_are_told_from_their_beginning_to_their_end() -> None:
    told: list[tuple[str, int, int]] = []
    with Runner(None, DESK, workers=1, progress=lambda *news: told.append(news)) as runner:
        runner.run([setting(0.6)], 2, stage="looking")
    assert told == [("looking", 0, 0), ("looking", 1, 2), ("looking", 2, 2)]


def test_another_scenario_does_not_go_on_in_the_same_folder(tmp_path: Path) -> None:
    with Runner(tmp_path, DESK, workers=1) as runner:
        runner.run([setting(0.6)], 1, stage="looking")
    with pytest.raises(OutputError, match="holds results of another scenario"):
        Runner(tmp_path, override(DESK, {"weeks": 2}), workers=1)
    other = setting(0.6, override(DESK, {"weeks": 2}))
    with Runner(tmp_path, DESK, workers=1) as runner, pytest.raises(OutputError, match="another scenario named 't=0"):
        runner.run([other], 1, stage="looking")


def test_nothing_is_left_where_nothing_was_finished(tmp_path: Path) -> None:
    with Runner(tmp_path / "new", DESK, workers=1):
        assert (tmp_path / "new" / FILE).exists()
    assert not (tmp_path / "new").exists()
