"""Takes the picture of the web page that the README shows: `python -m tests.tools.make_web_picture`; needs Chromium."""

from __future__ import annotations

from playwright.sync_api import sync_playwright

from tests.support.app_server import ROOT, Visitor, serving
from tests.support.browser import CHROMIUM

PICTURE = ROOT / "results/gallery/web_page.png"


def main() -> None:
    """Take the picture."""
    with serving("saas_pilot") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        visitor = Visitor(browser, address)
        visitor.goes_to()
        visitor.page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
