"""What a photographed page is, and what can be wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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


@dataclass(frozen=True)
class Located:
    """What was seen of sheets in a picture."""

    quad: Quad | None
    """The sheet that counts: the only one, else the larger one; None when there is none."""
    confidence: float = 0.0
    """0 to 1: how sure it is that these are the corners of a sheet."""
    sheets: int = 0
    """0, 1, or 2 for two and more."""


class PaperFormat(StrEnum):
    """The formats that are told apart. A4, A5 and B5 have one shape: only a camera of known scale tells them apart."""

    A4 = "a4"
    A5 = "a5"
    B5 = "b5"
    ID_1 = "id_1"
    """Cards: 85.6 × 54.0 mm (ISO/IEC 7810)."""
    FREE = "free"
    """Anything else: booklets, strips, tickets."""


class Code(StrEnum):
    """What the judge says about a page."""

    OK = "ok"
    BLURRED = "blurred"
    GLARE = "glare"
    TOO_DARK = "too_dark"
    CUT_OFF = "cut_off"
    TOO_SMALL = "too_small"
    FINGER = "finger"
    """A finger lies over the page's text."""
    TWO_SHEETS = "two_sheets"
    BLANK = "blank"
    SAME_PAGE = "same_page"
    """A page that was taken before."""
    UPSIDE_DOWN = "upside_down"
    NOT_A_DOCUMENT = "not_a_document"
    NO_PAGE = "no_page"


REFUSED = frozenset(
    {
        Code.BLURRED,
        Code.GLARE,
        Code.TOO_DARK,
        Code.CUT_OFF,
        Code.TOO_SMALL,
        Code.FINGER,
        Code.TWO_SHEETS,
        Code.SAME_PAGE,
        Code.NOT_A_DOCUMENT,
        Code.NO_PAGE,
    }
)
"""The page should be taken again, though the citizen may keep it after one warning. The other codes are hints: nearly
empty pages exist, and a page upside down is turned. The sentences are in assets/strings, under `mat.verdict`."""


@dataclass(frozen=True)
class Measures:
    """What the judge measured; for tuning and for the technician's page."""

    sharpness: float = 0.0
    """Edge-normalised gradient of the page at 150 dpi: 0.2 (soft) to 0.45 (crisp), however much ink there is."""
    steadiness: float = 0.0
    """The same in the least sharp of four directions: low when the page was moved."""
    glare: float = 0.0
    """Share of the page that is burnt out by a reflection."""
    brightness: float = 0.0
    """Of the bare paper, 0 to 255."""
    brightest: float = 0.0
    """Of the page's brightest spots, 0 to 255."""
    ink: float = 0.0
    """Share of the page's pixels that are darker or more coloured than the paper around them."""
    dpi: float = 0.0
    """True dots per inch of the page; 0.0: not known."""


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
        return REFUSED.isdisjoint(self.codes)

    def plus(self, code: Code) -> PageVerdict:
        """The same with one thing more, which weighs less than what was found before."""
        return PageVerdict((*(known for known in self.codes if known is not Code.OK), code), self.measures)


@dataclass(frozen=True)
class PageFile:
    """A page as it is stored and sent: a JPEG without any metadata."""

    jpeg: bytes
    sha256: str
    width: int
    height: int
    dpi: float = 0.0
    """True dots per inch; 0.0: not known."""

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
    format: PaperFormat = PaperFormat.FREE
    dpi: float = 0.0
    """True dots per inch of `file`; 0.0: not known."""
    fingerprint: str = ""
    """By which the same page is known again (`kiosk.materials.same_page`); empty without a page."""
