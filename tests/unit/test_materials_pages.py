"""Finding, flattening and judging pages, on drawn desks whose corners are known exactly.

A citizen would lose a page if its edge were cut, if an unreadable picture went through, or if a good one were
refused again and again.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise, permutations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.virtual.desk import Blemish, Desk, Scene, Sheet, View, render, sensor_noise
from drivers.virtual.papers import BLANK, paper
from drivers.virtual.personas import PERSONAS
from kiosk.materials.judge import judge, measure
from kiosk.materials.locate import locate, locate_roughly
from kiosk.materials.pages import ADVICE, Code, PageVerdict, Quad
from kiosk.materials.rectify import page_size, rectify

CORNER_WITHIN = 5.0
"""Pixels of 1080 × 1920; about a millimetre of paper. The lens alone bends a side by two."""


@cache
def seen(desk: Desk, kind: str = "居住证明", blemish: Blemish | None = None, seed: int = 21) -> View:
    """A drawn desk with its sensor noise."""
    blemishes = frozenset() if blemish is None else frozenset({blemish})
    sheet = paper(kind, PERSONAS["wang"]) if kind else None
    view = render(Scene(desk=desk, sheet=sheet, seed=seed, lamp=seed, blemishes=blemishes))
    noisy = cv2.add(view.pixels, sensor_noise(1080, 1920, 3), dtype=cv2.CV_8U)
    return View(noisy, view.corners)


def worst_corner(quad: Quad | None, view: View) -> float:
    assert quad is not None
    assert view.corners is not None
    return float(np.linalg.norm(quad.points - view.corners, axis=1).max())


# Locating


@pytest.mark.parametrize("desk", list(Desk))
@pytest.mark.parametrize("kind", ["居住证明", "户口本", "空白页"])
def test_a_page_is_found_to_the_millimetre_on_every_desk(desk, kind):
    view = seen(desk, kind)
    assert worst_corner(locate(view.pixels), view) < CORNER_WITHIN


@pytest.mark.parametrize("desk", list(Desk))
@pytest.mark.parametrize("blemish", [Blemish.FINGER, Blemish.GLARE, Blemish.DARK])
def test_a_finger_a_reflection_or_dim_light_does_not_move_the_page(desk, blemish):
    view = seen(desk, "劳动合同", blemish)
    assert worst_corner(locate(view.pixels), view) < CORNER_WITHIN


@pytest.mark.parametrize("desk", list(Desk))
def test_an_empty_desk_has_no_page(desk):
    view = seen(desk, "")
    assert locate(view.pixels) is None
    assert locate_roughly(view.pixels) is None


@pytest.mark.parametrize("turned", [cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180])
def test_a_page_is_found_whichever_way_it_lies(turned):
    view = seen(Desk.WOOD, "转诊证明")
    quad = locate(cv2.rotate(view.pixels, turned))
    assert quad is not None
    assert quad.area == pytest.approx(Quad.of(view.corners).area, rel=0.01)


@pytest.mark.parametrize("angle", [20, 45, 70])
def test_a_page_laid_askew_is_found(angle):
    view = seen(Desk.GREY, "户口本")
    assert view.corners is not None
    matrix = cv2.getRotationMatrix2D((540, 960), angle, 1.0)
    turned = cv2.warpAffine(view.pixels, matrix, (1080, 1920), borderMode=cv2.BORDER_REFLECT)
    truth = Quad.of(view.corners @ matrix[:, :2].T + matrix[:, 2])
    quad = locate(turned)
    assert quad is not None
    assert np.linalg.norm(quad.points - truth.points, axis=1).max() < CORNER_WITHIN


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**31), st.booleans())
def test_no_picture_however_small_or_noisy_upsets_the_search(width, height, seed, flat):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (1, 1, 3) if flat else (height, width, 3), np.uint8)
    picture = np.ascontiguousarray(np.broadcast_to(picture, (height, width, 3)))
    quad = locate(picture)
    if quad is not None:
        assert np.isfinite(quad.points).all()
        judge(rectify(picture, quad), quad, picture)


# Corners


@given(st.permutations([(10.0, 12.0), (200.0, 20.0), (190.0, 300.0), (5.0, 280.0)]))
def test_corners_are_named_the_same_in_whatever_order_they_come(corners):
    quad = Quad.of(np.array(corners))
    assert (quad.top_left, quad.top_right) == ((10.0, 12.0), (200.0, 20.0))
    assert (quad.bottom_right, quad.bottom_left) == ((190.0, 300.0), (5.0, 280.0))


def test_a_scaled_quad_covers_the_same_part_of_the_scaled_picture():
    whole = Quad((-0.5, -0.5), (99.5, -0.5), (99.5, 49.5), (-0.5, 49.5))
    assert whole.area == 5000
    assert whole.scaled(0.5) == Quad((-0.5, -0.5), (49.5, -0.5), (49.5, 24.5), (-0.5, 24.5))


# Flattening


def test_the_flat_page_has_the_paper_in_its_corners_and_its_words_in_place():
    face = np.full((1782, 1260, 3), 250, np.uint8)
    for number, (x, y) in enumerate([(60, 60), (1200, 60), (1200, 1722), (60, 1722)]):
        cv2.circle(face, (x, y), 25, [(0, 0, 255), (0, 255, 0), (255, 0, 0), (0, 0, 0)][number], -1)
    view = render(Scene(sheet=Sheet(face, 210, 297), seed=4))
    assert view.corners is not None
    page = rectify(view.pixels, Quad.of(view.corners))
    height, width = page.shape[:2]

    assert height / width == pytest.approx(297 / 210, rel=0.002)
    for (x, y), colour in zip(
        [(60, 60), (1200, 60), (1200, 1722), (60, 1722)],
        [(0, 0, 200), (0, 200, 0), (200, 0, 0), (0, 0, 0)],
        strict=True,
    ):
        pixel = page[round(y / 1782 * height), round(x / 1260 * width)].astype(int)
        assert np.abs(pixel - colour).max() < 70


def test_a_flat_page_invents_no_pixels_and_only_a4_is_given_its_exact_ratio():
    a4 = Quad((100, 100), (1000, 100), (1000, 1400), (100, 1400))
    assert page_size(a4) == (919, 1300)
    card = Quad((0, 0), (856, 0), (856, 540), (0, 540))
    assert page_size(card) == (856, 540)


# Judging


def verdict_on(view: View) -> PageVerdict:
    quad = locate(view.pixels)
    return judge(None if quad is None else rectify(view.pixels, quad), quad, view.pixels)


@pytest.mark.req("R132")
@pytest.mark.parametrize("desk", list(Desk))
@pytest.mark.parametrize("kind", ["居住证明", "劳动合同", "户口本", "社保卡业务登记表"])
def test_a_good_page_is_accepted(desk, kind):
    verdict = verdict_on(seen(desk, kind))
    assert verdict.codes == (Code.OK,)
    assert verdict.accepted


@pytest.mark.req("R132")
@pytest.mark.parametrize("desk", [Desk.DARK_MAT, Desk.WOOD])
@pytest.mark.parametrize(
    ("blemish", "code"),
    [
        (Blemish.BLURRED, Code.BLURRED),
        (Blemish.GLARE, Code.GLARE),
        (Blemish.DARK, Code.TOO_DARK),
        (Blemish.CUT_OFF, Code.CUT_OFF),
    ],
)
def test_each_flaw_is_named_and_the_page_refused(desk, blemish, code):
    verdict = verdict_on(seen(desk, "劳动合同", blemish))
    assert verdict.worst is code
    assert not verdict.accepted


def test_a_blank_page_is_warned_of_and_yet_accepted():
    verdict = verdict_on(seen(Desk.WOOD, BLANK))
    assert verdict.codes == (Code.BLANK,)
    assert verdict.accepted


def test_a_page_with_one_handwritten_line_is_not_blank():
    face = np.full((1782, 1260, 3), 246, np.uint8)
    face[200:260, 100:700] = paper("居住证明", PERSONAS["wang"]).face[400:460, 180:780]
    view = render(Scene(sheet=Sheet(face, 210, 297), seed=8))
    assert Code.BLANK not in verdict_on(view).codes


def test_no_page_is_said_as_such_and_in_the_dark_the_light_comes_first():
    for desk in Desk:
        assert verdict_on(seen(desk, "")).codes == (Code.NO_PAGE,)
        assert verdict_on(seen(desk, "", Blemish.DARK)).codes == (Code.TOO_DARK, Code.NO_PAGE)


def test_a_page_far_away_is_too_small():
    view = seen(Desk.DARK_MAT, "居住证明")
    far = cv2.resize(view.pixels, None, fx=0.24, fy=0.24, interpolation=cv2.INTER_AREA)
    assert Code.TOO_SMALL in verdict_on(View(far, None)).codes


def test_sharpness_falls_with_blur_and_not_with_ink():
    page = rectify(seen(Desk.GREY).pixels, Quad.of(seen(Desk.GREY).corners))
    steps = [measure(cv2.GaussianBlur(page, (0, 0), sigma)).sharpness for sigma in (0.3, 1.0, 1.6, 2.5)]
    assert all(sharper > softer + 0.03 for sharper, softer in pairwise(steps))

    half_empty = page.copy()
    half_empty[page.shape[0] // 3 :] = page[-60, page.shape[1] // 2]
    assert measure(half_empty).sharpness == pytest.approx(steps[0], abs=0.05)


def test_every_code_has_its_sentence_and_the_glossary_decides_the_words():
    assert set(ADVICE) == set(Code)
    assert all(advice.zh and advice.en for advice in ADVICE.values())
    assert ADVICE[Code.BLURRED].zh == "拍得不清楚，请放平再拍"
    assert ADVICE[Code.GLARE].zh == "有反光，请换个角度"
    assert ADVICE[Code.CUT_OFF].zh == "四边没拍全，请放到框内"


def test_the_order_of_corners_does_not_change_what_is_cut_out():
    view = seen(Desk.WOOD)
    assert view.corners is not None
    pages = {rectify(view.pixels, Quad.of(view.corners[list(order)])).tobytes() for order in permutations(range(4))}
    assert len(pages) == 1
