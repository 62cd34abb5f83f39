"""How long the web page takes: from the command to the first page, and from a slider's move to new figures.

    python -m tests.benchmarks.app_slider [MOVES]

A real server and a real browser, on `saas_pilot` with ten replications, both arms; a move is a key press on a slider,
and it has been answered when the answer's sentence has changed. Run it on a quiet machine.
"""

from __future__ import annotations

import statistics
import sys
import time

from playwright.sync_api import sync_playwright

from tests.support.app_server import Visitor, serving
from tests.support.browser import CHROMIUM

SLIDERS = {
    "threshold": ("Thresholds", "AI answers from, in “as decided”"),
    "head-count": ("People", "live, mon-fri 08:00"),
    "volume": ("Volume", "Tickets a week"),
    "price": ("Prices", "An agent's hour"),
}
MOVES = 11


def main(moves: int) -> None:
    """Measure, and print medians."""
    began = time.perf_counter()
    with serving("saas_pilot") as address, sync_playwright() as playwright:
        listening = time.perf_counter()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        ready = time.perf_counter()
        visitor = Visitor(browser, address)
        visitor.page.goto(address)
        visitor.page.wait_for_selector("figure svg")
        shown = time.perf_counter()
        print(f"from the command to listening {listening - began:.1f} s, then to figures {shown - ready:.1f} s")
        visitor.waits()
        for name, (group, label) in SLIDERS.items():
            if not visitor.slider(label).is_visible():
                visitor.page.locator("summary").filter(has_text=group).click()
            seconds = [move(visitor, label) for _ in range(moves)]
            told = f"median {statistics.median(seconds):.2f} s, longest {max(seconds):.2f} s"
            print(f"{name:12s}{told} ({moves} moves)", flush=True)
        browser.close()


def move(visitor: Visitor, label: str) -> float:
    """Move a slider one step; give the seconds until the page says something else."""
    visitor.waits()
    slider, before = visitor.slider(label), visitor.says()
    slider.focus()
    began = time.perf_counter()
    slider.press("ArrowRight")
    while visitor.says() == before:
        if time.perf_counter() - began > 60:
            raise AssertionError(f"{label} changed nothing")
    return time.perf_counter() - began


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MOVES)
