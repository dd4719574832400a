"""Several processes that serve together: begun, watched, replaced when one dies, and ended together.

They are forked from one that has opened nothing yet, and share its listening socket: a connection that a dying process
had not taken is taken by another. Should the supervisor itself be killed, its processes notice and end.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from types import FrameType

ENDING_S = 30.0
"""How long processes may take to finish what is under way; then they are killed."""
PAUSE_S = 1.0
"""Between a death and the next beginning: what dies at once must not be begun a thousand times."""

_log = logging.getLogger(__name__)
_fork = get_context("fork")


class CannotBegin(Exception):
    """A process ended before it was ready."""


class Supervisor:
    """Keeps `count` processes of `work` running.

    Args:
        count: how many.
        work: what each does; calls what it is given once it is ready, and returns after SIGTERM.
        ready: called once, when all are ready for the first time.
    """

    def __init__(self, count: int, work: Callable[[Callable[[], None]], None], ready: Callable[[], None]) -> None:
        self._count = count
        self._work = work
        self._ready = ready
        self._processes: dict[ForkProcess, Connection] = {}
        """Each with what it says when it is ready."""
        self._woken, self._wake = _fork.Pipe(duplex=False)
        self._life, self._alive = _fork.Pipe(duplex=False)
        """`_alive` is open in the supervisor alone: with it ends what `_life` reads."""
        self._told: list[int] = []
        """Signals that said to end."""

    def run(self) -> None:
        """Until SIGTERM or SIGINT. Call it from the main thread of a process that has no other.

        Raises:
            CannotBegin
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        try:
            for _ in range(self._count):
                self._begin()
            if self._all_ready():
                self._ready()
                self._watch()
        finally:
            self._stop()

    def _all_ready(self) -> bool:
        """False: told to end meanwhile."""
        waiting = set(self._processes.values())
        while waiting and not self._told:
            for said in waiting.intersection(wait([*waiting, self._woken])):
                try:
                    said.recv()
                except EOFError:
                    raise CannotBegin("a process ended before it was ready") from None
                waiting.discard(said)
        return not self._told

    def _watch(self) -> None:
        while not self._told:
            wait([self._woken, *(process.sentinel for process in self._processes)])
            for process in [one for one in self._processes if not one.is_alive()]:
                del self._processes[process]
                if self._told:
                    return
                _log.error("process %s ended (%s); another takes its place", process.pid, process.exitcode)
                if not self._woken.poll(PAUSE_S):
                    self._begin()

    def _begin(self) -> None:
        told, tell = _fork.Pipe(duplex=False)
        process = _fork.Process(target=self._serve, args=(tell,))
        process.start()
        tell.close()
        self._processes[process] = told

    def _serve(self, tell: Connection) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        self._alive.close()
        threading.Thread(target=self._end_with_supervisor, daemon=True).start()
        self._work(lambda: tell.send(True))

    def _end_with_supervisor(self) -> None:
        wait([self._life])
        os.kill(os.getpid(), signal.SIGTERM)

    def _end(self, number: int, _frame: FrameType | None) -> None:
        self._told.append(number)
        self._wake.send(True)

    def _stop(self) -> None:
        for process in self._processes:
            process.terminate()
        until = time.monotonic() + ENDING_S
        for process in self._processes:
            process.join(max(0.0, until - time.monotonic()))
            if process.is_alive():
                _log.error("process %s does not end; it is killed", process.pid)
                process.kill()
                process.join()
