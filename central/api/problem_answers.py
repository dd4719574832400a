"""Every refusal leaves as a problem document (RFC 9457), and none repeats what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from central.refusal import Refusal
from central.store.database import StorageFull
from kiosk.protocol.problems import MEDIA_TYPE, Problem, ProblemType, problem

ONCE: Final = (
    ProblemType.IDEMPOTENCY_KEY_MISSING,
    ProblemType.IDEMPOTENCY_KEY_REUSED,
    ProblemType.IN_FLIGHT,
    ProblemType.INVALID_MESSAGE,
    ProblemType.CANNOT_OPEN,
    ProblemType.TOO_LARGE,
    ProblemType.STORAGE_FULL,
)
"""Whatever is done once under an Idempotency-Key may be refused so."""

CLAIM: Final = (ProblemType.NOT_YOURS, ProblemType.TOO_MANY_TRIES)
"""Whatever is about a case of one's own, too."""

_BY_STATUS = {404: ProblemType.NOT_FOUND, 413: ProblemType.TOO_LARGE}

_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"schema": {"type": "string", "pattern": "^[0-9]+$"}, "description": "Seconds"}},
}


def documented(*kinds: ProblemType) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an endpoint for OpenAPI: one problem document by status, with an example of each kind."""
    by_status: dict[int | str, list[ProblemType]] = {}
    for kind in dict.fromkeys(kinds):
        by_status.setdefault(kind.status, []).append(kind)
    return {
        status: {
            "description": "; ".join(kind.en for kind in group),
            "headers": _HEADERS.get(int(status), {}),
            "content": {
                MEDIA_TYPE: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {
                        kind.rpartition(":")[2]: {"value": problem(kind).model_dump(mode="json")} for kind in group
                    },
                }
            },
        }
        for status, group in by_status.items()
    }


def answer(document: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """`document` as a response."""
    return Response(
        document.model_dump_json(), status_code=document.status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def install(app: FastAPI) -> None:
    """Handle refusals, messages that break the contract, and HTTP errors."""

    @app.exception_handler(Refusal)
    async def _refused(_: Request, refusal: Refusal) -> Response:
        return answer(problem(refusal.kind, refusal.detail), refusal.headers)

    @app.exception_handler(StorageFull)
    async def _full(_: Request, __: StorageFull) -> Response:
        return answer(problem(ProblemType.STORAGE_FULL))

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> Response:
        return answer(problem(ProblemType.INVALID_MESSAGE, "; ".join(map(_place, error.errors()[:10]))))

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> Response:
        document = problem(_BY_STATUS.get(error.status_code, ProblemType.BAD_REQUEST))
        return answer(document.model_copy(update={"status": error.status_code}), error.headers)


def _place(item: Mapping[str, Any]) -> str:
    """Where and what kind. Pydantic's own document quotes the input, and an unknown field's name is input too."""
    where = item["loc"][:-1] if item["type"] == "extra_forbidden" else item["loc"]
    return f"{'.'.join(map(str, where))}: {item['type']}"
