"""The on-screen keyboard: letters with pinyin candidates, digits, an identity-number pad.

All keys of a layer are built once; changing layers swaps one group of widgets. A key shows the finger in the next frame
and acts when the finger leaves it, so that a slip can still be taken back by sliding off.
"""

from __future__ import annotations

from collections.abc import Callable

from kivy.uix.widget import Widget

from kiosk.visit.views import Keyboard
from screens.damage import box_of, declare_local
from screens.theme import TextStyle, Theme
from screens.widgets.key_layouts import FIRST_LAYER, LAYERS, MORE, WORDS, Command, KeySpec, Layer
from screens.widgets.layout import Block
from screens.widgets.paint import Box, Fill
from screens.widgets.tappable import Tappable
from screens.widgets.text import TextRuns, line_pitch, run_width
from screens.widgets.text_field import TextField

SIDE, TOP, GAP, KEY_HEIGHT = 24, 16, 14, 96
"""Distances and heights in design px."""

ROWS = 4
"""Rows of keys of every layer's height; the digit pads share it among fewer, higher keys."""


class Key(Tappable, Widget):
    """A key: a box with words. It is placed and re-labelled, never rebuilt."""

    def __init__(self, theme: Theme, key: str, on_press: Callable[[], None], *, special: bool = False) -> None:
        super().__init__(size_hint=(None, None))
        self.theme = theme
        self.key = key
        self.lit = False
        """Shown in the colour of action: caps are on, the first candidate."""
        self._special = special
        self.on_press = on_press
        self._box = Box(self.canvas, theme, theme.radius_small)
        self._words = TextRuns(self.canvas, theme.palette.ink)
        self._style = theme.scale.label
        self._place = (0, 0, 0, 0)
        self.bind(pressed=lambda *_: self.paint(), focused=lambda *_: self.paint())

    def on_tap(self) -> None:
        """Press the key."""
        self.on_press()

    def put(self, label: str, style: TextStyle, place: tuple[int, int, int, int]) -> None:
        """Stand at `place` (x, y, width, height) with these words."""
        if (label, style, place) == (self.label, self._style, self._place):
            return
        self.label, self._style, self._place = label, style, place
        x, y, width, height = place
        self.pos, self.size = (x, y), (width, height)
        self._box.place(x, y, width, height)
        size = self.theme.px(style.size)
        pitch = line_pitch(style, size)
        self._words.draw((label,), style, size, (x, y + (height - pitch) // 2, width, pitch), "center")
        self.paint()

    def paint(self) -> None:
        """Colour the key by its state."""
        palette = self.theme.palette
        ground = palette.key_special if self._special else palette.surface
        if self.lit:
            ground = palette.pressed
        if self.pressed:
            ground = palette.action
        self._box.paint(ground, palette.focus if self.focused else None)
        self._words.recolour(palette.on_action if self.pressed else palette.action if self.lit else palette.ink)


class CandidateKeys:
    """Candidate words laid out in lines: one line on the bar, or the whole keyboard when more is asked for.

    Keys are taken from a pool, so that a keystroke makes no new widgets.
    """

    def __init__(self, theme: Theme, parent: Widget, on_choose: Callable[[int], None]) -> None:
        self._theme = theme
        self._parent = parent
        self._on_choose = on_choose
        self._pool: list[Key] = []
        self._shown = 0
        self._style = theme.scale.body

    def _key(self, place: int) -> Key:
        while len(self._pool) <= place:
            self._pool.append(Key(self._theme, "", lambda: None))
        return self._pool[place]

    def _chooser(self, index: int) -> Callable[[], None]:
        return lambda: self._on_choose(index)

    def show(self, words: tuple[str, ...], first: int, lines: list[tuple[int, int, int, int]]) -> int:
        """Set `words` from number `first` on into `lines` (x, y, width, height); return the number after the last."""
        theme, gap = self._theme, self._theme.px(GAP)
        size, least, edge = theme.px(self._style.size), theme.px(KEY_HEIGHT), theme.px(24)
        used, index = 0, first
        for x, y, width, height in lines:
            at = x
            while index < len(words):
                wide = max(least, run_width(words[index], size, self._style.weight) + 2 * edge)
                if at + wide > x + width and at > x:
                    break
                key = self._key(used)
                key.key = f"candidate:{index}"
                key.lit = index == 0
                key.on_press = self._chooser(index)
                key.put(words[index], self._style, (at, y, min(wide, width), height))
                key.paint()
                at += wide + gap // 2
                used, index = used + 1, index + 1
        for key in self._pool[self._shown : used]:
            self._parent.add_widget(key)
        for key in self._pool[used : self._shown]:
            self._parent.remove_widget(key)
        self._shown = used
        return index


class KeyboardPanel(Block):
    """The keyboard at the foot of the stage. `attach` says which field it types into; `on_done` is told of 确定."""

    def __init__(self, theme: Theme, on_done: Callable[[], None] | None = None, language: str = "zh_CN") -> None:
        super().__init__(theme)
        self.field: TextField | None = None
        self.layer = Layer.PINYIN
        self._language = language
        self._on_done = on_done
        self._caps = False
        self._starts: list[int] = [0]
        """Number of the first candidate of each page turned so far; more than one: the big list is open."""
        self._open = False
        self._next = 0
        self._done = False
        self._bar_place = (0, 0, 0, 0)
        self._tray = Fill(self.canvas, theme.palette.tray)
        self._bar = Box(self.canvas, theme, theme.radius_small)
        self._groups: dict[Layer, Widget] = {}
        self._keys: dict[Layer, list[tuple[KeySpec, Key]]] = {}
        self._candidates = CandidateKeys(theme, self, self._choose)
        self._more = Key(theme, "candidates:more", self._turn_on)
        self._back = Key(theme, "candidates:back", self._turn_back, special=True)
        self._close = Key(theme, "candidates:close", self._close_list, special=True)
        self.height = self.measure(0)
        self.bind(pos=lambda *_: self.arrange(), width=lambda *_: self.arrange())

    # --- what it types into -------------------------------------------------------------------------------------------

    @property
    def kind(self) -> Keyboard | None:
        """Which keyboard the attached field asked for."""
        return self.field.field.keyboard if self.field is not None else None

    def attach(self, field: TextField | None) -> None:
        """Type into `field` from now on, or into nothing."""
        if field is self.field:
            return
        if self.field is not None:
            self.field.activate(False)
        self.field = field
        if field is not None:
            field.activate(True)
            self.layer = FIRST_LAYER[field.field.keyboard or Keyboard.PINYIN]
        self._caps = False
        self._reset_list()
        self.arrange()

    def set_language(self, language: str) -> None:
        """Label the keys in another language."""
        self._language = language
        self.arrange()

    # --- what a key does ----------------------------------------------------------------------------------------------

    def press(self, name: str) -> None:
        """Do what the key `name` does."""
        field = self.field
        if field is None:
            return
        before, layer = field.value, self.layer
        self._act(field, name)
        self._reset_list()
        self._after(field, before, same_keys=self.layer is layer and name != Command.SHIFT)

    def _act(self, field: TextField, name: str) -> None:
        composer = field.composer
        if name == Command.DELETE:
            composer.delete()
        elif name == Command.DONE:
            composer.finish()
        elif name == Command.SPACE:
            if composer.candidates:
                composer.choose(0)
            elif composer.composing:
                composer.take_letters()
            elif composer.value:
                composer.commit(" ")
        elif name == Command.SHIFT:
            self._caps = not self._caps
        elif name == Command.LANGUAGE:
            composer.take_letters()
            self.layer = Layer.LATIN if self.layer is Layer.PINYIN else Layer.PINYIN
        elif name in (Command.SYMBOLS, Command.LETTERS):
            composer.finish()
            letters = FIRST_LAYER[self.kind or Keyboard.PINYIN]
            self.layer = Layer.SYMBOLS if name == Command.SYMBOLS else letters
        elif self.layer is Layer.PINYIN and name.isascii():
            composer.letter(name)
        else:
            composer.finish()
            composer.commit(name.upper() if self.layer is Layer.LATIN and self._caps else name)
        self._caps = self._caps and self.layer is Layer.LATIN
        self._done = name == Command.DONE

    def _choose(self, index: int) -> None:
        field = self.field
        if field is None or index >= len(field.composer.candidates):
            return
        before = field.value
        field.composer.choose(index)
        self._done = False
        self._reset_list()
        self._after(field, before, same_keys=False)

    def _after(self, field: TextField, before: str, *, same_keys: bool) -> None:
        field.refresh()
        self.arrange()
        if field.value != before:
            field.changed()
        elif not self._done:
            declare_local(self._bar_place if same_keys else box_of(self), box_of(field))
        if self._done and self._on_done is not None:
            self._on_done()

    # --- the list of candidates ------------------------------------------------------------------------------------------

    def _reset_list(self) -> None:
        self._starts = [0]
        self._open = False

    def _turn_on(self) -> None:
        if self._open:
            self._starts.append(self._next)
        self._open = True
        self.arrange()
        declare_local(box_of(self))

    def _turn_back(self) -> None:
        if len(self._starts) > 1:
            self._starts.pop()
        self.arrange()
        declare_local(box_of(self))

    def _close_list(self) -> None:
        self._reset_list()
        self.arrange()
        declare_local(box_of(self))

    # --- looks --------------------------------------------------------------------------------------------------------------

    def measure(self, width: int) -> int:  # noqa: ARG002 - as high at any width
        """Return the height: the candidate bar and four rows."""
        theme = self.theme
        return 2 * theme.px(TOP) + (ROWS + 1) * theme.px(KEY_HEIGHT) + ROWS * theme.px(GAP)

    def natural(self) -> int:
        """A keyboard takes the whole width."""
        return 0

    def arrange(self) -> None:
        """Put keys and candidates in their places."""
        x, y, width, height = int(self.x), int(self.y), int(self.width), int(self.height)
        theme = self.theme
        self._tray.place(x, y, width, height)
        side, gap, high = theme.px(SIDE), theme.px(GAP), theme.px(KEY_HEIGHT)
        left, room = x + side, width - 2 * side
        if room <= 0:
            return
        bar = y + height - theme.px(TOP) - high
        self._show_candidates(left, bar, room, high, gap)
        self._show_layer(None if self._open else self.layer)
        if not self._open:
            bottom = y + theme.px(TOP)
            with_bar = self.layer in (Layer.PINYIN, Layer.LATIN, Layer.SYMBOLS)
            self._arrange_keys(left, bottom, room, (bar - gap if with_bar else bar + high) - bottom, gap)

    def _show_candidates(self, left: int, bar: int, room: int, high: int, gap: int) -> None:
        field = self.field
        words = tuple(c.text for c in field.composer.candidates) if field is not None else ()
        visible = bool(words) or self.layer in (Layer.PINYIN, Layer.LATIN, Layer.SYMBOLS)
        self._bar_place = (left, bar, room, high)
        self._bar.place(left, bar, room, high if visible else 0)
        self._bar.paint(self.theme.palette.surface if visible else None)
        inset = self.theme.px(8)
        wide = self.theme.px(150)
        count = ROWS if self._open else 1
        lines = [
            (
                left + inset,
                bar - line * (high + gap) + inset,
                room - 2 * inset - (0 if line else wide),
                high - 2 * inset,
            )
            for line in range(count)
        ]
        self._next = self._candidates.show(words, self._starts[-1], lines)
        more, back, close = MORE[self._language]
        foot = bar - ROWS * (high + gap)
        half = (room - gap) // 2
        self._toggle(
            self._more,
            more,
            (left + room - wide, bar + inset, wide - inset, high - 2 * inset) if self._next < len(words) else None,
        )
        self._toggle(self._close, close, (left, foot, half, high) if self._open else None)
        turned = self._open and len(self._starts) > 1
        self._toggle(self._back, back, (left + half + gap, foot, room - half - gap, high) if turned else None)

    def _toggle(self, key: Key, label: str, place: tuple[int, int, int, int] | None) -> None:
        if place is not None:
            key.put(label, self.theme.scale.caption, place)
            if key.parent is None:
                self.add_widget(key)
        elif key.parent is not None:
            self.remove_widget(key)

    def _show_layer(self, layer: Layer | None) -> None:
        """Have the keys of `layer`, and no others, among the children."""
        wanted = self._group(layer) if layer is not None else None
        for group in self._groups.values():
            if group is not wanted and group.parent is not None:
                self.remove_widget(group)
        if wanted is not None and wanted.parent is None:
            self.add_widget(wanted)

    def _group(self, layer: Layer) -> Widget:
        if layer not in self._groups:
            group = Widget(size_hint=(None, None))
            keys = []
            for row in LAYERS[layer]:
                for spec in row:
                    key = Key(self.theme, f"key:{spec.name}", self._presser(spec.name), special=spec.special)
                    group.add_widget(key)
                    keys.append((spec, key))
            self._groups[layer], self._keys[layer] = group, keys
        return self._groups[layer]

    def _presser(self, name: str) -> Callable[[], None]:
        return lambda: self.press(name)

    def _arrange_keys(self, left: int, bottom: int, room: int, height: int, gap: int) -> None:
        rows = LAYERS[self.layer]
        high = (height - gap * (len(rows) - 1)) // len(rows)
        pitch = (room + gap) / 10
        keys = iter(self._keys[self.layer])
        top = bottom + height
        words, scale = WORDS[self._language], self.theme.scale
        for row in rows:
            units = sum(spec.units for spec in row)
            at = left + (10 - units) * pitch / 2
            for spec in row:
                _, key = next(keys)
                key.lit = spec.name == Command.SHIFT and self._caps
                command = spec.name in list(Command)
                label = words[Command(spec.name)] if command else self._cap(spec.name)
                typed = scale.action if self.layer in (Layer.DIGITS, Layer.ID_NUMBER) else scale.body
                style = scale.caption if command or len(label) > 1 else typed
                key.put(label, style, (round(at), top - high, round(spec.units * pitch - gap), high))
                key.paint()
                at += spec.units * pitch
            top -= high + gap

    def _cap(self, name: str) -> str:
        """What stands on a key that types: capital letters, except where case matters and caps are off."""
        return name.upper() if self.layer is Layer.PINYIN or self._caps else name
