"""报表: the monthly summary and the matrix of places, on the page and as a file."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from central.casework.terms import Role
from central.catalogue import publishing, shipped
from central.desk.downloads import table_file
from central.desk.frame import Signed, allow, centre_of, render
from central.ledger import matrix, monthly, words
from central.ledger.export import MEDIA
from central.ledger.monthly import ItemGuide
from central.times import CHINA

router = APIRouter()
Caseworker = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]


@router.get("/reports/monthly")
def monthly_summary(request: Request, visitor: Caseworker, month: str = "", kind: str = "") -> Response:
    """月度汇总表. With `kind` as a file."""
    centre = centre_of(request)
    now = centre.now()
    day = monthly.read_month(month, now)
    with centre.database.reading() as session:
        lines = monthly.lines(session, visitor.who, day, now)
        publication = publishing.in_effect(session, "catalogue", now)
        items = shipped.catalogue() if publication is None else publishing.contents_of(session, publication)

    def guide(item_id: str) -> ItemGuide:
        return monthly.guide_of(items.get(item_id))

    if kind in MEDIA:
        rows = monthly.table(lines, guide, visitor.who.name)
        return table_file(f"monthly-{day:%Y-%m}", kind, monthly.HEADING, rows)
    return render(
        request,
        "ledger/monthly.html",
        lines=[(line, guide(line.item_id)) for line in lines],
        trips_saved=sum(line.trips_saved(onsite=guide(line.item_id).onsite) for line in lines),
        month=f"{day:%Y-%m}",
        words=words,
        filled_in_by=visitor.who.name,
    )


@router.get("/reports/matrix")
def places(request: Request, visitor: Caseworker) -> Response:
    """收件地 × 办理地. With `kind` as a file."""
    centre = centre_of(request)
    drill = matrix.read(request.query_params, centre.now().astimezone(CHINA).date())
    with centre.database.reading() as session:
        found = matrix.matrix(session, visitor.who, drill)
    kind = request.query_params.get("kind", "")
    if kind in MEDIA:
        heading, rows = matrix.table(found)
        return table_file("matrix", kind, heading, rows)

    def deeper(receiving: str = "", handling: str = "") -> str:
        return f"/desk/reports/matrix?{urlencode(drill.beneath(receiving, handling).as_query())}"

    return render(
        request,
        "ledger/matrix.html",
        matrix=found,
        drill=drill,
        deeper=deeper,
        query=urlencode(drill.as_query()),
        levels=matrix.LEVELS,
    )
