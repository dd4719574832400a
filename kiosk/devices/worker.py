"""One worker thread per device: commands with a deadline, a status poll between them, and nothing else at once.

A driver is made, used and closed in its worker's thread only. Whoever leaves a screen cancels what it asked for;
results of a cancelled command are not delivered. Whatever a driver raises, the worker lives on: an exception from
outside the device tree is a defect, reported as `DriverDefect`, and the driver is made anew at its next use.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from drivers.status import (
    Action,
    Deadline,
    DeviceError,
    DeviceState,
    DeviceStatus,
    HardwareError,
    NoDevice,
    Remedy,
    Who,
)
from kiosk.config import ConfigError
from kiosk.logs import log

FIRST_POLL_SECONDS = 0.2
"""A visit that takes the screen draws first and asks its devices then."""
POLL_SECONDS = 1.0
REOPEN_SECONDS = 10.0
"""Between two polls of a driver that could not even be made (settings, a missing library): that seldom heals."""
CLOSE_SECONDS = 2.0
"""No visit's end waits longer for its devices."""

UNUSABLE_SETTINGS = Remedy(
    Action.CONFIGURATION,
    Who.TECHNICIAN,
    "运行 kiosk doctor，按提示改正这个设备的设置",
    "Run `kiosk doctor` and correct this device's settings as it says",
)


class DriverDefect(HardwareError):
    """The driver failed in a way it should not. The message names the exception's type only."""

    remedy = Remedy(
        Action.SOFTWARE_ERROR,
        Who.TECHNICIAN,
        "重新插拔设备；仍不行请记录时间并报告开发方",
        "Plug the device in again; if that does not help, note the time and report it",
    )


def as_device_error(error: Exception) -> DeviceError:
    """What a driver raised, as an error of the device tree. Carries nothing of a foreign exception but its type."""
    match error:
        case DeviceError():
            return error
        case ConfigError():
            return NoDevice(str(error), remedy=UNUSABLE_SETTINGS)
        case ImportError():
            return NoDevice(f"the driver cannot be loaded: {error.name} is missing", remedy=UNUSABLE_SETTINGS)
        case _:
            return DriverDefect(f"unexpected {type(error).__name__}")


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
        name: the device class, for the thread's name and the log.
        open_driver: makes the driver (called in the worker's thread at the first use).
        on_status: called from the worker's thread after each poll.
        poll_seconds: pause between two polls, the first of which comes after `FIRST_POLL_SECONDS` at most.
    """

    def __init__(
        self,
        name: str,
        open_driver: Callable[[], Driver],
        on_status: Callable[[DeviceStatus], None],
        *,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self.name = name
        self._open_driver = open_driver
        self._on_status = on_status
        self._poll_seconds = poll_seconds
        self._driver: Driver | None = None
        self._commands: queue.SimpleQueue[_Command | None] = queue.SimpleQueue()
        self._pending: set[Deadline] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._logged = ""
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
            self._pending.add(deadline)
            if self._closed:
                deadline.cancel()
        self._commands.put(_Command(act, deadline, done))
        return deadline

    def cancel(self) -> None:
        """Take back every command that is queued or running. Returns at once."""
        with self._lock:
            for deadline in self._pending:
                deadline.cancel()

    def finish(self) -> None:
        """Take no more commands, and let go of the device once those that were submitted have ended."""
        self._closed = True
        self._commands.put(None)

    def join(self, seconds: float) -> bool:
        """Wait until the worker has let go of its device; False when it has not within `seconds`."""
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(max(0.0, seconds))
        return not self._thread.is_alive()

    def close(self, wait_seconds: float = CLOSE_SECONDS) -> None:
        """Cancel, let go of the device and end the thread (waits at most `wait_seconds`). Harmless twice.

        A driver that hangs in spite of its cancelled deadline is left behind; the process's end takes it along.
        """
        self.finish()
        self.cancel()
        self.join(wait_seconds)

    def _run(self) -> None:
        try:
            pause = min(FIRST_POLL_SECONDS, self._poll_seconds)
            while True:
                try:
                    command = self._commands.get(timeout=pause)
                except queue.Empty:
                    pause = self._poll()
                    continue
                if command is None:
                    return
                if not self._carry_out(command):
                    pause = self._poll()
        finally:
            self._drop()

    def _poll(self) -> float:
        """Ask the device how it is and pass it on. Returns the seconds until the next poll."""
        pause = self._poll_seconds
        try:
            status = self._opened().status()
            self._logged = ""
        except Exception as error:  # noqa: BLE001 - a defect of one driver must not take the others' visit down
            if self._driver is None:
                pause = max(pause, REOPEN_SECONDS)
            status = self._status_of(self._caught(error))
        try:
            self._on_status(status)
        except Exception as error:  # noqa: BLE001
            self._log(error)
        return pause

    def _carry_out(self, command: _Command) -> bool:
        """Run `command` and deliver its result; False when the device should be asked how it is."""
        result: object
        try:
            command.deadline.check()
            result = command.act(self._opened(), command.deadline)
        except Exception as error:  # noqa: BLE001
            result = self._caught(error)
        with self._lock:
            self._pending.discard(command.deadline)
            wanted = not command.deadline.cancelled
        if wanted:
            try:
                command.done(result)
            except Exception as error:  # noqa: BLE001
                self._log(error)
        return not (wanted and isinstance(result, DeviceError))

    def _opened(self) -> Driver:
        if self._driver is None:
            self._driver = self._open_driver()
        return self._driver

    def _drop(self) -> None:
        driver, self._driver = self._driver, None
        if driver is not None:
            try:
                driver.close()
            except Exception as error:  # noqa: BLE001
                self._log(error)

    def _caught(self, error: Exception) -> DeviceError:
        """`error` for people; a defect is logged, and the driver it came from not trusted any longer."""
        known = as_device_error(error)
        if known is not error:
            self._log(error)
            self._drop()
        return known

    def _log(self, error: Exception) -> None:
        """Log a defect by its type, once in a row: its message might hold what was read from a card."""
        kind = type(error).__name__
        if kind != self._logged:
            self._logged = kind
            log("device.command_failed", device=self.name, error=kind)

    @staticmethod
    def _status_of(error: DeviceError) -> DeviceStatus:
        state = DeviceState.NO_DEVICE if isinstance(error, NoDevice) else DeviceState.HARDWARE_ERROR
        return DeviceStatus(state, time.time(), str(error), error.remedy)
