"""Text set properly: lines broken by the rules of Chinese setting, rare characters from fallback fonts.

A run of text is rendered once in white and tinted where it is drawn, so a colour change (a pressed button) costs
nothing, and the same words on the next screen are there already.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, InstructionGroup, Rectangle

from screens import fonts
from screens.theme import Colour, TextStyle, Theme, Weight
from screens.widgets.layout import Leaf

NEVER_FIRST = frozenset("，。、；：？！）》〉」』】〕”’…—·,.;:?!)]}%‰℃°")
"""Characters that may not begin a line (GB/T 15834 and common practice)."""

NEVER_LAST = frozenset("（《〈「『【〔“‘([{￥¥$#")
"""Characters that may not end a line."""

OPTICAL_RISE = 0.05
"""Part of the size by which a line is lifted so that Chinese characters stand in the middle of their line box."""


@lru_cache(maxsize=64)
def _meter(font: str, size: int) -> Any:
    return CoreLabel(font_name=font, font_size=size, font_hinting="light")


@lru_cache(maxsize=4096)
def run_width(text: str, size: int, weight: Weight) -> int:
    """Return the width in px of `text` set in one line."""
    return sum(int(_meter(font, size).get_extents(part)[0]) for font, part in fonts.runs(text, weight))


@lru_cache(maxsize=512)
def _texture(font: str, size: int, text: str) -> Any:
    label = CoreLabel(text=text, font_name=font, font_size=size, color=(1, 1, 1, 1), font_hinting="light")
    label.refresh()
    # Drawn pixel for pixel: interpolation would cost a third more and change nothing.
    label.texture.min_filter = label.texture.mag_filter = "nearest"
    return label.texture


def _is_wide(character: str) -> bool:
    """Whether a line may be broken beside this character without a blank."""
    return character >= "⺀" or character in "“”‘’…—·"


def pieces(text: str) -> list[str]:
    """Cut `text` where a line may break: one Chinese character, or one word with the blank behind it."""
    found: list[str] = []
    glue = False
    for character in text:
        before = found[-1][-1] if found else ""
        joins = found and (
            glue
            or character in NEVER_FIRST
            or character == " "
            or (before not in (" ", "\n") and not _is_wide(character) and not _is_wide(before))
        )
        if joins and before != "\n" and character != "\n":
            found[-1] += character
        else:
            found.append(character)
        glue = character in NEVER_LAST
    return found


@lru_cache(maxsize=512)
def break_lines(text: str, width: int, size: int, weight: Weight) -> tuple[str, ...]:
    """Break `text` into lines no wider than `width` px."""

    def fits(line: str) -> bool:
        return run_width(line.rstrip(), size, weight) <= width

    lines: list[list[str]] = [[]]
    for piece in pieces(text):
        if piece == "\n":
            lines.append([])
        elif fits("".join(lines[-1]) + piece):
            lines[-1].append(piece)
        elif fits(piece):
            lines.append([piece])
        else:  # one word wider than the line: break it anywhere
            for character in piece:
                if lines[-1] and not fits("".join(lines[-1]) + character):
                    lines.append([])
                lines[-1].append(character)
    # A last line of one lonely character takes one more with it.
    if len(lines) > 1 and len(lines[-2]) > 3 and len("".join(lines[-1]).rstrip("。？！.")) == 1:
        lines[-1].insert(0, lines[-2].pop())
    return tuple("".join(line).rstrip() for line in lines if line) or ("",)


def shortened(text: str, width: int, lines: int, size: int, weight: Weight) -> str:
    """Return `text`, or as much of it as fits into `lines` lines, with an ellipsis."""
    if len(break_lines(text, width, size, weight)) <= lines:
        return text
    shown = text
    while shown and len(break_lines(shown + "…", width, size, weight)) > lines:
        shown = shown[:-1]
    return shown.rstrip() + "…"


class TextRuns:
    """Lines of text drawn on a canvas: the part of a label that other widgets use for their own words."""

    def __init__(self, canvas: Any, colour: Colour) -> None:
        self._group = InstructionGroup()
        self._colour = Color(*colour)
        canvas.add(self._group)

    def recolour(self, colour: Colour) -> None:
        """Tint the text anew."""
        self._colour.rgba = colour

    def clear(self) -> None:
        """Draw nothing."""
        self._group.clear()

    def draw(
        self, lines: tuple[str, ...], style: TextStyle, size: int, box: tuple[int, int, int, int], align: str
    ) -> None:
        """Draw `lines` from the top of `box` (x, y, width, height)."""
        self._group.clear()
        self._group.add(self._colour)
        x, y, width, height = box
        pitch = line_pitch(style, size)
        top = y + height
        for line in lines:
            start = x
            if align != "left":
                spare = width - run_width(line, size, style.weight)
                start = x + (spare // 2 if align == "center" else spare)
            self._draw_line(line, style, size, start, top - pitch, pitch)
            top -= pitch

    def _draw_line(self, line: str, style: TextStyle, size: int, x: int, y: int, pitch: int) -> None:
        main = _meter(fonts.main_font(style.weight), size)
        body = main.get_ascent() - main.get_descent()
        baseline = round(y + (pitch - body) / 2 - main.get_descent() + OPTICAL_RISE * size)
        for font, part in fonts.runs(line, style.weight):
            texture = _texture(font, size, part)
            bottom = round(baseline + _meter(font, size).get_descent())
            self._group.add(Rectangle(texture=texture, pos=(x, bottom), size=texture.size))
            x += int(_meter(font, size).get_extents(part)[0])


def line_pitch(style: TextStyle, size: int) -> int:
    """Return the distance of two lines, px."""
    return round(style.leading * size)


class TextLabel(Leaf):
    """Words in one style and colour, in as many lines as they need."""

    def __init__(
        self, theme: Theme, text: str, style: TextStyle, colour: Colour | None = None, align: str = "left"
    ) -> None:
        super().__init__(theme)
        self.text = text
        self.style = style
        self.colour = colour or theme.palette.ink
        self.align = align
        self.size_px = theme.px(style.size)
        self.lines: tuple[str, ...] = ()
        self._runs = TextRuns(self.canvas, self.colour)

    def set_text(self, text: str) -> None:
        """Show other words in the same place."""
        if text != self.text:
            self.text = text
            self.arrange()

    def recolour(self, colour: Colour) -> None:
        """Show the words in another colour."""
        self.colour = colour
        self._runs.recolour(colour)

    def measure(self, width: int) -> int:
        """Return the height of all lines at `width`."""
        lines = break_lines(self.text, max(1, width), self.size_px, self.style.weight)
        return len(lines) * line_pitch(self.style, self.size_px)

    def natural(self) -> int:
        """Return the width of the text in one line."""
        return max(run_width(part, self.size_px, self.style.weight) for part in self.text.split("\n"))

    def arrange(self) -> None:
        """Break the lines and draw them, in the middle of the height."""
        width = max(1, int(self.width))
        self.lines = break_lines(self.text, width, self.size_px, self.style.weight)
        height = len(self.lines) * line_pitch(self.style, self.size_px)
        y = int(self.y + (self.height - height) / 2)
        self._runs.draw(self.lines, self.style, self.size_px, (int(self.x), y, width, height), self.align)

    @property
    def overflow(self) -> tuple[int, int]:
        """Pixels by which the text is wider and higher than its place; (0, 0) when all of it is inside."""
        widest = max((run_width(line, self.size_px, self.style.weight) for line in self.lines), default=0)
        height = len(self.lines) * line_pitch(self.style, self.size_px)
        return max(0, widest - int(self.width)), max(0, height - int(self.height))
