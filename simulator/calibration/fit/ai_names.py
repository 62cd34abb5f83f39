"""Names of intents: those that the AI's log uses, told in the desk's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.calibration.exports.ai_log import AiLog
from simulator.calibration.exports.table import UNKNOWN, Bools, Category, Codes
from simulator.studies.findings import Finding

OTHER = "other"
"""The desk's name for intents too rare for one of their own."""
_MOST_NAMED = 3


@dataclass(frozen=True, eq=False)
class NamedLog:
    """A log in the desk's names of intents; columns of shape (n_rows,)."""

    names: tuple[str, ...]
    """Intents that figures are given for; none where the log's names are not the desk's."""
    true: Codes
    predicted: Codes
    """What the AI took it for; UNKNOWN throughout where the log does not say."""
    recognised: Bools
    """Whether the intent was recognised, as the desk tells intents apart; the log's `correct` where it names none."""
    exact: Bools
    """The same, as the log tells them apart."""
    findings: tuple[Finding, ...]


def in_desk_names(log: AiLog, intents: Sequence[str] | None) -> NamedLog:
    """Tell a log's intents in the desk's names; None takes the log's own.

    Names match whatever their case and whether spaces, `_` or `-` stand between words. What the desk does not have
    counts as its `other`, where it has that: taking one such intent for another of them is then no mistake.
    """
    own = _names(log)
    names = tuple(own if intents is None else intents)
    same = {_key(name): place for place, name in enumerate(names)}
    known = {name: same[_key(name)] for name in own if _key(name) in same}
    unknown = np.full(len(log), UNKNOWN, dtype=np.int32)
    exact = _recognised(log)
    if not known:
        return NamedLog((), unknown, unknown, exact, exact, _nothing_matches(own, names))
    rest = same.get(OTHER, UNKNOWN)
    true, predicted = (
        unknown if column is None else _told(column, known, rest) for column in (log.true, log.predicted)
    )
    alike = (true == predicted) & (true != UNKNOWN)
    return NamedLog(names, true, predicted, exact | alike, exact, _without_match(log, own, known, rest != UNKNOWN))


def _names(log: AiLog) -> tuple[str, ...]:
    """List the log's intents that any row names, true ones first."""
    columns = [column for column in (log.true, log.predicted) if column is not None]
    used = [name for column in columns for name, n in zip(column.names, column.counts(), strict=True) if n]
    return tuple(dict.fromkeys(used))


def _key(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split())


def _told(column: Category, known: dict[str, int], rest: int) -> Codes:
    table = np.array([known.get(name, rest) for name in column.names] + [UNKNOWN], dtype=np.int32)
    told: Codes = table[column.codes]
    return told


def _recognised(log: AiLog) -> Bools:
    if log.true is None or log.predicted is None:
        return log.correct
    both = {name: place for place, name in enumerate(dict.fromkeys((*log.true.names, *log.predicted.names)))}
    true, predicted = (_told(column, both, UNKNOWN) for column in (log.true, log.predicted))
    named = (true != UNKNOWN) & (predicted != UNKNOWN)
    return np.where(named, true == predicted, log.correct)


def _nothing_matches(own: Sequence[str], names: Sequence[str]) -> tuple[Finding, ...]:
    if not own:
        return ()
    text = (
        f"the AI's log names intents ({_few(own)}) and none is one of the tickets' ({_few(names)}): figures are"
        " general, none by intent. Name them alike in both files, or read the tickets' intent from the column that"
        " holds these names"
    )
    return (Finding("warning", "ai.intents", text),)


def _without_match(log: AiLog, own: Sequence[str], known: dict[str, int], other: bool) -> tuple[Finding, ...]:
    strange = [name for name in own if name not in known]
    if not strange:
        return ()
    column = log.true or log.predicted
    assert column is not None
    counts = dict(zip(column.names, column.counts().tolist(), strict=True))
    share = sum(counts.get(name, 0) for name in strange) / len(log)
    fate = f"they count as {OTHER}" if other else "they count in the general figures only"
    which = f"{len(strange)} of the log's intents ({share:.1%} of its rows: {_few(strange)})"
    text = f"{which} are none of the tickets'; {fate}"
    return (Finding("warning" if share > 0.1 else "note", "ai.intents", text),)


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
