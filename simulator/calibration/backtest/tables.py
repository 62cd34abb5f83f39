"""What a backtest writes beside its page: every value, every score, and how it was made."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator import __version__
from simulator.base.quantities import known
from simulator.calibration.backtest.backtesting import Backtest
from simulator.calibration.backtest.verdict import Rival, Score
from simulator.studies.run.outputs import PACKAGES, fingerprint, write_csv

if TYPE_CHECKING:
    import pandas as pd

GRAIN_WORDS = {"slot": "half-hour", "day": "day", "period": "period"}


def write_tables(found: Backtest, folder: Path) -> None:
    """Write measures.csv (every value), summary.csv (every score) and manifest.json."""
    write_csv(measures_table(found), folder / "measures.csv")
    write_csv(summary_table(found), folder / "summary.csv")
    described = json.dumps(manifest(found), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "manifest.json").write_text(described + "\n", encoding="utf-8")


def grain_word(found: Backtest, grain: str) -> str:
    """Name a grain: half-hour (or hour), day, period."""
    return "hour" if grain == "slot" and found.period.slot_minutes == 60 else GRAIN_WORDS[grain]


def measures_table(found: Backtest) -> pd.DataFrame:
    """Return one row per measure and time: observed, forecast mean, median and 90 % band, both naive forecasts."""
    import pandas as pd

    tables = []
    for one in found.scores:
        series = one.series
        tables.append(pd.DataFrame({
            "measure": series.measure.key, "grain": grain_word(found, series.grain), "time": series.times,
            "unit": series.measure.unit, "observed": series.observed, "forecast_mean": series.mean,
            "forecast_median": series.median, "low": series.low, "high": series.high,
            "naive_last": series.last, "naive_erlang": series.erlang,
        }))  # fmt: skip
    return pd.concat(tables, ignore_index=True)


def summary_table(found: Backtest) -> pd.DataFrame:
    """Give one row per measure and grain: coverage with its interval, width, bias, errors, those of the naive ones."""
    import pandas as pd

    judged = {one.measure.key: one.trust.value for one in found.verdicts}
    return pd.DataFrame([
        {
            **_row(found, one),
            **_rival(one.last, "last"),
            **_rival(one.erlang, "erlang"),
            "verdict": judged.get(one.series.measure.key, ""),
        }
        for one in found.scores
    ])  # fmt: skip


def _row(found: Backtest, one: Score) -> dict[str, Any]:
    return {
        "measure": one.series.measure.key, "grain": grain_word(found, one.series.grain),
        "unit": one.series.measure.unit, "looks": one.coverage.looks, "days": one.coverage.days,
        "coverage": one.coverage.share, "coverage_low": one.coverage.low, "coverage_high": one.coverage.high,
        "observed_mean": one.observed, "forecast_mean": one.forecast, "bias": one.bias, "relative_width": one.width,
        "wape": one.wape, "mape": one.mape,
    }  # fmt: skip


def _rival(rival: Rival | None, name: str) -> dict[str, Any]:
    """Return a naive forecast's error, the model's where both answer, and the gain over it with its interval."""
    nothing = float("nan")
    return {
        f"wape_{name}": nothing if rival is None else rival.wape,
        f"wape_beside_{name}": nothing if rival is None else rival.own,
        f"gain_over_{name}": nothing if rival is None else rival.gain.mean,
        f"gain_over_{name}_low": nothing if rival is None else rival.gain.low,
        f"gain_over_{name}_high": nothing if rival is None else rival.gain.high,
    }


def manifest(found: Backtest) -> dict[str, Any]:
    """Describe how a backtest was made; nothing of the export is in it but its days and number of tickets."""
    inputs = {
        "scenario": found.scenario.model_dump(mode="json"),
        "train": [day.isoformat() for day in found.train],
        "test": [day.isoformat() for day in found.test],
        "arrivals": found.arrivals,
        "staffing": found.staffing,
        "seed": found.seed,
        "replications": found.forecast.replications,
        "tickets": found.tickets,
        "ticketflow": __version__,
    }
    distances = {"waits": found.waits, "resolutions": found.resolutions}
    return {
        **inputs,
        "sha256": fingerprint(inputs),
        "engine": found.engine,
        "uncertain_inputs": [one.name for one in found.forecast.inputs],
        "not_varied": {one.name: one.why for one in found.forecast.left},
        "earth_mover_minutes": {
            name: None if one is None else {
                "observed_mean": known(one.mean), "model": known(one.model), "naive_last": known(one.last),
                "naive_erlang": known(one.erlang),
            }
            for name, one in distances.items()
        },
        "findings": [f"{one.level}: {one.path} {one.text}" for one in found.findings],
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }  # fmt: skip
