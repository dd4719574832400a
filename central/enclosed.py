"""Files that came with an application, a supplement or a request: opened once, compared with what is said of them.

Only pictures and PDF are taken, by their first bytes and not by what they call themselves. What else may hide behind
such a beginning (a file can be two things at once) never reaches a browser: pages are decoded and drawn anew
(`central.pictures`), and an export writes them under an extension of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from central.keys import KeyRing
from central.opening import CannotOpen, open_file
from central.refusal import Refusal
from central.store.models import CaseFile, Upload
from kiosk.protocol.application import FileRef
from kiosk.protocol.envelope import Contents, SealedPart
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.problems import ProblemType

MEDIA_TYPES: Final = frozenset({"image/jpeg", "image/png", "application/pdf"})
_BEGINNINGS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-")


def checked_files(
    keys: KeyRing, manifest: Contents, named: Sequence[FileRef], read: Callable[[str], bytes]
) -> list[CaseFile]:
    """Rows for the files of an envelope, each opened and found to be the one that its content names.

    Args:
        keys: to open them.
        manifest: what was uploaded.
        named: what the opened content says of its files, in its order.
        read: the sealed bytes by digest.

    Raises:
        CannotOpen
    """
    if len(named) != len(manifest.files):
        raise CannotOpen("the sealed content names another number of files")
    files = []
    for ref, part in zip(named, manifest.files, strict=True):
        check(ref, open_file(keys, manifest, part.name, read(part.sha256)), part.name)
        files.append(row(part, ref, str(manifest.envelope_id)))
    return files


def check(ref: FileRef, data: bytes, name: str) -> None:
    """Is `data` the file that `ref` describes, and a kind of file that is taken?

    Raises:
        CannotOpen
    """
    if (sha256_hex(data), len(data)) != (ref.sha256, ref.size):
        raise CannotOpen(f"{name} is not the file that is named")
    if ref.media_type not in MEDIA_TYPES or not data.startswith(_BEGINNINGS):
        raise CannotOpen(f"{name} is neither a picture (JPEG, PNG) nor a PDF")


def row(part: SealedPart, ref: FileRef, envelope_id: str) -> CaseFile:
    """How a case keeps it."""
    return CaseFile(
        application_id=envelope_id,
        part_name=part.name,
        sealed_sha256=part.sha256,
        plain_sha256=ref.sha256,
        plain_size=ref.size,
    )


def taken(session: Session, digests: Sequence[str]) -> None:
    """These sealed parts belong to a case from now on: their uploads are over. In the transaction that stores the case."""
    if digests:
        session.execute(delete(Upload).where(Upload.sha256.in_(digests)).execution_options(synchronize_session=False))


def all_there(parts: Sequence[SealedPart], has: Callable[[str], bool]) -> None:
    """Were all parts uploaded?

    Raises:
        Refusal: PARTS_MISSING; `detail` lists them.
    """
    missing = [part.name for part in parts if not has(part.sha256)]
    if missing:
        raise Refusal(ProblemType.PARTS_MISSING, ", ".join(missing))
