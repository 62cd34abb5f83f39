"""Satisfaction: the anchor, what lowers a score, who answers the survey, and what the gap's sign means."""

from typing import Any

import numpy as np
import pytest
from scipy import special

from simulator.base.errors import StudyError
from simulator.metrics.facts import Facts
from simulator.metrics.kpis import csat_gap, rate
from simulator.metrics.satisfaction import answers_survey, expected_scores, has_score, penalties, scores, solve_anchor
from simulator.run import simulate, simulate_baseline
from simulator.scenario import Penalties, Scenario
from simulator.studies.running.batch import replicate
from simulator.studies.running.cell import one_replication, satisfaction_anchor
from tests.support import by_hand
from tests.support.desks import ai_desk, pilot_desk, plain_desk


@pytest.fixture(scope="module")
def pilot() -> tuple[Scenario, Facts, Facts]:
    """The pilot desk, as run and with its AI off."""
    scenario = pilot_desk()
    run = simulate(scenario)
    return scenario, Facts(run), Facts(simulate_baseline(run))


@pytest.mark.parametrize("mean", [1.5, 3.2, 4.4, 4.95])
def test_the_baseline_reproduces_the_desks_historical_mean(mean: float) -> None:
    scenario = pilot_desk(weeks=1, csat={"human_mean": mean})
    baseline = simulate_baseline(simulate(scenario))
    anchor = solve_anchor([Facts(baseline)])
    closed = [case for case in by_hand.Desk(baseline).cases if case.is_closed]
    expected = sum(case.expected_score(anchor) for case in closed) / len(closed)
    assert expected == pytest.approx(mean, abs=1e-8)


def test_a_small_desks_anchor_rests_on_many_replications() -> None:
    scenario = pilot_desk(weeks=1)
    anchor = satisfaction_anchor(scenario, 1)
    assert anchor is not None
    means, customers = [], 0
    for number in range(30):
        baseline = Facts(simulate_baseline(simulate(scenario, replication=number)))
        expected = expected_scores(anchor - penalties(baseline, scenario.csat), scenario.csat)[has_score(baseline)]
        means.append((expected.mean(), len(expected)))
        customers += baseline.n
        if customers >= 20_000:
            break
    assert len(means) > 5
    pooled = np.average([mean for mean, _ in means], weights=[n for _, n in means])
    assert pooled == pytest.approx(float(scenario.csat.human_mean), abs=1e-8)
    # One replication alone would have missed it.
    assert max(abs(mean - float(scenario.csat.human_mean)) for mean, _ in means) > 1e-3


def test_the_drawn_scores_of_the_baseline_lie_around_the_historical_mean(pilot: tuple[Any, Facts, Facts]) -> None:
    scenario, _, baseline = pilot
    drawn = scores(baseline, solve_anchor([baseline]))
    closed = drawn[~np.isnan(drawn)]
    error = closed.std() / np.sqrt(len(closed))
    assert error < 0.05
    assert abs(closed.mean() - 4.2) < 4 * error


def test_scores_are_whole_from_1_to_5_and_open_tickets_have_none(pilot: tuple[Any, Facts, Facts]) -> None:
    _, facts, baseline = pilot
    drawn = scores(facts, solve_anchor([baseline]))
    is_open = (facts.run.tickets.outcome == "open").to_numpy()
    assert 0 < is_open.sum() < 20
    assert np.isnan(drawn).tolist() == is_open.tolist()
    assert set(drawn[~is_open]) == {1.0, 2.0, 3.0, 4.0, 5.0}


@pytest.mark.parametrize("weight", list(Penalties.model_fields))
def test_a_heavier_penalty_raises_no_score_and_lowers_some(weight: str) -> None:
    lighter = pilot_desk(csat={"penalties": {weight: 0}})
    heavier = pilot_desk(csat={"penalties": {weight: 4}})
    light, heavy = (scores(Facts(simulate(scenario)), 1.0) for scenario in (lighter, heavier))
    closed = ~np.isnan(light)
    assert (heavy[closed] <= light[closed]).all()
    assert (heavy[closed] < light[closed]).any()


def test_penalties_are_those_of_what_happened(pilot: tuple[Any, Facts, Facts]) -> None:
    scenario, facts, _ = pilot
    wanted = [case.penalty for case in by_hand.Desk(facts.run).cases]
    assert penalties(facts, scenario.csat) == pytest.approx(wanted)


def test_a_better_index_gives_no_lower_expected_score(pilot: tuple[Any, Facts, Facts]) -> None:
    scenario = pilot[0]
    rising = expected_scores(np.linspace(-30, 30, 400), scenario.csat)
    assert (np.diff(rising) >= 0).all()
    assert rising[0] == pytest.approx(1)
    assert rising[-1] == pytest.approx(5)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_stated_share_of_customers_answers_the_survey(share: float) -> None:
    scenario = plain_desk(arrivals={"per_week": 2000}, csat={"human_mean": 4, "response_rate": share})
    kpis = one_replication(scenario, 0, 1, "simpy", satisfaction_anchor(scenario, 1)).arm.kpis
    tolerance = 4 * np.sqrt(share * (1 - share) * kpis["tickets"])
    assert abs(kpis["survey_answers"] - share * kpis["tickets"]) <= tolerance


def surveyed(factor: float) -> tuple[float, float, float]:
    """Return the survey's mean, and the shares of dissatisfied and of other customers who answer, on a large desk."""
    csat = {"human_mean": 3.9, "response_rate": 0.2, "unhappy_response": factor}
    scenario = plain_desk(arrivals={"per_week": 20_000}, teams={"support": {"agents": 40}}, csat=csat)
    facts = Facts(simulate(scenario))
    anchor = satisfaction_anchor(scenario, 1)
    assert anchor is not None
    rated = scores(facts, anchor)
    answers, unhappy = answers_survey(facts, rated), rated <= 2
    return float(rated[answers].mean()), float(answers[unhappy].mean()), float(answers[~unhappy].mean())


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0, 5.0])
def test_the_historical_mean_is_the_surveys_however_the_dissatisfied_answer(factor: float) -> None:
    mean, unhappy, others = surveyed(factor)
    assert mean == pytest.approx(3.9, abs=4 * 1.5 / np.sqrt(4000))
    assert others == pytest.approx(0.2, abs=0.015)
    assert unhappy == pytest.approx(min(1.0, 0.2 * factor), abs=0.04)


@pytest.mark.parametrize(("rate", "factor"), [(0.2, 0.5), (0.2, 1.0), (0.2, 3.0), (0.5, 5.0), (0.0, 2.0)])
def test_the_anchor_makes_the_expected_mean_of_answers_the_historical_one(rate: float, factor: float) -> None:
    csat = {"human_mean": 3.9, "response_rate": rate, "unhappy_response": factor}
    scenario = plain_desk(teams={"support": {"agents": 2}}, csat=csat)
    facts = Facts(simulate(scenario))
    assert scenario.csat is not None
    index = solve_anchor([facts]) - penalties(facts, scenario.csat)[has_score(facts)]
    above = np.array([special.expit(index - cut) for cut in scenario.csat.cutpoints])
    chances = -np.diff(above, axis=0, prepend=1.0, append=0.0)
    answering = np.array([min(1.0, rate * factor)] * 2 + [rate] * 3)[:, None] if rate else np.ones((5, 1))
    score = np.arange(1.0, 6.0)[:, None]
    assert (chances * answering * score).sum() / (chances * answering).sum() == pytest.approx(3.9, abs=1e-6)


def gap(**weights: float) -> float:
    """Return the gap of an AI that answers everything, right or lost, with all penalties 0 but these."""
    none = dict.fromkeys(Penalties.model_fields, 0)
    scenario = ai_desk(
        ai={"after_wrong": {"noticed": 0, "returns": 0, "lost": 1}},
        policy={"answer_threshold": 0},
        csat={"human_mean": 4, "penalties": {**none, **weights}},
    )
    return replicate(scenario, replications=1, workers=1).estimate("csat_gap").mean


def test_the_gap_is_positive_where_customers_are_less_satisfied_with_the_ai() -> None:
    assert gap(wrong_answer=6) > 10
    assert gap(ai=3) > 10


def test_the_gap_is_negative_where_customers_prefer_the_ai() -> None:
    assert gap(ai=-3) < -3


def test_the_gap_is_near_0_where_nothing_tells_them_apart() -> None:
    assert abs(gap()) < 10


def test_the_gap_counts_points_of_satisfied_customers() -> None:
    scenario = ai_desk(policy={"answer_threshold": 0}, csat={"human_mean": 4})
    run = simulate(scenario)
    facts, baseline = Facts(run), Facts(simulate_baseline(run))
    rated, rated_there = np.full(facts.n, 3.0), np.full(baseline.n, 4.0)
    assert csat_gap(facts, rated, baseline, rated_there) == 100.0
    assert csat_gap(facts, rated_there, baseline, rated) == -100.0


def test_without_ai_answers_there_is_no_gap() -> None:
    scenario = ai_desk(policy={"mode": "shadow"}, csat={"human_mean": 4})
    found = replicate(scenario, replications=1, workers=1)
    assert found.estimate("csat_gap").replications == 0
    assert found.estimate("csat_ai").replications == 0
    assert found.estimate("csat_people").mean == found.estimate("csat_mean").mean


def test_without_csat_nothing_is_rated() -> None:
    scenario = plain_desk()
    assert satisfaction_anchor(scenario, 1) is None
    assert rate(Facts(simulate(scenario)), None) is None
    assert not [name for name in replicate(scenario, replications=1, workers=1).kpi_names if "csat" in name]


def test_a_desk_that_closes_no_ticket_cannot_be_anchored() -> None:
    scenario = plain_desk(teams={"support": {"agents": 0}}, csat={"human_mean": 4})
    with pytest.raises(StudyError, match="closed no ticket, so CSAT cannot be anchored"):
        satisfaction_anchor(scenario, 1)
