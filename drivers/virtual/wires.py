"""The near ends of virtual devices' links: a pseudo-terminal, or a TCP port on the loopback.

The device's thread blocks in `read`; `wake` from another thread makes it return at once.
"""

from __future__ import annotations

import os
import select
import socket
import tty
from contextlib import suppress
from pathlib import Path
from typing import Protocol


class Wire(Protocol):
    """What a device needs of its link. `open` after `close` is plugging in again: the host finds the same `link`."""

    @property
    def link(self) -> str:
        """What the host must open. Known once the wire was open."""

    def open(self) -> None:
        """Plug in."""

    def close(self) -> None:
        """Pull the plug. Harmless twice. No `read` may be under way."""

    def read(self) -> bytes:
        """Wait for bytes from the host; empty when woken or when the host went away."""

    def write(self, data: bytes) -> None:
        """Send to the host; lost when there is none."""

    def wake(self) -> None:
        """Make the `read` under way, or the next, return at once."""


class _Waker:
    """A pipe that ends a `select`."""

    def __init__(self) -> None:
        self._out, self._in = os.pipe()

    def fileno(self) -> int:
        return self._out

    def wake(self) -> None:
        os.write(self._in, b"!")

    def clear(self) -> None:
        os.read(self._out, 4096)

    def __del__(self) -> None:
        os.close(self._out)
        os.close(self._in)


class PtyWire:
    """A pseudo-terminal. With `link_path` its name is a symbolic link there, the same after every replug."""

    def __init__(self, link_path: Path | None = None) -> None:
        self._link_path = link_path
        self._waker = _Waker()
        self._device = -1
        # The host's end is kept open too: with nobody there the device's end would only report errors.
        self._host = -1
        self._name = ""

    @property
    def link(self) -> str:
        """The path for the host."""
        return str(self._link_path) if self._link_path else self._name

    def open(self) -> None:
        """Make the terminal, raw from the first byte, and the symbolic link."""
        self._device, self._host = os.openpty()
        tty.setraw(self._host)
        os.set_blocking(self._device, False)
        self._name = os.ttyname(self._host)
        if self._link_path:
            fresh = self._link_path.with_name(f".{self._link_path.name}.{os.getpid()}")
            fresh.symlink_to(self._name)
            fresh.replace(self._link_path)

    def close(self) -> None:
        """The host's reads and writes fail from now on, and the symbolic link is gone."""
        if self._device < 0:
            return
        if self._link_path:
            self._link_path.unlink(missing_ok=True)
        os.close(self._device)
        os.close(self._host)
        self._device = self._host = -1

    def read(self) -> bytes:
        """See `Wire`."""
        ends: list[int | _Waker] = [self._device, self._waker]
        ready, _, _ = select.select(ends, [], [])
        if self._waker in ready:
            self._waker.clear()
            return b""
        return os.read(self._device, 4096)

    def write(self, data: bytes) -> None:
        """See `Wire`. What a host that does not read leaves no room for is lost, as on a real line."""
        while data:
            _, ready, _ = select.select([], [self._device], [], 1.0)
            if not ready:
                return
            with suppress(BlockingIOError):
                data = data[os.write(self._device, data) :]

    def wake(self) -> None:
        """See `Wire`."""
        self._waker.wake()


class TcpWire:
    """A TCP port on 127.0.0.1 for one host at a time; a newcomer takes the place of the one before."""

    def __init__(self, port: int = 0) -> None:
        """`port` 0 takes a free one at the first `open` and keeps it."""
        self._port = port
        self._waker = _Waker()
        self._listener: socket.socket | None = None
        self._host: socket.socket | None = None

    @property
    def link(self) -> str:
        """`socket://127.0.0.1:port`."""
        return f"socket://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Listen."""
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]

    def close(self) -> None:
        """Hang up, listen no more."""
        self._hang_up()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def read(self) -> bytes:
        """See `Wire`."""
        ends = [end for end in (self._listener, self._host, self._waker) if end is not None]
        ready, _, _ = select.select(ends, [], [])
        if self._waker in ready:
            self._waker.clear()
        elif self._listener is not None and self._listener in ready:
            self._hang_up()
            self._host, _ = self._listener.accept()
            self._host.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        elif self._host is not None:
            data = b""
            with suppress(OSError):
                data = self._host.recv(4096)
            if not data:
                self._hang_up()
            return data
        return b""

    def write(self, data: bytes) -> None:
        """See `Wire`."""
        if self._host is not None:
            try:
                self._host.sendall(data)
            except OSError:
                self._hang_up()

    def wake(self) -> None:
        """See `Wire`."""
        self._waker.wake()

    def _hang_up(self) -> None:
        if self._host is not None:
            self._host.close()
            self._host = None
