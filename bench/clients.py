"""Clients that keep their connections, in a process of their own, and cost next to nothing.

    python -m bench.clients URL CORPUS_FILE COUNT     prints one JSON line: seconds, latencies in ms, refusals

The corpus holds whole HTTP requests, each preceded by its length in four bytes. Every connection sends one request, waits
for the whole answer, and takes the next one.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path


def requests_in(corpus: Path) -> Iterator[bytes]:
    """The requests of a file that `write` made."""
    data, at = corpus.read_bytes(), 0
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


def write(corpus: Path, requests: Iterator[bytes]) -> None:
    """Keep requests for `requests_in`."""
    with corpus.open("wb") as file:
        for request in requests:
            file.write(struct.pack(">I", len(request)) + request)


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, work: Iterator[bytes], latencies: list[float], refusals: list[int], left: asyncio.Future[None]):
        self._work, self._latencies, self._refusals, self._left = work, latencies, refusals, left

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        """Part of an answer."""
        self._answer += data
        head = self._answer.find(b"\r\n\r\n")
        if head < 0:
            return
        fields = self._answer[:head].lower()
        at = fields.index(b"content-length:") + 15
        end = fields.find(b"\r\n", at)
        if len(self._answer) < head + 4 + int(fields[at : end if end > 0 else len(fields)]):
            return
        self._latencies.append((time.perf_counter() - self._sent) * 1000)
        status = int(self._answer[9:12])
        if status != 201:
            self._refusals.append(status)
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, or not."""
        if not self._left.done():
            self._left.set_exception(exc or ConnectionError("the server hung up"))

    def _next(self) -> None:
        request = next(self._work, None)
        if request is None:
            if not self._left.done():
                self._left.set_result(None)
            self._transport.close()
            return
        self._answer = b""
        self._sent = time.perf_counter()
        self._transport.write(request)


async def load(url: str, corpus: Path, count: int) -> dict[str, object]:
    """Send everything over `count` connections."""
    host, port = url.removeprefix("http://").split(":")
    loop = asyncio.get_running_loop()
    work, latencies, refusals = iter(list(requests_in(corpus))), list[float](), list[int]()
    ends = [loop.create_future() for _ in range(count)]
    began = time.perf_counter()
    for end in ends:
        await loop.create_connection(lambda end=end: Client(work, latencies, refusals, end), host, int(port))  # type: ignore[misc]
    await asyncio.gather(*ends)
    return {"seconds": time.perf_counter() - began, "latencies": latencies, "refusals": refusals}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(load(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))))
