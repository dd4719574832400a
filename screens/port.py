"""What the screens and the rest of a visit say to each other: events out, views and camera pictures in.

The visit's runner implements `Port`. Nothing here imports Kivy, so a runner or a test can be typed against it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from kiosk.visit.events import Event
from kiosk.visit.views import View

Point = tuple[float, float]
"""0…1 of the picture's width and height, from the top left."""


class Preview(Protocol):
    """A live camera picture, newest only. It passes beside the visit machine and is never stored."""

    @property
    def width(self) -> int:
        """Pixels in a row."""

    @property
    def height(self) -> int:
        """Rows."""

    @property
    def rgb(self) -> bytes:
        """`width * height` pixels of three bytes, rows from the top."""

    @property
    def outline(self) -> tuple[Point, Point, Point, Point] | None:
        """The page's corners as found, or None."""

    @property
    def words(self) -> str:
        """The verdict so far, in the citizen's language (已看清四个边，别动，马上拍); may be empty."""

    @property
    def good(self) -> bool:
        """Whether the words are good news."""


class Port(Protocol):
    """The runner as the screens see it. All callables may be called from any thread."""

    def emit(self, event: Event) -> None:
        """Tell the visit what the citizen did. Returns at once."""

    def subscribe(self, on_view: Callable[[View], None], on_preview: Callable[[Preview], None]) -> None:
        """Have every later view, and the present one if there is one, given to `on_view`, pictures to `on_preview`."""
