"""Published content for terminals and for everybody: signed, versioned, as deltas. Needs no login (R125)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from central.api.problem_answers import documented
from central.catalogue import publishing, release
from central.centre import CentreParts
from central.refusal import Refusal
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.published import Body, Delta

router = APIRouter(prefix="/api/v1/published")

_VERSION = r"^\d{4}-\d{2}-\d{2}\.\d{1,4}$"
Since = Annotated[str | None, Query(pattern=_VERSION, description="The version already held")]
Wanted = Annotated[str | None, Query(pattern=_VERSION, description="This very version, not the newest")]
Asking = Annotated[
    str | None,
    Query(
        pattern=r"^[A-Za-z0-9_.:+-]{1,64}$",
        description="Id of the terminal that asks: a version may be meant for some first",
    ),
]


@router.get(
    "/{body}",
    response_model=Delta,
    summary="A version of a body of content, or what is new in it since another",
    responses={304: {"description": "`If-None-Match` names this version"}, **documented(ProblemType.NOT_FOUND)},
)
def published(
    request: Request,
    body: Body,
    since: Since = None,
    terminal: Asking = None,
    version: Wanted = None,
    if_none_match: Annotated[str | None, Header(max_length=80)] = None,
) -> Response:
    """The signed manifest of the newest version that `terminal` is offered, and the entries that a holder of `since` lacks.

    With `version`, of that one: any that was ever published, for applications stay on theirs. An unknown `since` gets everything. The version is the entity tag. A holder checks the signature and every entry's
    digest before using any of it.
    """
    parts: CentreParts = request.app.state.centre
    with parts.database.reading() as session:
        found = (
            release.offered(session, body, terminal)
            if version is None
            else publishing.version_of(session, body, version)
        )
        if found is None:
            raise Refusal(ProblemType.NOT_FOUND, "nothing of this kind has been published")
        headers = {"ETag": f'"{found.version}"', "Cache-Control": "no-cache"}
        if if_none_match == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        delta = publishing.delta(session, found, since)
    return Response(delta.model_dump_json(), media_type="application/json", headers=headers)
