"""Reading the facts that guards look at: only those that an act asks about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.checklist import asked_by_department, unchecked, unseen
from central.casework.guards import Facts
from central.casework.listed import Subject, subjects
from central.casework.office import Office
from central.casework.rights import places_of
from central.casework.terms import Guard
from central.catalogue.facts import ItemFacts
from central.opened import open_case
from central.opening import CannotOpen
from central.store.models import Case, ContactRecord, VideoSession, Withdrawal


def facts(session: Session, office: Office, case: Case, guards: Collection[Guard]) -> Facts:
    """What `guards` look at; what they do not ask for is not read."""
    item = office.item(session, case.item_id, case.catalogue_version)
    checked = Guard.FORMAL_CHECK_PASSED in guards
    materials = office.checklist(session, office.keys, case, item) if checked else {}
    looked_at_anew = checked or Guard.SUPPLEMENT_CHECKED in guards
    came = office.supplemented(session, office.keys, case) if looked_at_anew else {}
    asked = asked_by_department(session, case, came) if Guard.SUPPLEMENT_CHECKED in guards else {}
    return Facts(
        item=item,
        profile=office.profiles(session).get(case.profile),
        delivery=case.delivery,
        paper_needed=case.paper_needed,
        places=len(places_of(case)),
        rated=case.rating not in ("none", "invited"),
        unchecked=unchecked(session, case, item, materials, came) if checked else (),
        unchecked_again=_unchecked_again(session, office, case, item, asked),
        unseen=unseen(session, case, item, materials, office.now()) if checked else (),
        video_cleared=Guard.VIDEO_CLEARED in guards and _video_cleared(session, case),
        contacted=Guard.HANDLING_PLACE_CONTACTED in guards and contact(session, case) is not None,
        withdrawal=Guard.WITHDRAWAL_REQUESTED in guards and open_withdrawal(session, case) is not None,
    )


def _unchecked_again(
    session: Session, office: Office, case: Case, item: ItemFacts, asked: Mapping[str, int]
) -> tuple[str, ...]:
    """Names of what came at the department's request and the department has not found right."""
    if not asked:
        return ()
    names = office.checklist(session, office.keys, case, item)
    materials = {code: names.get(code, listed.name if (listed := item.material(code)) else code) for code in asked}
    return unchecked(session, case, item, materials, asked, department=True)


def listed_for(session: Session, office: Office, case: Case) -> tuple[Subject, ...]:
    """What the applicant of this case may be asked about: its item's list, and what the terminal itself asked for."""
    item = office.item(session, case.item_id, case.catalogue_version)
    with suppress(CannotOpen):
        asked = open_case(session, office.keys, case).application
        fields = {one.key: one.label for one in (*asked.situations, *asked.form)}
        return subjects(item, {one.code: one.name for one in asked.materials}, fields)
    return subjects(item)


def contact(session: Session, case: Case) -> ContactRecord | None:
    """The latest contact in which the handling place said that it cannot be handled from here."""
    return session.scalar(
        select(ContactRecord)
        .where(ContactRecord.case_seq == case.seq, ContactRecord.outcome == "not_crossable")
        .order_by(ContactRecord.id.desc())
        .limit(1)
    )


def open_withdrawal(session: Session, case: Case) -> Withdrawal | None:
    """What the applicant asked and nobody has answered."""
    return session.scalar(
        select(Withdrawal)
        .where(Withdrawal.case_seq == case.seq, Withdrawal.state == "requested")
        .order_by(Withdrawal.id)
        .limit(1)
    )


def _video_cleared(session: Session, case: Case) -> bool:
    """The latest consultation ended well, and every handling place concluded so itself (R027)."""
    latest = session.scalar(
        select(VideoSession).where(VideoSession.case_seq == case.seq).order_by(VideoSession.id.desc()).limit(1)
    )
    if latest is None or latest.outcome != "cleared":
        return False
    cleared = {party.region_code for party in latest.parties if party.conclusion == "cleared"}
    return cleared.issuperset(places_of(case))
