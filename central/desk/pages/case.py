"""The case page, its pages of material, and looking at what is masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from sqlalchemy.orm import Session

from central import casehistory, form_answers, licence_checks, pictures
from central.agreements.known import scope_words
from central.audit import trail
from central.casefile import Dossier, MaterialView, read_dossier
from central.casework import access, licences, lifecycle, pickups
from central.casework.acts import Words
from central.casework.terms import Role
from central.centre import CentreParts
from central.desk import next_steps, recording
from central.desk.frame import Posted, RowNumber, Signed, allow, centre_of, render, see_other, text
from central.masking import mask_address, mask_phone
from central.opening import CannotOpen
from central.pictures import NoPicture, Size
from central.store.models import Case, Reveal
from central.vault import Vault
from kiosk.protocol.application import DeliveryMethod

router = APIRouter()
Caseworker = Annotated[Signed, allow(Role.WINDOW, Role.APPROVER, Role.SUPERVISOR)]

MOST_ZOOM = 4
PURPOSES = (
    Words("核对本人身份", "To check the person's identity"),
    Words("与申请人联系", "To contact the applicant"),
    Words("填写寄递单", "To address a parcel"),
    Words("录入业务系统", "To enter the case into the sector's system"),
)
"""Suggestions; somebody may write what else it is for."""
_SHORTEST_PURPOSE = 2

DELIVERY_WORDS = {
    DeliveryMethod.EMS_TO_APPLICANT: Words("邮寄给申请人", "By post to the applicant"),
    DeliveryMethod.PICKUP_AT_DESK: Words("到窗口领取", "To be collected at the desk"),
    DeliveryMethod.ELECTRONIC: Words("电子送达", "Electronically"),
}
CARD_WORDS = {
    "resident": Words("居民身份证", "Resident identity card"),
    "hk_macao_taiwan_resident": Words("港澳台居民居住证", "Residence permit for HK, Macao and Taiwan residents"),
    "foreign_permanent_resident_2017": Words("外国人永久居留身份证", "Foreigner's permanent residence card"),
    "foreign_permanent_resident_2023": Words("外国人永久居留身份证", "Foreigner's permanent residence card"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of the person: masked, but for what was just asked for with a purpose."""

    what: str = ""
    purpose: str = ""
    values: tuple[tuple[Words, str], ...] = field(default=(), repr=False)


def found(session: Session, visitor: Signed, case_number: str) -> Case:
    """The case.

    Raises:
        HTTPException: 404, there is none, or it is not one of the visitor's place: the two are not told apart.
    """
    case = access.find(session, visitor.who, case_number)
    if case is None:
        raise HTTPException(404)
    return case


@router.get("/cases/{case_number}")
def case_page(request: Request, visitor: Caseworker, case_number: str) -> Response:
    """Everything about a case, and what may be done next. Where only its result waits, the page of the hand-over."""
    try:
        return show_case(request, visitor, case_number, Shown())
    except HTTPException:
        with centre_of(request).database.reading() as session:
            if access.find_waiting(session, visitor.who, case_number) is None:
                raise
    return see_other(request, f"/desk/pickups/{case_number}")


@router.post("/cases/{case_number}/reveal")
def reveal(request: Request, visitor: Caseworker, case_number: str, form: Posted) -> Response:
    """The page once more, with the full number, phone, address or form on it: recorded first, with what it is for."""
    what, purpose = text(form, "what", 20), text(form, "other_purpose", 200) or text(form, "purpose", 200)
    if what not in ("id_number", "phone", "address", "form"):
        raise HTTPException(422)
    if len(purpose) < _SHORTEST_PURPOSE:
        return show_case(request, visitor, case_number, Shown(what), status=422)
    centre = centre_of(request)
    now = centre.now()
    with centre.database.writing() as session:
        case = found(session, visitor, case_number)
        session.add(_look(centre.keys.vault, visitor, case, what, purpose, now))
        trail.record(session, visitor.who, "reveal", case_number, now, {"what": what})
    with centre.database.reading() as session:
        dossier = read_dossier(session, centre.keys, found(session, visitor, case_number), centre.now())
    return show_case(request, visitor, case_number, Shown(what, purpose, _revealed(dossier, what)))


@router.get("/cases/{case_number}/reveal")
def revealed_before(request: Request, visitor: Caseworker, case_number: str) -> Response:  # noqa: ARG001
    """Where a reload of that page leads: what was shown is shown once."""
    return see_other(request, f"/desk/cases/{case_number}")


@router.get("/cases/{case_number}/files/{file_id}/{size}.jpg")
def picture(
    request: Request,
    visitor: Caseworker,
    case_number: str,
    file_id: RowNumber,
    size: Size,
    turn: Annotated[int, Query(ge=0, le=270, multiple_of=90)] = 0,
) -> Response:
    """A page as a picture, opened and drawn for this answer only."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        case = found(session, visitor, case_number)
        file = pictures.file_of(session, case, file_id)
    if file is None:
        raise HTTPException(404)
    try:
        data = pictures.draw(pictures.open_picture(centre.keys, centre.parts, file), size, turn)
    except (CannotOpen, NoPicture):
        raise HTTPException(404) from None
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.get("/cases/{case_number}/materials/{code}/{number}")
def material_page(
    request: Request,
    visitor: Caseworker,
    case_number: str,
    code: str,
    number: int,
    zoom: Annotated[int, Query(ge=0, le=MOST_ZOOM)] = 0,
    turn: Annotated[int, Query(ge=0, le=270, multiple_of=90)] = 0,
) -> Response:
    """One page of a material, large, with the points to check beside it."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        dossier = read_dossier(session, centre.keys, found(session, visitor, case_number), centre.now())
        may_check_again = recording.may_check_again(dossier, centre.casework.office, session, visitor.who)
    material = dossier.material(code)
    if material is None or not 1 <= number <= max(1, len(material.pages)):
        raise HTTPException(404)
    return render(
        request,
        "cases/material.html",
        case=dossier.case,
        dossier=dossier,
        material=material,
        page=material.pages[number - 1] if material.pages else None,
        zoom=zoom,
        most_zoom=MOST_ZOOM,
        turn=turn,
        size=Size.READ if zoom < 2 else Size.FULL,
        neighbours=_neighbours(dossier.materials, material),
        may_check=recording.may_check(dossier.case, visitor.who),
        may_check_again=may_check_again,
        here="/desk/work",
    )


def show_case(request: Request, visitor: Signed, case_number: str, shown: Shown, *, status: int = 200) -> Response:
    """The case page as it stands now."""
    centre = centre_of(request)
    with centre.database.reading() as session:
        case = found(session, visitor, case_number)
        dossier = read_dossier(session, centre.keys, case, centre.now())
        casework = centre.casework
        context: dict[str, Any] = {
            "next_acts": next_steps.steps(dossier, casework.next_acts(session, case, visitor.who)),
            "waits_for": casework.waits_for(case),
            "scope": scope_words(session, case),
            "pickup_known": pickups.is_known(session, case),
            "deadlines": casework.deadlines(session, case),
            "recordings": recording.offered(casework.office, session, dossier, visitor.who),
            "askable": _askable(centre, session, dossier, visitor),
            "may_check_again": recording.may_check_again(dossier, casework.office, session, visitor.who),
            "history": casehistory.read_history(session, centre.keys.vault, case),
        }
    return render(
        request,
        "cases/case.html",
        status=status,
        case=case,
        dossier=dossier,
        documents=dossier.documents,
        person=_masked(dossier),
        answers=form_answers.shown(dossier.answers, dossier.item.fields),
        situations=form_answers.shown(
            () if dossier.application is None else dossier.application.situations, dossier.item.fields
        ),
        licence_outcomes=licences.OUTCOMES,
        shown=shown,
        purposes=PURPOSES,
        may_check=recording.may_check(case, visitor.who),
        may_take=case.owner_id != visitor.user.id and any(one.key == "hand-over" for one in context["recordings"]),
        lifecycle=lifecycle.load(),
        here="/desk/work",
        **context,
    )


def _askable(centre: CentreParts, session: Session, dossier: Dossier, visitor: Signed) -> frozenset[str]:
    """Codes of the materials whose e-licence this visitor may ask for now."""
    if centre.licences is None or not licences.may_ask(centre.casework.office, session, dossier.case, visitor.who):
        return frozenset()
    return frozenset(one.code for one in dossier.materials if licence_checks.askable(centre, one.licence_type))


_OF_THE_APPLICATION = (
    "card", "sex", "birth_year", "valid_until", "long_term", "phone", "address", "delivery", "agent", "relation",
)  # fmt: skip


def _masked(dossier: Dossier) -> dict[str, object]:
    """What is shown of the applicant without anybody's asking."""
    case, application = dossier.case, dossier.application
    if application is None:
        unknown = dict.fromkeys(_OF_THE_APPLICATION)
        return {**unknown, "name": case.applicant_masked, "number": case.id_masked, "pickup": case.pickup_name}
    delivery = application.delivery
    return {
        "name": case.applicant_masked,
        "number": case.id_masked,
        "card": CARD_WORDS.get(application.applicant.card_kind),
        "sex": application.applicant.sex,
        "birth_year": "" if application.applicant.birth_date is None else str(application.applicant.birth_date.year),
        "valid_until": application.applicant.valid_until,
        "long_term": application.applicant.long_term,
        "phone": mask_phone(application.phone),
        "address": mask_address(delivery.address or application.applicant.address),
        "delivery": DELIVERY_WORDS.get(delivery.method),
        "pickup": case.pickup_name,
        "agent": None if application.agent is None else f"{(application.agent.name or '*')[0]}**",
        "relation": "" if application.agent is None else application.agent.relation,
    }


def _look(vault: Vault, visitor: Signed, case: Case, what: str, purpose: str, at: datetime) -> Reveal:
    """Who looked at what, and what for: one of our sentences in the clear, words of their own sealed."""
    ours = any(purpose == words.zh for words in PURPOSES)
    return Reveal(
        at=at,
        user_id=visitor.user.id,
        case_seq=case.seq,
        what=what,
        purpose=purpose if ours else "other",
        words_sealed=None if ours else vault.seal(purpose, f"reveal.words_sealed|{case.application_id}"),
    )


def _revealed(dossier: Dossier, what: str) -> tuple[tuple[Words, str], ...]:
    """The full values that `what` stands for."""
    application = dossier.application
    if application is None:
        return ((Words("无法打开", "Cannot be opened"), "—"),)
    person, agent, delivery = application.applicant, application.agent, application.delivery
    match what:
        case "id_number":
            rows = [
                (Words("姓名", "Name"), person.name or person.english_name),
                (Words("证件号码", "ID number"), person.id_number),
            ]
            if agent is not None:
                rows += [
                    (Words("代理人姓名", "Agent's name"), agent.name or agent.english_name),
                    (Words("代理人证件号码", "Agent's ID number"), agent.id_number),
                ]
            rows += [(Words("电子证照号", "E-licence number"), number) for number in dossier.licence_numbers.values()]
        case "phone":
            rows = [(Words("手机号", "Phone"), application.phone)]
            if agent is not None:
                rows.append((Words("代理人电话", "Agent's phone"), agent.phone))
        case "form":
            return tuple(
                (Words(one.label or one.key, one.label or one.key), one.value or "—") for one in dossier.answers
            )
        case _:
            rows = [
                (Words("收件人", "Recipient"), delivery.recipient),
                (Words("邮寄地址", "Postal address"), delivery.address),
                (Words("证件住址", "Address on the card"), person.address),
            ]
    return tuple((words, value or "—") for words, value in rows)


def _neighbours(materials: Sequence[MaterialView], material: MaterialView) -> tuple[str | None, str | None]:
    """Codes of the materials before and after this one, among those with something to look at."""
    codes = [one.code for one in materials if one.pages or one.code == material.code]
    at = codes.index(material.code)
    return (codes[at - 1] if at else None, codes[at + 1] if at + 1 < len(codes) else None)
