"""What is wrong with an export's rows, counted: nothing is left out or unknown without a line of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from simulator.calibration.exports.table import Bools
from simulator.studies.findings import Finding

MUCH = 0.01
"""Share of the rows from which a loss is told as a finding, not in the table of counts alone."""


@dataclass(frozen=True)
class QualityRow:
    """One thing that was counted."""

    what: str
    rows: int
    share: float
    """Of the rows read."""
    done: str
    """What was done about it."""
    left_out: bool = False
    """Whether these rows are no part of the export; no row counts under two such lines."""
    is_wrong: bool = False
    """Whether they hold something that cannot be read or cannot be true."""


@dataclass
class Tally:
    """Counts rows, and keeps track of which are left out; the first reason counts."""

    lines: int
    """Lines of the file after its header."""
    kept: Bools
    """Shape (n_rows,): rows with the right number of cells that are still in."""
    rows: list[QualityRow] = field(default_factory=list)

    def leave_out(self, what: str, which: Bools, done: str = "left out") -> int:
        """Leave out some rows, unless they are out already; give their number."""
        new = which & self.kept
        self.kept &= ~which
        count = int(new.sum())
        self.count(what, count, done, left_out=True)
        return count

    def count(self, what: str, rows: int, done: str, *, left_out: bool = False, is_wrong: bool = False) -> None:
        """Add a line; every line is shown, those of no rows too."""
        share = rows / self.lines if self.lines else 0.0
        self.rows.append(QualityRow(what, rows, share, done, left_out, is_wrong))

    def findings(self) -> list[Finding]:
        """Tell the losses that are more than MUCH of the rows."""
        return [
            Finding(
                "warning", "rows", f"{row.rows:,} of {self.lines:,} rows ({row.share:.1%}): {row.what}; {row.done}."
            )
            for row in self.rows
            if (row.left_out or row.is_wrong) and row.share > MUCH
        ]

    def finish(self) -> tuple[QualityRow, ...]:
        """Give all lines: those read first, then those left out, those kept, and what is unknown among them."""
        first = QualityRow("rows read", self.lines, 1.0, "every line after the header")
        share = float(self.kept.sum()) / self.lines if self.lines else 0.0
        kept = QualityRow("tickets kept", int(np.sum(self.kept)), share, "read into the export")
        out = [row for row in self.rows if row.left_out]
        return (first, *out, kept, *(row for row in self.rows if not row.left_out))
