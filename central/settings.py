"""Where the centre keeps its data, and what it allows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """One data folder holds everything: keys, database, parts."""

    data: Path
    chunk_size: int = 1024 * 1024
    """Largest body of one PATCH, in bytes."""

    @property
    def keys(self) -> Path:
        """Private keys."""
        return self.data / "keys"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.data / "central.db"

    @property
    def terminal_file(self) -> Path:
        """What a terminal needs to know of this centre."""
        return self.data / "terminal.json"
