"""How large a window may be on this machine's display, found out before there is a window.

A terminal's own display is as large as its settings say. A developer's rarely is: there the terminal's window is made
smaller in proportion, so that all of it can be seen and touched.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from importlib.util import find_spec
from pathlib import Path

TITLE_BAR = 40
"""Px kept free above the window for its frame, which SDL's usable bounds do not know of."""

_INIT_VIDEO = 0x20


class _Rect(ctypes.Structure):
    """SDL_Rect."""

    _fields_ = (("x", ctypes.c_int), ("y", ctypes.c_int), ("w", ctypes.c_int), ("h", ctypes.c_int))


def fitting(size: tuple[int, int], room: tuple[int, int] | None) -> tuple[int, int]:
    """`size`, or the largest size of the same proportions that fits into `room` (px; None: not known)."""
    if room is None:
        return size
    scale = min(1.0, room[0] / size[0], room[1] / size[1])
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))


def room() -> tuple[int, int] | None:
    """Width and height (px) that a framed window can have on the first display, or None when that cannot be found out.

    Asks the SDL that Kivy brings along (SDL_GetDisplayUsableBounds: without panels and docks). Main thread only,
    before Kivy has a window.
    """
    for library in _sdl_libraries():
        try:
            sdl = ctypes.CDLL(library)
            if sdl.SDL_InitSubSystem(_INIT_VIDEO) != 0:
                return None
            bounds = _Rect()
            failed = sdl.SDL_GetDisplayUsableBounds(0, ctypes.byref(bounds))
            sdl.SDL_QuitSubSystem(_INIT_VIDEO)
        except (OSError, AttributeError):
            continue
        return None if failed else (bounds.w, max(1, bounds.h - TITLE_BAR))
    return None


def _sdl_libraries() -> list[str]:
    """Kivy's wheel keeps its SDL beside the package; a Debian package uses the system's."""
    found: list[str] = []
    kivy = find_spec("kivy")
    if kivy is not None and kivy.origin is not None:
        found += map(str, sorted(Path(kivy.origin).parents[1].glob("[Kk]ivy.libs/libSDL2-2*.so*")))
    system = ctypes.util.find_library("SDL2-2.0")
    return found if system is None else [*found, system]
