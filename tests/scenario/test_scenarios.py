"""Every shipped scenario, and what a scenario file can be: small, laid over another, and written back as JSON."""

import fnmatch
import json
from collections import Counter
from pathlib import Path

import pytest

from simulator import load_scenario
from simulator.base.errors import ScenarioError
from simulator.run import Run, simulate, simulate_baseline
from simulator.scenario import KINDS, Mode, Scenario, assumption_ledger, override, shipped_scenarios, without_ai
from simulator.studies.run.checks import check
from simulator.studies.running.batch import replicate

FILES = shipped_scenarios()
SMALLEST = """\
name: small desk
start: 2026-01-05
arrivals: {per_week: 300}
intents:
  question: {share: 70%, handle: 8m}
  refund:   {share: 30%, handle: {value: 12m, low: 10m, high: 14m, source: "measured: May export, n=212"}}
teams:
  support:
    shifts:
      - {days: mon-fri, start: "09:00", end: "17:00", agents: 3}
ai:
  answer:
    confidence: {mean: 0.8, concentration: 8}
  after_wrong: {noticed: 40%, returns: 40%, lost: 20%}
costs:
  agent_per_hour: 25
  ai: {per_resolution: 0.99}
"""


@pytest.fixture(scope="module", params=FILES, ids=lambda path: path.stem)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return load_scenario(request.param)


@pytest.fixture(scope="module")
def run(scenario: Scenario) -> Run:
    """All weeks and phases of a scenario, with few tickets."""
    return simulate(override(scenario, {"arrivals.per_week": 400}))


def test_scenarios_are_shipped() -> None:
    assert {"saas_pilot", "ecommerce_peak", "outerwear", "supplements", "pilot_to_production", "bank_call_centre"} <= {
        path.stem for path in FILES
    }


def test_it_begins_with_its_question(scenario: Scenario) -> None:
    assert scenario.name
    assert scenario.description.rstrip().endswith("?")


def test_every_figure_has_a_source(scenario: Scenario) -> None:
    rows = assumption_ledger(scenario)
    assert len(rows) > 50
    assert [row.path for row in rows if row.kind == "unsourced"] == []
    assert {row.kind for row in rows} <= set(KINDS)


def test_the_source_of_a_figure_fits_it(scenario: Scenario) -> None:
    """No pattern in `sources` is left over from a figure that is gone."""
    paths = [row.path for row in assumption_ledger(scenario)]
    prefixes = ("pilot.observed", "baseline.")
    idle = [
        pattern for pattern in scenario.sources
        if not pattern.startswith(prefixes) and not any(fnmatch.fnmatchcase(path, pattern) for path in paths)
    ]  # fmt: skip
    assert idle == []


def test_it_is_checked_without_a_warning_of_collapse(scenario: Scenario) -> None:
    report = check(scenario)
    assert report.tickets > 1000
    assert [load.team for load in report.loads] == list(scenario.teams)
    for load in report.loads:
        assert 0 < load.weekly <= 1, load.team
    told = [finding.text for finding in report.findings]
    assert [text for text in told if "without end" in text or "collapses" in text] == []


def test_its_tickets_are_conserved(run: Run) -> None:
    ends = Counter(run.tickets.outcome)
    assert sum(ends.values()) == len(run.tickets) > 500
    assert ends["resolved"] > 0.6 * len(run.tickets)
    assert (run.steps.groupby("ticket").size() >= 1).sum() == len(run.tickets)
    closed = run.tickets[run.tickets.outcome != "open"]
    assert closed.closed_at.tolist() == run.steps.groupby("ticket").ended_at.max()[closed.ticket].tolist()
    assert run.tickets.closed_at.isna().tolist() == (run.tickets.outcome == "open").tolist()


def test_its_baseline_meets_the_same_customers_without_ai(run: Run) -> None:
    if run.scenario.ai is None:
        return
    baseline = simulate_baseline(run)
    for column in ("arrival_minutes", "intent", "channel", "tier", "is_hardest_tenth"):
        assert baseline.tickets[column].equals(run.tickets[column]), column
    assert set(baseline.tickets["mode"]) == {"off"}
    assert not baseline.steps.kind.isin(["classify", "answer"]).any()
    assert set(baseline.tickets.resolver) <= {"people alone", "nobody"}


def test_an_override_keeps_the_ranges_of_figures_by_name() -> None:
    flags = ["intents.billing.flags.payment_dispute={value: 8%, low: 5%, high: 10%}"]
    changed = override(load_scenario("supplements", flags), {"weeks": 5})
    figure = changed.intents["billing"].flags["payment_dispute"]
    assert (figure, figure.low, figure.high) == (0.08, 0.05, 0.1)


def test_its_json_reloads_to_an_equal_scenario(scenario: Scenario) -> None:
    text = json.dumps(scenario.model_dump(mode="json"), allow_nan=False)
    again = Scenario.model_validate(json.loads(text))
    assert again == scenario
    assert json.dumps(again.model_dump(mode="json")) == text
    assert assumption_ledger(again) == assumption_ledger(scenario)


def test_a_reloaded_scenario_gives_the_same_run(run: Run) -> None:
    again = simulate(Scenario.model_validate(run.scenario.model_dump(mode="json")))
    assert again.tickets.equals(run.tickets)


# -- writing scenarios -----------------------------------------------------------------------------------------


def test_the_smallest_useful_scenario_works(tmp_path: Path) -> None:
    assert SMALLEST.count("\n") < 25
    file = tmp_path / "small.yaml"
    file.write_text(SMALLEST)
    scenario = load_scenario(file)
    assert not [finding for finding in check(scenario).findings if "without end" in finding.text]
    study = replicate(scenario, replications=2, workers=1)
    assert study.estimate("automated_resolution").mean > 0.1
    assert study.estimate("hours_saved").mean > 0


def test_a_file_is_laid_over_another(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(SMALLEST)
    (tmp_path / "more.yaml").write_text(
        "extends: desk.yaml\n"
        "name: more\n"
        "intents:\n"
        "  question: {share: 50%}\n"
        "  new: {share: 20%, handle: 5m}\n"
        'teams: {support: {shifts: [{days: daily, start: "08:00", end: "20:00", agents: 2}]}}\n'
    )
    base, over = load_scenario(tmp_path / "desk.yaml"), load_scenario(tmp_path / "more.yaml")
    assert over.name == "more"
    assert list(over.intents) == ["question", "refund", "new"]
    assert [float(intent.share) for intent in over.intents.values()] == [0.5, 0.3, 0.2]
    assert over.intents["question"].handle == base.intents["question"].handle  # key by key
    assert [shift.days for shift in over.teams["support"].shifts] == ["daily"]  # lists as a whole
    assert over.ai == base.ai
    assert base.intents["question"].share == 0.7


def test_a_problem_in_an_overlay_names_the_file_that_holds_it(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(SMALLEST)
    (tmp_path / "more.yaml").write_text("extends: desk.yaml\nname: more\nweeks: -1\n")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(tmp_path / "more.yaml")
    (problem,) = caught.value.problems
    assert problem.where.endswith("more.yaml:3")
    assert problem.path == "weeks"


def test_overrides_change_the_value_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(SMALLEST)
    base = load_scenario(tmp_path / "desk.yaml")
    changed = load_scenario(tmp_path / "desk.yaml", ["policy.answer_threshold=0.7", "teams.support.shifts[0].agents=5"])
    assert float(changed.policy.answer_threshold) == 0.7
    assert [float(agents) for agents in changed.teams["support"].shifts[0].agents] == [5]
    back = override(changed, {"policy.answer_threshold": 0.85, "teams.support.shifts[0].agents": 3})
    assert back == base


def test_a_default_stays_a_default_when_something_else_is_overridden(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(SMALLEST)
    base = load_scenario(tmp_path / "desk.yaml")
    for changed in (override(base, {"weeks": 2}), load_scenario(tmp_path / "desk.yaml", ["weeks=2"])):
        sources = {row.path: row.source for row in assumption_ledger(changed)}
        assert sources["arrivals.profile.mon-fri"] == "assumed"
        assert sources == {row.path: row.source for row in assumption_ledger(base)} | {"weeks": ""}
        assert "pilot" not in changed.model_fields_set
        assert "weeks" in changed.model_fields_set
        assert "share" in changed.intents["question"].model_fields_set


def test_the_baseline_is_the_desk_without_ai_and_with_its_own_roster() -> None:
    scenario = load_scenario("outerwear")
    off = without_ai(scenario)
    assert off.policy.mode == Mode.OFF
    assert not off.policy.phases
    for path, agents in scenario.baseline.items():
        number = int(path.split("[")[1].split("]")[0])
        assert [float(a) for a in off.teams["care"].shifts[number].agents] == [agents]
    assert off.intents == scenario.intents
    assert off.arrivals == scenario.arrivals
