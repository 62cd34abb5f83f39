# ruff: noqa: E501 - the page it writes is prose
"""Write results/validation/shadow_log.md: the fit of a real AI's shadow log beside scikit-learn's calibrators.

    python -m tests.validation.shadow_log [--data DIR]

Banking77 (10,003 queries of bank customers; TF-IDF and logistic regression, out of fold). Folds are those of `fit_ai`,
then four more dealings of the rows.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from simulator.calibration.exports.ai_log import AiLog, read_ai_log
from simulator.calibration.fit.ai import AiEvidence, fit_ai
from simulator.calibration.fit.ai_curve import folds_of
from simulator.report.charts import theme
from simulator.report.fit import ai_charts
from simulator.run import simulate
from tests.calibration.fit.test_fit_ai import TOLD, losses, of_ours, of_scikit_learn
from tests.support.bank_data import DEFAULT_FOLDER
from tests.support.shadow_logs import desk_of

RESULTS = Path(__file__).resolve().parents[2] / "results" / "validation"
FILE = "banking77_shadow_log.csv"


def held_out(log: AiLog) -> list[tuple[float, ...]]:
    """Return held-out log-losses by dealing of folds: ours, sigmoid, isotonic, and the stated confidence as it is."""
    rows = []
    for dealing in range(5):
        folds = np.random.default_rng(dealing).permutation(len(log)) % 5 if dealing else folds_of(len(log))
        theirs = of_scikit_learn(log, folds)
        stated = losses(log.confidence, log.correct).mean()
        rows.append((of_ours(log, folds).mean(), theirs["sigmoid"].mean(), theirs["isotonic"].mean(), stated))
    return rows


def page(log: AiLog, evidence: AiEvidence, rows: list[tuple[float, ...]]) -> str:
    assert log.true is not None
    part = fit_ai(log, None)
    shares = dict(zip(log.true.names, log.true.counts() / len(log), strict=True))
    run = simulate(desk_of(part, shares, per_week=60_000), seed=1)
    stated, right = run.customers.ai.route_confidence, run.journeys.ai.recognised
    better = sum(row[0] <= min(row[1:3]) for row in rows)
    lines = [
        "# How well is a real AI's word calibrated by `fit --ai-log`?",
        "",
        f"**Held-out log-loss of the fitted curve ({evidence.form.replace('_', '-')} form) is no worse than scikit-learn's sigmoid and",
        f"isotonic calibrators in {better} of {len(rows)} dealings of five folds.** Banking77, n={len(log):,}: stated confidence",
        f"{evidence.stated:.1%} on average, right {evidence.right.value:.1%}; calibration error"
        f" {100 * evidence.ece_stated.value:.1f} points as stated"
        f" (90 %: {100 * evidence.ece_stated.low:.1f} to {100 * evidence.ece_stated.high:.1f}),"
        f" {100 * evidence.ece_held_out.value:.1f} held out"
        f" ({100 * evidence.ece_held_out.low:.1f} to {100 * evidence.ece_held_out.high:.1f}).",
        "",
        "![Reliability](shadow_log.png)",
        "",
        "| folds | ours | scikit-learn, sigmoid | scikit-learn, isotonic | stated confidence |",
        "|---|---|---|---|---|",
        *(f"| {number} | {' | '.join(f'{value:.4f}' for value in row)} |" for number, row in enumerate(rows, start=1)),
        "",
        "Accuracy and coverage from a threshold on: as counted in the log, and of 240,000 tickets that the fitted AI draws.",
        "",
        "| threshold | counted: right | answered | drawn: right | answered | makers of the log: right | answered |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in evidence.above:
        taken = stated >= one.threshold
        told = TOLD.get(round(one.threshold, 2))
        theirs = f"{told[0]:.1%} | {told[1]:.1%}" if told else "– | –"
        lines.append(
            f"| {one.threshold:.2f} | {one.accuracy.value:.1%} | {one.coverage:.1%} | {right[taken].mean():.1%} |"
            f" {taken.mean():.1%} | {theirs} |"
        )
    lines += ["", "`python -m tests.validation.shadow_log` writes this page again.", ""]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    file = parser.parse_args().data / FILE
    if not file.is_file():
        sys.exit(f"{file} is not there; give --data")
    log, _ = read_ai_log(file)
    (evidence,) = fit_ai(log, None).evidence
    with theme.themed():
        drawn = ai_charts.charts(evidence)[0]
        drawn.figure.savefig(RESULTS / "shadow_log.png", dpi=theme.DPI)
    (RESULTS / "shadow_log.md").write_text(page(log, evidence, held_out(log)), encoding="utf-8")


if __name__ == "__main__":
    main()
