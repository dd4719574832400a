"""E-licences in the demonstration: the desk asks for what can be asked for, and finds about two in three."""

from __future__ import annotations

from sqlalchemy.orm import Session

from central.casework import licences
from central.casework.office import Office
from central.casework.who import Who
from central.services.licence import Question
from central.services.licence_services import DemoLicences
from central.store.models import Case
from kiosk.protocol.application import Application


def ask(office: Office, session: Session, case: Case, who: Who, application: Application) -> None:
    """Ask for every licence that may stand in the place of a material of `application`."""
    if not licences.may_ask(office, session, case, who):
        return
    item = office.item(session, case.item_id, case.catalogue_version)
    service, person = DemoLicences(office.now), application.applicant
    for material in application.materials:
        facts = item.material(material.code)
        if facts is not None and facts.licence_type:
            question = Question(
                reference=case.case_number,
                purpose=case.item_name,
                name=person.name,
                id_number=person.id_number,
                kind=facts.licence_type,
                division=case.handling_code,
            )
            answer = licences.ask(service, question, office.now().date())
            licences.record(office, session, case, who, material.code, answer)
