"""Work lists: what waits for whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request, Response
from starlette.datastructures import FormData

from central import whose_turn, worklists
from central.agreements.known import scope_names
from central.agreements.windows import served
from central.casework import lifecycle
from central.casework.terms import Role
from central.catalogue import english
from central.desk.frame import Posted, Signed, allow, centre_of, render, see_other, text
from central.worklists import EVERY_SCOPE, MOST_COUNTED, Cursor, Filters

router = APIRouter()
ANY_SCOPE = "all"
"""Also what other windows of the place serve."""
Caseworker = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]


@router.get("/work")
def first_list(request: Request, visitor: Caseworker) -> Response:
    """The first list that holds something, in the order of the work."""
    with centre_of(request).database.reading() as session:
        counts = worklists.read_counts(session, visitor.who, served(session, visitor.who))
    keys = [one.key for one in whose_turn.lists_for(visitor.who)]
    return see_other(request, f"/desk/work/{next((key for key in keys if counts.get(key)), keys[0])}")


@router.get("/work/{key}")
def work_list(
    request: Request,
    visitor: Caseworker,
    key: str,
    item: Annotated[str, Query(max_length=60)] = "",
    mode: Annotated[str, Query(max_length=30)] = "",
    place: Annotated[str, Query(max_length=60)] = "",
    scope: Annotated[str, Query(max_length=40)] = "",
    after: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """A list, narrowed down by what names no person."""
    return _show(request, visitor, key, Filters(item, mode, place, scope=scope), after)


@router.post("/work/{key}")
def narrowed_list(request: Request, visitor: Caseworker, key: str, form: Posted) -> Response:
    """The same by a form: words that somebody typed may be a name, and names do not go into addresses."""
    filters = _filters(form)
    after = text(form, "after", 60)
    if not filters.text:
        return see_other(request, _address(key, filters, after))
    return _show(request, visitor, key, filters, after)


def _show(request: Request, visitor: Signed, key: str, filters: Filters, after: str) -> Response:
    worklist = whose_turn.list_for(visitor.who, key)
    if worklist is None:
        raise HTTPException(404)
    centre = centre_of(request)
    now = centre.now()
    with centre.database.reading() as session:
        window = served(session, visitor.who)
        shown = EVERY_SCOPE if filters.scope else window
        counts = worklists.read_counts(session, visitor.who, shown)
        asked = replace(filters, scope="" if filters.scope == ANY_SCOPE else filters.scope, served=shown)
        page = worklists.read_page(session, visitor.who, worklist, asked, Cursor.parse(after))
        scopes = scope_names(session, visitor.who.region_code)
    return render(
        request,
        "cases/work.html",
        lists=whose_turn.lists_for(visitor.who),
        counts=counts,
        most=MOST_COUNTED,
        worklist=worklist,
        rows=[(row, worklists.next_deadline(row.case, now)) for row in page.rows],
        filters=filters,
        narrowed=filters != Filters(),
        scopes=scopes,
        any_scope=ANY_SCOPE,
        window=window,
        serves=[name for code, name in scopes.items() if window.shows(code)],
        first=not after,
        next_cursor="" if page.next is None else str(page.next),
        next_address="" if page.next is None else _address(key, filters, str(page.next)),
        modes=lifecycle.load().flows,
        items=english.shipped_items(),
        state_words=lifecycle.load().states,
    )


def _filters(form: FormData) -> Filters:
    item, mode, place, typed = (
        text(form, "item", 60),
        text(form, "mode", 30),
        text(form, "place", 60),
        text(form, "text", 60),
    )
    return Filters(item, mode, place, typed, text(form, "scope", 40))


def _address(key: str, filters: Filters, after: str) -> str:
    given = {name: getattr(filters, name) for name in ("item", "mode", "place", "scope")} | {"after": after}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"/desk/work/{key}?{query}" if query else f"/desk/work/{key}"
