"""A sheet being written on: a typist's hand, a pen, a table, a photograph that shows nobody.

Places and sizes are millimetres from the sheet's top left corner, so that a paper can be drawn at any resolution:
letters are set at that resolution, never enlarged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from drivers.virtual.desk import Sheet
from drivers.virtual.papers import marks
from drivers.virtual.personas import Persona

Colour = tuple[int, int, int]

WHITE: Colour = (247, 246, 243)
INK: Colour = (38, 36, 40)
FORM: Colour = (70, 66, 66)
RED: Colour = (206, 38, 44)
PEN: Colour = (32, 44, 120)
PENCIL: Colour = (128, 128, 132)

EXPIRED_IN = 2024
"""The year in which the variant `expired` of a paper was valid for the last time."""

_FONTS = Path(__file__).parents[3] / "assets/fonts"
_NEVER_FIRST = "，。；：、）》”！？"
"""No line begins with these."""


class Variant(StrEnum):
    """What makes a paper one that should be noticed."""

    EXPIRED = "expired"
    """Its validity is over; papers without one are not changed."""
    NO_SEAL = "no_seal"
    NO_SIGNATURE = "no_signature"
    PENCIL = "pencil"
    """What is written by hand is written in pencil, and a note in pencil stands at the foot."""
    NEXT_PAGE = "next_page"
    """The second page, or the other side, of a paper that has one."""


@dataclass
class Truth:
    """What stands on a paper, as the one who drew it knows."""

    name: bool = False
    """The person's name."""
    id_number: bool = False
    """The person's identity number."""
    seals: int = 0
    """Red seals pressed on it. The printed red of an identity card's emblem is none."""
    signatures: int = 0
    valid_until: date | None = None
    """The last day of validity that stands on it or follows from its date; None when there is none, or 长期."""


@cache
def font(size: float, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The project's Chinese font, `size` pixels high. The bold one has the characters of GB/T 2312 only."""
    return ImageFont.truetype(str(_FONTS / f"NotoSansSC-{'Bold' if bold else 'Regular'}.ttf"), size)


@dataclass
class Page:
    """A sheet of `width_mm` × `height_mm` for `person`, at `scale` pixels a millimetre."""

    person: Persona
    width_mm: float = 210
    height_mm: float = 297
    tint: Colour = WHITE
    variants: frozenset[Variant] = frozenset()
    scale: float = 8.0
    truth: Truth = field(default_factory=Truth)

    def __post_init__(self) -> None:
        size = (round(self.width_mm * self.scale), round(self.height_mm * self.scale))
        self.image = Image.new("RGB", size, self.tint)
        self.draw = ImageDraw.Draw(self.image)

    # --- words -------------------------------------------------------------------------------------------------------

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = 4.6,
        *,
        ink: Colour = INK,
        anchor: str = "la",
        bold: bool = False,
    ) -> None:
        """One line of print, `size` millimetres high. `anchor` is Pillow's."""
        self._know(words)
        face = font(size * self.scale, bold=bold)
        self.draw.text((x * self.scale, y * self.scale), words, ink, face, anchor=anchor)

    def title(self, words: str, y: float = 30, size: float = 8.4, *, ink: Colour = INK, spaced: bool = False) -> None:
        """A heading in the middle of the sheet."""
        words = "　".join(words) if spaced else words
        self.text(self.width_mm / 2, y, words, size, anchor="mm", bold=True, ink=ink)

    def paragraph(
        self,
        x: float,
        y: float,
        width: float,
        words: str,
        size: float = 4.6,
        lead: float = 1.75,
        *,
        ink: Colour = INK,
        indent: bool = True,
    ) -> float:
        """Set `words` in lines of `width`; a number is not broken. Returns where the next line would start."""
        self._know(words)
        face = font(size * self.scale)
        line = "　　" if indent else ""
        for unit in _units(words):
            if line.strip() and face.getlength(line + unit) > width * self.scale and unit not in _NEVER_FIRST:
                self.draw.text((x * self.scale, y * self.scale), line, ink, face)
                y += size * lead
                line = ""
            line += unit
        self.draw.text((x * self.scale, y * self.scale), line, ink, face)
        return y + size * lead

    def written(self, x: float, y: float, words: str, size: float = 5.0) -> None:
        """Words filled in by hand, from `x` on, about the line `y`."""
        self._know(words)
        stroke = marks.handwriting(words, size * self.scale, font(size * self.scale))
        self._press(x + stroke.width / self.scale / 2, y, stroke, self._hand)

    def fields(
        self,
        x: float,
        y: float,
        rows: Sequence[tuple[str, str]],
        size: float = 3.0,
        lead: float = 1.9,
        label: float = 17,
    ) -> float:
        """Rows of a label and a value beside it, without rules, as on cards. Returns where the next would start."""
        for name, value in rows:
            self.text(x, y, name, size * 0.85, ink=FORM, anchor="lm")
            self.text(x + label, y, value, size, anchor="lm")
            y += size * lead
        return y

    # --- lines -------------------------------------------------------------------------------------------------------

    def line(self, x1: float, y1: float, x2: float, y2: float, width: float = 0.3, ink: Colour = FORM) -> None:
        """A ruled line, `width` millimetres thick."""
        ends = (x1 * self.scale, y1 * self.scale, x2 * self.scale, y2 * self.scale)
        self.draw.line(ends, ink, max(1, round(width * self.scale)))

    def frame(self, x: float, y: float, width: float, height: float, ink: Colour = FORM, thick: float = 0.3) -> None:
        """A rectangle's outline."""
        box = (x * self.scale, y * self.scale, (x + width) * self.scale, (y + height) * self.scale)
        self.draw.rectangle(box, outline=ink, width=max(1, round(thick * self.scale)))

    def area(self, x: float, y: float, width: float, height: float, tint: Colour) -> None:
        """A rectangle of one colour."""
        box = (x * self.scale, y * self.scale, (x + width) * self.scale, (y + height) * self.scale)
        self.draw.rectangle(box, fill=tint)

    def table(
        self,
        x: float,
        y: float,
        width: float,
        rows: Sequence[Sequence[tuple[str, str]]],
        height: float = 12,
        *,
        label: float = 26,
        size: float = 4.2,
        ink: Colour = FORM,
    ) -> float:
        """Ruled rows of (label, value) pairs; the cells of a row share the width. Returns where the table ends."""
        top = y
        for row in rows:
            self.line(x, y, x + width, y, ink=ink)
            cell = width / len(row)
            for number, (name, value) in enumerate(row):
                left = x + number * cell
                self._fit(left + 1, y, label - 2, height, name, size * 0.9, ink)
                self.line(left + label, y, left + label, y + height, ink=ink)
                self._fit(left + label + 1.5, y, cell - label - 2.5, height, value, size, INK)
                self.line(left, y, left, y + height, ink=ink)
            y += height
        self.line(x, y, x + width, y, ink=ink)
        self.line(x + width, top, x + width, y, ink=ink)
        return y

    def _fit(self, x: float, y: float, width: float, height: float, words: str, size: float, ink: Colour) -> None:
        """Write `words` into a cell, smaller and on two lines when it is too narrow."""
        self._know(words)
        lines, size = [words], size
        if font(size * self.scale).getlength(words) > width * self.scale:
            size *= 0.76
            lines = _folded(words, width * self.scale, font(size * self.scale))
        for number, line in enumerate(lines):
            at = y + height * (number + 0.5 + 0.12 * (len(lines) - 1) * (0.5 - number) * 2) / len(lines)
            self.draw.text((x * self.scale, at * self.scale), line, ink, font(size * self.scale), anchor="lm")

    # --- what makes it an official paper -----------------------------------------------------------------------------

    def days(self, first: date, last: date | None) -> tuple[date, date | None]:
        """The days of validity to be printed. The variant `expired` is the same paper, some years older."""
        if Variant.EXPIRED in self.variants:
            last = last or first.replace(year=first.year + 10)
            older = last.year - EXPIRED_IN
            first, last = _earlier(first, older), _earlier(last, older)
        self.truth.valid_until = last
        return first, last

    def seal(self, x: float, y: float, name: str, radius: float = 20, *, square: bool = False) -> None:
        """A red seal, centred; none on the variant without one."""
        if Variant.NO_SEAL in self.variants:
            return
        self.truth.seals += 1
        make = marks.square_seal if square else marks.round_seal
        self._press(x, y, make(name, radius * self.scale, font), RED)

    def signature(self, x: float, y: float, name: str, size: float = 8.5) -> None:
        """A name written by hand, from `x` on, about the line `y`; none on the variant without one."""
        if Variant.NO_SIGNATURE in self.variants:
            return
        self.truth.signatures += 1
        self._know(name)
        stroke = marks.handwriting(name, size * self.scale, font(size * self.scale))
        self._press(x + stroke.width / self.scale / 2, y, stroke, self._hand)

    def thumb(self, x: float, y: float) -> None:
        """A thumb pressed in red ink."""
        self._press(x, y, marks.thumb_print(8 * self.scale), RED)

    def photo(self, x: float, y: float, width: float, height: float, ground: Colour = (214, 222, 230)) -> None:
        """Where a photograph would be: a grey figure without a face."""
        self.image.paste(
            marks.silhouette(round(width * self.scale), round(height * self.scale), ground),
            (round(x * self.scale), round(y * self.scale)),
        )

    def guilloche(self, x: float, y: float, width: float, height: float, ink: Colour, waves: int = 9) -> None:
        """The fine waves printed on papers of value."""
        box = (round(x * self.scale), round(y * self.scale), round(width * self.scale), round(height * self.scale))
        marks.draw_waves(self.draw, box, ink, waves)

    def footer(self) -> None:
        """Says that this is a sample; and the pencilled note of the variant `pencil`."""
        small = self.height_mm < 70
        words = "样张　虚构人物" if small else "样张　虚构人物，仅供演示和测试"
        up = 2.2 if small else 7
        size = 1.8 if small else 2.8
        self.text(self.width_mm / 2, self.height_mm - up, words, size, anchor="mm", ink=(150, 150, 150))
        if Variant.PENCIL in self.variants:
            self.written(self.width_mm * 0.1, self.height_mm - up * 2.6, "已核对，原件在家", self.height_mm / 55 + 1)

    def _know(self, words: str) -> None:
        """Note what the person would look for among `words`."""
        self.truth.name |= self.person.name in words
        self.truth.id_number |= self.person.id_number in words

    @property
    def _hand(self) -> Colour:
        return PENCIL if Variant.PENCIL in self.variants else PEN

    def _press(self, x: float, y: float, stamp: Image.Image, colour: Colour) -> None:
        """Multiply the coloured stamp onto the page, centred at (x, y): print shows through a seal."""
        left = round(x * self.scale - stamp.width / 2)
        top = round(y * self.scale - stamp.height / 2)
        box = (left, top, left + stamp.width, top + stamp.height)
        below = np.asarray(self.image.crop(box), np.float32)
        share = np.asarray(stamp, np.float32)[..., None] / 255
        pressed = below * (1 - share + share * np.array(colour, np.float32) / 255)
        self.image.paste(Image.fromarray(pressed.astype(np.uint8)), (left, top))

    def sheet(self) -> Sheet:
        """The finished sheet, with the faint grain of paper."""
        face = np.asarray(self.image)[:, :, ::-1].astype(np.int16)
        rng = np.random.default_rng(7)
        step = max(1, round(self.scale * 0.6))
        coarse = rng.normal(0, 1.3, (face.shape[0] // step + 1, face.shape[1] // step + 1)).astype(np.int16)
        coarse = coarse.repeat(step, 0).repeat(step, 1)
        face = face + coarse[: face.shape[0], : face.shape[1], None]
        return Sheet(np.clip(face, 0, 255).astype(np.uint8), self.width_mm, self.height_mm)


def sex(person: Persona) -> str:
    """男 or 女."""
    return "男" if person.sex_code == "1" else "女"


def ethnicity(person: Persona) -> str:
    """The name of the person's ethnic group (GB/T 3304); 汉 when the card says none."""
    return _ETHNICITIES.get(person.ethnicity_code, "汉")


def home(person: Persona) -> str:
    """Where the person is registered."""
    return person.address or person.mailing_address


def in_words(day: date) -> str:
    """二〇二六年十一月二日."""
    year = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(day.year))
    return f"{year}年{_number(day.month)}月{_number(day.day)}日"


def in_figures(day: date) -> str:
    """2026年11月2日."""
    return f"{day.year}年{day.month}月{day.day}日"


def _earlier(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=min(day.day, 28) if day.month == 2 else day.day)


def _number(value: int) -> str:
    tens, ones = divmod(value, 10)
    return ("" if tens == 0 else "十" if tens == 1 else "一二三四五六七八九"[tens - 1] + "十") + (
        "一二三四五六七八九"[ones - 1] if ones else ""
    )


_ETHNICITIES: Mapping[str, str] = {"01": "汉", "05": "维吾尔", "06": "苗"}


def _units(words: str) -> list[str]:
    """Characters, but a run of Latin letters and figures in one piece: where a line may be broken."""
    units: list[str] = []
    for character in words:
        joined = units and character.isascii() and character.isalnum() and units[-1][-1].isascii()
        if joined and units[-1][-1].isalnum():
            units[-1] += character
        else:
            units.append(character)
    return units


def _folded(words: str, width: float, face: ImageFont.FreeTypeFont) -> list[str]:
    """`words` on one line, or on two (of which the second may be too long)."""
    line = ""
    for unit in _units(words):
        if line and face.getlength(line + unit) > width:
            return [line, words[len(line) :]]
        line += unit
    return [line]
