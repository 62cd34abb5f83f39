"""The project's documents: the commands they show, and the passages of real output that stand beside them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
DOCUMENTS = (
    README,
    ROOT / "scenarios/README.md", ROOT / "scenarios/RECIPES.md", ROOT / "scenarios/REFERENCE.md",
    ROOT / "results/README.md", ROOT / "CONTRIBUTING.md",
)  # fmt: skip
SERVERS = ("app",)
"""Commands that run until they are stopped: their own tests drive them in a browser."""

EXCERPTS = {
    "run": (r".*",),
    "tune": (r"Answer from .*?% or more\.",),
    "sweep": (r"Weighing .*?\n(?=Report: )",),
    "compare": (r"“2 extra evening agents” .*?\n(?=All variants)",),
    "staff": (r"With the AI .*?\(capacity\)\.",),
    "roi": (r"Over 12 months .*?when shifts change\.",),
    "pilot": (r"By accuracy and CSAT .*?\n(?=By week)", r"What passes in the pilot .*?\n(?=How sure)"),
    "fit": (r"[\d,]+ tickets of .*?\n(?=The desk has)",),
    "backtest": (r"The model may .*?\n(?=Backlog at)",),
}
"""What the README shows of a command's output, by command: regular expressions of passages, in order."""
GALLERY = {
    "saas_pilot_flow.png": ("run", "saas-desk-four-week-pilot/figures/01_ticket_flow.png"),
    "saas_pilot_frontier.png": ("tune", "saas-desk-four-week-pilot-tune/figures/01_frontier.png"),
    "saas_pilot_cash_flow.png": ("roi", "saas-desk-four-week-pilot-roi/figures/01_cash_flow.png"),
}
"""Pictures that the README shows: the command that draws each, and its place in the results."""

_COMPILING = "Compiling for this machine; this happens once.\n"
_OUTPUT = re.compile(r"(<!-- output: (\w+) -->\n```text\n)(.*?)(```)", re.DOTALL)


def blocks(text: str, language: str) -> list[str]:
    """List the code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def commands(text: str) -> list[list[str]]:
    """List every `ticketflow …` call of a document as words; installation is what CI itself does."""
    lines = [line for block in blocks(text, "sh") for line in block.splitlines() if ".venv/bin/ticketflow " in line]
    calls = [shlex.split(line.rsplit(".venv/bin/ticketflow ", 1)[1], comments=True) for line in lines]
    return [words for words in calls if words[0] not in SERVERS]


def outputs(text: str) -> dict[str, str]:
    """Return each output that a document shows, by command."""
    return {name: shown for _, name, shown, _ in _OUTPUT.findall(text)}


def excerpt(name: str, output: str) -> str:
    """Cut out of a command's output what the README shows of it, `…` between passages; ValueError if one is missing."""
    found = []
    for passage in EXCERPTS[name]:
        match = re.search(passage, output.replace(_COMPILING, "").strip("\n"), flags=re.DOTALL)
        if match is None:
            raise ValueError(f"the output of {name} has no passage like {passage}")
        found.append("\n".join(line.rstrip() for line in match[0].strip("\n").splitlines()))
    return "\n…\n".join(found) + "\n"


def with_outputs(text: str, found: dict[str, str]) -> str:
    """Put real outputs into a document where it shows those commands."""

    def replaced(match: re.Match[str]) -> str:
        name = match[2]
        return f"{match[1]}{excerpt(name, found[name])}{match[4]}" if name in found else match[0]

    return _OUTPUT.sub(replaced, text)


def anchors(text: str) -> set[str]:
    """Return the links to a document's headings, as GitHub makes them."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", prose, flags=re.MULTILINE)
    }


def links(text: str) -> list[str]:
    """List the links and pictures that lead into the project itself."""
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", prose) if "://" not in link]
