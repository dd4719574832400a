"""What a photographed page is, and what can be wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Height × width × 3, blue-green-red."""
Points = NDArray[np.float64]


class MaterialsError(Exception):
    """Root of what this package raises. The message holds no personal data."""


class InvalidPicture(MaterialsError):
    """The file is no picture that we take: truncated, too large, or of another kind."""


@dataclass(frozen=True)
class Quad:
    """A page's corners in a picture, in pixels (x, y); pixel (0, 0) is the middle of the top left one.

    They are named as the page lies in the picture: turning the page by hand is a later matter.
    """

    top_left: tuple[float, float]
    top_right: tuple[float, float]
    bottom_right: tuple[float, float]
    bottom_left: tuple[float, float]

    @classmethod
    def of(cls, points: Points) -> Quad:
        """From four corners in any order. The one nearest to the picture's top left corner comes first."""
        points = np.asarray(points, np.float64).reshape(4, 2)
        about = points - points.mean(axis=0)
        clockwise = points[np.argsort(np.arctan2(about[:, 1], about[:, 0]))]
        first = int(np.argmin(clockwise.sum(axis=1)))
        corners = [(float(x), float(y)) for x, y in np.roll(clockwise, -first, axis=0)]
        return cls(*corners)

    @property
    def points(self) -> Points:
        """The corners as a 4 × 2 array, clockwise from the top left."""
        return np.array([self.top_left, self.top_right, self.bottom_right, self.bottom_left])

    def scaled(self, factor: float) -> Quad:
        """The same corners in a picture that is `factor` times as large."""
        return Quad(*(((x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5) for x, y in self.points.tolist()))

    @property
    def area(self) -> float:
        """Square pixels."""
        x, y = self.points.T
        return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


class Code(StrEnum):
    """What the judge says about a page."""

    OK = "ok"
    BLURRED = "blurred"
    GLARE = "glare"
    TOO_DARK = "too_dark"
    CUT_OFF = "cut_off"
    TOO_SMALL = "too_small"
    BLANK = "blank"
    NO_PAGE = "no_page"


@dataclass(frozen=True)
class Advice:
    """What the screen says about a code."""

    zh: str
    en: str
    refused: bool
    """True: the page should be taken again. False: a person decides (a blank page is warned of, never dropped)."""


ADVICE: Mapping[Code, Advice] = MappingProxyType(
    {
        Code.OK: Advice("清楚", "Clear", refused=False),
        Code.BLURRED: Advice(
            "拍得不清楚，请放平再拍", "The picture is not clear. Lay the paper flat and try again", refused=True
        ),
        Code.GLARE: Advice("有反光，请换个角度", "There is glare. Turn or move the paper", refused=True),
        Code.TOO_DARK: Advice(
            "太暗了，请打开补光灯再拍", "It is too dark. Switch on the lamp and try again", refused=True
        ),
        Code.CUT_OFF: Advice(
            "四边没拍全，请放到框内", "An edge is missing. Put the whole paper inside the frame", refused=True
        ),
        Code.TOO_SMALL: Advice(
            "纸在画面里太小，看不清字", "The paper is too small in the picture to be read", refused=True
        ),
        Code.BLANK: Advice(
            "这一页好像是空白的，请看看是否放反了", "This page looks empty. Is it face down?", refused=False
        ),
        Code.NO_PAGE: Advice(
            "没有看到材料，请把材料放到拍摄台上，字朝上",
            "No paper is seen. Put it under the camera, face up",
            refused=True,
        ),
    }
)


@dataclass(frozen=True)
class Measures:
    """What the judge measured; for tuning and for the technician's page."""

    sharpness: float = 0.0
    """Edge-normalised gradient of the page at 150 dpi: 0.2 (soft) to 0.45 (crisp), however much ink there is."""
    glare: float = 0.0
    """Share of the page's pixels that are burnt out."""
    brightness: float = 0.0
    """Of the bare paper, 0 to 255."""
    ink: float = 0.0
    """Share of the page's pixels that are darker or more coloured than the paper around them."""
    dpi: float = 0.0
    """Picture pixels per inch of the page, if its long side is that of A4."""


@dataclass(frozen=True)
class PageVerdict:
    """All that was found, worst first; exactly (`ok`,) when nothing was."""

    codes: tuple[Code, ...]
    measures: Measures = Measures()

    @property
    def worst(self) -> Code:
        """The one to show."""
        return self.codes[0]

    @property
    def accepted(self) -> bool:
        """False when the page should be taken again."""
        return not any(ADVICE[code].refused for code in self.codes)


@dataclass(frozen=True)
class PageFile:
    """A page as it is stored and sent: a JPEG without any metadata."""

    jpeg: bytes
    sha256: str
    width: int
    height: int

    def __repr__(self) -> str:
        """Size only: a page's content must not reach a log."""
        return f"PageFile({self.width}x{self.height}, {len(self.jpeg)} bytes)"


@dataclass(frozen=True)
class CapturedPage:
    """One shot of the camera, worked up."""

    file: PageFile
    verdict: PageVerdict
    quad: Quad | None
    """Where the page lay in the frame; None when none was found (then `file` is the whole frame)."""
