"""`make gallery`: every screen in both languages as pictures, with an index, and an audit of each.

    python -m screens.gallery [--views tests.screens.every_view] [--target docs/gallery]

The views come from the visit machine, which screens must not know; so a module outside gives them:
`every_view(language)` returns the views by picture name, `act(name, screen)` does what a picture is to show.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from kiosk.visit.views import View
from screens.environment import PORTRAIT, prepare

LANGUAGES = ("zh_CN", "en")
COLOURS = 96
"""A picture has few colours; reducing them makes it a fifth as large."""
MOMENT = datetime(2026, 11, 20, 21, 8)
SETTLE = 3
"""Frames until everything is laid out and drawn."""


class Views(Protocol):
    """The module that gives the views."""

    every_view: Callable[[str], Mapping[str, View]]
    act: Callable[[str, Any], None]


class Studio:
    """An off-screen window in which screens are shown and photographed. Kivy must be prepared before."""

    def __init__(self, size: tuple[int, int]) -> None:
        from kivy.base import EventLoop, runTouchApp
        from kivy.core.window import Window
        from kivy.uix.floatlayout import FloatLayout

        from screens.theme import Theme

        EventLoop.ensure_window()
        self._loop = EventLoop
        self._window = Window
        self._size = size
        self._root = FloatLayout()
        runTouchApp(self._root, embedded=True)
        self.theme = Theme.for_window(*size)
        Window.clearcolor = self.theme.palette.ground
        self._screens: dict[type[View], Any] = {}

    def show(self, view: View) -> Any:
        """Show `view` on its screen and return the screen, laid out."""
        from screens.citizen import SCREENS

        kind = type(view)
        if kind not in self._screens:
            self._screens[kind] = SCREENS[kind](lambda _: None, self.theme, lambda: MOMENT)
        screen = self._screens[kind]
        self._root.clear_widgets()
        screen.size = self._size
        screen.show(view)
        self._root.add_widget(screen)
        self.settle()
        return screen

    def settle(self) -> None:
        """Step the frames that layout and drawing take."""
        for _ in range(SETTLE):
            self._loop.idle()

    def photograph(self) -> Any:
        """Return what the window shows as a Pillow image."""
        from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glFinish, glReadPixels
        from PIL import Image

        self._window.dispatch("on_draw")
        glFinish()
        pixels = glReadPixels(0, 0, *self._size, GL_RGB, GL_UNSIGNED_BYTE)
        return Image.frombytes("RGB", self._size, pixels).transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def save(picture: Any, file: Path) -> None:
    """Write `picture` as a small PNG."""
    from PIL import Image

    reduced = picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    reduced.save(file, optimize=True)


def write_index(target: Path, titles: Mapping[str, tuple[str, ...]]) -> None:
    """Write `index.md` and `index.html`: each screen in both languages side by side."""
    lines = ["# Screens", "", "Every screen of the citizen's visit, made by `make gallery`.", ""]
    lines += ["| | 中文 | English |", "|---|---|---|"]
    for name, words in titles.items():
        pictures = " | ".join(f"![{words[i]}]({name}.{lang}.png)" for i, lang in enumerate(LANGUAGES))
        lines.append(f"| {name} | {pictures} |")
    (target / "index.md").write_text("\n".join(lines) + "\n")
    figures = "\n".join(
        f'<figure><img src="{name}.{lang}.png" alt="{words[i]}" loading="lazy"><figcaption>{name}</figcaption></figure>'
        for name, words in titles.items()
        for i, lang in enumerate(LANGUAGES)
    )
    style = "body{font:16px sans-serif;background:#8A939C;margin:24px;display:flex;flex-wrap:wrap;gap:24px}figure{margin:0}img{width:360px;display:block}figcaption{color:#fff;padding:6px 0}"
    (target / "index.html").write_text(
        f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>Screens</title><style>{style}</style>\n{figures}\n</html>\n'
    )


def main(arguments: list[str] | None = None) -> int:
    """Render and audit; the exit status is 1 when the audit finds anything."""
    parser = argparse.ArgumentParser(prog="python -m screens.gallery", description=__doc__)
    parser.add_argument("--views", default="tests.screens.every_view", help="module that gives the views")
    parser.add_argument("--target", type=Path, default=Path("docs/gallery"), help="folder for the pictures")
    chosen = parser.parse_args(arguments)
    prepare(PORTRAIT, offscreen=True)
    views: Views = importlib.import_module(chosen.views)
    from screens.audit import audit

    studio = Studio(PORTRAIT)
    chosen.target.mkdir(parents=True, exist_ok=True)
    titles: dict[str, tuple[str, ...]] = {}
    found = 0
    for language in LANGUAGES:
        for old in chosen.target.glob(f"*.{language}.png"):  # and not the desk's pictures, which lie here too
            old.unlink()
        for name, view in views.every_view(language).items():
            screen = studio.show(view)
            views.act(name, screen)
            studio.settle()
            for finding in audit(screen):
                found += 1
                sys.stderr.write(f"{name}.{language}: {finding.rule}: {finding.what}\n")
            save(studio.photograph(), chosen.target / f"{name}.{language}.png")
            titles[name] = (*titles.get(name, ()), view.title)
    write_index(chosen.target, titles)
    total = sum(file.stat().st_size for file in chosen.target.glob("*.png"))
    sys.stdout.write(f"{len(titles)} screens in {len(LANGUAGES)} languages, {total / 1024:.0f} kB, {found} findings\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
