"""Documents over HTTP: at the desk, on the public pages, and for terminals; and for nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest
import requests
from sqlalchemy import select, update

from central.casework.terms import DocumentKind as Kind
from central.documents.copy import lines
from central.documents.looks import MOST_A_MINUTE
from central.documents.papers import papers_of
from central.store.models import AuditEntry, Case, Document
from drivers.virtual.personas import PERSONAS
from kiosk.protocol.card_token import seal_card_token
from kiosk.protocol.digest import digest_field
from kiosk.protocol.documents import DocumentCopy, DocumentsAnswer
from kiosk.protocol.model import sha256_hex
from tests.central.desk import people, sign_in, stopped_clock
from tests.central.paper_rig import issue, pdf_of, text_of, with_seals
from tests.central.rig import RunningCentre

WANG = PERSONAS["wang"]


@pytest.fixture
def running(centre: RunningCentre) -> RunningCentre:
    """A centre with units and staff."""
    people(centre.parts)
    return centre


def case_of(centre: RunningCentre, document: Document) -> Case:
    with centre.parts.database.reading() as session:
        return session.get_one(Case, document.case_seq)


def row_of(centre: RunningCentre, document: Document) -> Document:
    with centre.parts.database.reading() as session:
        return session.scalars(select(Document).where(Document.id == document.id)).one()


def looked_at(centre: RunningCentre, document: Document) -> list[str]:
    """What the audit trail says about looks at the document."""
    looks = select(AuditEntry.action).where(
        AuditEntry.target == document.number, AuditEntry.action.in_(["document.viewed", "document.fetched"])
    )
    with centre.parts.database.reading() as session:
        return list(session.scalars(looks))


def slip(case: Case) -> dict[str, str]:
    return {"slip_number": case.slip_number, "query_code": case.query_code}


def test_the_desk_shows_prints_signs_for_and_voids_a_document(running: RunningCentre) -> None:
    with_seals(running.parts)
    document = issue(running.parts, Kind.COLLECTION_NOTICE)
    desk = sign_in(running, "hall.150626")
    page = desk.get(f"/desk/documents/{document.id}")
    assert page.status_code == 200
    assert "收件通知书" in page.text
    assert WANG.name in page.text
    assert WANG.id_number not in page.text
    assert "style=" not in page.text
    assert "<script>" not in page.text
    paper = desk.get(f"/desk/documents/{document.id}/pdf")
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.headers["cache-control"] == "no-store"
    assert paper.content == desk.get(f"/desk/documents/{document.id}/pdf").content
    assert "已登记签收" in desk.post(f"/desk/documents/{document.id}/signed-for").text
    assert desk.post(f"/desk/documents/{document.id}/void").status_code == 409
    voided = desk.post(f"/desk/documents/{document.id}/void", {"reason": "replaced"})
    assert "作 废" in voided.text
    assert "已由新文书代替" in voided.text
    row = row_of(running, document)
    assert row.voided_at is not None
    assert row.signed_for_at is not None


def test_another_places_clerk_finds_no_document_and_cannot_change_it(running: RunningCentre) -> None:
    document = issue(running.parts, Kind.COLLECTION_NOTICE)
    case = case_of(running, document)
    for login in ("hall.341723", "chief.150785", "dept.150785"):
        stranger = sign_in(running, login)
        for path in (f"documents/{document.id}", f"documents/{document.id}/pdf", f"cases/{case.case_number}/slip"):
            assert stranger.get(f"/desk/{path}").status_code == 404
        for act in ("signed-for", "void"):
            answer = stranger.post(f"/desk/documents/{document.id}/{act}", {"reason": "replaced"})
            assert answer.status_code == 404
    row = row_of(running, document)
    assert row.voided_at is None
    assert row.signed_for_at is None
    for login in ("admin", "auditor", "editor"):
        assert sign_in(running, login).get(f"/desk/documents/{document.id}").status_code == 403
    assert sign_in(running, "hall.640221").get(f"/desk/documents/{document.id}").status_code == 200


def test_a_form_without_its_token_changes_nothing(running: RunningCentre) -> None:
    document = issue(running.parts, Kind.COLLECTION_NOTICE)
    desk = sign_in(running, "hall.150626")
    assert desk.post(f"/desk/documents/{document.id}/signed-for", {"csrf": "forged"}).status_code == 403
    assert row_of(running, document).signed_for_at is None


def test_the_slip_is_printed_again_from_the_desk(running: RunningCentre) -> None:
    case = case_of(running, issue(running.parts, Kind.COLLECTION_NOTICE))
    paper = sign_in(running, "hall.150626").get(f"/desk/cases/{case.case_number}/slip")
    said = text_of(paper.content)
    assert case.slip_number in said
    assert "王**" in said
    assert WANG.name not in said


def test_anybody_sees_whether_a_document_is_genuine_and_nothing_of_the_person(running: RunningCentre) -> None:
    document = issue(running.parts, Kind.ONE_TIME_NOTICE, state="SUPPLEMENT_REQUIRED")
    page = running.get(f"/d/{document.check_code}")
    assert page.status_code == 200
    for words in ("本文书由下列单位出具", "一次性告知书", document.number, "乌审旗政务服务中心", "王**", "请补齐材料"):
        assert words in page.text
    for secret in (WANG.name, WANG.id_number, WANG.phone, WANG.mailing_address, "反光"):
        assert secret not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    with running.parts.database.writing() as session:
        session.execute(update(Document).values(voided_at=document.issued_at, void_reason="replaced"))
    voided = running.get(f"/d/{document.check_code.lower()}").text
    assert "本文书已作废" in voided
    assert "本文书由下列单位出具" not in voided


def test_the_check_page_tells_the_digest_of_the_pdf(running: RunningCentre) -> None:
    with_seals(running.parts)
    document = issue(running.parts, Kind.COLLECTION_NOTICE)
    paper = sign_in(running, "hall.150626").get(f"/desk/documents/{document.id}/pdf").content
    assert sha256_hex(paper) in running.get(f"/d/{document.check_code}").text


def test_what_was_never_given_out_is_no_document_and_breaks_nothing(running: RunningCentre) -> None:
    for code in ("A" * 16, "1", "%00", "<script>", "A" * 4000):
        answer = running.get(f"/d/{code}")
        assert answer.status_code == 404
        assert "没有查到这份文书" in answer.text or code == "%00"  # which no page gets to see
        assert "<script>" not in answer.text
    assert running.get("/q?n=%00A&k=%00").status_code in (200, 404)
    desk = sign_in(running, "hall.150626")
    for number in ("1", "0", "-1", str(2**63), str(2**200), "x"):
        assert desk.get(f"/desk/documents/{number}").status_code in (404, 422)


@pytest.mark.req("R169", "R010")
def test_the_code_of_the_slip_leads_to_the_progress_without_a_name(running: RunningCentre) -> None:
    case = case_of(running, issue(running.parts, Kind.COLLECTION_NOTICE, state="COLLECTED"))
    page = running.get(f"/q?n={case.query_code}&k={case.slip_number[-4:]}")
    assert page.status_code == 200
    assert "已收件" in page.text
    assert "异地就医结算备案" in page.text
    for secret in (WANG.name, WANG.id_number, WANG.phone, WANG.mailing_address):
        assert secret not in page.text
    spaced = f"{case.query_code[:4].lower()} {case.query_code[4:]}"
    assert "已收件" in running.get(f"/q?n={spaced}&k={case.slip_number}").text
    wrong = running.get(f"/q?n={case.query_code}&k=0000")
    assert wrong.status_code == 404
    assert "没有查到" in wrong.text
    assert "已收件" not in running.get(f"/q?n=AAAAAAAA&k={case.slip_number[-4:]}").text
    assert "<form" in running.get("/q").text


def test_one_address_looks_sixty_times_a_minute(running: RunningCentre) -> None:
    clock = stopped_clock(running)
    answers = [running.get("/q").status_code for _ in range(MOST_A_MINUTE + 2)]
    assert answers == [200] * MOST_A_MINUTE + [429] * 2
    clock.pass_by(minutes=1)
    assert running.get("/q").status_code == 200


@pytest.mark.req("R026", "R029", "R038", "R040", "R070", "R153")
def test_a_terminal_lists_and_prints_the_documents_of_a_case(running: RunningCentre) -> None:
    with_seals(running.parts)
    document = issue(running.parts, Kind.COLLECTION_NOTICE)
    case = case_of(running, document)
    card = {"card_token": seal_card_token(WANG.id_number, running.key)}
    for proof in (slip(case), card):
        answer = running.post("/api/v1/documents/query", json=proof)
        (listed,) = DocumentsAnswer.model_validate_json(answer.content).documents
        assert (listed.number, listed.title_zh, listed.unit) == (document.number, "收件通知书", "乌审旗政务服务中心")
        assert WANG.name not in answer.text
        assert WANG.id_number not in answer.text
    paper = running.post("/api/v1/documents/fetch", json={**slip(case), "check_code": listed.check_code})
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.headers["repr-digest"] == digest_field(paper.content)
    assert document.number in text_of(paper.content)
    assert looked_at(running, document) == ["document.fetched"]


@pytest.mark.req("R038")
def test_a_terminal_with_a_roll_prints_the_same_words_as_the_paper(running: RunningCentre) -> None:
    document = issue(running.parts, Kind.ONE_TIME_NOTICE)
    case = case_of(running, document)
    answer = running.post("/api/v1/documents/copy", json={**slip(case), "check_code": document.check_code})
    assert answer.headers["cache-control"] == "no-store"
    copy = DocumentCopy.model_validate_json(answer.content)
    assert (copy.title_zh, copy.number, copy.unit) == ("一次性告知书", document.number, "乌审旗政务服务中心")
    assert copy.check_url.endswith(f"/d/{document.check_code}")
    first = next(index for index, line in enumerate(copy.lines) if line.kind == "row")
    assert [(line.label, line.text) for line in copy.lines[first : first + 4]] == [
        ("1", "社会保障卡"),
        ("存在的问题", "卡面反光，看不清卡号"),
        ("依据", "办事指南 材料二"),
        ("怎么补", "重拍社会保障卡正面"),
    ]
    paper = text_of(pdf_of(running.parts, document))
    for line in copy.lines:
        for said in (line.label, line.text):
            assert "".join(said.split()) in paper
    assert WANG.id_number not in answer.text
    assert looked_at(running, document) == ["document.fetched"]


def test_a_copy_is_as_long_as_what_was_answered(running: RunningCentre) -> None:
    content = replace(
        papers_of(running.parts).content(issue(running.parts, Kind.COLLECTION_NOTICE)), situation="长" * 20_000
    )
    assert any(len(line.text) > 20_000 for line in lines(content))


def test_a_card_token_alone_gets_no_paper_with_an_address_on_it(running: RunningCentre) -> None:
    document = issue(running.parts, Kind.COLLECTION_NOTICE)
    token = seal_card_token(WANG.id_number, running.key)
    for said in ({"card_token": token}, {"card_token": token, "slip_number": case_of(running, document).slip_number}):
        for form in ("fetch", "copy"):
            refused = running.post(f"/api/v1/documents/{form}", json={**said, "check_code": document.check_code})
            assert refused.status_code == 422
    assert looked_at(running, document) == []


def test_whoever_opens_a_document_at_the_desk_is_recorded(running: RunningCentre) -> None:
    document = issue(running.parts, Kind.COLLECTION_NOTICE)
    desk = sign_in(running, "hall.150626")
    assert desk.get(f"/desk/documents/{document.id}").status_code == 200
    assert desk.get(f"/desk/documents/{document.id}/pdf").status_code == 200
    assert looked_at(running, document) == ["document.viewed"] * 2


def test_a_terminal_gets_no_document_of_another_case_no_voided_one_and_none_of_the_offices_own(
    running: RunningCentre,
) -> None:
    mine = issue(running.parts, Kind.COLLECTION_NOTICE)
    other = issue(running.parts, Kind.COLLECTION_NOTICE, persona="zhao")
    cover = issue(running.parts, Kind.MAILING_LABEL)
    proof = slip(case_of(running, mine))

    def fetch(document: Document, said: dict[str, str]) -> requests.Response:
        asked = {**said, "check_code": document.check_code}
        copied = running.post("/api/v1/documents/copy", json=asked)
        fetched = running.post("/api/v1/documents/fetch", json=asked)
        assert copied.status_code == fetched.status_code
        return fetched

    assert fetch(other, proof).status_code == 404
    assert fetch(mine, {**proof, "query_code": "AAAAAAAA"}).status_code == 404
    assert fetch(cover, slip(case_of(running, cover))).status_code == 404
    assert running.post("/api/v1/documents/query", json=slip(case_of(running, cover))).json() == {"documents": []}
    with running.parts.database.writing() as session:
        session.execute(update(Document).where(Document.id == mine.id).values(voided_at=mine.issued_at))
    assert fetch(mine, proof).status_code == 404
    assert running.post("/api/v1/documents/query", json=proof).json() == {"documents": []}
    assert running.post("/api/v1/documents/fetch", json={"check_code": "x"}).status_code == 422
