"""What the sheets say: data for entry (R075) and the package of materials (R057), from the envelopes as they are now."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.checklist import ORIGINAL
from central.files.store import PartStore
from central.keys import KeyRing
from central.opened import Opened, open_case
from central.opening import CannotOpen, open_part
from central.refusal import Refusal
from central.sharing.authorisations import Permit
from central.store.models import Authorisation, Case, CaseFile, FormalCheck, Platform, Unit, User
from kiosk.protocol.application import FileRef, Material, Page, Region
from kiosk.protocol.envelope import CentreKey
from kiosk.protocol.problems import ProblemType
from kiosk.protocol.sharing import EntryAnswer, EntrySheet, MaterialsSheet, OriginalSeen, SharedMaterial, SharedPage


def key_of(platform: Platform) -> CentreKey:
    """The key that everything for this platform is sealed to."""
    return CentreKey.of(X25519PublicKey.from_public_bytes(base64.b64decode(platform.public_key)))


def heading(permit: Permit, authorisation: Authorisation, now: datetime) -> dict[str, Any]:
    """What every sheet begins with."""
    return {
        "platform": permit.platform.name,
        "key_id": key_of(permit.platform).key_id,
        "authority": authorisation.authority,
        "authorisation": authorisation.number,
        "purpose": authorisation.purpose,
        "made_at": now,
    }


def opened(session: Session, keys: KeyRing, case: Case) -> Opened:
    """The case with its envelopes opened.

    Raises:
        Refusal: CANNOT_OPEN when it is damaged or its key is gone.
    """
    try:
        return open_case(session, keys, case)
    except CannotOpen:
        raise Refusal(ProblemType.CANNOT_OPEN) from None


def entry_sheet(session: Session, keys: KeyRing, case: Case, begun: Mapping[str, Any]) -> EntrySheet:
    """What was typed and read at the terminal, as supplements corrected it.

    Raises:
        Refusal: CANNOT_OPEN
    """
    content = opened(session, keys, case)
    application = content.application
    places = [Region(code=one.region_code, name=one.region_name) for one in case.sub_cases]
    return EntrySheet(
        **begun,
        case_number=case.case_number,
        slip_number=case.slip_number,
        item=application.item,
        mode=case.mode,
        scope=case.scope,
        channel=case.channel,
        received_at=case.received_at,
        receiving_region=application.receiving_region,
        handling_regions=tuple(places) or (application.handling_region,),
        applicant=application.applicant,
        agent=application.agent,
        phone=application.phone,
        delivery=application.delivery,
        consent=application.consent,
        situations=application.situations,
        form=tuple(
            EntryAnswer(key=one.key, label=one.label, value=one.value, supplement=number)
            for one, number in content.answers().values()
        ),
    )


def materials_sheet(session: Session, keys: KeyRing, case: Case, begun: Mapping[str, Any]) -> MaterialsSheet:
    """Every material with the digests of its pages, and who saw its original.

    Raises:
        Refusal: CANNOT_OPEN
    """
    content = opened(session, keys, case)
    files = {file.plain_sha256: file.id for file in case.files}
    seen = _originals(session, case)
    signature = content.application.signature
    return MaterialsSheet(
        **begun,
        case_number=case.case_number,
        slip_number=case.slip_number,
        item=content.application.item,
        materials=tuple(
            _material(material, number, files, seen.get(material.code))
            for material, number in content.materials().values()
        ),
        signature=None if signature is None else _page(signature, files),
    )


def page_bytes(session: Session, keys: KeyRing, parts: PartStore, case: Case, number: int) -> bytes:
    """The plain bytes of a page of this case.

    Raises:
        Refusal: NOT_FOUND when the case has no such page (any more); CANNOT_OPEN when it is damaged.
    """
    file = session.scalar(select(CaseFile).where(CaseFile.id == number, CaseFile.case_seq == case.seq))
    if file is None:
        raise Refusal(ProblemType.NOT_FOUND)
    try:
        return open_part(keys, UUID(file.application_id), file.part_name, parts.read(file.sealed_sha256))
    except CannotOpen:
        raise Refusal(ProblemType.CANNOT_OPEN) from None
    except FileNotFoundError:
        raise Refusal(ProblemType.NOT_FOUND) from None


def _material(
    material: Material, number: int, files: Mapping[str, int], original: OriginalSeen | None
) -> SharedMaterial:
    return SharedMaterial(
        code=material.code,
        name=material.name,
        met_by=material.met_by,
        supplement=number,
        original_seen=original,
        pages=_pages(material.pages, files),
    )


def _pages(pages: Sequence[Page], files: Mapping[str, int]) -> tuple[SharedPage, ...]:
    return tuple(
        _page(one.file, files).model_copy(update={"paper": one.paper, "dpi": one.dpi, "sides": one.sides})
        for one in pages
    )


def _page(file: FileRef, files: Mapping[str, int]) -> SharedPage:
    return SharedPage(page=files.get(file.sha256), sha256=file.sha256, size=file.size, media_type=file.media_type)


def _originals(session: Session, case: Case) -> dict[str, OriginalSeen]:
    """By material: who examined the original last."""
    rows = session.execute(
        select(FormalCheck, Unit.name, User.name)
        .join(Unit, Unit.id == FormalCheck.unit_id)
        .join(User, User.id == FormalCheck.user_id)
        .where(FormalCheck.case_seq == case.seq, FormalCheck.point == ORIGINAL)
        .order_by(FormalCheck.id)
    )
    return {check.material: OriginalSeen(unit=unit, officer=officer, at=check.at) for check, unit, officer in rows}
