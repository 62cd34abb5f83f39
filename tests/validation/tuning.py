"""Tune a small desk with 100 seeds, and hold each recommendation against the truth, found by trying every threshold.

    python -m tests.validation.tuning [--seeds 100] [--truth 400] [--out results/validation]

Writes tuning.md and tuning.csv. The truth is the mean of long runs at every threshold of the lattice, with customers
whom no seed of the searches meets.
"""

import argparse
import math
import platform
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy import stats

from simulator.studies.running.batch import Runner
from simulator.studies.tune.goal import read_goal
from simulator.studies.tune.space import space_of
from simulator.studies.tune.static_rule import StaticRule
from simulator.studies.tune.tuning import CONFIDENCE, INDIFFERENCE, _plan, recommend
from tests.support.known_tuning import long_runs, small_desk

TRUTH_SEED = 1_000_003
LOWEST = 0.5
"""Lowest threshold that is tried: further down every answer more is a loss."""
CHUNK = 50


def truth(replications: int, workers: int) -> pd.DataFrame:
    """Simulate every threshold for long; columns: threshold, value, error, gap_error, room, room_error.

    `value` is the mean objective and `error` its standard error, `gap_error` that of the difference to the best one
    (paired), `room` the least room that a guard-rail leaves, in its standard errors.
    """
    desk = small_desk()
    space, goal = space_of(desk, per_intent=False), read_goal(desk)
    lattice = np.round(np.arange(LOWEST, 1.0 + 1e-9, 0.01), 2)
    settings = [space.alike(float(one), 1.0) for one in lattice]
    runs = long_runs(space, settings, replications, seed=TRUTH_SEED, workers=workers)
    values = np.array([goal.values(runs[one]) for one in settings])
    rooms = []
    for one in settings:
        slack = [target.slack(runs[one]) for target in goal.targets]
        known = [room[np.isfinite(room)] for room in slack]
        errors = [room.std(ddof=1) / math.sqrt(len(room)) or 1e-9 for room in known if len(room)]
        means_of = [room.mean() for room in known if len(room)]
        rooms.append(min((mean / error for mean, error in zip(means_of, errors, strict=True)), default=math.inf))
    means = values.mean(axis=1)
    best = int(np.argmax(np.where(np.array(rooms) >= 0, means, -np.inf)))
    root = math.sqrt(replications)
    return pd.DataFrame({
        "threshold": lattice, "value": means, "error": values.std(axis=1, ddof=1) / root,
        "gap_error": (values - values[best]).std(axis=1, ddof=1) / root, "room": rooms,
    })  # fmt: skip


def recommendation(seed: int) -> dict[str, object]:
    """Tune the desk with one seed: what is recommended, among which finalists, and what is said of it."""
    desk = small_desk()
    space, goal = space_of(desk, per_intent=False), read_goal(desk)
    plan = _plan(desk, CONFIDENCE, INDIFFERENCE, 0.25, None, None)
    with Runner(None, desk, seed=seed, workers=1) as runner:
        search, choice, _ = recommend(runner, space, goal, StaticRule(space, seed), plan)
    selection = choice.selection
    assert selection is not None, "the small desk has settings that keep the guard-rails"
    able = [
        one.setting.answer[0] for one, verdict in zip(choice.finalists, choice.verdicts, strict=True)
        if verdict is choice.verdict
    ]  # fmt: skip
    return {
        "seed": seed, "chosen": choice.winner.setting.answer[0], "finalists": " ".join(f"{one:g}" for one in able),
        "verdict": str(choice.verdict), "zone": selection.asked, "kept_zone": selection.indifference,
        "replications": selection.replications, "settings": len(search.found),
        "first_guess": search.ranked[0].setting.answer[0],
    }  # fmt: skip


def judged(found: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Add the truth: value, loss against the best, and whether the selection among finalists was correct."""
    value = dict(zip(known.threshold.round(2), known.value, strict=True))
    room = dict(zip(known.threshold.round(2), known.room, strict=True))
    best = max(value[one] for one in value if room[one] >= 0)

    def level(threshold: float) -> float:
        return value[max(round(float(threshold), 2), LOWEST)]

    rows = found.assign(
        value=[level(one) for one in found.chosen], room=[room[max(round(one, 2), LOWEST)] for one in found.chosen]
    )
    finalists = [max(level(float(one)) for one in text.split()) for text in rows.finalists]
    return rows.assign(
        loss=(best - rows.value) / abs(best), behind=np.array(finalists) - rows.value,
        correct=np.array(finalists) - rows.value <= rows.kept_zone,
    )  # fmt: skip


def page(known: pd.DataFrame, rows: pd.DataFrame, truth_replications: int, seconds: float) -> str:
    """Write what was found as Markdown."""
    count = len(rows)
    near, kept = int((rows.loss <= 0.01).sum()), int((rows.room >= 0).sum())
    right = int(rows.correct.sum())
    wide = int((rows.kept_zone > rows.zone * 1.0001).sum())
    able = known[known.room >= 0]
    best = able.loc[able.value.idxmax()]
    low, high = stats.binomtest(right, count).proportion_ci(0.95, method="exact")
    gap_error = float(able[able.value >= 0.97 * best.value].gap_error.max())
    lines = [
        "# Does `tune` find the best threshold, and is it as sure as it says?", "",
        f"**Of {count} seeds, {near} lead to a threshold whose true net value is within 1 % of the best of all "
        f"thresholds that keep the guard-rails; {kept} of the recommendations truly keep them.** The stated "
        f"probability of a correct selection among the finalists is {CONFIDENCE:.0%}; {right} of {count} were "
        f"correct ({right / count:.0%}, exact 95 % interval {low:.1%} to {high:.1%}).", "",
        "The desk has two intents, nine agents and about 1,500 tickets a week (`tests/support/known_tuning.py`), the "
        "usual guard-rails and one threshold to set, in hundredths. That is few enough to simulate every one of "
        "them.", "",
        "| figure | value |", "| --- | ---: |",
        f"| best threshold (truth) | {best.threshold:g} |",
        f"| its net value a week | {best.value:,.1f} ± {1.96 * best.error:,.1f} |",
        f"| thresholds tried for the truth | {len(known)}, {truth_replications:,} replications each |",
        f"| largest standard error of a difference to the best, among those within 3 % of it | {gap_error:.2f} "
        f"({gap_error / abs(best.value):.3%} of the best) |",
        f"| thresholds within 1 % of the best that keep the guard-rails | "
        f"{_listed(able[able.value >= 0.99 * best.value].threshold)} |",
        f"| recommended thresholds | {_listed(rows.chosen)} |",
        f"| mean loss of the recommendation | {rows.loss.mean():.3%} |",
        f"| largest loss | {rows.loss.max():.3%} |",
        f"| mean settings simulated in a search | {rows.settings.mean():.0f} |",
        f"| mean replications until one finalist was left | {rows.replications.mean():.0f} |",
        f"| searches in which the indifference zone had to be widened | {wide} |", "",
        "A selection is *correct* where the chosen finalist lies within the indifference zone (1 % of the best value "
        "found) of the truly best of the finalists that were taken to keep the guard-rails. How sure it is that the "
        "finalists hold a setting near the best is not part of that probability; the first figure shows it for this "
        "desk.", "",
        "What the search ranks first before the choice would have been within 1 % for "
        f"{int((rows.first_guess_loss <= 0.01).sum())} of {count} seeds.", "",
        f"Made by `python -m tests.validation.tuning --seeds {count} --truth {truth_replications}` in "
        f"{seconds / 60:.0f} minutes (Python {platform.python_version()}). All figures are in tuning.csv.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _listed(thresholds: "pd.Series[float]") -> str:
    counts = thresholds.round(2).value_counts().sort_index()
    many = counts.max() > 1
    return ", ".join(f"{one:g} ({count}×)" if many else f"{one:g}" for one, count in counts.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--truth", type=int, default=400, help="replications of the truth")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("results/validation"))
    given = parser.parse_args()
    began = time.perf_counter()
    known = truth(given.truth, given.workers)
    print(f"truth: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    work = (delayed(recommendation)(seed) for seed in range(1, given.seeds + 1))
    found = pd.DataFrame(Parallel(n_jobs=given.workers, verbose=5)(work))
    rows = judged(found, known)
    guesses = judged(found.assign(chosen=found.first_guess), known)
    rows = rows.assign(first_guess_loss=guesses.loss.to_numpy())
    given.out.mkdir(parents=True, exist_ok=True)
    truth_rows = known.assign(kind="truth")
    pd.concat([truth_rows, rows.assign(kind="seed")]).to_csv(given.out / "tuning.csv", index=False, float_format="%.6g")
    text = page(known, rows, given.truth, time.perf_counter() - began)
    (given.out / "tuning.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
