"""Units: the halls and departments that members of staff belong to. The administrator's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from central.agreements.known import scope_names
from central.audit import trail
from central.casework import profiles
from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.desk.frame import Posted, Signed, allow, centre_of, render, see_other, text
from central.store.models import Unit

router = APIRouter()

Administrator = Annotated[Signed, allow(Role.ADMINISTRATOR)]
KINDS = {"hall": Words("综合窗口（大厅）", "Service hall"), "department": Words("审批部门", "Department")}
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{1,31}")
_TEXTS = ("name", "short_name", "region_name", "seal_name", "phone", "consult_phone", "address", "hours")


@router.get("/units")
def units(request: Request, _: Administrator) -> Response:
    """All of them, by place."""
    with centre_of(request).database.reading() as session:
        found = session.scalars(select(Unit).order_by(Unit.region_code, Unit.kind.desc(), Unit.code)).all()
        scopes = scope_names(session)
    return render(request, "units/list.html", units=found, kinds=KINDS, profiles=dict(_profiles()), scopes=scopes)


@router.get("/units/new")
def ask_new(request: Request, _: Administrator) -> Response:
    """The form for a new one."""
    with centre_of(request).database.reading() as session:
        scopes = scope_names(session)
    return render(request, "units/one.html", unit=None, kinds=KINDS, profiles=_profiles(), scopes=scopes)


@router.post("/units")
def create(request: Request, visitor: Administrator, form: Posted) -> Response:
    """A new one."""
    centre = centre_of(request)
    code = text(form, "code", 32)
    if not _CODE.fullmatch(code):
        raise Refused(
            "code", Words("单位代码由字母、数字和横线组成。", "A unit's code has letters, digits and dashes.")
        )
    with centre.database.writing() as session:
        if session.scalar(select(Unit.id).where(Unit.code == code)) is not None:
            raise Refused("code", Words("这个单位代码已经有了。", "There is a unit with this code already."))
        unit = Unit(code=code)
        _fill(unit, form, scope_names(session))
        session.add(unit)
        session.flush()
        trail.record(session, visitor.who, "unit.created", code, centre.now(), {"region": unit.region_code})
    return see_other(request, "/desk/units", Words("已登记。", "Recorded."))


@router.get("/units/{unit_id}")
def one(request: Request, _: Administrator, unit_id: int) -> Response:
    """One of them, to edit."""
    with centre_of(request).database.reading() as session:
        unit, scopes = _unit(session, unit_id), scope_names(session, "")
    return render(request, "units/one.html", unit=unit, kinds=KINDS, profiles=_profiles(), scopes=scopes)


@router.post("/units/{unit_id}")
def edit(request: Request, visitor: Administrator, unit_id: int, form: Posted) -> Response:
    """Everything but the code, which document numbers and history name."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        unit = _unit(session, unit_id)
        before = {
            column: getattr(unit, column) for column in (*_TEXTS, "region_code", "kind", "profile", "scopes", "active")
        }
        _fill(unit, form, scope_names(session))
        changed = sorted(column for column, value in before.items() if getattr(unit, column) != value)
        trail.record(session, visitor.who, "unit.edited", unit.code, centre.now(), {"changed": changed})
    return see_other(request, "/desk/units", Words("已保存。", "Saved."))


def _fill(unit: Unit, form: FormData, scopes: Mapping[str, Words]) -> None:
    region, kind, profile = (text(form, name, 32) for name in ("region_code", "kind", "profile"))
    if not re.fullmatch(r"[1-9][0-9]{5}", region):
        raise Refused("region", Words("行政区划代码是 6 位数字。", "A division's code has six digits."))
    if kind not in KINDS or profile not in dict(_profiles()):
        raise HTTPException(422)
    for column in _TEXTS:
        setattr(unit, column, text(form, column, 200))
    if not (unit.name and unit.short_name and unit.region_name):
        raise Refused(
            "name", Words("名称、机关代字和所在地名称都要填写。", "Name, short name and the place's name are needed.")
        )
    unit.region_code, unit.kind, unit.profile = region, kind, profile
    unit.sectors = [one.strip() for one in re.split("[、，,]", text(form, "sectors", 400)) if one.strip()]
    unit.scopes = sorted(scopes.keys() & set(form.getlist("scopes")))
    unit.active = text(form, "active") == "yes"


def _profiles() -> list[tuple[str, str]]:
    return [(name, profile.name) for name, profile in profiles.load().by_key.items()]


def _unit(session: Session, unit_id: int) -> Unit:
    unit = session.get(Unit, unit_id) if 0 < unit_id < 2**31 else None
    if unit is None:
        raise HTTPException(404)
    return unit
