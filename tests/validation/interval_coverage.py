"""Repeat whole studies whose answer is known, and count how often their 95 % intervals hold it.

    python -m tests.validation.interval_coverage [--repetitions 1000] [--out results/validation]

Writes interval_coverage.md and .csv. Each repetition is a study as `run` makes it: ten replications, a seed of its own,
intervals and paired differences as results state them. The models and their exact answers are in
`tests/support/known_studies.py`. The skewed ones run with more replications too, which shows how many their intervals
need.
"""

import argparse
import math
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from joblib import Parallel, delayed

from tests.support.known_studies import MODELS, Model, intervals

REPLICATIONS = 10
MORE = {"line": (10, 20, 40), "skewed": (10, 20, 40)}
"""Replications whose first 10, 20 … make a study each: models whose replications are skewed."""
WANTED = (0.93, 0.97)
CHUNK = 10


def repeat(
    model: Model, repetitions: int, *, replications: Any = REPLICATIONS, counts: tuple[int, ...] = (), workers: int = 2
) -> pd.DataFrame:
    """Repeat a study with seeds 1, 2 …; one row per repetition, count and figure.

    Columns: seed, count (0 where all replications are used), figure (its number), expected, mean, low, high,
    replications. `replications` is a number or a rule for stopping, as `replicate` takes it.
    """
    chunks = [range(first, min(first + CHUNK, repetitions + 1)) for first in range(1, repetitions + 1, CHUNK)]
    work = (delayed(_chunk)(model, seeds, replications, counts) for seeds in chunks)
    rows = [row for part in Parallel(n_jobs=workers)(work) for row in part]
    return pd.DataFrame(rows, columns=["seed", "count", "figure", "expected", "mean", "low", "high", "replications"])


def _chunk(model: Model, seeds: range, replications: Any, counts: tuple[int, ...]) -> list[tuple[Any, ...]]:
    return [
        (seed, count, number, figure.expected, found.mean, found.low, found.high, found.replications)
        for seed in seeds
        for count, row in zip(counts or (0,), intervals(model, seed, replications, counts), strict=True)
        for number, (figure, found) in enumerate(zip(model.figures, row, strict=True))
    ]


def coverage(model: Model, found: pd.DataFrame) -> pd.DataFrame:
    """Return one row per count and figure.

    Columns: kpi, kind, expected, mean (of all repetitions), distance (of that mean from the expected one, in standard
    errors), half_width (mean), replications (mean), repetitions, coverage and its standard error.
    """
    rows = []
    for (_, number), part in found.groupby(["count", "figure"]):
        figure = model.figures[int(number)]
        covered = (part.low <= part.expected) & (part.expected <= part.high)
        share, n = float(covered.mean()), len(part)
        distance = (part["mean"].mean() - figure.expected) / (part["mean"].std() / math.sqrt(n))
        rows.append(
            (figure.kpi, figure.kind, figure.expected, part["mean"].mean(), distance, (part.high - part.low).mean() / 2,
             part.replications.mean(), n, share, math.sqrt(share * (1 - share) / n))
        )  # fmt: skip
    columns = ["kpi", "kind", "expected", "mean", "distance", "half_width", "replications", "repetitions"]
    return pd.DataFrame(rows, columns=[*columns, "coverage", "standard_error"])


def page(parts: dict[str, tuple[Model, pd.DataFrame]], seconds: float) -> str:
    """Write the coverage of every figure as Markdown."""
    table = pd.concat(part for _, part in parts.values())
    usual = table[table.replications <= REPLICATIONS]
    outside = [f"{row.kpi} ({row.kind}): {row.coverage:.1%}" for row in usual[~_is_inside(usual)].itertuples()]
    n = int(table.repetitions.max())
    lines = [
        "# How often do 95 % intervals hold the truth?", "",
        f"**Of {len(usual)} figures whose mean over replications is known exactly, {_is_inside(usual).sum()} have "
        f"intervals that hold it in {WANTED[0]:.0%} to {WANTED[1]:.0%} of {n:,} repetitions of a study of "
        f"{REPLICATIONS} replications.**", "",
        f"Outside are {'; '.join(outside) or 'none'}.", "",
        *[f"With {count} replications, {inside} of the skewed models' {of} figures are inside." for count, inside, of in
          _with_more(table)], "",
        f"A coverage has a standard error of about {math.sqrt(0.95 * 0.05 / n):.1%}. Figures of one model come from "
        "the same repetitions and are not independent. *Distance* holds the mean of all repetitions against the known "
        "answer, in standard errors: it says that the answer is the right one. Differences are paired by replication: "
        "to the baseline without AI, or between two variants that meet the same customers.", "",
        f"Made by `python -m tests.validation.interval_coverage --repetitions {n}` in {seconds / 60:.0f} minutes "
        f"(Python {platform.python_version()}); every repetition has a seed of its own. All figures are in "
        "interval_coverage.csv.", "",
    ]  # fmt: skip
    for model, part in parts.values():
        lines += [f"## {model.title[0].upper()}{model.title[1:]}", "", *_table(part), ""]
    return "\n".join([*lines, READING])


def _is_inside(table: pd.DataFrame) -> Any:
    return table.coverage.between(*WANTED)


def _with_more(table: pd.DataFrame) -> Iterator[tuple[int, int, int]]:
    """List (replications, figures inside, figures) for studies of more replications."""
    for count, part in table[table.replications > REPLICATIONS].groupby("replications"):
        yield int(count), int(_is_inside(part).sum()), len(part)


def _table(part: pd.DataFrame) -> Iterator[str]:
    yield "| KPI | figure | replications | known | mean found | distance | mean half-width | coverage |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for row in part.itertuples():
        held = f"{row.coverage:.1%} ± {row.standard_error:.1%}"
        yield (
            f"| {row.kpi} | {row.kind} | {row.replications:.0f} | {row.expected:.5g} | {row.mean:.5g} | "
            f"{row.distance:+.2f} | {row.half_width:.3g} | {held} |"
        )


READING = """\
## How the answers are known

The mean over replications of a *ratio* (the mean wait of one run) is not the ratio of expectations. It is
computed exactly here: a run's mean wait, averaged over runs, equals the Kolmogorov equations' mean wait at thinned
arrival rates, averaged over an exponential amount of thinning (`tests/support/theory_replications.py`). Backlog and
occupancy are time averages from the same equations, begun empty. Shares of the AI follow from its confidence's Beta
distribution and its calibration. A sample's 90th percentile is averaged over order statistics.

## Why a line's mean wait is held less often

Student's interval takes the mean of the replications for normal. Two agents at 69 % load with 200 tickets a
replication have many quiet weeks and a few very bad ones, which carry much of the total wait. Most samples have too few
of those: mean and spread come out small together, and the interval lies too low. More replications mend that
slowly, as the table shows. Where impatient customers leave, or where the AI takes tickets off the line, ten
replications are enough; so they are for handle times, even of CV 3.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("results/validation"))
    given = parser.parse_args()
    began = time.perf_counter()
    parts = {}
    for name, make in MODELS.items():
        model, counts = make(), MORE.get(name, ())
        replications = max(counts, default=REPLICATIONS)
        found = repeat(model, given.repetitions, replications=replications, counts=counts, workers=given.workers)
        parts[name] = (model, coverage(model, found))
        print(f"{name}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    pd.concat([part for _, part in parts.values()], keys=parts, names=["model"]).reset_index("model").to_csv(
        given.out / "interval_coverage.csv", index=False, float_format="%.6g"
    )
    text = page(parts, time.perf_counter() - began)
    (given.out / "interval_coverage.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
