"""Finding the page, on drawn desks whose corners are known exactly, and in pictures of anything at all.

A citizen would lose a strip of the page if an edge were missed, and a trip if no page were found where one lies.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.virtual.desk import Blemish, Desk, Lying, Scene, Sheet, View, render, sensor_noise
from drivers.virtual.papers import BLANK, paper
from drivers.virtual.personas import PERSONAS
from kiosk.materials.guess import evidence
from kiosk.materials.locate import locate, locate_roughly, overlap
from kiosk.materials.pages import Located, Quad
from kiosk.materials.refit import Outline, refit
from kiosk.materials.sheets import are_whole, is_another, parts_of

CORNER_WITHIN = 1.0
"""Pixels of 1080 × 1920; a quarter of a millimetre of paper."""
ROUGHLY_WITHIN = 6.0


@cache
def seen(
    desk: Desk, kind: str = "居住证明", blemish: Blemish | None = None, seed: int = 21, k1: float = -0.015
) -> View:
    """A drawn desk with its sensor noise."""
    blemishes = frozenset() if blemish is None else frozenset({blemish})
    sheet = paper(kind, PERSONAS["wang"]) if kind else None
    return noisy(render(Scene(desk=desk, sheet=sheet, seed=seed, lamp=seed, blemishes=blemishes, k1=k1)))


def noisy(view: View) -> View:
    height, width = view.pixels.shape[:2]
    pixels = cv2.add(view.pixels, sensor_noise(width, height, 3), dtype=cv2.CV_8U)
    return View(np.asarray(pixels, np.uint8), view.corners, view.others)


def worst_corner(located: Located, view: View) -> float:
    assert located.quad is not None
    assert view.corners is not None
    return float(np.linalg.norm(located.quad.points - Quad.of(view.corners).points, axis=1).max())


# Where the page lies


@pytest.mark.parametrize("desk", list(Desk))
@pytest.mark.parametrize("kind", ["居住证明", "居住证", BLANK])
def test_a_page_a_card_and_an_empty_sheet_are_found_to_the_pixel_on_every_desk(desk, kind):
    view = seen(desk, kind)
    located = locate(view.pixels)
    assert worst_corner(located, view) < CORNER_WITHIN
    assert located.sheets == 1
    assert located.confidence > 0.5
    assert worst_corner(locate_roughly(view.pixels), view) < ROUGHLY_WITHIN


@pytest.mark.parametrize("desk", list(Desk))
@pytest.mark.parametrize("blemish", [Blemish.FINGER, Blemish.GLARE, Blemish.DARK])
def test_a_finger_a_reflection_or_dim_light_does_not_move_the_page(desk, blemish):
    view = seen(desk, "劳动合同", blemish)
    assert worst_corner(locate(view.pixels), view) < CORNER_WITHIN


def test_a_lens_that_bends_the_sides_does_not_move_the_corners():
    view = seen(Desk.DARK_MAT, "劳动合同", k1=-0.06)
    assert worst_corner(locate(view.pixels), view) < CORNER_WITHIN


def test_a_curled_page_is_found_with_its_corners():
    view = seen(Desk.DARK_MAT, "劳动合同", Blemish.CURLED)
    assert worst_corner(locate(view.pixels), view) < ROUGHLY_WITHIN


def test_a_receipt_strip_is_found():
    face = np.full((1600, 400, 3), 235, np.uint8)
    for line in range(40):
        cv2.putText(face, "RICE 12.50", (40, 60 + 38 * line), cv2.FONT_HERSHEY_SIMPLEX, 1, (70, 70, 70), 2)
    view = noisy(render(Scene(desk=Desk.WOOD, sheet=Sheet(face, 58, 232), seed=5)))
    assert worst_corner(locate(view.pixels), view) < CORNER_WITHIN


@pytest.mark.parametrize("desk", list(Desk))
@pytest.mark.parametrize("blemish", [None, Blemish.DARK])
def test_an_empty_desk_has_no_page(desk, blemish):
    view = seen(desk, "", blemish)
    assert locate(view.pixels) == Located(None)
    assert locate_roughly(view.pixels) == Located(None)


def test_a_page_that_leaves_the_picture_is_given_corners_at_or_beyond_the_rim():
    view = seen(Desk.GREY, "劳动合同", Blemish.CUT_OFF)
    quad = locate(view.pixels).quad
    assert quad is not None
    assert quad.points[:, 0].max() > 1070
    assert Quad.of(view.corners).points[0] == pytest.approx(quad.points[0], abs=2)


def test_in_a_frame_four_times_as_large_the_corners_are_the_same():
    view = seen(Desk.WOOD)
    large = cv2.resize(view.pixels, (2160, 3840), interpolation=cv2.INTER_LINEAR)
    quad = locate(large).quad
    assert quad is not None
    small = View(view.pixels, view.corners)
    assert worst_corner(Located(quad.scaled(0.5), 1.0, 1), small) < CORNER_WITHIN


# How many sheets


@pytest.mark.parametrize("desk", list(Desk))
@pytest.mark.parametrize("kind", ["劳动合同", "居住证", "常住人口登记卡"])
def test_two_sheets_are_said_to_be_two_and_the_one_that_counts_is_whole(desk, kind):
    view = seen(desk, kind, Blemish.TWO_SHEETS)
    located = locate(view.pixels)
    assert located.sheets == 2
    assert view.corners is not None
    assert (
        min(worst_corner(located, View(view.pixels, corners)) for corners in (view.corners, *view.others))
        < ROUGHLY_WITHIN
    )


def test_two_pages_side_by_side_are_two_sheets():
    page = paper("劳动合同", PERSONAS["wang"])
    pair = Scene(sheet=page, width=1920, height=1080, field_mm=330, at_mm=(-115, 0), others=(Lying(page, (110, 5), 3),))
    assert locate(noisy(render(pair)).pixels).sheets == 2


@pytest.mark.parametrize("desk", list(Desk))
def test_two_cards_that_lie_anyhow_are_two_sheets_in_the_live_picture_too(desk):
    card, other = (paper(kind, PERSONAS["wang"]) for kind in ("居民身份证人像面", "居住证"))
    view = noisy(render(Scene(desk=desk, sheet=card, at_mm=(-20, -50), others=(Lying(other, (15, 40)),))))
    assert view.corners is not None
    for find, within in ((locate, CORNER_WITHIN), (locate_roughly, ROUGHLY_WITHIN)):
        located = find(view.pixels)
        assert located.sheets == 2
        assert min(worst_corner(located, View(view.pixels, one)) for one in (view.corners, *view.others)) < within


def test_a_card_beside_a_page_is_a_second_sheet():
    page, card = (paper(kind, PERSONAS["wang"]) for kind in ("劳动合同", "居住证"))
    scene = Scene(sheet=page, field_mm=340, at_mm=(-40, 0), others=(Lying(card, (115, 40), 5),))
    view = noisy(render(scene))
    located = locate(view.pixels)
    assert located.sheets == 2
    assert worst_corner(located, view) < CORNER_WITHIN


@pytest.mark.parametrize("blemish", [Blemish.FINGER, Blemish.CURLED, Blemish.CRUMPLED, Blemish.CUT_OFF])
@pytest.mark.parametrize(
    ("desk", "kind"), [(Desk.WHITE, "常住人口登记卡"), (Desk.WOOD, "劳动合同"), (Desk.GREY, "居住证")]
)
def test_one_sheet_that_does_not_lie_well_is_still_one(desk, kind, blemish):
    view = seen(desk, kind, blemish)
    assert locate(view.pixels).sheets == 1
    assert locate_roughly(view.pixels).sheets == 1


def test_a_table_or_a_crease_makes_no_second_sheet():
    size = (640, 640)
    page = np.array([[100, 100], [500, 100], [500, 600], [100, 600]], np.float64)
    table, upper_half = page * 0.7 + np.array([90, 105]), page.copy()
    upper_half[2:, 1] = 380
    picture = np.full((*size, 3), 90, np.float32)
    picture[100:600, 100:500] = 200
    picture[380:600, 100:500] = 190
    picture[table[0, 1].astype(int) : table[2, 1].astype(int), table[0, 0].astype(int) : table[1, 0].astype(int)] -= 25
    quads = np.array([page, table, upper_half])
    whole = quads[are_whole(evidence(picture, quads, np.zeros((3, 4)), 3.0))]
    assert len(parts_of(page, 0.8, whole)) == 0
    assert not is_another(page, whole)
    # The same half is a sheet of its own where the page's sides end with it.
    picture[380:600, 100:500] = 90
    whole = quads[are_whole(evidence(picture, quads, np.zeros((3, 4)), 3.0))]
    assert len(parts_of(page, 0.8, whole)) == 1


# However it lies


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_picture_turned_by_quarters_gives_the_corners_turned_by_quarters(quarters):
    view = seen(Desk.WOOD, "劳动合同")
    turned = np.ascontiguousarray(np.rot90(view.pixels, quarters))
    quad = locate(turned).quad
    assert quad is not None
    corners = Quad.of(view.corners).points
    height, width = view.pixels.shape[:2]
    for _ in range(quarters):
        corners, (height, width) = np.c_[corners[:, 1], width - 1 - corners[:, 0]], (width, height)
    assert np.linalg.norm(quad.points - Quad.of(corners).points, axis=1).max() < CORNER_WITHIN


@pytest.mark.parametrize("angle", [20, 45, 70])
def test_a_page_laid_askew_is_found(angle):
    view = seen(Desk.GREY, "退休证")
    assert view.corners is not None
    matrix = cv2.getRotationMatrix2D((540, 960), angle, 1.0)
    turned = cv2.warpAffine(view.pixels, matrix, (1080, 1920), borderMode=cv2.BORDER_REFLECT)
    truth = View(np.asarray(turned, np.uint8), view.corners @ matrix[:, :2].T + matrix[:, 2])
    assert worst_corner(locate(truth.pixels), truth) < 2 * CORNER_WITHIN


# Whatever is shown


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 300),
    st.integers(1, 300),
    st.integers(0, 2**31),
    st.sampled_from(["noise", "flat", "boxes"]),
)
def test_no_picture_upsets_the_search_and_the_same_picture_gets_the_same_answer(width, height, seed, what):
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), rng.integers(0, 256, 3), np.uint8)
    if what == "noise":
        picture = rng.integers(0, 256, (height, width, 3), np.uint8)
    if what == "boxes":
        for _ in range(6):
            x, y = rng.integers(-20, 300, (2, 2))
            cv2.rectangle(picture, (int(x[0]), int(y[0])), (int(x[1]), int(y[1])), rng.integers(0, 256, 3).tolist(), -1)
    for find in (locate, locate_roughly):
        located = find(picture)
        assert located == find(picture)
        assert 0 <= located.confidence <= 1
        assert (located.quad is None) == (located.sheets == 0)
        if located.quad is not None:
            shares = (located.quad.points + 0.5) / (width, height)
            assert np.isfinite(shares).all()
            assert (shares > -0.11).all()
            assert (shares < 1.11).all()


@pytest.mark.parametrize("shape", [(4, 9000, 3), (9000, 20, 3), (30, 6000, 3), (6000, 6000, 3)])
def test_pictures_of_odd_shapes_are_searched_in_bounded_memory(shape):
    assert locate(np.zeros(shape, np.uint8)) == Located(None)


# The parts


def test_overlap_with_the_mask_is_intersection_over_union():
    mask = np.zeros((64, 64), np.float32)
    mask[16:48, 16:48] = 1
    square = np.array([[160, 160], [480, 160], [480, 480], [160, 480]], np.float64) - 0.5
    right_half = square + np.array([[160, 0], [0, 0], [0, 0], [160, 0]])
    elsewhere = square + np.array([320, 0])
    shares = overlap(mask, np.array([square, right_half, elsewhere, square[::-1]]), 640, 640)
    assert shares == pytest.approx([1.0, 0.5, 0.0, 1.0], abs=0.01)


def test_a_bent_side_is_followed_and_its_corners_are_where_the_curves_meet():
    picture = np.full((400, 600, 3), 60, np.uint8)
    x = np.linspace(100, 500, 200)
    top = 100 + 12 * (1 - ((x - 300) / 200) ** 2)
    shape = np.concatenate([np.c_[x, top], [[500, 300], [100, 300]]])
    cv2.fillPoly(picture, [np.rint(shape * 16).astype(np.int32)], (230, 230, 230), cv2.LINE_AA, 4)
    about = np.array([[104, 96], [497, 103], [503, 304], [96, 297]], np.float64)
    fitted = refit(picture, Outline.straight(about), 20.0)
    assert fitted.corners == pytest.approx(np.array([[100, 100], [500, 100], [500, 300], [100, 300]]), abs=1.0)
    assert fitted.bows == pytest.approx([12, 0, 0, 0], abs=0.5)
    assert (fitted.held > 0.9).all()


def test_a_side_without_an_edge_stays_where_it_was():
    flat = np.full((200, 200, 3), 128, np.uint8)
    about = np.array([[50, 50], [150, 52], [148, 150], [51, 149]], np.float64)
    fitted = refit(flat, Outline.straight(about), 6.0)
    assert fitted.corners == pytest.approx(about)
    assert (fitted.held == 0).all()
