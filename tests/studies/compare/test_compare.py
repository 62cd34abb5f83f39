"""Comparisons: paired differences on the same customers, in tables, sentences, files and on the command line."""

import csv
import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.base.errors import StudyError
from simulator.base.stats import Estimate, estimate, holm
from simulator.metrics.registry import BY_NAME
from simulator.report.compare import sentences as words
from simulator.report.compare.view import page_of
from simulator.report.render.csv import frame_of
from simulator.report.render.html import write_page
from simulator.report.words import BETTER, SAME, UNCLEAR, WORSE
from simulator.scenario import Scenario, override
from simulator.studies.compare.comparison import (
    CERTAIN,
    COMPARED,
    Comparison,
    chosen_kpis,
    differences_of,
    p_value,
    paired,
)
from simulator.studies.running.batch import run_variants
from simulator.studies.running.results import Replications
from simulator.studies.running.variants import Variant
from tests.cli.test_cli import TINY, refused, ticketflow
from tests.report.test_report import desk
from tests.support.desks import ai_desk, plain_desk
from tests.support.pages import outer_references, read

HOSTILE = "=cmd() <script>alert(1)</script> [/red]"


@pytest.fixture(scope="module")
def base() -> Scenario:
    return desk()


@pytest.fixture(scope="module")
def comparison(base: Scenario) -> Comparison:
    """A real small study: another agent, a lower threshold, and a change without effect."""
    variants = (
        Variant("as is", base),
        Variant("one more", override(base, {"teams.care.shifts[0].agents": 3}), base=base),
        Variant("low", override(base, {"policy.answer_threshold": 0.6}), base=base),
        Variant("renamed", override(base, {"description": "?"}), base=base),
    )
    return differences_of(variants, run_variants(variants, replications=12, workers=1))


@pytest.fixture(scope="module")
def template() -> Replications:
    return run_variants([Variant("x", desk())], replications=2, workers=1)["x"]


def study_of(template: Replications, figures: dict[str, list[float]]) -> Replications:
    """Make a study that found given figures."""
    count = len(next(iter(figures.values())))
    results = []
    for number in range(count):
        arm = dataclasses.replace(template.results[0].arm, kpis={kpi: found[number] for kpi, found in figures.items()})
        results.append(dataclasses.replace(template.results[0], number=number, arm=arm))
    return dataclasses.replace(template, results=tuple(results))


# -- differences -----------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=8))
def test_differences_are_antisymmetric(template, pairs):
    one, other = (study_of(template, {"sla_breach": [pair[side] for pair in pairs]}) for side in (0, 1))
    there, back = paired(one, other, "sla_breach"), paired(other, one, "sla_breach")
    assert (there == -back).all()
    assert p_value(there) == p_value(back)
    found, turned = estimate(there), estimate(back)
    assert (found.mean, found.low, found.high) == (-turned.mean, -turned.high, -turned.low)


def test_differences_are_taken_within_replications(comparison):
    for row in comparison.differences:
        here, there = (comparison.studies[name].values(row.kpi) for name in (row.variant, "as is"))
        gap = here - there
        half = 2.200985 * gap.std(ddof=1) / np.sqrt(12)  # t(11) at 97.5 %
        assert row.found.mean == pytest.approx(gap.mean(), abs=1e-12)
        assert row.found.half_width == pytest.approx(half, rel=1e-6, abs=1e-12)
        assert row.joint.half_width >= row.found.half_width


def test_p_values_are_adjusted_for_all_that_is_shown(comparison):
    raw = [row.p for row in comparison.differences]
    assert len(raw) == comparison.tested == 3 * len(COMPARED)
    assert [row.p_holm for row in comparison.differences] == holm(raw).tolist()


def test_no_interval_leaves_out_0_where_the_test_finds_nothing(comparison):
    for row in comparison.differences:
        if row.joint.excludes_zero:
            assert row.is_clear


def test_the_same_customers_make_intervals_narrower(base):
    """Common random numbers on a real desk: pairing beats two independent samples of the same sizes."""
    variants = (Variant("as is", base), Variant("low", override(base, {"policy.answer_threshold": 0.7}), base=base))
    studies = run_variants(variants, replications=12, workers=1)
    for kpi in ("sla_breach", "csat_mean", "automated_resolution", "human_hours", "resolution_mean"):
        here, there = studies["low"].values(kpi), studies["as is"].values(kpi)
        within = (here - there).var(ddof=1)
        between = here.var(ddof=1) + there.var(ddof=1)
        assert within < 0.8 * between, kpi


def test_rounding_is_no_difference(template):
    one = study_of(template, {"cost_total": [0.1 + 0.2, 1e6]})
    other = study_of(template, {"cost_total": [0.3, 1e6 * (1 + 2e-16)]})
    assert paired(one, other, "cost_total").tolist() == [0.0, 0.0]


def test_equal_differences_are_no_proof_unless_certain(base, template):
    def found(kpi, count):
        figures = {"a": [0.1] * count, "b": [0.1 + 0.03 * (1 + 1e-15)] * (count - 1) + [0.1 + 0.03]}
        studies = {name: study_of(template, {kpi: values}) for name, values in figures.items()}
        return differences_of((Variant("a", base), Variant("b", base, base=base)), studies, (kpi,))

    few = found("sla_breach", 5)
    (row,) = few.differences
    assert (row.p, row.p_holm, row.is_clear) == (0.0625, 0.0625, False)
    assert math.isnan(row.joint.low)
    assert math.isnan(row.found.high)
    assert words.judged(row) == UNCLEAR
    assert words.sentence(few, "b") == (
        "“b” makes no difference that these replications can show in SLA breaches (+3.0 points [–], too few"
        " replications to tell)."
    )
    (row,) = found("sla_breach", 6).differences
    assert (row.p, row.is_clear, row.joint.low) == (0.03125, True, row.joint.high)
    for kpi in CERTAIN:
        (row,) = found(kpi, 2).differences
        assert (row.p, row.is_clear, row.joint.low) == (0.0, True, row.joint.high)


def test_certain_costs_do_not_change_with_luck():
    absent = desk(teams={"care": {"agents": 3, "absence": 0.3}})
    study = run_variants([Variant("x", absent)], replications=4, workers=1)["x"]
    for kpi in CERTAIN:
        assert len(set(study.values(kpi).tolist())) == 1
    assert len(set(study.values("occupancy").tolist())) == 4


def test_what_exists_in_some_replications_is_paired_there(template):
    one = study_of(template, {"csat_ai": [4.0, float("nan"), 4.2, 4.4]})
    other = study_of(template, {"csat_ai": [3.9, 4.0, float("nan"), 4.1]})
    found = estimate(paired(one, other, "csat_ai"))
    assert (found.replications, found.mean) == (2, pytest.approx(0.2))
    months = study_of(template, {"payback_months": [1.0, float("nan")]})
    assert np.isnan(paired(months, study_of(template, {"payback_months": [2.0, 3.0]}), "payback_months")).all()


def test_one_replication_is_refused(base):
    variants = (Variant("a", base), Variant("b", base))
    studies = run_variants(variants, replications=1, workers=1)
    with pytest.raises(
        StudyError, match="^ticketflow: replications is 1; must be 2 or more, as differences need inter"
    ):
        differences_of(variants, studies)


def test_other_customers_are_told(base):
    variants = (Variant("as is", base), Variant("busy", override(base, {"arrivals.per_week": 150}), base=base))
    found = differences_of(variants, run_variants(variants, replications=2, workers=1))
    assert found.strangers == ("busy",)
    assert words.customers(found) == (
        "“busy” meets other customers than “as is” (arrivals or kinds of tickets differ), so part of the difference is"
        " who comes, and brackets are wider."
    )


def test_kpis_are_those_of_all_variants():
    scenarios = [ai_desk(), plain_desk()]
    assert chosen_kpis(scenarios, (), COMPARED) == ("first_response_p50", "abandonment", "aht")
    assert chosen_kpis(scenarios, ("occupancy", "aht", "aht"), COMPARED) == ("occupancy", "aht")
    with pytest.raises(StudyError) as caught:
        chosen_kpis(scenarios, ("deflection", "csat_men", "zzz"), COMPARED)
    assert str(caught.value).splitlines() == [
        "--kpi deflection: does not exist in every variant; it needs `ai`",
        "--kpi csat_men: is no KPI; did you mean csat_mean?",
        "--kpi zzz: is no KPI; `ticketflow kpis` lists them",
    ]


# -- words -----------------------------------------------------------------------------------------------------


def test_the_sentences_say_what_the_study_found(comparison):
    one_more, low, renamed = (words.sentence(comparison, name) for name in ("one more", "low", "renamed"))
    row = {(row.variant, row.kpi): row for row in comparison.differences}
    assert words.judged(row["low", "sla_breach"]) == BETTER
    assert words.judged(row["one more", "cost_total"]) == WORSE
    size = words.size_of_change(BY_NAME["sla_breach"], row["low", "sla_breach"].joint, "USD")
    assert low.startswith(f"“low” cuts SLA breaches by {size}")
    assert f"{-100 * row['low', 'sla_breach'].found.mean:.1f} points" in low
    assert "“one more” raises total cost by $3,500" in one_more
    assert renamed.startswith("“renamed” changes nothing in SLA breaches, ")
    assert comparison.without_effect() == ("renamed",)
    assert f"“low” cuts them by {size}" in words.answer(comparison)
    assert words.customers(comparison) == "All variants meet the same customers."


@pytest.mark.parametrize(
    ("kpi", "mean", "low", "high", "size", "signed"),
    [
        ("sla_breach", -0.031, -0.036, -0.026, "3.1 points [2.6, 3.6]", "−3.1 points [−3.6, −2.6]"),
        ("sla_breach", 0.0002, -0.0001, 0.0005, "0.02 points [−0.01, 0.05]", "+0.02 points [−0.01, 0.05]"),
        ("csat_mean", 0.021, 0.009, 0.033, "0.02 [0.01, 0.03]", "+0.02 [0.01, 0.03]"),
        ("csat_mean", -0.0011, -0.0021, -0.0001, "0.0011 [0.0001, 0.0021]", "−0.0011 [−0.0021, −0.0001]"),
        ("first_response_p50", -16.6, -33.0, -0.2, "16.6 min [0.2, 33.0]", "−16.6 min [−33.0, −0.2]"),
        ("first_response_p50", 0.25, 0.2, 0.3, "15.0 s [12.0, 18.0]", "+15.0 s [12.0, 18.0]"),
        ("cost_total", 3500, 3500, 3500, "$3,500", "+$3,500"),
        ("cost_total", -1200, -1900, -500, "$1,200 [$500, $1,900]", "−$1,200 [−$1,900, −$500]"),
        ("abandonment", 0.0, 0.0, 0.0, "0.0 points", "0.0 points"),
        ("csat_mean", float("nan"), float("nan"), float("nan"), "–", "–"),
    ],
)
def test_differences_are_written_in_their_unit(kpi, mean, low, high, size, signed):
    found = Estimate(mean, low, high, 5)
    assert words.size_of_change(BY_NAME[kpi], found, "USD") == size
    assert words.signed_change(BY_NAME[kpi], found, "USD") == signed


def test_verdicts_follow_holms_test(comparison):
    row = comparison.differences[0]
    nothing = Estimate(0.0, 0.0, 0.0, 5)
    some = Estimate(-0.02, -0.03, -0.01, 5)
    for p, found, said in ((0.01, some, BETTER), (0.2, some, UNCLEAR), (1.0, nothing, SAME)):
        assert words.judged(dataclasses.replace(row, kpi="sla_breach", p_holm=p, found=found)) == said


# -- files and command -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("scenarios") / "tiny.yaml"
    file.write_text(TINY)
    return file


def test_compare_writes_tables_chart_and_page(tiny, tmp_path):
    out = tmp_path / "o"
    code, printed, told = ticketflow(
        "compare", str(tiny), "--variant", "busy desk:teams.support.agents=1",
        "--variant", "policy.answer_threshold=0.7", "-n", "3", "--workers", "1", "--out", str(out),
    )  # fmt: skip
    assert (code, told) == (0, "")
    assert {path.name for path in out.iterdir()} >= {"summary.csv", "differences.csv", "manifest.json", "report.html"}
    assert [path.name for path in (out / "figures").iterdir()] == ["01_differences.png"]
    summary = pd.read_csv(out / "summary.csv")
    assert summary.columns.tolist() == [
        "variant", "teams.support.agents", "policy.answer_threshold", "kpi", "unit", "mean", "ci_low", "ci_high",
        "replications",
    ]  # fmt: skip
    differences = pd.read_csv(out / "differences.csv")
    assert set(differences.variant) == {"busy desk", "policy.answer_threshold=0.7"}
    known = differences.variant_mean - differences.reference_mean - differences.difference
    assert known.abs().max() < 1e-9
    assert ((differences.joint_low <= differences.ci_low + 1e-12) | differences.joint_low.isna()).all()
    for word in ("busy desk", "Holm's p", "as is", "All variants meet the same customers."):
        assert word in " ".join(printed.split())
    html = (out / "report.html").read_text()
    reader = read(html)
    assert len(reader.ids) == len(set(reader.ids))
    assert "“busy desk”" in html
    assert not any(math.isnan(value) for value in differences.p_holm)


def test_compare_prints_json(tiny, tmp_path):
    words = ["compare", str(tiny), "--variant", "x:weeks=2", "--kpi", "aht", "-n", "2", "--workers", "1", "--json"]
    code, printed, told = ticketflow(*words, "--out", str(tmp_path / "o"))
    assert (code, told) == (0, "")
    found = json.loads(printed)
    assert (found["reference"], found["same_customers"]) == ("as is", False)
    assert [row["kpi"] for row in found["differences"]] == ["aht"]
    assert len(found["sentences"]) == 1


def test_two_scenarios_are_compared(tiny, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(TINY.replace("tiny desk", "cheap desk").replace("per_hour: 28", "per_hour: 20"))
    code, printed, _ = ticketflow(
        "compare", str(tiny), str(other), "-n", "10", "--workers", "1", "--out", str(tmp_path / "o")
    )
    assert code == 0
    assert "“cheap desk” cuts total cost by" in " ".join(printed.split())


def test_bad_comparisons_are_refused_and_nothing_is_written(tiny, tmp_path):
    out = ["--workers", "1", "--out", str(tmp_path / "o")]
    told = refused("compare", str(tiny), "--variant", "x:weeks=0", "--variant", "y:polcy.mode=off", *out)
    assert told.splitlines() == [
        "--variant x:weeks=0: weeks is 0; must be a whole number from 1 to 520",
        "--variant y:polcy.mode=off: polcy is not a known key; did you mean policy?",
    ]
    assert "needs two variants or more" in refused("compare", str(tiny), *out)
    assert "replications is 1; must be 2 or more" in refused(
        "compare", str(tiny), "--variant", "x:weeks=2", "-n1", *out
    )
    assert "--kpi ath: is no KPI; did you mean aht?" in refused(
        "compare", str(tiny), "--variant", "x:weeks=2", "--kpi", "ath", *out
    )
    assert not (tmp_path / "o").exists()


def test_a_variant_without_effect_is_told(tiny, tmp_path):
    code, printed, told = ticketflow(
        "compare",
        str(tiny),
        "--variant",
        "x:description=new",
        "-n",
        "2",
        "--workers",
        "1",
        "--out",
        str(tmp_path / "o"),
    )
    assert code == 0
    assert "warning" not in printed
    assert "warning “x” has no effect: every KPI is as before" in " ".join(told.split())


@pytest.mark.slow
def test_hostile_names_do_no_harm(tiny, tmp_path):
    out = tmp_path / "o"
    code, printed, _ = ticketflow(
        "compare", str(tiny), "--variant", f"{HOSTILE}:weeks=2".replace("=cmd", "@cmd"), "--variant", "+1:weeks=3",
        "-n", "2", "--workers", "1", "--out", str(out),
    )  # fmt: skip
    assert code == 0
    assert "[/red]" in printed
    for file in out.glob("*.csv"):
        with file.open(newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t"))]
    page = (out / "report.html").read_text()
    assert "<script>alert" not in page
    assert outer_references(page) == []


def test_a_page_survives_hostile_names_and_missing_figures(comparison, tmp_path):
    names = {variant.name: f"{HOSTILE}{number}" for number, variant in enumerate(comparison.variants)}
    variants = tuple(dataclasses.replace(variant, name=names[variant.name]) for variant in comparison.variants)
    studies = {names[name]: study for name, study in comparison.studies.items()}
    found = differences_of(variants, studies, ("payback_cash_months", "sla_breach", "backlog_peak", "aht_triage"))
    write_page(page_of(dataclasses.replace(found, warnings=("<script>alert(2)</script>",))), tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert outer_references(page) == []
    assert "nan" not in page.replace("finance", "")
    assert frame_of(page_of(found).table("differences")).p.isna().sum() >= 3


def test_of_many_variants_the_answer_names_the_clear_extremes(comparison):
    rows = comparison.on("cost_total")
    sizes = {"a": (5, 0.9), "b": (-2, 0.01), "c": (1, 0.02), "d": (-9, 0.8), "e": (3, 0.03), "f": (0.5, 1), "g": (0, 1)}
    many = []
    for name, (mean, p) in sizes.items():
        size = Estimate(mean, mean, mean, 6)
        many.append(dataclasses.replace(rows[0], variant=name, found=size, joint=size, p=p, p_holm=p))
    found = dataclasses.replace(comparison, kpis=("cost_total",), differences=tuple(many))
    assert words.answer(found) == (
        "Against “as is”, “b” cuts total cost by $2.00; “e” raises it by $3.00 (of 7 variants)."
    )
