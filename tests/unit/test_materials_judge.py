"""Is a page good enough? On drawn desks, each with one flaw that is known.

A citizen would lose an application to an unreadable page that went through, or their patience to a good one that is
refused again and again.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import pytest

from drivers.virtual.desk import Blemish, Desk, Scene, Sheet, View, render, sensor_noise
from drivers.virtual.desk.things import thing
from drivers.virtual.papers import BLANK, KINDS, paper
from drivers.virtual.personas import PERSONAS
from kiosk.materials.capture import process
from kiosk.materials.judge import judge, judge_live
from kiosk.materials.measure import looks_like_document, measure
from kiosk.materials.pages import Code, Located, PageVerdict, PaperFormat, Picture, Quad
from kiosk.materials.rectify import Rectified, rectify

FINE = (Code.OK,)
CERTIFICATE = "居住证明"
CONTRACT = "劳动合同"


@cache
def seen(desk: Desk, kind: str = CERTIFICATE, *blemishes: Blemish, seed: int = 21, skin: int = 0) -> View:
    """A drawn desk with its sensor noise."""
    sheet = paper(kind, PERSONAS["wang"]) if kind else None
    view = render(Scene(desk=desk, sheet=sheet, seed=seed, lamp=seed, skin=skin, blemishes=frozenset(blemishes)))
    return View(cv2.add(view.pixels, sensor_noise(1080, 1920, 3), dtype=cv2.CV_8U), view.corners)


def flat(view: View) -> Rectified:
    assert view.corners is not None
    return rectify(view.pixels, Quad.of(view.corners))


def verdict_on(view: View, sheets: int = 1) -> PageVerdict:
    """The judge's word on a page that was found exactly: finding it is another matter."""
    assert view.corners is not None
    return judge(flat(view), Located(Quad.of(view.corners), 1.0, sheets), view.pixels)


def moved(page: Picture, pixels: int, degrees: float) -> Picture:
    """The page as if it had been moved during the exposure."""
    trace = np.zeros((2 * pixels + 1, 2 * pixels + 1), np.float32)
    trace[pixels, pixels - pixels // 2 : pixels - pixels // 2 + pixels] = 1
    turn = cv2.getRotationMatrix2D((pixels, pixels), degrees, 1)
    trace = cv2.warpAffine(trace, turn, trace.shape[::-1])
    return np.asarray(cv2.filter2D(page, -1, trace / trace.sum()), np.uint8)


# Good pages


@pytest.mark.req("R132")
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in (BLANK, "毕业证书")])
def test_a_good_page_of_any_kind_is_accepted(kind):
    desk = list(Desk)[list(KINDS).index(kind) % len(Desk)]
    assert verdict_on(seen(desk, kind)).codes == FINE


@pytest.mark.parametrize("desk", list(Desk))
def test_a_good_page_is_accepted_on_any_desk(desk):
    assert verdict_on(seen(desk, CONTRACT)).codes == FINE


def test_a_page_with_one_handwritten_line_is_not_blank():
    face = np.full((1782, 1260, 3), 246, np.uint8)
    cv2.putText(face, "I agree. Wang", (180, 420), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 2, (120, 50, 40), 3, cv2.LINE_AA)
    view = render(Scene(sheet=Sheet(face, 210, 297), seed=8))
    assert Code.BLANK not in verdict_on(view).codes


# One flaw each


@pytest.mark.req("R132")
@pytest.mark.parametrize("desk", [Desk.DARK_MAT, Desk.WOOD])
@pytest.mark.parametrize(
    ("blemish", "code"),
    [
        (Blemish.BLURRED, Code.BLURRED),
        (Blemish.SHAKEN, Code.BLURRED),
        (Blemish.GLARE, Code.GLARE),
        (Blemish.DARK, Code.TOO_DARK),
        (Blemish.CUT_OFF, Code.CUT_OFF),
        (Blemish.TOO_SMALL, Code.TOO_SMALL),
        (Blemish.FINGER, Code.FINGER),
    ],
)
def test_each_flaw_is_named_and_the_page_refused(desk, blemish, code):
    verdict = verdict_on(seen(desk, CONTRACT, blemish))
    assert verdict.worst is code
    assert not verdict.accepted


def test_a_second_sheet_is_told():
    assert verdict_on(seen(Desk.WOOD), sheets=2).codes == (Code.TWO_SHEETS,)


def test_a_blank_page_is_warned_of_and_yet_accepted():
    verdict = verdict_on(seen(Desk.WOOD, BLANK))
    assert verdict.codes == (Code.BLANK,)
    assert verdict.accepted


@pytest.mark.parametrize("desk", list(Desk))
def test_no_page_is_said_as_such_and_in_the_dark_the_light_comes_first(desk):
    nothing = Located(None)
    assert judge(None, nothing, seen(desk, "").pixels).codes == (Code.NO_PAGE,)
    assert judge(None, nothing, seen(desk, "", Blemish.DARK).pixels).codes == (Code.TOO_DARK, Code.NO_PAGE)


def test_a4_is_too_small_when_its_text_is_and_a_card_of_as_many_pixels_is_not():
    view = seen(Desk.DARK_MAT)
    far = cv2.resize(view.pixels, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
    assert view.corners is not None
    assert verdict_on(View(far, view.corners * 0.7)).codes == (Code.TOO_SMALL,)
    assert verdict_on(seen(Desk.DARK_MAT, "居民身份证人像面")).codes == FINE


# Sharpness


def test_sharpness_falls_with_blur_and_not_with_ink():
    page = flat(seen(Desk.GREY)).picture
    steps = [measure(cv2.GaussianBlur(page, (0, 0), sigma)).sharpness for sigma in (0.3, 1.0, 1.6, 2.5)]
    assert all(sharper > softer + 0.03 for sharper, softer in pairwise(steps))

    half_empty = page.copy()
    half_empty[page.shape[0] // 3 :] = page[-60, page.shape[1] // 2]
    assert measure(half_empty).sharpness == pytest.approx(steps[0], abs=0.05)


@pytest.mark.parametrize("degrees", [0, 45, 90, 120])
def test_a_page_that_was_moved_is_blurred_whichever_way(degrees):
    view = seen(Desk.GREY, CONTRACT)
    page = flat(view)
    shaken = Rectified(moved(page.picture, 8, degrees), page.format, page.dpi)
    located = Located(Quad.of(view.corners), 1.0, 1)
    assert judge(page, located, view.pixels).codes == FINE
    assert judge(shaken, located, view.pixels).codes == (Code.BLURRED,)


# Light


def test_a_well_lit_page_that_is_nearly_white_all_over_is_not_glare():
    page = flat(seen(Desk.WOOD, CONTRACT)).picture
    assert measure(page).glare == 0
    assert measure(cv2.convertScaleAbs(page, alpha=1.13)).glare == 0
    assert measure(flat(seen(Desk.WOOD, CONTRACT, Blemish.GLARE)).picture).glare > 0.03


def test_a_dark_card_in_good_light_is_not_in_the_dark():
    card = flat(seen(Desk.DARK_MAT, "银行卡"))
    darker = Rectified(cv2.convertScaleAbs(card.picture, alpha=0.55), card.format, card.dpi)
    assert measure(darker.picture).brightness < 130
    view = seen(Desk.DARK_MAT, "银行卡")
    assert Code.TOO_DARK not in judge(darker, Located(Quad.of(view.corners), 1.0, 1), view.pixels).codes


# Is it a document at all?


@pytest.mark.parametrize("name", ["bag", "hand", "phone"])
def test_things_that_are_no_documents_are_told(name):
    view = render(Scene(desk=Desk.GREY, sheet=thing(name), seed=5))
    face = thing(name)
    middle = np.array([view.pixels.shape[1], view.pixels.shape[0]]) / 2
    half = np.array([face.width_mm, face.height_mm]) * 0.3 * view.pixels.shape[1] / 252
    x, y = np.maximum(middle - half, 0).astype(int)
    cut = view.pixels[y : int(middle[1] + half[1]), x : int(middle[0] + half[0])]
    assert not looks_like_document(cut)


@pytest.mark.parametrize("desk", [Desk.DARK_MAT, Desk.GREEN_MAT, Desk.WHITE])
def test_a_patterned_cloth_is_no_document(desk):
    assert Code.NOT_A_DOCUMENT in process(render(Scene(desk=desk, sheet=thing("cloth"), seed=5)).pixels).verdict.codes


@pytest.mark.parametrize("tint", [(246, 246, 246), (190, 225, 245), (235, 200, 170), (200, 215, 250)])
def test_empty_paper_of_any_pale_colour_is_paper(tint):
    grain = np.random.default_rng(1).normal(0, 2, (700, 500, 3))
    assert looks_like_document(np.clip(grain + tint, 0, 255).astype(np.uint8))


def test_what_was_found_without_confidence_is_no_document():
    view = seen(Desk.GREY, CONTRACT)
    assert view.corners is not None
    unsure = Located(Quad.of(view.corners), 0.2, 1)
    assert judge(flat(view), unsure, view.pixels).codes == (Code.NOT_A_DOCUMENT,)
    assert judge_live(view.pixels, unsure) is Code.NOT_A_DOCUMENT


# On the live picture


@pytest.mark.parametrize(
    ("blemish", "code"),
    [(None, Code.OK), (Blemish.CUT_OFF, Code.CUT_OFF), (Blemish.DARK, Code.TOO_DARK)],
)
def test_the_live_picture_says_at_once_what_to_mend(blemish, code):
    view = seen(Desk.WOOD, CONTRACT, *(() if blemish is None else (blemish,)))
    small = cv2.resize(view.pixels, (540, 960), interpolation=cv2.INTER_AREA)
    assert judge_live(small, Located(Quad.of(view.corners).scaled(0.5), 1.0, 1)) is code


def test_the_live_picture_tells_of_no_sheet_of_two_and_of_darkness():
    lit, dark = seen(Desk.WOOD, "").pixels, seen(Desk.WOOD, "", Blemish.DARK).pixels
    assert judge_live(lit, Located(None)) is Code.NO_PAGE
    assert judge_live(dark, Located(None)) is Code.TOO_DARK
    quad = Quad((200, 200), (800, 200), (800, 1000), (200, 1000))
    assert judge_live(lit, Located(quad, 1.0, 2)) is Code.TWO_SHEETS


@pytest.mark.parametrize("size", [(1, 1), (2, 90), (63, 64), (64, 64), (65, 300), (66, 4000)])
def test_no_page_is_too_small_or_too_narrow_to_be_judged(size):
    page = Rectified(np.full((*size, 3), 200, np.uint8), PaperFormat.FREE, 0.0)
    quad = Quad((10, 10), (20, 10), (20, 20), (10, 20))
    codes = judge(page, Located(quad, 1.0, 1), np.zeros((60, 60, 3), np.uint8)).codes
    assert (Code.TOO_SMALL in codes) == (max(size) < 300)
