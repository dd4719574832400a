"""One worker thread per device: commands with a deadline, a status poll between them, and nothing else at once.

A driver is made, used and closed in its worker's thread only. Whoever leaves a screen cancels what it asked for;
results of a cancelled command are not delivered.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from drivers.status import Canceled, Deadline, DeviceError, DeviceStatus


class Driver(Protocol):
    """What a worker needs of any driver."""

    def status(self) -> DeviceStatus:
        """Poll the device; never raises."""

    def close(self) -> None:
        """Let go of the link; harmless twice."""


@dataclass
class _Command:
    act: Callable[[Any, Deadline], object]
    deadline: Deadline
    done: Callable[[object], None]


class DeviceWorker:
    """Runs commands against one device, one after the other.

    Args:
        name: the device class, for the thread's name.
        open_driver: makes the driver (called in the worker's thread at the first use).
        on_status: called from the worker's thread after each poll.
        poll_seconds: pause between two polls; None: this device is not polled (a camera that is off).
    """

    def __init__(
        self,
        name: str,
        open_driver: Callable[[], Driver],
        on_status: Callable[[DeviceStatus], None],
        *,
        poll_seconds: float | None = 1.0,
    ) -> None:
        self.name = name
        self._open_driver = open_driver
        self._on_status = on_status
        self._poll_seconds = poll_seconds
        self._driver: Driver | None = None
        self._commands: queue.Queue[_Command | None] = queue.Queue()
        self._current: set[Deadline] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"device-{name}", daemon=True)

    def start(self) -> None:
        """Begin polling and accept commands."""
        self._thread.start()

    def submit(
        self, act: Callable[[Any, Deadline], object], seconds: float, done: Callable[[object], None]
    ) -> Deadline:
        """Queue `act(driver, deadline)`; `done` gets its result or the `DeviceError` it ended with.

        `done` is called from the worker's thread, and not at all when the command was cancelled. The deadline counts
        from now, waiting included.
        """
        deadline = Deadline(seconds)
        with self._lock:
            self._current.add(deadline)
        self._commands.put(_Command(act, deadline, done))
        return deadline

    def cancel(self) -> None:
        """Take back every command that is queued or running."""
        with self._lock:
            for deadline in self._current:
                deadline.cancel()

    def close(self, wait_seconds: float = 2.0) -> None:
        """Cancel, let go of the device and end the thread (waits at most `wait_seconds`)."""
        self._closed = True
        self.cancel()
        self._commands.put(None)
        if self._thread.is_alive():
            self._thread.join(wait_seconds)

    def _run(self) -> None:
        try:
            while not self._closed:
                try:
                    command = self._commands.get(timeout=self._poll_seconds)
                except queue.Empty:
                    self._poll()
                    continue
                if command is not None and not self._closed:
                    self._carry_out(command)
        finally:
            if self._driver is not None:
                self._driver.close()

    def _poll(self) -> None:
        self._on_status(self._get_driver().status())

    def _carry_out(self, command: _Command) -> None:
        result: object
        try:
            command.deadline.check()
            result = command.act(self._get_driver(), command.deadline)
        except Canceled:
            return
        except DeviceError as error:
            result = error
        finally:
            with self._lock:
                self._current.discard(command.deadline)
        if not command.deadline.cancelled:
            command.done(result)
        if isinstance(result, DeviceError) and self._poll_seconds is not None:
            self._poll()

    def _get_driver(self) -> Driver:
        if self._driver is None:
            self._driver = self._open_driver()
        return self._driver
