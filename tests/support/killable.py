"""Studies that a test may kill: run in a child of a process that has imported and compiled everything beforehand.

`python -m tests.support.killable` reads commands as lines of JSON, forks a child for each, prints its process id, and,
when it has ended, how: its exit code, or minus the signal that killed it. A child is a process of its own, as one
that a user starts, but starts in milliseconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulator.cli import app
from simulator.studies.run.outputs import staged, write_csv
from simulator.studies.running.batch import replicate, run_stored
from simulator.studies.running.results import summarise
from simulator.studies.running.variants import Variant
from tests.support.desks import ai_desk, changed, pilot_desk

ROOT = Path(__file__).parents[2]


def variants() -> list[Variant]:
    """Three settings of a desk: a threshold, and two more agents."""
    base = ai_desk(arrivals={"per_week": 300}, csat={"human_mean": 4.2}, costs={"agent_per_hour": 20})
    settings: tuple[dict[str, Any], ...] = ({}, {"policy.answer_threshold": 0.5}, {"teams.support.agents": 5})
    return [
        Variant(f"variant {number}", changed(base, **change), tuple((p, str(v)) for p, v in change.items()), base)
        for number, change in enumerate(settings)
    ]


def study(folder: str, workers: str) -> None:
    """Run the three variants from Python and write their summaries."""
    studies = run_stored(variants(), Path(folder), replications=12, seed=3, workers=workers)
    with staged(Path(folder)) as staging:
        for number, found in enumerate(studies.values()):
            write_csv(summarise(found), staging / f"summary_{number}.csv")


def command(*words: str) -> None:
    """Run a `ticketflow` command."""
    app(list(words), standalone_mode=True)


class Children:
    """Starts one child after the other."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        assert server.stdin is not None
        assert server.stdout is not None
        self._asked, self._told = server.stdin, server.stdout

    def start(self, words: list[str]) -> int:
        """Start `study FOLDER WORKERS` or `command WORDS…`; return the child's process id."""
        self._asked.write(json.dumps(words) + "\n")
        self._asked.flush()
        return int(self._told.readline())

    def ended(self) -> int:
        """Wait for the child to end; return its exit code, or minus the signal that killed it."""
        return int(self._told.readline())


@contextmanager
def children() -> Iterator[Children]:
    """Have a process that starts children; it ends with the block."""
    words = [sys.executable, "-m", "tests.support.killable"]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        yield Children(server)
        server.communicate()


def main() -> None:
    """Serve until nobody asks any more."""
    replicate(pilot_desk(weeks=1), replications=1, workers=1)  # Loads what is compiled.
    for line in sys.stdin:
        kind, *words = json.loads(line)
        child = os.fork()
        if child == 0:
            _live({"study": study, "command": command}[kind], words)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _live(what: Any, words: list[str]) -> None:
    """Do something as a process that nobody listens to, and end."""
    code = 1
    try:
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        what(*words)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
