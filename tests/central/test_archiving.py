"""归档 with an electronic archive (R094): the whole case goes as one package, its number comes back into the form, and a person
archives; without an archive, or when it is away, the number is entered by hand as ever.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from central.notify.provider import Rejected, Unavailable
from central.services.archive import FolderArchive, HttpArchive, Package, archive_of
from central.services.signed_http import Account
from central.settings import ArchiveSettings, SettingsError, load
from central.store.models import Case, Deposit
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.states import State
from tests.central.casefolk import case_of, collected, hand_in, open_desk
from tests.central.desk import HANDLING, RECEIVING, sign_in
from tests.central.doubles.archive import ArchiveDouble
from tests.central.doubles.licences import AWAY
from tests.central.doubles.signed import APP_ID, NOW, SECRET
from tests.central.rig import RunningCentre

DEPT = f"dept.{HANDLING}"
on_sqlite = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""What no database has a part in."""


@pytest.fixture
def double() -> Iterator[ArchiveDouble]:
    running = ArchiveDouble()
    yield running
    running.close()


def adapter(double: ArchiveDouble, secret: str = SECRET) -> HttpArchive:
    return HttpArchive(Account(double.url + "/deposit", APP_ID, secret, timeout_s=5), lambda: NOW)


def completed_case(centre: RunningCentre, *, documents: bool = False) -> str:
    """A case that is said to be completed; with one of its documents, if it is asked for (a PDF takes a while)."""
    open_desk(centre)
    number = hand_in(centre)
    if documents:
        collected(centre, number)
    with centre.parts.database.writing() as session:
        session.execute(update(Case).where(Case.case_number == number).values(state=State.COMPLETED))
    return number


@on_sqlite
@pytest.mark.req("R094")
def test_a_finished_case_goes_to_the_archive_whole_and_its_number_stands_in_the_form(
    centre: RunningCentre, double: ArchiveDouble
) -> None:
    number = completed_case(centre, documents=True)
    centre.app.state.centre = replace(centre.parts, archive=adapter(double))
    url = f"/desk/cases/{number}"
    desk = sign_in(centre, DEPT)
    assert "移交电子档案" in desk.get(f"{url}/acts/archive").text
    page = desk.post(f"{url}/deposit").text
    assert 'value="A2026-000001"' in page, "filled in"
    files = double.held[number]
    assert {"manifest.json", "application.json", "history.json", "files/CERT-1.jpg", "files/signature.png"} <= set(
        files
    )
    (document,) = [name for name in files if name.startswith("documents/")]
    assert files[document].startswith(b"%PDF")
    manifest = json.loads(files["manifest.json"])
    assert manifest["case"]["number"] == number
    assert {one["path"] for one in manifest["files"]} == set(files) - {"manifest.json"}
    assert "收件" in {line["what"] for line in json.loads(files["history.json"])}
    assert case_of(centre, number).state == State.COMPLETED, "a person archives"
    desk.post(
        f"{url}/acts/archive", {"version": str(case_of(centre, number).version), "archive_number": "A2026-000001"}
    )
    case = case_of(centre, number)
    assert (case.state, case.archive_number) == (State.ARCHIVED, "A2026-000001")
    with centre.parts.database.reading() as session:
        kept = session.scalars(select(Deposit)).all()
    assert [one.archive_number for one in kept] == ["A2026-000001"]
    assert desk.post(f"{url}/deposit").status_code == 409, "once archived, nothing is handed in"


@on_sqlite
def test_an_archive_that_is_away_leaves_the_case_as_it_was(centre: RunningCentre, double: ArchiveDouble) -> None:
    number = completed_case(centre)
    url = f"/desk/cases/{number}"
    desk = sign_in(centre, DEPT)
    assert "移交电子档案" not in desk.get(f"{url}/acts/archive").text
    assert desk.post(f"{url}/deposit").status_code == 409
    centre.app.state.centre = replace(centre.parts, archive=adapter(double))
    double.faults.append(AWAY)
    answer = desk.post(f"{url}/deposit")
    assert answer.status_code == 409
    assert "手工填写归档号" in answer.text
    assert sign_in(centre, f"hall.{RECEIVING}").post(f"{url}/deposit").status_code == 403
    with centre.parts.database.reading() as session:
        assert not session.scalars(select(Deposit)).all()


def package(data: bytes = b"PK") -> Package:
    return Package("150626-20261120-000001", sha256_hex(data), data)


def test_a_package_that_arrives_damaged_is_not_archived(double: ArchiveDouble) -> None:
    with pytest.raises(Rejected):
        adapter(double).deposit(replace(package(), sha256="0" * 64))
    with pytest.raises(Unavailable):
        adapter(double, "guessed").deposit(package())
    assert not double.held


def test_a_number_that_is_none_is_not_taken(double: ArchiveDouble) -> None:
    for wrong in (7, "x" * 101, "a\nb"):
        double.say.append({"code": "0", "archive_number": wrong})
        with pytest.raises(Unavailable):
            adapter(double).deposit(package())
    double.say.append({"code": "0"})
    assert adapter(double).deposit(package()) == "", "the archive has it, the number comes later"


def test_a_folder_keeps_the_package_for_its_owner_only(tmp_path: Path) -> None:
    folder = FolderArchive(tmp_path / "archive")
    assert folder.deposit(package()) == folder.deposit(package(b"PK2")) == "DA-150626-20261120-000001"
    (file,) = (tmp_path / "archive").iterdir()
    assert file.read_bytes() == b"PK2"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable):
        FolderArchive(tmp_path / "file" / "below").deposit(package())


def test_the_settings_choose_the_archive(tmp_path: Path) -> None:
    assert archive_of(ArchiveSettings(), lambda: NOW) is None
    assert isinstance(archive_of(ArchiveSettings(provider="folder", folder=str(tmp_path)), lambda: NOW), FolderArchive)
    http = ArchiveSettings(provider="http", endpoint="https://archive.example/deposit")
    assert isinstance(archive_of(http, lambda: NOW), HttpArchive)
    for wrong in ('[archive]\nprovider = "folder"', '[archive]\nendpoint = "http://archive.example/"'):
        (tmp_path / "central.toml").write_text(wrong, "utf-8")
        with pytest.raises(SettingsError, match="archive"):
            load(tmp_path, {})


@on_sqlite
def test_only_a_completed_case_is_handed_in(centre: RunningCentre, double: ArchiveDouble) -> None:
    open_desk(centre)
    number = hand_in(centre)
    centre.app.state.centre = replace(centre.parts, archive=adapter(double))
    assert sign_in(centre, DEPT).post(f"/desk/cases/{number}/deposit").status_code == 409
    assert not double.requests
