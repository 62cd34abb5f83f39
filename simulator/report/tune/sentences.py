"""Tuning in words: the thresholds to set, how sure that is, what they keep, and what else was looked at.

How sure a tuning is, in words: what the stated probability covers, and what makes it weaker than it looks.
"""

from __future__ import annotations

import math

from simulator.base.stats import Estimate
from simulator.base.text import clean, listed
from simulator.base.units import MINUS
from simulator.metrics.registry import BY_NAME, Kpi
from simulator.report.format import signed
from simulator.studies.running.results import Replications
from simulator.studies.targets import Target
from simulator.studies.tune.choice import GuardVerdict
from simulator.studies.tune.recommendation import range_of
from simulator.studies.tune.space import NEVER, ThresholdSetting
from simulator.studies.tune.static_rule import lattice_place
from simulator.studies.tune.tuning import ALIKE, AS_IS, RELAXED, STATIC, Tuning

_KINDS = {"answer": "answer", "route": "route"}
ROLES = {
    "chosen": "Chosen", "as is": "Present thresholds", "queue ignored": "Static rule, queue ignored",
    "priced": "Static rule, best price", "one for all": "Best with one for all", "relaxed": "Best without it",
}  # fmt: skip


def answer(found: Tuning) -> str:
    """Say what to set, what it is worth, and how sure that is."""
    if set(found.choice.verdicts) == {GuardVerdict.VALUELESS}:
        without = f"{_subject(found.goal.kpi)} has no value in some replications"
        return f"No setting can be recommended: {without} at any finalist. The nearest possible: {thresholds(found)}."
    if not found.choice.is_feasible:
        return f"No setting keeps all guard-rails: {_obstacle(found)}. The nearest possible: {thresholds(found)}."
    selection = found.choice.selection
    assert selection is not None
    text = f"{thresholds(found).capitalize()}: {_worth(found, found.study)}"
    if len(found.choice.in_play) > 1:
        zone = amount(found, selection.indifference)
        text += f"; the best of {_in_play(found)} to within {zone}"
        text += f", with a probability of {selection.confidence:.0%} or more"
    elif len(found.choice.finalists) > 1:
        how = "surely keeps the guard-rails" if found.choice.is_sure else "keeps the guard-rails at least on average"
        text += f"; of {len(found.choice.finalists)} finalists the only one that {how}"
    return text + "."


def _in_play(found: Tuning) -> str:
    """Say which finalists the stated probability speaks of."""
    some, every = len(found.choice.in_play), len(found.choice.finalists)
    if some == every:
        return f"{every} finalists"
    how = "surely keep the guard-rails" if found.choice.is_sure else "keep the guard-rails on average"
    return f"{some} finalists (of {every}) that {how}"


def thresholds(found: Tuning) -> str:
    """Say which thresholds are recommended: `answer from 0.82 (0.78 to 0.86 are as good)`."""
    parts = []
    for kind, names, values in (
        ("answer", found.space.answered, found.chosen.answer), ("route", found.space.routed, found.chosen.route),
    ):  # fmt: skip
        if not values:
            continue
        if not found.space.per_intent:
            tied = range_of(found, kind, names[0])
            text = f"{kind} from {values[0]:g}" if values[0] < NEVER else _nothing(kind)
            if tied is not None and tied.high - tied.low > 0.001:
                text += f" ({tied.low:g} to {tied.high:g} are as good)"
            parts.append(text)
        else:
            low, high = min(values), max(values)
            first, last = clean(names[values.index(low)]), clean(names[values.index(high)])
            spread = f" ({first}) to {high:g} ({last})" if low < high else ""
            parts.append(f"{kind} from {low:g}{spread}" if low < NEVER else _nothing(kind))
    return listed(parts) + (", by intent as the table shows" if found.space.per_intent else "")


def _nothing(kind: str) -> str:
    return "answer nothing (threshold 1)" if kind == "answer" else "trust no label (threshold 1)"


def _worth(found: Tuning, study: Replications) -> str:
    kpi = found.goal.kpi
    weeks = int(found.space.scenario.weeks)
    over = f" over {weeks} week{'s' if weeks > 1 else ''}" if kpi.unit == "money" else ""
    return f"{_subject(kpi)} {study.spelled(kpi.name)}{over}"


def _subject(kpi: Kpi) -> str:
    """Write a KPI's title within a sentence: abbreviations keep their capitals."""
    return kpi.title[0].lower() + kpi.title[1:] if kpi.title[1:2].islower() else kpi.title


def _obstacle(found: Tuning) -> str:
    """Say which guard-rails no setting keeps, or that they cannot be kept together."""
    binding = found.binding
    if not binding:
        missed = [target for target in found.goal.targets if not target.holds(found.study)]
        names = listed([_found_words(found, target) for target in missed or found.goal.targets])
        return f"each can be kept by itself, but not all together ({names} is missed)"
    told = []
    for target in binding:
        near = found.nearest_to(target)
        level = near.study.estimate(target.kpi).mean
        bound = near.study.estimate(target.kpi, baseline=True).mean if target.bound is None else target.bound
        reach = f"at best {_written(found, target.kpi, level)} against {_written(found, target.kpi, bound)}"
        told.append(f"{_found_words(found, target)} is out of reach ({reach} in the search)")
    return listed(told)


def _found_words(found: Tuning, target: Target) -> str:
    """Write a guard-rail for people, quoted so that it reads as one thing."""
    return f"“{target.words(found.study.currency)}”"


def sentences(found: Tuning) -> list[str]:
    """Say what the recommendation rests on and what it is compared with, a sentence each."""
    told = [_kept(found), _against_present(found), _without_queue(found), _alike(found), _relaxed(found)]
    told += [_prices(found), *_calibration(found), _assumed(found)]
    return [text for text in told if text]


def _kept(found: Tuning) -> str:
    if not found.goal.targets:
        return "No guard-rails were set."
    parts = []
    for target in found.goal.targets:
        level = found.study.estimate(target.kpi)
        text = f"{_found_words(found, target)}: {_with_interval(found, target.kpi, level)}"
        if target.bound is None:
            text += f" against {_written(found, target.kpi, found.study.estimate(target.kpi, baseline=True).mean)}"
        parts.append(text + (", kept" if target.holds(found.study) else ", missed"))
    return f"Guard-rails on fresh customers: {'; '.join(parts)}."


def _against_present(found: Tuning) -> str:
    if found.settings[AS_IS] == found.chosen:
        return "The present thresholds are the recommended ones."
    present = _setting(found, found.settings[AS_IS])
    return f"Against the present thresholds ({present}): {_difference(found, AS_IS)}{_flaw(found, AS_IS)}."


def _without_queue(found: Tuning) -> str:
    if STATIC not in found.settings:
        return ""
    static = _setting(found, found.settings[STATIC])
    if found.settings[STATIC] == found.chosen:
        return "The static rule that ignores the queue comes to the same thresholds."
    text = f"The static rule that ignores the queue (a human minute at its wage) would {static}"
    missed = _missed(found, STATIC)
    if missed:
        return f"{text}; that misses {missed}, at {_worth(found, found.fresh[STATIC])}."
    gap = found.gap(STATIC)
    if gap.low > 0:
        return f"{text}; ignoring the queue costs {_with_interval(found, found.goal.kpi.name, gap)}."
    return f"{text}: {_difference(found, STATIC)}."


def _alike(found: Tuning) -> str:
    if ALIKE not in found.settings or found.settings[ALIKE] == found.chosen:
        return ""
    alike = _setting(found, found.settings[ALIKE])
    return f"Against the best single thresholds for all ({alike}): {_difference(found, ALIKE)}{_flaw(found, ALIKE)}."


def _relaxed(found: Tuning) -> str:
    if RELAXED not in found.settings:
        return ""
    setting, study = found.settings[RELAXED], found.fresh[RELAXED]
    levels = listed([f"{BY_NAME[one.kpi].title} {_written(found, one.kpi, study.estimate(one.kpi).mean)}"
                     for one in found.goal.targets if not one.holds(study)])  # fmt: skip
    beside = f", with {levels}" if levels else ""
    best = _setting(found, setting)
    return f"Without what is out of reach the best would be to {best}: {_worth(found, study)}{beside}."


def _prices(found: Tuning) -> str:
    prices = found.prices
    wage = "its wage" if prices.minute == 1 else f"{prices.minute:g} times its wage"
    if found.space.scenario.costs is None:
        return ""
    text = f"The choice answers most nearly what the static rule answers when a human minute is worth {wage}"
    if prices.wrong:
        text += f" and a wrong answer costs as much as people's work on {prices.wrong:.2g} tickets beyond its own costs"
    return text + "."


def _calibration(found: Tuning) -> list[str]:
    told = []
    for shift in found.shifts:
        how = "less" if shift.log_odds < 0 else "more"
        size = f"{shift.log_odds:+g}".replace("-", MINUS)
        text = f"If the AI is right {how} often than stated (log-odds {size})"
        missed = listed([_found_words(found, one) for one in found.goal.targets if not one.holds(shift.chosen)])
        text += f", these thresholds come to {_worth(found, shift.chosen)}"
        text += f" and miss {missed}" if missed else " and keep the guard-rails" if found.goal.targets else ""
        gap = shift.loss
        name = found.goal.kpi.name
        moved = found.goal.sign * gap.mean
        if math.isfinite(gap.low) and gap.excludes_zero:
            verb = "gain" if gap.mean > 0 else "cost"
            text += f"; moving them along with it would {verb} {_written(found, name, abs(moved)).lstrip('+')}"
            text += _fate(found, missed, shift.moved)
        told.append(text + ".")
    return told


def _fate(found: Tuning, missed: str, study: Replications) -> str:
    if not found.goal.targets:
        return ""
    holds = found.goal.violation(study) == 0
    if missed:
        return " and keep them" if holds else " and still miss"
    return "" if holds else ", but miss a guard-rail"


def _assumed(found: Tuning) -> str:
    """Say which desk was tuned, and whose thresholds."""
    scenario, space = found.space.scenario, found.space
    phases = scenario.policy.phases
    rules = f"the rules of its last phase ({clean(phases[-1].name)})" if phases else "its rules"
    rest = [name for name in scenario.intents if name not in space.answered]
    others = f"; the AI answers no other intent ({clean(', '.join(rest))})" if rest else ""
    return (
        f"Tuned is the desk in operation: {rules} in all weeks and in the warm-up, the AI as good as at the scenario's"
        f" start, roster and customers unchanged{others}."
    )


def amount(found: Tuning, value: float) -> str:
    """Write an amount of the objective."""
    return _written(found, found.goal.kpi.name, value).lstrip("+")


def _setting(found: Tuning, setting: ThresholdSetting) -> str:
    parts = []
    for kind, values in (("answer", setting.answer), ("route", setting.route)):
        if values:
            low, high = min(values), max(values)
            parts.append(f"{kind} from {low:g}" if low == high else f"{kind} from {low:g} to {high:g}")
    return listed(parts)


def _difference(found: Tuning, role: str) -> str:
    gap, kpi = found.gap(role), found.goal.kpi
    turned = Estimate(*_sorted_bounds(found.goal.sign, gap), gap.replications)
    if not math.isfinite(gap.low):
        return "no interval"
    if not gap.excludes_zero:
        return f"no clear difference in {_subject(kpi)}"
    better = "better" if gap.mean > 0 else "worse"
    texts = [signed(kpi.unit, value, found.study.currency) for value in (turned.mean, turned.low, turned.high)]
    return f"{better}, {texts[0]} [{texts[1]}, {texts[2]}]"


def _sorted_bounds(sign: float, gap: Estimate) -> tuple[float, float, float]:
    """Turn a difference back into the KPI's own direction."""
    low, high = sorted((sign * gap.low, sign * gap.high))
    return sign * gap.mean, low, high


def _missed(found: Tuning, role: str) -> str:
    study = found.fresh[role]
    return listed([
        f"{_found_words(found, one)} ({_written(found, one.kpi, study.estimate(one.kpi).mean)})"
        for one in found.goal.targets if not one.holds(study)
    ])  # fmt: skip


def _flaw(found: Tuning, role: str) -> str:
    missed = _missed(found, role)
    return f"; they miss {missed}" if missed else ""


def _with_interval(found: Tuning, kpi: str, level: Estimate) -> str:
    texts = [_written(found, kpi, value) for value in (level.mean, level.low, level.high)]
    return f"{texts[0]} [{texts[1]}, {texts[2]}]" if math.isfinite(level.low) else texts[0]


def _written(found: Tuning, kpi: str, value: float) -> str:
    return BY_NAME[kpi].format(value, found.study.currency)


# -- how sure a tuning is, in words -----------------------------------------------------------------------------------


_FEW = 30
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
        f"The best of {_in_play(found)} was chosen with the procedure of Kim and Nelson (2001), indifferent to"
        f" {amount(found, selection.indifference)}"
        if len(found.choice.in_play) > 1
        else f"Of {len(found.choice.finalists)} finalists only the chosen one was left to choose"
    )
    return (
        f"{text} {chosen}; {sure}. No search of this kind can promise that no better setting exists among those it did"
        " not look at."
    )


def warnings(found: Tuning) -> list[str]:
    """Return what makes the recommendation weaker than it looks."""
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
        names = listed([_found_words(found, one) for one in missed])
        told.append(f"on fresh customers {names} is missed on average: the choice lies at its very edge")
    if better := _better_in_doubt(found):
        plural = better > 1
        told.append(
            f"{better} finalist{'s look' if plural else ' looks'} better, but may miss a guard-rail, and"
            f" {'were' if plural else 'was'} left out: the table of finalists shows {'them' if plural else 'it'}"
        )
    if (count := _answers(found)) < _FEW and any(BY_NAME[one.kpi].unit == "share" for one in found.goal.targets):
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
