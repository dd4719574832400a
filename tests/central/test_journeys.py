"""Whole journeys: from the terminal's submission to a delivered result, by clerks of two places in real Chromium.

What the terminal sends goes through its own outbox, sender and client; everything else is pressed on the desk's pages.
Each journey runs on one database, in turn, and the one with a supplement, papers and parcels on both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from pydantic import SecretStr

from central.audit import chain
from central.settings import TrackingSettings
from kiosk.protocol.application import Delivery, DeliveryMethod, Mode
from tests.central.browser import Clerk
from tests.central.casefolk import page_picture
from tests.central.citizen import Citizen
from tests.central.clerkwork import (
    DEPARTMENT,
    ELECTRONIC,
    HALL,
    THEIR_HALL,
    AtWork,
    approve,
    check_materials,
    granted_town,
    issue,
    material,
    on_postgresql,
    on_sqlite,
)
from tests.central.desk import HANDLING, RECEIVING, THIRD
from tests.central.doubles import kuaidi100
from tests.central.doubles.kuaidi100 import Kuaidi100Double
from tests.central.rig import RunningCentre
from tests.central.terminal import Terminal
from tests.central.test_tracking_carrier import NODES, WAYBILL

PICKUP = Delivery(method=DeliveryMethod.PICKUP_AT_DESK)


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
    tracking = TrackingSettings(
        provider="kuaidi100",
        endpoint=carrier.url,
        label_endpoint=carrier.url,
        customer=kuaidi100.CUSTOMER,
        key=SecretStr(kuaidi100.KEY),
        secret=SecretStr(kuaidi100.SECRET),
        salt=SecretStr(kuaidi100.SALT),
    )
    with granted_town(request.param, tmp_path_factory.mktemp("town"), tracking=tracking) as running:
        yield running


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
