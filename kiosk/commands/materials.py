"""`kiosk materials`: what the terminal makes of pictures of papers, on files instead of a camera.

For technicians who tune a camera and for integrators. JSON only. The applicant's name and number are compared with
what is read and never printed; given as environment variables they do not show in the list of processes either.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from kiosk.strings import Strings

if TYPE_CHECKING:
    from kiosk.findings import Expectation, Reading
    from kiosk.materials.pages import CapturedPage, PageVerdict, Quad

EXIT_FAILED = 1

_files = click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
_field_width = click.option(
    "--field-width-mm",
    type=click.FloatRange(min=10, max=10_000),
    help="How much of the desk the picture's width shows; tells A4, A5 and B5 apart and gives the true dpi.",
)


@click.group()
def materials() -> None:
    """Find, judge and straighten pages in picture files (JPEG, PNG)."""


@materials.command()
@_files
def locate(files: tuple[Path, ...]) -> None:
    """Print where the page lies: a JSON line a file.

    `corners` are pixels (x, y) of the picture as its camera was held, clockwise from the page's top left as it lies
    there, or null; `ms` is the time that finding took, without decoding.
    """
    import numpy as np

    from kiosk.materials.files import load
    from kiosk.materials.locate import locate as find
    from kiosk.materials.pages import MaterialsError

    try:
        find(np.zeros((360, 480, 3), np.uint8))  # loads the model, which is not to count
    except MaterialsError as error:
        _fail(str(error))

    def answer(file: Path) -> dict[str, object]:
        loaded = load(file)
        began = time.perf_counter()
        found = find(loaded.picture)
        ms = (time.perf_counter() - began) * 1000
        quad = None if found.quad is None else found.quad.scaled(loaded.reduced)
        return {"corners": _corners(quad), "confidence": round(found.confidence, 3), "ms": round(ms, 2)}

    _each(files, answer, {"corners": None, "confidence": 0.0, "ms": 0.0})


@materials.command()
@_files
@click.option("--name", default="", envvar="KIOSK_APPLICANT_NAME", help="The applicant's name; never printed.")
@click.option("--id-number", default="", envvar="KIOSK_APPLICANT_NUMBER", help="Their identity number; never printed.")
@click.option("--expect", "kinds", multiple=True, metavar="KIND", help="A kind of paper that will do (repeatable).")
@_field_width
def judge(
    files: tuple[Path, ...], name: str, id_number: str, kinds: tuple[str, ...], field_width_mm: float | None
) -> None:
    """Print what is wrong with each page, what was measured, and what was read on it: a JSON line a file.

    The files are taken for pages of one application: a page that was there before is told.
    """
    from kiosk.findings import Expectation
    from kiosk.materials.capture import process
    from kiosk.materials.files import load_image
    from kiosk.materials.pages import Code
    from kiosk.materials.reading.kinds import load_kinds
    from kiosk.materials.same_page import taken_before

    if unknown := set(kinds) - set(load_kinds()):
        raise click.BadParameter(
            f"{', '.join(sorted(unknown))}; known: {', '.join(load_kinds())}", param_hint="--expect"
        )
    expected = Expectation(kinds, name, id_number, date.today())
    earlier: dict[Path, tuple[bytes, str]] = {}

    def answer(file: Path) -> dict[str, object]:
        page = process(load_image(file), earlier=tuple(earlier.values()), field_width_mm=field_width_mm)
        fields = _judged(page, _read(page, expected))
        if Code.SAME_PAGE in page.verdict.codes:
            flat = load_image(page.file.jpeg)
            fields["same_as"] = next(
                (str(other) for other, known in earlier.items() if taken_before(flat, [known])), None
            )
        elif page.fingerprint:
            earlier[file] = (page.file.jpeg, page.fingerprint)
        return fields

    _each(files, answer, {"verdicts": None})


@materials.command()
@_files
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="A folder for the pages and one PDF, or a file name ending in .pdf for the PDF only.",
)
@_field_width
@click.option("--force", is_flag=True, help="Write over what is there.")
def scan(files: tuple[Path, ...], out: Path, field_width_mm: float | None, force: bool) -> None:
    """Straighten each page, even its light out, and keep all as JPEG pages and one PDF; says which in JSON."""
    from kiosk.materials.assemble import pdf
    from kiosk.materials.capture import process
    from kiosk.materials.files import load_image

    only_pdf = out.suffix.lower() == ".pdf"
    names = [] if only_pdf else [f"page-{number}.jpg" for number in range(1, len(files) + 1)]
    document = out if only_pdf else out / "pages.pdf"
    _free([document, *(out / page for page in names)], force)

    taken: list[CapturedPage] = []

    def answer(file: Path) -> dict[str, object]:
        page = process(load_image(file), field_width_mm=field_width_mm)
        taken.append(page)
        fields: dict[str, object] = {"page": None if only_pdf else names[len(taken) - 1]}
        size = {"bytes": len(page.file.jpeg), "width": page.file.width, "height": page.file.height}
        return fields | {"sha256": page.file.sha256} | size | _paper(page) | {"verdicts": _codes(page.verdict)}

    pages = [_answered(file, answer, {"page": None}) for file in files]
    made = pdf([page.file.jpeg for page in taken], [page.file.dpi for page in taken]) if taken else None
    try:
        document.parent.mkdir(parents=True, exist_ok=True)
        for name, page in zip(names, taken, strict=False):
            (out / name).write_bytes(page.file.jpeg)
        if made is not None:
            document.write_bytes(made)
    except OSError as error:
        _fail(f"{out}: cannot be written ({error.strerror}); give another place with -o")
    described = made and {"file": document.name, "sha256": hashlib.sha256(made).hexdigest(), "bytes": len(made)}
    _print_json({"pages": pages, "pdf": described})
    sys.exit(EXIT_FAILED if any("error" in page for page in pages) else 0)


def _each(files: tuple[Path, ...], answer: Callable[[Path], dict[str, object]], failed: Mapping[str, object]) -> None:
    """Print a line for each file; exits 1 after the last if one of them could not be used."""
    errors = 0
    for file in files:
        line = _answered(file, answer, failed)
        errors += "error" in line
        _print_json(line)
    sys.exit(EXIT_FAILED if errors else 0)


def _answered(
    file: Path, answer: Callable[[Path], dict[str, object]], failed: Mapping[str, object]
) -> dict[str, object]:
    from kiosk.materials.pages import MaterialsError

    try:
        return {"file": str(file), **answer(file)}
    except MaterialsError as error:
        return {"file": str(file), **failed, "error": str(error)}


def _read(page: CapturedPage, expected: Expectation) -> Reading | None:
    """What is read on a page, as the terminal would; None without a page."""
    from kiosk.materials.files import load_image
    from kiosk.materials.reading import read_page

    return None if page.quad is None else read_page(load_image(page.file.jpeg), expected)


def _judged(page: CapturedPage, reading: Reading | None) -> dict[str, object]:
    from kiosk.materials.pages import Code

    verdict = page.verdict
    if reading is not None and reading.turn:
        verdict = verdict.plus(Code.UPSIDE_DOWN)
    chinese, english = Strings.load("zh_CN"), Strings.load("en")
    fields: dict[str, object] = {
        "verdicts": [
            {"code": code.value, "zh": chinese(f"mat.verdict.{code}"), "en": english(f"mat.verdict.{code}")}
            for code in verdict.codes
        ],
        "accepted": verdict.accepted,
        "measures": {name: round(value, 4) for name, value in asdict(verdict.measures).items()},
        **_paper(page),
        "corners": _corners(page.quad),
    }
    if reading is not None:
        fields["reading"] = {
            "kind": reading.kind,
            "kind_confidence": round(reading.kind_confidence, 2),
            "turn": reading.turn,
            "lines": reading.lines,
            "findings": [
                {"code": found.code.value, "confidence": round(found.confidence, 2), "value": found.value}
                for found in reading.findings
            ],
        }
    return fields


def _paper(page: CapturedPage) -> dict[str, object]:
    return {"format": page.format.value, "dpi": round(page.dpi, 1)}


def _codes(verdict: PageVerdict) -> list[str]:
    return [code.value for code in verdict.codes]


def _corners(quad: Quad | None) -> list[list[float]] | None:
    return None if quad is None else quad.points.round(2).tolist()


def _free(targets: list[Path], force: bool) -> None:
    """End the command if something would be written over that nobody said may be."""
    for target in targets:
        if target.exists() and not force:
            _fail(f"{target}: is there already; give another place with -o, or --force")


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(EXIT_FAILED)


def _print_json(value: Mapping[str, Any]) -> None:
    """JSON is UTF-8 whatever the terminal's encoding."""
    sys.stdout.buffer.write(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n")
    sys.stdout.buffer.flush()
