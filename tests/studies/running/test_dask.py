"""Beyond one machine: a real scheduler and real workers, one of which is killed in mid-study."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.base.errors import StudyError
from simulator.studies.run.outputs import write_csv
from simulator.studies.running.batch import replicate, run_stored, run_variants
from simulator.studies.running.results import Replications, summarise
from simulator.studies.running.variants import Variant
from tests.support.desks import ai_desk, changed

distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")
pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
DESK = ai_desk(arrivals={"per_week": 300}, csat={"human_mean": 4.2}, costs={"agent_per_hour": 20})
VARIANTS = [Variant("as it is", DESK), Variant("five", changed(DESK, teams__support__agents=5), (), DESK)]


@dataclass
class Cluster:
    """A scheduler and workers on this machine."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


@contextmanager
def started(folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{time.monotonic_ns()}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=ROOT, stdout=log, stderr=log,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """Start a scheduler on a free port, and workers of one thread each."""
    contact = folder / "scheduler.json"
    quiet = ("--host", "127.0.0.1", "--no-dashboard")
    with ExitStack() as stack:
        words = ("distributed.cli.dask_scheduler", *quiet, "--port", "0", "--scheduler-file", str(contact))
        scheduler = stack.enter_context(started(folder, *words))
        until = time.monotonic() + 60
        while not contact.exists() or not contact.read_text().endswith("}"):
            assert scheduler.poll() is None, "the scheduler ended"
            assert time.monotonic() < until, "the scheduler does not start"
            time.sleep(0.05)
        address = json.loads(contact.read_text())["address"]
        options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(folder), *quiet)
        hands = [
            stack.enter_context(started(folder, "distributed.cli.dask_worker", address, *options))
            for _ in range(workers)
        ]
        if workers:
            with distributed.Client(address, set_as_default=False) as client:
                client.wait_for_workers(workers, timeout=60)
        yield Cluster(address, scheduler, hands)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a cluster of two workers."""
    with cluster(tmp_path_factory.mktemp("cluster"), 2) as found:
        yield f"dask:{found.address}"


def summary(study: Replications, folder: Path) -> bytes:
    write_csv(summarise(study), folder / "summary.csv")
    return (folder / "summary.csv").read_bytes()


def test_a_cluster_finds_what_one_worker_finds(two: str, tmp_path: Path) -> None:
    assert summary(replicate(DESK, replications=6, workers=two), tmp_path) == summary(
        replicate(DESK, replications=6, workers=1), tmp_path
    )


def test_variants_share_a_cluster(two: str, tmp_path: Path) -> None:
    here = run_variants(VARIANTS, replications=4, workers=1)
    there = run_variants(VARIANTS, replications=4, workers=two)
    for name, study in here.items():
        assert summary(there[name], tmp_path) == summary(study, tmp_path)


def test_the_command_runs_on_a_cluster(two: str, tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(
        "name: desk\nstart: 2026-03-02\nweeks: 1\narrivals: {per_week: 50}\n"
        "intents: {question: {share: 100%, handle: 8m}}\nteams: {support: {agents: 2}}\n"
    )
    command = [sys.executable, "-W", "error", "-m", "simulator", "run", str(tmp_path / "desk.yaml"), "-n", "4", "-q"]
    for workers, out in ((two, "there"), ("1", "here")):
        ended = subprocess.run(
            [*command, "--workers", workers, "--out", str(tmp_path / out)], cwd=ROOT, capture_output=True, text=True
        )
        assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "there" / "summary.csv").read_bytes() == (tmp_path / "here" / "summary.csv").read_bytes()


def test_a_worker_killed_in_mid_study_changes_nothing(tmp_path: Path) -> None:
    with cluster(tmp_path, 2) as found:

        def kill(done: int, of: int) -> None:
            if done == 5:
                found.workers[0].kill()

        study = replicate(DESK, replications=30, workers=f"dask:{found.address}", progress=kill)
        assert found.workers[0].wait(10) == -9
        assert found.workers[1].poll() is None
    assert summary(study, tmp_path) == summary(replicate(DESK, replications=30, workers=1), tmp_path)


def test_a_lost_scheduler_is_told_and_the_study_goes_on_elsewhere(tmp_path: Path) -> None:
    variants = [Variant("desk", DESK)]
    (tmp_path / "logs").mkdir()
    with cluster(tmp_path / "logs", 1) as found:

        def kill(done: int, of: int) -> None:
            if done == 3:
                found.scheduler.kill()

        with pytest.raises(StudyError) as caught:
            run_stored(variants, tmp_path / "o", replications=40, workers=f"dask:{found.address}", progress=kill)
    lost, state = caught.value.problems
    assert lost.message == f"the scheduler at {found.address} is lost; see why it ended, and start it again"
    assert "of 40 replications were finished and are kept in" in state.message
    done = int(state.message.split()[0])
    assert 3 <= done < 40
    told: list[tuple[int, int]] = []
    run_stored(variants, tmp_path / "o", replications=done + 1, workers=1, progress=lambda *now: told.append(now))
    assert told == [(done, done + 1), (done + 1, done + 1)]


def test_a_cluster_without_workers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.studies.running.workers.WORKER_SECONDS", 0.5)
    with cluster(tmp_path, 0) as found, pytest.raises(StudyError) as caught:
        replicate(DESK, replications=2, workers=f"dask:{found.address}")
    rule = f"start some with `dask worker {found.address}`"
    assert str(caught.value) == f"ticketflow: the scheduler at {found.address} has no workers; {rule}"


def test_workers_of_another_version_are_refused(two: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.studies.running.workers.__version__", "9.9.9")
    with pytest.raises(StudyError, match=r"has ticketflow 0\..*; must be 9\.9\.9, as here: install the same version"):
        replicate(DESK, replications=2, workers=two)


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.studies.running.workers.CONNECT_SECONDS", 1.0)
    with pytest.raises(StudyError, match=r"no scheduler answers at tcp://127\.0\.0\.1:1 .*start one with"):
        replicate(DESK, replications=2, workers="dask:tcp://127.0.0.1:1")


def test_without_dask_the_extra_is_named() -> None:
    script = (
        "import sys; sys.modules['distributed'] = None\n"
        "from simulator.studies.running.batch import replicate\n"
        "from tests.support.desks import plain_desk\n"
        "replicate(plain_desk(), replications=2, workers='dask:tcp://127.0.0.1:1')"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 1
    assert 'a cluster needs Dask, which is not installed; run: python -m pip install dask distributed' in ended.stderr
