"""What is missing on this machine, and how to mend it, in plain words.

Each check is one function that returns findings; none of them changes anything, and no finding holds personal data.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from drivers.status import DeviceState
from kiosk.config import DEVICE_CLASSES, Config, ConfigError, load, open_device

LEAST_FREE_BYTES = 500 * 1024 * 1024
PLAUSIBLE_YEAR = 2026


class Grade(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """Works, with something missing."""
    BAD = "bad"
    """Citizens cannot be served as they should."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `mend` is empty when there is nothing to do."""

    grade: Grade
    what: str
    mend: str = ""


def examine(file: Path, overrides: tuple[str, ...]) -> Iterator[Finding]:
    """All findings, one after the other."""
    try:
        config = load(file, overrides, check_devices=True)
    except ConfigError as error:
        for problem in error.problems:
            yield Finding(Grade.BAD, f"settings: {problem}", "correct this key in the settings file")
        yield from _libraries()
        yield from _fonts()
        return
    yield Finding(Grade.OK, f"settings: {file} is valid")
    checks: tuple[Callable[[Config], Iterator[Finding]], ...] = (_data_folder, _clock, _centre, _devices)
    yield from _libraries()
    yield from _fonts()
    for check in checks:
        yield from check(config)


def _libraries() -> Iterator[Finding]:
    needed = (
        ("GL", "libgl1", Grade.BAD, "the screen cannot be drawn"),
        ("EGL", "libegl1", Grade.BAD, "the screen cannot be drawn"),
        ("mtdev", "libmtdev1", Grade.WARNING, "some touch panels are not found"),
        ("pcsclite", "libpcsclite1", Grade.BAD, "social security cards cannot be read"),
        ("googlepinyin", "libgooglepinyin0", Grade.WARNING, "pinyin input knows fewer words"),
    )
    for library, package, grade, consequence in needed:
        if ctypes.util.find_library(library):
            yield Finding(Grade.OK, f"library {library}")
        else:
            yield Finding(grade, f"library {library} is missing: {consequence}", f"apt-get install {package}")


def _fonts() -> Iterator[Finding]:
    fonts = Path(__file__).resolve().parent.parent / "assets" / "fonts"
    for weight in ("Regular", "Medium", "Bold"):
        path = fonts / f"NotoSansSC-{weight}.ttf"
        if not path.is_file():
            yield Finding(Grade.BAD, f"font {path.name} is missing", "restore assets/fonts from the release")
    rare = Path("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf")
    if rare.is_file():
        yield Finding(Grade.OK, "fonts: common and rare characters")
    else:
        yield Finding(
            Grade.WARNING,
            "font HanaMin is missing: the rarest characters of names cannot be shown or printed",
            "apt-get install fonts-hanazono",
        )


def _data_folder(config: Config) -> Iterator[Finding]:
    folder = config.data
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    if not os.access(existing, os.W_OK):
        yield Finding(
            Grade.BAD,
            f"data folder {folder} cannot be written: nothing can be submitted",
            f"create it and give it to the user that runs the kiosk: chown -R <user> {folder}",
        )
        return
    free = shutil.disk_usage(existing).free
    if free < LEAST_FREE_BYTES:
        yield Finding(Grade.BAD, f"only {free // 2**20} MiB free for {folder}", "make room on this disk")
    else:
        yield Finding(Grade.OK, f"data folder {folder}: writable, {free // 2**30} GiB free")
    if config.store_file.exists():
        yield from _store(config)


def _store(config: Config) -> Iterator[Finding]:
    import time

    from kiosk.outbox import queue
    from kiosk.outbox.errors import StoreError
    from kiosk.outbox.store import open_store

    try:
        store = open_store(config.store_file)
        figures = queue.summary(store, time.time())
        store.close()
    except StoreError as error:
        yield Finding(Grade.BAD, f"outbox: {error}", error.remedy.en)
        return
    if figures.rejected:
        yield Finding(
            Grade.WARNING, f"outbox: {figures.rejected} refused by the centre", "see `kiosk outbox`, tell the centre"
        )
    waiting = f"outbox: {figures.unsent} waiting to be sent"
    yield Finding(Grade.WARNING if figures.stuck else Grade.OK, waiting, "check the network" if figures.stuck else "")


def _clock(_config: Config) -> Iterator[Finding]:
    now = datetime.now(UTC)
    if now.year < PLAUSIBLE_YEAR:
        yield Finding(Grade.WARNING, f"the clock says {now:%Y-%m-%d}, which is wrong", "set the clock; use NTP")
    else:
        yield Finding(Grade.OK, f"clock: {now:%Y-%m-%d %H:%M} UTC")


def _centre(config: Config) -> Iterator[Finding]:
    from kiosk.outbox.client import CentreClient, Refused, Trouble

    if not config.central.public_key:
        yield Finding(
            Grade.BAD,
            "central.public_key is empty: nothing can be sealed, so nothing can be submitted",
            "put the key that `central init` printed into the settings file",
        )
    client = CentreClient(config.central.url)
    try:
        answer = client.centre()
    except (Trouble, Refused) as error:
        yield Finding(
            Grade.WARNING,
            f"the centre at {config.central.url} is away: {error}; applications wait on this terminal, safe",
            "check network, proxy and central.url",
        )
        return
    finally:
        client.close()
    if config.central.public_key and answer.key.public_key != config.central.public_key:
        yield Finding(
            Grade.BAD,
            "the centre's key is not the one in central.public_key: it could not open what is submitted here",
            "ask the centre which key holds; never take a new one over the network unseen",
        )
    else:
        yield Finding(Grade.OK, f"centre: {config.central.url}")


def _devices(config: Config) -> Iterator[Finding]:
    for name in DEVICE_CLASSES:
        chosen = config.devices.of(name)
        if not chosen.enabled:
            yield Finding(Grade.OK, f"{name}: disabled in the settings")
            continue
        link = str(chosen.options.get("link", ""))
        if link.startswith("/dev/") and Path(link).exists() and not os.access(link, os.R_OK | os.W_OK):
            yield Finding(
                Grade.BAD,
                f"{name}: this user may not use {link}",
                "add the user to the groups dialout, lp and video, then log in again",
            )
            continue
        driver = open_device(config, name)
        try:
            status = driver.status()
        finally:
            driver.close()
        if status.device in (DeviceState.ONLINE, DeviceState.DEVICE_BUSY, DeviceState.STARTING):
            yield Finding(Grade.OK, f"{name}: {status.device.value}")
        else:
            remedy = status.remedy
            mend = f"{remedy.en} / {remedy.zh}" if remedy else "check power and cable"
            yield Finding(Grade.BAD, f"{name}: {status.device.value}: {status.reason}", mend)
