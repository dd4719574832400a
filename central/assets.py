"""Where the data that comes with the software lies."""

from pathlib import Path

ASSETS = Path(__file__).resolve().parent.parent / "assets"
