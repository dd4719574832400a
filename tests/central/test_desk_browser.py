"""The desk as a clerk meets it in real Chromium: by keyboard, without scripts, on a slow or dead network, two at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Browser, Route, expect
from sqlalchemy import delete, select

from central.store.models import CaseEvent, StaffSession
from kiosk.protocol.application import Mode
from tests.central.browser import Clerk, Watch
from tests.central.casefolk import page_picture
from tests.central.clerkwork import (
    DEPARTMENT,
    ELECTRONIC,
    HALL,
    THEIR_HALL,
    AtWork,
    approve,
    check_materials,
    granted_town,
    material,
    on_postgresql,
    on_sqlite,
)
from tests.central.desk import PASSWORD, RECEIVING, THIRD
from tests.central.rig import RunningCentre
from tests.central.terminal import Terminal


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCentre]:
    """Two places and more with their staff, every right granted."""
    with granted_town(request.param, tmp_path_factory.mktemp("town")) as running:
        yield running


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
    here.press("加上／重算期限")
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
