"""The frames of the SAM's business-terminal interface (GA/T 467, read through vendors' SDK headers).

    request:  AA AA AA 96 69 | Len | command parameter | data | check
    answer:   AA AA AA 96 69 | Len | SW1 SW2 SW3       | data | check

`Len` (two bytes, big-endian) counts everything after itself, the check byte included. `check` is the exclusive or
of all bytes from Len up to itself. Pure: bytes in, bytes and answers out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor

PREAMBLE = bytes.fromhex("AA AA AA 96 69")
HEADER_LENGTH = len(PREAMBLE) + 2
REQUEST_LENGTH = 3
"""Command, parameter and the check byte. One more than that is the shortest answer."""
MOST_LENGTH = 2400
"""The longest answer there is (text, photo and fingerprints) has 2314."""


@dataclass(frozen=True, repr=False)
class Answer:
    """One answer. `sw3` is the module's verdict; SW1 and SW2 repeat the card's own and decide nothing."""

    sw1: int
    sw2: int
    sw3: int
    data: bytes = b""

    def __repr__(self) -> str:
        # The data may be somebody's identity card.
        return f"<Answer {self.sw3:02X}, {len(self.data)} bytes>"


def check_byte(body: bytes) -> int:
    """Exclusive or of `body` (from Len to before the check byte)."""
    return reduce(xor, body, 0)


def request(command: int, parameter: int) -> bytes:
    """The complete frame of a request without data; every request this driver makes is one."""
    body = bytes((0, 3, command, parameter))
    return PREAMBLE + body + bytes((check_byte(body),))


class AnswerParser:
    """Finds sound answers in a stream of bytes, however they are cut, glued or damaged.

    Holds at most one frame and what came with it. After a damaged frame it looks for the next preamble *inside*
    what it took for that frame, so that a sound answer behind it is not lost.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.damaged = 0
        """How often bytes had to be given up: noise, a wrong check byte, an impossible length, no end."""

    @property
    def wanted(self) -> int:
        """How many more bytes would complete the header, or the frame. At least 1."""
        if len(self._buffer) < HEADER_LENGTH:
            return HEADER_LENGTH - len(self._buffer)
        return HEADER_LENGTH + self._length() - len(self._buffer)

    @property
    def in_frame(self) -> bool:
        """True when a whole preamble was seen and the frame's end was not."""
        return len(self._buffer) >= len(PREAMBLE)

    def feed(self, data: bytes) -> list[Answer]:
        """Take `data`; return the sound answers that it completes, in order."""
        self._buffer += data
        return self._answers()

    def give_up_frame(self) -> list[Answer]:
        """The rest of the present frame will not come: drop its preamble, return sound answers found behind it."""
        if not self.in_frame:
            return []
        self._drop_preamble()
        return self._answers()

    def _answers(self) -> list[Answer]:
        found: list[Answer] = []
        while True:
            self._hunt()
            if len(self._buffer) < HEADER_LENGTH:
                return found
            length = self._length()
            if not REQUEST_LENGTH <= length <= MOST_LENGTH:
                self._drop_preamble()
                continue
            end = HEADER_LENGTH + length
            if len(self._buffer) < end:
                return found
            body = bytes(self._buffer[len(PREAMBLE) : end])
            if check_byte(body) != 0:
                self._drop_preamble()
                continue
            del self._buffer[:end]
            # A frame as short as our requests is one of them, echoed by the line.
            if length > REQUEST_LENGTH:
                found.append(Answer(body[2], body[3], body[4], body[5:-1]))

    def _hunt(self) -> None:
        """Cut the buffer so that it begins with the preamble, or with as much of one as has come."""
        start = self._buffer.find(PREAMBLE)
        if start < 0:
            tail = len(PREAMBLE) - 1
            start = max(0, len(self._buffer) - tail)
            while not PREAMBLE.startswith(self._buffer[start:]):
                start += 1
        # Some lines put more AA before the preamble than it has.
        if self._buffer[:start].strip(b"\xaa"):
            self.damaged += 1
        del self._buffer[:start]

    def _drop_preamble(self) -> None:
        self.damaged += 1
        del self._buffer[: len(PREAMBLE)]

    def _length(self) -> int:
        return int.from_bytes(self._buffer[len(PREAMBLE) : HEADER_LENGTH], "big")
