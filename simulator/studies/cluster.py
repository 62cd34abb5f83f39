"""Beyond one machine: tasks of a study on a Dask cluster.

The futures are watched here rather than through joblib's Dask backend, which never hears of a task that failed on the
cluster's side: with the scheduler gone, or a task that killed its workers, it would go on waiting.
"""

from __future__ import annotations

import logging
import pickle
import queue
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
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
        sent = (pickle.dumps((work, task)) for task in tasks)
        under_way: dict[str, Any] = {}
        done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        _send(client, sent, under_way, done)
        while under_way:
            try:
                future = done.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                future = None
            if client.status != "running":
                raise _lost(address)
            if future is not None:
                del under_way[future.key]
                yield _result_of(future, address)
            try:
                _send(client, sent, under_way, done)
            except OSError:
                raise _lost(address) from None


def _lost(address: str) -> StudyError:
    return StudyError(f"the scheduler at {address} is lost; see why it ended, and start it again")


def _send(client: Any, sent: Iterator[bytes], under_way: dict[str, Any], done: queue.SimpleQueue[Any]) -> None:
    """Keep two tasks for each thread of the cluster under way, so that none waits and few are lost."""
    room = max(2 * sum(client.nthreads().values()), 2)
    for task in islice(sent, max(0, room - len(under_way))):
        # As bytes, so that Dask does not look for futures in it; not `pure`, so that it hashes nothing either.
        future = client.submit(_computed, task, pure=False)
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
    """Fetch a result; where the worker that holds it has died, another one computes it again."""
    distributed: Any = import_module("distributed")
    try:
        return pickle.loads(future.result())
    except (CancelledError, OSError):
        raise _lost(address) from None
    except distributed.KilledWorker:
        reason = "killed the workers that tried it; they ran out of memory, perhaps: see their logs"
        raise StudyError(f"a task on the cluster at {address} {reason}") from None


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        dask: Any = import_module("dask")
        distributed: Any = import_module("distributed")
    except ImportError:
        rule = "a cluster needs Dask, which is not installed; run: python -m pip install dask distributed"
        raise StudyError(rule) from None
    with _hushed(), dask.config.set({"distributed.comm.timeouts.connect": f"{CONNECT_SECONDS}s"}):
        try:
            client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            rule = "start one with `dask scheduler`, or check host and port"
            raise StudyError(f"no scheduler answers at {address} ({type(error).__name__}); {rule}") from None
        try:
            yield client
        finally:
            client.close(timeout=CONNECT_SECONDS)


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep Dask from logging about a lost scheduler, which is told as an error here."""
    names = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


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
