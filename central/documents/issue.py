"""Issuing: the number, the words, the seal over them, all in the transaction of the act (`central.casework.ports.Issuer`)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from central.casework.acts import Refused, Words
from central.casework.ports import DocumentFacts
from central.casework.terms import DocumentKind, Role
from central.casework.who import Who
from central.documents import build
from central.documents.casefacts import CaseFacts, gather, office
from central.documents.content import Content, place, to_json
from central.documents.numbers import KIND_WORDS, new_check_code, next_number
from central.keys import KeyRing
from central.opening import CannotOpen
from central.store.models import Case, Document, SubCase, Unit


class DocumentIssuer:
    """Issues documents of the units. Thread-safe; what it makes lies in the caller's transaction."""

    def __init__(self, keys: KeyRing, public_url: str) -> None:
        self._keys = keys
        self._public_url = public_url.rstrip("/")

    def issue(
        self,
        session: Session,
        kind: DocumentKind,
        case: Case,
        who: Who,
        facts: DocumentFacts,
        at: datetime,
        sub_case_id: int | None = None,
    ) -> Document:
        """Number, seal and store a document.

        Raises:
            Refused: not a member of staff of a unit, a kind that nobody issues, a rejection by anybody but the
                department that decides (R041), or an application that does not open.
        """
        unit = self._unit(session, who)
        if kind not in KIND_WORDS:
            raise Refused("kind", Words("申报凭条由自助终端打印，不另编号。", "Slips are printed by the terminal."))
        sub_case = session.get(SubCase, sub_case_id) if sub_case_id is not None else None
        if kind is DocumentKind.REJECTION_NOTICE:
            _check_department(case, sub_case, who)
        try:
            of = gather(session, self._keys, case, unit, sub_case)
        except CannotOpen:
            raise Refused(
                "cannot_open",
                Words(
                    "这件申请打不开，不能出具文书。没有保存任何内容，请联系系统管理员。",
                    "The application does not open, so no document can be made. Nothing was saved; call the administrator.",
                ),
            ) from None
        code = new_check_code()
        number = next_number(session, unit, kind, at)
        content = _content(of, kind, number, code, f"{self._public_url}/d/{code}", who.name, facts, at)
        document = Document(
            case_seq=case.seq,
            sub_case_id=sub_case_id,
            kind=kind.value,
            number=content.number,
            check_code=code,
            unit_id=unit.id,
            user_id=who.user_id,
            issued_at=at,
            content_sealed=self._keys.vault.seal(to_json(content), place(code)),
        )
        session.add(document)
        session.flush()
        return document

    @staticmethod
    def _unit(session: Session, who: Who) -> Unit:
        unit = session.get(Unit, who.unit_id) if who.user_id is not None and who.unit_id is not None else None
        if unit is None:
            raise Refused("not_staff", Words("文书只能由单位工作人员出具。", "Only staff of a unit issue documents."))
        return unit


def _check_department(case: Case, sub_case: SubCase | None, who: Who) -> None:
    place_code = sub_case.region_code if sub_case is not None else case.handling_code
    if not who.has(Role.APPROVER) or who.region_code != place_code:
        raise Refused(
            "not_the_department",
            Words("不予审批通知书只能由办理地审批部门出具。", "Only the department that decides issues a rejection."),
        )


def _content(
    of: CaseFacts,
    kind: DocumentKind,
    number: str,
    check_code: str,
    check_url: str,
    officer: str,
    facts: DocumentFacts,
    at: datetime,
) -> Content:
    case, handling = of.case, of.handling_unit
    return Content(
        kind=kind,
        number=number,
        check_code=check_code,
        check_url=check_url,
        issued_at=at,
        office=office(of.unit),
        seal_name=of.unit.seal_name,
        officer=officer,
        scope=of.scope,
        mode=of.mode,
        case_number=case.case_number,
        slip_number=case.slip_number,
        query_code=case.query_code,
        item_name=case.item_name,
        item_code=of.item.code,
        situation=of.situation,
        receiving_place=case.receiving_name,
        handling_place=of.region_name,
        department=handling.name if handling else of.item.department,
        submitted_at=case.received_at,
        applicant=of.applicant,
        agent=of.agent,
        first_contact=of.first_contact,
        handling_office=of.handling_office,
        body=build.body(kind, of, facts, at),
    )
