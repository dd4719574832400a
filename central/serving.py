"""Listening, and saying so."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket; port 0 picks a free one.

    Made by hand and not with `socket.create_server`: asyncio switches Nagle's algorithm off only on sockets whose
    protocol number is IPPROTO_TCP, which that one leaves at 0. With it on, every answer takes 40 ms longer, because
    its body waits for the peer's delayed acknowledgement of its head.

    Raises:
        OSError
    """
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    listener = socket.socket(family, kind, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def address(listener: socket.socket) -> str:
    """The URL it listens on."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


class Server(uvicorn.Server):
    """A uvicorn server for `app` that calls `ready` with its URL once it takes requests."""

    def __init__(self, app: FastAPI, ready: Callable[[str], None]) -> None:
        # The access log would hold nothing but digests, and slows every chunk.
        super().__init__(uvicorn.Config(app, log_level="warning", access_log=False, server_header=False))
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        # What is loaded by now stays: looking through it again and again would stop all requests for up to 0.1 s.
        gc.collect()
        gc.freeze()
        if self.started and sockets:
            self._ready(address(sockets[0]))
