"""Sheets and sealed files: nothing in a cell becomes a formula, and a sealed file opens whole or not at all."""

from __future__ import annotations

import csv
import io
import os
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from central.ledger import public
from central.ledger.sealed_file import FRAME, SealingWriter, read_sealed
from central.ledger.sheets import XlsxSheet, as_csv
from central.vault import CannotUnseal

FORMULAS = ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "=cmd|' /C calc'!A0"]


def test_no_cell_of_a_csv_begins_as_a_formula() -> None:
    text = as_csv(["a", "b"], [[formula, 5] for formula in FORMULAS]).decode("utf-8-sig")
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert [row[0] for row in found[1:]] == ["'" + formula for formula in FORMULAS]
    assert found[1][1] == "5"


def test_what_looks_like_a_formula_is_plain_text_in_a_sheet(tmp_path: Path) -> None:
    out = io.BytesIO()
    sheet = XlsxSheet(out, ["a", "when", "n"], [10, 10, 5], tmp_path)
    for formula in FORMULAS:
        sheet.row([formula, datetime(2026, 11, 20, 16, 30, tzinfo=UTC), 7])
    sheet.end()
    book = openpyxl.load_workbook(io.BytesIO(out.getvalue()))
    cells = [row[0] for row in book.active.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert cells[0].value == FORMULAS[0]
    assert book.active["B2"].value == datetime(2026, 11, 21, 0, 30), "times are China's"
    assert not list(tmp_path.iterdir()), "nothing stays behind in the folder"


def sealed(data: bytes, key: bytes) -> list[bytes]:
    frames: list[bytes] = []
    out = SealingWriter(frames.append, key)
    for start in range(0, len(data), 100_007):
        out.write(data[start : start + 100_007])
    out.end()
    return frames


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME + 17])
def test_a_sealed_file_gives_back_what_was_written(size: int) -> None:
    key, data = os.urandom(32), os.urandom(size)
    frames = sealed(data, key)
    assert b"".join(read_sealed(frames, key)) == data
    assert all(len(frame) <= FRAME + 16 for frame in frames)


def test_a_sealed_file_cut_short_changed_or_reordered_does_not_open() -> None:
    key = os.urandom(32)
    whole = sealed(os.urandom(3 * FRAME), key)
    spoiled = [
        whole[:-1],
        [*whole[:-1], whole[-1][:-1]],
        [whole[0][:100] + b"\x00" + whole[0][101:], *whole[1:]],
        [whole[1], whole[0], whole[2]],
        [b""],
        [],
    ]
    for frames in spoiled:
        with pytest.raises(CannotUnseal):
            list(read_sealed(frames, key))
    with pytest.raises(CannotUnseal):
        list(read_sealed(whole, os.urandom(32)))


@pytest.mark.req("R108")
@pytest.mark.parametrize(("count", "said"), [(0, "<5"), (4, "<5"), (5, "5"), (9, "5"), (10, "10"), (1234, "1230")])
def test_a_public_count_is_never_of_less_than_five_people(count: int, said: str) -> None:
    assert public.said(count) == said
