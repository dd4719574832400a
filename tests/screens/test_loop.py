"""The event loop and the app on it: quick, asleep when nothing happens, and not to be brought down by a broken screen."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels
from kivy.uix.widget import Widget

from kiosk.visit.events import Back, Choose, Event
from kiosk.visit.views import Action, Chrome, Field, FormView, GoodbyeView, Keyboard, WorkingView
from screens import damage, loop
from screens.app import Shown
from screens.citizen.filling import FormScreen
from screens.fallback import FallbackScreen
from screens.loop import LONGEST_WAIT, PlainWaiter, ScreenLoop
from screens.theme import Theme
from screens.widgets.tappable import Tappable

BACK, QUIT = Action("back", "返回", Back()), Action("quit", "退出", Choose("quit"))
GOODBYE = GoodbyeView("goodbye", Chrome("根河市", actions=(BACK,), primary=QUIT), "再见", "", "您的信息已清除")
WORKING = WorkingView("working", Chrome("根河市", primary=QUIT), "请稍候", "", "")


class CountingWaiter:
    """A waiter that never sleeps and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.woken = 0

    def wait(self, seconds: float) -> None:
        self.asked.append(seconds)

    def wake(self) -> None:
        self.woken += 1


class BrokenScreen(Widget):
    """Cannot show anything."""

    def __init__(self, emit: Callable[[Event], None], theme: Theme) -> None:
        super().__init__()

    def show(self, view: Any) -> None:
        raise ZeroDivisionError("张三 199900199001010010")


class TouchyScreen(FallbackScreen):
    """Breaks when it is touched."""

    def on_touch_down(self, touch: Any) -> bool:
        raise ZeroDivisionError


class PictureScreen(FallbackScreen):
    """Keeps the pictures it is given."""

    pictures: list[object]

    def show(self, view: Any) -> None:
        super().show(view)
        self.pictures = []

    def preview(self, picture: object) -> None:
        self.pictures.append(picture)


# --- sleeping and waking ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("next_event", "pause"), [(1e9, LONGEST_WAIT), (50.1, pytest.approx(0.1)), (50.0, 0.0), (49.0, 0.0), (0.0, 0.0)]
)
def test_an_idle_loop_sleeps_until_the_clock_wants_it(
    glass: Any, monkeypatch: pytest.MonkeyPatch, next_event: float, pause: float
) -> None:
    class FixedClock:
        """It is 50 s; the next event is due at `next_event`."""

        @staticmethod
        def time() -> float:
            return 50.0

        @staticmethod
        def get_min_timeout() -> float:
            return next_event

    screen_loop = ScreenLoop(CountingWaiter())
    screen_loop.turn()
    monkeypatch.setattr(loop, "Clock", FixedClock)
    assert screen_loop.pause() == pause


def test_a_posted_call_is_not_slept_over_and_runs_once(glass: Any) -> None:
    waiter = CountingWaiter()
    screen_loop = ScreenLoop(waiter)
    done: list[str] = []
    screen_loop.post(lambda: done.append("posted"))
    assert (waiter.woken, screen_loop.pause()) == (1, 0.0)
    screen_loop.turn()
    screen_loop.turn()
    assert done == ["posted"]


def test_what_a_posted_call_posts_runs_after_the_frame_of_the_first(glass: Any) -> None:
    screen_loop = ScreenLoop(CountingWaiter())
    undrawn: list[bool] = []

    def first() -> None:
        Window.canvas.ask_update()
        screen_loop.post(lambda: undrawn.append(Window.canvas.needs_redraw))

    screen_loop.post(first)
    screen_loop.turn()
    assert undrawn == []
    screen_loop.turn()
    assert undrawn == [False]


def test_the_answer_to_a_touch_is_in_the_frame_of_the_touch(glass: Any) -> None:
    screen_loop = ScreenLoop(CountingWaiter())
    drawn: list[bool] = []

    class Answering(Widget):
        def on_touch_down(self, touch: Any) -> bool:
            screen_loop.post(lambda: drawn.append(True))
            return True

    glass.root.add_widget(Answering())
    Window.dispatch("on_mouse_down", 5, 5, "left", [])
    screen_loop.turn()
    Window.dispatch("on_mouse_up", 5, 5, "left", [])
    assert drawn == [True]


def test_a_changed_canvas_is_drawn_at_once_and_only_once(glass: Any) -> None:
    screen_loop = ScreenLoop(CountingWaiter())
    screen_loop.turn()
    Window.canvas.ask_update()
    assert screen_loop.pause() == 0.0
    screen_loop.turn()
    assert not Window.canvas.needs_redraw


def test_another_thread_wakes_a_sleeping_loop(glass: Any) -> None:
    waiter = PlainWaiter(30)
    thread = threading.Thread(target=waiter.wake)
    thread.start()
    waiter.wait(30)
    thread.join()


def test_without_the_sdl_library_input_is_polled_and_the_log_says_so(
    glass: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("SDL_VIDEODRIVER")
    monkeypatch.setattr(loop, "sdl_library", lambda: None)
    with caplog.at_level(logging.WARNING):
        waiter = loop.best_waiter()
    assert isinstance(waiter, PlainWaiter)
    assert "SDL library not found" in caplog.text


def test_the_sdl_library_inside_kivy_is_found(glass: Any) -> None:
    library = loop.sdl_library()
    assert library is not None
    assert library.name.startswith("libSDL2-2")
    assert loop.SdlWaiter(library)


def test_a_broken_call_does_not_end_the_loop(glass: Any) -> None:
    errors: list[Exception] = []
    screen_loop = ScreenLoop(CountingWaiter(), on_error=errors.append)
    done: list[str] = []
    screen_loop.post(lambda: {}["missing"])
    screen_loop.post(lambda: done.append("next"))
    screen_loop.turn()
    assert done == ["next"]
    assert [type(error) for error in errors] == [KeyError]


def test_drawing_waits_for_the_answer_to_a_tap_but_not_for_long(glass: Any) -> None:
    screen_loop = ScreenLoop(CountingWaiter())
    screen_loop.turn()
    screen_loop.expect_post(within=60)
    Window.canvas.ask_update()
    screen_loop.turn()
    assert Window.canvas.needs_redraw
    screen_loop.post(lambda: None)
    screen_loop.turn()
    assert not Window.canvas.needs_redraw

    screen_loop.expect_post(within=0)
    Window.canvas.ask_update()
    screen_loop.turn()
    assert not Window.canvas.needs_redraw


# --- drawing only what changed --------------------------------------------------------------------------------------------


class Square:
    """A widget-like thing with a place."""

    def __init__(self, x: int) -> None:
        self.x, self.y, self.width, self.height = x, 100, 200, 50

    def to_window(self, x: int, y: int) -> tuple[int, int]:
        return x, y


def drawn(*inputs: tuple[str, list[Square]], whole: bool = False, partial: bool = True) -> list[damage.Box] | None:
    frame = damage.Damage(partial=partial)
    frame.begin(whole=whole)
    for kind, touched in inputs:
        frame.note_input(kind, touched)
    return frame.regions()


def test_a_finger_coming_down_or_moving_draws_only_what_took_it() -> None:
    assert drawn(("update", [Square(300)])) == [(284, 84, 232, 82)]
    assert drawn(("begin", [Square(300)])) == [(284, 84, 232, 82)]
    assert drawn(("begin", [Square(300)]), ("begin", [Square(600)])) == [(284, 84, 232, 82), (584, 84, 232, 82)]


def test_anything_else_draws_the_whole_window() -> None:
    button = [Square(300)]
    assert drawn(("begin", button), ("end", button)) is None
    assert drawn(("begin", button), whole=True) is None
    assert drawn(("begin", button), partial=False) is None
    assert drawn() is None


def test_a_change_declared_local_is_drawn_with_what_the_finger_is_on() -> None:
    frame = damage.Damage(partial=True)
    frame.begin(whole=False)
    damage.declare_local((0, 500, 100, 100))
    frame.note_input("end", [Square(300)])
    assert frame.regions() == [(-16, 484, 132, 132), (284, 84, 232, 82)]


def test_a_call_that_says_what_it_changes_has_that_drawn_and_one_that_does_not_everything() -> None:
    frame = damage.Damage(partial=True)
    frame.begin(whole=False)
    damage.declare_local((0, 500, 100, 100))
    frame.note_call()
    assert frame.regions() == [(-16, 484, 132, 132)]
    frame.note_call()
    assert frame.regions() is None


def test_a_local_call_wakes_the_loop_and_is_made_in_its_turn(glass: Any) -> None:
    screen_loop, made = glass.loop, list[int]()
    screen_loop.post_local(lambda: made.append(1))
    assert screen_loop.pause() == 0.0
    screen_loop.turn()
    assert made == [1]


def pixels() -> bytes:
    """What the last frame left in the frame buffer."""
    pixels = glReadPixels(0, 0, int(Window.width), int(Window.height), GL_RGBA, GL_UNSIGNED_BYTE)
    return bytes(pixels)


@pytest.mark.skipif(not damage.draws_in_software(), reason="only software rendering draws in parts")
def test_frames_drawn_in_parts_leave_what_whole_frames_would(start_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    regions: list[list[damage.Box] | None] = []
    asked = damage.Damage.regions

    def note(self: damage.Damage) -> list[damage.Box] | None:
        regions.append(asked(self))
        return regions[-1]

    monkeypatch.setattr(damage.Damage, "regions", note)
    app, glass = start_app({FormView: FormScreen})
    app.show(FormView("form", Chrome("根河市"), "住址", "", "", (Field("address", "地址", keyboard=Keyboard.PINYIN),)))
    glass.frames(3)
    for key in ("key:z", "key:h", "key:o", "candidates:more", "candidates:more", "candidates:close", "key:delete"):
        at = glass.down(key)
        glass.frames(1)
        finger_down = pixels()
        Window.dispatch("on_draw")
        assert pixels() == finger_down, f"{key} down"
        glass.up(at)
        glass.frames(1)
        finger_up = pixels()
        Window.dispatch("on_draw")
        assert pixels() == finger_up, f"{key} up"
    shown, *parts = regions
    assert shown is None
    assert len(parts) >= 10
    assert all(part is not None for part in parts)


# --- the app ------------------------------------------------------------------------------------------------------------------


def test_a_view_from_another_thread_reaches_the_glass(start_app: Any, port: Any, running: Any) -> None:
    shown: list[Shown] = []
    reached = threading.Event()

    def on_shown(told: Shown) -> None:
        shown.append(told)
        reached.set()

    app, glass = start_app({GoodbyeView: FallbackScreen}, on_shown=on_shown)

    def steps() -> None:
        port.on_view(GOODBYE)
        assert reached.wait(10)

    running(app, steps)
    assert [told.screen for told in shown] == ["goodbye"]
    assert shown[0].after_event_ms is None
    assert glass.reachable() == ["back", "quit"]


def test_a_tap_brings_the_next_screen_in_the_frame_that_follows(start_app: Any, port: Any) -> None:
    shown: list[Shown] = []
    app, glass = start_app({GoodbyeView: FallbackScreen, WorkingView: FallbackScreen}, on_shown=shown.append)
    app.show(GOODBYE)
    glass.frames()
    port.answers[Back()] = WORKING
    at = glass.down("back")
    glass.frames(1)
    glass.up(at)
    glass.frames(1)
    assert app.view == WORKING
    assert port.events == [Back()]
    assert [told.screen for told in shown] == ["goodbye", "working"]
    assert shown[1].after_event_ms is not None
    assert not Window.canvas.needs_redraw


def test_screens_are_built_once_and_used_again(start_app: Any) -> None:
    built: list[object] = []

    class Counted(FallbackScreen):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            built.append(self)

    app, glass = start_app({GoodbyeView: Counted, WorkingView: FallbackScreen})
    for view in (GOODBYE, WORKING, GOODBYE):
        app.show(view)
        glass.frames()
    assert built == [app.current]


def test_a_finger_on_the_screen_that_goes_does_not_act_on_the_next(start_app: Any, port: Any) -> None:
    app, glass = start_app({GoodbyeView: FallbackScreen, WorkingView: FallbackScreen})
    app.show(GOODBYE)
    glass.frames()
    button: Tappable = glass.find("quit")
    at = glass.down("quit")
    glass.frames(1)
    assert button.pressed
    app.show(WORKING)
    glass.up(at)
    glass.frames()
    assert port.events == []
    assert not button.pressed


def test_a_broken_screen_is_replaced_by_a_plain_one_with_the_same_buttons(
    start_app: Any, port: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broken: list[str] = []
    app, glass = start_app({GoodbyeView: BrokenScreen}, on_broken=lambda name, error: broken.append(name))
    app.show(GOODBYE)
    glass.frames()
    assert isinstance(app.current, FallbackScreen)
    glass.tap("back")
    assert port.events == [Back()]
    assert broken == ["goodbye"]
    assert "ZeroDivisionError" in caplog.text
    assert "张三" not in caplog.text


def test_a_view_that_no_screen_knows_still_has_its_buttons(start_app: Any) -> None:
    app, glass = start_app({})
    app.show(GOODBYE)
    glass.frames()
    assert glass.reachable() == ["back", "quit"]


def test_a_screen_that_breaks_under_the_finger_is_replaced_too(start_app: Any) -> None:
    app, glass = start_app({GoodbyeView: TouchyScreen})
    app.show(GOODBYE)
    glass.frames()
    glass.tap("back")
    assert type(app.current) is FallbackScreen
    app.show(GOODBYE)
    glass.frames()
    assert isinstance(app.current, TouchyScreen)


def test_only_the_newest_camera_picture_is_shown(start_app: Any, port: Any) -> None:
    app, glass = start_app({GoodbyeView: PictureScreen})
    app.show(GOODBYE)
    glass.frames()
    for picture in ("old", "newer", "newest"):
        port.on_preview(picture)
    glass.frames()
    assert app.current.pictures == ["newest"]


def test_the_loop_tells_each_second_that_it_is_alive(start_app: Any) -> None:
    now = [100.0]
    alive: list[float] = []
    _, glass = start_app({}, on_alive=lambda: alive.append(now[0]), clock=lambda: now[0])
    for now[0] in (100.0, 100.5, 101.0, 101.9, 102.1):
        glass.frames(1)
    assert alive == [100.0, 101.0, 102.1]


def test_closing_the_window_does_not_end_a_visit(start_app: Any) -> None:
    start_app({})
    assert Window.dispatch("on_request_close")


def test_the_app_stops_when_another_thread_says_so(start_app: Any, running: Any) -> None:
    app, _ = start_app({})
    running(app, lambda: None)


def test_settings_that_come_too_late_are_refused() -> None:
    from screens.environment import prepare

    with pytest.raises(RuntimeError, match="too late"):
        prepare()


def test_a_process_leaves_no_folder_of_kivy_behind(tmp_path: Any) -> None:
    script = (
        "import os; from screens.environment import prepare; prepare(offscreen=True)\n"
        "import kivy; print(os.environ['KIVY_HOME'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    assert not Path(done.stdout.strip()).exists()
    assert list(tmp_path.iterdir()) == []
