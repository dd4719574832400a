"""A private pcscd with a virtual reader in it, for one owner, without root.

pcscd is handed its socket the way systemd does it (a listening socket on file descriptor 3, LISTEN_FDS, LISTEN_PID),
so it leaves a system-wide daemon alone. It loads `libifdvpcd.so` (Debian: vsmartcard-vpcd), which
listens on two TCP ports, one per slot; a connection to the port is a card in the slot.

vpcd listens on 0.0.0.0 and cannot be told otherwise: on a machine in a network, use a firewall or a network
namespace, and never install it on a terminal that is in service.

Run as a program, this file is the daemon's guardian: it starts pcscd and ends it when its standard input
closes, which the kernel does for an owner that dies. (A parent-death signal alone would not do: it strikes when the
*thread* that started the daemon ends.) It imports nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

READER_NAME = "Tongban Virtual Reader"
SLOT_0 = f"{READER_NAME} 00 00"
"""The PC/SC name of the first slot. (The second, `… 00 01`, stays empty.)"""

_PCSCD = Path("/usr/sbin/pcscd")
_VPCD = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
_SOCKET_PATH_LIMIT = 107
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class NotInstalled(RuntimeError):
    """A Debian package that the virtual smart card needs is missing."""


class PrivatePcscd:
    """A pcscd of our own. `folder` gets its configuration, its log and its socket; it must exist."""

    def __init__(self, folder: Path) -> None:
        self.socket_path = folder / "pcscd.sock"
        if len(os.fsencode(self.socket_path)) > _SOCKET_PATH_LIMIT:
            raise ValueError(f"the run folder's path is too long for a unix socket: {folder}")
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        """TCP port of slot 0, while running."""

    @property
    def running(self) -> bool:
        """Is the daemon up?"""
        return self._process is not None and self._process.poll() is None

    def start(self, *, timeout: float = 10.0) -> None:
        """Start the daemon and wait until it serves (about 0.1 s).

        Raises:
            NotInstalled: names the missing Debian packages.
            RuntimeError: it did not come up; says where its log is.
        """
        if self.running:
            return
        daemon = _installed()
        self.port = _free_port_pair()
        configuration = self._folder / "reader.conf.d"
        configuration.mkdir(exist_ok=True)
        (configuration / "vpcd").write_text(
            f'FRIENDLYNAME "{READER_NAME}"\n'
            f"DEVICENAME /dev/null:0x{self.port:04X}\n"
            f"LIBPATH {_VPCD}\n"
            f"CHANNELID 0x{self.port:04X}\n",
            encoding="ascii",
        )
        self.socket_path.unlink(missing_ok=True)
        log = self._folder / "pcscd.log"
        with socket.socket(socket.AF_UNIX) as listener, log.open("ab") as output:
            listener.bind(str(self.socket_path))
            listener.listen(16)
            guardian = [sys.executable, "-I", "-S", __file__, str(listener.fileno()), daemon, str(configuration)]
            self._process = process = subprocess.Popen(
                guardian, stdin=subprocess.PIPE, stdout=output, stderr=output, pass_fds=(listener.fileno(),)
            )
        give_up = time.monotonic() + timeout
        while not _listening(self.port):
            if process.poll() is not None or time.monotonic() > give_up:
                self.stop()
                raise RuntimeError(f"pcscd did not start; its log: {log}")
            time.sleep(0.01)

    def stop(self) -> None:
        """End the daemon and wait until it is gone. Harmless twice."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None  # noqa: S101 (we asked for the pipe)
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()  # the kernel then ends the daemon: see _guard
            process.wait()
        self.socket_path.unlink(missing_ok=True)


def _installed() -> str:
    """The daemon's path."""
    daemon = shutil.which("pcscd") or (str(_PCSCD) if _PCSCD.exists() else None)
    missing = [package for package, there in (("pcscd", daemon), ("vsmartcard-vpcd", _VPCD.exists())) if not there]
    if missing or daemon is None:
        packages = " ".join(missing)
        raise NotInstalled(f"the virtual smart card needs Debian packages: apt-get install {packages}")
    return daemon


def _free_port_pair() -> int:
    """A port that is free together with the next one: vpcd takes one per slot."""
    for _ in range(50):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("0.0.0.0", 0))  # noqa: S104 (vpcd will listen there; a port free on loopback only is no use)
            port = int(first.getsockname()[1])
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("0.0.0.0", port + 1))  # noqa: S104
                return port
    raise RuntimeError("no two free TCP ports in a row")


def _listening(port: int) -> bool:
    """Does somebody listen on `port`? Looked up, not tried: a connection would be a card."""
    wanted = f":{port:04X}"
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        if local.endswith(wanted) and state == "0A":  # TCP_LISTEN
            return True
    return False


def _guard(listener: int, daemon: str, configuration: str) -> int:
    """Run pcscd as a child until standard input closes; see the module's text."""

    def ended(_signal: int, _frame: FrameType | None) -> None:
        raise ChildProcessError("pcscd ended by itself")

    signal.signal(signal.SIGCHLD, ended)
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)  # should the guardian itself be killed
        if listener != 3:
            os.dup2(listener, 3)
        os.set_inheritable(3, True)
        environment = {**os.environ, "LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid())}
        os.execve(daemon, [daemon, "--foreground", "--info", "--config", configuration], environment)  # noqa: S606

    os.close(listener)  # else clients of a dead daemon would wait in its queue for ever

    try:
        sys.stdin.buffer.read()
    except ChildProcessError:
        return 1
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)
    return 0


if __name__ == "__main__":
    sys.exit(_guard(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
