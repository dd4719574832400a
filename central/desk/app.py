"""The desk as an application of its own, mounted at /desk: pages for people, where the API answers machines."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import FormData, MutableHeaders, State
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central.assets import ASSETS
from central.casework.acts import Conflict, Refused, Words
from central.desk.frame import HOME, PASSWORD, SIGN_IN, NotSignedIn, csrf_checked, own_page, render
from central.desk.pages import ROUTERS
from central.desk.templating import STATIC
from central.store.database import StorageFull

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

_ERRORS = {
    400: Words("请求不完整", "Something was missing"),
    403: Words("您没有权限", "You may not do this"),
    404: Words("没有这个页面或办件", "There is no such page or case"),
    405: Words("请求不完整", "Something was missing"),
    409: Words("没有办理", "Nothing was done"),
    413: Words("文件太大", "The file is too large"),
    422: Words("表单不完整", "The form is not complete"),
    500: Words("系统出错", "Something went wrong"),
    503: Words("暂时无法保存", "Cannot save at the moment"),
}
_WHAT_NOW = {
    400: Words("没有保存任何内容。请返回后再试。", "Nothing was saved. Please go back and try again."),
    403: Words(
        "没有保存任何内容。这项工作不属于您的角色；需要时请联系系统管理员。",
        "Nothing was saved. This is not among your roles; ask the administrator if you need it.",
    ),
    404: Words(
        "可能编号有误，或者这件不属于您所在的地方。", "The number may be wrong, or the case is not one of your place."
    ),
    413: Words("没有保存。请换一个小一些的文件。", "Nothing was saved. Please use a smaller file."),
    422: Words("没有保存任何内容。请返回，补全后再提交。", "Nothing was saved. Please go back and complete the form."),
    500: Words(
        "这一步没有保存，之前的内容都在。请再试一次；仍不行请联系系统管理员。",
        "This step was not saved, everything before it was. Please try again, then call the administrator.",
    ),
    503: Words(
        "存储空间已满，这一步没有保存。请立即联系系统管理员。",
        "The storage is full; this step was not saved. Please call the administrator now.",
    ),
}
_NEVER_CARRIED = (SIGN_IN, PASSWORD, f"{HOME}users")
"""Forms with secrets: what was typed into them does not come back."""


def desk(state: State) -> FastAPI:
    """The application. `state` is that of the whole: both work with the same centre."""
    app = FastAPI(title="Tongban desk", docs_url=None, redoc_url=None, openapi_url=None)
    app.state = state
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(csrf_checked)])
    app.mount("/static/fonts", StaticFiles(directory=ASSETS / "fonts"))
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_middleware(Headers)
    _install_errors(app)
    return app


def _install_errors(app: FastAPI) -> None:
    @app.exception_handler(NotSignedIn)
    def _sign_in(request: Request, error: NotSignedIn) -> Response:
        unsent = _unsent(request) if request.method == "POST" and error.where == SIGN_IN else []
        if unsent:
            return render(request, "expired.html", status=403, unsent=unsent)
        come_back = request.url.path if request.method == "GET" else HOME
        if request.method == "GET" and request.url.query:
            come_back += f"?{request.url.query}"
        asked = error.where == SIGN_IN and come_back != HOME
        return RedirectResponse(f"{error.where}?next={quote(come_back, safe='')}" if asked else error.where, 303)

    @app.exception_handler(Refused)
    def _refused(request: Request, error: Refused) -> Response:
        return _page(request, 409, error.why, conflict=isinstance(error, Conflict))

    @app.exception_handler(RequestValidationError)
    def _invalid(request: Request, _: RequestValidationError) -> Response:
        return _page(request, 422, _WHAT_NOW[422])

    @app.exception_handler(HTTPException)
    def _http(request: Request, error: HTTPException) -> Response:
        if error.detail == "csrf":
            return render(request, "expired.html", status=403, unsent=_unsent(request))
        if error.status_code == 405 and request.method == "GET":
            # An address that only takes forms, reloaded: on to the page that it belongs to.
            return RedirectResponse(own_page(request.url.path.rpartition("/")[0]), 303)
        status = error.status_code if error.status_code in _ERRORS else 400
        return _page(request, status, _WHAT_NOW.get(status, _WHAT_NOW[400]))

    @app.exception_handler(StorageFull)
    def _full(request: Request, _: StorageFull) -> Response:
        return _page(request, 503, _WHAT_NOW[503])

    @app.exception_handler(Exception)
    def _broken(request: Request, _: Exception) -> Response:
        return _page(request, 500, _WHAT_NOW[500])


def _page(request: Request, status: int, why: Words, *, conflict: bool = False) -> Response:
    heading = Words("别人已经先办了", "Somebody else was faster") if conflict else _ERRORS[status]
    return render(request, "errors.html", status=status, heading=heading, why=why, conflict=conflict, code=status)


def _unsent(request: Request) -> list[tuple[str, str]]:
    """What was typed into a form whose session has ended, to be sent once more after signing in: only from a page of
    our own, which only the browser itself can say, and nothing that was a secret.
    """
    if request.headers.get("sec-fetch-site") != "same-origin" or request.url.path.startswith(_NEVER_CARRIED):
        return []
    form: FormData = getattr(request.state, "unsent", FormData())
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name != "csrf"]


class Headers:
    """ASGI middleware: what every answer of the desk tells the browser. Pages are never kept; versioned files are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        static = scope["path"].startswith("/desk/static/")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers["Cache-Control"] = "public, max-age=31536000, immutable" if static else "no-store"
            await send(message)

        await self._app(scope, receive, with_headers)
