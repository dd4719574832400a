"""The scripted citizen: its touches are real ones, and it cannot do what a person could not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kivy.uix.widget import Widget
from PIL import Image

from kiosk.visit.events import Choose, Enter, Event, Signed, Start
from kiosk.visit.views import Action, Chrome, Field, FormView, GoodbyeView, Keyboard, SignView
from screens.app import KioskApp
from screens.citizen import SCREENS
from screens.fallback import FallbackScreen
from screens.pilot import Pilot
from screens.pilot_client import PilotClient, PilotError
from screens.widgets.tappable import Tappable

GO, OFF = Action("go", "下一步", Start()), Action("off", "不能点", Choose("off"), enabled=False)
GOODBYE = GoodbyeView("goodbye", Chrome("根河市", actions=(OFF,), primary=GO), "再见", "", "您的信息已清除")
FORM = FormView(
    "form",
    Chrome("根河市"),
    "您现在住在哪里？",
    "",
    "",
    (
        Field("address", "详细地址", keyboard=Keyboard.PINYIN),
        Field("phone", "手机号", keyboard=Keyboard.DIGITS, max_length=11),
    ),
)
SIGN = SignView("sign", Chrome("根河市"), "请签名", "", "", "我承诺", (), Action("clear", "重写", Choose("clear")))


class Cover(Tappable, Widget):
    """Lies over everything."""

    key, label = "cover", "遮住"


@pytest.fixture
def socket_path(tmp_path: Path) -> Path:
    return tmp_path / "pilot"


@pytest.fixture
def drive(
    start_app: Any, running: Any, socket_path: Path
) -> Iterator[Callable[[Callable[[PilotClient, KioskApp], None]], None]]:
    """Run the app and a client's steps beside it."""
    pilots: list[Pilot] = []

    def run(steps: Callable[[PilotClient, KioskApp], None], screens: Any = SCREENS) -> None:
        app, _ = start_app(screens)
        pilots.append(Pilot(app, socket_path))

        def client() -> None:
            with PilotClient(socket_path) as pilot:
                steps(pilot, app)

        running(app, client)

    yield run
    for pilot in pilots:
        pilot.close()


@pytest.fixture
def echo(port: Any) -> list[Event]:
    """Have the visit keep what is entered, as the real one does."""
    values: dict[str, str] = {}

    def emit(event: Event) -> None:
        port.events.append(event)
        if isinstance(event, Enter):
            values[event.field_key] = event.value
            fields = tuple(replace(field, value=values.get(field.key, "")) for field in FORM.fields)
            port.on_view(replace(FORM, fields=fields))

    port.emit = emit
    return port.events  # type: ignore[no-any-return]


def test_a_tap_does_what_the_button_does(drive: Any, port: Any) -> None:
    def steps(pilot: PilotClient, app: KioskApp) -> None:
        port.on_view(GOODBYE)
        state = pilot.wait(screen="goodbye", key="go")
        assert state.title == "再见"
        assert state.keys() == ("go",)
        pilot.tap("go")
        pilot.tap_text("下一步")

    drive(steps)
    assert port.events == [Start(), Start()]


def test_what_a_person_could_not_tap_the_pilot_cannot_either(drive: Any, port: Any) -> None:
    def steps(pilot: PilotClient, app: KioskApp) -> None:
        port.on_view(GOODBYE)
        pilot.wait(screen="goodbye")
        with pytest.raises(PilotError, match="disabled"):
            pilot.tap("off")
        with pytest.raises(PilotError, match="nothing to tap with key nowhere on screen goodbye"):
            pilot.tap("nowhere")
        app.loop.post(lambda: app.root.add_widget(Cover(size=(1080, 1920), size_hint=(1, 1))))
        with pytest.raises(PilotError, match="something lies over go"):
            pilot.tap("go")

    drive(steps)
    assert port.events == []


def test_text_is_typed_key_by_key_in_every_script(drive: Any, port: Any, echo: list[Event]) -> None:
    def steps(pilot: PilotClient, app: KioskApp) -> None:
        port.on_view(FORM)
        pilot.wait(screen="form")
        pilot.tap("address")
        pilot.type("河东街道中央大街12号楼B座")
        pilot.tap("phone")
        pilot.type("13800138000")

    drive(steps)
    entered = {event.field_key: event.value for event in echo if isinstance(event, Enter)}
    assert entered == {"address": "河东街道中央大街12号楼B座", "phone": "13800138000"}


def test_a_rare_name_is_typed_by_turning_pages(drive: Any, port: Any, echo: list[Event]) -> None:
    def steps(pilot: PilotClient, app: KioskApp) -> None:
        port.on_view(FORM)
        pilot.wait(screen="form")
        pilot.tap("address")
        pilot.type("𬭎䶮")
        pilot.type_pinyin("pingluoxian", "平罗县")
        with pytest.raises(PilotError, match="has no candidate 火星"):
            pilot.type_pinyin("yi", "火星")

    drive(steps)
    assert [event.value for event in echo if isinstance(event, Enter)][-1] == "𬭎䶮平罗县"


def test_a_signature_is_drawn_stroke_by_stroke(drive: Any, port: Any) -> None:
    strokes = [[(0.2, 0.5), (0.5, 0.4), (0.8, 0.5)], [(0.5, 0.2), (0.5, 0.8)]]

    def steps(pilot: PilotClient, app: KioskApp) -> None:
        port.on_view(SIGN)
        pilot.wait(screen="sign")
        pilot.draw(strokes)

    drive(steps)
    signed = [event for event in port.events if isinstance(event, Signed)]
    assert [len(event.strokes) for event in signed] == [1, 2]
    assert [len(stroke) for stroke in signed[-1].strokes] == [3, 2]
    assert signed[-1].strokes[0][0] == pytest.approx((0.2, 0.5), abs=0.01)


def test_a_screenshot_shows_what_is_on_the_glass(drive: Any, port: Any, tmp_path: Path) -> None:
    def steps(pilot: PilotClient, app: KioskApp) -> None:
        port.on_view(GOODBYE)
        pilot.wait(screen="goodbye")
        pilot.screenshot(tmp_path / "goodbye.png")

    drive(steps, {GoodbyeView: FallbackScreen})
    with Image.open(tmp_path / "goodbye.png") as picture:
        assert picture.size == (1080, 1920)
        # The blue button stands at the foot, its words upright and white on it; the ground is light.
        assert picture.getpixel((60, 1920 - 100)) == (0x0B, 0x4F, 0xA3)
        assert min(picture.getpixel((20, 20))) > 230  # type: ignore[type-var, arg-type]
    assert [path.name for path in tmp_path.glob("*.png")] == ["goodbye.png"]


def test_waiting_in_vain_ends_with_what_is_shown_instead(drive: Any, port: Any) -> None:
    def steps(pilot: PilotClient, app: KioskApp) -> None:
        port.on_view(GOODBYE)
        pilot.wait(screen="goodbye")
        with pytest.raises(PilotError, match="still on goodbye"):
            pilot.wait(screen="home", timeout_s=0)

    drive(steps)


def test_nonsense_on_the_socket_is_answered_and_survived(drive: Any, port: Any) -> None:
    def steps(pilot: PilotClient, app: KioskApp) -> None:
        for line in (b"garbage\n", b'{"command": "dance"}\n', b'{"command": "tap"}\n'):
            pilot._file.write(line)
            pilot._file.flush()
            assert b"error" in pilot._file.readline()
        pilot.screen()

    drive(steps)


def test_only_the_same_user_can_open_the_socket_and_closing_removes_it(start_app: Any, socket_path: Path) -> None:
    app, _ = start_app({})
    pilot = Pilot(app, socket_path)
    assert socket_path.stat().st_mode & 0o077 == 0
    pilot.close()
    pilot.close()
    assert not socket_path.exists()
