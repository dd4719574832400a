"""What a submission leaves behind: everything lists, clocks and notices need, and nothing that tells who it was."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, inspect, select

from central.centre import CentreParts
from central.new_cases import is_elderly
from central.store.models import Case, CaseEvent, Clock, Notice, Outbox, SubCase, Submission, Unit
from drivers.virtual.personas import PERSONAS
from kiosk.protocol.application import Application, Region
from kiosk.protocol.envelope import seal
from kiosk.protocol.messages import Submission as Message
from tests.central.rig import application_of, number

AT = datetime(2026, 11, 20, tzinfo=UTC)


def hand_in(parts: CentreParts, application: Application) -> Case:
    envelope = seal(application, {}, parts.keys.published.key())
    parts.intake.receive(Message.sealed(envelope.manifest, envelope.parts["application"]))
    with parts.database.reading() as session:
        return session.scalars(select(Case).where(Case.application_id == str(application.application_id))).one()


def count(parts: CentreParts, model: type) -> int:
    with parts.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_new_case_has_everything_that_lists_are_made_of(parts: CentreParts) -> None:
    person = PERSONAS["wang"]
    application, _ = application_of("wang", number(), [])
    case = hand_in(parts, application)
    assert case.case_number.startswith("150626-")
    assert case.case_number.endswith(f"-{case.seq:06d}")
    assert (case.state, case.version, case.mode, case.scope) == ("SUBMITTED", 1, "full_online", "cross_province")
    assert (case.receiving_code, case.handling_code) == ("150626", "640221")
    assert (case.item_id, case.catalogue_version, case.channel) == ("C001", "2026-11-20", "kiosk")
    assert case.sector
    assert (case.delivery, case.notify_by_phone, case.materials, case.pages) == ("ems_to_applicant", False, 1, 0)
    assert case.applicant_index == parts.keys.applicant_index(person.id_number)
    assert case.name_index == parts.keys.name_index(person.name)
    assert case.due_clock is not None
    assert case.due_at is not None
    assert case.due_at > case.received_at
    counts = [count(parts, model) for model in (Submission, Notice, Outbox, CaseEvent)]
    assert counts == [1, 1, 1, 1]
    assert count(parts, Clock) >= 1


@pytest.mark.parametrize("persona", ["wang", "foreigner_2023", "zhang"])
def test_no_column_of_any_table_tells_who_it_was(parts: CentreParts, persona: str) -> None:
    person = PERSONAS[persona]
    case = hand_in(parts, application_of(persona, number(), [])[0])
    secrets = [person.name, person.id_number, person.phone, person.address, person.mailing_address]
    with parts.database.reading() as session:
        for model in (Case, Submission, CaseEvent, Clock, Notice, Outbox):
            for row in session.scalars(select(model)):
                said = repr({column.key: getattr(row, column.key) for column in inspect(model).columns})
                assert not [secret for secret in secrets if secret and secret in said]
    assert case.id_masked[:6] == person.id_number[:6]
    assert case.id_masked[-4:] == person.id_number[-4:]
    assert set(case.id_masked[6:-4]) == {"*"}
    assert case.applicant_masked[1:] == "*" * (len(case.applicant_masked) - 1)


@pytest.mark.req("R160")
def test_the_hall_that_received_it_answers_for_it_and_its_profile_stays_with_the_case(parts: CentreParts) -> None:
    with parts.database.writing() as session:
        hall = Unit(
            code="GH", name="乌审旗政务服务大厅", short_name="乌审政服", region_code="150626", region_name="乌审旗",
            kind="hall", profile="genhe",
        )  # fmt: skip
        session.add(hall)
        session.flush()
        hall_id = hall.id
    case = hand_in(parts, application_of("wang", number(1), [])[0])
    assert (case.first_contact_unit_id, case.profile, case.paper_needed) == (hall_id, "genhe", True)
    with parts.database.writing() as session:
        session.get_one(Unit, hall_id).profile = "pingluo"
    assert hand_in(parts, application_of("liu", number(2), [])[0]).profile == "pingluo"
    with parts.database.reading() as session:
        assert session.get_one(Case, case.seq).profile == "genhe"


@pytest.mark.req("R091")
def test_the_elderly_get_the_green_lane(parts: CentreParts) -> None:
    application, _ = application_of("wang", number(), [])
    old = application.applicant.model_copy(update={"birth_date": date(1950, 1, 1)})
    young = application.applicant.model_copy(update={"birth_date": date(2000, 1, 1)})
    lanes = [
        hand_in(parts, application_of("wang", number(n), [])[0].model_copy(update={"applicant": person})).green_lane
        for n, person in enumerate((old, young), start=1)
    ]
    assert lanes == [True, False]


@pytest.mark.parametrize(
    ("born", "elderly"),
    [(date(1966, 11, 20), True), (date(1966, 11, 21), False), (date(1964, 2, 29), True), (None, False)],
)
def test_sixty_completed_years_open_the_green_lane(born: date | None, elderly: bool) -> None:
    assert is_elderly(born, date(2026, 11, 20)) is elderly


@pytest.mark.req("R007")
def test_several_handling_places_become_parts_of_one_case(parts: CentreParts) -> None:
    application, _ = application_of("wang", number(), [])
    further = (Region(code="510600", name="四川 德阳市"), Region(code="320100", name="江苏 南京市"))
    case = hand_in(parts, application.model_copy(update={"further_handling_regions": further}))
    with parts.database.reading() as session:
        places = session.scalars(select(SubCase.region_code).where(SubCase.case_seq == case.seq)).all()
    assert sorted(places) == ["320100", "510600", "640221"]


def test_case_numbers_are_never_given_twice(parts: CentreParts) -> None:
    numbers = [hand_in(parts, application_of("wang", number(n), [])[0]).case_number for n in range(1, 6)]
    assert len(set(numbers)) == 5
    assert numbers == sorted(numbers)
