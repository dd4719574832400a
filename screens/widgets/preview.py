"""The live picture of the document camera: where to put the paper, what is seen of it, how near the photograph is."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import dist

from kivy.graphics import Color, InstructionGroup, Rectangle, SmoothLine
from kivy.graphics.texture import Texture

from kiosk.visit.views import Notice, Tag, Tone
from screens.damage import box_of, declare_local
from screens.port import Preview as PreviewPicture
from screens.theme import Colour, TextStyle, Theme
from screens.widgets.notice import TONE_ICONS, TagChip
from screens.widgets.paint import Icon
from screens.widgets.pictures import EDGE, Stage, fitted

Point = tuple[float, float]
Box = tuple[int, int, int, int]
"""x, y, width, height in window px."""

FOLLOW = 0.6
"""Part of the way to the page's newest corners that the outline goes with each picture: it glides, and lags by one."""
LEAP = 0.06
"""Of the picture's size: corners that are further away are another page's, or the page was moved in one go."""
GUIDE = ((0.07, 0.06), (0.93, 0.06), (0.93, 0.94), (0.07, 0.94))
"""Where to put the paper, as long as none is seen."""
BRACKET = 0.16
"""Part of each side that belongs to a corner's bracket."""
VEIL = 0.45


class Preview(Stage):
    """The live picture with the page's outline and the words for it. One texture serves every frame.

    Brackets say where a paper belongs (white), or that something is to be mended (amber, about the paper's corners);
    a closed line (green) that the paper lies well. It grows bold along the page's edge while the page lies still.
    """

    def __init__(self, theme: Theme, live: tuple[tuple[str, Notice], ...] = ()) -> None:
        super().__init__(theme)
        self._live: Mapping[str, Notice] = dict(live)
        self._style = self._style_for([notice.text for notice in self._live.values()])
        self._chips = {notice: self._chip_of(notice) for notice in self._live.values()}
        self._chip: TagChip | None = None
        self._frame: Texture | None = None
        self._corners: tuple[Point, ...] | None = None
        self._tone = Tone.INFO
        self._progress = 0.0
        self._shooting = ""
        self._waiting = Icon(theme, "camera", theme.palette.on_well, 120)
        self.add_widget(self._waiting)
        self._picture = Rectangle()
        self._outline = _Outline(theme)
        self._veil_colour = Color(1, 1, 1, 0)
        self._veil = Rectangle()

    def show_preview(self, picture: PreviewPicture) -> None:
        """Show the newest frame; while a photograph is being taken, the picture stands still.

        Without words for it there is no picture either: the camera is out of order, and what it sends means nothing.
        """
        if not self._live or (self._shooting and self._frame is not None):
            return
        size = (picture.width, picture.height)
        if self._frame is None or self._frame.size != size:
            self._begin(size)
        self._frame.blit_buffer(picture.rgb, colorfmt="rgb", bufferfmt="ubyte")  # type: ignore[union-attr]
        self._corners = _towards(self._corners, picture.outline)
        self._progress = picture.progress
        notice = self._live.get(picture.state)
        self._tone = Tone.INFO if notice is None else notice.tone
        self._say(self._chips.get(notice) if notice is not None else None)
        self._flash()
        self._stand()
        self.canvas.ask_update()
        declare_local(box_of(self))

    def shooting(self, words: str) -> None:
        """A photograph is being taken, which these words say; empty: it is no longer."""
        if words == self._shooting:
            return
        self._shooting = words
        if not words:
            # Nothing came of it. What the next picture shows is said with it, if the camera sends one.
            self._corners, self._progress, self._tone = None, 0.0, Tone.INFO
            self._say(None)
        self._flash()
        self.arrange()

    def arrange(self) -> None:
        """Fit picture, outline and words into the well."""
        super().arrange()
        self._waiting.place(*self.inside())
        self._stand()

    def _flash(self) -> None:
        """Have the picture say that it is being taken, or no longer."""
        flashes = bool(self._shooting) and self._frame is not None
        self._veil_colour.a = VEIL if flashes else 0
        if flashes:
            self._progress, self._tone = 1.0, Tone.GOOD
            self._say(self._chip_of(Notice(Tone.GOOD, self._shooting)))

    def _begin(self, size: tuple[int, int]) -> None:
        """Have room for pictures of this size."""
        self._frame = Texture.create(size=size, colorfmt="rgb")
        self._frame.flip_vertical()
        self._picture.texture = self._frame
        if self._waiting.parent is not None:
            self.remove_widget(self._waiting)
            for part in (
                Color(1, 1, 1, 1),
                self._picture,
                self._outline.canvas,
                self._veil_colour,
                self._veil,
            ):
                self.canvas.add(part)

    def _style_for(self, sentences: list[str]) -> TextStyle:
        """Words to be read from a step away; smaller ones when any of them would need two lines."""
        theme = self.theme
        room = theme.window[0] // (2 if theme.landscape else 1) - 2 * theme.px(theme.margin + EDGE)
        large = theme.scale.section
        chips = [TagChip(theme, Tag(Tone.GOOD, text), large) for text in sentences]
        return large if all(chip.natural() <= room for chip in chips) else theme.scale.body_strong

    def _chip_of(self, notice: Notice) -> TagChip:
        icon = TONE_ICONS[notice.tone] or None
        return TagChip(self.theme, Tag(notice.tone, notice.text), self._style, icon=icon)

    def _say(self, chip: TagChip | None) -> None:
        if chip is self._chip:
            return
        if self._chip is not None:
            self.remove_widget(self._chip)
        self._chip = chip
        if chip is not None:
            self.add_widget(chip)

    def _stand(self) -> None:
        """Place what changes from picture to picture."""
        x, y, width, height = self.inside()
        strip = self._strip(width)
        if self._chip is not None:
            wide, high = min(self._chip.natural(), width), self._chip.measure(width)
            self._chip.place(x + (width - wide) // 2, y + (strip - high) // 2, wide, high)
        if self._frame is None:
            return
        gap = self.theme.px(16) if strip else 0
        box = fitted(self._frame.size, (x, y + strip + gap, width, max(1, height - strip - gap)))
        self._picture.pos, self._picture.size = box[:2], box[2:]
        self._veil.pos, self._veil.size = (box[:2], box[2:]) if self._veil_colour.a else (box[:2], (0, 0))
        self._outline.draw(box, self._corners, self._tone, self._progress)

    def _strip(self, width: int) -> int:
        """Height for the words under the picture: that of the highest ones, so that the picture never moves."""
        return max((chip.measure(width) for chip in self._chips.values()), default=0)


class _Outline:
    """Lines about a page, each on a darker and wider one: they are seen on a white paper and on a black desk."""

    def __init__(self, theme: Theme) -> None:
        self.canvas = InstructionGroup()
        self._theme = theme

    def draw(self, box: Box, corners: tuple[Point, ...] | None, tone: Tone, progress: float) -> None:
        """Draw for the page with these corners (shares of the picture, which stands in `box`), or where one belongs."""
        palette = self._theme.palette
        self.canvas.clear()
        if corners is None:
            self._lines(_brackets(_on(box, GUIDE)), palette.on_well, 3)
        elif tone in (Tone.WARNING, Tone.BAD):
            self._lines(_brackets(_on(box, corners)), palette.searching, 4)
        else:
            around = _on(box, corners)
            self._lines([[*around, around[0]]], palette.found, 2)
            if progress > 0:
                self._lines([_part_of([*around, around[0]], progress)], palette.found, 4)

    def _lines(self, lines: list[list[Point]], colour: Colour, width: int) -> None:
        for line in lines:
            flat = [value for point in line for value in point]
            self.canvas.add(Color(*self._theme.palette.well[:3], 0.7))
            self.canvas.add(SmoothLine(points=flat, width=self._theme.px(width + 1), joint="round", cap="round"))
            self.canvas.add(Color(*colour))
            self.canvas.add(SmoothLine(points=flat, width=self._theme.px(width), joint="round", cap="round"))


def _towards(old: tuple[Point, ...] | None, new: tuple[Point, ...] | None) -> tuple[Point, ...] | None:
    """Where to draw the corners that were drawn at `old` and are at `new`."""
    if old is None or new is None or any(dist(a, b) > LEAP for a, b in zip(old, new, strict=True)):
        return new
    return tuple((a[0] + FOLLOW * (b[0] - a[0]), a[1] + FOLLOW * (b[1] - a[1])) for a, b in zip(old, new, strict=True))


def _on(box: Box, corners: tuple[Point, ...]) -> list[Point]:
    """Shares of a picture from its top left, as window px; what lies outside it is drawn along its rim."""
    x, y, width, height = box
    seen = ((min(max(px, 0.0), 1.0), min(max(py, 0.0), 1.0)) for px, py in corners)
    return [(x + px * width, y + (1 - py) * height) for px, py in seen]


def _between(a: Point, b: Point, share: float) -> Point:
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


def _brackets(corners: list[Point]) -> list[list[Point]]:
    """An angle at each corner."""
    before, after = [corners[-1], *corners[:-1]], [*corners[1:], corners[0]]
    return [
        [_between(here, one, BRACKET), here, _between(here, other, BRACKET)]
        for one, here, other in zip(before, corners, after, strict=True)
    ]


def _part_of(line: list[Point], share: float) -> list[Point]:
    """The first part of a line."""
    left = share * sum(dist(a, b) for a, b in pairwise(line))
    part = [line[0]]
    for a, b in pairwise(line):
        length = dist(a, b)
        if length >= left:
            return [*part, _between(a, b, left / length if length else 1.0)]
        part.append(b)
        left -= length
    return part
