"""The thin edge to PC/SC: pyscard's `smartcard.scard`, one exception, no state beyond the handles.

`smartcard` is imported on first use, because the daemon's socket has to stand in the environment before; the
PC/SC library keeps it for the life of the process, so ONE PROCESS CAN USE ONE DAEMON ONLY.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from importlib import import_module
from types import ModuleType, TracebackType
from typing import Any, NamedTuple

from drivers.smart_card.conversation import TURN_THE_CARD
from drivers.smart_card.records import ALLOWED_INSTRUCTIONS
from drivers.status import (
    Action,
    DeviceError,
    DeviceNotReady,
    HardwareError,
    InvalidMedia,
    MediaRemoved,
    MediaState,
    NoDevice,
    Remedy,
    SequenceError,
    Who,
)

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"

_INSTALL = Remedy(
    Action.CONFIGURATION,
    Who.TECHNICIAN,
    "安装 pcscd、libpcsclite1、libccid 软件包",
    "Install the packages pcscd, libpcsclite1 and libccid",
)
_ONE_DAEMON = Remedy(
    Action.CONFIGURATION,
    Who.TECHNICIAN,
    "一个进程只能使用一个 pcscd：统一 config.toml 中的 devices.smart_card.pcsc_socket，然后重新启动",
    "One process can use one pcscd only: set the same devices.smart_card.pcsc_socket everywhere and start again",
)
_NO_SERVICE = Remedy(
    Action.RESET,
    Who.TECHNICIAN,
    "启动 pcscd（systemctl start pcscd.socket），检查读卡器的电源和连线",
    "Start pcscd (systemctl start pcscd.socket); check the reader's power and cable",
)
_NOT_ALLOWED = Remedy(
    Action.CONFIGURATION,
    Who.TECHNICIAN,
    "系统不允许本用户使用读卡器：为运行终端的用户添加 org.debian.pcsc-lite 的 polkit 规则",
    "This user may not use the reader: add a polkit rule for org.debian.pcsc-lite for the kiosk's user",
)
_TAKEN = Remedy(
    Action.CLEAR,
    Who.TECHNICIAN,
    "另一个程序正在占用读卡器：请关闭它",
    "Another program holds the reader: close it",
)
LIFTED = Remedy(
    Action.CLEAR,
    Who.CITIZEN,
    "卡被取出了。请重新插入，读完之前不要取出",
    "The card was taken out. Put it in again and leave it until it is read",
)


class CardSilent(InvalidMedia):
    """The card does not answer: wrong way round, damaged, or (as the slot will tell) pulled out."""


# Names and numbers: PC/SC Workgroup part 5, as in pcsc-lite's pcsclite.h. Anything else is a HardwareError.
_MEANINGS: dict[int, tuple[type[DeviceError], Remedy | None]] = {
    **dict.fromkeys(
        # invalid handle, internal comm error, unknown reader, reader unavailable, no service, service stopped,
        # no readers: all of them say that the way to the reader is gone, and to open it afresh.
        (0x80100003, 0x80100013, 0x80100009, 0x80100017, 0x8010001D, 0x8010001E, 0x8010002E),
        (NoDevice, _NO_SERVICE),
    ),
    0x8010000C: (MediaRemoved, LIFTED),  # no smart card
    0x80100069: (MediaRemoved, LIFTED),  # removed card
    0x8010000F: (CardSilent, TURN_THE_CARD),  # protocol mismatch
    0x80100016: (CardSilent, TURN_THE_CARD),  # not transacted
    0x80100065: (CardSilent, TURN_THE_CARD),  # unsupported card
    0x80100066: (CardSilent, TURN_THE_CARD),  # unresponsive card
    0x80100067: (CardSilent, TURN_THE_CARD),  # unpowered card
    0x8010000B: (DeviceNotReady, _TAKEN),  # sharing violation
    0x8010006A: (DeviceNotReady, _NOT_ALLOWED),  # security violation (polkit)
}


class WinscardFault(Exception):
    """A PC/SC call failed. `hresult` is its number, unsigned."""

    def __init__(self, call: str, hresult: int) -> None:
        self.hresult = hresult & 0xFFFFFFFF
        super().__init__(f"{call}: 0x{self.hresult:08X}")

    def as_device_error(self) -> DeviceError:
        """The same in the words of the error tree. The number stays in its text, and here as `__cause__`."""
        kind, remedy = _MEANINGS.get(self.hresult, (HardwareError, None))
        error = kind(str(self), remedy=remedy)
        error.__cause__ = self
        return error


class Slot(NamedTuple):
    """What PC/SC says of a reader: whether a card is in it, and whether that card is dumb."""

    media: MediaState
    mute: bool


_binding = threading.Lock()
_bound: list[str] = []
"""The daemon's socket that this process is tied to (empty string: the system's); empty list before first use."""


def _scard(socket: str) -> ModuleType:
    with _binding:
        if not _bound:
            if socket:
                os.environ[SOCKET_VARIABLE] = socket
            try:
                module = import_module("smartcard.scard")
            except ImportError as error:
                raise NoDevice("the PC/SC library is not installed", remedy=_INSTALL) from error
            _bound.append(socket)
            return module
        if _bound != [socket]:
            raise DeviceNotReady("this process already uses another PC/SC daemon", remedy=_ONE_DAEMON)
    return import_module("smartcard.scard")


class Context:
    """A connection to the PC/SC daemon. For one thread; `close()` twice is harmless.

    Every method raises from the error tree; after a `NoDevice` the context is spent: close it, make another.
    """

    def __init__(self, socket: str) -> None:
        self._scard: Any = _scard(socket)
        (self._handle,) = call(self._scard.SCardEstablishContext, self._scard.SCARD_SCOPE_USER)

    def readers(self) -> tuple[str, ...]:
        """The names of the readers, in the daemon's order; empty when there are none."""
        result, *names = self._scard.SCardListReaders(self._handle, [])
        fault = WinscardFault("SCardListReaders", result)
        if fault.hresult == 0x8010002E:  # no readers available
            return ()
        if result:
            raise fault.as_device_error()
        return tuple(names[0])

    def slot(self, reader: str) -> Slot:
        """The reader's slot now; returns at once."""
        s = self._scard
        ((_, event, _atr),) = call(s.SCardGetStatusChange, self._handle, 0, [(reader, s.SCARD_STATE_UNAWARE)])[0]
        if event & (s.SCARD_STATE_UNAVAILABLE | s.SCARD_STATE_UNKNOWN):
            raise NoDevice("the reader is gone", remedy=_NO_SERVICE)
        if event & s.SCARD_STATE_PRESENT:
            return Slot(MediaState.PRESENT, bool(event & s.SCARD_STATE_MUTE))
        return Slot(MediaState.NOT_PRESENT if event & s.SCARD_STATE_EMPTY else MediaState.UNKNOWN, mute=False)

    def connect(self, reader: str) -> Connection:
        """Power the card in `reader` up, for this program alone."""
        s = self._scard
        handle, protocol = call(
            s.SCardConnect,
            self._handle,
            reader,
            s.SCARD_SHARE_EXCLUSIVE,
            s.SCARD_PROTOCOL_T0 | s.SCARD_PROTOCOL_T1,
        )
        return Connection(s, handle, protocol)

    def close(self) -> None:
        """Let the daemon go."""
        if self._handle is not None:
            self._scard.SCardReleaseContext(self._handle)  # its result does not matter: the daemon may be gone
            self._handle = None


class Connection:
    """A card under power, held exclusively until the `with` block ends."""

    def __init__(self, scard: Any, handle: Any, protocol: int) -> None:
        self._scard = scard
        self._handle = handle
        self._protocol = protocol

    def transmit(self, command: bytes) -> bytes:
        """Send one command APDU; returns the response with its status word. Refuses what this driver must not send.

        Raises:
            SequenceError: an instruction that is not among `ALLOWED_INSTRUCTIONS` (a PIN check, say).
        """
        if len(command) < 4 or command[0] != 0x00 or command[1] not in ALLOWED_INSTRUCTIONS:
            raise SequenceError("this driver only selects and reads; the command was not sent")
        (answer,) = call(self._scard.SCardTransmit, self._handle, self._protocol, list(command))
        if not answer:
            raise CardSilent("the card gave no answer", remedy=TURN_THE_CARD)
        return bytes(answer)

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The card is left as it is; pcscd powers an idle card down by itself. If we asked for it on a card that was
        # just pulled out, pcscd 1.9.9 would call the slot empty at once, and then miss the next card if it came
        # before its own next poll (0.4 s).
        self._scard.SCardDisconnect(self._handle, self._scard.SCARD_LEAVE_CARD)


def call(function: Callable[..., Any], *arguments: Any) -> list[Any]:
    """Call a PC/SC function; returns what follows its result code.

    Raises:
        DeviceError: the one that fits the code, with the code in its text and a `WinscardFault` as its cause.
    """
    result: int
    values: list[Any]
    result, *values = function(*arguments)
    if result:
        raise WinscardFault(function.__name__, result).as_device_error()
    return values
