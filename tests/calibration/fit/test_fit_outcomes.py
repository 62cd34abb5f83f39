"""What `fit` makes of exports: the round trip, then flow, targets and satisfaction, recovered where they are known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from simulator.calibration.exports.table import Export
from simulator.calibration.fit.csat import fit_csat
from simulator.calibration.fit.flow import fit_flow
from simulator.calibration.fit.handle import fit_handle
from simulator.calibration.fit.patience import fit_patience
from simulator.calibration.fit.service_level import fit_sla
from simulator.report.charts import theme
from simulator.report.fit.work_charts import charts
from simulator.run import simulate
from tests.support.desks import plain_desk
from tests.support.work_exports import EPOCH, an_export, category, export_of, figures, known_desk, nested, texts

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


# -- the round trip --


@pytest.mark.slow
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
