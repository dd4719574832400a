"""Writing out what was received, byte for byte as the terminal sealed it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from central.centre import CentreParts
from central.opening import open_application, open_file, parse_application
from central.pdf import pages_pdf
from central.store.models import Case
from kiosk.protocol.envelope import Manifest

_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}


def export(centre: CentreParts, out: Path) -> list[str]:
    """Write every case to a folder of its own and return the case numbers, oldest first.

        <case number>/application.json        the plain application part, unchanged
        <case number>/receipt.json            what the terminal was answered
        <case number>/files/<material>-<page>.jpg, signature.png
        <case number>/files/<material>.pdf    the pages of a material, unchanged, in one file (if all are JPEG)

    Raises:
        CannotOpen: a stored part is damaged or its key is gone.
        OSError
    """
    with centre.database.reading() as session:
        cases = session.scalars(select(Case).order_by(Case.seq)).all()
        for case in cases:
            _write(centre, case, out / case.case_number)
        return [case.case_number for case in cases]


def _write(centre: CentreParts, case: Case, folder: Path) -> None:
    manifest = Manifest.model_validate_json(case.manifest)
    plain = open_application(centre.keys, manifest, centre.parts.read(manifest.application.sha256))
    application = parse_application(plain, manifest.application_id, manifest.slip_number)
    data = {
        kept.plain_sha256: open_file(centre.keys, manifest, kept.part_name, centre.parts.read(kept.sealed_sha256))
        for kept in case.files
    }
    files = folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    (folder / "application.json").write_bytes(plain)
    (folder / "receipt.json").write_text(case.answer, encoding="utf-8")
    for material in application.materials:
        for number, page in enumerate(material.pages, start=1):
            name = f"{material.code}-{number}.{_EXTENSIONS.get(page.file.media_type, 'bin')}"
            (files / name).write_bytes(data[page.file.sha256])
        pages = [(data[page.file.sha256], page.dpi) for page in material.pages]
        if pages and (pdf := pages_pdf(pages)) is not None:
            (files / f"{material.code}.pdf").write_bytes(pdf)
    if application.signature is not None:
        name = f"signature.{_EXTENSIONS.get(application.signature.media_type, 'bin')}"
        (files / name).write_bytes(data[application.signature.sha256])
