"""Issuing documents: numbers without gaps, who may issue what, what each says, and that it is sealed."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from central.casework.acts import Refused
from central.casework.ports import DocumentFacts
from central.casework.terms import DocumentKind as Kind
from central.casework.who import SYSTEM
from central.centre import CentreParts, assemble
from central.documents import papers
from central.documents.content import (
    CollectionNotice,
    Content,
    HandOverList,
    MailingCover,
    NotAcceptNotice,
    OneTimeNotice,
    RejectionNotice,
    WithdrawalConfirmation,
)
from central.documents.issue import DocumentIssuer
from central.documents.numbers import KIND_WORDS, new_check_code, next_number
from central.documents.papers import papers_of
from central.store.models import Case, CaseEvent, Commitment, Document, FormalCheck, Unit
from central.times import CHINA
from drivers.virtual.personas import PERSONAS
from tests.central import postgres
from tests.central.desk import people
from tests.central.paper_rig import AT, NUMBERED, PROBLEMS, case_of, facts_for, issue
from tests.central.rig import initialised
from tests.central.services_rig import who


@pytest.fixture
def office(parts: CentreParts) -> CentreParts:
    """A centre with its units and staff, where nothing was issued yet."""
    people(parts)
    return parts


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def busy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentreParts]:
    """The same, for tests that do not mind what others issue there."""
    url = postgres.new_database() if request.param == "postgresql" else ""
    parts = assemble(initialised(tmp_path_factory.mktemp("busy") / "centre", url))
    people(parts)
    yield parts
    parts.close()
    if url:
        postgres.give_back(url)


def content(parts: CentreParts, document: Document) -> Content:
    return papers_of(parts).content(document)


def hall(parts: CentreParts) -> Unit:
    with parts.database.reading() as session:
        return session.scalars(select(Unit).where(Unit.code == "150626-hall")).one()


@pytest.mark.req("R153", "R070", "R038", "R040", "R041", "R042", "R104")
def test_every_kind_has_a_number_with_unit_kind_and_year(office: CentreParts) -> None:
    for kind in NUMBERED:
        number = issue(office, kind).number
        assert re.fullmatch(rf"(乌审政服|平罗审批){KIND_WORDS[kind]}〔2026〕00001号", number)


def test_each_unit_kind_and_year_counts_by_itself(office: CentreParts) -> None:
    assert issue(office, Kind.COLLECTION_NOTICE).number == "乌审政服收〔2026〕00001号"
    assert issue(office, Kind.COLLECTION_NOTICE).number == "乌审政服收〔2026〕00002号"
    assert issue(office, Kind.ONE_TIME_NOTICE).number == "乌审政服补〔2026〕00001号"
    assert issue(office, Kind.COLLECTION_NOTICE, login="hall.640221").number == "平罗政服收〔2026〕00001号"


def test_units_of_the_same_short_name_share_a_series_so_that_no_number_is_given_twice(office: CentreParts) -> None:
    with office.database.writing() as session:
        session.execute(update(Unit).values(short_name="乌审"))
    assert issue(office, Kind.DECISION).number == "乌审决〔2026〕00001号"
    assert issue(office, Kind.DECISION, login="hall.150626").number == "乌审决〔2026〕00002号"


def test_the_year_is_that_of_china(office: CentreParts) -> None:
    eve = datetime(2027, 1, 1, 0, 30, tzinfo=CHINA)  # still 2026 in UTC
    assert issue(office, Kind.COLLECTION_NOTICE, at=eve).number == "乌审政服收〔2027〕00001号"


def test_clerks_at_once_get_every_number_once_and_an_act_that_failed_leaves_no_gap(office: CentreParts) -> None:
    unit, given, lock = hall(office), [], threading.Lock()

    def act(fails: bool) -> None:
        with office.database.writing() as session:
            number = next_number(session, unit, Kind.ONE_TIME_NOTICE, AT)
            assert not fails, "as if a guard had refused it"
        with lock:
            given.append(number)

    def clerk(desk: int) -> None:
        for turn in range(6):
            with contextlib.suppress(AssertionError):
                act(fails=(desk + turn) % 3 == 0)

    clerks = [threading.Thread(target=clerk, args=(each,)) for each in range(6)]
    for each in clerks:
        each.start()
    for each in clerks:
        each.join()
    assert sorted(given) == [f"乌审政服补〔2026〕{count:05d}号" for count in range(1, 25)]


def test_a_voided_number_is_not_used_again(office: CentreParts) -> None:
    first = issue(office, Kind.COLLECTION_NOTICE)
    with office.database.writing() as session:
        row, case = _both(session, first)
        papers.void(session, row, case, who(session, "hall.150626"), "wrong_content", AT)
    assert issue(office, Kind.COLLECTION_NOTICE).number == "乌审政服收〔2026〕00002号"


def test_voiding_needs_a_reason_and_the_unit_that_issued_it_and_happens_once(office: CentreParts) -> None:
    document = issue(office, Kind.COLLECTION_NOTICE)
    for login, reason in (("hall.150626", ""), ("dept.150626", "replaced"), ("hall.640221", "replaced")):
        with office.database.writing() as session:
            row, case = _both(session, document)
            with pytest.raises(Refused):
                papers.void(session, row, case, who(session, login), reason, AT)
    with office.database.writing() as session:
        row, case = _both(session, document)
        papers.void(session, row, case, who(session, "hall.150626"), "replaced", AT)
        with pytest.raises(Refused):
            papers.void(session, row, case, who(session, "hall.150626"), "replaced", AT)
        line = session.scalars(select(CaseEvent).where(CaseEvent.event == "document_voided")).one()
    assert line.detail == {"document": document.number, "kind": "collection_notice", "reason": "replaced"}


def test_signing_for_a_document_is_recorded_once(office: CentreParts) -> None:
    document = issue(office, Kind.ONE_TIME_NOTICE)
    with office.database.writing() as session:
        row, case = _both(session, document)
        papers.signed_for(session, row, case, who(session, "hall.150626"), AT)
        with pytest.raises(Refused):
            papers.signed_for(session, row, case, who(session, "hall.150626"), AT + timedelta(hours=1))
        assert row.signed_for_at == AT


@pytest.mark.req("R041")
def test_only_the_department_that_decides_issues_a_rejection(office: CentreParts) -> None:
    for login in ("hall.150626", "hall.640221", "dept.150626", "dept.341723", "chief.640221"):
        with pytest.raises(Refused) as refused:
            issue(office, Kind.REJECTION_NOTICE, login=login)
        assert refused.value.code == "not_the_department"
    assert issue(office, Kind.REJECTION_NOTICE, login="dept.640221").number == "平罗审批不批〔2026〕00001号"


def test_no_machine_issues_a_document_and_nobody_a_slip(office: CentreParts) -> None:
    issuer = DocumentIssuer(office.keys, "https://x.example")
    with office.database.writing() as session:
        case = case_of(session, office)
        with pytest.raises(Refused):
            issuer.issue(session, Kind.COLLECTION_NOTICE, case, SYSTEM, DocumentFacts(), AT)
        with pytest.raises(Refused):
            issuer.issue(session, Kind.SUBMISSION_SLIP, case, who(session, "hall.150626"), DocumentFacts(), AT)
        assert session.scalars(select(Document)).all() == []


def test_what_a_document_says_is_sealed_and_bound_to_it(office: CentreParts) -> None:
    document = issue(office, Kind.NOT_ACCEPT_NOTICE)
    person = PERSONAS["wang"]
    with office.database.reading() as session:
        rows = session.execute(text("SELECT * FROM document")).all()
    stored = repr(rows).encode() + document.content_sealed
    for secret in (person.name, person.id_number, person.phone, "尚未开通"):
        assert secret.encode() not in stored
        assert secret not in repr(rows)
    other = issue(office, Kind.COLLECTION_NOTICE)
    other.content_sealed = document.content_sealed
    with pytest.raises(Exception, match="does not open"):
        content(office, other)


def test_the_number_of_the_card_is_masked_and_the_name_is_whole(busy: CentreParts) -> None:
    person = PERSONAS["wang"]
    said = content(busy, issue(busy, Kind.COLLECTION_NOTICE))
    assert said.applicant.name == person.name
    assert said.applicant.number == f"{person.id_number[:6]}********{person.id_number[-4:]}"
    assert person.name not in repr(said)
    assert person.phone not in repr(said)


@pytest.mark.req("R153", "R154", "R155")
def test_a_collection_notice_says_until_when_it_is_forwarded_and_mailed(busy: CentreParts) -> None:
    said = content(busy, issue(busy, Kind.COLLECTION_NOTICE)).body
    assert isinstance(said, CollectionNotice)
    assert said.collected_at == AT
    assert said.transmit_by == AT + timedelta(hours=2)
    assert said.mail_by == AT + timedelta(days=3)
    assert [row.name for row in said.materials] == ["社会保障卡"]
    assert "WSQ-03" in said.identity_check
    assert "居民身份证" in said.identity_check


@pytest.mark.req("R162")
def test_tolerated_and_seen_materials_are_noted_in_the_list(busy: CentreParts) -> None:
    with busy.database.writing() as session:
        case, clerk = case_of(session, busy), who(session, "hall.150626")
        assert clerk.user_id is not None
        assert clerk.unit_id is not None
        session.add(
            FormalCheck(
                case_seq=case.seq, material="CARD", point=-1, passed=True, original_seen=True,
                user_id=clerk.user_id, unit_id=clerk.unit_id, at=AT,
            )
        )  # fmt: skip
        session.add(
            Commitment(case_seq=case.seq, material="CARD", kind="tolerated_missing", due_at=AT + timedelta(days=5))
        )
        session.flush()
        document = DocumentIssuer(busy.keys, "https://x.example").issue(
            session, Kind.COLLECTION_NOTICE, case, clerk, DocumentFacts(), AT
        )
    said = content(busy, document).body
    assert isinstance(said, CollectionNotice)
    assert said.materials[0].note == "原件已核，容缺，2026年11月25日前补齐"
    assert "窗口已核验原件 1 份" in said.identity_check


@pytest.mark.req("R038", "R023")
def test_a_one_time_notice_lists_every_problem_with_basis_remedy_and_deadline(busy: CentreParts) -> None:
    said = content(busy, issue(busy, Kind.ONE_TIME_NOTICE)).body
    assert isinstance(said, OneTimeNotice)
    assert [(row.subject, row.what, row.basis, row.remedy) for row in said.problems] == [
        (each.subject, each.what, each.basis, each.remedy) for each in PROBLEMS
    ]
    assert said.supplement_due == AT + timedelta(days=14)
    assert said.ways


@pytest.mark.req("R157")
def test_the_notice_of_returned_materials_gives_reason_and_basis_and_no_deadline(busy: CentreParts) -> None:
    facts = DocumentFacts(reason="缺少居住证明", basis="办事指南 材料三", problems=PROBLEMS)
    said = content(busy, issue(busy, Kind.ONE_TIME_NOTICE, facts=facts)).body
    assert isinstance(said, OneTimeNotice)
    assert (said.reason, said.basis) == ("缺少居住证明", "办事指南 材料三")
    assert said.supplement_due is None
    assert said.ways == ()


@pytest.mark.req("R039", "R040")
def test_a_refusal_shows_the_contact_with_the_handling_place_and_the_ground(busy: CentreParts) -> None:
    said = content(busy, issue(busy, Kind.NOT_ACCEPT_NOTICE)).body
    assert isinstance(said, NotAcceptNotice)
    assert said.contact is not None
    assert (said.contact.way, said.contact.counterpart) == ("电话", "平罗县医保局 马芳")
    assert said.contact.note == "对方说下月才开通"
    assert [words for ticked, words in said.grounds if ticked] == ["不属于跨省通办事项"]
    assert said.reason
    assert said.basis
    assert "平罗行政审批局" in said.advice.replace("县", "")


def test_a_rejection_names_the_acceptance_it_follows(busy: CentreParts) -> None:
    with busy.database.writing() as session:
        case, approver = case_of(session, busy, state="UNDER_REVIEW"), who(session, "dept.640221")
        issuer = DocumentIssuer(busy.keys, "https://x.example")
        receipt = issuer.issue(session, Kind.ACCEPTANCE_RECEIPT, case, approver, DocumentFacts(promise_due=AT), AT)
        later = AT + timedelta(days=2)
        facts = facts_for(Kind.REJECTION_NOTICE, session, busy, case)
        rejection = issuer.issue(session, Kind.REJECTION_NOTICE, case, approver, facts, later)
    said = content(busy, rejection).body
    assert isinstance(said, RejectionNotice)
    assert (said.accepted_number, said.accepted_at) == (receipt.number, AT)


@pytest.mark.req("R042")
def test_a_confirmation_of_withdrawal_quotes_the_applicant(busy: CentreParts) -> None:
    said = content(busy, issue(busy, Kind.WITHDRAWAL_CONFIRMATION, state="UNDER_REVIEW")).body
    assert isinstance(said, WithdrawalConfirmation)
    assert (said.request, said.ground, said.channel) == ("我已经回平罗了", "已在别处办理", "自助终端 WSQ-03")
    assert (said.stage, said.returned, said.refund) == ("正在审查", "当场退还", "未收费")


@pytest.mark.req("R009", "R104")
def test_cover_and_custody_list_say_where_the_papers_go(busy: CentreParts) -> None:
    listed = content(busy, issue(busy, Kind.MATERIAL_HANDOVER_LIST, paper_needed=True)).body
    assert isinstance(listed, HandOverList)
    assert [row.name for row in listed.materials] == ["社会保障卡"]
    assert listed.to_office.name == "平罗县政务服务中心"
    assert listed.waybill == "EA123456789CN"
    cover = content(busy, issue(busy, Kind.MAILING_LABEL)).body
    assert isinstance(cover, MailingCover)
    assert (cover.recipient, cover.address) == (PERSONAS["wang"].name, PERSONAS["wang"].mailing_address)


def test_check_codes_are_long_and_never_the_same() -> None:
    codes = {new_check_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert all(re.fullmatch(r"[2-9A-HJ-NP-Z]{16}", code) for code in codes)
    assert len({code[position] for code in codes for position in range(16)}) == 32


def _both(session: Session, document: Document) -> tuple[Document, Case]:
    row = session.get_one(Document, document.id)
    return row, session.get_one(Case, row.case_seq)
