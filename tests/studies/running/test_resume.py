"""A study that is killed goes on where it was, and ends with the same bytes as one that nobody disturbed."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.studies.running.batch import run_stored
from simulator.studies.running.results import Replications
from simulator.studies.running.store import FILE
from tests.support.killable import ROOT, Children, children, variants

DESK = """\
name: tiny desk
start: 2026-03-02
weeks: 1
arrivals: {per_week: 300, profile: flat}
intents: {question: {share: 100%, handle: 8m}}
teams: {support: {agents: 2}}
ai:
  answer: {confidence: {mean: 0.75, concentration: 6}}
  after_wrong: {noticed: 40%, returns: 45%, lost: 15%}
csat: {human_mean: 4.4}
costs: {agent_per_hour: 28, ai: {per_resolution: 0.99}}
"""
pytestmark = pytest.mark.skipif(os.name == "nt", reason="kill -9 is a POSIX signal")


def study_command(folder: Path, workers: str) -> list[str]:
    return ["study", str(folder), workers]


def run_command(folder: Path, workers: str) -> list[str]:
    scenario = folder.parent / "desk.yaml"
    scenario.write_text(DESK)
    return ["command", "run", str(scenario), "-n", "20", "--workers", workers, "--out", str(folder), "--quiet"]


@pytest.fixture(scope="module")
def starter() -> Iterator[Children]:
    with children() as found:
        yield found


def finish(starter: Children, command: list[str]) -> None:
    starter.start(command)
    assert starter.ended() == 0


def cells_in(folder: Path) -> int:
    """Count finished cells, as anybody could with SQLite; the log of a killed study is folded in by that."""
    if not (folder / FILE).exists():
        return 0
    connection = sqlite3.connect(folder / FILE)
    try:
        has_cells = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'cells'").fetchone()[0]
        return int(connection.execute("SELECT count(*) FROM cells").fetchone()[0]) if has_cells else 0
    finally:
        connection.close()


def kill_in_the_middle(starter: Children, command: list[str], folder: Path, written: float, wait: float) -> bool:
    """Kill a study `wait` seconds after its log has grown to `written` bytes; tell whether it was still running."""
    log = folder / f"{FILE}-wal"
    process = starter.start(command)
    until = time.monotonic() + 60
    while alive(process) and time.monotonic() < until:
        if written == 0 or (log.exists() and log.stat().st_size >= written):
            break
        time.sleep(0.002)
    time.sleep(wait)
    if alive(process):
        os.kill(process, signal.SIGKILL)
    return starter.ended() == -signal.SIGKILL


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize(("command", "workers", "wanted"), [
    (study_command, "1", 9), (study_command, "threads:2", 8), (run_command, "processes:2", 5),
])  # fmt: skip
def test_killed_at_any_moment_it_ends_with_the_same_bytes(
    command: Callable[[Path, str], list[str]], workers: str, wanted: int, tmp_path: Path, starter: Children
) -> None:
    finish(starter, command(tmp_path / "undisturbed", "1"))
    folder = tmp_path / "killed"
    moments = random.Random(workers)
    kills, counts = 0, [0]
    # Once as it starts; then as it opens the store or anchors CSAT, and in or between the writing of cells.
    for written in (0, *(moments.uniform(1, 45_000) for _ in range(wanted - 1))):
        wait = moments.uniform(0, 0.03) if written else moments.uniform(0, 0.05)
        kills += kill_in_the_middle(starter, command(folder, workers), folder, written, wait)
        counts.append(cells_in(folder))
    assert kills == wanted
    assert counts == sorted(counts), "a finished cell was lost"
    assert counts[-1] > 0
    finish(starter, command(folder, workers))
    tables = sorted(path.name for path in (tmp_path / "undisturbed").glob("*.csv"))
    assert "summary.csv" in tables or "summary_0.csv" in tables
    for name in tables:
        assert (folder / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes(), name
    assert sorted(path.name for path in folder.glob(f"{FILE}*")) == [FILE]


@pytest.mark.slow
def test_a_process_killed_from_its_first_moment_on_ends_with_the_same_bytes(tmp_path: Path) -> None:
    """A process that loads the package itself, as users' do, is killed at moments from its start to its end."""
    folder, undisturbed = tmp_path / "killed", tmp_path / "undisturbed"

    def command(out: Path) -> list[str]:
        study = f"from tests.support.killable import study; study({str(out)!r}, '1')"
        return [sys.executable, "-c", study]

    begun = time.monotonic()
    subprocess.run(command(undisturbed), cwd=ROOT, check=True, capture_output=True)
    whole = time.monotonic() - begun
    for moment in (0.02, 0.2, 0.45, 0.7, 0.9):
        with subprocess.Popen(command(folder), cwd=ROOT, stderr=subprocess.DEVNULL) as process:
            time.sleep(moment * whole)
            process.kill()
        assert process.returncode in (-signal.SIGKILL, 0)
        assert process.returncode or moment > 0.5, "it ended before it could be killed"
    subprocess.run(command(folder), cwd=ROOT, check=True, capture_output=True)
    tables = sorted(path.name for path in undisturbed.glob("*.csv"))
    assert tables == ["summary_0.csv", "summary_1.csv", "summary_2.csv"]
    for name in tables:
        assert (folder / name).read_bytes() == (undisturbed / name).read_bytes(), name


def by_kpi(studies: dict[str, Replications]) -> dict[tuple[str, str], list[str]]:
    return {
        (name, kpi): [value.hex() for value in study.values(kpi).tolist()]
        for name, study in studies.items()
        for kpi in study.kpi_names
    }


def test_more_replications_go_on_from_fewer(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    run_stored(variants(), tmp_path / "one", replications=2, workers=1)
    grown = run_stored(
        variants(), tmp_path / "one", replications=4, workers="threads:2", progress=lambda *now: told.append(now)
    )
    assert told[0] == (6, 12)
    assert by_kpi(grown) == by_kpi(run_stored(variants(), tmp_path / "other", replications=4, workers=1))
    fewer = run_stored(variants(), tmp_path / "one", replications=3, workers=1)
    assert [len(study) for study in fewer.values()] == [3, 3, 3]


def test_a_finished_study_simulates_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run_stored(variants(), tmp_path, replications=2, workers=1)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("simulated again")

    monkeypatch.setattr("simulator.studies.running.cell.follow", never)
    again = run_stored(variants(), tmp_path, replications=2, workers=1)
    assert by_kpi(again) == by_kpi(first)
    assert [study.anchor for study in again.values()] == [study.anchor for study in first.values()]
