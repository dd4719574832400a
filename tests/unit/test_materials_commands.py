"""`kiosk materials`: what technicians and integrators get for their picture files.

A program that reads the lines would break on a missing key; a folder of pages would be lost to a careless overwrite;
and the applicant's name must not appear anywhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from drivers.virtual.desk import Blemish, Desk, Scene, View, render, sensor_noise
from drivers.virtual.papers import paper
from drivers.virtual.personas import PERSONAS
from kiosk.cli import main
from kiosk.findings import Expectation, Finding, FindingCode, Reading
from kiosk.materials.corners import CornerNet
from kiosk.materials.files import density
from kiosk.materials.pages import Quad

PERSON = PERSONAS["zhao"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["materials", *map(str, arguments)])


def lines(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def view_of(kind: str, *blemishes: Blemish, desk: Desk = Desk.DARK_MAT, seed: int = 3) -> View:
    view = render(Scene(desk=desk, sheet=paper(kind, PERSON), seed=seed, lamp=seed, blemishes=frozenset(blemishes)))
    return View(cv2.add(view.pixels, sensor_noise(1080, 1920, 1), dtype=cv2.CV_8U), view.corners)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two good pages, one page again, a desk without a page, and a file that is no picture."""
    place = tmp_path_factory.mktemp("材料")
    cv2.imwrite(str(place / "contract.png"), view_of("劳动合同").pixels)
    cv2.imwrite(str(place / "again.jpg"), view_of("劳动合同", desk=Desk.GREEN_MAT, seed=5).pixels)
    cv2.imwrite(str(place / "card.jpg"), view_of("居民身份证人像面").pixels)
    cv2.imwrite(str(place / "glare.jpg"), view_of("居住证明", Blemish.GLARE).pixels)
    cv2.imwrite(str(place / "desk.png"), render(Scene(desk=Desk.DARK_MAT)).pixels)
    (place / "note.txt").write_text("no picture", "utf-8")
    return place


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[int, ...], Expectation]]:
    """A reader that reads the same on every page and remembers what it was asked: reading is tested elsewhere."""
    calls: list[tuple[tuple[int, ...], Expectation]] = []

    def read_page(picture: np.ndarray, expected: Expectation) -> Reading:
        calls.append((picture.shape, expected))
        findings = (Finding(FindingCode.NAME_FOUND, 0.913), Finding(FindingCode.EXPIRED, 0.8, "2020-01-31"))
        return Reading(findings, "labour_contract", 0.98765, 180, 12)

    monkeypatch.setattr("kiosk.materials.reading.read_page", read_page)
    return calls


def corners_of(line: dict) -> np.ndarray:
    return np.array(line["corners"])


# locate


def test_locate_prints_a_line_a_file_with_exactly_the_promised_keys(folder):
    result = run("locate", folder / "contract.png", folder / "desk.png")
    found, none = lines(result)
    assert result.exit_code == 0
    assert list(found) == list(none) == ["file", "corners", "confidence", "ms"]
    assert found["file"] == str(folder / "contract.png")
    truth = Quad.of(view_of("劳动合同").corners).points
    assert np.linalg.norm(corners_of(found) - truth, axis=1).max() < 5
    assert none["corners"] is None
    assert found["ms"] > 0


def test_locate_goes_on_after_a_file_that_cannot_be_read_and_says_so_at_the_end(folder):
    result = run("locate", folder / "note.txt", folder / "missing.png", folder / "card.jpg")
    text, missing, card = lines(result)
    assert result.exit_code == 1
    assert list(text) == ["file", "corners", "confidence", "ms", "error"]
    assert text["corners"] is None
    assert text["error"] == "the file is neither JPEG nor PNG"
    assert missing["error"] == "the file cannot be read"
    assert len(card["corners"]) == 4


def test_locate_speaks_of_the_files_own_pixels_however_large_it_is(folder, tmp_path):
    large = cv2.resize(view_of("劳动合同").pixels, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(tmp_path / "large.jpg"), large)
    assert large.shape[0] * large.shape[1] > 25_000_000
    (line,) = lines(run("locate", tmp_path / "large.jpg"))
    truth = Quad.of(view_of("劳动合同").corners).scaled(4).points
    assert np.linalg.norm(corners_of(line) - truth, axis=1).max() < 20


def test_locate_on_a_terminal_without_the_network_says_what_to_restore(folder, monkeypatch):
    def missing() -> CornerNet:
        return CornerNet(folder / "corners.onnx")

    monkeypatch.setattr("kiosk.materials.locate.corner_net", missing)
    result = run("locate", folder / "desk.png")
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), "no traceback"
    assert "restore assets/materials" in result.stderr


# judge


def test_judge_says_what_is_wrong_in_both_languages_with_measures_and_findings(folder, asked):
    result = run("judge", folder / "glare.jpg", "--expect", "residence_certificate", "--expect", "housing_proof")
    (line,) = lines(result)
    assert result.exit_code == 0
    assert [verdict["code"] for verdict in line["verdicts"]] == ["glare", "upside_down"]
    assert "反光" in line["verdicts"][0]["zh"]
    assert "glare" in line["verdicts"][0]["en"]
    assert line["accepted"] is False
    assert line["measures"]["glare"] > 0.01
    assert line["format"] == "a4"
    assert line["measures"]["dpi"] == pytest.approx(line["dpi"], abs=0.1)
    assert line["reading"] == {
        "kind": "labour_contract",
        "kind_confidence": 0.99,
        "turn": 180,
        "lines": 12,
        "findings": [
            {"code": "name_found", "confidence": 0.91, "value": ""},
            {"code": "expired", "confidence": 0.8, "value": "2020-01-31"},
        ],
    }
    ((shape, expected),) = asked
    assert expected.kinds == ("residence_certificate", "housing_proof")
    assert expected.today is not None
    assert shape[0] > shape[1]  # the flat page, not the frame


def test_judge_knows_a_page_again_among_the_files_and_says_which(folder, asked):
    files = ("card.jpg", "contract.png", "again.jpg")
    card, contract, again = lines(run("judge", *(folder / name for name in files)))
    assert card["format"] == "id_1"
    assert "same_as" not in contract
    assert "same_page" in [verdict["code"] for verdict in again["verdicts"]]
    assert again["same_as"] == str(folder / "contract.png")


@pytest.mark.req("R024")
@pytest.mark.parametrize("how", ["options", "environment"])
def test_judge_compares_the_name_and_number_and_never_prints_them(folder, asked, monkeypatch, how):
    given: Sequence[str] = ("--name", PERSON.name, "--id-number", PERSON.id_number)
    if how == "environment":
        monkeypatch.setenv("KIOSK_APPLICANT_NAME", PERSON.name)
        monkeypatch.setenv("KIOSK_APPLICANT_NUMBER", PERSON.id_number)
        given = ()
    result = run("judge", folder / "contract.png", folder / "note.txt", *given)
    assert asked[0][1].name == PERSON.name
    assert asked[0][1].id_number == PERSON.id_number
    assert PERSON.name not in result.output
    assert PERSON.id_number not in result.output


def test_judge_reads_nothing_where_there_is_no_page(folder, asked):
    (line,) = lines(run("judge", folder / "desk.png"))
    assert [verdict["code"] for verdict in line["verdicts"]] == ["no_page"]
    assert "reading" not in line
    assert not asked


def test_judge_refuses_a_kind_of_paper_that_it_does_not_know(folder):
    result = run("judge", folder / "card.jpg", "--expect", "driving_license")
    assert result.exit_code == 2
    assert "driving_licence" in result.stderr


def test_judge_tells_formats_apart_when_the_scale_is_known(folder, asked):
    unknown, known = (lines(run("judge", folder / "card.jpg", *more))[0] for more in ((), ("--field-width-mm", "252")))
    assert known["format"] == unknown["format"] == "id_1"
    (a3,) = lines(run("judge", folder / "contract.png", "--field-width-mm", "400"))
    assert a3["format"] == "free"
    assert a3["dpi"] == pytest.approx(1080 / 400 * 25.4, rel=0.01)


# scan


def test_scan_keeps_straightened_pages_and_one_pdf_and_says_what_they_are(folder, tmp_path):
    out = tmp_path / "new" / "pages"
    result = run("scan", folder / "contract.png", folder / "card.jpg", "-o", out)
    (said,) = lines(result)
    assert result.exit_code == 0
    assert sorted(path.name for path in out.iterdir()) == ["page-1.jpg", "page-2.jpg", "pages.pdf"]
    for page, kind in zip(said["pages"], ("a4", "id_1"), strict=True):
        content = (out / page["page"]).read_bytes()
        assert page["sha256"] == hashlib.sha256(content).hexdigest()
        assert (page["bytes"], page["format"]) == (len(content), kind)
        assert density(content) == round(page["dpi"])
        height, width = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR).shape[:2]
        assert (page["width"], page["height"]) == (width, height)
        assert content in (out / "pages.pdf").read_bytes()
    assert said["pdf"]["sha256"] == hashlib.sha256((out / "pages.pdf").read_bytes()).hexdigest()


def test_scan_into_a_pdf_writes_just_that(folder, tmp_path):
    result = run("scan", folder / "card.jpg", "-o", tmp_path / "card.PDF")
    assert result.exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["card.PDF"]
    assert (tmp_path / "card.PDF").read_bytes().startswith(b"%PDF")


def test_scan_writes_over_nothing_unless_told_to(folder, tmp_path):
    (tmp_path / "page-1.jpg").write_bytes(b"mine")
    refused = run("scan", folder / "card.jpg", "-o", tmp_path)
    assert refused.exit_code == 1
    assert "page-1.jpg" in refused.stderr
    assert not refused.stdout
    assert (tmp_path / "page-1.jpg").read_bytes() == b"mine"
    assert run("scan", folder / "card.jpg", "-o", tmp_path, "--force").exit_code == 0
    assert (tmp_path / "page-1.jpg").read_bytes() != b"mine"


def test_scan_keeps_the_good_pages_when_one_file_is_bad(folder, tmp_path):
    result = run("scan", folder / "note.txt", folder / "card.jpg", "-o", tmp_path)
    (said,) = lines(result)
    assert result.exit_code == 1
    assert said["pages"][0]["error"]
    assert [page["page"] for page in said["pages"]] == [None, "page-1.jpg"]
    assert (tmp_path / "page-1.jpg").exists()


def test_scan_of_nothing_good_makes_no_pdf(folder, tmp_path):
    result = run("scan", folder / "note.txt", "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert lines(result)[0]["pdf"] is None
    assert not (tmp_path / "out" / "pages.pdf").exists()


def test_scan_says_plainly_when_it_cannot_write(folder, tmp_path):
    (tmp_path / "file").write_text("in the way")
    result = run("scan", folder / "card.jpg", "-o", tmp_path / "file" / "pages")
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
    assert "Traceback" not in result.output
