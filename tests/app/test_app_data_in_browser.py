"""In a browser: a scenario is uploaded, saved and run again; what tries to be more than text stays text."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, expect

from simulator.app.session import Settings
from simulator.scenario import load_scenario
from simulator.scenario.what_ifs import propose
from simulator.tickets.fingerprints import scenario_key
from tests.support.app_desks import FORMULA, HOSTILE, PICTURE, SCRIPT, SMALL, TEMPLATE
from tests.support.app_server import Visitor, serving
from tests.support.browser import needs_chromium

OURS = ("Assumptions", "Your data", "Save and share")
THRESHOLD, AGENTS = "policy.answer_threshold", "teams.support.shifts[0].agents"
SMALL_LINK = "scenario=given&n=4&set=policy.answer_threshold%3D0.7&set=teams.support.shifts%5B0%5D.agents%3D3"
pytestmark = [pytest.mark.slow, needs_chromium]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the small desk."""
    file = tmp_path_factory.mktemp("small") / "desk.yaml"
    file.write_text(SMALL, encoding="utf-8")
    with serving(str(file), folder=file.parent) as address:
        yield address


def test_text_that_tries_to_be_more_stays_text_on_every_page(browser: Browser, small: str) -> None:
    visitor = Visitor(browser, small)
    dialogs: list[str] = []
    visitor.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    visitor.goes_to(query=urlencode(Settings("", own=HOSTILE, replications=4).to_query() or {}))
    titles = visitor.page.locator("[data-testid=stSidebarNav] a").all_inner_texts()
    assert {"Overview", *OURS} <= {title.strip() for title in titles}
    for title in titles:
        visitor.opens(title.strip())
        said = visitor.says()
        described = (FORMULA, TEMPLATE, "[click](javascript:alert(1))", "<b>bold</b>", ":red[red]")
        for text in (SCRIPT, PICTURE, *(described if title.strip() == "Overview" else ())):
            assert text in said, (title, text)
        # The page Save and share shows the file itself.
        assert (described[2] in said) == (title.strip() in ("Overview", "Save and share"))
        assert visitor.page.locator("img[src*=evil], a[href*=javascript], svg[onload]").count() == 0
    visitor.page.get_by_text("People", exact=True).click()
    expect(visitor.page.get_by_text("//x **bold** $x$ :red, mon-fri 09:00")).to_be_visible()
    assert not dialogs
    assert not visitor.strangers
    assert not visitor.complaints


def test_a_broken_upload_is_told_and_a_good_one_is_looked_at(browser: Browser, small: str) -> None:
    visitor = Visitor(browser, small)
    page = visitor.goes_to("your-data")
    uploader = page.locator("[data-testid=stFileUploader] input[type=file]").first
    broken = SMALL.replace("agents: 2", f'agents: "{SCRIPT}"')
    uploader.set_input_files({"name": "mine.yaml", "mimeType": "text/yaml", "buffer": broken.encode()})
    page.get_by_role("button", name="Look at this desk").click()
    visitor.waits()
    said = visitor.says()
    assert f"is '{SCRIPT}'; must be a whole number" in said
    assert "mine.yaml:12: teams.support.shifts[0].agents" in said
    assert "stays as it was" in said
    assert said.startswith("Your data small desk")
    good = SMALL.replace("small desk", "garden desk").encode()
    uploader.set_input_files({"name": "good.yaml", "mimeType": "text/yaml", "buffer": good})
    page.get_by_text("Which of them").wait_for()
    page.get_by_role("button", name="Remove mine.yaml").or_(
        page.locator("[data-testid=stFileUploaderDeleteBtn] button")
    ).first.click()
    visitor.waits()
    page.get_by_role("button", name="Look at this desk").click()
    visitor.waits()
    assert visitor.says().startswith("Your data garden desk")
    assert "desk=" in page.url
    assert not visitor.complaints


def test_a_downloaded_scenario_is_the_one_that_is_shown(
    browser: Browser,
    small: str,
    tmp_path: Path,
) -> None:
    visitor = Visitor(browser, small)
    page = visitor.goes_to("share", SMALL_LINK)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download the scenario").click()
    file = tmp_path / saved.value.suggested_filename
    saved.value.save_as(file)
    assert file.name == "small_desk.yaml"
    (tmp_path / "given.yaml").write_text(SMALL, encoding="utf-8")
    shown = propose(load_scenario(tmp_path / "given.yaml"), {THRESHOLD: 0.7, AGENTS: 3})
    assert scenario_key(load_scenario(file)) == scenario_key(shown)
    assert not visitor.complaints


def test_a_shared_link_shows_others_the_same_desk(browser: Browser, small: str) -> None:
    visitor = Visitor(browser, small)
    page = visitor.goes_to("share", SMALL_LINK)
    address = page.locator("[data-testid=stCode]").last.inner_text().strip()
    other = Visitor(browser, small)
    other.page.goto(address)
    other.waits()
    expect(other.slider("AI answers from")).to_have_value("0.7")
    other.opens("Save and share")
    text = other.page.locator("[data-testid=stCode]").first.inner_text()
    assert "--replications 4" in text
    page.get_by_text("Look at the file").click()
    other.page.get_by_text("Look at the file").click()
    mine, theirs = (one.locator("[data-testid=stCode]").nth(1).inner_text() for one in (page, other.page))
    assert mine == theirs
    assert "value: 0.7" in mine
