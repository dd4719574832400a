"""The desk's menu: which pages there are, and for whom. A shared list: add a line for a page."""

from __future__ import annotations

from dataclasses import dataclass

from central.casework.terms import Role
from central.casework.who import Who

CASEWORKERS = frozenset({Role.WINDOW, Role.APPROVER, Role.SUPERVISOR})
EVERYONE = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the menu."""

    path: str
    zh: str
    en: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under one heading."""

    zh: str
    en: str
    entries: tuple[Entry, ...]


NAVIGATION: tuple[Group, ...] = (
    Group(
        "办件",
        "Cases",
        (
            Entry("/desk/", "今天", "Today", CASEWORKERS),
            Entry("/desk/work", "工作清单", "Work lists", CASEWORKERS),
            Entry("/desk/search", "查找办件", "Find a case", CASEWORKERS),
        ),
    ),
    Group(
        "服务",
        "Services",
        (
            Entry("/desk/phone-tasks", "电话告知", "Calls", frozenset({Role.WINDOW, Role.SUPERVISOR})),
            Entry("/desk/help-tasks", "帮办任务", "Calls for help", frozenset({Role.WINDOW, Role.SUPERVISOR})),
            Entry("/desk/shipments", "寄递", "Shipments", CASEWORKERS),
            Entry("/desk/video", "视频会商", "Video consultations", CASEWORKERS),
            Entry("/desk/payments", "缴费", "Fees", CASEWORKERS),
        ),
    ),
    Group(
        "台账与监督",
        "Ledger and oversight",
        (
            Entry("/desk/ledger", "台账", "Ledger", CASEWORKERS),
            Entry("/desk/reports/monthly", "月度汇总表", "Monthly summary", CASEWORKERS),
            Entry("/desk/reports/matrix", "收件地 × 办理地", "Places matrix", CASEWORKERS),
            Entry("/desk/supervision", "监督", "Supervision", frozenset({Role.SUPERVISOR})),
            Entry("/desk/rectifications", "整改单", "Rectifications", CASEWORKERS),
            Entry("/desk/revisits", "事后回访", "Revisits", frozenset({Role.SUPERVISOR})),
            Entry("/desk/ratings", "好差评", "Ratings", CASEWORKERS),
            Entry("/desk/complaints", "投诉建议", "Complaints", CASEWORKERS),
            Entry("/desk/audit", "审计记录", "Audit trail", frozenset({Role.AUDITOR})),
        ),
    ),
    Group(
        "事项与合作",
        "Items and places",
        (
            Entry(
                "/desk/catalogue",
                "事项目录",
                "Catalogue",
                frozenset({Role.CATALOGUE_EDITOR, Role.CATALOGUE_REVIEWER, Role.SUPERVISOR}),
            ),
            Entry("/desk/scopes", "通办范围与清单", "Scopes and lists", EVERYONE - {Role.SECURITY, Role.AUDITOR}),
            Entry("/desk/agreements", "合作协议", "Agreements", CASEWORKERS | {Role.ADMINISTRATOR}),
            Entry("/desk/grants", "相互授权", "Grants", frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AUDITOR})),
            Entry("/desk/contacts", "联络表", "Contacts", CASEWORKERS | {Role.ADMINISTRATOR}),
        ),
    ),
    Group(
        "管理",
        "Administration",
        (
            Entry("/desk/users", "人员", "Staff", frozenset({Role.ADMINISTRATOR, Role.SECURITY})),
            Entry("/desk/units", "单位", "Units", frozenset({Role.ADMINISTRATOR})),
            Entry(
                "/desk/platforms",
                "对接平台",
                "Platforms",
                frozenset({Role.ADMINISTRATOR, Role.SECURITY, Role.AUDITOR}),
            ),
        ),
    ),
    Group("我", "Me", (Entry("/desk/account", "我的账号", "My account", EVERYONE),)),
)


def menu(who: Who) -> tuple[Group, ...]:
    """What `who` sees of it."""
    groups = (
        Group(group.zh, group.en, tuple(entry for entry in group.entries if who.has(*entry.roles)))
        for group in NAVIGATION
    )
    return tuple(group for group in groups if group.entries)


def first_page(who: Who) -> str:
    """Where somebody begins who has just signed in."""
    groups = menu(who)
    return groups[0].entries[0].path if groups else "/desk/account"


def here(path: str) -> str:
    """The entry that the page at `path` belongs to: the longest that `path` begins with."""
    paths = [entry.path for group in NAVIGATION for entry in group.entries]
    fitting = [entry for entry in paths if path == entry or path.startswith(entry.rstrip("/") + "/")]
    exact = [entry for entry in fitting if entry != "/desk/" or path == "/desk/"]
    return max(exact, key=len, default="")
