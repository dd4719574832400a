"""The same page taken twice is told, and two copies of one form are not taken for the same.

A citizen who lays the same page down twice forgets another one; one who is told so wrongly leaves out a family member's
page.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from drivers.virtual.desk import Blemish, Desk, Scene, render, sensor_noise
from drivers.virtual.papers import BLANK, paper
from drivers.virtual.personas import PERSONAS
from kiosk.materials.assemble import turn_page
from kiosk.materials.enhance import enhance
from kiosk.materials.files import encode_page
from kiosk.materials.pages import Picture, Quad
from kiosk.materials.rectify import rectify
from kiosk.materials.same_page import fingerprint, taken_before

KINDS = ["劳动合同", "常住人口登记卡", "居民身份证人像面", "居住证明"]


@cache
def shot(kind: str, person: str = "zhao", seed: int = 1, desk: Desk = Desk.WOOD, *blemishes: Blemish) -> Picture:
    """A page as it is cut out of one shot: each seed lays it down, lights it and finds its corners a little otherwise."""
    sheet = paper(kind, PERSONAS[person])
    view = render(Scene(desk=desk, sheet=sheet, seed=seed, lamp=3 * seed, blemishes=frozenset(blemishes)))
    assert view.corners is not None
    frame = cv2.add(view.pixels, sensor_noise(1080, 1920, seed), dtype=cv2.CV_8U)
    stray = np.random.default_rng(seed).normal(0, 2, (4, 2))
    return rectify(frame, Quad.of(view.corners + stray)).picture


def kept(page: Picture) -> tuple[bytes, str]:
    """The page as the visit keeps it."""
    return encode_page(enhance(page)).jpeg, fingerprint(page)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_page_is_known_again_in_other_light_on_another_desk(kind):
    others = [kept(shot(other)) for other in KINDS if other != kind]
    assert taken_before(shot(kind, seed=2, desk=Desk.DARK_MAT), [*others, kept(shot(kind))])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("person", ["liu", "zhang", "wang"])
def test_the_same_form_for_somebody_else_is_another_page(kind, person):
    assert not taken_before(shot(kind, person, seed=3), [kept(shot(kind))])


def test_other_pages_are_other_pages():
    assert not taken_before(shot(KINDS[0]), [kept(shot(kind)) for kind in KINDS[1:]])
    assert not taken_before(shot(KINDS[0]), [])


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_is_known_again_however_it_or_the_kept_one_was_turned(degrees):
    jpeg, mark = kept(shot("常住人口登记卡"))
    again = shot("常住人口登记卡", seed=2)
    assert taken_before(np.ascontiguousarray(np.rot90(again, degrees // 90)), [(jpeg, mark)])
    assert taken_before(again, [(turn_page(jpeg, degrees).jpeg, mark)])


def test_two_blank_pages_are_not_called_the_same():
    assert not taken_before(shot(BLANK, seed=2), [kept(shot(BLANK))])


@pytest.mark.parametrize("earlier", [(b"", ""), (b"\xff\xd8 no jpeg", "00" * 32), (b"junk", "not hexadecimal")])
def test_an_earlier_page_that_cannot_be_read_is_no_page(earlier):
    assert not taken_before(shot(KINDS[0]), [earlier])


def test_a_fingerprint_is_64_digits_and_says_nothing_about_blank_paper():
    assert len(fingerprint(shot(KINDS[0]))) == 64
    assert int(fingerprint(shot(BLANK)), 16).bit_count() < 8
    assert int(fingerprint(np.full((1, 1, 3), 9, np.uint8)), 16) == 0
