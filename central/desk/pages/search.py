"""One box for finding a case. A form only: what people type may be a name, which has no place in an address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Request, Response

from central import worklists
from central.casework import lifecycle
from central.casework.terms import Role
from central.catalogue import shipped
from central.desk.frame import Posted, Signed, allow, centre_of, render, see_other, text
from central.masking import mask_numbers
from central.search import LONGEST, search

router = APIRouter()
Caseworker = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]


@router.get("/search")
def search_page(request: Request, visitor: Caseworker) -> Response:  # noqa: ARG001
    """The empty page."""
    return render(request, "cases/search.html", text="", found=None, rows=(), state_words=lifecycle.load().states)


@router.post("/search")
def search_cases(request: Request, visitor: Caseworker, form: Posted) -> Response:
    """What was found; a single case is opened at once."""
    wanted = text(form, "q", LONGEST)
    centre = centre_of(request)
    now = centre.now()
    with centre.database.reading() as session:
        found = search(session, centre.keys, visitor.who, wanted, items_called)
        named = worklists.rows_of(session, visitor.who, found.cases)
    if len(found.cases) == 1 and not found.more:
        return see_other(request, f"/desk/cases/{found.cases[0].case_number}")
    rows = [(row, worklists.next_deadline(row.case, now)) for row in named]
    echoed = wanted if mask_numbers(wanted) == wanted else ""
    return render(
        request, "cases/search.html", text=echoed, found=found, rows=rows, state_words=lifecycle.load().states
    )


def items_called(wanted: str) -> Sequence[str]:
    """Ids of items whose id it is, or whose name it is part of."""
    low = wanted.lower()
    return [
        item_id
        for item_id, entry in shipped.catalogue().items()
        if item_id != shipped.COMMON and (item_id.lower() == low or (len(low) > 1 and low in entry["guide"]["name"]))
    ]
