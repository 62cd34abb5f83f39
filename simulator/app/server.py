"""The server: Streamlit with our page, for this machine alone unless another address is asked for."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simulator.app.address import LOOPBACK, OURS, PORT
from simulator.app.session import DEFAULT_REPLICATIONS, FIRST
from simulator.base.errors import Problem, StudyError
from simulator.report.charts.theme import COLOURS
from simulator.scenario import Scenario, find, load_scenario

_MAX_UPLOAD_MB = 200
"""Largest file that can be uploaded."""


def serve(
    scenario: str | Path | None = None,
    *,
    host: str = LOOPBACK,
    port: int = PORT,
    browser: bool = True,
    tell: Callable[[str], None] = print,
) -> None:
    """Serve the web page until stopped.

    `scenario` is a file or the name of a shipped scenario; it is read once before anything starts. Raises
    ScenarioError for what is wrong in it, and StudyError without Streamlit or where the address cannot be had.
    """
    given = None if scenario is None else find(scenario)
    loaded = load_scenario(FIRST if given is None else given)
    try:
        from streamlit.web import bootstrap
    except ImportError:
        rule = "the web page needs Streamlit, which is not installed here; run: python -m pip install 'streamlit>=1.61'"
        raise StudyError(rule) from None
    _check_address(host, port)
    tell(f"Open http://{f'[{host}]' if ':' in host else host}:{port} in a browser; Ctrl-C stops the page.")
    threading.Thread(target=_warm_up, args=(loaded,), daemon=True).start()
    options = _options(host, port, browser)
    # Visitors' own settings of Streamlit (~/.streamlit) must not open the server to the network.
    bootstrap.load_config_options(options)
    main = str(Path(__file__).with_name("main.py"))
    bootstrap.run(main, False, [] if given is None else [str(given.resolve())], options)


def _options(host: str, port: int, browser: bool) -> dict[str, Any]:
    """Return what Streamlit goes by: whatever decides who gets in stands here, so that no other file decides it."""
    return {
        "server.address": host,
        "server.port": port,
        "server.headless": not browser,
        "server.maxUploadSize": _MAX_UPLOAD_MB,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        # A page elsewhere may give its own name our address (DNS rebinding): only names that are ours are answered.
        "server.allowedHosts": list(OURS) if host in OURS else [],
        "server.enableCORS": True,
        "server.corsAllowedOrigins": [],
        "server.enableXsrfProtection": True,
        "global.developmentMode": False,
        "browser.gatherUsageStats": False,
        # It would advertise tools for developers of Streamlit on every page.
        "logger.hideWelcomeMessage": True,
        "client.allowedOrigins": [],
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        # One for each dress: a colour for both would fix the light one.
        "theme.light.primaryColor": COLOURS["ai"][0],
        "theme.dark.primaryColor": COLOURS["ai"][1],
    }


def _warm_up(scenario: Scenario) -> None:
    """Simulate what the first visitor will see, while the browser still opens."""
    from simulator.app.page_state import live_runner

    live_runner().replicate(scenario, DEFAULT_REPLICATIONS)


def _check_address(host: str, port: int) -> None:
    """Refuse an address that nobody can listen on; raise StudyError."""
    if not 1 <= port <= 65_535:
        raise StudyError(f"port is {port}; must be from 1 to 65535")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(found[0][0], socket.SOCK_STREAM) as trial:
            if os.name == "posix":
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(found[0][4])
    except OSError as error:
        rule = f"cannot be listened on: {error.strerror or error}; choose another --port"
        raise StudyError(Problem(f"{host}:{port}", "", rule)) from None
