"""What each situation does with an event, one module per stretch of the journey."""

from kiosk.visit.steps import (
    choosing,
    documents,
    filling,
    identifying,
    leaving,
    licences,
    materials,
    pages,
    progress,
    submitting,
)
from kiosk.visit.steps.reacting import react

__all__ = [
    "choosing",
    "documents",
    "filling",
    "identifying",
    "leaving",
    "licences",
    "materials",
    "pages",
    "progress",
    "react",
    "submitting",
]
