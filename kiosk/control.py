"""The local control channel between the station and one visit process: JSON lines over a socket pair.

    station -> visit   show {after, recovered}   take the screen; why, and which slip numbers are already safe
                       network {online}          the centre can, or cannot, be reached
                       delivered {slip_number, case_number}
                       stop {}
    visit -> station   ready {}                  started, hidden, waiting
                       alive {}                  the event loop turned (once a second)
                       shown {}                  the screen was drawn
                       submitting_soon {}        is the centre there? (the slip will say)
                       stored {slip_number}      there is something to send
                       ended {reason}            the visit is over; this process is about to exit

No personal data passes through here.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator

Message = dict[str, object]

_LONGEST_LINE = 16_384


class Channel:
    """One end of the channel. `send` may be called from any thread; one thread receives."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._sending = threading.Lock()
        self._buffer = b""

    @classmethod
    def pair(cls) -> tuple[Channel, socket.socket]:
        """A channel for the parent, and the socket to hand to a child (`pass_fds`)."""
        ours, theirs = socket.socketpair()
        return cls(ours), theirs

    @classmethod
    def inherited(cls, fd: int) -> Channel:
        """The child's end, from the file descriptor it was started with."""
        return cls(socket.socket(fileno=fd))

    def fileno(self) -> int:
        """For selectors."""
        return self._socket.fileno()

    def send(self, kind: str, **fields: object) -> bool:
        """Send one message. False: the other end is gone."""
        line = json.dumps({"type": kind, **fields}, ensure_ascii=False).encode() + b"\n"
        try:
            with self._sending:
                self._socket.sendall(line)
        except OSError:
            return False
        return True

    def take(self) -> list[Message] | None:
        """What has arrived (blocks until something has). None: the other end is gone."""
        try:
            data = self._socket.recv(65_536)
        except OSError:
            return None
        if not data:
            return None
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        if len(self._buffer) > _LONGEST_LINE:
            return None
        return [message for line in lines if (message := _parse(line)) is not None]

    def messages(self) -> Iterator[Message]:
        """All messages until the other end is gone."""
        while (batch := self.take()) is not None:
            yield from batch

    def close(self) -> None:
        """Close this end; the other end sees it."""
        self._socket.close()


def _parse(line: bytes) -> Message | None:
    """A message, which has a type; None for anything else."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("type"), str) else None
