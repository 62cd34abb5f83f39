"""`ticketflow app`: the web page."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.app.address import LOOPBACK, OURS, PORT
from simulator.cli.common import told_plainly
from simulator.cli.help import command


@command(
    "Open the web page: sliders, and what they change.",
    "ticketflow app saas_pilot",
    "ticketflow app my_desk.yaml --port 8600 --no-browser",
)
def app(
    scenario: Annotated[
        str | None, typer.Argument(help="Scenario file (.yaml), or the name of a shipped scenario.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on; by default this machine alone. There is no password.")
    ] = LOOPBACK,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = PORT,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
) -> None:
    """Open the web page: sliders over a desk, and what they change, within a second."""
    with told_plainly():
        from simulator.app.server import serve

        if host not in OURS:
            typer.echo(f"warning  listening on {host}: whoever can reach this machine can use the page", err=True)
        serve(scenario, host=host, port=port, browser=browser, tell=typer.echo)
