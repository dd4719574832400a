"""A person who taps twice has one thing done, not two: nothing is confirmed or agreed to that was never on the glass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kivy.uix.widget import Widget

from screens.glass import DOUBLE_TAP_SECONDS, SAME_PLACE, Glass


@dataclass
class Touch:
    """Where a finger comes down."""

    x: float
    y: float

    @property
    def pos(self) -> tuple[float, float]:
        return self.x, self.y


class Below(Widget):  # type: ignore[misc]
    """A screen that counts what reaches it."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = 0

    def on_touch_down(self, _touch: Any) -> bool:
        self.reached += 1
        return True


class World:
    """A glass with a screen below, and a clock that is set."""

    def __init__(self) -> None:
        self.now = 100.0
        self.glass = Glass(clock=lambda: self.now)
        self.below = Below()
        self.glass.add_widget(self.below)

    def taps(self, x: float = 500, y: float = 90) -> World:
        self.glass.on_touch_down(Touch(x, y))
        return self


def test_the_second_half_of_a_double_tap_does_not_reach_the_next_screen() -> None:
    world = World().taps()
    world.glass.changed()
    world.now += 0.15
    assert world.taps(510, 80).below.reached == 1


def test_a_touch_after_a_moment_counts() -> None:
    world = World().taps()
    world.glass.changed()
    world.now += DOUBLE_TAP_SECONDS + 0.01
    assert world.taps().below.reached == 2


def test_a_touch_elsewhere_counts_at_once() -> None:
    world = World().taps()
    world.glass.changed()
    assert world.taps(500 + SAME_PLACE + 1).below.reached == 2


def test_keys_of_the_same_screen_can_be_hit_as_fast_as_fingers_go() -> None:
    world = World().taps()
    for _ in range(5):
        world.now += 0.05
        world.taps()
    assert world.below.reached == 6
