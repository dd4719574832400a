"""`kiosk device …` must work on devices nobody here has written: it is what a technician trusts on site.

The commands run against a security module and a printer made from the published protocols alone
(`tests.contract.peers`), in a folder without settings: as programs, and variations of these in this process.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from drivers.virtual.desk import FIELD_WIDTH_MM
from drivers.virtual.document_camera import VirtualDocumentCamera
from kiosk.commands.device import device
from tests.contract.peers import (
    ADDRESS,
    MOVED_TO,
    NAME,
    NUMBER,
    PHOTO,
    VALID_UNTIL,
    Module,
    Printer,
    free_port,
    module_on_pty,
    module_on_tcp,
    printer_on_tcp,
)

ROOT = Path(__file__).parents[2]


@dataclass
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON object on one line and nothing else."""
        assert self.out.count("\n") == 1, self.out + self.err
        assert "Traceback" not in self.err
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


class Shell:
    """Runs `kiosk device …` in an empty folder, as a technician's laptop would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, **environment: str) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "kiosk", "device", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout.decode("utf-8"), ended.stderr.decode("utf-8", "replace"))

    def read_id(self, link: str, *more: str, **environment: str) -> Ended:
        return self("read-id", "--json", "--set", f"devices.id_card_reader.link={link}", *more, **environment)

    def print_test(self, link: str, *more: str) -> Ended:
        return self("print-test", "--json", "--set", f"devices.receipt_printer.link={link}", *more)


@pytest.fixture
def kiosk(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


class Here(Shell):
    """The same in this process, without the second that a program takes to start."""

    def __call__(self, *arguments: str, **environment: str) -> Ended:
        ended = CliRunner().invoke(device, arguments)
        return Ended(ended.exit_code, ended.stdout, ended.stderr)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    monkeypatch.chdir(tmp_path)
    return Here(tmp_path)


def is_an_error(ended: Ended, kind: str) -> Any:
    """The error object, checked for what every one must have."""
    error = ended.json
    assert ended.code != 0
    assert error["error"] == kind
    assert error["message"]
    assert error["remedy"]["zh"]
    assert error["remedy"]["en"]
    return error


# --------------------------------------------------------------------------------------------------- identity card


@contextmanager
def served(module: Module, link: str) -> Iterator[str]:
    with (module_on_pty if link == "pty" else module_on_tcp)(module) as url:
        yield url


@pytest.mark.parametrize(
    ("link", "module"),
    [
        pytest.param("pty", Module(), id="a serial module that says 90 when it finds a card"),
        pytest.param("pty", Module(found=0x9F, leading=b"\xaa\xaa", piece=1), id="byte by byte, with extra AA before"),
        pytest.param("tcp", Module(found=0x9F), id="behind a serial device server"),
        pytest.param("tcp", Module(leading=b"\x00\xff\xaa", piece=7), id="noise before each answer"),
    ],
)
def test_every_field_of_a_card_is_printed_as_one_json_object(kiosk: Shell, link: str, module: Module) -> None:
    with served(module, link) as url:
        ended = kiosk.read_id(url)
    assert ended.code == 0, ended.err
    card = ended.json
    assert card["name"] == NAME
    assert card["id_number"] == NUMBER
    assert card["address"] == ADDRESS
    assert card["sex"] == "男"
    assert card["ethnicity"] == "汉"
    assert card["birth_date"] == "1991-06-15"
    assert card["issuing_authority"] == "示例县公安局"
    assert card["valid_from"] == "2019-01-01"
    assert card["valid_until"] == VALID_UNTIL.isoformat()
    assert card["long_term"] is False
    assert card["kind"] == "resident"
    assert card["newest_address"] == ""
    assert base64.b64decode(card["photo"]) == PHOTO


def test_the_newest_address_is_printed_beside_the_printed_one(here: Here) -> None:
    with module_on_tcp(Module(newest_address=MOVED_TO)) as url:
        card = here.read_id(url).json
    assert (card["address"], card["newest_address"]) == (ADDRESS, MOVED_TO)


def test_a_rare_name_survives_a_terminal_that_speaks_another_encoding(kiosk: Shell) -> None:
    with module_on_tcp(Module()) as url:
        ended = kiosk.read_id(url, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert ended.json["name"] == NAME


def test_without_json_a_person_reads_every_field(kiosk: Shell) -> None:
    with module_on_tcp(Module()) as url:
        ended = kiosk("read-id", "--set", f"devices.id_card_reader.link={url}")
    assert ended.code == 0
    assert NAME in ended.out
    assert NUMBER in ended.out
    assert "请把身份证平放在感应区" in ended.err


def test_a_reader_that_is_not_there_is_said_with_its_remedy(here: Here) -> None:
    is_an_error(here.read_id("/dev/ttyNOBODY"), "NoDevice")
    is_an_error(here.read_id(f"socket://127.0.0.1:{free_port()}"), "NoDevice")


def test_a_module_that_never_answers_is_said_within_the_time_given(kiosk: Shell) -> None:
    with module_on_tcp(Module(answers=False)) as url:
        error = is_an_error(kiosk.read_id(url, "--timeout", "1"), "NoAnswer")
    assert url in error["message"]


def test_a_reader_without_a_card_says_that_no_card_came(kiosk: Shell) -> None:
    module = Module(found=0x80)
    with module_on_pty(module) as url:
        error = is_an_error(kiosk.read_id(url, "--timeout", "1"), "TimeOut")
    assert "no card came" in error["message"]
    assert module.asked.count(b"\x20\x01") > 1


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda answer: answer[:-1] + bytes([answer[-1] ^ 1]), id="wrong check byte"),
        pytest.param(lambda answer: b"\x55" * len(answer), id="garbage"),
        pytest.param(lambda answer: answer[:5] + b"\xff\xff" + answer[7:], id="impossible length"),
    ],
)
def test_damaged_answers_are_an_error_and_never_a_card(kiosk: Shell, damage: Any) -> None:
    reader = "devices.id_card_reader"
    hasty = ("--set", f"{reader}.answer_timeout_s=0.5", "--set", f"{reader}.quiet_s=0.2")
    with module_on_tcp(Module(damage=damage)) as url:
        ended = kiosk.read_id(url, "--timeout", "4", *hasty)
    assert ended.code != 0
    assert ended.json["error"] in {"DamagedAnswer", "NoAnswer", "TimeOut"}
    assert NUMBER not in ended.out + ended.err


def test_a_card_with_lengths_that_contradict_each_other_is_refused(here: Here) -> None:
    module = Module()
    act = module._act
    module._act = lambda command: (0x90, b"\xff" * 400) if command == b"\x30\x01" else act(command)  # type: ignore[method-assign]
    with module_on_tcp(module) as url:
        is_an_error(here.read_id(url, "--timeout", "5"), "InvalidData")


# --------------------------------------------------------------------------------------------------------- printer


def test_a_printer_that_answers_everything_confirms_the_page(kiosk: Shell) -> None:
    printer = Printer(queued=True)
    with printer_on_tcp(printer) as link:
        ended = kiosk.print_test(link)
    assert ended.code == 0, ended.out
    assert (ended.json["outcome"], ended.json["paper"]) == ("confirmed", "full")
    assert "打印测试".encode("gb18030") in printer.received


SILENT, CURT = Printer(real_time=False), Printer()


@pytest.fixture(scope="module", autouse=True)
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Ended]]]:
    """Two printers that the driver must wait seconds for, tried while the other tests run."""
    kiosk = Shell(tmp_path_factory.mktemp("patient"))
    with ThreadPoolExecutor() as pool, printer_on_tcp(SILENT) as silent, printer_on_tcp(CURT) as curt:
        yield {"silent": pool.submit(kiosk.print_test, silent), "curt": pool.submit(kiosk.print_test, curt)}
        pool.shutdown()  # before the printers go


def test_a_printer_that_knows_only_dle_eot_confirms_by_staying_well(patient: dict[str, Future[Ended]]) -> None:
    ended = patient["curt"].result()
    assert ended.code == 0
    assert (ended.json["outcome"], ended.json["evidence"]) == ("confirmed", "status")


def test_a_printer_that_never_answers_is_unknown_and_not_a_success(patient: dict[str, Future[Ended]]) -> None:
    error = is_an_error(patient["silent"].result(), "PrintUnknown")
    assert (error["outcome"], error["paper"]) == ("unknown", "unknown")
    assert "打印测试".encode("gb18030") in SILENT.received


def test_without_paper_nothing_is_sent_and_the_paper_is_said_to_be_out(here: Here) -> None:
    printer = Printer(queued=True, status={1: 0x08, 2: 0x20, 4: 0x60})
    with printer_on_tcp(printer) as link:
        error = is_an_error(here.print_test(link), "PrintFailed")
    assert (error["outcome"], error["paper"]) == ("failed", "out")
    assert "换一卷纸" in error["remedy"]["zh"]
    assert "打印测试".encode("gb18030") not in printer.received


def test_low_paper_prints_and_is_reported(here: Here) -> None:
    with printer_on_tcp(Printer(queued=True, status={4: 0x0C})) as link:
        ended = here.print_test(link)
    assert ended.code == 0
    assert (ended.json["outcome"], ended.json["paper"]) == ("confirmed", "low")


def test_a_printer_that_hangs_up_in_the_middle_is_unknown(here: Here) -> None:
    with printer_on_tcp(Printer(hangs_up_after=600)) as link:
        error = is_an_error(here.print_test(link), "PrintUnknown")
    assert error["outcome"] == "unknown"


def test_a_printer_that_hangs_up_at_once_has_failed(here: Here) -> None:
    with printer_on_tcp(Printer(hangs_up_after=0)) as link:
        error = is_an_error(here.print_test(link), "PrintFailed")
    assert error["outcome"] == "failed"


def test_no_printer_at_all_is_a_failure_with_a_remedy(here: Here) -> None:
    error = is_an_error(here.print_test(f"socket://127.0.0.1:{free_port()}"), "PrintFailed")
    assert (error["outcome"], error["paper"]) == ("failed", "unknown")


# ------------------------------------------------------------------------------------------- list, status, settings


def test_list_without_settings_names_every_device_with_its_usual_driver(here: Here) -> None:
    ended = here("list", "--json", "--set", "devices.receipt_printer.link=socket://127.0.0.1:9100")
    rows = {row["device"]: row for row in ended.json["devices"]}
    assert ended.code == 0
    assert set(rows) == {"id_card_reader", "smart_card", "document_camera", "receipt_printer"}
    assert rows["receipt_printer"]["link"] == "socket://127.0.0.1:9100"
    assert rows["id_card_reader"]["driver"] == "sam"


def test_status_tells_of_each_device_and_fails_while_one_is_away(kiosk: Shell) -> None:
    with module_on_tcp(Module()) as reader, printer_on_tcp(Printer(status={4: 0x0C})) as printer:
        links = (
            f"devices.id_card_reader.link={reader}",
            f"devices.receipt_printer.link={printer}",
            "devices.smart_card.enabled=false",
            "devices.document_camera.link=/dev/video-nobody",
        )
        arguments = [part for link in links for part in ("--set", link)]
        everything = kiosk("status", "--json", *arguments)
        two = kiosk("status", "id_card_reader", "receipt_printer", "--json", *arguments)
    found = everything.json
    assert everything.code == 1
    assert found["document_camera"]["device"] == "noDevice"
    assert found["document_camera"]["remedy"]["en"]
    assert found["smart_card"]["device"] == "disabled"
    assert (found["id_card_reader"]["device"], found["id_card_reader"]["media"]) == ("online", "present")
    assert (found["receipt_printer"]["device"], found["receipt_printer"]["paper"]) == ("online", "low")
    assert two.code == 0
    assert set(two.json) == {"id_card_reader", "receipt_printer"}


def test_capture_without_a_camera_is_an_error(here: Here) -> None:
    is_an_error(here("capture", "--json", "--set", "devices.document_camera.link=/dev/video-nobody"), "NoDevice")


def test_capture_judges_with_the_scale_that_the_terminal_judges_with(here: Here) -> None:
    camera = VirtualDocumentCamera(fps=6)
    camera.start()
    try:
        camera.lay("marriage_certificate:wang")
        settings = [f"--set=devices.document_camera.{key}={value}" for key, value in camera.settings.items()]
        found = here("capture", "--json", *settings).json
    finally:
        camera.stop()
    assert found["format"] == "free"
    assert found["dpi"] == pytest.approx(1080 / FIELD_WIDTH_MM * 25.4, rel=0.02)


def test_read_social_without_a_service_is_an_error(kiosk: Shell, tmp_path: Path) -> None:
    socket = f"devices.smart_card.pcsc_socket={tmp_path / 'nobody.sock'}"
    is_an_error(kiosk("read-social", "--json", "--timeout", "5", "--set", socket), "NoDevice")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[devices.id_card_reader]\nlinc = 'x'\n", "mine.toml: devices.id_card_reader.linc: unknown key"),
        ("[devices.id_card_reader]\nbaud = -1\n", "mine.toml: devices.id_card_reader.baud: "),
        ("[devices.scanner]\nlink = 'x'\n", "mine.toml: devices.scanner: unknown key"),
        ("[devices.id_card_reader]\ndriver = 'other'\n", "mine.toml: devices.id_card_reader.driver: no driver 'other'"),
        ("[devices", "mine.toml: not valid TOML"),
    ],
)
def test_bad_settings_are_refused_with_file_key_and_reason(here: Here, text: str, said: str) -> None:
    (here.folder / "mine.toml").write_text(text, "utf-8")
    for command in ("read-id", "list"):
        error = is_an_error(here(command, "--json", "--config", "mine.toml"), "ConfigError")
        assert said in error["message"]


def test_a_settings_file_that_was_named_must_be_there(here: Here) -> None:
    assert "cannot be read" in is_an_error(here("list", "--json", "--config", "absent.toml"), "ConfigError")["message"]


def test_a_settings_file_with_devices_only_is_enough(here: Here) -> None:
    with module_on_tcp(Module()) as url:
        (here.folder / "config.toml").write_text(f'[devices.id_card_reader]\nlink = "{url}"\n', "utf-8")
        assert here("read-id", "--json").json["id_number"] == NUMBER


def test_another_devices_bad_settings_do_not_keep_a_card_from_being_read(here: Here) -> None:
    with module_on_tcp(Module()) as url:
        assert here.read_id(url, "--set", "devices.receipt_printer.paper_width_mm=70").json["name"] == NAME
