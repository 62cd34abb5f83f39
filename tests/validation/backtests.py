"""What the validations of backtests share: their options, and the three files that each writes."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from simulator.report.charts import theme
from tests.support.bank_data import DEFAULT_FOLDER

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RESULTS = Path(__file__).resolve().parents[2] / "results" / "validation"


@dataclass(frozen=True)
class Asked:
    """Where the recorded data lie, where results go, and how many futures are simulated."""

    data: Path
    out: Path
    replications: int


def asked_of(description: str | None, needs: str) -> Asked:
    """Read the options; leave with a message where the recorded file is not there."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--replications", type=int, default=99)
    given = parser.parse_args()
    if not (given.data / needs).exists():
        sys.exit(f"{given.data / needs} is not there; give --data")
    return Asked(given.data, given.out, given.replications)


def write(asked: Asked, name: str, scores: pd.DataFrame, days: Figure, page: str) -> None:
    """Write NAME.csv (every score), NAME.png (days against their bands) and NAME.md."""
    asked.out.mkdir(parents=True, exist_ok=True)
    scores.to_csv(asked.out / f"{name}.csv", index=False, float_format="%.6g")
    with theme.themed():
        days.savefig(asked.out / f"{name}.png", dpi=theme.DPI)
    (asked.out / f"{name}.md").write_text(page, encoding="utf-8")
