"""What the screens and the rest of a visit say to each other: events out, views and camera pictures in.

The visit's runner implements `Port`. Nothing here imports Kivy, so a runner or a test can be typed against it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from kiosk.visit.events import Event
from kiosk.visit.views import Preview, View

__all__ = ["Port", "Preview"]


class Port(Protocol):
    """The runner as the screens see it. All callables may be called from any thread."""

    def emit(self, event: Event) -> None:
        """Tell the visit what the citizen did. Returns at once."""

    def subscribe(self, on_view: Callable[[View], None], on_preview: Callable[[Preview], None]) -> None:
        """Have every later view, and the present one if there is one, given to `on_view`, pictures to `on_preview`."""
