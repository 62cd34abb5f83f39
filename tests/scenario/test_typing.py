"""What people type: nothing is read in one of two ways without a word, and `+2` adds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from simulator.app.session import from_query
from simulator.base.errors import ScenarioError, StudyError
from simulator.base.quantities import parse_money
from simulator.cli import app
from simulator.scenario import Scenario, load_scenario, scenario_from
from simulator.scenario.loading import told_increases
from simulator.studies.compare.alternatives import variants_of
from simulator.studies.run.checks import check
from simulator.studies.sweep.grid import read_axes
from simulator.studies.targets import parse_targets
from tests.support.desks import PLAIN, laid_over

SHIFTS = [
    {"days": "mon-fri", "start": "09:00", "end": "17:00", "agents": 3},
    {"days": "sat", "start": "09:00", "every": "2h", "agents": [1, 2, 1]},
]


def priced(**changes: Any) -> Scenario:
    data = laid_over(PLAIN, {
        "teams": {"support": {"agents": None, "shifts": SHIFTS}}, "costs": {"agent_per_hour": 25, "currency": "GBP"},
    })  # fmt: skip
    return scenario_from(laid_over(data, changes))


# -- amounts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "amount"), [
    ("25", 25), ("$0.99", 0.99), ("€1,234.50", 1234.5), ("1234.5", 1234.5), ("1,234,567", 1_234_567), ("£ 5", 5),
    ("1_200", 1200), ("-5", -5), ("0.125", 0.125), ("12,345,678.90", 12_345_678.9), ("1234.567", 1234.567),
])  # fmt: skip
def test_an_amount_takes_a_point_for_cents_and_commas_for_thousands(text: str, amount: float) -> None:
    assert parse_money(text) == amount


@pytest.mark.parametrize("text", ["24,50", "1.234,50", "1,23,4", "1.2.3", "24,5", "1,2345", "12,34.5", "1_20", ",5"])
def test_what_is_no_amount_in_either_writing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be an amount"):
        parse_money(text)


@pytest.mark.parametrize(("text", "either"), [("1,234", "1234 or 1.234"), ("€2.400", "2400 or 2.400")])
def test_what_could_be_read_in_two_ways_is_refused_with_both(text: str, either: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"as it could be {either}")):
        parse_money(text)


def test_the_sign_must_be_the_scenarios_currency_wherever_an_amount_is_written() -> None:
    assert priced(costs={"agent_per_hour": "£24"}).costs.agent_per_hour == 24
    for given, path in (
        ("€24", "costs.agent_per_hour"),
        ({"value": 24, "low": "£20", "high": "$30"}, "costs.agent_per_hour.high"),
    ):
        with pytest.raises(ScenarioError) as caught:
            priced(costs={"agent_per_hour": given})
        (problem,) = caught.value.problems
        assert problem.path == path
        assert "must be in GBP, the scenario's currency, not in" in problem.message
    with pytest.raises(StudyError, match="must be in GBP"):
        parse_targets(["cost_total<=$900"], priced(), "--target")
    assert parse_targets(["cost_total<=£900"], priced(), "--target")[0].bound == 900
    # A sign in words is no amount.
    assert priced(description="€5 off").description == "€5 off"
    # Other dollars are written with the same sign.
    assert priced(costs={"agent_per_hour": "$24", "currency": "CAD"}).costs.agent_per_hour == 24
    with pytest.raises(ScenarioError, match="must be in CHF"):
        priced(costs={"agent_per_hour": "$24", "currency": "CHF"})


def test_an_overridden_amount_names_the_option(tmp_path: Path) -> None:
    file = tmp_path / "desk.json"
    file.write_text(json.dumps(laid_over(PLAIN, {"costs": {"agent_per_hour": 25}})))
    for text, told in (("24,50", "a point before cents"), ("€24", "must be in USD")):
        with pytest.raises(ScenarioError) as caught:
            load_scenario(file, [f"costs.agent_per_hour={text}"])
        (problem,) = caught.value.problems
        assert problem.where == f"--set costs.agent_per_hour={text}"
        assert told in problem.message


# -- adding ------------------------------------------------------------------------------------------------------


def test_plus_adds_to_a_number_a_duration_and_each_of_a_list(tmp_path: Path) -> None:
    file = tmp_path / "desk.json"
    file.write_text(priced().model_dump_json())
    changes = [
        "teams.support.shifts[0].agents=+2", "teams.support.shifts[1].agents=+1", "intents.question.handle=+90s",
        "costs.agent_per_hour=+0.5",
    ]  # fmt: skip
    before, after = load_scenario(file), load_scenario(file, changes)
    assert [list(shift.agents) for shift in after.teams["support"].shifts] == [[5], [2, 3, 2]]
    assert after.costs.agent_per_hour == 25.5
    assert list(told_increases(before, changes))[:2] == [
        "teams.support.shifts[0].agents: 3 → 5", "teams.support.shifts[1].agents: [1, 2, 1] → [2, 3, 2]",
    ]  # fmt: skip
    assert list(told_increases(before, ["weeks=2"])) == []


@pytest.mark.parametrize(("change", "rule"), [
    ("intents.question.share=+5%", "must be + and a number or a duration"),
    ("teams.support.shifts[0].agents=+two", "must be + and a number or a duration"),
    ("teams.support.shifts[0].agents=+-2", "must be + and a number or a duration"),
    ("teams.support.shifts[0].agents=+.inf", "must be + and a number or a duration"),
    ("name=+1", "so nothing can be added to it"),
    ("csat=+1", "so nothing can be added to it"),
    ("teams.support.shifts=+1", "so nothing can be added to it"),
])  # fmt: skip
def test_what_cannot_be_added_is_refused(change: str, rule: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(rule)):
        variants_of([priced()], changed=[change])


def test_a_variant_says_what_it_comes_to() -> None:
    (_, more), _ = variants_of([priced()], changed=["two more:teams.support.shifts[0].agents=+2"])
    assert more.settings == (("teams.support.shifts[0].agents", "[5]"),)
    assert list(more.scenario.teams["support"].shifts[0].agents) == [5]


def test_a_what_if_adds_in_quotes_and_no_scenario_does(tmp_path: Path) -> None:
    file = tmp_path / "more.yaml"
    file.write_text(
        'name: more\nscenario: desk\ndescription: More agents.\nchanges: {"teams.support.shifts[1].agents": "+2"}\n'
    )
    (_, more), _ = variants_of([priced()], changed=[str(file)])
    assert list(more.scenario.teams["support"].shifts[1].agents) == [3, 4, 3]
    for changes in (
        {"costs": {"agent_per_hour": "+5"}},
        {"baseline": {"teams.support.shifts[0].agents": "+2"}},
        {"intents": {"question": {"handle": "+2m"}}},
    ):
        with pytest.raises(ScenarioError, match=re.escape("without +, which adds in --set, --variant and what-ifs")):
            priced(**changes)
    assert priced(arrivals={"weekly_growth": "+2%"}).arrivals.weekly_growth == 0.02
    with pytest.raises(StudyError, match="must be the value itself, as a link adds nothing"):
        from_query({"scenario": ["saas_pilot"], "set": ["weeks=+2"]}, "saas_pilot")


def test_a_sweep_takes_values_and_adds_nothing() -> None:
    for values in ("+1,+2", "1,+2", "+1:+3:+1"):
        with pytest.raises(ScenarioError, match="must have the values themselves"):
            read_axes([f"teams.support.shifts[0].agents={values}"])


def test_the_command_line_says_from_what_to_what(tmp_path: Path) -> None:
    file = tmp_path / "desk.json"
    file.write_text(priced().model_dump_json())
    done = CliRunner().invoke(app, ["check", str(file), "--set", "teams.support.shifts[0].agents=+2"])
    assert done.exit_code == 0, done.output
    assert done.stderr == "note  teams.support.shifts[0].agents: 3 → 5\n"


# -- slips of the pen --------------------------------------------------------------------------------------------


def noted(scenario: Scenario) -> dict[str, str]:
    return {one.path: f"{one.level}: {one.text}" for one in check(scenario).findings}


def test_a_volume_that_is_hardly_meant_is_warned_of() -> None:
    told = noted(priced(arrivals={"per_week": 2.4}, weeks=4))
    assert told["arrivals"].startswith("warning: gives about 2.4 tickets a week; a number has no separator of")
    assert "arrivals" not in noted(priced(arrivals={"per_week": 24}))


def test_shifts_overnight_and_overlapping_surges_are_noted() -> None:
    night = [{"days": "mon-fri", "start": "16:00", "end": "08:00", "agents": 3}]
    told = noted(priced(teams={"support": {"shifts": night}}))
    assert told["teams.support.shifts[0]"] == "note: runs overnight, from 16:00 to 08:00 on the next day (16 hours)"
    assert not [path for path in noted(priced()) if path.startswith("teams.support.shifts")]
    surges = [
        {"name": "sale", "start": "2026-03-03", "end": "2026-03-06", "multiplier": 2},
        {"name": "news", "start": "2026-03-05", "end": "2026-03-07", "multiplier": 1.5},
        {"name": "later", "start": "2026-03-07", "end": "2026-03-08", "multiplier": 1.5},
    ]
    told = noted(priced(arrivals={"surges": surges}))
    both = "note: overlaps arrivals.surges[0]; where both hold, their multipliers multiply"
    assert {path: text for path, text in told.items() if "surges" in path} == {"arrivals.surges[1]": both}


@pytest.mark.parametrize(("text", "name", "path"), [
    ("late: 2 agents:teams.support.shifts[0].agents=5", "late: 2 agents", "teams.support.shifts[0].agents"),
    ("more:weeks=2", "more", "weeks"),
    ("from 9:00:teams.support.shifts[0].end='16:00'", "from 9:00", "teams.support.shifts[0].end"),
    ("teams.support.shifts[0].end='16:00'", "teams.support.shifts[0].end='16:00'", "teams.support.shifts[0].end"),
])  # fmt: skip
def test_a_name_may_hold_a_colon(text: str, name: str, path: str) -> None:
    (_, found), _ = variants_of([priced()], changed=[text])
    assert found.name == name
    assert [setting[0] for setting in found.settings] == [path]


@pytest.mark.parametrize(("given", "meant"), [
    ("csat", "csat_mean"), ("first_response", "first_response_mean"), ("wait", "wait_mean"), ("sla", "sla_breach"),
    ("abandoment", "abandonment"), ("resolution", "resolution_mean"),
])  # fmt: skip
def test_a_suggested_kpi_is_the_mean_or_the_headlines(given: str, meant: str) -> None:
    with pytest.raises(StudyError, match=f"did you mean {meant}?"):
        parse_targets([f"{given}<=4"], priced(), "--target")
