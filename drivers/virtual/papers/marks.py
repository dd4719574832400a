"""Seals, handwriting, a thumb and a figure without a face: grey masks (255 is full ink) to be pressed onto a page."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Fonts = Callable[..., ImageFont.FreeTypeFont]


def round_seal(name: str, radius: float, font: Fonts) -> Image.Image:
    """The round seal of an authority or a company: its star and its name, as uneven as rubber and ink make it."""
    size = round(radius * 2.2)
    layer = Image.new("L", (size, size), 0)
    pen = ImageDraw.Draw(layer)
    middle = size / 2
    rim = max(1, round(radius * 0.058))
    pen.ellipse((middle - radius, middle - radius, middle + radius, middle + radius), outline=255, width=rim)
    reaches = [radius * (0.34 if number % 2 == 0 else 0.135) for number in range(10)]
    pen.polygon(
        [
            (middle + reach * math.sin(number * math.pi / 5), middle - reach * math.cos(number * math.pi / 5))
            for number, reach in enumerate(reaches)
        ],
        fill=255,
    )
    # Long names are written smaller, and all around.
    face = font(radius * min(0.26, 3.4 / max(len(name), 1)), bold=True)
    sweep = math.radians(min(300, 90 + 16 * len(name)))
    for number, character in enumerate(name):
        turn = -sweep / 2 + sweep * (number + 0.5) / len(name)
        glyph = Image.new("L", (max(2, round(radius * 0.4)),) * 2, 0)
        ImageDraw.Draw(glyph).text((glyph.width / 2, glyph.height / 2), character, 255, face, anchor="mm")
        glyph = glyph.rotate(-math.degrees(turn), Image.Resampling.BICUBIC)
        place = (
            round(middle + radius * 0.77 * math.sin(turn) - glyph.width / 2),
            round(middle - radius * 0.77 * math.cos(turn) - glyph.height / 2),
        )
        layer.paste(255, (*place, place[0] + glyph.width, place[1] + glyph.height), glyph)
    return _inked(layer.rotate(-7, Image.Resampling.BICUBIC), len(name))


def square_seal(name: str, radius: float, font: Fonts) -> Image.Image:
    """The square seal on licences: the name in three columns."""
    size = round(radius * 2.2)
    layer = Image.new("L", (size, size), 0)
    pen = ImageDraw.Draw(layer)
    low, high = size / 2 - radius, size / 2 + radius
    pen.rectangle((low, low, high, high), outline=255, width=max(1, round(radius * 0.09)))
    rows = -(-len(name) // 3)
    face = font(radius * 1.75 / max(rows, 3), bold=True)
    for number, character in enumerate(name):
        column, row = divmod(number, rows)
        x = high - radius * (0.38 + 0.62 * column)
        y = low + radius * (0.14 + 1.76 * (row + 0.5) / rows)
        pen.text((x, y), character, 255, face, anchor="mm")
    return _inked(layer, len(name) + 1)


def _inked(layer: Image.Image, seed: int) -> Image.Image:
    """With more ink here and less there; the same for the same seed, at any resolution."""
    patches = Image.fromarray(np.random.default_rng(seed).integers(130, 256, (48, 48), np.uint8))
    ink = np.asarray(layer, np.float32) * np.asarray(patches.resize(layer.size), np.float32) / 255 * 0.92
    return Image.fromarray(ink.astype(np.uint8))


def handwriting(words: str, size: float, face: ImageFont.FreeTypeFont) -> Image.Image:
    """Words written by hand: slanted, on an uneven line, letters of uneven height."""
    layer = Image.new("L", (round(size * (face.getlength(words) / size * 0.95 + 1.2)), round(size * 2)), 0)
    pen = ImageDraw.Draw(layer)
    at = 0.5 * size
    for number, character in enumerate(words):
        drift = math.sin(number * 2.1 + len(words)) * 0.07 * size
        pen.text((at, size + drift), character, 235, face, anchor="lm", stroke_width=size / 60)
        at += face.getlength(character) * 0.94
    slant = (1, 0.22, -0.2 * size, 0.02, 1, -0.01 * layer.width)
    layer = layer.transform(layer.size, Image.Transform.AFFINE, slant, Image.Resampling.BICUBIC)
    return layer.filter(ImageFilter.GaussianBlur(size / 70))


def thumb_print(radius: float) -> Image.Image:
    """Ridges of a thumb: rings about a loop, no real one's."""
    y, x = np.mgrid[-1.3:1.3:64j, -1:1:48j]
    rings = np.sin(26 * np.hypot(x * 1.2, y - 0.25) + 3 * np.arctan2(x, y + 0.6))
    oval = np.clip((1 - np.hypot(x / 0.92, y / 1.22)) * 6, 0, 1)
    ink = (np.clip(rings * 1.6 + 0.3, 0, 1) * oval * 215).astype(np.uint8)
    return Image.fromarray(ink).resize((round(radius * 1.5), round(radius * 1.95)), Image.Resampling.BICUBIC)


def silhouette(width: int, height: int, ground: tuple[int, int, int]) -> Image.Image:
    """Head and shoulders on a plain ground, two of them in a wide picture: a photograph that shows nobody."""
    picture = Image.new("RGB", (width, height), ground)
    pen = ImageDraw.Draw(picture)
    figure = tuple(round(level * 0.68) for level in ground)
    people = 2 if width > height else 1
    share = width / people
    for left in (share * number for number in range(people)):
        pen.ellipse((left - share * 0.02, height * 0.7, left + share * 1.02, height * 1.5), fill=figure)
        pen.rectangle((left + share * 0.4, height * 0.55, left + share * 0.6, height * 0.75), fill=figure)
        pen.ellipse((left + share * 0.28, height * 0.16, left + share * 0.72, height * 0.64), fill=figure)
    return picture


def draw_waves(pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int], ink: tuple[int, int, int], waves: int) -> None:
    """Fine crossing waves within `box` (left, top, width, height)."""
    left, top, width, height = box
    x = np.linspace(0, width, 90)
    for number in range(waves):
        for sign in (1, -1):
            swing = sign * height / waves * 0.9 * np.sin(x / width * 7 * np.pi + number * 0.4)
            y = top + height * (number + 0.5) / waves + swing
            points = [(float(a), float(b)) for a, b in zip(left + x, np.clip(y, top, top + height), strict=True)]
            pen.line(points, fill=ink, width=1)
