"""What a business case writes beside its page: tables as CSV and a manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.base.text import spell
from simulator.money.cash_flow import CASES, FIGURES, LINES
from simulator.studies.roi.business_case import RoiStudy
from simulator.studies.roi.inputs import drawn, settled
from simulator.studies.roi.outlook import QUANTILES
from simulator.studies.run.outputs import fingerprint, study_manifest, write_csv

if TYPE_CHECKING:
    import pandas as pd


def write_roi_tables(study: RoiStudy, folder: Path) -> None:
    """Write summary, cash_flow, draws, tornado, break_even and assumptions as CSV, and manifest.json."""
    tables = {
        "summary": summary_table(study), "cash_flow": cash_flow_table(study), "draws": draws_table(study),
        "tornado": tornado_table(study), "break_even": break_even_table(study),
        "assumptions": assumptions_table(study),
    }  # fmt: skip
    for name, table in tables.items():
        write_csv(table, folder / f"{name}.csv")
    text = json.dumps(roi_manifest(study), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def summary_table(study: RoiStudy) -> pd.DataFrame:
    """Return one row per figure: as it stands with its simulation interval, and quantiles of the draws with theirs."""
    import pandas as pd

    rows = []
    for name, (title, unit) in FIGURES.items():
        spread = study.outlook.spreads[name]
        row = {"figure": name, "title": title, "unit": unit, **_interval("as_it_stands", spread.central)}
        for share, found in zip(QUANTILES, spread.quantiles, strict=True):
            row |= _interval(f"p{share:.0%}".removesuffix("%"), found)
        rows.append(row)
    for case, chance in study.outlook.chance.items():
        title = f"P(ROI > 0), {case}"
        rows.append({"figure": f"chance_{case}", "title": title, "unit": "share", **_interval("as_it_stands", chance)})
    return pd.DataFrame(rows)


def cash_flow_table(study: RoiStudy) -> pd.DataFrame:
    """Return the start, each month and what is invoiced after the last, in cents; then the running totals' range."""
    import pandas as pd

    flows, months = study.outlook.central, study.plan.months
    columns: dict[str, Any] = {"month": ["start", *map(str, range(1, months + 1)), "invoiced after"]}
    columns |= {name: flows.line(name)[0] for name in LINES}
    for case in CASES:
        net = np.rint(flows.net(case)[0] * 100)
        columns |= {f"net_{case}": net / 100, f"cumulative_{case}": np.cumsum(net) / 100}
        for share, line in zip(QUANTILES, study.outlook.cumulative[case], strict=True):
            columns[f"cumulative_{case}_p{share:.0%}".removesuffix("%")] = [*np.round(line, 2), np.nan]
    return pd.DataFrame(columns)


def draws_table(study: RoiStudy) -> pd.DataFrame:
    """Return one row per draw: values of the inputs as simulated, and figures with simulation noise taken out."""
    import pandas as pd

    changes = [settled(study.scenario, drawn(study.inputs, shares)) for shares in study.draws]
    values = {one.name: [change[one.known[0].path] for change in changes] for one in study.inputs}
    figures = {name: study.outlook.spreads[name].values for name in FIGURES} if study.inputs else {}
    return pd.DataFrame({"draw": range(study.outlook.draws), **values, **figures})


def tornado_table(study: RoiStudy) -> pd.DataFrame:
    """Return one row per uncertain input, the widest swing of net value (capacity) first."""
    import pandas as pd

    shares = study.outlook.shares
    rows = [
        {
            "input": row.name, "kind": row.kind, "low": row.ends[0], "high": row.ends[1],
            "net_value_at_low": row.net[0], "net_value_at_high": row.net[1],
            "roi_at_low": row.roi[0], "roi_at_high": row.roi[1],
            **_interval("swing", row.swing), "variance_share": shares.get(row.name, np.nan),
        }
        for row in study.tornado
    ]  # fmt: skip
    columns = ["input", "kind", "low", "high", "net_value_at_low", "net_value_at_high", "roi_at_low", "roi_at_high"]
    return pd.DataFrame(rows, columns=None if rows else columns)


def break_even_table(study: RoiStudy) -> pd.DataFrame:
    """Return one row per lever, and how far was looked."""
    import pandas as pd

    rows = [
        {
            "lever": row.lever, "unit": row.unit, "now": row.now, "break_even": row.value,
            "ci_low": row.value - row.half_width, "ci_high": row.value + row.half_width,
            "tried_from": row.tried[0].shown if row.tried else np.nan,
            "tried_to": row.tried[-1].shown if row.tried else np.nan, "note": row.note,
        }
        for row in study.break_evens
    ]  # fmt: skip
    return pd.DataFrame(rows)


def assumptions_table(study: RoiStudy) -> pd.DataFrame:
    """Return the assumption ledger, and what each of its rows changes of the net value (capacity)."""
    import pandas as pd

    rows = []
    for one in study.influences:
        swing = one.swing
        moved = {} if swing is None else {
            "low": swing.ends[0], "high": swing.ends[1], "net_value_at_low": swing.net[0],
            "net_value_at_high": swing.net[1], **_interval("swing", swing.swing),
        }  # fmt: skip
        told = {"path": one.row.path, "value": one.row.value, "uncertain": one.row.uncertain, "kind": one.row.kind,
                "source": one.row.source, "moved_by": one.how}  # fmt: skip
        rows.append({**told, **moved})
    return pd.DataFrame(rows)


def roi_manifest(study: RoiStudy) -> dict[str, Any]:
    """Describe how the business case was made."""
    base = study_manifest(study.central, [])
    inputs = {
        "scenario": base["scenario"], "seed": base["seed"], "ticketflow": base["ticketflow"],
        "replications": len(study.central), "draws": study.outlook.draws, "stress": study.stress,
        "assume": study.assume, "steady_weeks": study.plan.steady,
    }  # fmt: skip
    return {
        **inputs,
        "inputs": [
            {"path": one.name, "from": one.kind, "figures": [spell(known.path) for known in one.known]}
            for one in study.inputs
        ],
        "not_varied": [{"path": one.name, "why": one.why} for one in study.left],
        "sha256": fingerprint(inputs),
        "engine": base["engine"],
        "versions": base["versions"],
    }


def _interval(name: str, found: Any) -> dict[str, float]:
    return {name: found.mean, f"{name}_ci_low": found.low, f"{name}_ci_high": found.high}
