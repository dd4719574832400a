"""What a card's own data say against going on: a false number, an expired card, a number that fits another person."""

from __future__ import annotations

from enum import StrEnum

from kiosk.identity.applicant import Applicant
from kiosk.identity.numbers import birth_of, is_sound


class CardFinding(StrEnum):
    """Something is wrong with what the card says."""

    FALSE_NUMBER = "false_number"
    EXPIRED = "expired"
    BIRTH_MISMATCH = "birth_mismatch"
    SEX_MISMATCH = "sex_mismatch"

    @property
    def hard(self) -> bool:
        """Hard: not with this card. Soft: go on, staff compare card and person."""
        return self in (CardFinding.FALSE_NUMBER, CardFinding.EXPIRED)


_ODD_IS_MALE = {"男": 1, "女": 0, "M": 1, "F": 0, "male": 1, "female": 0}


def check(applicant: Applicant, today: str, *, clock_trusted: bool) -> tuple[CardFinding, ...]:
    """Findings on a card, hard ones first. `today` is `YYYY-MM-DD`.

    Without a trusted clock nothing is said about expiry: a terminal in 1970 must not call a card expired, and one in
    2070 must not either.
    """
    findings = []
    if not is_sound(applicant.card_kind, applicant.id_number):
        findings.append(CardFinding.FALSE_NUMBER)
    if clock_trusted and not applicant.long_term and applicant.valid_until and applicant.valid_until < today:
        findings.append(CardFinding.EXPIRED)
    if len(applicant.id_number) == 18:
        if applicant.birth_date and applicant.birth_date != birth_of(applicant.id_number):
            findings.append(CardFinding.BIRTH_MISMATCH)
        parity = _ODD_IS_MALE.get(applicant.sex)
        if parity is not None and applicant.id_number[16].isdigit() and int(applicant.id_number[16]) % 2 != parity:
            findings.append(CardFinding.SEX_MISMATCH)
    return tuple(findings)
