"""A pilot in sentences: the verdict for the slide, what would make it safe, the gates, learning, production."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulator.base.stats import Estimate
from simulator.base.text import clean, listed
from simulator.base.units import format_value
from simulator.studies.pilot.gates import BAND, Judged
from simulator.studies.pilot.production import MOST_OF_IT, reviews_for_most
from simulator.studies.pilot.projection import PilotProjection
from simulator.studies.pilot.verdict import VERDICTS

_SURELY, _HARDLY = 0.9, 0.1
MORE = {"accuracy_scale": ", to scale", "accuracy_adjust": ", or overhaul"}
"""Tells the two gates of accuracy apart."""
_NO_PRODUCTION = (
    "Production was not projected, as the scenario does not say what it is; add, with your own figures,"
    " pilot: {production: {volume: 2, drift_log_odds: -0.4}}."
)


def question(found: PilotProjection) -> str:
    """Ask what the pilot is to answer."""
    return f"Will the pilot pass its gates at the end of week {found.weeks}, and how safe is that verdict?"


def answer(found: PilotProjection) -> str:
    """Say how likely each verdict is, how often it is right, and what would make it safe."""
    safety = found.safety
    scale, adjust, overhaul = (percent(safety.chances.of(verdict).mean) for verdict in VERDICTS)
    told = f"By accuracy and CSAT the verdict is “scale” with {scale} (adjust {adjust}, overhaul {overhaul}); a sample"
    right = percent(safety.chances.right.mean)
    return f"{told} of {safety.sample} answers a week decides right in {right} of pilots{_remedy(found)}."


def sentences(found: PilotProjection) -> list[str]:
    """Return what stands behind the answer."""
    told = [_deserved(found), _weeks(found), _gates(found), _learning(found), _sights(found), production(found)]
    return [sentence for sentence in told if sentence]


def how_sure(found: PilotProjection) -> str:
    """Say what the chances rest on, and what they leave out."""
    safety = found.safety
    half = safety.chances.right.half_width
    told = f"{len(found.study)} pilots were simulated, which leaves the chance of a right verdict open by ±"
    told += f" {100 * half:.1f} points."
    if safety.judge.is_near_a_gate:
        told += " The AI's underlying accuracy lies so near a gate that the projection cannot say on which side."
    told += (
        " Given the scenario's inputs as stated: ranges of assumed inputs are not in these chances, and graders are"
        " taken to be right."
    )
    if found.study.scenario.csat is not None:
        heard = safety.judge.week.surveyed.mean()
        told += f" CSAT is heard from {heard:,.0f} survey answers after the AI in that week."
        times = float(found.study.scenario.csat.unhappy_response)
        if times != 1:
            told += (
                f" Dissatisfied customers answer {times:g} times as often; answers are taken to be typical here, though"
                f" that makes a measured gap {'wider' if times > 1 else 'narrower'} than the underlying one."
            )
    else:
        told += " The scenario has no CSAT, so the verdict rests on accuracy alone."
    return told


def percent(share: float) -> str:
    """Write a chance as a whole percentage, never as a certainty that it is not."""
    if not math.isfinite(share):
        return "–"
    whole = round(100 * share)
    if whole == 0 and share > 0:
        return "under 1%"
    return "over 99%" if whole == 100 and share < 1 else f"{whole}%"


def _wanted(level: float) -> str:
    """Write how often a verdict is to be right."""
    return f"{100 * level:.6g}%"


def production(found: PilotProjection) -> str:
    """Say what production makes of the pilot's verdict."""
    carried = found.production
    if carried is None:
        return _NO_PRODUCTION
    first, last = carried.weeks
    given = found.scenario.pilot.production
    what = f"weeks {first} to {last} of the scenario"
    if given is not None:
        drift = f"{float(given.drift_log_odds):+g}".replace("-", "−")
        reviews = f"{float(given.reviews_per_week):g} reviews a week"
        what = f"{float(given.volume):g} times the volume, {drift} log-odds of being right, {reviews}"
    passed = percent(found.safety.chances.of("scale").mean)
    told = f"What passes in the pilot with {passed} would in production ({what})"
    if carried.judge is None:
        return f"{told} have no answers to grade."
    chances = carried.judge.sampled(found.sample)
    told += f" pass with {percent(chances.of('scale').mean)} (overhaul {percent(chances.of('overhaul').mean)})"
    changes = [
        f"{within(contrast.course.title)} goes from {format_value(contrast.course.unit, contrast.pilot.mean)} to"
        f" {format_value(contrast.course.unit, contrast.production.mean)} {_change(contrast.difference)}"
        for contrast in carried.contrasts
        if contrast.course.name == "answer_accuracy"
    ]
    return f"{told}: {changes[0]}." if changes else f"{told}."


def within(title: str) -> str:
    """Write a title inside a sentence: without its capital, unless it begins with an abbreviation."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def label(judged: Judged) -> str:
    """Name a gate's figure, and which of the two gates of accuracy it is."""
    return judged.course.title + MORE.get(judged.gate.field, "")


def judged_words(gates: Sequence[Judged]) -> dict[str, list[str]]:
    """Sort gates into those likely met, likely missed and open, as words; gates never measured are left out."""
    told: dict[str, list[str]] = {"met": [], "missed": [], "open": []}
    for judged in gates:
        if judged.week is not None:
            chance = judged.chance.mean
            where = "met" if chance >= _SURELY else "missed" if chance <= _HARDLY else "open"
            told[where].append(f"{within(judged.course.title)} {judged.gate.words}")
    return told


def _remedy(found: PilotProjection) -> str:
    safety = found.safety
    level = _wanted(safety.level)
    if safety.enough is None:
        right = safety.by_size[max(safety.by_size)].right.mean
        graded = f"{right:.1%}" if percent(right) == level else percent(right)
        told = f"; grading every answer of week {safety.week} would make it {graded}, short of {level}"
        heard = safety.judge.week.surveyed.mean()
        few = f", as only {heard:,.0f} customers answer the survey"
        return told + few if safety.all_graded.right.mean >= safety.level else told
    if safety.enough <= safety.sample:
        return f", so {level} is safe with {safety.enough} already"
    return f"; {safety.enough:,} would make it {level}"


def _deserved(found: PilotProjection) -> str:
    safety, accuracy = found.safety, found.safety.judge.accuracy
    told = (
        f"By week {safety.week}, {accuracy.mean:.1%} of the AI's answers are right [{accuracy.low:.1%},"
        f" {accuracy.high:.1%}]"
    )
    if safety.judge.gap is not None:
        gap = safety.judge.gap
        many = f"{abs(gap):.1f} points {'fewer' if gap >= 0 else 'more'}"
        told += f", and {many} of its customers are satisfied than of the desk's without AI"
    told += f": that deserves “{VERDICTS[safety.judge.deserved]}”."
    graded = listed([f"{verdict} {percent(safety.all_graded.of(verdict).mean)}" for verdict in VERDICTS])
    return f"{told} With every answer graded and every customer heard the verdict would be: {graded}."


def _weeks(found: PilotProjection) -> str:
    safety = found.safety
    if safety.chances.right.mean >= safety.level and (safety.enough or math.inf) <= safety.sample:
        return ""
    many = f"{safety.weeks_enough} weeks like week {safety.week}" if safety.weeks_enough else "more than a year"
    told = f"With {safety.sample} a week it takes {many}, their samples taken together, to decide right in"
    told += f" {_wanted(safety.level)} of pilots."
    if safety.pooled:
        best = max(safety.pooled, key=lambda pooled: pooled.chances.right.mean)
        theirs, last = f"{best.accuracy:.1%}", f"{safety.judge.accuracy.mean:.1%}"
        beside = f"as is week {safety.week}'s"
        if theirs != last:
            beside = f"not week {safety.week}'s {last}, as the AI and the rules change"
        told += (
            f" Of this pilot's own weeks, {best.weeks[0]} to {best.weeks[-1]} together give"
            f" {percent(best.chances.right.mean)}; their accuracy is {theirs}, {beside}."
        )
    return told


def _gates(found: PilotProjection) -> str:
    told = [f"{word}: {listed(gates)}" for word, gates in judged_words(found.gates).items() if gates]
    return f"Gates at the end likely {'; '.join(told)}." if told else ""


def _learning(found: PilotProjection) -> str:
    scenario, ai = found.scenario, found.scenario.ai
    hours = found.sample * float(scenario.pilot.minutes_per_review) / 60
    grading = f"Grading {found.sample} answers takes {hours:.1f} hours a week."
    if ai is None or ai.learning is None:
        return f"{grading} The AI does not learn in this scenario."
    last = found.skills[found.weeks - 1]
    told = f"{grading} By week {last.week}, {last.reviewed:,.0f} reviews have taught the AI {last.learned:.2f}"
    told += f" of at most {float(ai.learning.ceiling):g} log-odds"
    most = reviews_for_most(scenario)
    return f"{told}; {MOST_OF_IT:.0%} of that takes {most:,.0f}." if most is not None else f"{told}."


def _sights(found: PilotProjection) -> str:
    if not found.sights:
        return ""
    outside = [
        f"{clean(sight.kpi)}, {'whole pilot' if sight.week is None else f'week {sight.week}'}"
        for sight in found.sights
        if not sight.is_inside
    ]
    told = f"{len(found.sights) - len(outside)} of {len(found.sights)} observed figures lie in their"
    told += f" {BAND[1] - BAND[0]:.0%} projection bands"
    return f"{told}; outside: {'; '.join(outside)}." if outside else f"{told}."


def _change(found: Estimate) -> str:
    low, high = (f"{100 * value:+.1f}".replace("-", "−") for value in (found.low, found.high))
    mean = f"{100 * found.mean:+.1f}".replace("-", "−")
    return f"({mean} points [{low}, {high}])"
