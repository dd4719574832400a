"""From millimetres on a sheet to pixels of a tilted pinhole camera with radial distortion, and back.

A sheet is flat or bent to an arc, so both ways are exact; nothing here knows what is printed on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from drivers.virtual.desk.scene import FIELD_WIDTH_MM, Floats, Points

CAMERA_HEIGHT_MM = 400.0
"""Over a desk of which `FIELD_WIDTH_MM` are seen."""
_LARGEST_RADIUS = 1e5
"""Of a sheet bent so little that it counts as flat, in millimetres."""


class Lens:
    """Radial distortion about the picture's middle: a straight pixel at radius r shows what lies at r · (1 + k1·r²)."""

    def __init__(self, width: int, height: int, k1: float) -> None:
        self.width, self.height, self.k1 = width, height, k1
        self.centre = np.array([(width - 1) / 2, (height - 1) / 2])
        self.radius = float(np.hypot(*self.centre))

    @cached_property
    def straight(self) -> Floats:
        """For every pixel, where a lens without distortion would have put its light, from the middle (2 × h × w)."""
        x = (np.arange(self.width) - self.centre[0]) / self.radius
        y = (np.arange(self.height) - self.centre[1]) / self.radius
        scale = (1 + self.k1 * (x[None, :] ** 2 + y[:, None] ** 2)) * self.radius
        return np.stack([scale * x[None, :], scale * y[:, None]]).astype(np.float32)

    def distort(self, points: Points) -> Points:
        """Where the picture shows these undistorted points (the inverse, by fixed-point iteration)."""
        wanted = (points - self.centre) / self.radius
        shown = wanted.copy()
        for _ in range(30):
            shown = wanted / (1 + self.k1 * (shown**2).sum(axis=1, keepdims=True))
        return np.asarray(shown * self.radius + self.centre)


@lru_cache(3)
def lens_of(width: int, height: int, k1: float) -> Lens:
    """The lens, with the grid it has drawn."""
    return Lens(width, height, k1)


@dataclass(frozen=True)
class Bend:
    """A sheet bent to an arc about an axis along its height (`lengthwise`) or its width."""

    sagitta_mm: float
    lengthwise: bool
    span_mm: float
    """The sheet's extent across the axis, along the paper."""

    @cached_property
    def radius(self) -> float:
        """Of the arc, in millimetres: sagitta = radius · (1 - cos(span / (2 · radius)))."""
        high = abs(self.sagitta_mm)
        radius = min(_LARGEST_RADIUS, self.span_mm**2 / (8 * max(high, 1e-9)))
        for _ in range(20):
            radius *= radius * (1 - np.cos(self.span_mm / (2 * radius))) / max(high, 1e-9)
        return float(radius)

    @property
    def axis_height(self) -> float:
        """The axis' height over the desk: under the sheet when its middle stands up, over it when its ends do."""
        if self.sagitta_mm > 0:
            return float(-self.radius * np.cos(self.span_mm / (2 * self.radius)))
        return self.radius


@dataclass(frozen=True)
class Pose:
    """How a sheet lies before a camera.

    Args:
        lens: of the camera.
        field_mm: of the desk, along the picture's shorter side.
        tilt: of the camera about both axes, radians.
        turn: of the sheet, clockwise, radians.
        at_mm: the sheet's middle, from where the camera looks.
        size_mm: the sheet's width and height.
        bend: None for a flat sheet.
    """

    lens: Lens
    field_mm: float
    tilt: tuple[float, float]
    turn: float
    at_mm: tuple[float, float]
    size_mm: tuple[float, float]
    bend: Bend | None = None

    @property
    def pixels_per_mm(self) -> float:
        """In the picture's middle."""
        return min(self.lens.width, self.lens.height) / self.field_mm

    @cached_property
    def _axes(self) -> tuple[Points, Points]:
        """The sheet's axes (right, down, up from the desk) as columns, and its middle, before the camera (mm)."""
        (a, b), c = self.tilt, self.turn
        about_x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
        about_y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
        desk = about_x @ about_y
        sheet = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, -1]])
        middle = desk @ np.array([*self.at_mm, 0.0]) + np.array([0, 0, self._distance])
        return desk @ sheet, middle

    @property
    def _distance(self) -> float:
        return CAMERA_HEIGHT_MM * self.field_mm / FIELD_WIDTH_MM

    @property
    def _focal(self) -> float:
        """Pixels."""
        return self.pixels_per_mm * self._distance

    def to_picture(self, points: Points) -> Points:
        """Where the picture shows points of the sheet (n × 2 mm from its top left corner, along the paper)."""
        along = np.asarray(points, np.float64) - np.array(self.size_mm) / 2
        up = np.zeros(len(along))
        if self.bend is not None:
            across = 0 if self.bend.lengthwise else 1
            angle = along[:, across] / self.bend.radius
            sign = 1 if self.bend.sagitta_mm > 0 else -1
            along[:, across] = self.bend.radius * np.sin(angle)
            up = self.bend.axis_height + sign * self.bend.radius * np.cos(angle)
        axes, middle = self._axes
        seen = np.column_stack([along, up]) @ axes.T + middle
        return self.lens.distort(seen[:, :2] / seen[:, 2:] * self._focal + self.lens.centre)

    def to_sheet(self, rows: slice, columns: slice) -> tuple[Floats, Floats, Floats | None]:
        """For these pixels, what they show of the sheet: x and y in mm from its top left corner, along the paper.

        Third, for a bent sheet, the sine of its slope there; None for a flat one. Pixels that miss a bent sheet get
        places far outside it.
        """
        grid = self.lens.straight[:, rows, columns]
        axes, middle = self._axes
        # A pixel's ray in the sheet's own axes: from `eye` along `ray`, whose third part points to the desk.
        eye = -(axes.T @ middle)
        turned = (axes.T / np.array([self._focal, self._focal, 1.0])).astype(np.float32)
        ray = [part[0] * grid[0] + part[1] * grid[1] + part[2] for part in turned]
        half_width, half_height = (np.float32(side / 2) for side in self.size_mm)
        if self.bend is None:
            reach = np.float32(-eye[2]) / ray[2]
            x, y = (np.float32(eye[part]) + reach * ray[part] for part in (0, 1))
            return x + half_width, y + half_height, None
        return self._to_bent(self.bend, eye, ray, half_width, half_height)

    @staticmethod
    def _to_bent(
        bend: Bend, eye: Points, ray: list[Floats], half_width: np.float32, half_height: np.float32
    ) -> tuple[Floats, Floats, Floats]:
        across, beside = (0, 1) if bend.lengthwise else (1, 0)
        sign = np.float32(1 if bend.sagitta_mm > 0 else -1)
        start_across, start_up = np.float32(eye[across]), np.float32(eye[2] - bend.axis_height)
        square = ray[across] ** 2 + ray[2] ** 2
        slope = start_across * ray[across] + start_up * ray[2]
        rest = start_across**2 + start_up**2 - np.float32(bend.radius**2)
        root = slope**2 - square * rest
        hit = root > 0
        # The nearer side of a hill, the farther one of a valley.
        reach = (-slope - sign * np.sqrt(np.maximum(root, 0))) / square
        sine = (start_across + reach * ray[across]) / np.float32(bend.radius)
        along = np.where(hit, np.arcsin(np.clip(sine, -1, 1)) * np.float32(bend.radius), np.float32(1e4))
        straight = np.float32(eye[beside]) + reach * ray[beside]
        slant: NDArray[np.float32] = sign * sine
        if bend.lengthwise:
            return along + half_width, straight + half_height, slant
        return straight + half_width, along + half_height, slant
