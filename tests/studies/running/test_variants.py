"""Variants: the same customers, drawn once; one baseline, simulated once; and what belongs to today's desk."""

import dataclasses
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.base.errors import ScenarioError
from simulator.rosters import build_rosters, rosters_key
from simulator.run import follow
from simulator.scenario import Mode, Scenario, load_scenario, override, without_ai
from simulator.studies.compare.alternatives import variants_of
from simulator.studies.running.batch import replicate, run_variants
from simulator.studies.running.cell import Desk, in_chunks, satisfaction_anchor
from simulator.studies.running.variants import Variant, of_one_desk
from simulator.tickets import draw_tickets
from simulator.tickets.fingerprints import (
    NOT_ABOUT_CUSTOMERS,
    NOT_DRAWN_FOR_AI,
    customers_key,
    people_key,
    scenario_key,
)
from tests.cli.test_cli import TINY
from tests.support.desks import ai_desk, changed, pilot_desk, plain_desk

DESK = ai_desk(arrivals={"per_week": 100}, csat={"human_mean": 4.2}, costs={"agent_per_hour": 20})


def variant(name: str, base: Scenario = DESK, **changes: Any) -> Variant:
    return Variant(name, changed(base, **changes), (), base)


# -- the same customers ----------------------------------------------------------------------------------------

OTHERWISE: dict[str, Any] = {
    "name": "another", "description": "another", "drain": "3d", "policy.answer_threshold": 0.5,
    "teams.front.shifts[0].agents": 5, "baseline": {}, "sla.first_response.vip": "3h", "costs.agent_per_hour": 50,
    "pilot.test_tickets": 50, "max_tickets": 90_000, "sources": {"*": "assumed"},
    "ai.name": "another", "ai.triggers.max_exchanges": 2, "ai.handover.handle_factor": 0.5,
    "ai.assist.handle_factor": 0.5, "ai.concurrency": 3,
    "ai.learning": {"per_review": 0.01, "ceiling": 1, "reviews_per_week": 50},
    "ai.drift": [{"name": "new", "from_week": 2, "log_odds": -1}],
    "csat.human_mean": 3.9, "csat.penalties.wait": 0.5,
}  # fmt: skip


@pytest.mark.parametrize("path", list(OTHERWISE))
def test_scenarios_that_share_a_key_share_every_ticket(path: str) -> None:
    base = pilot_desk()
    other = override(base, {path: OTHERWISE[path]})
    assert other.model_dump(mode="json") != base.model_dump(mode="json")
    assert customers_key(other) == customers_key(base)
    assert differing(draw_tickets(base, 1, 0), draw_tickets(other, 1, 0)) == []


def test_every_part_that_a_key_leaves_out_is_tried() -> None:
    tried = {path.split(".")[0] for path in OTHERWISE}
    assert tried >= NOT_ABOUT_CUSTOMERS
    assert {path.split(".")[1] for path in OTHERWISE if path.startswith("ai.")} >= NOT_DRAWN_FOR_AI


@pytest.mark.parametrize(("path", "value"), [
    ("arrivals.per_week", 180), ("weeks", 3), ("intents.bug.handle", "31m"), ("csat.response_rate", 0.5),
    ("ai.after_wrong.delay", {"low": "20h", "high": "40h"}), ("handling.transfer", "4m"), ("start", "2026-03-09"),
    ("ai.answer.confidence", {"mean": 0.7, "concentration": 6}), ("difficulty.handle", 0.1),
    ("ai.answer.calibration.shift", -2), ("ai.routing.calibration.scale", 0.5),
])  # fmt: skip
def test_other_customers_have_another_key(path: str, value: object) -> None:
    assert customers_key(override(pilot_desk(), {path: value})) != customers_key(pilot_desk())


ROSTERS_OTHERWISE: dict[str, Any] = {
    "teams.front.shifts[0].agents": 9, "weeks": 3, "drain": "3d", "start": "2026-03-09", "timezone": "Asia/Kolkata",
    "warm_up": "7d", "ai.concurrency": 3, "arrivals.holidays": {"dates": ["2026-03-04"], "desk_closed": True},
    "intents.bug.queue": "a new one",
}  # fmt: skip


@pytest.mark.parametrize("path", list(ROSTERS_OTHERWISE))
def test_other_rosters_have_another_key(path: str) -> None:
    base = pilot_desk()
    changes = {path: ROSTERS_OTHERWISE[path]}
    if path.endswith("queue"):
        changes["teams.night"] = {"agents": 1, "serves": ["a new one"]}
    assert rosters_key(override(base, changes)) != rosters_key(base)


@pytest.mark.parametrize("path", ["policy.answer_threshold", "costs.agent_per_hour", "arrivals.per_week", "name"])
def test_desks_that_share_a_key_share_every_shift(path: str) -> None:
    base = pilot_desk()
    other = override(base, {path: "another" if path == "name" else 0.5 if path.startswith("policy") else 50})
    assert rosters_key(other) == rosters_key(base)
    for one, another in zip(build_rosters(base, 1, 2), build_rosters(other, 1, 2), strict=True):
        assert (one.name, one.serves, one.rostered_minutes) == (another.name, another.serves, another.rostered_minutes)
        np.testing.assert_array_equal(one.times, another.times)
        np.testing.assert_array_equal(one.capacity, another.capacity)


def test_the_order_of_intents_is_part_of_the_key() -> None:
    data = pilot_desk().model_dump(mode="json")
    data["intents"] = dict(reversed(data["intents"].items()))
    assert customers_key(Scenario.model_validate(data)) != customers_key(pilot_desk())


def differing(one: Any, other: Any) -> list[str]:
    def columns(table: Any) -> dict[str, object]:
        found = {name: value for name, value in vars(table).items() if name not in ("ai", "flags")}
        return found | dict(table.flags) | vars(table.ai)

    mine, theirs = columns(one), columns(other)
    assert mine.keys() == theirs.keys()
    return [name for name in mine if not np.array_equal(np.asarray(mine[name]), np.asarray(theirs[name]))]


# -- drawn and simulated once ----------------------------------------------------------------------------------


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often tickets are drawn and desks simulated."""
    counts: Counter[str] = Counter()

    def draw(*words: Any) -> Any:
        counts["drawn"] += 1
        return draw_tickets(*words)

    def simulated(scenario: Scenario, *words: Any, **options: Any) -> Any:
        counts["off" if scenario.policy.mode == Mode.OFF else "on"] += 1
        return follow(scenario, *words, **options)

    monkeypatch.setattr("simulator.studies.running.cell.draw_tickets", draw)
    monkeypatch.setattr("simulator.studies.running.cell.follow", simulated)
    return counts


PLAIN = ai_desk(arrivals={"per_week": 60}, costs={"agent_per_hour": 20})
SEVEN = [variant(f"{share:.1f}", PLAIN, policy__answer_threshold=share) for share in np.arange(0.3, 0.95, 0.1)]


def test_tickets_are_drawn_and_the_baseline_is_run_once_per_replication(counted: Counter[str]) -> None:
    run_variants(SEVEN, replications=8, workers=1)
    assert counted == {"drawn": 8, "off": 8, "on": 56}


def test_other_customers_are_drawn_and_other_baselines_run_apart(counted: Counter[str]) -> None:
    more = [*SEVEN[:3], variant("busy", PLAIN, arrivals__per_week=80), variant("dear", PLAIN, costs__agent_per_hour=30)]
    run_variants(more, replications=8, workers=1)
    assert counted == {"drawn": 16, "off": 24, "on": 40}


@pytest.mark.slow
def test_sharing_changes_no_figure() -> None:
    mixed = [SEVEN[0], variant("busy", arrivals__per_week=120), SEVEN[3], variant("staff", teams__support__agents=5)]
    together = run_variants(mixed, replications=8, workers=1, detail=True)
    assert list(together) == [one.name for one in mixed]
    for one in mixed:
        alone = run_variants([one], replications=8, workers=1, detail=True)[one.name]
        for there, here in zip(together[one.name].results, alone.results, strict=True):
            assert exactly(there) == exactly(here)


def exactly(found: Any) -> Any:
    """Spell figures out to the last bit; a repr hides digits of arrays."""
    if dataclasses.is_dataclass(found):
        return [(field.name, exactly(getattr(found, field.name))) for field in dataclasses.fields(found)]
    if isinstance(found, Mapping):
        return [(name, exactly(value)) for name, value in found.items()]
    if isinstance(found, np.ndarray):
        return found.shape, found.dtype.str, found.tobytes()
    if isinstance(found, float):
        return float(found).hex()
    if isinstance(found, tuple | list):
        return [exactly(value) for value in found]
    assert found is None or isinstance(found, str | int)
    return found


def test_the_exact_spelling_sees_the_last_bit() -> None:
    one = np.array([0.1, 0.2, 0.3])
    other = np.nextafter(one, 1.0)
    assert repr(one) == repr(other)
    assert exactly({"x": one}) != exactly({"x": other})
    assert exactly((0.3,)) != exactly((0.1 + 0.2,))


def test_chunks_hold_every_desk_once_and_like_stands_beside_like() -> None:
    keys = [("a", "x"), ("b", "y"), ("a", "z"), ("b", "y"), ("a", "x")]
    desks = [Desk(str(n), PLAIN, None, None, customers, baseline) for n, (customers, baseline) in enumerate(keys)]
    chunks = in_chunks(desks, 3)
    assert [[desk.variant for desk in chunk] for chunk in chunks] == [["0", "4", "2"], ["1", "3"]]
    assert in_chunks([], 3) == []


# -- today's desk ----------------------------------------------------------------------------------------------


def test_a_variant_that_stands_by_itself_is_compared_with_itself_without_ai() -> None:
    study = replicate(DESK, replications=2, workers=1)
    alone = run_variants([Variant("desk", DESK)], replications=2, workers=1, detail=True)["desk"]
    assert exactly(alone.results) == exactly(study.results)
    assert Variant("desk", DESK).today == without_ai(DESK)
    assert Variant("plain", plain_desk()).today is None


def test_more_agents_cost_what_they_cost() -> None:
    more = run_variants([variant("more", teams__support__agents=5)], replications=2, workers=1)["more"]
    two_agents_for_a_week = 2 * 7 * 24 * 20
    assert more.estimate("saving_cash").mean == pytest.approx(-two_agents_for_a_week)
    same = run_variants([variant("same")], replications=2, workers=1)["same"]
    assert same.estimate("saving_cash").mean == 0
    assert more.values("aht", baseline=True).tolist() == same.values("aht", baseline=True).tolist()


def test_a_roster_given_for_the_baseline_stays_todays() -> None:
    base = override(DESK, {"baseline": {"teams.support.agents": 4}})
    today = variant("fewer", base, teams__support__agents=2).today
    assert today is not None
    assert float(today.teams["support"].agents or 0) == 4


def test_todays_desk_meets_the_variants_world_and_keeps_its_own_rules() -> None:
    found = variant(
        "all", pilot_desk(), arrivals__per_week=300, costs__agent_per_hour=40, policy__priority__bands=[6, 3],
        teams__front__concurrency=3,
    )  # fmt: skip
    today = found.today
    assert today is not None
    assert float(today.arrivals.per_week or 0) == 300
    assert today.costs is not None
    assert float(today.costs.agent_per_hour) == 40
    assert today.policy.priority == pilot_desk().policy.priority
    assert today.teams["front"] == pilot_desk().teams["front"]
    assert customers_key(today) == found.customers_key


def test_a_baseline_that_cannot_be_is_told_with_the_variant() -> None:
    data = DESK.model_dump(mode="json")
    data["intents"]["question"]["queue"] = "new"
    data["teams"]["support"]["serves"] = [{"queue": "new"}]
    moved = Variant("moved", Scenario.model_validate(data), (), DESK)
    with pytest.raises(ScenarioError, match="moved: AI-off baseline: .*compare it as a scenario file of its own"):
        run_variants([moved], replications=1, workers=1)


# -- history ---------------------------------------------------------------------------------------------------


def test_all_variants_of_a_base_are_anchored_on_its_history() -> None:
    variants = [variant("busy", arrivals__per_week=200), variant("staff", teams__support__agents=9), variant("same")]
    studies = run_variants(variants, replications=1, workers=1)
    assert {study.anchor for study in studies.values()} == {satisfaction_anchor(DESK, 1)}


def test_another_csat_section_is_anchored_anew_on_the_same_desk() -> None:
    found = variant("strict", csat__human_mean=4.5, teams__support__agents=9)
    anchor = run_variants([found], replications=1, workers=1)["strict"].anchor
    assert anchor == satisfaction_anchor(changed(DESK, csat__human_mean=4.5), 1)


def test_another_baseline_is_todays_desk_in_savings_and_history_alike() -> None:
    found = variant("four", baseline={"teams.support.agents": 4}, teams__support__agents=9)
    assert found.today is not None
    assert [float(desk.teams["support"].agents or 0) for desk in (found.today, found.history)] == [4, 4]
    unfit = Variant("x", changed(DESK, teams__second={"agents": 1}, baseline={"teams.second.agents": 2}), (), DESK)
    with pytest.raises(ScenarioError, match=r"^x: AI-off baseline: "):
        run_variants([unfit], replications=1, workers=1)


def test_files_that_describe_one_desk_share_its_history_and_its_today() -> None:
    better = override(DESK, {"ai.answer.confidence.mean": 0.9})
    other = override(better, {"name": "more", "teams.support.agents": 5, "warm_up": "2d"})
    first, more = Variant("one", DESK), of_one_desk(Variant("one", DESK), Variant("more", other))
    assert more.base is DESK
    studies = run_variants([first, more], replications=2, workers=1)
    assert studies["more"].anchor == studies["one"].anchor
    assert studies["more"].estimate("saving_cash").mean == pytest.approx(-2 * 7 * 24 * 20)


@pytest.mark.parametrize(
    "changes",
    [{"arrivals.per_week": 101}, {"csat.human_mean": 4.0}, {"baseline": {"teams.support.agents": 9}}, {"weeks": 2},
     {"costs.currency": "EUR"}],
    ids=str,
)  # fmt: skip
def test_files_of_another_desk_stand_by_themselves(changes: dict[str, Any]) -> None:
    assert of_one_desk(Variant("one", DESK), Variant("other", override(DESK, changes))).base is None


def test_one_more_agent_in_a_file_is_what_it_is_as_a_variant(tmp_path: Path) -> None:
    texts = {"a": TINY, "b": TINY.replace("agents: 2", "agents: 3"), "c": TINY.replace("per_week: 60", "per_week: 70")}
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    files = [tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "c.yaml"]
    by_file, warnings = variants_of(files)
    by_option, _ = variants_of(files[:1], (), ["b:teams.support.agents=3"])
    assert warnings == [
        "“c” is a desk of its own: its CSAT is anchored on, and its savings are counted against, its own AI-off desk"
    ]
    here = run_variants(by_file[:2], replications=2, workers=1)["b"]
    there = run_variants(by_option, replications=2, workers=1)["b"]
    assert here.anchor == there.anchor
    assert exactly(here.results) == exactly(there.results)


def test_replayed_arrivals_of_one_name_are_told_apart(tmp_path: Path) -> None:
    found = []
    for name, hours in (("a", (9, 10)), ("b", (9, 11)), ("again", (9, 10))):
        folder = tmp_path / name
        folder.mkdir()
        rows = "".join(f"2026-03-02 {hour:02d}:00\n" for hour in hours)
        (folder / "log.csv").write_text(f"at\n{rows}")
        replayed = TINY.replace("{per_week: 60, profile: flat}", "{replay: {file: log.csv, time: at}}")
        (folder / "desk.yaml").write_text(replayed)
        found.append(load_scenario(folder / "desk.yaml"))
    a, b, again = found
    for key in (customers_key, people_key, scenario_key):
        assert key(a) != key(b)
        assert key(a) == key(again)


def test_scenarios_of_their_own_have_their_own_history() -> None:
    other = changed(DESK, arrivals__per_week=150, teams__support__agents=2)
    studies = run_variants([Variant("one", DESK), Variant("other", other)], replications=1, workers=1)
    assert studies["one"].anchor == satisfaction_anchor(DESK, 1)
    assert studies["other"].anchor == satisfaction_anchor(other, 1)
    assert studies["one"].anchor != studies["other"].anchor
