"""The page of assumptions lists every figure, changes one as a file would, and says what that moves."""

import re
from html import escape
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from simulator.app.views.assumptions import compared_kpis
from simulator.report.assumptions import assumptions, basis_of, counts_in_words, kpi_tornado, swing_cells
from simulator.report.charts import theme
from simulator.scenario import Scenario, assumption_ledger, load_scenario, override, shipped_scenarios
from simulator.studies.compare.comparison import differences_of
from simulator.studies.roi.inputs import uncertain_inputs
from simulator.studies.roi.sensitivity import kpi_swings
from simulator.studies.running.live import LiveRunner
from simulator.studies.running.results import Replications
from simulator.studies.running.variants import Variant
from tests.support.app_desks import SMALL
from tests.support.app_pages import page, told

PAGE = "simulator.app.views.assumptions"
REFUND = "intents.refund.handle.mean"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "desk.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def typed(test: AppTest, path: str, text: str) -> AppTest:
    """Choose a figure and type a value for it."""
    next(box for box in test.selectbox if box.key == "assumption-figure").set_value(path).run()
    field = next(one for one in test.text_input if one.key and one.key.startswith(f"figure:{path}@"))
    return field.set_value(text).run()


@pytest.mark.parametrize("shipped", shipped_scenarios(), ids=lambda shipped: shipped.stem)
def test_every_figure_of_the_ledger_is_listed_with_its_meaning(shipped: Path) -> None:
    scenario = load_scenario(shipped)
    rows = assumptions(scenario)
    assert [(row.path, row.kind) for row in rows] == [(row.path, row.kind) for row in assumption_ledger(scenario)]
    assert all(row.meaning and row.value and row.words for row in rows)


def test_figures_are_told_in_their_units_and_whether_they_are_stated(file: Path) -> None:
    rows = {row.path: row for row in assumptions(load_scenario(file))}
    refund = rows[REFUND]
    assert (refund.words, refund.value, refund.range) == ("intents › refund › handle › mean", "12m", "10m to 14m")
    assert refund.source == "measured: May export, n=212"
    assert refund.is_stated
    assert rows["costs.agent_per_hour"].value == "25 USD"
    assert rows["teams.support.shifts[0].agents"].words == "teams › support › shift 1 › agents"
    assert not rows["ai.handover.handle_factor"].is_stated
    assert refund.matches("REFUND may")
    assert not refund.matches("refund june")


@pytest.mark.slow
def test_a_value_that_is_typed_changes_the_desk_and_says_what_it_moves(file: Path) -> None:
    test = typed(page(PAGE, file), REFUND, "20m")
    assert not test.exception
    session = test.session_state["session"]
    figure = session.scenario.intents["refund"].handle.mean
    assert float(figure) == 20
    assert figure.source == "assumed: tried by hand, not measured"
    assert "lengthens handle time" in told(test)
    test = typed(test, REFUND, '{value: 8m, low: 6m, high: 11m, source: "measured: June"}')
    figure = session.scenario.intents["refund"].handle.mean
    assert (float(figure), figure.low, figure.high, figure.source) == (8, 6, 11, "measured: June")
    assert {"Before the last change", "As loaded"} == set(test.segmented_control[0].options)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-3m", "new value: intents.refund.handle.mean is '-3m'; must be a duration, above 0, such as 8m"),
        ("+5%", "new value: intents.refund.handle.mean is +5%; must be + and a number or a duration"),
        ("soon", "must be a duration such as 90s, 8m, 1h 30m or 2d"),
        ("{value: 8m, low: 9m, high: 10m}", "must keep low <= value <= high"),
        ("[1, 2", "is no valid YAML"),
        ("{value: 8m, colour: red}", "or a mapping with value and any of low, high, n, source"),
        ("!!python/object:x 1", "remove the tag"),
        ("<script>alert(1)</script>", "must be a duration"),
    ],
)
def test_a_value_that_does_not_fit_is_told_beside_the_field_and_changes_nothing(
    file: Path, text: str, message: str
) -> None:
    test = typed(page(PAGE, file), REFUND, text)
    assert not test.exception
    assert escape(message, quote=True) in told(test)
    assert "Nothing was changed." in told(test)
    assert "<script" not in told(test)
    assert test.session_state["session"].settings.changes == ()


def test_plus_adds_to_what_is_there(file: Path) -> None:
    test = typed(page(PAGE, file), REFUND, "+90s")
    assert not test.exception
    session = test.session_state["session"]
    assert float(session.scenario.intents["refund"].handle.mean) == 13.5
    # Kept as the value that it comes to, so that links and saved files add nothing twice.
    assert session.settings.changes == ((REFUND, '{"value": 13.5, "source": "assumed: tried by hand, not measured"}'),)


def test_each_change_can_be_taken_back_alone(file: Path) -> None:
    test = page(PAGE, file, set=["policy.answer_threshold=0.7", f"{REFUND}=9m"])
    next(button for button in test.button if button.key and button.key.startswith("back:0@")).click().run()
    session = test.session_state["session"]
    assert session.settings.changes == ((REFUND, "9m"),)
    session.undo()
    assert len(session.settings.changes) == 2


def test_a_search_finds_figures_by_words_and_by_kind_of_source(file: Path) -> None:
    test = page(PAGE, file)
    next(box for box in test.text_input if box.key == "assumption-search").set_value("refund handle").run()
    options = next(box for box in test.selectbox if box.key == "assumption-figure").options
    assert any("refund › handle › mean" in name for name in options)
    assert all("refund" in name for name in options)
    next(box for box in test.selectbox if box.key == "assumption-kind").set_value("measured").run()
    options = next(box for box in test.selectbox if box.key == "assumption-figure").options
    assert options == ["intents › refund › handle › mean", "intents › refund › handle › cv"]
    next(box for box in test.text_input if box.key == "assumption-search").set_value("no such figure").run()
    assert "No figure fits" in told(test)
    assert not test.exception


@pytest.mark.slow
def test_swings_are_paired_differences_between_the_ends_of_the_range(file: Path) -> None:
    scenario, runner = load_scenario(file), LiveRunner()

    def simulate(moved: Scenario) -> Replications:
        return runner.replicate(moved, 3)

    inputs = [one for one in uncertain_inputs(scenario)[0] if one.name == REFUND]
    (swing,), refused = kpi_swings(scenario, inputs, "aht", simulate)
    low, high = (simulate(override(scenario, {REFUND: value})) for value in (10, 14))
    assert not refused
    assert swing.ends == (10, 14)
    assert swing.found.mean == pytest.approx(float(np.mean(high.values("aht") - low.values("aht"))))
    assert swing.found.mean > 0
    with theme.themed():
        figure = kpi_tornado([swing], simulate(scenario), "aht")
    assert theme.title_of(figure).startswith(f"{REFUND} moves handle time: by ")
    assert swing_cells(swing, simulate(scenario), "aht")[:3] == (REFUND, "10m", "14m")


def test_what_a_change_moves_is_the_comparison_that_the_command_line_makes(file: Path) -> None:
    runner, scenario = LiveRunner(), load_scenario(file)
    test = page(PAGE, file, set=f"{REFUND}=20m", n="4")
    changed = test.session_state["session"].scenario
    variants = [Variant("as loaded", scenario), Variant("the desk now", changed, base=scenario)]
    found = differences_of(variants, {one.name: runner.replicate(one.scenario, 4) for one in variants}, ["aht"])
    (row,) = found.differences
    assert f"+{row.found.mean:.1f} min [" in told(test)


@pytest.mark.parametrize("shipped", shipped_scenarios(), ids=lambda shipped: shipped.stem)
def test_figures_are_counted_as_the_report_counts_them(shipped: Path) -> None:
    scenario = load_scenario(shipped)
    ledger, basis = assumption_ledger(scenario), basis_of(scenario, "", "")
    told = counts_in_words(ledger)
    assert told.startswith(f"Results rest on {basis.total} figures: ")
    beside = [int(number) for number in re.findall(r"(\d+) (?:by definition|of the pilot's)", told)]
    assert basis.total + sum(beside) == len(ledger)


def test_totals_of_different_lengths_are_not_compared(file: Path) -> None:
    test = page(PAGE, file, set="weeks=2", n="4")
    assert "totals of different lengths are left out; cost is compared per ticket" in told(test)
    assert "total cost" not in told(test)
    before = load_scenario(file)
    kpis, note = compared_kpis(before, override(before, {"weeks": float(before.weeks) + 1}))
    assert "cost_per_ticket" in kpis
    assert not {"cost_total", "net_value_capacity", "net_value_cash"} & set(kpis)
    assert note
    later, begins = compared_kpis(before, override(before, {"start": "2026-03-30"}))
    assert "cost_total" in later
    assert begins.startswith("The weeks begin on 2026-03-30 now")
    assert compared_kpis(before, before)[1] == ""


def test_a_figure_is_offered_without_a_value_that_may_be_gone(file: Path) -> None:
    test = typed(page(PAGE, file), REFUND, "20m")
    box = next(box for box in test.selectbox if box.key == "assumption-figure")
    assert box.value == REFUND
    assert "intents › refund › handle › mean" in box.options
    assert "It is 20m" in told(test)
