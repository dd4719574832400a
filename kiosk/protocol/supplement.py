"""A supplement (补正): what was missing, sealed like an application and added to its case. No new case is made (R065)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, field_validator, model_validator

from kiosk.protocol.application import Answer, Channel, FileRef, Material, files_of, once_each
from kiosk.protocol.envelope import MAX_APPLICATION, CentreKey, Contents, SealedPart, seal_parts
from kiosk.protocol.model import CaseNumber, Code, Message, SlipNumber
from kiosk.protocol.proof import Claim
from kiosk.protocol.states import State


class Supplement(Message):
    """What the citizen adds. `supplement_id` is the idempotency key of its submission."""

    supplement_id: UUID
    case_number: CaseNumber
    slip_number: SlipNumber
    """Of the application it belongs to."""
    created_at: AwareDatetime
    terminal_id: Code
    channel: Channel = Channel.KIOSK
    materials: Annotated[tuple[Material, ...], Field(max_length=100)] = ()
    """Each takes the place of the earlier one with the same code, whole."""
    form: Annotated[tuple[Answer, ...], Field(max_length=400)] = ()
    """Corrected answers: each takes the place of the earlier one with the same key."""
    signature: FileRef | None = None

    @field_validator("materials")
    @classmethod
    def _once_each(cls, value: tuple[Material, ...]) -> tuple[Material, ...]:
        return once_each(value)

    @model_validator(mode="after")
    def _adds_something(self) -> Self:
        if not self.materials and not self.form:
            raise ValueError("neither materials nor answers")
        return self

    def files(self) -> tuple[FileRef, ...]:
        """The files it names, each digest once: pages in order, then the signature."""
        return files_of(self.materials, self.signature)


class SupplementManifest(Contents):
    """What the envelope of a supplement consists of."""

    supplement_id: UUID
    supplement: SealedPart

    @property
    def envelope_id(self) -> UUID:
        """The supplement's id."""
        return self.supplement_id

    @field_validator("supplement")
    @classmethod
    def _is_supplement(cls, value: SealedPart) -> SealedPart:
        if value.name != "supplement" or value.size > MAX_APPLICATION:
            raise ValueError("not a supplement part")
        return value


class SupplementSubmission(Claim):
    """Body of `POST /api/v1/supplements`."""

    manifest: SupplementManifest
    sealed_supplement: Annotated[str, Field(max_length=MAX_APPLICATION * 4 // 3 + 4)]
    """The part `supplement` in base64; the files were uploaded before."""


class SupplementReceipt(Message):
    """Answer to a supplement: it is with the case, which staff check again."""

    supplement_id: UUID
    case_number: CaseNumber
    slip_number: str
    number: Annotated[int, Field(ge=1)]
    """1 for the first supplement of the case."""
    received_at: AwareDatetime
    state: State
    text_zh: str
    text_en: str


@dataclass(frozen=True)
class SupplementEnvelope:
    """A sealed supplement: the manifest and the sealed bytes of each part by name."""

    manifest: SupplementManifest
    parts: Mapping[str, bytes]

    @property
    def sealed_supplement(self) -> str:
        """The part `supplement`, as it travels in the submission."""
        return base64.b64encode(self.parts["supplement"]).decode()


def seal_supplement(supplement: Supplement, files: Mapping[str, bytes], centre: CentreKey) -> SupplementEnvelope:
    """Seal a supplement and its files, `files` being their plain bytes by SHA-256.

    Raises:
        EnvelopeError: the files are not those that the supplement names, or something is too large.
    """
    main, listed, parts = seal_parts(
        supplement.supplement_id, "supplement", supplement.model_dump_json(), supplement.files(), files, centre
    )
    manifest = SupplementManifest(
        supplement_id=supplement.supplement_id,
        slip_number=supplement.slip_number,
        key_id=centre.key_id,
        supplement=main,
        files=listed,
    )
    return SupplementEnvelope(manifest, parts)
