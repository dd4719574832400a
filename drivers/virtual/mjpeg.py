"""Motion JPEG over HTTP, as network cameras send it: one endless answer of pictures, each a part of its own."""

from __future__ import annotations

import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BOUNDARY = "tongbanframe"

Send = Callable[[bytes], object]


class StreamServer(ThreadingHTTPServer):
    """Answers every viewer with the stream; keeps their sockets so that switching off cuts them at once.

    Args:
        address: host and port; port 0 becomes a free one.
        answers: whether viewers are answered at all just now.
        serve: sends pictures to one viewer, by the function that it is given, until it returns.
    """

    daemon_threads = True
    # `server_close` would otherwise wait for viewers that may be stuck in a send.
    block_on_close = False

    def __init__(self, address: tuple[str, int], answers: Callable[[], bool], serve: Callable[[Send], None]) -> None:
        self.answers, self.serve = answers, serve
        self._sockets: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """See `socketserver`."""
        self._sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """See `socketserver`."""
        self._sockets.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Cut every connection that is still open."""
        for viewer in list(self._sockets):
            try:
                viewer.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it has just left by itself

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A viewer that goes away in the middle of a picture is nothing to report."""


class _Handler(BaseHTTPRequestHandler):
    server: StreamServer

    def do_GET(self) -> None:
        """Every path is the stream."""
        if not self.server.answers():
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.server.serve(self.wfile.write)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Viewers are not logged."""


def part(body: bytes) -> bytes:
    """One JPEG as a part of the multipart stream."""
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body + b"\r\n"
