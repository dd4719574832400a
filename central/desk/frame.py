"""What every page of the desk uses: who is signed in, what they may open, how a page is rendered and a form answered.

    router = APIRouter()

    @router.get("/shipments")                       # served at /desk/shipments
    def shipments(request: Request, visitor: Annotated[Signed, allow(Role.WINDOW)]) -> Response:
        with centre_of(request).database.reading() as session: ...
        return render(request, "shipments/list.html", rows=rows)

    @router.post("/shipments")
    def send(request: Request, visitor: Visitor, form: Posted) -> Response:
        ...
        return see_other(request, "/desk/shipments", Words("已登记。", "Recorded."))

Templates extend base.html. They have `t(zh, en)` or `t(words)`, `csrf()`, `visitor` (or none), `now`, `path`, and the
macros of macros.html as `ui` (a template that does not extend base.html imports them itself, `with context`).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Path, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from starlette.datastructures import FormData

from central.casework.acts import Words
from central.casework.terms import Role
from central.casework.who import Who, staff
from central.catalogue.english import item_names
from central.centre import CentreParts
from central.desk import navigation, templating
from central.desk.security import Current, Gate, Ticket
from central.store.models import User

SESSION = "tongban_desk"
FORM = "tongban_form"
"""Cookie of a visitor who is not signed in: what the CSRF token of the sign-in form is made from."""
LANGUAGE = "tongban_language"
FLASH = "tongban_flash"
WATCHING = "watching"
"""In the address of what a page asks by itself to stay up to date: nobody need be sitting there."""
HOME = "/desk/"
SIGN_IN = "/desk/sign-in"
PASSWORD = "/desk/account/password"  # noqa: S105
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_WHILE_CHANGING_PASSWORD = frozenset({PASSWORD, "/desk/sign-out", "/desk/language"})


@dataclass(frozen=True, slots=True)
class Signed:
    """A member of staff who is signed in."""

    user: User
    who: Who
    csrf: str = field(repr=False)
    language: str


class NotSignedIn(Exception):
    """Leads to the sign-in page, or to `where`."""

    def __init__(self, where: str = SIGN_IN) -> None:
        super().__init__("not signed in")
        self.where = where


def centre_of(request: Request) -> CentreParts:
    """The centre's parts."""
    parts: CentreParts = request.app.state.centre
    return parts


def gate_of(request: Request) -> Gate:
    """What lets staff in and out."""
    parts = centre_of(request)
    return Gate(parts.database, parts.keys, parts.now, parts.settings.desk)


def language_of(request: Request) -> str:
    """`zh` or `en`, as the visitor chose."""
    return "en" if request.cookies.get(LANGUAGE) == "en" else "zh"


async def posted(request: Request) -> FormData:
    """The form's fields; empty for a GET."""
    return FormData() if request.method in _SAFE else await request.form()


Posted = Annotated[FormData, Depends(posted)]

RowNumber = Annotated[int, Path(ge=1, le=2**53)]
"""The number of a row in an address: one that a database can look for."""


def whole(value: str) -> int | None:
    """A whole number as a form's field holds it, of at most nine digits; None when it is none."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def text(form: FormData, name: str, limit: int = 4000) -> str:
    """A text field without blanks around it; `` when missing or a file. Longer ones are a mistake of the form's user.

    Raises:
        HTTPException: 422, too long.
    """
    value = form.get(name, "")
    value = value.strip().replace("\r\n", "\n").replace("\0", "") if isinstance(value, str) else ""
    if len(value) > limit:
        raise HTTPException(422)
    return value


def current(request: Request) -> Current | None:
    """The request's session, if any, also one that waits for its second step."""
    token = request.cookies.get(SESSION, "")
    found = gate_of(request).current(token, acting=WATCHING not in request.query_params) if token else None
    request.state.session = found
    return found


def csrf_checked(request: Request, form: Posted, session: Annotated[Current | None, Depends(current)]) -> None:
    """Every request that changes something carries its session's token in the field `csrf`.

    Raises:
        HTTPException: 403.
    """
    if request.method in _SAFE:
        return
    request.state.unsent = form  # in case that the session has ended: what was typed is not lost
    expected = _csrf(request, session)
    given = form.get("csrf", "")
    if not expected or not isinstance(given, str) or not hmac.compare_digest(expected.encode(), given.encode()):
        raise HTTPException(403, "csrf")


def signed_in(request: Request, session: Annotated[Current | None, Depends(current)]) -> Signed:
    """Who is signed in.

    Raises:
        NotSignedIn
    """
    if session is None:
        raise NotSignedIn
    if not session.full:
        raise NotSignedIn(f"{SIGN_IN}/code")
    if session.user.must_change_password and request.url.path not in _WHILE_CHANGING_PASSWORD:
        raise NotSignedIn(PASSWORD)
    return Signed(session.user, staff(session.user), session.csrf, language_of(request))


Visitor = Annotated[Signed, Depends(signed_in)]


def allow(*roles: Role) -> Any:
    """A dependency: only for staff with any of these roles. Yields `Signed`.

    Raises:
        HTTPException: 403.
    """

    def check(visitor: Visitor) -> Signed:
        if not visitor.who.has(*roles):
            raise HTTPException(403)
        return visitor

    return Depends(check)


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page. Takes with it the message that `see_other` left."""
    session = _session_of(request, status)
    language = language_of(request)
    visitor = None
    if session is not None and session.full:
        visitor = Signed(session.user, staff(session.user), session.csrf, language)
    fresh = None
    if session is None and FORM not in request.cookies:
        fresh = request.cookies.setdefault(FORM, secrets.token_urlsafe(24))
    flash = _opened_flash(request, language)
    page = templating.page(
        template,
        language,
        centre_of(request).now(),
        {
            "visitor": visitor,
            "path": request.url.path,
            "menu": navigation.menu(visitor.who) if visitor else (),
            "here": navigation.here(request.url.path),
            "casework_roles": navigation.CASEWORKERS,
            "flash": flash,
            "item_name": _item_names(request, language),
            "csrf": lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(_csrf(request, session)),
            **context,
        },
    )
    response = HTMLResponse(page, status)
    if fresh is not None:
        set_cookie(request, response, FORM, fresh)
    if FLASH in request.cookies:
        response.delete_cookie(FLASH, path="/desk")
    return response


def _item_names(request: Request, language: str) -> Callable[[Any], str]:
    """What the item of a case (or of anything with `item_id` and `item_name`) is called in the visitor's language."""

    @cache
    def names() -> Mapping[str, str]:
        centre = centre_of(request)
        with centre.database.reading() as session:
            return item_names(session, centre.now())

    def named(case: Any) -> str:
        return (names().get(case.item_id) if language == "en" else None) or str(case.item_name)

    return named


def see_other(request: Request, url: str, words: Words | None = None) -> RedirectResponse:
    """Answer a form: go to `url`, a page of the desk, and say `words` there. No personal data in either."""
    response = RedirectResponse(own_page(url), 303)
    if words is not None:
        _leave_flash(request, response, words)
    return response


def own_page(url: str) -> str:
    """`url` if it is a page of the desk, else the first page: nobody is led elsewhere by a link."""
    ours = url.startswith("/desk/") and not any(sign in url for sign in ("\\", "//", "..")) and url.isprintable()
    return url if ours else HOME


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int | None = None) -> None:
    """A cookie of the desk: only for it, out of reach of scripts and of other sites."""
    secure = request.url.scheme == "https" or centre_of(request).settings.desk.secure_cookies
    response.set_cookie(name, value, seconds, path="/desk", secure=secure, httponly=True, samesite="strict")


def let_in(request: Request, ticket: Ticket, url: str, words: Words | None = None) -> RedirectResponse:
    """Go on with a session just opened."""
    response = see_other(request, url, words)
    set_cookie(request, response, SESSION, ticket.token)
    return response


def _session_of(request: Request, status: int) -> Current | None:
    """Pages of no route (404) have not asked yet. When the database may be what failed, it is not asked."""
    if not hasattr(request.state, "session"):
        return None if status >= 500 else current(request)
    found: Current | None = request.state.session
    return found


def _csrf(request: Request, session: Current | None) -> str:
    if session is not None:
        return session.csrf
    seed = request.cookies.get(FORM, "")
    return _mac(request, b"csrf", seed.encode()).hex() if seed else ""


def _leave_flash(request: Request, response: Response, words: Words) -> None:
    body = json.dumps([words.zh, words.en]).encode()
    packed = base64.urlsafe_b64encode(_mac(request, b"flash", body)[:16] + body).decode()
    set_cookie(request, response, FLASH, packed, seconds=60)


def _opened_flash(request: Request, language: str) -> str | None:
    try:
        packed = base64.urlsafe_b64decode(request.cookies.get(FLASH, ""))
        body = packed[16:]
        if not body or not hmac.compare_digest(_mac(request, b"flash", body)[:16], packed[:16]):
            return None
        zh, en = json.loads(body)
    except (binascii.Error, ValueError):
        return None
    return str(en if language == "en" else zh)


def _mac(request: Request, use: bytes, data: bytes) -> bytes:
    return hmac.digest(centre_of(request).keys.index_key, b"desk." + use + b"\0" + data, "sha256")
