"""The case page: what staff see of a case, who does not see it, and what is never shown unasked."""

from __future__ import annotations

import io
import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import func, select

from central.casework.acts import Problem
from central.masking import mask_numbers
from central.pictures import NoPicture, Size, draw
from central.store.models import AuditEntry, Case, Clock, Reveal
from drivers.virtual.personas import PERSONAS
from kiosk.protocol.application import Answer, Material, Mode, Page
from kiosk.protocol.states import State
from tests.central.casefolk import case_of, collected, do, hand_in, open_desk, page_picture
from tests.central.citizen import at_the_centre
from tests.central.desk import HANDLING, RECEIVING, THIRD, sign_in
from tests.central.rig import RunningCentre, ref

HALL, HALL_THERE, DEPT_THERE, HALL_THIRD = f"hall.{RECEIVING}", f"hall.{HANDLING}", f"dept.{HANDLING}", f"hall.{THIRD}"
WANG = PERSONAS["wang"]


def pictures_of(page: str) -> list[str]:
    """Addresses of the pictures on a page."""
    return re.findall(r'src="(/desk/cases/[^"]+\.jpg[^"]*)"', page)


@pytest.mark.req("R085")
def test_a_case_is_seen_by_its_two_places_and_by_nobody_else(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    other = hand_in(centre, counter=2, handling=THIRD)
    url = f"/desk/cases/{number}"
    here = sign_in(centre, HALL)
    shown = pictures_of(here.get(url).text)
    assert shown
    paths = [url, f"{url}/materials/CERT/1", f"{url}/acts/open_intake", f"{url}/record/contact", *shown]
    for login, seen in ((HALL, 200), (HALL_THERE, 200), (HALL_THIRD, 404), ("auditor", 403), ("admin", 403)):
        desk = sign_in(centre, login)
        assert desk.get(url).status_code == seen, login
        for path in shown:
            answer = desk.get(path)
            assert answer.status_code == seen, (login, path)
            assert answer.headers["Cache-Control"] == "no-store"
    stranger = sign_in(centre, HALL_THIRD)
    for path in paths:
        assert stranger.get(path).status_code == 404, path
    for path in ("/take", "/checks/CERT", "/record/contact", "/reveal", "/acts/open_intake"):
        form = {"what": "phone", "purpose": "看一看", "way": "phone", "version": "1", "all": "right"}
        assert stranger.post(url + path, form).status_code == 404, path
    # A file of one case is not shown under the number of another, though both are the visitor's own.
    foreign = shown[0].replace(number, other)
    assert here.get(f"/desk/cases/{other}").status_code == 200
    assert here.get(foreign).status_code == 404
    assert here.get(url.replace("0001", "9999")).status_code == 404


def test_pages_come_as_pictures_made_anew_in_the_size_and_turn_asked_for(centre: RunningCentre) -> None:
    open_desk(centre)
    taken = page_picture("large", 1600, 1200)
    number = hand_in(centre, pages=(taken,))
    desk = sign_in(centre, HALL)
    (thumb,) = [path for path in pictures_of(desk.get(f"/desk/cases/{number}").text) if "thumb" in path][:1]
    sizes = {}
    for size in Size:
        answer = desk.get(thumb.replace("thumb", size))
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.content != taken, "never a stranger's bytes"
        sizes[size] = Image.open(io.BytesIO(answer.content)).size
    assert sizes == {Size.THUMB: (240, 180), Size.READ: (1400, 1050), Size.FULL: (1600, 1200)}
    turned = desk.get(thumb + "?turn=90")
    assert Image.open(io.BytesIO(turned.content)).size == (180, 240)
    assert desk.get(thumb + "?turn=45").status_code == 422
    for zoom in ("", "?zoom=3", "?turn=270", "?zoom=4&turn=90"):
        page = desk.get(f"/desk/cases/{number}/materials/CERT/1{zoom}")
        assert page.status_code == 200
        assert desk.get(pictures_of(page.text)[0]).status_code == 200, zoom
    assert desk.get(f"/desk/cases/{number}/materials/CERT/2").status_code == 404


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff\xe0 no picture", b"<svg onload='x'/>", b"%PDF-1.7"])
def test_what_is_no_picture_is_not_shown(data: bytes) -> None:
    with pytest.raises(NoPicture):
        draw(data, Size.THUMB)


def test_a_small_file_that_claims_to_be_vast_is_not_opened() -> None:
    out = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(out, "PNG")
    with pytest.raises(NoPicture):
        draw(out.getvalue(), Size.THUMB)


def test_a_signature_drawn_on_nothing_is_shown_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (40, 20), (0, 0, 0, 0)).save(out, "PNG")
    shown = Image.open(io.BytesIO(draw(out.getvalue(), Size.THUMB)))
    assert shown.convert("L").getextrema()[0] > 250


@pytest.mark.req("R133")
def test_no_full_number_is_on_any_page_until_somebody_says_what_for(
    centre: RunningCentre, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    open_desk(centre)
    number = hand_in(centre)
    url = f"/desk/cases/{number}"
    spouse = PERSONAS["liu"].id_number
    secrets = (WANG.id_number, WANG.phone, WANG.mailing_address, WANG.name, spouse)
    desk = sign_in(centre, HALL)
    do(centre, HALL, number, "open_intake")
    for path in (
        url,
        "/desk/work/collect",
        f"{url}/materials/CERT/1",
        f"{url}/acts/notify_once",
        f"{url}/record/credit",
    ):
        page = desk.get(path)
        assert page.status_code == 200
        assert not [secret for secret in secrets if secret in page.text], path
    assert f"{spouse[:6]}********{spouse[-4:]}" in desk.get(url).text, "masked, so that it can be told from another"

    refused = desk.post(f"{url}/reveal", {"what": "id_number", "purpose": "", "other_purpose": ""})
    assert refused.status_code == 422
    assert WANG.id_number not in refused.text
    assert count(centre, Reveal) == 0

    shown = desk.post(f"{url}/reveal", {"what": "id_number", "purpose": "核对本人身份"})
    assert shown.status_code == 200
    assert WANG.id_number in shown.text
    assert WANG.phone not in shown.text, "what was not asked for stays masked"
    assert shown.headers["Cache-Control"] == "no-store"
    assert WANG.id_number not in desk.get(url).text, "shown once"
    with centre.parts.database.reading() as session:
        row = session.scalars(select(Reveal)).one()
        assert (row.what, row.purpose) == ("id_number", "核对本人身份")
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "reveal")).one()
        assert entry.target == number
        assert WANG.id_number not in entry.detail
    for what, value in (("phone", WANG.phone), ("address", WANG.mailing_address)):
        assert value in desk.post(f"{url}/reveal", {"what": what, "other_purpose": "寄件"}).text
    assert count(centre, Reveal) == 3
    assert desk.post(f"{url}/reveal", {"what": "everything", "purpose": "好奇"}).status_code == 422
    assert not [secret for secret in secrets if secret in caplog.text], "logs say nothing about a person"


def count(centre: RunningCentre, table: type[Reveal]) -> int:
    with centre.parts.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_numbers_of_persons_are_masked_wherever_they_stand_in_a_text() -> None:
    text = "配偶 199900198507300314，电话13912345678；旧证 110101850730031，永居 ABC123456789012；编号 20261120000001"
    masked = mask_numbers(text)
    assert masked == (
        "配偶 199900********0314，电话139****5678；旧证 110101*****0031，永居 ABC123*****9012；编号 20261120000001"
    )
    assert mask_numbers("19990019850730031x") == "199900********031x"


def test_what_a_stranger_wrote_stays_text(centre: RunningCentre) -> None:
    open_desk(centre)
    evil = "<script>alert(1)</script>'\"{{7*7}}"
    picture = page_picture("evil")
    number = hand_in(
        centre,
        pages=(picture,),
        form=(Answer(key="x", label=evil[:60], value=evil),),
        materials=(Material(code="ODD", name=evil[:60], pages=(Page(file=ref(picture), verdicts=("odd-code",)),)),),
    )
    desk = sign_in(centre, HALL)
    url = f"/desk/cases/{number}"
    do(centre, HALL, number, "open_intake")
    for path in (url, f"{url}/materials/ODD/1", f"{url}/acts/notify_once"):
        page = desk.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "49" not in re.findall(r"alert\(1\).{0,40}", page.text)[0]
    said = desk.post(f"{url}/checks/ODD", {"whole": "wrong", "whole_problem": evil})
    assert "<script>alert" not in said.text
    assert "&lt;script&gt;" in said.text


@pytest.mark.req("R008")
@pytest.mark.req("R020")
@pytest.mark.req("R024")
@pytest.mark.req("R129")
def test_each_point_of_the_handling_places_list_is_checked_and_says_by_whom(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    url = f"/desk/cases/{number}"
    desk = sign_in(centre, HALL)
    page = desk.post(f"{url}/acts/open_intake", {"version": "1"}).text
    assert "有公章的一页要拍" in page, "points come from the catalogue the case is bound to"
    assert "形式审查还没有通过" in page
    desk.post(f"{url}/checks/CERT", {"p0": "right", "p1": "wrong", "p1_problem": "起止年月看不清", "p2": "right"})
    page = desk.get(url).text
    assert "起止年月看不清" in page
    assert "职员hall.150626" in page
    nothing_said = desk.post(f"{url}/checks/CERT", {"p1": "wrong", "p1_problem": ""})
    assert nothing_said.status_code == 409, "wrong, but not what: refused"
    desk.post(f"{url}/checks/CERT", {"all": "right"})
    page = desk.post(f"{url}/checks/ID", {"all": "right"}).text
    assert "形式审查还没有通过" not in page
    assert f"{url}/acts/collect" in page, "collecting is the next step now"
    there = sign_in(centre, HALL_THERE)
    assert "2 份材料" in there.get(url).text, "the history says what was checked, to the other place too"
    assert there.post(f"{url}/checks/CERT", {"all": "right"}).status_code == 409, "the form is the receiving place's"
    assert desk.post(f"{url}/checks/NONE", {"all": "right"}).status_code == 404


def test_a_material_without_points_of_its_own_is_checked_as_a_whole(centre: RunningCentre) -> None:
    open_desk(centre)
    picture = page_picture()
    odd = tuple(Material(code=code, name=code, pages=(Page(file=ref(picture)),)) for code in ("ODD", "RARE"))
    number = hand_in(centre, pages=(picture,), materials=odd)
    do(centre, HALL, number, "open_intake")
    url = f"/desk/cases/{number}"
    desk = sign_in(centre, HALL)
    assert "没有选择" in desk.post(f"{url}/checks/ODD", {}).text
    desk.post(f"{url}/checks/ODD", {"all": "right"})
    assert "形式审查还没有通过：RARE" in desk.get(url).text
    assert f"{url}/acts/collect" in desk.post(f"{url}/checks/RARE", {"whole": "right"}).text
    desk.post(f"{url}/checks/RARE", {"whole": "wrong", "whole_problem": "不是这份材料"})
    assert "形式审查还没有通过：RARE" in desk.get(url).text


def test_machine_findings_are_shown_as_a_machines_with_how_sure_it_is(centre: RunningCentre) -> None:
    open_desk(centre)
    page = sign_in(centre, HALL).get(f"/desk/cases/{hand_in(centre)}").text
    assert "机器提示" in page
    assert re.search(r"没看到红色印章 <small>81%", page)
    assert "有反光" in page


@pytest.mark.req("R006")
def test_the_next_acts_are_those_of_the_place_whose_turn_it_is(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    url = f"/desk/cases/{number}"
    collected(centre, number)
    here, there, dept = (sign_in(centre, login) for login in (HALL, HALL_THERE, DEPT_THERE))
    assert f"{url}/acts/transfer" in here.get(url).text
    for other in (there, dept):
        assert "这件现在不需要您办理。 轮到：收件地窗口。" in other.get(url).text
        assert other.post(f"{url}/acts/transfer", {"version": "3"}).status_code == 409
    assert case_of(centre, number).state == "COLLECTED"
    assert here.post(f"{url}/acts/approve", {"version": "3"}).status_code == 409, "the desk here decides nothing"


def test_work_is_found_in_the_lists_and_filtered_without_a_name_in_any_address(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    desk = sign_in(centre, HALL)
    first = desk.get("/desk/work")
    assert first.url.endswith("/desk/work/collect"), "the first list with work in it"
    assert number in first.text
    by_item = desk.post("/desk/work/collect", {"item": "C001", "mode": "", "place": "", "text": ""})
    assert by_item.url.endswith("?item=C001")
    assert number not in by_item.text
    by_name = desk.post("/desk/work/collect", {"text": WANG.name[0]})
    assert number in by_name.text
    assert by_name.url.endswith("/desk/work/collect")
    assert desk.get("/desk/work/review").status_code == 404, "a list of other people's work"
    assert "王" in by_name.text
    assert sign_in(centre, "editor").get("/desk/work").status_code == 403


@pytest.mark.req("R010")
def test_a_case_is_found_by_whatever_one_has_in_hand(centre: RunningCentre, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    open_desk(centre)
    number = hand_in(centre)
    hand_in(centre, counter=2, persona="zhao")
    case = case_of(centre, number)
    desk, stranger = sign_in(centre, HALL), sign_in(centre, HALL_THIRD)
    slip = case.slip_number
    for text in (number, slip, f"{slip[:4]} {slip[4:]}", WANG.name, WANG.id_number, WANG.id_number.lower()):
        found = desk.post("/desk/search", {"q": text})
        assert found.url.endswith(f"/desk/cases/{number}"), "one case is opened at once"
        nothing = stranger.post("/desk/search", {"q": text})
        assert f"/desk/cases/{number}" not in nothing.text
        assert "没有找到" in nothing.text
        assert WANG.id_number not in nothing.text, "an identity number is not even echoed"
    two = desk.post("/desk/search", {"q": "养老保险"})
    assert number in two.text
    assert "000002" in two.text
    for text in ("", "王", "%", "'; DROP TABLE staff --", "〔2026〕", "0" * 64):
        assert desk.post("/desk/search", {"q": text}).status_code == 200
    assert WANG.name not in caplog.text
    assert WANG.id_number not in caplog.text


def test_a_document_is_found_by_its_number_however_its_brackets_are_typed(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre, Mode.COLLECT_AND_FORWARD)
    collected(centre, number)
    desk = sign_in(centre, HALL)
    written = re.search(r"(\S+)〔(\d{4})〕(\d+)号", desk.get(f"/desk/cases/{number}").text)
    assert written, "the collection notice is on the page"
    office = re.sub(r".*>", "", written[1])
    for text in (f"{office}〔{written[2]}〕{written[3]}号", f"{office}[{written[2]}]{int(written[3])}"):
        assert desk.post("/desk/search", {"q": text}).url.endswith(number), text


def test_the_time_on_pages_is_chinas(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    with centre.parts.database.writing() as session:
        case = session.scalars(select(Case).where(Case.case_number == number)).one()
        case.received_at = datetime(2026, 11, 20, 18, 5, tzinfo=UTC)
    assert "2026-11-21 02:05" in sign_in(centre, HALL).get(f"/desk/cases/{number}").text


@pytest.mark.req("R065")
def test_a_supplement_takes_the_place_of_what_it_corrects(centre: RunningCentre) -> None:
    open_desk(centre)
    citizen = at_the_centre(centre)
    there = sign_in(centre, HALL_THERE)
    url = f"/desk/cases/{citizen.case_number}"
    before = pictures_of(there.get(url).text)
    citizen.stands(State.SUPPLEMENT_REQUIRED)
    _, envelope = citizen.supplement(page_picture("new one"), page_picture("new two"))
    assert citizen.send(envelope).status_code == 201
    page = there.get(url).text
    after = [path for path in pictures_of(page) if path not in before]
    assert len(after) == 2, "the new pages are there …"
    assert not [path for path in pictures_of(page) if path in before and "CARD" in path]
    assert "第 1 次补正" in page
    assert "石嘴山市" in page, "… and the corrected answer"
    assert [there.get(path).status_code for path in after] == [200, 200]


@pytest.mark.req("R051")
def test_the_history_says_in_plain_words_who_did_what_and_why(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre)
    do(centre, HALL, number, "open_intake")
    desk = sign_in(centre, HALL)
    url = f"/desk/cases/{number}"
    desk.post(f"{url}/record/contact", {"way": "phone", "counterpart": "平罗县 李某", "outcome": "crossable"})
    problems = (Problem("缴费凭证", "没有盖章", "办事指南 第三条", "请盖章后重拍", material="CERT"),)
    do(centre, HALL, number, "return_materials", reason="凭证没有盖章", basis="办事指南 第三条", problems=problems)
    page = desk.get(url).text
    history = page[page.index("办理经过") :]
    lines = [
        "当场退还",
        "凭证没有盖章",
        "办事指南 第三条",
        "与办理地联系",
        "可以跨省办理",
        "开始核对",
        "提交",
        "WSQ-03",
    ]
    places = [history.index(line) for line in lines]
    assert places == sorted(places), "newest first"
    assert history.count("职员hall.150626") == 3
    assert "乌审旗政务服务中心" in history


def test_every_link_of_a_case_leads_somewhere(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre, Mode.MULTI_SITE_A, further=(THIRD,))
    do(centre, HALL, number, "open_intake")
    for login, at_least in ((HALL, 20), (DEPT_THERE, 15)):
        desk = sign_in(centre, login)
        pages = [desk.get(f"/desk/cases/{number}"), desk.get("/desk/work/open")]
        links = {link for page in pages for link in re.findall(r'href="(/desk/(?:cases|work)/[^"#]+)', page.text)}
        assert len(links) >= at_least
        for link in sorted(links):
            assert desk.get(link).status_code == 200, (login, link)


def test_a_licence_nobody_asked_about_in_time_counts_as_accepted_and_the_page_says_so(centre: RunningCentre) -> None:
    open_desk(centre)
    number = hand_in(centre, Mode.FULL_ONLINE)
    desk = sign_in(centre, HALL_THERE)
    url = f"/desk/cases/{number}"
    said = "自收到申请材料之日起即为受理"
    assert said not in desk.get(url).text
    past = centre.parts.now() - timedelta(days=1)
    with centre.parts.database.writing() as session:
        seq = session.scalars(select(Case.seq).where(Case.case_number == number)).one()
        session.add(Clock(case_seq=seq, clock="C5", started_at=past, warn_at=past, due_at=past))
    page = desk.get(url).text
    assert said in page
    assert "已超" in page, "overdue, in the head"
    assert case_of(centre, number).state == State.SUBMITTED, "shown, never done by a machine"
