"""The desk under the document camera, drawn as the camera would see it, with every sheet's corners known exactly.

A scene is what lies on the desk; `render` is a pure function from a scene to a picture. Millimetres on the desk become
pixels through a tilted pinhole camera with radial distortion, so a paper's edges are neither parallel nor quite
straight, as under a real lens. Sensor noise is not drawn here: it changes with every frame (`sensor_noise`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.virtual.desk import hands
from drivers.virtual.desk.optics import Bend, Pose, lens_of
from drivers.virtual.desk.scene import (
    FIELD_WIDTH_MM,
    Blemish,
    Desk,
    Floats,
    Lying,
    Picture,
    Points,
    Scene,
    Sheet,
    View,
)
from drivers.virtual.desk.surfaces import light, lit_desk

__all__ = [
    "FIELD_WIDTH_MM",
    "Blemish",
    "Desk",
    "Lying",
    "Picture",
    "Points",
    "Scene",
    "Sheet",
    "View",
    "render",
    "sensor_noise",
]

_FACE_PIXELS_PER_PIXEL = 1.4
"""A face that is finer than this is made coarser before it is looked at: one sample a pixel would leave out strokes."""


_TOO_SMALL_PIXELS = 270
"""The longer side of a sheet of which nothing can be read."""


def render(scene: Scene) -> View:
    """Draw the scene. The same scene always gives the same picture; about 70 ms at 1080 × 1920 once the desk is known."""
    scene = _marred(scene)
    rng = np.random.default_rng(scene.seed)
    turn, shift, tilts = rng.uniform(-3.0, 3.0), rng.uniform(-3.0, 3.0, 2), rng.uniform(-1.0, 1.0, 2)
    across, along = tilts * np.deg2rad(scene.tilt_degrees)
    picture = lit_desk(scene.desk, scene.width, scene.height, scene.lamp).copy()
    lens = lens_of(scene.width, scene.height, scene.k1)

    def pose(sheet: Sheet, at_mm: tuple[float, float], turn_degrees: float, bend: Bend | None = None) -> Pose:
        size = (sheet.width_mm, sheet.height_mm)
        return Pose(
            lens, scene.field_mm, (float(along), float(across)), float(np.deg2rad(turn_degrees)), at_mm, size, bend
        )

    others = [(other, pose(other.sheet, other.at_mm, other.turn_degrees)) for other in scene.others]
    for other, lies in others:
        if not other.on_top:
            _lay(picture, other.sheet, lies, scene)
    corners: Points | None = None
    if scene.sheet is not None:
        place = (scene.at_mm[0] + float(shift[0]), scene.at_mm[1] + float(shift[1]))
        lies = pose(scene.sheet, place, scene.turn_degrees + turn, _bend_of(scene, scene.sheet))
        _lay(picture, scene.sheet, lies, scene, scene.crumple)
        outline = lies.to_picture(_ends(scene.sheet))
        corners = outline if scene.sheet.shape is None else None
        for blemish in (Blemish.FINGER, Blemish.FINGER_ON_MARGIN):
            if blemish in scene.blemishes:
                _hold(picture, scene, lies, over_text=blemish is Blemish.FINGER)
        if Blemish.GLARE in scene.blemishes:
            hands.add_glare(picture, outline)
    for other, lies in others:
        if other.on_top:
            _lay(picture, other.sheet, lies, scene)
    if scene.blur_px:
        picture = hands.defocused(picture, scene.blur_px)
    if scene.motion_px:
        picture = hands.shaken(picture, scene.motion_px, float(rng.uniform(0, np.pi)))
    if Blemish.DARK in scene.blemishes:
        picture = np.asarray(cv2.convertScaleAbs(picture, alpha=0.16), np.uint8)
    return View(picture, corners, tuple(lies.to_picture(_ends(other.sheet)) for other, lies in others))


@cache
def sensor_noise(width: int, height: int, seed: int = 0) -> NDArray[np.int16]:
    """One frame of sensor noise (standard deviation about 2 levels), to be shifted and added to each picture."""
    rng = np.random.default_rng(seed)
    luma = rng.normal(0, 1.8, (height, width, 1)).astype(np.float32)
    chroma = cv2.resize(rng.normal(0, 1.2, (height // 2, width // 2, 3)).astype(np.float32), (width, height))
    return np.asarray(np.rint(luma + chroma), np.int16)


def _marred(scene: Scene) -> Scene:
    """The scene with those blemishes worked in that are a way of lying or of looking."""
    bad, sheet = scene.blemishes, scene.sheet
    unit = min(scene.width, scene.height)
    if Blemish.TOO_SMALL in bad and sheet is not None:
        scene = replace(scene, field_mm=unit * max(sheet.width_mm, sheet.height_mm) / _TOO_SMALL_PIXELS)
    if Blemish.UPSIDE_DOWN in bad:
        scene = replace(scene, turn_degrees=scene.turn_degrees + 180)
    if Blemish.SIDEWAYS in bad:
        scene = replace(scene, turn_degrees=scene.turn_degrees + 90)
    if Blemish.CURLED in bad:
        scene = replace(scene, curl_mm=-14.0)
    if Blemish.CRUMPLED in bad:
        scene = replace(scene, crumple=1.0)
    if Blemish.BLURRED in bad:
        scene = replace(scene, blur_px=unit / 300)
    if Blemish.SHAKEN in bad:
        scene = replace(scene, motion_px=unit / 60)
    if sheet is None:
        return scene
    lies_across = round(scene.turn_degrees / 90) % 2 == 1
    size = np.array([sheet.height_mm, sheet.width_mm] if lies_across else [sheet.width_mm, sheet.height_mm])
    middle = np.array(scene.at_mm, np.float64)
    if Blemish.CUT_OFF in bad:
        # A fifth of it lies outside, however small it is.
        middle[0] += scene.field_mm * scene.width / unit / 2 - 0.28 * size[0]
    if Blemish.TWO_SHEETS in bad:
        # Where the picture has most room: beside each other if they are small, else the one half under the other.
        way = np.array([1.0, 0.0] if scene.width > scene.height else [0.0, 1.0])
        small = float(size @ way) < 0.6 * scene.field_mm
        apart = way * (float(size @ way) + 14 if small else 66.0)
        middle -= apart / 2
        at = middle + apart + (0 if small else 4) * way[::-1]
        second = Lying(sheet, (float(at[0]), float(at[1])), scene.turn_degrees - (4 if small else 5))
        scene = replace(scene, others=(*scene.others, second))
    return replace(scene, at_mm=(float(middle[0]), float(middle[1])))


def _bend_of(scene: Scene, sheet: Sheet) -> Bend | None:
    if not scene.curl_mm:
        return None
    span = sheet.width_mm if scene.curl_lengthwise else sheet.height_mm
    return Bend(scene.curl_mm, scene.curl_lengthwise, span)


def _ends(sheet: Sheet) -> Points:
    width, height = sheet.width_mm, sheet.height_mm
    return np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]])


def _lay(picture: Picture, sheet: Sheet, lies: Pose, scene: Scene, crumple: float = 0.0) -> None:
    """Put the sheet into the picture with its shadow. Only what it and its shadow cover is drawn anew."""
    window = _window(sheet, lies, scene)
    if window is None:
        return
    rows, columns = window
    x, y, slant = lies.to_sheet(rows, columns)
    per_pixel = np.float32(lies.pixels_per_mm)
    # Coverage falls from 1 to 0 over one picture pixel, so the sheet's edge is neither jagged nor soft.
    inside = cv2.min(cv2.min(x, np.float32(sheet.width_mm) - x), cv2.min(y, np.float32(sheet.height_mm) - y))
    cover = np.clip(inside * per_pixel + np.float32(0.5), 0, 1)
    face, shape = _face_for(sheet, round(lies.pixels_per_mm * _FACE_PIXELS_PER_PIXEL, 3))
    at_x = x * np.float32(face.shape[1] / sheet.width_mm) - np.float32(0.5)
    at_y = y * np.float32(face.shape[0] / sheet.height_mm) - np.float32(0.5)
    shown = cv2.remap(face, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if shape is not None:
        cover *= cv2.remap(shape, at_x, at_y, cv2.INTER_LINEAR, borderValue=0) * np.float32(1 / 255)
    shine = light(scene.width, scene.height, scene.lamp)[rows, columns]
    if slant is not None:
        shine = shine * (1 - np.float32(0.3) * slant)
    if crumple:
        folds = hands.creases(sheet.width_mm, sheet.height_mm, crumple, scene.seed)
        shine = shine * cv2.remap(folds, x * 2, y * 2, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    bare = _shadow_of(cover, lies.pixels_per_mm) * (1 - cover)
    place = picture[rows, columns]
    for channel in range(3):
        place[..., channel] = cv2.convertScaleAbs(place[..., channel] * bare + shown[..., channel] * (shine * cover))


def _window(sheet: Sheet, lies: Pose, scene: Scene) -> tuple[slice, slice] | None:
    """The rows and columns that the sheet and its shadow cover; None when it lies outside the picture."""
    steps = np.linspace(0, 1, 13)[:, None]
    ends = _ends(sheet)
    rim = np.concatenate([start + (end - start) * steps for start, end in zip(ends, np.roll(ends, -1, 0), strict=True)])
    seen = lies.to_picture(rim)
    margin = 24 * lies.pixels_per_mm
    low = np.maximum(np.floor(seen.min(axis=0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(seen.max(axis=0) + margin), (scene.width, scene.height)).astype(int)
    if (high - low < 8).any():
        return None
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


@lru_cache(6)
def _face_for(sheet: Sheet, pixels_per_mm: float) -> tuple[Picture, NDArray[np.uint8] | None]:
    """The sheet's face at no more than so many pixels a millimetre, and its shape."""
    factor = pixels_per_mm * sheet.width_mm / sheet.face.shape[1]
    if factor >= 1:
        return sheet.face, sheet.shape
    small = (max(1, round(sheet.face.shape[1] * factor)), max(1, round(sheet.face.shape[0] * factor)))
    face = np.asarray(cv2.resize(sheet.face, small, interpolation=cv2.INTER_AREA), np.uint8)
    if sheet.shape is None:
        return face, None
    return face, np.asarray(cv2.resize(sheet.shape, small, interpolation=cv2.INTER_AREA), np.uint8)


def _shadow_of(cover: Floats, pixels_per_mm: float) -> Floats:
    """What the sheet leaves of the light that falls on the desk beside it: a tight and a wide soft shadow."""
    unit = pixels_per_mm * FIELD_WIDTH_MM / 1080
    small = cv2.resize(cover, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    shadow = np.zeros_like(small)
    for shift, soft, strength in (((2.5, 3.5), 1.2, 0.22), ((6, 9), 6.0, 0.16)):
        move = np.array([[1, 0, shift[0] * unit / 2], [0, 1, shift[1] * unit / 2]], np.float32)
        moved = cv2.warpAffine(small, move, (small.shape[1], small.shape[0]))
        shadow += strength * cv2.GaussianBlur(moved, (0, 0), max(soft * unit, 0.3))
    return np.asarray(cv2.resize(1 - shadow, (cover.shape[1], cover.shape[0])))


def _hold(picture: Picture, scene: Scene, lies: Pose, *, over_text: bool) -> None:
    """A finger comes from the sheet's left and rests on it."""
    if scene.sheet is None:
        return
    x, y = hands.finger_tip(scene.sheet, over_text=over_text)
    tip, further = lies.to_picture(np.array([[x, y], [x + 10, y]]))
    along = (further - tip) / np.linalg.norm(further - tip)
    hands.add_finger(picture, tip, along, lies.pixels_per_mm, hands.SKINS[scene.skin % len(hands.SKINS)])
