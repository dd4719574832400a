"""The doctor is asked when something is wrong: it must find it, say it plainly, and never fall ill itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from drivers.virtual.bench import Bench
from kiosk import doctor
from kiosk.doctor import Finding, Grade, examine
from kiosk.materials import corners
from kiosk.materials.reading import engine
from kiosk.protocol.envelope import publish
from kiosk.protocol.messages import Centre as Hello
from screens import fonts
from tests.contract.peers import free_port

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT / "config.toml").read_text("utf-8")
NOW = datetime(2026, 11, 20, tzinfo=UTC).timestamp()


def settings(tmp_path: Path, text: str = SHIPPED) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(text, "utf-8")
    return file


def look(file: Path, *overrides: str, now: float = NOW) -> list[Finding]:
    nowhere = (
        f"paths.data={file.parent / 'data'}",
        f"central.url=http://127.0.0.1:{free_port()}",
        "devices.id_card_reader.link=/dev/ttyNOBODY",
        "devices.smart_card.enabled=false",  # the system's pcscd is not this test's to ask
        "devices.document_camera.link=/dev/video-nobody",
        "devices.receipt_printer.link=/dev/usb/lp-nobody",
    )
    found = list(examine(file, (*nowhere, *overrides), clock=lambda: now))
    for finding in found:
        assert finding.what.zh
        assert finding.what.en
        if finding.grade is not Grade.OK:
            assert finding.mend is not None, finding
            assert finding.mend.zh
            assert finding.mend.en
    return found


def about(found: list[Finding], words: str) -> Finding:
    (finding,) = [each for each in found if words in each.what.en]
    return finding


def test_with_nothing_plugged_in_each_device_is_named_with_its_remedy(tmp_path: Path) -> None:
    found = look(settings(tmp_path))
    for device in ("identity card reader", "document camera", "receipt printer"):
        finding = about(found, device)
        assert finding.grade is Grade.BAD
        assert "not found" in finding.what.en
    assert about(found, "smart card reader").grade is Grade.OK, "none is wanted"
    assert about(found, "central.public_key").grade is Grade.BAD
    away = about(found, "is away")
    assert away.grade is Grade.WARNING
    assert "safe" in away.what.en


def test_broken_settings_are_named_key_by_key_and_the_rest_is_still_examined(tmp_path: Path) -> None:
    text = SHIPPED.replace("number = 1 ", "number = 1000 ").replace("paper_width_mm", "paper_width")
    found = look(settings(tmp_path, text))
    assert about(found, "terminal.number").grade is Grade.BAD
    assert about(found, "clock:").grade is Grade.OK
    assert about(look(settings(tmp_path, SHIPPED.replace("paper_width_mm", "paper_width"))), "paper_width: unknown key")


def test_missing_settings_are_said(tmp_path: Path) -> None:
    finding = about(look(tmp_path / "absent.toml"), "absent.toml: cannot be read")
    assert finding.grade is Grade.BAD
    assert finding.mend is not None
    assert "--config" in finding.mend.en, "no key of a file that is not there can be corrected"


@pytest.mark.parametrize("parent", ["/proc", "/dev/null"])
def test_a_data_folder_that_cannot_be_made_is_found(tmp_path: Path, parent: str) -> None:
    finding = about(look(settings(tmp_path), f"paths.data={parent}/kiosk"), "data folder")
    assert finding.grade is Grade.BAD
    assert "nothing can be submitted" in finding.what.en


def test_looking_at_the_data_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    file = settings(tmp_path)
    assert about(look(file), "data folder").grade is Grade.OK
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_disk_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 2**60)
    assert "MiB free" in about(look(settings(tmp_path)), "MiB free").what.en


def test_a_damaged_outbox_is_found(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "kiosk.db").write_bytes(b"this is no database" * 500)
    assert about(look(settings(tmp_path)), "outbox:").grade is Grade.BAD


@pytest.mark.parametrize("now", [0.0, 13_300_000_000.0])
def test_a_clock_that_is_years_wrong_is_found(tmp_path: Path, now: float) -> None:
    finding = about(look(settings(tmp_path), now=now), "the clock says")
    assert finding.grade is Grade.BAD
    assert "wrong" in finding.what.en


def test_a_clock_beyond_all_calendars_does_not_stop_the_other_checks(tmp_path: Path) -> None:
    found = look(settings(tmp_path), now=1e18)
    assert about(found, "clock did not come to its end").grade is Grade.BAD
    assert about(found, "receipt printer")


def test_missing_fonts_and_libraries_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "FOLDER", tmp_path)
    monkeypatch.setattr(fonts, "SYSTEM_FOLDER", tmp_path)
    monkeypatch.setattr(doctor.ctypes.util, "find_library", lambda name: None if name == "GL" else name)
    found = look(settings(tmp_path))
    assert about(found, "NotoSansSC-Regular").grade is Grade.BAD
    rare = about(found, "HanaMin")
    assert rare.grade is Grade.WARNING
    assert rare.mend is not None
    assert "apt-get install fonts-hanazono" in rare.mend.zh
    library = about(found, "library GL")
    assert library.mend is not None
    assert "apt-get install libgl1" in library.mend.en


def test_models_that_are_missing_are_found_before_a_citizen_lays_a_paper_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corners, "corner_net", lambda: corners.CornerNet(tmp_path / "corners.onnx"))
    monkeypatch.setattr(engine, "_WHEEL", "no_such_package")
    found = look(settings(tmp_path))
    assert about(found, "cannot be photographed").grade is Grade.BAD
    assert about(found, "cannot be read, and get no hints").grade is Grade.WARNING


def test_a_driver_that_breaks_is_one_finding_among_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_config: object, _name: str) -> Any:
        raise ValueError("王小满")

    monkeypatch.setattr(doctor, "open_device", broken)
    found = look(settings(tmp_path))
    assert "ValueError" in about(found, "receipt printer").what.en
    assert "王小满" not in str(found)


PUBLISHED = publish(X25519PrivateKey.generate().public_key())
OTHER = publish(X25519PrivateKey.generate().public_key())


class Centre(BaseHTTPRequestHandler):
    """Says the first thing that a centre says."""

    body = Hello(key=PUBLISHED, server_time=datetime.now(UTC), chunk_size=1 << 20, max_part_size=1 << 24)
    answer = body.model_dump_json().encode()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None:
        """Visitors are not logged."""


class Portal(Centre):
    """A hotel's log-in page."""

    answer = b"<html>welcome</html>"


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_centre_with_another_key_is_found(tmp_path: Path) -> None:
    file = settings(tmp_path)
    with served(Centre) as url:
        right = look(file, f"central.url={url}", f"central.public_key={PUBLISHED.public_key}")
        wrong = look(file, f"central.url={url}", f"central.public_key={OTHER.public_key}")
    assert about(right, "centre:").grade is Grade.OK
    assert about(wrong, "the centre's key is not the one").grade is Grade.BAD


def test_a_captive_portal_is_no_centre(tmp_path: Path) -> None:
    with served(Portal) as url:
        assert about(look(settings(tmp_path), f"central.url={url}"), "is away").grade is Grade.WARNING


# ------------------------------------------------------------------------------------------------- as a command


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    without_display = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, "-m", "kiosk", "doctor", *arguments],
        cwd=ROOT,
        env={**without_display, **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_on_a_bench_with_everything_there_nothing_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "bench").mkdir()
    with Bench(tmp_path / "bench") as bench, served(Centre) as url:
        wanted = {
            "paths.data": str(tmp_path / "data"),
            "central.url": url,
            "central.public_key": PUBLISHED.public_key,
            **{f"devices.{name}.{key}": value for name, own in bench.settings().items() for key, value in own.items()},
        }
        sets = [part for key, value in wanted.items() for part in ("--set", f"{key}={value}")]
        ended = command("--json", *sets)
    answer = json.loads(ended.stdout)
    wrong = [finding["what"]["en"] for finding in answer["findings"] if finding["grade"] == "bad"]
    assert wrong == []
    assert (answer["served"], ended.returncode) == (True, 0)
    assert {"identity card reader: well", "receipt printer: well"} <= {f["what"]["en"] for f in answer["findings"]}


def test_it_speaks_the_shells_language_and_fails_when_citizens_cannot_be_served(tmp_path: Path) -> None:
    absent = ("--config", str(tmp_path / "absent.toml"))
    chinese = command(*absent, LC_ALL="zh_CN.UTF-8")
    english = command(*absent, LC_ALL="C.UTF-8")
    assert (chinese.returncode, english.returncode) == (1, 1)
    assert "让当前用户能读" in chinese.stdout.decode()
    assert "name one with --config" in english.stdout.decode()
    assert not chinese.stderr + english.stderr
