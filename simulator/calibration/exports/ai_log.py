"""An AI's shadow log: what it took each ticket for, how sure it said it was, and whether it was right."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.calibration.exports.table import Bools, Category, Floats


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
        """Tell whether the log is about recognising intents (it says what was true and what was predicted)."""
        return self.true is not None and self.predicted is not None
