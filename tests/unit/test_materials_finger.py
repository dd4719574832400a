"""A finger over the text, and all that looks like one and is none.

A hidden line means a returned application; a seal or a brown envelope taken for a finger means a citizen who is asked
for what they cannot do.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from drivers.virtual.desk import Blemish, Desk, Scene, Sheet, render
from drivers.virtual.desk.hands import SKINS
from drivers.virtual.papers import paper
from drivers.virtual.personas import PERSONAS
from kiosk.materials.finger import covers_text
from kiosk.materials.pages import Picture, Quad
from kiosk.materials.rectify import rectify

SKIN = (120, 152, 205)


def page(kind: str = "劳动合同", *blemishes: Blemish, desk: Desk = Desk.WOOD, skin: int = 0, seed: int = 5) -> Picture:
    sheet = paper(kind, PERSONAS["zhao"])
    view = render(Scene(desk=desk, sheet=sheet, seed=seed, lamp=seed, skin=skin, blemishes=frozenset(blemishes)))
    assert view.corners is not None
    return rectify(view.pixels, Quad.of(view.corners)).picture


@pytest.mark.parametrize("skin", range(len(SKINS)))
def test_a_finger_of_any_skin_over_the_text_is_seen(skin):
    assert covers_text(page("劳动合同", Blemish.FINGER, skin=skin))


@pytest.mark.parametrize("kind", ["居住证", "常住人口登记卡", "结婚证", "居住证明"])
def test_a_finger_is_seen_on_papers_large_and_small(kind):
    assert covers_text(page(kind, Blemish.FINGER, desk=Desk.DARK_MAT))


@pytest.mark.parametrize("skin", [0, 1, len(SKINS) - 1])
def test_a_finger_on_the_margin_hides_nothing(skin):
    assert not covers_text(page("居住证明", Blemish.FINGER_ON_MARGIN, skin=skin))


@pytest.mark.parametrize("desk", [Desk.WOOD, Desk.DARK_MAT])
@pytest.mark.parametrize("kind", ["劳动合同", "结婚证", "银行卡", "残疾人证", "居民身份证人像面", "退休证"])
def test_seals_portraits_and_coloured_booklets_are_no_fingers(kind, desk):
    assert not covers_text(page(kind, desk=desk))


def test_a_large_red_stamp_that_reaches_the_edge_is_no_finger():
    stamped = page()
    height, width = stamped.shape[:2]
    cv2.circle(stamped, (width, round(0.3 * height)), round(0.2 * width), (44, 38, 206), -1)
    assert not covers_text(stamped)


def test_a_portrait_glued_over_the_edge_of_the_text_is_framed_and_no_finger():
    glued = page()
    face = np.full((220, 160, 3), (190, 150, 100), np.uint8)
    cv2.ellipse(face, (80, 110), (50, 70), 0, 0, 360, SKIN, -1)
    glued[300:520, -160:] = face
    assert not covers_text(glued)


def test_a_brown_envelope_and_a_page_under_a_warm_lamp_are_no_fingers():
    plain = page()
    envelope = np.clip(plain * np.array([0.55, 0.72, 0.85]), 0, 255).astype(np.uint8)
    warm = np.clip(plain * np.array([0.72, 0.88, 1.0]), 0, 255).astype(np.uint8)
    assert not covers_text(envelope)
    assert not covers_text(warm)


def test_a_finger_is_seen_under_a_warm_lamp_too():
    warm = np.clip(page("劳动合同", Blemish.FINGER) * np.array([0.72, 0.88, 1.0]), 0, 255).astype(np.uint8)
    assert covers_text(warm)


def test_a_sliver_of_a_wooden_desk_at_the_edge_is_no_finger():
    view = render(Scene(desk=Desk.WOOD, sheet=paper("劳动合同", PERSONAS["zhao"]), seed=5))
    assert view.corners is not None
    wide = Quad.of(view.corners + np.array([[-9, -6], [8, -9], [9, 8], [-6, 9]]))
    assert not covers_text(rectify(view.pixels, wide).picture)


def test_a_blank_sheet_has_no_text_to_be_hidden():
    face = np.full((1782, 1260, 3), 246, np.uint8)
    face[700:760, :420] = SKIN
    assert not covers_text(
        rectify(
            render(Scene(sheet=Sheet(face, 210, 297))).pixels, Quad((98, 320), (980, 320), (980, 1590), (98, 1590))
        ).picture
    )


@pytest.mark.parametrize("size", [(1, 1), (2, 500), (64, 64)])
def test_no_page_is_too_small_for_a_finger(size):
    assert not covers_text(np.full((*size, 3), SKIN, np.uint8))
