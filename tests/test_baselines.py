"""Committed figures of the shipped scenarios: a change of results has to be meant, and told in the changelog.

Update after a meant change with `python -m tests.test_baselines`, and tag the commit **results change**.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

FILE = Path(__file__).with_name("baselines.json")
KPIS = (
    "tickets", "resolved", "abandonment", "automated_resolution", "answer_accuracy", "routing_accuracy", "aht",
    "first_response_p90", "resolution_mean", "sla_breach", "reopen", "backlog_mean", "occupancy", "csat_mean",
    "cost_ai", "hours_saved", "net_value_capacity",
)  # fmt: skip


def figures(name: str) -> dict[str, float]:
    """Simulate the first two weeks of a scenario once, with its baseline: KPIs by name."""
    from simulator import load_scenario
    from simulator.studies.running.cell import one_replication, satisfaction_anchor

    scenario = load_scenario(name, ["weeks=2"])
    anchor = satisfaction_anchor(scenario, 1)
    kpis = one_replication(scenario, 0, 1, "simpy", anchor).arm.kpis
    return {kpi: kpis[kpi] for kpi in KPIS if kpis.get(kpi) == kpis.get(kpi) and kpi in kpis}


def names() -> list[str]:
    from simulator.base.shipped import shipped_scenarios

    return [path.stem for path in shipped_scenarios()]


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_results_are_the_committed_ones(name):
    committed = json.loads(FILE.read_text())[name]
    found = figures(name)
    assert found.keys() == committed.keys()
    # A processor's last digit may move a tick or, very rarely, a ticket; anything more is another model.
    assert found == pytest.approx(committed, rel=1e-6)


def test_every_shipped_scenario_has_committed_figures():
    assert sorted(json.loads(FILE.read_text())) == sorted(names())


if __name__ == "__main__":
    FILE.write_text(json.dumps({name: figures(name) for name in names()}, indent=1) + "\n")
