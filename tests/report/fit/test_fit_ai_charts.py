"""Charts of a shadow log: each draws without a warning, and its title states what was found."""

from __future__ import annotations

import dataclasses
import io
import re
from typing import Any

import numpy as np
import pytest

from simulator.calibration.exports.ai_log import AiLog
from simulator.calibration.fit.ai import AiEvidence, fit_ai
from simulator.report.charts import theme
from simulator.report.charts.svg import inline_svg
from simulator.report.finding import Chart
from simulator.report.fit.ai_charts import MOST_INTENTS, charts
from tests.support.shadow_logs import log_of, platt, routing_log, s_shaped


def drawn(log: AiLog) -> dict[str, Chart]:
    found = [chart for evidence in fit_ai(log, None).evidence for chart in charts(evidence)]
    for chart in found:
        with theme.themed():
            chart.figure.savefig(io.BytesIO(), format="png", dpi=40)
    return {chart.key: chart for chart in found}


def titles(log: AiLog) -> dict[str, str]:
    return {key: theme.title_of(chart.figure) for key, chart in drawn(log).items()}


@pytest.mark.parametrize(
    ("log", "finding"),
    [
        (log_of(2000, 1, platt(1.5, 1)), "The AI knows more than it says: it says 73.3% on average and is right in"),
        (log_of(2000, 1, platt(-1.5, 1)), "The AI says more than it knows: it says 73.3% on average and is right in"),
        (log_of(2000, 1, s_shaped), "The AI is too sure at some confidences and not sure enough at others"),
        (log_of(500, 1, platt(0, 1)), "Nothing in 500 judgements speaks against the AI's word"),
        (log_of(200_000, 1, platt(0, 1)), "The AI is as good as its word"),
    ],
)
def test_the_title_says_whether_the_ai_is_as_good_as_its_word(log: AiLog, finding: str) -> None:
    assert titles(log)["ai_answer_reliability"].startswith(finding)


def test_the_threshold_chart_says_what_each_threshold_gets_and_lets_go() -> None:
    log = log_of(2000, 1, platt(0, 1))
    shares = [(log.confidence >= threshold).mean() for threshold in (0.5, 0.95)]
    right = [log.correct[log.confidence >= threshold].mean() for threshold in (0.5, 0.95)]
    found = [float(text) / 100 for text in re.findall(r"([\d.]+)%", titles(log)["ai_answer_thresholds"])]
    assert found == pytest.approx([0.5, right[0], shares[0], 0.95, right[1], shares[1]], abs=0.0051)


@pytest.mark.slow
def test_the_weakest_intent_is_named_first_and_no_more_than_twenty_are_shown() -> None:
    shifts = {f"intent {number}": -1.5 if number == 7 else 1.0 for number in range(30)}
    chart = drawn(routing_log(9000, 1, shifts))["ai_routing_intents"]
    # The log's mistakes on intent 7 are taken for intent 8, so there the AI's word is weakest.
    assert "weakest for intent 8:" in theme.title_of(chart.figure)
    assert len(chart.figure.axes[0].get_yticks()) == MOST_INTENTS
    assert chart.figure.axes[0].get_yticklabels()[0].get_text() == "intent 8"


@pytest.mark.parametrize("confidence", [[0.2, 0.3], [0.8, 0.8], [1.0, 1.0], [0.0, 1.0]])
@pytest.mark.parametrize("correct", [[True, True], [False, False], [False, True]])
def test_two_judgements_draw_too(confidence: list[float], correct: list[bool]) -> None:
    found = titles(AiLog(np.array(confidence), np.array(correct)))
    assert set(found) == {"ai_answer_reliability", "ai_answer_thresholds"}
    assert found["ai_answer_thresholds"].startswith("Too few judgements")


def test_names_of_intents_cannot_break_the_page() -> None:
    hostile = {"<script>alert(1)</script>": 0.0, "$x_{1}$ & \\frac": 0.0, "ひらがな": 0.5}
    for chart in drawn(routing_log(600, 1, hostile)).values():
        with theme.themed():
            svg = inline_svg(chart.figure, chart.key, chart.alt)
        assert "<script" not in svg


def test_the_alternative_text_holds_the_figures() -> None:
    found = drawn(log_of(2000, 1, platt(0, 1)))
    assert "n = 2,000" in found["ai_answer_reliability"].alt
    assert "85%: " in found["ai_answer_thresholds"].alt


def test_no_chart_by_intent_without_a_judgement_at_the_threshold() -> None:
    log = routing_log(300, 1, {"a": 0.0, "b": 0.0})
    unsure = dataclasses.replace(log, confidence=log.confidence * 0.4)
    assert set(drawn(unsure)) == {"ai_routing_reliability", "ai_routing_thresholds"}
    (evidence,) = fit_ai(unsure, None).evidence
    kept: Any = evidence
    assert isinstance(kept, AiEvidence)
    assert kept.predicted == ()
