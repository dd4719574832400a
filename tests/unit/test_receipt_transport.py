"""The byte link to a printer never outlasts its deadline, and importing its library changes nothing else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.receipt_printer.transport import Transport
from drivers.status import Canceled, Deadline, NoDevice, TimeOut

MUCH = b"\x00" * 20_000_000
"""More than a socket, a pty or a printer takes without being read."""


@pytest.fixture(params=["tcp", "pty"])
def deaf(request: pytest.FixtureRequest) -> Iterator[str]:
    """The link of a printer that is there and reads nothing."""
    if request.param == "tcp":
        with socket.create_server(("127.0.0.1", 0)) as listener:
            yield f"socket://127.0.0.1:{listener.getsockname()[1]}"
        return
    master, slave = os.openpty()
    tty.setraw(slave)
    yield os.ttyname(slave)
    os.close(slave)
    os.close(master)


def test_writing_to_a_printer_that_takes_no_more_ends_with_the_deadline(deaf: str):
    transport = Transport.connect(deaf, 115200, Deadline(5))
    with pytest.raises(TimeOut):
        transport.write(MUCH, Deadline(0.3))
    transport.close()
    transport.close()


def test_writing_can_be_cancelled_from_another_thread(deaf: str):
    transport = Transport.connect(deaf, 115200, Deadline(5))
    deadline = Deadline(60)
    threading.Timer(0.1, deadline.cancel).start()
    with pytest.raises(Canceled):
        transport.write(MUCH, deadline)
    transport.close()


def test_reading_from_a_silent_printer_is_empty_and_not_an_error(deaf: str):
    transport = Transport.connect(deaf, 115200, Deadline(5))
    assert transport.read(0.1, Deadline(5)) == b""
    with pytest.raises(TimeOut):
        transport.read(5.0, Deadline(0.1))
    transport.close()


def test_a_connection_that_the_printer_closes_is_no_device():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        transport = Transport.connect(f"socket://127.0.0.1:{listener.getsockname()[1]}", 115200, Deadline(5))
        listener.accept()[0].close()
        with pytest.raises(NoDevice):
            transport.read(1.0, Deadline(5))
        transport.close()


@pytest.mark.parametrize("link", ["/dev/ttyNOSUCH0", "/dev/usb/lp99"])
def test_a_device_file_that_is_not_there_is_no_device(link: str):
    with pytest.raises(NoDevice) as caught:
        Transport.connect(link, 115200, Deadline(5))
    assert link in str(caught.value)
    assert caught.value.remedy is not None


def test_a_usb_printer_file_is_opened_for_both_ways(tmp_path: Path):
    """`/dev/usb/lp0` answers; python-escpos' own File would only write."""
    master, slave = os.openpty()
    tty.setraw(slave)
    link = tmp_path / "lp0"
    link.symlink_to(os.ttyname(slave))
    transport = Transport.connect(str(link), 115200, Deadline(5))
    transport.write(b"\x10\x04\x01", Deadline(5))
    assert os.read(master, 10) == b"\x10\x04\x01"
    os.write(master, b"\x12")
    assert transport.read(1.0, Deadline(5)) == b"\x12"
    transport.close()
    os.close(slave)
    os.close(master)


def test_the_library_leaves_no_folder_behind_and_the_log_alone(tmp_path: Path):
    """python-escpos makes a temporary folder and a root log handler at each import: one per visit, for years."""
    script = (
        "import logging, drivers.receipt_printer.escpos_printer as p; "
        "print(len(logging.root.handlers), bool(p.open_device))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "0 True\n"
    assert list(tmp_path.iterdir()) == []
