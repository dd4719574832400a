"""The process that reads: `python -m kiosk.materials.reading [threads]`, started by `Reader` and by nobody else.

It holds personal data in memory only: it leaves no core dump, writes nothing, opens no connection, and ends as soon as
its parent does.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import sys
import threading
from contextlib import suppress
from typing import BinaryIO

from kiosk.materials.reading import wire

_PR_SET_DUMPABLE = 4
_MOST_MEMORY = 1536 * 1024 * 1024
"""Bytes of private memory (RLIMIT_DATA), about twice of what a page needs with the reserves of onnxruntime's threads."""
_NICE = 10
"""Behind the screen, which shares the cores."""


def main() -> None:
    """Load the models, say so, and answer requests until the pipe closes."""
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    source, sink = _private_pipes()
    _keep_to_itself()
    threading.Thread(target=_end_with_parent, args=(source.fileno(), os.getppid()), daemon=True).start()
    try:
        from kiosk.materials.reading.page import engine, read_jpeg

        engine(threads)
    except Exception:  # noqa: BLE001 (whatever it is: the parent must hear that nothing can be read)
        _say(sink, wire.failure("the reading models cannot be loaded"))
        return
    _say(sink, wire.READY)
    while header := source.read(wire.HEADER):
        try:
            jpeg, expected = wire.parse_request(source.read(wire.length(header, wire.MOST_REQUEST)))
        except wire.BadFrame:
            return
        _say(sink, read_jpeg(jpeg, expected, threads))


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the parent; what a library prints goes nowhere."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    return source, sink


def _keep_to_itself() -> None:
    """No core dumps (not even through a pipe), no more memory than allowed, no precedence."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))
    os.nice(_NICE)


def _end_with_parent(pipe: int, parent: int) -> None:
    """End at once when the parent does, also in the middle of a page.

    Not PR_SET_PDEATHSIG: that fires when the *thread* that started this process ends.
    """
    poll = select.poll()
    poll.register(pipe, 0)  # only that it was closed
    with suppress(OSError):  # already gone (then the pipe is closed too), or a kernel before 5.3
        poll.register(os.pidfd_open(parent), select.POLLIN)
    poll.poll()
    os._exit(0)


def _say(sink: BinaryIO, payload: bytes) -> None:
    sink.write(wire.frame(payload))
    sink.flush()


if __name__ == "__main__":
    main()
