"""How often the intervals of a business case hold the truth, on a desk whose truth is known.

    python -m tests.validation.business_case [REPETITIONS] [DRAWS] [REPLICATIONS]

Writes results/validation/business_case.md. Each repetition is a study of its own, with fresh customers and another
scrambled design; the truth comes from two million draws put through the formulas of tests/support/roi_desks.py.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy import stats

from simulator.base.stats import Estimate
from simulator.studies.roi.business_case import roi
from simulator.studies.roi.outlook import QUANTILES
from tests.support.roi_desks import MINUTES, SHIFT, known_cost, known_distribution, known_net, known_roi, linear_desk

PAGE = Path(__file__).resolve().parents[2] / "results" / "validation" / "business_case.md"
NOMINAL = 0.95


def truths() -> dict[str, float]:
    """Return what is to be found."""
    minutes, shift, rois = np.array(float(MINUTES["value"])), np.array(float(SHIFT["value"])), known_distribution()
    known = {
        "ROI as it stands": float(known_roi(minutes, shift)),
        "net value as it stands": float(known_net(minutes, shift)),
        "cost as it stands": float(known_cost(shift)),
    }
    quantiles = {f"{share:.0%} of ROI": float(np.quantile(rois, share)) for share in QUANTILES}
    return {**known, **quantiles, "P(ROI > 0)": float((rois > 0).mean())}


def one_study(seed: int, draws: int, replications: int) -> Iterator[tuple[str, float, float, float]]:
    """Yield (figure, estimate, low, high) of one repetition."""
    found = roi(
        linear_desk(), draws=draws, replications=replications, stress=0, seed=seed, workers=1, one_by_one=False
    ).outlook
    spread = found.spreads["roi_capacity"]
    estimates: dict[str, Estimate] = {
        "ROI as it stands": spread.central,
        "net value as it stands": found.spreads["net_value_capacity"].central,
        "cost as it stands": found.spreads["cost"].central,
        **{f"{share:.0%} of ROI": one for share, one in zip(QUANTILES, spread.quantiles, strict=True)},
        "P(ROI > 0)": found.chance["capacity"],
    }
    for name, one in estimates.items():
        yield name, one.mean, one.low, one.high


def repeat(repetitions: int, draws: int, replications: int, *, first: int = 1, workers: int = 1) -> pd.DataFrame:
    """Run studies with the seeds from `first` on; one row for each of their figures."""
    jobs = (delayed(_listed)(seed, draws, replications) for seed in range(first, first + repetitions))
    rows = [row for study in Parallel(n_jobs=workers)(jobs) for row in study]
    return pd.DataFrame(rows, columns=["figure", "estimate", "low", "high"])


def _listed(seed: int, draws: int, replications: int) -> list[tuple[str, float, float, float]]:
    return list(one_study(seed, draws, replications))


def coverage(found: pd.DataFrame) -> pd.DataFrame:
    """Give, by figure: truth, mean estimate, its distance from the truth in standard errors, coverage, mean width."""
    rows = []
    for name, truth in truths().items():
        mine = found[found.figure == name]
        error = mine.estimate.std(ddof=1) / np.sqrt(len(mine))
        inside = ((mine.low <= truth) & (truth <= mine.high)).mean()
        width = (mine.high - mine.low).mean()
        distance = (mine.estimate.mean() - truth) / error if error > 0 else np.nan
        rows.append((name, truth, mine.estimate.mean(), distance, inside, width, len(mine)))
    columns = ["figure", "truth", "mean", "distance", "coverage", "width", "repetitions"]
    return pd.DataFrame(rows, columns=columns).set_index("figure")


def page(table: pd.DataFrame, draws: int, replications: int) -> str:
    """Write the results as Markdown."""
    count = int(table.repetitions.iloc[0])
    low, high = stats.binom.ppf([0.005, 0.995], count, NOMINAL) / count
    lines = [
        "# Business case: intervals against a known answer",
        "",
        f"{count} studies by `ticketflow roi`'s own code, each with its own seed: {draws} draws, {replications}",
        "replications, on a desk without a queue whose expected ROI is exact for given inputs "
        "(`tests/support/roi_desks.py`).",
        "Handle time and the AI's accuracy are uncertain; the truth is two million draws put through the formula.",
        f"Of {count} right 95 % intervals, {low:.1%} to {high:.1%} hold the truth (99 of 100 times).",
        "",
        "| figure | truth | mean estimate | distance (standard errors) | coverage | mean width |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, row in table.iterrows():
        cells = (f"{row.truth:,.4g}", f"{row['mean']:,.4g}", f"{row.distance:+.1f}", f"{row.coverage:.1%}")
        lines.append(f"| {name} | {' | '.join(cells)} | {row.width:,.3g} |")
    outside = [f"{name} ({row.coverage:.1%})" for name, row in table.iterrows() if not low <= row.coverage <= high]
    lines += [
        "",
        f"Outside that band: {', '.join(outside) or 'none'}.",
        "",
        "*As it stands* is simulation noise alone. The intervals of quantiles and of P(ROI > 0) leave out one",
        "replication with its draws in turn, as if these were independent; a Sobol design is more even than that,",
        "and a quantile in a thin tail has few draws near it. That of a probability is never shorter than Wilson's:",
        "it is wide.",
        "",
        f"Again: `python -m tests.validation.business_case {count} {draws} {replications}`",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Repeat, and write the page."""
    repetitions, draws, replications = (int(text) for text in (*sys.argv[1:], *("300", "64", "8")[len(sys.argv) - 1 :]))
    table = coverage(repeat(repetitions, draws, replications, workers=2))
    PAGE.write_text(page(table, draws, replications), encoding="utf-8")
    print(table.to_string())


if __name__ == "__main__":
    main()
