"""Make the example export of scenarios/exports: `python -m tests.tools.make_example_export`.

The desk is made up and simulated; its columns are those of a Freshdesk export. So the README can show `fit` and
`backtest` on files that everyone has, without anybody's customers in them. The same files come out each time.
"""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from simulator.calibration.exports.export_from_run import of_run
from simulator.calibration.exports.table import Category, Export, Floats
from simulator.run import simulate
from simulator.scenario import override, scenario_from

FOLDER = Path(__file__).resolve().parents[2] / "scenarios" / "exports"
SEED = 2026
LOG_ROWS = 1500
AGENTS = ("A. Abara", "B. Brandt", "C. Costa", "D. Dube", "E. Eriksen", "F. Fauzi")

ROSTER = "team,days,start,end,agents\nCare,mon-fri,08:00,18:00,4\nCare,sat,09:00,15:00,2\n"
DESK: dict[str, Any] = {
    "name": "Garden shop", "start": "2026-08-24", "timezone": "Europe/London", "weeks": 8, "drain": "4w",
    "arrivals": {"per_week": 520, "busyness_cv": 0.14, "weekly_growth": "1.5%", "profile": "office_hours"},
    "channels": {"Email": {"share": "72%", "reply_gap": "6h"}, "Portal": {"share": "28%", "reply_gap": "9h"}},
    "tiers": {
        "Low": {"share": "15%"}, "Medium": {"share": "65%"}, "High": {"share": "16%", "priority": 1},
        "Urgent": {"share": "4%", "priority": 2},
    },
    "intents": {
        "Where is my order": {"share": "31%", "handle": {"mean": "6m", "cv": 0.8}},
        "Return or refund": {"share": "22%", "handle": {"mean": "12m", "cv": 0.7}},
        "Plant care": {"share": "19%", "handle": {"mean": "10m", "cv": 1.0}},
        "Damaged in transit": {"share": "13%", "handle": {"mean": "16m", "cv": 0.6}},
        "Invoice": {"share": "9%", "handle": {"mean": "8m", "cv": 0.8}},
        "Account": {"share": "6%", "handle": {"mean": "5m", "cv": 0.9}},
    },
    "handling": {"reopen": {"share": "0%"}, "follow_ups": 0.3, "follow_up_limit": 2},
    "ai": {
        "routing": {"confidence": {"mean": 0.78, "concentration": 5}, "calibration": {"shift": 0.4, "scale": 0.8}},
        "answer": {"confidence": "routing"}, "after_wrong": {"noticed": 1, "returns": 0, "lost": 0},
    },
    "policy": {"mode": "off"},
    "teams": {"Care": {"shifts": [
        {"days": "mon-fri", "start": "08:00", "end": "18:00", "agents": 4},
        {"days": "sat", "start": "09:00", "end": "15:00", "agents": 2},
    ]}},
    "sla": {"first_response": {"default": "8h"}},
    "sources": {"*": "assumed"},
}  # fmt: skip


def main() -> None:
    run = simulate(scenario_from(DESK), seed=SEED)
    export = of_run(run)
    seen = export.as_of(export.midnight(export.last_day) + 86_400)
    FOLDER.mkdir(exist_ok=True)
    _write_gz(_as_freshdesk(seen), FOLDER / "garden_shop_tickets.csv.gz")
    (FOLDER / "garden_shop_roster.csv").write_text(ROSTER, encoding="utf-8")
    # In shadow mode the AI judges every ticket; with the AI off nobody asks it.
    log = simulate(override(scenario_from(DESK), {"policy.mode": "shadow"}), seed=SEED).tickets.head(LOG_ROWS)
    pd.DataFrame({
        "true_intent": log.intent, "predicted_intent": log.predicted_intent,
        "confidence": log.route_confidence.round(4),
    }).to_csv(FOLDER / "garden_shop_shadow_log.csv", index=False, lineterminator="\n")  # fmt: skip


def _as_freshdesk(export: Export) -> pd.DataFrame:
    """Return the tickets as Freshdesk exports them, warts included: rows that stand twice, spam, tickets still open."""
    rng = np.random.default_rng(SEED)
    n = len(export)
    assert export.first_response is not None
    assert export.resolved is not None
    assert export.handle_minutes is not None
    resolved = np.isfinite(export.resolved)
    table = pd.DataFrame({
        "Ticket ID": 40_001 + np.arange(n),
        "Status": np.where(resolved, "Closed", "Open"),
        "Priority": _names(export.tier), "Source": _names(export.channel), "Type": _names(export.intent),
        "Group": "Care", "Agent": np.where(resolved, rng.choice(AGENTS, n), ""),
        "Created time": _local(export.created, export.zone),
        "Initial response time": _local(export.first_response, export.zone),
        "Resolved time": _local(export.resolved, export.zone),
        "Time tracked": np.where(resolved, (export.handle_minutes / 60).round(4), np.nan),
        "Survey results": np.where(rng.random(n) < 0.18, rng.choice([5, 4, 3, 2, 1], n, p=[.5, .27, .12, .06, .05]), 0),
    })  # fmt: skip
    table["Survey results"] = table["Survey results"].where(table["Survey results"] > 0)
    table.loc[rng.choice(n, 12, replace=False), "Status"] = "Spam"
    twice = table.iloc[rng.choice(n, 9, replace=False)]
    return pd.concat([table, twice], ignore_index=True)


def _names(category: Category | None) -> list[str]:
    assert category is not None
    return [category.names[code] for code in category.codes]


def _local(moments: Floats, zone: str) -> pd.Series[str]:
    stamps = pd.Series(pd.to_datetime(moments, unit="s", utc=True)).dt.tz_convert(zone)
    return stamps.dt.strftime("%Y-%m-%d %H:%M:%S")


def _write_gz(table: pd.DataFrame, file: Path) -> None:
    text = io.StringIO()
    table.to_csv(text, index=False, lineterminator="\n")
    file.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


if __name__ == "__main__":
    main()
