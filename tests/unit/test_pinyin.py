"""Typing Chinese: the words people come with are offered first, every name can be typed, and nothing breaks the engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.input import LexiconPinyin
from kiosk.input.composer import MOST_CANDIDATES
from kiosk.input.lexicon import Lexicon, LexiconMissing
from kiosk.input.pinyin import NoPinyin


@pytest.fixture(scope="module")
def engine() -> LexiconPinyin:
    return LexiconPinyin()


def texts(engine: LexiconPinyin, letters: str, limit: int = MOST_CANDIDATES, *, name: bool = False) -> list[str]:
    return [candidate.text for candidate in engine.candidates(letters, limit, name=name)]


@pytest.mark.parametrize(
    ("letters", "wanted"),
    [
        ("neimenggu", "内蒙古"),
        ("chifengshi", "赤峰市"),
        ("pingluoxian", "平罗县"),
        ("songshanqu", "松山区"),
        ("genheshi", "根河市"),
        ("hailaerqu", "海拉尔区"),
        ("zhangsan", "张三"),
        ("hedongjiedaozhongyangdajie", "河东街道中央大街"),
        ("neimengguchifengshi", "内蒙古赤峰市"),
        ("beijingshichaoyangqujianguolu", "北京市朝阳区建国路"),
        ("sihaolou", "四号楼"),
        ("yanglaobaoxian", "养老保险"),
        ("xingfuxiaoqusanhaolouerdanyuan", "幸福小区三号楼二单元"),
        ("yinchuanshixingqingquwenhuaxijie", "银川市兴庆区文化西街"),
        ("zhongguoshiyoutianranqiyouxiangongsi", "中国石油天然气有限公司"),
        ("shebaoka", "社保卡"),
    ],
)
def test_what_people_come_to_type_is_the_first_candidate(engine: LexiconPinyin, letters: str, wanted: str) -> None:
    assert engine.candidates(letters, 1)[0].text == wanted
    assert engine.candidates(letters, 1)[0].letters == len(letters)


@pytest.mark.parametrize(("letters", "character"), [("yan", "䶮"), ("jie", "㛃"), ("hong", "𬭎"), ("yi", "㑊")])
def test_rare_characters_of_names_are_found_by_turning_pages(
    engine: LexiconPinyin, letters: str, character: str
) -> None:
    assert character in texts(engine, letters)


def test_a_place_is_found_under_its_official_reading(engine: LexiconPinyin) -> None:
    # 六安 is lù ān and 蚌埠 bèng bù; the plain readings liù and bàng mislead.
    assert "六安市" in texts(engine, "luanshi", 3)
    assert "蚌埠市" in texts(engine, "bengbushi", 3)


@pytest.mark.parametrize(("letters", "surname"), [("zhang", "张"), ("li", "李"), ("wang", "王"), ("ouyang", "欧阳")])
def test_in_a_name_the_surname_comes_first(engine: LexiconPinyin, letters: str, surname: str) -> None:
    assert texts(engine, letters, 1, name=True) == [surname]


def test_a_surname_is_not_pushed_forward_where_no_name_is_typed(engine: LexiconPinyin) -> None:
    assert texts(engine, "li", 1) != ["李"]


def test_an_unfinished_syllable_already_offers_words(engine: LexiconPinyin) -> None:
    assert "中央大街" in texts(engine, "zhongyangda", 8)
    assert "张" in texts(engine, "zh", 40)


def test_letters_that_no_word_begins_with_use_up_what_they_can(engine: LexiconPinyin) -> None:
    first = engine.candidates("bjchaoyang", 1)[0]
    assert first.letters == 1
    assert engine.candidates("vvv", 5) == ()


def test_no_candidate_is_offered_twice(engine: LexiconPinyin) -> None:
    for letters in ("xian", "zhongyangda", "shi", "zhangsan"):
        offered = texts(engine, letters)
        assert len(offered) == len(set(offered))


@settings(max_examples=300, deadline=None)
@given(st.text("abcdefghijklmnopqrstuvwxyz'", min_size=1, max_size=80), st.booleans())
def test_no_sequence_of_keys_breaks_the_engine(letters: str, name: bool) -> None:
    # A child leaning on a key: libgooglepinyin ends the whole process at "zzzzzzzzzzzzzz".
    for candidate in LexiconPinyin().candidates(letters, 50, name=name):
        assert candidate.text
        assert 1 <= candidate.letters <= len(letters)


def test_every_reading_of_a_character_types_it(engine: LexiconPinyin) -> None:
    assert engine.readings("行")[0] == "xing"
    for character in "重行单𬭎䶮㛃":
        for reading in engine.readings(character):
            assert character in texts(engine, reading, 5000)
    assert engine.readings("A") == ()


def test_nothing_is_learned_from_typing(engine: LexiconPinyin) -> None:
    before = engine.candidates("zhangsan", 50)
    for _ in range(20):
        engine.candidates("zhangsan", 50, name=True)
    assert engine.candidates("zhangsan", 50) == before


def test_a_missing_word_list_is_named_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(LexiconMissing, match="assets/input"):
        Lexicon(tmp_path / "lexicon.tsv")
    (tmp_path / "empty.tsv").touch()
    with pytest.raises(LexiconMissing, match="assets/input"):
        Lexicon(tmp_path / "empty.tsv")


def test_without_a_word_list_letters_are_typed_as_they_are() -> None:
    assert NoPinyin().candidates("zhang", 5) == ()


def test_every_line_of_the_word_list_can_be_found() -> None:
    lexicon = Lexicon()
    assert lexicon.words("a")[0].text == "啊"
    assert lexicon.words("zuozuo") or lexicon.words("zuozuoyou")
    assert lexicon.words("notapinyinword") == ()
    assert lexicon.begins("zhongy")
    assert not lexicon.begins("zhongv")
