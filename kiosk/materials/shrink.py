"""Pictures made smaller, for whatever needs no more pixels."""

from __future__ import annotations

import cv2
import numpy as np

from kiosk.materials.pages import Picture


def at_most(picture: Picture, side: int, interpolation: int = cv2.INTER_AREA) -> Picture:
    """The picture with no more than `side` pixels a side, and at least one; as it is when it is small enough."""
    height, width = picture.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return picture
    across, down = max(factor, 1 / width), max(factor, 1 / height)
    return np.asarray(cv2.resize(picture, None, fx=across, fy=down, interpolation=interpolation), np.uint8)
