"""The icon family: line drawings of one weight on a 48 × 48 grid, y downwards.

A drawing is a tuple of polylines; arcs and circles become polylines here. `screens.widgets.paint` turns them into
pictures of any size by the distance to the line, so that they are smooth without multisampling.
"""

from __future__ import annotations

from math import cos, pi, sin
from types import MappingProxyType

Path = tuple[tuple[float, float], ...]
"""Points of one line."""

GRID = 48
STROKE = 3.2
"""Line width on the grid."""


def arc(x: float, y: float, radius: float, start: float = 0, end: float = 360, points: int = 32) -> Path:
    """Return an arc about (x, y); degrees clockwise from three o'clock."""
    step = (end - start) / points
    turns = [(start + step * i) * pi / 180 for i in range(points + 1)]
    return tuple((x + radius * cos(t), y + radius * sin(t)) for t in turns)


def box(left: float, top: float, right: float, bottom: float, radius: float = 3) -> Path:
    """Return a rectangle with rounded corners."""
    corners = (
        arc(right - radius, top + radius, radius, -90, 0, 6)
        + arc(right - radius, bottom - radius, radius, 0, 90, 6)
        + arc(left + radius, bottom - radius, radius, 90, 180, 6)
        + arc(left + radius, top + radius, radius, 180, 270, 6)
    )
    return (*corners, corners[0])


_PHONE: Path = (
    *arc(15, 13, 4, 150, 300, 8),
    (21.5, 16.5),
    (18.5, 21),
    (27, 29.5),
    (31.5, 26.5),
    *arc(35, 33, 4, -60, 90, 8),
    (24, 35),
    (13, 24),
    (11.5, 15),
)

ICONS: MappingProxyType[str, tuple[Path, ...]] = MappingProxyType(
    {
        "dot": (arc(24, 24, 4, points=12), arc(24, 24, 1.5, points=8)),
        "ring": (arc(24, 24, 15),),
        "check": (((12, 25), (20.5, 33.5), (37, 15)),),
        "cross": (((14, 14), (34, 34)), ((34, 14), (14, 34))),
        "chevron": (((19, 13), (30, 24), (19, 35)),),
        "info": (arc(24, 24, 17), ((24, 22), (24, 32)), ((24, 15.6), (24, 15.8))),
        "warning": (((24, 8), (42, 39), (6, 39), (24, 8)), ((24, 20), (24, 28.5)), ((24, 33.6), (24, 33.8))),
        "clock": (arc(24, 24, 17), ((24, 14), (24, 25), (31, 29))),
        "phone": (_PHONE,),
        "camera": (
            (
                (17, 14),
                (20, 9),
                (28, 9),
                (31, 14),
                *arc(39, 17, 3, -90, 0, 6),
                *arc(39, 36, 3, 0, 90, 6),
                *arc(9, 36, 3, 90, 180, 6),
                *arc(9, 17, 3, 180, 270, 6),
                (17, 14),
            ),
            arc(24, 26, 7.5),
        ),
        "place": (
            (*arc(24, 20, 13, 145, 395, 28), (24, 43), arc(24, 20, 13, 145, 145, 1)[0]),
            arc(24, 20, 4.8),
        ),
        "person": (arc(24, 16, 8), (*arc(24, 41, 15, 180, 360, 24),)),
        "pen": (((10, 38), (13, 28), (32, 9), (39, 16), (20, 35), (10, 38)), ((27, 14), (34, 21))),
        "closer": (arc(21, 21, 13), ((30.5, 30.5), (41, 41)), ((21, 15), (21, 27)), ((15, 21), (27, 21))),
        "undo": (((16, 10), (8, 18), (16, 26)), ((8, 18), (28, 18), *arc(28, 28, 10, -90, 90, 16), (16, 38))),
        "shield": (
            (
                (24, 6),
                (39, 11),
                (39, 23),
                *arc(24, 23, 15, 0, 60, 8),
                (24, 42),
                *arc(24, 23, 15, 120, 180, 8),
                (9, 11),
                (24, 6),
            ),
            ((17, 24), (22.5, 29.5), (32, 18.5)),
        ),
    }
)
