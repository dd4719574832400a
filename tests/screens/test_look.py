"""What a citizen must be able to see, read and hit on every screen, in both languages, upright and wide.

Every view comes from the visit machine and is laid out for real; nothing is photographed, so this is quick.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kivy.core.window import Window

from kiosk.visit import views
from kiosk.visit.events import Choose, Event, Search
from kiosk.visit.views import Action, Field, FormView, Keyboard, Row, Tone, View
from screens.audit import audit, audit_palette, audit_scale
from screens.citizen import SCREENS
from screens.citizen.base import CitizenScreen
from screens.theme import Palette, Theme, rgb
from screens.widgets.button import Button
from screens.widgets.chrome import ActionBar
from screens.widgets.layout import walk
from screens.widgets.notice import NoticeBar, TagChip
from screens.widgets.paint import Icon
from screens.widgets.tappable import Tappable, tappables
from screens.widgets.text import TextLabel
from tests.screens.conftest import Glass
from tests.screens.every_page import frame
from tests.screens.every_view import act, every_view

SIZES = {"upright": (1080, 1920), "wide": (1920, 1080), "small window": (540, 960)}


def shown(glass: Glass, view: View, size: tuple[int, int], emitted: list[Event] | None = None) -> CitizenScreen[Any]:
    """The view on its screen, laid out for a window of this size."""
    emit = (lambda _: None) if emitted is None else emitted.append
    screen = SCREENS[type(view)](emit, Theme.for_window(*size))
    screen.size_hint = (None, None)
    glass.root.clear_widgets()
    screen.show(view)
    glass.root.add_widget(screen)
    glass.frames()
    return screen


@pytest.mark.parametrize(
    ("size", "language"),
    # The small window is the upright one at half its size: what rounding can break, the longer words break first.
    [("upright", "zh_CN"), ("upright", "en"), ("wide", "zh_CN"), ("wide", "en"), ("small window", "en")],
)
def test_every_screen_can_be_read_hit_and_heard(glass: Glass, size: str, language: str) -> None:
    findings = {}
    for name, view in every_view(language).items():
        screen = shown(glass, view, SIZES[size])
        act(name, screen)
        glass.frames()
        found = audit(screen)
        if found:
            findings[name] = found
    assert findings == {}


def test_every_view_of_the_visit_has_a_screen() -> None:
    kinds = {kind for kind in vars(views).values() if isinstance(kind, type) and issubclass(kind, View)} - {View}
    assert set(SCREENS) == kinds


def test_the_tokens_hold_to_contrast_and_sizes() -> None:
    assert audit_palette(Palette()) == []
    assert audit_scale(Theme()) == []


def test_the_audit_finds_grey_on_grey() -> None:
    assert [finding.rule for finding in audit_palette(Palette(ink_soft=rgb("#AAB4BD")))] != []


def test_the_audit_finds_a_target_that_is_too_small(glass: Glass) -> None:
    screen = shown(glass, every_view("zh_CN")["home"], SIZES["upright"])
    button = next(widget for widget in tappables(screen) if isinstance(widget, Button))
    button.height = 60
    assert [finding.rule for finding in audit(screen)] == ["target size"]


def test_the_audit_finds_text_that_does_not_fit(glass: Glass) -> None:
    screen = shown(glass, every_view("zh_CN")["home"], SIZES["upright"])
    label = next(widget for widget in walk(screen) if isinstance(widget, TextLabel) and widget.text)
    label.text = "这一行字比它的位置长得多，后面的就看不见了，一个字也读不到"
    label.arrange()
    assert "text clipped" in {finding.rule for finding in audit(screen)}


def test_a_rare_character_that_no_font_has_is_found(glass: Glass) -> None:
    screen = shown(glass, every_view("zh_CN")["home"], SIZES["upright"])
    label = next(widget for widget in walk(screen) if isinstance(widget, TextLabel) and widget.text)
    label.text = "\U0003ffff"
    assert "no glyph" in {finding.rule for finding in audit(screen)}


@pytest.mark.parametrize("tone", [Tone.GOOD, Tone.WARNING, Tone.BAD])
def test_a_coloured_meaning_has_an_icon_and_a_word(theme: Theme, tone: Tone) -> None:
    for widget in (TagChip(theme, views.Tag(tone, "好")), NoticeBar(theme, views.Notice(tone, "好"))):
        kinds = {type(child) for child in widget.leaves}
        assert {Icon, TextLabel} <= kinds


# --- touch -----------------------------------------------------------------------------------------------------------


def home(glass: Glass) -> tuple[CitizenScreen[Any], list[Event]]:
    emitted: list[Event] = []
    return shown(glass, every_view("zh_CN")["home"], Window.size, emitted), emitted


def test_a_button_shows_the_finger_at_once_and_acts_once_when_it_is_lifted(glass: Glass) -> None:
    _, emitted = home(glass)
    at = glass.down("apply")
    glass.frames(1)
    assert glass.find("apply").pressed
    assert emitted == []
    glass.up(at)
    glass.frames(1)
    assert emitted == [Choose("apply")]
    assert not glass.find("apply").pressed


def test_a_finger_that_slides_off_a_button_takes_the_tap_back(glass: Glass) -> None:
    _, emitted = home(glass)
    glass.down("apply")
    glass.frames(1)
    assert glass.find("apply").pressed
    glass.up((2, 2))
    glass.frames(1)
    assert emitted == []
    assert not glass.find("apply").pressed


def test_a_disabled_button_does_nothing(glass: Glass, theme: Theme) -> None:
    emitted: list[Event] = []
    button = Button(theme, Action("next", "下一步", Choose("next"), enabled=False), emitted.append)
    glass.root.add_widget(button)
    button.place(100, 100, 300, 112)
    glass.tap("next")
    button.tap()
    assert emitted == []


def test_the_place_of_the_keypad_is_ringed(glass: Glass) -> None:
    home(glass)
    plain = glass.find("apply")._ring._box._edge.rgba  # type: ignore[attr-defined]
    glass.find("apply").focused = True
    assert plain[3] == 0
    assert glass.find("apply")._ring._box._edge.rgba[3] == 1  # type: ignore[attr-defined]


def test_the_keypad_reaches_everything_in_reading_order(glass: Glass) -> None:
    screen, _ = home(glass)
    order = [widget.key for widget in screen.focus_order]
    assert order.index("apply") < order.index("progress") < order.index("C001") < order.index("help")


# --- cheap to show again -----------------------------------------------------------------------------------------------


def form(value: str, error: str = "") -> FormView:
    page = every_view("zh_CN")["form_phone"]
    assert isinstance(page, FormView)
    phone = Field("phone", "手机号", value, error=error, keyboard=Keyboard.DIGITS, max_length=11)
    return FormView(page.name, page.chrome, page.title, page.spoken, page.lead, (phone, *page.fields[1:]))


def test_what_did_not_change_is_not_built_again(glass: Glass) -> None:
    screen = shown(glass, form("199"), Window.size)
    before = {widget.key: widget for widget in tappables(screen)}
    screen.show(form("1990"))
    glass.frames()
    after = {widget.key: widget for widget in tappables(screen)}
    assert after == before


def test_a_row_that_changed_is_built_again(glass: Glass) -> None:
    emitted: list[Event] = []
    view = every_view("zh_CN")["situation"]
    assert isinstance(view, views.ListView)
    screen = shown(glass, view, Window.size, emitted)
    chosen = Row("temporary", "出门在外，临时看病", event=Choose("other"), selected=True)
    screen.show(views.ListView(view.name, view.chrome, view.title, view.spoken, view.lead, (*view.rows[:-1], chosen)))
    glass.frames()
    glass.tap("temporary")
    assert emitted == [Choose("other")]


def test_letters_under_way_count_when_the_citizen_goes_on(glass: Glass) -> None:
    emitted: list[Event] = []
    shown(glass, every_view("zh_CN")["form_errors"], Window.size, emitted)
    glass.type("b", "e", "i", "j", "i", "n", "g")
    glass.tap("next")
    assert [type(event).__name__ for event in emitted] == ["Enter", "Confirm"]


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_long_names_never_push_anything_off_the_screen(glass: Glass, size: tuple[int, int]) -> None:
    name = "新疆维吾尔自治区巴音郭楞蒙古自治州和静县巴音布鲁克镇二十四小时自助政务服务区（二号厅）" * 2
    for picture in ("attract", "home", "done", "review", "capture", "service_list", "help"):
        view = every_view("zh_CN")[picture]
        longer = replace(view, title=name, chrome=replace(view.chrome, place=name))
        assert audit(shown(glass, longer, size)) == [], picture


def test_more_than_fits_is_shown_in_pages_and_never_cut(glass: Glass) -> None:
    view = every_view("zh_CN")["situation"]
    assert isinstance(view, views.ListView)
    rows = tuple(Row(f"row{i}", f"第 {i} 种情况", event=Choose(str(i))) for i in range(30))
    screen = shown(glass, views.ListView(view.name, view.chrome, view.title, view.spoken, view.lead, rows), Window.size)
    seen: list[str] = []
    for _ in range(30):
        assert audit(screen) == []
        seen += [widget.key for widget in tappables(screen) if widget.key.startswith("row")]
        if "more" not in [widget.key for widget in tappables(screen)]:
            break
        glass.tap("more")
    assert seen == [row.key for row in rows]


def test_the_keyboard_of_one_search_is_not_open_on_the_next_list(glass: Glass) -> None:
    screen = shown(glass, every_view("zh_CN")["place_search"], Window.size)
    glass.tap("search")
    assert "key:q" in [widget.key for widget in tappables(screen)]
    screen.show(every_view("zh_CN")["service_list"])
    glass.frames()
    assert "key:q" not in [widget.key for widget in tappables(screen)]


def test_letters_of_one_search_are_not_searched_for_on_the_next_list(glass: Glass) -> None:
    emitted: list[Event] = []
    screen = shown(glass, every_view("zh_CN")["place"], Window.size, emitted)
    glass.tap("search")
    glass.type("p", "l", "x")
    assert emitted == [Search("p"), Search("pl"), Search("plx")]
    screen.show(every_view("zh_CN")["service_list"])
    glass.frames()
    assert emitted[3:] == []


@pytest.mark.parametrize("name", ["card_confirmed", "consent", "done", "done_printed", "confirm_phone", "page_review"])
def test_the_bar_is_as_high_on_every_screen_so_that_its_buttons_stay_where_they_are(glass: Glass, name: str) -> None:
    for language in ("zh_CN", "en"):
        bar = next(
            widget
            for widget in walk(shown(glass, every_view(language)[name], SIZES["upright"]))
            if isinstance(widget, ActionBar)
        )
        assert bar.height == Theme().action_bar, language


def test_the_camera_picture_of_one_page_is_not_seen_on_the_next(glass: Glass) -> None:
    view = every_view("zh_CN")["capture"]
    screen = shown(glass, view, Window.size)
    screen.preview(frame("hold_still", 0.2))  # type: ignore[attr-defined]
    assert "四边看清了，请别动。" in texts(screen)
    glass.root.remove_widget(screen)
    screen.show(view)
    glass.root.add_widget(screen)
    glass.frames()
    assert "四边看清了，请别动。" not in texts(screen)


def test_a_signature_is_told_after_each_stroke(glass: Glass) -> None:
    emitted: list[Any] = []
    screen = shown(glass, every_view("zh_CN")["sign_hinted"], Window.size, emitted)
    pad = next(widget for widget in walk(screen) if getattr(widget, "key", "") == "signature")
    assert not isinstance(pad, Tappable)
    for stroke in range(2):
        Window.dispatch("on_mouse_down", pad.x + 10, Window.height - 1 - pad.top + 10, "left", [])
        glass.frames(1)
        Window.dispatch("on_mouse_move", pad.center_x, Window.height - 1 - pad.center_y, [])
        glass.up((pad.center_x, pad.center_y))
        glass.frames(1)
        assert len(emitted) == stroke + 1
    points = [point for stroke in emitted[-1].strokes for point in stroke]
    assert len(emitted[-1].strokes) == 2
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in points)
    assert points[0][0] < 0.05
    assert points[0][1] < 0.05


def texts(screen: CitizenScreen[Any]) -> set[str]:
    return {widget.text for widget in walk(screen) if isinstance(widget, TextLabel)}
