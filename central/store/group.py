"""Group commit: many small jobs, one transaction, one fsync.

A single thread takes whatever waits, does it in one transaction, and only then answers: what was answered is on the disk.
While one group is being committed the next one gathers, and under load it is given a moment more; alone a job waits for
nobody. Should a group fail, each of its jobs is done again in a transaction of its own: one bad job harms no other.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from central.store.database import Database, StorageFull

MOST_TOGETHER = 32
"""Jobs in one transaction."""
GATHERING_S = 0.005
"""How long a group gathers, when the one before it was more than one job: fewer and larger groups cost less."""
MOST_WAITING = 1024
"""Jobs that may wait; then whoever brings one waits as well."""

Job = TypeVar("Job")
Result = TypeVar("Result")


class Closed(Exception):
    """The centre is being shut down; the job was not done."""


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Job, Result]):
    job: Job
    future: Future[Result] | asyncio.Future[Result]
    loop: asyncio.AbstractEventLoop | None


class GroupWriter(Generic[Job, Result]):
    """Does jobs in groups.

    Args:
        database: where.
        work: does a group in a session and returns a result for each job in order; a result that is an exception is
            raised to whoever brought that job, without undoing anything. If `work` itself raises, the group is undone.
        most_together: jobs in one transaction.
        most_waiting: jobs that may wait.
    """

    def __init__(
        self,
        database: Database,
        work: Callable[[Session, Sequence[Job]], Sequence[Result | Exception]],
        most_together: int = MOST_TOGETHER,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._database = database
        self._work = work
        self._most_together = most_together
        self._most_waiting = most_waiting
        self._room = asyncio.Semaphore(most_waiting)
        self._waiting: deque[_Entry[Job, Result]] = deque()
        self._changed = threading.Condition()
        self._busy = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="group-writer", daemon=True)
        self._thread.start()

    def do(self, job: Job) -> Result:
        """Do a job, from any thread but the event loop's; returns when it is on the disk.

        Raises:
            StorageFull, Closed, or what `work` makes of the job.
        """
        future: Future[Result] = Future()
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._waiting) < self._most_waiting)
            self._put(_Entry(job, future, None))
        return future.result()

    async def done(self, job: Job) -> Result:
        """The same from an event loop."""
        async with self._room:
            loop = asyncio.get_running_loop()
            future: asyncio.Future[Result] = loop.create_future()
            with self._changed:
                self._put(_Entry(job, future, loop))
            return await future

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _put(self, entry: _Entry[Job, Result]) -> None:
        if self._closed:
            raise Closed
        self._waiting.append(entry)
        self._changed.notify_all()

    def _run(self) -> None:
        while group := self._next_group():
            try:
                outcomes = self._together([entry.job for entry in group])
            except StorageFull as full:
                outcomes = [full] * len(group)
            except Exception as error:  # noqa: BLE001 - whoever brought the job gets it
                outcomes = [error] if len(group) == 1 else [self._alone(entry.job) for entry in group]
            _answer(group, outcomes)

    def _next_group(self) -> list[_Entry[Job, Result]]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._busy:
                self._changed.wait_for(lambda: self._closed or len(self._waiting) >= self._most_together, GATHERING_S)
            group = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most_together))]
            self._busy = len(group) > 1
            self._changed.notify_all()
            return group

    def _together(self, jobs: Sequence[Job]) -> Sequence[Result | Exception]:
        with self._database.writing() as session:
            return self._work(session, jobs)

    def _alone(self, job: Job) -> Result | Exception:
        try:
            return self._together((job,))[0]
        except Exception as error:  # noqa: BLE001 - whoever brought the job gets it
            return error


def _answer(group: Sequence[_Entry[Job, Result]], outcomes: Sequence[Result | Exception]) -> None:
    """Tell everybody; those of one event loop with one wake-up."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[tuple[_Entry[Job, Result], Result | Exception]]] = {}
    for entry, outcome in zip(group, outcomes, strict=True):
        by_loop.setdefault(entry.loop, []).append((entry, outcome))
    for loop, pairs in by_loop.items():
        if loop is None:
            _settle(pairs)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_settle, pairs)


def _settle(pairs: Sequence[tuple[_Entry[Job, Result], Result | Exception]]) -> None:
    for entry, outcome in pairs:
        if entry.future.done():  # the client went away; what it brought is stored all the same
            continue
        if isinstance(outcome, Exception):
            entry.future.set_exception(outcome)
        else:
            entry.future.set_result(outcome)
