"""A private X display whose pixels can be read while they change, and a finger on it.

Xvfb keeps its frame buffer in a file (`-fbdir`), which is mapped here: what is seen is what a panel would show, whoever
drew it. Clicks are made by the XTest extension and take the way of real input.
"""

from __future__ import annotations

import mmap
import struct
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from Xlib import X
from Xlib.display import Display as XDisplay
from Xlib.ext import xtest

LOOK_EVERY = 0.0002
"""Seconds between two looks at the pixels: the resolution of all times measured here."""


class VirtualDisplay:
    """An Xvfb of this size, without a window manager. A context manager."""

    def __init__(self, width: int = 1080, height: int = 1920) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bench-display-")
        self._server = subprocess.Popen(
            [
                *("Xvfb", "-displayfd", "1", "-screen", "0", f"{width}x{height}x24", "-fbdir", self._folder.name),
                *("-nolisten", "tcp", "-noreset"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._server.stdout is not None
        self.name = f":{int(self._server.stdout.readline())}"
        self._x = XDisplay(self.name)
        with (Path(self._folder.name) / "Xvfb_screen0").open("rb") as file:
            self._memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        # An XWD header: big-endian words; [0] its length, [12] bytes a row, [19] colours of 12 bytes each.
        header = struct.unpack(">25I", self._memory[:100])
        start = header[0] + 12 * header[19]
        rows = np.frombuffer(self._memory, np.uint8, height * header[12], start).reshape(height, header[12])
        self._pixels: NDArray[np.uint8] = rows[:, : width * 4].reshape(height, width, 4)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._x.close()
        self._server.terminate()
        self._server.wait()
        self._folder.cleanup()

    def sample(self) -> NDArray[np.uint8]:
        """Every eighth pixel of every eighth row, as they are now."""
        return self._pixels[4::8, 4::8, :3].copy()

    def picture(self) -> NDArray[np.uint8]:
        """All pixels as they are now (blue, green, red)."""
        return self._pixels[..., :3].copy()

    def settle(self, still: float = 0.4, within: float = 20.0) -> NDArray[np.uint8]:
        """Wait until the picture has stood still for `still` seconds and is not black; return the sample."""
        deadline = time.monotonic() + within
        last, since = self.sample(), time.monotonic()
        while time.monotonic() < deadline:
            now = self.sample()
            if not np.array_equal(now, last):
                last, since = now, time.monotonic()
            elif time.monotonic() - since > still and now.any():
                return now
            time.sleep(0.01)
        raise TimeoutError("the picture does not come to rest")

    def wait_for(self, wanted: NDArray[np.uint8], where: NDArray[np.bool_], within: float = 20.0) -> float:
        """Wait until nearly all of the sample's pixels `where` look as `wanted`; return the monotonic time."""
        target = wanted[where]
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            same = (self._pixels[4::8, 4::8, :3][where] == target).all(axis=1)
            if same.mean() > 0.95:
                return time.monotonic()
            time.sleep(LOOK_EVERY)
        raise TimeoutError("the picture did not change as expected")

    def part(self, box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
        """Every second pixel inside box (x, y, width, height; from the top left), as they are now."""
        return self._view(box).copy()

    def _view(self, box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
        x, y, width, height = box
        return self._pixels[y : y + height : 2, x : x + width : 2, :3]

    def wait_for_change(self, box: tuple[int, int, int, int], before: NDArray[np.uint8], within: float = 5.0) -> float:
        """Wait until anything inside `box` differs from `before`, taken before the cause; return the monotonic time."""
        area = self._view(box)
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if not np.array_equal(area, before):
                return time.monotonic()
            time.sleep(LOOK_EVERY)
        raise TimeoutError("nothing changed")

    # --- the finger ---------------------------------------------------------------------------------------------------

    def move(self, x: int, y: int) -> None:
        """Point at a place."""
        self._fake(X.MotionNotify, 0, x, y)

    def press(self) -> float:
        """Put the finger down; return the monotonic time just before."""
        now = time.monotonic()
        self._fake(X.ButtonPress, 1)
        return now

    def release(self) -> float:
        """Lift the finger; return the monotonic time just before."""
        now = time.monotonic()
        self._fake(X.ButtonRelease, 1)
        return now

    def click(self) -> float:
        """Press and release at once; return the monotonic time just before."""
        now = self.press()
        self.release()
        return now

    def _fake(self, kind: int, detail: int, x: int = 0, y: int = 0) -> None:
        display: Any = self._x
        xtest.fake_input(display, kind, detail, x=x, y=y)
        display.flush()
