"""Work lists: what waits for whom."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request, Response
from starlette.datastructures import FormData

from central import worklists
from central.casework import lifecycle
from central.casework.terms import Role
from central.catalogue import shipped
from central.desk.frame import Posted, Signed, allow, centre_of, render, see_other, text
from central.worklists import MOST_COUNTED, Cursor, Filters

router = APIRouter()
Caseworker = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]


@router.get("/work")
def first_list(request: Request, visitor: Caseworker) -> Response:
    """The first list that holds something, in the order of the work."""
    with centre_of(request).database.reading() as session:
        counts = worklists.read_counts(session, visitor.who)
    keys = [one.key for one in worklists.lists_for(visitor.who)]
    return see_other(request, f"/desk/work/{next((key for key in keys if counts.get(key)), keys[0])}")


@router.get("/work/{key}")
def work_list(
    request: Request,
    visitor: Caseworker,
    key: str,
    item: Annotated[str, Query(max_length=60)] = "",
    mode: Annotated[str, Query(max_length=30)] = "",
    place: Annotated[str, Query(max_length=60)] = "",
    after: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """A list, narrowed down by what names no person."""
    return _show(request, visitor, key, Filters(item, mode, place), after)


@router.post("/work/{key}")
def narrowed_list(request: Request, visitor: Caseworker, key: str, form: Posted) -> Response:
    """The same by a form: words that somebody typed may be a name, and names do not go into addresses."""
    filters = _filters(form)
    after = text(form, "after", 60)
    if not filters.text:
        return see_other(request, _address(key, filters, after))
    return _show(request, visitor, key, filters, after)


def _show(request: Request, visitor: Signed, key: str, filters: Filters, after: str) -> Response:
    worklist = worklists.list_for(visitor.who, key)
    if worklist is None:
        raise HTTPException(404)
    centre = centre_of(request)
    now = centre.now()
    with centre.database.reading() as session:
        counts = worklists.read_counts(session, visitor.who)
        page = worklists.read_page(session, visitor.who, worklist, filters, Cursor.parse(after))
    return render(
        request,
        "cases/work.html",
        lists=worklists.lists_for(visitor.who),
        counts=counts,
        most=MOST_COUNTED,
        worklist=worklist,
        rows=[(row, worklists.next_deadline(row.case, now)) for row in page.rows],
        filters=filters,
        narrowed=filters != Filters(),
        first=not after,
        next_cursor="" if page.next is None else str(page.next),
        next_address="" if page.next is None else _address(key, filters, str(page.next)),
        modes=lifecycle.load().flows,
        items=sorted(
            (item_id, str(entry["guide"]["name"]))
            for item_id, entry in shipped.catalogue().items()
            if item_id != shipped.COMMON
        ),
        state_words=lifecycle.load().states,
    )


def _filters(form: FormData) -> Filters:
    return Filters(text(form, "item", 60), text(form, "mode", 30), text(form, "place", 60), text(form, "text", 60))


def _address(key: str, filters: Filters, after: str) -> str:
    given = {"item": filters.item, "mode": filters.mode, "place": filters.place, "after": after}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"/desk/work/{key}?{query}" if query else f"/desk/work/{key}"
