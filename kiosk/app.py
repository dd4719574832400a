"""One visit process put together: machine, runner, devices, store, screen, and the line to the station."""

from __future__ import annotations

import gc
import os
import resource
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kiosk import logs
from kiosk.catalogue import SHIPPED_FOLDER, CatalogueError
from kiosk.catalogue.held import Held, agreements_of, catalogue_of, news_of, read_held
from kiosk.catalogue.samples import Shelf
from kiosk.config import Config
from kiosk.control import Channel
from kiosk.devices.hands import Hands
from kiosk.devices.worker import CLOSE_SECONDS
from kiosk.protocol.published import Body, NotGenuine
from kiosk.submission.hands import Submissions
from kiosk.visit import machine
from kiosk.visit.delays import DELAYS
from kiosk.visit.effects import Effect, ReadIdCard
from kiosk.visit.events import Delivered, Event, NetworkChanged, Recovered, Renewed
from kiosk.visit.house import House, Terminal, load_house
from kiosk.visit.runner import Runner
from kiosk.visit.states import Visit
from kiosk.visit.views import View

if TYPE_CHECKING:
    from screens.app import Shown
    from screens.recorder import Recorder

T = TypeVar("T")

CRASH_EXIT = 70
"""Exit code (EX_SOFTWARE) of a visit that ended because of a defect."""


@dataclass
class _BoundMachine:
    """The pure machine with its house; the house's date is today's, also when the terminal runs for weeks."""

    house: House

    def step(self, visit: Visit, event: Event) -> tuple[Visit, tuple[Effect, ...]]:
        self.house = self.house.on(date.today().isoformat())
        return machine.step(visit, event, self.house)

    def view(self, visit: Visit) -> View:
        return machine.view(visit, self.house)


def make_house(config: Config) -> House:
    """The static facts of this terminal.

    Raises:
        CatalogueError: an asset is missing or damaged.
    """
    terminal = config.terminal
    return load_house(
        Terminal(
            place=terminal.place_name,
            receiving_region=terminal.receiving_region,
            desk_phone=terminal.desk_phone,
            desk_hours=terminal.desk_hours,
            desk_address=terminal.desk_address,
            licences=config.central.licences,
            partners=tuple(terminal.partners),
        ),
        today=date.today().isoformat(),
        catalogue=_published(config, "catalogue", config.published_file, catalogue_of),
        agreements=_published(config, "agreements", config.agreements_file, agreements_of),
        bulletins=_published(config, "bulletins", config.bulletins_file, news_of) or (),
        pictures=Shelf(SHIPPED_FOLDER, config.samples_folder),
    )


def _published(config: Config, body: Body, file: Path, made_of: Callable[[Held, Path], T]) -> T | None:
    """What the centre published, if it is held and usable: without it the terminal works on."""
    try:
        held = read_held(file, config.central.signing_key, body)
        return None if held is None else made_of(held, file)
    except (CatalogueError, NotGenuine) as error:
        logs.log("published.unusable", body=body, reason=type(error).__name__)
        return None


def run_visit(config: Config, channel: Channel | None, *, record: Path | None, pilot: Path | None) -> None:
    """Run one visit in this process. After a defect the process ends with `CRASH_EXIT`.

    Args:
        config: this terminal's settings.
        channel: the line to the station; None: run alone, in a window of its own.
        record: keep pictures of the screens here (demonstration only).
        pilot: socket by which a program may touch the screen (demonstration only).
    """
    from screens import display, environment

    logs.configure(config.data / "log", rotates=channel is None)
    logs.keep_messages_out()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would put the citizen's data on the disk
    size = (config.screen.width, config.screen.height)
    if not config.screen.fullscreen and environment.has_display():
        size = display.fitting(size, display.room())
    environment.prepare(
        size,
        hidden=channel is not None,
        fullscreen=config.screen.fullscreen,
        show_cursor=config.terminal.demonstration or not config.screen.fullscreen,
    )
    _Process(config, channel, record, pilot).run()


def _quiet_collector() -> None:
    """Keep the garbage collector from stopping the screen in mid-touch: what was built for good is never looked at again.

    A full collection over all screens takes 50 to 290 ms; a visit ends, with all its memory, long before it needs one.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


def _screen_failed(screen: str, error: Exception) -> None:
    logs.log("visit.screen_failed", screen=screen, error=type(error).__name__, place=logs.place_of(error))


class _Process:
    """The parts of a visit process and how they end together."""

    def __init__(self, config: Config, channel: Channel | None, record: Path | None, pilot: Path | None) -> None:
        from screens.app import KioskApp
        from screens.citizen import SCREENS

        self._config = config
        self._channel = channel
        self._pilot_path = pilot
        self._ended = False
        house = make_house(config)
        self._runner: Runner[Visit] = Runner(
            _BoundMachine(house),
            Visit(language=config.screen.language),
            delays=DELAYS,
            carry_out=self._carry_out,
            on_end=self._end,
            on_crash=self._crash,
        )
        self._hands = Hands(config, self._runner.emit, self._runner.show_preview)
        self._submissions = Submissions(
            config,
            house,
            self._runner.emit,
            self._hands.print_with,
            lambda number: self._tell("stored", slip_number=number),
        )
        self._screen = ""
        self._runner.subscribe(self._look_on, lambda _: None)
        self._recorder: Recorder | None = None
        self._app = KioskApp(
            self._runner,
            SCREENS,
            on_alive=lambda: self._tell("alive"),
            on_shown=self._shown,
            on_broken=_screen_failed,
        )
        self._taken = False
        if record is not None:
            from screens.recorder import Recorder

            self._recorder = Recorder(record, self._app, every_change=pilot is not None)

    def run(self) -> None:
        """Run until the visit is over, the station says stop, or the station is gone."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop())
        self._runner.start()
        if self._channel is None:
            self._take_the_screen("start", ())
        else:
            self._app.build_all()
            _quiet_collector()
            threading.Thread(target=self._listen, args=(self._channel,), name="control", daemon=True).start()
            self._tell("ready")
        self._app.run()
        # Whatever ended the screen: nothing is begun any more while things are put away.
        self._runner.stop()
        self._runner.join(CLOSE_SECONDS)
        self._hands.close()
        self._submissions.close()
        if self._recorder is not None:
            self._recorder.close()

    def _listen(self, channel: Channel) -> None:
        try:
            self._obey(channel)
        finally:
            self._stop()  # told to, or the station is gone: nobody would ever replace this process

    def _obey(self, channel: Channel) -> None:
        for message in channel.messages():
            match message:
                case {"type": "show", "after": str(after), "recovered": list(recovered)}:
                    self._take_the_screen(after, tuple(str(number) for number in recovered))
                case {"type": "network", "online": bool(online)}:
                    self._submissions.online = online
                    self._runner.emit(NetworkChanged(online))
                case {"type": "delivered", "slip_number": str(number), "case_number": str(case)}:
                    if number in self._submissions.stored_numbers:
                        self._runner.emit(Delivered(case))
                case {"type": "renew"}:
                    self._runner.emit(Renewed())
                case {"type": "stop"}:
                    return

    def _take_the_screen(self, after: str, recovered: tuple[str, ...]) -> None:
        if after in ("crash", "frozen"):
            self._runner.emit(Recovered(recovered))
        self._hands.start()
        self._taken = True
        self._app.reveal()
        # What is posted from a posted call runs in the next turn, when the frame of this one has been drawn.
        self._app.loop.post(lambda: self._app.loop.post(self._on_screen))
        if self._pilot_path is not None:
            from screens.pilot import Pilot

            Pilot(self._app, self._pilot_path)

    def _carry_out(self, effect: Effect) -> None:
        if isinstance(effect, ReadIdCard):
            # Somebody means it: load what submitting needs while they look for their card, and not before.
            self._submissions.warm_up()
        if not (self._hands.carry_out(effect) or self._submissions.carry_out(effect)):
            raise ValueError(f"nobody carries out {type(effect).__name__}")

    def _look_on(self, view: View) -> None:
        if view.name == "sign" and self._screen != "sign":
            # The slip will say whether the centre could be reached: have the station find out now.
            self._tell("submitting_soon")
        self._screen = view.name

    def _on_screen(self) -> None:
        self._tell("shown")
        if self._recorder is not None:
            self._recorder.begin()

    def _shown(self, shown: Shown) -> None:
        # What comes after the end is already the next citizen's screen.
        if self._recorder is not None and self._taken and not self._ended:
            self._recorder.shown(shown)

    def _tell(self, kind: str, **fields: str) -> None:
        if self._channel is not None:
            self._channel.send(kind, **fields)

    def _end(self, reason: str) -> None:
        """The visit is over: give the devices back first, so that the spare finds them free."""
        self._ended = True
        self._hands.close()
        self._tell("ended", reason=reason)
        self._app.stop()

    def _stop(self) -> None:
        self._runner.stop()
        self._app.stop()

    def _crash(self, _error: BaseException) -> None:
        # No clean-up that could hang: the station takes the screen back the moment this process is gone.
        os._exit(CRASH_EXIT)
