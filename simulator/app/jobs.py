"""Long studies in the background: each in a thread of its own, with progress, and cancelled at its next sign of life.

A study tells its progress after each cell, so a cancelled one ends within a cell's time. One study computes at a time
in the whole server; the others wait their turn, as they would only slow each other down.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from simulator.base.errors import SimulatorError
from simulator.studies.running.batch import Stages

_State = Literal["waiting", "running", "done", "failed", "cancelled"]
_TURN = threading.Semaphore(1)
KEPT_JOBS = 12


class _Cancelled(Exception):
    """Ends a study from within its progress; it never leaves this file."""


@dataclass
class Job:
    """One study: how far it is, and what it found."""

    title: str
    work: Callable[[Stages], Any]
    """The study, told how to tell its progress."""
    state: _State = "waiting"
    stage: str = ""
    done: int = 0
    of: int = 0
    began: float = field(default_factory=time.monotonic)
    result: Any = None
    error: SimulatorError | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")

    @property
    def share(self) -> float:
        """How much of the stage is done, 0 to 1."""
        return min(1.0, self.done / self.of) if self.of else 0.0

    @property
    def seconds(self) -> float:
        """How long ago it was asked for."""
        return time.monotonic() - self.began

    def cancel(self) -> None:
        """Ask it to end; it does at its next sign of life."""
        self._stop.set()

    def start(self) -> Job:
        """Begin in a thread of its own."""
        threading.Thread(target=self._run, name=f"study {self.title}", daemon=True).start()
        return self

    def _run(self) -> None:
        while not _TURN.acquire(timeout=0.2):
            if self._stop.is_set():
                self.state = "cancelled"
                return
        try:
            self._check()
            self.state = "running"
            self.result = self.work(self._tell)
            self.state = "done"
        except _Cancelled:
            self.state = "cancelled"
        except SimulatorError as error:
            self.error, self.state = error, "failed"
        except BaseException:
            # A fault of ours: the thread ends with it in the server's log, and the page says that it did.
            self.state = "failed"
            raise
        finally:
            _TURN.release()

    def _tell(self, stage: str, done: int, of: int) -> None:
        self._check()
        self.stage, self.done, self.of = stage, done, of

    def _check(self) -> None:
        if self._stop.is_set():
            raise _Cancelled


class Jobs:
    """One visitor's studies, by what they were asked; the oldest are forgotten."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}

    def get(self, key: str) -> Job | None:
        """Return the study that answers a question, if it was asked."""
        return self._jobs.get(key)

    def before(self, job: Job) -> Job | None:
        """Return this visitor's study that computes while `job` waits; None if that is somebody else's."""
        return next((one for one in list(self._jobs.values()) if one.state == "running" and one is not job), None)

    def start(self, key: str, title: str, work: Callable[[Stages], Any]) -> Job:
        """Begin a study, in place of an earlier one of the same question."""
        if (before := self._jobs.pop(key, None)) is not None:
            before.cancel()
        self._jobs[key] = Job(title, work).start()
        too_many = max(0, len(self._jobs) - KEPT_JOBS)
        for oldest in [name for name, job in self._jobs.items() if job.is_over][:too_many]:
            del self._jobs[oldest]
        return self._jobs[key]

    def forget(self, key: str) -> None:
        """Drop a study, cancelled if it still runs."""
        if (job := self._jobs.pop(key, None)) is not None:
            job.cancel()
