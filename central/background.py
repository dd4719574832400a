"""Work that goes on beside requests: the outbox's relay, and what time asks for."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Repeating:
    """Calls `step` on a thread of its own: soon again as long as it finds work, else after a pause.

    Between steps that find work it rests for as long as a step took, though never longer than the pause: requests, which
    share the process with it, come first.

    Args:
        name: of the thread.
        step: returns how much it did. An exception is logged by its type alone, and the next pause is waited for.
        pause_s: seconds.
    """

    def __init__(self, name: str, step: Callable[[], int], pause_s: float) -> None:
        self._step = step
        self._pause_s = pause_s
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Let the step under way end, then no more. Harmless if it never began."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._ending.is_set():
            began = time.monotonic()
            try:
                done = self._step()
            except Exception as error:  # noqa: BLE001 - the thread must outlive a database that is away
                _log.error("%s failed: %s", self._thread.name, type(error).__name__)
                done = 0
            self._ending.wait(min(time.monotonic() - began, self._pause_s) if done else self._pause_s)
