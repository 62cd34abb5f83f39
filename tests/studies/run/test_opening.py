"""What a run says of its first days: twins with a longer past tell what an empty start does, and MSER-5 agrees."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from simulator import cli
from simulator.metrics.facts import Facts
from simulator.metrics.load import week_load
from simulator.report.render.html import page_html
from simulator.report.run.sentences import first_days, mser
from simulator.report.run.view import page_of
from simulator.run import simulate
from simulator.scenario import Scenario, override, scenario_from, without_ai
from simulator.studies.run.opening import Opening, mser5, opening_of
from simulator.studies.running.batch import replicate
from tests.support import theory
from tests.support.desks import PLAIN, ai_desk, laid_over, plain_desk

Floats = NDArray[np.float64]
WEEKDAYS = {"days": "mon-fri", "start": "09:00", "end": "17:00", "agents": 60}


def judged(scenario: Scenario, replications: int = 3) -> Opening:
    return opening_of(replicate(scenario, replications=replications, seed=4, workers=1))


def weekday_desk(**more: Any) -> Scenario:
    """So many agents that each morning finds the house empty ten minutes after nine."""
    return plain_desk(**{"weeks": 4, "teams": {"support": {"agents": None, "shifts": [WEEKDAYS]}}, **more})


# -- MSER-5 --


def by_definition(series: list[float]) -> int | None:
    """Cut as White, Cobb and Spratt write it, one sum at a time."""
    batches = [sum(series[5 * k : 5 * k + 5]) / 5 for k in range(len(series) // 5)]
    errors = []
    for cut in range(len(batches) - 5):
        rest = batches[cut:]
        mean = sum(rest) / len(rest)
        errors.append(sum((batch - mean) ** 2 for batch in rest) / len(rest) ** 2)
    best = min(range(len(errors)), key=errors.__getitem__)
    return 5 * best if best <= len(batches) // 2 else None


@pytest.mark.parametrize("seed", range(40))
def test_mser_5_is_its_definition(seed: int) -> None:
    random = np.random.default_rng(seed)
    size = int(random.integers(50, 400))
    opening = random.uniform(0, 6) * np.exp(-np.arange(size) / random.uniform(1, 90))
    series = random.normal(size=size) - opening
    assert mser5(series) == by_definition(series.tolist())


def test_mser_5_cuts_an_opening_that_is_unlike_the_rest_and_nothing_else() -> None:
    settled = np.tile([1.0, -1.0, 2.0, -2.0, 0.0], 40)
    assert mser5(settled) == 0
    assert mser5(np.zeros(100)) == 0
    assert mser5(np.concatenate([np.full(20, -9.0), settled])) == 20
    assert mser5(np.concatenate([np.full(18, -9.0), settled])) == 20  # whole batches


def test_mser_5_finds_no_settled_time_where_there_is_none() -> None:
    assert mser5(np.arange(300.0)) is None
    assert mser5(np.concatenate([np.zeros(120), np.full(100, 5.0)])) is None
    assert mser5(np.zeros(49)) is None  # fewer than ten batches


def test_mser_5_cuts_the_time_in_which_a_single_agent_fills_up_from_empty() -> None:
    lam, mu = 1 / 20, 1 / 16
    desk = plain_desk(
        weeks=3, arrivals={"per_week": lam * 10080}, difficulty={"handle": 0}, teams={"support": {"agents": 1}},
        intents={"question": {"handle": {"form": "exponential", "mean": 1 / mu, "value": None}}},
    )  # fmt: skip
    present = np.array(
        [week_load(Facts(simulate(desk, seed=5, replication=number))).present_by_hour for number in range(60)]
    )
    known = theory.mean_queue(lam, mu, 1) + lam / mu
    assert known == pytest.approx(4)
    cut = mser5(present.mean(axis=0))
    assert cut is not None
    assert 5 <= cut <= 5 * 24  # relaxation takes a day
    before, after = present[:, :cut].mean(axis=1), present[:, cut:].mean(axis=1)
    assert abs(after.mean() - known) <= 4 * after.std(ddof=1) / math.sqrt(60) < 1.2
    assert before.mean() < known - 4 * before.std(ddof=1) / math.sqrt(60)


# -- twins --


def test_a_weekend_that_nobody_waited_through_is_missing_until_the_desk_has_worked_it_off() -> None:
    opening = judged(weekday_desk())
    weekend = []
    for number in range(3):
        arrival = simulate(weekday_desk(warm_up="14d"), seed=4, replication=number).customers.arrival
        weekend.append(((arrival > -55 * 60) & (arrival < 0)).sum())
    # At ten full hours of the first day (midnight to nine) all of them would still wait.
    assert opening.short_by == pytest.approx(np.mean(weekend) * 10 / 24, rel=0.01)
    assert opening.days == 1
    assert opening.is_notable
    assert opening.wanted_days == 7
    assert opening.mser_days * 24 >= 10  # MSER-5 sees it as well, but chance may make it cut more


def test_a_desk_with_a_warm_up_has_nothing_to_catch_up_with() -> None:
    opening = judged(weekday_desk(warm_up="7d"))
    assert (opening.short_by, opening.days, opening.warm_up_days) == (0, 0, 7)
    assert opening.usual > 20
    assert not opening.is_notable


def test_a_warm_up_may_be_too_short() -> None:
    opening = judged(weekday_desk(warm_up="1d"))
    assert opening.is_notable  # Sunday alone is not the weekend
    assert opening.wanted_days == 8


def test_a_desk_that_is_never_behind_opens_as_full_as_ever() -> None:
    opening = judged(plain_desk(weeks=3, teams={"support": {"agents": 30}}))
    assert abs(opening.short_by) < 0.1
    assert not opening.is_notable


def test_a_desk_with_more_work_than_it_can_do_never_settles() -> None:
    opening = judged(plain_desk(weeks=3, arrivals={"per_week": 1300}, teams={"support": {"agents": 1}}))
    assert opening.is_notable
    assert opening.days == math.inf
    assert math.isnan(opening.mser_days)
    # No warm-up is long enough, so none is advised.
    assert opening.wanted_days is None
    assert "the gap does not close within the weeks compared" in first_days(opening)
    assert "set `warm_up" not in first_days(opening)


def test_where_phases_follow_each_other_the_desk_without_ai_is_looked_at() -> None:
    phases = [{"name": "shadow", "from_week": 1, "mode": "shadow"}, {"name": "live", "from_week": 2, "mode": "auto"}]
    desk = ai_desk(weeks=3, policy={"phases": phases}, teams={"support": {"agents": None, "shifts": [WEEKDAYS]}})
    assert judged(desk) == judged(without_ai(desk))
    live = override(desk, {"policy.phases": []})
    assert judged(live).usual < judged(without_ai(desk)).usual


def test_twins_grow_and_rest_as_the_desk_does_while_mser_5_says_nothing_of_plans() -> None:
    plans: dict[str, dict[str, Any]] = {
        "growth": {"arrivals": {"weekly_growth": 0.1}},
        "a holiday": {"arrivals": {"holidays": {"dates": ["2026-03-11"]}}},
        "a surge": {"arrivals": {"surges": [
            {"name": "sale", "start": "2026-03-10", "end": "2026-03-12", "multiplier": 3},
        ]}},
        "two weeks": {"weeks": 2},
    }  # fmt: skip
    plain = judged(weekday_desk())
    for name, changes in plans.items():
        opening = judged(weekday_desk(**changes))
        assert math.isnan(opening.mser_days), name
        assert opening.short_by == pytest.approx(plain.short_by, rel=0.15), name


def test_a_replay_has_no_longer_past_to_compare_with(tmp_path: Path) -> None:
    rows = [f"2026-03-{day:02}T{hour:02}:00:00" for day in range(2, 23) for hour in range(8, 20)]
    (tmp_path / "log.csv").write_text("created_at\n" + "\n".join(rows) + "\n")
    desk = scenario_from({**laid_over(PLAIN, {"weeks": 3}), "arrivals": {"replay": {"file": "log.csv"}}}, tmp_path)
    opening = judged(desk)
    assert math.isnan(opening.short_by)
    assert not opening.is_notable
    assert first_days(opening) == (
        "How many open tickets day 1 should start with is not known: there is no longer run-in to compare with"
    )
    assert mser(opening) == "0 days"


def test_a_past_of_more_tickets_than_the_scenario_allows_is_not_simulated() -> None:
    desk = plain_desk(arrivals={"per_week": 100, "weekly_growth": -0.9}, max_tickets=1000)
    assert math.isnan(judged(desk, 1).short_by)


# -- words --


@pytest.mark.slow
def test_the_terminal_the_report_and_the_manifest_say_it(tmp_path: Path) -> None:
    file = tmp_path / "desk.json"
    file.write_text(json.dumps(laid_over(PLAIN, {
        "weeks": 3, "teams": {"support": {"agents": None, "shifts": [WEEKDAYS]}},
    })))  # fmt: skip
    for extra, sign in (([], "warning"), (["--set", "warm_up=7d"], "note")):
        out = tmp_path / sign
        done = CliRunner().invoke(cli.app, ["run", str(file), "-n", "2", "--workers", "1", "--out", str(out), *extra])
        assert done.exit_code == 0, done.output
        told = " ".join(done.output.split())
        page = " ".join((out / "report.html").read_text().split())
        found = json.loads((out / "manifest.json").read_text())["opening"]
        assert set(found) == {"short_by", "usual", "days", "mser_days", "warm_up_days"}
        if extra:
            assert re.search(r"note The simulation starts with \d+ open tickets, about as many as the \d+ of a", told)
            assert "without a source" not in told
            assert found["short_by"] == 0
        else:
            assert "warning The simulation starts with too few open tickets: of the" in told
            assert "1 day to catch up; set `warm_up: 7d`" in told
            assert "<li>The simulation starts with too few open tickets" in page[page.index("Worth knowing</dt>") :]
            assert found["short_by"] > 10
        assert bool(extra) == ("<p>The simulation starts with" in page[page.index("How sure</dt>") :])
        # Only those who know the rule can use it, so it stands where experts look.
        assert re.search(r"First days that MSER-5 cuts</dt><dd>([\d.]+ days?|cannot tell)<", page)
        assert page.count("MSER") == 1


@pytest.mark.slow
def test_a_report_without_that_judgement_leaves_the_words_out() -> None:
    page = page_html(page_of(replicate(plain_desk(), replications=1, workers=1)))
    assert "First days" not in page
    assert "The simulation starts with" not in page
