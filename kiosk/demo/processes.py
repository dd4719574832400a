"""Starts what a demonstration consists of, as the processes they are in real life, and ends them together."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from kiosk.config import load

START_SECONDS = 60.0

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl


def _end_with_parent() -> None:
    """Linux: a killed demonstration leaves no process behind. The main thread starts them: its end counts."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class DidNotStart(Exception):
    """A part of the demonstration ended, or said nothing, instead of starting."""


class Child:
    """A process of ours that prints one line when it is ready: a JSON object, or `ready URL`.

    Args:
        arguments: after the Python interpreter.
        log: where its standard error goes.
        announces: whether it prints that line.
    """

    def __init__(self, arguments: Sequence[str], log: Path, *, announces: bool = True) -> None:
        self.name = log.stem
        with log.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if announces else subprocess.DEVNULL,
                stderr=errors,
                env=os.environ.copy(),
                # Ctrl-C in a terminal reaches the demonstration alone, which ends its parts in order.
                process_group=0,
                preexec_fn=_end_with_parent,  # one system call: nothing in it that a thread could hold
            )
        self._log = log
        self.answer: dict[str, Any] = self._first_line() if announces else {}

    def end(self, wait_seconds: float = 10.0) -> int:
        """SIGTERM, then SIGKILL. Returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(wait_seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()
        return self.process.wait()

    def _first_line(self) -> dict[str, Any]:
        lines: list[bytes] = []
        stdout = self.process.stdout
        if stdout is None:
            return {}
        reader = threading.Thread(target=lambda: lines.append(stdout.readline()), daemon=True)
        reader.start()
        reader.join(START_SECONDS)
        line = lines[0].decode().strip() if lines else ""
        answer: object = None
        if line.startswith("ready "):
            answer = {"url": line.removeprefix("ready ")}
        else:
            with contextlib.suppress(ValueError):
                answer = json.loads(line)
        if not isinstance(answer, dict):
            self.process.kill()
            raise DidNotStart(f"{self.name} did not start: {self._log.read_text('utf-8', 'replace')[-2000:]}")
        # Nobody reads the rest; a full pipe must not stop the child.
        threading.Thread(target=lambda: stdout.read(), daemon=True).start()
        return answer


class Demonstration:
    """A centre, a bench and a station on a folder of their own. A context manager.

    Args:
        config_file: the terminal's settings, which are overridden for the virtual devices and the embedded centre.
        folder: where everything is kept; its contents are invented people's.
        overrides: further settings (`key=value`).
        realistic: virtual devices take the time that real ones take.
        central_up: start the centre (False: the network is away).
        record: where pictures of the screens and the timeline go.
        piloted: a program touches the screen.
        dock_port: port of the virtual devices' dock; 0: a free one.
        desk: fill the centre with invented units, staff and cases, so that there is somebody to work at its desk.
    """

    def __init__(
        self,
        config_file: Path,
        folder: Path,
        *,
        overrides: Sequence[str] = (),
        realistic: bool = False,
        central_up: bool = True,
        record: Path | None = None,
        piloted: bool = True,
        dock_port: int = 0,
        desk: bool = False,
    ) -> None:
        self.folder = folder
        self.pilot = folder / "pilot.sock"
        self.central_data = folder / "central"
        self.kiosk_data = folder / "kiosk"
        self.logs = folder / "logs"
        self._config_file = config_file
        self._overrides = tuple(overrides)
        self._realistic = realistic
        self._central_up = central_up
        self._record = record
        self._piloted = piloted
        self._dock_port = dock_port
        self._desk = desk
        self.logins = ""
        """Who can sign in at the desk, as `central demo-data` says it."""
        self._ends = contextlib.ExitStack()
        self.central_url = ""
        self.dock_url = ""
        self.public_key = ""
        self.settings: list[str] = []
        self.central: Child | None = None
        self.bench: Child | None = None
        self.station: Child | None = None

    def __enter__(self) -> Demonstration:
        try:
            self._start()
        except BaseException:
            self._ends.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    @property
    def terminal_id(self) -> str:
        """What the terminal is called in the settings file."""
        return load(self._config_file, self._overrides, check_devices=False).terminal.id

    def start_central(self, port: int = 0) -> None:
        """Start the centre, or bring it back at the address it had."""
        port = port or (int(self.central_url.rpartition(":")[2]) if self.central_url else 0)
        self.central = Child(
            ["-m", "central", "serve", "--data", str(self.central_data), "--port", str(port)],
            self.logs / "central.log",
        )
        self._ends.callback(self.central.end)
        self.central_url = str(self.central.answer["url"])

    def start_station(self) -> None:
        """Start the station, or start it again after a power cut."""
        self.station = Child(["-m", "kiosk", "run", *self.arguments()], self.logs / "station.log", announces=False)
        self._ends.callback(self.station.end)

    def stop_station(self) -> None:
        """End the terminal in good order."""
        if self.station is not None:
            self.station.end()

    def arguments(self) -> list[str]:
        """What `kiosk run`, `kiosk device …` and the like are called with to use this demonstration."""
        arguments = ["--config", str(self._config_file)]
        for setting in self.settings:
            arguments += ["--set", setting]
        return arguments + self._recording()

    def _recording(self) -> list[str]:
        recording = ["--pilot", str(self.pilot)] if self._piloted else []
        return recording if self._record is None else [*recording, "--record", str(self._record)]

    def _start(self) -> None:
        for folder in (self.folder, self.logs, self.kiosk_data):
            folder.mkdir(parents=True, exist_ok=True)
        made = subprocess.run(
            [sys.executable, "-m", "central", "init", "--data", str(self.central_data)],
            check=True,
            capture_output=True,
        )
        keys = json.loads(made.stdout)
        self.public_key = str(keys["public_key"])
        if self._desk:
            (self.central_data / "central.toml").write_text('[sms]\nprovider = "demo"\n', "utf-8")
            filled = subprocess.run(
                [sys.executable, "-m", "central", "demo-data", "--data", str(self.central_data)],
                check=True,
                capture_output=True,
                text=True,
            )
            self.logins = filled.stdout
        if self._central_up:
            self.start_central()
        else:
            self.central_url = "http://127.0.0.1:9"  # the discard port: nobody answers
        bench = ["-m", "kiosk", "bench", "--port", str(self._dock_port), "--run-dir", str(self.folder / "devices")]
        self.bench = Child(bench + (["--realistic"] if self._realistic else []), self.logs / "bench.log")
        self._ends.callback(self.bench.end)
        self.dock_url = str(self.bench.answer["dock"])
        self.settings = [
            "terminal.demonstration=true",
            f"paths.data={self.kiosk_data}",
            f"central.url={self.central_url}",
            f"central.public_key={self.public_key}",
            f"central.signing_key={keys['signing_key']}",
            "screen.fullscreen=false",
            *(
                f"devices.{device}.{key}={value}"
                for device, settings in self.bench.answer["settings"].items()
                for key, value in settings.items()
            ),
            *self._overrides,
        ]
        self.start_station()
