"""Cases at the desk, for tests: handed in over the wire with papers that are real pictures, then moved by real acts."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from PIL import Image, ImageDraw
from sqlalchemy import select

from central.casework import records
from central.casework.acts import Act, Performed
from central.casework.terms import Right
from central.casework.who import staff
from central.store.models import Case, Grant, User
from kiosk.protocol.application import Answer, Finding, Item, MachineNote, Material, Mode, Page, Region
from tests.central.desk import HANDLING, PLACES, RECEIVING, people
from tests.central.rig import RunningCentre, application_of, number, ref, submit_directly

ITEMS = {Mode.FULL_ONLINE: ("C001", "异地就医结算备案")}
"""Item by mode; all others are C004, whose certificate has three points to check."""
OTHER_ITEM = ("C004", "养老保险关系转移接续")
NOTE = MachineNote(
    made_by="reader 1.0",
    findings=(Finding(code="name_found", confidence=0.97), Finding(code="seal_missing", confidence=0.81)),
)


@cache
def page_picture(words: str = "sample", width: int = 300, height: int = 420) -> bytes:
    """A small JPEG with some words on it."""
    image = Image.new("RGB", (width, height), "#f4f1e8")
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 20, width - 20, height - 20), outline="#444444", width=2)
    pen.text((40, 60), words, fill="#111111")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def open_desk(centre: RunningCentre) -> None:
    """Staff, and the four rights that places grant each other."""
    people(centre.parts)
    with centre.parts.database.writing() as session:
        for right in Right:
            session.add(
                Grant(
                    grantor_region="*",
                    grantee_region="*",
                    right=right,
                    since=datetime.now(UTC) - timedelta(days=400),
                )
            )


def hand_in(
    centre: RunningCentre,
    mode: Mode = Mode.COLLECT_AND_FORWARD,
    *,
    counter: int = 1,
    persona: str = "wang",
    handling: str = HANDLING,
    further: tuple[str, ...] = (),
    pages: tuple[bytes, ...] | None = None,
    materials: tuple[Material, ...] | None = None,
    **changes: Any,
) -> str:
    """Submit an application as a terminal does; returns its case number."""
    photos = list(pages or (page_picture(f"page {counter}"),))
    application, files = application_of(persona, number(counter), photos, signature=page_picture("signature"))
    item, name = ITEMS.get(mode, OTHER_ITEM)
    listed = materials or (
        Material(code="ID", name="身份证", met_by="card"),
        Material(
            code="CARD" if mode is Mode.FULL_ONLINE else "CERT",
            name="缴费凭证",
            pages=tuple(Page(file=ref(data), verdicts=("glare",), paper="a4", note=NOTE) for data in photos),
        ),
    )
    fields: dict[str, Any] = {
        "mode": mode,
        "item": Item(id=item, name=name, catalogue_version="2026-11-20.2"),
        "handling_region": Region(code=handling, name=PLACES[handling][1]),
        "further_handling_regions": tuple(Region(code=one, name=PLACES[one][1]) for one in further),
        "materials": listed,
        "form": (
            Answer(key="insured_at", label="参保地", value="平罗县"),
            Answer(key="spouse_number", label="配偶身份证号", value="199900198507300314"),
        ),
    }
    application = application.model_copy(update={**fields, **changes})
    return submit_directly(centre, application, files).case_number


def case_of(centre: RunningCentre, case_number: str) -> Case:
    """The row of a case, with its parts."""
    with centre.parts.database.reading() as session:
        case = session.scalars(select(Case).where(Case.case_number == case_number)).one()
        _ = case.sub_cases, case.files
        return case


def do(centre: RunningCentre, login: str, case_number: str, event: str, *, place: str = "", **given: Any) -> Performed:
    """`login` acts on the case as it is now, through the service."""
    case = case_of(centre, case_number)
    with centre.parts.database.reading() as session:
        who = staff(session.scalars(select(User).where(User.login == login)).one())
    part = next((one.id for one in case.sub_cases if one.region_code == place), None)
    return centre.parts.casework.perform(who, Act(case_number, event, case.version, sub_case_id=part, **given))


def collected(centre: RunningCentre, case_number: str, login: str = f"hall.{RECEIVING}") -> None:
    """Check every material and collect the case."""
    do(centre, login, case_number, "open_intake")
    case = case_of(centre, case_number)
    with centre.parts.database.writing() as session:
        who = staff(session.scalars(select(User).where(User.login == login)).one())
        office = centre.parts.casework.office
        for material in office.checklist(session, office.keys, case, office.setting(session, case).item):
            records.formal_check(office, session, session.merge(case), who, material, -1, passed=True)
    do(centre, login, case_number, "collect")


def decided(centre: RunningCentre, **changes: Any) -> str:
    """A case of full online handling that the handling place approved, with its result issued; its number."""
    number = hand_in(centre, Mode.FULL_ONLINE, **changes)
    do(centre, f"hall.{HANDLING}", number, "accept")
    do(centre, f"dept.{HANDLING}", number, "start_review")
    given = {"result_text": "准予备案", "result_number": "平医备〔2026〕88号"}
    do(centre, f"dept.{HANDLING}", number, "approve", extra=given)
    do(centre, f"dept.{HANDLING}", number, "issue_result", extra=given)
    return number
