"""The invented people, as the runner hands them to the visit machine."""

from __future__ import annotations

from drivers.virtual.personas import PERSONAS
from kiosk.identity import Applicant


def applicant(key: str) -> Applicant:
    """The applicant that the card of this persona says."""
    person = PERSONAS[key]
    return Applicant(
        card_kind=person.kind.value,
        name=person.name,
        id_number=person.id_number,
        sex={"1": "男", "2": "女"}[person.sex_code],
        birth_date=person.birth_date.isoformat(),
        address=person.newest_address or person.address,
        issuing_authority=person.issuing_authority,
        valid_from=person.valid_from.isoformat(),
        valid_until=person.valid_until.isoformat() if person.valid_until else "",
        long_term=person.valid_until is None,
        english_name=person.english_name,
        nationality=person.nationality_code,
        pass_number=person.pass_number,
    )
