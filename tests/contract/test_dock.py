"""The dock is how people and tests work the virtual devices: what it says is done must be done, on the real link.

The page is worked in Chromium where that is installed, as a person would: by clicking.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from click.testing import CliRunner, Result
from PIL import Image

from drivers.id_card_reader.sam import SamReader
from drivers.id_card_reader.sam import Settings as ReaderSettings
from drivers.receipt_printer import PrintOutcome, Receipt, Text
from drivers.receipt_printer.escpos_printer import EscposPrinter
from drivers.receipt_printer.escpos_printer import Settings as PrinterSettings
from drivers.status import Deadline
from drivers.virtual import pcscd
from drivers.virtual.bench import Bench
from drivers.virtual.client import DockClient, DockError
from drivers.virtual.dock import make_dock
from drivers.virtual.personas import PERSONAS
from kiosk.commands.bench import bench as bench_command
from tests.contract.peers import free_port

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
PATIENCE = 15.0
"""Seconds within which a program starts or ends, on any machine."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Running:
    """A `kiosk bench` that was started as a program."""

    process: subprocess.Popen[str]
    answer: dict[str, Any]
    dock: DockClient

    def options(self, device: str) -> dict[str, str]:
        return {key: value for key, value in self.answer["settings"][device].items() if key != "driver"}


@pytest.fixture(scope="module")
def bench() -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "bench", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    answer = json.loads(process.stdout.readline())
    yield Running(process, answer, DockClient(answer["dock"]))
    process.terminate()
    process.wait(PATIENCE)
    process.stdout.close()


@pytest.fixture(autouse=True)
def _tidy(bench: Running) -> Iterator[None]:
    yield
    for name in bench.dock.devices():
        bench.dock.clear(name)
    bench.dock.turn("id_card_reader", "lift")
    bench.dock.turn("document_camera", "clear")


def print_slip(bench: Running, words: str) -> PrintOutcome:
    printer = EscposPrinter(PrinterSettings.model_validate(bench.options("receipt_printer")))
    try:
        return printer.print_receipt(Receipt("1", (Text(words),)), Deadline(20)).outcome
    finally:
        printer.close()


def test_the_bench_says_in_one_line_where_its_dock_is_and_what_the_settings_must_say(bench: Running) -> None:
    assert set(bench.answer["settings"]) == {"id_card_reader", "smart_card", "document_camera", "receipt_printer"}
    assert bench.dock.settings().items() <= bench.answer["settings"].items()
    assert bench.dock.missing() == bench.answer["missing"]


def test_a_card_placed_over_the_dock_is_read_by_the_real_driver(bench: Running) -> None:
    reader = SamReader(ReaderSettings.model_validate(bench.options("id_card_reader")))
    try:
        bench.dock.turn("id_card_reader", "place", "zhang")
        assert reader.read_card(Deadline(10)).name == PERSONAS["zhang"].name
    finally:
        reader.close()
    assert bench.dock.devices()["id_card_reader"]["state"]["card"] == "zhang"


def test_what_was_printed_comes_as_picture_and_text(bench: Running) -> None:
    before = bench.dock.devices()["receipt_printer"]["prints"]
    assert print_slip(bench, "第一张 slip one") is PrintOutcome.CONFIRMED
    assert print_slip(bench, "第二张 slip two") is PrintOutcome.CONFIRMED
    picture, text = bench.dock.print(before)
    assert "第一张 slip one" in text
    assert Image.open(io.BytesIO(picture)).width == 576
    last = bench.dock.last_print()
    assert last is not None
    assert "第二张 slip two" in last[1]
    assert "slip one" not in last[1]
    with pytest.raises(DockError, match="there is no '999'"):
        bench.dock.print(999)
    with pytest.raises(DockError, match="printed 0 pieces"):
        bench.dock.print(0, "id_card_reader")
    assert bench.dock.last_print("id_card_reader") is None
    nothing = f"{bench.dock.url}/api/devices/id_card_reader/prints/last.png"
    assert requests.get(nothing, timeout=10).status_code == 404


def test_faults_are_armed_listed_and_cleared(bench: Running) -> None:
    armed = lambda: bench.dock.devices()["id_card_reader"]["armed"]  # noqa: E731
    bench.dock.fault("id_card_reader", "garbage", None)
    bench.dock.fault("id_card_reader", "slow", 2)
    assert armed() == ["garbage", "slow"]
    bench.dock.clear("id_card_reader", "slow")
    assert armed() == ["garbage"]
    bench.dock.clear("id_card_reader")
    assert armed() == []


def test_what_cannot_be_done_is_refused_with_the_reason(bench: Running) -> None:
    dock = bench.dock
    for wrong, said in (
        (lambda: dock.turn("kettle", "on"), "no device 'kettle'"),
        (lambda: dock.turn("id_card_reader", "shake"), "no knob 'shake'"),
        (lambda: dock.turn("id_card_reader", "place", "nobody"), "nobody"),
        (lambda: dock.turn("document_camera", "lay_file", "/nowhere.png"), "no picture"),
        (lambda: dock.fault("id_card_reader", "explode"), "no fault 'explode'"),
        (lambda: dock.fault("id_card_reader", "slow", 0), "greater than or equal to 1"),
        (lambda: dock.picture("id_card_reader"), "nothing to see"),
    ):
        with pytest.raises(DockError, match=said):
            wrong()


def test_nobody_there_and_somebody_else_there_are_told_apart(bench: Running) -> None:
    with pytest.raises(DockError, match="no answer from"):
        DockClient(f"http://127.0.0.1:{free_port()}").devices()
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as stranger:
        threading.Thread(target=stranger.handle_request).start()
        with pytest.raises(DockError, match="answers 501"):
            DockClient(f"http://127.0.0.1:{stranger.server_port}").devices()


def test_the_desks_picture_follows_what_lies_on_it(bench: Running) -> None:
    empty = bench.dock.picture("document_camera")
    bench.dock.turn("document_camera", "lay", "居住证明:wang")
    assert bench.dock.picture("document_camera") != empty


def test_a_paper_is_laid_as_whose_and_how_and_refused_when_there_is_no_such(bench: Running) -> None:
    knob = next(knob for knob in bench.dock.devices()["document_camera"]["knobs"] if knob["name"] == "lay")
    assert "机动车驾驶证" in knob["choices"]
    assert [part[0] for part in knob["further"]] == ["wang", ""]
    lying = lambda: bench.dock.devices()["document_camera"]["state"]["lying"]  # noqa: E731
    bench.dock.turn("document_camera", "lay", "driving_licence:yan:expired")
    assert lying() == "driving_licence:yan:expired"
    bench.dock.turn("document_camera", "put", "keys")
    assert lying() == "keys"
    bench.dock.turn("document_camera", "slide", "居住证:wang")
    assert bench.dock.devices()["document_camera"]["state"]["sliding"] is True
    for wrong in ("居住证:nobody", "居住证:wang:torn", "居住证明:wang:next_page"):
        with pytest.raises(DockError, match="lay"):
            bench.dock.turn("document_camera", "lay", wrong)
    with pytest.raises(DockError, match="put 'elephant'"):
        bench.dock.turn("document_camera", "put", "elephant")
    assert lying() == "居住证:wang"


def test_the_command_line_works_a_running_bench(bench: Running) -> None:
    def kiosk(*arguments: str) -> Result:
        return CliRunner().invoke(bench_command, arguments)

    at = ("--dock", bench.dock.url)
    assert kiosk("turn", *at, "id_card_reader", "place", "wang").exit_code == 0
    assert "王小满" in kiosk("state", *at, "id_card_reader").stdout
    assert kiosk("fault", *at, "id_card_reader", "slow").exit_code == 0
    assert "fault slow [armed]" in kiosk("state", *at).stdout
    assert kiosk("clear", *at, "id_card_reader").exit_code == 0
    assert "[armed]" not in kiosk("state", *at).stdout
    assert "[:expired|" in kiosk("state", *at, "document_camera").stdout.replace("[:|", "[:")
    refused = kiosk("turn", *at, "id_card_reader", "place", "nobody")
    assert refused.exit_code != 0
    assert "nobody" in refused.stderr


def test_without_its_debian_packages_the_bench_goes_on_without_the_smart_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pcscd, "_VPCD", tmp_path / "libifdvpcd.so")
    with Bench(tmp_path) as bench:
        assert set(bench.devices) == {"id_card_reader", "document_camera", "receipt_printer"}
        assert "apt-get install vsmartcard-vpcd" in bench.missing["smart_card"]
        assert bench.settings()["smart_card"] == {"enabled": "false"}
        links = [device.settings["link"] for device in bench.devices.values()]
        assert all(links)
    assert not os.path.lexists(links[0]), "the reader's link is gone with the bench"


def test_the_bench_ends_when_told_to() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "bench", "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as out:
        run_dir = Path(json.loads(out.readline())["settings"]["id_card_reader"]["link"]).parent
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    assert not run_dir.exists()


def test_a_port_that_is_taken_is_said_plainly(bench: Running) -> None:
    port = bench.dock.url.rpartition(":")[2]
    ended = CliRunner().invoke(bench_command, ["--port", port])
    assert ended.exit_code == 1
    assert f"port {port} on 127.0.0.1" in ended.stderr


# ---------------------------------------------------------------------------------------------- the page, by clicking


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any, bench: Running, request: pytest.FixtureRequest) -> Iterator[Any]:
    context = browser.new_context(locale=getattr(request, "param", "zh-CN"), viewport={"width": 1500, "height": 1100})
    tab = context.new_page()
    broken: list[str] = []
    tab.on("pageerror", lambda error: broken.append(str(error)))
    tab.goto(bench.dock.url)
    tab.wait_for_selector("#receipt_printer")
    yield tab
    context.close()
    assert not broken


@pytest.mark.parametrize(
    ("page", "title", "note"),
    [("zh-CN", "身份证阅读器", "普通成年人"), ("en-GB", "Identity card reader", "an ordinary adult")],
    indirect=["page"],
)
def test_a_click_places_a_card_and_the_page_shows_it(page: Any, bench: Running, title: str, note: str) -> None:
    assert page.inner_text("#id_card_reader h2") == title
    page.click("#id_card_reader [data-person=wang]")
    page.wait_for_selector("#id_card_reader .slot.full")
    assert "王小满" in page.inner_text("#id_card_reader .slot")
    assert note in page.inner_text("#id_card_reader .slot")
    assert bench.dock.devices()["id_card_reader"]["state"]["card"] == "wang"
    page.click("#id_card_reader [data-knob=lift]")
    page.wait_for_selector("#id_card_reader .slot:not(.full)")
    assert bench.dock.devices()["id_card_reader"]["state"]["card"] is None


def test_a_click_arms_a_fault_and_another_clears_it(page: Any, bench: Running) -> None:
    page.click("#receipt_printer summary")
    page.click("#receipt_printer [data-fault=no_answer]")
    page.wait_for_selector("#receipt_printer [data-fault=no_answer][aria-pressed=true]")
    assert page.inner_text("#receipt_printer summary b") == "不回答，但能打印"
    assert bench.dock.devices()["receipt_printer"]["armed"] == ["no_answer"]
    page.click("#receipt_printer [data-fault=no_answer]")
    page.wait_for_selector("#receipt_printer [data-fault=no_answer][aria-pressed=false]")
    assert bench.dock.devices()["receipt_printer"]["armed"] == []


def test_a_paper_is_chosen_by_kind_person_and_state_and_shows_in_the_picture(page: Any, bench: Running) -> None:
    parts = page.locator("#document_camera [data-part=lay]")
    for number, value in enumerate(("机动车驾驶证", "abdu", "expired")):
        parts.nth(number).select_option(value)
    before = page.get_attribute("#document_camera img", "src")
    page.click("#document_camera [data-knob=lay]")
    page.wait_for_function(
        "src => document.querySelector('#document_camera img').getAttribute('src') !== src", arg=before
    )
    assert bench.dock.devices()["document_camera"]["state"]["lying"] == "机动车驾驶证:abdu:expired"
    parts.nth(2).select_option("")
    page.click("#document_camera [data-knob=lay]")
    page.click("#document_camera summary")
    page.click("#document_camera [data-fault=two_sheets]")
    page.wait_for_selector("#document_camera [data-fault=two_sheets][aria-pressed=true]")
    assert bench.dock.devices()["document_camera"]["state"]["lying"] == "机动车驾驶证:abdu"
    assert bench.dock.devices()["document_camera"]["armed"] == ["two_sheets"]


def test_a_slip_shows_as_picture_and_text_when_it_is_printed(page: Any, bench: Running) -> None:
    assert print_slip(bench, "凭条上的字") is PrintOutcome.CONFIRMED
    page.wait_for_function("document.querySelector('#receipt_printer pre').textContent.includes('凭条上的字')")
    page.wait_for_function("document.querySelector('#receipt_printer .sheet img').naturalWidth === 576")


def test_what_the_device_does_by_itself_shows_without_a_click(page: Any, bench: Running) -> None:
    bench.dock.turn("receipt_printer", "cover", "open")
    page.wait_for_selector("#receipt_printer [data-knob=cover][data-value=open][aria-pressed=true]")
    bench.dock.turn("receipt_printer", "cover", "closed")
    page.wait_for_selector("#receipt_printer [data-knob=cover][data-value=closed][aria-pressed=true]")


def test_a_refusal_is_shown_where_it_was_asked_for(page: Any) -> None:
    page.fill("#document_camera input >> nth=0", "/nowhere.png")
    page.click("#document_camera [data-knob=lay_file]")
    page.wait_for_function("document.querySelector('#document_camera .error').textContent.includes('no picture')")


def test_the_language_changes_at_a_click(page: Any) -> None:
    page.click("[data-language=en]")
    page.wait_for_function("document.querySelector('#smart_card h2, h1').textContent.match(/^[A-Z]/)")
    assert page.inner_text("h1") == "Virtual devices"


def test_a_device_the_machine_cannot_have_is_said_on_the_page(browser: Any) -> None:
    server = uvicorn.Server(uvicorn.Config(make_dock({}, {"smart_card": "apt-get install it"}), log_level="warning"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            tab = browser.new_page(locale="zh-CN")
            tab.goto(f"http://127.0.0.1:{listener.getsockname()[1]}")
            notice = tab.wait_for_selector(".notice").inner_text()
            tab.close()
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
    assert notice == "社保卡读卡器 · apt-get install it"


def test_the_page_needs_nothing_from_elsewhere(bench: Running) -> None:
    assert "//" not in requests.get(bench.dock.url, timeout=10).text.replace("// ", "")
