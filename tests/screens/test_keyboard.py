"""Typing at the terminal: what a finger on the keys leaves in the field, and what the visit is told of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kiosk.visit.views import Field, Keyboard
from screens.theme import Theme
from screens.widgets.key_layouts import LAYERS, WORDS, Command
from screens.widgets.keyboard import KeyboardPanel
from screens.widgets.text_field import TextField, grouped


class Desk:
    """One field above one keyboard, and what the visit was told."""

    def __init__(
        self, glass: Any, theme: Theme, model: Field, on_done: Callable[[], None], *, live: bool = False
    ) -> None:
        self.glass = glass
        self.told: list[tuple[str, str]] = []
        self.panel = KeyboardPanel(theme, on_done)
        told = self.told
        self.field = TextField(theme, model, lambda key, value: told.append((key, value)), self.panel.attach, live=live)
        width = 1080
        self.panel.place(0, 0, width, self.panel.measure(width))
        self.field.place(48, 1200, width - 96, self.field.measure(width - 96))
        glass.root.add_widget(self.panel)
        glass.root.add_widget(self.field)
        glass.frames()

    def type(self, *names: str) -> None:
        """Tap keys."""
        self.glass.type(*names)

    def words(self) -> list[str]:
        """The candidates on show."""
        return [widget.label for widget in self._candidates()]

    def _candidates(self) -> list[Any]:
        return [self.glass.find(key) for key in self.glass.reachable() if key.startswith("candidate:")]

    def choose(self, word: str) -> None:
        """Tap a candidate."""
        key = next(widget.key for widget in self._candidates() if widget.label == word)
        self.glass.tap(key)


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def desk(glass: Any, theme: Theme, done: list[str]) -> Callable[..., Desk]:
    def open_field(keyboard: Keyboard, **options: Any) -> Desk:
        key, live = options.pop("key", "address"), options.pop("live", False)
        model = Field(key, "详细地址", keyboard=keyboard, **options)
        desk = Desk(glass, theme, model, lambda: done.append("done"), live=live)
        glass.tap(key)
        return desk

    return open_field


def test_letters_become_the_candidate_that_is_tapped(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.PINYIN)
    typing.type(*"chifengshi")
    assert typing.words()[0] == "赤峰市"
    assert typing.told == []
    typing.choose("赤峰市")
    assert typing.told == [("address", "赤峰市")]
    assert typing.field.value == "赤峰市"
    assert typing.words() == []


def test_the_visit_hears_nothing_of_letters_under_way(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.PINYIN, value="河东街道")
    typing.type(*"zhongyangda", Command.DELETE)
    assert typing.told == []
    assert typing.field.composer.letters == "zhongyangd"


def test_a_search_hears_every_letter_so_that_initials_find_a_place(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.PINYIN, live=True)
    typing.type(*"plx")
    assert [value for _, value in typing.told] == ["p", "pl", "plx"]
    typing.type(Command.DELETE)
    assert typing.told[-1] == ("address", "pl")


def test_a_search_keeps_its_letters_when_the_keyboard_goes_and_takes_a_word_that_is_tapped(
    desk: Callable[..., Desk],
) -> None:
    typing = desk(Keyboard.PINYIN, live=True)
    typing.type(*"plx", Command.DONE)
    assert typing.field.value == "plx"
    typing.type(*([Command.DELETE] * 3), *"pingluoxian")
    typing.choose("平罗县")
    assert typing.told[-1] == ("address", "平罗县")


def test_space_takes_the_first_candidate(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.PINYIN)
    typing.type(*"pingluoxian", Command.SPACE)
    assert typing.field.value == "平罗县"


def test_more_shows_further_candidates_until_the_rare_one(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.PINYIN, key="name")
    typing.type(*"yan")
    pages = [typing.words()]
    while "䶮" not in pages[-1]:
        typing.glass.tap("candidates:more")
        pages.append(typing.words())
        assert len(pages) < 20
    assert pages[0] != pages[1]
    typing.choose("䶮")
    assert typing.field.value == "䶮"
    assert "key:q" in typing.glass.reachable()


def test_back_and_close_lead_out_of_the_big_list(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.PINYIN)
    typing.type(*"shi")
    typing.glass.tap("candidates:more")
    first = typing.words()
    typing.glass.tap("candidates:more")
    assert typing.words() != first
    typing.glass.tap("candidates:back")
    assert typing.words() == first
    typing.glass.tap("candidates:close")
    assert "key:q" in typing.glass.reachable()
    assert typing.field.composer.letters == "shi"


def test_digits_and_address_words_are_one_layer_away(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.PINYIN, value="中央大街")
    typing.type(Command.SYMBOLS, "1", "2", "号", "楼", "3", "单元", Command.LETTERS)
    assert typing.field.value == "中央大街12号楼3单元"
    typing.type(*"shi")
    assert typing.field.composer.letters == "shi"


def test_the_dot_of_minority_names_is_a_key(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.PINYIN, value="买买提", key="name")
    typing.type("·")
    assert typing.field.value == "买买提·"


def test_switching_to_latin_types_letters_and_capitals(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.PINYIN)
    typing.type(Command.LANGUAGE, "a", Command.SHIFT, "b", Command.SHIFT, "c")
    assert typing.field.value == "aBc"
    typing.type(Command.LANGUAGE, *"shi")
    assert typing.field.value == "aBc"


def test_a_phone_number_is_set_in_groups_and_told_without_blanks(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.DIGITS, max_length=11, key="phone")
    typing.type(*"13800138000")
    assert typing.field.shown_text() == "138 0013 8000"
    assert typing.told[-1] == ("phone", "13800138000")
    typing.type("9")
    assert typing.field.value == "13800138000"


def test_an_identity_number_may_end_in_x(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.ID_NUMBER, max_length=18, key="id_number")
    typing.type(*"19990019900101001", "X")
    assert typing.field.value == "19990019900101001X"
    typing.type(Command.DELETE)
    assert typing.told[-1] == ("id_number", "19990019900101001")


def test_done_commits_and_says_so(desk: Callable[..., Desk], done: list[str]) -> None:
    typing = desk(Keyboard.PINYIN)
    typing.type(*"songshanqu", Command.DONE)
    assert typing.told == [("address", "松山区")]
    assert done == ["done"]


def test_leaving_the_field_commits_what_is_under_way(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.PINYIN)
    typing.type(*"songshanqu")
    typing.panel.attach(None)
    assert typing.told == [("address", "松山区")]


def test_a_view_that_comes_late_does_not_undo_what_was_typed_since(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.DIGITS, max_length=11, key="phone")
    model = typing.field.field
    typing.type("1", "3")
    typing.field.show(replace(model, value=""))
    typing.field.show(replace(model, value="1"))
    assert typing.field.value == "13"
    typing.field.show(replace(model, value="13"))
    typing.field.show(replace(model, value="13800138000"))
    assert typing.field.value == "13800138000"


def test_the_field_of_the_next_page_does_not_inherit_text(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.PINYIN, value="河东街道")
    typing.type(*"zh")
    typing.field.show(Field("employer", "单位", keyboard=Keyboard.PINYIN))
    assert (typing.field.value, typing.field.composer.letters) == ("", "")


def test_a_key_shows_the_finger_and_sliding_off_takes_it_back(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.DIGITS, max_length=11, key="phone")
    key = typing.glass.find("key:5")
    typing.glass.down("key:5")
    typing.glass.frames(1)
    assert key.pressed
    typing.glass.up((5, 1900))
    typing.glass.frames(1)
    assert not key.pressed
    assert typing.field.value == ""


@pytest.mark.parametrize("layer", LAYERS)
def test_no_row_is_wider_than_the_keyboard(layer: str) -> None:
    for row in LAYERS[layer]:  # type: ignore[index]
        assert sum(spec.units for spec in row) <= 10.001


@pytest.mark.parametrize("language", WORDS)
def test_every_command_key_has_a_word_in_every_language(language: str) -> None:
    assert set(WORDS[language]) == set(Command)


def test_keys_are_large_enough_and_do_not_overlap(desk: Callable[..., Desk]) -> None:
    typing = desk(Keyboard.PINYIN)
    keys = [typing.glass.find(key) for key in typing.glass.reachable() if key.startswith("key:")]
    for one in keys:
        assert one.width >= 72
        assert one.height >= 72
        for other in keys:
            assert one is other or not one.collide_widget(other)


@pytest.mark.parametrize(
    ("value", "shown"),
    [("", ""), ("13", "13"), ("1380", "138 0"), ("13800138000", "138 0013 8000"), ("138001380009", "138 0013 8000 9")],
)
def test_grouping_follows_the_digits_as_they_come(value: str, shown: str) -> None:
    assert grouped(value, (3, 4, 4)) == shown


@pytest.mark.parametrize(
    ("length", "value", "shown"),
    [
        (10, "20261201", "2026 12 01"),
        (10, "2026-12-01", "2026-12-01"),
        (40, "150785202611200017", "1507 8520 2611 2000 17"),
    ],
)
def test_dates_and_slip_numbers_are_set_in_groups_while_they_are_typed(
    desk: Callable[..., Desk], length: int, value: str, shown: str
) -> None:
    typing = desk(Keyboard.DIGITS, value=value, max_length=length)
    assert typing.field.shown_text() == shown
    assert typing.field.value == value
