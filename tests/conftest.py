"""What every test gets: an environment in which Kivy renders without a display, if a test imports it."""

from __future__ import annotations

from screens.environment import prepare

# Before any test module imports Kivy: its settings are read at import. Off screen even where a display is at hand, so
# that a test run looks the same everywhere and opens no windows.
prepare(offscreen=True)
