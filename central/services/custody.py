"""材料交接 (R104): each time papers change hands, who gave what to whom, where, under which seal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.casework.acts import Refused, Words
from central.casework.lines import line
from central.casework.who import Who
from central.store.models import Case, Custody, Shipment, Unit
from central.vault import Vault

APPLICANT = "申请人"
CARRIER = "EMS"


def handed_over(
    session: Session,
    case: Case,
    who: Who,
    at: datetime,
    *,
    from_party: str,
    to_party: str,
    items: bytes,
    place: str = "",
    seal_number: bytes | None = None,
    shipment: Shipment | None = None,
) -> Custody:
    """Record one link of the chain. Parties are roles and units (申请人, a hall, EMS), never a citizen's name.

    `items` and `seal_number` come sealed (`seal_items`, `seal_mark`): they are words of staff.

    Raises:
        Refused: not by a member of staff.
    """
    if who.user_id is None:
        raise Refused("not_staff", Words("只有工作人员可以登记交接。", "Only staff record a hand-over."))
    custody = Custody(
        case_seq=case.seq,
        shipment_id=None if shipment is None else shipment.id,
        at=at,
        from_party=from_party,
        to_party=to_party,
        place=place,
        items_sealed=items,
        seal_number_sealed=seal_number,
        user_id=who.user_id,
    )
    session.add(custody)
    line(session, case, who, "custody", at, {"from": from_party, "to": to_party})
    return custody


def seal_items(vault: Vault, case: Case, items: Sequence[str]) -> bytes:
    """What is handed over, sealed for this case: its parcel and every link of the chain keep the same.

    Raises:
        Refused: nothing was handed over.
    """
    if not items:
        raise Refused("no_items", Words("请写明交接的材料。", "Say which materials were handed over."))
    return vault.seal_list(items, _where("items", case))


def items_of(vault: Vault, case: Case, sealed: bytes | None) -> tuple[str, ...]:
    """What `seal_items` sealed; nothing where it was deleted.

    Raises:
        CannotUnseal
    """
    return vault.open_list(sealed, _where("items", case)) if sealed else ()


def seal_mark(vault: Vault, case: Case, number: str) -> bytes | None:
    """The number of the seal (封签号), sealed."""
    return vault.seal(number, _where("seal_number", case)) if number else None


def mark_of(vault: Vault, case: Case, sealed: bytes | None) -> str:
    """The number of the seal."""
    return vault.read(sealed, _where("seal_number", case))


def chain(session: Session, case: Case) -> Sequence[Custody]:
    """The chain from the first link on."""
    return session.scalars(select(Custody).where(Custody.case_seq == case.seq).order_by(Custody.at, Custody.id)).all()


def read(vault: Vault, case: Case, links: Sequence[Custody]) -> list[tuple[Custody, tuple[str, ...], str]]:
    """Each link with what changed hands and the number of its seal.

    Raises:
        CannotUnseal
    """
    return [
        (one, items_of(vault, case, one.items_sealed), mark_of(vault, case, one.seal_number_sealed)) for one in links
    ]


def unit_name(session: Session, unit_id: int | None) -> str:
    """A unit as a party."""
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    return unit.name if unit is not None else "—"


def _where(what: str, case: Case) -> str:
    return f"custody.{what}|{case.application_id}"
