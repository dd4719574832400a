"""When to press for the citizen: the page lies still, all is well, and it is not what was photographed last.

Pure: fed with the live picture, what was located and judged on it, and the time it was taken. Stillness is collected
with forgiveness, for papers are also held by hands that shake: a tremor of 4 to 8 Hz moves a page about a place that
stays, while a page that is being laid, moved or leafed through has no such place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from kiosk.materials.pages import Code, Picture, Points, Quad

LOOKING = "looking"
HOLD_STILL = "hold_still"
SHOOTING_SOON = "shooting_soon"

STILL_SECONDS = 0.9
"""A page that lies still is photographed after this."""
TREMBLING_SECONDS = 2.0
"""One that trembles all the time after this."""
STILL = 0.005
"""So far, as shares of the picture's longer side, may a corner be from its mean place: on A4's field about 2 mm."""
TREMBLING = 0.017
WANDERED = 0.006
"""A mean place that has gone so far belongs to a page that is being moved, if slowly: 3 mm a second and more."""
MEAN_SECONDS = 0.4
"""Over which a place is averaged: a tenth is left of a tremor."""
FORGIVEN_SECONDS = 0.3
"""So long a page may be out of sight, blurred or elsewhere without having to begin anew."""
LONGEST_STEP = 0.25
"""Seconds that one picture counts for at most, however long none came."""

ANOTHER_PLACE = 0.03
"""A page that is so far from where one was photographed has left its place, or is another one."""
GONE_SECONDS = 0.5
"""A page that was away so long has been lifted, wherever it is put back."""
UNTOUCHED = 0.95
"""Least correlation, in any part, of two pictures of a page that nobody touched: 0.97 and more under any light. Two
people's papers of one form have 0.4 to 0.97 where names stand (26 of 27 are told apart), a nudged page 0.1 to 0.7."""
PART = 16
"""Pixels of a face's parts that are compared."""
PLAIN = 5.0
"""Standard deviation, in levels of 256, below which a part has nothing to compare."""

CALM_SECONDS = 0.3
"""Words that come and go more quickly cannot be read."""
SOON = 0.35
"""Progress at which the words say so."""

FACE = (96, 128)
"""Width and height to which a page is brought for comparing."""
SAMPLED = 8
"""Every so many pixels of a picture are compared with the one before."""
CELL = 4
"""Moving things are looked for in squares of so many pixels of a face: small against them is what the outline errs."""
CELL_CHANGED = 20
"""Levels of 256."""
CELLS_CHANGED = 0.04
"""Share of a page's squares: a finger's breadth."""


class Sight(NamedTuple):
    """What is made of one live picture."""

    state: str
    """`looking`, `hold_still`, `shooting_soon`, or a `kiosk.materials.pages.Code` that says what is to be mended;
    `same_page` is one that lies as it was photographed."""
    progress: float
    """0 to 1."""
    fires: bool
    """The page has lain still long enough. True once; and again after as long, as long as it is not photographed."""


@dataclass(frozen=True)
class _Scene:
    """The page in one picture."""

    corners: Points
    """As shares of the picture's longer side."""
    face: Picture
    """The page brought to `FACE`, grey."""

    @property
    def cells(self) -> Points:
        width, height = FACE
        rows, columns = height // CELL, width // CELL
        return np.asarray(self.face.reshape(rows, CELL, columns, CELL).mean(axis=(1, 3)), np.float64)


class StillWatch:
    """Follows the page from picture to picture. Not thread-safe.

    What was photographed last is remembered until the page is lifted, moved, turned over or another lies there, also
    over `restart`: a page that is to be taken again is not taken in the very same way by itself.
    """

    def __init__(self) -> None:
        self._last: _Scene | None = None
        self._sample: Picture | None = None
        self._shot: _Scene | None = None
        self.restart()

    def restart(self) -> None:
        """Nothing was seen for a while: begin to collect anew."""
        self._taken_at: float | None = None
        self._progress = self._doubt = self._gone = 0.0
        self._mean: Points | None = None
        self._start: Points | None = None
        """Where the mean place was when the page came to rest."""
        self._calm: Points | None = None
        """The mean of the page's cells."""
        self._state = self._next_state = ""
        self._next_since = 0.0

    def shot(self) -> None:
        """What was seen last is being photographed."""
        self._shot = self._last
        self._progress = 0.0

    def missed(self) -> None:
        """Nothing came of that."""
        self._shot = None

    def see(self, taken_at: float, picture: Picture, quad: Quad | None, code: Code) -> Sight:
        """Take in the next live picture.

        Args:
            taken_at: seconds of any clock that does not jump.
            picture: the small picture; any order of colours.
            quad: the page in it, in its pixels.
            code: what the live judge says of it.
        """
        seconds = 0.0 if self._taken_at is None else min(max(0.0, taken_at - self._taken_at), LONGEST_STEP)
        self._taken_at = taken_at
        scene = None if quad is None else _scene(picture, quad, self._mean)
        sample = picture[::SAMPLED, ::SAMPLED].copy()
        if self._sample is not None and np.array_equal(sample, self._sample):
            seconds = 0.0  # every sensor has noise: the same picture again is no sign that anything lies still
        self._last, self._sample = scene, sample
        self._remember(scene, seconds)
        again = scene is not None and self._shot is not None and _is_untouched(self._shot, picture)
        if self._is_good(scene, code, seconds) and not again:
            self._progress = min(1.0, self._progress + seconds / self._needed(scene))
        elif again or self._doubt > FORGIVEN_SECONDS:
            self._settle(scene)
        fires = self._progress >= 1.0 and self._doubt == 0.0
        sight = Sight(self._words(scene, code, taken_at, again=again), self._progress, fires)
        if fires:
            self._progress = 0.0
        return sight

    def _remember(self, scene: _Scene | None, seconds: float) -> None:
        """Forget what was photographed when it has left its place."""
        if self._shot is None:
            return
        away = scene is None or _distance(scene.corners, self._shot.corners) > ANOTHER_PLACE
        self._gone = self._gone + seconds if away else 0.0
        if self._gone > GONE_SECONDS:
            self._shot, self._gone = None, 0.0

    def _is_good(self, scene: _Scene | None, code: Code, seconds: float) -> bool:
        """Whether this picture speaks for taking a photograph; keeps the means, and counts the time of doubt."""
        good = scene is not None and code is Code.OK
        if scene is not None:
            if self._mean is None or self._start is None or self._calm is None:
                self._settle(scene)
                return good
            quiet = _changed_share(scene.cells, self._calm) <= CELLS_CHANGED
            near = _distance(scene.corners, self._mean) <= TREMBLING
            if near:
                pull = 1 - float(np.exp(-seconds / MEAN_SECONDS))
                self._mean = self._mean + pull * (scene.corners - self._mean)
                self._calm = self._calm + pull * (scene.cells - self._calm)
            if _distance(self._mean, self._start) > WANDERED:
                self._start, self._progress = self._mean, 0.0
            good = good and near and quiet
        self._doubt = 0.0 if good else self._doubt + seconds
        return good

    def _needed(self, scene: _Scene | None) -> float:
        """Seconds in which pictures like this one would be enough."""
        still = scene is not None and self._mean is not None and _distance(scene.corners, self._mean) <= STILL
        return STILL_SECONDS if still else TREMBLING_SECONDS

    def _settle(self, scene: _Scene | None) -> None:
        """Begin anew from where the page is now."""
        self._progress = self._doubt = 0.0
        self._mean = self._start = None if scene is None else scene.corners
        self._calm = None if scene is None else scene.cells

    def _words(self, scene: _Scene | None, code: Code, now: float, *, again: bool) -> str:
        """The state to be shown: a new one only when it has stood for a moment."""
        if code not in (Code.OK, Code.NO_PAGE):
            state = code.value
        elif scene is None:
            state = LOOKING
        elif again:
            state = Code.SAME_PAGE.value
        else:
            state = SHOOTING_SOON if self._progress >= SOON else HOLD_STILL
        if not self._state:
            self._state = state
        if state != self._next_state:
            self._next_state, self._next_since = state, now
        if now - self._next_since >= CALM_SECONDS:
            self._state = state
        return self._state


def pixels_of(rgb: bytes, width: int, height: int) -> Picture:
    """The live picture as an array, without copying it."""
    return np.frombuffer(rgb, np.uint8).reshape(height, width, 3)


def _scene(picture: Picture, quad: Quad, like: Points | None) -> _Scene:
    """The page in this picture, its corners named as in `like`: a page that lies askew has no certain first corner."""
    corners = quad.points / max(picture.shape[:2])
    if like is not None:
        corners = min((np.roll(corners, turn, axis=0) for turn in range(4)), key=lambda turned: _distance(turned, like))
    return _Scene(corners, _face(picture, corners))


def _face(picture: Picture, corners: Points) -> Picture:
    """What lies between these corners, brought to `FACE`, grey."""
    width, height = 2 * FACE[0], 2 * FACE[1]
    ends = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
    places = (corners * max(picture.shape[:2])).astype(np.float32)
    to_flat = cv2.getPerspectiveTransform(places, ends)
    flat = cv2.warpPerspective(picture, to_flat, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY), FACE, interpolation=cv2.INTER_AREA), np.uint8)


def _distance(one: Points, other: Points) -> float:
    """How far the corner is that moved most."""
    return float(np.linalg.norm(one - other, axis=1).max())


def _changed_share(cells: Points, before: Points) -> float:
    """Share of cells that changed otherwise than the light did."""
    change = cells - before
    return float(np.mean(np.abs(change - np.median(change)) > CELL_CHANGED))


def _is_untouched(shot: _Scene, picture: Picture) -> bool:
    """Whether what was photographed lies there as it did: every part of it looks the same in the very same place."""
    one, other = _parts(shot.face), _parts(_face(picture, shot.corners))
    spreads = one.std(axis=1), other.std(axis=1)
    telling = np.maximum(*spreads) > PLAIN
    likeness = (one * other).mean(axis=1)[telling] / np.maximum(spreads[0] * spreads[1], 1e-6)[telling]
    return not telling.any() or float(likeness.min()) >= UNTOUCHED


def _parts(face: Picture) -> Points:
    """A face in squares (n × pixels), each about its mean, without the slow changes that light makes."""
    grey = face.astype(np.float32)
    detail = grey - cv2.GaussianBlur(grey, (0, 0), PART / 3)
    width, height = FACE
    squares = detail.reshape(height // PART, PART, width // PART, PART).transpose(0, 2, 1, 3).reshape(-1, PART**2)
    return np.asarray(squares - squares.mean(axis=1, keepdims=True), np.float64)
