"""What can lie on the desk under the document camera, and how it is looked at. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Height × width × 3, blue-green-red."""
Floats = NDArray[np.float32]
Points = NDArray[np.float64]

FIELD_WIDTH_MM = 252.0
"""How much of the desk the picture's shorter side shows: A4 upright with a hand's breadth to spare."""


class Desk(StrEnum):
    """What the paper lies on."""

    DARK_MAT = "dark_mat"
    GREEN_MAT = "green_mat"
    WOOD = "wood"
    GREY = "grey"
    WHITE = "white"


class Blemish(StrEnum):
    """What is wrong with the picture, though the camera works. The last ones are harmless: a good page bears them."""

    BLURRED = "blurred"
    """Out of focus."""
    SHAKEN = "shaken"
    """The paper moved while the light fell in."""
    GLARE = "glare"
    DARK = "dark"
    FINGER = "finger"
    """A finger lies over text."""
    CUT_OFF = "cut_off"
    TOO_SMALL = "too_small"
    """The camera stands far too high."""
    TWO_SHEETS = "two_sheets"
    """A second sheet looks out from under the first; of two small ones, both lie side by side."""
    UPSIDE_DOWN = "upside_down"
    SIDEWAYS = "sideways"
    CURLED = "curled"
    CRUMPLED = "crumpled"
    FINGER_ON_MARGIN = "finger_on_margin"
    """A finger holds the sheet down where nothing is written."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A thing that can be laid down: its face (BGR) and its size in millimetres. Equal to itself only."""

    face: Picture
    width_mm: float
    height_mm: float
    shape: NDArray[np.uint8] | None = None
    """Height × width of the face, 255 where the thing is; None: a sheet, which is a whole rectangle."""


@dataclass(frozen=True)
class Lying:
    """Another sheet on the desk, and where its middle lies from the middle of the picture."""

    sheet: Sheet
    at_mm: tuple[float, float] = (0.0, 0.0)
    turn_degrees: float = 0.0
    on_top: bool = False
    """Over the first sheet instead of under it."""


@dataclass(frozen=True)
class Scene:
    """What the camera looks at. `seed` decides how the paper lies, `lamp` where the light comes from."""

    desk: Desk = Desk.DARK_MAT
    sheet: Sheet | None = None
    width: int = 1080
    height: int = 1920
    seed: int = 1
    lamp: int = 1
    k1: float = -0.015
    """Radial distortion: a straight pixel at radius r (1 at the picture's corner) shows what lies at r · (1 + k1·r²)."""
    blemishes: frozenset[Blemish] = frozenset()
    field_mm: float = FIELD_WIDTH_MM
    """How many millimetres of the desk the picture's shorter side shows."""
    tilt_degrees: float = 6.0
    """The camera is tilted by at most so much about either axis; the seed decides."""
    turn_degrees: float = 0.0
    """Clockwise turn of the sheet, beside the seed's up to 3° either way."""
    at_mm: tuple[float, float] = (0.0, 0.0)
    """Where the sheet's middle lies from the picture's, beside the seed's up to 3 mm."""
    curl_mm: float = 0.0
    """How far the sheet is bent, as an arc: above 0 its middle stands up, below 0 its ends do."""
    curl_lengthwise: bool = False
    """Bent about an axis along its height; otherwise along its width."""
    crumple: float = 0.0
    """How deep creases from having been folded show, 0 to 1."""
    blur_px: float = 0.0
    """Radius of defocus, as the standard deviation of a Gaussian."""
    motion_px: float = 0.0
    """How far the picture moved during the exposure; the seed decides the direction."""
    skin: int = 0
    """Whose finger: an index into `hands.SKINS`, taken modulo their number."""
    others: tuple[Lying, ...] = ()


@dataclass(frozen=True, eq=False)
class View:
    """The picture, and the sheet's corners in it (4 × 2 pixels: top left, top right, bottom right, bottom left).

    The corners are named by what is printed on the sheet: on a sheet that lies upside down the first is below. They are
    None when there is no sheet, or a thing that is none. `others` are those of the further sheets.
    """

    pixels: Picture
    corners: Points | None
    others: tuple[Points, ...] = ()
