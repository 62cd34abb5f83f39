"""The AI agent, measured on its shadow log: how sure it says it is, how often it is right then, and on what it errs.

A log of true and predicted intents is about routing; one without is about answers. Where a log of intents also marks
recognised tickets as wrong, it is about both: `correct` then judges the answer. What a log cannot hold, above all what
customers do with a wrong answer, is left for the user to give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.base.arrays import Bools, Floats
from simulator.base.errors import ExportError, Notice, Problem
from simulator.base.text import Key
from simulator.calibration.exports.ai_log import AiLog
from simulator.calibration.fit import ai_reliability as reliability
from simulator.calibration.fit.ai_curve import Choice, Form, Judgements, choose, log_loss
from simulator.calibration.fit.ai_intents import (
    NamedLog,
    Predicted,
    by_predicted,
    confused_with,
    curve_settings,
    in_desk_names,
    own_settings,
)
from simulator.calibration.fit.ai_reliability import Above, Bin, stated_confidence
from simulator.calibration.fit.estimate import Missing, Part, Ranged

_THRESHOLD = 0.85
"""Confidence at which the table by predicted intent is made: where pilot guides begin."""
_FEW = 300
"""Rows below which a log is called small."""
_LEAST_ANSWERS = 30
"""Recognised tickets marked wrong from which on a log of intents is taken to judge answers as well."""
_HISTOGRAM = 25


@dataclass(frozen=True, eq=False)
class AiEvidence:
    """What charts of one judgement (routing or answers) are drawn of."""

    stage: str
    """`routing` or `answer`."""
    n: int
    form: Form
    """The curve that was chosen."""
    held_out: dict[Form, float]
    """Log-loss on held-out rows of each form that was tried."""
    log_loss_stated: float
    """Log-loss of the stated confidence taken at its word."""
    brier_stated: float
    brier_held_out: float
    """Mean squared error of the stated confidence, and of the chosen form on held-out rows."""
    ece_stated: Ranged
    ece_held_out: Ranged
    """Expected calibration error of the stated confidence, and of the chosen form on held-out rows."""
    stated: float
    """Mean stated confidence."""
    right: Ranged
    """Share that was right."""
    bins: tuple[Bin, ...]
    confidence: Floats
    curve: Floats
    low: Floats
    high: Floats
    """The chosen curve, and its 90 % range as a business case draws it; shape (n_places,)."""
    edges: Floats
    counts: Floats
    """Histogram of stated confidence; shapes (n_bars + 1,) and (n_bars,)."""
    above: tuple[Above, ...]
    threshold: float
    predicted: tuple[Predicted, ...]
    """Accuracy by predicted intent from the threshold on; none where the log names none of the desk's."""


def fit_ai(log: AiLog, intents: Sequence[str] | None, *, threshold: float = _THRESHOLD) -> Part:
    """Fit `ai.routing`, `ai.answer` and `ai.intents` on a shadow log; `intents` are the desk's, None takes the log's.

    `threshold` is where the table by predicted intent is made. Raises ExportError for fewer than two rows.
    """
    if len(log) < 2:
        found = "one row" if len(log) else "no rows"
        raise ExportError(Problem("--ai-log", "", f"has {found}; must have 2 or more, and hundreds to say much"))
    named = in_desk_names(log, intents)
    parts = [_about_the_log(log, named)]
    if not log.is_routing:
        parts += [_judgement("answer", log.confidence, log.correct, named, threshold)]
    else:
        parts += [_judgement("routing", log.confidence, named.recognised, named, threshold)]
        parts += [confused_with(named), _answers(log, named, threshold)]
    return _together([*parts, _after_wrong()])


# -- one judgement -----------------------------------------------------------------------------------------------


def _judgement(
    stage: str, confidence: Floats, correct: Bools, named: NamedLog, threshold: float, among: Bools | None = None
) -> Part:
    """Fit one judgement, among some rows of the log where not all were judged."""
    rows = np.ones(len(confidence), dtype=np.bool_) if among is None else among
    judged = Judgements.of(confidence[rows], correct[rows])
    chosen = choose(judged)
    path: Key = ("ai", stage)
    stated = stated_confidence(judged.confidence)
    settings: dict[Key, Any] = {}
    if among is None:
        settings |= {(*path, "confidence", key): value for key, value in stated.settings.items()}
    settings |= {(*path, "calibration", key): value for key, value in curve_settings(chosen.curve).items()}
    findings = [*_about_the_curve(stage, judged, chosen)]
    own: dict[Key, Any] = {}
    if named.names and (named.true >= 0).any():
        own, shifts = own_settings(stage, judged, named.true[rows], named.names, chosen.curve, beta=stated.is_beta)
        if among is not None:
            own = {key: value for key, value in own.items() if "confidence" not in key}
        findings.append(_about_intents(stage, shifts.spread, len(shifts.shifts)))
    predicted = by_predicted(named, confidence, threshold) if stage == "routing" else ()
    evidence = _evidence(stage, judged, chosen, threshold, predicted)
    source = f"measured: n={len(judged):,} judgements"
    sources = {f"ai.{stage}.*": source}
    if own:
        sources[f"ai.intents.*.{stage}.*"] = f"measured: n={len(judged):,} judgements, by true intent"
    comments = {path: _comment(stage, evidence, stated.distance, stated.is_beta)}
    return Part({**settings, **own}, comments, sources, tuple(findings), evidence=(evidence,))


def _evidence(
    stage: str, judged: Judgements, chosen: Choice, threshold: float, predicted: tuple[Predicted, ...]
) -> AiEvidence:
    tally = judged.tally
    confidence = np.linspace(float(judged.stated[0]), float(judged.stated[-1]), 201)
    low, high = _band(chosen, confidence)
    counts, edges = np.histogram(judged.confidence, bins=_HISTOGRAM, range=(0, 1))
    return AiEvidence(
        stage, len(judged), chosen.form, dict(chosen.held_out), log_loss(None, tally),
        reliability.brier(tally.stated, tally), reliability.brier(chosen.predicted.stated, chosen.predicted),
        reliability.calibration_error(tally), reliability.calibration_error(chosen.predicted),
        float(judged.confidence.mean()), reliability.share_right(float(judged.correct.sum()), len(judged)),
        reliability.bins_of(tally), confidence, _chance(chosen.curve.log_odds(confidence)), low, high,
        edges, counts.astype(float), reliability.above(judged.confidence, judged.correct), threshold, predicted,
    )  # fmt: skip


def _band(chosen: Choice, confidence: Floats) -> tuple[Floats, Floats]:
    """Return the 5 % and 95 % ends of the curve when its figures are drawn independently within their ranges."""
    middle = chosen.curve.log_odds(confidence)
    below, above = np.zeros_like(middle), np.zeros_like(middle)
    for name in ("shift", "scale"):
        figure = getattr(chosen.curve, name, None)
        if figure is None or figure.low is None:
            continue
        moved = [chosen.curve.model_copy(update={name: end}).log_odds(confidence) for end in (figure.low, figure.high)]
        below += (np.minimum(*moved) - middle) ** 2
        above += (np.maximum(*moved) - middle) ** 2
    return _chance(middle - np.sqrt(below)), _chance(middle + np.sqrt(above))


def _chance(log_odds: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-log_odds))
    return found


# -- what the log does not hold ----------------------------------------------------------------------------------


def _answers(log: AiLog, named: NamedLog, threshold: float) -> Part:
    """Fit answers on the recognised tickets of a log of intents, if its `correct` says more than its intents do."""
    unsolved = int((named.exact & ~log.correct).sum())
    settings: dict[Key, Any] = {("ai", "answer", "confidence"): "routing"}
    if unsolved >= _LEAST_ANSWERS:
        text = (
            f"of {int(named.exact.sum()):,} recognised tickets {unsolved:,} are marked wrong: `correct` is taken"
            " to judge the answer, and the intents to say whether the ticket was recognised"
        )
        part = _judgement("answer", log.confidence, log.correct, named, threshold, among=named.exact)
        return _together([Part(settings, findings=(Notice("note", "ai.answer", text),)), part])
    remedy = (
        "have the AI's answers judged, too (a log with confidence and correct, without intents), or say what you"
        " expect: --set 'ai.answer.calibration={shift: 0, scale: 1}' takes the AI at its word, a lower shift is worse"
    )
    what = "how often an answer solves the issue once the intent is recognised"
    note = "A log of its answers (confidence and correct, without intents) would tell; else say what you expect."
    return Part(settings, missing=(Missing(("ai", "answer", "calibration"), what, remedy, note),))


def _after_wrong() -> Part:
    """Ask for what customers do with a wrong answer: no log of judgements can tell."""
    remedy = (
        "follow up wrong answers of a trial, or state it: --set ai.after_wrong.noticed=40%"
        " --set ai.after_wrong.returns=40% --set ai.after_wrong.lost=20% (the three make 100 %)"
    )
    note = "The three shares make 100 %. Follow up wrong answers of a trial to measure them, or say what you expect."
    fates = {
        "noticed": ("share of wrong answers that customers notice at once", "40 %"),
        "returns": ("share of wrong answers after which customers come back later", "40 %"),
        "lost": ("share of wrong answers after which customers silently give up", "20 %"),
    }
    missing = (
        Missing(("ai", "after_wrong", name), what, remedy, note, example, "share")
        for name, (what, example) in fates.items()
    )
    return Part(missing=tuple(missing))


# -- in words ----------------------------------------------------------------------------------------------------


def _about_the_log(log: AiLog, named: NamedLog) -> Part:
    findings = list(named.findings)
    if len(log) < _FEW:
        text = f"has {len(log):,} judgements: too few to tell how often the AI is right when it is very sure"
        findings.append(Notice("warning", "ai", text))
    if not log.is_routing:
        text = (
            "the AI's log does not say both true and predicted intents: it is taken to judge answers, and the scenario"
            " takes the intent for known (as from a form). Log both columns to measure routing"
        )
        findings.append(Notice("note", "ai.routing", text))
    elif contrary := int((log.correct & ~named.exact).sum()):
        text = f"{contrary:,} judgements are marked correct although true and predicted intent differ: counted as wrong"
        findings.append(Notice("warning", "ai.routing", text))
    few = int((named.exact & ~log.correct).sum()) if log.is_routing else 0
    if 0 < few < _LEAST_ANSWERS:
        text = f"{few} recognised tickets are marked wrong: too few to fit answers on, counted as recognised"
        findings.append(Notice("note", "ai.answer", text))
    return Part(findings=tuple(findings))


def _about_the_curve(stage: str, judged: Judgements, chosen: Choice) -> list[Notice]:
    path = f"ai.{stage}.calibration"
    findings = []
    if chosen.falls:
        text = "the AI is no more often right where it says it is surer: no threshold on this confidence sorts its work"
        findings.append(Notice("warning", path, text))
    if len(judged.stated) == 1:
        text = f"the AI always states {judged.stated[0]:.0%}: a threshold lets all or nothing pass"
        findings.append(Notice("warning", path, text))
    if judged.correct.all() or not judged.correct.any():
        word = "right" if judged.correct.all() else "wrong"
        text = f"all {len(judged):,} judgements are {word}: the curve rests on that count alone, and its range is wide"
        findings.append(Notice("warning", path, text))
    return findings


def _about_intents(stage: str, spread: float, n: int) -> Notice:
    path = f"ai.intents.*.{stage}.calibration"
    if not spread:
        text = f"at the same confidence the AI is as often right on each of {n} intents, as far as its log can tell"
    else:
        text = (
            f"{n} intents differ in how often the AI is right at the same confidence (log-odds, standard deviation"
            f" {spread:.2f}); rare ones are drawn toward the general curve"
        )
    return Notice("note", path, text)


def _comment(stage: str, evidence: AiEvidence, distance: float, is_beta: bool) -> str:
    what = "recognises the intent" if stage == "routing" else "is right"
    beta = f"within {distance:.1%}, so it stands" if is_beta else f"off by {distance:.1%}, so quantiles stand"
    return (
        f"Says {evidence.stated:.0%} on average and {what} in {evidence.right.value:.0%}. A beta distribution of"
        f" confidence is {beta}. Log-loss {evidence.held_out[evidence.form]:.4f} on rows not fitted"
        f" ({evidence.log_loss_stated:.4f} at the AI's word)."
    )


def _together(parts: Sequence[Part]) -> Part:
    settings: dict[Key, Any] = {}
    comments: dict[Key, str] = {}
    sources: dict[str, str] = {}
    for part in parts:
        settings |= part.settings
        comments |= part.comments
        sources |= part.sources
    findings = tuple(finding for part in parts for finding in part.findings)
    missing = tuple(one for part in parts for one in part.missing)
    return Part(settings, comments, sources, findings, missing, tuple(one for part in parts for one in part.evidence))
