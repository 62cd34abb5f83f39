"""`ticketflow staff`: what it finds for a desk with an AI, what it writes, and what it refuses."""

import csv
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from simulator.base.calendars import WEEKS_PER_MONTH
from simulator.base.errors import StudyError
from simulator.metrics.facts import Facts
from simulator.money.ledger import ledger
from simulator.run import simulate
from simulator.scenario import Scenario, load_scenario, override
from simulator.scenario.what_ifs import read_what_if
from simulator.studies.staff import posts as rosters
from simulator.studies.staff.feasibility import in_phase
from simulator.studies.staff.posts import Post, posts_of
from simulator.studies.staff.requirement import Requirement, cover, requirements
from simulator.studies.staff.rule import Criterion, RosterVerdict, Rule
from simulator.studies.staff.search import QUICK, less, settle
from simulator.studies.staff.staffing import FRESH, Staffing, _confirm, staff
from simulator.studies.targets import Target, parse_targets
from simulator.studies.tune.space import live_desk
from tests.cli.test_cli import refused, ticketflow
from tests.support.desks import ai_desk, pilot_desk, plain_desk
from tests.support.staffing_desks import Case

DESK = """\
name: two shifts
start: 2026-03-02
weeks: 2
arrivals: {per_week: 800, profile: {mon-fri: [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]}}
intents:
  question: {share: 100%, handle: {form: exponential, mean: 12}}
handling: {reopen: {share: 0%}}
teams:
  support:
    shifts:
      - {days: mon-fri, start: "08:00", end: "14:00", agents: 9}
      - {days: mon-fri, start: "13:00", end: "20:00", agents: 1}
    shrinkage: 10%
ai:
  answer: {confidence: {mean: 0.9, concentration: 9}}
  after_wrong: {noticed: 40%, returns: 45%, lost: 15%}
costs: {agent_per_hour: 30, ai: {per_resolution: 0.99}}
"""
TARGET = "wait_p90<=30m"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("staff") / "desk.yaml"
    path.write_text(DESK, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(file: Path) -> Path:
    """Results of the command, as its user has them."""
    out = file.parent / "out"
    words = ["staff", str(file), "--target", TARGET, "--max-occupancy", "90%", "-n", "6", "--workers", "2"]
    code, printed, told = ticketflow(*words, "--out", str(out), "--json")
    assert code == 0, told
    (out / "printed.json").write_text(printed, encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def found(file: Path, folder: Path) -> Staffing:
    """The same from the library, out of what the command has stored."""
    return staff(load_scenario(file), [TARGET], max_occupancy="90%", replications=6, workers=2, folder=folder)


@pytest.mark.slow
def test_both_rosters_meet_the_targets_on_customers_that_no_search_has_seen(found: Staffing) -> None:
    for arm in found.arms:
        assert arm.is_confirmed
        assert min(result.number for result in arm.fresh.results) >= FRESH > arm.rule.replications
        assert arm.fresh.estimate("wait_p90").mean <= 30
        occupancy = arm.rule.criteria[1].values(arm.fresh)
        assert occupancy.mean() <= 0.9


@pytest.mark.slow
def test_one_agent_fewer_anywhere_does_not_meet_the_targets_by_the_same_rule(found: Staffing) -> None:
    for arm in found.arms:
        assert arm.found.verdict.meets
        assert arm.found.verdict.replications == arm.rule.replications
        for count, verdict in zip(arm.heads, arm.found.fewer, strict=True):
            assert (verdict is None) == (count == 0)
            if verdict is not None:
                assert not verdict.meets
                assert verdict.replications == arm.rule.replications


@pytest.mark.slow
def test_cash_is_the_difference_of_rosters_and_capacity_is_the_work_saved(found: Staffing) -> None:
    assert found.without is not None
    hours = [sum(count * length for count, length in zip(arm.heads, (30, 35), strict=True)) for arm in found.arms]
    assert [arm.hours_per_week for arm in found.arms] == pytest.approx(hours)
    assert found.cash_per_month == pytest.approx((hours[1] - hours[0]) * 30 * WEEKS_PER_MONTH)
    assert found.cash_per_month is not None
    assert found.cash_per_month > 0
    saved, capacity = found.hours_saved_per_month, found.capacity_per_month
    assert saved is not None
    assert capacity is not None
    assert capacity.mean == pytest.approx(30 * saved.mean)
    here, there = (study.values("cost_agents_capacity") for study in found.beside)
    assert [study.results[0].number for study in found.beside] == [FRESH, FRESH]
    assert capacity.mean == pytest.approx((there - here).mean() * WEEKS_PER_MONTH / 2)


def table(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


@pytest.mark.slow
def test_the_command_writes_what_it_says(found: Staffing, folder: Path) -> None:
    printed = json.loads((folder / "printed.json").read_text())
    assert printed["answer"].startswith(f"With the AI {found.with_ai.agents} agents (")
    assert printed["answer"] in (folder / "report.html").read_text()
    assert printed["cash_saving_per_month"] == pytest.approx(found.cash_per_month)
    rows = table(folder / "roster.csv")
    assert [int(row["with_ai"]) for row in rows] == list(found.with_ai.heads)
    assert found.without is not None
    assert [int(row["without_ai"]) for row in rows] == list(found.without.heads)
    assert [int(row["today_with_ai"]) for row in rows] == [9, 1]
    hours = table(folder / "hours.csv")
    assert len(hours) == 168
    monday_ten = hours[10]
    assert float(monday_ten["rostered_with_ai"]) == found.with_ai.heads[0]
    assert float(monday_ten["on_duty_with_ai"]) <= found.with_ai.heads[0]
    assert float(monday_ten["required_without_ai"]) >= float(monday_ten["required_with_ai"]) > 0
    assert float(hours[3]["required_with_ai"]) == float(hours[3]["rostered_with_ai"]) == 0
    certificate = table(folder / "certificate.csv")
    assert [row["verdict"] for row in certificate if row["team"] == "all"] == ["meets the targets"] * 2
    assert not [row for row in certificate if row["verdict"] == "meets the targets as well"]
    assert {path.name for path in (folder / "figures").iterdir()} == {
        "01_hours.png", "02_costs.png", "03_certificate.png",
    }  # fmt: skip
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["staffed_for"]["targets"] == [TARGET]


@pytest.mark.slow
def test_the_recommended_roster_is_a_what_if_for_compare(found: Staffing, folder: Path, file: Path) -> None:
    changes = read_what_if(folder / "recommended.yaml").changes
    changed = override(load_scenario(file), changes)
    assert rosters.today(posts_of(changed, 1)) == found.with_ai.heads


@pytest.mark.slow
def test_a_search_that_comes_again_simulates_nothing(
    found: Staffing, file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(task: object) -> None:
        raise AssertionError("simulated again")

    monkeypatch.setattr("simulator.studies.running.batch.simulate_task", forbidden)
    again = staff(load_scenario(file), [TARGET], max_occupancy="90%", replications=6, workers=1, folder=folder)
    assert [arm.heads for arm in again.arms] == [arm.heads for arm in found.arms]


@pytest.mark.slow
def test_a_desk_without_ai_or_costs_gets_one_roster_with_the_fewest_hours(tmp_path: Path) -> None:
    desk = plain_desk(
        arrivals={"per_week": 400, "profile": {"mon-fri": [0] * 9 + [1, 2, 1] + [0] * 12}},
        teams={
            "support": {
                "agents": None,
                "shifts": [{"days": "mon-fri", "start": "09:00", "every": "1h", "agents": [2, 2, 9, 0]}],
            }
        },
    )
    found = staff(desk, ["wait_mean<=5m"], replications=6, workers=2)
    arm = found.with_ai
    assert found.without is None
    assert found.cash_per_month is None
    assert [post.words for post in arm.posts] == [f"Mon–Fri {hour:02d}:00–{hour + 1:02d}:00" for hour in range(9, 13)]
    assert arm.heads[1] > arm.heads[0]
    assert arm.heads[1] > arm.heads[2]
    assert arm.cost_per_month == pytest.approx(5 * sum(arm.heads) * WEEKS_PER_MONTH)
    from simulator.report.staff.view import page_of

    page = page_of(found)
    assert "h a week of agents meet" in page.answer
    assert "the scenario states no costs" in " ".join(page.warnings)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "ticketflow: staffing needs a target of yours; give --target, such as --target \"sla_breach<=5%\""),
        (("--target", "sla_brech<=5%"), "--target sla_brech<=5%: sla_brech is no KPI; did you mean sla_breach?"),
        (("--target", "csat_mean>=4"), "csat_mean does not exist for this scenario; it needs `csat`"),
        (("--target", "wait_p90<=5m", "--target", "wait_p90>=10m"), "cannot be wait_p90>=10 and wait_p90<=5 at once"),
        (("--target", "wait_p90>=10m"), "asks for a worse desk (lower is better); a target keeps the desk good"),
        (("--target", "cost_total<=1000"), "is about money; staffing looks for the least cost anyway"),
        (("--target", "occupancy>=90%", "--max-occupancy", "80%"), "asks for busier agents"),
        (("--target", TARGET, "--max-occupancy", "850%"), "--max-occupancy 850%: must be above 0 and at most 100%"),
        (("--target", TARGET, "--max-occupancy", "much"), "--max-occupancy much: is no share; must be a share such as"),
        (("--target", TARGET, "--confidence", "100%"), "--confidence 100%: must be from 50% to 99.9%, such as 95%"),
        (("--target", TARGET, "--phase", "last"), "--phase last: cannot be chosen: the scenario has no phases"),
        (("--target", TARGET, "-n", "2"), "replications is 2; must be from 5 to 1,000"),
        (
            ("--target", "first_response_p90<=3m"),
            "First response, p90 at most 3.0 min: impossible; even with 20 agents or more on every shift it is ",
        ),
        (
            ("--target", "automated_resolution>=99%"),
            "Automated resolution at least 99.0%: cannot be reached by head-count; it is ",
        ),
        (
            ("--target", "automated_resolution>=10%"),
            "Automated resolution at least 10.0% is met with nobody on duty; head-count does not decide it",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_staffed_for_is_refused_with_a_remedy(
    words: tuple[str, ...], told: str, file: Path, tmp_path: Path
) -> None:
    replications = () if "-n" in words else ("-n", "5")
    assert told in refused("staff", str(file), *words, *replications, "--workers", "2", "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out" / "report.html").exists()


@pytest.mark.slow
def test_targets_that_no_roster_meets_without_the_ai_are_told_beside_the_one_with_it() -> None:
    desk = ai_desk(
        policy={"answer_threshold": 0.5},
        ai={"after_wrong": {"noticed": 0, "returns": 0, "lost": 1}},
        intents={"question": {"handle": {"form": "constant", "value": 90}}},
    )
    found = staff(desk, ["first_response_p50<=30m", "wait_mean<=1h"], replications=5, workers=2)
    assert found.without is None
    assert "impossible" in found.why_not_without


@pytest.mark.slow
def test_an_ai_kpi_is_no_target_without_the_ai() -> None:
    desk = ai_desk(weeks=1)
    found = staff(desk, ["wait_mean<=5m", "automated_resolution>=5%"], replications=5, workers=2)
    assert found.without is not None
    assert found.dropped == ("Automated resolution at least 5.0%",)


def test_a_phase_can_be_staffed_for_by_itself() -> None:
    desk = pilot_desk()
    last = in_phase(desk, "last")
    assert in_phase(desk, None) is desk
    assert last == live_desk(desk)
    assert not last.policy.phases
    assert str(last.policy.mode) == "auto"
    assist = in_phase(desk, "assist").policy
    assert str(assist.mode) == "assist"
    assert str(assist.intents["password"].mode) == "auto"
    assert "bug" not in assist.intents
    with pytest.raises(StudyError, match="must be last or one of shadow, assist, auto"):
        in_phase(desk, "full")


def test_posts_cost_what_the_roster_costs() -> None:
    desk: Scenario = pilot_desk()
    posts = posts_of(desk, 1)
    assert [post.name for post in posts] == [
        "front, Mon–Sat 08:00–18:00", "money, Mon–Fri 09:00–17:00", "experts, Mon–Fri 09:00–18:00",
    ]  # fmt: skip
    from simulator.studies.running.cell import one_replication

    paid = one_replication(desk, 0, 1, "fast", None).arm.kpis["cost_agents_cash"]
    assert rosters.cost(posts, rosters.today(posts)) == pytest.approx(paid)
    minutes = sum(roster.rostered_minutes for roster in simulate(desk).rosters)
    assert 60 * rosters.hours(posts, rosters.today(posts)) == pytest.approx(minutes)
    assert posts[1].cost / posts[1].hours == pytest.approx(31)


def test_the_cheapest_cover_has_the_requirement_on_duty_in_every_hour() -> None:
    desk = plain_desk(
        teams={
            "support": {
                "agents": None,
                "shifts": [
                    {"days": "daily", "start": "08:00", "end": "16:00", "agents": 1},
                    {"days": "daily", "start": "12:00", "end": "20:00", "agents": 1},
                    {"days": "daily", "start": "12:00", "end": "16:00", "agents": 1},
                ],
            }
        }
    )
    posts = posts_of(desk, 1)
    day = np.zeros(24)
    day[8:12], day[12:16], day[16:20] = 2, 6, 1
    needed = np.tile(day, 7)
    heads = cover(posts, [Requirement("support", needed, needed, needed)])
    assert heads == (2, 1, 3)
    assert (rosters.by_hour(posts, heads, "support") >= needed).all()


def test_the_rule_asks_for_confidence_and_counts_a_kpi_without_value_as_missed() -> None:
    class Study:
        def values(self, kpi: str, *, baseline: bool = False) -> np.ndarray:
            return np.array({"wait_mean": [4.0, 4.2, 4.4, 4.6], "wait_p90": [1.0, 1.0, 1.0, np.nan]}[kpi])

    def judged(kpi: str, bound: float, confidence: float = 0.95) -> RosterVerdict:
        return Rule((Criterion(Target(kpi, "<=", bound)),), confidence).judge(Study())

    # Mean 4.3, standard error 0.129; t(3) at 95 % is 2.353.
    assert judged("wait_mean", 4.61).meets
    assert not judged("wait_mean", 4.60).meets
    assert judged("wait_mean", 4.60).meets_on_average
    assert judged("wait_mean", 4.60, 0.9).meets
    assert judged("wait_mean", 4.5).share == 0.75
    assert not judged("wait_p90", 60).meets


def test_post_paths_name_the_place_in_the_scenario() -> None:
    assert Post("care", 2, None, "daily", 1).path == "teams.care.shifts[2].agents"
    assert Post("care", None, None, "round the clock", 1).path == "teams.care.agents"


@pytest.mark.slow
def test_work_saved_is_that_of_both_found_rosters_even_where_todays_leaves_work_undone(file: Path) -> None:
    understaffed = {"teams.support.shifts[0].agents": 1, "teams.support.shrinkage": 0}
    found = staff(override(load_scenario(file), understaffed), [TARGET], replications=5, workers=2)
    assert found.without is not None
    saved, capacity = found.hours_saved_per_month, found.capacity_per_month
    assert saved is not None
    assert capacity is not None
    assert not found.without.today.meets
    assert capacity.mean == pytest.approx(30 * saved.mean)
    # The same from the desks themselves, in one replication.
    spent = [
        ledger(Facts(simulate(arm.variant.scenario, seed=1, replication=FRESH)), arm.scenario.costs)
        for arm in found.arms
        if arm.scenario.costs is not None
    ]
    here, there = (study.values("cost_agents_capacity")[0] for study in found.beside)
    assert [one.agents_capacity for one in spent] == pytest.approx([here, there])
    cash = (spent[1].agents_cash - spent[0].agents_cash) * WEEKS_PER_MONTH / 2
    assert found.cash_per_month == pytest.approx(cash)


@pytest.mark.slow
def test_without_costs_work_saved_is_in_hours_of_fresh_customers(file: Path) -> None:
    desk = load_scenario(file)
    priced = staff(desk, [TARGET], replications=5, workers=2)
    free = staff(override(desk, {"costs": None}), [TARGET], replications=5, workers=2)
    assert priced.hours_saved_per_month is not None
    assert free.hours_saved_per_month is not None
    assert [arm.heads for arm in free.arms] == [arm.heads for arm in priced.arms]
    # Within the weeks, and over all work of counted tickets: nearly the same where little is left open.
    assert free.hours_saved_per_month.mean == pytest.approx(priced.hours_saved_per_month.mean, rel=0.02)
    assert [study.results[0].number for study in free.beside] == [FRESH, FRESH]


@pytest.mark.slow
def test_a_target_that_nobody_on_duty_seems_to_meet_is_staffed_for_so_that_nothing_is_left_open(file: Path) -> None:
    desk = override(load_scenario(file), {"csat": {"human_mean": 4.4}, "ai.answer.confidence.mean": 0.97})
    found = staff(desk, ["csat_mean>=3.5"], replications=5, workers=2)
    assert found.with_ai.agents > 0
    assert found.with_ai.fresh.estimate("open_at_end").mean <= (found.open_bound or 0)
    with pytest.raises(StudyError, match="is met with nobody on duty; give a target that needs people"):
        staff(desk, ["open_at_end<=99%"], replications=5, workers=2)


def test_each_look_at_fresh_replications_has_its_share_of_the_error_and_none_sees_another_rounds() -> None:
    asked: list[tuple[int, int]] = []

    class Looked:
        """A roster that is always a little short of being shown."""

        rule = Rule((Criterion(Target("wait_mean", "<=", 10)),), 0.9, 20)

        def studies(self, many: object, count: int, *, first: int, stage: str) -> list[object]:
            asked.append((first, count))
            error = 0.1
            allowed = 0.1 / (len(asked) * (len(asked) + 1))
            edge = 10 - stats.t.ppf(1 - allowed, count - 1) * error
            shape = np.tile([1.0, -1.0], count // 2)
            values = edge + self.above + shape / shape.std(ddof=1) * error * np.sqrt(count)

            class Study:
                def values(self, kpi: str, *, baseline: bool = False) -> np.ndarray:
                    return np.asarray(values)

            return [Study()]

        above = 1e-6

    trials = Looked()
    *_, confirmed, looks = _confirm(trials, (1,), 0)
    assert not confirmed
    assert looks == 3
    assert asked == [(FRESH, 80), (FRESH, 160), (FRESH, 320)]
    trials.rule, trials.above = Rule(trials.rule.criteria, 0.9, 40), -1e-6
    *_, confirmed, looks = _confirm(trials, (1,), looks)
    assert confirmed
    assert looks == 6
    assert asked[3:] == [(FRESH + 3 * 16 * 40, 160)]
    assert asked[3][0] >= FRESH + 320


def test_required_agents_of_a_steady_desk_are_erlangs_in_every_hour() -> None:
    case = Case("delayed", 2.4, 5)
    desk = case.scenario()
    posts = posts_of(desk, 1)
    [found] = requirements(desk, posts, parse_targets([case.target], desk, "--target"), None, 1)
    assert found.offered.mean() == pytest.approx(2.4, rel=0.02)
    # What is drawn has its chance: no hour strays far, and nearly all have the formula's number.
    assert set(found.needed) <= {4.0, 5.0, 6.0}
    assert (found.needed == 5).mean() > 0.85


def test_occupancy_is_bounded_for_each_team_by_itself() -> None:
    busy, on_duty = np.zeros((3, 168)), np.zeros((3, 168))
    busy[:, 10], on_duty[:, 10] = (30, 54, 0), (60, 60, 0)
    load = SimpleNamespace(busy=busy, on_duty=on_duty)
    study = SimpleNamespace(results=[SimpleNamespace(arm=SimpleNamespace(load=load))])
    rooms = [float(Criterion(None, team, "team", 0.85).slack(study)[0]) for team in range(3)]
    assert rooms == pytest.approx([0.35, -0.05, 0.85])
    load.busy[2, 10] = 5  # work, and nobody there for it
    assert Criterion(None, 2, "team", 0.85).slack(study)[0] == -np.inf


def test_a_post_that_can_spare_an_agent_is_found_even_where_the_quick_look_shows_nothing() -> None:
    needed = (2, 1, 3, 2)

    class Stub:
        """Meets the rule from the needed numbers on; a quick look sees no difference."""

        posts = [SimpleNamespace(cost=1.0)] * 4
        rule = SimpleNamespace(replications=8, criteria=[SimpleNamespace(scale=1.0)])

        def cost(self, heads: tuple[int, ...]) -> float:
            return float(sum(heads))

        def judge(self, many: list[tuple[int, ...]], count: int, stage: str) -> list[RosterVerdict]:
            spare = [min(np.subtract(heads, needed)) + 0.5 if count > QUICK else 0.5 for heads in many]
            return [RosterVerdict(np.array([room]), np.array([room]), np.array([0.0]), 1.0, count) for room in spare]

    for post in range(4):
        found = settle(Stub(), less(needed, post, -1), (9, 9, 9, 9))
        assert found.heads == needed
        assert [verdict is not None and verdict.meets for verdict in found.fewer] == [False] * 4


def test_an_agent_who_holds_two_tickets_at_once_is_required_half_as_often() -> None:
    desk = plain_desk(arrivals={"per_week": 2000}, teams={"support": {"concurrency": 2}})
    posts = posts_of(desk, 1)
    targets = parse_targets(["wait_mean<=5m"], desk, "--target")
    [found] = requirements(desk, posts, targets, None, 1)
    [alone] = requirements(override(desk, {"teams.support.concurrency": 1}), posts, targets, None, 1)
    assert found.offered == pytest.approx(alone.offered / 2)
    assert np.array_equal(found.needed, np.ceil(alone.needed / 2))
