"""Asking for e-licences: at the desk for a case, whose answer is written down; and for a terminal, before anything is
photographed. Always outside of any transaction: a service may be slow.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from typing import Final

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
from kiosk.protocol.card_token import normalised
from kiosk.protocol.licences import HOLDER, LicenceAnswer, LicenceQuery
from kiosk.protocol.problems import ProblemType

AT_ONCE: Final = threading.BoundedSemaphore(8)
"""Terminals whose questions wait for a service at once, in this process. A slow one must not hold up everything else that the
centre does: whoever comes then is told of none, and photographs.
"""
PATIENCE_S = 12.0
"""After so long no further question is asked for the same terminal: somebody is standing there."""
_NUMBER = re.compile("[0-9A-Z]{8,20}")
"""As `kiosk.protocol.application.Person` has it."""


def check(centre: CentreParts, who: Who, case_number: str, material: str) -> str:
    """Ask for the licence that takes the place of `material`; returns the outcome (a key of `licences.OUTCOMES`).

    Raises:
        Refused: nobody was asked.
    """
    service, office = centre.licences, centre.casework.office
    with centre.database.reading() as session:
        case = _found(session, who, case_number)
        kind = licences.kind_of(office, session, case, who, material)
        if service is None:
            raise Refused(
                "no_service", Words("本中心没有接入电子证照服务", "This centre is connected to no licence service")
            )
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
    name, id_number = _holder(centre, query)
    # Counted by person as wrong codes are by slip: whoever knows a number must not try licence after licence.
    person = centre.keys.applicant_index(id_number)
    with centre.database.reading() as session:
        centre.guesses.admit(session, person, now)
        item = item_facts(session, query.item_id, query.catalogue_version)
    centre.guesses.wrong(person, now)
    kinds = {code: facts.licence_type for code in query.materials if (facts := item.material(code)) is not None}
    questions = {
        code: Question(str(query.query_id), item.name, name, id_number, kind, query.handling_region)
        for code, kind in kinds.items()
        if askable(centre, kind)
    }
    found = _found_valid(centre, questions)
    detail = {"item": query.item_id, "asked": sorted(kinds), "found": len(found)}
    with centre.database.writing() as session:
        trail.record(session, applicant(query.terminal_id), "licence.asked", query.terminal_id, now, detail)
    return LicenceAnswer(available=found)


def _holder(centre: CentreParts, query: LicenceQuery) -> tuple[str, str]:
    """Name and number of whoever is asked about. The number in its one form: each other way to write it would be counted
    as another person.
    """
    try:
        name, _, number = open_text(centre.keys, query.holder, query.query_id, HOLDER).partition("\n")
    except CannotOpen as error:
        raise Refusal(ProblemType.CANNOT_OPEN, str(error)) from None
    id_number = normalised(number)
    if not name.strip() or _NUMBER.fullmatch(id_number) is None:
        raise Refusal(ProblemType.CANNOT_OPEN, "the sealed text does not follow the contract")
    return name, id_number


def _found_valid(centre: CentreParts, questions: Mapping[str, Question]) -> tuple[str, ...]:
    """Materials whose question was answered with a valid licence, as far as there was time to ask."""
    if centre.licences is None or not AT_ONCE.acquire(blocking=False):
        return ()
    try:
        found: list[str] = []
        until, today = time.monotonic() + PATIENCE_S, centre.now().astimezone(CHINA).date()
        for code, question in questions.items():
            answer = licences.ask(centre.licences, question, today)
            if answer.outcome == VALID:
                found.append(code)
            if answer.outcome == AWAY or time.monotonic() >= until:
                break  # it would be away for the next one too, and somebody is waiting at the terminal
        return tuple(found)
    finally:
        AT_ONCE.release()


def askable(centre: CentreParts, kind: str) -> bool:
    """Whether licences of this type can be asked for here."""
    return bool(kind) and centre.licences is not None and centre.licences.knows(kind)
