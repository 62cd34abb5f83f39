"""How sure a tuning is, in words: what the stated probability covers, and what makes it weaker than it looks."""

from __future__ import annotations

import math

from simulator.metrics.registry import BY_NAME
from simulator.report.drawing import listed
from simulator.report.tuning_words import amount, found_words, in_play
from simulator.studies.tuning.static_rule import lattice_place
from simulator.studies.tuning.study import Tuning

FEW = 30
"""Answers in a replication below which the page warns that shares of them are rough."""


def how_sure(found: Tuning) -> str:
    """Say what was simulated, on which customers, and what the stated probability covers."""
    search, fresh = found.stages["search"][1], found.stages["fresh"][1]
    text = (
        f"{len(found.candidates)} settings were looked at on {search} replications each. Figures above are means of"
        f" {fresh} fresh replications, with customers that neither search nor choice has seen, and 95 % intervals, each"
        " for itself; differences are paired."
    )
    selection = found.choice.selection
    if selection is None:
        return f"{text} No finalist kept the guard-rails, so there was nothing to choose among."
    sure = {
        True: f"that the chosen one keeps the guard-rails holds with {selection.confidence:.0%}, too",
        False: "that the chosen one keeps the guard-rails is in doubt",
    }[found.choice.is_sure]
    chosen = (
        f"The best of {in_play(found)} was chosen with the procedure of Kim and Nelson (2001), indifferent to"
        f" {amount(found, selection.indifference)}"
        if len(found.choice.in_play) > 1
        else f"Of {len(found.choice.finalists)} finalists only the chosen one was left to choose"
    )
    return (
        f"{text} {chosen}; {sure}. No search of this kind can promise that no better setting exists among those it did"
        " not look at."
    )


def warnings(found: Tuning) -> list[str]:
    """Tell what makes the recommendation weaker than it looks."""
    told = []
    selection = found.choice.selection
    if selection is not None and selection.indifference > 1.0001 * selection.asked:
        told.append(
            f"the choice is sure only to within {amount(found, selection.indifference)}, not"
            f" {amount(found, selection.asked)}: raise --max-replications, or --indifference"
        )
    if found.choice.is_feasible and not found.choice.is_sure:
        told.append("no finalist surely keeps the guard-rails; the chosen one does so on average")
    if found.choice.is_feasible and (missed := [one for one in found.goal.targets if not one.holds(found.study)]):
        names = listed([found_words(found, one) for one in missed])
        told.append(f"on fresh customers {names} is missed on average: the choice lies at its very edge")
    if better := _better_in_doubt(found):
        plural = better > 1
        told.append(
            f"{better} finalist{'s look' if plural else ' looks'} better, but may miss a guard-rail, and"
            f" {'were' if plural else 'was'} left out: the table of finalists shows {'them' if plural else 'it'}"
        )
    if (count := _answers(found)) < FEW and any(BY_NAME[one.kpi].unit == "share" for one in found.goal.targets):
        told.append(
            f"the AI answers about {count:.0f} tickets in a replication, so shares of them are rough, and so are their"
            " bounds: give the scenario more weeks"
        )
    if found.space.live.policy.surge is not None:
        told.append("thresholds of the surge rules are left as they are; see that they still fit the recommended ones")
    worth = found.study.estimate(found.goal.kpi.name)
    if found.goal.kpi.name.startswith("net_value") and worth.high < 0:
        told.append("the AI costs more than it is worth here, even at the best thresholds that keep the guard-rails")
    if found.goal.kpi.name.endswith("_cash"):
        told.append("the roster is fixed while tuning, so cash savings do not move with thresholds")
    return told


def _answers(found: Tuning) -> float:
    """Count the tickets that the AI answers in a mean replication; infinite where it is to answer nothing."""
    curves = zip(found.rule.curves, found.chosen.answer, strict=True)
    count = sum(curve.tickets * curve.coverage[lattice_place(threshold)] for curve, threshold in curves)
    return float(count) if count > 0 else math.inf


def _better_in_doubt(found: Tuning) -> int:
    """Count finalists that were left out in doubt, and have a better objective than the winner by what matters."""
    choice = found.choice
    if choice.selection is None:
        return 0
    level = {
        one: float(found.goal.values(study).mean()) for one, study in zip(choice.finalists, choice.studies, strict=True)
    }
    bar = level[choice.winner] + choice.selection.asked
    return sum(level[one] > bar for one in choice.left_out)
