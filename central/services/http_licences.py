"""An e-licence service behind signed HTTP (`central.services.signed_http`); gateways of provinces are adapted to this form.

Body: {"reference", "purpose", "type_code", "type_name", "division", "holder"}. `holder` is {"name", "id_number"} as JSON,
sealed: base64 of a 12-byte nonce and AES-256-GCM under HKDF-SHA256(secret, info "tongban e-licence holder"), with the request's
X-Nonce as associated data, so that a gateway on the way reads no name and a copied question does not open.

Answer: {"code": "0", "licence": null} or
{"code": "0", "licence": {"holder", "type_code", "number", "issuer", "valid_until", "status", "digest"}}, where `holder` is
HMAC-SHA256(secret, "<name>\\n<number>"): the answer names nobody, and one about somebody else is seen. `status` is `valid` or
`revoked`, `valid_until` a day or null.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from central.notify.provider import Rejected, Unavailable
from central.services.licence import AnothersLicence, Licence, Question
from central.services.signed_http import Account, ask, signature
from central.vault import Vault
from kiosk.protocol.card_token import normalised

_LONGEST = 100


class HttpLicences:
    """The adapter."""

    name = "http"

    def __init__(self, account: Account, codes: Mapping[str, str], now: Callable[[], datetime]) -> None:
        self._account = account
        self._codes = codes
        self._now = now
        self._vault = holder_vault(account.secret)

    def knows(self, kind: str) -> bool:
        """See `Licences.knows`: it has a code in the service's directory."""
        return kind in self._codes

    def find(self, question: Question) -> Licence | None:
        """See `Licences.find`."""
        code = self._codes.get(question.kind)
        if code is None:
            raise Rejected("type_not_mapped")
        holder = {"name": question.name, "id_number": normalised(question.id_number)}

        def body(nonce: str) -> bytes:
            sealed = self._vault.seal(json.dumps(holder, ensure_ascii=False), nonce)
            return json.dumps(
                {
                    "reference": question.reference,
                    "purpose": question.purpose,
                    "type_code": code,
                    "type_name": question.kind,
                    "division": question.division,
                    "holder": base64.b64encode(sealed).decode(),
                },
                ensure_ascii=False,
            ).encode()

        found = ask(self._account, self._now, body).get("licence")
        if found is None:
            return None
        if not isinstance(found, dict):
            raise Unavailable("no_licence")
        asked = holder_digest(self._account.secret, question.name, question.id_number)
        if not hmac.compare_digest(str(found.get("holder")).encode(), asked.encode()):
            raise AnothersLicence("another_holder")
        if found.get("type_code") != code:
            raise AnothersLicence("another_type")
        return _licence(found)


def holder_vault(secret: str) -> Vault:
    """What seals holders on their way to the service."""
    return Vault(HKDF(SHA256(), 32, salt=None, info=b"tongban e-licence holder").derive(secret.encode()))


def holder_digest(secret: str, name: str, id_number: str) -> str:
    """How an answer says whose licence it is."""
    return signature(secret, f"{name}\n{normalised(id_number)}")


def _licence(found: dict[str, Any]) -> Licence:
    number, issuer, until = found.get("number"), found.get("issuer"), found.get("valid_until")
    status, digest = found.get("status"), found.get("digest")
    try:
        last = None if until is None else date.fromisoformat(str(until))
    except ValueError:
        raise Unavailable("no_licence") from None
    well = (
        isinstance(number, str)
        and 0 < len(number) <= _LONGEST
        and isinstance(issuer, str)
        and len(issuer) <= _LONGEST
        and "\0" not in number + issuer
        and status in ("valid", "revoked")
        and re.fullmatch("[0-9a-f]{64}", str(digest)) is not None
    )
    if not well:
        raise Unavailable("no_licence")
    return Licence(str(number), str(issuer), last, status == "revoked", str(digest))
