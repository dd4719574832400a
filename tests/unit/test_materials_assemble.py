"""Turned pages, both sides of a card on one sheet, and the PDF: true in size, sharp, and without a trace of metadata."""

from __future__ import annotations

import io
import re

import cv2
import numpy as np
import pytest
from PIL import Image

from drivers.virtual.papers import paper
from drivers.virtual.personas import PERSONAS
from kiosk.materials.assemble import join_sides, pdf, turn_page
from kiosk.materials.files import PAGE_BYTES, density, encode_page, load_image
from kiosk.materials.pages import InvalidPicture, MaterialsError, PageFile, Picture

CARD_PIXELS = (674, 425)
"""Of an ID-1 card at 200 dpi."""


@pytest.fixture(scope="module")
def page() -> PageFile:
    face = cv2.resize(paper("劳动合同", PERSONAS["zhao"]).face, (1260, 1782), interpolation=cv2.INTER_AREA)
    return encode_page(face, 152.4)


def card(tint: tuple[int, int, int], width: int = CARD_PIXELS[0], dpi: float = 0.0) -> bytes:
    height = round(width * 53.98 / 85.6)
    return encode_page(np.full((height, width, 3), tint, np.uint8), dpi).jpeg


def where(sheet: Picture, tint: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, width and height of what has this colour."""
    like = (np.abs(sheet.astype(int) - tint).max(axis=2) < 30).astype(np.uint8)
    x, y, width, height = cv2.boundingRect(like)
    return x, y, width, height


BLUE, GREEN = (200, 60, 40), (60, 160, 60)


# Turning


@pytest.mark.parametrize(("degrees", "turn"), [(90, cv2.ROTATE_90_CLOCKWISE), (180, cv2.ROTATE_180), (270, 2)])
def test_a_page_is_turned_clockwise_and_keeps_its_scale(page, degrees, turn):
    turned = turn_page(page.jpeg, degrees)
    expected = cv2.rotate(load_image(page.jpeg), turn)
    assert (turned.height, turned.width) == expected.shape[:2]
    assert turned.dpi == density(turned.jpeg) == 152
    assert np.abs(load_image(turned.jpeg).astype(int) - expected).mean() < 1


def test_turning_all_the_way_round_costs_nothing_that_one_could_see(page):
    jpeg = page.jpeg
    for _ in range(4):
        jpeg = turn_page(jpeg, 90).jpeg
    loss = cv2.PSNR(load_image(jpeg), load_image(page.jpeg))
    assert loss > 38
    assert len(jpeg) < 1.2 * len(page.jpeg)


@pytest.mark.parametrize("degrees", [0, 45, 360, -30])
def test_only_quarters_are_turns(page, degrees):
    with pytest.raises(ValueError, match="90, 180 or 270"):
        turn_page(page.jpeg, degrees)


def test_what_is_no_picture_is_not_turned():
    with pytest.raises(InvalidPicture):
        turn_page(b"\xff\xd8 junk", 90)


# Both sides of a card


@pytest.mark.parametrize("dpi", [109.0, 187.0, 200.0])
def test_both_sides_stand_at_true_size_in_the_middle_of_one_a4_sheet_the_front_above(dpi):
    width = round(85.6 / 25.4 * dpi)
    joined = join_sides(card(BLUE, width), card(GREEN, width), dpi)
    sheet = load_image(joined.jpeg)
    height, across = sheet.shape[:2]
    assert height / joined.dpi * 25.4 == pytest.approx(297, abs=0.3)
    assert across / joined.dpi * 25.4 == pytest.approx(210, abs=0.3)

    front, back = where(sheet, BLUE), where(sheet, GREEN)
    for left, _, broad, high in (front, back):
        assert broad / joined.dpi * 25.4 == pytest.approx(85.6, abs=0.7)
        assert high / joined.dpi * 25.4 == pytest.approx(53.98, abs=0.7)
        assert left == pytest.approx((across - broad) / 2, abs=2)
    assert front[1] + front[3] < back[1]
    assert front[1] == pytest.approx(height - back[1] - back[3], abs=2)
    assert len(joined.jpeg) <= PAGE_BYTES


def test_sides_that_were_taken_at_different_scales_come_out_equally_large():
    joined = join_sides(card(BLUE, 674, 200.0), card(GREEN, 500, 148.4), 0)
    sheet = load_image(joined.jpeg)
    assert where(sheet, BLUE)[2] == pytest.approx(where(sheet, GREEN)[2], abs=3)


def test_sides_of_unknown_scale_get_the_width_of_a_card_and_none_is_made_larger():
    joined = join_sides(card(BLUE, 350), card(GREEN, 350), 0)
    _, _, width, _ = where(load_image(joined.jpeg), BLUE)
    assert width <= 350
    assert width / joined.dpi * 25.4 == pytest.approx(85.6, abs=0.8)


def test_sides_that_are_larger_than_a_card_still_fit_on_the_sheet():
    large = encode_page(np.full((2000, 1500, 3), BLUE, np.uint8)).jpeg
    joined = join_sides(large, large, 100.0)
    assert 1.41 < joined.height / joined.width < 1.42


# PDF


def test_the_pdf_holds_the_jpegs_as_they_are_in_their_true_size(page):
    small = card(BLUE, dpi=200.0)
    made = pdf([page.jpeg, small], [152.4, 200.0])
    assert page.jpeg in made
    assert small in made
    boxes = [tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox \[ ([0-9. ]+) \]", made)]
    millimetres = [(box[2] / 72 * 25.4, box[3] / 72 * 25.4) for box in boxes]
    assert millimetres[0] == pytest.approx((210, 297), abs=0.2)
    assert millimetres[1] == pytest.approx((85.6, 53.98), abs=0.2)


def test_a_page_of_unknown_scale_is_as_large_as_fits_on_a4(page):
    strip = encode_page(np.full((1600, 400, 3), 230, np.uint8)).jpeg
    (box,) = re.findall(rb"/MediaBox \[ 0 0 ([0-9.]+) ([0-9.]+) \]", pdf([strip], [0.0]))
    assert float(box[1]) == pytest.approx(841.7, abs=1)
    assert float(box[1]) / float(box[0]) == pytest.approx(4, rel=0.01)


def test_the_same_pages_give_the_same_bytes_without_dates_or_names(page):
    first, second = pdf([page.jpeg], [152.0]), pdf([page.jpeg], [152.0])
    assert first == second
    rest = first.replace(page.jpeg, b"")
    for trace in (b"Date", b"Producer", b"Creator", b"Author", b"img2pdf", b"Metadata", b"/ID"):
        assert trace not in rest


@pytest.mark.parametrize("pages", [[], [b""], [b"%PDF-1.7"], [b"\xff\xd8\xff"]])
def test_what_is_no_page_makes_no_pdf(pages):
    with pytest.raises(MaterialsError):
        pdf(pages, [0.0] * len(pages))


def test_the_pdf_opens_with_its_pictures_whole(page):
    made = pdf([page.jpeg], [152.4])
    start = made.index(b"\xff\xd8\xff\xe0")
    end = made.rindex(b"\xff\xd9") + 2
    assert Image.open(io.BytesIO(made[start:end])).size == (page.width, page.height)
