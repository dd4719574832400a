"""Small tables as files: XLSX or CSV, made while somebody waits."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from tempfile import gettempdir

from fastapi import Response

from central.ledger.export import CSV, MEDIA, XLSX
from central.ledger.sheets import Cell, XlsxSheet, as_csv


def table_file(name: str, kind: str, heading: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Response:
    """The table as a file to keep; `kind` is one of `MEDIA`."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store"}
    if kind == CSV:
        return Response(as_csv(heading, rows), media_type=MEDIA[CSV], headers=headers)
    out = io.BytesIO()
    sheet = XlsxSheet(out, heading, [16] * len(heading), Path(gettempdir()))
    for row in rows:
        sheet.row(row)
    sheet.end()
    return Response(out.getvalue(), media_type=MEDIA[XLSX], headers=headers)
