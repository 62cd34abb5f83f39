"""Who computes: any number and kind of workers gives the same figures, and losing one is told plainly."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.base.errors import StudyError
from simulator.engines import chosen
from simulator.studies.running.batch import Interrupted, replicate, run_stored, run_variants
from simulator.studies.running.results import Replications, summarise
from simulator.studies.running.store import FILE
from simulator.studies.running.variants import Variant
from simulator.studies.running.workers import Workers, parse_workers
from tests.support.desks import ai_desk

DESK = ai_desk(arrivals={"per_week": 60}, csat={"human_mean": 4.2}, costs={"agent_per_hour": 20})


# -- options ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "workers"), [
    (None, Workers()), (3, Workers(None, 3)), ("3", Workers(None, 3)), ("threads:4", Workers("threads", 4)),
    ("processes:2", Workers("processes", 2)), ("threads", Workers("threads")),
    ("dask:tcp://10.0.0.5:8786", Workers("dask", None, "tcp://10.0.0.5:8786")),
    ("dask:tcp://[::1]:8786", Workers("dask", None, "tcp://[::1]:8786")), (Workers("threads"), Workers("threads")),
])  # fmt: skip
def test_workers_are_read_as_written(text: int | str | Workers | None, workers: Workers) -> None:
    assert parse_workers(text) == workers


@pytest.mark.parametrize(("text", "rule"), [
    ("0", "must be 1 or more, and at most 1,024"), ("threads:-1", "must be 1 or more"), ("9999", "at most 1,024"),
    ("many", "must be a number, threads:N, processes:N or dask:tcp://HOST:PORT"), ("", "must be a number"),
    ("fibres:3", "must be a number"), (":3", "must be a number"), ("threads:", "must be a number"),
    ("threads:x", "must be a number"), ("1.5", "must be a number"), ("dask:", "must be dask:tcp://HOST:PORT"),
    ("dask:10.0.0.5:8786", "must be dask:tcp://HOST:PORT"), ("dask:tcp://:8786", "must be dask:tcp"),
    ("dask:tcp://host", "must be dask:tcp"), ("dask:tcp://host:port", "must be dask:tcp"),
    ("dask:http://host:80", "must be dask:tcp"), ("dask:tcp://host:80/x", "must be dask:tcp"),
])  # fmt: skip
def test_what_names_no_workers_is_refused(text: str, rule: str) -> None:
    with pytest.raises(StudyError) as caught:
        replicate(DESK, replications=1, workers=text)
    assert f"workers is {text}; " in str(caught.value)
    assert rule in str(caught.value)


def test_an_engine_is_chosen_by_name_or_the_quickest() -> None:
    assert chosen("simpy") == "simpy"
    assert chosen("auto") == chosen()
    with pytest.raises(StudyError, match="engine 'abacus' is not known; must be one of auto, simpy"):
        chosen("abacus")


def test_simpy_gets_processes_unless_told_otherwise() -> None:
    assert Workers().kind_for("simpy") == "processes"
    assert [Workers().kind_for("fast", tickets) for tickets in (1e6, 1e8)] == ["threads", "processes"]
    assert Workers("threads").kind_for("fast", 1e8) == "threads"
    assert Workers("threads").kind_for("simpy") == "threads"


# -- the same figures ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def alone() -> Replications:
    return replicate(DESK, replications=6, workers=1)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, "threads:3", "processes:2"])
def test_any_workers_find_what_one_finds(workers: int | str, alone: Replications) -> None:
    found = replicate(DESK, replications=6, workers=workers)
    assert found.anchor == alone.anchor
    assert summarise(found).equals(summarise(alone))
    for one, other in zip(found.results, alone.results, strict=True):
        assert one.arm.flow == other.arm.flow
        assert one.arm.load.busy.tobytes() == other.arm.load.busy.tobytes()
        assert repr(one.groups) == repr(other.groups)


# -- losing them -----------------------------------------------------------------------------------------------


def worker_processes() -> list[int]:
    lines = subprocess.check_output(["ps", "-Aww", "-o", "pid=,ppid=,stat=,args="], text=True).splitlines()
    words = [line.split(None, 3) for line in lines if "popen_loky" in line]
    return [int(pid) for pid, ppid, state, _ in words if int(ppid) == os.getpid() and not state.startswith("Z")]


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_killed_worker_is_told_and_what_was_finished_is_kept(alone: Replications, tmp_path: Path) -> None:
    def kill(done: int, of: int) -> None:
        if done == 2:
            os.kill(worker_processes()[0], signal.SIGKILL)

    variants = [Variant("desk", DESK)]
    with pytest.raises(StudyError) as caught:
        run_stored(variants, tmp_path, replications=60, workers="processes:2", progress=kill)
    died, state = caught.value.problems
    assert died.message == (
        "a worker process was killed, or ran out of memory; free memory or take fewer workers (--workers)"
    )
    finished = int(state.message.split()[0])
    assert 2 <= finished < 60
    kept = f"{finished} of 60 replications were finished and are kept in {tmp_path / FILE}"
    assert state.message == f"{kept}; the same command goes on from there"
    assert worker_processes() == []
    told: list[tuple[int, int]] = []
    again = run_stored(variants, tmp_path, replications=60, workers=2, progress=lambda *now: told.append(now))["desk"]
    assert told[0] == (finished, 60)
    assert [again.values("aht")[number] for number in range(6)] == alone.values("aht").tolist()


@pytest.mark.slow
def test_a_worker_that_leaves_is_told() -> None:
    with pytest.raises(StudyError, match="a worker process was killed"):
        list(Workers("processes", 2).results(os._exit, [3, 3, 3, 3], 4, "simpy"))


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "threads:2", "processes:2"])
def test_ctrl_c_says_what_is_kept(workers: str, tmp_path: Path) -> None:
    def stop(done: int, of: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        run_stored([Variant("desk", DESK)], tmp_path, replications=50, workers=workers, progress=stop)
    kept = f"3 of 50 replications were finished and are kept in {tmp_path / FILE}"
    assert str(caught.value) == f"Stopped: {kept}; the same command goes on from there."
    with pytest.raises(Interrupted, match="Stopped: 3 of 50 replications were finished; nothing was written"):
        replicate(DESK, replications=50, workers=workers, progress=stop)


# -- memory ----------------------------------------------------------------------------------------------------


def test_no_more_tasks_are_made_than_workers_can_soon_take() -> None:
    made: list[int] = []
    go_on = threading.Event()

    def tasks() -> Iterator[int]:
        for number in range(1000):
            made.append(number)
            yield number

    def work(task: int) -> int:
        go_on.wait()
        return task

    results = Workers("threads", 2).results(work, tasks(), 1000, "simpy")
    threading.Timer(0.3, lambda: (seen.append(len(made)), go_on.set())).start()
    seen: list[int] = []
    assert sorted(results) == list(range(1000))
    assert seen[0] <= 5


def test_variants_need_names_of_their_own() -> None:
    with pytest.raises(StudyError, match="variants are named a, a; must be one or more, with different names"):
        run_variants([Variant("a", DESK), Variant("a", DESK)], replications=1)
    with pytest.raises(StudyError, match="variants are named nothing"):
        run_variants([], replications=1)
