"""Sweeps: the grid's KPIs, what is worth having, inputs without effect, charts, files and the command line."""

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.report.charts import theme
from simulator.report.charts.theme import title_of
from simulator.report.render.csv import frame_of
from simulator.report.render.html import write_page
from simulator.report.sweep import charts, sentences
from simulator.report.sweep.view import page_of
from simulator.scenario import Scenario
from simulator.studies.compare.comparison import chosen_kpis
from simulator.studies.running.batch import run_variants
from simulator.studies.sweep.grid import grid, read_axes, with_reference
from simulator.studies.sweep.sweeping import (
    SWEPT,
    FrontPlace,
    Sweep,
    idle_axes,
    is_dominated,
    left_out,
    overruled_axes,
    pareto_places,
    tied_with_best,
)
from tests.cli.test_cli import TINY, refused, ticketflow
from tests.report.test_report import desk
from tests.studies.compare.test_compare import study_of
from tests.support.desks import pilot_desk
from tests.support.pages import outer_references, read

POINTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12)


def swept(scenario: Scenario, *texts: str, replications: int = 3) -> Sweep:
    axes = read_axes(texts)
    cells = grid(scenario, axes)
    variants, reference = with_reference(scenario, cells)
    studies = run_variants(variants, replications=replications, workers=1)
    return Sweep(axes, cells, studies, reference, chosen_kpis([cell.scenario for cell in cells], (), SWEPT))


@pytest.fixture(scope="module")
def line() -> Sweep:
    return swept(desk(arrivals={"per_week": 300}), "policy.answer_threshold=0.5:0.9:0.1", replications=5)


@pytest.fixture(scope="module")
def plane() -> Sweep:
    return swept(desk(), "policy.answer_threshold=0.6,0.9", "teams.care.shifts[0].agents=1:3:1")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("scenarios") / "tiny.yaml"
    file.write_text(TINY)
    return file


# -- the front -------------------------------------------------------------------------------------------------


@given(POINTS)
def test_the_front_is_what_a_pairwise_search_leaves(points):
    def beats(one, other):
        pairs = list(zip(one, other, strict=True))
        return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)

    found = is_dominated(np.array(points, dtype=float))
    assert found.tolist() == [any(beats(one, point) for one in points) for point in points]
    assert not found.all()


def test_places_say_what_may_be_chance():
    noise = np.array([-1.0, 1.0, -1.0, 1.0, 0.0, 0.0])
    sure = np.zeros(6)
    good = np.array([sure, sure])
    values = np.array([
        good,
        good + 1,  # worse in both, in every replication
        [sure + noise + 0.01, sure + 0.01],  # its second objective is surely worse, its first not surely better
        [sure + noise + 0.01, sure],  # no worse than by chance
        [sure + noise - 0.01, sure + 1],  # a better mean that may be chance, at a price that is sure
        [sure - 3, sure + 2],  # surely better in one
    ])  # fmt: skip
    assert pareto_places(values) == [
        FrontPlace.FRONT, FrontPlace.OFF, FrontPlace.OFF, FrontPlace.OFF_UNSURE, FrontPlace.FRONT_UNSURE,
        FrontPlace.FRONT,
    ]  # fmt: skip


    # Equal differences in five replications happen by chance in one of sixteen cases.
    few = values[:, :, :5]
    assert pareto_places(few)[1] == FrontPlace.OFF_UNSURE


def with_figures(sweep: Sweep, figures: dict[str, dict[str, list[float]]]) -> Sweep:
    """Make a sweep that found given figures, by cell and KPI."""
    studies = {**sweep.studies, **{name: study_of(sweep.base, found) for name, found in figures.items()}}
    return dataclasses.replace(sweep, studies=studies)


@pytest.mark.slow
def test_a_figure_that_is_missing_once_leaves_its_replication_out(line):
    names = [variant.name for variant in line.variants]
    gone, noise = float("nan"), np.array([0.0, 1.0, -1.0, 2.0, -2.0, 0.5, 0.7, 0.1])
    figures = {
        name: {
            "cost_total": (100 + number + noise).tolist(),
            "sla_breach": (0.2 + 0.01 * number + 0.001 * noise).tolist(),
            "csat_mean": (4 - 0.1 * number + 0.01 * noise).tolist(),
        }
        for number, name in enumerate(names)
    }
    whole = with_figures(line, figures)
    assert left_out(whole) == []
    # Were it not for the first replication, in which the last cell's figure is missing, the last would cost least.
    figures[names[-1]]["cost_total"][0], figures[names[0]]["csat_mean"][0] = -1e9, gone
    found = with_figures(line, figures)
    assert found.objectives == whole.objectives
    assert found.weighed.shape == (5, 3, 7)
    assert found.places == whole.places == {names[0]: FrontPlace.FRONT, **dict.fromkeys(names[1:], FrontPlace.OFF)}
    assert [variant.name for variant in found.front()] == names[:1]
    pareto = frame_of(page_of(found).table("pareto"))
    assert pareto.cost_total.tolist() == [np.mean(figures[name]["cost_total"][1:]) for name in names]
    assert left_out(found) == [
        "the Pareto front weighs 7 of 8 replications; in the others some setting lacks a value"
    ]


def test_a_kpi_that_exists_too_seldom_is_not_weighed(line):
    gone = float("nan")
    csat = [[4.0, gone, 4.0], [gone, 4.0, 4.0], [4.0, 4.0, 4.0], [4.0, 4.0, 4.0], [4.0, 4.0, 4.0]]
    figures = {
        variant.name: {"cost_total": [1.0, 2.0, 3.0], "sla_breach": [0.1, 0.2, 0.3], "csat_mean": csat[number]}
        for number, variant in enumerate(line.variants)
    }
    found = with_figures(line, figures)
    assert found.objectives == ("cost_total", "sla_breach")
    assert found.weighed.shape == (5, 2, 3)
    assert left_out(found) == [
        "csat_mean has no value in some setting in too many of 3 replications; the Pareto front leaves it out"
    ]


def test_the_front_weighs_cost_breaches_and_csat(line):
    assert line.objectives == ("cost_total", "sla_breach", "csat_mean")
    means = np.column_stack([line.means("cost_total"), line.means("sla_breach"), -line.means("csat_mean")])
    on = {variant.name for variant in line.front()}
    assert on == {variant.name for variant, out in zip(line.variants, is_dominated(means), strict=True) if not out}


def test_a_desk_without_costs_and_csat_has_no_front():
    bare = swept(desk(costs=None, csat=None), "policy.answer_threshold=0.6,0.9", replications=2)
    assert bare.objectives == ("sla_breach",)
    assert bare.places == {}
    assert sentences.front(bare) == ""
    assert {chart.key for chart in page_of(bare).charts} == {"curves"}


# -- what inputs do --------------------------------------------------------------------------------------------


def test_a_lower_threshold_lets_the_ai_answer_more(line):
    assert (np.diff(line.means("automated_resolution")) < 0).all()
    assert line.shape == (5,)


def test_the_best_value_is_named_with_its_equals(line):
    best, tied = tied_with_best(line, "automated_resolution")
    assert (best.name, tied) == ("policy.answer_threshold=0.5", ())
    assert tied_with_best(line, "occupancy") == (None, ())
    assert sentences.answer(line).startswith("With policy.answer_threshold varied, CSAT is ")


def test_an_input_without_effect_is_told_with_the_reason():
    phased = pilot_desk(
        weeks=1, policy={"phases": [{"name": "all", "from_week": 1, "mode": "auto", "answer_threshold": 0.8}]}
    )
    found = swept(
        phased, "policy.answer_threshold=0.5,0.9", "policy.phases[0].answer_threshold=0.7,0.9", replications=2
    )
    hint = "the phases give their own in every week; change policy.phases[0].answer_threshold, say"
    assert idle_axes(found) == [f"policy.answer_threshold has no effect: every KPI is the same at all 2 values; {hint}"]
    assert overruled_axes(found.axes, found.variants) == [f"policy.answer_threshold has no effect: {hint}"]


def test_inputs_with_effect_are_not_told(line, plane):
    assert idle_axes(line) == []
    assert idle_axes(plane) == []


# -- charts ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_each_kind_of_sweep_has_its_charts(line, plane):
    assert [chart.key for chart in page_of(line).charts] == ["curves", "pareto"]
    assert [chart.key for chart in page_of(plane).charts] == ["heat", "pareto"]
    words = swept(desk(), "policy.mode=off,auto", replications=2)
    assert next(page_of(words).charts).key == "values"
    many = swept(desk(), "policy.answer_threshold=0.6,0.9", "weeks=1,2", "drain=1d,2d", replications=2)
    assert [chart.key for chart in page_of(many).charts] == ["pareto"]


def test_titles_state_the_finding(line, plane):
    with theme.themed():
        curves, heat = charts.curves(line), charts.heat_maps(plane)
    first, last = (line.studies[line.variants[place].name].estimate("sla_breach").mean for place in (0, -1))
    size = f"{100 * (last - first):.1f} points"
    assert f"Taking policy.answer_threshold from 0.5 to 0.9 raises SLA breaches by {size}" in title_of(curves)
    assert "total cost is lowest at answer_threshold 0.9, agents 1" in title_of(heat)
    for chart in (*page_of(line).charts, *page_of(plane).charts):
        assert len(chart.alt) > 100


def test_a_heat_map_holds_every_mean(plane):
    with theme.themed():
        figure = charts.heat_maps(plane)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == [f"{mean:.1%}" for mean in plane.means("sla_breach").T.ravel()] or texts == [
        f"{mean:.1%}" for mean in plane.means("sla_breach").ravel()
    ]


def test_short_names_tell_inputs_apart():
    found = swept(desk(), "teams.care.shifts[0].agents=2", "weeks=1,2", replications=2)
    assert sentences.axis_names(found) == ["agents", "weeks"]
    assert sentences.label(found, found.variants[0]) == "agents 2, weeks 1"


@pytest.mark.slow
def test_the_page_is_safe_and_whole(plane, tmp_path):
    write_page(page_of(dataclasses.replace(plane, warnings=("<script>alert(1)</script>",))), tmp_path)
    page = (tmp_path / "report.html").read_text()
    reader = read(page)
    assert outer_references(page) == []
    assert len(reader.ids) == len(set(reader.ids))
    assert page.count('role="img"') == 2


# -- the command -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_sweep_writes_tables_charts_and_page(tiny, tmp_path):
    out = tmp_path / "o"
    code, printed, told = ticketflow(
        "sweep", str(tiny), "--vary", "policy.answer_threshold=0.7:0.9:0.1", "-n", "2", "--workers", "1",
        "--out", str(out),
    )  # fmt: skip
    assert (code, told) == (0, "")
    assert {path.name for path in out.iterdir()} >= {"summary.csv", "pareto.csv", "manifest.json", "report.html"}
    assert sorted(path.name for path in (out / "figures").iterdir()) == ["01_curves.png", "02_pareto.png"]
    summary = pd.read_csv(out / "summary.csv")
    assert summary.columns.tolist() == [
        "variant", "policy.answer_threshold", "kpi", "unit", "mean", "ci_low", "ci_high", "replications"
    ]  # fmt: skip
    assert set(summary["policy.answer_threshold"]) == {0.7, 0.8, 0.9}
    assert set(pd.read_csv(out / "pareto.csv").place) <= {str(place) for place in FrontPlace}
    assert "Made of 3 settings, 2 replications each, seed 1." in " ".join(printed.split())
    manifest = json.loads((out / "manifest.json").read_text())
    assert [variant["settings"]["policy.answer_threshold"] for variant in manifest["variants"]] == ["0.7", "0.8", "0.9"]


@pytest.mark.slow
def test_sweep_prints_json(tiny, tmp_path):
    code, printed, _ = ticketflow(
        "sweep", str(tiny), "--vary", "teams.support.agents=1,2", "--kpi", "aht", "-n", "2", "--workers", "1", "--json",
        "--out", str(tmp_path / "o"),
    )  # fmt: skip
    assert code == 0
    found = json.loads(printed)
    assert found["as_is"] == "teams.support.agents=2"
    assert [row["settings"] for row in found["settings"]] == [
        {"teams.support.agents": "1"},
        {"teams.support.agents": "2"},
    ]
    assert set(found["settings"][0]["kpis"]) == {"aht"}


def test_bad_sweeps_are_refused_and_nothing_is_written(tiny, tmp_path):
    out = ["-n", "2", "--workers", "1", "--out", str(tmp_path / "o")]
    assert "a sweep varies something; give --vary" in refused("sweep", str(tiny), *out)
    told = refused("sweep", str(tiny), "--vary", "weeks=0,1", "--vary", "polcy.mode=auto", *out)
    assert told.splitlines() == [
        "--vary weeks=0,1: weeks is 0; must be a whole number from 1 to 520",
        "--vary polcy.mode=auto: polcy is not a known key; did you mean policy?",
    ]
    assert "replications is 1; must be 2 or more" in refused("sweep", str(tiny), "--vary", "weeks=1,2", *out, "-n", "1")
    assert not (tmp_path / "o").exists()


@pytest.mark.slow
def test_text_that_a_spreadsheet_would_run_is_harmless(tiny, tmp_path):
    out = tmp_path / "o"
    code, _, _ = ticketflow(
        "sweep", str(tiny), "--vary", 'description="=cmd()","<script>alert(1)</script>"', "-n", "2", "--workers", "1",
        "--out", str(out),
    )  # fmt: skip
    assert code == 0
    for file in out.glob("*.csv"):
        with file.open(newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t"))]
    page = (out / "report.html").read_text()
    assert "<script>alert" not in page
    assert "description has no effect" in page


@pytest.mark.slow
def test_a_sweep_runs_until_every_setting_is_precise(tiny: Path, tmp_path: Path) -> None:
    many = ("--set", "arrivals.per_week=2000", "--precision-kpi", "automated_resolution")
    words = ("sweep", str(tiny), "--vary", "teams.support.agents=2,3", *many, "--precision", "4%")
    limits = ("--min-replications", "3", "--max-replications", "60", "--workers", "1", "--json")
    code, printed, told = ticketflow(*words, *limits, "--out", str(tmp_path / "o"))
    assert (code, told) == (0, "")
    found = json.loads(printed)
    assert found["warnings"] == []
    assert 3 <= found["replications"] < 60
    code, printed, told = ticketflow(*words, "-n", "3", "--out", str(tmp_path / "p"))
    assert code == 2
    assert told.startswith("--replications: is 3; with --precision the replications follow from it")
    assert not (tmp_path / "p").exists()


@pytest.mark.slow
def test_a_sweep_that_stays_imprecise_says_so(tiny: Path, tmp_path: Path) -> None:
    words = ("sweep", str(tiny), "--vary", "teams.support.agents=2,3", "--precision", "0.01%", "--precision-kpi", "aht")
    limits = ("--min-replications", "2", "--max-replications", "2", "--workers", "1", "--json")
    code, printed, _ = ticketflow(*words, *limits, "--out", str(tmp_path / "o"))
    assert code == 0
    warnings = json.loads(printed)["warnings"]
    assert len(warnings) == 2  # the scenario as it is has two agents
    assert all("aht of" in text and "did not reach a precision of 0.01% in 2 replications" in text for text in warnings)
