"""Our side of the screen benchmarks, as its own process: shows attract, then home, then attract again, as tapped.

Commands come as lines on stdin: `reveal` (the spare takes the screen), `keyboard` (a form to type into), `stop`. Each
view that reached the glass is told as a line of JSON on stdout.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable

from screens.environment import prepare

prepare(hidden="--hidden" in sys.argv, fullscreen=True, show_cursor=False)

from bench.pages import ATTRACT, HOME  # noqa: E402
from kiosk.visit.events import Enter, Event, Start  # noqa: E402
from kiosk.visit.views import Chrome, Field, FormView, Keyboard, View  # noqa: E402
from screens.app import KioskApp, Shown  # noqa: E402
from screens.citizen import SCREENS  # noqa: E402
from screens.port import Preview  # noqa: E402
from screens.widgets.tappable import tappables  # noqa: E402


def form(value: str) -> FormView:
    """A page with one field."""
    field = Field("address", "详细地址", value, keyboard=Keyboard.PINYIN)
    return FormView("form", Chrome("根河市"), "您现在住在哪里？", "", "", (field,))


class Toggle:
    """A visit of two screens."""

    def __init__(self) -> None:
        self._on_view: Callable[[View], None] = lambda _: None

    def subscribe(self, on_view: Callable[[View], None], on_preview: Callable[[Preview], None]) -> None:
        """Show attract."""
        del on_preview
        self._on_view = on_view
        on_view(ATTRACT)

    def emit(self, event: Event) -> None:
        """Start goes to home, everything else back; typing stays."""
        if isinstance(event, Enter):
            self.show(form(event.value))
        else:
            self.show(HOME if isinstance(event, Start) else ATTRACT)

    def show(self, view: View) -> None:
        """Show a view."""
        self._on_view(view)


def main() -> None:
    """Run until told to stop."""
    port = Toggle()

    def shown(told: Shown) -> None:
        places = {widget.key: widget.window_center for widget in tappables(app.root)}
        print(json.dumps({"screen": told.screen, "ms": told.after_event_ms, "places": places}), flush=True)

    app = KioskApp(port, SCREENS, on_shown=shown)

    def listen() -> None:
        for line in sys.stdin:
            if line.strip() == "reveal":
                app.reveal()
            elif line.strip() == "keyboard":
                port.show(form(""))
            elif line.strip() == "stop":
                break
        app.stop()

    threading.Thread(target=listen, daemon=True).start()
    app.run()


if __name__ == "__main__":
    main()
