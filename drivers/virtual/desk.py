"""The desk under the document camera, drawn as the camera would see it, with the paper's corners known exactly.

A scene is what lies on the desk; `render` is a pure function from a scene to a picture. Millimetres on the desk
become pixels through a tilted pinhole camera with radial distortion, so a paper's edges are neither parallel nor
quite straight, as under a real lens. Sensor noise is not drawn here: it changes with every frame (`sensor_noise`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Height × width × 3, blue-green-red."""
Floats = NDArray[np.float32]
Points = NDArray[np.float64]

FIELD_WIDTH_MM = 252.0
"""How much of the desk the picture's width shows: A4 upright with a hand's breadth to spare."""


class Desk(StrEnum):
    """What the paper lies on."""

    DARK_MAT = "dark_mat"
    GREEN_MAT = "green_mat"
    WOOD = "wood"
    GREY = "grey"
    WHITE = "white"


class Blemish(StrEnum):
    """What is wrong with the picture, though the camera works."""

    BLURRED = "blurred"
    GLARE = "glare"
    DARK = "dark"
    FINGER = "finger"
    CUT_OFF = "cut_off"


@dataclass(frozen=True)
class Sheet:
    """A thing that can be laid down: its face (BGR) and its size in millimetres."""

    face: Picture
    width_mm: float
    height_mm: float


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
    blemishes: frozenset[Blemish] = frozenset()


@dataclass(frozen=True)
class View:
    """The picture, and the sheet's corners in it (4 × 2 pixels: top left, top right, bottom right, bottom left)."""

    pixels: Picture
    corners: Points | None


def render(scene: Scene) -> View:
    """Draw the scene. The same scene always gives the same picture; takes about a fifth of a second at 1080 × 1920."""
    lens = _lens(scene.width, scene.height, scene.k1)
    surface = _surface(scene.desk, scene.width, scene.height)
    corners: Points | None = None
    if scene.sheet is not None:
        lie = _lie(scene, np.random.default_rng(scene.seed))
        surface, corners = _lay(surface, scene.sheet, lie, lens)
    surface = surface * _light(scene.width, scene.height, scene.lamp)[..., None]
    if corners is not None:
        if Blemish.GLARE in scene.blemishes:
            _add_glare(surface, corners)
        if Blemish.FINGER in scene.blemishes:
            _add_finger(surface, corners)
    if Blemish.BLURRED in scene.blemishes:
        surface = cv2.GaussianBlur(surface, (0, 0), scene.width / 300)
    if Blemish.DARK in scene.blemishes:
        surface *= 0.16
    return View(np.clip(surface, 0, 255).astype(np.uint8), corners)


@cache
def sensor_noise(width: int, height: int, seed: int = 0) -> NDArray[np.int16]:
    """One frame of sensor noise (standard deviation about 2 levels), to be shifted and added to each picture."""
    rng = np.random.default_rng(seed)
    luma = rng.normal(0, 1.8, (height, width, 1)).astype(np.float32)
    chroma = cv2.resize(rng.normal(0, 1.2, (height // 2, width // 2, 3)).astype(np.float32), (width, height))
    return np.asarray(np.rint(luma + chroma), np.int16)


class _Lens:
    """Radial distortion about the picture's middle: a straight pixel at radius r shows what lies at r · (1 + k1·r²)."""

    def __init__(self, width: int, height: int, k1: float) -> None:
        self.width, self.height, self.k1 = width, height, k1
        self.centre = np.array([(width - 1) / 2, (height - 1) / 2])
        self.radius = float(np.hypot(*self.centre))

    @cached_property
    def undistorted_grid(self) -> Points:
        """For every pixel, where a lens without distortion would have put its light (height × width × 2)."""
        x = (np.arange(self.width) - self.centre[0]) / self.radius
        y = (np.arange(self.height) - self.centre[1]) / self.radius
        grid = np.stack(np.meshgrid(x, y), axis=-1)
        scale = 1 + self.k1 * (grid**2).sum(axis=-1, keepdims=True)
        return np.asarray(grid * scale * self.radius + self.centre)

    def distort(self, points: Points) -> Points:
        """Where the picture shows these undistorted points (the inverse, by fixed-point iteration)."""
        wanted = (points - self.centre) / self.radius
        shown = wanted.copy()
        for _ in range(30):
            shown = wanted / (1 + self.k1 * (shown**2).sum(axis=1, keepdims=True))
        return np.asarray(shown * self.radius + self.centre)


@lru_cache(2)
def _lens(width: int, height: int, k1: float) -> _Lens:
    return _Lens(width, height, k1)


def _lie(scene: Scene, rng: np.random.Generator) -> Points:
    """The homography (3 × 3) from millimetres on the sheet to undistorted pixels: how somebody put it down."""
    assert scene.sheet is not None  # noqa: S101  # the caller has looked
    scale = scene.width / FIELD_WIDTH_MM
    turn = np.deg2rad(rng.uniform(-3.0, 3.0))
    shift = rng.uniform(-3.0, 3.0, 2) * scale
    if Blemish.CUT_OFF in scene.blemishes:
        shift += (0.32 * scene.sheet.width_mm * scale, 0)
    tilt = rng.uniform(-1.0, 1.0, 2) * np.array([9e-5, 6e-5]) * 1080 / scene.width
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    to_middle = np.array([[1, 0, -scene.sheet.width_mm / 2], [0, 1, -scene.sheet.height_mm / 2], [0, 0, 1]])
    tilted = np.array([[cos, -sin, 0], [sin, cos, 0], [tilt[0] * scale, tilt[1] * scale, 1]])
    place = np.array([[1, 0, (scene.width - 1) / 2 + shift[0]], [0, 1, (scene.height - 1) / 2 + shift[1]], [0, 0, 1]])
    return np.asarray(place @ tilted @ to_middle)


def _lay(surface: Floats, sheet: Sheet, lie: Points, lens: _Lens) -> tuple[Floats, Points]:
    """Put the sheet on the surface with its shadow; returns the picture and the sheet's exact corners."""
    face_height, face_width = sheet.face.shape[:2]
    to_face = np.diag([face_width / sheet.width_mm, face_height / sheet.height_mm, 1.0])
    from_pixels = to_face @ np.linalg.inv(lie)
    grid = lens.undistorted_grid
    weights = grid[..., 0] * from_pixels[2, 0] + grid[..., 1] * from_pixels[2, 1] + from_pixels[2, 2]
    face_x, face_y = (
        ((grid[..., 0] * row[0] + grid[..., 1] * row[1] + row[2]) / weights - 0.5).astype(np.float32)
        for row in from_pixels[:2]
    )
    # Coverage falls from 1 to 0 over one picture pixel, so the sheet's edge is neither jagged nor soft.
    per_pixel = max(face_width / sheet.width_mm * FIELD_WIDTH_MM / lens.width, 1e-6)
    inside = np.minimum.reduce([face_x + 0.5, face_width - 0.5 - face_x, face_y + 0.5, face_height - 0.5 - face_y])
    cover = np.clip(inside / per_pixel + 0.5, 0, 1).astype(np.float32)[..., None]
    shown = cv2.remap(sheet.face, face_x, face_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    surface = surface * _shadow_of(cover, lens.width)
    surface = surface * (1 - cover) + shown.astype(np.float32) * cover
    ends = np.array([[0, 0], [sheet.width_mm, 0], [sheet.width_mm, sheet.height_mm], [0, sheet.height_mm]])
    flat = np.c_[ends, np.ones(4)] @ lie.T
    return surface, lens.distort(flat[:, :2] / flat[:, 2:])


def _shadow_of(cover: Floats, width: int) -> Floats:
    """What the sheet takes from the light that falls on the desk beside it: a tight and a wide soft shadow."""
    unit = width / 1080
    small = cv2.resize(cover, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    shadow = np.zeros_like(small)
    for shift, soft, strength in (((2.5, 3.5), 1.2, 0.22), ((6, 9), 6.0, 0.16)):
        move = np.array([[1, 0, shift[0] * unit / 4 * 2], [0, 1, shift[1] * unit / 4 * 2]], np.float32)
        moved = cv2.warpAffine(small, move, (small.shape[1], small.shape[0]))
        shadow += strength * cv2.GaussianBlur(moved, (0, 0), soft * unit)
    return np.asarray(1 - cv2.resize(shadow, (cover.shape[1], cover.shape[0])))[..., None]


@lru_cache(2)
def _light(width: int, height: int, lamp: int) -> Floats:
    """How bright each spot is: a lamp at one side, vignetting, and the soft shadow of the person leaning over."""
    rng = np.random.default_rng(lamp)
    small_w, small_h = max(width // 8, 8), max(height // 8, 8)
    y, x = np.mgrid[-1 : 1 : small_h * 1j, -1 : 1 : small_w * 1j].astype(np.float32)
    towards = rng.uniform(0, 2 * np.pi)
    from_one_side = 0.9 + 0.065 * (x * np.cos(towards) + y * np.sin(towards))
    vignette = 1 - 0.10 * (x**2 + y**2) / 2
    lean = rng.uniform(-0.6, 0.6)
    person = 1 - 0.13 / (1 + np.exp(-(y - 0.75 - 0.25 * np.cos(2.2 * (x - lean))) / 0.09))
    return np.asarray(cv2.resize((from_one_side * vignette * person).astype(np.float32), (width, height)))


@lru_cache(2)
def _surface(desk: Desk, width: int, height: int) -> Floats:
    """The bare desk; always the same one. Not to be written into."""
    rng = np.random.default_rng(1)

    def grain(columns: float, rows: float, spread: float) -> Floats:
        size = (max(int(width / columns), 2), max(int(height / rows), 2))
        field = rng.normal(0, spread, (size[1], size[0])).astype(np.float32)
        return np.asarray(cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC))[..., None]

    def flat(blue: float, green: float, red: float) -> Floats:
        return np.full((height, width, 3), (blue, green, red), np.float32)

    if desk is Desk.DARK_MAT:
        return flat(50, 47, 45) + grain(2, 2, 4) + grain(160, 160, 2)
    if desk is Desk.GREEN_MAT:
        mat = flat(78, 104, 52) + grain(2, 2, 2.5) + grain(120, 120, 2)
        step = width / FIELD_WIDTH_MM * 10
        for number in range(int(max(width, height) / step) + 1):
            at = round(number * step)
            strength = 1 if number % 5 else 2
            for line in (mat[:, at : at + strength], mat[at : at + strength]):
                line += 26
        return mat
    if desk is Desk.WOOD:
        rings = grain(26, 900, 1.0) * 5 + grain(7, 500, 1.0) * 4 + grain(2, 60, 1.0) * 3 + grain(300, 900, 7)
        return flat(92, 132, 172) + rings * np.array([0.9, 1.0, 1.1], np.float32)
    if desk is Desk.GREY:
        return flat(158, 160, 160) + grain(2, 2, 2) + grain(200, 200, 2)
    return flat(226, 229, 230) + grain(3, 3, 1) + grain(240, 240, 1.5)


def _add_glare(surface: Floats, corners: Points) -> None:
    """The lamp mirrored in a glossy sheet: a burnt-out spot with a soft rim, on the sheet's upper half."""
    height, width = surface.shape[:2]
    centre = corners.mean(axis=0) * 0.62 + corners[0] * 0.2 + corners[1] * 0.18
    size = float(np.linalg.norm(corners[1] - corners[0])) * 0.2
    spot = np.zeros((height // 4, width // 4), np.float32)
    middle = (int(centre[0] / 4), int(centre[1] / 4))
    cv2.ellipse(spot, middle, (int(size / 4), int(size / 7)), 25, 0, 360, 1.0, -1)
    halo = cv2.GaussianBlur(spot, (0, 0), size / 22) * 1.15 + cv2.GaussianBlur(spot, (0, 0), size / 5) * 0.4
    surface += cv2.resize(halo, (width, height))[..., None] * 210


def _add_finger(surface: Floats, corners: Points) -> None:
    """A finger that holds the sheet down at its left edge."""
    height, width = surface.shape[:2]
    length = float(np.linalg.norm(corners[3] - corners[0]))
    tip = corners[0] * 0.45 + corners[3] * 0.55 + np.array([length * 0.07, 0])
    root = tip + np.array([-length * 0.34, length * 0.13])
    thick = max(int(width * 0.068), 3)
    shape = np.zeros((height, width), np.float32)
    cv2.line(shape, _pixel(root), _pixel(tip), 1.0, thick, cv2.LINE_AA)
    nail = np.zeros_like(shape)
    angle = float(np.degrees(np.arctan2(*(tip - root)[::-1])))
    cv2.ellipse(nail, _pixel(tip), (int(thick * 0.3), int(thick * 0.25)), angle, 0, 360, 1.0, -1, cv2.LINE_AA)
    moved = cv2.warpAffine(shape, np.array([[1, 0, 8], [0, 1, 14]], np.float32), (width, height))
    shadow = cv2.GaussianBlur(moved, (0, 0), width / 120)[..., None]
    surface *= 1 - 0.35 * shadow * (1 - shape[..., None])
    roundness = cv2.GaussianBlur(shape, (0, 0), thick / 5)[..., None]
    skin = np.array([120, 152, 205], np.float32) * (0.62 + 0.42 * roundness)
    skin = skin * (1 - nail[..., None]) + np.array([165, 178, 220], np.float32) * nail[..., None]
    cover = cv2.GaussianBlur(shape, (0, 0), 1.2)[..., None]
    surface *= 1 - cover
    surface += skin * cover


def _pixel(point: Points) -> tuple[int, int]:
    return int(point[0]), int(point[1])
