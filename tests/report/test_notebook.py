"""Results show themselves in notebooks: the answer first, escaped, readable in any theme; `plot()` gives the charts."""

from __future__ import annotations

import struct
import subprocess
import sys
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

import simulator
from simulator import Replications, Scenario, compare, replicate, roi, simulate, staff, sweep
from simulator import scenario_from as desk_of
from simulator.base.errors import StudyError
from simulator.base.notebook_hooks import Plotted, Shown
from simulator.report.charts import theme
from simulator.report.finding import Brief, Chart, Finding
from simulator.report.format import margin
from simulator.report.render.html import TEMPLATES
from simulator.report.render.notebook import MOST_ROWS, chart_of, html_of
from simulator.report.run import sentences
from simulator.report.table import Field, Table
from simulator.scenario.yaml_text import parse_yaml
from tests.cli.test_cli import TINY
from tests.support.browser import needs_chromium, serious_faults
from tests.support.desks import plain_desk

HOSTILE = '<script>alert("x")</script>'


class Reader(HTMLParser):
    """Collects tags with their attributes, and the texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.fixture(scope="module")
def desk() -> Scenario:
    return desk_of(parse_yaml(TINY.replace("tiny desk", HOSTILE), "tiny")[0])


@pytest.fixture(scope="module")
def study(desk: Scenario) -> Replications:
    return replicate(desk, replications=3, workers=1)


@pytest.fixture(scope="module")
def shown(desk: Scenario, study: Replications) -> dict[str, Any]:
    """Something of each kind that is quick to get."""
    return {
        "Scenario": desk,
        "Run": simulate(desk),
        "Replications": study,
        "Comparison": compare(desk, "lower:policy.answer_threshold=0.6", replications=3, workers=1),
        "Sweep": sweep(desk, "policy.answer_threshold=0.6,0.8", replications=2, workers=1),
        "Staffing": staff(desk, ["sla_breach<=20%"], replications=5, workers=1),
        "RoiStudy": roi(desk, draws=8, replications=3, stress=0, workers=1, one_by_one=False),
    }


KINDS = ("Scenario", "Run", "Replications", "Comparison", "Sweep", "Staffing", "RoiStudy")
CHARTED = KINDS[2:]


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_shows_its_answer_first_and_nothing_that_is_not_escaped(shown: dict[str, Any], kind: str) -> None:
    assert type(shown[kind]).__name__ == kind
    html = shown[kind]._repr_html_()
    read = Reader(html)
    assert "<script" not in html
    assert HOSTILE in "".join(read.texts)
    assert read.tags[2][0] == "strong"  # the name, then the answer
    assert len(html) < 20_000
    assert {"table", "caption", "th"} <= {tag for tag, _ in read.tags}
    assert all(attributes.get("scope") in ("col", "row") for tag, attributes in read.tags if tag == "th")


def test_the_answer_is_the_report_s_and_says_how_sure(study: Replications) -> None:
    text = "".join(Reader(study._repr_html_()).texts)
    assert sentences.answer(study) in text
    assert sentences.worth(study) in text
    assert sentences.how_sure(study) in text
    cell = study.estimate("aht")
    assert margin("minutes", cell) in text


def test_one_run_says_that_it_is_one(shown: dict[str, Any]) -> None:
    run = shown["Run"]
    text = "".join(Reader(run._repr_html_()).texts)
    assert "nothing here tells how far chance moves the figures" in text
    assert f"{len(run.tickets):,} tickets" in text
    assert str((run.tickets.resolver == "people alone").sum()) in text


def test_colours_are_the_notebook_s_own() -> None:
    template = (TEMPLATES / "notebook.html.j2").read_text()
    assert "color: inherit" in template
    assert "#" not in template.replace("{#", "").replace("#}", "")
    assert "<style" not in template


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("dress", ["background: #fff; color: #222", "background: #111; color: #ddd"])
def test_notebook_tables_have_no_serious_accessibility_fault(
    shown: dict[str, Any], dress: str, browser: Browser, tmp_path: Path
) -> None:
    parts = "".join(shown[kind]._repr_html_() for kind in KINDS)
    file = tmp_path / "notebook.html"
    text = f"<!doctype html><html lang='en'><title>Notebook</title><body style='{dress}'><main><h1>Notebook</h1>{parts}"
    file.write_text(text)
    page = browser.new_page()
    page.goto(file.as_uri())
    assert serious_faults(page) == []
    page.close()


def test_looking_draws_no_chart() -> None:
    script = (
        "import sys; from simulator import replicate; from tests.support.desks import ai_desk\n"
        "replicate(ai_desk(), replications=2, workers=1)._repr_html_()\n"
        "print('matplotlib' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout == "False\n"


# -- charts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", CHARTED)
def test_plot_gives_the_main_chart_with_its_finding(shown: dict[str, Any], kind: str) -> None:
    figure = shown[kind].plot()
    title = theme.title_of(figure)
    assert len(title.split()) > 4
    assert title[0].isupper() or title[0].isdigit() or title[0] == "“"
    png, size = figure._repr_png_()
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert width == pytest.approx(1.5 * size["width"], abs=2)
    assert height == pytest.approx(1.5 * size["height"], abs=2)


@pytest.mark.parametrize("kind", CHARTED)
def test_an_unknown_chart_is_answered_with_those_there_are(shown: dict[str, Any], kind: str) -> None:
    with pytest.raises(StudyError, match=r"chart 'no such' is not known; must be one of (\w+)") as caught:
        shown[kind].plot("no such")
    names = str(caught.value).rpartition("one of ")[2].split(", ")
    assert len(names) == len(set(names)) >= 1
    last = shown[kind].plot(names[-1])
    assert theme.title_of(last)
    assert theme.title_of(shown[kind].plot(names[0])) == theme.title_of(shown[kind].plot())


def test_a_chart_is_drawn_when_it_is_wanted_and_once() -> None:
    drawn = []

    def chart(key: str) -> Chart:
        def build() -> Any:
            drawn.append(key)
            return theme.finish(theme.new_figure(1), key, "")

        return Chart(key, build)

    brief = Brief(name="n", answer="a", findings=[Finding(chart=chart(key)) for key in ("first", "second", "third")])
    assert drawn == []
    assert theme.title_of(chart_of(brief, None)) == "first"
    assert drawn == ["first"]
    assert [one.key for one in brief.charts] == [one.key for one in brief.charts] == ["first", "second", "third"]
    assert drawn == ["first", "second", "third"]


# -- where pages are made --------------------------------------------------------------------------------------


def test_every_kind_that_shows_itself_names_a_view_that_is_there() -> None:
    for name in simulator.__all__:
        getattr(simulator, name)
    ours = {kind for kind in all_kinds(Shown) if kind.__module__.startswith("simulator.")} - {Plotted}
    assert len(ours) > 10
    for kind in ours:
        module, function = kind.view.split(":")
        assert callable(getattr(import_module(module), function)), kind


def all_kinds(base: type) -> set[type]:
    return {kind for one in base.__subclasses__() for kind in (one, *all_kinds(one))}


def test_a_subclass_shows_itself_as_its_kind_does(desk: Scenario) -> None:
    class Mine(Replications):
        """As a user may make one."""

    study = replicate(desk, replications=2, workers=1)
    mine = Mine(study.scenario, study.seed, study.engine, study.anchor, study.results)
    assert mine._repr_html_() == study._repr_html_()
    assert isinstance(mine, Plotted)


def test_long_tables_are_cut_and_say_so() -> None:
    rows = [(f"row {number}", number) for number in range(MOST_ROWS + 7)]
    table = Table("", "t", [Field("name", "h"), Field("number", "c", "count")], rows)
    html = html_of(Brief(name="n", answer="a", findings=[Finding(table=table)]))
    assert "… and 7 more rows" in html
    assert f"row {MOST_ROWS - 1}<" in html
    assert f"row {MOST_ROWS}<" not in html


def test_a_desk_without_ai_shows_its_figures_alone() -> None:
    study = replicate(plain_desk(), replications=2, workers=1)
    heads = [text.strip() for text in Reader(study._repr_html_()).texts]
    assert "Mean" in heads
    assert "AI off" not in heads
