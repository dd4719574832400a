"""A case with its envelopes opened, for as long as somebody works on it. Never stored, never logged."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.keys import KeyRing
from central.opening import CannotOpen, open_application, open_supplement, parse_application
from central.store.models import Case, Submission
from kiosk.protocol.application import Answer, Application, Material
from kiosk.protocol.envelope import Manifest
from kiosk.protocol.supplement import Supplement, SupplementManifest


@dataclass(frozen=True)
class Opened:
    """What the applicant submitted. `repr` shows nothing of it."""

    application: Application = field(repr=False)
    """As it was handed in first."""
    supplements: tuple[Supplement, ...] = field(default=(), repr=False)
    """In the order they came; the first is number 1."""

    def materials(self) -> dict[str, tuple[Material, int]]:
        """Every material as it was handed in last, by code, and the number of the supplement it came with (0: none)."""
        latest = {material.code: (material, 0) for material in self.application.materials}
        for number, supplement in enumerate(self.supplements, start=1):
            latest |= {material.code: (material, number) for material in supplement.materials}
        return latest

    def answers(self) -> dict[str, tuple[Answer, int]]:
        """The form's answers by key, corrected by supplements, each with the number of the supplement it came with."""
        latest = {answer.key: (answer, 0) for answer in self.application.form}
        for number, supplement in enumerate(self.supplements, start=1):
            latest |= {answer.key: (answer, number) for answer in supplement.form}
        return latest


def open_case(session: Session, keys: KeyRing, case: Case) -> Opened:
    """Open what was submitted for `case`, the application and its supplements.

    Raises:
        CannotOpen: damaged, or its key is gone.
    """
    rows = session.scalars(select(Submission).where(Submission.case_seq == case.seq).order_by(Submission.number)).all()
    if not rows:
        raise CannotOpen("nothing was submitted for this case")
    first, *later = rows
    plain = open_application(keys, Manifest.model_validate_json(first.manifest), first.sealed)
    return Opened(
        parse_application(plain, UUID(case.application_id), case.slip_number),
        tuple(open_supplement(keys, SupplementManifest.model_validate_json(row.manifest), row.sealed) for row in later),
    )
