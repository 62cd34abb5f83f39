"""Rules by which tuning decides, each against figures worked out by hand."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulator.base.errors import StudyError
from simulator.journeys.ai_stage import judged_by
from simulator.metrics.registry import BY_NAME
from simulator.scenario import override
from simulator.studies.running.batch import Runner
from simulator.studies.running.results import Arm, Replication, Replications, Values
from simulator.studies.targets import Target
from simulator.studies.tune import choice, tuning
from simulator.studies.tune.choice import GuardVerdict, choose, finalists_of, select_best
from simulator.studies.tune.goal import Goal, read_goal
from simulator.studies.tune.robustness import _drift, _is_as_good
from simulator.studies.tune.search import Candidate, Search
from simulator.studies.tune.space import ThresholdSetting, space_of
from simulator.studies.tune.static_rule import RulePrices, StaticRule
from simulator.studies.tune.tuning import tune
from simulator.tickets import draw_tickets
from tests.support.desks import ai_desk
from tests.support.known_tuning import small_desk

VALUE, WRONG = "net_value_capacity", "wrong_answer"
GOAL = Goal(BY_NAME[VALUE], (Target(WRONG, "<=", 0.1),))


def measured(values: list[float] | np.ndarray, wrong: list[float] | np.ndarray) -> Replications:
    """Make a study with an objective and a guarded KPI."""
    cells = tuple(
        Replication(number, Arm(Values({VALUE: float(value), WRONG: float(share)}), Values({}), None), None, Values({}))
        for number, (value, share) in enumerate(zip(values, wrong, strict=True))
    )
    return Replications(ai_desk(), 1, "fast", None, cells)


def around(mean: float, spread: float, count: int) -> np.ndarray:
    """Return numbers with exactly this mean and standard deviation."""
    shape = np.tile([1.0, -1.0], count // 2)
    return mean + spread * shape / shape.std(ddof=1)


def candidate(threshold: float, found: Replications) -> Candidate:
    return Candidate(ThresholdSetting((threshold,), ()), "test", found)


# -- Kim and Nelson's procedure --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("others", "first", "alpha"), [(1, 10, 0.1), (4, 16, 0.05)])
def test_an_alternative_is_dropped_at_the_replication_of_kim_and_nelsons_boundary(others, first, alpha):
    # eta solves g(eta) = alpha / (k - 1) with g(eta) = (1 + 2 eta) ** (-(n0 - 1) / 2) / 2 (their equation for c = 1).
    eta = ((2 * alpha / others) ** (-2 / (first - 1)) - 1) / 2
    assert (1 + 2 * eta) ** (-(first - 1) / 2) / 2 == pytest.approx(alpha / others)
    delta, lead, spread = 1.0, 1.0, 8.0
    ahead = around(lead, spread, 1000)
    values = np.vstack([ahead, np.zeros((others, 1000))])
    variance = ahead[:first].var(ddof=1)
    h2 = 2 * eta * (first - 1)

    def is_over(r: int) -> bool:
        return ahead[:r].mean() - max(0.0, delta / (2 * r) * (h2 * variance / delta**2 - r)) > 0

    expected = next(r for r in range(first, 1000) if is_over(r))
    assert expected > first + 3
    found = select_best(
        lambda some, count: values[list(some), :count], others + 1, delta, alpha=alpha, first=first, most=1000
    )
    assert found.best == 0
    assert set(found.dropped[1:]) == {expected}


def test_an_alternative_whose_mean_is_decided_by_the_last_replication_has_steins_zone():
    first, most, alpha = 10, 20, 0.1
    values = np.vstack([around(0.01, 5.0, 40), np.zeros(40)])
    found = select_best(
        lambda some, count: values[list(some), :count], 2, 0.001, alpha=alpha, first=first, most=most
    )
    reach = stats.t.ppf(1 - alpha / 2, first - 1) * values[0, :first].std(ddof=1) / np.sqrt(most)
    assert found.indifference == pytest.approx(reach)
    assert found.replications == most


# -- guard-rails -----------------------------------------------------------------------------------------------------


def test_a_finalist_keeps_a_guard_rail_when_its_bound_for_all_looks_does():
    alpha, count, error = 0.05, 16, 0.01
    half = stats.t.ppf(1 - alpha / choice.LOOKS, count - 1) * error

    def verdict(room: float) -> GuardVerdict:
        wrong = around(0.1 - room, error * np.sqrt(count), count)
        return choice._verdict(GOAL, measured(np.ones(count), wrong), alpha)

    assert verdict(half + 1e-6) is GuardVerdict.KEEPS
    assert verdict(half - 1e-6) is GuardVerdict.UNSURE
    assert verdict(-half + 1e-6) is GuardVerdict.UNSURE
    assert verdict(-half - 1e-6) is GuardVerdict.MISSES
    # Twice as many guard-rails, each with half the error allowed.
    both = Goal(GOAL.kpi, (*GOAL.targets, Target(WRONG, ">=", 0.0)))
    wrong = around(0.1 - half - 1e-6, error * np.sqrt(count), count)
    assert choice._verdict(both, measured(np.ones(count), wrong), alpha) is GuardVerdict.UNSURE


def test_an_objective_without_value_is_not_taken_for_a_missed_guard_rail():
    found = measured([1.0, np.nan, 1.0, 1.0], [0.0] * 4)
    assert choice._verdict(GOAL, found, 0.05) is GuardVerdict.VALUELESS


@dataclass
class Lab:
    """Gives figures that were made up for each setting."""

    figures: dict[str, Replications]

    def run(self, names: list[str], count: int, *, first: int, stage: str) -> dict[str, Replications]:
        return {name: Replications(ai_desk(), 1, "fast", None, self.figures[name].results[:count]) for name in names}


class Named:
    @staticmethod
    def variant(setting: ThresholdSetting) -> str:
        return setting.name


def test_the_choice_leaves_out_what_is_in_doubt_and_its_margins_count_all_finalists(monkeypatch):
    count = 64
    good, better = around(5, 0.1, count), around(9, 0.1, count)
    one = candidate(0.9, measured(good, np.full(count, 0.02)))
    two = candidate(0.8, measured(good - 1, np.full(count, 0.03)))
    doubtful = candidate(0.7, measured(better, around(0.099, 0.05, count)))
    bad = candidate(0.6, measured(better + 1, np.full(count, 0.5)))
    finalists = [one, two, doubtful, bad]
    levels = []
    honest = choice.select_best

    def noted(*args: Any, alpha: float, **more: Any):
        levels.append(alpha)
        return honest(*args, alpha=alpha, **more)

    monkeypatch.setattr(choice, "select_best", noted)
    runner: Any = Lab({other.name: other.study for other in finalists})
    found = choose(runner, Named(), GOAL, finalists, first=0, most=count, confidence=0.94, indifference=0.5)
    assert found.winner is one
    assert found.in_play == (one, two)
    assert found.left_out == (doubtful,)
    assert [str(verdict).split()[0] for verdict in found.verdicts] == ["keeps", "keeps", "may", "misses"]
    # One pair of the three that the best makes with the other finalists.
    assert levels == pytest.approx([0.06 / 3])
    assert found.selection is not None
    assert found.selection.confidence == 0.94
    doubted = dict(zip(found.finalists, found.studies, strict=True))[doubtful]
    assert len(doubted) == choice.FIRST * 2 ** (choice.LOOKS - 1)


def test_among_settings_alike_in_the_objective_one_that_keeps_guard_rails_with_room_is_a_finalist():
    narrow = candidate(0.7, measured(around(5.0, 0.1, 4), around(0.0999, 0.05, 4)))
    safe = candidate(0.9, measured(around(4.99, 0.1, 4), np.full(4, 0.01)))
    lavish = candidate(0.95, measured(around(4.9, 0.1, 4), np.full(4, 0.005)))

    class Searched:
        goal = GOAL
        ranked = (narrow, safe, lavish)
        space = space_of(small_desk(), per_intent=False)

    assert finalists_of(Searched(), 1000.0) == (narrow, safe)


def test_misses_add_up_each_as_a_part_of_its_bound():
    goal = Goal(GOAL.kpi, (Target(WRONG, "<=", 0.1), Target(VALUE, ">=", 50.0), Target(WRONG, "<=", 0.0)))
    found = measured([40.0] * 4, [0.12] * 4)
    assert goal.violation(found) == pytest.approx(0.02 / 0.1 + 10 / 50 + 0.12)
    assert goal.violation(measured([60.0] * 4, [0.0] * 4)) == 0


# -- ties ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behind", "spread", "wrong", "as_good"),
    [
        (0.5, 0.1, 0.05, True),  # clearly worse, but by less than matters
        (1.5, 0.1, 0.05, False),
        (1.5, 9.0, 0.05, True),  # worse by more than matters, but not more than chance
        (-1.0, 0.1, 0.2, False),  # better, but it misses a guard-rail
    ],
)
def test_a_threshold_is_as_good_within_the_indifference_zone_or_within_chance(behind, spread, wrong, as_good):
    best = measured(np.full(10, 5.0), np.full(10, 0.05))
    other = measured(around(5.0 - behind, spread, 10), np.full(10, wrong))
    assert _is_as_good(GOAL, other, best, 1.0) is as_good


def test_where_neither_setting_has_a_value_there_is_no_gain():
    payback = Goal(BY_NAME["payback_months"], ())
    cells = [
        Replications(
            ai_desk(), 1, "fast", None,
            tuple(
                Replication(number, Arm(Values({"payback_months": value}), Values({}), None), None, Values({}))
                for number, value in enumerate(values)
            ),
        )
        for values in ((3.0, np.nan, 4.0, np.nan), (5.0, np.nan, np.nan, 2.0))
    ]  # fmt: skip
    assert payback.gains(*cells) == pytest.approx([2.0, np.nan, np.inf, -np.inf], nan_ok=True)


def test_a_calibration_error_changes_what_is_right_and_not_what_the_ai_says_of_itself():
    desk = ai_desk(arrivals={"per_week": 3000})
    wrong = override(desk, {"ai.drift": _drift(desk, -1.0)})
    tickets = draw_tickets(desk, 1, 0)
    before, after = judged_by(desk, tickets), judged_by(wrong, draw_tickets(wrong, 1, 0))
    assert np.array_equal(before.answer_confidence, after.answer_confidence)
    assert after.right.mean() < before.right.mean() - 0.1


# -- the search and its limits ---------------------------------------------------------------------------------------


def test_present_thresholds_that_are_a_static_optimum_lie_on_the_frontier():
    desk = small_desk(arrivals={"per_week": 60})
    optimum = StaticRule(space_of(desk, per_intent=False), 1).thresholds(RulePrices(1.0)).answer[0]
    desk = override(desk, {"policy.answer_threshold": optimum})
    space = space_of(desk, per_intent=False)
    with Runner(None, desk, workers=1) as runner:
        search = Search(runner, space, read_goal(desk), StaticRule(space, 1), 2)
        search._try_prices()
    here = search.found[space.as_is.name]
    assert here.origin == "as is"
    assert here.prices is not None
    assert StaticRule(space, 1).thresholds(here.prices) == space.as_is


def test_an_objective_without_any_value_is_refused(monkeypatch):
    monkeypatch.setattr(tuning, "MOST", 4)
    desk = small_desk(arrivals={"per_week": 60})
    with pytest.raises(StudyError, match="--objective sla_breach_resolution: has no value with any setting"):
        tune(desk, objective="sla_breach_resolution", workers=1)


def test_a_seed_that_cannot_be_is_refused():
    with pytest.raises(StudyError, match="seed is -1; must be a whole number"):
        tune(small_desk(), seed=-1, workers=1)
