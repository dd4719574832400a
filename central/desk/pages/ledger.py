"""台账: the ledger with its filters, and its exports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from central.agreements.known import scope_names
from central.casework.access import within
from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.catalogue import english, shipped
from central.desk.frame import Posted, RowNumber, Signed, allow, centre_of, render, see_other, text
from central.ledger import filters, rows, words
from central.ledger.export import MEDIA, TOO_MANY
from central.ledger.rows import Position
from central.store.models import Unit
from central.times import CHINA

router = APIRouter()
Caseworker = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]
BAD_ONES = Words("差评（后两级）", "Bad ones (the last two)")
SHOWN_WHILE_MAKING = 2
"""Seconds after which the page of exports looks again while one is being made."""


@router.get("/ledger")
def ledger(request: Request, visitor: Caseworker) -> Response:
    """A page of the ledger."""
    centre = centre_of(request)
    asked = filters.parse(request.query_params)
    after, before = (Position.read(request.query_params.get(name, "")) for name in ("after", "before"))
    query = asked.filter.as_query()
    with centre.database.reading() as session:
        page = rows.page(session, visitor.who, asked.filter, centre.now(), after=after, before=before)
        units = _units(session, visitor)
        scopes = scope_names(session, visitor.who.region_code)
    return render(
        request,
        "ledger/ledger.html",
        page=page,
        asked=asked,
        query=dict.fromkeys(filters.FIELDS, "") | query,
        narrowed=bool(query),
        scopes=scopes,
        unit_pairs=[(unit.id, unit.name) for unit in units],
        rating_pairs=[
            (filters.BAD, BAD_ONES),
            *((str(score), label) for score, label in words.RATINGS.items()),
        ],
        newer=_address(query, before=page.newer),
        older=_address(query, after=page.older),
        columns=rows.COLUMNS,
        **choices(),
    )


@router.post("/ledger/exports")
def ask(request: Request, visitor: Caseworker, form: Posted) -> Response:
    """Begin an export. What it is for is asked and recorded."""
    asked = filters.parse({name: text(form, name, filters.LONGEST) for name in filters.FIELDS})
    _check_named(asked)
    exports = centre_of(request).exports
    exports.ask(visitor.who, text(form, "purpose", 200), text(form, "kind", 10), asked.filter)
    return see_other(request, "/desk/ledger/exports", Words("正在导出。", "The export is being made."))


def _check_named(asked: filters.Asked) -> None:
    """An export names a case or narrows the ledger (R133); what was not understood must not widen it.

    Raises:
        Refused
    """
    if asked.problems:
        raise Refused("not_understood", asked.problems[0])
    if not asked.filter.as_query():
        raise Refused(
            "nothing_named",
            Words(
                "请先写明办件号，或用日期等条件筛选，再导出；不能不设条件导出全部台账。",
                "Name a case or narrow the ledger first, by days for instance; the whole of it is not exported.",
            ),
        )


@router.get("/ledger/exports")
def exports(request: Request, visitor: Caseworker) -> Response:
    """My exports, with their progress. Looks again by itself, with and without JavaScript."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        found = [(one, centre.exports.standing(one)) for one in centre.exports.mine(session, visitor.who)]
        units = {str(unit.id): unit.name for unit in _units(session, visitor)}
        scopes = scope_names(session, visitor.who.region_code)
    making = any(standing == "making" for _, standing in found)
    page = render(
        request,
        "ledger/exports.html",
        exports=found,
        purpose_of=centre.exports.purpose,
        making=making,
        too_many=TOO_MANY,
        said=_said(units, scopes),
        **choices(),
    )
    if making and "HX-Request" not in request.headers:
        page.headers["Refresh"] = str(SHOWN_WHILE_MAKING)
    return page


@router.get("/ledger/exports/{number}")
def download(request: Request, visitor: Caseworker, number: RowNumber) -> Response:
    """The file, for who asked for it."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        export = centre.exports.find(session, visitor.who, number)
    if export is None or centre.exports.standing(export) != "ready":
        raise HTTPException(404)
    name = f"ledger-{export.asked_at.astimezone(CHINA):%Y%m%d-%H%M}.{export.kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingResponse(centre.exports.content(export), media_type=MEDIA[export.kind], headers=headers)


@cache
def choices() -> dict[str, Any]:
    """What the filters offer."""
    guides = [entry["guide"] for key, entry in shipped.catalogue().items() if key != shipped.COMMON]
    return {
        "words": words,
        "items": [(key, Words(f"{name.zh}（{key}）", f"{name.en} ({key})")) for key, name in english.shipped_items()],
        "sector_pairs": [(one, Words(one, english.said(one))) for one in sorted({guide["sector"] for guide in guides})],
    }


def _said(
    units: Mapping[str, str], scopes: Mapping[str, Words]
) -> Callable[[Mapping[str, str]], list[tuple[Words, Words | str]]]:
    """Filters in words: what was asked, and for what."""
    coded: dict[str, Mapping[str, Words | str]] = {
        "direction": words.DIRECTIONS,
        "mode": words.MODES,
        "scope": scopes,
        "state": words.STATES,
        "result": words.RESULTS,
        "rating": {filters.BAD: BAD_ONES, **{str(score): label for score, label in words.RATINGS.items()}},
        "item": dict(choices()["items"]),
        "unit": units,
        "overdue": {"1": Words("是", "yes")},
        "not_agreed": {"1": Words("是", "yes")},
    }
    return lambda asked: [
        (filters.NAMES[name], coded.get(name, {}).get(value, value))
        for name, value in asked.items()
        if name in filters.NAMES
    ]


def _units(session: Session, visitor: Signed) -> list[Unit]:
    return list(
        session.scalars(select(Unit).where(within(Unit.region_code, visitor.who)).order_by(Unit.region_code, Unit.id))
    )


def _address(query: Mapping[str, str], **position: Position | None) -> str:
    """A page's address; empty where there is no such page."""
    [(name, at)] = position.items()
    return "" if at is None else f"/desk/ledger?{urlencode({**query, name: str(at)})}"
