"""What the tests of wire, outbox and centre share: a real centre on loopback, an application, a TCP chopper."""

from __future__ import annotations

import atexit
import contextlib
import queue
import random
import shutil
import socket
import struct
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import UUID, uuid4

import requests
from fastapi import FastAPI
from pydantic import SecretStr

from central import keys
from central.app import application
from central.centre import CentreParts, assemble
from central.serving import Server, listen
from central.settings import DatabaseSettings, Settings
from drivers.virtual.personas import PERSONAS
from kiosk.outbox.client import CentreClient
from kiosk.outbox.sender import Clock
from kiosk.outbox.store import Store
from kiosk.outbox.submit import Stored, next_slip_number, submit
from kiosk.protocol import slip_number
from kiosk.protocol.application import (
    Answer,
    Applicant,
    Application,
    CardKind,
    Consent,
    Delivery,
    DeliveryMethod,
    FileRef,
    Finding,
    Item,
    MachineNote,
    Material,
    Mode,
    Page,
    Region,
)
from kiosk.protocol.envelope import CentreKey, seal
from kiosk.protocol.messages import Submission, SubmissionReceipt
from kiosk.protocol.model import sha256_hex
from tests.central.postgres import make_tables

REGION = "150626"
NOTE = MachineNote(made_by="a reader", findings=(Finding(code="expired", confidence=0.9, value="2024-05-01"),))
"""What a machine read on every page."""
KIB = 1024


def photo(size: int, seed: int = 1) -> bytes:
    """Bytes like a JPEG's: incompressible, the same for the same seed."""
    return b"\xff\xd8\xff\xe0" + random.Random(seed).randbytes(size - 4)


def application_of(
    persona: str, number: str, photos: list[bytes], *, signature: bytes | None = None, key: UUID | None = None
) -> tuple[Application, dict[str, bytes]]:
    """An application for 异地就医备案 with one material of these pages, and its files by digest."""
    person = PERSONAS[persona]
    application = Application(
        application_id=key or uuid4(),
        slip_number=number,
        created_at=datetime(2026, 11, 20, 21, 35, tzinfo=UTC),
        terminal_id="WSQ-03",
        receiving_region=Region(code=REGION, name="内蒙古 鄂尔多斯市 乌审旗"),
        handling_region=Region(code="640221", name="宁夏 石嘴山市 平罗县"),
        item=Item(id="C001", name="异地就医结算备案", catalogue_version="2026-11-20"),
        mode=Mode.FULL_ONLINE,
        scope="cross_province",
        situations=(Answer(key="reason", label="为什么在外地看病", value="长期住在外地"),),
        form=(Answer(key="insured_at", label="参保地", value="平罗县"),),
        applicant=Applicant(
            card_kind=CardKind(person.kind.value),
            name=person.name,
            id_number=person.id_number,
            birth_date=person.birth_date,
            address=person.address,
            valid_from=person.valid_from,
            valid_until=person.valid_until,
            long_term=person.valid_until is None,
        ),
        materials=(
            Material(
                code="CARD",
                name="社会保障卡",
                pages=tuple(
                    Page(file=ref(data), verdicts=("glare",), paper="id_1", dpi=200, note=NOTE) for data in photos
                ),
            ),
        ),
        signature=None if signature is None else ref(signature, "image/png"),
        delivery=Delivery(
            method=DeliveryMethod.EMS_TO_APPLICANT, recipient=person.name, address=person.mailing_address
        ),
        phone=person.phone,
        consent=Consent(version="2026-11", given_at=datetime(2026, 11, 20, 21, 20, tzinfo=UTC)),
    )
    files = {sha256_hex(data): data for data in [*photos, *([signature] if signature else [])]}
    return application, files


def ref(data: bytes, media_type: str = "image/jpeg") -> FileRef:
    return FileRef(sha256=sha256_hex(data), size=len(data), media_type=media_type)


def number(counter: int = 1, terminal: int = 3) -> str:
    return slip_number.make(REGION, terminal, counter)


def hand_in(store: Store, key: CentreKey, photos: list[bytes], persona: str = "wang") -> Stored:
    """What a visit does when the citizen confirms."""
    application, files = application_of(persona, next_slip_number(store, REGION, 3), photos)
    return submit(store, application, files, key)


def submit_directly(centre: RunningCentre, application: Application, files: dict[str, bytes]) -> SubmissionReceipt:
    """Seal, upload and submit without an outbox."""
    envelope = seal(application, files, centre.key)
    client = CentreClient(centre.url)
    for part in envelope.manifest.files:
        client.append(part, client.begin_upload(part), envelope.parts[part.name])
    receipt = client.submit(Submission.sealed(envelope.manifest, envelope.parts["application"]))
    client.close()
    return receipt


@dataclass
class RunningCentre:
    """A centre that really listens."""

    url: str
    settings: Settings
    app: FastAPI

    @property
    def key(self) -> CentreKey:
        return self.parts.keys.published.key()

    @property
    def parts(self) -> CentreParts:
        parts: CentreParts = self.app.state.centre
        return parts

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, timeout=10)

    def post(self, path: str, **arguments: object) -> requests.Response:
        return requests.post(self.url + path, timeout=10, **arguments)  # type: ignore[arg-type]


def initialised(data: Path, database_url: str = "") -> Settings:
    """A data folder with keys and database; the database is SQLite's unless a URL is given."""
    settings = Settings(data, DatabaseSettings(url=SecretStr(database_url)))
    data.mkdir(parents=True, exist_ok=True)
    keys.create(settings.keys)
    if not database_url:
        shutil.copyfile(_sqlite_template(), data / "central.db")
    return settings


@cache
def _sqlite_template() -> Path:
    """An SQLite file with all tables: copied for each test."""
    folder = tempfile.TemporaryDirectory(prefix="tongban-sqlite-")
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "template.db"
    make_tables(f"sqlite:///{path}")
    return path


_idle: list[tuple[str, FastAPI]] = []
"""Servers that listen and wait for their next centre: starting one for each test costs more than most tests."""


@contextmanager
def running_centre(settings: Settings) -> Iterator[RunningCentre]:
    """A centre on `settings`' data, freshly opened, behind a real uvicorn on a free port."""
    url, app = _idle.pop() if _idle else _listening(application(None))
    app.state.centre = assemble(settings)
    try:
        yield RunningCentre(url, settings, app)
    finally:
        app.state.centre.close()
        _idle.append((url, app))


def _listening(app: FastAPI) -> tuple[str, FastAPI]:
    urls: queue.SimpleQueue[str] = queue.SimpleQueue()
    server = Server(app, urls.put)
    threading.Thread(target=server.run, kwargs={"sockets": [listen("127.0.0.1", 0)]}, daemon=True).start()
    return urls.get(timeout=20), app


@dataclass
class FakeClock:
    """Both clocks, moved by hand."""

    wall_time: float = 1_795_000_000.0
    monotonic_time: float = 1000.0

    def pass_by(self, seconds: float) -> None:
        self.wall_time += seconds
        self.monotonic_time += seconds

    @property
    def clock(self) -> Clock:
        return Clock(wall=lambda: self.wall_time, monotonic=lambda: self.monotonic_time)


class Chopper:
    """A TCP relay that hurts: `cut_request_after` bytes, or `swallow_answer_to` a request that holds a text.

    Each fault acts `times` times and then the relay is honest. A cut is a reset (RST), as a radio link or a
    firewall makes it.
    """

    def __init__(self, target: str, *, cut_request_after: int = 0, swallow_answer_to: bytes = b"", times: int = 1):
        host, port = target.removeprefix("http://").split(":")
        self._target = (host, int(port))
        self._cut_after = cut_request_after
        self._swallow = swallow_answer_to
        self._left = times
        self._lock = threading.Lock()
        self.acted = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def __enter__(self) -> Chopper:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        try:
            centre = socket.create_connection(self._target)
        except OSError:
            reset(client)
            return
        swallowing = threading.Event()
        back = threading.Thread(target=self._answers, args=(centre, client, swallowing), daemon=True)
        back.start()
        sent = 0
        try:
            while data := client.recv(64 * KIB):
                if self._swallow and self._swallow in data and self._take():
                    swallowing.set()
                if self._cut_after and sent + len(data) >= self._cut_after and self._take():
                    centre.sendall(data[: self._cut_after - sent])
                    reset(client)
                    break
                sent += len(data)
                centre.sendall(data)
        except OSError:
            pass
        with contextlib.suppress(OSError):
            centre.shutdown(socket.SHUT_WR)
        back.join(10)
        centre.close()
        client.close()

    @staticmethod
    def _answers(centre: socket.socket, client: socket.socket, swallowing: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := centre.recv(64 * KIB):
                if swallowing.is_set():
                    client.sendall(data[:20])  # enough to see that something came, not what
                    reset(client)
                    return
                client.sendall(data)

    def _take(self) -> bool:
        with self._lock:
            if self._left == 0:
                return False
            self._left -= 1
            self.acted += 1
            return True


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN, also while another thread waits in recv."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RD)
    connection.close()


@contextmanager
def impostor(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """A server that is not the centre: `answer` makes the raw bytes it sends for the raw request head."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with contextlib.suppress(OSError), connection:
                    head = b""
                    while b"\r\n\r\n" not in head:
                        head += connection.recv(64 * KIB) or b"\r\n\r\n"
                    connection.sendall(answer(head))

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def http(status: str, body: bytes, content_type: str = "text/html", extra: str = "") -> bytes:
    """A raw HTTP/1.1 answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{extra}"
    return f"{head}Connection: close\r\n\r\n".encode() + body
