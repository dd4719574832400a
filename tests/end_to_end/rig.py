"""One terminal of real processes that many tests use: what tests do to it, and how it is made whole again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from drivers.virtual.client import DockClient
from drivers.virtual.personas import PERSONAS, Persona
from kiosk.demo.citizen import PLANS, Citizen, Plan
from kiosk.demo.processes import Child, Demonstration
from kiosk.demo.results import export, unsent, wait_for_pilot, wait_until_sent
from kiosk.outbox import queue
from kiosk.outbox.queue import Entry
from kiosk.outbox.store import open_store
from screens.pilot_client import PilotClient, PilotError, ScreenState

SETTINGS = Path(__file__).parents[2] / "config.toml"
SMALL_GLASS = ("screen.width=540", "screen.height=960")
"""A quarter of a terminal's pixels: without a GPU the tests are twice as quick."""
GIVE_UP = 60.0
LOOK_EVERY = 0.02

LEAVE_BY = {"recovered": "quit", "take_card": "taken", "goodbye": "home"}
"""How a citizen leaves the screens before and after a visit."""

PULL = {
    "id_card_reader": (("unplug", ""), ("plug", "")),
    "smart_card": (("unplug", ""), ("plug", "")),
    "document_camera": (("unplug", ""), ("plug", "")),
    "receipt_printer": (("cable", "out"), ("cable", "in")),
}
"""How each device is pulled out and put back."""


def until(condition: Callable[[], Any], what: str, seconds: float = GIVE_UP) -> Any:
    """Wait for other processes; returns what `condition` says once it is true."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        time.sleep(LOOK_EVERY)
    return found


class Wire:
    """The network between terminal and centre: a relay that can be cut, at once or in the middle of an upload."""

    def __init__(self) -> None:
        self.target: tuple[str, int] = ("127.0.0.1", 9)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._left: int | None = None
        self._then: Callable[[], None] = lambda: None
        self._up = True
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Every connection is closed as soon as it is made."""
        self._up = False

    def cut_after(self, count: int, then: Callable[[], None]) -> None:
        """Once: when `count` more bytes went to the centre, do `then` and reset the connection."""
        self._left, self._then = count, then

    def mend(self) -> None:
        """The network is back."""
        self._up, self._left = True, None

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                terminal, _ = self._listener.accept()
                threading.Thread(target=self._relay, args=(terminal,), daemon=True).start()

    def _relay(self, terminal: socket.socket) -> None:
        with suppress(OSError), terminal:
            if not self._up:
                return
            with socket.create_connection(self.target) as centre:
                threading.Thread(target=self._answers, args=(centre, terminal), daemon=True).start()
                while self._up and (data := terminal.recv(16_384)):
                    if self._left is not None:
                        self._left -= len(data)
                        if self._left <= 0:
                            self._left = None
                            self._then()
                            return
                    centre.sendall(data)

    @staticmethod
    def _answers(centre: socket.socket, terminal: socket.socket) -> None:
        with suppress(OSError):
            while data := centre.recv(65_536):
                terminal.sendall(data)
            terminal.shutdown(socket.SHUT_RDWR)


class Terminal(Demonstration):
    """A demonstration whose parts can be hurt. Applications and slips are counted from the last `make_whole`."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.wire = Wire()
        overrides = (*SMALL_GLASS, f"central.url={self.wire.url}", *options.pop("overrides", ()))
        super().__init__(SETTINGS, folder, overrides=overrides, **options)
        self._earlier: frozenset[str] = frozenset()
        self._sheets = 0
        self._old_lines = 0

    @property
    def dock(self) -> DockClient:
        return DockClient(self.dock_url)

    def start_central(self, port: int = 0) -> None:
        super().start_central(port)
        self.wire.target = ("127.0.0.1", int(self.central_url.rpartition(":")[2]))

    # --- making whole ------------------------------------------------------------------------------------------------

    def make_whole(self) -> None:
        """Bring everything back to how the next citizen should find it; forget what was submitted before."""
        dock = self.dock
        for device, (_, (knob, value)) in PULL.items():
            dock.clear(device)
            dock.turn(device, knob, value)
        for device, knob, value in (
            ("receipt_printer", "paper", "full"),
            ("id_card_reader", "lift", ""),
            ("smart_card", "remove", ""),
            ("document_camera", "clear", ""),
            ("receipt_printer", "cover", "closed"),
            ("receipt_printer", "cutter", ""),
        ):
            dock.turn(device, knob, value)
        if self.central is None or self.central.process.poll() is not None:
            self.start_central()
        self.wire.mend()
        if self.station is None or self.station.process.poll() is not None:
            self.start_station()
        self.at_start()
        wait_until_sent(self)
        self._earlier |= frozenset(entry.slip_number for entry in self.entries())
        self._sheets = self.sheets()
        self._old_lines = len((self.logs / "station.log").read_text("utf-8").splitlines())

    def at_start(self) -> None:
        """Until a visit that nobody has touched is on the screen; one that a test left half way is killed."""

        seen: list[tuple[int, str]] = []
        leaving: set[int] = set()

        def nobody_there() -> bool:
            pid = self.active_pid()
            with suppress(OSError, PilotError), PilotClient(self.pilot) as pilot:
                screen = pilot.screen().screen
                seen.append((pid, screen))
                if screen == "attract":  # which a visit that ends shows for a moment, too
                    return pid in self.visit_pids() and pid not in leaving
                if screen in LEAVE_BY:
                    pilot.tap(LEAVE_BY[screen])
                    if screen != "recovered":
                        leaving.add(pid)
                elif pid == self.active_pid():
                    os.kill(pid, signal.SIGKILL)
                    until(lambda: self.active_pid() != pid, "another visit on the screen")
            return False

        try:
            until(nobody_there, "a visit that waits for a citizen", 30.0)
        except AssertionError as error:
            raise AssertionError(f"{error}; seen {seen[-8:]}") from error

    # --- processes ---------------------------------------------------------------------------------------------------

    def station_process(self) -> Child:
        assert self.station is not None
        return self.station

    def visit_pids(self) -> Sequence[int]:
        pid = self.station_process().process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def start_station(self) -> None:
        super().start_station()  # with a new log
        self._old_lines = 0

    def events(self, name: str, *, old: bool = False) -> list[dict[str, Any]]:
        """What station and visits logged under this name since `make_whole` (`old`: since the station's start)."""
        lines = (self.logs / "station.log").read_text("utf-8").splitlines()[0 if old else self._old_lines :]
        return [json.loads(line) for line in lines if f'"event": "{name}"' in line]

    def active_pid(self) -> int:
        """The visit that owns the screen."""
        return int(until(lambda: self.events("visit.promoted", old=True), "a visit on the screen")[-1]["pid"])

    def spare_pid(self) -> int:
        """The visit that waits, ready."""

        def ready() -> int | None:
            there = {event["pid"] for event in self.events("visit.ready", old=True)} & set(self.visit_pids())
            return next(iter(there - {self.active_pid()}), None)

        return int(until(ready, "a spare visit"))

    def kill_active(self) -> None:
        os.kill(self.active_pid(), signal.SIGKILL)

    def cut_power(self) -> None:
        """Station and visits are gone from one moment to the next, and the card is taken away."""
        station = self.station_process()
        os.killpg(station.process.pid, signal.SIGKILL)  # the visits are in its group
        station.process.wait(GIVE_UP)
        self.dock.turn("id_card_reader", "lift")

    # --- the citizen -------------------------------------------------------------------------------------------------

    def pull(self, device: str) -> None:
        knob, value = PULL[device][0]
        self.dock.turn(device, knob, value)

    def put_back(self, device: str) -> None:
        knob, value = PULL[device][1]
        self.dock.turn(device, knob, value)

    def citizen(
        self, pilot: PilotClient, item: str, person: str, before: Callable[[str], None] = lambda _: None
    ) -> Citizen:
        return Citizen(pilot, self.dock, PERSONAS[person], PLANS[item], before)

    def plays(
        self, item: str, person: str, *, before: Callable[[str], None] = lambda _: None, ends: bool = True
    ) -> Citizen:
        """A citizen comes, submits and leaves (or stays at the done screen)."""
        with wait_for_pilot(self) as pilot:
            citizen = self.citizen(pilot, item, person, before)
            citizen.plays()
            if ends:
                citizen.finishes()
        return citizen

    def screen(self) -> ScreenState:
        with wait_for_pilot(self) as pilot:
            return pilot.screen()

    # --- what came of it ---------------------------------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """The outbox: what was submitted since `make_whole`."""
        store = open_store(self.kiosk_data / "kiosk.db")
        try:
            return [entry for entry in queue.entries(store) if entry.slip_number not in self._earlier]
        finally:
            store.close()

    def numbers(self) -> list[str]:
        return [entry.slip_number for entry in self.entries()]

    def sheets(self) -> int:
        return int(self.dock.devices()["receipt_printer"]["prints"])

    def slips(self) -> list[str]:
        """The texts of the slips since `make_whole`, without spaces."""
        return [self.dock.print(n)[1].replace(" ", "").replace("\n", "") for n in range(self._sheets, self.sheets())]

    def arrived(self) -> list[dict[str, Any]]:
        """The applications that reached the centre since `make_whole`, once all is sent; every file is checked."""
        wait_until_sent(self)
        folder = self.folder / "export"
        shutil.rmtree(folder, ignore_errors=True)
        export(self, folder)
        found = []
        for path in sorted(folder.rglob("application.json")):
            application = json.loads(path.read_text("utf-8"))
            if application["slip_number"] not in self._earlier:
                check_files(application, path.parent / "files")
                found.append(application)
        return found


def check_files(application: dict[str, Any], folder: Path) -> None:
    """Exactly the files that were sealed with the application arrived, byte for byte, and they are pictures.

    Beside them lies one PDF for each material with pages, which the centre made of them.
    """
    named = [page["file"] for material in application["materials"] for page in material["pages"]]
    named.append(application["signature"])
    made = {path for path in folder.iterdir() if path.suffix == ".pdf"}
    assert {path.stem for path in made} == {one["code"] for one in application["materials"] if one["pages"]}
    arrived = (path.read_bytes() for path in folder.iterdir() if path not in made)
    there = {hashlib.sha256(data).hexdigest(): data for data in arrived}
    assert sorted(there) == sorted(file["sha256"] for file in named)
    for file in named:
        data = there[file["sha256"]]
        assert len(data) == file["size"]
        with Image.open(BytesIO(data)) as picture:
            picture.load()
            assert picture.get_format_mimetype() == file["media_type"]
            assert min(picture.size) >= 100


__all__ = ["GIVE_UP", "PERSONAS", "PLANS", "Persona", "Plan", "Terminal", "unsent", "until"]
