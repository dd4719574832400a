"""What each situation looks like, one module per stretch of the journey."""

from kiosk.visit.showing import choosing, filling, identifying, leaving, materials, pages, progress, submitting
from kiosk.visit.showing.frame import show

__all__ = ["choosing", "filling", "identifying", "leaving", "materials", "pages", "progress", "show", "submitting"]
