"""What every screen must hold to, checked on the laid-out widgets: sizes, contrast, nothing clipped, a way to focus.

The numbers are those of the design rules; `tests/screens` and the gallery run this over every screen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kivy.uix.widget import Widget

from screens import fonts
from screens.citizen.base import CitizenScreen
from screens.theme import Palette, Theme, Weight, contrast
from screens.widgets.layout import walk
from screens.widgets.tappable import Tappable, tappables
from screens.widgets.text import TextLabel

LEAST_TARGET = 72
"""Design px, both ways: 18 mm."""
LEAST_TEXT = 28
"""Design px."""
LEAST_CONTRAST = 4.5


@dataclass(frozen=True)
class Finding:
    """A rule that a screen breaks, in words."""

    rule: str
    what: str


def audit(screen: CitizenScreen[Any]) -> list[Finding]:
    """Return what is wrong with the view that `screen` shows now."""
    return [
        *_targets(screen),
        *_texts(screen),
        *_inside(screen),
        *_reachable(screen),
    ]


def _targets(screen: CitizenScreen[Any]) -> Iterator[Finding]:
    least = LEAST_TARGET * screen.theme.factor - 0.5
    targets = [widget for widget in tappables(screen) if widget.enabled]
    for widget in targets:
        if widget.width < least or widget.height < least:
            yield Finding("target size", f"{widget.key}: {widget.width:.0f} × {widget.height:.0f} px")
        if not widget.key or not widget.label:
            yield Finding("target name", f"{widget.key!r} has no key or no words")
    for index, one in enumerate(targets):
        for other in targets[index + 1 :]:
            if _overlap(one, other):
                yield Finding("targets overlap", f"{one.key} and {other.key}")
    for key, count in Counter(widget.key for widget in targets).items():
        if count > 1:
            yield Finding("target name", f"{key} stands {count} times")


def _overlap(one: Widget, other: Widget) -> bool:
    return bool(one.x < other.right and other.x < one.right and one.y < other.top and other.y < one.top)


def _texts(screen: CitizenScreen[Any]) -> Iterator[Finding]:
    if screen.stage is not None and screen.stage.overflow:
        yield Finding("stage overflow", f"{screen.stage.overflow} px too high")
    for widget in walk(screen):
        if not isinstance(widget, TextLabel) or not widget.text:
            continue
        if widget.size_px < LEAST_TEXT * screen.theme.factor - 0.5:
            yield Finding("text size", f"{widget.text}: {widget.size_px} px")
        wide, high = widget.overflow
        if wide > 2 or high > 2:
            yield Finding("text clipped", f"{widget.text}: {wide} × {high} px too large")
        for character in widget.text:
            if not character.isspace() and not fonts.covered(character):
                yield Finding("no glyph", f"U+{ord(character):04X} in {widget.text}")


def _inside(screen: CitizenScreen[Any]) -> Iterator[Finding]:
    for widget in walk(screen):
        if not isinstance(widget, TextLabel | Tappable) or not widget.width or not widget.height:
            continue
        if widget.x < screen.x or widget.right > screen.right or widget.y < screen.y or widget.top > screen.top:
            yield Finding("outside", f"{type(widget).__name__} at {widget.pos}, {widget.size}")
    stage = screen.stage
    if stage is None:
        return
    for block in stage.blocks:
        if block.height and (block.y < stage.y - 1 or block.top > stage.top + 1):
            yield Finding("outside the stage", f"{type(block).__name__} at {block.pos}, {block.size}")


def _reachable(screen: CitizenScreen[Any]) -> Iterator[Finding]:
    view = screen.view
    if view is None:
        yield Finding("empty", "no view is shown")
        return
    if not view.spoken.strip():
        yield Finding("spoken", "nothing to read aloud")
    chrome = view.chrome
    expected = {action.key for action in (*chrome.actions, chrome.primary) if action is not None and action.enabled}
    missing = expected - {widget.key for widget in screen.focus_order}
    if missing:
        yield Finding("focus", f"not reachable: {', '.join(sorted(missing))}")


def audit_palette(palette: Palette) -> list[Finding]:
    """Return the pairs of text and ground whose contrast is too low."""
    pairs = {
        "ink on ground": (palette.ink, palette.ground),
        "ink on surface": (palette.ink, palette.surface),
        "ink on pressed": (palette.ink, palette.pressed),
        "soft ink on ground": (palette.ink_soft, palette.ground),
        "soft ink on surface": (palette.ink_soft, palette.surface),
        "soft ink on pressed": (palette.ink_soft, palette.pressed),
        "words on action": (palette.on_action, palette.action),
        "words on pressed action": (palette.on_action, palette.action_pressed),
        "soft words on action": (palette.on_action_soft, palette.action),
        "action on surface": (palette.action, palette.surface),
        "action on ground": (palette.action, palette.ground),
        "action on pressed": (palette.action, palette.pressed),
        "disabled": (palette.on_disabled, palette.disabled),
        "warm on ground": (palette.warm, palette.ground),
        "ink on special key": (palette.ink, palette.key_special),
        **{f"tag {tone}": (ink.text, ink.ground) for tone, ink in palette.tones.items()},
    }
    return [
        Finding("contrast", f"{name}: {contrast(*pair):.2f}")
        for name, pair in pairs.items()
        if contrast(*pair) < LEAST_CONTRAST
    ]


def audit_scale(theme: Theme) -> list[Finding]:
    """Return the sizes of the theme that are below the design rules."""
    scale = theme.scale
    styles = {name: value for name, value in vars(scale).items() if hasattr(value, "leading")}
    return [
        *(Finding("text size", f"{name}: {style.size}") for name, style in styles.items() if style.size < LEAST_TEXT),
        *(Finding("line height", f"{name}: {style.leading}") for name, style in styles.items() if style.leading < 1.3),
        *([Finding("target size", f"{scale.target_small}")] if scale.target_small < LEAST_TARGET else []),
        *(
            Finding("font", f"{weight}: file missing")
            for weight in Weight
            if not fonts.path_of(fonts.FILES[weight]).is_file()
        ),
    ]
