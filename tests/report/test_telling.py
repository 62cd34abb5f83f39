"""Told once: a number by its unit, and one table as CSV, page, terminal, notebook and JSON."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure
from rich.console import Console

from simulator.base.stats import Estimate
from simulator.base.units import Unit, format_value, time_unit
from simulator.report import words
from simulator.report.charts import theme
from simulator.report.finding import Chart, Finding, Page
from simulator.report.format import half, margin, minutes_scale, signed, spelled, tick
from simulator.report.render.csv import frame_of, write_table
from simulator.report.render.html import _templates, page_html, unbroken
from simulator.report.render.json import records
from simulator.report.render.terminal import _print_table, print_page
from simulator.report.sheet import Cell, sheet_of
from simulator.report.table import Field, Said, Table, ci
from tests.support.desks import plain_desk

NAN = float("nan")
HOSTILE = "<b>=1+1</b>"


# -- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("unit", "value", "text"), [
    ("share", 0.1234, "12.3%"), ("minutes", 0.5, "30.0 s"), ("minutes", 119.9, "119.9 min"), ("minutes", 120, "2.0 h"),
    ("minutes", 2880, "2.0 days"), ("minutes", -3000, "−2.1 days"), ("hours", 12.34, "12.3 h"),
    ("hours", 1234.5, "1,234 h"),
    ("money", -1234.5, "−€1,234"), ("money", 0.99, "€0.99"), ("money", 0, "€0"), ("amount", -1234.5, "−1,234.50"),
    ("amount", 0.001, "0"), ("ratio", 2.5, "2.50×"), ("points", 0.25, "+0.2 pts"), ("points", -3, "−3.0 pts"),
    ("count", 1234.5, "1,234"), ("count", 2.5, "2.5"), ("count", 0, "0"), ("score", 4.256, "4.26"),
    ("months", 3.14, "3.1 months"), ("number", 12345.6, "12,346"), ("number", 0.012345, "0.0123"),
    ("level", 0.85, "0.85"), ("change", -0.123, "−12.3%"), ("change", 0.5, "+50.0%"),
    ("share", NAN, "–"), ("money", math.inf, "–"),
])  # fmt: skip
def test_each_unit_is_written_one_way(unit: Unit, value: float, text: str) -> None:
    assert format_value(unit, value, "EUR") == text


def test_one_ladder_of_time_serves_figures_and_axes() -> None:
    assert time_unit(90) == (1.0, "min", "minutes")
    assert minutes_scale(1.5) == (1 / 60, "seconds")  # an axis up to 90 s is read more easily in seconds
    assert minutes_scale(300) == (60.0, "hours")
    assert minutes_scale(10_000) == (1440.0, "days")


def test_intervals_are_as_short_as_they_go() -> None:
    assert margin("share", Estimate(0.5, 0.49, 0.51, 9)) == "± 1.0 pts"
    assert margin("share", Estimate(0.001, 0.0, 0.003, 9)) == "[0.0%, 0.3%]"  # cut at 0
    assert margin("months", Estimate(0.25, 0.22, 0.28, 9)) == "± 0.03 months"
    assert margin("score", Estimate(4.4, 4.397, 4.403, 9)) == "± 0.003"
    assert margin("minutes", Estimate(1.0, 0.9999, 1.0001, 9)) == "± 0.01 s"
    assert half("money", 0.0) == "$0"
    assert half("score", 1e-9) == "0.00"
    assert half("hours", 10.0) == "10.0 h"
    assert margin("points", Estimate(1.0, -0.5, 2.5, 9)) == "± 1.5 pts"
    assert margin("share", Estimate(0.5, NAN, NAN, 1)) == margin("share", Estimate(0.5, 0.5, 0.5, 9)) == ""
    assert spelled("share", Estimate(0.5, 0.49, 0.51, 9)) == "50.0% [49.0%, 51.0%]"
    assert spelled("share", Estimate(0.5, NAN, NAN, 1)) == "50.0%"
    assert half("share", 0.0004) == "0.04 pts"


def test_differences_have_signs_but_nothing_has_none() -> None:
    assert signed("share", 0.01) == "+1.0 pts"
    assert signed("money", -20.0) == "−$20.00"
    assert signed("minutes", 0.0001) == "0.0 s"
    assert signed("money", NAN) == "–"
    assert (tick("money", -25_000.0), tick("share", 0.25), tick("count", 1234.0)) == ("−$25k", "25%", "1,234")


# -- one table -------------------------------------------------------------------------------------------------------


def mixed() -> Table:
    """A table with all that a table may hold."""
    fields = [
        Field("key", where="files"), Field("title", "Figure"), Field("unit", where="files"),
        Field("mean", "Now", "by row", bounds=ci("mean")), Field("runs", where="files"),
        Field("words", "Words", where="pages"),
    ]  # fmt: skip
    rows = [
        ("cost", "Cost", "money", Estimate(1000.0, 900.0, 1100.0, 4), 4, "a"),
        ("late", HOSTILE, "share", Estimate(0.05, 0.0, 0.2, 4), 4, None),
        ("=evil", "Payback", "months", Said(Estimate(NAN, NAN, NAN, 0), "never"), 0, "c"),
    ]
    return Table("mixed", "Mixed", fields, rows)


def test_files_hold_raw_values_with_bounds_of_estimates(tmp_path: Path) -> None:
    write_table(mixed(), tmp_path)
    assert (tmp_path / "mixed.csv").read_text().splitlines() == [
        "key,title,unit,mean,mean_ci_low,mean_ci_high,runs",
        "cost,Cost,money,1000.0,900.0,1100.0,4",
        f"late,{HOSTILE},share,0.05,0.0,0.2,4",
        "'=evil,Payback,months,,,,0",
    ]


def test_json_holds_what_the_file_holds_and_null_for_what_is_not_known() -> None:
    found = records(mixed())
    assert list(found[0]) == list(frame_of(mixed()).columns)
    assert found[2] == {
        "key": "=evil", "title": "Payback", "unit": "months", "mean": None, "mean_ci_low": None, "mean_ci_high": None,
        "runs": 0,
    }  # fmt: skip


def test_pages_write_each_row_in_its_unit_and_sort_such_tables_by_name_only() -> None:
    sheet = sheet_of(mixed())
    assert (sheet.head, sheet.columns, sheet.sorts) == ("Figure", ("Now", "Words"), "names")
    assert sheet.rows[0] == ("Cost", (Cell("$1,000", "± $100", 1000.0), Cell("a")))
    assert sheet.rows[1] == (HOSTILE, (Cell("5.0%", "[0.0%, 20.0%]", 0.05), Cell("–")))
    assert sheet.rows[2][1][0].value == "never"


def test_pages_rank_cut_and_sum_while_files_hold_all_in_their_own_order() -> None:
    fields = [Field("name", "Name"), Field("swing", "Swing", "money"), Field("more", where="files")]
    rows = [("small", -1.0, 1), ("none", None, 2), ("large", -300.0, 3), ("middle", 20.0, 4)]
    table = Table("t", "T", fields, rows, totals=[("Total", -281.0, None)], ranked_by="swing", most=2)
    sheet = sheet_of(table)
    assert [name for name, _ in sheet.rows] == ["large", "middle", "Total"]
    assert (sheet.totals, sheet.title) == (1, "T; 2 more rows are in t.csv")
    assert list(frame_of(table)["name"]) == ["small", "none", "large", "middle"]
    assert sheet_of(Table("t", "T", fields, rows, is_sorted=False)).sorts == "none"


def test_html_escapes_what_a_table_holds_and_marks_numbers_for_sorting() -> None:
    template = '{% import "parts.html.j2" as parts with context %}'
    filled = _templates().from_string(template + "{{ parts.sheet(sheet) }}")
    html = filled.render(sheet=sheet_of(mixed()), page={"kpis": ()})
    assert "&lt;b&gt;=1+1&lt;/b&gt;" in html
    assert "<b>" not in html
    assert 'data-value="1000"' in html


def test_html_keeps_numbers_with_their_minus_signs_and_escapes_the_rest() -> None:
    assert unbroken("−$11,000 <b>") == '<span class="whole">−$11,000</span> &lt;b&gt;'
    assert unbroken("bound ≥ 90%)") == 'bound <span class="whole">≥ 90%)</span>'
    assert unbroken("[−<i>, 2]") == '[<span class="whole">−&lt;i&gt;,</span> 2]'


def test_the_terminal_shows_the_same_cells() -> None:
    screen = io.StringIO()
    _print_table(Console(file=screen, width=100, color_system=None), sheet_of(mixed()))
    shown = screen.getvalue()
    for text in ("Mixed", "$1,000 ± $100", "5.0% [0.0%, 20.0%]", "never", HOSTILE):
        assert text in shown


def compared() -> Table:
    """A table of KPIs against a baseline."""
    fields = [
        Field("kpi", "KPI", is_kpi=True), Field("unit", where="files"), Field("mean", "With AI", "by row"),
        Field("baseline", "AI off", "by row", margin="in full"),
        Field("change", "Change", "by row", margin="never", is_difference=True),
        Field("reading", "Reading", is_verdict=True, is_in_short=False),
    ]  # fmt: skip
    now, before, gap = (Estimate(mean, mean - 1.0, mean + 1.0, 4) for mean in (12.0, 10.0, 2.0))
    rows = [("aht", "minutes", now, before, gap, words.WORSE), ("tickets", "count", now, before, gap, "")]
    return Table("", "Compared", fields, rows, is_stacked=True)


def test_differences_have_a_sign_verdicts_a_mark_and_kpis_their_titles() -> None:
    sheet = sheet_of(compared())
    name, cells = sheet.rows[0]
    assert (name, sheet.kpis, sheet.is_stacked) == ("Handle time (AHT)", ("aht", "tickets"), True)
    assert [cell.text for cell in cells] == ["12.0 min ± 1.0 min", "10.0 min ± 1.0 min", "+2.0 min", "▼ worse"]
    assert sheet.rows[1][1][-1] == Cell("")


def test_in_short_a_table_leaves_out_what_is_not_needed_at_first_sight() -> None:
    sheet = sheet_of(compared(), is_short=True)
    assert sheet.columns == ("With AI", "AI off", "Change")
    assert [cell.text for cell in sheet.rows[0][1]] == ["12.0 min ± 1.0 min", "10.0 min", "+2.0 min"]


# -- findings --------------------------------------------------------------------------------------------------------


def test_a_chart_is_drawn_when_it_is_looked_at_and_once() -> None:
    drawn = []

    def build() -> Figure:
        drawn.append(1)
        return theme.finish(theme.new_figure(1.0), "It rises", "")

    finding = Finding("said", Chart("key", build, lambda: "In two\nlines."))
    assert not drawn
    assert finding.chart is not None
    assert finding.chart.figure is finding.chart.figure
    assert drawn == [1]
    assert finding.chart.alt == "It rises. In two lines."


def test_a_chart_without_its_title_has_it_back_afterwards() -> None:
    with theme.themed():
        figure = theme.finish(theme.new_figure(1.0), "It rises " * 20, "note")
        looks, size = figure._suptitle.get_position(), tuple(figure.get_size_inches())
        title = figure.get_suptitle()
        with theme.untitled(figure):
            assert figure.get_suptitle() == ""
            assert figure.get_size_inches()[1] < size[1]
        assert figure.get_suptitle() == title
        assert tuple(figure.get_size_inches()) == pytest.approx(size)
        assert figure._suptitle.get_position() == looks
        assert figure._suptitle.get_fontweight() == "bold"


def page(**more: Any) -> Page:
    """A page of three findings, two of them folded away under one heading."""
    folded = Finding(table=compared(), fold="All")
    findings = [Finding("It rises.", table=mixed()), folded, folded]
    return Page(
        kicker="ticketflow test", scenario=plain_desk(), question="Does it?", answer="It does.", findings=findings,
        how_sure="Quite.", runs="2 runs", baseline="nothing", kpis=["aht"], **more,
    )  # fmt: skip


def test_a_page_folds_neighbours_together_and_leads_from_a_kpi_to_its_definition() -> None:
    html = page_html(page())
    folded = html[html.index("<details><summary>All</summary>") :].partition("</details>")[0]
    assert folded.count("<caption>Compared</caption>") == html.count("<caption>Compared</caption>") == 2
    assert '<a href="#kpi-aht">Handle time (AHT)</a>' in folded
    assert 'id="kpi-aht"' in html
    assert "#kpi-tickets" not in html  # its definition is not on the page
    assert '<span class="reading worse"><span aria-hidden="true">▼</span> worse</span>' in folded
    assert '<td data-label="AI off"' in folded


def test_notes_stand_with_how_sure_it_is_and_below_the_warnings_of_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    noted = page(notes=["It <began> full."], warnings=["mind"])
    html = page_html(noted)
    assert "<p>It &lt;began&gt; full.</p>" in html[html.index("How sure</dt>") : html.index("What it rests on")]
    print_page(noted, Path("out"))
    printed = capsys.readouterr()
    assert "note  It <began> full." in printed.out
    assert printed.err == "warning  mind\n"
