"""Whole journeys: from the terminal's submission to a delivered result, by clerks of two places in real Chromium.

What the terminal sends goes through its own outbox, sender and client; everything else is pressed on the desk's pages.
Each journey runs on one database, in turn, and the one with a supplement, papers and parcels on both.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Route, expect
from pydantic import SecretStr
from sqlalchemy import delete, select

from central.audit import chain
from central.casework.terms import Right
from central.settings import TrackingSettings
from central.store.models import CaseEvent, Grant, StaffSession
from kiosk.protocol.application import Delivery, DeliveryMethod, Material, Mode, Page
from tests.central import postgres
from tests.central.browser import Clerk, Watch, chromium
from tests.central.casefolk import page_picture
from tests.central.citizen import Citizen
from tests.central.desk import HANDLING, PASSWORD, RECEIVING, THIRD, people
from tests.central.doubles import kuaidi100
from tests.central.doubles.kuaidi100 import Kuaidi100Double
from tests.central.rig import RunningCentre, initialised, ref, running_centre
from tests.central.terminal import Terminal
from tests.central.test_tracking_carrier import NODES, WAYBILL

on_sqlite = pytest.mark.parametrize("shared_town", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("shared_town", ["postgresql"], indirect=True)
HALL, THEIR_HALL, DEPARTMENT = f"hall.{RECEIVING}", f"hall.{HANDLING}", f"dept.{HANDLING}"
PICKUP = Delivery(method=DeliveryMethod.PICKUP_AT_DESK)
ELECTRONIC = Delivery(method=DeliveryMethod.ELECTRONIC)
AtWork = Callable[..., Clerk]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def carrier() -> Iterator[Kuaidi100Double]:
    double = Kuaidi100Double()
    yield double
    double.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, carrier: Kuaidi100Double
) -> Iterator[RunningCentre]:
    """Two places and more with their staff, every right granted, connected to a carrier."""
    url = "" if request.param == "sqlite" else postgres.new_database()
    tracking = TrackingSettings(
        provider="kuaidi100",
        endpoint=carrier.url,
        label_endpoint=carrier.url,
        customer=kuaidi100.CUSTOMER,
        key=SecretStr(kuaidi100.KEY),
        secret=SecretStr(kuaidi100.SECRET),
        salt=SecretStr(kuaidi100.SALT),
    )
    settings = dataclasses.replace(initialised(tmp_path_factory.mktemp("town") / "centre", url), tracking=tracking)
    with running_centre(settings) as running:
        people(running.parts)
        with running.parts.database.writing() as session:
            since = running.parts.now() - timedelta(days=400)
            session.add_all(Grant(grantor_region="*", grantee_region="*", right=one, since=since) for one in Right)
        yield running
    if url:
        postgres.give_back(url)


@pytest.fixture
def terminal(town: RunningCentre, tmp_path: Path) -> Iterator[Terminal]:
    with Terminal(town, tmp_path) as standing:
        yield standing


@pytest.fixture
def watch(town: RunningCentre) -> Iterator[Watch]:
    """Over every page of the test: at the end nothing may have gone wrong."""
    watching = Watch(town.url)
    yield watching
    assert watching.troubles == []


@pytest.fixture
def at_work(browser: Browser, town: RunningCentre, watch: Watch) -> Iterator[AtWork]:
    """Clerks with browsers of their own."""
    there: list[Clerk] = []

    def come(login: str, **options: object) -> Clerk:
        there.append(Clerk.at_work(browser, town, login, watch, **options))
        return there[-1]

    yield come
    for clerk in there:
        clerk.leaves()


def material(code: str, name: str, photo: bytes) -> Material:
    """A material of one page."""
    return Material(code=code, name=name, pages=(Page(file=ref(photo), paper="a4"),))


def check_materials(clerk: Clerk) -> None:
    """The formal check on the case page: every material is right, originals were seen."""
    papers = clerk.main.get_by_role("article")
    for number in range(papers.count()):
        paper = papers.nth(number)
        original = paper.get_by_label("已核验原件")
        if original.count():
            original.check()
        clerk.press("✓ 整份符合", paper)
        expect(paper).not_to_contain_text("待核对")


def approve(department: Clerk, citizen: Citizen) -> None:
    """The department reviews, decides and issues the result."""
    department.open_case("待审查", citizen.case_number)
    department.act("开始审查")
    department.act("准予")
    issue(department)


def issue(clerk: Clerk) -> None:
    clerk.begin("出证")
    clerk.fill("证照或决定编号", "平公户准〔2026〕118号")
    clerk.press("出证")
    clerk.done("出证")


def signed_for(town: RunningCentre, carrier: Kuaidi100Double, waybill: str) -> None:
    """The carrier reports that the parcel was signed for."""
    answer = town.post("/api/v1/callbacks/tracking", data=carrier.push(waybill, "3", NODES))
    assert (answer.status_code, answer.json()["returnCode"]) == (200, "200")


def on_record(clerk: Clerk, town: RunningCentre, citizen: Citizen, *words: str) -> None:
    """At the end: the ledger has the case in one row with these words, and the trail of audit is unbroken."""
    clerk.follow("台账", clerk.page.get_by_role("navigation", name="菜单"))
    clerk.sees(citizen.application.item.name, *words, where=clerk.row(citizen.case_number))
    with town.parts.database.reading() as session:
        verdict = chain.verify(session, town.parts.keys)
    assert verdict.sound
    assert verdict.entries


@on_sqlite
@pytest.mark.req("R005")
@pytest.mark.req("R128")
@pytest.mark.req("R149")
def test_full_online_from_the_terminal_to_a_result_printed_at_the_desk(
    town: RunningCentre, terminal: Terminal, at_work: AtWork
) -> None:
    wang = terminal.hand_in(Mode.FULL_ONLINE, delivery=PICKUP)
    assert terminal.progress(wang).text_zh == "已提交，等工作人员核对"

    there = at_work(THEIR_HALL)
    there.open_case("待受理", wang.case_number)
    there.sees("乌审旗 收件 → 平罗县 办理", "全程网办", "王**")
    there.misses(wang.application.applicant.id_number, wang.application.applicant.name, wang.application.phone)
    check_materials(there)
    there.act("受理")
    assert terminal.progress(wang).text_zh == "已受理"

    department = at_work(DEPARTMENT)
    department.open_case("待审查", wang.case_number)
    department.act("开始审查")
    assert terminal.progress(wang).text_zh == "正在审查"
    department.act("准予")
    assert terminal.progress(wang).text_zh == "已通过"
    issue(department)
    assert terminal.progress(wang).text_zh == "结果已出"

    here = at_work(HALL)
    here.open_case("待送达", wang.case_number)
    here.act("在窗口打印颁发")
    assert terminal.progress(wang).text_zh == "请来领取"
    here.act("已领取")
    assert terminal.progress(wang).text_zh == "已办结"

    department.open_case("待归档", wang.case_number)
    department.begin("归档")
    department.fill("归档号", "2026-0118")
    department.press("归档")
    department.done("归档")
    on_record(department, town, wang, "已归档", "王**")


@pytest.mark.req("R009")
@pytest.mark.req("R030")
@pytest.mark.req("R038")
@pytest.mark.req("R065")
@pytest.mark.req("R067")
@pytest.mark.req("R072")
@pytest.mark.req("R074")
@pytest.mark.req("R104")
@pytest.mark.req("R127")
@pytest.mark.req("R130")
@pytest.mark.req("R159")
def test_collected_here_supplemented_forwarded_posted_decided_there_and_delivered(
    town: RunningCentre, terminal: Terminal, at_work: AtWork, carrier: Kuaidi100Double
) -> None:
    wang = terminal.hand_in(Mode.COLLECT_AND_FORWARD, without="BASIS")

    here = at_work(HALL)
    here.open_case("待收件", wang.case_number)
    here.act("开始核对")
    assert terminal.progress(wang).text_zh == "正在核对材料是否齐全"
    here.click(here.page.get_by_title("放大核对").first)
    here.sees("核对要点")
    picture = here.main.get_by_role("img", name="居民户口簿 1")
    width = picture.bounding_box()["width"]
    here.follow("放大")
    expect(here.main.get_by_role("link", name="缩小")).to_be_visible()
    assert picture.bounding_box()["width"] > 1.3 * width
    here.choose("已核验原件")
    here.press("✓ 整份符合")
    here.sees("材料", "共 5 份，3 份待核对")

    missing = here.main.get_by_role("article").filter(has_text="没有提交")
    missing.get_by_label("有问题").check()
    missing.get_by_label("问题是什么").fill("缺少调动函")
    here.press("保存所选", missing)
    here.begin("一次性告知（补正）")
    here.sees("把所有问题一次列全")
    expect(here.main.get_by_label("存在的问题").first).to_have_value("缺少调动函")
    here.confirm("一次性告知（补正）")
    assert terminal.progress(wang).text_zh == "请补齐材料"
    here.follow("一次性告知书")
    here.sees("一次性告知书", "缺少调动函", "王")
    pdf = here.main.get_by_role("link", name="打印（PDF）").get_attribute("href")
    answer = here.context.request.get(str(pdf))
    assert (answer.headers["content-type"], answer.body()[:5]) == ("application/pdf", b"%PDF-")

    letter = page_picture("letter", 900, 1260)
    _, sealed = wang.supplement(letter, materials=(material("BASIS", "调动证明", letter),), form=())
    assert wang.send(sealed).status_code == 201
    assert terminal.progress(wang).text_zh == "正在核对材料是否齐全"

    here.open_case("待收件", wang.case_number)
    here.sees("第 1 次补正")
    check_materials(here)
    here.act("收件")
    assert terminal.progress(wang).text_zh == "已收件"
    here.sees("收件通知书")
    here.act("转办理地")
    assert terminal.progress(wang).text_zh == "已转到办理地"

    here.open_list("待寄出")
    here.click(here.row(wang.case_number).get_by_role("link").first)
    here.follow("寄递", here.main)
    here.choose("居民户口簿")
    here.fill("封签号", "F-0007")
    here.press("封装登记")
    here.press("生成封面和交接清单")
    here.sees("材料交接清单")
    here.press("向快递取单号")
    number = here.main.get_by_label("快递单号")
    expect(number).to_have_value(re.compile("EMS"))
    waybill = number.input_value()
    here.press("登记寄出")
    here.sees("寄送中", waybill, "邮寄封面", "F-0007")
    town.parts.relay.step(town.parts.now())
    signed_for(town, carrier, waybill)
    here.page.reload()
    here.misses("寄送中")
    here.sees("平罗县政务服务中心")

    there = at_work(THEIR_HALL)
    there.open_case("待接收", wang.case_number)
    there.act("接收")
    department = at_work(DEPARTMENT)
    department.open_case("待受理", wang.case_number)
    department.act("受理")
    approve(department, wang)
    department.begin("寄出结果")
    department.fill("运单号（可以以后再填）", WAYBILL)
    department.press("寄出结果")
    department.done("寄出结果")
    department.sees("已转办理地 ·", "审批结果 ·", "结果送达 ·", WAYBILL)
    assert terminal.progress(wang).text_zh == "结果正在送达"
    signed_for(town, carrier, WAYBILL)
    assert terminal.progress(wang).text_zh == "已办结"
    assert terminal.rate(wang, 5).status_code == 201
    on_record(here, town, wang, "已办结", "补正 1", "非常满意")


@on_postgresql
@pytest.mark.req("R002")
@pytest.mark.req("R003")
@pytest.mark.req("R055")
@pytest.mark.req("R066")
@pytest.mark.req("R076")
def test_accepted_on_the_spot_for_two_other_places_and_delivered_when_both_are_done(
    town: RunningCentre, terminal: Terminal, at_work: AtWork
) -> None:
    wang = terminal.hand_in(Mode.MULTI_SITE_A, further=(THIRD,), delivery=ELECTRONIC)
    here = at_work(HALL)
    here.open_case("待收件", wang.case_number)
    here.sees("平罗县 等 2 地 办理", "各办理地", "青阳县")
    here.act("开始核对")
    check_materials(here)
    here.act("当场受理")
    here.sees("业务受理回执")
    assert terminal.progress(wang).text_zh == "已受理"
    here.act("转办理地")

    for place, name in ((HANDLING, "宁夏 石嘴山市 平罗县"), (THIRD, "安徽 池州市 青阳县")):
        there, department = at_work(f"hall.{place}"), at_work(f"dept.{place}")
        there.open_case("待接收", wang.case_number)
        there.act("接收", name)
        there.act("转审批部门", name)
        department.open_case("待审查", wang.case_number)
        department.act("准予", name)
        if place == HANDLING:
            assert terminal.progress(wang).text_zh == "部分地方已办好"
    assert terminal.progress(wang).text_zh == "已通过"
    department = at_work(DEPARTMENT)
    department.open_case("待出证", wang.case_number)
    issue(department)
    department.act("送达电子结果")
    assert terminal.progress(wang).text_zh == "已办结"
    on_record(here, town, wang, "已办结", "乌审旗 → 平罗县")


@on_sqlite
@pytest.mark.req("R061")
@pytest.mark.req("R079")
def test_verified_there_and_completed_here(town: RunningCentre, terminal: Terminal, at_work: AtWork) -> None:
    wang = terminal.hand_in(Mode.MULTI_SITE_B, delivery=PICKUP)
    here, there, department = at_work(HALL), at_work(THEIR_HALL), at_work(DEPARTMENT)
    here.open_case("待收件", wang.case_number)
    here.act("开始核对")
    check_materials(here)
    here.act("当场受理")
    here.act("转办理地")
    there.open_case("待接收", wang.case_number)
    there.act("接收")
    there.act("转审批部门")
    department.open_case("待审查", wang.case_number)
    department.act("核验通过")
    assert terminal.progress(wang).text_zh == "办理地已核验"
    here.open_case("待本地办理", wang.case_number)
    here.act("开始本地办理")
    assert terminal.progress(wang).text_zh == "本地窗口正在办理"
    here.act("本地办结")
    issue(here)
    here.act("在窗口打印颁发")
    here.act("已领取")
    assert terminal.progress(wang).text_zh == "已办结"
    on_record(here, town, wang, "已办结")


@on_postgresql
@pytest.mark.req("R042")
def test_somebody_asks_at_the_terminal_to_withdraw_and_the_desk_agrees(
    town: RunningCentre, terminal: Terminal, at_work: AtWork
) -> None:
    wang = terminal.hand_in(Mode.COLLECT_AND_FORWARD)
    assert wang.withdraw(wang.withdrawal("想回老家再办")).status_code == 201
    here = at_work(HALL)
    here.open_case("撤回待确认", wang.case_number)
    here.sees("申请人要求撤回")
    here.follow("查看并答复")
    here.sees("想回老家再办")
    here.follow("同意，办理撤回")
    expect(here.main.get_by_label("申请人的具体要求和原因")).to_have_value("想回老家再办")
    here.choose("影像已销毁（无纸质材料）")
    here.confirm("确认撤回")
    here.sees("撤回申请确认书")
    assert terminal.progress(wang).text_zh == "已撤回"
    on_record(here, town, wang, "已撤回")


@on_sqlite
@pytest.mark.req("R039")
@pytest.mark.req("R040")
def test_who_cannot_be_served_from_here_is_told_only_after_the_handling_place_was_asked(
    town: RunningCentre, terminal: Terminal, at_work: AtWork
) -> None:
    wang = terminal.hand_in(Mode.COLLECT_AND_FORWARD)
    here = at_work(HALL)
    here.open_case("待收件", wang.case_number)
    here.act("开始核对")
    here.sees("请先与办理地联系，并登记对方确认不能跨省办理", where=here.next_steps)
    here.follow("登记联系", here.next_steps)
    here.choose("电话")
    here.fill("对方单位和人员", "平罗县公安局 户政窗口 马某")
    here.choose("不属于跨省通办，不能跨省办理")
    here.press("登记")
    here.sees("平罗县公安局 户政窗口 马某 · 不能跨省办")
    here.begin("不予受理（不能异地办）")
    here.choose("不属于跨省通办事项")
    here.fill("具体原因", "该户口迁移须本人到迁入地派出所办理")
    here.confirm("不予受理（不能异地办）")
    assert terminal.progress(wang).text_zh == "不予受理，原因见通知书"
    here.follow("不予受理通知书")
    here.sees("该户口迁移须本人到迁入地派出所办理", "行政复议")
    on_record(here, town, wang, "不予受理")


@on_postgresql
@pytest.mark.req("R041")
def test_a_rejection_is_read_over_once_more_and_its_notice_prints_without_the_desk_around_it(
    town: RunningCentre, terminal: Terminal, at_work: AtWork
) -> None:
    wang = terminal.hand_in(Mode.FULL_ONLINE)
    there, department = at_work(THEIR_HALL), at_work(DEPARTMENT)
    there.open_case("待受理", wang.case_number)
    check_materials(there)
    there.act("受理")
    department.open_case("待审查", wang.case_number)
    department.act("开始审查")
    department.begin("不予审批")
    department.fill("具体原因", "参保关系已于2026年8月中断")
    department.fill("依据", "《社会保险法》第三十二条")
    department.confirm("不予审批")
    assert terminal.progress(wang).text_zh == "未通过，原因见通知书"
    department.page.emulate_media(media="print")
    expect(department.page.get_by_role("navigation", name="菜单")).to_be_hidden()
    expect(department.page.get_by_role("search")).to_be_hidden()
    expect(department.page.get_by_role("heading", level=1)).to_be_visible()
    department.page.emulate_media(media="screen")
    department.follow("不予审批通知书")
    department.sees("参保关系已于2026年8月中断", "《社会保险法》第三十二条", "行政复议", "行政诉讼")
    department.page.emulate_media(media="print")
    expect(department.page.get_by_role("navigation", name="菜单")).to_be_hidden()
    expect(department.main.get_by_role("link", name="打印（PDF）")).to_be_hidden()
    assert department.page.pdf()[:5] == b"%PDF-"
    department.page.emulate_media(media="screen")
    on_record(department, town, wang, "不予审批")


@on_sqlite
@pytest.mark.req("R023")
def test_a_second_supplement_is_the_supervisors(terminal: Terminal, at_work: AtWork) -> None:
    wang = terminal.hand_in(Mode.COLLECT_AND_FORWARD, without="BASIS")
    here, chief = at_work(HALL), at_work(f"chief.{RECEIVING}")
    here.open_case("待收件", wang.case_number)
    here.act("开始核对")
    here.begin("一次性告知（补正）")
    here.confirm("一次性告知（补正）")
    letter = page_picture("letter", 900, 1260)
    _, sealed = wang.supplement(letter, materials=(material("BASIS", "调动证明", letter),), form=())
    assert wang.send(sealed).status_code == 201

    here.open_case("待收件", wang.case_number)
    here.sees("第二次补正须由主管复核并写明原因", where=here.next_steps)
    chief.open_case("待收件", wang.case_number)
    chief.begin("一次性告知（补正）")
    chief.sees("这件已经补正过")
    chief.select("材料／填报项", "调动/录取/毕业/亲属关系证明（按情形）")
    chief.fill("存在的问题", "调动函没有盖章")
    chief.fill("怎么补", "请到调入单位补盖公章")
    chief.fill("具体原因", "第一次告知以后才看得出没有盖章")
    chief.confirm("一次性告知（补正）")
    assert terminal.progress(wang).text_zh == "请补齐材料"


@on_postgresql
@pytest.mark.req("R016")
def test_who_asked_to_be_called_is_called(town: RunningCentre, terminal: Terminal, at_work: AtWork) -> None:
    wang = terminal.hand_in(Mode.COLLECT_AND_FORWARD, notify_by_phone=True)
    here = at_work(HALL)
    here.open_case("待收件", wang.case_number)
    here.act("开始核对")
    check_materials(here)
    here.act("收件")
    town.parts.relay.step(town.parts.now())
    here.follow("电话告知", here.page.get_by_role("navigation", name="菜单"))
    here.click(here.row(wang.case_number).get_by_role("link").first)
    here.misses(wang.application.phone)
    here.press("我来打，显示号码")
    here.sees(wang.application.phone, "请问听清楚了吗")
    here.choose("已告知")
    here.press("登记")
    here.sees("没有要打的电话")


@on_sqlite
def test_a_clerk_signs_in_and_works_by_keyboard_alone(
    browser: Browser, town: RunningCentre, terminal: Terminal, watch: Watch
) -> None:
    wang, later = terminal.hand_in(Mode.COLLECT_AND_FORWARD), terminal.hand_in(Mode.FULL_ONLINE)
    clerk = Clerk.arrives(browser, town, watch)
    keys = clerk.page.keyboard
    clerk.page.goto("/desk/")
    clerk.sees("登录")
    keys.type(HALL)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    clerk.sees("您的账号还没有绑定动态口令")
    secret = clerk.main.get_by_text(re.compile("^[A-Z2-7]{32}$")).inner_text()
    keys.type(pyotp.TOTP(secret).at(town.parts.now()))
    keys.press("Enter")
    clerk.sees("今天要办的")

    keys.press("/")
    keys.type(wang.application.applicant.name)
    keys.press("Enter")
    clerk.sees("按姓名找到", wang.case_number, later.case_number)
    keys.press("j")
    expect(clerk.row(later.case_number).get_by_role("link")).to_be_focused()
    keys.press("j")
    keys.press("Enter")
    expect(clerk.next_steps).to_be_visible()
    clerk.tab_to("开始核对")
    keys.press("Enter")
    clerk.done("开始核对")
    for number in range(clerk.main.get_by_role("article").count()):
        paper = clerk.main.get_by_role("article").nth(number)
        original = paper.get_by_label("已核验原件")
        if original.count():
            original.focus()
            keys.press("Space")
        clerk.tab_to("✓ 整份符合", paper)
        keys.press("Enter")
        expect(paper).not_to_contain_text("待核对")
        expect(paper).to_be_focused()
    clerk.tab_to("核对完了，看下一步")
    keys.press("Enter")
    clerk.tab_to("收件")
    keys.press("Enter")
    expect(clerk.page.get_by_role("heading", level=1, name="收件")).to_be_visible()
    clerk.tab_to("收件")
    keys.press("Enter")
    clerk.done("收件")
    assert terminal.progress(wang).text_zh == "已收件"
    clerk.leaves()


@on_postgresql
def test_everything_works_with_scripts_switched_off(town: RunningCentre, terminal: Terminal, at_work: AtWork) -> None:
    wang = terminal.hand_in(Mode.COLLECT_AND_FORWARD, without="BASIS", delivery=ELECTRONIC)
    here, there, department = (at_work(login, java_script_enabled=False) for login in (HALL, THEIR_HALL, DEPARTMENT))
    here.open_case("待收件", wang.case_number)
    here.act("开始核对")
    here.click(here.page.get_by_title("放大核对").first)
    here.follow("放大")
    expect(here.main.get_by_role("link", name="缩小")).to_be_visible()
    here.follow("旋转")
    here.choose("已核验原件")
    here.press("✓ 整份符合")
    here.begin("一次性告知（补正）")
    here.press("再加几行／重算期限")
    here.confirm("一次性告知（补正）")
    letter = page_picture("letter", 900, 1260)
    _, sealed = wang.supplement(letter, materials=(material("BASIS", "调动证明", letter),), form=())
    assert wang.send(sealed).status_code == 201
    here.open_case("待收件", wang.case_number)
    check_materials(here)
    here.act("收件")
    here.act("转办理地")
    there.open_case("待接收", wang.case_number)
    there.act("接收")
    department.open_case("待受理", wang.case_number)
    department.act("受理")
    approve(department, wang)
    department.act("送达电子结果")
    assert terminal.progress(wang).text_zh == "已办结"


@on_sqlite
def test_of_two_clerks_at_once_one_wins_and_the_other_keeps_what_they_wrote(
    terminal: Terminal, at_work: AtWork, watch: Watch
) -> None:
    wang = terminal.hand_in(Mode.COLLECT_AND_FORWARD)
    first, second = at_work(HALL), at_work(HALL)
    first.open_case("待收件", wang.case_number)
    first.act("开始核对")
    second.open_case("待收件", wang.case_number)
    second.begin("当场退还")
    second.fill("具体原因", "户口簿缺少变更页")
    first.begin("一次性告知（补正）")
    first.select("材料／填报项", "居民户口簿")
    first.fill("存在的问题", "首页看不清")
    first.fill("怎么补", "请重新拍摄首页")
    first.confirm("一次性告知（补正）")
    second.press("下一步：核对")
    second.sees("办件有了变化", "您写的内容都保留着", "户口簿缺少变更页")
    assert terminal.progress(wang).text_zh == "请补齐材料"
    assert watch.refusals == [409]


@on_postgresql
def test_going_back_after_an_act_and_pressing_twice_do_it_once(
    town: RunningCentre, terminal: Terminal, at_work: AtWork, watch: Watch
) -> None:
    wang = terminal.hand_in(Mode.COLLECT_AND_FORWARD)
    here = at_work(HALL)
    here.open_case("待收件", wang.case_number)
    here.next_steps.get_by_role("button", name="开始核对").dblclick()
    here.done("开始核对")
    check_materials(here)
    here.begin("收件")
    here.main.get_by_role("button", name="收件", exact=True).dblclick()
    here.done("收件")
    expect(here.main.get_by_role("link", name="收件通知书")).to_have_count(1)
    here.page.go_back()
    here.sees("这一步现在不能办", "已收件")
    here.follow("返回办件")
    here.act("转办理地")
    assert terminal.progress(wang).text_zh == "已转到办理地"
    assert set(watch.refusals) == {409}
    with town.parts.database.reading() as session:
        events = session.scalars(select(CaseEvent.event).order_by(CaseEvent.id)).all()
    assert [events.count(one) for one in ("open_intake", "collect", "transfer")] == [1, 1, 1]


@on_sqlite
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_what_was_typed_survives_the_end_of_the_session(
    town: RunningCentre, terminal: Terminal, at_work: AtWork, watch: Watch, scripts: bool
) -> None:
    wang = terminal.hand_in(Mode.COLLECT_AND_FORWARD)
    here = at_work(HALL, java_script_enabled=scripts)
    here.open_case("待收件", wang.case_number)
    here.act("开始核对")
    here.begin("当场退还")
    here.fill("具体原因", "户口簿缺少变更页")
    here.select("材料／填报项", "居民户口簿")
    here.fill("存在的问题", "缺少变更页")
    here.fill("怎么补", "请补拍变更页")
    with town.parts.database.writing() as session:
        session.execute(delete(StaffSession))
    here.press("下一步：核对")
    here.sees("没有保存任何内容", "您填写的内容还在", "户口簿缺少变更页")
    here.press("已登录，继续")
    here.sees("登录已过期", "户口簿缺少变更页")
    here.carry_session(town, HALL)
    here.press("已登录，继续")
    here.sees("您已登录", "户口簿缺少变更页", "请补拍变更页")
    here.press("再次提交")
    here.sees("请再看一遍", "户口簿缺少变更页", "请补拍变更页")
    here.press("确认：当场退还")
    here.done("当场退还")
    assert terminal.progress(wang).text_zh == "材料已退回，原因见告知"
    assert watch.refusals == [403, 403, 403]


@on_postgresql
def test_another_places_case_is_not_there(terminal: Terminal, at_work: AtWork, watch: Watch) -> None:
    wang = terminal.hand_in(Mode.COLLECT_AND_FORWARD)
    stranger = at_work(f"hall.{THIRD}")
    stranger.open_list("全部在办")
    stranger.misses(wang.case_number)
    for page in ("", "/acts/open_intake", "/materials/HK/1", "/record/contact", "/shipments", "/slip"):
        stranger.page.goto(f"/desk/cases/{wang.case_number}{page}")
        stranger.sees("没有这个页面或办件")
        stranger.misses("工作调动户口迁移")
    assert set(watch.refusals) == {404}


@on_sqlite
def test_every_page_of_a_clerks_menu_fits_a_small_screen_and_prints_without_the_menu(
    terminal: Terminal, at_work: AtWork
) -> None:
    wang = terminal.hand_in(Mode.MULTI_SITE_A, further=(THIRD,))
    chief, here = at_work(f"chief.{RECEIVING}"), at_work(HALL)
    case = f"/desk/cases/{wang.case_number}"
    links = chief.page.get_by_role("navigation", name="菜单").get_by_role("link").all()
    visits = [(chief, str(link.get_attribute("href"))) for link in links]
    visits += [(here, case), (here, f"{case}/acts/open_intake"), (here, f"{case}/materials/CERT/1")]
    visits += [(here, f"{case}/{page}") for page in ("record/contact", "shipments", "video", "payments")]
    for clerk, address in visits:
        clerk.page.goto(address)
        wide = clerk.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, address
        clerk.page.emulate_media(media="print")
        expect(clerk.page.get_by_role("navigation", name="菜单")).to_be_hidden()
        clerk.page.emulate_media(media="screen")


@on_sqlite
def test_nothing_else_begins_while_a_form_is_being_saved(terminal: Terminal, at_work: AtWork) -> None:
    """The answer to the form would replace the page that the clerk had gone on to, with what they typed there."""
    wang = terminal.hand_in(Mode.COLLECT_AND_FORWARD)
    here = at_work(HALL)
    here.open_case("待收件", wang.case_number)
    slow: list[Route] = []
    here.page.route("**/acts/open_intake", lambda route: slow.append(route))
    here.next_steps.get_by_role("button", name="开始核对").click()
    body = here.page.locator("body")
    expect(body).to_have_attribute("aria-busy", "true")
    here.page.get_by_role("link", name="台账", exact=True).click()
    here.next_steps.get_by_role("button", name="开始核对").click()
    slow[0].continue_()
    here.done("开始核对")
    expect(body).to_have_attribute("aria-busy", "false")
    expect(here.page).to_have_url(re.compile(f"{wang.case_number}$"))
    assert len(slow) == 1


@on_sqlite
def test_a_page_that_is_slow_to_come_gives_way_to_the_next(at_work: AtWork, watch: Watch) -> None:
    here = at_work(HALL)
    slow: list[Route] = []
    here.page.route("**/desk/ledger", lambda route: slow.append(route))
    here.page.get_by_role("link", name="台账", exact=True).click()
    expect(here.page.locator("body")).to_have_attribute("aria-busy", "true")
    with here.page.expect_event("requestfailed") as given_up:
        here.follow("联络表")
    assert given_up.value.url.endswith("/desk/ledger")
    expect(here.page.get_by_role("heading", level=1, name="联络表")).to_be_visible()
    expect(here.page).to_have_url(re.compile("/desk/contacts$"))
    watch.forgive("htmx:afterRequest", "htmx:sendAbort")


@on_sqlite
def test_a_dead_network_is_told_and_nothing_typed_is_lost(terminal: Terminal, at_work: AtWork, watch: Watch) -> None:
    wang = terminal.hand_in(Mode.COLLECT_AND_FORWARD)
    here = at_work(HALL)
    here.open_case("待收件", wang.case_number)
    here.act("开始核对")
    here.begin("当场退还")
    here.fill("具体原因", "户口簿缺少变更页")
    here.select("材料／填报项", "居民户口簿")
    here.fill("存在的问题", "缺少变更页")
    here.fill("怎么补", "请补拍变更页")
    here.context.set_offline(True)
    here.press("下一步：核对")
    here.sees("连接断了，不知道刚才的内容存上没有", where=here.page.get_by_role("alert"))
    expect(here.main.get_by_label("具体原因")).to_have_value("户口簿缺少变更页")
    here.page.once("dialog", lambda asked: asked.dismiss())
    here.page.get_by_role("link", name="台账", exact=True).click()  # asks first, for nothing was saved
    expect(here.main.get_by_label("具体原因")).to_have_value("户口簿缺少变更页")
    here.context.set_offline(False)
    here.confirm("当场退还")
    assert terminal.progress(wang).text_zh == "材料已退回，原因见告知"
    watch.forgive("htmx:afterRequest", "htmx:sendError")
