"""Pages from templates: autoescaped, strict about missing names, in one of two languages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from central.casework import lifecycle
from central.casework.terms import Role
from central.catalogue import english
from central.times import CHINA
from kiosk.protocol.states import State

ROOM = Path(__file__).parent
STATIC = ROOM / "static"

ROLE_WORDS: dict[Role, tuple[str, str]] = {
    Role.WINDOW: ("窗口", "Service desk"),
    Role.APPROVER: ("审批", "Approver"),
    Role.SUPERVISOR: ("主管", "Supervisor"),
    Role.CATALOGUE_EDITOR: ("目录编辑", "Catalogue editor"),
    Role.CATALOGUE_REVIEWER: ("目录审核", "Catalogue reviewer"),
    Role.ADMINISTRATOR: ("系统管理员", "Administrator"),
    Role.SECURITY: ("安全管理员", "Security officer"),
    Role.AUDITOR: ("审计员", "Auditor"),
}

_GOOD = {State.APPROVED, State.RESULT_ISSUED, State.READY_FOR_PICKUP, State.COMPLETED, State.ARCHIVED}
_WAITING = {State.SUPPLEMENT_REQUIRED, State.VIDEO_CONSULT, State.IN_TRANSIT, State.PARTIALLY_DONE, State.IN_DELIVERY}
_BAD = {State.RETURNED, State.NOT_ACCEPTED, State.REJECTED, State.EXPIRED, State.REVOKED}
_ENDED = {State.WITHDRAWN, State.DRAFT, State.QUEUED_OFFLINE}


def page(template: str, language: str, now: datetime, context: Mapping[str, Any]) -> str:
    """The page's text."""

    def t(zh: Any, en: str | None = None) -> str:
        """The words in the visitor's language: a pair, or anything with `zh` and `en`."""
        if en is None:
            zh, en = zh.zh, zh.en
        return str(en if language == "en" else zh)

    return environment().get_template(template).render({"t": t, "language": language, "now": now, **context})


@cache
def environment() -> Environment:
    """The templates, with the filters that pages use."""
    made = Environment(
        loader=FileSystemLoader(ROOM / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "local": local,
        "day": day,
        "last_day": last_day,
        "clock": clock,
        "left": left,
        "role": role,
        "span": _span,
        "pairs": pairs,
        "said": said,
    }
    made.globals |= {"asset": asset, "tone": tone, "State": State, "state_words": lifecycle.load().states}
    return made


def local(moment: datetime | None) -> str:
    """2026-11-20 21:35, in Shanghai."""
    return "—" if moment is None else f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M}"


def day(moment: datetime | None) -> str:
    """2026-11-20, in Shanghai."""
    return "—" if moment is None else f"{moment.astimezone(CHINA):%Y-%m-%d}"


def last_day(end: datetime) -> str:
    """The last day of a period that ends at `end`, which is a midnight: the day before."""
    return day(end - timedelta(seconds=1))


def clock(moment: datetime | None) -> str:
    """21:35, in Shanghai."""
    return "—" if moment is None else f"{moment.astimezone(CHINA):%H:%M}"


@pass_context
def left(context: Context, due: datetime) -> str:
    """How far away a deadline is: 还有 3 天, 已超 2 小时."""
    ahead = due - context["now"]
    length = span(abs(ahead), context["language"])
    if context["language"] == "en":
        return f"{length} left" if ahead >= timedelta(0) else f"{length} overdue"
    return f"还有 {length}" if ahead >= timedelta(0) else f"已超 {length}"


def span(length: timedelta, language: str) -> str:
    """A length of time in its largest unit: 3 天, 2 小时, 5 分钟 (below a day with minutes: 1 小时 20 分)."""
    minutes = int(length.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60
    if language == "en":
        if days >= 2:
            return f"{days} days"
        if hours:
            return f"{hours} h {minutes % 60} min" if hours < 10 and minutes % 60 else f"{hours} h"
        return f"{minutes} min"
    if days >= 2:
        return f"{days} 天"
    if hours:
        return f"{hours} 小时 {minutes % 60} 分" if hours < 10 and minutes % 60 else f"{hours} 小时"
    return f"{minutes} 分钟"


@pass_context
def _span(context: Context, length: timedelta) -> str:
    return span(length, context["language"])


@pass_context
def pairs(context: Context, options: Iterable[str | tuple[str, Any]]) -> list[tuple[str, str]]:
    """Options of a select from codes, or from codes with their words."""
    language = "en" if context["language"] == "en" else "zh"
    return [(one, one) if isinstance(one, str) else (one[0], str(getattr(one[1], language))) for one in options]


@pass_context
def said(context: Context, chinese: str) -> str:
    """Words of the catalogue's lists (a point of the formal check, a department) in the visitor's language."""
    return english.said(chinese) if context["language"] == "en" else chinese


@pass_context
def role(context: Context, code: str) -> str:
    """A role's name."""
    return ROLE_WORDS[Role(code)][context["language"] == "en"]


def tone(state: State | str) -> str:
    """Which of the pill's colours a state has; its text says the same."""
    state = State(state)
    for name, group in (("good", _GOOD), ("waiting", _WAITING), ("bad", _BAD), ("ended", _ENDED)):
        if state in group:
            return name
    return "busy"


@cache
def asset(name: str) -> str:
    """Address of a static file. It changes with the file, so browsers may keep it."""
    return f"/desk/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"
