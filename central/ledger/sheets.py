"""Writing a table as XLSX or CSV, row by row, in the memory of a few rows. Nothing in a cell can become a formula."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import xlsxwriter

from central.times import CHINA

Cell = str | int | float | datetime | None
MOST_XLSX_ROWS = 1_048_575
"""Rows of a sheet beside its heading."""
SCRATCH = "sheet-"
"""Beginning of the names of temporary folders."""
LONGEST = 32_767
"""Characters in a cell of a sheet."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What spreadsheets take for the beginning of a formula (OWASP, CSV injection), and the same in full width."""


class Out(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Take some."""


class Sheet(Protocol):
    """A table being written."""

    def row(self, cells: Sequence[Cell]) -> None:
        """One more row."""

    def end(self) -> None:
        """No more rows."""


class CsvSheet:
    """UTF-8 with a byte-order mark: Excel then reads the Chinese."""

    def __init__(self, out: Out, heading: Sequence[str]) -> None:
        self._out = out
        self._text = io.StringIO()
        self._writer = csv.writer(self._text)
        out.write(codecs.BOM_UTF8)
        self.row(heading)

    def row(self, cells: Sequence[Cell]) -> None:
        """One more row."""
        self._writer.writerow([_csv(cell) for cell in cells])
        self._out.write(self._text.getvalue().encode())
        self._text.seek(0)
        self._text.truncate()

    def end(self) -> None:
        """Nothing to add."""


class XlsxSheet:
    """XlsxWriter in constant-memory mode: rows go to a temporary file of a private folder, deleted at the end."""

    def __init__(self, out: object, heading: Sequence[str], widths: Sequence[int], scratch: Path) -> None:
        self._scratch = TemporaryDirectory(dir=scratch, prefix=SCRATCH)
        options = {
            "constant_memory": True,
            "tmpdir": self._scratch.name,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = xlsxwriter.Workbook(out, options)
        self._sheet = self._book.add_worksheet("台账")
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        bold = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for number, width in enumerate(widths):
            self._sheet.set_column(number, number, width)
        self._sheet.freeze_panes(1, 2)
        for number, name in enumerate(heading):
            self._sheet.write_string(0, number, name, bold)
        self._row = 0

    def row(self, cells: Sequence[Cell]) -> None:
        """One more row."""
        self._row += 1
        for number, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            if isinstance(cell, datetime):
                self._sheet.write_datetime(self._row, number, cell.astimezone(CHINA).replace(tzinfo=None), self._time)
            elif isinstance(cell, (int, float)):
                self._sheet.write_number(self._row, number, cell)
            else:
                # A cell of the type string is never calculated, whatever it begins with.
                self._sheet.write_string(self._row, number, cell[:LONGEST])

    def end(self) -> None:
        """Put the file together."""
        self._book.close()
        self._scratch.cleanup()


def as_csv(heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A small table as CSV."""
    out = io.BytesIO()
    sheet = CsvSheet(out, heading)
    for row in rows:
        sheet.row(row)
    return out.getvalue()


def harmless(text: str) -> str:
    """`text` such that a spreadsheet shows it and does not calculate it."""
    return "'" + text if text.startswith(_FORMULA) else text


def _csv(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell.astimezone(CHINA):%Y-%m-%d %H:%M}"
    return harmless(cell) if isinstance(cell, str) else str(cell)
