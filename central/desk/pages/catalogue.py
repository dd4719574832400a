"""The catalogue on the desk: what terminals offer, edited by one person, reviewed by another, published as a version."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from central.casework.acts import Refused, Words
from central.casework.terms import Role
from central.catalogue import editing, entry, fields, labels, publishing, samples, shipped
from central.desk.frame import Posted, RowNumber, Signed, allow, centre_of, render, see_other, text, whole
from central.store.models import Draft, Publication, TerminalGroup

router = APIRouter()

BODY: Literal["catalogue"] = "catalogue"
LISTED = 50
ROLES = (Role.CATALOGUE_EDITOR, Role.CATALOGUE_REVIEWER, Role.SUPERVISOR)
Reader = Annotated[Signed, allow(*ROLES)]
Editor = Annotated[Signed, allow(Role.CATALOGUE_EDITOR)]
DraftMaker = Annotated[Signed, allow(Role.CATALOGUE_EDITOR, Role.CATALOGUE_REVIEWER)]

STATES = {
    "editing": Words("正在修改", "Being edited"),
    "in_review": Words("待审核", "To be reviewed"),
    "sent_back": Words("已退回", "Sent back"),
    "approved": Words("已通过，待发布", "Approved, to be published"),
    "published": Words("已发布", "Published"),
    "dropped": Words("已放弃", "Given up"),
}
ITEM_STATES = {
    "open": Words("已开通", "Open"),
    "guide_only": Words("只看指南", "Guide only"),
    "planned": Words("暂未开通", "Planned"),
    "closed": Words("已停办", "Closed"),
}


@router.get("/catalogue")
def overview(
    request: Request,
    visitor: Reader,
    q: Annotated[str, Query(max_length=60)] = "",
    sector: Annotated[str, Query(max_length=20)] = "",
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> Response:
    """All items of the newest version, what is being changed, and the versions."""
    with centre_of(request).database.reading() as session:
        newest = publishing.latest(session, BODY)
        contents = {} if newest is None else publishing.contents_of(session, newest)
        drafts = session.scalars(select(Draft).where(Draft.body == BODY, Draft.state.in_(editing.OPEN))).all()
        versions = session.scalars(
            select(Publication).where(Publication.body == BODY).order_by(Publication.id.desc()).limit(12)
        ).all()
        groups = {group.id: group.name for group in session.scalars(select(TerminalGroup).order_by(TerminalGroup.name))}
    items = {key: one for key, one in contents.items() if key != shipped.COMMON}
    found = {
        key: one
        for key, one in items.items()
        if (not sector or one["guide"]["sector"] == sector)
        and (not q or q.lower() in (key + one["guide"]["name"] + one["name_en"]).lower())
    }
    first, last = (page - 1) * LISTED, page * LISTED
    asked = {"q": q, "sector": sector}
    return render(
        request,
        "catalogue/overview.html",
        items=dict(list(found.items())[first:last]),
        names={key: Words(one["guide"]["name"], one["name_en"] or one["guide"]["name"]) for key, one in items.items()},
        found_count=len(found),
        newer=f"/desk/catalogue?{urlencode({**asked, 'page': page - 1})}" if page > 1 else None,
        older=f"/desk/catalogue?{urlencode({**asked, 'page': page + 1})}" if last < len(found) else None,
        all_count=len(items),
        sectors=sorted({one["guide"]["sector"] for one in items.values()}),
        q=q,
        sector=sector,
        drafts={draft.key: draft for draft in drafts},
        approved=sum(draft.state == "approved" for draft in drafts),
        versions=versions,
        groups=groups,
        newest=newest,
        states=STATES,
        item_states=ITEM_STATES,
        may_edit=visitor.who.has(Role.CATALOGUE_EDITOR),
        may_review=visitor.who.has(Role.CATALOGUE_REVIEWER),
    )


@router.get("/catalogue/items/{key}")
def item(request: Request, visitor: Reader, key: str, version: Annotated[str, Query(max_length=20)] = "") -> Response:
    """One item as a version has it."""
    with centre_of(request).database.reading() as session:
        publication = publishing.version_of(session, BODY, version) if version else publishing.latest(session, BODY)
        value = None if publication is None else publishing.entry_of(session, publication, key)
        if publication is None or value is None or key == shipped.COMMON:
            raise HTTPException(404)
        history = _history(session, key)
        draft = editing.open_draft(session, BODY, key)
    return render(
        request,
        "catalogue/item.html",
        key=key,
        value=value,
        sections=[(section, fields.parts_of(section, value)) for section in fields.SECTIONS],
        publication=publication,
        history=history,
        materials=samples.materials_of(value),
        draft=draft,
        states=STATES,
        may_edit=visitor.who.has(Role.CATALOGUE_EDITOR),
    )


@router.post("/catalogue/items/{key}/edit")
def edit(request: Request, visitor: Editor, key: str) -> Response:
    """Open the item's draft, or begin one."""
    centre = centre_of(request)
    with centre.database.writing() as session:
        if key == shipped.COMMON or len(key) > 64:
            raise HTTPException(404)
        draft = editing.begin(session, visitor.who, BODY, key, centre.now())
        if not draft.content:
            draft.content = json.dumps(_blank(key), ensure_ascii=False)
        url = f"/desk/catalogue/drafts/{draft.id}"
    return see_other(request, url)


@router.post("/catalogue/items")
def add(request: Request, visitor: Editor, form: Posted) -> Response:
    """Begin an item that is not in the catalogue yet."""
    key = text(form, "key", 64).upper()
    if not key.isascii() or not key.isalnum():
        raise Refused(
            "bad_key", Words("事项编号用字母和数字，如 C128", "An item's id is letters and digits, such as C128")
        )
    return edit(request, visitor, key)


@router.get("/catalogue/drafts/{number}")
def draft_page(
    request: Request, visitor: DraftMaker, number: RowNumber, section: Annotated[str, Query(max_length=20)] = "elements"
) -> Response:
    """A draft: to write, or to review beside what is published."""
    with centre_of(request).database.reading() as session:
        draft = _draft(session, number)
        return _draft_shown(request, session, visitor, draft, _section(section), json.loads(draft.content))


@router.post("/catalogue/drafts/{number}")
def change(request: Request, visitor: DraftMaker, number: RowNumber, form: Posted) -> Response:
    """Save a section, add or remove a row, hand in, review, give up."""
    centre = centre_of(request)
    what, _, path = text(form, "do", 200).partition(":")
    version = whole(text(form, "version", 10)) or 0
    section = _section(text(form, "section", 20))
    at = centre.now()
    try:
        with centre.database.writing() as session:
            draft = _draft(session, number)
            words, url = _done(session, visitor, draft, version, what, path, section, form, at)
    except Refused as refusal:
        # What was typed is shown again, on top of whatever the draft is now: saving once more keeps it.
        with centre.database.reading() as session:
            draft = _draft(session, number)
            value = fields.filled(section, json.loads(draft.content), _given(form)) if "note" in form else None
            value = value or json.loads(draft.content)
            return _draft_shown(request, session, visitor, draft, section, value, refusal.why)
    return see_other(request, url, words)


def _done(
    session: Session,
    visitor: Signed,
    draft: Draft,
    version: int,
    what: str,
    path: str,
    section: fields.Section,
    form: FormData,
    at: datetime,
) -> tuple[Words, str]:
    here = f"/desk/catalogue/drafts/{draft.id}?section={section.key}"
    match what:
        case "hand_in":
            editing.hand_in(session, visitor.who, draft, version, at)
            return Words("已交审核，请另一个人审核", "Handed in; somebody else reviews it"), here
        case "approve" | "send_back":
            editing.review(session, visitor.who, draft, version, what == "approve", text(form, "review_note", 1000), at)
            return Words("已记录审核意见", "The review is recorded"), "/desk/catalogue"
        case "drop":
            editing.drop(session, visitor.who, draft, version, at)
            return Words("已放弃这份修改", "The draft is given up"), "/desk/catalogue"
    value = fields.filled(section, json.loads(draft.content), _given(form))
    if what == "add":
        value = fields.with_one_more(value, path)
    elif what == "remove":
        value = fields.without(value, path)
    editing.save(session, visitor.who, draft, version, value, text(form, "note", 1000), at)
    return Words("已保存", "Saved"), here


def _given(form: FormData) -> dict[str, str]:
    """The form's fields; several values of one name become lines."""
    return {name: "\n".join(str(one) for one in form.getlist(name)) for name in form}


def _draft_shown(
    request: Request,
    session: Session,
    visitor: Signed,
    draft: Draft,
    section: fields.Section,
    value: dict[str, Any],
    wrong: Words | None = None,
) -> Response:
    newest = publishing.latest(session, BODY)
    before = None if newest is None else publishing.entry_of(session, newest, draft.key)
    return render(
        request,
        "catalogue/draft.html",
        status=200 if wrong is None else 409,
        draft=draft,
        value=value,
        section=section,
        sections=fields.SECTIONS,
        parts=fields.parts_of(section, value),
        mistakes=entry.checked(draft.key, value)[1],
        changes=_changes(entry.normal(draft.key, before) if before else {}, entry.normal(draft.key, value)),
        states=STATES,
        materials=samples.materials_of(value),
        wrong=wrong,
        writing=visitor.who.has(Role.CATALOGUE_EDITOR) and draft.state in ("editing", "sent_back", "in_review"),
        reviewing=visitor.who.has(Role.CATALOGUE_REVIEWER)
        and draft.state == "in_review"
        and not visitor.who.has(Role.CATALOGUE_EDITOR),
    )


def _draft(session: Session, number: int) -> Draft:
    draft = session.get(Draft, number)
    if draft is None or draft.body != BODY:
        raise HTTPException(404)
    return draft


def _section(key: str) -> fields.Section:
    return next((section for section in fields.SECTIONS if section.key == key), fields.SECTIONS[0])


def _history(session: Session, key: str) -> list[Publication]:
    """The versions in which the item changed, newest first."""
    changed: list[Publication] = []
    earlier: str | None = None
    for publication in session.scalars(select(Publication).where(Publication.body == BODY).order_by(Publication.id)):
        sha256 = next((ref.sha256 for ref in publishing.manifest_of(publication).entries if ref.key == key), None)
        if sha256 != earlier:
            changed.insert(0, publication)
        earlier = sha256
    return changed


def _changes(before: Any, after: Any, place: tuple[Words, ...] = ()) -> list[tuple[Words, Words, Words]]:
    """What differs: place, before, after."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        pairs = [(key, before.get(key), after.get(key)) for key in keys]
    elif isinstance(before, list) and isinstance(after, list):
        longest = max(len(before), len(after))
        rows = [[*one, *[None] * (longest - len(one))] for one in (before, after)]
        pairs = [(str(index + 1), rows[0][index], rows[1][index]) for index in range(longest)]
    else:
        where = Words(" › ".join(one.zh for one in place), " › ".join(one.en for one in place))
        return [] if before == after else [(where, _shown(before), _shown(after))]
    return [one for key, old, new in pairs for one in _changes(old, new, (*place, _label(key)))]


def _label(key: str) -> Words:
    return labels.LABELS.get(key, Words(key, key))


def _shown(value: Any) -> Words:
    if value in (None, "", [], {}):
        return Words("—", "—")
    if isinstance(value, bool):
        return Words("是", "yes") if value else Words("否", "no")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return labels.OPTIONS.get(text, Words(text, text))


def _blank(key: str) -> dict[str, Any]:
    """A new item: closed, nothing confirmed, everything else to be filled in."""
    office = {
        "status": "planned",
        "promise_days": 20,
        "statutory_days": 20,
        "licence": False,
        "prereview": False,
        "elements": {},
    }
    guide = {
        "id": key,
        "modes": ["full_online"],
        "level": "guide_only",
        "department": "",
        "batch": "",
        "national": False,
        "applicant": "",
        "time_limit": "",
        "fee": "",
    }
    return {"guide": guide, "name_en": "", "application": None, "office": {**office, "confirmed": False}}
