"""Byte links: whatever is wrong with a port is `NoDevice`, a link mends itself at the next use, nothing hangs."""

from __future__ import annotations

import errno
import os
import socket
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
import serial
import serial.rfc2217

from drivers.links import MOST_STALE_BYTES, ByteLink
from drivers.status import Canceled, Deadline, NoDevice, TimeOut
from drivers.virtual.wires import PtyWire, TcpWire, Wire


class Echo:
    """A peer that sends back what it gets, on any wire."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.wire.open()
        self._stopping = False
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._stopping:
            self.wire.write(self.wire.read())

    def stop(self) -> None:
        self._stopping = True
        self.wire.wake()
        self._thread.join()
        self.wire.close()


@pytest.fixture(params=["pty", "tcp"])
def wire(request: pytest.FixtureRequest, tmp_path: Path) -> Wire:
    return PtyWire(tmp_path / "port") if request.param == "pty" else TcpWire()


@pytest.fixture
def echo(wire: Wire) -> Iterator[Echo]:
    peer = Echo(wire)
    yield peer
    peer.stop()


def read_exactly(link: ByteLink, count: int) -> bytes:
    data = b""
    deadline = Deadline(5)
    while len(data) < count:
        data += link.read(count - len(data), deadline)
    return data


def test_every_byte_value_comes_through_both_ways(echo: Echo) -> None:
    sent = bytes(range(256)) * 3
    with closing(ByteLink(echo.wire.link)) as link:
        link.write(sent, Deadline(5))
        assert read_exactly(link, len(sent)) == sent


def test_a_link_opens_at_its_first_use_and_again_after_it_was_closed(wire: Wire) -> None:
    link = ByteLink("/dev/there-is-no-such-device")
    link.close()
    peer = Echo(wire)
    link = ByteLink(wire.link)
    for _ in range(2):
        link.write(b"x", Deadline(5))
        assert read_exactly(link, 1) == b"x"
        link.close()
        link.close()
    peer.stop()


def test_nothing_to_read_is_no_error_until_the_deadline(echo: Echo) -> None:
    with closing(ByteLink(echo.wire.link)) as link:
        assert link.read(10, Deadline(5)) == b""
        with pytest.raises(TimeOut):
            link.read(10, Deadline(0))


def test_a_cancelled_command_neither_reads_nor_writes(echo: Echo) -> None:
    deadline = Deadline(5)
    deadline.cancel()
    with closing(ByteLink(echo.wire.link)) as link:
        with pytest.raises(Canceled):
            link.read(1, deadline)
        with pytest.raises(Canceled):
            link.write(b"x", deadline)


def test_what_came_unasked_is_thrown_away(echo: Echo) -> None:
    with closing(ByteLink(echo.wire.link)) as link:
        link.write(b"stale", Deadline(5))
        assert read_exactly(link, 1) == b"s"
        link.discard_input()
        link.write(b"fresh", Deadline(5))
        assert read_exactly(link, 5) == b"fresh"


def test_a_pulled_plug_is_no_device_and_the_next_use_opens_the_port_again(wire: Wire) -> None:
    first = Echo(wire)
    with closing(ByteLink(wire.link)) as link:
        link.write(b"x", Deadline(5))
        read_exactly(link, 1)
        first.stop()
        with pytest.raises(NoDevice):
            read_exactly(link, 1)
        with pytest.raises(NoDevice):
            link.write(b"x", Deadline(5))
        second = Echo(wire)
        link.write(b"y", Deadline(5))
        assert read_exactly(link, 1) == b"y"
        second.stop()


@pytest.mark.parametrize(
    "url",
    [
        "/dev/there-is-no-such-device",
        "socket://127.0.0.1",
        "socket://127.0.0.1:99999999",
        "socket://:::",
        "carrier-pigeon://coop",
        "",
        "bad\0name",
    ],
)
def test_an_impossible_link_is_no_device_with_a_remedy(url: str) -> None:
    link = ByteLink(url)
    with pytest.raises(NoDevice) as caught:
        link.write(b"x", Deadline(5))
    assert "config.toml" in caught.value.remedy.en
    link.close()


def test_a_refused_connection_is_no_device() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NoDevice):
        ByteLink(f"socket://127.0.0.1:{port}").read(1, Deadline(5))


def test_a_file_that_is_no_port_is_no_device(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NoDevice):
        ByteLink(str(tmp_path / "file")).read(1, Deadline(5))


def test_a_port_that_is_in_use_is_not_shared(tmp_path: Path) -> None:
    wire = PtyWire(tmp_path / "port")
    peer = Echo(wire)
    with closing(ByteLink(wire.link)) as first, closing(ByteLink(wire.link)) as second:
        first.read(1, Deadline(5))
        with pytest.raises(NoDevice, match="in use") as caught:
            second.read(1, Deadline(5))
        assert "kiosk run" in caught.value.remedy.en, "a cable that is in order must not be looked at"
        first.close()
        assert second.read(1, Deadline(5)) == b""
    peer.stop()


def test_a_port_that_this_user_may_not_use_is_no_loose_cable(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise serial.SerialException(errno.EACCES, "could not open port")

    monkeypatch.setattr(serial, "serial_for_url", refused)  # tests may run as root, who may use every port
    with pytest.raises(NoDevice, match="no permission") as caught:
        ByteLink("/dev/ttyUSB0").read(1, Deadline(5))
    assert "usermod" in caught.value.remedy.en


def test_a_device_that_never_stops_talking_does_not_hold_us() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        link = ByteLink(f"socket://127.0.0.1:{server.getsockname()[1]}")
        assert link.read(1, Deadline(5)) == b""
        peer, _ = server.accept()
        peer.setblocking(False)
        sent = peer.send(bytes(4 * MOST_STALE_BYTES))
        while link.read(1, Deadline(5)) == b"":
            pass
        link.discard_input()
        # Some is left, so the drain stopped by its own limit and not because all was gone.
        rest = 0
        while data := link.read(65536, Deadline(5)):
            rest += len(data)
        assert 0 < rest <= sent - MOST_STALE_BYTES
        link.close()
        peer.close()


@pytest.mark.filterwarnings("ignore:set(Daemon|Name).. is deprecated:DeprecationWarning")
def test_a_serial_port_served_over_the_network_works_too() -> None:
    """RFC 2217, as terminal servers speak it; pySerial's own server stands in for one, its port loops back."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        server = threading.Thread(target=_serve_rfc2217, args=(listener,))
        server.start()
        with closing(ByteLink(f"rfc2217://127.0.0.1:{listener.getsockname()[1]}")) as link:
            sent = bytes(range(256))
            link.write(sent, Deadline(10))
            assert read_exactly(link, len(sent)) == sent
        server.join()


def _serve_rfc2217(listener: socket.socket) -> None:
    port: Any = serial.serial_for_url("loop://", timeout=0)
    connection, _ = listener.accept()

    class Upward:
        def write(self, data: bytes) -> None:
            connection.sendall(data)

    upward: Any = Upward()
    manager = serial.rfc2217.PortManager(port, upward)
    connection.settimeout(0.01)
    with connection, suppress(ConnectionError):
        while True:
            with suppress(TimeoutError):
                if not (data := connection.recv(1024)):
                    return
                port.write(b"".join(manager.filter(data)))
            if data := port.read(port.in_waiting):
                connection.sendall(b"".join(manager.escape(data)))


def test_a_new_baud_rate_is_used_from_the_next_byte_on() -> None:
    device, host = os.openpty()
    tty.setraw(host)
    with closing(ByteLink(os.ttyname(host), baud=115200)) as link:
        link.write(b"a", Deadline(5))
        link.baud = 9600
        link.write(b"b", Deadline(5))
        arrived = b""
        while len(arrived) < 2:
            arrived += os.read(device, 10)
        assert arrived == b"ab"
        assert _speed(host) == 9600
    os.close(device)
    os.close(host)


def _speed(descriptor: int) -> int:
    return {termios.B9600: 9600, termios.B115200: 115200}[termios.tcgetattr(descriptor)[4]]
