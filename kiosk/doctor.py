"""What is missing on this machine, and how to mend it, in plain words.

Each check is one function that returns findings; none of them changes anything, and no finding holds personal data.
A check that fails itself is a finding too: a sick machine is what this is for.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path

from drivers.status import DeviceState, DeviceStatus, PaperState
from kiosk.config import DEVICE_CLASSES, Config, ConfigError, load, open_device
from kiosk.devices.worker import as_device_error

LEAST_FREE_BYTES = 500 * 1024 * 1024
PLAUSIBLE_YEARS = range(2026, 2100)

DEVICE_NAMES = {
    "id_card_reader": ("身份证阅读器", "identity card reader"),
    "smart_card": ("社保卡读卡器", "smart card reader"),
    "document_camera": ("高拍仪", "document camera"),
    "receipt_printer": ("凭条打印机", "receipt printer"),
}
DEVICE_STATES = {
    DeviceState.ONLINE: ("正常", "well"),
    DeviceState.DEVICE_BUSY: ("正在使用", "in use"),
    DeviceState.NO_DEVICE: ("找不到", "not found"),
    DeviceState.OFFLINE: ("不能工作", "not ready"),
    DeviceState.HARDWARE_ERROR: ("有故障", "broken"),
    DeviceState.USER_ERROR: ("需要人处理", "needs somebody's hand"),
}


class Grade(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """Works, with something missing."""
    BAD = "bad"
    """Citizens cannot be served as they should."""


@dataclass(frozen=True)
class Words:
    """The same in Chinese and English."""

    zh: str
    en: str


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `mend` is None only when there is nothing to do."""

    grade: Grade
    what: Words
    mend: Words | None = None


def examine(file: Path, overrides: tuple[str, ...], *, clock: Callable[[], float] = time.time) -> Iterator[Finding]:
    """All findings, one after the other. Never raises."""
    try:
        config = load(file, overrides, check_devices=True)
    except ConfigError as error:
        mend = Words(
            "改正设置文件里的这一项（或命令行的 --set）", "Correct this key in the settings file (or in --set)"
        )
        if not os.access(file, os.R_OK):
            mend = Words(
                f"建好 {file}（照随程序带的 config.toml），或用 --config 给出设置文件，并让当前用户能读",
                f"Make {file} after the config.toml that comes with the program, or name one with --config; "
                "this user must be able to read it",
            )
        for problem in error.problems:
            yield _bad(f"设置：{problem}", f"settings: {problem}", mend)
        config = None
    else:
        yield _ok(f"设置：{file} 有效", f"settings: {file} is valid")
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("libraries", _libraries),
        ("fonts", _fonts),
        ("typing", _typing),
        ("pages", _pages),
        ("clock", partial(_clock, clock)),
    ]
    if config is not None:
        checks += [
            ("data folder", partial(_data_folder, config)),
            ("outbox", partial(_store, config, clock)),
            ("centre", partial(_centre, config)),
            *((name, partial(_device, config, name)) for name in DEVICE_CLASSES),
        ]
    for name, check in checks:
        try:
            yield from check()
        except Exception as error:  # noqa: BLE001 - whatever it is, the other checks are still worth having
            kind = type(error).__name__
            mend = Words("把这一行报告给开发方", "Report this line to the developers")
            yield _bad(f"检查“{name}”没有做完（{kind}）", f"the check of {name} did not come to its end ({kind})", mend)


def _ok(zh: str, en: str) -> Finding:
    return Finding(Grade.OK, Words(zh, en))


def _warning(zh: str, en: str, mend: Words) -> Finding:
    return Finding(Grade.WARNING, Words(zh, en), mend)


def _bad(zh: str, en: str, mend: Words) -> Finding:
    return Finding(Grade.BAD, Words(zh, en), mend)


def _install(package: str) -> Words:
    command = f"apt-get install {package}"
    return Words(f"安装：{command}", f"Install it: {command}")


def _libraries() -> Iterator[Finding]:
    needed = (
        ("GL", "libgl1", Grade.BAD, "屏幕画不出来", "the screen cannot be drawn"),
        ("EGL", "libegl1", Grade.BAD, "屏幕画不出来", "the screen cannot be drawn"),
        ("mtdev", "libmtdev1", Grade.WARNING, "有些触摸屏认不出来", "some touch panels are not found"),
        ("pcsclite", "libpcsclite1", Grade.BAD, "社保卡读不了", "social security cards cannot be read"),
    )
    missing = False
    for library, package, grade, zh, en in needed:
        if not ctypes.util.find_library(library):
            missing = True
            what = Words(f"缺少系统库 {library}：{zh}", f"system library {library} is missing: {en}")
            yield Finding(grade, what, _install(package))
    if not missing:
        yield _ok("系统库齐全", "system libraries: all there")


def _fonts() -> Iterator[Finding]:
    from screens import fonts

    for name in fonts.missing():
        mend = Words("从安装包恢复 assets/fonts", "Restore assets/fonts from the release")
        yield _bad(f"缺少字体 {name}：汉字显示不全", f"font {name} is missing: Chinese cannot be shown", mend)
    if fonts.missing_rare():
        yield _warning(
            "缺少花园明朝字体：最生僻的姓名用字无法显示和打印",
            "font HanaMin is missing: the rarest characters of names cannot be shown or printed",
            _install("fonts-hanazono"),
        )
    if not fonts.missing() and not fonts.missing_rare():
        yield _ok("字体齐全，含生僻字", "fonts: common and rare characters")


def _typing() -> Iterator[Finding]:
    from kiosk.input import pinyin

    problems = pinyin.problems()
    for problem in problems:
        mend = Words("从安装包恢复 assets", "Restore assets from the release")
        yield _bad(f"拼音输入不能用：{problem}", problem, mend)
    if not problems:
        yield _ok("拼音输入可用", "pinyin input: there")


def _pages() -> Iterator[Finding]:
    from kiosk.materials.corners import corner_net
    from kiosk.materials.pages import MaterialsError
    from kiosk.materials.reading.engine import model_files
    from kiosk.materials.reading.kinds import InvalidKinds, load_kinds

    try:
        corner_net()
    except MaterialsError as error:
        mend = Words("从安装包恢复 assets/materials", "Restore assets/materials from the release")
        yield _bad("材料拍不了：缺少找纸边的模型", f"papers cannot be photographed: {error}", mend)
    try:
        load_kinds()
        model_files()
    except (MaterialsError, InvalidKinds) as error:
        mend = Words(
            "重新运行 tools/setup.sh runtime，并从安装包恢复 assets/materials",
            "Run tools/setup.sh runtime again, and restore assets/materials from the release",
        )
        yield _warning("材料读不了，办事没有提示", f"papers cannot be read, and get no hints: {error}", mend)
    else:
        yield _ok("材料识读的模型齐全", "models that read papers: all there")


def _clock(clock: Callable[[], float]) -> Iterator[Finding]:
    now = datetime.fromtimestamp(clock(), UTC)
    if now.year in PLAUSIBLE_YEARS:
        yield _ok(f"时钟：{now:%Y-%m-%d %H:%M} UTC", f"clock: {now:%Y-%m-%d %H:%M} UTC")
    else:
        yield _bad(
            f"时钟显示 {now:%Y-%m-%d}，不对：凭条上的日期会错，也连不上中心",
            f"the clock says {now:%Y-%m-%d}, which is wrong: slips get a wrong date, the centre cannot be reached",
            Words(
                "校准时间：timedatectl set-ntp true；重启后又错，换主板电池",
                "Set it: timedatectl set-ntp true; if it is lost at each start, replace the board's battery",
            ),
        )


def _data_folder(config: Config) -> Iterator[Finding]:
    folder = config.data
    try:
        existing = next(each for each in (folder, *folder.absolute().parents) if each.exists())
        # Tried, not looked up: a read-only or full disk and a special file system let nobody write, whatever they say.
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        yield _bad(
            f"数据目录 {folder} 不能写（{error.strerror}）：什么也提交不了",
            f"data folder {folder} cannot be written ({error.strerror}): nothing can be submitted",
            Words(
                f"检查磁盘；建好目录并交给运行本程序的用户：install -d -o <用户> {folder}",
                f"Check the disk; make the folder for the user who runs the kiosk: install -d -o <user> {folder}",
            ),
        )
        return
    free = shutil.disk_usage(existing).free
    if free < LEAST_FREE_BYTES:
        mib = free // 2**20
        mend = Words("清理这块磁盘", "Make room on this disk")
        yield _bad(f"{folder} 所在磁盘只剩 {mib} MiB", f"only {mib} MiB free for {folder}", mend)
    else:
        gib = free // 2**30
        yield _ok(f"数据目录 {folder}：可写，剩余 {gib} GiB", f"data folder {folder}: writable, {gib} GiB free")


def _store(config: Config, clock: Callable[[], float]) -> Iterator[Finding]:
    from kiosk.outbox import queue
    from kiosk.outbox.errors import StoreError
    from kiosk.outbox.store import open_store

    if not config.store_file.exists():
        return
    try:
        store = open_store(config.store_file)
        try:
            figures = queue.summary(store, clock())
        finally:
            store.close()
    except StoreError as error:
        yield _bad(f"待发箱：{error}", f"outbox: {error}", Words(error.remedy.zh, error.remedy.en))
        return
    if figures.rejected:
        yield _warning(
            f"待发箱：{figures.rejected} 件被中心退回",
            f"outbox: {figures.rejected} refused by the centre",
            Words("用 kiosk outbox 查看单号，联系中心", "See the numbers with `kiosk outbox` and tell the centre"),
        )
    waiting = (f"待发箱：{figures.unsent} 件等待发送", f"outbox: {figures.unsent} waiting to be sent")
    if figures.stuck:
        yield _warning(*waiting, Words("检查网络和中心地址", "Check the network and central.url"))
    else:
        yield _ok(*waiting)


def _centre(config: Config) -> Iterator[Finding]:
    from kiosk.outbox.client import CentreClient, Refused, Trouble

    url, key = config.central.url, config.central.public_key
    if not key:
        yield _bad(
            "没有设置 central.public_key：无法加密，什么也提交不了",
            "central.public_key is empty: nothing can be sealed, so nothing can be submitted",
            Words(
                "把 central init 显示的公钥填进设置文件",
                "Put the key that `central init` printed into the settings file",
            ),
        )
    client = CentreClient(url)
    try:
        answer = client.centre()
    except (Trouble, Refused) as error:
        yield _warning(
            f"连不上中心 {url}：{error}；申请会安全地留在本机，联网后再发",
            f"the centre at {url} is away: {error}; applications wait on this terminal, safe",
            Words("检查网络、代理和 central.url", "Check the network, proxies and central.url"),
        )
        return
    finally:
        client.close()
    if key and answer.key.public_key != key:
        yield _bad(
            "中心的公钥与 central.public_key 不同：中心将打不开这里提交的申请",
            "the centre's key is not the one in central.public_key: it could not open what is submitted here",
            Words(
                "向中心核实公钥；不要未经核实就换成网上给的",
                "Ask the centre which key holds; never take a new one over the network unseen",
            ),
        )
    else:
        yield _ok(f"中心：{url}", f"centre: {url}")


def _device(config: Config, name: str) -> Iterator[Finding]:
    chosen = config.devices.of(name)
    zh, en = DEVICE_NAMES[name]
    if not chosen.enabled:
        yield _ok(f"{zh}：设置为没有", f"{en}: this terminal has none, say the settings")
        return
    link = str(chosen.options.get("link", ""))
    if link.startswith("/dev/") and Path(link).exists() and not os.access(link, os.R_OK | os.W_OK):
        yield _bad(
            f"{zh}：当前用户无权使用 {link}",
            f"{en}: this user may not use {link}",
            Words(
                "把用户加入 dialout、lp、video 组：usermod -aG dialout,lp,video <用户>，再重新登录",
                "Add the user to these groups: usermod -aG dialout,lp,video <user>; then log in again",
            ),
        )
        return
    status = _status(config, name)
    state_zh, state_en = DEVICE_STATES.get(status.device, (status.device.value, status.device.value))
    remedy = status.remedy
    mend = Words("检查电源和连线", "Check power and cable") if remedy is None else Words(remedy.zh, remedy.en)
    if status.device not in (DeviceState.ONLINE, DeviceState.DEVICE_BUSY):
        yield _bad(f"{zh}：{state_zh}（{status.reason}）", f"{en}: {state_en} ({status.reason})", mend)
    elif getattr(status, "paper", None) is PaperState.LOW:
        fresh = Words("准备一卷新纸", "Have a new roll ready")
        yield _warning(f"{zh}：纸快用完了", f"{en}: low on paper", fresh)
    else:
        yield _ok(f"{zh}：{state_zh}", f"{en}: {state_en}")


def _status(config: Config, name: str) -> DeviceStatus:
    try:
        driver = open_device(config, name)
        try:
            status: DeviceStatus = driver.status()
        finally:
            driver.close()
    except Exception as error:  # noqa: BLE001 - a defect of this driver
        known = as_device_error(error)
        return DeviceStatus(DeviceState.HARDWARE_ERROR, reason=str(known), remedy=known.remedy)
    return status
