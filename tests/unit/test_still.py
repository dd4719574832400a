"""Nobody has to press a button to be photographed: the page is taken when it lies still, once, and never in mid-move."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from kiosk.materials.pages import Code, Picture, Quad
from kiosk.materials.still import StillWatch

FPS = 15
SIDE = 480
"""Of the live picture; one percent is 4.8 pixels."""
AT = (50.0, 80.0)


def printed(seed: int, *, name: str = "") -> Picture:
    """A page of words; `name` is a seed for the few words that differ between two people's papers of one form."""
    page = np.full((250, 180), 235, np.uint8)
    for rng, lines in (
        (np.random.default_rng(seed), range(20, 230, 9)),
        (np.random.default_rng([seed, *name.encode()]), [65, 74]),
    ):
        for y in lines:
            page[y : y + 5, 16:164] = 235
            x = 16
            while x < 150:
                width = int(rng.integers(4, 22))
                page[y : y + 5, x : min(164, x + width)] = 60
                x += width + int(rng.integers(3, 9))
    return page


NOISE = np.random.default_rng(0).normal(0, 1.5, (2 * SIDE, 540, 3)).round().astype(np.int16)


def _noisy(desk: Picture, rng: np.random.Generator) -> Picture:
    """As a sensor sees it: drawing noise anew for each picture would be the dear part of these tests."""
    height, width = desk.shape
    y, x = rng.integers(0, height), rng.integers(0, width)
    return np.asarray(np.clip(desk[..., None] + NOISE[y : y + height, x : x + width], 0, 255), np.uint8)


CONTRACT, ANOTHER, BLANK = printed(1), printed(2), np.full((250, 180), 235, np.uint8)


@dataclass(frozen=True)
class Look:
    """What the camera sees in one picture."""

    page: Picture | None = None
    at: tuple[float, float] = AT
    code: Code = Code.OK
    turned: bool = False
    blink: bool = False
    """The page is there and was not found."""


def still(page: Picture | None, seconds: float, **look: object) -> list[Look]:
    return [replace(Look(page), **look)] * round(seconds * FPS)  # type: ignore[arg-type]


@dataclass
class Seen:
    """What the watch made of it, by time."""

    fired: list[float]
    states: list[tuple[float, str]]
    progress: list[float]

    @property
    def words(self) -> list[str]:
        """The states as they followed one another."""
        return [state for n, (_, state) in enumerate(self.states) if n == 0 or self.states[n - 1][1] != state]


class Camera:
    """Looks at scenes for a watch, and photographs when it fires as the visit would."""

    def __init__(self, *, photographs: bool = True) -> None:
        self.watch = StillWatch()
        self.now = 100.0
        self._rng = np.random.default_rng(3)
        self._photographs = photographs

    def look(self, looks: Iterable[Look]) -> Seen:
        seen = Seen([], [], [])
        began = self.now
        for look in looks:
            picture, quad = self._picture(look)
            sight = self.watch.see(self.now, picture, quad, look.code)
            if sight.fires:
                seen.fired.append(self.now - began)
                if self._photographs:
                    self.watch.shot()
            seen.states.append((self.now - began, sight.state))
            seen.progress.append(sight.progress)
            self.now += 1 / FPS
        return seen

    def away(self, seconds: float = 5.0) -> None:
        """Another screen stands meanwhile."""
        self.now += seconds
        self.watch.restart()

    def _picture(self, look: Look) -> tuple[Picture, Quad | None]:
        desk = np.full((SIDE, 270), 45, np.uint8)
        quad = None
        if look.page is not None:
            (x, y), (height, width) = look.at, look.page.shape
            page = look.page[::-1, ::-1] if look.turned else look.page
            move = np.array([[1, 0, x], [0, 1, y]], np.float32)
            cv2.warpAffine(np.ascontiguousarray(page), move, desk.shape[::-1], desk, borderMode=cv2.BORDER_TRANSPARENT)
            ends = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - 0.5
            if not look.blink:
                quad = Quad.of(ends + look.at + self._rng.normal(0, 0.3, (4, 2)))
        return _noisy(desk, self._rng), quad


@pytest.fixture
def camera() -> Camera:
    return Camera()


def test_a_page_that_lies_still_is_photographed_once_within_a_second_or_so(camera: Camera) -> None:
    seen = camera.look(still(CONTRACT, 6))
    assert len(seen.fired) == 1
    assert 0.8 <= seen.fired[0] <= 1.2
    assert seen.words == ["hold_still", "shooting_soon", "same_page"]


def test_how_near_the_photograph_is_only_grows_until_it_is_taken(camera: Camera) -> None:
    seen = camera.look(still(CONTRACT, 0.8))
    assert seen.progress == sorted(seen.progress)
    assert seen.progress[0] == 0.0
    assert 0.5 < seen.progress[-1] < 1.0


def test_an_empty_desk_is_looked_at_without_a_photograph(camera: Camera) -> None:
    seen = camera.look(still(None, 3, code=Code.NO_PAGE))
    assert seen.fired == []
    assert seen.words == ["looking"]


@pytest.mark.parametrize("code", [Code.CUT_OFF, Code.TWO_SHEETS, Code.TOO_DARK, Code.FINGER, Code.GLARE, Code.BLURRED])
def test_what_is_not_well_is_never_photographed_by_itself_and_the_words_say_what_to_mend(
    camera: Camera, code: Code
) -> None:
    seen = camera.look(still(CONTRACT, 5, code=code))
    assert seen.fired == []
    assert seen.words == [code.value]
    assert camera.look(still(CONTRACT, 2)).fired, "mended, it is taken"


@pytest.mark.parametrize("percent_a_second", [1, 2, 5, 15, 60])
def test_a_page_that_is_being_moved_is_not_photographed(camera: Camera, percent_a_second: float) -> None:
    step = percent_a_second / 100 * SIDE / FPS
    span = 80.0
    moving = [Look(CONTRACT, (AT[0], 60 + abs((n * step) % (2 * span) - span))) for n in range(4 * FPS)]
    assert camera.look(moving).fired == []
    assert camera.look([replace(moving[-1])] * 3 * FPS).fired, "when it comes to rest, it is"


@pytest.mark.parametrize("hertz", [4.0, 6.3, 8.0])
@pytest.mark.parametrize("sharp", [1.0, 0.6], ids=["sharp", "blurred now and then"])
def test_a_page_in_hands_that_shake_is_photographed_too_if_later(camera: Camera, hertz: float, sharp: float) -> None:
    rng = np.random.default_rng(7)
    reach = 0.01 * SIDE
    looks = []
    for n in range(5 * FPS):
        turn = 2 * np.pi * hertz * n / FPS
        at = (AT[0] + reach * np.sin(turn), AT[1] + 0.6 * reach * np.cos(0.9 * turn))
        looks.append(Look(CONTRACT, at, Code.OK if rng.random() < sharp else Code.BLURRED))
    fired = camera.look(looks).fired
    assert fired
    assert 1.0 < fired[0] < 4.5


def test_a_picture_in_which_the_page_was_missed_costs_nothing(camera: Camera) -> None:
    looks = still(CONTRACT, 1.4)
    for n in (4, 9):
        looks[n] = replace(looks[n], blink=True, code=Code.NO_PAGE)
    seen = camera.look(looks)
    assert seen.fired
    assert "looking" not in seen.words


def test_a_hand_over_a_page_that_lies_still_puts_the_photograph_off(camera: Camera) -> None:
    rng = np.random.default_rng(5)
    busy = []
    for _ in range(3 * FPS):
        page = CONTRACT.copy()
        y, x = rng.integers(0, 150), rng.integers(0, 90)
        page[y : y + 100, x : x + 90] = 130
        busy.append(Look(page))
    assert camera.look(busy).fired == []


def test_a_frozen_camera_is_not_taken_for_a_page_that_lies_still(camera: Camera) -> None:
    picture, quad = camera._picture(Look(CONTRACT))
    sights = [camera.watch.see(100 + n / FPS, picture, quad, Code.OK) for n in range(4 * FPS)]
    assert not any(sight.fires for sight in sights)


def test_a_page_that_is_to_be_taken_again_is_not_taken_in_the_very_same_way(camera: Camera) -> None:
    assert camera.look(still(CONTRACT, 2)).fired
    for _ in range(3):
        camera.away()
        seen = camera.look(still(CONTRACT, 3))
        assert seen.fired == []
        assert seen.words == ["same_page"]


def test_a_photograph_taken_by_hand_counts_as_well(camera: Camera) -> None:
    camera.look(still(CONTRACT, 0.4))
    camera.watch.shot()
    assert camera.look(still(CONTRACT, 3)).fired == []


CHANGES: dict[str, list[Look]] = {
    "another paper in the same place": still(ANOTHER, 2),
    "the same form of somebody else": still(printed(1, name="zhao"), 2),
    "turned over": still(BLANK, 2),
    "turned round": still(CONTRACT, 2, turned=True),
    "moved": still(CONTRACT, 2, at=(AT[0] + 0.03 * SIDE, AT[1])),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("watched", [True, False], ids=["before the camera", "behind another screen"])
def test_what_is_new_under_the_camera_is_photographed(camera: Camera, change: list[Look], *, watched: bool) -> None:
    assert camera.look(still(CONTRACT, 2)).fired
    if not watched:
        camera.away()
    assert len(camera.look(change).fired) == 1


def test_a_page_that_was_lifted_is_photographed_wherever_it_is_put_back(camera: Camera) -> None:
    assert camera.look(still(CONTRACT, 2)).fired
    assert camera.look(still(None, 0.8, code=Code.NO_PAGE)).fired == []
    assert len(camera.look(still(CONTRACT, 2)).fired) == 1


def test_a_blank_page_is_not_taken_for_a_new_one_for_its_noise(camera: Camera) -> None:
    assert camera.look(still(BLANK, 2)).fired
    camera.away()
    assert camera.look(still(BLANK, 3)).fired == []
    camera.away()
    assert camera.look(still(BLANK, 2, at=(AT[0] + 0.03 * SIDE, AT[1]))).fired, "moved, it is one"


def test_another_paper_beside_the_one_that_was_photographed_is_a_new_one(camera: Camera) -> None:
    at = (0.0, 10.0)
    assert camera.look(still(CONTRACT, 2, at=at)).fired
    fired = False
    for n in range(2 * FPS):
        picture, _ = camera._picture(Look(CONTRACT, at))
        picture[300:450, 60:260] = np.clip(picture[300:450, 60:260].astype(np.int16) + 180, 0, 255)
        beside = Quad.of(np.array([[60, 300], [260, 300], [260, 450], [60, 450]]) - 0.5)
        fired = camera.watch.see(camera.now + n / FPS, picture, beside, Code.OK).fires or fired
    assert fired


def test_a_change_of_the_light_makes_no_new_page(camera: Camera) -> None:
    assert camera.look(still(CONTRACT, 2)).fired
    camera.away()
    shade = np.linspace(0.75, 1.0, CONTRACT.shape[1])
    assert camera.look(still((CONTRACT * shade).astype(np.uint8), 3)).fired == []


def test_as_long_as_nobody_photographs_it_the_page_goes_on_asking(camera: Camera) -> None:
    deaf = Camera(photographs=False)
    fired = deaf.look(still(CONTRACT, 4)).fired
    assert 3 <= len(fired) <= 5
    assert "same_page" not in deaf.look(still(CONTRACT, 1)).words


def test_a_photograph_of_which_nothing_came_is_tried_again(camera: Camera) -> None:
    assert camera.look(still(CONTRACT, 1.5)).fired
    camera.watch.missed()
    assert camera.look(still(CONTRACT, 1.5)).fired


def test_words_that_come_and_go_with_every_picture_are_not_shown(camera: Camera) -> None:
    codes = (Code.OK, Code.GLARE, Code.OK, Code.FINGER)
    seen = camera.look([Look(CONTRACT, code=codes[n % 4]) for n in range(3 * FPS)])
    assert seen.words == ["hold_still"]


def test_words_follow_within_half_a_second(camera: Camera) -> None:
    camera.look(still(None, 1, code=Code.NO_PAGE))
    seen = camera.look(still(CONTRACT, 1, code=Code.CUT_OFF))
    assert next(at for at, state in seen.states if state == "cut_off") <= 0.5


def test_a_page_far_askew_is_followed_though_its_corners_change_names(camera: Camera) -> None:
    """Standing on a corner, a page has two that are as near to the picture's corner."""
    centre, reach = np.array([135.0, 240.0]), 100.0
    rng = np.random.default_rng(9)
    fired = False
    for n in range(round(1.3 * FPS)):
        turn = np.deg2rad(rng.normal(0, 0.05)) + np.arange(4) * np.pi / 2
        corners = centre + reach * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        desk = np.full((SIDE, 270), 45, np.uint8)
        cv2.fillConvexPoly(desk, corners.round().astype(np.int32), 235)
        fired = camera.watch.see(n / FPS, _noisy(desk, rng), Quad.of(corners), Code.OK).fires or fired
    assert fired
