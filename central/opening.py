"""Opening envelopes. The only place where plain text comes into being."""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import ValidationError

from central.keys import KeyRing
from kiosk.protocol.application import Application
from kiosk.protocol.card_token import INFO
from kiosk.protocol.envelope import SUITE, Manifest, application_info, file_info


class CannotOpen(Exception):
    """Garbage, another key, or a part that does not belong here. Says no more: it might be an oracle."""


class UnknownKey(CannotOpen):
    """Sealed to a key that this centre does not have."""


def open_application(keys: KeyRing, manifest: Manifest, sealed: bytes) -> bytes:
    """The plain bytes of the application part.

    Raises:
        CannotOpen, UnknownKey
    """
    return _decrypt(_key(keys, manifest), sealed, application_info(manifest.application_id, manifest.files))


def open_file(keys: KeyRing, manifest: Manifest, name: str, sealed: bytes) -> bytes:
    """The plain bytes of one file part.

    Raises:
        CannotOpen, UnknownKey
    """
    return _decrypt(_key(keys, manifest), sealed, file_info(manifest.application_id, name))


def parse_application(plain: bytes, application_id: UUID, slip_number: str) -> Application:
    """The application inside, if it is the one that the manifest names.

    Raises:
        CannotOpen
    """
    try:
        application = Application.model_validate_json(plain)
    except ValidationError:
        # The validation error quotes the content: it must not travel on.
        raise CannotOpen("the sealed application does not follow the contract") from None
    if (application.application_id, application.slip_number) != (application_id, slip_number):
        raise CannotOpen("the sealed application is not the one the manifest names")
    return application


def open_card_token(keys: KeyRing, token: str) -> str:
    """The identity number in a card token.

    Raises:
        CannotOpen
    """
    try:
        sealed = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        raise CannotOpen("not base64") from None
    for private in keys.private.values():
        try:
            return _decrypt(private, sealed, INFO).decode("ascii").rstrip(" ")
        except (CannotOpen, UnicodeDecodeError):
            continue
    raise CannotOpen("the card token does not open")


def _key(keys: KeyRing, manifest: Manifest) -> X25519PrivateKey:
    private = keys.private.get(manifest.key_id)
    if private is None:
        raise UnknownKey("sealed to a key this centre does not have")
    return private


def _decrypt(private: X25519PrivateKey, sealed: bytes, info: bytes) -> bytes:
    try:
        return SUITE.decrypt(sealed, private, info)
    except (InvalidTag, ValueError):
        raise CannotOpen("the sealed content does not open") from None
