"""One's own account: who I am here, and my password."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from central.casework.acts import Words
from central.desk.frame import HOME, SESSION, Posted, Visitor, gate_of, let_in, render, see_other
from central.desk.security import WeakPassword

router = APIRouter()


@router.get("/account")
def account(request: Request, _: Visitor) -> Response:
    """What is recorded about me."""
    return render(request, "account/account.html")


@router.get("/account/password")
def ask_password(request: Request, _: Visitor) -> Response:
    """The form."""
    return render(request, "account/password.html", wrong=None)


@router.post("/account/password")
def change_password(request: Request, visitor: Visitor, form: Posted) -> Response:
    """Old, new, new again."""
    old, new, again = (str(form.get(name, "")) for name in ("old", "new", "again"))
    if new != again:
        return _again(request, Words("两次输入的新口令不一样。", "The new password was not typed the same twice."))
    try:
        ticket = gate_of(request).change_password(visitor.user.id, old, new)
    except WeakPassword as weak:
        return _again(request, weak.why)
    if ticket is None and gate_of(request).current(request.cookies.get(SESSION, "")) is None:
        return see_other(request, "/desk/sign-in")
    if ticket is None:
        return _again(
            request,
            Words(
                "原口令不对，或账号已锁定（连续 5 次错误锁定 30 分钟）。",
                "The old password is wrong, or the account is locked (5 failures, 30 minutes).",
            ),
        )
    return let_in(
        request,
        ticket,
        HOME,
        Words("口令已更改，其他地方的登录已退出。", "Password changed; sessions elsewhere have ended."),
    )


def _again(request: Request, wrong: Words) -> Response:
    return render(request, "account/password.html", status=422, wrong=wrong)
