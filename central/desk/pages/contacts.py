"""联络表 (R118): whom to call at which place. Each place keeps its own up to date, the administrator all of them."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from central.audit import trail
from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.casework.who import Who
from central.catalogue.updating import publish_contacts
from central.desk.frame import Posted, Signed, allow, centre_of, render, see_other, text
from central.store.models import Contact

router = APIRouter()

Reader = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR, Role.ADMINISTRATOR)]
Editor = Annotated[Signed, allow(Role.WINDOW, Role.SUPERVISOR, Role.ADMINISTRATOR)]
_FIELDS = ("unit_name", "person", "duty", "phone", "hours", "address")
_PHONE = re.compile(r"[0-9+（）() -]{5,30}(转[0-9]{1,6})?")
_MOST = 1000


@router.get("/contacts")
def contacts(request: Request, visitor: Reader, q: str = "") -> Response:
    """The whole table, or what contains `q`."""
    statement = select(Contact).order_by(Contact.region_code, Contact.unit_name, Contact.person).limit(_MOST)
    if q := q.strip():
        like = "%" + q.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        columns = (Contact.region_code, Contact.region_name, Contact.unit_name, Contact.person, Contact.phone)
        statement = statement.where(or_(*(column.like(like, escape="\\") for column in columns)))
    with centre_of(request).database.reading() as session:
        found = session.scalars(statement).all()
    return render(
        request,
        "contacts/list.html",
        contacts=found,
        q=q,
        may_edit=lambda region: _may_edit(visitor.who, region),
        may_add=visitor.who.has(Role.WINDOW, Role.SUPERVISOR, Role.ADMINISTRATOR),
    )


@router.get("/contacts/new")
def ask_new(request: Request, visitor: Editor) -> Response:
    """The form for a new one."""
    return render(request, "contacts/one.html", contact=None, own=visitor.user.unit, any_place=_any_place(visitor.who))


@router.post("/contacts")
def create(request: Request, visitor: Editor, form: Posted) -> Response:
    """A new one, of one's own place unless one is the administrator."""
    unit = visitor.user.unit
    region, name = unit.region_code, unit.region_name
    if _any_place(visitor.who):
        region, name = text(form, "region_code", 6), text(form, "region_name", 200)
        if not re.fullmatch(r"[1-9][0-9]{5}", region) or not name:
            raise Refused(
                "region", Words("请填写 6 位区划代码和所在地名称。", "Give the division's six digits and its name.")
            )
    contact = Contact(region_code=region, region_name=name)
    _save(request, visitor, contact, form, "contact.created")
    return see_other(request, "/desk/contacts", Words("已登记。", "Recorded."))


@router.get("/contacts/{contact_id}")
def one(request: Request, visitor: Editor, contact_id: int) -> Response:
    """One of them, to edit."""
    with centre_of(request).database.reading() as session:
        contact = _contact(session, visitor.who, contact_id)
    return render(request, "contacts/one.html", contact=contact, own=visitor.user.unit, any_place=False)


@router.post("/contacts/{contact_id}")
def edit(request: Request, visitor: Editor, contact_id: int, form: Posted) -> Response:
    """Save it."""
    with centre_of(request).database.reading() as session:
        contact = _contact(session, visitor.who, contact_id)
    _save(request, visitor, contact, form, "contact.edited")
    return see_other(request, "/desk/contacts", Words("已保存。", "Saved."))


@router.post("/contacts/{contact_id}/remove")
def remove(request: Request, visitor: Editor, contact_id: int) -> Response:
    """Take it out of the table."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        contact = _contact(session, visitor.who, contact_id)
        session.delete(contact)
        trail.record(session, visitor.who, "contact.removed", contact.region_code, centre.now(), {"id": contact_id})
        publish_contacts(session, centre.keys.signing, visitor.who, centre.now())
    return see_other(request, "/desk/contacts", Words("已删除。", "Removed."))


def _save(request: Request, visitor: Signed, contact: Contact, form: FormData, action: str) -> None:
    values = {column: text(form, column, 200) for column in _FIELDS}
    if not (values["unit_name"] and values["person"] and _PHONE.fullmatch(values["phone"])):
        raise Refused(
            "contact",
            Words("单位、联系人和电话都要填写，电话只含数字。", "Unit, person and a phone number are needed."),
        )
    centre = centre_of(request)
    with centre.database.writing() as session:
        twin = session.scalar(
            select(Contact.id).where(
                Contact.region_code == contact.region_code,
                Contact.unit_name == values["unit_name"],
                Contact.person == values["person"],
            )
        )
        if twin is not None and twin != contact.id:
            raise Refused("contact", Words("这位联系人已经在表里了。", "This person is in the table already."))
        stored = session.merge(contact)
        for column, value in values.items():
            setattr(stored, column, value)
        stored.updated_at, stored.updated_by = centre.now(), visitor.user.id
        session.flush()
        trail.record(session, visitor.who, action, stored.region_code, centre.now(), {"id": stored.id})
        publish_contacts(session, centre.keys.signing, visitor.who, centre.now())


def _any_place(who: Who) -> bool:
    return who.has(Role.ADMINISTRATOR)


def _may_edit(who: Who, region: str) -> bool:
    return _any_place(who) or (who.has(Role.WINDOW, Role.SUPERVISOR) and region == who.region_code)


def _contact(session: Session, who: Who, contact_id: int) -> Contact:
    contact = session.get(Contact, contact_id) if 0 < contact_id < 2**31 else None
    if contact is None:
        raise HTTPException(404)
    if not _may_edit(who, contact.region_code):
        raise HTTPException(403)
    return contact
