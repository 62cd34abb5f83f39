"""Reports in a browser: they open without network, sort, fit a phone and a sheet of paper, and leave nobody out."""

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulator.base.stats import Estimate
from simulator.report.finding import Finding, Page
from simulator.report.render.html import TEMPLATES, write_page
from simulator.report.table import Field, Table
from tests.report.test_report import desk
from tests.support.browser import keep_screenshot, needs_chromium, serious_faults
from tests.support.pages import outer_references, read
from tests.support.small_pages import KINDS, write_small_page

pytestmark = [pytest.mark.slow, needs_chromium]

MM = 96 / 25.4
PAPER = {"A4": (180, 267), "Letter": (185.9, 249.4)}
"""Millimetres that a sheet leaves between margins of 15."""
EACH_TEMPLATE = ("run", "compare")
"""A page of each template; the others are made of the same parts."""
DRESSES = (("light", 1000), ("dark", 1000), ("light", 360))
SUMS = Table(
    "", "Sums", [Field("name", "name"), Field("amount", "amount", "count"), Field("words", "words")],
    [("at 0.9", 9.0, "b"), ("at 0.85", 1000.0, None), ("at 10", math.nan, "a"), ("at 2", -2.0, "c")],
    totals=[("all", 1007.0, None)],
)  # fmt: skip
MIXED = Table(
    "", "Mixed", [Field("name", "name"), Field("unit", where="files"), Field("value", "value", "by row")],
    [("b", "count", 1.0), ("a", "minutes", 2.0)],
)  # fmt: skip
WIDE = Table(
    "", "Wide", [Field("name", "name"), *(Field(f"{week}", f"Week {week}", "share") for week in range(1, 27))],
    [("Automated resolution of all tickets", *[Estimate(0.427, 0.322, 0.532, 5)] * 26)],
)  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Give the file of a kind's small page, made when it is first asked for."""
    folder, made = tmp_path_factory.mktemp("pages"), {}

    def page_of(kind: str) -> Path:
        if kind not in made:
            made[kind] = write_small_page(kind, folder / kind)
        return made[kind]

    return page_of


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Write a page with tables whose order is known."""
    page = Page(
        kicker="test", scenario=desk(name="n" * 120), question="q " * 400, answer="a " * 100, how_sure="b " * 200,
        runs="2 replications", baseline="nothing",
        findings=[*(Finding(table=table) for table in (SUMS, MIXED, WIDE)), *[Finding("long sentence " * 8)] * 40],
        warnings=["mind " * 30] * 30,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tables")
    write_page(page, folder)
    return folder / "report.html"


@contextmanager
def opened(browser, file, width=1000, scheme="light", **more) -> Iterator:
    """Open a page; whatever it asks for but itself, and whatever it complains of, is an error."""
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, **more)
    asked, complaints = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    yield page
    page.close()
    assert asked == [file.as_uri()]
    assert complaints == []


def column(page, title, place):
    """Read a column of a table's body as it stands."""
    rows = page.locator("table", has=page.locator("caption", has_text=title)).locator("tbody tr")
    return [row.locator("th, td").nth(place).inner_text() for row in rows.all()]


# -- every page ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EACH_TEMPLATE)
@pytest.mark.parametrize(("scheme", "width"), DRESSES)
def test_a_report_leaves_nobody_out(kind, scheme, width, pages, browser):
    with opened(browser, pages(kind), width, scheme) as page:
        assert serious_faults(page) == []
        keep_screenshot(page, f"report_{kind}_{scheme}_{width}")


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_needs_no_network_and_fits_a_phone(kind, pages, browser):
    assert outer_references(pages(kind).read_text(encoding="utf-8")) == []
    with opened(browser, pages(kind), 360) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_prints_without_cut_off_and_its_summary_on_one_sheet(kind, pages, browser, tmp_path):
    for paper in PAPER:
        assert beyond_the_sheet(browser, pages(kind), paper, tmp_path) == []


def beyond_the_sheet(browser, file, paper, folder) -> list:
    """List what lies beyond the sheet's width, and the summary if it takes more than one page."""
    width, height = (round(side * MM) for side in PAPER[paper])
    page = browser.new_page(viewport={"width": width, "height": height})
    page.emulate_media(media="print")
    page.goto(file.as_uri())
    found = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
          .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
          .map(one => `${one.tagName}: ${one.textContent.slice(0, 60)}`)"""
    )
    cut = page.evaluate("[...document.querySelectorAll('figure')].map(one => one.getBoundingClientRect().height)")
    found += [f"a chart of {tall} px" for tall in cut if tall > height]
    if (tall := page.locator("#summary").bounding_box()["height"]) > height:
        found.append(f"a summary of {tall} px, {height} have room")
    page.evaluate("document.querySelectorAll('main > :not(#summary)').forEach(one => one.remove())")
    page.pdf(path=folder / "summary.pdf", format=paper, prefer_css_page_size=True)
    page.close()
    sheets = len(re.findall(rb"/Type\s*/Page\b", (folder / "summary.pdf").read_bytes()))
    return found if sheets == 1 else [*found, f"a summary of {sheets} sheets"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_summary_says_what_was_asked_the_answer_how_sure_and_what_it_rests_on(kind, pages):
    html = pages(kind).read_text(encoding="utf-8")
    summary = read(html[html.index('<section id="summary"') : html.index("</section>") + len("</section>")])
    for part in ("Asked", "Answer", "How sure", "What it rests on"):
        assert part in summary.texts
    counted = re.search(r"([\d,]+) figures of the scenario: (.*?)\.", summary.text)
    kinds = re.findall(r"([\d,]+) (?:measured|from the vendor|published|assumed|without a source)", counted[2])
    assert int(counted[1].replace(",", "")) == sum(int(count.replace(",", "")) for count in kinds)
    assert re.search(r"Made of \d.+; held against .{5,}", summary.text)
    assert summary.text.index("What it rests on") > summary.text.index("How sure") > summary.text.index("Answer")


# -- hard pages ------------------------------------------------------------------------------------------------


def test_a_summary_of_too_many_words_keeps_to_its_sheet_and_carries_the_rest_over(tables, browser, tmp_path):
    for paper in PAPER:
        assert beyond_the_sheet(browser, tables, paper, tmp_path) == []
    with opened(browser, tables, 360) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        shown = page.locator("#summary .mind li").count()
        assert 0 < shown < 30
        assert page.locator("#warnings li").count() == 30 - shown
        assert page.get_by_role("link", name=f"{30 - shown} more below").count() == 1


def test_numbers_sort_as_numbers_what_is_not_known_last_and_sums_below(tables, browser):
    with opened(browser, tables) as page:
        amount = page.get_by_role("button", name="amount")
        head = page.locator("th", has=amount)
        for direction, expected in (
            ("ascending", ["−2", "9", "1,000", "–"]),
            ("descending", ["1,000", "9", "−2", "–"]),
            ("none", ["9", "1,000", "–", "−2"]),
        ):
            amount.focus()
            page.keyboard.press("Enter")
            assert column(page, "Sums", 1) == expected
            assert head.get_attribute("aria-sort") == direction
        page.get_by_role("button", name="words").first.click()
        assert column(page, "Sums", 2) == ["a", "b", "c", "–"]
        page.locator("table", has_text="Sums").first.get_by_role("button", name="name").click()
        assert column(page, "Sums", 0) == ["at 0.85", "at 0.9", "at 2", "at 10"]
        assert head.get_attribute("aria-sort") == "none"
        total = page.locator("tfoot tr")
        assert total.inner_text().split()[0] == "all"


def test_columns_of_several_units_cannot_be_sorted(tables, browser):
    with opened(browser, tables) as page:
        mixed = page.locator("table", has=page.locator("caption", has_text="Mixed"))
        assert [button.inner_text() for button in mixed.get_by_role("button").all()] == ["name"]


def test_focus_on_a_sorting_button_is_seen(tables, browser):
    with opened(browser, tables) as page:
        page.keyboard.press("Tab")
        button = page.get_by_role("button").first
        while not button.evaluate("one => one === document.activeElement"):
            page.keyboard.press("Tab")
        assert button.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"


def test_the_groups_of_a_run_sort_by_their_figures(pages, browser):
    with opened(browser, pages("run")) as page:
        table = page.locator("table", has=page.locator("caption", has_text="By intent"))
        table.get_by_role("button", name="Tickets").click()
        values = [float(cell.get_attribute("data-value")) for cell in table.locator("tbody td:nth-of-type(1)").all()]
        assert values == sorted(values)
        assert len(values) == 2


def test_without_scripts_tables_read_as_written(tables, browser):
    with opened(browser, tables, java_script_enabled=False) as page:
        assert page.get_by_role("button").count() == 0
        assert column(page, "Sums", 1) == ["9", "1,000", "–", "−2"]


def test_only_the_report_s_own_script_runs(tables, browser, tmp_path):
    html = tables.read_text(encoding="utf-8")
    file = tmp_path / "report.html"
    file.write_text(html.replace("</main>", "<script>document.title = 'taken'</script></main>"), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    assert page.title().startswith("nnn")
    assert page.get_by_role("button").count() > 0
    page.close()
    assert (TEMPLATES / "report.js").read_text(encoding="utf-8") in html


def test_what_pans_says_so_and_is_reached_by_the_keyboard(pages, browser):
    with opened(browser, pages("run"), 360) as page:
        frames = page.locator("figure .wide")
        assert frames.count() > 5
        for frame in frames.all():
            assert (frame.get_attribute("tabindex"), frame.get_attribute("role")) == ("0", "region")
            assert frame.get_attribute("aria-label").startswith("Chart: ")
        assert all(hint.is_visible() for hint in page.locator(".pan").all())
        frames.first.focus()
        for _ in range(20):  # Scrolling is animated, and a busy machine is late with it.
            page.keyboard.press("ArrowRight")
            page.wait_for_timeout(50)
        assert frames.first.evaluate("one => one.scrollLeft") > 0
    with opened(browser, pages("run")) as page:
        page.wait_for_function("!document.querySelector('figure .wide').hasAttribute('tabindex')")
        assert not any(hint.is_visible() for hint in page.locator(".pan").all())
