"""Uncertain inputs: what a range or a number of observations makes of a figure, and what moves together."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats
from typer.testing import CliRunner

from simulator.base.errors import StudyError
from simulator.base.shipped import shipped_scenarios
from simulator.cli import app
from simulator.scenario import Scenario, assumption_ledger, figures_of, load_scenario, rows_of
from simulator.studies.roi.inputs import (
    Input,
    changed_scenario,
    design,
    drawn,
    supposed_inputs,
    uncertain_inputs,
    variant_of,
)
from simulator.studies.roi.sensitivity import why_not_stressed
from tests.support.desks import ai_desk, pilot_desk
from tests.support.roi_desks import linear_desk

COSTS = {"agent_per_hour": 25, "ai": {"per_resolution": 1}}


def only_input(scenario: Scenario) -> Input:
    inputs, left = uncertain_inputs(scenario)
    assert left == []
    assert len(inputs) == 1
    return inputs[0]


@pytest.mark.parametrize("path", [file.stem for file in shipped_scenarios()])
def test_every_row_of_the_ledger_has_its_figures(path: str) -> None:
    scenario = load_scenario(path)
    rows = rows_of(scenario)
    assert [row for row, _ in rows] == assumption_ledger(scenario)
    assert sum(len(figures) for _, figures in rows) == len(figures_of(scenario))
    assert all(figures for _, figures in rows)


@pytest.mark.parametrize(
    ("parts", "low", "middle", "high"),
    [
        ({"ai": {"write_back": {"value": 0.9, "low": 0.8, "high": 0.98}}}, 0.8, 0.9, 0.98),
        ({"ai": {"after_wrong": {"noticed": {"value": 0.4, "low": 0.0, "high": 0.5}}}}, 0.0, 0.4, 0.5),
        ({"costs": {**COSTS, "set_up": {"value": 1000, "low": 500, "high": 4000}}}, 500, 1000, 4000),
        ({"costs": {**COSTS, "set_up": {"value": 0, "low": 0, "high": 4000}}}, 0, 0, 4000),
        ({"ai": {"answer": {"calibration": {"shift": {"value": 0, "low": -1, "high": 0.5}}}}}, -1, 0, 0.5),
        ({"teams": {"support": {"agents": {"value": 3, "low": 2, "high": 6}}}}, 2, 3, 6),
    ],
)
def test_low_value_and_high_are_the_5_50_and_95_percent_quantiles(
    parts: dict[str, Any], low: float, middle: float, high: float
) -> None:
    one = only_input(ai_desk(**parts))
    assert [one.at(share)[0] for share in (0.05, 0.5, 0.95)] == [low, middle, high]
    near = [one.at(share)[0] for share in (0.05 + 1e-9, 0.5 + 1e-9, 0.95 - 1e-9)]
    assert near == pytest.approx([low, middle, high], abs=1e-6 * high)


@settings(max_examples=60, deadline=None)
@given(
    ends=st.tuples(*[st.floats(0.001, 0.999)] * 3).map(sorted),
    shares=st.lists(st.floats(1e-9, 1 - 1e-9), min_size=2, max_size=8),
)
def test_draws_of_a_share_are_shares_and_rise_with_their_quantile(ends: list[float], shares: list[float]) -> None:
    low, value, high = ends
    inputs, _ = uncertain_inputs(ai_desk(ai={"write_back": {"value": value, "low": low, "high": high}}))
    if low == high:
        assert inputs == []
        return
    drawn_values = [inputs[0].at(share)[0] for share in sorted(shares)]
    assert all(0 <= value <= 1 for value in drawn_values)
    assert all(a <= b + 1e-12 for a, b in zip(drawn_values, drawn_values[1:], strict=False))


def test_a_share_measured_on_n_is_jeffreys_beta() -> None:
    one = only_input(ai_desk(ai={"write_back": {"value": 0.9, "n": 50}}))
    assert one.at(0.3)[0] == pytest.approx(stats.beta(45.5, 5.5).ppf(0.3))


def test_a_mean_duration_measured_on_n_has_the_standard_error_of_its_mean() -> None:
    handle = {"mean": {"value": 12, "n": 400}, "cv": 0.8}
    one = only_input(ai_desk(intents={"question": {"handle": {"form": "lognormal", "value": None, **handle}}}))
    assert one.at(special.ndtr(1.0))[0] == pytest.approx(12 * math.exp(0.8 / 20))


def test_a_count_measured_on_n_is_left_out_and_told() -> None:
    inputs, left = uncertain_inputs(ai_desk(arrivals={"per_week": {"value": 200, "n": 52}}))
    assert inputs == []
    assert [one.name for one in left] == ["arrivals.per_week"]
    assert "give low and high" in left[0].why


def test_what_sets_the_run_is_left_out_and_told() -> None:
    csat = {"human_mean": {"value": 4.4, "low": 4.2, "high": 4.6}}
    _, left = uncertain_inputs(ai_desk(csat=csat, weeks={"value": 2, "low": 1, "high": 4}))
    assert {one.name: one.why for one in left} == {
        "csat.human_mean": "no money hangs on it", "weeks": "it sets how long the run is"
    }  # fmt: skip


def test_a_figure_that_stands_in_two_places_moves_in_both() -> None:
    same = {"value": 10, "low": 8, "high": 12, "source": "assumed"}
    handle = {"form": "constant", "value": same}
    desk = ai_desk(intents={"question": {"share": 0.5, "handle": handle}, "other": {"share": 0.5, "handle": handle}})
    one = only_input(desk)
    changed = changed_scenario(desk, one.change(0.95), "it")
    assert [intent.handle.value for intent in changed.intents.values()] == [12, 12]


def test_shares_of_a_whole_make_room_for_one_that_moves() -> None:
    shares = {"a": {"value": 0.5, "low": 0.4, "high": 0.8}, "b": 0.3, "c": 0.2}
    handle = {"form": "constant", "value": 10}
    desk = ai_desk(intents={"question": None, **{n: {"share": s, "handle": handle} for n, s in shares.items()}})
    changed = changed_scenario(desk, only_input(desk).change(0.95), "it")
    assert [float(intent.share) for intent in changed.intents.values()] == pytest.approx([0.8, 0.12, 0.08])


def test_three_uncertain_shares_of_one_whole_stay_a_whole() -> None:
    wrong = {name: {"value": v, "low": v / 2, "high": v * 1.8} for name, v in
             (("noticed", 0.5), ("returns", 0.3), ("lost", 0.2))}  # fmt: skip
    desk = ai_desk(ai={"after_wrong": wrong})
    inputs, _ = uncertain_inputs(desk)
    assert len(inputs) == 3
    for shares in design(3, 16, seed=5):
        after = changed_scenario(desk, drawn(inputs, shares), "it").ai.after_wrong
        assert after.noticed + after.returns + after.lost == pytest.approx(1)


def test_an_uncertain_speed_holds_for_the_desk_without_ai_too() -> None:
    desk = ai_desk(teams={"support": {"efficiency": {"value": 1, "low": 0.8, "high": 1.2}}})
    variant = variant_of(desk, "it", only_input(desk).change(0.95))
    assert variant.today is not None
    assert variant.today.teams["support"].efficiency == variant.scenario.teams["support"].efficiency == 1.2


def test_a_design_fills_each_input_evenly_and_begins_as_a_shorter_one() -> None:
    shares = design(4, 64, seed=3)
    for column in shares.T:
        assert sorted(np.floor(column * 64)) == list(range(64))
    assert (design(4, 40, seed=3) == shares[:40]).all()
    assert not (design(4, 64, seed=4) == shares).any()


def test_supposed_ranges_keep_every_scenario_valid() -> None:
    desk = pilot_desk()
    supposed = [one for one in supposed_inputs(desk, 0.2) if why_not_stressed(one) is None]
    assert len(supposed) > 40
    for shares in design(len(supposed), 8, seed=1):
        changed_scenario(desk, drawn(supposed, shares), "it")


def test_decisions_are_not_put_under_stress() -> None:
    whys = {one.name: why_not_stressed(one) for one in supposed_inputs(pilot_desk(), 0.2)}
    assert whys["policy.answer_threshold"] == "yours to decide: vary it with sweep"
    assert whys["ai.write_back"] is None


# -- the command -----------------------------------------------------------------------------------------------------


def run(*options: str) -> Any:
    return CliRunner().invoke(app, ["roi", *options])


def scenario_file(folder: Path, scenario: Scenario) -> str:
    file = folder / "desk.yaml"
    file.write_text(json.dumps(scenario.model_dump(mode="json")), encoding="utf-8")
    return str(file)


@pytest.mark.slow
def test_the_command_writes_its_tables_charts_and_page(tmp_path: Path) -> None:
    out = tmp_path / "out"
    desk = scenario_file(tmp_path, linear_desk())
    done = run(desk, "--draws", "16", "-n", "4", "--workers", "1", "--out", str(out), "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["answer"].startswith("Over 12 months the AI returns $")
    assert "P(ROI > 0)" in found["answer"]
    assert "Of the inputs with a range, intents.question.handle.value changes net value most" in found["answer"]
    assert "In cash the roster is the same with and without AI, so the AI costs" in found["sentences"][0]
    tables = {f"{name}.csv" for name in ("summary", "cash_flow", "draws", "tornado", "break_even", "assumptions")}
    assert tables | {"manifest.json", "report.html", "figures", "study.sqlite"} == {file.name for file in out.iterdir()}
    assert len(list((out / "figures").iterdir())) == 5
    ledger = (out / "assumptions.csv").read_text(encoding="utf-8")
    assert "stress of ±20%" in ledger
    assert "its range" in ledger


@pytest.mark.slow
def test_without_any_range_the_command_says_what_the_chance_rests_on(tmp_path: Path) -> None:
    desk = ai_desk(costs={"agent_per_hour": 25, "ai": {"per_resolution": 1}})
    done = run(scenario_file(tmp_path, desk), "-n", "4", "--draws", "4", "--workers", "1", "--out", str(tmp_path / "o"))
    assert done.exit_code == 0, done.output
    said = " ".join(done.stdout.split())
    assert "No figure of the scenario states a range, so P(ROI > 0) rests on simulation noise only" in said
    assert "a low and a high, or ask with --assume 20%." in said


@pytest.mark.slow
def test_assumed_ranges_are_drawn_when_asked_for(tmp_path: Path) -> None:
    desk = ai_desk(costs={"agent_per_hour": 25, "ai": {"per_resolution": 1}})
    done = run(scenario_file(tmp_path, desk), "-n", "2", "--draws", "8", "--assume", "20%", "--stress", "0",
               "--workers", "1", "--out", str(tmp_path / "o"), "--json")  # fmt: skip
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["draws"] == 8
    assert "assumed figures given ±20%" in found["how_sure"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--stress", "much"], "--stress is 'much'; must be a share such as 25% or 0.25"),
        (["--draws", "3"], "--draws is 3; must be from 16"),
        (["--set", "costs=null"], "has no `costs`; give at least costs.agent_per_hour"),
    ],
)
def test_bad_options_are_told_and_nothing_is_written(tmp_path: Path, options: list[str], told: str) -> None:
    out = tmp_path / "out"
    done = run(scenario_file(tmp_path, linear_desk()), *options, "--out", str(out))
    assert done.exit_code == 2
    assert told in done.stderr
    assert not out.exists()


def test_ranges_that_cannot_be_together_are_told_with_the_remedy() -> None:
    delay = {"low": {"value": 1000, "low": 500, "high": 4000}, "high": {"value": 2000, "low": 1500, "high": 2500}}
    desk = ai_desk(ai={"after_wrong": {"delay": delay}}, costs={"agent_per_hour": 25, "ai": {"per_resolution": 1}})
    inputs, _ = uncertain_inputs(desk)
    crossing = drawn(inputs, np.array([0.99, 0.01]))
    with pytest.raises(StudyError, match=r"keep low <= high: ranges that overlap so cannot be drawn from .*narrow"):
        changed_scenario(desk, crossing, "draw 0")


def test_a_share_that_nothing_can_make_room_for_is_told_and_not_varied() -> None:
    whole = {"noticed": {"value": 1, "low": 0.5, "high": 1}, "returns": 0, "lost": 0}
    inputs, left = uncertain_inputs(ai_desk(ai={"after_wrong": whole}, costs=COSTS))
    assert inputs == []
    assert [(one.name, one.why[:28]) for one in left] == [("ai.after_wrong.noticed", "the shares beside it are 0, ")]
    some = {"noticed": {"value": 0.8, "low": 0.5, "high": 0.9}, "returns": 0.2, "lost": 0}
    assert only_input(ai_desk(ai={"after_wrong": some}, costs=COSTS)).name == "ai.after_wrong.noticed"


def test_a_curve_by_shadow_log_varies_in_level_as_its_rows_allow(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    stated = rng.uniform(0.5, 1, 800)
    right = rng.uniform(size=800) < stated
    rows = "".join(f"{one:.4f},{int(is_right)}\n" for one, is_right in zip(stated, right, strict=True))
    (tmp_path / "log.csv").write_text("confidence,correct\n" + rows)
    measured = {"shadow_log": "log.csv"}
    text = ai_desk().model_dump(mode="json", exclude_none=True)
    text["ai"]["answer"] = {"confidence": measured, "calibration": measured}
    (tmp_path / "desk.yaml").write_text(json.dumps(text))
    scenario = load_scenario(str(tmp_path / "desk.yaml"))
    inputs, left = uncertain_inputs(scenario)
    (level,) = (one for one in inputs if one.name == "ai.answer.calibration.shift")
    # The level of a curve through n rows is known to 1/√(Σ p (1 - p)) of its log-odds; here p is what was drawn.
    reach = stats.norm.ppf(0.95) / math.sqrt(float((stated * (1 - stated)).sum()))
    assert level.at(0.05)[0] == pytest.approx(-reach, rel=0.05)
    assert level.at(0.95)[0] == pytest.approx(reach, rel=0.05)
    assert [one.name for one in left] == ["ai.answer.confidence"]
    low, high = (changed_scenario(scenario, level.change(end), "level") for end in (0.05, 0.95))
    curves = [one.ai.answer.calibration.log_odds(np.array([0.6, 0.9])) for one in (low, high) if one.ai]
    assert curves[1] - curves[0] == pytest.approx(2 * level.at(0.95)[0])


def test_a_shift_that_the_user_gave_outlives_another_log(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("confidence,correct\n0.3,0\n0.9,1\n0.95,1\n")
    for shift, kept in (({}, "measured"), ({"shift": {"value": -0.2, "source": "assumed"}}, "assumed")):
        text = ai_desk().model_dump(mode="json", exclude_none=True)
        text["ai"]["answer"]["calibration"] = {"shadow_log": "one.csv", **shift}
        (tmp_path / "desk.yaml").write_text(json.dumps(text))
        file = tmp_path / "two.csv"
        found = load_scenario(str(tmp_path / "desk.yaml"), [f"ai.answer.calibration.shadow_log={file.name}"])
        assert found.ai is not None
        assert found.ai.answer.calibration.shift.source.startswith(kept)
