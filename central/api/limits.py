"""No body is read further than its endpoint allows, whatever Content-Length claims; no address holds a NUL."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central.api.problem_answers import answer
from kiosk.protocol.problems import ProblemType, problem

NOWHERE = "/no-such-address"


class BodyLimit:
    """ASGI middleware: refuse bodies over `limit` bytes with 413, by announcement or by count, and NULs with 404."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection event."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if "\0" in scope["path"] or b"%00" in scope["query_string"] or b"\0" in scope["query_string"]:
            scope = {**scope, "path": NOWHERE, "query_string": b""}  # no database keeps a NUL in a text
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._limit:
            await answer(problem(ProblemType.TOO_LARGE))(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._limit:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)
