"""Asking, before anything is photographed, which materials the centre can obtain as e-licences (电子证照, R050).

Only with the applicant's consent, given for this question. Name and number travel sealed to the centre (`sealed_text`, field
`licence_holder`, the two on a line each). The answer says which materials need no picture, and nothing else: neither numbers
nor dates, nor why a material is not among them.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from kiosk.protocol.envelope import CentreKey
from kiosk.protocol.model import Code, Message, RegionCode
from kiosk.protocol.sealed_text import SealedText, seal_text

HOLDER = "licence_holder"
"""`field` that the sealed text is bound to."""
MOST = 8
"""Materials in one question."""


class LicenceQuery(Message):
    """Body of `POST /api/v1/licences/query`."""

    query_id: UUID
    terminal_id: Code
    item_id: Code
    catalogue_version: Code
    handling_region: RegionCode
    materials: Annotated[tuple[Code, ...], Field(min_length=1, max_length=MOST)]
    holder: Annotated[SealedText, Field(repr=False)]
    consented: Literal[True]
    """同意查询: the applicant agreed to this question."""


class LicenceAnswer(Message):
    """Answer of `POST /api/v1/licences/query`."""

    available: tuple[Code, ...]
    """Materials whose licence was found valid. Staff ask once more when they check the application."""


def seal_holder(name: str, id_number: str, query_id: UUID, centre: CentreKey) -> str:
    """Who is asked about, sealed for one question."""
    return seal_text(f"{name}\n{id_number}", query_id, HOLDER, centre)
