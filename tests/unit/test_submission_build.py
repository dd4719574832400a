"""What the citizen entered reaches the staff whole: every answer with its question, every page by its digest."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

import pytest
from PIL import Image

from kiosk.catalogue import Catalogue
from kiosk.config import load
from kiosk.findings import Finding, FindingCode
from kiosk.identity import Applicant
from kiosk.materials.reading import MADE_BY
from kiosk.protocol import application as wire
from kiosk.protocol.agreements import USUAL_SCOPES, Agreements, LocalName
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.slip_number import make
from kiosk.submission.build import SIGNATURE_SIZE, Occasion, build, draw_signature
from kiosk.submission.slip import slip_for
from kiosk.visit.draft import Draft, MaterialDraft, Page
from tests.flows.house import house

PAGE = b"\xff\xd8 a page \xff\xd9"
OCCASION = Occasion(
    application_id=UUID(int=7),
    slip_number=make("150785", 1, 1),
    now=datetime(2026, 11, 20, 13, 35, tzinfo=UTC),
    terminal_id="T-1",
    receiving_region="150785",
    scope="cross_province",
    online=True,
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load()


def draft() -> Draft:
    return Draft(
        handling_region="640221",
        item_id="C001",
        mode="full_online",
        consented=True,
        applicant=Applicant("resident", "王小满", "199900199003070126", birth_date="1990-03-07", long_term=True),
        situation=MappingProxyType({"kind": "resident", "residence_proof": "yes"}),
        answers=MappingProxyType(
            {
                "medical_region": "150785",
                "medical_address": "河东街道12号",
                "insurance": "employee",
                "start_date": "2026-12-01",
                "phone": "19900000001",
                "notify": "phone_call",
            }
        ),
        materials=(MaterialDraft("RESID", (Page(PAGE, sha256_hex(PAGE), 10, 10, ("glare",)),)),),
        delivery="electronic",
        signature=(((0.1, 0.1), (0.5, 0.5)), ((0.2, 0.8),)),
    )


@pytest.mark.req("R002", "R069")
def test_an_application_holds_both_places_and_every_page_with_its_verdict(catalogue: Catalogue) -> None:
    application, files = build(draft(), catalogue, OCCASION)
    assert (application.receiving_region.code, application.handling_region.code) == ("150785", "640221")
    assert application.handling_region.name == "宁夏回族自治区石嘴山市平罗县"
    (residence,) = [material for material in application.materials if material.code == "RESID"]
    assert residence.pages[0].verdicts == ("glare",)
    assert files[residence.pages[0].file.sha256] == PAGE
    assert {ref.sha256 for ref in application.files()} == set(files)


def pages_of(catalogue: Catalogue, *pages: Page) -> tuple[wire.Page, ...]:
    """How these pages of one material travel."""
    given = replace(draft(), materials=(MaterialDraft("RESID", pages),))
    application, _ = build(given, catalogue, OCCASION)
    (residence,) = [material for material in application.materials if material.code == "RESID"]
    return residence.pages


def test_staff_learn_what_a_page_is_and_what_a_machine_read_on_it(catalogue: Catalogue) -> None:
    findings = (Finding(FindingCode.NAME_FOUND, 0.98765), Finding(FindingCode.EXPIRED, 0.9, "2024-05-01"))
    sheet = Page(PAGE, sha256_hex(PAGE), 10, 10, ("ok",), paper="a4", dpi=200, sides=2, findings=findings)
    (page,) = pages_of(catalogue, sheet)
    assert (page.verdicts, page.paper, page.dpi, page.sides) == ((), "a4", 200, 2)
    assert page.note is not None
    assert page.note.made_by == MADE_BY
    assert [(one.code, one.confidence, one.value) for one in page.note.findings] == [
        ("name_found", 0.99, ""),
        ("expired", 0.9, "2024-05-01"),
    ]


def test_a_page_that_was_not_read_has_no_note_and_one_without_findings_an_empty_one(catalogue: Catalogue) -> None:
    unread = Page(PAGE, sha256_hex(PAGE), 10, 10)
    (page,) = pages_of(catalogue, unread)
    assert (page.note, page.paper, page.dpi) == (None, "free", 0)
    (page,) = pages_of(catalogue, replace(unread, findings=()))
    assert page.note is not None
    assert page.note.findings == ()


def test_no_application_fails_for_what_a_machine_said_of_it(catalogue: Catalogue) -> None:
    findings = (Finding(FindingCode.OTHER_KIND, 1.0000001, "x" * 500), Finding(FindingCode.VALID, -0.1))
    findings = (Finding(FindingCode.SEAL_FOUND, math.nan), *findings * 60)
    (page,) = pages_of(catalogue, Page(PAGE, sha256_hex(PAGE), 10, 10, dpi=90_000, findings=findings))
    assert page.note is not None
    assert {one.confidence for one in page.note.findings} == {0.0, 1.0}
    assert page.dpi == 0


def test_answers_travel_in_the_words_the_staff_read(catalogue: Catalogue) -> None:
    application, _ = build(draft(), catalogue, OCCASION)
    assert [(a.label, a.value) for a in application.situations] == [
        ("您为什么去外地看病？", "长期住在外地"),
        ("您有居住证明吗？", "有"),
    ]
    form = {answer.key: answer.value for answer in application.form}
    assert form["medical_region"] == "内蒙古自治区呼伦贝尔市根河市 150785"
    assert form["insurance"] == "职工医保"


@pytest.mark.req("R124")
def test_an_application_is_bound_to_the_catalogue_it_was_filled_in_under(catalogue: Catalogue) -> None:
    application, _ = build(draft(), catalogue, OCCASION)
    assert application.item.catalogue_version == catalogue.version


@pytest.mark.req("R016")
def test_a_wish_to_be_called_is_kept(catalogue: Catalogue) -> None:
    application, _ = build(draft(), catalogue, OCCASION)
    assert application.notify_by_phone
    assert application.phone == "19900000001"


@pytest.mark.req("R055")
def test_a_result_by_post_has_recipient_and_whole_address(catalogue: Catalogue) -> None:
    posted = replace(
        draft(),
        delivery="ems_to_applicant",
        answers=MappingProxyType({**draft().answers, "mail_region": "150785", "mail_address": "示例街1号"}),
    )
    application, _ = build(posted, catalogue, OCCASION)
    assert application.delivery.recipient == "王小满"
    assert application.delivery.address == "内蒙古自治区呼伦贝尔市根河市示例街1号"


@pytest.mark.req("R111")
def test_the_place_to_collect_the_result_at_is_named_when_it_is_not_this_one(catalogue: Catalogue) -> None:
    here = replace(draft(), delivery="pickup_at_desk")
    assert build(here, catalogue, OCCASION)[0].delivery.pickup is None
    application, _ = build(replace(here, pickup_region="340223"), catalogue, OCCASION)
    assert application.delivery.pickup == wire.Region(code="340223", name="安徽省芜湖市南陵县")
    with pytest.raises(ValueError, match="nothing is collected"):
        wire.Delivery(method=wire.DeliveryMethod.ELECTRONIC, pickup=application.delivery.pickup)


@pytest.mark.req("R166")
def test_pages_of_a_situation_that_was_changed_afterwards_stay_behind(catalogue: Catalogue) -> None:
    changed = replace(draft(), situation=MappingProxyType({"kind": "resident", "residence_proof": "no"}))
    application, files = build(changed, catalogue, OCCASION)
    assert sha256_hex(PAGE) not in files
    assert set(files) == {ref.sha256 for ref in application.files()}


def test_a_submission_without_the_network_says_so(catalogue: Catalogue) -> None:
    application, _ = build(draft(), catalogue, replace(OCCASION, online=False))
    assert application.network_away


def test_the_signature_is_what_was_drawn() -> None:
    picture = Image.open(io.BytesIO(draw_signature((((0.0, 0.5), (1.0, 0.5)),))))
    assert picture.size == SIGNATURE_SIZE
    assert picture.getpixel((600, 240)) == 0
    assert picture.getpixel((600, 60)) == 255


@pytest.mark.req("R115", "R137")
def test_the_slip_names_the_scope_in_the_words_of_the_place() -> None:
    config = load(Path(__file__).parents[2] / "config.toml", check_devices=False)
    local = LocalName(place="1507", zh="跨省帮办", en="Across provinces")
    scopes = [one.model_copy(update={"local": (local,) * (one.code == "cross_province")}) for one in USUAL_SCOPES]
    for agreements, name in ((Agreements(), "跨省通办"), (Agreements(tuple(scopes)), "跨省帮办")):
        there = replace(house(), agreements=agreements)
        at = datetime(2026, 11, 20, 13, 35)
        slip = slip_for(draft(), there, config, OCCASION.slip_number, "7K4M9Q2P", at, online=True, copy=0)
        assert name in str(slip)


def test_an_unfinished_draft_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(ValueError, match="nobody applies"):
        build(Draft(), catalogue, OCCASION)
