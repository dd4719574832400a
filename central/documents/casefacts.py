"""What documents take from a case: the opened application, the checks, commitments, offices and parcels around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from central.agreements.known import scope_words
from central.casework import lifecycle
from central.casework.sourced import verified
from central.catalogue.facts import ItemFacts
from central.catalogue.lookup import item_facts
from central.documents.content import CustodyLine, MaterialLine, Office, Party, VideoLine
from central.keys import KeyRing
from central.opened import Opened, open_case
from central.services import custody, video
from central.store.models import (
    Case,
    Commitment,
    Custody,
    FormalCheck,
    LicenceCheck,
    Shipment,
    SubCase,
    Unit,
    VideoSession,
)
from central.times import CHINA
from kiosk.protocol.application import CardKind, DeliveryMethod, Material, Person

CARDS = {
    CardKind.RESIDENT: "居民身份证",
    CardKind.HK_MACAO_TAIWAN_RESIDENT: "港澳台居民居住证",
    CardKind.FOREIGN_PERMANENT_RESIDENT_2017: "外国人永久居留身份证",
    CardKind.FOREIGN_PERMANENT_RESIDENT_2023: "外国人永久居留身份证",
}
DELIVERIES = {
    DeliveryMethod.EMS_TO_APPLICANT: "EMS 邮寄到家",
    DeliveryMethod.PICKUP_AT_DESK: "到窗口领取",
    DeliveryMethod.ELECTRONIC: "电子送达",
}
PAYERS = {
    "not_the_applicant": "不向申请人收取",
    "sending_department": "寄出单位承担",
    "applicant": "申请人承担（到付）",
}
_FORMS = {
    "pages": "影像",
    "card": "证件读取",
    "social_card": "证卡读取",
    "form": "电子表单",
    "signature": "手写签名",
    "original_at_desk": "原件",
    "later": "后补",
    "promise": "告知承诺",
    "shared": "电子证照",
}
"""In what form a material came, by `Material.met_by`."""


@dataclass(frozen=True)
class CaseFacts:
    """A case opened for a document. `repr` shows nothing of the application."""

    session: Session
    keys: KeyRing
    case: Case
    unit: Unit
    """Whose document it is."""
    region_code: str
    """The handling place the document is about."""
    region_name: str
    opened: Opened = field(repr=False)
    item: ItemFacts

    @property
    def applicant(self) -> Party:
        """The applicant with full name and masked number."""
        application = self.opened.application
        person = application.applicant
        address = application.delivery.address or person.address
        return _party(person, phone=application.phone, address=address)

    @property
    def agent(self) -> Party | None:
        """Who acted for the applicant."""
        agent = self.opened.application.agent
        return None if agent is None else _party(agent, phone=agent.phone, relation=agent.relation)

    @property
    def situation(self) -> str:
        """情形, as the citizen answered."""
        answers = self.opened.application.situations
        return "；".join(f"{one.label}：{one.value}" if one.label else one.value for one in answers)

    @property
    def mode(self) -> str:
        """办理方式."""
        return lifecycle.load().flow(self.case.mode).words.zh

    @property
    def scope(self) -> str:
        """通办范围, as the receiving place calls it (R115)."""
        return scope_words(self.session, self.case).zh

    @property
    def delivery(self) -> str:
        """How the result comes."""
        way = DELIVERIES[self.opened.application.delivery.method]
        return f"{way}（{self.case.pickup_name}）" if self.case.pickup_code else way

    @property
    def first_contact(self) -> Office:
        """首问责任单位: the receiving place's hall (R160)."""
        unit = None
        if self.case.first_contact_unit_id is not None:
            unit = self.session.get(Unit, self.case.first_contact_unit_id)
        unit = unit or hall(self.session, self.case.receiving_code)
        return office(unit) if unit else Office(name=self.case.receiving_name)

    @property
    def handling_unit(self) -> Unit | None:
        """The department that decides; the handling place's hall where none is recorded."""
        units = self.session.scalars(
            select(Unit).where(Unit.region_code == self.region_code, Unit.active).order_by(Unit.id)
        ).all()
        departments = [one for one in units if one.kind == "department"]
        fitting = [one for one in departments if self.case.sector in one.sectors]
        general = [one for one in departments if not one.sectors]
        return next(iter([*fitting, *general, *(one for one in units if one.kind == "hall")]), None)

    @property
    def handling_office(self) -> Office:
        """The same as documents name it."""
        unit = self.handling_unit
        return office(unit) if unit else Office(name=self.region_name)

    def materials(self, *, mailed_only: bool = False) -> tuple[MaterialLine, ...]:
        """The materials as handed in last, with what staff recorded of each."""
        seen = {
            row.material
            for row in self.session.scalars(
                select(FormalCheck).where(FormalCheck.case_seq == self.case.seq, FormalCheck.original_seen)
            )
        }
        promised = {
            row.material: row
            for row in self.session.scalars(
                select(Commitment).where(Commitment.case_seq == self.case.seq).order_by(Commitment.id)
            )
        }
        mailed = self._mailed()
        lines = (
            self._line(material, promised.get(material.code), material.code in seen, material.code in mailed)
            for material in self._handed_in
        )
        return tuple(line for line in lines if line.mailed or not mailed_only)

    def _mailed(self) -> set[str]:
        """What goes by post: the originals the item names; all papers where the place has everything posted (根河规程). But
        nothing for which the source of its licence answered (R050).
        """
        if not self.case.paper_needed:
            return set()
        materials = self._handed_in
        named = {material.code for material in materials if self._original(material)}
        papers = named or {material.code for material in materials if material.met_by in ("pages", "original_at_desk")}
        return papers - self._licensed.keys()

    @cached_property
    def _licensed(self) -> Mapping[str, LicenceCheck]:
        return verified(self.session, self.case)

    @cached_property
    def _handed_in(self) -> tuple[Material, ...]:
        """What the applicant handed in, and what came from its source instead."""
        handed_in = {code: material for code, (material, _) in self.opened.materials().items()}
        sourced = (
            Material(code=one.code, name=one.name, met_by="shared")
            for one in self.item.materials
            if one.code in self._licensed and one.code not in handed_in
        )
        return (*handed_in.values(), *sourced)

    def _original(self, material: Material) -> bool:
        facts = self.item.material(material.code)
        return facts is not None and (facts.original_required or facts.archive_paper)

    def _line(self, material: Material, commitment: Commitment | None, seen: bool, mailed: bool) -> MaterialLine:
        notes = []
        licence = self._licensed.get(material.code)
        if licence is not None:
            notes.append("电子证照已核验，不用交原件")
        elif seen:
            notes.append("原件已核")
        elif self._original(material):
            notes.append("原件待核")
        if commitment is not None and commitment.fulfilled_at is None:
            notes.append("告知承诺" if commitment.kind == "promise" else "容缺")
            if commitment.due_at is not None:
                notes.append(f"{_day(commitment.due_at)}前补齐")
        return MaterialLine(
            name=material.name,
            form="电子证照" if licence is not None else _FORMS.get(material.met_by, "影像"),
            pages=len(material.pages),
            mailed=mailed,
            note="，".join(notes),
        )

    @property
    def identity_check(self) -> str:
        """身份核验方式与结果."""
        person = self.opened.application.applicant
        card = CARDS[person.card_kind]
        said = f"自助终端 {self.case.terminal_id} 读取{card}" if self.case.channel == "kiosk" else f"核验{card}"
        until = "长期" if person.long_term else _day(person.valid_until) if person.valid_until else ""
        said += f"，证件有效期至{until}" if until else ""
        seen = sum("原件已核" in line.note for line in self.materials())
        said += f"；窗口已核验原件 {seen} 份" if seen else ""
        said += f"；从证照来源核验电子证照 {len(self._licensed)} 份" if self._licensed else ""
        return f"{said}。"

    @property
    def video(self) -> VideoLine | None:
        """The last consultation that cleared the case."""
        row = self.session.scalar(
            select(VideoSession)
            .where(VideoSession.case_seq == self.case.seq, VideoSession.outcome == "cleared")
            .order_by(VideoSession.id.desc())
            .limit(1)
        )
        if row is None:
            return None
        parties = tuple(
            f"{video.unit_of(self.keys.vault, party)} {video.person_of(self.keys.vault, party)}".strip()
            or party.region_code
            for party in row.parties
        )
        return VideoLine(at=row.started_at or row.scheduled_at, parties=parties, outcome="材料齐全，同意收件")

    def shipment(self, *directions: str) -> Shipment | None:
        """The latest parcel this unit sends in one of `directions`."""
        return self.session.scalar(
            select(Shipment)
            .where(
                Shipment.case_seq == self.case.seq,
                Shipment.direction.in_(directions),
                Shipment.from_unit_id == self.unit.id,
            )
            .order_by(Shipment.id.desc())
            .limit(1)
        )

    def custody(self) -> tuple[CustodyLine, ...]:
        """Every hand-over so far."""
        rows: Sequence[Custody] = self.session.scalars(
            select(Custody).where(Custody.case_seq == self.case.seq).order_by(Custody.id)
        ).all()
        return tuple(
            CustodyLine(
                at=row.at,
                giver=row.from_party,
                taker=row.to_party,
                place=row.place,
                seal_number=custody.mark_of(self.keys.vault, self.case, row.seal_number_sealed),
            )
            for row in rows
        )


def gather(session: Session, keys: KeyRing, case: Case, unit: Unit, sub_case: SubCase | None) -> CaseFacts:
    """Open a case for a document of `unit`.

    Raises:
        CannotOpen
    """
    return CaseFacts(
        session=session,
        keys=keys,
        case=case,
        unit=unit,
        region_code=sub_case.region_code if sub_case else case.handling_code,
        region_name=sub_case.region_name if sub_case else case.handling_name,
        opened=open_case(session, keys, case),
        item=item_facts(session, case.item_id, case.catalogue_version),
    )


def hall(session: Session, region_code: str) -> Unit | None:
    """The hall of a place."""
    return session.scalar(
        select(Unit).where(Unit.region_code == region_code, Unit.kind == "hall", Unit.active).order_by(Unit.id).limit(1)
    )


def office(unit: Unit) -> Office:
    """A unit as documents name it."""
    return Office(
        name=unit.name, phone=unit.phone, consult_phone=unit.consult_phone, address=unit.address, hours=unit.hours
    )


def mask_identity(number: str) -> str:
    """150785********0012: the first six and the last four; of other lengths half as much at each end."""
    head, tail = (6, 4) if len(number) >= 15 else (2, 2)
    return number[:head] + "*" * max(len(number) - head - tail, 4) + number[-tail:]


def _party(person: Person, *, phone: str, address: str = "", relation: str = "") -> Party:
    return Party(
        name=person.name or person.english_name,
        card=CARDS[person.card_kind],
        number=mask_identity(person.id_number),
        phone=phone,
        address=address,
        relation=relation,
    )


def _day(day: date) -> str:
    local = day.astimezone(CHINA) if isinstance(day, datetime) else day
    return f"{local.year}年{local.month}月{local.day}日"
