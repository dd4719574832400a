"""The port for an electronic archive (电子档案): a finished case goes there whole, and a number comes back."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from central.notify.provider import Unavailable
from central.services.signed_http import Account, ask
from central.settings import ArchiveSettings

LONGEST_NUMBER = 100


@dataclass(frozen=True, slots=True)
class Package:
    """A case as a ZIP with its manifest (`central.archiving`)."""

    case_number: str
    sha256: str
    data: bytes = field(repr=False)


class Archive(Protocol):
    """An archive. Thread-safe."""

    @property
    def name(self) -> str:
        """Code of the adapter, e.g. `folder`."""
        ...

    def deposit(self, package: Package) -> str:
        """Hand a case in; returns its archive number (归档号), the same when the same case is handed in again.

        Empty: the archive has it, and staff enter the number that it is given there.

        Raises:
            Throttled, Unavailable, Rejected
        """
        ...


class FolderArchive:
    """A folder that the archive collects from: <folder>/<case number>.zip. What lies there is not sealed."""

    name = "folder"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deposit(self, package: Package) -> str:
        """See `Archive.deposit`. The number is the case's own."""
        file = self._folder / f"{package.case_number}.zip"
        temporary = file.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                out.write(package.data)
                out.flush()
                os.fsync(out.fileno())
            temporary.replace(file)
        except OSError as error:
            raise Unavailable(type(error).__name__) from None
        return f"DA-{package.case_number}"


class HttpArchive:
    """An archive behind signed HTTP (`central.services.signed_http`): the body is the ZIP, X-Case-Number and X-Digest
    (SHA-256) say what it is; the answer is {"code": "0", "archive_number": "…"}, the number empty while there is none yet.
    """

    name = "http"

    def __init__(self, account: Account, now: Callable[[], datetime]) -> None:
        self._account = account
        self._now = now

    def deposit(self, package: Package) -> str:
        """See `Archive.deposit`."""
        headers = {"X-Case-Number": package.case_number, "X-Digest": package.sha256}
        answer = ask(self._account, self._now, lambda _: package.data, "application/zip", headers)
        number = answer.get("archive_number", "")
        if not isinstance(number, str) or not re.fullmatch(rf"[^\x00-\x1f]{{0,{LONGEST_NUMBER}}}", number):
            raise Unavailable("no_number")
        return number.strip()


def archive_of(settings: ArchiveSettings, now: Callable[[], datetime]) -> Archive | None:
    """The adapter, or None: then staff enter the number of an archive that is kept elsewhere."""
    if settings.provider == "folder":
        return FolderArchive(Path(settings.folder))
    if settings.provider == "none":
        return None
    secret = settings.secret.get_secret_value()
    return HttpArchive(Account(settings.endpoint, settings.app_id, secret, settings.timeout_s), now)
