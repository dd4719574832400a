"""The vocabulary every driver shares: states, remedies, errors and deadlines.

State words and the roots of the error tree are those of XFS4IoT (CWA 17852), spelled as on its wire,
so that an integrator who knows bank-grade devices can read a status without a dictionary.

    DeviceError
    ├── DeviceNotReady      nothing there, or not usable now: NoDevice, PaperOut, CoverOpen
    ├── HardwareError       there, and broken: PaperJammed, StaleFrame
    ├── UserError           the person must act: NoMedia, MediaRemoved, InvalidMedia
    ├── InvalidData         bytes that make no sense (garbled, truncated, hostile)
    ├── UnsupportedData     sound bytes this driver does not handle
    ├── SequenceError       called in the wrong order: our defect
    ├── TimeOut             the deadline passed
    └── Canceled            the caller took it back
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Generic, TypeVar


class DeviceState(StrEnum):
    """`common.device` of XFS4IoT."""

    ONLINE = "online"
    OFFLINE = "offline"
    POWER_OFF = "powerOff"
    NO_DEVICE = "noDevice"
    HARDWARE_ERROR = "hardwareError"
    USER_ERROR = "userError"
    DEVICE_BUSY = "deviceBusy"
    FRAUD_ATTEMPT = "fraudAttempt"
    POTENTIAL_FRAUD = "potentialFraud"
    STARTING = "starting"


class MediaState(StrEnum):
    """Whether a card lies on (or in) a reader."""

    UNKNOWN = "unknown"
    PRESENT = "present"
    NOT_PRESENT = "notPresent"
    JAMMED = "jammed"
    ENTERING = "entering"
    LATCHED = "latched"


class PaperState(StrEnum):
    """A paper supply. `unknown` is never treated as `out` and never as `full`."""

    UNKNOWN = "unknown"
    FULL = "full"
    LOW = "low"
    OUT = "out"
    JAMMED = "jammed"


class CameraState(StrEnum):
    """`camera` of XFS4IoT."""

    OK = "ok"
    INOP = "inop"
    UNKNOWN = "unknown"


class Action(StrEnum):
    """`Common.ErrorEvent.action` of XFS4IoT: what sort of act clears a fault."""

    RESET = "reset"
    SOFTWARE_ERROR = "softwareError"
    CONFIGURATION = "configuration"
    CLEAR = "clear"
    MAINTENANCE = "maintenance"
    SUSPEND = "suspend"


class Who(StrEnum):
    """Who may carry out a remedy."""

    CITIZEN = "citizen"
    OUTLET_STAFF = "outlet_staff"
    TECHNICIAN = "technician"


@dataclass(frozen=True)
class Remedy:
    """What to do about a fault, by whom, in plain words (Chinese first, then English)."""

    action: Action
    who: Who
    zh: str
    en: str


class DeviceError(Exception):
    """Root of everything a driver raises. Carries no personal data: `str(error)` may be logged.

    `remedy` says what mends it; a subclass has a default, a raise may give a closer one.
    """

    remedy: Remedy = Remedy(
        Action.MAINTENANCE, Who.TECHNICIAN, "请维护人员检查设备", "Have a technician look at the device"
    )

    def __init__(self, message: str = "", *, remedy: Remedy | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").split("\n")[0])
        if remedy is not None:
            self.remedy = remedy


class DeviceNotReady(DeviceError):
    """The device cannot be used now."""


class NoDevice(DeviceNotReady):
    """Nothing answers at the configured link."""

    remedy = Remedy(
        Action.CONFIGURATION,
        Who.TECHNICIAN,
        "检查电源和连线；确认 config.toml 里的 link 正确",
        "Check power and cable; check the device's link in config.toml",
    )


class PaperOut(DeviceNotReady):
    """The paper is used up."""

    remedy = Remedy(Action.CLEAR, Who.OUTLET_STAFF, "打印纸用完，请换一卷纸", "Fit a new roll of paper")


class CoverOpen(DeviceNotReady):
    """The cover is open."""

    remedy = Remedy(Action.CLEAR, Who.OUTLET_STAFF, "请合上打印机盖子", "Close the printer's cover")


class HardwareError(DeviceError):
    """The device answers, and reports that it is broken."""


class PaperJammed(HardwareError):
    """Paper is jammed."""

    remedy = Remedy(Action.CLEAR, Who.OUTLET_STAFF, "请取出卡住的纸", "Remove the jammed paper")


class StaleFrame(HardwareError):
    """The camera delivers old, frozen or black pictures."""

    remedy = Remedy(
        Action.RESET,
        Who.TECHNICIAN,
        "拔下再插上拍照设备的线",
        "Unplug the camera's cable and plug it in again",
    )


class UserError(DeviceError):
    """The person at the device must act."""

    remedy = Remedy(Action.CLEAR, Who.CITIZEN, "请按屏幕提示再试一次", "Try again as the screen says")


class NoMedia(UserError):
    """No card is there."""


class MediaRemoved(UserError):
    """The card was taken away while it was being read."""

    remedy = Remedy(
        Action.CLEAR, Who.CITIZEN, "请拿起卡再放一次，不要移动", "Lift the card, put it back and hold still"
    )


class InvalidMedia(UserError):
    """This is not a card that this reader serves, or the card is damaged."""

    remedy = Remedy(Action.CLEAR, Who.CITIZEN, "请换一张证件，或到窗口办理", "Use another card, or go to the desk")


class InvalidData(DeviceError):
    """The device sent bytes that make no sense."""

    remedy = Remedy(
        Action.RESET, Who.TECHNICIAN, "检查连线是否松动、波特率是否正确", "Check the cable and the baud rate"
    )


class UnsupportedData(DeviceError):
    """The device sent something sound that this driver does not handle."""


class SequenceError(DeviceError):
    """A call came in the wrong order."""

    remedy = Remedy(Action.SOFTWARE_ERROR, Who.TECHNICIAN, "请记录时间并报告开发方", "Note the time and report it")


class TimeOut(DeviceError):
    """The deadline passed before the device was done."""


class Canceled(DeviceError):
    """The caller took the command back."""


Clock = Callable[[], float]


class Deadline:
    """A time limit that can be cancelled; every call to a device takes one.

    Seconds are counted on a monotonic clock (injected, so that tests never wait).
    """

    def __init__(self, seconds: float, *, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Take the command back; the call that holds this deadline ends with `Canceled`. Any thread may call it."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """True once `cancel()` was called."""
        return self._cancelled.is_set()

    def remaining(self, at_most: float | None = None) -> float:
        """Seconds left (0 or more), never more than `at_most`.

        Raises:
            Canceled, TimeOut
        """
        self.check()
        left = max(0.0, self._end - self._clock())
        return left if at_most is None else min(left, at_most)

    def check(self) -> None:
        """Raise `Canceled` or `TimeOut` if this command should not go on."""
        if self._cancelled.is_set():
            raise Canceled
        if self._clock() >= self._end:
            raise TimeOut

    def pause(self, seconds: float) -> None:
        """Wait up to `seconds` (a poll interval), waking at once when cancelled.

        Raises:
            Canceled, TimeOut
        """
        self._cancelled.wait(self.remaining(seconds))
        self.check()


@dataclass(frozen=True)
class DeviceStatus:
    """What is known of a device now. Subclasses add their media, paper or camera state.

    `since` is the wall-clock time (Unix seconds) at which `device` took its present value; `reason` is a
    plain English word for the log; `remedy` is set whenever something should be done.
    """

    device: DeviceState = DeviceState.STARTING
    since: float = 0.0
    reason: str = ""
    remedy: Remedy | None = None


StatusT = TypeVar("StatusT", bound=DeviceStatus)


@dataclass
class StatusTracker(Generic[StatusT]):
    """Turns single polls into a status: three missed polls before a device counts as gone; a known fault at once.

    A missed poll (no answer, port gone) may be a blip: one lost scan must not end somebody's visit. A fault the
    device itself reports is certain and acts at once. `since` moves only when `device` changes.
    """

    status: StatusT
    clock: Clock = time.time
    misses_allowed: int = 3
    misses: int = field(default=0, init=False)

    def seen(self, status: StatusT) -> StatusT:
        """The device answered with `status`."""
        self.misses = 0
        return self._become(status)

    def missed(self, error: DeviceError) -> StatusT:
        """A poll brought no answer. The third in a row (or the first, before it was ever seen) makes it `noDevice`."""
        self.misses += 1
        never_seen = self.status.device is DeviceState.STARTING
        if self.misses >= self.misses_allowed or never_seen:
            gone = replace(self.status, device=DeviceState.NO_DEVICE, reason=str(error), remedy=error.remedy)
            return self._become(gone)
        return self.status

    def _become(self, status: StatusT) -> StatusT:
        before = self.status
        since = before.since if before.device is status.device and before.since else self.clock()
        self.status = replace(status, since=since)
        return self.status
