"""A fitted scenario is written as people write one, and says after reading what was put in."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.base.errors import ExportError, ScenarioError
from simulator.base.quantities import Figure
from simulator.calibration.fit.estimate import Missing, Part, measured
from simulator.calibration.fit.fitting import GIVEN, Draft
from simulator.calibration.fit.scenario_text import decimals_of, scenario_text, unwritten
from simulator.scenario import Scenario, scenario_from
from simulator.scenario.yaml_text import parse_yaml

FRAME = {"name": "Desk", "start": "2026-01-05", "weeks": 4}


def a_draft() -> Draft:
    draft = Draft(dict(FRAME))
    draft.add(
        Part(
            settings={
                ("arrivals", "per_week"): measured(1203.4567, 1150.2, 1260.9, 9627),
                ("arrivals", "profile"): {"mon-fri": [0.0] * 8 + [1.23456] * 16},
                ("intents", "how to: #1", "share"): measured(0.3, 0.28, 0.32, 9627),
                ("intents", "how to: #1", "handle"): {
                    "form": "lognormal", "mean": measured(8.34567, 8.1, 8.6, 900),
                    "cv": measured(0.91234, 0.85, 0.97, 900),
                },
                ("intents", "yes", "share"): Figure(0.7, source="measured: n=9,627 tickets"),
                ("intents", "yes", "handle"): {"quantiles": [[0.0, 0.25], [0.5, 6.1234567], [1.0, 90.0]]},
                ("handling", "reopen", "delay"): {"form": "exponential", "mean": Figure(4321.0, source="assumed")},
                ("teams", "support", "agents"): Figure(4.0, source="measured: roster.csv"),
            },
            comments={("arrivals", "profile"): "By hour of the week; " * 12, ("intents", "yes"): "A line."},
            sources={"intents.*.handle.quantiles*": "measured: n=50 tickets"},
        )
    )  # fmt: skip
    return draft


def the_text(draft: Draft) -> tuple[str, Scenario]:
    scenario = scenario_from(draft.plain())
    return scenario_text(draft.ordered(), scenario, ["First line.", "", "Second."], draft.comments), scenario


def test_the_file_says_what_was_measured_to_what_its_intervals_can_tell_apart() -> None:
    text, scenario = the_text(a_draft())
    read = scenario_from(parse_yaml(text, "file")[0])
    for path in ("arrivals.per_week", "intents.yes.share"):
        first, second = path.split(".")[0], path.split(".")[1:]
        before, after = getattr(scenario, first), getattr(read, first)
        for step in second:
            before, after = (
                node[step] if hasattr(node, "keys") else getattr(node, step) for node in (before, after)
            )
        width = (before.high - before.low) if before.low is not None else before * 0.1
        assert abs(after - before) <= width / 100
        assert (after.n, after.source) == (before.n, before.source)
    assert read.intents["how to: #1"].handle == scenario.intents["how to: #1"].handle.model_copy(
        update={"mean": read.intents["how to: #1"].handle.mean, "cv": read.intents["how to: #1"].handle.cv}
    )
    assert read.sources == scenario.sources


def test_durations_and_shares_are_written_as_people_write_them() -> None:
    text, _ = the_text(a_draft())
    assert "mean: {value: 8.346m, low: 8.1m, high: 8.6m, n: 900, source: 'measured: n=900 tickets'}" in text
    assert "share: {value: 30%, low: 28%, high: 32%, n: 9627, source: 'measured: n=9,627 tickets'}" in text
    assert "quantiles: [[0, 15s], [0.5, 6.123m], [1, 90m]]" in text
    assert "mean: {value: 3.001d, source: assumed}" in text
    assert text.startswith("# First line.\n#\n# Second.\n\nname: Desk\n")
    assert "\n  # By hour of the week; By hour of the week;" in text
    assert "\n  # A line.\n  yes:" in text or "\n  # A line.\n  'yes':" in text
    assert max(map(len, text.splitlines())) < 200


@given(
    st.floats(1e-6, 1e6), st.floats(0, 0.5), st.floats(0, 0.5), st.sampled_from(["number", "minutes"])
)  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_rounding_keeps_the_value_inside_its_interval(value: float, below: float, above: float, unit: str) -> None:
    low, high = value * (1 - below), value * (1 + above)
    decimals = decimals_of(value, low, high)
    shown = [round(end, decimals) for end in (low, value, high)]
    assert shown == sorted(shown)
    if high > low:
        assert abs(shown[1] - value) <= (high - low) / 100 or decimals == 12
    assert math.isfinite(shown[1])


def test_what_the_user_gives_is_marked_as_theirs_and_closes_gaps() -> None:
    draft = a_draft()
    draft.missing.append(Missing(("sla", "first_response", "default"), "target", "give --set sla...=4h", ""))
    draft.missing.append(Missing(("intents", "*", "reopen"), "share", "give --set intents.*.reopen=1%", ""))
    with pytest.raises(ExportError) as caught:
        draft.refuse_gaps()
    assert [str(problem) for problem in caught.value.problems] == [
        "fit: sla.first_response.default (target) is in no file that was given; give --set sla...=4h",
        "fit: intents.*.reopen (share) is in no file that was given; give --set intents.*.reopen=1%",
    ]
    draft.give(["sla.first_response.default=4h", "intents.*.reopen=2%"])
    draft.refuse_gaps()
    scenario = scenario_from(draft.plain())
    assert [float(intent.reopen or 0) for intent in scenario.intents.values()] == [0.02, 0.02]
    assert scenario.source_of("sla.first_response.default", scenario.sla.first_response["default"]) == GIVEN
    assert scenario.source_of("intents.yes.reopen") == GIVEN


def test_a_figure_that_the_user_gives_with_its_source_keeps_it() -> None:
    draft = a_draft()
    draft.give(['intents.yes.handle={value: 7m, low: 6m, high: 8m, source: "measured: time study"}'])
    scenario = scenario_from(draft.plain())
    handle = scenario.intents["yes"].handle
    assert handle.mean == 7
    assert handle.mean.source == "measured: time study"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("handle", "--set handle: has no =; must be path=value, such as intents.*.handle=8m"),
        ("intent.yes.handle=8m", "--set intent.yes.handle=8m: is no part of a scenario; must begin with one of name,"),
        ("tiers.*.share=8m", "--set tiers.*.share=8m: matches nothing; must name a place in the scenario"),
        ("arrivals.per_week.=8", "--set arrivals.per_week.=8: is no path; must be a path such as"),
    ],
)
def test_settings_that_fit_nowhere_are_refused(text: str, message: str) -> None:
    with pytest.raises(ExportError) as caught:
        a_draft().give([text])
    assert str(caught.value).startswith(message)


def test_a_setting_with_a_wrong_value_is_told_by_its_place() -> None:
    draft = a_draft()
    draft.give(["intents.yes.handle=soon"])
    with pytest.raises(ScenarioError, match="intents.yes.handle"):
        scenario_from(draft.plain())


def test_agents_round_the_clock_replace_a_teams_shifts_and_the_other_way_round() -> None:
    draft = a_draft()
    draft.give(["teams.support.shifts=[{days: mon-fri, start: '08:00', end: '17:00', agents: 3}]"])
    assert "agents" not in draft.data["teams"]["support"]
    assert len(scenario_from(draft.plain()).teams["support"].shifts) == 1
    draft.give(["teams.support.agents=6"])
    assert scenario_from(draft.plain()).teams["support"].agents == 6


def test_what_is_above_0_is_not_written_as_0_however_wide_its_interval_is() -> None:
    for figure in ((4.0, 0.02, 2151.0), (0.003, 0.002, 900.0)):
        decimals = decimals_of(*figure)
        assert all(round(one, decimals) > 0 for one in figure)
    assert decimals_of(4.0, 0.0, 2151.0) == 0


def test_assumed_figures_that_nobody_wrote_are_listed_under_the_scenario() -> None:
    draft = a_draft()
    scenario = scenario_from(draft.plain())
    lines = unwritten(draft.ordered(), scenario).splitlines()
    assert lines[1].startswith("# Assumed figures that stand in no export")
    assert "#   handling.transfer.mean: 2m" in lines
    assert "#   handling.negative_sentiment: 10%" in lines
    assert not [line for line in lines if "handling.reopen.delay" in line], "the draft has it"
    assert all(not line or line.startswith("#") for line in lines)
