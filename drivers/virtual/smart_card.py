"""A virtual social-security card in a virtual reader behind a private pcscd.

The card speaks vpcd's protocol (vsmartcard): every message both ways is a big-endian 16-bit length and that many
bytes; a one-byte message from the reader is a control (power off, power on, reset, send the ATR), anything longer a
command APDU. Connecting is putting the card in, closing is taking it out.

The card's files are encoded here from the specification, not with the driver's code, so that a mistake in one
does not hide in the other.
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from drivers.virtual.device import Faults, Knob
from drivers.virtual.pcscd import SLOT_0, PrivatePcscd
from drivers.virtual.personas import PERSONAS, Persona, SocialSecurityCard

_POWER_OFF, _POWER_ON, _RESET, _SEND_ATR = 0, 1, 2, 4
_ATR_T0 = bytes.fromhex("3B 6D 00 00 00 81 54 64 86 60 F1 15 60 00 05 99 00")
"""A plain T=0 card (second generation) with 13 historical bytes."""
_ATR_T1 = bytes.fromhex("3B 80 01 81")
"""A T=1 card without historical bytes, as a contactless third-generation card appears."""

_DONE, _NO_SUCH_FILE, _NO_SUCH_RECORD = b"\x90\x00", b"\x6a\x82", b"\x6a\x83"
_WRONG_PARAMETERS, _NO_FILE_SELECTED, _LOCKED = b"\x6a\x86", b"\x69\x86", b"\x69\x82"
_UNKNOWN_INSTRUCTION = b"\x6d\x00"

_APPLICATION = bytes.fromhex("73 78 31 2E 73 68 2E C9 E7 BB E1 B1 A3 D5 CF")
_FILE_CONTROL = b"\x6f\x11\x84\x0f" + _APPLICATION
_HOLDER = 0xEF06
_HOLDER_NAME = 2

FAULTS: Mapping[str, str] = {
    "no_answer": "the card falls silent and stays so until it is taken out",
    "garbage": "every answer is random bytes",
    "short_answer": "every answer is a single byte",
    "security_6982": "the card wants a key before it shows its holder (some third-generation cards)",
    "not_social_card": "the card has no social-security application (a bank card, say)",
    "card_removed_mid_read": "the card is pulled out while its holder's name is read",
    "missing_name_record": "the card holds no name",
    "wrong_length": "the card insists on exact lengths: it answers every read with 6Cxx first",
}


def _an(written: str, length: int) -> bytes:
    """Text in GB 18030, filled with 00 on the right."""
    return written.encode("gb18030").ljust(length, b"\x00")


def _cn(written: str, length: int) -> bytes:
    """One digit per half byte, filled with F on the right."""
    return bytes.fromhex(written.ljust(2 * length, "F"))


def _cn_date(day: date) -> bytes:
    return _cn(f"{day:%Y%m%d}", 4)


def _files(holder: Persona, card: SocialSecurityCard) -> dict[int, dict[int, bytes]]:
    """The public files: file -> record number -> tag, length, value (LD/T 32)."""
    issuer = (
        (1, 0x01, _cn(card.identification_code, 16)),
        (2, 0x02, _an(card.category, 1)),
        (3, 0x03, _an(card.specification, 4)),
        (4, 0x04, _cn(f"{card.region}9115600000500001"[:23], 12)),
        (5, 0x05, _cn_date(card.issued)),
        (6, 0x06, _cn_date(card.expires)),
        (7, 0x07, _an(card.number, 9)),
    )
    person = (
        (1, 0x08, _an(holder.id_number, 18)),
        (_HOLDER_NAME, 0x09, _an(holder.name, 30)),
        (4, 0x0A, _an(holder.sex_code, 1)),
        (5, 0x0B, _cn(holder.ethnicity_code, 1)),
        (6, 0x0C, _cn(card.birthplace, 3)),
        (7, 0x0D, _cn_date(holder.birth_date)),
    )
    return {
        0xEF05: {number: bytes((tag, len(value))) + value for number, tag, value in issuer},
        _HOLDER: {number: bytes((tag, len(value))) + value for number, tag, value in person},
    }


class CardPulled(Exception):
    """A fault took the card out."""


class CardMute(Exception):
    """A fault silenced the card."""


class CardChip:
    """The chip: command in, answer out. Strict: a read without a selected file is refused."""

    def __init__(self, persona: Persona, faults: Faults) -> None:
        if persona.social_security is None:
            raise KeyError(f"{persona.key} has no social-security card")
        self._files = _files(persona, persona.social_security)
        self._second_generation = persona.social_security.specification.startswith("2")
        self._faults = faults
        self._random = random.Random(persona.key)  # noqa: S311 (garbage on demand, the same every time)
        self.atr = _ATR_T0 if self._second_generation else _ATR_T1
        self.power_up()

    def power_up(self) -> None:
        """Forget what was selected."""
        self._acting: frozenset[str] = frozenset()
        self._open = False
        self._file: dict[int, bytes] | None = None
        self._waiting = b""

    def answer(self, command: bytes) -> bytes:
        """The response APDU to `command`. A conversation begins with the SELECT of an application;
        a fault counts one occasion for each.

        Raises:
            CardPulled, CardMute
        """
        if command[1:3] == b"\xa4\x04":
            self._acting = frozenset(name for name in self._faults.known if self._faults.take(name))
        if "no_answer" in self._acting:
            raise CardMute
        if "garbage" in self._acting:
            return self._random.randbytes(self._random.randint(2, 60))
        if "short_answer" in self._acting:
            return b"\x90"
        match command[1:2]:
            case b"\xa4":
                return self._select(command)
            case b"\xb2":
                return self._read_record(command)
            case b"\xc0":
                data, self._waiting = self._waiting, b""
                return data[: command[4] or 256] + _DONE
            case _:
                return _UNKNOWN_INSTRUCTION

    def _select(self, command: bytes) -> bytes:
        name = command[5 : 5 + command[4]]
        if command[2] == 0x04:
            self._open = name == _APPLICATION and not self._acts("not_social_card")
            self._file = None
            return self._control() if self._open else _NO_SUCH_FILE
        if not self._open or command[2] != 0x02 or len(name) != 2:
            return _NO_SUCH_FILE
        self._file = self._files.get(int.from_bytes(name, "big"))
        return _DONE if self._file is not None else _NO_SUCH_FILE

    def _control(self) -> bytes:
        """File control information: waiting to be fetched on a T=0 card, at once on a T=1 card."""
        if not self._second_generation:
            return _FILE_CONTROL + _DONE
        self._waiting = _FILE_CONTROL
        return bytes((0x61, len(_FILE_CONTROL)))

    def _read_record(self, command: bytes) -> bytes:
        if self._file is None:
            return _NO_FILE_SELECTED
        name_asked = self._file is self._files[_HOLDER] and command[2:4] in (b"\x02\x04", b"\x09\x00")
        if self._file is self._files[_HOLDER] and self._acts("security_6982"):
            return _LOCKED
        if name_asked and self._acts("card_removed_mid_read"):
            raise CardPulled
        if name_asked and self._acts("missing_name_record"):
            return _NO_SUCH_RECORD
        match command[3]:
            case 0x04:
                record = self._file.get(command[2])
            case 0x00:
                record = next((r for r in self._file.values() if r[0] == command[2]), None)
            case _:
                return _WRONG_PARAMETERS
        if record is None:
            return _NO_SUCH_RECORD
        # A T=0 card wants the exact length; the fault's card adds a byte of its own to what the standard says.
        if self._acts("wrong_length"):
            record += b"\xff"
        if (self._second_generation or self._acts("wrong_length")) and command[4] != len(record):
            return bytes((0x6C, len(record)))
        return record + _DONE

    def _acts(self, fault: str) -> bool:
        return fault in self._acting


class VirtualSmartCard:
    """A virtual reader and its card slot. `run_folder` holds the daemon's socket, configuration and log."""

    name = "smart_card"

    def __init__(self, run_folder: Path) -> None:
        self.faults = Faults(FAULTS)
        self.commands: deque[bytes] = deque(maxlen=1000)
        """The last command APDUs that reached a card, oldest first (a test looks for what must never be sent)."""
        run_folder.mkdir(parents=True, exist_ok=True)
        self._pcscd = PrivatePcscd(run_folder)
        self._persona: Persona | None = None
        self._line: socket.socket | None = None
        self._lock = threading.RLock()
        self._silent = threading.Event()

    def start(self) -> None:
        """Plug the reader in, with whatever card is in its slot.

        Raises:
            NotInstalled: names the missing Debian packages.
        """
        with self._lock:
            self._pcscd.start()
            if self._persona is not None and self._line is None:
                self._connect(self._persona)

    def stop(self) -> None:
        """Pull the reader's plug; the card stays in the slot. Harmless twice."""
        with self._lock:
            self._pcscd.stop()  # first: the reader goes, and takes the card with it
            self._disconnect()

    @property
    def settings(self) -> Mapping[str, str]:
        """See `VirtualDevice`. Stays the same over unplugging and plugging in."""
        return {"driver": "pcsc", "reader": SLOT_0, "pcsc_socket": str(self._pcscd.socket_path)}

    def insert(self, persona: str) -> None:
        """Put the social-security card of `persona` in (in place of any other). KeyError: no such card."""
        holder = PERSONAS[persona]
        if holder.social_security is None:
            raise KeyError(f"{persona} has no social-security card")
        with self._lock:
            self.remove()
            self._persona = holder
            if self._pcscd.running:
                self._connect(holder)

    def remove(self) -> None:
        """Take the card out."""
        with self._lock:
            self._persona = None
            self._disconnect()

    def knobs(self) -> Sequence[Knob]:
        """See `VirtualDevice`."""
        holders = tuple(key for key, person in PERSONAS.items() if person.social_security is not None)
        return (
            Knob("insert", "插入社保卡 / insert card", self.insert, holders),
            Knob("remove", "取出社保卡 / remove card", lambda _: self.remove()),
            Knob("unplug", "拔下读卡器 / unplug reader", lambda _: self.stop()),
            Knob("plug", "插上读卡器 / plug reader in", lambda _: self.start()),
        )

    def state(self) -> Mapping[str, object]:
        """See `VirtualDevice`."""
        with self._lock:
            return {
                "plugged": self._pcscd.running,
                "card": None if self._persona is None else self._persona.key,
                "holder": None if self._persona is None else self._persona.name,
                "commands": len(self.commands),
            }

    def picture(self) -> bytes | None:
        """A card slot shows nothing that `state` does not tell."""
        return None

    def wait_silent(self, seconds: float) -> bool:
        """Wait until a card falls silent (fault `no_answer`); False when none did in `seconds`."""
        return self._silent.wait(seconds)

    def _connect(self, holder: Persona) -> None:
        line = socket.create_connection(("127.0.0.1", self._pcscd.port), timeout=5)
        line.settimeout(None)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._line = line
        self._silent.clear()
        chip = CardChip(holder, self.faults)
        threading.Thread(target=self._serve, args=(line, chip), name="virtual card", daemon=True).start()

    def _disconnect(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(OSError):  # the daemon may have gone first
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _serve(self, line: socket.socket, chip: CardChip) -> None:
        """Answer the reader until the card leaves."""
        with contextlib.suppress(OSError):  # the card was taken out, or the reader unplugged
            while (message := _receive(line)) is not None:
                if len(message) > 1:
                    self.commands.append(message)
                    try:
                        answer = chip.answer(message)
                    except CardMute:
                        self._silent.set()
                        continue
                    except CardPulled:
                        break
                elif message[0] == _SEND_ATR:
                    answer = chip.atr
                else:  # power off, power on, reset: no answer is expected
                    chip.power_up()
                    continue
                line.sendall(struct.pack(">H", len(answer)) + answer)
        with self._lock:
            if self._line is line:  # not taken out by a knob: pulled by a fault, or the reader went
                self._disconnect()
                if self._pcscd.running:
                    self._persona = None


def _receive(line: socket.socket) -> bytes | None:
    """The next message, or None when the reader hung up."""
    head = _exactly(line, 2)
    return None if head is None else _exactly(line, struct.unpack(">H", head)[0])


def _exactly(line: socket.socket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        # vpcd sends a message's length and its body apart and lets Nagle hold the body back until the length is
        # acknowledged; the option acknowledges at once (and has to be set again for every read): 44 ms saved.
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = line.recv(count - len(data))
        if not part:
            return None
        data += part
    return data
