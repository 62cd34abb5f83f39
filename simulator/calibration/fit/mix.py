"""The mix: what tickets are about, how they come in, whose they are, and where one intent differs from the others."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from simulator.calibration.exports.table import UNKNOWN, Category, Export
from simulator.calibration.fit.calls import live_channels
from simulator.calibration.fit.days import Ints, count_days
from simulator.calibration.fit.own_mix import have_own_mix, own_mixes, own_profiles
from simulator.calibration.fit.profile import chi_square
from simulator.calibration.fit.rare import OTHER
from simulator.calibration.fit.rounding import rounded_shares
from simulator.calibration.part import LEVEL, Part, measured
from simulator.quantities import Figure
from simulator.scenario.yaml_text import Key
from simulator.studies.findings import Finding

TAIL = (1 - LEVEL) / 2
PRIORITIES = (
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
    findings: list[Finding] = []
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
        if name.casefold() == OTHER:
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
    low = special.betaincinv(counts / spread + 0.5, (n - counts) / spread + 0.5, TAIL)
    high = special.betaincinv(counts / spread + 0.5, (n - counts) / spread + 0.5, 1 - TAIL)
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
    """Give points to tiers that are named as priorities are.

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
    return next((points for points, pattern in PRIORITIES if re.search(pattern, words)), 0)
