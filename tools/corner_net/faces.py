"""What is on a page: forms, letters, notes, tickets, receipts and cards, drawn small."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tools.corner_net.desks import Floats, Picture, Random, clouds, desk

LONG_SIDE = 360
"""Pixels along the longer side of a face."""
_FONT = Path(__file__).parents[2] / "assets/fonts/NotoSansSC-Regular.ttf"
_WORDS = "跨省通办自助终端北京上海广州身份证明申请表车票元角分姓名日期编号一二三四五六七八九十年月号站次座检票限乘当日"


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT), size)


def _ink(rng: Random) -> tuple[int, int, int]:
    kind = rng.random()
    if kind < 0.6:
        return tuple([int(rng.uniform(10, 90))] * 3)
    if kind < 0.85:  # blue pen
        return (int(rng.uniform(90, 190)), int(rng.uniform(20, 90)), int(rng.uniform(10, 70)))
    return tuple(rng.integers(20, 200, 3).tolist())


def _size(rng: Random) -> tuple[int, int]:
    """Rows and columns."""
    kind = rng.random()
    if kind < 0.5:
        ratio = 1.414
    elif kind < 0.6:
        ratio = 11 / 8.5
    elif kind < 0.83:
        ratio = rng.uniform(1.45, 1.75)
    elif kind < 0.9:
        ratio = rng.uniform(1.8, 3.6)
    else:
        ratio = rng.uniform(1.0, 2.2)
    size = (LONG_SIDE, int(LONG_SIDE / ratio))
    lying = rng.random() < (0.7 if 0.6 <= kind < 0.83 else 0.2)
    return (size[1], size[0]) if lying else size


def _stock(rng: Random, rows: int, columns: int) -> Floats:
    """The bare paper."""
    kind = rng.random()
    if kind < 0.66:
        base = np.full(3, rng.uniform(205, 252)) + rng.normal(0, 4, 3)
    elif kind < 0.92:  # tinted
        base = rng.uniform(150, 250, 3)
        base = base * 0.45 + base.max() * 0.55
    else:
        base = rng.uniform(15, 220, 3)
    face = np.broadcast_to(base, (rows, columns, 3)).astype(np.float32).copy()
    if rng.random() < 0.25:  # security print
        field = np.sin(clouds(rng, (rows, columns), 0.4, 3) * rng.uniform(3, 30))
        face += field[..., None] * rng.uniform(-14, 14, 3).astype(np.float32)
    if rng.random() < 0.12:  # two tones
        ramp = np.linspace(0, 1, rows, dtype=np.float32)[:, None, None]
        face += ramp * rng.uniform(-50, 10, 3).astype(np.float32)
    return face


def _ruled(rng: Random, face: Picture) -> None:
    """Lines, squares or dots over the whole sheet, and perhaps a margin."""
    rows, columns = face.shape[:2]
    pitch = int(rng.integers(6, 26))
    shade = face[0, 0].astype(int) - rng.integers(15, 90, 3)
    both = rng.random() < 0.4
    inset = 0 if rng.random() < 0.7 else int(rng.integers(4, 24))
    for y in range(int(rng.integers(pitch)) + (pitch * 2 if rng.random() < 0.5 else 0), rows, pitch):
        cv2.line(face, (inset, y), (columns - inset, y), shade.tolist(), 1)
    if both:
        for x in range(int(rng.integers(pitch)), columns, pitch):
            cv2.line(face, (x, inset), (x, rows - inset), shade.tolist(), 1)
    if rng.random() < 0.4:
        x = int(columns * rng.choice([0.1, 0.14, 0.88]))
        cv2.line(face, (x, 0), (x, rows), (120, 110, 220), 1)


def _handwriting(rng: Random, face: Picture) -> None:
    rows, columns = face.shape[:2]
    high = rng.uniform(2.0, 9)
    pitch = high * rng.uniform(2.2, 4.5)
    left, right = columns * rng.uniform(0.02, 0.15), columns * rng.uniform(0.6, 0.99)
    ink, thick = _ink(rng), 1 + int(high > 6 and rng.random() < 0.5)
    y, end = rows * rng.uniform(0.02, 0.2), rows * rng.uniform(0.15, 1.0)
    slope = rng.normal(0, 0.01)
    while y < end:
        stop = right if rng.random() < 0.75 else rng.uniform(left, right)
        x = left + rng.normal(0, 2)
        while x < stop:
            length = high * rng.uniform(1.5, 7)
            t = np.linspace(0, 1, max(int(length * 1.5), 6))
            turns = length / high * rng.uniform(1.2, 2.2)
            loops = np.sin(2 * np.pi * turns * t + rng.uniform(0, 6)) * (0.35 + 0.5 * rng.random(len(t)) ** 3)
            along = x + length * t + high * 0.3 * np.cos(2 * np.pi * turns * t)
            points = np.c_[along, y + slope * along + high * loops]
            cv2.polylines(face, [np.rint(points * 8).astype(np.int32)], False, ink, thick, cv2.LINE_AA, 3)
            x += length + high * rng.uniform(0.5, 1.4)
        y += pitch


def _print(rng: Random, face: Picture) -> None:
    """Printed paragraphs, as dashes of word length."""
    rows, columns = face.shape[:2]
    high = rng.uniform(1.5, 6)
    left, right = columns * rng.uniform(0.03, 0.16), columns * rng.uniform(0.7, 0.97)
    y, end, ink = rows * rng.uniform(0.03, 0.2), rows * rng.uniform(0.3, 0.97), _ink(rng)
    while y < end:
        stop = right if rng.random() < 0.8 else rng.uniform(left, right)
        x = left
        while x < stop:
            wide = min(high * rng.uniform(0.8, 6), stop - x)
            shade = (np.array(ink) + face[int(y) % rows, int(x) % columns] * rng.uniform(0, 0.8)).clip(0, 255)
            cv2.rectangle(face, (int(x), int(y)), (int(x + wide), int(y + high)), shade.tolist(), -1)
            x += wide + high * 0.6
        y += high * rng.uniform(1.6, 2.2) * (1 if rng.random() < 0.9 else 2)


def _characters(rng: Random, face: Picture) -> None:
    """Chinese characters and figures, from small print to a ticket's large station names."""
    image = Image.fromarray(face)
    draw = ImageDraw.Draw(image)
    rows, columns = face.shape[:2]
    for _ in range(int(rng.integers(3, 16))):
        size = int(rng.choice([9, 12, 16, 22, 32], p=[0.3, 0.3, 0.2, 0.12, 0.08]))
        words = "".join(rng.choice(list(_WORDS + "0123456789 ."), int(rng.integers(2, 22))))
        draw.text((rng.uniform(0, columns * 0.6), rng.uniform(0, rows - size)), words, _ink(rng), _font(size))
    face[:] = np.asarray(image)


def _frame(rng: Random, face: Picture) -> None:
    """A frame inside the border, which is not the border."""
    rows, columns = face.shape[:2]
    inset = int(min(rows, columns) * rng.uniform(0.015, 0.13))
    thick = int(rng.choice([1, 1, 2, 3, 6]))
    cv2.rectangle(face, (inset, inset), (columns - inset, rows - inset), _ink(rng), thick)
    if rng.random() < 0.3:  # the inside in another tone
        inside = face[inset : rows - inset, inset : columns - inset]
        inside[:] = np.clip(inside * rng.uniform(0.7, 1.15, 3), 0, 255)


def _table(rng: Random, face: Picture) -> None:
    rows, columns = face.shape[:2]
    x1, x2 = int(columns * rng.uniform(0.02, 0.2)), int(columns * rng.uniform(0.6, 0.98))
    y1, y2 = int(rows * rng.uniform(0.02, 0.4)), int(rows * rng.uniform(0.5, 0.98))
    ink = _ink(rng)
    for y in np.linspace(y1, y2, int(rng.integers(3, 14))):
        cv2.line(face, (x1, int(y)), (x2, int(y)), ink, 1)
    for x in np.linspace(x1, x2, int(rng.integers(2, 7))):
        cv2.line(face, (int(x), y1), (int(x), y2), ink, 1)


def _photo(rng: Random, face: Picture) -> None:
    rows, columns = face.shape[:2]
    large = rng.random() < 0.3
    wide, high = (int(n * rng.uniform(0.12, 0.85 if large else 0.4)) for n in (columns, rows))
    x, y = int(rng.uniform(0, columns - wide)), int(rng.uniform(0, rows - high))
    face[y : y + high, x : x + wide] = cv2.resize(desk(rng), (wide, high))


def _seal(rng: Random, face: Picture) -> None:
    rows, columns = face.shape[:2]
    radius = int(min(rows, columns) * rng.uniform(0.06, 0.2))
    at = (int(rng.uniform(0, columns)), int(rng.uniform(0, rows)))
    red = (int(rng.uniform(30, 110)), int(rng.uniform(20, 90)), int(rng.uniform(170, 240)))
    axes = (radius, int(radius * rng.choice([1.0, 1.0, 0.7])))
    cv2.ellipse(face, at, axes, 0, 0, 360, red, int(rng.integers(1, 4)), cv2.LINE_AA)
    cv2.circle(face, at, max(radius // 4, 1), red, -1, cv2.LINE_AA)


def _band(rng: Random, face: Picture) -> None:
    """A coloured strip along one side, up to the edge."""
    rows, columns = face.shape[:2]
    shade = rng.uniform(20, 250, 3)
    deep = rng.uniform(0.04, 0.3)
    side = int(rng.integers(4))
    if side < 2:
        part = face[: int(rows * deep)] if side else face[int(rows * (1 - deep)) :]
    else:
        part = face[:, : int(columns * deep)] if side == 2 else face[:, int(columns * (1 - deep)) :]
    part[:] = shade


def _code(rng: Random, face: Picture) -> None:
    """A bar code or a square code."""
    rows, columns = face.shape[:2]
    side = int(min(rows, columns) * rng.uniform(0.1, 0.3))
    grid = rng.integers(0, 2, (1 if rng.random() < 0.5 else 21, 21 + int(rng.integers(20)))) * 235
    y, x = int(rng.uniform(0, rows - side)), int(rng.uniform(0, columns - side))
    block = cv2.resize(grid.astype(np.uint8), (side, side), interpolation=cv2.INTER_NEAREST)
    face[y : y + side, x : x + side] = block[..., None]


_PARTS: tuple[tuple[Callable[[Random, Picture], None], float], ...] = (
    (_ruled, 0.2),
    (_band, 0.12),
    (_photo, 0.12),
    (_frame, 0.2),
    (_table, 0.18),
    (_print, 0.4),
    (_handwriting, 0.4),
    (_characters, 0.35),
    (_seal, 0.22),
    (_code, 0.18),
)


def face(rng: Random) -> Picture:
    """One face, blue-green-red, LONG_SIDE along its longer side. One in twelve is left blank."""
    rows, columns = _size(rng)
    page = np.clip(_stock(rng, rows, columns), 0, 255).astype(np.uint8)
    if rng.random() < 0.08:
        return page
    for draw, share in _PARTS:
        if rng.random() < share:
            draw(rng, page)
    return page
