"""The web page as a visitor meets it, in a real browser before a real server."""

import re
import socket
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from typer.testing import CliRunner

from simulator.cli import app
from simulator.scenario import load_scenario
from tests.support.app_server import Visitor, serving
from tests.support.browser import keep_screenshot, needs_chromium, serious_faults

pytestmark = [pytest.mark.slow, needs_chromium]
PAGES = (
    "Overview", "Thresholds", "Staffing", "Business case", "Pilot", "A ticket's life", "Assumptions", "Your data",
    "Save and share",
)  # fmt: skip
WITH_CHART = ("Overview", "Thresholds", "Staffing", "Business case", "Pilot", "A ticket's life")
DESK = "pilot_to_production"
"""A small shipped desk, quick to simulate."""
THRESHOLD = "policy.phases[2].answer_threshold"
OPEN_TO_ALL = """
[server]
address = "0.0.0.0"
enableCORS = false
enableXsrfProtection = false
corsAllowedOrigins = ["http://evil.example"]
[client]
allowedOrigins = ["http://evil.example"]
"""
"""Settings of Streamlit as somebody may have them for other pages."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_opens_without_a_serious_fault(scheme: str, browser: Browser, address: str) -> None:
    visitor = Visitor(browser, address, color_scheme=scheme)
    # In the dark with a change, of which some pages have more to say.
    visitor.goes_to(query=f"scenario={DESK}&n=4{f'&set={THRESHOLD}%3D0.7' if scheme == 'dark' else ''}")
    for title in PAGES:
        page = visitor.opens(title)
        keep_screenshot(page, f"app_{title.lower().replace(' ', '_')}_{scheme}")
        assert (page.locator("[data-testid=stMain] svg[role=img]").count() == 1) == (title in WITH_CHART), title
        assert not serious_faults(page), title
    assert not visitor.strangers
    assert not visitor.complaints
    visitor.page.context.close()


def test_a_slider_changes_the_figures_and_undo_brings_them_back(browser: Browser, address: str) -> None:
    visitor = Visitor(browser, address)
    page = visitor.goes_to(query=f"scenario={DESK}&n=4")
    before = visitor.says()
    slider = visitor.slider("AI answers from")
    slider.focus()
    slider.press("PageUp")
    expect(page).to_have_url(re.compile("set="))
    visitor.waits()
    after = visitor.says()
    assert after != before
    page.get_by_role("button", name="Undo").click()
    expect(page).not_to_have_url(re.compile("set="))
    visitor.waits()
    assert visitor.says() == before
    expect(visitor.slider("AI answers from")).to_have_value(f"{load_scenario(DESK).policy.phases[2].answer_threshold}")
    page.get_by_role("button", name="Redo").click()
    expect(page).to_have_url(re.compile("set="))
    visitor.waits()
    assert visitor.says() == after


def test_a_link_restores_what_another_visitor_saw(browser: Browser, address: str) -> None:
    first, second = Visitor(browser, address), Visitor(browser, address)
    first.goes_to(query=f"scenario={DESK}&n=4&seed=3&set={THRESHOLD}%3D0.7&set=teams.chat.shifts[0].agents%3D5")
    second.goes_to(query=first.page.url.partition("?")[2])
    assert second.says() == first.says()
    expect(second.slider("AI answers from")).to_have_value("0.7")


def test_two_visitors_at_once_do_not_mix(browser: Browser, address: str) -> None:
    one, other = Visitor(browser, address), Visitor(browser, address)
    one.goes_to(query=f"scenario={DESK}&n=4")
    other.goes_to(query="scenario=supplements&n=4")
    before = other.says()
    slider = one.slider("AI answers from")
    slider.focus()
    slider.press("PageDown")
    expect(one.page).to_have_url(re.compile("set="))
    one.waits()
    other.page.reload()
    other.waits()
    assert other.says() == before
    assert "set=" not in other.page.url
    assert load_scenario("supplements").name in other.says()
    assert load_scenario(DESK).name in one.says()


def test_figures_are_those_of_the_command_line(
    browser: Browser, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(browser, address)
    visitor.goes_to(query=f"scenario={DESK}&n=4&seed=3&set={THRESHOLD}%3D0.7")
    monkeypatch.setenv("COLUMNS", "400")
    command = ["run", DESK, "--set", f"{THRESHOLD}=0.7", "-n", "4", "--seed", "3", "--out", str(tmp_path / "out")]
    told = CliRunner().invoke(app, [*command, "--workers", "1"]).stdout
    sentence = next(line for line in told.splitlines() if line.startswith("Over "))
    assert sentence in visitor.says()


def test_the_handle_is_dragged_and_moved_by_keys_and_the_slider_at_the_side_follows(
    browser: Browser, address: str
) -> None:
    visitor = Visitor(browser, address)
    page = visitor.goes_to("thresholds", f"scenario={DESK}&n=4")
    handle = page.get_by_role("slider", name=re.compile("^Answer threshold"))
    start = float(handle.get_attribute("aria-valuenow") or "nan")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 150, y + 30, steps=4)
    dragged = float(handle.get_attribute("aria-valuenow") or "nan")
    assert dragged < start
    page.mouse.up()
    expect(page).to_have_url(re.compile(f"answer_threshold%3D{dragged:g}$|answer_threshold%3D{dragged:g}&"))
    visitor.waits()
    expect(visitor.slider("AI answers from")).to_have_value(f"{dragged:g}")
    handle.focus()
    handle.press("ArrowRight")
    handle.press("ArrowRight")
    expect(page).to_have_url(re.compile(f"answer_threshold%3D{dragged + 0.02:g}"))
    visitor.waits()
    expect(handle).to_have_attribute("aria-valuenow", f"{dragged + 0.02:g}")
    expect(handle).to_be_focused()
    page.mouse.move(5, 5)
    keep_screenshot(page, "app_thresholds_dragged")
    assert not serious_faults(page)
    assert not visitor.complaints
    visitor.page.context.close()


def test_cards_stand_in_one_column_on_a_phone(browser: Browser, address: str) -> None:
    visitor = Visitor(browser, address)
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    page = visitor.goes_to("overview", f"scenario={DESK}&n=4")
    cards_here = page.locator(".cards li")
    boxes = [card.bounding_box() for card in cards_here.all()]
    assert len(boxes) > 6
    assert len({round(box["x"]) for box in boxes if box}) == 1
    assert all(box["x"] + box["width"] <= 390 for box in boxes if box)
    keep_screenshot(page, "app_overview_phone")
    assert not serious_faults(page)
    visitor.page.context.close()


def test_a_chart_wider_than_a_phone_starts_at_its_left_and_says_that_it_pans(
    browser: Browser, address: str
) -> None:
    visitor = Visitor(browser, address)
    hint = "one => getComputedStyle(one, '::before').content"
    page = visitor.goes_to("thresholds", f"scenario={DESK}&n=4")
    chart = page.locator(".pan:has(.handle)")
    assert chart.evaluate(hint) == "none"
    page.set_viewport_size({"width": 390, "height": 844})
    expect(chart).to_have_attribute("data-pans", "")
    assert "Swipe" in chart.evaluate(hint)
    assert chart.evaluate("one => one.scrollLeft") == 0
    keep_screenshot(page, "app_thresholds_phone")
    visitor.goes_to("overview", f"scenario={DESK}&n=4")
    flow = page.locator("figure .pan").first
    expect(flow).to_have_attribute("data-pans", "")
    assert "Swipe" in flow.evaluate(hint)
    assert not serious_faults(page)
    assert not visitor.complaints
    visitor.page.context.close()


def test_a_ticket_is_picked_and_a_study_cancelled_on_a_phone(browser: Browser, address: str) -> None:
    visitor = Visitor(browser, address)
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    page = visitor.goes_to("ticket", "scenario=supplements&n=4")
    number = page.get_by_role("spinbutton")
    number.fill("1700")
    number.press("Enter")
    page.get_by_text("Ticket 1,700 (").first.wait_for()
    keep_screenshot(page, "app_ticket_phone")
    visitor.goes_to("business", "scenario=supplements&n=4")
    page.get_by_role("button", name="Make the business case").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled.").wait_for()
    page.get_by_role("button", name="Make the business case").wait_for()
    visitor.page.context.close()


def test_a_file_given_at_the_start_is_what_visitors_see_first_and_only_this_machine_lets_them_in(
    browser: Browser, tmp_path: Path
) -> None:
    text = "name: corner shop\nstart: 2026-01-05\narrivals: {per_week: 200}\n"
    text += "intents: {question: {share: 1, handle: 8m}}\nteams: {support: {agents: 3}}\n"
    (tmp_path / "shop.yaml").write_text(text)
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text(OPEN_TO_ALL)
    with serving("shop.yaml", folder=tmp_path) as address:
        visitor = Visitor(browser, address)
        visitor.goes_to()
        assert "corner shop" in visitor.says()
        assert "scenario=given" in visitor.page.url
        # Other settings of Streamlit let in nobody else: no other machine, no other name, no page from elsewhere.
        host = address.removeprefix("http://")
        port = int(host.partition(":")[2])
        with socket.socket() as other:
            assert other.connect_ex(("127.0.0.2", port)) != 0
        assert handshake(port, host, address) == 101
        assert handshake(port, f"localhost:{port}", f"http://localhost:{port}") == 101
        assert handshake(port, f"evil.example:{port}", f"http://evil.example:{port}") == 403
        answered = visitor.page.request.get(
            f"{address}/_stcore/host-config", headers={"Origin": "http://evil.example"}
        )
        assert "access-control-allow-origin" not in answered.headers
        assert answered.json()["allowedOrigins"] == []
        refused = visitor.page.request.put(f"{address}/_stcore/upload_file/a/b", multipart={"file": "x"})
        assert refused.status == 403


def handshake(port: int, host: str, origin: str) -> int:
    """Ask to speak with the server as a page from `origin` does; give the status of the answer."""
    asked = "GET /_stcore/stream HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    asked += f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nHost: {host}\r\nOrigin: {origin}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as caller:
        caller.sendall(asked.encode())
        return int(caller.recv(64).split()[1])
