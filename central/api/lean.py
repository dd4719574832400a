"""A route for the one endpoint that everything comes through at once.

It is described like any other, but served without FastAPI's general machinery: that parses the body twice and costs more
than opening the envelope does.
"""

from __future__ import annotations

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from central.refusal import Refusal
from kiosk.protocol.messages import Submission
from kiosk.protocol.problems import ProblemType


class SubmissionRoute(APIRoute):
    """For an `async` endpoint of (request, submission, idempotency_key)."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] != "POST":
            await super().handle(scope, receive, send)
            return
        request = Request(scope, receive, send)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refusal(ProblemType.INVALID_MESSAGE, "Content-Type must be application/json")
        try:
            submission = Submission.model_validate_json(await request.body())
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from None
        response = await self.endpoint(request, submission, request.headers.get("idempotency-key"))
        await response(scope, receive, send)
