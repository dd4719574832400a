"""What is said of a page: its kind, and what is there or missing.

A citizen would hand in the wrong paper unnoticed, or be bothered about a good one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.virtual.personas import PERSONAS
from kiosk.findings import Expectation, FindingCode, Reading
from kiosk.materials.reading.conclude import Marks, SignaturePlace, conclude
from kiosk.materials.reading.kinds import InvalidKinds, load_kinds, rank
from kiosk.materials.reading.lines import Box, Line
from tests.unit.test_reading_persons import lines

WANG = PERSONAS["wang"]
TODAY = date(2026, 11, 20)
ASKED = Expectation(("residence_certificate",), WANG.name, WANG.id_number, TODAY)
SEALED = Marks(seal=0.9)

CERTIFICATE = (
    "居住证明",
    f"兹证明{WANG.name}，公民身份号码{WANG.id_number}，自二〇二四年三月",
    "起在我社区居住，现居住地址为示例市示例区示例路1号，情况属实。",
    "本证明自开具之日起三十日内有效。特此证明。",
    "示例街道示例社区居民委员会",
    "二〇二六年十一月二日",
)


def read(
    *texts: str, expected: Expectation = ASKED, marks: Marks = SEALED, score: float = 0.99, turn: int = 0
) -> Reading:
    return conclude(lines(*texts, score=score), marks, turn, expected)


def codes(reading: Reading) -> set[FindingCode]:
    return {finding.code for finding in reading.findings}


def test_a_good_paper_gets_nothing_but_good_findings():
    reading = read(*CERTIFICATE)
    good = {
        FindingCode.KIND_MATCHES,
        FindingCode.NAME_FOUND,
        FindingCode.NUMBER_FOUND,
        FindingCode.VALID,
        FindingCode.SEAL_FOUND,
    }
    assert codes(reading) == good
    assert (reading.kind, reading.turn, reading.lines) == ("residence_certificate", 0, 6)


@pytest.mark.parametrize(
    "title", ["居 住 证 明", "居住证眀", "示例市示例区居住证明", "居住证明（样张）", "居住登记证明"]
)
def test_a_spaced_misread_or_longer_title_is_still_its_title(title):
    assert FindingCode.KIND_MATCHES in codes(read(title, *CERTIFICATE[1:]))


def test_a_title_read_as_single_characters_is_still_its_title():
    spaced = [Line(one, 0.99, Box(100 + 90 * at, 40, 140 + 90 * at, 80)) for at, one in enumerate("居住证明")]
    ranked = rank([*spaced, *lines(*CERTIFICATE[1:])], load_kinds())
    assert ranked[0].kind.code == "residence_certificate"
    assert ranked[0].titled


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("居住证明", "residence_certificate"),
        ("解除（终止）劳动合同证明书", "employment_end"),
        ("劳动合同书", "labour_contract"),
        ("基本养老保险参保缴费凭证", "contribution_certificate"),
        ("企业职工退休审批表", "retirement_approval"),
        ("退休证", "retirement_certificate"),
        ("机动车驾驶人身体条件证明", "medical_fitness"),
        ("中华人民共和国机动车驾驶证", "driving_licence"),
        ("示例市人民医院转诊转院证明", "referral"),
        ("社会保障卡业务登记表", "social_security_form"),
        ("中华人民共和国社会保障卡", "social_security_card"),
        ("常住人口登记卡", "household_register_page"),
        ("中华人民共和国结婚证", "marriage_certificate"),
        ("普通高等学校毕业证书", "diploma"),
    ],
)
def test_titles_that_contain_one_another_are_told_apart(title, kind):
    assert rank(lines(title, "姓名 王小满", "二〇二六年十月"), load_kinds())[0].kind.code == kind


@pytest.mark.req("R129")
def test_another_kind_of_paper_is_named_and_nothing_is_called_missing_on_it():
    reading = read("户口簿", "户别 家庭户", "户主姓名 李示例", "户号 0317", "住址 示例路1号")
    assert codes(reading) == {FindingCode.OTHER_KIND}
    assert reading.findings[0].value == "household_register_first"


def test_a_page_of_text_that_has_nothing_of_the_kind_is_another_kind_without_a_name():
    reading = read(*[f"今天天气很好我们去公园看花{row}" for row in "甲乙丙丁戊己"], marks=Marks())
    assert [(one.code, one.value) for one in reading.findings] == [(FindingCode.OTHER_KIND, "")]


def test_a_paper_that_mentions_another_one_is_not_that_one():
    reading = read("情况说明", "本人现提交居住证明、劳动合同和户口簿各一份。", marks=Marks(), expected=Expectation())
    assert reading.kind == ""


@pytest.mark.req("R129")
def test_somebody_elses_paper_is_noticed():
    other = PERSONAS["zhao"]
    texts = [text.replace(WANG.name, other.name).replace(WANG.id_number, other.id_number) for text in CERTIFICATE]
    assert {FindingCode.NAME_MISSING, FindingCode.OTHER_NUMBER} <= codes(read(*texts))


def test_the_following_pages_of_a_contract_need_not_repeat_who_it_is_for():
    expected = replace(ASKED, kinds=("labour_contract",))
    following = (
        "四、劳动报酬",
        "甲方每月支付乙方劳动报酬。",
        "五、社会保险",
        "甲乙双方依法参加社会保险。",
        "六、劳动保护",
        "劳动者试用期工作时间",
    )
    assert codes(read(*following, expected=expected, marks=Marks())) == {FindingCode.KIND_MATCHES}
    missing = codes(read("劳动合同书", *following, expected=expected, marks=Marks()))
    assert {FindingCode.NAME_MISSING, FindingCode.NUMBER_MISSING} <= missing


def test_the_back_of_a_card_need_not_bear_name_and_number():
    expected = replace(ASKED, kinds=("residence_permit", "residence_certificate"))
    reading = read(
        "中华人民共和国",
        "居住证",
        "签发机关 示例市公安局",
        "有效期限 2025.09.01-2031.08.31",
        expected=expected,
        marks=Marks(),
    )
    assert codes(reading) == {FindingCode.KIND_MATCHES, FindingCode.VALID}


def test_a_paper_without_its_seal_is_noticed_unless_something_red_might_be_one():
    assert FindingCode.SEAL_MISSING in codes(read(*CERTIFICATE, marks=Marks()))
    assert not codes(read(*CERTIFICATE, marks=Marks(seal=0.2))) & {FindingCode.SEAL_MISSING, FindingCode.SEAL_FOUND}


@pytest.mark.parametrize(
    ("places", "code"),
    [
        ((SignaturePlace("乙方(签字)", 0.9),), FindingCode.SIGNATURE_FOUND),
        ((SignaturePlace("乙方(签字)", 0.0),), FindingCode.SIGNATURE_MISSING),
        ((SignaturePlace("乙方(签字)", 0.0), SignaturePlace("甲方(签字)", 0.9)), FindingCode.SIGNATURE_MISSING),
        ((SignaturePlace("甲方(签字)", 0.0),), None),
        ((), None),
    ],
    ids=["signed", "not signed", "only the other side signed", "not the applicant's place", "no place read"],
)
def test_the_applicants_own_signature_is_looked_for(places, code):
    reading = read(
        "劳动合同书", "甲方 乙方 试用期", expected=Expectation(("labour_contract",)), marks=Marks(0.9, places)
    )
    assert codes(reading) & {FindingCode.SIGNATURE_FOUND, FindingCode.SIGNATURE_MISSING} == ({code} if code else set())


def test_a_paper_that_was_valid_until_yesterday_is_expired_and_one_until_today_is_not():
    made = replace(ASKED, today=date(2026, 12, 2))
    assert FindingCode.VALID in codes(read(*CERTIFICATE, expected=made))
    expired = read(*CERTIFICATE, expected=replace(made, today=date(2026, 12, 3)))
    assert [one.value for one in expired.findings if one.code is FindingCode.EXPIRED] == ["2026-12-02"]


def test_without_anything_asked_only_what_stands_there_is_said():
    reading = read(*CERTIFICATE, expected=Expectation())
    assert (reading.kind, codes(reading)) == ("residence_certificate", {FindingCode.SEAL_FOUND})


def test_an_empty_page_says_that_nothing_was_read():
    assert codes(read(marks=Marks())) == {FindingCode.NOTHING_READ}


def test_a_page_that_lay_wrongly_says_by_how_much():
    reading = read(*CERTIFICATE, turn=270)
    assert (reading.turn, [one.value for one in reading.findings if one.code is FindingCode.TURNED]) == (270, ["270"])


@settings(deadline=None, max_examples=20)
@given(st.lists(st.text(max_size=30), max_size=6))
def test_no_finding_ever_names_a_person(texts):
    other = PERSONAS["zhao"]
    reading = read(*CERTIFICATE, *texts, f"姓名{other.name}", other.id_number)
    for secret in (WANG.name, WANG.id_number, other.name, other.id_number):
        assert secret not in repr(reading)
    assert all(0 <= one.confidence <= 1 for one in reading.findings)


def test_every_kind_has_words_and_is_unlike_every_other_kind():
    kinds = load_kinds()
    assert len(kinds) == 24
    for kind in kinds.values():
        texts = (*kind.titles[:1], *kind.words[: kind.enough + 2])
        best, second, *_ = rank(lines(*texts), kinds)
        assert (best.kind.code, best.score >= 0.5) == (kind.code, True)
        assert best.score > second.score


@pytest.mark.parametrize(
    "text",
    [
        "[x]\nlabel = {zh = '甲', en = 'a'}\nbears = ['colour']\n",
        "[x]\nlabel = {zh = '甲', en = 'a'}\nbears = []\nvalidty = 'stated'\n",
        "[x]\nbears = []\n",
        "[x",
    ],
    ids=["unknown thing", "misspelt key", "no label", "not TOML"],
)
def test_a_wrong_file_of_kinds_is_refused_with_the_place(tmp_path, text):
    file = tmp_path / "kinds.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(InvalidKinds, match=r"x|kinds\.toml"):
        load_kinds(file)
