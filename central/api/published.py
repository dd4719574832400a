"""Published content for terminals and for everybody: signed, versioned, as deltas. Needs no login (R125)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from central.api.problem_answers import documented
from central.catalogue import publishing
from central.centre import CentreParts
from central.refusal import Refusal
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.published import Body, Delta

router = APIRouter(prefix="/api/v1/published")

Since = Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}-\d{2}\.\d{1,4}$", description="The version already held")]


@router.get(
    "/{body}",
    response_model=Delta,
    summary="The newest version of a body of content, or what is new since a version",
    responses={304: {"description": "`If-None-Match` names the newest version"}, **documented(ProblemType.NOT_FOUND)},
)
def published(
    request: Request,
    body: Body,
    since: Since = None,
    if_none_match: Annotated[str | None, Header(max_length=80)] = None,
) -> Response:
    """The signed manifest of the newest version, and the entries that a holder of `since` lacks.

    An unknown `since` gets everything. The version is the entity tag. A holder checks the signature and every entry's
    digest before using any of it.
    """
    parts: CentreParts = request.app.state.centre
    with parts.database.reading() as session:
        newest = publishing.latest(session, body)
        if newest is None:
            raise Refusal(ProblemType.NOT_FOUND, "nothing of this kind has been published")
        headers = {"ETag": f'"{newest.version}"', "Cache-Control": "no-cache"}
        if if_none_match == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        delta = publishing.delta(session, body, since)
    if delta is None:
        raise Refusal(ProblemType.NOT_FOUND)
    return Response(delta.model_dump_json(), media_type="application/json", headers=headers)
