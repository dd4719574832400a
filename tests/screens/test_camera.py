"""The camera's screens: where to put the paper, how near its photograph is, and the page looked at closely."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from io import BytesIO
from types import MappingProxyType
from typing import Any

import pytest
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels
from PIL import Image

from kiosk.visit.events import Choose, Confirm, Event, Shoot
from kiosk.visit.views import Action, CaptureView, Chrome, Notice, PageReviewView, Row, Tone, View
from screens import damage
from screens.audit import audit
from screens.citizen import SCREENS
from screens.citizen.materials import CaptureScreen
from screens.theme import Colour, Theme
from screens.widgets.layout import walk
from screens.widgets.paint import Icon
from screens.widgets.pictures import PageImage
from screens.widgets.preview import Preview
from screens.widgets.text import TextLabel
from tests.screens.conftest import Glass

Corners = tuple[tuple[float, float], ...]

SQUARE: Corners = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))
LIVE = MappingProxyType(
    {
        "looking": Notice(Tone.INFO, "请放平，四边都放进画面。"),
        "hold_still": Notice(Tone.INFO, "四边看清了，请别动。"),
        "shooting_soon": Notice(Tone.GOOD, "很好，别动，马上拍。"),
        "cut_off": Notice(Tone.WARNING, "四边没拍全，请放到画面里。"),
    }
)
SHOOT = Action("shoot", "拍照", Shoot())
SHOOTING = Action("shoot", "正在拍", Shoot(), enabled=False)
CAPTURE = CaptureView(
    "capture",
    Chrome("根河市", primary=SHOOT),
    "请把居住证明放在灯下",
    "请把居住证明放在灯下",
    "居住证明",
    ("姓名和地址要看得清",),
    (Row("RESID", "居住证明"),),
    live=LIVE,
)


@dataclass(frozen=True)
class Frame:
    """A camera picture of one grey (`screens.port.Preview`)."""

    state: str = "looking"
    progress: float = 0.0
    outline: Corners | None = None
    grey: int = 90
    width: int = 64
    height: int = 48

    @property
    def rgb(self) -> bytes:
        """All of it."""
        return bytes([self.grey]) * (3 * self.width * self.height)


def shown(glass: Glass, view: View, emitted: list[Event] | None = None) -> Any:
    """The view on its screen, laid out."""
    emit = (lambda _: None) if emitted is None else emitted.append
    screen = SCREENS[type(view)](emit, Theme.for_window(*Window.size))
    screen.size_hint = (None, None)
    glass.root.clear_widgets()
    screen.show(view)
    glass.root.add_widget(screen)
    glass.frames()
    return screen


def texts(screen: Any) -> set[str]:
    return {widget.text for widget in walk(screen) if isinstance(widget, TextLabel)}


class Picture:
    """The live picture on the glass, as an eye sees it."""

    def __init__(self, glass: Glass, screen: Any) -> None:
        self.glass, self.screen = glass, screen
        self.widget = next(widget for widget in walk(screen) if isinstance(widget, Preview))

    def show(self, frame: Frame) -> None:
        """The next picture of the camera."""
        self.screen.preview(frame)
        self.glass.frames(1)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Where the picture stands: x, y, width, height."""
        return *self.widget._picture.pos, *self.widget._picture.size

    def colours(self, x: float, y: float) -> set[tuple[int, ...]]:
        """What is drawn about a place (shares from the picture's top left)."""
        left, bottom, width, height = self.box
        size = 13
        at_x, at_y = int(left + x * width) - size // 2, int(bottom + (1 - y) * height) - size // 2
        pixels = bytes(glReadPixels(at_x, at_y, size, size, GL_RGBA, GL_UNSIGNED_BYTE))
        return {tuple(pixels[n : n + 3]) for n in range(0, len(pixels), 4)}

    def has(self, colour: Colour, x: float, y: float) -> bool:
        """Whether a line of this colour passes here."""
        wanted = [round(255 * part) for part in colour[:3]]
        return any(all(abs(a - b) <= 6 for a, b in zip(seen, wanted, strict=True)) for seen in self.colours(x, y))

    def bold(self, colour: Colour, x: float, y: float) -> int:
        """How many pixels of this colour are about this place: lines along the page's edge differ in boldness."""
        left, bottom, width, height = self.box
        size = 25
        at_x, at_y = int(left + x * width) - size // 2, int(bottom + (1 - y) * height) - size // 2
        pixels = bytes(glReadPixels(at_x, at_y, size, size, GL_RGBA, GL_UNSIGNED_BYTE))
        wanted = [round(255 * part) for part in colour[:3]]
        return sum(all(abs(pixels[n + k] - wanted[k]) <= 6 for k in range(3)) for n in range(0, len(pixels), 4))


@pytest.fixture
def picture(glass: Glass) -> Picture:
    return Picture(glass, shown(glass, CAPTURE))


TOP, RIGHT, BOTTOM, LEFT = (0.5, 0.2), (0.8, 0.5), (0.5, 0.8), (0.2, 0.5)
CORNER = (0.21, 0.2)


def test_an_empty_desk_shows_where_the_paper_belongs(picture: Picture, theme: Theme) -> None:
    picture.show(Frame())
    assert picture.has(theme.palette.on_well, 0.08, 0.06)
    assert "请放平，四边都放进画面。" in texts(picture.screen)


def test_a_page_that_lies_well_is_outlined_all_round(picture: Picture, theme: Theme) -> None:
    picture.show(Frame("hold_still", outline=SQUARE))
    assert all(picture.has(theme.palette.found, *place) for place in (TOP, RIGHT, BOTTOM, LEFT))
    assert not picture.has(theme.palette.on_well, 0.08, 0.06), "nobody is told any more where to put it"


def test_a_page_that_does_not_is_shown_by_another_shape_as_well_as_colour(picture: Picture, theme: Theme) -> None:
    picture.show(Frame("cut_off", outline=SQUARE))
    assert picture.has(theme.palette.searching, *CORNER)
    for place in (TOP, RIGHT, BOTTOM, LEFT):
        assert not picture.has(theme.palette.searching, *place), "corners only"
        assert not picture.has(theme.palette.found, *place)


def test_the_outline_grows_bold_round_the_page_as_the_photograph_comes_nearer(picture: Picture, theme: Theme) -> None:
    def boldness() -> list[int]:
        return [picture.bold(theme.palette.found, *place) for place in (TOP, RIGHT, BOTTOM, LEFT)]

    picture.show(Frame("hold_still", 0.0, SQUARE))
    thin = boldness()
    picture.show(Frame("shooting_soon", 0.5, SQUARE))
    half = boldness()
    assert half[0] > 1.4 * thin[0]
    assert half[1] > 1.4 * thin[1]
    assert half[2:] == thin[2:]
    picture.show(Frame("shooting_soon", 1.0, SQUARE))
    assert all(now > 1.4 * before for now, before in zip(boldness(), thin, strict=True))


def test_the_outline_glides_after_a_page_and_leaps_to_another(picture: Picture, theme: Theme) -> None:
    picture.show(Frame("hold_still", outline=SQUARE))
    nudged = tuple((x + 0.05, y) for x, y in SQUARE)
    picture.show(Frame("hold_still", outline=nudged))
    assert not picture.has(theme.palette.found, 0.25, 0.5), "it lags behind"
    for _ in range(6):
        picture.show(Frame("hold_still", outline=nudged))
    assert picture.has(theme.palette.found, 0.25, 0.5)
    elsewhere = tuple((x - 0.15, y) for x, y in SQUARE)
    picture.show(Frame("hold_still", outline=elsewhere))
    assert picture.has(theme.palette.found, 0.05, 0.5)


def test_a_page_that_lies_half_outside_is_outlined_within_the_picture(picture: Picture, theme: Theme) -> None:
    picture.show(Frame("hold_still", outline=((0.5, 0.2), (1.3, 0.2), (1.3, 0.8), (0.5, 0.8))))
    assert picture.has(theme.palette.found, 1.0, 0.5)
    assert not picture.has(theme.palette.found, 1.02, 0.2)


def test_the_picture_stands_still_whatever_is_said_below_it(picture: Picture) -> None:
    boxes = set()
    for state in (*LIVE, "unheard_of"):
        picture.show(Frame(state, outline=SQUARE))
        boxes.add(picture.box)
        assert audit(picture.screen) == [], state
    assert len(boxes) == 1


def test_while_it_is_photographed_the_picture_stands_still_and_says_so(picture: Picture, glass: Glass) -> None:
    picture.show(Frame("shooting_soon", 1.0, SQUARE, grey=90))
    picture.screen.show(replace(CAPTURE, chrome=replace(CAPTURE.chrome, primary=SHOOTING), shooting=True))
    glass.frames()
    standing = picture.colours(0.5, 0.5)
    assert standing != {(90, 90, 90)}, "it flashes"
    picture.show(Frame("looking", grey=10))
    assert picture.colours(0.5, 0.5) == standing
    words = [widget.text for widget in walk(picture.widget) if isinstance(widget, TextLabel)]
    assert words == ["正在拍"]
    picture.screen.show(CAPTURE)
    glass.frames()
    picture.show(Frame("looking", grey=10))
    assert picture.colours(0.5, 0.5) == {(10, 10, 10)}


def test_a_photograph_that_failed_is_no_longer_said_to_be_taken(picture: Picture, glass: Glass) -> None:
    """The camera hangs: no further picture comes that would take the words away."""
    picture.show(Frame("shooting_soon", 1.0, SQUARE, grey=90))
    picture.screen.show(replace(CAPTURE, chrome=replace(CAPTURE.chrome, primary=SHOOTING), shooting=True))
    failed = Notice(Tone.BAD, "没有拍成，请再拍一次。已拍的都还在。")
    picture.screen.show(replace(CAPTURE, problem=failed))
    glass.frames(1)
    words = [widget.text for widget in walk(picture.screen.part_of(Preview)) if isinstance(widget, TextLabel)]
    assert words == []


def test_a_camera_that_is_out_of_order_is_not_said_to_see_a_page(glass: Glass) -> None:
    broken = Notice(Tone.WARNING, "拍照设备有故障。")
    screen = shown(glass, replace(CAPTURE, problem=broken, live=MappingProxyType({})))
    screen.preview(Frame("hold_still", 0.5, SQUARE))
    glass.frames(1)
    assert any(isinstance(widget, Icon) for widget in walk(screen.part_of(Preview))), "no picture, but a camera's sign"


def test_a_photograph_before_the_first_picture_came_breaks_nothing(glass: Glass) -> None:
    screen = shown(glass, replace(CAPTURE, chrome=replace(CAPTURE.chrome, primary=SHOOTING), shooting=True))
    screen.show(CAPTURE)
    glass.frames()
    picture = Picture(glass, screen)
    picture.show(Frame(grey=50))
    assert picture.colours(0.5, 0.5) == {(50, 50, 50)}


@pytest.mark.skipif(not damage.draws_in_software(), reason="only software rendering draws in parts")
def test_a_new_picture_draws_itself_only_and_leaves_no_old_pixels(
    start_app: Any, port: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    regions: list[list[damage.Box] | None] = []
    asked = damage.Damage.regions

    def note(self: damage.Damage) -> list[damage.Box] | None:
        regions.append(asked(self))
        return regions[-1]

    monkeypatch.setattr(damage.Damage, "regions", note)
    app, glass = start_app({CaptureView: CaptureScreen})
    app.show(CAPTURE)
    glass.frames(3)
    regions.clear()
    for frame in (
        Frame(),
        Frame("hold_still", 0.1, SQUARE),
        Frame("shooting_soon", 0.8, SQUARE, grey=120),
        Frame("cut_off", outline=SQUARE),
    ):
        port.on_preview(frame)
        glass.frames(1)
        left = whole_window()
        Window.dispatch("on_draw")
        assert whole_window() == left, frame.state
    assert len(regions) == 4
    assert all(region is not None for region in regions)

    port.on_preview(Frame(grey=60))
    port.on_view(replace(CAPTURE, title="请放下一页"))
    glass.frames(1)
    assert regions[-1] is None, "a view that comes with it is drawn whole"


def whole_window() -> bytes:
    """What the last frame left in the frame buffer."""
    return bytes(glReadPixels(0, 0, int(Window.width), int(Window.height), GL_RGBA, GL_UNSIGNED_BYTE))


# --- the page just taken ---------------------------------------------------------------------------------------------


def page(width: int, height: int) -> bytes:
    """A page whose lower right quarter is dark."""
    picture = Image.new("L", (width, height), 250)
    picture.paste(20, (width // 2, height // 2, width, height))
    file = BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=90)
    return file.getvalue()


REVIEW = PageReviewView(
    "page_review",
    Chrome("根河市", primary=Action("keep", "清楚，用这张", Confirm())),
    "看得清楚吗？",
    "看得清楚吗？",
    page(2400, 3400),
    Notice(Tone.GOOD, "看得清楚。"),
    "第 1 页，共 1 页",
    choices=(Action("retake", "重拍", Choose("retake")),),
)


def shares(image: PageImage) -> float:
    """The dark share of what is shown of the page."""
    x, y, width, height = (int(value) for value in (*image._picture.pos, *image._picture.size))
    pixels = bytes(glReadPixels(x, y, width, height, GL_RGBA, GL_UNSIGNED_BYTE))[::4]
    return sum(pixel < 100 for pixel in pixels) / len(pixels)


@pytest.fixture
def review(glass: Glass) -> Callable[[PageReviewView], PageImage]:
    def show(view: PageReviewView) -> PageImage:
        return next(widget for widget in walk(shown(glass, view)) if isinstance(widget, PageImage))

    return show


@pytest.mark.parametrize(("place", "dark"), [((0.8, 0.2), 1.0), ((0.2, 0.8), 0.0)], ids=["lower right", "upper left"])
def test_a_tap_on_the_page_shows_that_part_dot_for_dot_and_another_one_the_whole(
    glass: Glass, review: Callable[[PageReviewView], PageImage], place: tuple[float, float], dark: float
) -> None:
    image = review(REVIEW)
    assert shares(image) == pytest.approx(0.25, abs=0.02)
    x, y, width, height = image._whole  # type: ignore[misc]
    at = x + place[0] * width, y + place[1] * height
    Window.dispatch("on_mouse_down", at[0], Window.height - 1 - at[1], "left", [])
    glass.frames(1)
    glass.up(at)
    glass.frames()
    assert shares(image) == pytest.approx(dark, abs=0.02)
    assert image._picture.size[0] <= image.width
    assert image._picture.texture.size == tuple(image._picture.size), "one dot of the page is one of the screen"
    glass.tap("look_closer")
    assert shares(image) == pytest.approx(0.25, abs=0.02)


def test_the_keypad_can_look_closer_too(glass: Glass, review: Callable[[PageReviewView], PageImage]) -> None:
    image = review(REVIEW)
    assert image.label == "点哪里，哪里放大"
    image.tap()
    glass.frames()
    assert image.label == "点一下，看整页"


def test_a_small_card_fills_the_room_when_looked_at_closely(
    glass: Glass, review: Callable[[PageReviewView], PageImage]
) -> None:
    image = review(replace(REVIEW, jpeg=page(160, 100)))
    image.tap()
    glass.frames()
    assert image._picture.size[0] > 160 or image._picture.size[1] > 100
    assert shares(image) == pytest.approx(0.25, abs=0.03)


def test_the_page_is_looked_at_on_while_it_is_being_read(glass: Glass) -> None:
    reading = replace(REVIEW, hints=(Notice(Tone.INFO, "正在读这一页，不用等。"),), reading=True)
    screen = shown(glass, reading)
    glass.tap("look_closer")
    hints = tuple(Notice(Tone.WARNING, f"没看到您的名字，这是第 {n} 句。") for n in range(3))
    screen.show(replace(REVIEW, hints=hints))
    glass.frames()
    assert glass.find("look_closer").label == "点一下，看整页"
    assert {hint.text for hint in hints} <= texts(screen)
    assert audit(screen) == []


def test_a_page_that_was_left_is_shown_whole_when_it_is_looked_at_again(glass: Glass) -> None:
    screen = shown(glass, REVIEW)
    glass.tap("look_closer")
    glass.root.remove_widget(screen)
    screen.show(REVIEW)
    glass.root.add_widget(screen)
    glass.frames()
    assert glass.find("look_closer").label == "点哪里，哪里放大"


@pytest.mark.parametrize("size", [(1080, 1920), (1920, 1080), (540, 960)])
def test_three_long_hints_and_all_choices_leave_room_for_the_page(glass: Glass, size: tuple[int, int]) -> None:
    hints = tuple(
        Notice(Tone.WARNING, f"It seems to bear another person's number, number {n} of three hints.") for n in range(3)
    )
    names = (
        "Retake",
        "Turn it",
        "Take the back",
        "Add a page",
        "Delete this page",
        "Previous page",
        "Next page",
        "Move earlier",
        "Move later",
    )
    choices = tuple(Action(f"choice{n}", name, Choose(str(n))) for n, name in enumerate(names))
    screen = SCREENS[PageReviewView](lambda _: None, Theme.for_window(*size))
    screen.size_hint = (None, None)
    screen.show(replace(REVIEW, chrome=replace(REVIEW.chrome, language="en"), hints=hints, choices=choices))
    glass.root.add_widget(screen)
    glass.frames()
    assert audit(screen) == []
