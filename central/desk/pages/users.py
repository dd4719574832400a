"""Members of staff: the administrator records them, the security officer gives roles and helps with sign-in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from central.agreements.known import scope_names
from central.casework.acts import Words
from central.casework.terms import APART, Role
from central.desk import personnel
from central.desk.frame import Posted, Signed, allow, centre_of, render, see_other, text, whole
from central.desk.security import hash_password
from central.store.models import Unit, User

router = APIRouter()

Either = Annotated[Signed, allow(Role.ADMINISTRATOR, Role.SECURITY)]
Administrator = Annotated[Signed, allow(Role.ADMINISTRATOR)]
SecurityOfficer = Annotated[Signed, allow(Role.SECURITY)]
_PAGE = 100


@router.get("/users")
def users(request: Request, _: Either, q: str = "", role: str = "", after: str = "") -> Response:
    """Everybody, by login; `q` is part of a login, a name or a unit's name, or a division's code."""
    statement = select(User).join(Unit, User.unit_id == Unit.id).order_by(User.login)
    if q := q.strip():
        like = "%" + q.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        columns = (User.login, User.name, Unit.name, Unit.region_code)
        statement = statement.where(or_(*(column.like(like, escape="\\") for column in columns)))
    if after:
        statement = statement.where(User.login > after)
    with centre_of(request).database.reading() as session:
        found: list[User] = []
        for user in session.scalars(statement):  # roles are JSON, which the two databases search differently
            if not role or role in user.roles:
                found.append(user)
            if len(found) > _PAGE:
                break
    more = found[_PAGE - 1].login if len(found) > _PAGE else ""
    return render(request, "users/list.html", users=found[:_PAGE], q=q, role=role, more=more, roles=list(Role))


@router.get("/users/new")
def ask_new(request: Request, _: Administrator) -> Response:
    """The form for somebody new."""
    with centre_of(request).database.reading() as session:
        return render(request, "users/new.html", units=_units(session))


@router.post("/users")
def create(request: Request, visitor: Administrator, form: Posted) -> Response:
    """Somebody new, without roles. The first password is shown once, here."""
    centre = centre_of(request)
    password = personnel.first_password()
    hashed = hash_password(password)
    with centre.database.writing() as session:
        unit = _unit(session, text(form, "unit"))
        login, name = text(form, "login", 64), text(form, "name", 64)
        user = personnel.add(session, visitor.who, login, name, unit, hashed, centre.now())
    return render(request, "users/password.html", user=user, password=password, new=True)


@router.get("/users/{user_id}")
def one(request: Request, visitor: Either, user_id: int) -> Response:
    """One member of staff, with what may be done."""
    with centre_of(request).database.reading() as session:
        user = _user(session, user_id)
        return render(
            request,
            "users/one.html",
            user=user,
            units=_units(session),
            roles=list(Role),
            apart=APART,
            scopes=scope_names(session, user.unit.region_code),
            mine=user.id == visitor.user.id,
        )


@router.post("/users/{user_id}")
def edit(request: Request, visitor: Administrator, user_id: int, form: Posted) -> Response:
    """Name, unit, and the scopes that this window serves."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        user, unit = _user(session, user_id), _unit(session, text(form, "unit"))
        scopes = scope_names(session).keys() & set(form.getlist("scopes"))
        personnel.edit(session, visitor.who, user, text(form, "name", 64), unit, centre.now(), scopes)
    return see_other(request, f"/desk/users/{user_id}", Words("已保存。", "Saved."))


@router.post("/users/{user_id}/password")
def new_password(request: Request, visitor: Administrator, user_id: int) -> Response:
    """A new first password, shown once."""
    centre = centre_of(request)
    password = personnel.first_password()
    hashed = hash_password(password)
    with centre.database.writing() as session:
        user = _user(session, user_id)
        personnel.set_password(session, visitor.who, user, hashed, centre.now())
    return render(request, "users/password.html", user=user, password=password, new=False)


@router.post("/users/{user_id}/disable")
def disable(request: Request, visitor: Administrator, user_id: int) -> Response:
    """No longer lets them in."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        personnel.disable(session, visitor.who, _user(session, user_id), centre.now())
    return see_other(request, f"/desk/users/{user_id}", Words("已停用，登录已退出。", "Disabled and signed out."))


@router.post("/users/{user_id}/enable")
def enable(request: Request, visitor: Administrator, user_id: int) -> Response:
    """Lets them in again."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        personnel.enable(session, visitor.who, _user(session, user_id), centre.now())
    return see_other(request, f"/desk/users/{user_id}", Words("已启用。", "Enabled."))


@router.post("/users/{user_id}/roles")
def roles(request: Request, visitor: SecurityOfficer, user_id: int, form: Posted) -> Response:
    """Exactly the roles that are ticked."""
    centre = centre_of(request)
    chosen = [value for value in form.getlist("roles") if isinstance(value, str)]
    sectors = text(form, "sectors", 400).replace("，", "、").replace(",", "、").split("、")
    with centre.database.writing() as session:
        user = _user(session, user_id)
        wanted = [sector.strip() for sector in sectors if sector.strip()]
        personnel.give_roles(session, visitor.who, user, chosen, wanted, centre.now())
    return see_other(
        request, f"/desk/users/{user_id}", Words("角色已更改，即时生效。", "Roles changed, effective at once.")
    )


@router.post("/users/{user_id}/unlock")
def unlock(request: Request, visitor: SecurityOfficer, user_id: int) -> Response:
    """Ends a lock-out."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        personnel.unlock(session, visitor.who, _user(session, user_id), centre.now())
    return see_other(request, f"/desk/users/{user_id}", Words("已解锁。", "Unlocked."))


@router.post("/users/{user_id}/second-factor")
def reset_second_factor(request: Request, visitor: SecurityOfficer, user_id: int) -> Response:
    """The next sign-in enrols a new authenticator."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        personnel.reset_second_factor(session, visitor.who, _user(session, user_id), centre.now())
    words = Words("动态口令已重置，下次登录时重新绑定。", "Reset; the next sign-in sets up a new authenticator.")
    return see_other(request, f"/desk/users/{user_id}", words)


def _user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id) if 0 < user_id < 2**31 else None
    if user is None:
        raise HTTPException(404)
    return user


def _unit(session: Session, unit_id: str) -> Unit:
    unit = session.get(Unit, whole(unit_id) or 0)
    if unit is None:
        raise HTTPException(422)
    return unit


def _units(session: Session) -> list[Unit]:
    return list(session.scalars(select(Unit).where(Unit.active).order_by(Unit.region_code, Unit.code)))
