"""A reader's security module and a receipt printer, written from the published protocols alone.

They share no code with the drivers nor with `drivers.virtual`, and differ from the latter in what real devices differ
in, so that what works against both is not just an understanding between two parts of this project.
"""

from __future__ import annotations

import contextlib
import functools
import operator
import os
import pty
import select
import socket
import struct
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

# ------------------------------------------------------------------------------------------------- an identity card


def _field(text: str, size: int) -> bytes:
    coded = text.encode("utf-16-le")
    return coded + b" \0" * ((size - len(coded)) // 2)


def check_digit(body: str) -> str:
    """MOD 11-2 (GB 11643)."""
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(body))
    return "10X98765432"[total % 11]


NUMBER = "19990019910615" + "307"
NUMBER += check_digit(NUMBER)
NAME = "柏𬭎"
ADDRESS = "云南省示例州示例县示例路7号"
MOVED_TO = "浙江省示例市示例区示例街道8幢"
PHOTO = bytes(range(256)) * 4


def card_text(*, kind: str = " ", until: str = "20390101") -> bytes:
    """The 256 bytes of an ordinary card (GA/T 467)."""
    text = b"".join(
        (
            _field(NAME, 30),
            _field("1", 2),
            _field("01", 4),
            _field("19910615", 16),
            _field(ADDRESS, 70),
            _field(NUMBER, 36),
            _field("示例县公安局", 30),
            _field("20190101", 16),
            _field(until, 16),
        )
    )
    return text + _field("", 28) + _field(kind, 2) + _field("", 6)


VALID_UNTIL = date(2039, 1, 1)

# ------------------------------------------------------------------------------------------------ a security module

HEAD = b"\xaa\xaa\xaa\x96\x69"


@dataclass
class Module:
    """A SAM with a card on it that it finds again as often as it is asked."""

    found: int = 0x90
    """SW3 of "find": the standards say 9F, some modules say 90."""
    leading: bytes = b""
    """What the line adds before each answer."""
    piece: int = 4096
    """Bytes sent at once."""
    newest_address: str = ""
    damage: Callable[[bytes], bytes] = lambda answer: answer
    answers: bool = True
    asked: list[bytes] = field(default_factory=list)
    """Command and parameter of every request."""

    def reply(self, command: bytes) -> bytes:
        """The frame that answers `command` (two bytes)."""
        sw3, data = self._act(command)
        body = struct.pack(">H", len(data) + 4) + b"\0\0" + bytes([sw3]) + data
        return self.leading + self.damage(HEAD + body + bytes([functools.reduce(operator.xor, body)]))

    def _act(self, command: bytes) -> tuple[int, bytes]:
        match command.hex():
            case "10ff" | "11ff":
                return 0x90, b""
            case "12ff":
                return 0x90, struct.pack("<HHIII", 5, 1, 20240101, 7, 9)
            case "2001":
                return self.found, bytes(4)
            case "2002":
                return 0x90, bytes(8)
            case "3001":
                text = card_text()
                return 0x90, struct.pack(">HH", len(text), len(PHOTO)) + text + PHOTO
            case "3003" if self.newest_address:
                return 0x90, _field(self.newest_address, 70)
            case "3003":
                return 0x91, b""
            case _:
                return 0x21, b""


def _serve_module(module: Module, read: Callable[[], bytes], write: Callable[[bytes], object]) -> None:
    buffer = b""
    while data := read():
        buffer += data
        while (at := buffer.find(HEAD)) >= 0 and len(buffer) >= at + 7:
            end = at + 7 + struct.unpack_from(">H", buffer, at + 5)[0]
            if len(buffer) < end:
                break
            command, buffer = buffer[at + 7 : at + 9], buffer[end:]
            module.asked.append(command)
            if module.answers:
                answer = module.reply(command)
                for start in range(0, len(answer), module.piece):
                    write(answer[start : start + module.piece])


@contextmanager
def module_on_pty(module: Module) -> Iterator[str]:
    """Serve `module` on a pseudo-terminal; gives its path."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    stop_read, stop_write = os.pipe()

    def read() -> bytes:
        ready, _, _ = select.select([ours, stop_read], [], [])
        return os.read(ours, 4096) if ours in ready else b""

    thread = threading.Thread(target=_serve_module, args=(module, read, lambda data: os.write(ours, data)))
    thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        os.write(stop_write, b"!")
        thread.join()
        for descriptor in (ours, theirs, stop_read, stop_write):
            os.close(descriptor)


@contextmanager
def module_on_tcp(module: Module) -> Iterator[str]:
    """Serve `module` on a TCP port (a serial device server); gives the link."""
    with _tcp(lambda line: _serve_module(module, lambda: line.recv(4096), line.sendall)) as port:
        yield f"socket://127.0.0.1:{port}"


# ------------------------------------------------------------------------------------------------------- a printer


@dataclass
class Printer:
    """What stands behind port 9100. `received` is everything it was sent."""

    real_time: bool = True
    """It answers DLE EOT."""
    queued: bool = False
    """It answers GS r and GS ( H."""
    status: dict[int, int] = field(default_factory=dict)
    """Bits by DLE EOT number, on top of 0x12."""
    hangs_up_after: int | None = None
    """Closes the connection once it has so many bytes of it (0: at once)."""
    received: bytearray = field(default_factory=bytearray)

    def serve(self, line: socket.socket) -> None:
        """One connection."""
        taken, seen = b"", 0
        while self.hangs_up_after is None or seen < self.hangs_up_after:
            data = line.recv(512)
            if not data:
                return
            seen += len(data)
            self.received += data
            taken = self._answer(line, taken + data)

    def _answer(self, line: socket.socket, data: bytes) -> bytes:
        """Answer the questions in `data`; what may be the beginning of one is kept."""
        while True:
            questions = [(data.find(mark), mark, size) for mark, size in QUESTIONS if mark in data]
            if not questions:
                return data[-8:]
            at, mark, size = min(questions)
            if len(data) < at + size:
                return data[at:]
            question, data = data[at : at + size], data[at + size :]
            if mark == b"\x10\x04" and self.real_time:
                line.sendall(bytes([0x12 | self.status.get(question[2], 0)]))
            elif mark == b"\x1dr" and self.queued:
                line.sendall(b"\0")
            elif mark == b"\x1d(H" and self.queued:
                line.sendall(b"\x37\x22" + question[7:11] + b"\0")


QUESTIONS = ((b"\x10\x04", 3), (b"\x1dr", 3), (b"\x1d(H", 11))


@contextmanager
def printer_on_tcp(printer: Printer) -> Iterator[str]:
    """Serve `printer` on a TCP port; gives the link."""
    with _tcp(printer.serve) as port:
        yield f"socket://127.0.0.1:{port}"


def free_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def _tcp(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    lines: list[socket.socket] = []

    def one(line: socket.socket) -> None:
        with line, contextlib.suppress(OSError):
            serve(line)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = listener.accept()
                lines.append(line)
                threading.Thread(target=one, args=(line,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            for sock in (listener, *lines):
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
            thread.join(5)
