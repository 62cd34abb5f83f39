"""Names for every ticket, and few enough of them: what is rare becomes `other`, a ticket without an intent `unknown`.

Every other estimator of `fit` reads the export that comes out of here.

The mix: what tickets are about, how they come in, whose they are, and where one intent differs from the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from simulator.base.arrays import Ints
from simulator.base.errors import Notice
from simulator.base.quantities import Figure
from simulator.base.text import Key
from simulator.calibration.exports.table import UNKNOWN, Category, Codes, Export
from simulator.calibration.fit.calls import live_channels
from simulator.calibration.fit.estimate import LEVEL, Part, measured, rounded_shares
from simulator.calibration.fit.intent_mix import have_own_mix, own_mixes, own_profiles
from simulator.calibration.fit.level import count_days
from simulator.calibration.fit.profile import chi_square

_OTHER, _NAMELESS, _ONLY = "other", "unknown", "all"
"""Names of what is rare, of tickets that name no intent, and of the only channel or tier where the export has none."""
_LEAST, _MOST = 30, 100
_SHOWN = 8
"""Names that a finding lists."""


def merge_rare(export: Export, least: int = _LEAST, most: int = _MOST) -> tuple[Export, tuple[Notice, ...]]:
    """Merge intents, channels and tiers with fewer than `least` tickets, or beyond the `most` commonest, into `other`.

    Names come out commonest first, `other` and `unknown` last. Tickets that name no intent become the intent
    `unknown`, or part of `other` where they are rare themselves. Tickets that name no channel or tier stay without
    (UNKNOWN): their mix is that of the tickets which do. An export without the column gets one name, `all`.
    """
    intent, findings = _merged(export.intent, "intents", least, most)
    nameless = int(np.sum(export.intent.codes == UNKNOWN))
    if nameless:
        name = _own(intent.names, _NAMELESS if nameless >= least else _OTHER)
        intent = _named(intent, name)
        text = f"{nameless:,} of {len(export):,} tickets name no intent; they are the intent {name!r}"
        findings.append(Notice("warning" if nameless > 0.05 * len(export) else "note", "intents", text))
    changes: dict[str, Any] = {"intent": intent}
    for field, path in (("channel", "channels"), ("tier", "tiers")):
        given: Category | None = getattr(export, field)
        if given is None or not (given.codes >= 0).any():
            changes[field] = Category(np.zeros(len(export), dtype=np.int32), (_ONLY,))
            continue
        changes[field], told = _merged(given, path, least, most)
        nameless = int(np.sum(given.codes == UNKNOWN))
        if nameless:
            text = f"{nameless:,} of {len(export):,} tickets name no {field}; the mix is that of those which do"
            told.append(Notice("warning" if nameless > 0.05 * len(export) else "note", path, text))
        findings += told
    return replace(export, **changes), tuple(findings)


def _merged(given: Category, path: str, least: int, most: int) -> tuple[Category, list[Notice]]:
    counts = given.counts()
    order = sorted((code for code in range(len(counts)) if counts[code]), key=lambda code: (-counts[code], code))
    other = _own(given.names, _OTHER)
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


def _told(given: Category, path: str, rare: list[int], least: int, most: int) -> list[Notice]:
    counts = given.counts()
    listed = ", ".join(given.names[code] for code in rare[:_SHOWN])
    more = f" and {len(rare) - _SHOWN:,} more" if len(rare) > _SHOWN else ""
    rule = f"with fewer than {least} tickets or beyond the {most} commonest"
    which = f"those {rule} became {_own(given.names, _OTHER)!r}"
    return [Notice("note", path, f"{which}: {listed}{more} ({sum(counts[rare]):,} tickets)")]


def _own(names: tuple[str, ...], name: str) -> str:
    """Return a name as the desk itself spells it, where it has it (`Other`)."""
    return next((own for own in names if own.casefold() == name), name)


def _named(category: Category, name: str) -> Category:
    """Return the rows that name nothing a name."""
    names = category.names if name in category.names else (*category.names, name)
    return Category(np.where(category.codes == UNKNOWN, np.int32(names.index(name)), category.codes), names)


# -- the mix ----------------------------------------------------------------------------------------------------------


_TAIL = (1 - LEVEL) / 2
_PRIORITIES = (
    (2, r"\b(p[01]|critical|urgent|blocker|emergency|highest|very high|severe)\b"),
    (1, r"\b(p2|high|major)\b"),
)
"""Names of priorities that help desks use, and their points in the model's priority score. A bare number is no name:
some desks count from the most urgent, some from the least."""


@dataclass(frozen=True, eq=False)
class MixEvidence:
    """Shares of one kind with their intervals."""

    kind: str
    """`intents`, `channels` or `tiers`."""
    names: tuple[str, ...]
    shares: tuple[Figure, ...]
    n: int
    """Tickets that name one."""
    is_of_rest: bool = False
    """Whether only intents without a mix of their own count."""


def fit_mix(export: Export) -> Part:
    """Fit `intents.*.share`, `channels.*.share`, `tiers.*.share`, and intents' own mixes and profiles.

    Also `intents.*.catch_all`, `channels.*.live` and `tiers.*.priority`. Intervals are Jeffreys' (Brown, Cai and
    DasGupta 2001) at the number of tickets divided by how much more than chance the mix varies between weeks.
    Raises ExportError as `count_days`.
    """
    days = count_days(export)
    settings: dict[Key, Any] = {}
    comments: dict[Key, str] = {}
    findings: list[Notice] = []
    evidence = []
    week = export.local.day // 7
    everyone = np.zeros(len(export.intent.names), dtype=np.bool_)
    own_channels, own_tiers = have_own_mix(export, "channels"), have_own_mix(export, "tiers")
    for kind, category, differ in (
        ("intents", export.intent, everyone),
        ("channels", export.channel, own_channels),
        ("tiers", export.tier, own_tiers),
    ):
        if category is None:
            continue
        # The model uses the general mix for intents without one of their own, so it is those that it is measured on.
        if differ.any():
            category = Category(np.where(differ[export.intent.codes], UNKNOWN, category.codes), category.names)
            comments[kind,] = "shares among intents without a mix of their own"
        found = replace(_shares(kind, category, week), is_of_rest=bool(differ.any()))
        evidence.append(found)
        settings |= {(kind, name, "share"): share for name, share in zip(found.names, found.shares, strict=True)}
    for name in export.intent.names:
        if name.casefold() == _OTHER:
            settings["intents", name, "catch_all"] = True
    for name, why in live_channels(export).items():
        settings["channels", name, "live"] = True
        comments["channels", name, "live"] = why
    points = _priorities(export.tier)
    settings |= points
    sources = {"tiers.*.priority": "assumed: points by the name of the priority"} if points else {}
    for part in (
        own_mixes(export, "channels", own_channels),
        own_mixes(export, "tiers", own_tiers),
        own_profiles(export, days),
    ):
        settings |= part.settings
        sources |= part.sources
        findings += part.findings
    return Part(settings, comments, sources, tuple(findings), (), tuple(evidence))


def _shares(kind: str, category: Category, week: Ints) -> MixEvidence:
    counts = category.counts()
    n = int(counts.sum())
    if len(counts) == 1:
        return MixEvidence(kind, category.names, (measured(1.0, 1.0, 1.0, n),), n)
    statistic, freedom = chi_square(_by_week(category, week))
    # Outbreaks make a month's tickets less alike than as many independent ones: fewer count.
    spread = max(1.0, statistic / freedom) if freedom else 1.0
    low = special.betaincinv(counts / spread + 0.5, (n - counts) / spread + 0.5, _TAIL)
    high = special.betaincinv(counts / spread + 0.5, (n - counts) / spread + 0.5, 1 - _TAIL)
    shares = rounded_shares(counts / n, n)
    figures = tuple(measured(float(a), float(b), float(c), n) for a, b, c in zip(shares, low, high, strict=True))
    return MixEvidence(kind, category.names, figures, n)


def _by_week(category: Category, week: Ints) -> Ints:
    """Count tickets by week and name; shape (weeks, names)."""
    known = (category.codes >= 0) & (week >= 0)
    names = len(category.names)
    cell = week[known] * names + category.codes[known]
    counts = np.bincount(cell)
    counts.resize(-(-len(counts) // names) * names)
    return counts.reshape(-1, names)


def _priorities(tiers: Category | None) -> dict[Key, Any]:
    """Return points to tiers that are named as priorities are.

    The model's priority score gives a tier 0 to 2 points beside urgency, impact and SLA risk: critical tickets get
    2, high ones 1, all others none.
    """
    if tiers is None:
        return {}
    points = [_points(name) for name in tiers.names]
    if len(set(points)) < 2:
        return {}
    return {("tiers", name, "priority"): point for name, point in zip(tiers.names, points, strict=True) if point}


def _points(name: str) -> int:
    words = re.sub(r"[_\-–:]+", " ", name.casefold())
    return next((points for points, pattern in _PRIORITIES if re.search(pattern, words)), 0)
