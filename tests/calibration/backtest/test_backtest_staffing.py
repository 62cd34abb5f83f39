"""A backtest with the agents who were there: who they were, when, and for how long."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from simulator.base.errors import StudyError
from simulator.calibration.backtest.backtesting import backtest
from simulator.calibration.backtest.held_out import with_agents
from simulator.calibration.backtest.sources import agents_seen
from simulator.calibration.exports.table import Category, Export
from simulator.calibration.fit.presence import presences
from simulator.run import simulate
from simulator.scenario import override
from tests.support.desks import plain_desk

FIRST = date(2026, 3, 2)


def letters(delay_days: int = 7) -> Export:
    """Two agents who answer 20 letters each from 09:00 on every day of three weeks, each 20 minutes, a week old."""
    midnights = [FIRST + timedelta(days=step) for step in range(21)]
    empty = Export("Europe/Berlin", FIRST, midnights[-1], 0.0, np.empty(0), Category(np.empty(0), ("all",)))
    began = np.concatenate([empty.midnight(day) + 3600 * 9 + 1200.0 * np.arange(20) for day in midnights])
    began = np.repeat(began, 2)
    created = began - 86_400 * delay_days
    kept = created >= empty.midnight(FIRST)
    agent = np.tile(np.array([0, 1], dtype=np.int32), len(began) // 2)[kept]
    intent = Category(np.zeros(int(kept.sum()), dtype=np.int32), ("all",))
    return replace(
        empty, created=created[kept], intent=intent, agent=agent, began=began[kept], ended=began[kept] + 1200,
        resolved=began[kept] + 1200, seen_until=float(began.max()) + 1200,
    )  # fmt: skip


def test_agents_who_were_there_are_rostered_day_by_day_with_their_hours_kept() -> None:
    agents = np.zeros((14, 48))
    agents[0, 18:36], agents[8, 20:22] = 2.6, 1.2
    desk = with_agents(plain_desk(weeks=2), {"support": agents})
    (roster,) = simulate(desk).rosters
    by_slot = roster.on_duty_minutes(np.arange(0, 14 * 1440 + 1, 30)) / 30
    assert np.abs(np.cumsum(by_slot - agents.ravel())).max() <= 0.5 + 1e-9
    assert not by_slot[agents.ravel() == 0].any()


def test_agents_who_were_there_are_told_by_the_desks_clock_wherever_their_team_sits() -> None:
    agents = np.zeros((7, 48))
    agents[:, 18:36] = 2
    far = override(plain_desk(weeks=1), {"teams.support.timezone": "Asia/Tokyo"})
    (roster,) = simulate(with_agents(far, {"support": agents})).rosters
    by_slot = roster.on_duty_minutes(np.arange(0, 7 * 1440 + 1, 30)) / 30
    np.testing.assert_array_equal(by_slot, agents.ravel())


def test_agents_are_seen_at_work_on_tickets_from_before_the_test_and_after_its_days() -> None:
    export, since = letters(), FIRST + timedelta(days=10)
    (seen,) = agents_seen(export, plain_desk(), since).values()
    assert seen.shape == (11, 288)
    # From 09:00 on 400 minutes: not one of the letters of the first three days seen was written in them.
    np.testing.assert_allclose(seen.sum(axis=1) / 12, 2 * 400 / 60)
    assert (seen[:, 9 * 12 : 9 * 12 + 80] == 2).all()


def test_agents_by_five_minutes_make_those_by_half_hour_whatever_the_clocks_do() -> None:
    export = letters(0)
    fine, coarse = (presences(export, (10.0,), minutes)[0] for minutes in (5, 30))
    np.testing.assert_allclose(fine.reshape(21, 48, 6).mean(axis=2), coarse)
    moved = replace(export, zone="Europe/London", first_day=date(2026, 3, 2), last_day=date(2026, 3, 30))
    assert presences(moved, (10.0,), 5)[0].shape == (29, 288)


@pytest.mark.slow
def test_who_stays_after_the_last_test_day_works_off_what_is_left() -> None:
    """Letters of the test week are answered a week later: with the agents of that week, and not without."""
    export, desk = letters(), plain_desk(start=FIRST.isoformat(), timezone="Europe/Berlin")
    days = FIRST + timedelta(days=7), FIRST + timedelta(days=13)
    (seen,) = agents_seen(export, desk, days[0]).values()
    idle = np.zeros_like(seen)
    idle[7:] = seen[7:]
    left = {}
    for name, table in (("kept", idle), ("cut", idle[:7])):
        found = backtest(
            export, desk, days, train=export.as_of(export.midnight(days[0])).between(FIRST, FIRST + timedelta(days=6)),
            staffing="observed", agents={"support": table}, replications=19, seed=1, workers=1,
        )  # fmt: skip
        assert found.scenario.drain > 6 * 1440
        left[name] = len(found.forecast.resolutions)
    assert left["cut"] == 0
    assert left["kept"] > 0


def test_teams_that_the_export_does_not_tell_apart_cannot_be_observed() -> None:
    two = override(plain_desk(), {"teams.second": {"agents": 1}})
    with pytest.raises(StudyError, match="several teams"):
        agents_seen(letters(), two, FIRST)
    team = Category(np.tile(np.array([0, 1], dtype=np.int32), len(letters()) // 2), ("support", "second"))
    seen = agents_seen(replace(letters(), team=team), two, FIRST + timedelta(days=7))
    assert list(seen) == ["support", "second"]
    assert seen["support"].sum() == pytest.approx(seen["second"].sum())
