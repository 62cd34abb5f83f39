"""Beyond one machine: tasks of a study on a Dask cluster.

The futures are watched here rather than through joblib's Dask backend: that one waits for ever once the scheduler is
gone, or when a task has killed its workers.
"""

from __future__ import annotations

import logging
import pickle
import queue
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TypeVar

from simulator import __version__
from simulator.errors import StudyError

Work = TypeVar("Work")
Result = TypeVar("Result")
CONNECT_SECONDS, WORKER_SECONDS, LOOK_SECONDS = 5.0, 15.0, 1.0


def on_cluster(address: str, work: Callable[[Work], Result], tasks: Iterable[Work]) -> Generator[Result]:
    """Give the results of tasks as workers of a cluster finish them; tasks are sent as workers get free.

    A worker that dies is no error: the scheduler gives its task to another one. While there are no workers at all, the
    study waits for some. Raises StudyError if the scheduler cannot be reached or is lost.
    """
    with _connected(address) as client:
        _check_workers(client, address)
        left = iter(tasks)
        under_way: dict[str, Any] = {}
        done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        _send(client, work, left, under_way, done)
        while under_way:
            try:
                future = done.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                future = None
            if client.status != "running" or (future is not None and future.status in ("cancelled", "lost")):
                raise StudyError(f"the scheduler at {address} is lost; see why it ended, and start it again")
            if future is not None:
                del under_way[future.key]
                yield _result_of(future, address)
            _send(client, work, left, under_way, done)


def _send(
    client: Any, work: Callable[[Work], Result], left: Iterator[Work], under_way: dict[str, Any], done: Any
) -> None:
    """Keep two tasks for each thread of the cluster under way, so that none waits and few are lost."""
    room = max(2 * sum(client.nthreads().values()), 2) if client.status == "running" else 0
    while len(under_way) < room:
        try:
            task = next(left)
        except StopIteration:
            return
        # As bytes, so that Dask does not look for futures in it; not `pure`, so that it hashes nothing either.
        future = client.submit(_computed, pickle.dumps((work, task)), pure=False)
        under_way[future.key] = future
        future.add_done_callback(done.put)


def _computed(sent: bytes) -> bytes:
    """Do one task; runs on the cluster's workers."""
    work, task = pickle.loads(sent)
    return pickle.dumps(work(task))


def _version() -> str:
    """Tell which ticketflow this is; runs on the cluster's workers."""
    return __version__


def _result_of(future: Any, address: str) -> Any:
    distributed: Any = import_module("distributed")
    try:
        return pickle.loads(future.result())
    except distributed.KilledWorker:
        reason = "killed the workers that tried it; they ran out of memory, perhaps: see their logs"
        raise StudyError(f"a task on the cluster at {address} {reason}") from None


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        dask: Any = import_module("dask")
        distributed: Any = import_module("distributed")
    except ImportError:
        raise StudyError('a cluster needs Dask, which is not installed; pip install "ticketflow[cluster]"') from None
    logger = logging.getLogger("distributed")
    level = logger.level
    # What it would log about a lost scheduler is told as an error here.
    logger.setLevel(logging.CRITICAL)
    try:
        with dask.config.set({"distributed.comm.timeouts.connect": f"{CONNECT_SECONDS}s"}):
            try:
                client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
            except (OSError, ValueError) as error:
                rule = "start one with `dask scheduler`, or check host and port"
                raise StudyError(f"no scheduler answers at {address} ({type(error).__name__}); {rule}") from None
            try:
                yield client
            finally:
                client.close(timeout=CONNECT_SECONDS)
    finally:
        logger.setLevel(level)


def _check_workers(client: Any, address: str) -> None:
    """Refuse a cluster without workers, or with another version of ticketflow: its figures might differ."""
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except TimeoutError:
        rule = f"start some with `dask worker {address}`"
        raise StudyError(f"the scheduler at {address} has no workers; {rule}") from None
    try:
        versions = client.run(_version)
    except Exception as error:
        rule = "install ticketflow, in the same version, wherever workers run"
        raise StudyError(f"the workers at {address} cannot run ticketflow ({error}); {rule}") from error
    for worker, version in versions.items():
        if version != __version__:
            rule = f"must be {__version__}, as here: install the same version everywhere"
            raise StudyError(f"the worker at {worker} has ticketflow {version}; {rule}")
