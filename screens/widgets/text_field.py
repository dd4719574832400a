"""A line to type into: what the citizen has entered, what is being composed, and where the next character will stand.

Text is only added and taken away at its end, which is what people do at a terminal; the field shows its last lines
when it holds more than fits. A change is told only when text was committed, never for letters under way.
"""

from __future__ import annotations

from collections.abc import Callable

from kiosk.input import Composer, PinyinEngine, default_engine
from kiosk.visit.views import Field, Keyboard, Tone
from screens.theme import TextStyle, Theme
from screens.widgets.layout import Block
from screens.widgets.paint import Box, Fill
from screens.widgets.tappable import Tappable
from screens.widgets.text import TextLabel, TextRuns, break_lines, line_pitch, run_width

GROUPS: dict[tuple[Keyboard, int], tuple[int, ...]] = {
    (Keyboard.DIGITS, 11): (3, 4, 4),
    (Keyboard.DIGITS, 10): (4, 2, 2),
    (Keyboard.DIGITS, 7): (4, 2),
    (Keyboard.DIGITS, 19): (4, 4, 4, 4),
    (Keyboard.DIGITS, 40): (4, 4, 4, 4),
    (Keyboard.ID_NUMBER, 18): (6, 4, 4, 4),
}
"""How digits are set in groups, by keyboard and greatest length: mobile phone, date, month, bank card, slip number,
identity number."""


def grouped(value: str, groups: tuple[int, ...]) -> str:
    """Return `value` with a blank between its groups (138 0013 8000); the value itself never has blanks."""
    parts, start = [], 0
    for length in groups:
        parts.append(value[start : start + length])
        start += length
    parts.append(value[start:])
    return " ".join(part for part in parts if part)


class AsTyped(Composer):
    """Typing what is searched for: letters that no word was picked for stay letters, they may be initials."""

    def finish(self) -> None:
        """Take the letters as they stand."""
        self.take_letters()


class TextField(Tappable, Block):
    """A label, a box to type into, and a hint or an error below.

    `on_change(field_key, value)` is called after each committed change, `on_focus(field)` when the box is tapped.
    `live`: letters under way are told as well, for a search that answers while one types (plx finds 平罗县).
    """

    def __init__(
        self,
        theme: Theme,
        field: Field,
        on_change: Callable[[str, str], None],
        on_focus: Callable[[TextField], None],
        engine: PinyinEngine | None = None,
        *,
        live: bool = False,
    ) -> None:
        super().__init__(theme)
        self.field = field
        self._live = live
        self._engine = engine or default_engine()
        self.composer = self._new_composer(field)
        self._echoes = [field.value]
        """What the visit last confirmed, then what it was told since: a view with one of these says nothing new."""
        self._on_change = on_change
        self._on_focus = on_focus
        palette, scale = theme.palette, theme.scale
        self._style: TextStyle = scale.body
        self._size = theme.px(self._style.size)
        self._label = TextLabel(theme, "", scale.caption, palette.ink_soft)
        self._below = TextLabel(theme, "", scale.caption, palette.ink_soft)
        self.add_widget(self._label)
        self.add_widget(self._below)
        self._box = Box(self.canvas, theme, theme.radius)
        self._text = TextRuns(self.canvas, palette.ink)
        self._preedit = TextRuns(self.canvas, palette.action)
        self._underline = Fill(self.canvas, palette.action)
        self._caret = Fill(self.canvas, palette.action)
        self._inside = (0, 0, 0, 0)
        self.active = False
        """Whether the keyboard types into this field."""
        self.show(field)
        self.bind(pressed=lambda *_: self._paint(), focused=lambda *_: self._paint())

    def _new_composer(self, field: Field) -> Composer:
        kind = AsTyped if self._live else Composer
        return kind(self._engine, field.value, max_length=field.max_length, name="name" in field.key)

    @property
    def value(self) -> str:
        """What counts as entered."""
        return self.composer.value + (self.composer.letters if self._live else "")

    def show(self, field: Field) -> None:
        """Show the field of a new view.

        Views come back later than fingers type: a value that we told ourselves never undoes what was typed since.
        """
        if field.key != self.field.key or field.max_length != self.field.max_length:
            self.composer = self._new_composer(field)
            self._echoes = [field.value]
        elif field.value in self._echoes:
            del self._echoes[: self._echoes.index(field.value)]
        else:
            self.composer.value = field.value
            self.composer.drop()
            self._echoes = [field.value]
        self.field = field
        self.key = field.key
        self.label = field.label
        self._label.text = field.label
        self._below.text = field.error or field.hint
        palette = self.theme.palette
        self._below.recolour(palette.tones[Tone.BAD].text if field.error else palette.ink_soft)
        self._paint()
        self.arrange()

    def activate(self, active: bool) -> None:
        """Show or hide the caret; leaving a field commits what is being composed."""
        if self.active and not active and self.composer.composing:
            before = self.value
            self.composer.finish()
            if self.value != before:
                self.changed()
        self.active = active
        self._paint()
        self.refresh()

    def changed(self) -> None:
        """Tell that the value has changed."""
        self._echoes.append(self.value)
        self._on_change(self.field.key, self.value)

    def on_tap(self) -> None:
        """Ask for the keyboard."""
        self._on_focus(self)

    # --- looks ------------------------------------------------------------------------------------------------------

    def _paint(self) -> None:
        palette = self.theme.palette
        edge = palette.action if self.active or self.focused else palette.hairline
        self._box.paint(palette.pressed if self.pressed else palette.surface, edge, 3 if self.active else None)

    def shown_text(self) -> str:
        """The value as it is set in the box."""
        keyboard = self.field.keyboard
        groups = GROUPS.get((keyboard, self.field.max_length)) if keyboard is not None else None
        value = self.composer.value
        # A date that was understood has hyphens already.
        return grouped(value, groups) if groups and value.isalnum() else value

    def _padding(self) -> int:
        return self.theme.px(36)

    def _lines(self, width: int) -> list[str]:
        room = max(1, width - 2 * self._padding())
        return list(break_lines(self.shown_text() + self.composer.letters, room, self._size, self._style.weight))

    def _box_height(self, width: int) -> int:
        text = len(self._lines(width)) * line_pitch(self._style, self._size)
        return max(self.theme.px(self.theme.scale.target), text + self.theme.px(40))

    def _heights(self, width: int) -> tuple[int, int]:
        """Heights of label and line below, with their gaps."""
        gap = self.theme.px(12)
        label = self._label.measure(width) + gap if self._label.text else 0
        below = self._below.measure(width) + gap if self._below.text else 0
        return label, below

    def measure(self, width: int) -> int:
        """Return the height of label, box and the line below."""
        return sum(self._heights(width)) + self._box_height(width)

    def natural(self) -> int:
        """A field takes the whole width."""
        return 0

    def arrange(self) -> None:
        """Place label, box and the line below."""
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
        label, below = self._heights(width)
        gap = self.theme.px(12)
        self._label.place(x, y + height - label + gap, width, max(0, label - gap))
        self._below.place(x, y, width, max(0, below - gap))
        self._inside = (x, y + below, width, max(0, height - label - below))
        self._box.place(*self._inside)
        self.refresh()

    def refresh(self) -> None:
        """Set the text anew: after each key."""
        x, y, width, height = self._inside
        pitch = line_pitch(self._style, self._size)
        fitting = max(1, height // pitch)
        lines = self._lines(width)[-fitting:]
        left, room = x + self._padding(), max(1, width - 2 * self._padding())
        bottom = y + (height - len(lines) * pitch) // 2
        box = (left, bottom, room, len(lines) * pitch)
        # Letters under way stand at the end of the text; those in the last line are set apart and underlined.
        last = lines[-1]
        composing = min(len(self.composer.letters), len(last))
        done = last[: len(last) - composing]
        self._text.draw((*lines[:-1], done), self._style, self._size, box, "left")
        start = left + run_width(done, self._size, self._style.weight)
        letters = last[len(last) - composing :]
        long = run_width(letters, self._size, self._style.weight) if letters else 0
        self._preedit.draw((letters,), self._style, self._size, (start, bottom, room, pitch), "left")
        thick = self.theme.px(3)
        self._underline.place(start, bottom + self.theme.px(4), long, thick if letters else 0)
        high = self.theme.px(44) if self.active else 0
        self._caret.place(start + long + self.theme.px(2), bottom + (pitch - high) // 2, thick, high)
