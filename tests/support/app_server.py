"""The web page as visitors meet it: a real server in a process of its own, and a browser before it."""

import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

PATIENCE_MS = 60_000
"""How long a test waits for a page: CI's machine may be busy with other tests."""
QUIET_MS = 250
DRAWN = "."
"""Every page says at least one sentence below its heading."""
ROOT = Path(__file__).parents[2]


@contextmanager
def serving(*arguments: str, folder: Path = ROOT) -> Iterator[str]:
    """Run `ticketflow app` with some arguments; give the page's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "simulator", "app", *arguments, "--no-browser", "--port", str(port)]
    # Into a file, because a pipe that nobody reads would stop the server once it is full.
    with tempfile.TemporaryFile("w+") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(server, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:  # A busy machine must not be left with it.
                server.kill()
                server.wait()


def _wait_for(server: "subprocess.Popen[bytes]", port: int, log: IO[str]) -> None:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        if server.poll() is not None:
            log.seek(0)
            raise AssertionError(f"the server ended: {log.read()}")
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not begin to listen")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the page, once for the tests of a file; they must be marked `needs_chromium`."""
    with serving() as found:
        yield found


_READ = """
main => {
  const read = node => node.nodeType === 3 ? node.data
    : ["STYLE", "SCRIPT"].includes(node.nodeName) ? ""
    : [...(node.shadowRoot || node).childNodes].map(read).join(" ");
  return read(main);
}
"""
"""Reads what our pieces of HTML say, too: each has a shadow tree of its own."""


class Visitor:
    """Somebody in front of the page, in a browser of their own."""

    def __init__(self, browser: Browser, address: str, **options: object) -> None:
        context = browser.new_context(viewport={"width": 1300, "height": 1000}, **options)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        self.address = address
        self.strangers: list[str] = []
        """Requests that went anywhere but to the server."""
        self.complaints: list[str] = []
        """What the page's scripts complained of."""
        self.page.on("request", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, request: Request) -> None:
        url = request.url
        if not url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:")):
            self.strangers.append(url)

    def goes_to(self, place: str = "", query: str = "") -> Page:
        """Open a page of the app by its address and wait until it is done."""
        self.page.goto(f"{self.address}/{place}{f'?{query}' if query else ''}")
        self.waits()
        return self.page

    def opens(self, title: str) -> Page:
        """Open a page by its name in the menu."""
        self.page.get_by_role("link", name=title, exact=True).click()
        expect(self.page.get_by_role("heading", name=title, level=1)).to_be_visible()
        self.waits()
        return self.page

    def waits(self) -> None:
        """Wait until the server has nothing more to show."""
        self.page.wait_for_selector("h1")
        before, deadline = "", time.monotonic() + PATIENCE_MS / 1000
        while time.monotonic() < deadline:
            # The script ends before the browser has drawn what it said, so what is read must have come to rest, too.
            self.page.wait_for_timeout(QUIET_MS)
            self.page.wait_for_selector("[data-test-script-state=notRunning]", state="attached")
            now = self.says()
            if now == before and DRAWN in now:
                return
            before = now
        raise AssertionError(f"the page did not come to rest: {before}")

    def slider(self, label: str) -> Locator:
        """Find a slider by its label."""
        return self.page.get_by_role("slider", name=re.compile(re.escape(label))).first

    def says(self) -> str:
        """Return all that can be read in the middle of the page."""
        return " ".join(str(self.page.locator("[data-testid=stMain]").evaluate(_READ)).split())
