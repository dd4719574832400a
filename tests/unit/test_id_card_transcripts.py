"""The driver against readers that are nobody's of ours: published bytes replayed, dialects of readers, hostile peers.

A scripted reader answers each request with the bytes the script holds for it; it shares no code with the driver or
with the virtual device.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.id_card_reader import IdentityCard
from drivers.id_card_reader.sam import SamReader, Settings
from drivers.status import (
    Deadline,
    DeviceError,
    DeviceState,
    HardwareError,
    InvalidData,
    InvalidMedia,
    MediaRemoved,
    MediaState,
    NoDevice,
    SequenceError,
    TimeOut,
    UnsupportedData,
)

RESET, SELF_TEST, NUMBER = "10 FF", "11 FF", "12 FF"
FIND, SELECT, BASE, FINGERPRINT, ADDRESS = "20 01", "20 02", "30 01", "30 10", "30 03"

OK = bytes.fromhex("AA AA AA 96 69 00 04 00 00 90 94")
NO_CARD = bytes.fromhex("AA AA AA 96 69 00 04 00 00 80 84")
FOUND = bytes.fromhex("AA AA AA 96 69 00 08 00 00 9F 00 00 00 00 97")
SELECTED = bytes.fromhex("AA AA AA 96 69 00 0C 00 00 90 00 00 00 00 00 00 00 00 9C")
SELECT_FAILED = bytes.fromhex("AA AA AA 96 69 00 04 00 00 81 85")
READ_FAILED = bytes.fromhex("AA AA AA 96 69 00 04 00 00 41 45")
NO_SUCH_ITEM = bytes.fromhex("AA AA AA 96 69 00 04 00 00 91 95")
COMMAND_ERROR = bytes.fromhex("AA AA AA 96 69 00 04 00 00 21 25")
CHECKSUM_ERROR = bytes.fromhex("AA AA AA 96 69 00 04 00 00 10 14")
NOT_GENUINE = bytes.fromhex("AA AA AA 96 69 00 04 00 00 32 36")
SILENCE = b""


def sealed(body: bytes) -> bytes:
    """Preamble, `body` from its length on, check byte."""
    check = 0
    for byte in body:
        check ^= byte
    return bytes.fromhex("AA AA AA 96 69") + body + bytes((check,))


def chip() -> bytes:
    text = bytearray(b" \0" * 128)
    for offset, value in ((0, "王小满"), (30, "2"), (36, "19900307"), (122, "199900199003070126")):
        text[offset : offset + 2 * len(value)] = value.encode("utf-16-le")
    return bytes(text)


PHOTO = bytes.fromhex("57 4C 66 00 7E 00") + bytes(1018)
CARD = sealed(bytes.fromhex("05 08 00 00 90 01 00 04 00") + chip() + PHOTO)
CARD_WITH_FINGERPRINTS = {
    size: sealed((1290 + size).to_bytes(2, "big") + bytes.fromhex("00 00 90 01 00 04 00") + size.to_bytes(2, "big")
                 + chip() + PHOTO + b"f" * size)
    for size in (0, 512, 1024)
}  # fmt: skip
NEW_ADDRESS = sealed(bytes.fromhex("00 4A 00 00 90") + "示例新村".encode("utf-16-le") + b" \0" * 31)

SCRIPT: Mapping[str, bytes] = {
    RESET: OK, SELF_TEST: OK, NUMBER: COMMAND_ERROR, FIND: FOUND, SELECT: SELECTED, BASE: CARD, ADDRESS: NO_SUCH_ITEM,
}  # fmt: skip

Reply = Callable[[str, int], bytes]
"""From a request ("20 01") and how often it was heard before, to the bytes sent back."""


@contextmanager
def scripted(reply: Reply, *, hang_up_after: str = "") -> Iterator[tuple[str, list[str]]]:
    """A reader on the loopback: its link, and the requests it has heard so far."""
    heard: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connections.append(connection)
                buffer = b""
                with suppress(OSError):
                    while data := connection.recv(100):
                        buffer += data
                        while len(buffer) >= 10:
                            request, buffer = buffer[7:9].hex(" ").upper(), buffer[10:]
                            heard.append(request)
                            connection.sendall(reply(request, heard.count(request) - 1))
                            if request == hang_up_after:
                                connection.shutdown(socket.SHUT_RDWR)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"socket://127.0.0.1:{listener.getsockname()[1]}", heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in connections:
            connection.close()


def reader(link: str) -> SamReader:
    return SamReader(
        Settings(
            link=link,
            poll_interval_s=0.01,
            answer_timeout_s=0.4,
            read_timeout_s=0.6,
            newest_address_timeout_s=0.1,
            quiet_s=0.05,
        )
    )


def read(changes: Mapping[str, bytes | list[bytes]]) -> tuple[IdentityCard, list[str]]:
    """Read a card from a reader that answers as `SCRIPT` but for `changes`; a list is one answer after the other."""

    def reply(request: str, before: int) -> bytes:
        answer = {**SCRIPT, **changes}.get(request, COMMAND_ERROR)
        return answer[min(before, len(answer) - 1)] if isinstance(answer, list) else answer

    with scripted(reply) as (link, heard), closing(reader(link)) as driver:
        return driver.read_card(Deadline(10)), heard


def test_the_published_dialogue_delivers_the_card() -> None:
    card, heard = read({})
    assert (card.name, card.id_number, card.photo) == ("王小满", "199900199003070126", PHOTO)
    assert heard == [SELF_TEST, NUMBER, FIND, SELECT, BASE, ADDRESS]


def test_a_card_that_comes_later_is_waited_for() -> None:
    card, heard = read({FIND: [NO_CARD, NO_CARD, FOUND]})
    assert card.name == "王小满"
    assert heard.count(FIND) == 3


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(OK, id="90 without data"),
        pytest.param(sealed(bytes.fromhex("00 08 00 00 90 00 00 00 00")), id="90 with the card's number"),
        pytest.param(sealed(bytes.fromhex("00 04 00 00 9F")), id="9F without data"),
        pytest.param(sealed(bytes.fromhex("00 0C 00 00 9F 01 02 03 04 05 06 07 08")), id="9F with eight bytes"),
        pytest.param(sealed(bytes.fromhex("00 08 12 34 9F 00 00 00 00")), id="the card's own status words"),
        pytest.param(b"\xaa\xaa\xaa" + FOUND, id="more AA than needed"),
        pytest.param(bytes.fromhex("AA AA AA 96 69 00 03 20 01 22") + FOUND, id="an echo of our request"),
        pytest.param(b"\x00\x13" + FOUND + b"\x00", id="noise before and after"),
    ],
)
def test_readers_say_in_different_ways_that_a_card_is_there(found: bytes) -> None:
    assert read({FIND: found})[0].name == "王小满"


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        (NEW_ADDRESS, "示例新村"),
        (NO_SUCH_ITEM, ""),
        (NO_CARD, ""),
        (READ_FAILED, ""),
        (COMMAND_ERROR, ""),
        (SILENCE, ""),
        (OK, ""),
        (NEW_ADDRESS[:-1], ""),
    ],
)
def test_a_card_needs_no_newest_address(answer: bytes, address: str) -> None:
    card, _ = read({ADDRESS: answer})
    assert (card.name, card.newest_address) == ("王小满", address)


@pytest.mark.parametrize("size", [0, 512, 1024])
@pytest.mark.parametrize("refusal", [COMMAND_ERROR, NO_SUCH_ITEM])
def test_a_reader_that_reads_only_with_fingerprints_is_asked_so(size: int, refusal: bytes) -> None:
    card, heard = read({BASE: refusal, FINGERPRINT: CARD_WITH_FINGERPRINTS[size]})
    assert (card.name, card.photo) == ("王小满", PHOTO)
    assert heard[-3:] == [BASE, FINGERPRINT, ADDRESS]


@pytest.mark.parametrize("size", [0, 512, 1024])
def test_fingerprints_that_come_unasked_are_left_alone(size: int) -> None:
    assert read({BASE: CARD_WITH_FINGERPRINTS[size]})[0].photo == PHOTO


def test_the_numbers_of_select_may_be_missing() -> None:
    assert read({SELECT: OK})[0].name == "王小满"


@pytest.mark.parametrize("request_", [FIND, SELECT, BASE])
def test_a_request_that_arrived_damaged_is_sent_again(request_: str) -> None:
    card, heard = read({request_: [CHECKSUM_ERROR, SCRIPT[request_]]})
    assert card.name == "王小满"
    assert heard.count(request_) == 2


@pytest.mark.parametrize("failure", [READ_FAILED, sealed(bytes.fromhex("00 04 00 00 47")), COMMAND_ERROR])
def test_a_read_that_fails_starts_again_at_find(failure: bytes) -> None:
    card, heard = read({BASE: [failure, CARD], FINGERPRINT: COMMAND_ERROR})
    assert card.name == "王小满"
    assert heard.count(FIND) == 2
    assert heard.count(SELECT) == 2


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({FIND: [FOUND, NO_CARD], SELECT: SELECT_FAILED}, MediaRemoved),
        ({FIND: [FOUND, NO_CARD], BASE: READ_FAILED}, MediaRemoved),
        ({FIND: [FOUND, NO_CARD], BASE: SILENCE}, MediaRemoved),
        ({SELECT: SELECT_FAILED}, MediaRemoved),
        ({BASE: NOT_GENUINE}, InvalidMedia),
        ({BASE: sealed(bytes.fromhex("00 04 00 00 40"))}, InvalidMedia),
        ({BASE: sealed(bytes.fromhex("00 04 00 00 33"))}, InvalidMedia),
        ({BASE: COMMAND_ERROR, FINGERPRINT: COMMAND_ERROR}, SequenceError),
        ({BASE: CHECKSUM_ERROR}, InvalidData),
        ({BASE: sealed(bytes.fromhex("00 04 00 00 E7"))}, UnsupportedData),
        ({BASE: sealed(bytes.fromhex("01 08 00 00 90 01 00 04 00") + chip())}, InvalidData),
        ({BASE: CARD[:100]}, InvalidData),
        ({SELF_TEST: sealed(bytes.fromhex("00 04 00 00 60"))}, HardwareError),
        ({SELF_TEST: sealed(bytes.fromhex("00 04 00 00 66"))}, HardwareError),
        ({FIND: sealed(bytes.fromhex("00 04 00 00 23"))}, HardwareError),
    ],
)
def test_each_refusal_has_its_error_and_a_remedy(
    changes: Mapping[str, bytes | list[bytes]], error: type[DeviceError]
) -> None:
    with pytest.raises(error) as caught:
        read(changes)
    assert caught.value.remedy.zh
    assert caught.value.remedy.en
    assert "王" not in str(caught.value)


def test_an_answer_that_comes_too_late_is_not_taken_for_a_card() -> None:
    """A late "success" would pass for "found" with readers that say 90: the citizen would see an error, unasked."""
    delays = [0.0, 0.5, 0.1]

    def reply(request: str, before: int) -> bytes:
        if request == SELF_TEST:
            threading.Event().wait(delays[before])
        return NO_CARD if request == FIND else SCRIPT[request]

    with scripted(reply) as (link, heard):
        driver = SamReader(Settings(link=link, poll_interval_s=0.01, answer_timeout_s=0.4, quiet_s=0.4))
        assert driver.status().media is MediaState.NOT_PRESENT
        with pytest.raises(TimeOut):
            driver.read_card(Deadline(1.0))
        driver.close()
    assert heard.count(SELF_TEST) == 3
    assert SELECT not in heard


def test_a_reader_that_hangs_up_after_each_dialogue_is_met_again() -> None:
    finds = [FOUND, NO_CARD, FOUND]

    def reply(request: str, before: int) -> bytes:
        return finds[before] if request == FIND else SCRIPT[request]

    with scripted(reply, hang_up_after=ADDRESS) as (link, _), closing(reader(link)) as driver:
        assert driver.read_card(Deadline(10)).name == "王小满"
        assert driver.read_card(Deadline(10)).name == "王小满"


@pytest.mark.parametrize("answer", [SILENCE, OK, b"\x13\x37", FOUND])
def test_a_reader_without_a_number_is_online_all_the_same(answer: bytes) -> None:
    script = {**SCRIPT, NUMBER: answer}
    with scripted(lambda request, _: script[request]) as (link, _), closing(reader(link)) as driver:
        status = driver.status()
    assert (status.device, status.sam_number) == (DeviceState.ONLINE, "")


@pytest.mark.parametrize("answer", [SILENCE, COMMAND_ERROR], ids=["silent", "command error"])
def test_a_reader_that_does_not_know_the_self_test_still_reads(answer: bytes) -> None:
    card, heard = read({SELF_TEST: answer, NUMBER: answer})
    assert card.name == "王小满"
    assert heard[-4:] == [FIND, SELECT, BASE, ADDRESS]


def test_a_reader_that_answers_nothing_at_all_is_no_reader() -> None:
    with scripted(lambda *_: SILENCE) as (link, _), closing(reader(link)) as driver, pytest.raises(NoDevice):
        driver.read_card(Deadline(10))


hostile = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda raw: sealed((len(raw) + 1).to_bytes(2, "big") + raw), st.binary(min_size=3, max_size=60)),
    st.builds(lambda place, value: CARD[:place] + bytes((value,)) + CARD[place + 1 :], st.integers(0, 1294), st.integers(0, 255)),
    st.builds(lambda place: CARD[:place], st.integers(0, 1294)),
    st.sampled_from([FOUND, SELECTED, NO_CARD, OK, CARD, NEW_ADDRESS]),
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([SELF_TEST, NUMBER, FIND, SELECT, BASE, FINGERPRINT, ADDRESS]), hostile))
def test_whatever_a_peer_sends_the_driver_ends_in_time_with_a_card_or_an_error_of_the_tree(
    changes: Mapping[str, bytes],
) -> None:
    with scripted(lambda request, _: {**SCRIPT, **changes}.get(request, b"")) as (link, _):
        driver = SamReader(
            Settings(
                link=link, poll_interval_s=0.01, answer_timeout_s=0.05, read_timeout_s=0.05,
                newest_address_timeout_s=0.02, quiet_s=0.02,
            )
        )  # fmt: skip
        with suppress(DeviceError):
            assert isinstance(driver.read_card(Deadline(0.3)), IdentityCard)
        driver.status()
        driver.close()


def test_a_peer_that_never_stops_talking_does_not_hold_the_driver() -> None:
    with scripted(lambda _request, _before: b"\xaa\x00" * 50_000) as (link, _):
        driver = reader(link)
        with pytest.raises(DeviceError):
            driver.read_card(Deadline(1.0))
        driver.close()


def test_a_card_without_a_number_is_no_card() -> None:
    with pytest.raises(InvalidData, match="no number"):
        read({BASE: sealed(CARD[5:14] + b" \0" * 128 + CARD[270:1294])})
