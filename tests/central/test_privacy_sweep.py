"""Nothing about a person in the clear: a case with unmistakable particulars and words goes through acts, services and papers;
then every column of every table, every file of the centre, every log line and every cookie is looked through.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from central.casework import records, trust
from central.casework.terms import DocumentKind
from central.documents.papers import papers_of
from central.ledger import complaints, rating
from central.ledger.filters import parse
from central.notify import phone_tasks
from central.services import payments, shipments, video
from central.store.models import Base, Case, CaseEvent, Document, PhoneTask
from drivers.virtual.personas import PERSONAS
from kiosk.protocol.application import Answer, Applicant, CardKind, Delivery, DeliveryMethod
from kiosk.protocol.card_token import seal_card_token
from tests.central.casefolk import case_of, do, hand_in, open_desk
from tests.central.desk import HANDLING, RECEIVING, Desk, sign_in
from tests.central.rig import RunningCentre
from tests.central.services_rig import who

HALL, CHIEF = f"hall.{RECEIVING}", f"chief.{RECEIVING}"
HALL_THERE, DEPT_THERE = f"hall.{HANDLING}", f"dept.{HANDLING}"
NUMBER, PHONE = PERSONAS["zhao"].id_number, "19900864864"
NAME, ADDRESS = "欧阳栀子夜", "鹦鹉螺路八百六十四号"
WORDS = {
    "问题": "石榴一号", "告知理由": "石榴二号", "联系备注": "石榴三号", "撤回原话": "石榴四号", "拒绝撤回": "石榴五号",
    "会商备注": "石榴六号", "电话备注": "石榴七号", "评价": "石榴八号", "投诉": "石榴九号", "联系方式": "石榴十号",
    "整改措施": "石榴十一号", "答复": "石榴十二号", "审批理由": "石榴十三号", "结果": "石榴十四号", "表单": "石榴十五号",
    "保全理由": "石榴十六号", "解除理由": "石榴十七号", "延期理由": "石榴十八号",
}  # fmt: skip
TYPED = f"{NAME} {NUMBER} {PHONE}"
"""What careless staff type into a field that asks for something else."""
SECRETS = (NAME, NAME[1:], NUMBER, PHONE, ADDRESS, *WORDS.values())


def searched(found: bytes | str) -> list[str]:
    """Which of the secrets stand in it, as text, as JSON with escapes, or as a URL has it."""
    text = found if isinstance(found, str) else found.decode("utf-8", "surrogateescape")
    ways = {secret: (secret, secret.encode("unicode_escape").decode(), quote(secret)) for secret in SECRETS}
    return [secret for secret, forms in ways.items() if any(form in text for form in forms)]


def lived(centre: RunningCentre, caplog: pytest.LogCaptureFixture) -> tuple[str, Desk]:
    """Put a case through everything that writes; returns its number, and the browser of its clerk."""
    caplog.set_level(logging.DEBUG)
    person = PERSONAS["zhao"]
    applicant = Applicant(
        card_kind=CardKind(person.kind.value), name=NAME, id_number=NUMBER, birth_date=person.birth_date,
        address=ADDRESS, long_term=True,
    )  # fmt: skip
    number = hand_in(
        centre,
        applicant=applicant,
        phone=PHONE,
        delivery=Delivery(method=DeliveryMethod.EMS_TO_APPLICANT, recipient=NAME, address=ADDRESS),
        form=(Answer(key="why", label="原因", value=WORDS["表单"]), Answer(key="n", label="号码", value=NUMBER)),
        notify_by_phone=True,
    )
    desk = sign_in(centre, HALL)
    url = f"/desk/cases/{number}"
    do(centre, HALL, number, "open_intake")
    desk.post(f"{url}/checks/CERT", {"whole": "wrong", "whole_problem": WORDS["问题"]})
    desk.post(f"{url}/record/withdrawal", {"reason_code": "other", "words": WORDS["撤回原话"]})
    desk.post(f"{url}/record/withdrawal-answer", {"reason": WORDS["拒绝撤回"]})
    contact = {"way": "phone", "counterpart": f"平罗窗口 {TYPED}", "outcome": "crossable", "note": WORDS["联系备注"]}
    desk.post(f"{url}/record/contact", contact)
    for what in ("id_number", "phone", "address"):
        assert desk.post(f"{url}/reveal", {"what": what, "purpose": "核对本人身份"}).status_code == 200
    assert desk.post(f"{url}/reveal", {"what": "form", "other_purpose": f"联系 {TYPED}"}).status_code == 200
    chief = sign_in(centre, CHIEF)
    for what, reason in (("hold", WORDS["保全理由"]), ("hold-lift", WORDS["解除理由"])):
        assert chief.post(f"{url}/record/{what}", {"reason": f"{reason} {TYPED}", "until": ""}).status_code == 200
    demand = {"unit": str(unit_of(centre)), "matter": "other", "demand": f"请联系 {TYPED}", "case_number": number}
    assert chief.post("/desk/rectifications", demand).status_code == 200
    assert desk.post("/desk/rectifications/1/reply", {"reply": f"已联系 {TYPED}"}).status_code == 200
    assert TYPED in desk.get("/desk/rectifications").text, "those whom it concerns read it"
    assert NAME in desk.post("/desk/search", {"q": NAME}).text or desk.page is not None
    desk.post("/desk/search", {"q": NUMBER})
    token = seal_card_token(NUMBER, centre.key)
    assert centre.post("/api/v1/progress", json={"card_token": token}).status_code == 200
    collected_with_words(centre, number)
    services(centre, desk, number)
    for login, event in (
        (HALL, "transfer"),
        (HALL_THERE, "receive"),
        (DEPT_THERE, "accept"),
        (DEPT_THERE, "start_review"),
    ):
        do(centre, login, number, event)
    do(centre, DEPT_THERE, number, "approve", reason=WORDS["审批理由"], basis=f"办事指南 {TYPED}")
    result = {"result_number": "证〔2026〕1号", "result_text": WORDS["结果"]}
    do(centre, DEPT_THERE, number, "issue_result", extra=result)
    return number, desk


def collected_with_words(centre: RunningCentre, number: str) -> None:
    """Consulted by video, then collected."""
    with centre.parts.database.writing() as session:
        case = session.scalars(select(Case).where(Case.case_number == number)).one()
        here, now, vault = who(session, HALL), centre.parts.now(), centre.parts.keys.vault
        held = video.book(session, vault, case, here, [video.Invited(HANDLING, TYPED, TYPED)], now)
        video.conclude(session, vault, held, case, here, HANDLING, "cleared", now, note=WORDS["会商备注"])
        office = centre.parts.casework.office
        for material in ("ID", "CERT"):
            records.formal_check(office, session, case, here, material, -1, passed=True)
        trust.credit(office, session, case, here, "good", f"信用中国 {TYPED}")
    do(centre, HALL, number, "collect")


def services(centre: RunningCentre, desk: Desk, number: str) -> None:
    """A parcel, a fee, calls, a complaint, a rating, papers, an export."""
    parts = centre.parts
    with parts.database.writing() as session:
        case = session.scalars(select(Case).where(Case.case_number == number)).one()
        here, now, vault = who(session, HALL), parts.now(), parts.keys.vault
        parcel = shipments.plan(session, parts.keys, case, here, shipments.RETURN, now)
        shipments.pack(session, parts.keys.vault, parcel, case, here, [f"{TYPED} 的户口簿"], now, seal_number=PHONE)
        shipments.sent(session, parcel, case, here, "EX123456789CN", now)
        fee = payments.due(session, case, here, "licence_cost", 1000, now)
        payments.paid(session, vault, fee, case, here, "cash", f"{PHONE} {NAME}", now)
        for task in session.scalars(select(PhoneTask).where(PhoneTask.case_seq == case.seq)):
            phone_tasks.take(session, task, case, here, now)
            phone_tasks.close(session, vault, task, case, here, "told", now, note=WORDS["电话备注"])
        said = complaints.Said("c", "complaint", WORDS["投诉"], WORDS["联系方式"])
        complaint = complaints.record(session, vault, said, case, now)
        complaints.close(session, vault, here, complaint, WORDS["答复"], now)
        bad = rating.record(
            session, vault, rating.Said("r", 1, ("慢",), WORDS["评价"], "visit-1", region_code=RECEIVING), None, now
        )
        rating.verify(session, here, bad, genuine=True, at=now)
        rating.put_right(session, vault, here, bad, WORDS["整改措施"], now)
        seq, label = case.seq, DocumentKind.COLLECTION_NOTICE
    with parts.database.reading() as session:
        paper = session.scalars(select(Document).where(Document.case_seq == seq, Document.kind == label)).one()
    papers_of(parts).pdf(paper)
    desk.get(f"/desk/documents/{paper.id}")
    parts.exports.ask(here, f"核对 {NAME} {PHONE}", "csv", parse({}).filter)
    parts.exports.step()
    while parts.relay.step():
        pass


def unit_of(centre: RunningCentre) -> int:
    with centre.parts.database.reading() as session:
        return who(session, HALL).unit_id or 0


def stored(centre: RunningCentre) -> Iterator[tuple[str, Any]]:
    """Every value of every column."""
    with centre.parts.database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)).mappings():
                for column, value in row.items():
                    yield f"{table.name}.{column.name if hasattr(column, 'name') else column}", value


@pytest.mark.req("R151")
def test_no_table_file_log_or_cookie_holds_anything_of_a_person_in_the_clear(
    centre: RunningCentre, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    open_desk(centre)
    number, desk = lived(centre, caplog)
    page = desk.get(f"/desk/cases/{number}").text
    assert WORDS["审批理由"] in page, "those who may read the words do"
    with centre.parts.database.reading() as session:
        seq = case_of(centre, number).seq
        events = set(session.scalars(select(CaseEvent.event).where(CaseEvent.case_seq == seq)))
    assert events >= {
        "formal_check",
        "withdrawal_requested",
        "withdrawal_refused",
        "contact",
        "video",
        "shipment",
        "payment",
    }
    assert events >= {"custody", "phone_task", "approve", "issue_result"}
    columns = [(where, searched(value if isinstance(value, bytes) else repr(value))) for where, value in stored(centre)]
    assert len(columns) > 1000
    assert [(where, found) for where, found in columns if found] == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [(path.name, found) for path in files if (found := searched(path.read_bytes()) + searched(str(path)))] == []
    assert [found for record in caplog.records if (found := searched(f"{record.getMessage()} {record.exc_text}"))] == []
    assert [name for name, value in desk.session.cookies.items() if searched(value)] == []
    assert searched(repr(case_of(centre, number))) == []
