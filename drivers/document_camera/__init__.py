"""A camera that looks down on papers (高拍仪).

What a citizen gets photographed must be what lay under the camera when they pressed: buffered, frozen and black
pictures are the ways in which cameras lie, and a driver of this class must refuse them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.status import CameraState, Deadline, DeviceStatus


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture."""

    pixels: NDArray[np.uint8]
    """Height × width × 3, blue-green-red, upright. Nobody writes into it."""
    taken_at: float
    """When the driver received it, in seconds of the monotonic clock."""
    sequence: int
    """Counts up by one per picture received since the camera was switched on."""


@dataclass(frozen=True)
class DocumentCameraStatus(DeviceStatus):
    """`camera` is `unknown` while the camera is there but nobody has looked through it."""

    camera: CameraState = CameraState.UNKNOWN


class DocumentCamera(Protocol):
    """A document camera. Every method may be called from any thread."""

    def status(self) -> DocumentCameraStatus:
        """What is known now. Never raises, never switches the camera on; takes half a second at most."""

    def start(self) -> None:
        """Switch the camera on, so that the first picture comes sooner. Returns at once; faults show in `status`."""

    def latest(self) -> Frame | None:
        """The newest picture for a live preview; None while there is none fresh. Returns at once.

        Switches the camera on when it is off, and tries again (about once a second) after it was lost.
        """

    def capture(self, deadline: Deadline) -> Frame:
        """A picture whose light fell in after this call. Switches the camera on when it is off.

        Raises:
            StaleFrame: only old, frozen or black pictures come, or none
            NoDevice: nothing answers, or the camera was unplugged
            UnsupportedData: the pictures are smaller than configured
            TimeOut, Canceled
        """

    def close(self) -> None:
        """Switch the camera off and forget its pictures. Harmless twice; the next call switches it on again."""
