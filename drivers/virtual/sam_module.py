"""The security module inside a virtual card reader: requests in, answers out, no link and no clock.

Stricter than need be: a command in the wrong order is refused, so that a driver's defect shows here first. Shares
no code with the driver.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto

from drivers.virtual import card_texts
from drivers.virtual.device import Faults
from drivers.virtual.personas import Persona

PREAMBLE = b"\xaa\xaa\xaa\x96\x69"
SAM_NUMBER = "05.01-20260101-0000000019-0000009900"
_SAM_NUMBER_BYTES = b"".join(
    number.to_bytes(size, "little") for number, size in ((5, 2), (1, 2), (20260101, 4), (19, 4), (9900, 4))
)
_MOST_REQUEST_BYTES = 64

CARD_FAULTS = {
    "sam_self_test_failed": "the security module failed its self-test and refuses every command",
    "unauthorised": "the security module is not authorised and refuses every command",
    "select_failed": "the card is found but cannot be selected",
    "card_lifted_mid_read": "the card is taken away while it is read",
    "card_not_genuine": "the module does not accept the card",
    "false_check_digit": "the card's number has a wrong check character",
    "undecodable_text": "the card's text is not UTF-16",
}


class _Stage(Enum):
    IDLE = auto()
    FOUND = auto()
    SELECTED = auto()
    READ = auto()


class SamModule:
    """One module and the card on it. `must_lift`: deny a card that was read until it was lifted, as most do."""

    def __init__(self, faults: Faults, *, must_lift: bool = True) -> None:
        self.must_lift = must_lift
        self._faults = faults
        self._card: Persona | None = None
        self._spent = False
        self._stage = _Stage.IDLE
        self._buffer = b""

    @property
    def card(self) -> Persona | None:
        """Whose card lies there."""
        return self._card

    @property
    def wants_lift(self) -> bool:
        """The card was read and is denied until it is lifted."""
        return self._spent

    def place(self, card: Persona) -> None:
        """Lay a card down, in place of any other."""
        self._card, self._spent, self._stage = card, False, _Stage.IDLE

    def lift(self) -> None:
        """Take the card away."""
        self._card, self._spent, self._stage = None, False, _Stage.IDLE

    def forget_input(self) -> None:
        """Power was lost: half a request is gone, and so is the dialogue with the card."""
        self._buffer, self._stage, self._spent = b"", _Stage.IDLE, False

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Take bytes from the host; for each complete request give its body (command, parameter …) and the answer."""
        self._buffer += data
        answers: list[tuple[bytes, bytes]] = []
        while (start := self._buffer.find(PREAMBLE)) >= 0:
            self._buffer = self._buffer[start:]
            if len(self._buffer) < 7:
                return answers
            length = int.from_bytes(self._buffer[5:7], "big")
            if not 3 <= length <= _MOST_REQUEST_BYTES:
                self._buffer = self._buffer[7:]
                answers.append((b"", frame(0x11)))
                continue
            if len(self._buffer) < 7 + length:
                return answers
            body, check = self._buffer[7 : 6 + length], self._buffer[6 + length]
            sound = check == _exclusive_or(self._buffer[5 : 6 + length])
            self._buffer = self._buffer[7 + length :]
            answers.append((body, self._answer(body) if sound else frame(0x10)))
        self._buffer = self._buffer[-len(PREAMBLE) :]
        return answers

    def _answer(self, body: bytes) -> bytes:
        if self._faults.active("sam_self_test_failed"):
            return frame(0x60)
        if self._faults.active("unauthorised"):
            return frame(0x66)
        match body[0], body[1], body[2:]:
            case 0x10, 0xFF, b"":
                self._stage = _Stage.IDLE
                return frame(0x90)
            case 0x11, 0xFF, b"":
                return frame(0x90)
            case 0x12, 0xFF, b"":
                return frame(0x90, _SAM_NUMBER_BYTES)
            case 0x20, 0x01, b"":
                return self._find()
            case 0x20, 0x02, b"":
                return self._select()
            case 0x30, 0x01 | 0x10 | 0x03 | 0x05 as item, b"":
                return self._read(item)
            case 0x60, rate, b"" if rate <= 4:
                return frame(0x90)
            case 0x61, 0xFF, bytes([_]):
                return frame(0x90)
            case _:
                return frame(0x21)

    def _find(self) -> bytes:
        if self._card is None or self._spent:
            self._stage = _Stage.IDLE
            return frame(0x80)
        self._stage = _Stage.FOUND
        return frame(0x9F, bytes(4))

    def _select(self) -> bytes:
        if self._stage is not _Stage.FOUND or self._faults.take("select_failed"):
            self._stage = _Stage.IDLE
            return frame(0x81)
        self._stage = _Stage.SELECTED
        return frame(0x90, bytes(8))

    def _read(self, item: int) -> bytes:
        card = self._card
        if card is None or self._stage not in (_Stage.SELECTED, _Stage.READ):
            return frame(0x41 if card is None else 0x21)
        if item == 0x03:
            address = card_texts.newest_address(card)
            return frame(0x90, address) if address else frame(0x91)
        if item == 0x05:
            return frame(0x90, bytes(28))
        if self._faults.take("card_lifted_mid_read"):
            self.lift()
            return frame(0x41)
        if self._faults.take("card_not_genuine"):
            self._stage = _Stage.IDLE
            return frame(0x32)
        self._stage, self._spent = _Stage.READ, self.must_lift
        if self._faults.take("false_check_digit"):
            card = replace(card, id_number=card.id_number[:-1] + ("1" if card.id_number[-1] != "1" else "2"))
        text = card_texts.card_text(card)
        if self._faults.take("undecodable_text"):
            text = b"\x00\xdc" + text[2:]  # half of a surrogate pair
        photo = card_texts.photo(card)
        if item == 0x01:
            return frame(0x90, _size(text) + _size(photo) + text + photo)
        prints = card_texts.fingerprints(card)
        return frame(0x90, _size(text) + _size(photo) + _size(prints) + text + photo + prints)


def frame(sw3: int, data: bytes = b"") -> bytes:
    """A complete answer."""
    covered = (4 + len(data)).to_bytes(2, "big") + bytes((0, 0, sw3)) + data
    return PREAMBLE + covered + bytes((_exclusive_or(covered),))


def _exclusive_or(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte
    return value


def _size(part: bytes) -> bytes:
    return len(part).to_bytes(2, "big")
