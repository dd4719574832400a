"""Chinese set properly: no line begins with a full stop, no name shows a box instead of a character."""

from __future__ import annotations

import pytest

from screens import fonts
from screens.theme import Weight
from screens.widgets.text import NEVER_FIRST, NEVER_LAST, break_lines, pieces, run_width

SENTENCE = "跨省通办：社保、医保、户籍、就业等 127 项。请带好身份证（原件）和要交的材料，一般 10 分钟。"


@pytest.mark.parametrize("width", range(120, 1000, 37))
def test_no_line_begins_or_ends_with_the_wrong_mark(width: int) -> None:
    lines = break_lines(SENTENCE, width, 34, Weight.REGULAR)
    assert "".join(lines).replace(" ", "") == SENTENCE.replace(" ", "")
    assert all(line[0] not in NEVER_FIRST and line[-1] not in NEVER_LAST for line in lines)
    assert all(run_width(line, 34, Weight.REGULAR) <= width for line in lines)


def test_numbers_and_words_stay_whole() -> None:
    assert pieces("等 127 项 at home") == ["等 ", "127 ", "项 ", "at ", "home"]


def test_a_word_longer_than_the_line_is_broken_rather_than_lost() -> None:
    lines = break_lines("1507852026112000171507852026112000", 200, 34, Weight.REGULAR)
    assert len(lines) > 1
    assert "".join(lines) == "1507852026112000171507852026112000"


def test_the_last_line_is_not_one_lonely_character() -> None:
    width = run_width("请带好身份证和要交的材", 34, Weight.REGULAR)
    assert break_lines("请带好身份证和要交的材料", width, 34, Weight.REGULAR)[-1] == "材料"


@pytest.mark.parametrize(
    ("character", "font"),
    [("王", "NotoSansSC-Bold.ttf"), ("䶮", "NotoSansSC-Regular.ttf"), ("𬶊", "HanaMinB.ttf"), ("𰀀", None)],
)
def test_a_rare_character_comes_from_the_font_that_has_it(character: str, font: str | None) -> None:
    assert fonts.covered(character) is (font is not None)
    if font is not None:
        assert fonts.runs(f"王{character}", Weight.BOLD)[-1][0].endswith(font)


def test_missing_fonts_are_named_and_text_is_still_set(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(fonts, "FOLDER", tmp_path)
    monkeypatch.setattr(fonts, "SYSTEM_FOLDER", tmp_path)
    for cached in (fonts._chain, fonts._coverage, fonts.font_for):
        cached.cache_clear()
    try:
        assert fonts.missing() == (*fonts.FILES.values(), fonts.COVERAGE_FILE)
        assert fonts.missing_rare() == fonts.RARE
        assert fonts.runs("abc", Weight.REGULAR) == [("Roboto", "abc")]
    finally:
        for cached in (fonts._chain, fonts._coverage, fonts.font_for):
            cached.cache_clear()


def test_the_fonts_of_this_terminal_are_complete() -> None:
    assert fonts.missing() + fonts.missing_rare() == ()
