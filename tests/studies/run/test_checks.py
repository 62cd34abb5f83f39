"""What `check` tells before anything is simulated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.scenario import Scenario, assumption_ledger, override, scenario_from
from simulator.studies.run.checks import check
from simulator.studies.run.outputs import staged
from simulator.studies.running.batch import replicate

DESK: dict[str, Any] = {
    "name": "desk to look over",
    "start": "2026-01-05",
    "weeks": 1,
    "arrivals": {"per_week": 400, "busyness_cv": 0},
    "intents": {"question": {"share": 1, "handle": {"mean": "10m", "cv": 0.5}}},
    "teams": {"desk": {"shifts": [{"days": "mon-fri", "start": "09:00", "end": "17:00", "agents": 4}]}},
}
AI: dict[str, Any] = {
    "answer": {"confidence": {"mean": 0.8, "concentration": 8}},
    "after_wrong": {"noticed": 0.4, "returns": 0.4, "lost": 0.2},
}


def desk(**changes: Any) -> Scenario:
    return scenario_from({**DESK, **changes})


def told(scenario: Scenario, path: str) -> str:
    return " / ".join(finding.text for finding in check(scenario).findings if finding.path == path)


def test_offered_load_is_work_over_rostered_hours() -> None:
    (load,) = check(desk(arrivals={"per_week": 960, "busyness_cv": 0})).loads
    # 960 tickets of 10 minutes are 160 hours of work, and so are 4 agents for 5 days of 8 hours.
    assert load.weekly == pytest.approx(1.0, rel=0.08)
    assert load.on_duty.sum() == pytest.approx(160)
    assert load.offered.sum() / 160 == pytest.approx(load.weekly)


def test_a_team_with_more_work_than_hours_is_told() -> None:
    text = told(desk(arrivals={"per_week": 2000}), "teams.desk")
    assert "its backlog will grow without end" in text
    assert told(desk(), "teams.desk") == ""


def test_a_target_shorter_than_a_closed_night_cannot_be_met() -> None:
    flat = {"per_week": 400, "profile": "flat", "busyness_cv": 0}
    text = told(desk(arrivals=flat, sla={"first_response": {"default": "30m"}}), "sla.first_response")
    # Open 40 of 168 hours: three tickets in four arrive when nobody is there for longer than half an hour.
    share = float(text.split("for ")[1].split("%")[0])
    assert share == pytest.approx(100 * (1 - 42.5 / 168), abs=6)
    assert "arrive when the desk stays closed longer" in text


def test_closed_hours_do_not_count_on_the_business_clock() -> None:
    hours = [{"days": "mon-fri", "open": "09:00", "close": "17:00"}]
    sla = {"first_response": {"default": "2h"}, "clock": "business", "business_hours": hours}
    assert told(desk(sla=sla), "sla.first_response") == ""


@pytest.mark.parametrize("clock", ["calendar", "business"])
@pytest.mark.parametrize("by", ["tier", "priority"])
def test_a_target_shorter_than_the_work_cannot_be_met_on_any_clock(clock: str, by: str) -> None:
    hours = [{"days": "daily", "open": "00:00", "close": "24:00"}]
    sla = {"first_response": {"default": "2m"}, "clock": clock, "business_hours": hours, "by": by}
    scenario = desk(sla=sla, teams={"desk": {"agents": 9}})
    assert "need longer than that to be answered" in told(scenario, "sla.first_response")


def test_a_live_customer_is_answered_when_work_begins() -> None:
    chat = {"chat": {"share": 1, "live": True}}
    scenario = desk(sla={"first_response": {"default": "1m"}}, teams={"desk": {"agents": 9}}, channels=chat)
    assert told(scenario, "sla.first_response") == ""


def test_a_rule_that_the_phases_overrule_in_every_week_is_told() -> None:
    phases = [{"name": "watch", "from_week": 1, "mode": "shadow"}, {"name": "go", "from_week": 2, "mode": "auto"}]
    ruled = [phases[0], {**phases[1], "answer_threshold": 0.8}]
    policy = {"answer_threshold": 0.7}
    assert "has no effect" in told(desk(ai=AI, policy={**policy, "phases": ruled}), "policy.answer_threshold")
    assert "has no effect" not in told(desk(ai=AI, policy={**policy, "phases": phases}), "policy.answer_threshold")
    later = override(desk(ai=AI, policy={"phases": ruled}), ["policy.answer_threshold=0.7"])
    assert "has no effect" in told(later, "policy.answer_threshold")


def test_what_begins_after_the_last_week_is_told() -> None:
    surge = {"name": "late", "start": "2026-03-01 00:00", "end": "2026-03-02 00:00", "multiplier": 2}
    scenario = desk(arrivals={"per_week": 400, "surges": [surge]})
    assert "has no effect" in told(scenario, "arrivals.surges[0]")


def test_a_queue_that_nobody_joins_is_told() -> None:
    teams = {**DESK["teams"], "idle": {"agents": 1}}
    assert "serves no queue that any ticket reaches" in told(desk(teams=teams), "teams.idle")


def test_sources_cover_paths_with_an_index_and_dead_patterns_are_told() -> None:
    path = "teams.desk.shifts[0].agents"
    scenario = desk(sources={path: "measured: roster of May", "teams.nobody.*": "assumed"})
    row = next(row for row in assumption_ledger(scenario) if row.path == path)
    assert (row.kind, row.source) == ("measured", "measured: roster of May")
    assert told(scenario, "sources.teams.nobody.*") == "matches no figure"
    assert told(scenario, f"sources.{path}") == ""


def test_a_shadow_log_of_a_few_rows_is_told(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("confidence,correct\n0.9,1\n0.4,0\n0.7,1\n")
    log = {"shadow_log": "log.csv"}
    answer = {"confidence": log, "calibration": log}
    scenario = scenario_from({**DESK, "ai": {**AI, "answer": answer}}, tmp_path)
    assert "rests on 3 rows of log.csv" in told(scenario, "ai.answer.confidence")
    assert "rests on 3 rows of log.csv" in told(scenario, "ai.answer.calibration")


def test_a_team_without_agents_is_told_once() -> None:
    teams = {"desk": {"shifts": [{"days": "mon-fri", "start": "09:00", "end": "17:00", "agents": 0}]}}
    assert told(desk(teams=teams), "teams.desk") == "has nobody on duty in any hour of the week"


@pytest.mark.parametrize("source", ["TODO", "guess", "not measured", "unknown", "my guess"])
def test_a_source_that_says_nothing_counts_as_none(source: str) -> None:
    row = next(row for row in assumption_ledger(desk(sources={"*": source})) if row.path == "arrivals.per_week")
    assert row.kind == "unsourced"


def test_a_desk_whose_ai_does_not_route_has_no_routing_accuracy() -> None:
    study = replicate(desk(ai=AI), replications=2, workers=1)
    assert np.isnan(study.estimate("routing_accuracy").mean)


def test_payback_has_no_value_unless_every_replication_pays_back() -> None:
    costs = {"agent_per_hour": 25, "set_up": 1000, "ai": {"per_resolution": 3.8}}
    study = replicate(desk(ai=AI, costs=costs), replications=8, workers=1)
    found, values = study.estimate("payback_months"), study.values("payback_months")
    assert 0 < np.isfinite(values).sum() < 8
    assert np.isnan(found.mean)
    cheap = replicate(desk(ai=AI, costs={**costs, "ai": {"per_resolution": 0.1}}), replications=4, workers=1)
    assert cheap.estimate("payback_months").low >= 0
    # The roster is the same, so there is no cash to pay it back from.
    assert np.isnan(cheap.estimate("payback_cash_months").mean)


def test_results_of_an_earlier_run_do_not_pass_for_a_part_of_these(tmp_path: Path) -> None:
    with staged(tmp_path) as first:
        (first / "figures").mkdir()
        for name in ("baseline.csv", "summary.csv", "figures/06_costs.png"):
            (first / name).write_text("old")
    (tmp_path / "mine.txt").write_text("kept")
    with staged(tmp_path) as second:
        (second / "summary.csv").write_text("new")
    names = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert names == ["mine.txt", "summary.csv"]
    assert (tmp_path / "summary.csv").read_text() == "new"
