"""What is wrong with an asset, in words a technician can act on."""

from __future__ import annotations

from pathlib import Path


class CatalogueError(Exception):
    """An asset of the catalogue is missing or damaged: which file, which key, why."""

    def __init__(self, file: Path, key: str, reason: str) -> None:
        self.file = file
        self.key = key
        self.reason = reason
        super().__init__(f"{file.name}: {key}: {reason}" if key else f"{file.name}: {reason}")


def read_asset(file: Path) -> str:
    """The text of an asset file.

    Raises:
        CatalogueError: the file is missing, unreadable or no UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise CatalogueError(file, "", error.strerror or "cannot be read") from error
    except UnicodeDecodeError as error:
        raise CatalogueError(file, "", "is no UTF-8 text") from error
