"""电子证照核验 (R050, R096, R140): what the source of a licence says stands in the place of the original.

People ask, by a press; a machine only answers. A licence that was found good counts as the original seen and the material as
right; its paper is asked for nowhere any more. What was not found, or could not be asked, changes nothing: the work goes on by
hand. The functions work in the caller's transaction; the question itself is asked outside of any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from central.casework import clocks, lifecycle, spared
from central.casework.acts import Refused, Words
from central.casework.checklist import may_examine
from central.casework.office import Office
from central.casework.records import STAFF, must_be, write
from central.casework.rights import actors, places_of
from central.casework.running import Running
from central.casework.sourced import AWAY, VALID, verified
from central.casework.terms import Actor, ClockKind, ShipmentFlag
from central.casework.who import Who
from central.masking import mask_identity
from central.notify.provider import ProviderError
from central.services.licence import AnothersLicence, Licence, Licences, Question
from central.store.models import Case, LicenceCheck
from kiosk.protocol.states import State

EVENT = "licence_check"
"""In the ledger."""
OUTCOMES: Mapping[str, Words] = {
    VALID: Words("查到，有效，不用交原件", "found and valid: no original is needed"),
    "expired": Words("查到，但已过有效期", "found, but it has expired"),
    "revoked": Words("查到，但已注销或吊销", "found, but it was revoked"),
    "not_found": Words("没有查到", "not found"),
    "other_holder": Words("返回的不是本人这种证照，没有采用", "the answer was about another licence, and was not used"),
    AWAY: Words("证照库没有答复，没有查成", "the licence service did not answer"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question."""

    outcome: str
    """A key of `OUTCOMES`."""
    licence: Licence | None = field(default=None, repr=False)


def ask(service: Licences, question: Question, today: date) -> Answer:
    """Ask the service, outside of any transaction. Whatever goes wrong is an answer too."""
    try:
        licence = service.find(question)
    except AnothersLicence:
        return Answer("other_holder")
    except ProviderError:
        return Answer(AWAY)
    if licence is None:
        return Answer("not_found")
    if licence.holds_on(today):
        return Answer(VALID, licence)
    return Answer("revoked" if licence.revoked else "expired", licence)


def may_ask(office: Office, session: Session, case: Case, who: Who) -> bool:
    """Whether asking is `who`'s business: the handling place's staff (R140: 属地核验), or the receiving desk that may examine
    originals for it (R147); as long as the case is open.
    """
    if State(case.state) in lifecycle.load().terminal or case.state == State.COMPLETED:
        return False
    mine = actors(case, who, office.profiles(session).get(case.profile), places_of(case))
    if mine & {Actor.HANDLING_DESK, Actor.HANDLING_DEPT}:
        return True
    return Actor.RECEIVING_DESK in mine and may_examine(session, case, office.now())


def kind_of(office: Office, session: Session, case: Case, who: Who, material: str) -> str:
    """The type of licence (证照类型名称) that `who` may ask for in the place of `material`.

    Raises:
        Refused
    """
    if not may_ask(office, session, case, who):
        raise Refused(
            "not_yours",
            Words(
                "只有办理地，或有“原件核验权”的收件窗口，在办结前可以查电子证照，请交给他们",
                "Only the handling place, or a receiving desk that may examine originals, asks, while the case is open:"
                " leave it to them",
            ),
        )
    facts = office.item(session, case.item_id, case.catalogue_version).material(material)
    if facts is None or not facts.licence_type:
        raise Refused(
            "no_licence",
            Words(
                "这份材料没有可查的电子证照，请按提交的材料核对",
                "There is no e-licence to ask for in place of this material: check what was handed in",
            ),
        )
    return facts.licence_type


def record(office: Office, session: Session, case: Case, who: Who, material: str, answer: Answer) -> LicenceCheck:
    """Write down what the source said of `material`, and what follows for papers that would be posted.

    Raises:
        Refused
    """
    kind = kind_of(office, session, case, who, material)
    user_id, unit_id = must_be(office, session, case, who, *STAFF)
    found = answer.licence
    before = verified(session, case)
    row = LicenceCheck(
        case_seq=case.seq,
        material=material,
        kind=kind,
        at=office.now(),
        outcome=answer.outcome,
        number_masked="" if found is None else mask_identity(found.number),
        number_sealed=None if found is None else office.seal(found.number, "licence_check.number_sealed", case),
        issuer="" if found is None else found.issuer,
        valid_until=None if found is None else found.valid_until,
        digest="" if found is None else found.digest,
        user_id=user_id,
        unit_id=unit_id,
    )
    session.add(row)
    session.flush()
    _settle_papers(office, session, case, before)
    spared.recount(session, office.keys, case)
    write(office, session, case, who, EVENT, {"material": material, "kind": kind, "outcome": answer.outcome})
    return row


def _settle_papers(office: Office, session: Session, case: Case, before: Mapping[str, LicenceCheck]) -> None:
    """Whether papers are posted may hang on this one material: then C2 and the parcel go, or come back, with it."""
    setting = office.setting(session, case)
    needed = setting.profile.needs_paper(setting.item, verified(session, case))
    if case.mailed_at is not None or needed == setting.profile.needs_paper(setting.item, before):
        return
    case.paper_needed = needed
    running = Running(session, case)
    if not needed:
        running.stop(ClockKind.MAILING, office.now())
        if case.shipment == ShipmentFlag.TO_SEND:
            case.shipment = ShipmentFlag.NONE
    elif case.collected_at is not None:
        running.start(clocks.start(ClockKind.MAILING, office.now(), setting))
        case.shipment = ShipmentFlag.TO_SEND
    running.settle()
