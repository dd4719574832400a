"""The catalogue on the desk: written by one, reviewed by another, published, and taken by a terminal."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from sqlalchemy import select

from central.casework.who import SYSTEM
from central.catalogue import fields, publishing, shipped
from central.catalogue.lookup import item_facts
from central.catalogue.updating import publish_missing
from central.store.models import AuditEntry, Draft
from kiosk.catalogue import Catalogue
from kiosk.catalogue.held import read_held
from kiosk.outbox.client import CentreClient
from kiosk.station.subscription import Subscription
from tests.central.desk import Desk, add_user, people, sign_in
from tests.central.rig import RunningCentre


@pytest.fixture
def published(centre: RunningCentre) -> RunningCentre:
    """A centre with staff that has published what came with the software."""
    people(centre.parts)
    with centre.parts.database.writing() as session:
        publish_missing(session, centre.parts.keys.signing, SYSTEM, centre.parts.now())
    return centre


def draft_of(centre: RunningCentre, key: str = "C003") -> Draft:
    with centre.parts.database.reading() as session:
        return session.scalars(select(Draft).where(Draft.key == key).order_by(Draft.id.desc())).first()  # type: ignore[return-value]


def form(centre: RunningCentre, section: str, key: str = "C003", **changes: str) -> dict[str, str]:
    """What a browser sends for a section of the open draft, with `changes` (`__` for `.`)."""
    import json

    draft = draft_of(centre, key)
    chosen = next(one for one in fields.SECTIONS if one.key == section)
    filled = _flat(fields.parts_of(chosen, json.loads(draft.content)))
    filled |= {name.replace("__", "."): value for name, value in changes.items()}
    return {**filled, "version": str(draft.version), "section": section, "note": "", "do": "save"}


def _flat(parts: tuple[fields.Leaf | fields.Group, ...]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for part in parts:
        if isinstance(part, fields.Leaf):
            flat[part.path] = part.value
        else:
            flat |= _flat(part.parts)
    return flat


def changed_fee(centre: RunningCentre, editor: Desk, fee: str = "不收费") -> str:
    editor.post("/desk/catalogue/items/C003/edit")
    url = f"/desk/catalogue/drafts/{draft_of(centre).id}"
    editor.post(url, form(centre, "elements", office__elements__fee=fee))
    return url


def do(centre: RunningCentre, desk: Desk, url: str, what: str, **more: str) -> int:
    return desk.post(url, {"version": str(draft_of(centre).version), "do": what, **more}).status_code


@pytest.mark.req("R098", "R012")
@pytest.mark.req("R102")
@pytest.mark.req("R145")
def test_a_change_reaches_terminals_after_a_second_person_has_reviewed_it(
    published: RunningCentre, tmp_path: Path
) -> None:
    editor, reviewer = sign_in(published, "editor"), sign_in(published, "reviewer")
    held = tmp_path / "catalogue.json"
    signing = base64.b64encode(published.parts.keys.signing.public_key().public_bytes_raw()).decode()
    subscription = Subscription(held, signing)
    client = CentreClient(published.url)
    first = subscription.ask(client)

    url = changed_fee(published, editor, "工本费 20 元")
    assert do(published, editor, url, "hand_in") == 200
    assert subscription.ask(client) is None
    assert do(published, reviewer, url, "approve") == 200
    page = reviewer.post("/desk/catalogue/publish")
    assert "已发布版本" in page.text

    second = subscription.ask(client)
    assert second is not None
    assert second != first
    now_held = read_held(held, signing)
    assert now_held is not None
    assert now_held.values()["C003"]["office"]["elements"]["fee"] == "工本费 20 元"
    assert Catalogue.published(second, now_held.values(), held).application("C003") is not None
    with published.parts.database.reading() as session:
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.action.like("catalogue.%")).order_by(AuditEntry.id)
        ).all()
    assert list(actions)[-3:] == ["catalogue.handed_in", "catalogue.approved", "catalogue.published"]


def test_nobody_reviews_their_own_words(published: RunningCentre) -> None:
    add_user(published.parts, "both", ["catalogue_editor", "catalogue_reviewer"])
    both = sign_in(published, "both")
    url = changed_fee(published, both)
    do(published, both, url, "hand_in")
    assert do(published, both, url, "approve") == 409
    assert draft_of(published).state == "in_review"


def test_sending_back_needs_a_reason_and_a_changed_draft_is_reviewed_again(published: RunningCentre) -> None:
    editor, reviewer = sign_in(published, "editor"), sign_in(published, "reviewer")
    url = changed_fee(published, editor)
    do(published, editor, url, "hand_in")
    assert do(published, reviewer, url, "send_back") == 409
    do(published, reviewer, url, "send_back", review_note="费用写清楚")
    assert "费用写清楚" in editor.get(url).text
    do(published, editor, url, "hand_in")
    do(published, reviewer, url, "approve")
    editor.post("/desk/catalogue/items/C003/edit")
    assert draft_of(published).state == "approved"
    editor.post(url, form(published, "elements", office__elements__fee="改了又改"))
    assert draft_of(published).state == "editing"
    assert reviewer.post("/desk/catalogue/publish").status_code == 409


@pytest.mark.req("R088")
def test_an_item_without_one_of_the_seven_elements_cannot_be_handed_in(published: RunningCentre) -> None:
    editor = sign_in(published, "editor")
    url = changed_fee(published, editor, "")
    assert "不能为空" in editor.get(url).text
    assert do(published, editor, url, "hand_in") == 409
    assert draft_of(published).state == "editing"


def test_of_two_editors_at_once_one_is_told_and_loses_no_word(published: RunningCentre) -> None:
    editor = sign_in(published, "editor")
    url = changed_fee(published, editor)
    stale = form(published, "elements", office__elements__fee="第二个人写的话")
    editor.post(url, form(published, "elements", office__elements__fee="第一个人写的话"))
    page = editor.post(url, stale)
    assert page.status_code == 409
    assert "第二个人写的话" in page.text
    assert "没有丢失" in page.text
    assert "第一个人写的话" in draft_of(published).content


def test_rows_are_added_and_removed_without_javascript(published: RunningCentre) -> None:
    editor = sign_in(published, "editor")
    editor.post("/desk/catalogue/items/C003/edit")
    url = f"/desk/catalogue/drafts/{draft_of(published).id}"
    editor.post(url, form(published, "materials") | {"do": "add:application.materials"})
    page = editor.get(f"{url}?section=materials")
    assert "申报材料 5" in page.text or "材料 5" in page.text
    editor.post(url, form(published, "materials") | {"do": "remove:application.materials.4"})
    assert draft_of(published).content.count('"by"') == 4


@pytest.mark.req("R124")
def test_a_case_stays_on_the_version_it_was_filled_in_under(published: RunningCentre) -> None:
    editor, reviewer = sign_in(published, "editor"), sign_in(published, "reviewer")
    with published.parts.database.reading() as session:
        old = publishing.latest(session, "catalogue")
        assert old is not None
    editor.post("/desk/catalogue/items/C003/edit")
    url = f"/desk/catalogue/drafts/{draft_of(published).id}"
    editor.post(url, form(published, "office", office__promise_days="3"))
    do(published, editor, url, "hand_in")
    do(published, reviewer, url, "approve")
    reviewer.post("/desk/catalogue/publish")
    with published.parts.database.reading() as session:
        new = publishing.latest(session, "catalogue")
        assert new is not None
        assert item_facts(session, "C003", new.version).promise_days == 3
        assert item_facts(session, "C003", old.version).promise_days == 15
        assert item_facts(session, "C003", "no such version").promise_days == 15


@pytest.mark.parametrize("section", [section.key for section in fields.SECTIONS])
def test_saving_what_is_shown_changes_nothing(published: RunningCentre, section: str) -> None:
    editor = sign_in(published, "editor")
    for key in ("C001", "C003"):
        editor.post(f"/desk/catalogue/items/{key}/edit")
        editor.post(f"/desk/catalogue/drafts/{draft_of(published, key).id}", form(published, section, key))
        page = editor.get(f"/desk/catalogue/drafts/{draft_of(published, key).id}?section={section}")
        assert "没有不同" in page.text


def test_only_editors_write_and_only_reviewers_publish(published: RunningCentre) -> None:
    for login in ("hall.150626", "admin", "auditor", "security"):
        desk = sign_in(published, login)
        assert desk.post("/desk/catalogue/items/C003/edit").status_code == 403
        assert desk.post("/desk/catalogue/publish").status_code == 403
    assert sign_in(published, "editor").post("/desk/catalogue/publish").status_code == 403


@pytest.mark.req("R125")
def test_everybody_may_read_what_is_published(published: RunningCentre) -> None:
    answer = published.get("/api/v1/published/catalogue")
    assert answer.status_code == 200
    assert len(answer.json()["entries"]) == len(shipped.catalogue())
    etag = answer.headers["ETag"]
    again = published.get("/api/v1/published/catalogue?since=" + etag.strip('"'))
    assert again.json()["entries"] == []
    assert published.get("/api/v1/published/bulletins").status_code == 404
    assert published.get("/api/v1/published/catalogue?since=yesterday").status_code == 422


@pytest.mark.req("R118")
def test_a_changed_contact_is_published_at_once_and_names_no_person(published: RunningCentre) -> None:
    desk = sign_in(published, "hall.150626")
    contact = {"unit_name": "综合窗口", "person": "张立春", "duty": "跨省通办", "phone": "0477-7580001"}
    assert desk.post("/desk/contacts", contact).status_code == 200
    entries = published.get("/api/v1/published/contacts").json()["entries"]
    assert [entry["key"] for entry in entries] == ["150626"]
    assert "0477-7580001" in entries[0]["content"]
    assert "张立春" not in entries[0]["content"]
