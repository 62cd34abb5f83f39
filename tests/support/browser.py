"""A browser for the tests of pages: Debian's Chromium, driven by Playwright, with axe-core at hand."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = os.environ.get("TICKETFLOW_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
SCREENSHOTS = Path(os.environ.get("TICKETFLOW_SCREENSHOTS", Path(__file__).parents[2] / "results" / "screenshots"))
"""Where tests keep what they have seen; not committed."""
SERIOUS = ("serious", "critical")

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (Debian: apt install chromium)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser for the tests of one file; they must be marked `needs_chromium`."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def serious_faults(page: Page) -> list[str]:
    """List the serious and critical accessibility faults that axe-core finds on a page: rule, help and elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {fault['help']}; {[node['html'][:200] for node in fault['nodes'][:5]]}"
        for fault in found
        if fault["impact"] in SERIOUS
    ]


def keep_screenshot(page: Page, name: str) -> Path:
    """Keep a picture of the whole page as NAME.png; give its place."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    file = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=file, full_page=True)
    return file
