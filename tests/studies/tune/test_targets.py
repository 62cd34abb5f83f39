"""Targets: read as people write them, told in words, and every wrong one named with its remedy."""

import math

import pytest

from simulator.base.errors import StudyError
from simulator.engines.run_log import Engine
from simulator.scenario import Scenario
from simulator.studies.running.results import Arm, Replication, Replications, Values
from simulator.studies.targets import Target, parse_targets
from tests.support.desks import ai_desk, plain_desk

DESK = ai_desk(
    csat={"human_mean": 4.2}, costs={"agent_per_hour": 20, "currency": "EUR"}, sla={"first_response": {"default": "4h"}}
)


def study(kpi: str, values: list[float], baseline: list[float], scenario: Scenario = DESK) -> Replications:
    """Make a study in which one KPI has the given values."""
    engine: Engine = "fast"
    cells = tuple(
        Replication(
            number,
            Arm(Values({kpi: here}), Values({}), None),
            Arm(Values({kpi: there}), Values({}), None),
            Values({}),
        )
        for number, (here, there) in enumerate(zip(values, baseline, strict=True))
    )
    return Replications(scenario, 1, engine, None, cells)


@pytest.mark.parametrize(
    ("text", "target", "words"),
    [
        ("sla_breach<=5%", Target("sla_breach", "<=", 0.05), "SLA breaches at most 5.0%"),
        (" sla_breach ≤ 0.05 ", Target("sla_breach", "<=", 0.05), "SLA breaches at most 5.0%"),
        ("first_response_p90<=4h", Target("first_response_p90", "<=", 240), "First response, p90 at most 4.0 h"),
        ("first_response_p90<=30", Target("first_response_p90", "<=", 30), "First response, p90 at most 30.0 min"),
        ("hours_saved>=40", Target("hours_saved", ">=", 40), "Agent hours saved at least 40.0 h"),
        ("csat_gap<=10", Target("csat_gap", "<=", 10), "CSAT gap of the AI at most 10.0 pts"),
        ("csat_mean>=4.2", Target("csat_mean", ">=", 4.2), "CSAT at least 4.20"),
        ("net_value_cash>=€1,000.00", Target("net_value_cash", ">=", 1000), "Net value, cash at least €1,000"),
        ("aht<=baseline", Target("aht", "<=", None), "Handle time (AHT) no higher than without the AI"),
        ("csat_mean>=baseline", Target("csat_mean", ">=", None), "CSAT no lower than without the AI"),
    ],
)
def test_targets_are_read_as_people_write_them(text: str, target: Target, words: str) -> None:
    assert parse_targets([text], DESK, "--target") == (target,)
    assert target.words("EUR") == words


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["sla_breech<=5%"], "--target sla_breech<=5%: sla_breech is no KPI; did you mean sla_breach?"),
        (["<=5"], "--target <=5: nothing is no KPI; `ticketflow kpis` lists them"),
        (["sla_breach"], "is no target; must be KPI<=VALUE or KPI>=VALUE, such as sla_breach<=5%"),
        (["sla_breach<5%"], "is no target; must be KPI<=VALUE or KPI>=VALUE"),
        (["sla_breach<=five"], "has five as its bound; must be a number: sla_breach is measured in shares, such as 5%"),
        (["sla_breach<="], "has nothing as its bound; must be a number"),
        (["sla_breach<=nan"], "has nan as its bound; must be a number"),
        (["aht<=1e999"], "has 1e999 as its bound; must be a number"),
        (["sla_breach<=5"], "has 5 as its bound; must be from 0 to 1, as sla_breach is; 5% is 0.05"),
        (["aht>=-3"], "has -3 as its bound; must be 0 or more, as aht is"),
        (["csat_mean>=7"], "must be from 1 to 5, as csat_mean is"),
        (["csat_gap<=baseline"], "with the baseline: csat_gap has no value without AI; give a value"),
        (["sla_breach<=5%", "sla_breach<=4%"], "is bounded twice (sla_breach<=0.05 and sla_breach<=0.04)"),
        (
            ["sla_breach<=5%", "sla_breach>=10%"],
            "sla_breach cannot be sla_breach>=0.1 and sla_breach<=0.05 at once; give bounds that leave room",
        ),
    ],
)
def test_wrong_targets_are_told_with_their_remedy(texts: list[str], told: str) -> None:
    with pytest.raises(StudyError) as error:
        parse_targets(texts, DESK, "--target")
    assert told in str(error.value)


def test_every_wrong_target_is_told_at_once() -> None:
    with pytest.raises(StudyError) as error:
        parse_targets(["nonsense", "sla_breech<=1", "sla_breach<=5%"], DESK, "--subject-to")
    assert [problem.where for problem in error.value.problems] == [
        "--subject-to nonsense", "--subject-to sla_breech<=1",
    ]  # fmt: skip


def test_a_kpi_that_the_scenario_lacks_is_told_with_what_it_needs() -> None:
    with pytest.raises(StudyError, match="net_value_cash does not exist for this scenario; it needs `costs` and `ai`"):
        parse_targets(["net_value_cash>=0"], plain_desk(), "--target")
    with pytest.raises(StudyError, match="there is no AI in this scenario; give a value"):
        parse_targets(["aht<=baseline"], plain_desk(), "--target")


def test_room_is_counted_in_the_targets_direction() -> None:
    found = study("sla_breach", [0.04, 0.09], [0.05, 0.05])
    assert Target("sla_breach", "<=", 0.06).slack(found).tolist() == pytest.approx([0.02, -0.03])
    assert Target("sla_breach", ">=", 0.06).slack(found).tolist() == pytest.approx([-0.02, 0.03])
    assert Target("sla_breach", "<=", None).slack(found).tolist() == pytest.approx([0.01, -0.04])
    assert not Target("sla_breach", "<=", 0.06).holds(found)
    assert Target("sla_breach", "<=", 0.065).holds(found)
    assert not Target("sla_breach", "<=", None).holds(found)


def test_what_has_no_value_misses_nothing_but_a_payback_that_never_comes() -> None:
    nothing = [math.nan, math.nan]
    assert Target("wrong_answer", "<=", 0.1).holds(study("wrong_answer", nothing, nothing))
    assert not Target("payback_months", "<=", 6).holds(study("payback_months", [2.0, math.nan], nothing))
