"""The public names: complete, documented, and helpful when looked at."""

import inspect
import subprocess
import sys

import pandas as pd
import pytest

import simulator
from simulator import Replications, Run, Scenario, SimulatorError, load_scenario, replicate, simulate, summarise
from simulator.base.errors import OutputError, Problem, ScenarioError, StudyError
from tests.support.desks import ai_desk, pilot_desk, plain_desk


@pytest.fixture(scope="module")
def run() -> Run:
    return simulate(pilot_desk(), seed=3, replication=1)


def test_the_list_of_public_names_is_sorted_and_complete() -> None:
    assert simulator.__all__ == sorted(simulator.__all__)
    assert set(simulator.__all__) == set(simulator._HOMES)
    script = (
        "import simulator; before = set(vars(simulator))\n"
        "for name in simulator.__all__: getattr(simulator, name)\n"
        "import types; own = {n for n, v in vars(simulator).items() if not isinstance(v, types.ModuleType)}\n"
        "print(*sorted(n for n in own if not n.startswith('_')))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert set(found.split()) - set(simulator.__all__) <= {"annotations", "Any", "import_module"}


@pytest.mark.parametrize("name", simulator.__all__)
def test_every_public_name_resolves_and_is_documented(name: str) -> None:
    item = getattr(simulator, name)
    assert item.__name__ == name
    assert item.__module__.startswith("simulator.")
    text = inspect.getdoc(item)
    assert text is not None
    assert text.split("\n")[0].endswith(".")
    if inspect.isfunction(item):
        hints = inspect.signature(item)
        assert hints.return_annotation is not inspect.Signature.empty
        assert all(parameter.annotation is not inspect.Parameter.empty for parameter in hints.parameters.values())


@pytest.mark.parametrize("kind", [Run, Replications])
def test_public_members_of_results_are_documented(kind: type) -> None:
    for name, member in inspect.getmembers(kind, lambda m: inspect.isfunction(m) or not callable(m)):
        if not name.startswith("_") and name in vars(kind) and hasattr(member, "__doc__"):
            assert inspect.getdoc(member), name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'simulator' has no attribute 'simulat'"):
        simulator.simulat  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    script = "import sys, simulator; print([m for m in ('numpy', 'pandas', 'simpy', 'matplotlib') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"


# -- what results look like ------------------------------------------------------------------------------------


def test_a_run_shows_its_scenario_seed_and_outcomes(run: Run) -> None:
    counts = run.tickets.outcome.value_counts()
    text = repr(run)
    assert text.startswith("<Run of 'pilot': seed 3, replication 1, ")
    assert f"{len(run.tickets):,} tickets (" in text
    for outcome, count in counts.items():
        assert (f"{count:,} {outcome}" in text) == bool(count)


def test_a_study_shows_its_headline_kpis_with_intervals() -> None:
    study = replicate(ai_desk(costs={"agent_per_hour": 20}), replications=2, workers=1, seed=5)
    lines = repr(study).split("\n")
    assert lines[0] == "<2 replications of 'plain desk', seed 5>"
    shown = [line for line in lines if "Handle time" in line]
    assert len(shown) == 1
    assert study.spelled("aht") in shown[0]
    assert len(study) == 2


def test_a_scenario_shows_its_name() -> None:
    assert "pilot" in repr(pilot_desk())


def test_errors_carry_their_problems() -> None:
    assert issubclass(ScenarioError, SimulatorError)
    assert issubclass(StudyError, SimulatorError)
    assert issubclass(OutputError, SimulatorError)
    with pytest.raises(ScenarioError) as caught:
        plain_desk(weeks=0, teams={"support": {"agents": -1}})
    assert {problem.path for problem in caught.value.problems} == {"weeks", "teams.support.agents"}
    assert all(isinstance(problem, Problem) for problem in caught.value.problems)
    assert str(caught.value).count("\n") == 1


# -- tables ----------------------------------------------------------------------------------------------------

TICKETS = {
    "ticket": "int64", "arrived_at": "datetime64[us, Europe/London]", "arrival_minutes": "float64", "week": "int64",
    "is_counted": "bool",
    "intent": "category", "channel": "category", "tier": "category", "is_hardest_tenth": "bool", "mode": "category",
    "priority": "category", "outcome": "category", "resolver": "category",
    "closed_at": "datetime64[us, Europe/London]", "first_response_minutes": "float64",
    "resolution_minutes": "float64", "wait_minutes": "float64", "handle_minutes": "float64", "transfers": "int64",
    "returns": "int64", "breached_sla": "bool", "predicted_intent": "category", "route_confidence": "float64",
    "answer_confidence": "float64", "ai_answered": "bool", "ai_gathered": "bool", "ai_handed_over": "bool",
    "ai_closed": "bool", "ai_would_be_right": "bool", "ai_replies": "int64",
}  # fmt: skip
STEPS = {
    "ticket": "int64", "step": "int64", "kind": "category", "queue": "category", "team": "category",
    "priority": "int64", "joined_at": "datetime64[us, Europe/London]", "began_at": "datetime64[us, Europe/London]",
    "ended_at": "datetime64[us, Europe/London]", "joined_minutes": "float64", "began_minutes": "float64",
    "ended_minutes": "float64", "outcome": "category",
}  # fmt: skip


def types(table: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in table.dtypes.items()}


def test_the_ticket_table_has_these_columns(run: Run) -> None:
    assert types(run.tickets) == TICKETS
    assert run.tickets.ticket.tolist() == list(range(len(run.tickets)))
    assert run.tickets.intent.cat.categories.tolist() == list(run.scenario.intents)


def test_the_audit_trail_has_these_columns(run: Run) -> None:
    assert types(run.steps) == STEPS
    assert run.steps.kind.cat.categories.tolist() == [
        "classify", "answer", "triage", "transfer", "touch", "follow_up", "return"
    ]  # fmt: skip


def test_a_desk_without_ai_has_no_columns_about_it() -> None:
    london = plain_desk(timezone="Europe/London")
    wanted = {name: kind for name, kind in TICKETS.items() if name.split("_")[0] not in ("ai", "predicted", "route",
              "answer")}  # fmt: skip
    assert types(simulate(london).tickets) == wanted
    assert types(simulate(london).steps) == STEPS


def test_the_summary_has_these_columns() -> None:
    table = summarise(replicate(plain_desk(), replications=1, workers=1))
    assert table.columns.tolist() == ["kpi", "unit", "mean", "ci_low", "ci_high", "replications"]
    assert table.ci_low.isna().all()  # one replication says nothing about how sure


# -- calls -----------------------------------------------------------------------------------------------------


def test_simulate_takes_seed_replication_and_engine_by_name() -> None:
    scenario = plain_desk()
    one = simulate(scenario, seed=4, replication=2, engine="simpy")
    again = simulate(scenario, seed=4, replication=2)
    pd.testing.assert_frame_equal(one.tickets, again.tickets)
    pd.testing.assert_frame_equal(one.steps, again.steps)
    assert (one.seed, one.replication, one.engine) == (4, 2, "simpy")
    assert not simulate(scenario, seed=4, replication=3).tickets.arrival_minutes.equals(one.tickets.arrival_minutes)
    with pytest.raises(TypeError):
        simulate(scenario, 4)


@pytest.mark.parametrize(("numbers", "message"), [
    ({"seed": -1}, "seed is -1; must be a whole number, 0 or more"),
    ({"seed": 1.5}, "seed is 1.5; must be a whole number"),
    ({"seed": True}, "seed is True; must be a whole number"),
    ({"replication": -2}, "replication is -2"),
    ({"engine": "abacus"}, "engine 'abacus' is not known; must be"),
])  # fmt: skip
def test_numbers_and_engines_that_cannot_be_are_refused(numbers: dict[str, object], message: str) -> None:
    with pytest.raises(StudyError, match=message):
        simulate(plain_desk(), **numbers)


def test_load_scenario_takes_names_files_and_overrides() -> None:
    scenario = load_scenario("saas_pilot", ["policy.answer_threshold=0.8", "weeks=1"])
    assert isinstance(scenario, Scenario)
    assert (float(scenario.policy.answer_threshold), int(scenario.weeks)) == (0.8, 1)
