"""Nothing depends on a cache being warm: figures are the same when nothing is remembered."""

from collections.abc import Callable

import pytest

from simulator.base import memo
from simulator.scenario import Scenario, override
from simulator.studies.experiments import sweep
from simulator.studies.running import live
from simulator.studies.running.batch import replicate
from simulator.studies.running.live import LiveRunner
from simulator.studies.running.results import Replications
from simulator.studies.tune.tuning import tune
from tests.studies.running.test_live import THRESHOLD, figures
from tests.support.desks import pilot_desk
from tests.support.known_tuning import small_desk


def replicated() -> list[Replications]:
    return [replicate(pilot_desk(weeks=1), replications=2, workers=1)]


def swept() -> list[Replications]:
    found = sweep(pilot_desk(weeks=1), f"{THRESHOLD}=0.6,0.9", replications=2, workers=1)
    return list(found.studies.values())


def tuned() -> list[Replications]:
    found = tune(small_desk(), replications=4, max_replications=20, workers=1)
    return [found.study, *found.fresh.values()]


@pytest.mark.parametrize("studies", [replicated, swept, pytest.param(tuned, marks=pytest.mark.slow)])
def test_a_study_has_the_same_figures_when_nothing_is_remembered(
    studies: Callable[[], list[Replications]], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = [kpis(study) for study in studies()]
    monkeypatch.setattr(memo, "REMEMBERED", 0)
    assert [kpis(study) for study in studies()] == usual


def test_the_live_runner_has_the_same_figures_when_it_can_keep_one_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = pilot_desk(weeks=1)
    moves = [desk, override(desk, {THRESHOLD: 0.6}), override(desk, {"arrivals.per_week": 700}), desk]
    usual = moved(LiveRunner(), moves)
    monkeypatch.setattr(memo, "REMEMBERED", 0)
    for limit in ("KEPT_TICKETS", "KEPT_CELLS", "KEPT_ANCHORS"):
        monkeypatch.setattr(live, limit, 1)
    assert moved(LiveRunner(), moves) == usual


def moved(runner: LiveRunner, desks: list[Scenario]) -> list[list[object]]:
    """All figures as somebody moves a setting, seen with groups and without."""
    return [figures(runner.replicate(desk, 2, groups=groups)) for desk in desks for groups in (False, True)]


def kpis(study: Replications) -> list[str]:
    """KPIs and amounts of both arms, as text, in which NaN equals itself."""
    arms = [arm for cell in study.results for arm in (cell.arm, cell.baseline) if arm]
    return [repr((study.anchor, dict(arm.kpis), dict(arm.costs))) for arm in arms]
