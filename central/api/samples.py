"""Sample pictures of materials, by their digest: public, as the catalogue is (R120, R125)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from central.api.common import centre_of
from central.api.problem_answers import documented
from central.catalogue import samples
from central.refusal import Refusal
from kiosk.protocol.problems import ProblemType

router = APIRouter(prefix="/api/v1/samples", tags=["terminals"])


@router.get(
    "/{sha256}",
    summary="A sample picture that the catalogue names",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, **documented(ProblemType.NOT_FOUND)},
)
def sample(request: Request, sha256: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]) -> Response:
    """A JPEG. What is behind a digest never changes, so it may be kept for good."""
    with centre_of(request).database.reading() as session:
        picture = samples.content(session, sha256)
    if picture is None:
        raise Refusal(ProblemType.NOT_FOUND, "no such picture")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(picture, media_type="image/jpeg", headers=headers)
