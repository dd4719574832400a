"""Strings: both languages hold the same keys and values, the words are the glossary's, a damaged file is named."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from kiosk.strings import Strings, StringsError

CHINESE, ENGLISH = Strings.load("zh_CN"), Strings.load("en")


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_and_the_same_values_to_fill_in() -> None:
    assert set(CHINESE.texts) == set(ENGLISH.texts)
    for key, text in CHINESE.texts.items():
        assert names(text) == names(ENGLISH.texts[key]), key


def test_a_string_is_filled_in() -> None:
    assert CHINESE("mat.page", i=1, n=3) == "第 1 页，共 3 页"
    assert ENGLISH("mat.page", i=1, n=3) == "Page 1 of 3"


@pytest.mark.req("R006")
def test_no_string_claims_acceptance() -> None:
    for key, text in CHINESE.texts.items():
        if key != "done.disclaimer":
            assert "已受理" not in text, key
            assert "审批通过" not in text, key


def test_no_error_speaks_like_a_machine() -> None:
    """glossary: 非法用户, 校验失败, 接口异常, 错误码, 请登录, 逾期自负."""
    for key, text in CHINESE.texts.items():
        assert not re.search("非法|校验|异常|错误码|请登录|自负|！", text), key


def test_sentences_are_short_enough_to_be_read_aloud() -> None:
    """一句 ≤ 20 字, but for the few in which a name, number or legal wording is needed."""
    for key, text in CHINESE.texts.items():
        for sentence in re.split("[。？；，：]", re.sub(r"\{\w+\}", "", text)):
            assert len(re.findall("[\u4e00-\u9fff]", sentence)) <= 20, key


def test_english_strings_hold_no_chinese_except_the_name_of_the_language() -> None:
    for key, text in ENGLISH.texts.items():
        if key != "language.other":
            assert not re.search("[\u4e00-\u9fff]", text), key


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "xx.toml"), ("a = [", "xx.toml"), ("[a]\nb = 3\n", "a.b"), ("\udcff", "xx.toml")],
)
def test_a_missing_or_damaged_file_is_named(tmp_path: Path, content: str | None, words: str) -> None:
    (tmp_path / "strings").mkdir()
    if content is not None:
        (tmp_path / "strings" / "xx.toml").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(StringsError, match=re.escape(words)):
        Strings.load("xx", tmp_path)
