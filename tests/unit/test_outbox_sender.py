"""The sender against a real centre and against whatever else may answer on a network.

If these fail, an application is lost, sent twice, waits for ever behind another, or counts as sent because a hotel's
log-in page said 200.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import pytest

from central.store.models import Submission
from drivers.virtual.personas import PERSONAS
from kiosk.outbox import queue
from kiosk.outbox.client import ANSWER_LIMIT, ANSWER_SECONDS, CentreClient, Unreachable
from kiosk.outbox.sender import CENTRE_WAITS, FIRST_WAIT, LONGEST_WAIT, Sender
from kiosk.outbox.store import Store, open_store
from kiosk.outbox.table import OutboxState
from kiosk.protocol.messages import SubmissionReceipt
from kiosk.protocol.problems import MEDIA_TYPE, ProblemType, problem
from tests.central.rig import (
    KIB,
    FakeClock,
    RunningCentre,
    hand_in,
    http,
    impostor,
    initialised,
    photo,
    running_centre,
)

LOGIN_PAGE = http("200 OK", b"<html><body>Welcome to Hotel WiFi</body></html>")


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[RunningCentre]:
    with running_centre(initialised(tmp_path / "centre")) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "kiosk" / "store.db")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def states(store: Store) -> list[str]:
    return [entry.state.value for entry in queue.entries(store)]


def posing_as(
    centre: RunningCentre, status: str, body: bytes, content_type: str = "application/json"
) -> AbstractContextManager[str]:
    """A server that passes the pre-flight with the centre's own answer and then says `body` to everything."""
    honest = centre.get("/api/v1/centre").content

    def answer(head: bytes) -> bytes:
        if head.startswith(b"GET /api/v1/centre "):
            return http("200 OK", honest, "application/json")
        return http(status, body, content_type, "Upload-Offset: 0\r\n")

    return impostor(answer)


def test_everything_stored_arrives_oldest_first_and_the_sealed_files_go(store: Store, centre: RunningCentre) -> None:
    slips = [hand_in(store, centre.key, [photo(2_500_000, n)]).slip_number for n in range(3)]
    report = Sender(store, centre.url).run_once()
    assert [sent.slip_number for sent in report.acknowledged] == slips
    assert states(store) == ["acknowledged"] * 3
    assert [path.name for path in store.folder.iterdir()] == [".writing"]
    assert [entry.case_number for entry in queue.entries(store)] == [sent.case_number for sent in report.acknowledged]


def test_with_the_network_away_everything_waits_and_counts(store: Store, centre: RunningCentre) -> None:
    clock = FakeClock()
    hand_in(store, centre.key, [photo(500)])
    sender = Sender(store, "http://127.0.0.1:1", clock=clock.clock)
    waits = []
    for _ in range(8):
        report = sender.run_once()
        assert not report.online
        waits.append(report.wait)
        clock.pass_by(report.wait)
    assert waits == [*CENTRE_WAITS, *[CENTRE_WAITS[-1]] * (8 - len(CENTRE_WAITS))]
    (entry,) = queue.entries(store)
    assert (entry.state, entry.attempts) == (OutboxState.QUEUED, 0)
    later = Sender(store, centre.url, clock=clock.clock)
    assert len(later.run_once().acknowledged) == 1


def test_before_the_wait_is_over_nobody_is_asked_unless_told_to(store: Store, centre: RunningCentre) -> None:
    clock = FakeClock()
    asked: list[bytes] = []

    def answer(head: bytes) -> bytes:
        asked.append(head)
        return LOGIN_PAGE

    with impostor(answer) as url:
        sender = Sender(store, url, clock=clock.clock)
        sender.run_once()
        clock.pass_by(CENTRE_WAITS[0] - 1)
        assert sender.run_once().wait == pytest.approx(1)
        assert len(asked) == 1
        clock.pass_by(1)
        sender.run_once()
        assert len(asked) == 2


def test_captive_portal_200_is_failure(store: Store, centre: RunningCentre) -> None:
    hand_in(store, centre.key, [photo(500)])
    with impostor(lambda _: LOGIN_PAGE) as url:
        report = Sender(store, url).run_once()
    assert report.acknowledged == ()
    assert not report.online
    assert report.trouble
    assert states(store) == ["queued"]


@pytest.mark.parametrize(
    ("status", "body", "content_type"),
    [
        ("200 OK", b"<html>log in</html>", "text/html"),
        ("200 OK", b"{}", "application/json"),
        ("201 Created", b"<html>log in</html>", "text/html"),
        ("201 Created", b"{}", "application/json"),
        ("201 Created", b"[" * 50_000, "application/json"),
        ("201 Created", b"\xff\xfe\x00", "application/json"),
        ("302 Found", b"", "text/html"),
        ("404 Not Found", b"<html>proxy</html>", "text/html"),
        ("422 Unprocessable", b'{"type":"urn:someone:else"}', MEDIA_TYPE),
        ("500 Oops", b"", "text/plain"),
        ("502 Bad Gateway", b"<html>nginx</html>", "text/html"),
    ],
)
def test_nonsense_answers_never_count_and_never_reject(
    store: Store, centre: RunningCentre, status: str, body: bytes, content_type: str
) -> None:
    hand_in(store, centre.key, [])
    with posing_as(centre, status, body, content_type) as url:
        report = Sender(store, url).run_once()
    assert report.acknowledged == ()
    assert report.rejected == ()
    assert report.trouble
    assert states(store) == ["queued"]
    assert len(Sender(store, centre.url).run_once().acknowledged) == 1


def test_a_receipt_for_somebody_elses_application_is_not_believed(store: Store, centre: RunningCentre) -> None:
    hand_in(store, centre.key, [])
    Sender(store, centre.url).run_once()
    with centre.parts.database.reading() as session:
        others = session.query(Submission).one().answer.encode()
    hand_in(store, centre.key, [], "liu")
    with posing_as(centre, "201 Created", others) as url:
        assert Sender(store, url).run_once().acknowledged == ()
    assert states(store) == ["acknowledged", "queued"]


@pytest.mark.parametrize(("status", "counts"), [("200 OK", 0), ("201 Created", 1), ("202 Accepted", 1)])
def test_only_201_and_202_are_success_even_with_a_perfect_receipt(
    store: Store, centre: RunningCentre, status: str, counts: int
) -> None:
    hand_in(store, centre.key, [])
    (entry,) = queue.entries(store)
    receipt = SubmissionReceipt(
        application_id=entry.application_id,
        slip_number=entry.slip_number,
        case_number="150626-20261120-000001",
        received_at="2026-11-20T13:40:00Z",  # type: ignore[arg-type]
    )
    with posing_as(centre, status, receipt.model_dump_json().encode()) as url:
        assert len(Sender(store, url).run_once().acknowledged) == counts


def test_redirects_are_not_followed_and_named_by_host_only(store: Store, centre: RunningCentre) -> None:
    hand_in(store, centre.key, [photo(500)])
    followed: list[bytes] = []

    def portal(head: bytes) -> bytes:
        followed.append(head)
        return LOGIN_PAGE

    with impostor(portal) as elsewhere:
        moved = http("307 Temporary Redirect", b"", extra=f"Location: {elsewhere}/login?token=abc\r\n")
        with impostor(lambda _: moved) as url:
            report = Sender(store, url).run_once()
    assert followed == []
    assert "127.0.0.1" in report.trouble
    assert "token" not in report.trouble
    assert states(store) == ["queued"]


def test_an_endless_answer_is_cut_off(store: Store) -> None:
    with impostor(lambda _: http("200 OK", b" " * (ANSWER_LIMIT + 100_000), "application/json")) as url:
        assert "long" in Sender(store, url).run_once().trouble


def test_an_answer_that_drips_is_given_up_when_its_time_is_over(store: Store) -> None:
    """Each byte comes in good time, the whole never does: nothing behind it would ever be sent."""
    clock, given_up, long = FakeClock(), threading.Event(), 4 * ANSWER_SECONDS
    begun = clock.monotonic_time

    def drip(connection: socket.socket) -> None:
        connection.recv(64 * KIB)
        with suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            for _ in range(int(long)):
                clock.pass_by(1.0)  # before the byte: whoever reads it finds that much time gone
                connection.sendall(b" ")
                if given_up.wait(0.005):
                    break
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        dripping = threading.Thread(target=lambda: drip(listener.accept()[0]))
        dripping.start()
        client = CentreClient(f"http://127.0.0.1:{listener.getsockname()[1]}", monotonic=clock.clock.monotonic)
        try:
            with pytest.raises(Unreachable, match="takes too long"):
                client.centre()
            assert clock.monotonic_time - begun < long, "it waited for the end of the answer"
        finally:
            given_up.set()
            client.close()
            dripping.join()


def test_header_garbage_is_trouble_and_no_crash(store: Store) -> None:
    for raw in (
        b"\x00\x01\x02\r\n\r\n",
        b"HTTP/9.9 banana\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    ):
        with impostor(lambda _, raw=raw: raw) as url:  # type: ignore[misc]
            assert Sender(store, url).run_once().trouble


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
def test_a_terminal_that_is_not_admitted_stops_the_batch(store: Store, centre: RunningCentre, status: str) -> None:
    for _ in range(3):
        hand_in(store, centre.key, [])
    clock = FakeClock()
    with posing_as(centre, status, b"") as url:
        sender = Sender(store, url, clock=clock.clock)
        report = sender.run_once()
        clock.pass_by(report.wait)
        assert sender.run_once().wait > report.wait  # it asks ever more seldom
    assert "admit" in report.trouble
    assert not report.online  # nothing gets through, so the next slip must say 待上传
    assert [entry.attempts for entry in queue.entries(store)] == [2, 0, 0]
    assert states(store) == ["queued"] * 3


def test_what_the_centre_refuses_for_good_is_shown_and_kept(store: Store, centre: RunningCentre) -> None:
    stored = hand_in(store, centre.key, [photo(500)])
    refusal = problem(ProblemType.CANNOT_OPEN)
    with posing_as(centre, "422 Unprocessable", refusal.model_dump_json().encode(), MEDIA_TYPE) as url:
        sender = Sender(store, url)
        report = sender.run_once()
    assert report.rejected == (stored.slip_number,)
    (entry,) = queue.entries(store)
    assert entry.state is OutboxState.REJECTED
    assert refusal.title in entry.last_error
    assert queue.summary(store, 0.0).rejected == 1
    assert (queue.folder_of(store, entry) / "application").is_file()


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [flip_a_byte, Path.unlink])
def test_a_sealed_file_that_rotted_on_the_disk_is_shown_and_not_sent(
    store: Store, centre: RunningCentre, harm: Callable[[Path], None]
) -> None:
    hand_in(store, centre.key, [photo(500)])
    good = hand_in(store, centre.key, [photo(600)])
    rotten, _ = queue.entries(store)
    harm(queue.folder_of(store, rotten) / "file-001")
    report = Sender(store, centre.url).run_once()
    assert report.rejected == (rotten.slip_number,)
    assert "damaged" in report.trouble
    assert [sent.slip_number for sent in report.acknowledged] == [good.slip_number]


def test_what_a_crash_left_on_the_disk_is_swept_by_the_next_round(store: Store, centre: RunningCentre) -> None:
    (store.folder / "7d5a1cc4-0000-4000-8000-000000000000").mkdir()
    Sender(store, centre.url).run_once()
    assert [path.name for path in store.folder.iterdir()] == [".writing"]


def test_one_that_always_fails_waits_longer_each_time_and_holds_up_nobody(store: Store, centre: RunningCentre) -> None:
    clock = FakeClock()
    hand_in(store, centre.key, [])
    busy = problem(ProblemType.IN_FLIGHT).model_dump_json().encode()
    waits = []
    with posing_as(centre, "409 Conflict", busy, MEDIA_TYPE) as url:
        sender = Sender(store, url, clock=clock.clock)
        for _ in range(15):
            before = clock.wall_time
            sender.run_once()
            (entry,) = queue.entries(store)
            assert entry.next_attempt_at is not None
            waits.append(entry.next_attempt_at - before)
            assert sender.run_once().trouble == ""  # not due yet: not even tried
            clock.pass_by(waits[-1])
    assert waits[:4] == [FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4, FIRST_WAIT * 8]
    assert set(waits[7:]) == {LONGEST_WAIT}
    assert queue.summary(store, 0.0).stuck == 1  # shown to the technician, and never given up
    assert states(store) == ["queued"]
    assert len(Sender(store, centre.url, clock=clock.clock).run_once().acknowledged) == 1


@pytest.mark.parametrize("wall_time", [0.0, 4_102_444_800.0])
def test_a_clock_set_to_1970_or_2100_delays_nothing(store: Store, centre: RunningCentre, wall_time: float) -> None:
    clock = FakeClock()
    hand_in(store, centre.key, [])
    sender = Sender(store, "http://127.0.0.1:1", clock=clock.clock)
    sender.run_once()
    clock.wall_time = wall_time
    clock.monotonic_time += CENTRE_WAITS[0]
    assert sender.run_once().trouble  # asked again: the wall clock does not count
    assert len(Sender(store, centre.url, clock=clock.clock).run_once().acknowledged) == 1


def test_an_application_found_in_sending_is_sent_again_with_the_same_key(store: Store, centre: RunningCentre) -> None:
    stored = hand_in(store, centre.key, [photo(500)])
    (entry,) = queue.entries(store)
    queue.begin_try(store, entry)  # and then the power went
    report = Sender(store, centre.url).run_once()
    assert [sent.application_id for sent in report.acknowledged] == [stored.application_id]


def test_the_summary_counts_and_tells_the_age_of_the_oldest(store: Store, centre: RunningCentre) -> None:
    assert queue.summary(store, 2e9).oldest_seconds is None
    hand_in(store, centre.key, [])
    hand_in(store, centre.key, [])
    created = queue.entries(store)[0].created_at
    found = queue.summary(store, created + 90)
    assert (found.unsent, found.rejected, found.stuck) == (2, 0, 0)
    assert found.oldest_seconds == pytest.approx(90)
    assert queue.summary(store, 0.0).oldest_seconds is None  # the clock was reset: unknown, not minus fifty years


def test_reports_and_errors_hold_no_content(store: Store, centre: RunningCentre) -> None:
    hand_in(store, centre.key, [photo(500)])
    report = Sender(store, centre.url).run_once()
    shown = repr(report) + json.dumps([entry.last_error for entry in queue.entries(store)])
    assert PERSONAS["wang"].name not in shown
    assert PERSONAS["wang"].id_number not in shown
