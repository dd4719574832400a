"""What each situation looks like, one module per stretch of the journey."""

from kiosk.visit.showing import (
    choosing,
    documents,
    filling,
    guide,
    identifying,
    leaving,
    licences,
    materials,
    pages,
    progress,
    submitting,
)
from kiosk.visit.showing.frame import show

__all__ = [
    "choosing",
    "documents",
    "filling",
    "guide",
    "identifying",
    "leaving",
    "licences",
    "materials",
    "pages",
    "progress",
    "show",
    "submitting",
]
