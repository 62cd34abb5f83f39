# ruff: noqa: E501 (messages are tested whole)
"""Surge rules as a part of the policy: what they change, what they leave alone, and how mistakes in them are told."""

from typing import Any

import numpy as np
import pytest

from simulator.base.errors import ScenarioError
from simulator.journeys import Journeys, plan_journeys
from simulator.journeys.rules import rules_in_force, rules_in_surge
from simulator.report.run.sentences import surge as words
from simulator.report.run.view import page_of
from simulator.run import Run, simulate, simulate_baseline
from simulator.scenario import Scenario, load_scenario, override, without_ai
from simulator.studies.run.checks import check
from simulator.studies.running.batch import replicate
from simulator.studies.running.variants import Variant
from simulator.tickets import draw_tickets
from tests.support.desks import ai_desk, pilot_desk, plain_desk
from tests.support.parity import differences

USE = {"answer_threshold": 0.6, "gather_threshold": 0.4, "route_threshold": 0.5}
RULES: dict[str, Any] = {"when": "queue_wait > 30m", "queues": ["front"], "use": USE}


def surge_desk(**changes: Any) -> Scenario:
    return pilot_desk(policy={"mode": "auto", "phases": [], "surge": {**RULES, **changes}}, weeks=1)


def same(one: Run, other: Run) -> bool:
    return differences(one.log, other.log) == []


# -- how they are written ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        ("queue_wait > 30m", {"queue_wait": "30m"}),
        ("queue_wait>1h 30m", {"queue_wait": 90}),
        (" queue_wait  >  45 ", {"queue_wait": 45}),
        ("backlog > 40", {"backlog": 40}),
        ("backlog > 0", {"backlog": 0}),
    ],
)
def test_a_condition_may_be_a_comparison_or_a_mapping(text: str, mapping: dict[str, Any]) -> None:
    assert surge_desk(when=text) == surge_desk(when=mapping)


def test_bounds_and_thresholds_are_overridden_like_any_other_figure() -> None:
    changed = override(surge_desk(), ["policy.surge.when.queue_wait=2h", "policy.surge.use.answer_threshold=70%"])
    assert changed.policy.surge is not None
    assert changed.policy.surge.when.queue_wait == 120
    assert changed.policy.surge.use.answer_threshold == 0.7
    whole = override(pilot_desk(), {"policy.surge": {"when": "backlog > 3", "use": {"answer_threshold": 0.5}}})
    assert whole.policy.surge is not None
    assert whole.policy.surge.queues == ()


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"when": "queue_wait > soon"}, "when", "is 'soon'; must be a duration such as 90s, 8m, 1h 30m or 2d"),
        ({"when": "queue_wait > -5m"}, "when", "is '-5m'; must be a duration, 0 or more, such as 8m"),
        ({"when": "backlog > many"}, "when", "is 'many'; must be a number, 0 or more"),
        ({"when": "queue_length > 3"}, "when", "is 'queue_length > 3'; must be a measure, > and a bound: `queue_wait > 30m` or `backlog > 40` (did you mean queue_wait?)"),
        ({"when": "queue_wait < 3m"}, "when", "is 'queue_wait < 3m'; must be a measure, > and a bound: `queue_wait > 30m` or `backlog > 40`"),
        ({"when": "queue_wait >= 3m"}, "when", "is 'queue_wait >= 3m'; must be a measure, > and a bound: `queue_wait > 30m` or `backlog > 40`"),
        ({"when": {}}, "when", "has neither queue_wait nor backlog; must have one of them"),
        ({"when": {"queue_wait": 3, "backlog": 2}}, "when", "has both queue_wait and backlog; must have one of them"),
        ({"when": {"backlogs": 2}}, "when.backlogs", "is not a known key; did you mean backlog?"),
        ({"use": {}}, "use", "has no threshold in it; must have one of route_threshold, answer_threshold, gather_threshold"),
        ({"use": {"answer_threshold": 1.2}}, "use.answer_threshold", "is 1.2; must be a share from 0 to 1, such as 0.25 or 25%"),
        ({"use": {"mode": "auto"}}, "use.mode", "is not a known key; must be one of route_threshold, answer_threshold, gather_threshold, intents"),
        ({"use": {**USE, "intents": {"bugs": USE}}}, "use.intents.bugs", "names the intent 'bugs'; must be one of password, billing, bug, other"),
        ({"queues": ["frnt"]}, "queues[0]", "names the queue 'frnt', to which no ticket goes; must be one of front, money, experts, triage (did you mean front?)"),
        ({"queues": ["front", "front"]}, "queues[1]", "names the queue 'front' again; must name each queue once"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_rule_and_remedy(changes: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        surge_desk(**changes)
    assert [(problem.path, problem.message) for problem in caught.value.problems] == [(f"policy.surge.{path}", message)]


def test_a_wrong_condition_hides_no_other_problem() -> None:
    with pytest.raises(ScenarioError) as caught:
        surge_desk(when="queue_wait > soon", queues=["frnt"])
    assert [problem.path for problem in caught.value.problems] == ["policy.surge.when", "policy.surge.queues[0]"]


def test_surge_rules_need_an_ai() -> None:
    with pytest.raises(ScenarioError, match="describe the AI or drop the surge rules"):
        plain_desk(policy={"surge": {"when": "backlog > 2", "use": USE}})


# -- which thresholds hold -----------------------------------------------------------------------------------------


def test_surge_thresholds_win_over_policy_intents_and_phases_and_those_by_intent_over_all() -> None:
    policy = {
        "intents": {"bug": {"answer_threshold": 0.95}},
        "surge": {**RULES, "use": {"answer_threshold": 0.6, "intents": {"other": {"answer_threshold": 0.99}}}},
    }
    scenario = pilot_desk(policy=policy)
    usual, then = rules_in_force(scenario), rules_in_surge(scenario)
    assert then.answer_threshold.tolist() == [[0.6, 0.6, 0.6, 0.99]] * 4
    assert usual.answer_threshold[3].tolist() == [0.8, 0.8, 0.9, 0.8]
    for name in ("mode", "routing", "route_threshold", "gather_threshold"):
        np.testing.assert_array_equal(getattr(then, name), getattr(usual, name))


def as_one(plan: Journeys, taken: Journeys) -> bool:
    """Return whether two plans are the same, step by step and decision by decision."""
    for one, other in ((plan.steps, taken.steps), (plan.ai, taken.ai), (plan.human, taken.human)):
        if not all(np.array_equal(value, getattr(other, name)) for name, value in vars(one).items()):
            return False
    return True


@pytest.mark.parametrize("base", [surge_desk(), load_scenario("ecommerce_peak"), load_scenario("saas_pilot")])
def test_a_ticket_under_surge_rules_goes_the_way_that_those_thresholds_alone_would_send_it(base: Scenario) -> None:
    surge = {"when": "backlog > 5", "use": USE}
    scenario = override(base, {"policy.surge": surge})
    phases = {f"policy.phases[{n}].{name}": value for n, _ in enumerate(base.policy.phases) for name, value in USE.items()}
    by_intent = {f"policy.intents.{intent}.{name}": value for intent in base.intents for name, value in USE.items()}
    for n, phase in enumerate(base.policy.phases):
        by_intent |= {f"policy.phases[{n}].intents.{i}.{name}": v for i in phase.intents for name, v in USE.items()}
    fixed = override(base, {**phases, **by_intent, **{f"policy.{name}": value for name, value in USE.items()}, "policy.surge": None})
    tickets = draw_tickets(scenario, 1, 0)
    both, all_surge, none = plan_journeys(scenario, tickets), np.ones(len(tickets), np.bool_), np.zeros(len(tickets), np.bool_)
    assert as_one(plan_journeys(fixed, tickets), both.taken(all_surge)[0])
    assert as_one(plan_journeys(override(base, {"policy.surge": None}), tickets), both.taken(none)[0])


# -- what happens --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{"when": "queue_wait > 52w"}, {"use": {"answer_threshold": 0.8}}])
def test_rules_that_never_apply_or_change_nothing_leave_the_run_as_it_was(changes: dict[str, Any]) -> None:
    ruled = simulate(surge_desk(**changes))
    plain = simulate(override(surge_desk(), {"policy.surge": None}))
    flags = ruled.tickets.pop("in_surge")
    assert flags.any() == ("use" in changes)
    assert ruled.tickets.equals(plain.tickets)
    assert ruled.steps.equals(plain.steps)


def test_surge_rules_let_the_ai_answer_tickets_that_it_leaves_to_people_otherwise() -> None:
    ruled, plain = simulate(surge_desk()), simulate(override(surge_desk(), {"policy.surge": None}))
    table = ruled.tickets
    lower = (table.answer_confidence >= 0.6) & (table.answer_confidence < 0.8)
    assert table.ai_answered[lower & table.in_surge].any()
    assert not table.ai_answered[lower & ~table.in_surge].any()
    assert table.answer_confidence.equals(plain.tickets.answer_confidence)  # the same customers, the same AI
    assert (ruled.tickets.ai_answered != plain.tickets.ai_answered).any()


def test_the_audit_trail_numbers_the_steps_of_the_way_taken_from_nought() -> None:
    steps = simulate(surge_desk()).steps
    assert (steps.groupby("ticket").step.min() == 0).all()


def test_the_baseline_knows_no_surge_rules() -> None:
    run = simulate(surge_desk())
    assert without_ai(run.scenario).policy.surge is None
    assert without_ai(run.scenario) == without_ai(override(run.scenario, {"policy.surge": None}))
    baseline = simulate_baseline(run)
    assert not baseline.log.in_surge.any()
    assert "in_surge" not in baseline.tickets


def test_variants_with_and_without_surge_rules_meet_the_same_customers_and_share_their_baseline() -> None:
    base = override(surge_desk(), {"policy.surge": None})
    plain, ruled = Variant("plain", base), Variant("ruled", surge_desk(), (("policy.surge", "…"),), base=base)
    assert ruled.customers_key == plain.customers_key
    assert ruled.baseline_key == plain.baseline_key
    assert ruled.fingerprint != plain.fingerprint


def test_what_the_ai_learns_does_not_depend_on_the_lines() -> None:
    learning = {"per_review": 0.01, "ceiling": 1, "reviews_per_week": 20}
    base = override(surge_desk(), {"weeks": 3, "ai.learning": learning})
    ruled, plain = simulate(base), simulate(override(base, {"policy.surge": None}))
    assert ruled.log.in_surge.any()
    np.testing.assert_array_equal(ruled.journeys.ai.would_be_right, plain.journeys.ai.would_be_right)


def test_modes_other_than_auto_and_routing_are_left_alone() -> None:
    shadow = override(surge_desk(), {"policy.mode": "shadow", "policy.intents": {}})
    assert simulate(shadow).log.in_surge.any()
    assert not simulate(shadow).journeys.ai.answered.any()


def test_the_kpi_is_the_share_of_counted_tickets() -> None:
    scenario = override(surge_desk(), {"warm_up": "1d"})
    study, run = replicate(scenario, replications=1, workers=1), simulate(scenario)
    table = run.tickets
    assert study.estimate("in_surge").mean == table.in_surge[table.is_counted].mean()
    assert "in_surge" not in replicate(ai_desk(), replications=1, workers=1).kpi_names


# -- what is told about them ---------------------------------------------------------------------------------------


def told(scenario: Scenario) -> dict[str, str]:
    found = [finding for finding in check(scenario).findings if finding.path.startswith("policy.surge")]
    return {finding.path.removeprefix("policy.").removeprefix("surge."): finding.text for finding in found}


def test_check_says_how_many_tickets_the_rules_could_move() -> None:
    found = told(surge_desk())
    assert found.keys() == {"surge"}
    assert found["surge"].startswith("moves ")
    assert told(override(surge_desk(), {"policy.surge": None})) == {}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"policy.surge.use": {"answer_threshold": 0.8}}, "its thresholds are those in force anyway"),
        ({"policy.mode": "shadow"}, "route_threshold and answer_threshold and gather_threshold count for nothing in the modes of this policy"),
        ({"policy.surge.use": {"answer_threshold": 0.8000001}}, "no ticket's confidence lies between its thresholds and those in force anyway"),
    ],
)  # fmt: skip
def test_check_warns_of_rules_without_effect_and_says_why(changes: dict[str, Any], text: str) -> None:
    assert told(override(surge_desk(), changes))["surge"] == f"has no effect: {text}"


def test_check_warns_of_lines_in_which_nobody_waits() -> None:
    found = told(override(surge_desk(), {"handling.triage": None, "intents.bug.queue": "money", "policy.surge.queues": ["money"]}))
    assert "queues" not in found
    idle = pilot_desk(
        policy={"mode": "auto", "phases": [], "surge": {**RULES, "queues": ["vips"]}},
        tiers={"vip": {"share": 0, "queue": "vips"}, "standard": {"share": 0.8}},
        teams={"experts": {"serves": ["experts", "vips"]}},
    )
    assert told(idle)["queues"] == "'vips' is a queue that no ticket of this policy reaches"
    assert told(idle)["surge"] == "has no effect: nobody ever waits in the lines that it looks at"


def test_check_warns_of_thresholds_that_rise_and_notes_those_that_are_set_aside() -> None:
    found = told(override(surge_desk(), {"policy.surge.use.answer_threshold": 0.9}))
    assert "is above the one in force anyway for password, billing, bug, other" in found["use.answer_threshold"]
    own = override(surge_desk(), {"policy.intents": {"bug": {"answer_threshold": 0.95}}})
    assert told(own)["use.answer_threshold"].startswith("also holds for bug, whose own answer_threshold it sets aside")
    kept = override(own, {"policy.surge.use.intents": {"bug": {"answer_threshold": 0.95}}})
    assert "use.answer_threshold" not in told(kept)


def test_the_report_says_for_how_many_tickets_they_were_in_force() -> None:
    study = replicate(surge_desk(), replications=2, workers=1)
    assert words(study) == (
        f"Surge rules were in force for {study.spelled('in_surge')} of tickets, those that arrived while the longest wait"
        " in the lines of front was above 30.0 min: the AI then answers from 0.6, gathers information from 0.4 and routes"
        " from 0.5."
    )
    assert words(study) in page_of(study).sentences
    by_backlog = override(surge_desk(), {"policy.surge": {"when": "backlog > 2", "use": {"intents": {"bug": {"answer_threshold": 0.7}}}}})
    text = words(replicate(by_backlog, replications=1, workers=1))
    assert text.endswith("while more than 2 tickets waited in people's lines: the AI then answers from 0.7 for bug.")
    assert words(replicate(ai_desk(), replications=1, workers=1)) == ""
