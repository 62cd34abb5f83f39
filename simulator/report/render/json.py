"""Tables and findings as plain data for JSON."""

from __future__ import annotations

import json
from typing import Any

from simulator.report.finding import Page
from simulator.report.render.csv import frame_of
from simulator.report.table import Table


def records(table: Table) -> list[dict[str, Any]]:
    """Return a table's rows as mappings with the names of its file; what is not known is None."""
    rows: list[dict[str, Any]] = json.loads(frame_of(table).to_json(orient="records"))
    return rows


def told(page: Page) -> dict[str, Any]:
    """Return what a page says in words."""
    return {
        "answer": page.answer,
        "sentences": list(page.sentences),
        "how_sure": page.how_sure,
        "warnings": list(page.warnings),
    }
