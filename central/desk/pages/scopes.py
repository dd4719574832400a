"""通办范围 (R115, R137) and the list of items of each (R164)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy.orm import Session

from central.agreements import editing, lists
from central.agreements.divisions import place_name, places_in
from central.agreements.known import known, named
from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.desk.downloads import table_file
from central.desk.frame import Posted, Signed, allow, centre_of, render, see_other, text
from central.desk.pages.agreements import items_now
from central.ledger import words
from central.ledger.export import MEDIA
from central.times import CHINA
from kiosk.protocol.agreements import FoundBy, Scope

router = APIRouter()

Reader = Annotated[
    Signed,
    allow(
        Role.WINDOW,
        Role.APPROVER,
        Role.SUPERVISOR,
        Role.ADMINISTRATOR,
        Role.CATALOGUE_EDITOR,
        Role.CATALOGUE_REVIEWER,
    ),
]
Administrator = Annotated[Signed, allow(Role.ADMINISTRATOR)]
FOUND_BY = {
    FoundBy.ALLIANCE: Words("联盟的不同成员之间", "between members of an alliance"),
    FoundBy.SAME_CITY: Words("同一地级市（直辖市）", "within a city"),
    FoundBy.SAME_AUTONOMOUS_REGION: Words("同一自治区", "within an autonomous region"),
    FoundBy.SAME_PROVINCE: Words("同一省", "within a province"),
    FoundBy.OTHER_PROVINCE: Words("不同省份之间", "between provinces"),
}


@router.get("/scopes")
def scopes(request: Request, visitor: Reader) -> Response:
    """All of them, with how many items each has."""
    centre = centre_of(request)
    today = _today(request)
    with centre.database.reading() as session:
        held, catalogue = known(session), items_now(session)
    counts = {one.code: len(lists.items_of(held, one.code, catalogue, today)) for one in held.scopes}
    return render(
        request,
        "agreements/scopes.html",
        scopes=held.scopes,
        counts=counts,
        named=lambda scope: named(scope, visitor.who.region_code),
        found_by=FOUND_BY,
        place_name=place_name,
        may_edit=visitor.who.has(Role.ADMINISTRATOR),
    )


@router.post("/scopes")
def add_alliance(request: Request, visitor: Administrator, form: Posted) -> Response:
    """An alliance of named places (呼包鄂乌)."""
    centre = centre_of(request)
    names = Words(text(form, "zh", 40), text(form, "en", 40))
    members = places_in(text(form, "members"))
    if len(members) < 2:
        raise Refused("scope", Words("联盟至少要有两个成员。", "An alliance has at least two members."))
    code = text(form, "code", 40)
    with centre.database.writing() as session:
        editing.add_alliance(session, centre.keys.signing, visitor.who, code, names, members, centre.now())
    return see_other(request, "/desk/scopes", Words("已登记并发布到终端。", "Recorded, and published to terminals."))


@router.get("/scopes/{code}")
def one(request: Request, visitor: Reader, code: str, kind: str = "") -> Response:
    """Its list of items, and its names. With `kind` the list as a file."""
    centre = centre_of(request)
    today = _today(request)
    with centre.database.reading() as session:
        scope, held, catalogue = _scope(session, code), known(session), items_now(session)
    items = lists.items_of(held, code, catalogue, today)
    basis = {agreement.number: agreement for agreement in held.agreements}
    if kind in MEDIA:
        rows = [
            (
                number,
                item.item_id,
                item.code,
                item.name,
                item.department,
                item.batch,
                item.source_doc,
                "；".join([lists.NATIONAL] * item.national + [basis[each].basis for each in item.agreements]),
                "、".join(words.MODES[mode].zh if mode in words.MODES else mode for mode in item.modes),
                "是" if item.at_terminals else "否",
            )
            for number, item in enumerate(items, start=1)
        ]
        return table_file(f"items-{code}", kind, lists.HEADING, rows)
    return render(
        request,
        "agreements/scope.html",
        scope=scope,
        name=named(scope, visitor.who.region_code),
        items=items,
        basis=basis,
        modes=words.MODES,
        found_by=FOUND_BY,
        place_name=place_name,
        alliance=scope.found_by is FoundBy.ALLIANCE,
        may_edit=visitor.who.has(Role.ADMINISTRATOR),
    )


@router.post("/scopes/{code}")
def rename(request: Request, visitor: Administrator, code: str, form: Posted) -> Response:
    """Its common names, and the members of an alliance."""
    centre = centre_of(request)
    names = Words(text(form, "zh", 40), text(form, "en", 40))
    members = places_in(text(form, "members"))
    with centre.database.writing() as session:
        _scope(session, code)
        editing.rename(session, centre.keys.signing, visitor.who, code, names, members, centre.now())
    return see_other(
        request, f"/desk/scopes/{code}", Words("已保存并发布到终端。", "Saved, and published to terminals.")
    )


@router.post("/scopes/{code}/local")
def name_locally(request: Request, visitor: Administrator, code: str, form: Posted) -> Response:
    """What the places under one call it."""
    centre = centre_of(request)
    names = Words(text(form, "zh", 40), text(form, "en", 40))
    places = places_in(text(form, "place"))
    if len(places) != 1:
        raise Refused("place", Words("请写一个地方。", "One place, please."))
    with centre.database.writing() as session:
        _scope(session, code)
        editing.name_locally(session, centre.keys.signing, visitor.who, code, places[0], names, centre.now())
    return see_other(
        request, f"/desk/scopes/{code}", Words("已保存并发布到终端。", "Saved, and published to terminals.")
    )


def _scope(session: Session, code: str) -> Scope:
    scope = known(session).called(code)
    if scope is None:
        raise HTTPException(404)
    return scope


def _today(request: Request) -> date:
    return centre_of(request).now().astimezone(CHINA).date()
