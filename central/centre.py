"""The centre's parts, put together once per process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from central import keys as key_files
from central.files.local import PartStore
from central.intake import Intake
from central.keys import KeyRing
from central.settings import Settings
from central.store.database import Database
from central.uploads import Uploads


@dataclass(frozen=True)
class CentreParts:
    """What the API works with."""

    settings: Settings
    keys: KeyRing
    database: Database
    parts: PartStore
    uploads: Uploads
    intake: Intake
    now: Callable[[], datetime]

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()


def utc_now() -> datetime:
    """The centre's clock."""
    return datetime.now(UTC)


def assemble(settings: Settings, now: Callable[[], datetime] = utc_now) -> CentreParts:
    """Open keys, database and part store of an initialised data folder.

    Raises:
        KeysUnusable, DatabaseError
    """
    keys = key_files.load(settings.keys)
    database = Database(settings.database)
    parts = PartStore(settings.data)
    return CentreParts(
        settings, keys, database, parts, Uploads(database, parts, now), Intake(database, parts, keys, now), now
    )
