"""Two platforms of the demonstration, admitted on written authorisations: one in force, one that has ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from central import platforms
from central.casework.who import Who
from central.demo.world import PINGLUO, WUSHEN
from central.sharing import authorisations
from central.sharing.authorisations import Letter, SharingRight
from central.store.models import Platform
from central.times import CHINA, end_of
from kiosk.protocol.envelope import publish

_LETTERS = (
    ("石嘴山市医保业务系统（演示）", PINGLUO.code, "平政务授〔2026〕3号", "平罗县审批服务管理局（演示）", "异地就医备案录入，不得他用",
     (SharingRight.ENTRY, SharingRight.MATERIALS, SharingRight.REPORT), 365),
    ("内蒙古政务服务平台（演示）", WUSHEN.code, "乌政服授〔2026〕1号", "乌审旗政务服务局（演示）", "办件状态同步、电子监察",
     (SharingRight.STATES, SharingRight.SUPERVISION), 180),
    ("内蒙古政务服务平台（演示）", WUSHEN.code, "乌政服授〔2026〕2号", "乌审旗政务服务局（演示）", "试运行期间核对结果",
     (SharingRight.RESULTS,), 3),
)  # fmt: skip
"""Platform, division, number, authority, purpose, rights, days."""


def admit(session: Session, administrator: Who, at: datetime) -> None:
    """Admit them, with keys that nobody keeps the private half of, and record what places wrote."""
    for name, division, number, authority, purpose, rights, days in _LETTERS:
        platform = session.scalar(select(Platform).where(Platform.name == name))
        if platform is None:
            platforms.add(session, name, [division], at)
            platform = session.scalars(select(Platform).where(Platform.name == name)).one()
            platform.public_key = publish(
                X25519PrivateKey.from_private_bytes(sha256(name.encode()).digest()).public_key()
            ).public_key
        until = end_of((at + timedelta(days=days)).astimezone(CHINA).date())
        letter = Letter(number, authority, purpose, [division], list(rights), at, until)
        authorisations.record(session, administrator, platform, letter, at)
