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
from kiosk.protocol.envelope import SUITE, Contents, Manifest, application_info, file_info, main_info
from kiosk.protocol.sealed_text import LONGEST, text_info
from kiosk.protocol.supplement import Supplement, SupplementManifest


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


def open_supplement(keys: KeyRing, manifest: SupplementManifest, sealed: bytes) -> Supplement:
    """The supplement inside, if it is the one that the manifest names.

    Raises:
        CannotOpen, UnknownKey
    """
    return parse_supplement(open_supplement_bytes(keys, manifest, sealed), manifest)


def open_supplement_bytes(keys: KeyRing, manifest: SupplementManifest, sealed: bytes) -> bytes:
    """The plain bytes of the supplement part.

    Raises:
        CannotOpen, UnknownKey
    """
    return _decrypt(_key(keys, manifest), sealed, main_info(manifest.supplement_id, "supplement", manifest.files))


def parse_supplement(plain: bytes, manifest: SupplementManifest) -> Supplement:
    """The supplement inside, if it is the one that the manifest names.

    Raises:
        CannotOpen
    """
    try:
        supplement = Supplement.model_validate_json(plain)
    except ValidationError:
        raise CannotOpen("the sealed supplement does not follow the contract") from None
    if (supplement.supplement_id, supplement.slip_number) != (manifest.supplement_id, manifest.slip_number):
        raise CannotOpen("the sealed supplement is not the one the manifest names")
    return supplement


def open_file(keys: KeyRing, manifest: Contents, name: str, sealed: bytes) -> bytes:
    """The plain bytes of one file part.

    Raises:
        CannotOpen, UnknownKey
    """
    return _decrypt(_key(keys, manifest), sealed, file_info(manifest.envelope_id, name))


def open_part(keys: KeyRing, envelope_id: UUID, name: str, sealed: bytes) -> bytes:
    """The plain bytes of a stored file part, whatever it came with: application, supplement or request to withdraw.

    Raises:
        CannotOpen
    """
    return _any_key(keys, sealed, file_info(envelope_id, name))


def open_text(keys: KeyRing, sealed: str, request_id: UUID, field: str) -> str:
    """The words in a sealed text (`kiosk.protocol.sealed_text`).

    Raises:
        CannotOpen
    """
    try:
        text = _any_key(keys, base64.b64decode(sealed, validate=True), text_info(request_id, field)).decode()
    except (binascii.Error, ValueError):  # also UnicodeDecodeError
        raise CannotOpen("the sealed text does not open") from None
    if len(text) > LONGEST or "\0" in text:
        raise CannotOpen("the sealed text does not follow the contract")
    return text


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
    try:
        return _any_key(keys, sealed, INFO).decode("ascii").rstrip(" ")
    except (CannotOpen, UnicodeDecodeError):
        raise CannotOpen("the card token does not open") from None


def _key(keys: KeyRing, manifest: Contents) -> X25519PrivateKey:
    private = keys.private.get(manifest.key_id)
    if private is None:
        raise UnknownKey("sealed to a key this centre does not have")
    return private


def _decrypt(private: X25519PrivateKey, sealed: bytes, info: bytes) -> bytes:
    try:
        return SUITE.decrypt(sealed, private, info)
    except (InvalidTag, ValueError):
        raise CannotOpen("the sealed content does not open") from None


def _any_key(keys: KeyRing, sealed: bytes, info: bytes) -> bytes:
    """Open what does not say which key it was sealed to."""
    for name in sorted(keys.private, key=lambda name: name != keys.current):
        try:
            return _decrypt(keys.private[name], sealed, info)
        except CannotOpen:
            continue
    raise CannotOpen("the sealed content does not open")
