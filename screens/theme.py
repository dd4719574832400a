"""The design tokens: colours, type, distances. The only place where a colour or a size is chosen.

All sizes are given for a screen of 1080 px on its short side at 102 ppi (4 px are about 1 mm) and are multiplied by
`Theme.factor` for another window. Colours were measured on the design board; `tests/screens` holds every pair used
for text to a contrast of at least 4.5 : 1.
"""

# ruff: noqa: RUF009 - `rgb` returns a tuple: every palette may share it

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.visit.views import Tone

Colour = tuple[float, float, float, float]
"""Red, green, blue, opacity, each 0…1."""

DESIGN_SHORT_SIDE = 1080
"""Pixels on the short side of the screen for which all sizes are given."""


def rgb(hex_code: str, opacity: float = 1.0) -> Colour:
    """Return the colour written `#RRGGBB`."""
    value = int(hex_code.lstrip("#"), 16)
    return ((value >> 16) / 255, (value >> 8 & 255) / 255, (value & 255) / 255, opacity)


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio (1…21) of two opaque colours, as WCAG 2.2 defines it."""

    def luminance(colour: Colour) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class Weight(StrEnum):
    """The three weights of the type family."""

    REGULAR = "regular"
    MEDIUM = "medium"
    BOLD = "bold"


@dataclass(frozen=True)
class TextStyle:
    """A size (design px), a weight, and the distance of lines in multiples of the size."""

    size: int
    weight: Weight = Weight.REGULAR
    leading: float = 1.45


@dataclass(frozen=True)
class Ink:
    """What a thing is painted with: its ground, its words, its edge."""

    ground: Colour
    text: Colour
    edge: Colour


@dataclass(frozen=True)
class Palette:
    """All colours of one theme."""

    ground: Colour = rgb("#F5F7F9")
    surface: Colour = rgb("#FFFFFF")
    ink: Colour = rgb("#14202E")
    ink_soft: Colour = rgb("#52616F")
    """Second voice: explanations, labels."""
    hairline: Colour = rgb("#DCE3EA")
    action: Colour = rgb("#0B4FA3")
    action_pressed: Colour = rgb("#083B7A")
    on_action: Colour = rgb("#FFFFFF")
    on_action_soft: Colour = rgb("#D6E4F5")
    pressed: Colour = rgb("#E7F0FA")
    """Ground of anything white while a finger is on it."""
    disabled: Colour = rgb("#E4E9EE")
    on_disabled: Colour = rgb("#566573")
    warm: Colour = rgb("#B45309")
    """Your turn: the only warm colour, used sparingly."""
    focus: Colour = rgb("#0B4FA3")
    well: Colour = rgb("#2B3238")
    """Behind the camera picture."""
    on_well: Colour = rgb("#E6ECF1")
    found: Colour = rgb("#37D08A")
    """Outline of a page that lies well."""
    searching: Colour = rgb("#F2A93B")
    """Outline of a page that does not."""
    tray: Colour = rgb("#E4E9EE")
    """Ground of the keyboard."""
    key_special: Colour = rgb("#CBD5DE")
    tones: dict[Tone, Ink] = field(
        default_factory=lambda: {
            Tone.PLAIN: Ink(rgb("#EDF1F4"), rgb("#44525F"), rgb("#DCE3EA")),
            Tone.INFO: Ink(rgb("#E7F0FA"), rgb("#0B4FA3"), rgb("#C9DDF3")),
            Tone.GOOD: Ink(rgb("#E6F4EC"), rgb("#12683F"), rgb("#BFE3CF")),
            Tone.YOUR_TURN: Ink(rgb("#FDF3E4"), rgb("#A34A06"), rgb("#F3D9AE")),
            Tone.WARNING: Ink(rgb("#FDF3E4"), rgb("#A34A06"), rgb("#F3D9AE")),
            Tone.BAD: Ink(rgb("#FCEBEA"), rgb("#A61B1B"), rgb("#F2C6C3")),
        },
        hash=False,
    )


@dataclass(frozen=True)
class Scale:
    """Type and target sizes of one reading mode, in design px. Assisted mode is another `Scale`, nothing else."""

    caption: TextStyle = TextStyle(28)
    caption_strong: TextStyle = TextStyle(28, Weight.MEDIUM)
    body: TextStyle = TextStyle(34)
    body_strong: TextStyle = TextStyle(34, Weight.MEDIUM)
    heading: TextStyle = TextStyle(44, Weight.BOLD, 1.35)
    """The word on a tile."""
    section: TextStyle = TextStyle(44, Weight.MEDIUM, 1.35)
    """Above a group of rows."""
    label: TextStyle = TextStyle(34, Weight.MEDIUM)
    """Words on buttons and rows."""
    choice: TextStyle = TextStyle(44, leading=1.35)
    """Words on a row of a screen that has nothing but a few rows, and on facts to check."""
    screen_title: TextStyle = TextStyle(44, Weight.BOLD, 1.35)
    """What is asked on a step of an errand."""
    title: TextStyle = TextStyle(60, Weight.BOLD, 1.3)
    """The title of a screen that stands alone: home, done."""
    action: TextStyle = TextStyle(44, Weight.MEDIUM)
    """Words on the one big button."""
    hero: TextStyle = TextStyle(84, Weight.BOLD, 1.3)
    target: int = 112
    """Height of a row or button."""
    target_choice: int = 144
    """Height of a row on a screen that has nothing but a few rows."""
    target_large: int = 176
    """Height of the one big button."""
    target_small: int = 72
    """Smallest height of anything that can be tapped."""


@dataclass(frozen=True)
class Theme:
    """Tokens for one window of `window` px. `factor` is window px for a design px."""

    factor: float = 1.0
    landscape: bool = False
    window: tuple[int, int] = (DESIGN_SHORT_SIDE, 1920)
    palette: Palette = Palette()
    scale: Scale = Scale()
    margin: int = 48
    gutter: int = 24
    header: int = 120
    action_bar: int = 176
    stage_top: int = 48
    """Between the header and the first block."""
    radius: int = 14
    radius_small: int = 10
    hairline: int = 2

    @classmethod
    def for_window(cls, width: int, height: int) -> Theme:
        """Return the theme whose sizes fit a window of `width` × `height` px."""
        factor = min(width, height) / DESIGN_SHORT_SIDE
        if width <= height:
            return cls(factor, window=(width, height))
        # A wide screen is short of height: type and targets stay, the air between them gives way.
        return cls(
            factor,
            landscape=True,
            window=(width, height),
            scale=Scale(target=96, target_choice=120, target_large=144),
            header=96,
            action_bar=136,
            stage_top=28,
        )

    def px(self, design_px: float) -> int:
        """Return window pixels for design pixels, at least 1 for anything above 0."""
        return max(1, round(design_px * self.factor)) if design_px > 0 else round(design_px * self.factor)
