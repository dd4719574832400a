"""Typing into one field: what is committed, what is under way, and what the length of the field allows."""

from __future__ import annotations

import pytest

from kiosk.input import Composer, LexiconPinyin


@pytest.fixture(scope="module")
def engine() -> LexiconPinyin:
    return LexiconPinyin()


def composing(engine: LexiconPinyin, letters: str, value: str = "", **options: int | bool) -> Composer:
    composer = Composer(engine, value, **options)  # type: ignore[arg-type]
    for letter in letters:
        composer.letter(letter)
    return composer


def index_of(composer: Composer, text: str) -> int:
    return [candidate.text for candidate in composer.candidates].index(text)


def test_letters_under_way_are_not_part_of_the_value(engine: LexiconPinyin) -> None:
    composer = composing(engine, "chifengshi", "内蒙古")
    assert composer.value == "内蒙古"
    assert composer.letters == "chifengshi"


def test_a_candidate_that_uses_some_letters_leaves_the_rest_under_way(engine: LexiconPinyin) -> None:
    composer = composing(engine, "chifengshi")
    composer.choose(index_of(composer, "赤峰"))
    assert (composer.value, composer.letters) == ("赤峰", "shi")
    composer.choose(index_of(composer, "市"))
    assert (composer.value, composer.letters, composer.candidates) == ("赤峰市", "", ())


def test_delete_takes_letters_first_and_then_characters(engine: LexiconPinyin) -> None:
    composer = composing(engine, "sh", "赤峰")
    composer.delete()
    assert (composer.value, composer.letters) == ("赤峰", "s")
    composer.delete()
    composer.delete()
    assert (composer.value, composer.letters) == ("赤", "")
    composer.delete()
    composer.delete()
    assert composer.value == ""


def test_finishing_commits_the_best_reading_of_all_letters(engine: LexiconPinyin) -> None:
    composer = composing(engine, "songshanqu")
    composer.finish()
    assert (composer.value, composer.composing) == ("松山区", False)


def test_finishing_letters_without_a_reading_keeps_them_as_latin(engine: LexiconPinyin) -> None:
    composer = composing(engine, "vvv")
    composer.finish()
    assert composer.value == "vvv"


def test_a_field_never_holds_more_than_its_length(engine: LexiconPinyin) -> None:
    composer = composing(engine, "neimengguchifengshi", max_length=4)
    composer.choose(0)
    assert composer.value == "内蒙古赤"
    assert not composer.composing
    composer.letter("a")
    composer.commit("号")
    assert (composer.value, composer.letters) == ("内蒙古赤", "")


def test_only_the_beginning_of_a_name_is_taken_for_a_surname(engine: LexiconPinyin) -> None:
    composer = composing(engine, "li", name=True)
    assert composer.candidates[0].text == "李"
    composer.choose(0)
    composer.letter("l")
    composer.letter("i")
    assert composer.candidates[0].text != "李"
