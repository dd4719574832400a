"""Two pages for everybody, without signing in: is this document genuine (/d/…), and how does this case stand (/q).

Neither shows a name in full, a number, a phone or an address. Codes cannot be guessed (80 bits on a document, 40 on a slip
with the slip number's last digits beside), and one address may look sixty times a minute.
"""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from central.api.common import centre_of
from central.casework.terms import DocumentKind
from central.documents.content import TITLES
from central.documents.html import public_page
from central.documents.looks import Looks
from central.documents.papers import VOID_REASONS, bare, by_check_code
from central.store.models import Case, Unit
from kiosk.protocol.states import State

router = APIRouter(include_in_schema=False)

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}


@router.get("/d/{check_code}")
def check(request: Request, check_code: str) -> Response:
    """Whether a document is genuine: what was issued under its code, to be compared with the paper in hand."""
    if not _admitted(request):
        return _too_many()
    centre = centre_of(request)
    with centre.database.reading() as session:
        document = by_check_code(session, check_code)
        if document is None:
            return _page("documents/public_check.html", 404, document=None)
        case = session.get_one(Case, document.case_seq)
        unit = session.get_one(Unit, document.unit_id)
    return _page(
        "documents/public_check.html",
        200,
        document=document,
        title=TITLES[DocumentKind(document.kind)],
        unit=unit.name,
        case=case,
        state=State(case.state),
        void_reason=VOID_REASONS.get(document.void_reason),
    )


@router.get("/q")
def progress(
    request: Request,
    n: Annotated[str, Query(max_length=40)] = "",
    k: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """How a case stands, by the query code and the last four digits of the slip number, as in the slip's QR code."""
    if not _admitted(request):
        return _too_many()
    code, last = bare(n), bare(k)[-4:]
    if not code or not last:
        return _page("documents/public_progress.html", 200, cases=(), asked=False)
    centre = centre_of(request)
    with centre.database.reading() as session:
        found = session.scalars(select(Case).where(Case.query_code == code).order_by(Case.seq.desc()).limit(5)).all()
        cases = [
            (case, State(case.state))
            for case in found
            if hmac.compare_digest(case.slip_number[-4:].encode(), last.encode())
        ]
    return _page("documents/public_progress.html", 200 if cases else 404, cases=cases, asked=True)


def _admitted(request: Request) -> bool:
    """Counts the look. The counter lives with the centre that serves."""
    centre = centre_of(request)
    state = request.app.state
    kept = getattr(state, "public_looks", None)
    if kept is None or kept[0] is not centre:
        kept = state.public_looks = (centre, Looks())
    looks: Looks = kept[1]
    return looks.admit(request.client.host if request.client else "", centre.now())


def _too_many() -> Response:
    response = _page("documents/public_too_many.html", 429)
    response.headers["Retry-After"] = "60"
    return response


def _page(template: str, status: int, **context: object) -> Response:
    return HTMLResponse(public_page(template, **context), status, headers=_HEADERS)
