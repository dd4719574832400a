"""Issued documents (文书) at a terminal: which there are, and one of them as PDF, to be printed there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from kiosk.protocol.model import CaseNumber, Code, Line, Message, SlipNumber
from kiosk.protocol.proof import Proof

CheckCode = Annotated[str, Field(pattern=r"^[2-9A-HJ-NP-Z]{16}$")]
"""验证码: random, printed on the document and held in its QR code."""


class DocumentsQuery(Proof):
    """Body of `POST /api/v1/documents/query`: slip number with query code, or a card token."""


class IssuedDocument(Message):
    """One document. No name, no identity number."""

    check_code: CheckCode
    kind: Code
    title_zh: Line
    title_en: Line
    number: Line
    """乌审政服收〔2026〕00023号"""
    unit: Line
    case_number: CaseNumber
    item_name: Line
    issued_at: AwareDatetime
    signed_for_at: AwareDatetime | None = None


class DocumentsAnswer(Message):
    """The documents of all cases that the proof is right for, newest first. Voided ones are left out."""

    documents: tuple[IssuedDocument, ...]


class CopyLine(Message):
    """One line of a document for narrow paper."""

    kind: Literal["heading", "paragraph", "fact", "row"]
    """`fact`: a label and what stands beside it. `row`: begins an entry of a list, whose facts follow."""
    label: Line = ""
    text: Annotated[str, Field(repr=False)]
    """However long: the document says it."""


class DocumentCopy(Message):
    """Answer of `POST /api/v1/documents/copy`: what a document says, for a terminal that prints on a roll.

    Names the applicant: print it, keep nothing of it. The signed PDF is the document; `check_url` shows whether it stands.
    """

    check_code: CheckCode
    title_zh: Line
    title_en: Line
    number: Line
    unit: Line
    issued_at: AwareDatetime
    lines: tuple[CopyLine, ...]
    officer: Line
    check_url: Line


class DocumentFetch(Message):
    """Body of `POST /api/v1/documents/fetch`, answered with `application/pdf` and its `Repr-Digest` (RFC 9530), and of
    `POST /api/v1/documents/copy`, answered with `DocumentCopy`.

    Only with what the slip says: the PDF holds name, phone and address, and a card token shows who is asked about, not that
    the card was there.
    """

    slip_number: SlipNumber
    query_code: Annotated[str, Field(max_length=20, repr=False)]
    check_code: CheckCode
