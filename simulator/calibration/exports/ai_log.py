"""An AI's shadow log: what it took each ticket for, how sure it said it was, and whether it was right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulator.base.arrays import Bools, Floats
from simulator.base.errors import ExportError, NoColumn, Notice, Problem, cut
from simulator.calibration.exports.cells import Cells, read_cells
from simulator.calibration.exports.columns import offered
from simulator.calibration.exports.names import tidy
from simulator.calibration.exports.rows import refuse_personal_data, refuse_unmet_values
from simulator.calibration.exports.table import AI_FIELDS, UNKNOWN, Category


@dataclass(frozen=True, eq=False)
class AiLog:
    """One row per judgement; columns of shape (n_rows,)."""

    confidence: Floats
    """How sure the AI said it was, 0 to 1."""
    correct: Bools
    """Whether it was right: of a classifier, about the intent; of an answering AI, about the answer."""
    predicted: Category | None = None
    """Intent that it took the ticket for."""
    true: Category | None = None
    """Intent that it was about."""

    def __len__(self) -> int:
        return len(self.confidence)

    @property
    def is_routing(self) -> bool:
        """Whether the log is about recognising intents (it says what was true and what was predicted)."""
        return self.true is not None and self.predicted is not None


def read_ai_log(path: str | Path, *, columns: Mapping[str, str] | None = None) -> tuple[AiLog, tuple[Notice, ...]]:
    """Read an AI's shadow log: CSV (gz or not) or Parquet; raise ExportError where it cannot be read rightly.

    `columns` maps the fields of AI_FIELDS to columns. Confidence is from 0 to 1 or in per cent. Rows without a
    confidence or without a judgement are left out and told.
    """
    cells = read_cells(path, AI_FIELDS, columns, needed=["confidence"])
    refuse_personal_data(cells)
    refuse_unmet_values(cells)
    findings = [*cells.notes, *cells.recognised.findings]
    if cells.ragged:
        text = f"{cells.ragged:,} lines have another number of cells than the header and were left out."
        findings.append(Notice("warning", "file", text))
    true, predicted = _intents(cells)
    confidence = _confidence(cells, findings)
    correct = _correct(cells, true, predicted, findings)
    told = np.isfinite(confidence) & np.isfinite(correct)
    for what, rows in (
        ("no confidence from 0 to 1", np.isnan(confidence)),
        ("no word on whether the AI was right", np.isnan(correct) & np.isfinite(confidence)),
    ):
        if rows.any():
            text = f"{int(rows.sum()):,} of {cells.rows:,} rows have {what} and were left out."
            findings.append(Notice("warning", "ai log", text))
    if not told.any():
        message = f"has no row of {cells.rows:,} with a confidence from 0 to 1 and a judgement; it must have some"
        raise ExportError(Problem(str(path), "", message))
    log = AiLog(
        confidence[told],
        correct[told] == 1,
        predicted.of(told) if predicted is not None else None,
        true.of(told) if true is not None else None,
    )
    return log, tuple(findings)


def _intents(cells: Cells) -> tuple[Category | None, Category | None]:
    """Return true and predicted intents; both share one list of names, so that their codes can be compared."""
    found = {name: cells.names(name) for name in ("true_intent", "predicted_intent") if name in cells}
    tidied = {name: tidy(names, names.codes()).category for name, names in found.items()}
    spelling: dict[str, str] = {}
    for category in tidied.values():
        for name in category.names:
            spelling.setdefault(name.casefold(), name)
    shared = tuple(sorted(spelling.values()))
    place = {name: code for code, name in enumerate(shared)}
    result: dict[str, Category] = {}
    for field, category in tidied.items():
        table = np.array([*(place[spelling[name.casefold()]] for name in category.names), UNKNOWN], dtype=np.int32)
        result[field] = Category(table[category.codes], shared)
    return result.get("true_intent"), result.get("predicted_intent")


def _confidence(cells: Cells, findings: list[Notice]) -> Floats:
    """Return confidences from 0 to 1; NaN where a cell holds none."""
    values, _ = cells.amounts("confidence")
    known = values[np.isfinite(values)]
    if len(known) and np.mean(known > 1) > 0.5:
        column = cut(cells.columns["confidence"].name)
        findings.append(Notice("note", "confidence", f"{column} was read as per cent: most values are above 1."))
        values = values / 100
    with np.errstate(invalid="ignore"):
        return np.where((values >= 0) & (values <= 1), values, np.nan)


def _correct(cells: Cells, true: Category | None, predicted: Category | None, findings: list[Notice]) -> Floats:
    """Return 1 where the AI was right, 0 where not, NaN where nothing says so."""
    compared: Floats | None = None
    if true is not None and predicted is not None:
        is_known = (true.codes != UNKNOWN) & (predicted.codes != UNKNOWN)
        compared = np.where(is_known, true.codes == predicted.codes, np.nan)
    if "correct" not in cells:
        if compared is None:
            fault = (
                "does not say whether the AI was right; it must have a column for correct, or for true_intent and "
                "predicted_intent"
            )
            message = f"{fault}: say which with --map correct=COLUMN"
            fields = ("correct", "true_intent", "predicted_intent")
            raise ExportError(NoColumn(str(cells.path), "", message, fault, fields, offered(cells.header)))
        findings.append(Notice("note", "correct", "Right is where predicted and true intent are the same."))
        return compared
    stated, _ = cells.amounts("correct")
    if compared is not None:
        differs = np.isfinite(stated) & np.isfinite(compared) & (stated != compared)
        if differs.any():
            text = (
                f"{int(differs.sum()):,} rows say correct where the intents differ, or the other way round; "
                "the column was believed, not the comparison."
            )
            findings.append(Notice("warning", "correct", text))
    return stated
