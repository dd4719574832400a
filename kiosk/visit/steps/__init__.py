"""What each situation does with an event, one module per stretch of the journey."""

from kiosk.visit.steps import choosing, filling, identifying, leaving, materials, pages, progress, submitting
from kiosk.visit.steps.reacting import react

__all__ = ["choosing", "filling", "identifying", "leaving", "materials", "pages", "progress", "react", "submitting"]
