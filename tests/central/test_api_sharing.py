"""What a platform takes on a place's written word: sealed to it, signed, its own cases only, each time in the audit trail."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import select, update

from central.casework import records
from central.casework.who import staff
from central.cli import main
from central.documents.papers import void
from central.sharing.authorisations import SharingRight
from central.store.models import (
    AuditEntry,
    Authorisation,
    Case,
    CaseEvent,
    Document,
    Platform,
    Unit,
    User,
)
from drivers.virtual.personas import PERSONAS
from kiosk.protocol.application import Mode, Region
from kiosk.protocol.envelope import TerminalFile
from kiosk.protocol.model import sha256_hex
from kiosk.protocol.sharing import (
    EntrySheet,
    IssuedFeed,
    MatchingSheet,
    MaterialsSheet,
    NotGenuine,
    ResultSheet,
    SealedSheet,
    SharedKind,
    match,
    open_page,
    open_sheet,
)
from kiosk.protocol.states import State
from tests.central.casefolk import case_of, decided, do, hand_in, open_desk, page_picture
from tests.central.citizen import Citizen, at_the_centre, kind
from tests.central.desk import HANDLING, RECEIVING, THIRD, sign_in, stopped_clock
from tests.central.doubles.platform import AUTHORITY, PURPOSE, PlatformDouble, admitted, signer
from tests.central.paper_rig import with_seals
from tests.central.rig import RunningCentre, photo

on_one_database = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
HALL_THERE, DEPT_THERE = f"hall.{HANDLING}", f"dept.{HANDLING}"
WANG = PERSONAS["wang"]
ALL = tuple(SharingRight)


def takings(centre: RunningCentre) -> list[dict[str, Any]]:
    """What the audit trail says that platforms took."""
    with centre.parts.database.reading() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "platform.took").order_by(AuditEntry.id))
        return [{"target": row.target, **json.loads(row.detail)} for row in rows]


# Data for entry (R075)


@pytest.mark.req("R075", "R133")
def test_a_sector_system_is_filled_in_with_what_was_entered_at_the_terminal(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    wang.stands(State.SUPPLEMENT_REQUIRED)
    _, envelope = wang.supplement(photo(300, 9))
    assert wang.send(envelope).status_code == 201
    sector = admitted(centre, "64")
    number = sector.authorised(SharingRight.ENTRY)
    path = f"cases/{wang.case_number}/entry"
    sheet = sector.sheet(path, SharedKind.ENTRY, wang.case_number, EntrySheet)
    assert sheet.applicant == wang.application.applicant
    assert (sheet.phone, sheet.delivery, sheet.item) == (
        wang.application.phone,
        wang.application.delivery,
        wang.application.item,
    )
    assert [(one.key, one.label, one.value, one.supplement) for one in sheet.form] == [
        ("insured_at", "参保地", "石嘴山市", 1)
    ]
    assert [region.code for region in sheet.handling_regions] == [HANDLING]
    assert (sheet.authorisation, sheet.authority, sheet.purpose) == (number, AUTHORITY, PURPOSE)
    (taken,) = takings(centre)
    assert (taken["target"], taken["platform"], taken["right"]) == (wang.case_number, "province", "entry")
    assert taken["authorisation"] == [number]


@pytest.mark.req("R075", "R093")
@on_one_database
def test_on_the_way_nothing_can_be_read_and_nobody_else_can_open_it(centre: RunningCentre) -> None:
    wang = at_the_centre(centre)
    sector = admitted(centre, "64", rights=(SharingRight.ENTRY,))
    answer = sector.ask(f"cases/{wang.case_number}/entry")
    assert answer.headers["Cache-Control"] == "no-store"
    sealed = SealedSheet.model_validate_json(answer.content)
    plain = answer.content + base64.b64decode(sealed.sealed)
    for secret in (WANG.name, WANG.id_number, WANG.phone):
        assert secret.encode() not in plain
    open_it = partial(open_sheet, kind=SharedKind.ENTRY, subject=wang.case_number, expected=EntrySheet)
    ours, genuine = sector.private, signer(centre)
    assert open_it(sealed, private=ours, centre=genuine).applicant.id_number == WANG.id_number
    with pytest.raises(NotGenuine):
        open_it(sealed, private=X25519PrivateKey.generate(), centre=genuine)
    with pytest.raises(NotGenuine):
        open_sheet(sealed, SharedKind.ENTRY, "150626-20261120-999999", EntrySheet, ours, genuine)
    with pytest.raises(NotGenuine):
        open_sheet(sealed, SharedKind.MATERIALS, wang.case_number, EntrySheet, ours, genuine)
    with pytest.raises(NotGenuine):
        open_it(sealed, private=ours, centre=Ed25519PrivateKey.generate().public_key())


# The package of materials (R057)


@pytest.mark.req("R057")
def test_the_materials_arrive_byte_for_byte_with_their_digests_and_who_saw_the_original(
    centre: RunningCentre,
) -> None:
    open_desk(centre)
    pages = (page_picture("one"), page_picture("two"))
    number = hand_in(centre, pages=pages)
    do(centre, f"hall.{RECEIVING}", number, "open_intake")
    with centre.parts.database.writing() as session:
        clerk = staff(session.scalars(select(User).where(User.login == f"hall.{RECEIVING}")).one())
        case = session.scalars(select(Case).where(Case.case_number == number)).one()
        records.original_seen(centre.parts.casework.office, session, case, clerk, "CERT")
    platform = admitted(centre, "64")
    letter = platform.authorised(SharingRight.MATERIALS)
    sheet = platform.sheet(f"cases/{number}/materials", SharedKind.MATERIALS, number, MaterialsSheet)
    assert [(one.code, one.met_by, len(one.pages)) for one in sheet.materials] == [
        ("ID", "card", 0),
        ("CERT", "pages", 2),
    ]
    seen = sheet.materials[1].original_seen
    assert seen is not None
    assert (seen.unit, seen.officer) == ("乌审旗政务服务中心", f"职员hall.{RECEIVING}")
    got = []
    for page in sheet.pages():
        answer = platform.ask(f"cases/{number}/materials/{page.page}")
        assert answer.status_code == 200, answer.text
        assert answer.content != platform.ask(f"cases/{number}/materials/{page.page}").content, "sealed anew each time"
        got.append(open_page(answer.content, page, number, platform.private))
    assert got == [*pages, page_picture("signature")]
    assert [sha256_hex(data) for data in got] == [page.sha256 for page in sheet.pages()]
    with pytest.raises(NotGenuine):
        open_page(answer.content, sheet.pages()[0], number, platform.private)
    recorded = takings(centre)
    assert [one["what"] for one in recorded] == ["materials"] + ["page"] * 6
    assert all(one["authorisation"] == [letter] and one["target"] == number for one in recorded)


@pytest.mark.req("R057")
@on_one_database
def test_the_receivers_tool_fetches_what_is_missing_only_and_refuses_what_is_not_genuine(
    centre: RunningCentre, tmp_path: Path
) -> None:
    run = CliRunner().invoke
    number = hand_in(centre, pages=(page_picture("one"), page_picture("two")))
    files = {name: tmp_path / name for name in ("key.pem", "public.json", "token", "terminal.json")}
    made = run(main, ["package", "key", str(files["key.pem"])])
    assert run(main, ["package", "key", str(files["key.pem"])]).exit_code == 1, "a key is never overwritten"
    files["public.json"].write_text(made.output)
    data = ["--data", str(centre.settings.data)]
    files["token"].write_text(run(main, ["platform", "add", *data, "province", "--division", "64"]).output)
    assert run(main, ["platform", "key", *data, "province", str(files["public.json"])]).exit_code == 0
    word = [
        "--number",
        "1",
        "--authority",
        AUTHORITY,
        "--purpose",
        PURPOSE,
        "--division",
        "64",
        "--until",
        "2099-12-31",
    ]
    rights = ["--may", "entry", "--may", "materials"]
    assert run(main, ["platform", "authorise", *data, "province", *word, *rights]).exit_code == 0
    terminal = TerminalFile(**centre.parts.keys.published.model_dump(), signing_key=centre.parts.keys.signing_public)
    files["terminal.json"].write_text(terminal.model_dump_json())
    ours = ["--token", str(files["token"]), "--key", str(files["key.pem"]), "--centre", str(files["terminal.json"])]
    out = tmp_path / "package"
    fetch = ["package", "fetch", centre.url, number, *ours, "--out", str(out)]
    assert run(main, fetch).output == "3 pages fetched; signature and digests are right\n"
    assert (out / "CERT-2.jpg").read_bytes() == page_picture("two")
    (out / "CERT-1.jpg").write_bytes(b"half a pa")
    assert run(main, fetch).output.startswith("1 pages fetched")
    assert (out / "CERT-1.jpg").read_bytes() == page_picture("one")
    printed = run(main, ["package", "entry", centre.url, number, *ours]).output
    assert EntrySheet.model_validate_json(printed).applicant.id_number == WANG.id_number
    impostor = base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
    files["terminal.json"].write_text(terminal.model_copy(update={"signing_key": impostor}).model_dump_json())
    refused = run(main, fetch)
    assert (refused.exit_code, "did not sign it" in refused.output) == (1, True)
    refused = run(main, ["package", "entry", centre.url, "150626-20261120-999999", *ours])
    assert (refused.exit_code, refused.output) == (1, "Error: HTTP 404 not-found\n")


@on_one_database
def test_a_page_of_another_case_is_not_found_through_this_one(centre: RunningCentre) -> None:
    mine, other = (
        at_the_centre(centre),
        at_the_centre(centre, "liu", 2, handling_region=Region(code="341723", name="青阳县")),
    )
    platform = admitted(centre, "64", rights=(SharingRight.MATERIALS,))
    with centre.parts.database.reading() as session:
        cases = {one.case_number: one.files[0].id for one in session.scalars(select(Case))}
    page = cases[other.case_number]
    assert platform.ask(f"cases/{mine.case_number}/materials/{cases[mine.case_number]}").status_code == 200
    assert kind(platform.ask(f"cases/{mine.case_number}/materials/{page}")) == "not-found"
    assert kind(platform.ask(f"cases/{other.case_number}/materials/{page}")) == "not-found"
    assert kind(platform.ask(f"cases/{mine.case_number}/materials/{2**53}")) == "not-found"


# Results in the space of the applicant (R066)


@pytest.mark.req("R066")
def test_a_result_reaches_the_applicants_space_and_is_taken_back_when_it_is_void(centre: RunningCentre) -> None:
    open_desk(centre)
    with_seals(centre.parts)
    number = decided(centre)
    hand_in(centre, counter=2, persona="liu")
    at_home = admitted(centre, "15", name="the applicant's own province")
    at_home.authorised(SharingRight.RESULTS, divisions=("640221",))
    feed = IssuedFeed.model_validate_json(at_home.ask("issued").content)
    (told,) = feed.issued
    assert (told.case_number, told.kind, told.void) == (number, "decision", False)
    matching = at_home.sheet("matching", SharedKind.MATCHING, at_home.name, MatchingSheet)
    users = {match(base64.b64decode(matching.key), one.id_number): name for name, one in PERSONAS.items()}
    assert told.match is not None
    assert users[told.match] == "wang"
    result = at_home.sheet(f"issued/{told.document}", SharedKind.RESULT, told.number, ResultSheet)
    pdf = base64.b64decode(result.pdf)
    assert pdf.startswith(b"%PDF")
    assert (sha256_hex(pdf), result.electronically_sealed) == (result.sha256, True)
    again = at_home.sheet(f"issued/{told.document}", SharedKind.RESULT, told.number, ResultSheet)
    assert again.sha256 == result.sha256
    with centre.parts.database.writing() as session:
        document = session.get_one(Document, told.document)
        by = staff(session.scalars(select(User).where(User.login == DEPT_THERE)).one())
        case = session.get_one(Case, document.case_seq)
        void(session, document, case, by, "wrong_content", centre.parts.now())
    after = IssuedFeed.model_validate_json(at_home.ask(f"issued?after={feed.next_after}").content)
    assert [(one.number, one.void) for one in after.issued] == [(told.number, True)]
    with centre.parts.database.writing() as session:  # its period of retention is over
        left = session.get_one(Document, told.document)
        left.content_sealed, left.pdf_part = b"", None
    assert kind(at_home.ask(f"issued/{told.document}")) == "not-found"


@pytest.mark.req("R066", "R093")
@on_one_database
def test_two_platforms_cannot_tell_that_their_users_are_the_same_person(centre: RunningCentre) -> None:
    open_desk(centre)
    decided(centre)
    first = admitted(centre, "64", name="first", rights=(SharingRight.RESULTS,))
    second = admitted(centre, "6402", name="second", rights=(SharingRight.RESULTS,))
    told = [IssuedFeed.model_validate_json(one.ask("issued").content).issued[0].match for one in (first, second)]
    assert None not in told
    assert told[0] != told[1]
    text = first.ask("issued").text
    for secret in (WANG.name, WANG.id_number, WANG.id_number[:6], WANG.phone):
        assert secret not in text


@pytest.mark.req("R066", "R133")
@on_one_database
def test_the_place_that_received_a_case_cannot_give_its_result_away(centre: RunningCentre) -> None:
    open_desk(centre)
    decided(centre)
    platform = admitted(centre, "15")
    platform.authorised(SharingRight.RESULTS, SharingRight.ENTRY, divisions=("15",))
    assert IssuedFeed.model_validate_json(platform.ask("issued").content).issued == ()
    with centre.parts.database.reading() as session:
        document = session.scalars(select(Document.id).order_by(Document.id.desc())).first()
    assert kind(platform.ask(f"issued/{document}")) == "not-found"


@pytest.mark.req("R066", "R133")
@on_one_database
def test_of_several_handling_places_none_gives_away_what_another_decided(centre: RunningCentre) -> None:
    open_desk(centre)
    case = case_of(centre, hand_in(centre, Mode.MULTI_SITE_A, further=(THIRD,)))
    part = next(one for one in case.sub_cases if one.region_code == THIRD)
    now = datetime.now(UTC)
    with centre.parts.database.writing() as session:
        unit = session.scalars(select(Unit).where(Unit.code == f"{THIRD}-dept")).one()
        decision = Document(
            case_seq=case.seq,
            sub_case_id=part.id,
            kind="decision",
            number="青行审决〔2026〕00001号",
            check_code="A" * 16,
            unit_id=unit.id,
            issued_at=now,
            content_sealed=b"",
        )
        session.add(decision)
        line = {"event": "approve", "source": State.UNDER_REVIEW, "target": State.APPROVED, "actor": "handling_dept"}
        detail = {"document": decision.number}
        session.add(CaseEvent(case_seq=case.seq, sub_case_id=part.id, at=now, detail=detail, **line))
        session.flush()
        number = decision.id
    there, elsewhere = (admitted(centre, one, name=one, rights=(SharingRight.RESULTS,)) for one in ("34", "64"))
    told = [IssuedFeed.model_validate_json(one.ask("issued").content).issued for one in (there, elsewhere)]
    assert [[one.document for one in page] for page in told] == [[number], []]
    assert kind(elsewhere.ask(f"issued/{number}")) == "not-found"


# On whose word (R133)


PATHS = {
    SharingRight.STATES: "feed",
    SharingRight.ENTRY: "cases/{case}/entry",
    SharingRight.MATERIALS: "cases/{case}/materials",
    SharingRight.RESULTS: "issued",
    SharingRight.SUPERVISION: "supervision/steps",
}


@pytest.fixture
def wang(centre: RunningCentre) -> Citizen:
    return at_the_centre(centre)


@pytest.mark.req("R133")
@on_one_database
def test_each_right_opens_its_own_door_and_no_other(centre: RunningCentre, wang: Citizen) -> None:
    for right, address in PATHS.items():
        path = address.format(case=wang.case_number)
        others = tuple(one for one in ALL if one is not right)
        refused = admitted(centre, "64", name=f"all but {right}", rights=others).ask(path)
        assert (refused.status_code, kind(refused)) == (403, "not-authorised"), right
        assert admitted(centre, "64", name=f"only {right}", rights=(right,)).ask(path).status_code == 200, right


@pytest.mark.req("R133")
@on_one_database
def test_after_its_last_day_an_authorisation_gives_nothing(centre: RunningCentre, wang: Citizen) -> None:
    platform = admitted(centre, "64")
    platform.authorised(*ALL, days=1)
    paths = [one.format(case=wang.case_number) for one in PATHS.values()]
    assert {platform.ask(path).status_code for path in paths} == {200}
    before = takings(centre)
    stopped_clock(centre, datetime.now(UTC) + timedelta(hours=25))
    assert {kind(platform.ask(path)) for path in paths} == {"not-authorised"}
    assert takings(centre) == before


@pytest.mark.req("R133", "R093")
@on_one_database
def test_a_letter_reaches_no_further_than_the_place_that_wrote_it_nor_than_the_platform(
    centre: RunningCentre, wang: Citizen
) -> None:
    elsewhere = admitted(centre, "34", name="elsewhere")
    elsewhere.authorised(*ALL, divisions=("64",))
    strangers_word = admitted(centre, "64", name="somebody else's word")
    strangers_word.authorised(*ALL, divisions=("34",))
    for platform in (elsewhere, strangers_word):
        assert platform.ask("feed").json()["changes"] == []
        assert platform.ask("supervision/steps").json()["steps"] == []
        for path in ("entry", "materials"):
            assert kind(platform.ask(f"cases/{wang.case_number}/{path}")) == "not-found"
        assert kind(platform.ask("cases/150626-20261120-999999/entry")) == "not-found", "as if there were no such case"
    assert takings(centre) == []


@pytest.mark.req("R133")
@on_one_database
def test_a_reader_that_is_told_nothing_new_leaves_no_line_and_one_that_reads_again_does(
    centre: RunningCentre, wang: Citizen
) -> None:
    platform = admitted(centre, "64", rights=(SharingRight.STATES,))
    feed = platform.ask("feed").json()
    platform.ask("feed")
    platform.ask(f"feed?after={feed['next_after']}")
    assert [(one["count"], one["after"]) for one in takings(centre)] == [(1, 0), (1, 0)]
    assert wang.case_number == feed["changes"][0]["case_number"]


@pytest.mark.req("R133")
@on_one_database
def test_at_the_desk_a_letter_is_recorded_shown_and_ended_at_once(centre: RunningCentre, wang: Citizen) -> None:
    open_desk(centre)
    platform = admitted(centre, "64")
    admin, officer = sign_in(centre, "admin"), sign_in(centre, "security")
    last_day = f"{datetime.now(UTC) + timedelta(days=40):%Y-%m-%d}"
    form = {
        "platform": "1",
        "number": "平政务授〔2026〕3号",
        "authority": AUTHORITY,
        "purpose": PURPOSE,
        "divisions": "640221，6402",
        "rights": ["entry", "states"],
        "until": last_day,
    }
    wrong = (
        {"number": ""},
        {"divisions": "6"},
        {"rights": []},
        {"rights": ["all"]},
        {"until": "2020-01-01"},
        {"until": ""},
    )
    for one in wrong:
        assert admin.post("/desk/platforms/authorisations", form | one).status_code >= 400, one
    path = f"cases/{wang.case_number}/entry"
    assert kind(platform.ask(path)) == "not-authorised"
    assert admin.post("/desk/platforms/authorisations", form).status_code == 200
    assert platform.ask(path).status_code == 200
    page = officer.get("/desk/platforms").text
    for shown in ("平政务授〔2026〕3号", AUTHORITY, PURPOSE, last_day, "录入数据", "有效"):
        assert shown in page
    assert officer.post("/desk/platforms/authorisations", form | {"number": "2"}).status_code == 403
    assert sign_in(centre, HALL_THERE).get("/desk/platforms").status_code == 403
    assert sign_in(centre, HALL_THERE).post("/desk/platforms/authorisations/1/end").status_code == 403
    assert officer.post("/desk/platforms/authorisations/1/end").status_code == 200
    assert kind(platform.ask(path)) == "not-authorised"
    assert "已终止" in officer.get("/desk/platforms?ended=yes").text
    with centre.parts.database.reading() as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert session.scalars(select(Authorisation.used_at)).one() is not None
    assert actions == ["authorisation.recorded", "platform.took", "authorisation.ended"]


@on_one_database
def test_a_platform_without_a_key_gets_nothing_about_persons(centre: RunningCentre, wang: Citizen) -> None:
    platform = admitted(centre, "64", rights=(SharingRight.ENTRY, SharingRight.STATES))
    with centre.parts.database.writing() as session:
        session.execute(update(Platform).values(public_key=""))
    assert kind(platform.ask(f"cases/{wang.case_number}/entry")) == "not-authorised"
    assert platform.ask("feed").status_code == 200


@on_one_database
def test_nobody_without_a_token_learns_anything(centre: RunningCentre) -> None:
    nobody = PlatformDouble(centre, "nobody", "x")
    for path in (*PATHS.values(), "matching", "issued/1", "cases/x/materials/1"):
        assert kind(nobody.ask(path.format(case="x"))) == "unauthorised"
