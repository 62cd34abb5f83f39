"""Every variant of a scenario meets the same customers, and what is drawn follows the distributions as stated."""

import copy
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special, stats

from simulator import simulate
from simulator.base.streams import Purpose
from simulator.journeys import plan_journeys
from simulator.scenario import Scenario, override, scenario_from, without_ai
from simulator.tickets import Tickets, draw_tickets

Floats = NDArray[np.float64]
DESK: dict[str, Any] = {
    "name": "two intents, two channels, an AI",
    "start": "2026-01-05",
    "weeks": 2,
    "arrivals": {"per_week": 400, "busyness_cv": 0.2},
    "channels": {
        "email": {"share": 0.6},
        "chat": {"share": 0.4, "live": True, "patience": "4m", "on_abandon": {"retries": 0.5}},
    },
    "tiers": {"standard": {"share": 0.8}, "gold": {"share": 0.2, "priority": 2}},
    "intents": {
        "password": {"share": 0.7, "handle": {"mean": "6m", "cv": 0.8}, "flags": {"security": 0.1}},
        "refund": {
            "share": 0.3,
            "handle": {"form": "gamma", "mean": "9m", "cv": 0.7},
            "then": [{"queue": "finance", "share": 0.4, "handle": "5m"}],
        },
    },
    "handling": {"triage": {"queue": "tier1", "handle": "1m"}, "follow_ups": 0.5, "reopen": {"share": 0.2}},
    "ai": {
        "routing": {"confidence": {"mean": 0.9, "concentration": 8}},
        "answer": {"confidence": {"mean": 0.75, "concentration": 5}, "calibration": {"shift": -0.4, "scale": 0.9}},
        "after_wrong": {"noticed": 0.4, "returns": 0.4, "lost": 0.2},
        "availability": {"uptime": 0.98},
    },
    "policy": {"answer_threshold": 0.8},
    "teams": {"tier1": {"agents": 3, "absence": 0.1}, "finance": {"agents": 1}},
    "sla": {"first_response": {"default": "4h"}},
    "costs": {"agent_per_hour": 20},
}


def desk(**parts: Any) -> Scenario:
    return scenario_from({**copy.deepcopy(DESK), **parts})


def columns(tickets: Tickets) -> dict[str, NDArray[Any]]:
    """Return every column of a Tickets table by name, those of the AI, the flags and each visit included."""
    return dict(_columns(tickets, ""))


def _columns(value: Any, name: str) -> Iterator[tuple[str, NDArray[Any]]]:
    if isinstance(value, np.ndarray):
        yield name, value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _columns(getattr(value, field.name), f"{name}.{field.name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _columns(item, f"{name}[{key}]")
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from _columns(item, f"{name}[{place}]")
    else:
        assert value is None or isinstance(value, int), f"{name} is no column"


def differing(one: Tickets, other: Tickets) -> set[str]:
    """Name the columns that are not equal, bit by bit."""
    a, b = columns(one), columns(other)
    return {
        name for name in a.keys() | b.keys() if name not in a or name not in b or not np.array_equal(a[name], b[name])
    }


# -- the same customers --


@pytest.mark.parametrize(
    "change",
    [
        {"policy.answer_threshold": 0.5},
        {"policy.route_threshold": 0.99},
        {"policy.gather_threshold": 0.3},
        {"policy.mode": "assist"},
        {"policy.phases": [{"name": "shadow", "from_week": 1, "mode": "shadow"}]},
        {"policy.always_human": {"flags": ["security"], "tiers": ["gold"]}},
        {"policy.priority.bands": [2]},
        {"teams.tier1.agents": 9},
        {"teams.tier1.absence": 0.5, "teams.tier1.concurrency": 2, "teams.finance.efficiency": 0.5},
        {"teams.night": {"agents": 2, "serves": ["tier1"]}},
        {"costs.agent_per_hour": 99, "costs.ai": {"per_resolution": 0.99}},
        {"sla.first_response": {"default": "5m"}, "sla.resolution": {"default": "1h"}},
        {"drain": "1d"},
    ],
    ids=lambda change: ", ".join(change),
)  # fmt: skip
def test_policy_staffing_prices_and_targets_change_no_customer(change: dict[str, Any]) -> None:
    scenario = desk()
    assert differing(draw_tickets(scenario, 1, 0), draw_tickets(override(scenario, change), 1, 0)) == set()


def test_the_baseline_without_ai_meets_the_same_customers() -> None:
    scenario = desk()
    assert differing(draw_tickets(scenario, 1, 0), draw_tickets(without_ai(scenario), 1, 0)) == set()


def test_the_table_has_every_column_that_these_tests_compare() -> None:
    names = set(columns(draw_tickets(desk(), 1, 0)))
    assert {".arrival", ".ai.answer_luck", ".flags[security]", ".handle_minutes[1]", ".next_minutes[0]"} <= names
    assert len(names) > 40


def test_a_more_confident_ai_leaves_the_people_as_they_were() -> None:
    sure = override(desk(), {"ai.answer.confidence": {"mean": 0.9, "concentration": 5}})
    changed = differing(draw_tickets(desk(), 1, 0), draw_tickets(sure, 1, 0))
    assert changed == {".ai.answer_confidence", ".ai.answer_log_odds"}


def test_another_calibration_changes_the_odds_and_no_draw() -> None:
    worse = override(desk(), {"ai.answer.calibration": {"shift": -2, "scale": 0.5}})
    assert differing(draw_tickets(desk(), 1, 0), draw_tickets(worse, 1, 0)) == {".ai.answer_log_odds"}


def test_more_volume_keeps_the_earlier_customers() -> None:
    # Customer k stays who they were and only comes sooner; the visits that some need are columns for all.
    steady = {"profile": "flat", "busyness_cv": 0}
    few = draw_tickets(desk(arrivals={"per_week": 400, **steady}), 1, 0)
    many = draw_tickets(desk(arrivals={"per_week": 500, **steady}), 1, 0)
    n = len(few)
    assert len(many) > n
    np.testing.assert_allclose(many.arrival[:n] * 500 / 400, few.arrival, atol=1e-5)
    fewer, more = columns(few), columns(many)
    moved = {".arrival", ".slot", ".day", ".week", ".ai.is_up"}
    assert {name for name in fewer if not np.array_equal(fewer[name], more[name][:n])} <= moved


def test_another_spread_of_one_intents_work_moves_its_tickets_without_reshuffling_them() -> None:
    before = draw_tickets(desk(), 1, 0)
    after = draw_tickets(override(desk(), {"intents.password.handle.cv": 1.4}), 1, 0)
    changed = differing(before, after)
    assert changed == {f".handle_minutes[{visit}]" for visit in range(len(before.handle_minutes))}
    for old, new in zip(before.handle_minutes, after.handle_minutes, strict=True):
        for intent, is_the_one in ((0, True), (1, False)):
            mine = before.intent == intent
            assert (np.argsort(old[mine], kind="stable") == np.argsort(new[mine], kind="stable")).all()
            assert np.array_equal(old[mine], new[mine]) is not is_the_one


def test_a_smaller_share_of_angry_customers_keeps_who_is_still_angry() -> None:
    many = draw_tickets(override(desk(), {"handling.negative_sentiment": 0.3}), 1, 0)
    few = draw_tickets(override(desk(), {"handling.negative_sentiment": 0.1}), 1, 0)
    assert differing(many, few) == {".angry"}
    assert few.angry.any()
    assert (few.angry <= many.angry).all()


def test_a_new_flag_leaves_the_others_alone() -> None:
    more = override(desk(), {"intents.password.flags": {"legal": 0.2, "security": 0.1}})
    assert differing(draw_tickets(desk(), 1, 0), draw_tickets(more, 1, 0)) == {".flags[legal]"}


def test_the_same_seed_draws_the_same_customers() -> None:
    assert differing(draw_tickets(desk(), 7, 3), draw_tickets(desk(), 7, 3)) == set()


@pytest.mark.parametrize("other", [(7, 4), (8, 3)], ids=["replication", "seed"])
def test_another_replication_or_seed_draws_unrelated_customers(other: tuple[int, int]) -> None:
    one, two = draw_tickets(desk(), 7, 3), draw_tickets(desk(), *other)
    n = min(len(one), len(two))
    bound = 4 / np.sqrt(n)
    a, b = columns(one), columns(two)
    unrelated = [name for name in a if name.endswith(("difficulty", "luck", "scores", "scores[0]", "gap_scores"))]
    assert len(unrelated) >= 6
    for name in unrelated:
        assert abs(np.corrcoef(a[name][:n], b[name][:n])[0, 1]) < bound, name


def test_no_purpose_number_is_used_twice() -> None:
    # A repeated number would make the second name an alias of the first.
    assert len(Purpose.__members__) == len(list(Purpose)) == len({int(purpose) for purpose in Purpose})
    assert min(Purpose) >= 1


def test_columns_of_different_purposes_are_independent_where_the_model_says_so() -> None:
    tickets = draw_tickets(desk(arrivals={"per_week": 10_000, "busyness_cv": 0}), 1, 0)
    ai = tickets.ai
    assert ai is not None
    drawn = np.vstack([
        tickets.difficulty, ai.route_luck, ai.gap_scores, tickets.triage_luck, tickets.satisfaction_luck,
        *tickets.patience_scores, *tickets.follow_up_scores,
    ])  # fmt: skip
    correlations = np.corrcoef(drawn)[np.triu_indices(len(drawn), 1)]
    assert (np.abs(correlations) < 4.5 / np.sqrt(len(tickets))).all()


# -- what is stated stays true --


LARGE = {
    "weeks": 2,
    "arrivals": {"per_week": 100_000, "profile": "flat", "busyness_cv": 0},
    "difficulty": {"route_confidence": -0.4, "answer_confidence": -0.6, "correctness": -0.6, "handle": 0.6},
}
"""Many tickets, whose difficulty is tied to everything."""


def matches_curve(confidence: Floats, right: NDArray[np.bool_], chance: Floats) -> None:
    """Hold the share of right ones in each tenth of confidences against the curve's mean there."""
    edges = np.quantile(confidence, np.linspace(0, 1, 11)[1:-1])
    tenth = np.searchsorted(edges, confidence)
    for number in range(10):
        here = tenth == number
        error = np.sqrt((chance[here] * (1 - chance[here])).sum())
        assert here.sum() > 1000
        assert abs(right[here].sum() - chance[here].sum()) < 4 * error, f"tenth {number + 1}"


@pytest.mark.parametrize("stated", ["its own", "routing"])
def test_the_share_of_right_answers_at_each_confidence_is_what_the_curve_says(stated: str) -> None:
    scenario = desk(**LARGE)
    if stated == "routing":
        scenario = override(scenario, {"ai.answer.confidence": "routing"})
    tickets = draw_tickets(scenario, 1, 0)
    work = plan_journeys(scenario, tickets).ai
    draws = tickets.ai
    assert draws is not None
    # An answer to the wrong intent is wrong, so the answer's curve holds among the recognised tickets.
    seen = work.recognised
    curve = special.expit(-0.4 + 0.9 * special.logit(draws.answer_confidence))
    matches_curve(draws.answer_confidence[seen], work.would_be_right[seen], curve[seen])
    matches_curve(draws.route_confidence, work.recognised, draws.route_confidence)


def test_confidences_and_handle_times_keep_their_distributions_although_difficulty_ties_them() -> None:
    tickets = draw_tickets(desk(**LARGE), 1, 0)
    assert tickets.ai is not None
    kolmogorov = 1.95 / np.sqrt(len(tickets))  # exceeded once in a thousand
    for values, cdf in (
        (tickets.difficulty, stats.norm.cdf),
        (tickets.ai.answer_confidence, stats.beta(0.75 * 5, 0.25 * 5).cdf),
        (tickets.ai.route_confidence, stats.beta(0.9 * 8, 0.1 * 8).cdf),
        (tickets.ai.answer_luck, stats.uniform.cdf),
    ):
        assert stats.ks_1samp(values, cdf).statistic < kolmogorov
    refunds = tickets.handle_minutes[0][tickets.intent == 1]
    gamma = stats.gamma(1 / 0.7**2, scale=9 * 0.7**2).cdf
    assert stats.ks_1samp(refunds, gamma).statistic < 1.95 / np.sqrt(len(refunds))


def test_what_the_ai_leaves_to_people_is_harder_and_takes_longer() -> None:
    scenario = desk(**LARGE)
    tickets = draw_tickets(scenario, 1, 0)
    work = plan_journeys(scenario, tickets).ai
    left, solved = work.needs_human, ~work.needs_human
    assert 0.1 < solved.mean() < 0.9
    assert tickets.difficulty[left].mean() > tickets.difficulty.mean() + 0.1 > tickets.difficulty[solved].mean() + 0.2
    mine = tickets.intent == 0
    assert tickets.handle_minutes[0][left & mine].mean() > 1.05 * tickets.handle_minutes[0][mine].mean()


def test_a_higher_threshold_leaves_the_easier_tickets_to_people_too() -> None:
    scenario = desk(**LARGE)
    tickets = draw_tickets(scenario, 1, 0)
    left = [
        plan_journeys(override(scenario, {"policy.answer_threshold": bound}), tickets).ai.needs_human
        for bound in (0.6, 0.8, 0.9)
    ]
    means = [tickets.difficulty[people].mean() for people in left]
    assert means[0] > means[1] > means[2] > tickets.difficulty.mean()


def test_a_customer_who_comes_back_by_another_channel_tries_again_by_that_channels_rule() -> None:
    # A wrong AI answer by email, a return by phone that nobody takes, and everybody calls once more.
    desk = scenario_from(
        {
            "name": "returns by phone",
            "start": "2026-01-05",
            "weeks": 1,
            "arrivals": {"per_week": 200},
            "channels": {
                "email": {"share": 1},
                "phone": {
                    "share": 0,
                    "live": True,
                    "patience": {"form": "constant", "value": 0},
                    "on_abandon": {"retries": 1, "delay": "10m"},
                },
            },
            "intents": {"question": {"share": 1, "handle": "5m"}},
            "teams": {"desk": {"agents": 0}},
            "policy": {"answer_threshold": 0},
            "ai": {
                "answer": {"confidence": {"mean": 0.8, "concentration": 8}, "calibration": {"shift": -20}},
                "triggers": {"negative_sentiment": False, "max_exchanges": 1000},
                "after_wrong": {"noticed": 0, "returns": 1, "lost": 0, "channels": {"phone": 1.0}},
            },
        }
    )
    steps = simulate(desk).steps
    assert (steps.outcome[steps.kind == "return"] == "abandoned").all()
    assert (steps.kind == "touch").sum() == (steps.kind == "return").sum() > 100
