"""The verdict's mathematics: what a sample of graded answers and a survey can tell, against counting by hand."""

from itertools import product
from math import comb
from types import SimpleNamespace

import numpy as np
import pytest

from simulator.report.pilot import sentences
from simulator.scenario import Gates
from simulator.studies.pilot.gates import share_of
from simulator.studies.pilot.verdict import VERDICTS, Judge, Week, ratio_of, safety, sizes

SCALE, ADJUST, OVERHAUL = range(3)


def week(answers: list[int], right: list[int], **survey: list[int]) -> Week:
    """Make a week of one or more replications; without a survey nobody was asked."""
    none = [0] * len(answers)
    columns = [answers, right, *(survey.get(name, none) for name in ("alone", "satisfied", "surveyed"))]
    return Week(*(np.array(column) for column in columns))


def judge(there: Week, human: float | None = None, **gates: float) -> Judge:
    given = Gates.model_validate(gates)
    return Judge(given, there, None if human is None else np.full(len(there.answers), human))


def chance(good: int, bad: int, drawn: int, least: float) -> float:
    """Count the samples in which at least so large a share is good."""
    ways = sum(comb(good, k) * comb(bad, drawn - k) for k in range(drawn + 1) if k >= least * drawn - 1e-12)
    return ways / comb(good + bad, drawn)


@pytest.mark.parametrize(("answers", "right", "size"), [(20, 18, 10), (40, 35, 13), (300, 262, 75), (7, 7, 3)])
def test_a_sample_scales_as_often_as_counting_samples_says(answers: int, right: int, size: int) -> None:
    scale, adjust, overhaul = judge(week([answers], [right])).sampled(size).by_verdict[0]
    at_scale, at_adjust = (chance(right, answers - right, size, bound) for bound in (0.9, 0.85))
    assert scale == pytest.approx(at_scale)
    assert adjust == pytest.approx(at_adjust - at_scale, abs=1e-12)
    assert overhaul == pytest.approx(1 - at_adjust, abs=1e-12)


def test_a_sample_of_more_than_there_is_takes_all() -> None:
    there = judge(week([40, 60], [37, 50]))
    assert there.sampled(500).by_verdict == pytest.approx(there.all_graded().by_verdict)
    assert there.all_graded().by_verdict.tolist() == [[1, 0, 0], [0, 0, 1]]


def test_nine_of_ten_is_ninety_percent() -> None:
    assert judge(week([10], [9])).all_graded().by_verdict[0, SCALE] == 1
    assert judge(week([10], [9])).sampled(10).by_verdict[0, SCALE] == pytest.approx(1)
    assert judge(week([20], [17])).sampled(20).by_verdict[0, ADJUST] == pytest.approx(1)


@pytest.mark.parametrize(
    ("right", "satisfied", "verdict"),
    [(95, 90, SCALE), (90, 80, SCALE), (95, 79, ADJUST), (89, 90, ADJUST), (85, 10, ADJUST), (84, 100, OVERHAUL)],
)
def test_the_deserved_verdict_is_the_guides(right: int, satisfied: int, verdict: int) -> None:
    there = week([100], [right], alone=[100], satisfied=[satisfied], surveyed=[100])
    found = judge(there, human=0.9)
    assert found.deserved == verdict
    assert found.all_graded().by_verdict[0, verdict] == 1
    assert found.sampled(100).by_verdict[0, verdict] == pytest.approx(1)


def test_the_deserved_verdict_is_that_of_all_replications_together() -> None:
    found = judge(week([100, 100, 800], [80, 100, 740]))
    assert found.accuracy.mean == pytest.approx(0.92)
    assert found.deserved == SCALE
    assert found.all_graded().right.mean == pytest.approx(2 / 3)


def test_a_small_survey_lets_a_small_gap_fail() -> None:
    there = week([100], [100], alone=[100], satisfied=[84], surveyed=[10])
    found = judge(there, human=0.9)
    assert found.all_graded().by_verdict[0, SCALE] == 1
    assert found.sampled(50).by_verdict[0, SCALE] == pytest.approx(chance(84, 16, 10, 0.8))
    assert found.sampled(50).by_verdict[0, ADJUST] == pytest.approx(1 - chance(84, 16, 10, 0.8))


def test_where_nobody_answers_the_survey_accuracy_decides() -> None:
    there = week([100], [100], alone=[100], satisfied=[10], surveyed=[0])
    assert judge(there, human=0.9).sampled(50).by_verdict[0, SCALE] == 1


def test_where_the_ai_deals_with_nobody_alone_accuracy_decides() -> None:
    there = judge(week([100], [100]), human=0.9)
    assert there.all_graded().by_verdict[0, SCALE] == 1
    assert there.gap is None
    assert there.deserved == SCALE


def test_chances_add_up() -> None:
    there = week([300, 40], [270, 33], alone=[200, 30], satisfied=[170, 28], surveyed=[40, 9])
    found = judge(there, human=0.9)
    for chances in (found.sampled(75), found.all_graded(), found.pooled([there, there], 75)):
        assert chances.by_verdict.sum(axis=1) == pytest.approx([1, 1])
        assert (chances.by_verdict >= 0).all()
        assert chances.right.mean == chances.of(VERDICTS[found.deserved]).mean


def test_weeks_together_are_every_pair_of_samples() -> None:
    first, second = week([12], [10]), week([9], [9])
    found = judge(second).pooled([first, second], 5)
    scale = 0.0
    for one, other in product(range(6), range(6)):
        ways = comb(10, one) * comb(2, 5 - one) / comb(12, 5) * (comb(9, other) * comb(0, 5 - other) / comb(9, 5))
        scale += ways * (one + other >= 9)
    assert found.by_verdict[0, SCALE] == pytest.approx(scale)


def test_surveys_of_weeks_together_are_every_pair_of_surveys() -> None:
    first = week([5], [5], alone=[10], satisfied=[9], surveyed=[4])
    second = week([5], [5], alone=[8], satisfied=[3], surveyed=[5])
    found = judge(second, human=0.75).pooled([first, second], 5)
    scale = 0.0
    for one, other in product(range(5), range(6)):
        ways = comb(9, one) * comb(1, 4 - one) / comb(10, 4) * (comb(3, other) * comb(5, 5 - other) / comb(8, 5))
        scale += ways * ((one + other) / 9 >= 0.65)
    assert 0.1 < scale < 0.9
    assert found.by_verdict[0, SCALE] == pytest.approx(scale)


def test_a_week_in_which_the_ai_dealt_with_nobody_alone_leaves_the_other_weeks_survey() -> None:
    empty, other = week([5], [5]), week([5], [5], alone=[10], satisfied=[9], surveyed=[4])
    both = judge(other, human=0.9).pooled([empty, other], 5)
    assert both.by_verdict == pytest.approx(judge(other, human=0.9).sampled(5).by_verdict)


def test_further_surveys_are_heard_as_well() -> None:
    there = week([400], [400], alone=[100], satisfied=[84], surveyed=[10])
    found = judge(there, human=0.9)
    wanted = sum(comb(20, k) * 0.84**k * 0.16 ** (20 - k) for k in range(16, 21))
    assert found.further(2, 100) == pytest.approx(wanted)


def test_weeks_are_enough_only_if_one_or_two_more_are_enough_as_well() -> None:
    there = judge(week([100], [93]))
    found = safety(there, [(1, there.week)], 20, 0.9)
    assert found.weeks_enough is not None
    chances = [there.further(weeks, 20) for weeks in range(1, found.weeks_enough + 3)]
    assert min(chances[-3:]) >= 0.9
    assert all(min(chances[first : first + 3]) < 0.9 for first in range(found.weeks_enough - 1))


def test_further_weeks_bring_no_more_answers_than_there_are() -> None:
    found = judge(week([50, 50], [48, 48]))
    wanted = sum(comb(100, k) * 0.96**k * 0.04 ** (100 - k) for k in range(90, 101))
    assert found.further(2, 500) == pytest.approx(wanted)


@pytest.mark.parametrize(("share", "is_near"), [(0.85, True), (0.9, True), (0.95, False), (0.7, False)])
def test_a_projection_that_cannot_tell_the_side_of_a_gate_says_so(share: float, is_near: bool) -> None:
    answers = np.full(10, 200)
    right = np.rint(answers * share).astype(int) + np.array([3, -3] * 5)
    assert judge(week(answers.tolist(), right.tolist())).is_near_a_gate is is_near


def test_one_week_alone_is_pooled_with_nothing() -> None:
    there = week([300, 250], [262, 230], alone=[200, 180], satisfied=[170, 160], surveyed=[40, 30])
    found = judge(there, human=0.9)
    assert found.pooled([there], 75).by_verdict == pytest.approx(found.sampled(75).by_verdict)


def test_samples_drawn_one_by_one_agree_with_the_chances() -> None:
    """Grade 20,000 samples by drawing lots; within four standard errors."""
    lots, answers, right = np.random.default_rng(1), 290, 255
    expected = judge(week([answers], [right])).sampled(75).by_verdict[0]
    graded = lots.hypergeometric(right, answers - right, 75, size=20_000) / 75
    found = [np.mean(graded >= 0.9), np.mean((graded >= 0.85) & (graded < 0.9)), np.mean(graded < 0.85)]
    assert min(expected) > 0.05
    assert np.abs(np.array(found) - expected).max() < 4 * np.sqrt(0.25 / 20_000)


def test_further_weeks_are_binomial_and_make_the_verdict_safer() -> None:
    found = judge(week([400], [380]))
    wanted = sum(comb(100, k) * 0.95**k * 0.05 ** (100 - k) for k in range(90, 101))
    assert found.further(1, 100) == pytest.approx(wanted)
    assert found.further(5, 100) > 0.999


# -- how large a sample -------------------------------------------------------------------------------------------


def test_the_recommended_sample_is_safe_and_so_is_every_larger_one() -> None:
    found = safety(judge(week([3000, 3000], [2790, 2790])), [(4, week([3000, 3000], [2790, 2790]))], 75, 0.9)
    assert found.enough is not None
    assert all(found.by_size[size].right.mean >= 0.9 for size in found.by_size if size >= found.enough)
    smaller = max(size for size in found.by_size if size < found.enough)
    assert found.by_size[smaller].right.mean < 0.9
    assert found.enough in found.by_size
    assert found.weeks_enough is not None
    assert found.judge.further(found.weeks_enough, 75) >= 0.9


def test_close_to_a_gate_no_sample_is_enough() -> None:
    answers, right = [200] * 8, [182, 178, 181, 179, 183, 178, 182, 178]
    found = safety(judge(week(answers, right)), [(4, week(answers, right))], 75, 0.9)
    assert found.judge.is_near_a_gate
    assert found.enough is None
    assert found.all_graded.right.mean < 0.9


def test_an_ai_far_above_the_gate_needs_few() -> None:
    there = week([500], [499])
    found = safety(judge(there), [(2, there)], 75, 0.9)
    assert found.enough == min(found.by_size) == 20
    assert found.weeks_enough == 1


def test_sizes_rise_from_twenties_to_all_and_hold_the_planned_one() -> None:
    found = sizes(1234, 75)
    assert found == sorted(set(found))
    assert found[0] == 20
    assert found[-1] == 1234
    assert 75 in found
    assert sizes(8, 75) == [8, 75]
    steps = np.diff(sizes(50_000, 60))
    assert (steps[:20] == 20).all()
    assert len(steps) < 150


def test_weeks_with_other_accuracy_bias_the_pooled_verdict() -> None:
    bad, good = week([300], [200]), week([300], [285])
    found = safety(judge(good), [(1, bad), (2, good)], 75, 0.9)
    (both,) = found.pooled
    assert both.weeks == (1, 2)
    assert both.accuracy == pytest.approx(485 / 600)
    assert both.chances.right.mean < 0.1 < found.chances.right.mean


def test_accuracies_that_read_the_same_are_not_set_against_each_other() -> None:
    def said(earlier: int) -> str:
        there, before = week([300], [268]), week([300], [earlier])
        return sentences._weeks(SimpleNamespace(safety=safety(judge(there), [(3, before), (4, there)], 75, 0.99)))

    assert "weeks, 3 to 4 together" in said(268)
    assert "their accuracy is 89.3%, as is week 4's." in said(268)
    assert "their accuracy is 86.8%, not week 4's 89.3%, as the AI and the rules change." in said(253)


# -- intervals ----------------------------------------------------------------------------------------------------


def test_wilsons_interval_keeps_its_width_at_the_ends() -> None:
    sure, never, half = share_of(60, 60), share_of(0, 60), share_of(30, 60)
    assert (sure.mean, sure.high) == (1, 1)
    assert (never.mean, never.low) == (0, 0)
    assert sure.low == pytest.approx(1 / (1 + 1.959964**2 / 60))
    assert half.low + half.high == pytest.approx(1)
    assert np.isnan(share_of(0, 0).mean)


def test_the_ratio_of_sums_has_an_interval_that_covers_it() -> None:
    lots, hits = np.random.default_rng(2), 0
    for _ in range(400):
        answers = lots.integers(50, 150, 30)
        found = ratio_of(lots.binomial(answers, 0.87), answers)
        hits += found.low <= 0.87 <= found.high
    assert 0.91 <= hits / 400 <= 0.98


def test_the_ratios_interval_is_the_delta_methods() -> None:
    found = ratio_of(np.array([5, 185, 95]), np.array([10, 190, 100]))
    error = np.std([-4.5, 4.5, 0.0], ddof=1) / 100 / np.sqrt(3)
    assert found.mean == pytest.approx(0.95)
    assert found.low == pytest.approx(0.95 - 4.302653 * error)
