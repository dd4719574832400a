"""Writing out what was received, byte for byte as the terminal sealed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from central.centre import CentreParts
from central.opening import (
    open_application,
    open_part,
    open_supplement_bytes,
    parse_application,
    parse_supplement,
)
from central.pdf import pages_pdf
from central.store.models import Case, CaseFile, Submission
from kiosk.protocol.application import Application
from kiosk.protocol.envelope import Manifest
from kiosk.protocol.supplement import Supplement, SupplementManifest

_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}


def export(centre: CentreParts, out: Path, terminal: str = "") -> list[str]:
    """Write every case (or those of one terminal) to a folder of its own and return the case numbers, oldest first.

        <case number>/application.json        the plain application part, unchanged
        <case number>/receipt.json            what the terminal was answered
        <case number>/files/<material>-<page>.jpg, signature.png
        <case number>/files/<material>.pdf    the pages of a material, unchanged, in one file (if all are JPEG)
        <case number>/supplement-1/…          the same of each supplement, with supplement.json

    What was deleted (returned applications, periods of retention) is left out.

    Raises:
        CannotOpen: a stored part is damaged or its key is gone.
        OSError
    """
    with centre.database.reading() as session:
        chosen = select(Case.seq).order_by(Case.seq)
        numbers = session.scalars(chosen.where(Case.terminal_id == terminal) if terminal else chosen).all()
    return [_export(centre, seq, out) for seq in numbers]


def _export(centre: CentreParts, seq: int, out: Path) -> str:
    with centre.database.reading() as session:
        number = session.get_one(Case, seq).case_number
    for path, data in contents(centre, seq):
        file = out / number / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return number


def contents(centre: CentreParts, seq: int) -> Iterator[tuple[str, bytes]]:
    """What was received of one case, opened: path in the case's folder (see `export`) and bytes.

    Raises:
        CannotOpen
        OSError
    """
    with centre.database.reading() as session:
        case = session.get_one(Case, seq)
        submissions = session.scalars(
            select(Submission).where(Submission.case_seq == seq).order_by(Submission.number)
        ).all()
        files = list(case.files)
    for one in submissions:
        if not one.sealed:
            continue  # deleted, its period of retention is over
        folder = f"supplement-{one.number}/" if one.number else ""
        kept = [file for file in files if file.application_id == one.application_id]
        for path, data in _contents(centre, one, kept):
            yield folder + path, data


def _contents(centre: CentreParts, submission: Submission, kept: Sequence[CaseFile]) -> Iterator[tuple[str, bytes]]:
    name, plain, content = _opened(centre, submission)
    data = {
        file.plain_sha256: open_part(
            centre.keys, UUID(file.application_id), file.part_name, centre.parts.read(file.sealed_sha256)
        )
        for file in kept
    }
    yield name, plain
    yield "receipt.json", submission.answer.encode()
    for material in content.materials:
        for number, page in enumerate(material.pages, start=1):
            name = f"{material.code}-{number}.{_EXTENSIONS.get(page.file.media_type, 'bin')}"
            if page.file.sha256 in data:
                yield f"files/{name}", data[page.file.sha256]
        pages = [(data[page.file.sha256], page.dpi) for page in material.pages if page.file.sha256 in data]
        if pages and (pdf := pages_pdf(pages)) is not None:
            yield f"files/{material.code}.pdf", pdf
    if content.signature is not None and content.signature.sha256 in data:
        name = f"signature.{_EXTENSIONS.get(content.signature.media_type, 'bin')}"
        yield f"files/{name}", data[content.signature.sha256]


def _opened(centre: CentreParts, submission: Submission) -> tuple[str, bytes, Application | Supplement]:
    """File name and plain bytes of what was submitted, and what they say."""
    if submission.number:
        later = SupplementManifest.model_validate_json(submission.manifest)
        plain = open_supplement_bytes(centre.keys, later, submission.sealed)
        return "supplement.json", plain, parse_supplement(plain, later)
    manifest = Manifest.model_validate_json(submission.manifest)
    plain = open_application(centre.keys, manifest, submission.sealed)
    return "application.json", plain, parse_application(plain, manifest.application_id, manifest.slip_number)
