"""A scenario that was changed can be saved as a file that gives the same figures."""

from pathlib import Path

import numpy as np
import pytest

from simulator.base.errors import ScenarioError
from simulator.scenario import load_scenario, override, scenario_from, shipped_scenarios
from simulator.scenario.what_ifs import propose
from simulator.scenario.writing import saved
from simulator.scenario.yaml_text import parse_yaml
from simulator.studies.running.batch import replicate
from simulator.studies.running.live import LiveRunner
from simulator.tickets.fingerprints import scenario_key
from tests.support.app_desks import SMALL

CHANGES = {
    "policy.answer_threshold": 0.7,
    "teams.support.shifts[0].agents": 3,
    "arrivals.per_week": 330,
    "costs.ai.per_resolution": 0.5,
    "costs.agent_per_hour": 28,
}


def test_a_saved_file_gives_exactly_the_figures_that_were_shown(tmp_path: Path) -> None:
    shown = propose(scenario_from(parse_yaml(SMALL, "small")[0]), CHANGES)
    file = tmp_path / "saved.yaml"
    file.write_text(saved(shown, SMALL, CHANGES).text, encoding="utf-8")
    here = LiveRunner().replicate(shown, 3, seed=4)
    there = replicate(load_scenario(file), replications=3, seed=4)
    assert here.kpi_names == there.kpi_names
    for kpi in here.kpi_names:
        for baseline in (False, True):
            one, other = here.values(kpi, baseline=baseline), there.values(kpi, baseline=baseline)
            assert np.array_equal(one, other, equal_nan=True), kpi


def test_a_saved_file_keeps_the_comments_and_changes_nothing_else() -> None:
    shown = propose(scenario_from(parse_yaml(SMALL, "small")[0]), CHANGES)
    found = saved(shown, SMALL, CHANGES)
    assert found.keeps_comments
    lines, before = found.text.splitlines(), SMALL.splitlines()
    assert {line for line in before if line not in lines} == {
        "arrivals: {per_week: 300}              # a guess",
        '      - {days: mon-fri, start: "09:00", end: "17:00", agents: 2}   # as of May',
        "  agent_per_hour: 25",
        "  ai: {per_resolution: 0.99}",
    }
    assert any(line.endswith("# as of May") and "value: 3" in line for line in lines)
    assert 'baseline: {"teams.support.shifts[0].agents": ' in found.text


@pytest.mark.slow
@pytest.mark.parametrize("file", shipped_scenarios(), ids=lambda file: file.stem)
def test_every_shipped_scenario_can_be_saved_changed_and_unchanged(file: Path) -> None:
    scenario = load_scenario(file)
    text = file.read_text(encoding="utf-8")
    assert saved(scenario, text).keeps_comments == ("\nextends:" not in text)
    name = next(iter(scenario.intents))
    changes = {"handling.reopen.share": 0.031, f"intents.{name}.share": float(scenario.intents[name].share)}
    changed = propose(scenario, changes)
    read = parse_yaml(saved(changed, text, changes).text, "saved")[0]
    assert scenario_key(scenario_from(read)) == scenario_key(changed)


def test_what_the_file_repeats_by_reference_is_written_out_in_full() -> None:
    text = SMALL.replace("handle: 8m", "handle: &h {mean: 8m, cv: 1}").replace(
        'refund:   {share: 30%, handle: {value: 12m, low: 10m, high: 14m, source: "measured: May export, n=212"}}',
        "refund: {share: 30%, handle: *h}",
    )
    assert "*h" in text
    changed = override(scenario_from(parse_yaml(text, "small")[0]), {"intents.refund.handle.mean": 9})
    found = saved(changed, text, ["intents.refund.handle.mean"])
    assert not found.keeps_comments
    assert scenario_key(scenario_from(parse_yaml(found.text, "saved")[0])) == scenario_key(changed)


def test_a_log_that_is_replayed_must_lie_beside_the_saved_file(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("at\n2026-01-05 09:30\n2026-01-06 10:00\n", encoding="utf-8")
    text = SMALL.replace("{per_week: 300}", "{replay: {file: log.csv, time: at}}")
    (tmp_path / "desk.yaml").write_text(text, encoding="utf-8")
    scenario = load_scenario(tmp_path / "desk.yaml")
    changed = propose(scenario, {"policy.answer_threshold": 0.7})
    found = saved(changed, text, ["policy.answer_threshold"])
    assert found.needs == "log.csv"
    (tmp_path / "saved.yaml").write_text(found.text, encoding="utf-8")
    assert scenario_key(load_scenario(tmp_path / "saved.yaml")) == scenario_key(changed)


def test_no_file_of_the_folder_that_the_program_runs_in_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "log.csv").write_text("confidence,correct\n" + "0.5,1\n0.7,0\n0.9,1\n" * 20, encoding="utf-8")
    text = SMALL.replace("confidence: {mean: 0.8, concentration: 8}", "confidence: {shadow_log: log.csv}")
    (tmp_path / "desk.yaml").write_text(text, encoding="utf-8")
    scenario = load_scenario(tmp_path / "desk.yaml")
    monkeypatch.chdir(tmp_path)
    found = saved(scenario, text)
    assert not found.keeps_comments
    with pytest.raises(ScenarioError):
        scenario_from(parse_yaml(text, "small")[0], tmp_path / "elsewhere")
    assert scenario_key(scenario_from(parse_yaml(found.text, "saved")[0], tmp_path / "elsewhere")) == scenario_key(
        scenario
    )


def test_letters_beyond_the_first_65536_and_line_separators_can_be_saved() -> None:
    changes = {"name": "desk 🙂 é", "description": "one\u2028two\x85"}
    desk = propose(scenario_from(parse_yaml(SMALL, "small")[0]), changes)
    found = saved(desk)
    assert "desk 🙂 é" in found.text
    assert scenario_key(scenario_from(parse_yaml(found.text, "saved")[0])) == scenario_key(desk)
