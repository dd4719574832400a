"""The e-licence service that the settings name."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from central.services.http_licences import HttpLicences
from central.services.licence import Licence, Licences, Question
from central.services.signed_http import Account
from central.settings import LicenceSettings


class DemoLicences:
    """For demonstrations: about two persons in three have what is asked for; of all others nothing is known."""

    name = "demo"

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def knows(self, kind: str) -> bool:  # noqa: ARG002
        """Everything."""
        return True

    def find(self, question: Question) -> Licence | None:
        """See `Licences.find`. The same person always has the same."""
        digest = hashlib.sha256(f"{question.id_number}\n{question.kind}".encode()).hexdigest()
        if int(digest[:2], 16) % 3 == 0:
            return None
        number = f"演{int(digest[:10], 16) % 10**10:010d}"
        until = self._now().date() + timedelta(days=400 + int(digest[10:13], 16))
        return Licence(number, "演示发证机关", until, revoked=False, digest=digest)


def licences_of(settings: LicenceSettings, now: Callable[[], datetime]) -> Licences | None:
    """The adapter, or None: then everything is shown, photographed or brought as ever."""
    if settings.provider == "demo":
        return DemoLicences(now)
    if settings.provider == "none":
        return None
    secret = settings.secret.get_secret_value()
    account = Account(settings.endpoint, settings.app_id, secret, settings.timeout_s)
    return HttpLicences(account, settings.codes, now)
