"""The endpoints. Each only translates between HTTP and one of the centre's parts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from central.api.common import IdempotencyKey, centre_of, check_key, stored
from central.api.lean import SubmissionRoute
from central.api.problem_answers import documented
from central.enquiry import progress
from central.refusal import Refusal
from central.uploads import Standing
from kiosk.protocol.digest import parse_digest
from kiosk.protocol.envelope import MAX_PART
from kiosk.protocol.messages import Centre, Submission, SubmissionReceipt
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.progress import FullProgressAnswer, ProgressAnswer, ProgressQuery

OFFSET_TYPE = "application/offset+octet-stream"

UploadName = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of the sealed part")]
Count = Annotated[int, Header(ge=0, le=2**40)]

router = APIRouter(prefix="/api/v1")
submissions = APIRouter(route_class=SubmissionRoute)


def _standing(status: int, standing: Standing, location: str | None = None) -> Response:
    headers = {
        "Upload-Offset": str(standing.offset),
        "Upload-Complete": "?1" if standing.complete else "?0",
        "Cache-Control": "no-store",
    }
    if location is not None:
        headers["Location"] = location
    return Response(status_code=status, headers=headers)


@router.get("/centre", summary="Who the centre is and what it takes")
def centre(request: Request) -> Centre:
    """The public key to seal to, the centre's clock, and its limits."""
    parts = centre_of(request)
    return Centre(
        key=parts.keys.published,
        server_time=parts.now(),
        chunk_size=parts.settings.chunk_size,
        max_part_size=MAX_PART,
    )


@router.post(
    "/uploads",
    status_code=201,
    response_class=Response,
    summary="Announce a sealed part, or find it again",
    responses=documented(
        ProblemType.BAD_REQUEST,
        ProblemType.TOO_LARGE,
        ProblemType.UPLOAD_LENGTH_DIFFERS,
        ProblemType.DIGEST_MISMATCH,
        ProblemType.INVALID_MESSAGE,
        ProblemType.STORAGE_FULL,
    ),
)
def begin_upload(
    request: Request, upload_length: Count, repr_digest: Annotated[str, Header(max_length=400)]
) -> Response:
    """Answers with `Location`, `Upload-Offset` (where to go on) and `Upload-Complete`. Safe to repeat."""
    sha256 = parse_digest(repr_digest)
    if sha256 is None:
        raise Refusal(ProblemType.BAD_REQUEST, "Repr-Digest holds no sha-256")
    standing = centre_of(request).uploads.begin(sha256, upload_length)
    return _standing(201, standing, f"/api/v1/uploads/{sha256}")


@router.head(
    "/uploads/{sha256}",
    status_code=204,
    response_class=Response,
    summary="Where an upload stands",
    responses=documented(ProblemType.NOT_FOUND, ProblemType.DIGEST_MISMATCH),
)
def upload_offset(request: Request, sha256: UploadName) -> Response:
    """`Upload-Offset` counts the bytes that are safe on the centre's disk."""
    return _standing(204, centre_of(request).uploads.standing(sha256))


@router.patch(
    "/uploads/{sha256}",
    status_code=204,
    response_class=Response,
    summary="Send the next chunk",
    responses=documented(
        ProblemType.BAD_REQUEST,
        ProblemType.NOT_FOUND,
        ProblemType.WRONG_OFFSET,
        ProblemType.TOO_LARGE,
        ProblemType.INVALID_MESSAGE,
        ProblemType.DIGEST_MISMATCH,
        ProblemType.STORAGE_FULL,
    ),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {OFFSET_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def append_chunk(
    request: Request,
    sha256: UploadName,
    upload_offset: Count,
    content_digest: Annotated[str, Header(max_length=400)],
) -> Response:
    """Nothing is written before the whole chunk is here and its Content-Digest is right."""
    parts = centre_of(request)
    if request.headers.get("content-type") != OFFSET_TYPE:
        raise Refusal(ProblemType.BAD_REQUEST, f"Content-Type must be {OFFSET_TYPE}")
    chunk = await _chunk(request, parts.settings.chunk_size)
    if parse_digest(content_digest) != sha256_hex(chunk):
        raise Refusal(ProblemType.DIGEST_MISMATCH, "the chunk")
    return _standing(204, await run_in_threadpool(parts.uploads.append, sha256, upload_offset, chunk))


@submissions.post(
    "/applications",
    status_code=201,
    response_model=SubmissionReceipt,
    summary="Submit a sealed application",
    responses=documented(
        ProblemType.IDEMPOTENCY_KEY_MISSING,
        ProblemType.PARTS_MISSING,
        ProblemType.IN_FLIGHT,
        ProblemType.TOO_LARGE,
        ProblemType.INVALID_MESSAGE,
        ProblemType.IDEMPOTENCY_KEY_REUSED,
        ProblemType.CANNOT_OPEN,
        ProblemType.UNKNOWN_KEY,
        ProblemType.STORAGE_FULL,
    ),
)
async def submit(
    request: Request,
    submission: Submission,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Makes a case in the state SUBMITTED. That is neither collection (收件) nor acceptance (受理)."""
    check_key(idempotency_key, submission.manifest.application_id)
    return stored(await centre_of(request).intake.received(submission))


router.include_router(submissions)


@router.post(
    "/progress",
    summary="How cases stand",
    response_model=FullProgressAnswer | ProgressAnswer,
    responses=documented(
        ProblemType.INVALID_MESSAGE, ProblemType.CANNOT_OPEN, ProblemType.TOO_LARGE, ProblemType.TOO_MANY_TRIES
    ),
)
def ask_progress(request: Request, query: ProgressQuery) -> ProgressAnswer | FullProgressAnswer:
    """By slip number and query code, or by a card token. A POST, so that no number stands in a URL or a log.

    Version 2 of the answer (`understands`: 2) adds what is due, what is missing, what is on its way and what may be done.
    """
    centre = centre_of(request)
    return progress(centre.database, centre.keys, centre.guesses, query, centre.now())


async def _chunk(request: Request, limit: int) -> bytes:
    chunk = bytearray()
    try:
        async for piece in request.stream():
            chunk += piece
            if len(chunk) > limit:
                raise Refusal(ProblemType.TOO_LARGE, f"a chunk has at most {limit} bytes")
    except ClientDisconnect:
        raise Refusal(ProblemType.BAD_REQUEST, "the chunk broke off") from None
    if not chunk:
        raise Refusal(ProblemType.BAD_REQUEST, "an empty chunk")
    return bytes(chunk)
