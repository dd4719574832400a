"""Asking for e-licences: at the desk for a case, whose answer is written down; and for a terminal, before anything is
photographed. Always outside of any transaction: a service may be slow.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from central.audit import trail
from central.casework import access, licences
from central.casework.acts import Refused, Words
from central.casework.sourced import AWAY, VALID
from central.casework.who import Who, applicant
from central.catalogue.lookup import item_facts
from central.centre import CentreParts
from central.opened import open_case
from central.opening import CannotOpen, open_text
from central.refusal import Refusal
from central.services.licence import Question
from central.store.models import Case
from central.times import CHINA
from kiosk.protocol.licences import HOLDER, LicenceAnswer, LicenceQuery
from kiosk.protocol.problems import ProblemType


def check(centre: CentreParts, who: Who, case_number: str, material: str) -> str:
    """Ask for the licence that takes the place of `material`; returns the outcome (a key of `licences.OUTCOMES`).

    Raises:
        Refused: nobody was asked.
    """
    service, office = centre.licences, centre.casework.office
    if service is None:
        raise Refused(
            "no_service", Words("本中心没有接入电子证照服务", "This centre is connected to no licence service")
        )
    with centre.database.reading() as session:
        case = _found(session, who, case_number)
        kind = licences.kind_of(office, session, case, who, material)
        if not service.knows(kind):
            raise Refused(
                "no_licence",
                Words(f"证照服务里没有登记“{kind}”的类型代码", f"The licence service has no type code for “{kind}”"),
            )
        try:
            person = open_case(session, centre.keys, case).application.applicant
        except CannotOpen:
            raise Refused("cannot_open", Words("提交的内容无法打开", "What was submitted cannot be opened")) from None
        question = Question(
            reference=case.case_number,
            purpose=case.item_name,
            name=person.name or person.english_name,
            id_number=person.id_number,
            kind=kind,
            division=case.handling_code,
        )
    answer = licences.ask(service, question, centre.now().astimezone(CHINA).date())
    with centre.database.writing() as session:
        licences.record(office, session, _found(session, who, case_number), who, material, answer)
    return answer.outcome


def _found(session: Session, who: Who, case_number: str) -> Case:
    case = access.find(session, who, case_number)
    if case is None:
        raise Refused("not_found", Words("没有这一办件，或您无权查看", "There is no such case, or you may not see it"))
    return case


def available(centre: CentreParts, query: LicenceQuery) -> LicenceAnswer:
    """Of the materials that a terminal asks about, those whose licence is valid at its source.

    That somebody was asked about stands in the audit trail, with the terminal and the item; who it was does not.

    Raises:
        Refusal: CANNOT_OPEN, TOO_MANY_TRIES
    """
    now = centre.now()
    try:
        name, _, id_number = open_text(centre.keys, query.holder, query.query_id, HOLDER).partition("\n")
    except CannotOpen as error:
        raise Refusal(ProblemType.CANNOT_OPEN, str(error)) from None
    # Counted by person as wrong codes are by slip: whoever knows a number must not try licence after licence.
    person = centre.keys.applicant_index(id_number)
    with centre.database.reading() as session:
        centre.guesses.admit(session, person, now)
        item = item_facts(session, query.item_id, query.catalogue_version)
    centre.guesses.wrong(person, now)
    kinds = {code: facts.licence_type for code in query.materials if (facts := item.material(code)) is not None}
    found: list[str] = []
    for code, kind in kinds.items():
        if centre.licences is None or not askable(centre, kind):
            continue
        question = Question(str(query.query_id), item.name, name, id_number, kind, query.handling_region)
        answer = licences.ask(centre.licences, question, now.astimezone(CHINA).date())
        if answer.outcome == AWAY:
            break  # it would be away for the next one too, and somebody is waiting at the terminal
        if answer.outcome == VALID:
            found.append(code)
    detail = {"item": query.item_id, "asked": sorted(kinds), "found": len(found)}
    with centre.database.writing() as session:
        trail.record(session, applicant(query.terminal_id), "licence.asked", query.terminal_id, now, detail)
    return LicenceAnswer(available=tuple(found))


def askable(centre: CentreParts, kind: str) -> bool:
    """Whether licences of this type can be asked for here."""
    return bool(kind) and centre.licences is not None and centre.licences.knows(kind)
