"""Workers: who computes the tasks of a study, threads or processes on this machine, or a Dask cluster."""

from __future__ import annotations

import logging
import os
import pickle
import queue
import re
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from itertools import islice
from typing import Any, Literal, TypeVar, cast

from simulator import __version__
from simulator.base.errors import StudyError
from simulator.engines.run_log import Engine

Work = TypeVar("Work")
Result = TypeVar("Result")
CONNECT_SECONDS, WORKER_SECONDS, _LOOK_SECONDS = 5.0, 15.0, 1.0


def _on_cluster(address: str, work: Callable[[Work], Result], tasks: Iterable[Work]) -> Generator[Result]:
    """Return the results of tasks as workers of a cluster finish them; tasks are sent as workers get free.

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
                future = done.get(timeout=_LOOK_SECONDS)
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
    """Return which ticketflow this is; runs on the cluster's workers."""
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


# -- workers ----------------------------------------------------------------------------------------------------------


_Kind = Literal["threads", "processes", "dask"]

_MAX_WORKERS = 1024
_TRACKER_FILTER = "ignore:resource_tracker"
_CLUSTER = "dask:"
_THREADED_ENGINES = ("fast",)
"""Engines that let go of Python's global lock while they work; others need processes."""
_LONG_STUDY = 20_000_000
"""Tickets from which processes, which take some seconds to start, are quicker than threads, which share the lock for a
part of the time (measured on two cores)."""


@dataclass(frozen=True)
class Workers:
    """Who computes."""

    kind: _Kind | None = None
    """None leaves the choice to the engine and the size of the study."""
    count: int | None = None
    """Threads or processes; None means as many as there are cores."""
    address: str = ""
    """Where the cluster's scheduler listens, such as `tcp://10.0.0.5:8786`."""

    def kind_for(self, engine: Engine, tickets: float = 0.0) -> _Kind:
        """Choose the kind of workers for an engine and the number of tickets to follow."""
        return self.kind or ("threads" if engine in _THREADED_ENGINES and tickets < _LONG_STUDY else "processes")

    def results(
        self, work: Callable[[Work], Result], tasks: Iterable[Work], size: int, engine: Engine, tickets: float = 0.0
    ) -> Generator[Result]:
        """Return the results of up to `size` tasks as they finish; tasks are taken as workers get free.

        `tickets` is about how many they follow in all.

        Raises StudyError where workers cannot be had or are lost.
        """
        kind = self.kind_for(engine, tickets)
        if kind == "dask":

            return _on_cluster(self.address, work, tasks)
        count = min(self.count or _cores(), size)
        if count == 1:
            return (work(task) for task in tasks)
        return _in_threads(work, tasks, count) if kind == "threads" else _in_processes(work, tasks, count)


def parse_workers(given: int | str | Workers | None) -> Workers:
    """Read `4`, `threads:4`, `processes:4` or `dask:tcp://HOST:PORT`; raise StudyError for anything else."""
    if isinstance(given, Workers):
        return given
    if given is None:
        return Workers()
    text = str(given).strip()
    if text.startswith(_CLUSTER):
        return Workers("dask", None, _address(text))
    match = re.fullmatch(r"(?:(threads|processes):)?(-?\d{1,9})|(threads|processes)", text)
    if match is None:
        raise _not_workers(text, "must be a number, threads:N, processes:N or dask:tcp://HOST:PORT")
    kind = cast(_Kind | None, match[1] or match[3])
    if match[2] is None:
        return Workers(kind)
    if not 1 <= int(match[2]) <= _MAX_WORKERS:
        raise _not_workers(text, f"must be 1 or more, and at most {_MAX_WORKERS:,}")
    return Workers(kind, int(match[2]))


def _not_workers(text: str, rule: str) -> StudyError:
    return StudyError(f"workers is {text}; {rule}")


def _address(text: str) -> str:
    from urllib.parse import urlsplit

    address = text.removeprefix(_CLUSTER)
    try:
        parts = urlsplit(address)
        is_good = parts.scheme == "tcp" and bool(parts.hostname) and parts.port is not None and not parts.path
    except ValueError:
        is_good = False
    if not is_good:
        raise _not_workers(text, "must be dask:tcp://HOST:PORT, such as dask:tcp://10.0.0.5:8786")
    return address


def _cores() -> int:
    from joblib import cpu_count

    return int(cpu_count())


def _in_threads(work: Callable[[Work], Result], tasks: Iterable[Work], count: int) -> Generator[Result]:
    results = _dispatched(work, tasks, count, "threading")
    try:
        # Not `yield from`: it would close the results before warnings of that can be kept quiet.
        for result in results:  # noqa: UP028
            yield result
    finally:
        _cancel(results)


def _in_processes(work: Callable[[Work], Result], tasks: Iterable[Work], count: int) -> Generator[Result]:
    _hush_tracker()
    results = _dispatched(partial(_while_alive, os.getpid(), work), tasks, count, "loky")
    try:
        # Not `yield from`: whoever stops listening must find the workers gone, too.
        for result in results:  # noqa: UP028
            yield result
    except (KeyboardInterrupt, GeneratorExit):
        _cancel(results)
        _stop_workers()
        raise
    except BrokenExecutor:  # The other workers have been ended by then.
        reason = "was killed, or ran out of memory; free memory or take fewer workers (--workers)"
        raise StudyError(f"a worker process {reason}") from None
    except OSError as error:
        _stop_workers()
        raise StudyError(f"worker processes cannot be run: {error.strerror or error}; try --workers 1") from error


def _dispatched(work: Callable[[Work], Result], tasks: Iterable[Work], count: int, backend: str) -> Generator[Result]:
    """Hand tasks out, a few more than there are workers, and give results as they come."""
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=count, return_as="generator_unordered", backend=backend, pre_dispatch="2*n_jobs")
    results: Generator[Result] = parallel(delayed(work)(task) for task in tasks)
    return results


def _while_alive(parent: int, work: Callable[[Work], Result], task: Work) -> Result:
    """Do a task in a worker process that ends when its parent does; joblib's own waits minutes for more work."""
    if _guarded.get("parent") != parent:
        _guarded["parent"] = parent
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    return work(task)


_guarded: dict[str, int] = {}
"""The parent that a worker process keeps an eye on."""


def _end_with(parent: int) -> None:
    # Elsewhere than on POSIX systems an orphan keeps its parent's number, and ends when it finds no more work.
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _cancel(results: Generator[object]) -> None:
    """Drop the tasks that are under way."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It warns that tasks are cancelled, which is what we want.
        results.close()


def _hush_tracker() -> None:
    """Keep joblib's tracker of temporary files from warning, on stderr, of files that ended workers took with them."""
    given = os.environ.get("PYTHONWARNINGS", "")
    if _TRACKER_FILTER not in given:
        os.environ["PYTHONWARNINGS"] = ",".join(part for part in (given, _TRACKER_FILTER) if part)


def _stop_workers() -> None:
    """End the worker processes at once, so that Ctrl-C leaves nothing behind."""
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(wait=True, kill_workers=True)
