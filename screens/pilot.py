"""Remote control of the screen, for the demo and for tests only: real touches on what is really shown.

A touch goes through the window like a finger's, so it reaches whatever lies on top; tapping something that is covered,
disabled or outside the window is an error, as it would be a complaint of a citizen. The commands and the client are in
`pilot_client.py`. A terminal in service never constructs this.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from kivy.base import EventLoop
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels
from kivy.input.motionevent import MotionEvent
from kivy.uix.widget import Widget
from PIL import Image

from kiosk.input import default_engine
from kiosk.visit.views import Keyboard
from screens.app import KioskApp
from screens.pilot_client import PilotError
from screens.widgets.keyboard import KeyboardPanel
from screens.widgets.layout import walk
from screens.widgets.tappable import Tappable, tappables
from screens.widgets.text import TextLabel

T = TypeVar("T")

ANSWER_WITHIN = 30.0
"""Seconds the screen may take for one step."""

LOOK_EVERY = 0.02
"""Seconds between two looks while waiting for a screen."""

MOST_PAGES = 60
"""Pages of candidates that are turned before giving up."""


class _Finger(MotionEvent):
    """A touch as a panel reports it."""

    def __init__(self, number: int, x: float, y: float) -> None:
        super().__init__("pilot", number, (x / max(1, Window.width), y / max(1, Window.height)), is_touch=True)
        self.type_id = "touch"
        self.profile = ["pos"]

    def depack(self, args: tuple[float, float]) -> None:
        """Take over a position, 0…1 of the window."""
        self.sx, self.sy = args
        super().depack(args)


class Pilot:
    """Serves commands on a Unix socket at `path` until `close`. Construct it after the app; it starts at once."""

    def __init__(self, app: KioskApp, path: Path) -> None:
        self._app = app
        self._path = path
        self._closed = threading.Event()
        self._number = 0
        self._commands: dict[str, Callable[..., dict[str, Any]]] = {
            "screen": lambda: self._main(self._state),
            "words": lambda: {"words": self._main(self._words)},
            "tap": self._tap,
            "tap_text": self._tap_text,
            "type": self._type,
            "type_pinyin": self._type_pinyin,
            "draw": self._draw,
            "screenshot": self._screenshot,
            "wait": self._wait,
        }
        path.unlink(missing_ok=True)
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.bind(str(path))
        path.chmod(0o600)
        self._server.listen()
        threading.Thread(target=self._serve, name="pilot", daemon=True).start()

    def close(self) -> None:
        """Stop serving and remove the socket. Twice is fine."""
        self._closed.set()
        # Closing alone does not wake a thread in accept().
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._path.unlink(missing_ok=True)

    # --- the wire ------------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        while not self._closed.is_set():
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(connection,), name="pilot client", daemon=True).start()

    def _converse(self, connection: socket.socket) -> None:
        with connection, suppress(OSError), connection.makefile("rwb") as file:
            for line in file:
                file.write(json.dumps(self._answer(line), ensure_ascii=False).encode() + b"\n")
                file.flush()

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            return self._commands[request.pop("command")](**request)
        except PilotError as error:
            return {"error": str(error)}
        except Exception as error:  # noqa: BLE001 - the other side must always hear something
            return {"error": f"{type(error).__name__}: {error}"}

    def _main(self, call: Callable[[], T]) -> T:
        """Do `call` on the main thread and return what it returns, after the frame that follows it."""
        done = threading.Event()
        outcome: list[Any] = [None, None]

        def step() -> None:
            try:
                outcome[0] = call()
            except Exception as error:  # noqa: BLE001 - raised again in the asking thread
                outcome[1] = error
            # A second post runs in the next turn: by then this step's frame is drawn.
            self._app.loop.post(done.set)

        self._app.loop.post(step)
        if not done.wait(ANSWER_WITHIN):
            raise PilotError(f"the screen did not answer within {ANSWER_WITHIN:.0f} s")
        if outcome[1] is not None:
            raise outcome[1]
        return outcome[0]  # type: ignore[no-any-return]

    # --- looking ---------------------------------------------------------------------------------------------------------

    def _state(self) -> dict[str, Any]:
        view = self._app.view
        targets = []
        for widget in tappables(self._app.root):
            x, y = widget.to_window(widget.x, widget.y)
            size = {"x": x, "y": y, "w": widget.width, "h": widget.height}
            targets.append({"key": widget.key, "label": widget.label, "enabled": bool(widget.enabled), **size})
        return {
            "screen": view.name if view is not None else "",
            "title": view.title if view is not None else "",
            "targets": targets,
        }

    def _words(self) -> list[str]:
        return [piece.text for piece in walk(self._app.root) if isinstance(piece, TextLabel) and piece.text]

    def _find(self, what: str, wanted: Callable[[Tappable], bool]) -> Tappable:
        found = [widget for widget in tappables(self._app.root) if wanted(widget)]
        if not found:
            name = self._app.view.name if self._app.view is not None else "?"
            raise PilotError(f"nothing to tap with {what} on screen {name}")
        return next((widget for widget in found if widget.enabled), found[0])

    def _wait(self, screen: str | None, key: str | None, timeout_s: float) -> dict[str, Any]:
        deadline = time.monotonic() + timeout_s
        while True:
            state = self._main(self._state)
            there = key is None or any(t["key"] == key and t["enabled"] for t in state["targets"])
            if there and screen in (None, state["screen"]):
                return state
            if time.monotonic() > deadline:
                raise PilotError(f"waited {timeout_s} s for screen {screen} key {key}, still on {state['screen']}")
            self._closed.wait(LOOK_EVERY)

    def _screenshot(self, path: str) -> dict[str, Any]:
        def shoot() -> Image.Image:
            # Drawn afresh: after a swap the back buffer holds nothing certain.
            Window.dispatch("on_draw")
            width, height = (int(side) for side in Window.size)
            pixels = glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE)
            return Image.frombytes("RGBA", (width, height), pixels)

        picture = self._main(shoot).convert("RGB").transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        picture.save(path, "PNG", compress_level=1)
        return {}

    # --- touching --------------------------------------------------------------------------------------------------------

    def _finger(self, x: float, y: float) -> _Finger:
        self._number += 1
        return _Finger(self._number, x, y)

    def _touch(self, find: Callable[[], Tappable]) -> None:
        finger: list[_Finger] = []

        def patient() -> bool:
            """Like a person, see first what has come: a touch at once would be taken for a double tap."""
            return not self._app.root.swallows(*find().window_center)

        def down() -> None:
            widget = find()
            if not widget.enabled:
                raise PilotError(f"{widget.key} is disabled")
            x, y = widget.window_center
            if not (0 <= x < Window.width and 0 <= y < Window.height):
                raise PilotError(f"{widget.key} is outside the window")
            touch = self._finger(x, y)
            finger.append(touch)
            EventLoop.post_dispatch_input("begin", touch)
            if widget not in [taken() for taken in touch.grab_list]:
                EventLoop.post_dispatch_input("end", touch)
                raise PilotError(f"something lies over {widget.key}")

        while not self._main(patient):
            time.sleep(LOOK_EVERY)
        self._main(down)
        self._main(lambda: EventLoop.post_dispatch_input("end", finger[0]))

    def _tap(self, key: str) -> dict[str, Any]:
        self._touch(lambda: self._find(f"key {key}", lambda widget: widget.key == key))
        return {}

    def _tap_text(self, text: str) -> dict[str, Any]:
        self._touch(lambda: self._find(f"words {text}", lambda widget: widget.label == text))
        return {}

    def _draw(self, strokes: list[list[list[float]]], key: str) -> dict[str, Any]:
        def pad() -> Widget:
            found = next((w for w in _widgets(self._app.root) if getattr(w, "key", None) == key), None)
            if found is None:
                raise PilotError(f"nothing to draw on with key {key}")
            return found

        def place(point: list[float]) -> tuple[float, float]:
            widget = pad()
            return widget.to_window(widget.x + point[0] * widget.width, widget.top - point[1] * widget.height)  # type: ignore[no-any-return]

        for stroke in strokes:
            self._main(partial(self._stroke, stroke, place))
        return {}

    def _stroke(self, stroke: list[list[float]], place: Callable[[list[float]], tuple[float, float]]) -> None:
        points = [place(point) for point in stroke]
        finger = self._finger(*points[0])
        EventLoop.post_dispatch_input("begin", finger)
        for x, y in points[1:]:
            finger.move((x / Window.width, y / Window.height))
            EventLoop.post_dispatch_input("update", finger)
        EventLoop.post_dispatch_input("end", finger)

    # --- typing ----------------------------------------------------------------------------------------------------------

    def _panel(self) -> KeyboardPanel:
        panel = next((w for w in _widgets(self._app.root) if isinstance(w, KeyboardPanel) and w.field), None)
        if panel is None:
            raise PilotError("no field has the keyboard")
        return panel

    def _has(self, key: str) -> bool:
        return self._main(lambda: any(widget.key == key for widget in tappables(self._app.root)))

    def _press(self, name: str) -> None:
        self._tap(f"key:{name}")

    def _type(self, text: str) -> dict[str, Any]:
        at = 0
        while at < len(text):
            word = text[at:]
            if _is_chinese(word[0]) and not self._has(f"key:{word[0]}"):
                run = next((i for i, c in enumerate(word) if not _is_chinese(c)), len(word))
                self._type_chinese(word[:run])
                at += run
            else:
                self._type_character(word[0])
                at += 1
        return {}

    def _type_character(self, character: str) -> None:
        if character == " ":
            self._press("space")
            return
        kind = self._main(lambda: self._panel().kind)
        name = character if kind is Keyboard.ID_NUMBER else character.lower()
        if character.isascii() and character.isalpha() and kind is Keyboard.PINYIN:
            self._on_layer("latin")
        for switch in ("letters", "symbols"):
            if not self._has(f"key:{name}") and self._has(f"key:{switch}"):
                self._press(switch)
        capital = character != name and self._has("key:shift")
        if capital:
            self._press("shift")
        self._press(name)
        if capital:
            self._press("shift")

    def _on_layer(self, wanted: str) -> None:
        """Reach the pinyin or the Latin letters."""
        if self._has("key:letters"):
            self._press("letters")
        if self._main(lambda: self._panel().layer) != wanted:
            self._press("language")

    def _type_chinese(self, run: str) -> None:
        self._on_layer("pinyin")
        engine = default_engine()
        syllables = [engine.readings(character) for character in run]
        missing = [c for c, readings in zip(run, syllables, strict=True) if not readings]
        if missing:
            raise PilotError(f"cannot be typed: {' '.join(missing)}")
        # The whole run at once as people do; what no candidate offers goes character by character, reading by reading.
        whole = "".join(readings[0] for readings in syllables)
        if any(candidate.text == run for candidate in engine.candidates(whole, 5)):
            self._type_pinyin(whole, run)
            return
        for character, readings in zip(run, syllables, strict=True):
            self._type_pinyin(readings[0], character)

    def _type_pinyin(self, keys: str, candidate: str) -> dict[str, Any]:
        for letter in keys:
            self._press(letter)
        for _ in range(MOST_PAGES):
            shown = self._main(lambda: [t for t in self._state()["targets"] if t["key"].startswith("candidate:")])
            match = next((target["key"] for target in shown if target["label"] == candidate), None)
            if match is not None:
                self._tap(match)
                return {}
            if not self._has("candidates:more"):
                break
            self._tap("candidates:more")
        raise PilotError(f"{keys} has no candidate {candidate}")


def _widgets(root: Widget) -> Iterator[Widget]:
    yield root
    for child in root.children:
        yield from _widgets(child)


def _is_chinese(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character >= "\U00020000"
