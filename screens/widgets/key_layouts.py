"""The keyboards as data: which keys stand where. Ten units make a full row; nothing here draws.

A key's `name` is what pressing it means: one character is typed as it is, several characters are typed as a word, and
the words in `Command` do something. The scripted citizen finds a key as `key:<name>`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.visit.views import Keyboard


class Command(StrEnum):
    """Keys that do not type."""

    DELETE = "delete"
    DONE = "done"
    SPACE = "space"
    SHIFT = "shift"
    LANGUAGE = "language"
    SYMBOLS = "symbols"
    LETTERS = "letters"


@dataclass(frozen=True)
class KeySpec:
    """A key: what it means, how wide it is, whether it is one of the grey ones."""

    name: str
    units: float = 1.0
    special: bool = False


Rows = tuple[tuple[KeySpec, ...], ...]


class Layer(StrEnum):
    """Which keys are on show."""

    PINYIN = "pinyin"
    LATIN = "latin"
    SYMBOLS = "symbols"
    DIGITS = "digits"
    ID_NUMBER = "id_number"


def _row(characters: str) -> tuple[KeySpec, ...]:
    return tuple(KeySpec(character) for character in characters)


def _special(command: Command, units: float = 1.5) -> KeySpec:
    return KeySpec(command, units, special=True)


def _letters(beside_z: KeySpec, comma: str) -> Rows:
    return (
        _row("qwertyuiop"),
        _row("asdfghjkl"),
        (beside_z, *_row("zxcvbnm"), _special(Command.DELETE)),
        (
            _special(Command.SYMBOLS),
            _special(Command.LANGUAGE),
            _special(Command.SPACE, 4.0),
            KeySpec(comma, 1.5, special=True),
            _special(Command.DONE),
        ),
    )


THIRD = 10 / 3


def _pad(*last_row: KeySpec) -> Rows:
    """Digits as on a telephone."""
    return (*(tuple(KeySpec(digit, THIRD) for digit in row) for row in ("123", "456", "789")), last_row)


LAYERS: dict[Layer, Rows] = {
    # The dot joins the parts of many minority names: it must not hide among the symbols.
    Layer.PINYIN: _letters(KeySpec("·", 1.5, special=True), "，"),
    Layer.LATIN: _letters(_special(Command.SHIFT), "."),
    Layer.SYMBOLS: (
        _row("1234567890"),
        (*_row("-/，。、（）#"), KeySpec("号"), KeySpec("楼")),
        (*_row("室层栋弄村组街路"), _special(Command.DELETE, 2.0)),
        (
            _special(Command.LETTERS),
            KeySpec("单元", 1.5),
            _special(Command.SPACE, 4.0),
            KeySpec("街道", 1.5),
            _special(Command.DONE),
        ),
    ),
    Layer.DIGITS: _pad(_special(Command.DELETE, THIRD), KeySpec("0", THIRD), _special(Command.DONE, THIRD)),
    Layer.ID_NUMBER: _pad(
        KeySpec("X", THIRD),
        KeySpec("0", THIRD),
        _special(Command.DELETE, THIRD / 2),
        _special(Command.DONE, THIRD / 2),
    ),
}

FIRST_LAYER: dict[Keyboard, Layer] = {
    Keyboard.PINYIN: Layer.PINYIN,
    Keyboard.LATIN: Layer.LATIN,
    Keyboard.DIGITS: Layer.DIGITS,
    Keyboard.ID_NUMBER: Layer.ID_NUMBER,
}

WORDS: dict[str, dict[Command, str]] = {
    "zh_CN": {
        Command.DELETE: "删除",
        Command.DONE: "确定",
        Command.SPACE: "空格",
        Command.SHIFT: "大写",
        Command.LANGUAGE: "中/英",
        Command.SYMBOLS: "123",
        Command.LETTERS: "ABC",
    },
    "en": {
        Command.DELETE: "Delete",
        Command.DONE: "Done",
        Command.SPACE: "Space",
        Command.SHIFT: "Caps",
        Command.LANGUAGE: "中/EN",
        Command.SYMBOLS: "123",
        Command.LETTERS: "ABC",
    },
}

MORE: dict[str, tuple[str, str, str]] = {
    "zh_CN": ("更多", "上一页", "收起"),
    "en": ("More", "Back", "Close"),
}
"""Words for: the next candidates, the candidates before, back to the keys."""
