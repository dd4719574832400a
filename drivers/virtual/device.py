"""What every virtual device offers to the dock, to the command line and to tests.

A device has *knobs* (what a person could do to it: place a card, open the cover, pull the plug) and *faults*
(what it does wrong from now on). Both are named, so that API, CLI and web dock need no code per device.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Knob:
    """One thing a person could do to the device. `choices` are the values `turn` accepts (empty: none needed).

    `further` are choices that may follow after a colon each: `<choice>:<one of the first>:<one of the second>`.
    """

    name: str
    label: str
    turn: Callable[[str], None]
    choices: Sequence[str] = ()
    further: Sequence[Sequence[str]] = ()


class VirtualDevice(Protocol):
    """A device at the far end of a real link. Made switched off; `start()` puts it on its link."""

    name: str
    """The configuration's name for it: `id_card_reader`, `smart_card`, `document_camera`, `receipt_printer`."""
    faults: Faults

    def start(self) -> None:
        """Switch on: open the link and answer."""

    def stop(self) -> None:
        """Switch off. Harmless twice."""

    @property
    def settings(self) -> Mapping[str, str]:
        """What config.toml must say under `[devices.<name>]` for the real driver to find this device."""

    def knobs(self) -> Sequence[Knob]:
        """What a person could do to it."""

    def state(self) -> Mapping[str, object]:
        """What a person standing before it would see, as JSON-able values."""

    def picture(self) -> bytes | None:
        """A PNG of what a person would see (the desk, the paper), or None."""


@dataclass
class Faults:
    """Faults on demand. `known` maps each fault's name to a sentence; thread-safe.

    `fail_next` acts `times` times and clears itself; `fail_repeatedly` stays until `clear`.
    """

    known: Mapping[str, str]
    _armed: dict[str, int | None] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fail_next(self, name: str, times: int = 1) -> None:
        """Arm `name` for the next `times` occasions. Raises KeyError for an unknown fault."""
        self._arm(name, times)

    def fail_repeatedly(self, name: str) -> None:
        """Arm `name` until it is cleared. Raises KeyError for an unknown fault."""
        self._arm(name, None)

    def clear(self, name: str | None = None) -> None:
        """Disarm one fault, or all."""
        with self._lock:
            if name is None:
                self._armed.clear()
            else:
                self._armed.pop(name, None)

    def take(self, name: str) -> bool:
        """Is the fault to act now? Uses up one occasion."""
        if name not in self.known:
            raise KeyError(name)
        with self._lock:
            if name not in self._armed:
                return False
            left = self._armed[name]
            if left is not None:
                if left <= 1:
                    del self._armed[name]
                else:
                    self._armed[name] = left - 1
            return True

    def active(self, name: str) -> bool:
        """Is the fault armed? Uses nothing up (for lasting conditions such as an open cover)."""
        if name not in self.known:
            raise KeyError(name)
        with self._lock:
            return name in self._armed

    def armed(self) -> tuple[str, ...]:
        """The names of all armed faults, sorted."""
        with self._lock:
            return tuple(sorted(self._armed))

    def _arm(self, name: str, times: int | None) -> None:
        if name not in self.known:
            raise KeyError(name)
        with self._lock:
            self._armed[name] = times
