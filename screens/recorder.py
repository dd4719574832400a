"""Pictures of every screen passed, and the timeline of what the citizen waited for. Demonstration only.

The pictures show what was entered, so a terminal in service never constructs this.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels
from PIL import Image

from screens.app import KioskApp, Shown

SETTLED_SECONDS = 0.4
"""A screen that changes no more for this long is worth a picture."""


def glass() -> Image.Image:
    """What is on the glass now. Main thread only, and only when nothing waits to be laid out or drawn."""
    # Drawn afresh: after a swap the back buffer holds nothing certain.
    Window.dispatch("on_draw")
    width, height = (int(side) for side in Window.size)
    pixels = glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE)
    return Image.frombuffer("RGBA", (width, height), pixels, "raw", "RGBA", 0, -1)


class Recorder:
    """Keeps `NN-<screen>.png` and `timeline.json` in a folder of its own for this visit.

    The picture of a screen is the last one taken while it stood: with what was typed, with the signature. A picture
    costs the main thread one drawing and one copy; everything else is done by a thread.

    Args:
        folder: `visit-01`, `visit-02` … are made in it.
        app: whose glass is recorded.
        every_change: take a picture at each change, because a program touches the screen and goes on at once. Else only
            when a screen comes and when it has settled, so that no finger ever waits for a picture.
    """

    def __init__(self, folder: Path, app: KioskApp, *, every_change: bool) -> None:
        self._parent = folder
        self._folder: Path | None = None
        self._app = app
        self._every_change = every_change
        self._name = ""
        self._count = 0
        self._timeline: list[dict[str, object]] = []
        self._settled = Clock.create_trigger(lambda _: self._when_settled(), SETTLED_SECONDS)
        self._taken: dict[str, Image.Image] = {}
        self._closed = False
        self._changed = threading.Condition()
        self._writer = threading.Thread(target=self._write_all, name="recorder", daemon=True)
        self._writer.start()

    def begin(self) -> None:
        """This process has the screen now: what is on it is the first picture."""
        if self._app.view is not None and self._count == 0:
            self.shown(Shown(self._app.view.name, 0.0, None))

    def shown(self, shown: Shown) -> None:
        """A view reached the glass."""
        self._timeline.append(
            {
                "screen": shown.screen,
                "after": "touch" if shown.after_event_ms is not None else "device or timer",
                "waited_ms": None if shown.after_event_ms is None else round(shown.after_event_ms, 1),
                "drawn_ms": round(shown.after_view_ms, 1),
            }
        )
        if shown.screen != self._name:
            self._name = shown.screen
            self._count += 1
            self._snap()
        elif self._every_change:
            self._snap()
        self._settled.cancel()
        self._settled()

    def close(self) -> None:
        """Wait until everything is written; nothing is recorded afterwards. Twice is fine."""
        self._settled.cancel()
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._writer.join()

    def _when_settled(self) -> None:
        # The Clock ticks between a view's arrival and its frame: what is half laid out is no picture of anything.
        if Window.canvas.needs_redraw:
            self._settled()
            return
        self._snap()
        if hasattr(self._app.current, "preview"):
            self._settled()  # its live picture changes without another view

    def _snap(self) -> None:
        picture = glass()
        with self._changed:
            self._taken[f"{self._count:02d}-{self._name}.png"] = picture
            self._changed.notify()

    def _write_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._taken or self._closed)
                if not self._taken:
                    return
                taken, self._taken = self._taken, {}
            for name, picture in taken.items():
                self._write(self._own_folder(), name, picture)

    def _write(self, folder: Path, name: str, picture: Image.Image) -> None:
        unfinished = folder / f".{name}"
        picture.convert("RGB").save(unfinished, "PNG", compress_level=1)
        unfinished.rename(folder / name)  # whole or not at all, also when the visit is killed
        (folder / "timeline.json").write_text(json.dumps(self._timeline, ensure_ascii=False, indent=1), "utf-8")

    def _own_folder(self) -> Path:
        """Made at the first picture: a spare that never took the screen leaves no folder."""
        if self._folder is None:
            self._parent.mkdir(parents=True, exist_ok=True)
            number = 1 + len(list(self._parent.glob("visit-*")))
            self._folder = self._parent / f"visit-{number:02d}"
            self._folder.mkdir()
        return self._folder
