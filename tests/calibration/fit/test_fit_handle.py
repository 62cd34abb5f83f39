"""Handle time and patience are measured where they can be seen, and missing, assumed or silent where they cannot."""

from dataclasses import replace

import numpy as np
import pytest

from simulator.calibration.exports.table import Export
from simulator.calibration.fit.calls import turnover_minutes
from simulator.calibration.fit.handle import MIN_OWN, fit_handle
from simulator.calibration.fit.patience import fit_patience
from tests.support.work_exports import EPOCH, an_export, category, figures, texts

# -- handle time --


def test_open_tickets_count_as_touched_so_long_at_least() -> None:
    rng = np.random.default_rng(1)
    minutes = rng.lognormal(2, 0.8, 3000)
    cut = rng.exponential(12, 3000)
    export = an_export(3000, handle_minutes=np.minimum(minutes, cut))
    resolved = np.where(minutes <= cut, export.created + 3600, np.nan)
    mean = figures(fit_handle(replace(export, resolved=resolved)))["intents", "all", "handle", "mean"]
    assert mean.low is not None
    assert mean.high is not None
    assert mean.low < np.exp(2.32) < mean.high
    naive = np.minimum(minutes, cut)[minutes <= cut].mean()
    assert naive < mean.low


def test_tickets_that_were_passed_on_or_came_back_are_left_out_and_counted() -> None:
    minutes = np.concatenate([np.linspace(4, 6, 100), np.full(40, 90.0)])
    counts = np.concatenate([np.zeros(100), np.ones(40)])
    for column in ("reassignments", "reopens"):
        part = fit_handle(an_export(140, handle_minutes=minutes, **{column: counts}))
        assert figures(part)["intents", "all", "handle", "mean"] == pytest.approx(5, rel=0.01)
        assert "measured on 100 tickets that were neither passed on nor reopened; 40 others left out" in texts(part)


def test_few_tickets_of_an_intent_are_drawn_toward_the_mean_of_all() -> None:
    rng = np.random.default_rng(2)
    n = (2000, 1500, 1800, 6)
    codes = np.repeat(np.arange(4), n)
    minutes = rng.lognormal(np.log([8, 9, 7.5, 8])[codes] - 0.32, 0.8)
    minutes[codes == 3] = [30, 45, 20, 60, 10, 40]
    order = rng.permutation(len(codes))
    export = an_export(len(codes), intent=category(codes[order], "a", "b", "c", "rare"), handle_minutes=minutes[order])
    part = fit_handle(export)
    rare = figures(part)["intents", "rare", "handle", "mean"]
    assert 8 < rare < 20
    assert rare.n == 6
    assert rare.low is not None
    assert rare.low < 8.5
    assert f"fewer than {MIN_OWN} tickets of rare" in texts(part)


def test_hours_have_factors_only_where_they_differ_by_more_than_noise() -> None:
    rng = np.random.default_rng(3)
    minutes = rng.lognormal(2, 0.3, 6000)  # 4 standard errors of an hour's mean are 10 % of it
    export = an_export(6000, handle_minutes=minutes)
    assert ("intents", "all", "handle_by_hour") not in fit_handle(export).settings
    morning = export.local.minute < 720
    part = fit_handle(replace(export, handle_minutes=np.where(morning, 1.3, 0.7) * minutes))
    factors = np.array(part.settings["intents", "all", "handle_by_hour"]["daily"])
    assert factors[:12] == pytest.approx(1.3, abs=0.1)
    assert factors[12:] == pytest.approx(0.7, abs=0.1)
    assert "hours differ (F-test" in part.sources["intents.all.handle_by_hour*"]


def test_without_touch_time_handle_time_is_missing_with_its_remedy_and_never_guessed() -> None:
    export = an_export(100, intent=category(np.arange(100) % 2, "a", "b"), resolved=EPOCH + 1e6 + np.zeros(100))
    part = fit_handle(export)
    assert part.settings == {}
    assert [missing.path for missing in part.missing] == [("intents", "a", "handle"), ("intents", "b", "handle")]
    for missing in part.missing:
        for remedy in ("--staffed-hours and --occupancy", "--handle 8m", "--map handle=COLUMN"):
            assert remedy in missing.remedy
    assert "warning intents.*.handle the export holds no touch time" in texts(part)
    # One of the two does not do.
    assert fit_handle(export, staffed_hours=100).missing
    assert fit_handle(export, occupancy=0.8).missing


def test_staffed_hours_and_occupancy_give_one_mean_and_call_it_assumed() -> None:
    left = np.arange(100) < 20
    export = an_export(100, abandoned=left, wait_minutes=np.ones(100))
    found = figures(fit_handle(export, staffed_hours=20, occupancy=0.8))
    mean = found["intents", "all", "handle", "mean"]
    assert mean == 60 * 20 * 0.8 / 80
    assert mean.source == "assumed: 20 staffed hours × 80% occupancy ÷ n=80 tickets"
    assert str(found["intents", "all", "handle", "cv"].source).startswith("assumed")
    given = figures(fit_handle(export, handle=8))["intents", "all", "handle", "mean"]
    assert given == 8
    assert given.source == "assumed: given by the user for all tickets"


def calls(gap: float) -> Export:
    """Make calls to one agent who is never idle, `gap` seconds apart; each caller waited, and a tenth gave up."""
    n = 1000
    began = EPOCH + 900 + (200.0 + gap) * np.arange(n)
    left = np.arange(n) % 10 == 9
    answered = np.where(left, np.nan, began - (200 + gap) * np.cumsum(left))
    created = np.where(left, began - (200 + gap) * np.cumsum(left), answered) - 900
    return an_export(
        n, created=created, began=answered, ended=answered + 200, wait_minutes=np.full(n, 15.0), abandoned=left,
        agent=np.where(left, -1, 0).astype(np.int32),
    )  # fmt: skip


def test_calls_without_touch_time_take_as_long_as_the_call_and_the_turnover_after_it() -> None:
    found = turnover_minutes(calls(15))
    assert found is not None
    assert 60 * found[0] == pytest.approx(15, abs=1)
    part = fit_handle(calls(15))
    assert float(part.settings["intents", "all", "handle"]["value"]) == pytest.approx(215 / 60, abs=1 / 60)
    assert "15 s between an agent's calls while callers wait" in texts(part)


# -- patience --


def test_patience_differs_by_intent_only_where_the_log_rank_test_says_so() -> None:
    rng = np.random.default_rng(4)
    for factor, differing in ((1.0, False), (3.0, True)):
        codes = np.arange(4000) % 2
        patience = rng.exponential(np.where(codes == 0, 4.0, 4.0 * factor))
        wait = rng.exponential(3, 4000)
        export = an_export(
            4000, intent=category(codes, "a", "b"), abandoned=patience < wait, wait_minutes=np.minimum(patience, wait)
        )
        part = fit_patience(export)
        assert (("intents", "b", "patience") in part.settings) == differing
        assert "who called again" in texts(part)
        if differing:
            mean = figures(part)["intents", "b", "patience", "mean"]
            assert mean == pytest.approx(12, rel=0.15)


def test_a_desk_that_nobody_leaves_has_no_patience_and_is_told_so() -> None:
    part = fit_patience(an_export(50, wait_minutes=np.ones(50), abandoned=np.zeros(50, dtype=np.bool_)))
    assert part.settings == {}
    assert "nobody who gave up" in texts(part)
