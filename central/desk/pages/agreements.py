"""合作协议 (R046, R114): which places work together on which items, from when to when; added and ended here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from central.agreements import editing
from central.agreements.divisions import place_name, places_in
from central.agreements.known import known, scope_names
from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.catalogue import publishing, shipped
from central.desk.frame import Posted, Signed, allow, centre_of, render, see_other, text
from central.times import CHINA
from kiosk.protocol.agreements import Agreement

router = APIRouter()

Reader = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR, Role.ADMINISTRATOR)]
Administrator = Annotated[Signed, allow(Role.ADMINISTRATOR)]
WAYS = {
    "mutual": Words("互相通办", "Both ways"),
    "one_way": Words("甲方收件，乙方办理", "First collects for second"),
}
_ITEMS = re.compile(r"[、，,；;\s]+")


@router.get("/agreements")
def agreements(
    request: Request,
    visitor: Reader,
    place: str = "",
    ended: str = "",
    receiving: str = "",
    handling: str = "",
    item: str = "",
) -> Response:
    """What is recorded, and for two places what follows from it."""
    centre = centre_of(request)
    today = _today(centre.now())
    with centre.database.reading() as session:
        held, scopes, catalogue = known(session), scope_names(session, visitor.who.region_code), items_now(session)
    rows = [one for one in held.agreements if ended or one.until is None or one.until >= today]
    problem = answer = None
    try:
        if place:
            wanted = places_in(place)
            rows = [one for one in rows if _concerns(one, wanted)]
        if receiving and handling:
            here, there = (_one_place(words) for words in (receiving, handling))
            about = next(iter(_items(item, catalogue)), "")
            rows = [one for one in rows if _between(one, here, there) and (not about or one.has_item(about))]
            answer = (
                held.scope(here, there, about, today),
                held.covering(here, there, about, today),
                bool(about) and catalogue[about]["guide"].get("national", True),
            )
    except Refused as refused:
        problem, rows = refused.why, []
    return render(
        request,
        "agreements/list.html",
        rows=rows,
        scopes=scopes,
        answer=answer,
        problem=problem,
        place_name=place_name,
        items=catalogue,
        ways=WAYS,
        today=today,
        asked={"place": place, "ended": ended, "receiving": receiving, "handling": handling, "item": item},
        limits=bool(held.agreements),
        may_edit=visitor.who.has(Role.ADMINISTRATOR),
    )


@router.post("/agreements")
def record(request: Request, visitor: Administrator, form: Posted) -> Response:
    """A new one, in force from its first day."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        agreement = _read(form, items_now(session))
        editing.record(session, centre.keys.signing, visitor.who, agreement, centre.now())
    return see_other(
        request, "/desk/agreements", Words("已登记并发布到终端。", "Recorded, and published to terminals.")
    )


@router.post("/agreements/{number}/end")
def end(request: Request, visitor: Administrator, number: str, form: Posted) -> Response:
    """Its last day."""
    centre = centre_of(request)
    last_day = _day(text(form, "until", 10)) or _today(centre.now())
    with centre.database.writing() as session:
        editing.end(session, centre.keys.signing, visitor.who, number, last_day, centre.now())
    return see_other(request, "/desk/agreements", Words("已登记终止日期。", "Its last day is recorded."))


def items_now(session: Session) -> Mapping[str, Any]:
    """The items of the newest catalogue by id."""
    newest = publishing.latest(session, "catalogue")
    contents = shipped.catalogue() if newest is None else publishing.contents_of(session, newest)
    return {key: entry for key, entry in contents.items() if key != shipped.COMMON}


def _read(form: FormData, catalogue: Mapping[str, Any]) -> Agreement:
    first, second = places_in(text(form, "first")), places_in(text(form, "second"))
    if not first or (not second and len(first) == 1):
        raise Refused(
            "agreement",
            Words(
                "请填甲方和乙方；多方互相通办时，各方都填在甲方。",
                "Give both parties; of many, all go into the first field.",
            ),
        )
    since, until = _day(text(form, "since", 10)), _day(text(form, "until", 10))
    basis = text(form, "basis", 200)
    if since is None or not basis:
        raise Refused(
            "agreement", Words("请填起始日期和协议名称（文号）。", "Give the first day, and the agreement's name.")
        )
    if until is not None and until < since:
        raise Refused("agreement", Words("终止日期早于起始日期。", "The last day is before the first."))
    try:
        return Agreement(
            number="0000",
            receiving=first,
            handling=second or first,
            mutual=text(form, "way") != "one_way",
            items=_items(text(form, "items", 20_000), catalogue),
            scope=text(form, "scope", 40),
            since=since,
            until=until,
            basis=basis,
        )
    except ValidationError:
        raise HTTPException(422) from None


def _items(typed: str, catalogue: Mapping[str, Any]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(word for word in _ITEMS.split(typed.strip()) if word))
    if unknown := next((one for one in found if one not in catalogue), None):
        raise Refused("item", Words(f"目录里没有事项 {unknown}。", f"The catalogue has no item {unknown}."))
    return found


def _one_place(typed: str) -> str:
    found = places_in(typed)
    if len(found) != 1:
        raise Refused("place", Words("请只写一个地方。", "One place, please."))
    return found[0].ljust(6, "0")


def _concerns(one: Agreement, places: tuple[str, ...]) -> bool:
    return any(
        party.startswith(place) or place.startswith(party)
        for place in places
        for party in (*one.receiving, *one.handling)
    )


def _between(one: Agreement, receiving: str, handling: str) -> bool:
    return any(handling.startswith(partner) for partner in one.partners(receiving))


def _day(typed: str) -> date | None:
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise HTTPException(422) from None


def _today(now: datetime) -> date:
    return now.astimezone(CHINA).date()
