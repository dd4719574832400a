"""The reader as the visit sees it: a child process that reads pages, and is killed rather than waited for."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO, cast

from kiosk.findings import Expectation, Reading
from kiosk.materials.reading import wire

_REAP_SECONDS = 0.03
"""So long a killed process is waited for; one that takes longer is reaped when the next is started, or by init."""
_CHUNK = 1 << 16


class ReadingFailed(Exception):
    """A page could not be read: too slow, crashed, no picture, no models. Nothing is lost but the hints."""


class Reader:
    """Reads pages in a process of its own.

    The process is started by `start` (or by the first `read`) and loads its models in the background. One page at a
    time; `read` may be called from any thread, `close` from any other at any time.
    """

    def __init__(self, threads: int = 2) -> None:
        self._threads = threads
        self._one_page = threading.Lock()
        self._guard = threading.Lock()
        self._child: _Child | None = None
        self._closed = False

    def start(self) -> None:
        """Start the process, unless it runs. Returns at once: the models take about half a second to load.

        Raises:
            ReadingFailed: closed, or no process can be started
        """
        self._running()

    def read(self, jpeg: bytes, expected: Expectation, timeout_seconds: float) -> Reading:
        """Read a page. `timeout_seconds` counts everything, also the loading of the models.

        Raises:
            ReadingFailed: too slow, crashed, not a picture that is taken, or closed meanwhile. The process is then
                replaced, and the next page is read by a new one.
        """
        deadline = time.monotonic() + timeout_seconds
        payload = wire.frame(wire.request(jpeg, expected))
        if not self._one_page.acquire(timeout=max(timeout_seconds, 0)):
            raise ReadingFailed("the reader was busy for too long")
        try:
            child = self._running()
            try:
                answer = wire.parse_reply(child.ask(payload, deadline))
            except (TimeoutError, OSError, EOFError, wire.BadFrame) as error:
                self._replace(child)
                raise ReadingFailed(_why(error)) from None
        finally:
            self._one_page.release()
        if isinstance(answer, str):
            raise ReadingFailed(answer)
        return answer

    def close(self) -> None:
        """Kill the process, whatever it is doing. Takes milliseconds; twice is fine."""
        with self._guard:
            self._closed = True
            child, self._child = self._child, None
        if child is not None:
            child.kill()

    @property
    def pid(self) -> int | None:
        """The process that reads, while there is one."""
        child = self._child
        return child.process.pid if child is not None else None

    def _running(self) -> _Child:
        with self._guard:
            if self._closed:
                raise ReadingFailed("the reader is closed")
            if self._child is None or self._child.process.poll() is not None:
                if self._child is not None:
                    self._child.kill()
                try:
                    self._child = _Child(self._threads)
                except OSError:
                    self._child = None
                    raise ReadingFailed("the reader cannot be started") from None
            return self._child

    def _replace(self, child: _Child) -> None:
        """Kill a process that failed. If it had been working, a new one loads while the citizen goes on."""
        child.kill()
        with self._guard:
            if self._child is child:
                self._child = None
        if child.was_ready:
            with suppress(ReadingFailed):
                self.start()


class _Child:
    """One process, from start to kill."""

    def __init__(self, threads: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", __package__, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a native library that complains could quote what it read
            bufsize=0,
        )
        self._in, self._out = (cast("IO[bytes]", pipe).fileno() for pipe in (self.process.stdin, self.process.stdout))
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        self.was_ready = False

    def ask(self, frame: bytes, deadline: float) -> bytes:
        """Send a frame and return the payload of the answer.

        Raises:
            TimeoutError, OSError (closed pipe), EOFError (the process ended), wire.BadFrame
        """
        if not self.was_ready:
            if (hello := self._receive(deadline)) != wire.READY:
                return hello
            self.was_ready = True
        self._send(memoryview(frame), deadline)
        return self._receive(deadline)

    def kill(self) -> None:
        """End the process now."""
        with suppress(OSError):
            self.process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_REAP_SECONDS)

    def _send(self, rest: memoryview, deadline: float) -> None:
        while rest:
            _wait(self._in, selectors.EVENT_WRITE, deadline)
            with suppress(BlockingIOError):
                rest = rest[os.write(self._in, rest[:_CHUNK]) :]

    def _receive(self, deadline: float) -> bytes:
        header = self._take(wire.HEADER, deadline)
        return self._take(wire.length(header, wire.MOST_REPLY), deadline)

    def _take(self, count: int, deadline: float) -> bytes:
        taken = b""
        while len(taken) < count:
            _wait(self._out, selectors.EVENT_READ, deadline)
            with suppress(BlockingIOError):
                part = os.read(self._out, count - len(taken))
                if not part:
                    raise EOFError
                taken += part
        return taken


def _wait(descriptor: int, event: int, deadline: float) -> None:
    """Until the pipe is ready; TimeoutError when the deadline passes before."""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, event)
        if not selector.select(max(deadline - time.monotonic(), 0)):
            raise TimeoutError


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "reading took too long"
    return "the reader does not keep to the form" if isinstance(error, wire.BadFrame) else "the reader stopped"
