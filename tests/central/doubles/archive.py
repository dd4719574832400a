"""An electronic archive: checks who hands in, opens every package, and gives a case the same number each time."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

from tests.central.doubles.server import Request
from tests.central.doubles.signed import SignedDouble


class ArchiveDouble(SignedDouble):
    """`held` maps case numbers to what lies in their packages."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, dict[str, bytes]] = {}
        self.numbers: dict[str, str] = {}

    def authentic(self, request: Request, nonce: str) -> dict[str, object]:
        case, digest = request.headers["x-case-number"], request.headers["x-digest"]
        if hashlib.sha256(request.body).hexdigest() != digest:
            return {"code": "rejected"}
        with zipfile.ZipFile(io.BytesIO(request.body)) as package:
            files = {name: package.read(name) for name in package.namelist()}
        for listed in json.loads(files["manifest.json"])["files"]:
            if hashlib.sha256(files[listed["path"]]).hexdigest() != listed["sha256"]:
                return {"code": "rejected"}
        self.held[case] = files
        return {"code": "0", "archive_number": self.numbers.setdefault(case, f"A2026-{len(self.numbers) + 1:06d}")}
