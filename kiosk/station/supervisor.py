"""Supervises one active and one spare visit process.

The spare is started, hidden and ready before it is needed, so the next citizen's screen is there in milliseconds
whether the last visit ended, crashed or froze. What a visit had submitted is in the outbox and therefore safe; the
next screen says so.
"""

from __future__ import annotations

import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.control import Channel, Message
from kiosk.logs import log

FROZEN_SECONDS = 10.0
"""An event loop that stood still this long is replaced."""
OWN_PAUSE_SECONDS = 2.0
"""A turn that took this much longer than its wait means that the machine paused, not the visits."""
START_SECONDS = 60.0
"""A visit process that is not ready after this long is replaced."""
RESTART_PAUSES = (0.0, 1.0, 2.0, 5.0, 15.0, 30.0)
"""Seconds to wait after the n-th visit in a row that died before its screen was seen: a broken installation must not
burn the machine."""


class Stage(StrEnum):
    """Where a visit process is in its life."""

    STARTING = "starting"
    SPARE = "spare"
    ACTIVE = "active"
    ENDING = "ending"


@dataclass
class VisitProcess:
    """One visit process as the station sees it."""

    process: subprocess.Popen[bytes]
    channel: Channel
    stage: Stage = Stage.STARTING
    started: float = 0.0
    last_alive: float = 0.0
    shown: bool = False
    """Its screen was seen."""
    outbox_mark: int = 0
    """Last row of the outbox when this visit took the screen: what came after is what it submitted."""

    @property
    def pid(self) -> int:
        """Process number, for logs and tests."""
        return self.process.pid


Spawn = Callable[[], VisitProcess]


@dataclass
class Supervisor:
    """Keeps the screen alive. `tick()` is the whole loop body; `run()` repeats it.

    Args:
        spawn: starts one visit process, hidden. Raises OSError when the machine cannot.
        outbox_mark: the number of the outbox's last row.
        submitted_since: the slip numbers of rows after a mark.
        on_message: messages that are not the supervisor's own (`stored`).
        on_gone: a visit process has ended, however; what it left half done can be settled.
    """

    spawn: Spawn
    outbox_mark: Callable[[], int]
    submitted_since: Callable[[int], Sequence[str]]
    on_message: Callable[[Message], None]
    on_gone: Callable[[int], None] = lambda _: None
    clock: Callable[[], float] = time.monotonic
    visits: list[VisitProcess] = field(default_factory=list)
    online: bool | None = None
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _stopping: bool = False
    _failed_starts: int = 0
    _next_start: float = 0.0
    _after: str = "start"
    _recovered: tuple[str, ...] = ()
    _vacant_since: float = 0.0
    _stale: bool = False
    _outdated: VisitProcess | None = None

    def run(self) -> None:
        """Supervise until `stop()`."""
        try:
            while not self._stopping:
                self.tick(0.25)
        finally:
            self._end_all()

    def stop(self) -> None:
        """Leave `run()`; all visit processes end."""
        self._stopping = True

    @property
    def active(self) -> VisitProcess | None:
        """The visit that owns the screen."""
        return next((visit for visit in self.visits if visit.stage is Stage.ACTIVE), None)

    def renew(self) -> None:
        """What visits read when they start has changed: those that nobody has begun are replaced. Any thread may say so."""
        self._stale = True

    def tell_active(self, kind: str, **fields: object) -> None:
        """Send a message to the visit that owns the screen, if there is one."""
        if (active := self.active) is not None:
            active.channel.send(kind, **fields)

    def tick(self, wait_seconds: float) -> None:
        """One turn: replace what is out of date, start what is missing, hear what the visits say, replace what is dead or frozen."""
        self._replace_the_stale()
        self._fill_up()
        began = self.clock()
        for key, _ in self._selector.select(wait_seconds):
            self._hear(key.data)
        self._bury_the_dead()
        if self.clock() - began >= wait_seconds + OWN_PAUSE_SECONDS:
            self._begin_counting_anew()
        self._kill_the_frozen()
        self._promote()

    def _replace_the_stale(self) -> None:
        """The spare at once; the visit that owns the screen is asked when the new spare is ready to take its place."""
        if not self._stale:
            return
        self._stale, self._outdated = False, self.active
        for visit in self.visits:
            if visit.stage in (Stage.STARTING, Stage.SPARE):
                visit.stage = Stage.ENDING
                visit.channel.send("stop")

    def _fill_up(self) -> None:
        living = [visit for visit in self.visits if visit.stage is not Stage.ENDING]
        starting = any(visit.stage is Stage.STARTING for visit in living)
        if len(living) >= 2 or starting or self.clock() < self._next_start:
            return  # one start at a time: the spare must not slow down the one that the citizen waits for
        try:
            visit = self.spawn()
        except OSError as error:  # no memory, no descriptors: for now
            log("visit.not_spawned", error=type(error).__name__)
            self._start_failed()
            return
        visit.started = visit.last_alive = self.clock()
        self.visits.append(visit)
        self._selector.register(visit.channel, selectors.EVENT_READ, visit)
        log("visit.spawned", pid=visit.pid)

    def _start_failed(self) -> None:
        self._failed_starts += 1
        self._next_start = self.clock() + RESTART_PAUSES[min(self._failed_starts, len(RESTART_PAUSES) - 1)]

    def _hear(self, visit: VisitProcess) -> None:
        batch = visit.channel.take()
        if batch is None:
            self._selector.unregister(visit.channel)
            visit.channel.close()
            if visit.stage is not Stage.ENDING:
                visit.process.kill()  # closed its channel but lives on: nobody can supervise that
            return
        for message in batch:
            visit.last_alive = self.clock()
            match message["type"]:
                case "ready" if visit.stage is Stage.STARTING:
                    visit.stage = Stage.SPARE
                    log("visit.ready", pid=visit.pid, ms=round((self.clock() - visit.started) * 1000))
                    if self._outdated is not None and self._outdated is self.active:
                        self.tell_active("renew")
                    self._outdated = None
                case "shown":
                    visit.shown = True
                    self._failed_starts = 0
                    vacant = round((self.clock() - self._vacant_since) * 1000)
                    log("visit.promoted", pid=visit.pid, ms=vacant, after=self._after)
                case "ended":
                    log("visit.ended", pid=visit.pid, reason=str(message.get("reason", "")))
                    self._vacate(visit, "done")
                case "alive" | "ready":
                    pass
                case _:
                    self.on_message(message)
        self._promote()

    def _bury_the_dead(self) -> None:
        for visit in list(self.visits):
            code = visit.process.poll()
            if code is None:
                continue
            if visit.stage is not Stage.ENDING:
                log("visit.died", pid=visit.pid, exit_code=code, active=visit.stage is Stage.ACTIVE)
            if visit.stage is Stage.STARTING or (visit.stage is Stage.ACTIVE and not visit.shown):
                self._start_failed()
            self._vacate(visit, "crash")
            self.visits.remove(visit)
            self.on_gone(visit.pid)
            if visit.channel.fileno() >= 0:
                self._selector.unregister(visit.channel)
                visit.channel.close()

    def _begin_counting_anew(self) -> None:
        """This process, or the whole machine, stood still: no visit is to blame for what was not heard meanwhile."""
        for visit in self.visits:
            visit.last_alive = self.clock()

    def _kill_the_frozen(self) -> None:
        now = self.clock()
        for visit in self.visits:
            limit = START_SECONDS if visit.stage is Stage.STARTING else FROZEN_SECONDS
            silent = now - visit.last_alive
            if silent < limit:
                continue
            if visit.stage is not Stage.ENDING:
                log("visit.frozen", pid=visit.pid, seconds=round(silent))
            self._vacate(visit, "frozen")
            visit.process.kill()

    def _vacate(self, visit: VisitProcess, after: str) -> None:
        """`visit` no longer owns the screen, if it did; remember why, and what it had submitted."""
        if visit.stage is Stage.ACTIVE:
            self._after = after
            self._recovered = () if after == "done" else tuple(self.submitted_since(visit.outbox_mark))
            self._vacant_since = self.clock()
        visit.stage = Stage.ENDING

    def _promote(self) -> None:
        if self.active is not None:
            return
        spare = next((visit for visit in self.visits if visit.stage is Stage.SPARE), None)
        if spare is None:
            return
        spare.outbox_mark = self.outbox_mark()
        if self._vacant_since == 0.0:
            self._vacant_since = spare.started
        spare.stage = Stage.ACTIVE
        spare.channel.send("show", after=self._after, recovered=list(self._recovered))
        if self.online is not None:
            spare.channel.send("network", online=self.online)

    def _end_all(self) -> None:
        for visit in self.visits:
            visit.stage = Stage.ENDING
            visit.channel.send("stop")
        for visit in self.visits:
            try:
                visit.process.wait(5)
            except subprocess.TimeoutExpired:
                visit.process.send_signal(signal.SIGKILL)
                visit.process.wait()
            visit.channel.close()
        self.visits.clear()
        self._selector.close()
