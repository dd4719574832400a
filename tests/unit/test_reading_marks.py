"""Seeing a red seal, and whether somebody signed.

A citizen would travel home and be called back for a stamp or a signature that everybody could have seen was missing.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from drivers.virtual.papers import FORMS, Variant, paper
from drivers.virtual.personas import PERSONAS
from kiosk.materials.pages import Picture
from kiosk.materials.reading.lines import Box, Line
from kiosk.materials.reading.marks import look

WANG = PERSONAS["wang"]
FOUND = 0.4
SEALED = (
    "labour_contract",
    "posting_letter",
    "residence_certificate",
    "referral",
    "diploma",
    "household_register_page",
)
LABEL = Line("乙方（签字）：", 0.98, Box(60, 300, 260, 336))


def seal_of(kind: str, *variants: Variant, shade: float = 1.0) -> float:
    face = paper(kind, WANG, variants, pixels_per_mm=3.5).face
    return look(np.clip(face * shade, 0, 255).astype(np.uint8), []).seal


@pytest.mark.parametrize("kind", SEALED)
@pytest.mark.parametrize("shade", [1.0, 0.6], ids=["bright", "dim"])
def test_a_seal_is_seen_in_bright_and_in_dim_light(kind, shade):
    assert seal_of(kind, shade=shade) >= FOUND


@pytest.mark.parametrize("kind", SEALED)
def test_a_page_without_its_seal_has_none_though_its_head_is_printed_in_red(kind):
    assert seal_of(kind, Variant.NO_SEAL) == 0


def test_a_seal_is_seen_whichever_way_the_page_was_scanned_and_over_print():
    face = paper("residence_certificate", WANG, pixels_per_mm=3.5).face
    for quarters in range(4):
        assert look(np.ascontiguousarray(np.rot90(face, quarters)), []).seal >= FOUND


def test_red_print_a_red_picture_and_a_red_cover_are_no_seals():
    assert "identity_card_face" in FORMS
    page = np.full((1200, 850, 3), 245, np.uint8)
    cv2.rectangle(page, (200, 200), (420, 420), (40, 40, 200), -1)
    assert look(page, []).seal < FOUND
    assert look(np.full((900, 640, 3), (40, 30, 150), np.uint8), []).seal < FOUND
    assert seal_of("identity_card_face") == 0


def signed_place() -> Picture:
    return np.full((600, 800, 3), 244, np.uint8)


def write(page: Picture, colour: tuple[int, int, int], width: int = 4) -> None:
    """Something like three characters behind the label."""
    for left in (280, 325, 370):
        cv2.line(page, (left, 305), (left + 28, 330), colour, width)
        cv2.line(page, (left + 28, 303), (left + 4, 334), colour, width)
        cv2.line(page, (left, 318), (left + 32, 316), colour, width)


@pytest.mark.parametrize("colour", [(120, 44, 32), (40, 40, 40), (132, 128, 128)], ids=["blue", "black", "pencil"])
def test_writing_beside_the_label_is_a_signature_whatever_the_pen(colour):
    page = signed_place()
    write(page, colour, width=2)
    (place,) = look(page, [LABEL]).places
    assert place.signed >= FOUND
    assert place.label == "乙方(签字)"


def test_an_empty_place_a_ruled_line_and_a_seal_are_no_signature():
    pages = [signed_place() for _ in range(3)]
    cv2.line(pages[1], (265, 336), (700, 336), (60, 60, 60), 2)
    write(pages[2], (44, 38, 206))
    for page in pages:
        assert [place.signed for place in look(page, [LABEL]).places] == [0.0]


def test_a_signature_that_was_read_as_text_counts_and_a_date_does_not():
    page = signed_place()
    for text, signed in (
        ("乙方（签字）：王小满", True),
        ("乙方（签字）：年月日", False),
        ("申请人签名：日期：", False),
    ):
        (place,) = look(page, [Line(text, 0.9, LABEL.box)]).places
        assert (place.signed >= FOUND) == signed, text


def test_a_date_beside_an_empty_place_is_no_signature():
    page = signed_place()
    cv2.putText(page, "2026-11-02", (430, 332), cv2.FONT_HERSHEY_SIMPLEX, 1, (40, 40, 40), 3)
    date = Line("2026年11月2日", 0.98, Box(428, 302, 640, 336))
    assert [place.signed for place in look(page, [LABEL, date]).places] == [0.0]
