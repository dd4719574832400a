"""A terminal's screen for tests: the real window, off screen, turned frame by frame. Nothing here waits for time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kivy.base import EventLoop
from kivy.core.window import Window
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.widget import Widget

from kiosk.visit.events import Event
from kiosk.visit.views import View
from screens.app import KioskApp, ScreenFactory, mount
from screens.loop import ScreenLoop
from screens.port import Preview
from screens.theme import Theme
from screens.widgets.tappable import Tappable, tappables


class ScriptedPort:
    """A visit that answers events as the test says: `answers` maps an event to the view that follows it."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.answers: dict[Event, View] = {}
        self.on_view: Callable[[View], None] = lambda view: None
        self.on_preview: Callable[[Preview], None] = lambda preview: None

    def emit(self, event: Event) -> None:
        """Keep the event; answer it."""
        self.events.append(event)
        if event in self.answers:
            self.on_view(self.answers[event])

    def subscribe(self, on_view: Callable[[View], None], on_preview: Callable[[Preview], None]) -> None:
        """Keep where views go."""
        self.on_view, self.on_preview = on_view, on_preview


class Glass:
    """The screen as a finger and an eye have it."""

    def __init__(self, root: Widget, loop: ScreenLoop) -> None:
        self.root = root
        self.loop = loop

    def frames(self, count: int = 2) -> None:
        """Turn the loop."""
        for _ in range(count):
            self.loop.turn()

    def find(self, key: str) -> Tappable:
        """The widget with this key; fails with what there is."""
        there = {widget.key: widget for widget in tappables(self.root)}
        assert key in there, f"no {key!r} among {sorted(there)}"
        return there[key]

    def reachable(self) -> list[str]:
        """Keys of all that can be tapped."""
        return [widget.key for widget in tappables(self.root)]

    def down(self, key: str) -> tuple[float, float]:
        """Put a finger on a widget, through the window's mouse, as a panel under X does; return where it is."""
        x, y = self.find(key).window_center
        Window.dispatch("on_mouse_down", x, Window.height - 1 - y, "left", [])
        return x, y

    def up(self, at: tuple[float, float]) -> None:
        """Slide the finger to a place in window px, from the bottom left, and lift it there."""
        Window.dispatch("on_mouse_move", at[0], Window.height - 1 - at[1], [])
        Window.dispatch("on_mouse_up", at[0], Window.height - 1 - at[1], "left", [])

    def tap(self, key: str) -> None:
        """Tap a widget: a frame with the finger down, and the frames after it was lifted."""
        at = self.down(key)
        self.frames(1)
        self.up(at)
        self.frames(2)

    def type(self, *names: str) -> None:
        """Tap keys of the keyboard."""
        for name in names:
            self.tap(f"key:{name}")


@pytest.fixture
def theme() -> Theme:
    """The theme of the test window."""
    return Theme.for_window(*Window.size)


@pytest.fixture
def port() -> ScriptedPort:
    """A visit without rules."""
    return ScriptedPort()


@pytest.fixture
def glass(theme: Theme) -> Iterator[Glass]:
    """An empty window: add widgets to `glass.root`."""
    root = FloatLayout()
    EventLoop.ensure_window()
    mount(root)
    glass = Glass(root, ScreenLoop())
    glass.frames()
    yield glass
    root.clear_widgets()
    Window.remove_widget(root)


@pytest.fixture
def start_app(port: ScriptedPort) -> Iterator[Callable[..., tuple[KioskApp, Glass]]]:
    """Build the app with these screens and further options; it is taken down after the test."""
    apps: list[KioskApp] = []

    def start(screens: dict[type[View], ScreenFactory], **options: Any) -> tuple[KioskApp, Glass]:
        app = KioskApp(port, screens, **options)
        apps.append(app)
        return app, Glass(app.root, app.loop)

    yield start
    for app in apps:
        app.close()


@pytest.fixture
def running() -> Callable[[KioskApp, Callable[[], None]], None]:
    """Run a client's steps in a thread while the app turns on the main thread; the client's failure fails the test."""

    def run(app: KioskApp, steps: Callable[[], None]) -> None:
        failures: list[BaseException] = []

        def client() -> None:
            try:
                steps()
            except BaseException as error:
                failures.append(error)
            finally:
                app.stop()

        thread = threading.Thread(target=client)
        thread.start()
        app.run()
        thread.join(10)
        assert not thread.is_alive()
        if failures:
            raise failures[0]

    return run
