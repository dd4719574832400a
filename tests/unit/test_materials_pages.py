"""What a page's corners and a verdict mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.materials.pages import REFUSED, Code, Measures, PageFile, PageVerdict, Quad
from kiosk.strings import Strings


@given(st.permutations([(10.0, 12.0), (200.0, 20.0), (190.0, 300.0), (5.0, 280.0)]))
def test_corners_are_named_the_same_in_whatever_order_they_come(corners):
    quad = Quad.of(np.array(corners))
    assert (quad.top_left, quad.top_right) == ((10.0, 12.0), (200.0, 20.0))
    assert (quad.bottom_right, quad.bottom_left) == ((190.0, 300.0), (5.0, 280.0))


def test_a_scaled_quad_covers_the_same_part_of_the_scaled_picture():
    whole = Quad((-0.5, -0.5), (99.5, -0.5), (99.5, 49.5), (-0.5, 49.5))
    assert whole.area == 5000
    assert whole.scaled(0.5) == Quad((-0.5, -0.5), (49.5, -0.5), (49.5, 24.5), (-0.5, 24.5))


@pytest.mark.parametrize("code", list(Code))
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_verdict_is_a_sentence_in_both_languages(code, language):
    assert Strings.load(language)(f"mat.verdict.{code}")


def test_the_glossary_decides_the_words():
    chinese = Strings.load("zh_CN")
    assert chinese("mat.verdict.blurred").startswith("拍得不清楚，请放平再拍")
    assert chinese("mat.verdict.glare").startswith("有反光，请换个角度")
    assert chinese("mat.verdict.cut_off").startswith("四边没拍全，请放到框内")


def test_nearly_empty_pages_and_pages_that_are_turned_anyway_are_not_refused():
    assert not {Code.OK, Code.BLANK, Code.UPSIDE_DOWN} & REFUSED
    assert set(Code) == REFUSED | {Code.OK, Code.BLANK, Code.UPSIDE_DOWN}
    assert PageVerdict((Code.BLANK, Code.UPSIDE_DOWN)).accepted
    assert not PageVerdict((Code.BLANK, Code.GLARE)).accepted


def test_a_verdict_grows_by_what_is_found_later_and_then_is_no_longer_fine():
    measures = Measures(ink=0.1)
    assert PageVerdict((Code.OK,), measures).plus(Code.SAME_PAGE) == PageVerdict((Code.SAME_PAGE,), measures)
    assert PageVerdict((Code.GLARE,)).plus(Code.SAME_PAGE).worst is Code.GLARE


def test_a_page_in_a_log_shows_its_size_and_not_its_content():
    assert repr(PageFile(b"secret", "00", 90, 60)) == "PageFile(90x60, 6 bytes)"
