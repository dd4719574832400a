"""Everything Kivy must be told before it is imported.

Kivy reads its environment and configuration at import time, eats the command line, keeps a configuration in the
home folder that leaks from run to run, and opens every input device twice. `prepare` settles all of that; it is the
first thing a visit process, a test run or a benchmark does. This module itself imports Kivy only inside `prepare`.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

PORTRAIT = (1080, 1920)
"""The default display of a terminal, in px."""


def has_display() -> bool:
    """Whether a window can be seen: an X or Wayland display is named in the environment."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def prepare(
    size: tuple[int, int] = PORTRAIT,
    *,
    hidden: bool = False,
    fullscreen: bool = False,
    show_cursor: bool = True,
    offscreen: bool | None = None,
    home: Path | None = None,
) -> None:
    """Set Kivy up for a terminal; call it once, before anything imports Kivy.

    `hidden` opens the window unseen (the spare process). `fullscreen` drops the frame and puts the window at 0, 0.
    `offscreen` renders without a display (None: when there is no display). `home` is Kivy's private folder; without
    one a temporary folder is used and removed at exit. Raises RuntimeError when Kivy has been imported already.
    """
    if "kivy" in sys.modules:
        raise RuntimeError("screens.environment.prepare() came too late: Kivy is imported already")
    if offscreen is None:
        offscreen = not has_display()
    if home is None:
        home = Path(tempfile.mkdtemp(prefix="kiosk-screen-"))
        atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ.update(
        KIVY_HOME=str(home),
        KIVY_NO_ARGS="1",
        KIVY_NO_CONFIG="1",
        KIVY_NO_ENV_CONFIG="1",
        KIVY_NO_FILELOG="1",
        # Our own logging stays in charge: Kivy adds no handler and does not redirect stderr.
        KIVY_LOG_MODE="PYTHON",
        KIVY_CLIPBOARD="dummy",
        KIVY_DPI="96",
        KIVY_METRICS_DENSITY="1",
        KIVY_METRICS_FONTSCALE="1",
        # SIGTERM and SIGINT belong to the process, not to SDL.
        SDL_NO_SIGNAL_HANDLERS="1",
    )
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
    if offscreen:
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
    _configure(size, hidden=hidden, fullscreen=fullscreen, show_cursor=show_cursor)


def _configure(size: tuple[int, int], *, hidden: bool, fullscreen: bool, show_cursor: bool) -> None:
    from kivy.config import Config

    width, height = size
    graphics: dict[str, int | str] = {
        "width": width,
        "height": height,
        "resizable": 0,
        "borderless": int(fullscreen),
        "fullscreen": 0,
        "position": "custom" if fullscreen else "auto",
        "left": 0,
        "top": 0,
        "show_cursor": int(show_cursor),
        "window_state": "hidden" if hidden else "visible",
        "allow_screensaver": 0,
        # Software rendering is 3 to 4 times faster without multisampling, and needs less than half the memory.
        "multisamples": 0,
        # A frame shows a touch that is already late: never wait for the display's next beat. The loop paces itself.
        "vsync": 0,
        "maxfps": 0,
    }
    for key, value in graphics.items():
        Config.set("graphics", key, str(value))
    kivy: dict[str, int | str] = {
        "exit_on_escape": 0,
        "keyboard_mode": "",
        "pause_on_minimize": 0,
        "log_enable": 0,
        "log_level": "warning",
        "desktop": 1,
    }
    for key, value in kivy.items():
        Config.set("kivy", key, str(value))
    # Under X a touch arrives as the core pointer; a second provider for the same panel would deliver it twice.
    for provider, _ in Config.items("input"):
        Config.remove_option("input", provider)
    Config.set("input", "mouse", "mouse,disable_multitouch,disable_hover")
    # No double-tap, triple-tap or shake filter: each holds touches back or changes them.
    for key in ("double_tap_time", "triple_tap_time", "jitter_distance", "retain_time"):
        Config.set("postproc", key, "0")
