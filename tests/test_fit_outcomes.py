"""What `fit` makes of exports: work, patience, flow, targets and satisfaction, recovered where they are known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulator.calibration.exports.table import Export
from simulator.calibration.fit.calls import turnover_minutes
from simulator.calibration.fit.csat import fit_csat
from simulator.calibration.fit.flow import fit_flow
from simulator.calibration.fit.handle import MIN_OWN, fit_handle
from simulator.calibration.fit.patience import fit_patience
from simulator.calibration.fit.service_level import fit_sla
from simulator.calibration.part import Part
from simulator.quantities import Figure
from simulator.report import theme
from simulator.report.fit_work_charts import charts
from simulator.run import simulate
from tests.desks import plain_desk
from tests.work_exports import EPOCH, an_export, category, export_of, known_desk

TRUTH: dict[tuple[str, ...], float] = {
    ("intents", "call", "handle", "mean"): 8,
    ("intents", "call", "handle", "cv"): 0.9,
    ("intents", "password", "handle", "mean"): 6,
    ("intents", "password", "handle", "cv"): 1.1,
    ("intents", "bug", "handle", "mean"): 20,
    ("intents", "bug", "handle", "cv"): 0.6,
    ("channels", "phone", "patience", "mean"): 6,
    ("channels", "email", "reply_gap", "mean"): 300,
    ("channels", "email", "reply_gap", "cv"): 1.2,
    ("handling", "reopen", "share"): 0.12,
    ("handling", "reopen", "delay", "mean"): 600,
    ("handling", "reopen", "delay", "cv"): 0.8,
    ("intents", "password", "reassign"): 0.1,
    ("intents", "bug", "reassign"): 0.45,
    ("handling", "reassign", "again"): 0.3,
    ("handling", "follow_ups"): 0.4,
}


def figures(*parts: Part) -> dict[tuple[str | int, ...], Figure]:
    """Collect the figures of parts by path."""
    found: dict[tuple[str | int, ...], Figure] = {}
    for part in parts:
        for path, value in part.settings.items():
            inner = value.items() if isinstance(value, dict) else [("", value)]
            found |= {(*path, key) if key else path: one for key, one in inner if isinstance(one, Figure)}
    return found


def texts(part: Part) -> str:
    return "\n".join(f"{finding.level} {finding.path} {finding.text}" for finding in part.findings)


def nested(*parts: Part) -> dict[str, Any]:
    """Lay the settings of parts out as a scenario file would hold them."""
    tree: dict[str, Any] = {}
    for part in parts:
        for path, value in part.settings.items():
            inner = tree
            for step in path[:-1]:
                inner = inner.setdefault(str(step), {})
            inner[str(path[-1])] = value
    return tree


# -- the round trip --


def test_a_simulated_desk_s_figures_lie_within_nine_of_ten_of_the_intervals_that_its_export_gives() -> None:
    seeds, held = 20, 0
    for seed in range(seeds):
        export = export_of(simulate(known_desk(), seed=seed))
        found = figures(fit_handle(export), fit_patience(export), fit_flow(export))
        for path, truth in TRUTH.items():
            low, high = found[path].low, found[path].high
            assert low is not None
            assert high is not None
            assert high < 2 * truth
            held += low <= truth <= high
    n = seeds * len(TRUTH)
    # A true 90 % falls below this once in a thousand times.
    assert held / n >= float(stats.binom.ppf(0.001, n, 0.9)) / n


def test_what_is_fitted_makes_a_scenario_and_that_scenario_behaves_alike() -> None:
    run = simulate(known_desk(), seed=3)
    export = export_of(run)
    settings = nested(fit_handle(export), fit_patience(export), fit_flow(export))
    shares = {name: {"share": share, "channels": {way: 1}} for name, share, way in (
        ("call", 0.5, "phone"), ("password", 0.3, "email"), ("bug", 0.2, "email"),
    )}  # fmt: skip
    intents = {name: {**settings["intents"][name], **shares[name]} for name in shares}
    channels = {name: {"share": 0.5, **settings["channels"][name]} for name in ("phone", "email")}
    channels["phone"]["live"] = True
    data = known_desk().model_dump(mode="json", include={"name", "start", "weeks", "drain", "arrivals", "teams"})
    desk = plain_desk(**{**data, "intents": {**intents, "question": {"share": 0}}, "channels": channels,
                         "handling": settings["handling"]})  # fmt: skip
    again = export_of(simulate(desk, seed=4))
    assert export.reassignments is not None
    assert again.reassignments is not None
    assert again.abandoned is not None
    assert export.abandoned is not None
    assert (again.reassignments > 0).mean() == pytest.approx((export.reassignments > 0).mean(), abs=0.02)
    assert again.reassignments.mean() == pytest.approx(export.reassignments.mean(), abs=0.03)
    assert again.abandoned.mean() == pytest.approx(export.abandoned.mean(), abs=0.04)


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
    """Make calls to one agent who is never idle: each waits until the agent has had `gap` seconds after the last."""
    n = 1000
    began = EPOCH + (200.0 + gap) * np.arange(n)
    left = np.zeros(n, dtype=np.bool_)
    left[-1] = True
    created = np.maximum(began - 900, EPOCH)
    return an_export(
        n, created=created, began=began, ended=began + 200, wait_minutes=(began - created) / 60,
        abandoned=left, agent=np.zeros(n, dtype=np.int32),
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


# -- flow --


def test_recent_tickets_that_had_no_time_to_come_back_do_not_lower_the_share() -> None:
    rng = np.random.default_rng(5)
    n = 4000
    export = an_export(n, seen_until=EPOCH + 600.0 * n)
    resolved = export.created + 600
    back = resolved + 86400 * rng.gamma(4, 0.5, n)
    seen = (rng.random(n) < 0.2) & (back < export.seen_until)
    export = replace(
        export, resolved=np.where(seen, back + 60, resolved), first_resolved=resolved,
        reopens=seen.astype(float), reopened=np.where(seen, back, np.nan),
    )  # fmt: skip
    share = figures(fit_flow(export))["handling", "reopen", "share"]
    assert share.low is not None
    assert share.high is not None
    assert share.low < 0.2 < share.high
    assert seen.mean() < share.low + 0.005
    assert "left out: they may yet come back" in texts(fit_flow(export))


def test_what_an_export_does_not_count_is_assumed_openly() -> None:
    part = fit_flow(an_export(100, resolved=EPOCH + 1e6 + np.zeros(100)))
    found = figures(part)
    assert str(found["handling", "reopen", "share"].source).startswith("assumed")
    assert found["handling", "reopen", "delay", "mean"].source == "assumed"
    assert ("handling", "reassign", "share") not in found
    assert "does not count reassignments" in texts(part)


def test_resolution_times_of_two_kinds_become_an_assumed_hold_with_a_warning() -> None:
    rng = np.random.default_rng(6)
    slow = rng.random(4000) < 0.3
    minutes = np.where(slow, rng.lognormal(8.5, 1, 4000), rng.lognormal(3, 1, 4000))
    export = an_export(4000)
    part = fit_flow(replace(export, resolved=export.created + 60 * minutes))
    found = figures(part)
    m = found["handling", "follow_ups"]
    assert m / (1 + m) == pytest.approx(0.3, abs=0.03)
    assert found["handling", "follow_up_limit"] == 1
    assert found["channels", "all", "reply_gap", "mean"] == pytest.approx(np.exp(9), rel=0.15)
    for path in (("handling", "follow_ups"), ("channels", "all", "reply_gap", "mean")):
        assert str(found[path].source).startswith("assumed: the slower part of resolution times")
    assert "warning handling.follow_ups" in texts(part)
    assert "cannot say what more agents would do" in texts(part)


def test_passing_on_that_takes_long_gets_a_delay_that_is_called_assumed() -> None:
    rng = np.random.default_rng(7)
    times = (rng.random(3000) < 0.4).astype(float)
    export = an_export(3000, reassignments=times)
    hours = rng.gamma(2, 1, 3000) + times * rng.gamma(2, 5, 3000)
    delay = fit_flow(replace(export, resolved=export.created + 3600 * hours)).settings["handling", "reassign", "delay"]
    assert delay["mean"] == pytest.approx(600, rel=0.1)
    assert delay["cv"] == pytest.approx(0.7, rel=0.15)
    assert delay["mean"].source.startswith("assumed")


# -- targets and satisfaction --


def flagged(noise: float) -> Export:
    rng = np.random.default_rng(8)
    codes = np.arange(3000) % 2
    hours = rng.lognormal(1, 1, 3000)
    met = hours <= np.where(codes == 0, 2, 8)
    swapped = rng.random(3000) < noise
    export = an_export(3000, tier=category(codes, "gold", "plain"), met_sla=(met ^ swapped).astype(float))
    return replace(export, resolved=export.created + 3600 * hours)


def test_targets_are_read_off_the_flags_as_the_round_figures_that_they_are() -> None:
    found = figures(fit_sla(flagged(0.02)))
    for tier, minutes in (("gold", 120), ("plain", 480)):
        target = found["sla", "resolution", tier]
        assert target == minutes
        assert str(target.source).startswith("measured: explains 9")
        assert target.n == 1500


def test_flags_that_no_target_explains_give_an_assumed_one_that_keeps_the_attainment() -> None:
    export = flagged(0.25)
    part = fit_sla(export)
    target = figures(part)["sla", "resolution", "plain"]
    assert str(target.source).startswith("assumed")
    assert "warning sla.resolution.plain no target explains the flags" in texts(part)
    assert export.resolved is not None
    assert export.met_sla is not None
    assert export.tier is not None
    plain = export.tier.codes == 1
    within = (export.resolved - export.created)[plain] <= 60 * target
    assert within.mean() == pytest.approx(export.met_sla[plain].mean(), abs=0.002)


def test_without_flags_no_target_is_written_and_the_way_to_give_one_is_told() -> None:
    part = fit_sla(an_export(10))
    assert part.settings == {}
    assert "--set sla.first_response.default=4h" in texts(part)


@pytest.mark.parametrize(("scores", "wanted"), [
    ([1.0, 2, 3, 4, 5] * 20, "mean of 100 answers"),
    ([1.0, 5, 5, 5, 5] * 20, "scores are 1 or 5 only"),
    ([0.0, 50, 100] * 20, "no scale of 1 to 5"),
    ([5.0] * 60, "cannot hold a mean at the end"),
    ([4.0] * 3, "3 survey scores"),
])  # fmt: skip
def test_satisfaction_is_measured_on_its_scale_or_not_at_all(scores: list[float], wanted: str) -> None:
    given = np.concatenate([scores, np.full(200, np.nan)])
    part = fit_csat(an_export(len(given), satisfaction=given, resolved=EPOCH + 1e7 + np.zeros(len(given))))
    assert wanted in texts(part)
    found = figures(part)
    if wanted.startswith(("mean", "scores are 1 or 5")):
        mean = found["csat", "human_mean"]
        assert mean == pytest.approx(np.mean(scores), rel=1e-4)
        assert mean.n == len(scores)
        assert found["csat", "response_rate"] == pytest.approx(len(scores) / len(given), rel=1e-4)
    else:
        assert found == {}


# -- charts --


def test_every_chart_states_a_finding_and_describes_itself() -> None:
    export = export_of(simulate(known_desk(), seed=1))
    evidence = [*fit_handle(export).evidence, *fit_patience(export).evidence, *fit_flow(export).evidence]
    hidden = replace(export, hold_minutes=None)
    evidence += [*fit_flow(hidden).evidence[-1:], *fit_sla(flagged(0)).evidence]
    with theme.themed():
        drawn = charts([*evidence, "something else"])
        for chart in drawn:
            chart.figure.canvas.draw()
    keys = [chart.key for chart in drawn]
    assert set(keys) >= {"handle_time", "reopen_delay", "reassignment", "sla", "patience"}
    for chart in drawn:
        assert any(character.isdigit() for character in theme.title_of(chart.figure))
        assert len(chart.alt) > 40
