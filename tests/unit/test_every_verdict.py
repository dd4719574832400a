"""The virtual desk shows every verdict and every finding on demand: from a knob of the dock to the word about the page.

Whoever shows the terminal, trains for it or tests it would otherwise look in vain for a sentence that the screens hold.
"""

from __future__ import annotations

from datetime import date

import cv2
import numpy as np
import pytest

from drivers.virtual.document_camera import VirtualDocumentCamera
from drivers.virtual.papers import BLANK
from drivers.virtual.personas import PERSONAS
from kiosk.findings import Expectation, FindingCode
from kiosk.materials.capture import preview, process
from kiosk.materials.files import load_image
from kiosk.materials.pages import CapturedPage, Code, Picture
from kiosk.materials.reading import read_page
from kiosk.visit.showing.hints import DOUBT_FROM

CERTIFICATE = "居住证明:wang"
LOOKS: dict[Code, tuple[str, str, str]] = {
    Code.OK: ("lay", CERTIFICATE, ""),
    Code.BLURRED: ("lay", CERTIFICATE, "blurred"),
    Code.GLARE: ("lay", CERTIFICATE, "glare"),
    Code.TOO_DARK: ("lay", CERTIFICATE, "dark"),
    Code.CUT_OFF: ("lay", CERTIFICATE, "cut_off"),
    Code.TOO_SMALL: ("lay", CERTIFICATE, "too_small"),
    Code.FINGER: ("lay", CERTIFICATE, "finger"),
    Code.TWO_SHEETS: ("lay", CERTIFICATE, "two_sheets"),
    Code.BLANK: ("lay", BLANK, ""),
    Code.NOT_A_DOCUMENT: ("put", "keys", ""),
    Code.NO_PAGE: ("clear", "", ""),
}
"""Knob, its value and the fault by which a verdict is shown. Two need more than one look, and have tests of their own."""
LIVE = (Code.OK, Code.BLURRED, Code.GLARE, Code.TOO_DARK, Code.CUT_OFF, Code.NOT_A_DOCUMENT, Code.NO_PAGE)
"""What the live picture tells already, so that such a page is not photographed by itself."""


@pytest.fixture
def camera() -> VirtualDocumentCamera:
    """Switched off: its pictures are asked for one by one."""
    return VirtualDocumentCamera()


def seen(camera: VirtualDocumentCamera, knob: str, value: str, fault: str = "") -> Picture:
    """What the terminal gets to see when somebody does this at the dock."""
    if fault:
        camera.faults.fail_repeatedly(fault)
    next(one for one in camera.knobs() if one.name == knob).turn(value)
    coded = np.frombuffer(camera.frame(0), np.uint8)
    return np.asarray(cv2.rotate(cv2.imdecode(coded, cv2.IMREAD_COLOR), cv2.ROTATE_90_CLOCKWISE), np.uint8)


def taken(camera: VirtualDocumentCamera, frame: Picture, earlier: CapturedPage | None = None) -> CapturedPage:
    known = [] if earlier is None else [(earlier.file.jpeg, earlier.fingerprint)]
    return process(frame, earlier=known, field_width_mm=float(camera.settings["field_width_mm"]))


@pytest.mark.req("R132")
@pytest.mark.parametrize("code", LOOKS)
def test_each_verdict_can_be_shown_at_the_dock(camera: VirtualDocumentCamera, code: Code) -> None:
    frame = seen(camera, *LOOKS[code])
    assert taken(camera, frame).verdict.worst is code
    if code in LIVE:
        assert preview(frame).code is code


def test_the_same_page_is_known_when_it_is_laid_down_again(camera: VirtualDocumentCamera) -> None:
    first = taken(camera, seen(camera, "lay", CERTIFICATE))
    again = taken(camera, seen(camera, "again", ""), first)
    assert again.verdict.codes == (Code.SAME_PAGE,)


def test_no_verdict_is_left_out() -> None:
    assert {*LOOKS, Code.SAME_PAGE, Code.UPSIDE_DOWN} == set(Code)


@pytest.mark.req("R132")
@pytest.mark.parametrize(
    ("doubt", "paper", "kind"),
    [
        (FindingCode.OTHER_KIND, "劳动合同:wang", "residence_certificate"),
        (FindingCode.OTHER_NUMBER, "居住证明:zhao", "residence_certificate"),
        (FindingCode.NAME_MISSING, "居住证明:zhao", "residence_certificate"),
        (FindingCode.EXPIRED, "居住证明:wang:expired", "residence_certificate"),
        (FindingCode.SEAL_MISSING, "居住证明:wang:no_seal", "residence_certificate"),
        (FindingCode.SIGNATURE_MISSING, "劳动合同:wang:no_signature", "labour_contract"),
        (FindingCode.NOTHING_READ, BLANK, "residence_certificate"),
    ],
)
def test_each_doubt_can_be_shown_at_the_dock_and_is_sure_enough_to_be_told(
    camera: VirtualDocumentCamera, doubt: FindingCode, paper: str, kind: str
) -> None:
    page = taken(camera, seen(camera, "lay", paper))
    wang = PERSONAS["wang"]
    reading = read_page(load_image(page.file.jpeg), Expectation((kind,), wang.name, wang.id_number, date(2026, 11, 20)))
    assert [one for one in reading.findings if one.code is doubt and one.confidence >= DOUBT_FROM[doubt]]


def test_a_page_that_lies_upside_down_is_read_and_turned(camera: VirtualDocumentCamera) -> None:
    page = taken(camera, seen(camera, "lay", CERTIFICATE, "upside_down"))
    wang = PERSONAS["wang"]
    expected = Expectation(("residence_certificate",), wang.name, wang.id_number, date(2026, 11, 20))
    reading = read_page(load_image(page.file.jpeg), expected)
    assert reading.turn == 180
    assert reading.has(FindingCode.NAME_FOUND)


def test_a_certificate_wider_than_the_desk_is_laid_along_it_and_turned_when_it_is_read(
    camera: VirtualDocumentCamera,
) -> None:
    page = taken(camera, seen(camera, "lay", "毕业证书:wang"))
    assert page.verdict.codes == (Code.OK,)
    assert read_page(load_image(page.file.jpeg), Expectation(("diploma",))).turn == 270
