"""The papers on the virtual desk: invented, complete, readable, and as wrong as they were asked to be.

What the terminal reads on a page is measured on them: if a paper said something else than its truth does, a poor reader
would look good.
"""

from __future__ import annotations

import numpy as np
import pytest

from drivers.virtual.desk import Picture
from drivers.virtual.papers import BLANK, FORMS, KINDS, Variant, paper, parse, truth
from drivers.virtual.papers.page import Page
from drivers.virtual.personas import PERSONAS

WANG = PERSONAS["wang"]
COARSE = 2.0
"""Pixels a millimetre: enough to see what was drawn."""
WITHOUT_NAME = {"identity_card_back", "blank"}
WITHOUT_NUMBER = WITHOUT_NAME | {"bank_card", "household_register_first", "diploma", "receipt"}


def face(kind: str, *variants: Variant, person: str = "wang", scale: float = COARSE) -> Picture:
    return paper(kind, PERSONAS[person], variants, pixels_per_mm=scale).face


def red(picture: Picture) -> float:
    """Share of pixels that are red, as a seal is."""
    levels = picture.astype(int)
    return float(((levels[..., 2] - levels[..., 1]) > 60).mean())


def test_every_kind_of_the_checklists_can_be_laid_by_its_code_and_by_its_chinese_name():
    assert {form.code for form in KINDS.values()} == set(FORMS)
    for code, form in FORMS.items():
        assert np.array_equal(face(code), face(form.name))
    assert {"residence_certificate", "labour_contract", "identity_card_back", "driving_licence"} <= set(FORMS)


def test_a_short_name_and_an_unknown_title_are_understood():
    assert np.array_equal(face("缴费凭证"), face("基本养老保险参保缴费凭证"))
    assert np.array_equal(face("社保卡业务登记表"), face("社会保障卡业务登记表"))
    assert not np.array_equal(face("收养登记申请书"), face("离婚登记申请书"))


@pytest.mark.parametrize("kind", [*KINDS, "收养登记申请书"])
def test_every_paper_differs_from_person_to_person_and_is_the_same_for_the_same(kind):
    people = ("wang", "zhao", "abdu", "gulnur", "foreigner_2023")
    faces = {face(kind, person=person).tobytes() for person in people}
    assert len(faces) == (1 if kind == BLANK else len(people))
    assert Page(WANG).sheet().face.tobytes() == Page(WANG).sheet().face.tobytes()


@pytest.mark.parametrize("code", FORMS)
def test_names_numbers_and_seals_stand_where_they_stand_on_the_real_paper(code):
    for person in (PERSONAS[key] for key in ("wang", "abdu", "old_chip", "hong_kong", "foreigner_2023")):
        said = truth(code, person)
        assert said.name == (code not in WITHOUT_NAME), person.key
        assert said.id_number == (code not in WITHOUT_NUMBER), person.key


@pytest.mark.parametrize("code", ["residence_certificate", "residence_permit", "driving_licence", "medical_fitness"])
def test_an_expired_paper_was_valid_until_some_day_of_the_past(code):
    variants = {Variant.NEXT_PAGE} if code == "residence_permit" else set()
    now, then = truth(code, WANG, variants).valid_until, truth(code, WANG, {*variants, Variant.EXPIRED}).valid_until
    assert now is not None
    assert then is not None
    assert now.year >= 2027
    assert then.year == 2024
    assert not np.array_equal(face(code, *variants), face(code, *variants, Variant.EXPIRED))


def test_an_identity_card_is_valid_as_long_as_its_holders_card_says_and_a_long_term_one_can_expire_too():
    assert truth("identity_card_back", WANG).valid_until == WANG.valid_until
    assert truth("identity_card_back", PERSONAS["zhao"]).valid_until is None
    expired = truth("identity_card_back", PERSONAS["zhao"], {Variant.EXPIRED}).valid_until
    assert expired is not None
    assert expired.year == 2024


@pytest.mark.parametrize("code", [code for code in FORMS if truth(code, WANG).seals])
def test_without_its_seal_a_paper_has_less_red_and_says_so(code):
    assert truth(code, WANG, {Variant.NO_SEAL}).seals == 0
    assert red(face(code)) > red(face(code, Variant.NO_SEAL)) + 0.001


@pytest.mark.parametrize("code", [code for code in FORMS if truth(code, WANG).signatures])
def test_without_its_signature_nobodys_pen_is_seen(code):
    def blue(picture: Picture) -> int:
        levels = picture.astype(int)
        return int(((levels[..., 0] - levels[..., 2]) > 45).sum())

    assert truth(code, WANG, {Variant.NO_SIGNATURE}).signatures == 0
    assert blue(face(code)) > blue(face(code, Variant.NO_SIGNATURE))


def test_what_is_filled_in_with_a_pencil_is_grey_and_there():
    pen, pencil = (face("情况说明", *variants, scale=4).astype(int) for variants in ((), (Variant.PENCIL,)))
    assert (pen.max(axis=2) - pen.min(axis=2)).max() > 60
    assert (pencil.max(axis=2) - pencil.min(axis=2)).max() < 45
    assert (pencil.min(axis=2) < 170).sum() > 1000


def test_a_paper_with_one_page_has_no_second_and_a_contract_has():
    assert not np.array_equal(face("劳动合同"), face("劳动合同", Variant.NEXT_PAGE))
    assert np.array_equal(face("居民身份证人像面", Variant.NEXT_PAGE), face("居民身份证国徽面"))
    with pytest.raises(ValueError, match="has one page only"):
        paper("居住证明", WANG, {Variant.NEXT_PAGE})


@pytest.mark.parametrize("scale", [4.0, 8.0, 12.0])
def test_a_paper_is_drawn_at_the_resolution_asked_for_and_not_enlarged(scale):
    sheet = paper("居民身份证人像面", WANG, pixels_per_mm=scale)
    assert sheet.face.shape == (round(54 * scale), round(85.6 * scale), 3)
    assert (sheet.width_mm, sheet.height_mm) == (85.6, 54.0)
    # A line of print is crisp at any resolution: its edges take about as many pixels, not as many millimetres.
    grey = sheet.face[..., 1].astype(int)
    steps = np.abs(np.diff(grey, axis=1))
    assert np.percentile(steps[steps > 20], 90) > 85


def test_an_empty_sheet_is_empty_and_everything_else_says_that_it_is_a_sample():
    assert face(BLANK, scale=4).min() > 235
    for code in set(FORMS) - {"blank"}:
        sheet = paper(code, WANG, pixels_per_mm=COARSE)
        foot = sheet.face[-round((4 if sheet.height_mm < 70 else 10) * COARSE) :]
        assert (foot.max(axis=(0, 1)) - foot.min(axis=(0, 1))).max() > 20, code


def test_what_to_lay_is_said_in_one_word_with_colons():
    assert parse("居住证明") == ("居住证明", WANG, frozenset())
    assert parse("劳动合同:zhao") == ("劳动合同", PERSONAS["zhao"], frozenset())
    assert parse("机动车驾驶证:yan:expired,no_seal") == (
        "机动车驾驶证",
        PERSONAS["yan"],
        {Variant.EXPIRED, Variant.NO_SEAL},
    )
    with pytest.raises(KeyError):
        parse("居住证明:nobody")
    with pytest.raises(ValueError, match="torn"):
        parse("居住证明:wang:torn")
