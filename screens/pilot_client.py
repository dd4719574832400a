"""Drive a terminal's screen from another process: for the scripted citizen and end-to-end tests. Does not import Kivy.

    with PilotClient(path) as pilot:
        pilot.wait(screen="home")
        pilot.tap("start")
        pilot.type("河东街道12号楼")
        pilot.screenshot(Path("out/home.png"))

One JSON object a line each way, over a Unix socket that only the same user can open.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LONGEST_ANSWER = 60.0
"""Seconds to wait for an answer beyond what a command says itself."""


class PilotError(Exception):
    """The screen could not do what was asked: no such key, something lies over it, the wait ran out."""


@dataclass(frozen=True)
class Target:
    """Something that can be tapped. Window px, from the bottom left."""

    key: str
    label: str
    enabled: bool
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class ScreenState:
    """What is on the glass."""

    screen: str
    title: str
    targets: tuple[Target, ...]

    def keys(self) -> tuple[str, ...]:
        """Keys of everything that can be tapped now."""
        return tuple(target.key for target in self.targets if target.enabled)


class PilotClient:
    """Commands to one visit process. Raises PilotError when a command fails, OSError when the visit is not there."""

    def __init__(self, path: Path | str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(str(path))
        self._file = self._socket.makefile("rwb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up. Twice is fine."""
        with suppress(OSError):  # what was not sent yet has nobody to read it any more
            self._file.close()
        self._socket.close()

    def screen(self) -> ScreenState:
        """What is on the glass now."""
        answer = self._ask("screen")
        return ScreenState(answer["screen"], answer["title"], tuple(Target(**target) for target in answer["targets"]))

    def words(self) -> tuple[str, ...]:
        """Every text that is drawn on the glass now."""
        return tuple(self._ask("words")["words"])

    def tap(self, key: str) -> None:
        """Put a finger on the middle of the widget with this key and lift it."""
        self._ask("tap", key=key)

    def tap_text(self, text: str) -> None:
        """Tap the widget with these words on it."""
        self._ask("tap_text", text=text)

    def type(self, text: str) -> None:
        """Type text into the field that has the keyboard, key by key; Chinese by pinyin and candidates."""
        self._ask("type", text=text)

    def type_pinyin(self, keys: str, candidate: str) -> None:
        """Type letters, then choose this candidate, turning pages if need be."""
        self._ask("type_pinyin", keys=keys, candidate=candidate)

    def draw(self, strokes: Sequence[Sequence[tuple[float, float]]], key: str = "signature") -> None:
        """Draw with the finger on the widget with this key; points 0…1 of it, from the top left."""
        self._ask("draw", strokes=strokes, key=key)

    def screenshot(self, path: Path) -> None:
        """Write what is on the glass as a PNG, to exactly this path."""
        self._ask("screenshot", path=str(path.resolve()))

    def wait(self, *, screen: str | None = None, key: str | None = None, timeout_s: float = 10.0) -> ScreenState:
        """Wait until this screen shows, and until something with this key can be tapped on it."""
        self._socket.settimeout(timeout_s + LONGEST_ANSWER)
        answer = self._ask("wait", screen=screen, key=key, timeout_s=timeout_s)
        return ScreenState(answer["screen"], answer["title"], tuple(Target(**target) for target in answer["targets"]))

    def _ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        self._file.write(json.dumps({"command": command, **arguments}, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        line = self._file.readline()
        if not line:
            raise PilotError("the visit has ended")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise PilotError(answer["error"])
        return answer
