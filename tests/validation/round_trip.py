"""Write results/validation/round_trip.md, which tells whether `fit` finds the figures of a desk that is known.

    python -m tests.validation.round_trip --trips 60

Each trip simulates the desk of tests/support/round_trip.py for eight weeks with another seed, writes its tickets as a
CSV file, reads that and fits. Seeds are 1 to the number of trips.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections import defaultdict
from pathlib import Path

import pandas as pd
from scipy import stats

from tests.support.round_trip import RECOVERED, Trip, desk, go_round, trips

RESULTS = Path(__file__).resolve().parents[2] / "results" / "validation"


def wilson(covered: int, of: int) -> tuple[float, float]:
    """Return a 95 % interval of a share (Wilson 1927)."""
    found = stats.binomtest(covered, of).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trips", type=int, default=60)
    count = parser.parse_args().trips
    truth = desk()
    found: dict[str, list[Trip]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, count + 1):
            for trip in trips(truth, go_round(truth, Path(folder), seed).scenario):
                found[trip.path].append(trip)
            print(f"trip {seed} of {count}", flush=True)
    rows = []
    for path, those in found.items():
        covered = sum(trip.is_covered for trip in those)
        low, high = wilson(covered, len(those))
        mean = math.fsum(trip.value for trip in those) / len(those)
        width = math.fsum(trip.high - trip.low for trip in those) / len(those)
        rows.append((path, those[0].truth, mean, width, len(those), covered / len(those), low, high))
    columns = ["figure", "truth", "mean_of_fits", "mean_width", "trips", "covered", "covered_low", "covered_high"]
    table = pd.DataFrame(rows, columns=columns)
    table.to_csv(RESULTS / "round_trip.csv", index=False, float_format="%.6g")
    (RESULTS / "round_trip.md").write_text(page(table, count), encoding="utf-8")


def page(table: pd.DataFrame, count: int) -> str:
    covered, of = int((table.covered * table.trips).round().sum()), int(table.trips.sum())
    low, high = wilson(covered, of)
    short = table[table.covered_high < 0.9].figure.tolist()
    missing = sorted(set(RECOVERED) - set(table.figure))
    lines = [
        "# Does `fit` find the figures of a desk that is known?",
        "",
        f"**Of {of:,} stated 90 % intervals {100 * covered / of:.1f} % hold the truth** (95 % interval, taking them as "
        f"independent: {100 * low:.1f} to {100 * high:.1f} %).",
        "",
        "A desk with email and phone, three kinds of tickets, two tiers, busy days, growth, reopening and transfers "
        "is simulated for eight weeks (12,000 tickets), written as a help desk's CSV export with its roster, read back "
        f"and fitted; {count} times, with seeds 1 to {count}. Nothing is known to the fit but the files.",
        "",
        "Figures whose coverage is below 90 % beyond chance (95 %): " + (", ".join(short) or "none") + ".",
        "Figures for which some fit states no interval: "
        + (", ".join([*missing, *table[table.trips < count].figure]) or "none") + ".",
        "",
        "| figure | truth | mean of fits | mean width of the interval | hold the truth | 95 % interval |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    lines += [
        f"| {row.figure} | {row.truth:.4g} | {row.mean_of_fits:.4g} | {row.mean_width:.3g} | {100 * row.covered:.0f} % "
        f"| {100 * row.covered_low:.0f} to {100 * row.covered_high:.0f} % |"
        for row in table.itertuples()
    ]
    lines += ["", "`python -m tests.validation.round_trip` writes this page again.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
