"""What platforms and sector systems take: data for entry, materials, results, supervision (docs/integration.md).

All of it needs a written authorisation that is in force, and stands in the audit trail with its number before it is
answered. Whatever is about a person leaves sealed to the platform's key.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from central.api.common import centre_of
from central.api.platforms import TOKEN, Position, follower, note, permit_of
from central.api.problem_answers import documented
from central.centre import CentreParts
from central.documents.papers import papers_of
from central.platforms import MOST
from central.sharing import results, sheets, supervising
from central.sharing.authorisations import Permit, SharingRight, taken
from central.store.models import AuditEntry, Authorisation, CaseEvent, Rating
from kiosk.protocol.envelope import OVERHEAD
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.sharing import IssuedFeed, SealedSheet, SharedKind, Sheet, seal_page, seal_sheet
from kiosk.protocol.supervising import Measures, Ratings, Steps


def _not_kept(response: Response) -> None:
    """Nothing on the way keeps a copy."""
    response.headers["Cache-Control"] = "no-store"


router = APIRouter(prefix="/api/v1", tags=["platforms"], dependencies=[Depends(TOKEN), Depends(_not_kept)])

CaseNumber = Annotated[str, Path(max_length=64)]
RowNumber = Annotated[int, Path(ge=1, le=2**53)]
Few = Annotated[int, Query(ge=1, le=results.MOST)]
Many = Annotated[int, Query(ge=1, le=MOST)]

_STREAM = documented(
    ProblemType.UNAUTHORISED, ProblemType.NOT_AUTHORISED, ProblemType.INVALID_MESSAGE, ProblemType.STORAGE_FULL
)
_OF_CASE = documented(
    ProblemType.UNAUTHORISED,
    ProblemType.NOT_AUTHORISED,
    ProblemType.NOT_FOUND,
    ProblemType.INVALID_MESSAGE,
    ProblemType.CANNOT_OPEN,
    ProblemType.STORAGE_FULL,
)


@router.get("/cases/{case_number}/entry", summary="What was entered at the terminal", responses=_OF_CASE)
def entry(request: Request, case_number: CaseNumber) -> SealedSheet:
    """Applicant, answers with the keys and labels of the item's catalogue version, delivery: an `EntrySheet`, signed by
    the centre and sealed to the platform's key, so that the sector's own form is filled in with it. Right: `entry`.
    """
    centre, now = centre_of(request), centre_of(request).now()
    with centre.database.reading() as session:
        permit = permit_of(session, request, SharingRight.ENTRY, now)
        case, by = permit.find(session, case_number)
        sheet = sheets.entry_sheet(session, centre.keys, case, sheets.heading(permit, by, now))
    return _handed(centre, permit, by, SharedKind.ENTRY, case.case_number, sheet, now)


@router.get("/cases/{case_number}/materials", summary="The materials of a case", responses=_OF_CASE)
def materials(request: Request, case_number: CaseNumber) -> SealedSheet:
    """A `MaterialsSheet`, signed and sealed: every material, how it was met, who saw its original, and of each page the
    SHA-256 and the number to fetch it by. Asked again it says the same until a supplement comes. Right: `materials`.
    """
    centre, now = centre_of(request), centre_of(request).now()
    with centre.database.reading() as session:
        permit = permit_of(session, request, SharingRight.MATERIALS, now)
        case, by = permit.find(session, case_number)
        sheet = sheets.materials_sheet(session, centre.keys, case, sheets.heading(permit, by, now))
    return _handed(centre, permit, by, SharedKind.MATERIALS, case.case_number, sheet, now)


@router.get(
    "/cases/{case_number}/materials/{page}",
    response_class=Response,
    summary="One page of them",
    responses={
        200: {
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
            "description": f"The page sealed to the platform's key, {OVERHEAD} bytes longer than it is",
        },
        **_OF_CASE,
    },
)
def page(request: Request, case_number: CaseNumber, page: RowNumber) -> Response:
    """Byte for byte as the terminal took it, sealed anew each time. Pages are fetched in any order, and again after a
    broken line; the signed sheet of materials says what each must be. Right: `materials`.
    """
    centre, now = centre_of(request), centre_of(request).now()
    with centre.database.reading() as session:
        permit = permit_of(session, request, SharingRight.MATERIALS, now)
        case, by = permit.find(session, case_number)
        data = sheets.page_bytes(session, centre.keys, centre.parts, case, page)
    sealed = seal_page(data, case.case_number, sheets.key_of(permit.platform))
    with centre.database.writing() as session:
        taken(session, permit, case.case_number, now, {"what": SharedKind.PAGE.value, "page": page}, by)
    return Response(sealed, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


@router.get("/issued", summary="Which results were issued", responses=_STREAM)
def issued(request: Request, after: Position = 0, limit: Few = results.MOST) -> IssuedFeed:
    """Decisions, rejections and refusals of cases that the authorising places handle, oldest first; one that was voided
    comes again as `void`. `match` finds the applicant among the platform's own users. At least once. Right: `results`.
    """
    centre = centre_of(request)
    permit, up_to = follower(request, SharingRight.RESULTS, CaseEvent.id)
    with centre.database.reading() as session:
        found = results.issued(session, centre.keys, permit, after, up_to, limit)
    note(centre, permit, permit.platform.name, {"after": after, "next_after": found.next_after}, told=found.issued)
    return found


@router.get("/issued/{document}", summary="A result with its PDF", responses=_OF_CASE)
def result(request: Request, document: RowNumber) -> SealedSheet:
    """A `ResultSheet`, signed and sealed, for the applicant's space at the platform. Right: `results`."""
    centre, now = centre_of(request), centre_of(request).now()
    with centre.database.reading() as session:
        permit = permit_of(session, request, SharingRight.RESULTS, now)
        found = results.find(session, permit, document)
    paper = papers_of(centre).pdf(found[0])
    with centre.database.reading() as session:
        sheet = results.result_sheet(session, permit, found, paper, now)
    return _handed(centre, permit, found[2], SharedKind.RESULT, sheet.number, sheet, now)


@router.get("/matching", summary="The key for `match`", responses=_STREAM)
def matching(request: Request) -> SealedSheet:
    """A `MatchingSheet`, signed and sealed: the key under which this platform, and no other, computes `match` of its users'
    identity numbers. It stays the same. Right: `results`.
    """
    centre, now = centre_of(request), centre_of(request).now()
    with centre.database.reading() as session:
        permit = permit_of(session, request, SharingRight.RESULTS, now)
    sheet = results.matching_sheet(centre.keys, permit, now)
    return _handed(centre, permit, permit.authorisations[0], SharedKind.MATCHING, permit.platform.name, sheet, now)


@router.get("/supervision/steps", summary="Supervision: steps and deadlines", responses=_STREAM)
def steps(request: Request, after: Position = 0, limit: Many = 100) -> Steps:
    """Every line of the ledgers of cases received or handled in the authorising places, oldest first, and their cases with
    all deadlines and with what is missing, as they stand now. Nothing about a person. Right: `supervision`.
    """
    centre = centre_of(request)
    permit, up_to = follower(request, SharingRight.SUPERVISION, CaseEvent.id)
    with centre.database.reading() as session:
        found = supervising.steps(session, permit, after, up_to, limit, centre.now())
    note(centre, permit, permit.platform.name, {"after": after, "next_after": found.next_after}, told=found.steps)
    return found


@router.get("/supervision/ratings", summary="Supervision: ratings", responses=_STREAM)
def ratings(request: Request, after: Position = 0, limit: Many = 100) -> Ratings:
    """Ratings of the places' units, each once, oldest first. No words of citizens. Right: `supervision`."""
    centre = centre_of(request)
    permit, up_to = follower(request, SharingRight.SUPERVISION, Rating.id)
    with centre.database.reading() as session:
        found = supervising.ratings(session, permit, after, up_to, limit)
    note(centre, permit, permit.platform.name, {"after": after, "next_after": found.next_after}, told=found.ratings)
    return found


@router.get("/supervision/measures", summary="Supervision: what was put right", responses=_STREAM)
def measures(request: Request, after: Position = 0, limit: Many = 100) -> Measures:
    """What was done about bad ratings, and rectifications opened, replied to and closed, oldest first. A page may be empty
    although there is `more`. Right: `supervision`.
    """
    centre = centre_of(request)
    permit, up_to = follower(request, SharingRight.SUPERVISION, AuditEntry.id)
    with centre.database.reading() as session:
        found = supervising.measures(session, permit, after, up_to, limit)
    note(centre, permit, permit.platform.name, {"after": after, "next_after": found.next_after}, told=found.measures)
    return found


def _handed(
    centre: CentreParts,
    permit: Permit,
    by: Authorisation,
    kind: SharedKind,
    subject: str,
    sheet: Sheet,
    now: datetime,
) -> SealedSheet:
    """Record it, then hand it over."""
    with centre.database.writing() as session:
        taken(session, permit, subject, now, {"what": kind.value}, by)
    return seal_sheet(sheet, kind, subject, sheets.key_of(permit.platform), centre.keys.signing)
