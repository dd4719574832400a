"""A virtual identity card reader: a security module at the far end of a pty or a TCP port, a hand that lays cards
on it, and everything that goes wrong on such a line."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from drivers.virtual.device import Faults, Knob
from drivers.virtual.personas import PERSONAS
from drivers.virtual.sam_module import CARD_FAULTS, SamModule
from drivers.virtual.wires import PtyWire, Wire

LINE_FAULTS = {
    "no_answer": "the reader does not answer",
    "garbage": "random bytes come instead of the answer",
    "wrong_checksum": "the answer's check byte is wrong",
    "split_frames": "the answer comes in small pieces",
    "glued_frames": "the answer comes twice in one piece, with extra AA before it",
    "truncated": "the second half of the answer is lost",
    "oversized_length": "the answer claims to be 65535 bytes long",
    "slow": "the answer comes seconds late",
}

_SECONDS: Mapping[bytes, float] = {
    b"\x20\x01": 0.03,
    b"\x20\x02": 0.03,
    b"\x30\x01": 0.8,
    b"\x30\x10": 1.0,
    b"\x30\x03": 0.1,
}
"""How long the module thinks, from the middle of what readers show."""
_SECONDS_PER_BYTE = 10 / 115200


class VirtualIdCardReader:
    """The device. Off until `start()`; the plug may be pulled and put back at any time from any thread."""

    name = "id_card_reader"

    def __init__(
        self,
        *,
        link_path: Path | None = None,
        wire: Wire | None = None,
        must_lift: bool = True,
        speed: float = 0.0,
        slow_s: float = 2.5,
        seed: int = 0,
    ) -> None:
        """Without `wire` it is on a pty, and `link_path` becomes a symbolic link to it that stays the same over replugs.

        `must_lift`: deny a card that was read until it was lifted, as most readers do. `speed` stretches the
        times of a real module: 1.0 is real, 0 answers at once. `slow_s` is the delay of the fault `slow`.
        """
        self.faults = Faults({**LINE_FAULTS, **CARD_FAULTS})
        self._wire: Wire = wire or PtyWire(link_path)
        self._module = SamModule(self.faults, must_lift=must_lift)
        self._speed = speed
        self._slow_s = slow_s
        self._random = random.Random(seed)  # noqa: S311 (noise for tests)
        self._lock = threading.Lock()
        """Guards the module: hand and line act at the same time."""
        self._plug = threading.Lock()
        self._pulled = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Plug in: the link is there when this returns."""
        with self._plug:
            if self._thread is None:
                self._wire.open()
                self._pulled.clear()
                self._thread = threading.Thread(target=self._serve, name=self.name, daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Pull the plug: the link is gone when this returns. Harmless twice. A card stays where it is."""
        with self._plug:
            if self._thread is not None:
                self._pulled.set()
                self._wire.wake()
                self._thread.join()
                self._thread = None
                self._wire.close()
                self._module.forget_input()

    def place(self, key: str) -> None:
        """Lay the card of the persona `key` on the reader. Raises KeyError for a stranger."""
        with self._lock:
            self._module.place(PERSONAS[key])

    def lift(self) -> None:
        """Take the card away."""
        with self._lock:
            self._module.lift()

    @property
    def settings(self) -> Mapping[str, str]:
        """For `[devices.id_card_reader]`. The link is known after `start()`, or from `link_path`."""
        return {"driver": "sam", "link": self._wire.link}

    def knobs(self) -> Sequence[Knob]:
        """Place a card, lift it, pull the plug, put it back."""
        return (
            Knob("place", "放上证件 Place a card", self.place, tuple(PERSONAS)),
            Knob("lift", "拿起证件 Lift the card", lambda _: self.lift()),
            Knob("unplug", "拔掉连线 Pull the plug", lambda _: self.stop()),
            Knob("plug", "插上连线 Plug in", lambda _: self.start()),
        )

    def state(self) -> Mapping[str, object]:
        """Whose card lies there, and whether it must be lifted before it can be read again."""
        with self._lock:
            card = self._module.card
            return {
                "plugged": self._thread is not None,
                "card": card.key if card else None,
                "name": card.name if card else None,
                "wants_lift": self._module.wants_lift,
            }

    def picture(self) -> bytes | None:
        """None: a reader is a flat black surface."""
        return None

    def _serve(self) -> None:
        while not self._pulled.is_set():
            data = self._wire.read()
            with self._lock:
                exchanges = self._module.feed(data)
            for body, answer in exchanges:
                thinking = _SECONDS.get(body, 0.0) + len(answer) * _SECONDS_PER_BYTE
                self._wait(self._speed * thinking)
                if self.faults.take("slow"):
                    self._wait(self._slow_s)
                for piece in self._on_the_line(answer):
                    self._wire.write(piece)

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._pulled.wait(seconds)

    def _on_the_line(self, answer: bytes) -> Iterable[bytes]:
        """What the line makes of an answer, piece by piece."""
        take = self.faults.take
        if take("no_answer"):
            return
        if take("garbage"):
            answer = self._random.randbytes(len(answer))
        if take("wrong_checksum"):
            answer = answer[:-1] + bytes((answer[-1] ^ 0x5A,))
        if take("oversized_length"):
            answer = answer[:5] + b"\xff\xff" + answer[7:]
        if take("truncated"):
            answer = answer[: len(answer) // 2]
        if take("glued_frames"):
            answer = b"\xaa\xaa" + answer + answer
        if not take("split_frames"):
            yield answer
            return
        while answer:
            cut = self._random.randint(1, 200)
            yield answer[:cut]
            answer = answer[cut:]
            self._wait(0.002)
