"""Names for every ticket, and few enough of them: what is rare becomes `other`, a ticket without an intent `unknown`.

Every other estimator of `fit` reads the export that comes out of here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from simulator.calibration.exports.table import UNKNOWN, Category, Codes, Export
from simulator.studies.findings import Finding

OTHER, NAMELESS, ONLY = "other", "unknown", "all"
"""Names of what is rare, of tickets that name no intent, and of the only channel or tier where the export has none."""
LEAST, MOST = 30, 100
SHOWN = 8
"""Names that a finding lists."""


def merge_rare(export: Export, least: int = LEAST, most: int = MOST) -> tuple[Export, tuple[Finding, ...]]:
    """Merge intents, channels and tiers with fewer than `least` tickets, or beyond the `most` commonest, into `other`.

    Names come out commonest first, `other` and `unknown` last. Tickets that name no intent become the intent
    `unknown`, or part of `other` where they are rare themselves. Tickets that name no channel or tier stay without
    (UNKNOWN): their mix is that of the tickets which do. An export without the column gets one name, `all`.
    """
    intent, findings = _merged(export.intent, "intents", least, most)
    nameless = int(np.sum(export.intent.codes == UNKNOWN))
    if nameless:
        name = _own(intent.names, NAMELESS if nameless >= least else OTHER)
        intent = _named(intent, name)
        text = f"{nameless:,} of {len(export):,} tickets name no intent; they are the intent {name!r}"
        findings.append(Finding("warning" if nameless > 0.05 * len(export) else "note", "intents", text))
    changes: dict[str, Any] = {"intent": intent}
    for field, path in (("channel", "channels"), ("tier", "tiers")):
        given: Category | None = getattr(export, field)
        if given is None or not (given.codes >= 0).any():
            changes[field] = Category(np.zeros(len(export), dtype=np.int32), (ONLY,))
            continue
        changes[field], told = _merged(given, path, least, most)
        nameless = int(np.sum(given.codes == UNKNOWN))
        if nameless:
            text = f"{nameless:,} of {len(export):,} tickets name no {field}; the mix is that of those which do"
            told.append(Finding("warning" if nameless > 0.05 * len(export) else "note", path, text))
        findings += told
    return replace(export, **changes), tuple(findings)


def _merged(given: Category, path: str, least: int, most: int) -> tuple[Category, list[Finding]]:
    counts = given.counts()
    order = sorted((code for code in range(len(counts)) if counts[code]), key=lambda code: (-counts[code], code))
    other = _own(given.names, OTHER)
    named = [code for code in order if given.names[code] != other]
    kept = [code for code in named[:most] if counts[code] >= least]
    rare = named[len(kept) :]
    names = [given.names[code] for code in kept]
    place = np.full(len(counts) + 1, UNKNOWN, dtype=np.int32)  # The last place is that of UNKNOWN, -1.
    place[kept] = np.arange(len(kept))
    if len(order) > len(kept):
        place[[code for code in order if code not in set(kept)]] = len(kept)
        names.append(other)
    codes: Codes = place[given.codes]
    return Category(codes, tuple(names)), _told(given, path, rare, least, most) if rare else []


def _told(given: Category, path: str, rare: list[int], least: int, most: int) -> list[Finding]:
    counts = given.counts()
    listed = ", ".join(given.names[code] for code in rare[:SHOWN])
    more = f" and {len(rare) - SHOWN:,} more" if len(rare) > SHOWN else ""
    rule = f"with fewer than {least} tickets or beyond the {most} commonest"
    which = f"those {rule} became {_own(given.names, OTHER)!r}"
    return [Finding("note", path, f"{which}: {listed}{more} ({sum(counts[rare]):,} tickets)")]


def _own(names: tuple[str, ...], name: str) -> str:
    """Give a name as the desk itself spells it, where it has it (`Other`)."""
    return next((own for own in names if own.casefold() == name), name)


def _named(category: Category, name: str) -> Category:
    """Give the rows that name nothing a name."""
    names = category.names if name in category.names else (*category.names, name)
    return Category(np.where(category.codes == UNKNOWN, np.int32(names.index(name)), category.codes), names)
