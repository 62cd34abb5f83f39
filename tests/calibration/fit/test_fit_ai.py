"""The AI's shadow log: curves against scikit-learn's, intervals that cover, small samples, what no log says."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from simulator.base.errors import ExportError
from simulator.base.quantities import Figure
from simulator.calibration.exports.ai_log import AiLog
from simulator.calibration.exports.table import UNKNOWN, Category
from simulator.calibration.fit.ai import AiEvidence, fit_ai
from simulator.calibration.fit.ai_curve import Judgements, choose, fit_log_odds, fit_table, folds_of, log_loss
from simulator.calibration.fit.ai_intents import own_settings, shifts_by_group, shrunk_mixes, shrunk_shares
from simulator.calibration.fit.ai_reliability import THRESHOLDS, calibration_error, stated_confidence
from simulator.calibration.fit.estimate import Part
from simulator.run import simulate
from simulator.scenario import scenario_from
from simulator.studies.roi.inputs import changed_scenario, uncertain_inputs
from tests.support.bank_data import DEFAULT_FOLDER
from tests.support.desks import PLAIN
from tests.support.made_up_data import write_shadow_log
from tests.support.shadow_logs import OWNED, desk_of, log_of, nested, platt, read_log, routing_log, s_shaped

BANKING77 = DEFAULT_FOLDER / "banking77_shadow_log.csv"
TOLD = {0.5: (0.962, 0.754), 0.6: (0.974, 0.679), 0.7: (0.983, 0.591), 0.8: (0.988, 0.489), 0.9: (0.995, 0.319)}
"""Accuracy above a threshold and coverage on Banking77, as measured by those who made the log."""
Array = np.ndarray[Any, Any]


@pytest.fixture(scope="module")
def banking77() -> AiLog:
    if not BANKING77.is_file():
        pytest.skip(f"the shadow log is not here: ../shared/data/{BANKING77.name} is missing")
    return read_log(BANKING77)


@pytest.fixture(scope="module", params=["recorded", "made up"])
def log77(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AiLog:
    """Return a log of 77 kinds of question: Banking77, and one whose truth is known."""
    if request.param == "recorded":
        return cast(AiLog, request.getfixturevalue("banking77"))
    return read_log(write_shadow_log(tmp_path_factory.mktemp("log")))


@pytest.fixture(scope="module")
def fitted77(log77: AiLog) -> Part:
    return fit_ai(log77, None)


def evidence_of(part: Part) -> AiEvidence:
    (found,) = part.evidence
    assert isinstance(found, AiEvidence)
    return found


# -- the curve ---------------------------------------------------------------------------------------------------


def losses(chance: Array, correct: Array) -> Array:
    """Return log-losses; certainty that errs is cut as scikit-learn cuts it."""
    inside = np.clip(chance, np.finfo(float).eps, 1 - np.finfo(float).eps)
    return -np.where(correct, np.log(inside), np.log1p(-inside))


def of_scikit_learn(log: AiLog, folds: Array) -> dict[str, Array]:
    """Return the held-out log-loss of each row by the two calibrators of CalibratedClassifierCV."""
    from sklearn.isotonic import IsotonicRegression
    from sklearn.linear_model import LogisticRegression

    found = {"isotonic": np.empty(len(log)), "sigmoid": np.empty(len(log))}
    for fold in range(folds.max() + 1):
        here, rest = folds == fold, folds != fold
        isotonic = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
        isotonic.fit(log.confidence[rest], log.correct[rest])
        found["isotonic"][here] = losses(isotonic.predict(log.confidence[here]), log.correct[here])
        sigmoid = LogisticRegression(C=np.inf).fit(log.confidence[rest, None], log.correct[rest])
        found["sigmoid"][here] = losses(sigmoid.predict_proba(log.confidence[here, None])[:, 1], log.correct[here])
    return found


def of_ours(log: AiLog, folds: Array) -> Array:
    """Return the held-out log-loss of each row by the form that was chosen, each fold's curve fitted without it."""
    form = choose(Judgements.of(log.confidence, log.correct), folds).form
    fit: Callable[..., Any] = fit_table if form == "table" else fit_log_odds
    found = np.empty(len(log))
    for fold in range(folds.max() + 1):
        here, rest = folds == fold, folds != fold
        curve = fit(Judgements.of(log.confidence[rest], log.correct[rest]).tally)
        found[here] = losses(special.expit(curve.log_odds(log.confidence[here])), log.correct[here])
    return found


@pytest.mark.parametrize("dealing", range(5))
def test_on_77_kinds_held_out_log_loss_is_no_worse_than_scikit_learns(log77: AiLog, dealing: int) -> None:
    n = len(log77)
    folds = np.random.default_rng(dealing).permutation(n) % 5 if dealing else folds_of(n)
    ours = of_ours(log77, folds).mean()
    assert all(ours <= theirs.mean() for theirs in of_scikit_learn(log77, folds).values())
    chosen = choose(Judgements.of(log77.confidence, log77.correct), folds)
    # What the fit reports is computed on cells of confidence, this on rows.
    assert chosen.held_out[chosen.form] == pytest.approx(ours, abs=1e-5)


SHAPES = {"over-confident": platt(-1.2, 0.7), "under-confident": platt(1.5, 1.2), "S-shaped": s_shaped}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n", [60, 4000])
def test_on_known_curves_no_calibrator_of_scikit_learn_is_clearly_better(shape: str, n: int) -> None:
    log = log_of(n, 11, SHAPES[shape])
    folds = folds_of(n)
    ours = of_ours(log, folds)
    for theirs in of_scikit_learn(log, folds).values():
        gap = ours - theirs
        assert gap.mean() <= gap.std() / math.sqrt(n)


@pytest.mark.parametrize(("shape", "form"), [("over-confident", "log_odds"), ("S-shaped", "table")])
def test_the_form_that_the_ai_has_is_chosen(shape: str, form: str) -> None:
    evidence = evidence_of(fit_ai(log_of(4000, 12, SHAPES[shape]), None))
    assert evidence.form == form
    true = SHAPES[shape](evidence.confidence)
    inside = (evidence.confidence > 0.3) & (evidence.confidence < 0.98)
    assert np.abs(evidence.curve - true)[inside].mean() < 0.03


def test_shift_and_scale_cover_in_nine_of_ten_logs_and_err_independently() -> None:
    shift, scale, logs = -0.8, 0.7, 400
    covered, errors = np.zeros(2), []
    for seed in range(logs):
        log = log_of(500, 1000 + seed, platt(shift, scale))
        curve = fit_log_odds(Judgements.of(log.confidence, log.correct).tally)
        assert curve.centre is not None
        true = (shift + (scale - 1) * special.logit(float(curve.centre)), scale)
        errors.append([float(figure) - value for figure, value in zip((curve.shift, curve.scale), true, strict=True)])
        covered += [f.low <= value <= f.high for f, value in zip((curve.shift, curve.scale), true, strict=True)]
    # 99.9 % range of the share of 400 logs that intervals of 90 % cover.
    low, high = stats.binom.interval(0.999, logs, 0.9)
    assert (covered >= low).all()
    assert (covered <= high).all()
    assert abs(np.corrcoef(np.array(errors).T)[0, 1]) < 3.3 / math.sqrt(logs)


def test_drawn_on_their_own_shift_and_scale_make_the_curves_that_other_logs_would() -> None:
    curve = fit_log_odds(Judgements.of(*_columns(log_of(500, 3, platt(-0.8, 0.7)))).tally)
    at = np.array([0.3, 0.6, 0.9, 0.99])
    refits = []
    for seed in range(300):
        again = log_of(500, 5000 + seed, lambda stated: special.expit(curve.log_odds(stated)))
        refits.append(fit_log_odds(Judgements.of(*_columns(again)).tally).log_odds(at))
    rng = np.random.default_rng(8)
    spread = [(figure.high - figure.low) / 2 / 1.6449 for figure in (curve.shift, curve.scale)]
    draws = [
        curve.model_copy(update={"shift": float(curve.shift) + a, "scale": float(curve.scale) + b}).log_odds(at)
        for a, b in rng.normal(0, spread, (300, 2))
    ]
    assert np.std(draws, axis=0) == pytest.approx(np.std(refits, axis=0), rel=0.2)


def _columns(log: AiLog) -> tuple[Array, Array]:
    return log.confidence, log.correct


def test_the_level_of_a_table_covers_in_nine_of_ten_logs() -> None:
    logs, covered = 200, 0
    at = np.random.default_rng(0).beta(4, 1.5, 20_000)
    true = float(s_shaped(at).mean())
    for seed in range(logs):
        table = fit_table(Judgements.of(*_columns(log_of(1000, 7000 + seed, s_shaped))).tally)
        low, high = (
            float(special.expit(table.model_copy(update={"shift": end}).log_odds(at)).mean())
            for end in (table.shift.low, table.shift.high)
        )
        covered += low <= true <= high
    assert covered >= stats.binom.ppf(0.0005, logs, 0.9)


def test_knots_of_a_table_rise_and_are_never_certain() -> None:
    for seed in range(20):
        table = fit_table(Judgements.of(*_columns(log_of(300, seed, s_shaped, 8, 1))).tally)
        confidence, chance = np.array(table.table, dtype=float).T
        assert (np.diff(confidence) > 0).all()
        assert (np.diff(chance) >= 0).all()
        assert chance.min() > 0
        assert chance.max() < 1


# -- thresholds --------------------------------------------------------------------------------------------------


def test_accuracy_above_each_threshold_is_what_the_makers_of_banking77_measured(banking77: AiLog) -> None:
    above = {one.threshold: one for one in evidence_of(fit_ai(banking77, None)).above}
    assert tuple(above) == THRESHOLDS
    for threshold, (accuracy, coverage) in TOLD.items():
        assert above[threshold].accuracy.value == pytest.approx(accuracy, abs=0.0006)
        assert above[threshold].coverage == pytest.approx(coverage, abs=0.0006)
        assert above[threshold].accuracy.low <= accuracy <= above[threshold].accuracy.high


def test_accuracy_above_each_threshold_is_that_of_an_ai_of_known_accuracy(tmp_path: Path) -> None:
    shift, scale = 2.2, 1.3
    log = read_log(write_shadow_log(tmp_path, shift=shift, scale=scale))
    at = np.random.default_rng(0).beta(2.6, 1.1, 1_000_000)
    for one in evidence_of(fit_ai(log, None)).above:
        taken = at >= one.threshold
        accuracy, n = platt(shift, scale)(at[taken]).mean(), one.coverage * len(log)
        assert one.accuracy.value == pytest.approx(accuracy, abs=4 * math.sqrt(accuracy * (1 - accuracy) / n))
        assert one.coverage == pytest.approx(taken.mean(), abs=4 * math.sqrt(0.25 / len(log)))
        # What 90 % intervals hold in 9 of 10 logs, intervals twice as wide hold in all but one of a thousand.
        assert 2 * one.accuracy.low - one.accuracy.value <= accuracy <= 2 * one.accuracy.high - one.accuracy.value


def test_tickets_drawn_from_the_fit_are_recognised_as_often_above_each_threshold(
    log77: AiLog, fitted77: Part
) -> None:
    assert log77.true is not None
    counts = dict(zip(log77.true.names, log77.true.counts() / len(log77), strict=True))
    run = simulate(desk_of(fitted77, counts, per_week=60_000), seed=1)
    stated, right = run.customers.ai.route_confidence, run.journeys.ai.recognised
    for one in evidence_of(fitted77).above:
        taken = stated >= one.threshold
        assert right[taken].mean() == pytest.approx(one.accuracy.value, abs=0.01)
        assert taken.mean() == pytest.approx(one.coverage, abs=0.01)
    assert right.mean() == pytest.approx(log77.correct.mean(), abs=0.01)


def test_tickets_drawn_from_the_fit_are_confused_as_the_log_has_it(log77: AiLog, fitted77: Part) -> None:
    assert log77.true is not None
    counts = dict(zip(log77.true.names, log77.true.counts() / len(log77), strict=True))
    run = simulate(desk_of(fitted77, counts, per_week=60_000), seed=2)
    names = list(counts)
    wrong = ~run.journeys.ai.recognised
    true, taken_for = run.customers.intent[wrong], run.journeys.ai.predicted[wrong]
    logged = np.array(log77.true.names)[log77.true.codes] != np.array(log77.predicted.names)[log77.predicted.codes]
    pairs = np.bincount(true * 77 + taken_for, minlength=77 * 77) / wrong.sum()
    own = [names.index(name) for name in log77.predicted.names]
    told = np.array(own)[log77.predicted.codes[logged]]
    seen = np.bincount(log77.true.codes[logged].astype(int) * 77 + told, minlength=77 * 77) / logged.sum()
    assert np.corrcoef(pairs, seen)[0, 1] > 0.9


# -- calibration error -------------------------------------------------------------------------------------------


def test_calibration_error_of_a_calibrated_ai_is_nothing_but_chance() -> None:
    found = [calibration_error(Judgements.of(*_columns(log_of(1000, seed, lambda p: p))).tally) for seed in range(60)]
    raw = [abs_gap(log_of(1000, seed, lambda p: p)) for seed in range(60)]
    assert np.mean([one.value for one in found]) < 0.6 * np.mean(raw)
    assert sum(one.low == 0 for one in found) >= stats.binom.ppf(0.0005, 60, 0.95)


def abs_gap(log: AiLog) -> float:
    """Return the plain calibration error by fifteen ranges of as many rows each."""
    order = np.argsort(log.confidence)
    parts = np.array_split(order, 15)
    return float(np.mean([abs(log.confidence[part].mean() - log.correct[part].mean()) for part in parts]))


@pytest.mark.slow
def test_calibration_error_covers_that_of_an_over_confident_ai() -> None:
    curve, logs = platt(-1.2, 0.7), 100
    at = np.random.default_rng(1).beta(4, 1.5, 200_000)
    true = float(np.abs(curve(at) - at).mean())
    found = [calibration_error(Judgements.of(*_columns(log_of(1500, seed, curve))).tally) for seed in range(logs)]
    assert np.mean([one.value for one in found]) == pytest.approx(true, rel=0.03)
    covered = sum(one.low <= true <= one.high for one in found)
    assert covered >= stats.binom.ppf(0.0005, logs, 0.9)


def test_the_fitted_curve_takes_most_of_the_calibration_error_away(fitted77: Part) -> None:
    evidence = evidence_of(fitted77)
    assert evidence.ece_stated.low > 5 * evidence.ece_held_out.high
    assert evidence.brier_held_out < evidence.brier_stated
    assert evidence.held_out[evidence.form] < evidence.log_loss_stated


# -- stated confidence -------------------------------------------------------------------------------------------


def test_a_beta_distribution_is_found_again_with_intervals_that_cover() -> None:
    logs = 200
    found = [stated_confidence(np.random.default_rng(seed).beta(6, 2, 400)) for seed in range(logs)]
    fitted = [stated.settings for stated in found if stated.is_beta]
    assert len(fitted) >= stats.binom.ppf(0.0005, logs, 0.94)
    for name, true in (("mean", 0.75), ("concentration", 8.0)):
        covered = sum(settings[name].low <= true <= settings[name].high for settings in fitted)
        assert covered >= stats.binom.ppf(0.0005, len(fitted), 0.9)


def test_confidence_with_two_humps_is_written_as_quantiles() -> None:
    rng = np.random.default_rng(3)
    humps = np.concatenate([rng.beta(2, 20, 500), rng.beta(20, 2, 500)])
    stated = stated_confidence(humps)
    assert not stated.is_beta
    levels, values = np.array(stated.settings["quantiles"]).T
    assert values == pytest.approx(np.quantile(humps, levels), abs=5e-5)


# -- small samples -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_shifts_of_intents_cover_in_nine_of_ten_even_where_rows_are_few() -> None:
    rng = np.random.default_rng(4)
    cells = np.linspace(-1.5, 3.5, 30)
    covered = total = 0
    for _ in range(25):
        true = rng.normal(0, 0.7, 40)
        rows = np.stack([rng.multinomial(size, np.full(30, 1 / 30)) for size in rng.choice([5, 20, 80, 320], 40)])
        right = rng.binomial(rows, special.expit(cells + true[:, None])).astype(float)
        found = shifts_by_group(right, rows - right, cells, 0.02)
        covered += sum(one.low <= value <= one.high for one, value in zip(found.shifts, true, strict=True))
        total += 40
    # The spread is estimated, too, so that intervals which take it for known may fall a little short.
    assert 0.86 <= covered / total <= 0.94


@pytest.mark.slow
def test_the_scale_that_intents_share_covers_although_all_of_them_together_look_flatter() -> None:
    logs, covered, together = 60, 0, []
    names = tuple(f"intent {place:02}" for place in range(12))
    for seed in range(logs):
        shifts = np.random.default_rng(seed).normal(0.2, 0.8, 12)
        log = routing_log(2000, seed, dict(zip(names, shifts, strict=True)))
        assert log.true is not None
        judged = Judgements.of(*_columns(log))
        curve = fit_log_odds(judged.tally)
        settings, _ = own_settings("routing", judged, log.true.codes, names, curve, beta=False)
        scale = settings["ai", "intents", names[0], "routing", "calibration", "scale"]
        together.append(float(curve.scale))
        covered += scale.low <= 1 <= scale.high
    assert covered >= stats.binom.ppf(0.001, logs, 0.9)
    assert np.mean(together) < 0.95


def test_the_fewer_rows_the_nearer_a_shift_is_drawn_to_the_others() -> None:
    cells = np.array([0.0])
    sizes = np.array([4.0, 16.0, 64.0, 256.0, 1024.0])
    others = np.tile([[60.0], [140.0], [100.0]], (4, 1))
    right = np.concatenate([0.75 * sizes[:, None], others])
    wrong = np.concatenate([0.25 * sizes[:, None], 200 - others])
    shifts = [one.value for one in shifts_by_group(right, wrong, cells, 0.02).shifts[:5]]
    assert (np.diff(shifts) > 0).all()
    assert shifts[0] > -0.2
    assert shifts[-1] == pytest.approx(math.log(3), abs=0.1)


def test_the_fewer_rows_the_nearer_a_share_is_drawn_to_that_of_all() -> None:
    n = np.array([2.0, 8.0, 32.0, 128.0, 512.0, *[100.0] * 10])
    right = np.concatenate([0.5 * n[:5], np.linspace(70, 95, 10).round()])
    found = shrunk_shares(right, n)
    values = [one.value for one in found[:5]]
    assert (np.diff(values) < 0).all()
    assert all(one.low <= one.value <= one.high for one in found)
    assert [one.high - one.low for one in found[:5]] == sorted((one.high - one.low for one in found[:5]), reverse=True)


def test_mixes_of_mistakes_stay_whole_and_follow_their_counts_as_these_grow() -> None:
    bases = np.array([[0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    counts = np.array([[0, 9, 1], [900, 0, 100], [0, 0, 0]], dtype=float)
    mixes = shrunk_mixes(counts, bases)
    assert mixes.sum(axis=1) == pytest.approx(1)
    assert (np.diag(mixes) == 0).all()
    assert 0.5 < mixes[0, 1] < mixes[1, 0] < 0.9 + 1e-9
    assert mixes[2] == pytest.approx(bases[2])


def test_intents_that_do_not_differ_get_no_curve_of_their_own() -> None:
    part = fit_ai(routing_log(3000, 5, dict.fromkeys("abcd", 0.3)), None)
    assert not [path for path in part.settings if path[1] == "intents" and "calibration" in path]
    assert any("as often right on each of 4 intents" in finding.text for finding in part.findings)


def test_intents_that_differ_are_found_again() -> None:
    shifts = {"a": -1.0, "b": -0.3, "c": 0.4, "d": 1.0}
    part = fit_ai(routing_log(6000, 6, shifts), None)
    general = part.settings["ai", "routing", "calibration", "centre"]
    scale = part.settings["ai", "intents", "a", "routing", "calibration", "scale"]
    assert scale.low <= 1 <= scale.high
    for name, true in shifts.items():
        shift = part.settings["ai", "intents", name, "routing", "calibration", "shift"]
        # About the centre the true curve, of scale 1, has its shift everywhere.
        assert shift.low - 0.1 <= true <= shift.high + 0.1
        assert shift.n == pytest.approx(1500, rel=0.1)
        assert part.settings["ai", "intents", name, "routing", "calibration", "scale"] is scale
        assert part.settings["ai", "intents", name, "routing", "calibration", "centre"] == general
    assert part.comments["ai", "intents", "a", "confused_with"].startswith("n=")
    confused = nested(part)["ai"]["intents"]["a"]["confused_with"]
    assert confused["b"] > 0.95


@pytest.mark.slow
def test_a_business_case_varies_the_fitted_figures_and_a_shared_scale_as_one() -> None:
    part = fit_ai(routing_log(3000, 7, {"a": -1.0, "b": 1.0, "c": 0.0}), None)
    desk = desk_of(part, {"a": 0.4, "b": 0.3, "c": 0.3})
    inputs, _ = uncertain_inputs(desk)
    names = [one.name for one in inputs if one.name.startswith("ai.") and "confidence" not in one.name]
    assert sorted(names) == [
        "ai.intents.a.routing.calibration.scale",
        *(f"ai.intents.{name}.routing.calibration.shift" for name in "abc"),
        "ai.routing.calibration.scale", "ai.routing.calibration.shift",
    ]  # fmt: skip
    (scale,) = (one for one in inputs if one.name == "ai.intents.a.routing.calibration.scale")
    assert [one.name.split(".")[2] for one in scale.known] == ["a", "b", "c"]
    at = np.linspace(0.01, 0.99, 99)
    for one in inputs:
        for end in (0.001, 0.05, 0.95, 0.999):
            moved = changed_scenario(desk, one.change(end), one.name)
            assert moved.ai is not None
            assert moved.ai.routing is not None
            assert (np.diff(moved.ai.routing.calibration.log_odds(at)) > 0).all()


@pytest.mark.slow
def test_what_a_simulated_ai_was_made_of_is_found_again() -> None:
    shifts = {"refund": 0.6, "login": -0.2, "invoice": 0.2}
    routing = {"confidence": {"mean": 0.75, "concentration": 6}, "calibration": {"shift": 0.2, "scale": 0.8}}
    intents = {name: {"share": share, "handle": 10} for name, share in zip(shifts, (0.5, 0.3, 0.2), strict=True)}
    own = {name: {"routing": {"calibration": {"shift": shift, "scale": 0.8}}} for name, shift in shifts.items()}
    ai = {"routing": routing, "intents": own, "answer": {"confidence": "routing"}, "after_wrong": OWNED["after_wrong"]}
    arrivals = {**PLAIN["arrivals"], "per_week": 3000}
    desk = scenario_from({**PLAIN, "intents": intents, "arrivals": arrivals, "ai": ai})
    covered: dict[str, list[bool]] = {}
    for replication in range(12):
        run = simulate(desk, seed=4, replication=replication)
        names = tuple(shifts)
        told = (column.astype(np.int32) for column in (run.journeys.ai.predicted, run.customers.intent))
        log = AiLog(run.customers.ai.route_confidence, run.journeys.ai.recognised, *(Category(c, names) for c in told))
        found = fit_ai(log, names).settings
        general = ("ai", "routing")
        middle = special.logit(float(found[*general, "calibration", "centre"]))
        true = {
            (*general, "confidence", "mean"): 0.75,
            (*general, "confidence", "concentration"): 6.0,
            ("ai", "intents", "refund", "routing", "calibration", "scale"): 0.8,
        } | {
            ("ai", "intents", name, "routing", "calibration", "shift"): shift - 0.2 * middle
            for name, shift in shifts.items()
        }
        for path, value in true.items():
            figure = found.get(path)
            if figure is not None:
                covered.setdefault(".".join(path), []).append(figure.low <= value <= figure.high)
    assert set(map(len, covered.values())) <= {10, 11, 12}
    everything = [one for several in covered.values() for one in several]
    assert len(covered) == 6
    n = len(everything)
    assert stats.binom.ppf(0.005, n, 0.9) <= sum(everything) <= stats.binom.ppf(0.995, n, 0.9)
    assert all(sum(several) >= stats.binom.ppf(0.001, len(several), 0.9) for several in covered.values())


# -- odd logs ----------------------------------------------------------------------------------------------------


def numbers_in(given: Any) -> Iterator[float]:
    """List every number in evidence or settings."""
    if isinstance(given, np.ndarray):
        yield from given.ravel().astype(float).tolist()
    elif isinstance(given, Figure):
        yield from (float(one) for one in (given, given.low, given.high) if one is not None)
    elif isinstance(given, int | float):
        yield float(given)
    elif dataclasses.is_dataclass(given):
        for field in dataclasses.fields(given):
            yield from numbers_in(getattr(given, field.name))
    elif isinstance(given, dict):
        for value in given.values():
            yield from numbers_in(value)
    elif isinstance(given, list | tuple):
        for value in given:
            yield from numbers_in(value)


RNG = np.random.default_rng(9)
ODD = {
    "sixty rows": log_of(60, 1, platt(0, 1)),
    "always right": AiLog(RNG.beta(4, 1, 200), np.ones(200, dtype=bool)),
    "always wrong": AiLog(RNG.beta(4, 1, 200), np.zeros(200, dtype=bool)),
    "two rows": AiLog(np.array([0.4, 0.9]), np.array([False, True])),
    "two like rows": AiLog(np.array([0.9, 0.9]), np.array([True, True])),
    "one confidence": AiLog(np.full(500, 0.8), RNG.uniform(size=500) < 0.6),
    "certain": AiLog(np.ones(300), RNG.uniform(size=300) < 0.9),
    "0 or 1": AiLog(RNG.integers(2, size=300).astype(float), RNG.uniform(size=300) < 0.7),
    "surer where it errs": AiLog(np.linspace(0.1, 0.9, 400), np.arange(400) < 200),
    "perfectly sorted": AiLog(np.linspace(0.1, 0.9, 400), np.arange(400) >= 200),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_logs_make_a_valid_scenario_without_a_single_nan(kind: str) -> None:
    part = fit_ai(ODD[kind], None)
    assert all(math.isfinite(number) for number in numbers_in([dict(part.settings), *part.evidence]))
    scenario = desk_of(part)
    assert scenario.ai is not None
    assert np.isfinite(scenario.ai.answer.calibration.log_odds(np.linspace(0, 1, 21))).all()
    assert simulate(scenario, seed=1).journeys.ai.would_be_right.size
    for figure in (value for value in part.settings.values() if isinstance(value, Figure) and value.low is not None):
        assert figure.low < figure < figure.high


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_log_makes_a_valid_scenario(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 60))
    stated = st.one_of(st.sampled_from([0.0, 0.5, 1.0, 1e-9, 0.999999]), st.floats(0, 1))
    confidence = np.array(data.draw(st.lists(stated, min_size=n, max_size=n)))
    codes = [np.array(data.draw(st.lists(st.integers(-1, 2), min_size=n, max_size=n)), dtype=np.int32) for _ in "ab"]
    correct = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    names = ("a", "b", "c")
    log = AiLog(confidence, correct, Category(codes[0], names), Category(codes[1], names))
    part = fit_ai(log, names, threshold=0.5)
    assert all(math.isfinite(number) for number in numbers_in([dict(part.settings), *part.evidence]))
    assert desk_of(part, {"a": 0.4, "b": 0.3, "c": 0.3}).ai is not None


@pytest.mark.parametrize(
    ("kind", "path", "words"),
    [
        ("always right", "ai.answer.calibration", "all 200 judgements are right"),
        ("always wrong", "ai.answer.calibration", "all 200 judgements are wrong"),
        ("one confidence", "ai.answer.calibration", "always states 80%"),
        ("surer where it errs", "ai.answer.calibration", "no more often right where it says it is surer"),
        ("two rows", "ai", "has 2 judgements: too few"),
        ("sixty rows", "ai.routing", "takes the intent for known"),
    ],
)
def test_what_is_odd_is_told(kind: str, path: str, words: str) -> None:
    assert any(one.path == path and words in one.text for one in fit_ai(ODD[kind], None).findings)


def test_a_log_that_was_always_right_leaves_room_for_mistakes() -> None:
    scenario = desk_of(fit_ai(ODD["always right"], None))
    assert scenario.ai is not None
    curve = scenario.ai.answer.calibration
    chance = special.expit(curve.log_odds(ODD["always right"].confidence))
    # Jeffreys: half a mistake in 201 rows; the range reaches to where 200 right in a row are still to be expected.
    assert 0.985 < chance.mean() < 1
    low = special.expit(curve.model_copy(update={"shift": curve.shift.low}).log_odds(ODD["always right"].confidence))
    assert 1 - low.mean() > 0.5 / 200


@pytest.mark.parametrize("n", [0, 1])
def test_a_log_without_two_rows_is_refused(n: int) -> None:
    with pytest.raises(ExportError, match="must have 2 or more"):
        fit_ai(AiLog(np.full(n, 0.5), np.ones(n, dtype=bool)), None)


# -- what the log is about ---------------------------------------------------------------------------------------


def test_a_log_of_intents_leaves_answers_and_their_consequences_to_the_user() -> None:
    part = fit_ai(routing_log(500, 1, {"a": 0.0, "b": 0.0}), ["a", "b"])
    assert part.settings["ai", "answer", "confidence"] == "routing"
    after = [("ai", "after_wrong", name) for name in ("noticed", "returns", "lost")]
    assert [one.path for one in part.missing] == [("ai", "answer", "calibration"), *after]
    assert all("--set" in one.remedy for one in part.missing)


def test_a_log_without_intents_is_about_answers() -> None:
    part = fit_ai(log_of(500, 1, platt(0, 1)), ["a", "b"])
    assert {path[:2] for path in part.settings} == {("ai", "answer")}
    assert ("ai", "answer", "calibration") not in [one.path for one in part.missing]
    assert evidence_of(part).stage == "answer"


def test_a_log_of_answers_by_intent_gives_answers_by_intent() -> None:
    log = routing_log(4000, 2, {"a": -1.0, "b": 1.0})
    part = fit_ai(AiLog(log.confidence, log.correct, true=log.true), ["b", "a"])
    shifts = [part.settings["ai", "intents", name, "answer", "calibration", "shift"] for name in "ab"]
    assert shifts[0] < shifts[1] - 1
    assert desk_of(part, {"a": 0.5, "b": 0.5}).ai is not None


def test_a_log_that_judges_recognised_tickets_gives_routing_and_answers() -> None:
    log = routing_log(6000, 3, {"a": 1.0, "b": 1.0})
    solved = log.correct & (np.random.default_rng(1).uniform(size=6000) < 0.7)
    part = fit_ai(AiLog(log.confidence, solved, log.predicted, log.true), ["a", "b"])
    routing, answers = part.evidence
    assert routing.right.value == log.correct.mean()
    assert answers.n == log.correct.sum()
    assert answers.right.value == pytest.approx(0.7, abs=0.02)
    assert ("ai", "answer", "calibration") not in [one.path for one in part.missing]
    run = simulate(desk_of(part, {"a": 0.5, "b": 0.5}, per_week=20_000), seed=1)
    assert run.journeys.ai.would_be_right.mean() == pytest.approx(solved.mean(), abs=0.015)


def test_intents_of_another_desk_leave_general_figures_and_say_how_to_match_them() -> None:
    log = routing_log(800, 4, {"a": -1.0, "b": 1.0})
    part = fit_ai(log, ["invoice", "login"])
    assert not [path for path in part.settings if path[1] == "intents"]
    (finding,) = (one for one in part.findings if one.level == "warning")
    assert "none is one of the tickets' (invoice, login)" in finding.text
    assert "Name them alike" in finding.text
    assert part.settings["ai", "routing", "calibration", "shift"].n == 800


def test_names_match_in_any_spelling_of_words_and_case() -> None:
    log = routing_log(2000, 4, {"card_arrival": -1.0, "Top-up": 1.0})
    part = fit_ai(log, ["Card arrival", "top up"])
    assert {path[2] for path in part.settings if path[1] == "intents"} == {"Card arrival", "top up"}
    assert not [one for one in part.findings if one.level == "warning"]


def test_rare_intents_count_as_other_and_confusing_two_of_them_is_no_mistake() -> None:
    log = routing_log(3000, 5, {"a": 0.0, "rare": 0.0, "rarer": 0.0})
    part = fit_ai(log, ["a", "other"])
    assert {path[2] for path in part.settings if path[1] == "intents"} == {"a", "other"}
    # rare is mistaken for rarer, which is no matter now; rarer for a, which is.
    assert evidence_of(part).right.value > log.correct.mean() + 0.05
    assert desk_of(part, {"a": 0.5, "other": 0.5}).ai is not None
    assert [one.path for one in part.missing][0] == ("ai", "answer", "calibration")


def test_a_judgement_that_contradicts_its_intents_is_told() -> None:
    log = routing_log(500, 6, {"a": 0.0, "b": 0.0})
    wrong = np.flatnonzero(~log.correct)[:7]
    correct = log.correct.copy()
    correct[wrong] = True
    part = fit_ai(AiLog(log.confidence, correct, log.predicted, log.true), ["a", "b"])
    assert any("7 judgements are marked correct although" in one.text for one in part.findings)
    assert evidence_of(part).right.value == log.correct.mean()


def test_rows_without_an_intent_count_by_their_verdict_in_general_figures_only() -> None:
    log = routing_log(1000, 7, {"a": 0.5, "b": 0.5})
    assert log.true is not None
    codes = log.true.codes.copy()
    codes[:100] = UNKNOWN
    part = fit_ai(AiLog(log.confidence, log.correct, log.predicted, Category(codes, log.true.names)), ["a", "b"])
    assert evidence_of(part).n == 1000
    assert evidence_of(part).right.value == log.correct.mean()


def test_the_same_log_gives_the_same_part() -> None:
    log = routing_log(700, 8, {"a": -1.0, "b": 1.0})
    first, second = fit_ai(log, None), fit_ai(log, None)
    assert nested(first) == nested(second)
    assert list(numbers_in(list(first.evidence))) == list(numbers_in(list(second.evidence)))
    assert log_loss(None, Judgements.of(*_columns(log)).tally) == evidence_of(first).log_loss_stated
