"""Signing in and out, and the choice of language."""

from __future__ import annotations

import io
from typing import Annotated
from urllib.parse import parse_qs, quote, urlsplit

import segno
from fastapi import APIRouter, Depends, HTTPException, Request, Response

from central.casework.acts import Words
from central.casework.who import staff
from central.desk.frame import (
    HOME,
    LANGUAGE,
    SESSION,
    SIGN_IN,
    Posted,
    current,
    gate_of,
    let_in,
    own_page,
    render,
    see_other,
    set_cookie,
    text,
)
from central.desk.navigation import first_page
from central.desk.security import Current

router = APIRouter()

Session = Annotated[Current | None, Depends(current)]
_YEAR = 365 * 24 * 3600
_NOT_IN = Words(
    "未能登录：账号或口令不对，或账号已停用、已锁定（连续 5 次错误锁定 30 分钟）。",
    "Not signed in: wrong login or password, or the account is disabled or locked (5 failures lock it for 30 minutes).",
)
_NO_CODE = Words(
    "动态口令不对、已用过或已过期。请等下一组数字再试；连续 5 次错误锁定 30 分钟。",
    "The code is wrong, used or expired. Wait for the next one; 5 failures lock the account for 30 minutes.",
)


@router.get("/sign-in")
def ask_password(request: Request, session: Session, next: str = HOME) -> Response:  # noqa: A002
    """The first step's form."""
    if session is not None and session.full:
        return see_other(request, own_page(next))
    return render(request, "sign_in.html", next=own_page(next), wrong=None, login="")


@router.post("/sign-in")
def give_password(request: Request, form: Posted) -> Response:
    """The first step."""
    onward = own_page(text(form, "next") or HOME)
    password = form.get("password", "")
    ticket = gate_of(request).give_password(
        text(form, "login", 64).lower(), password if isinstance(password, str) else ""
    )
    if ticket is None:
        return render(request, "sign_in.html", status=401, next=onward, wrong=_NOT_IN, login=text(form, "login", 64))
    return let_in(request, ticket, onward if ticket.full else f"{SIGN_IN}/code?next={quote(onward, safe='')}")


@router.get("/sign-in/code")
def ask_code(request: Request, session: Session, next: str = HOME) -> Response:  # noqa: A002
    """The second step's form; before the first code, how to set up an authenticator."""
    if session is None:
        return see_other(request, SIGN_IN)
    if session.full:
        return see_other(request, own_page(next))
    return _code_page(request, own_page(next), None)


@router.post("/sign-in/code")
def give_code(request: Request, session: Session, form: Posted) -> Response:
    """The second step."""
    onward = own_page(text(form, "next") or HOME)
    if session is None or session.full:
        return see_other(request, SIGN_IN)
    ticket = gate_of(request).give_code(request.cookies[SESSION], text(form, "code", 16))
    if ticket is None:
        if gate_of(request).current(request.cookies[SESSION]) is None:
            return see_other(request, SIGN_IN, _NOT_IN)
        return _code_page(request, onward, _NO_CODE)
    return let_in(request, ticket, first_page(staff(session.user)) if onward == HOME else onward)


@router.get("/sign-in/authenticator.svg")
def authenticator(request: Request) -> Response:
    """The QR code to enrol with."""
    address = gate_of(request).authenticator(request.cookies.get(SESSION, ""))
    if address is None:
        raise HTTPException(404)
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", scale=4, border=4, light="#fff", xmldecl=False)
    return Response(picture.getvalue(), media_type="image/svg+xml")


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """The end of the session."""
    gate_of(request).sign_out(request.cookies.get(SESSION, ""))
    response = see_other(request, SIGN_IN, Words("已退出。", "Signed out."))
    response.delete_cookie(SESSION, path="/desk")
    return response


@router.post("/language")
def choose_language(request: Request, form: Posted) -> Response:
    """中文 or English, for this browser."""
    response = see_other(request, text(form, "back"))
    set_cookie(request, response, LANGUAGE, "en" if text(form, "language") == "en" else "zh", _YEAR)
    return response


def _code_page(request: Request, onward: str, wrong: Words | None) -> Response:
    address = gate_of(request).authenticator(request.cookies[SESSION])
    secret = None if address is None else parse_qs(urlsplit(address).query)["secret"][0]
    status = 200 if wrong is None else 401
    return render(request, "sign_in_code.html", status=status, next=onward, wrong=wrong, secret=secret)
