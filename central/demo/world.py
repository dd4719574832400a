"""The demonstration's places, units, staff and terminals. The places exist; the units and people in them are invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from central.casework.terms import Role
from central.store.models import Contact, Unit, User
from central.vault import Vault

PASSWORD = "Tongban-demo-2026"  # noqa: S105  # printed, and refused by a centre with real cases
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105  # the example secret of the TOTP manuals, twice


@dataclass(frozen=True)
class Place:
    """A county-level place of the demonstration."""

    code: str
    key: str
    name: str
    """Province, city and county, as applications carry it."""
    short: str
    """机关代字."""
    profile: str

    @property
    def county(self) -> str:
        """Without province and city."""
        return self.name.split()[-1]


WUSHEN = Place("150626", "wushen", "内蒙古 鄂尔多斯市 乌审旗", "乌审", "wushen")
GENHE = Place("150785", "genhe", "内蒙古 呼伦贝尔市 根河市", "根河", "genhe")
PINGLUO = Place("640221", "pingluo", "宁夏 石嘴山市 平罗县", "平罗", "pingluo")
QINGYANG = Place("341723", "qingyang", "安徽 池州市 青阳县", "青阳", "qingyang")
HUIMIN = Place("371621", "huimin", "山东 滨州市 惠民县", "惠民", "wushen")
PLACES = (WUSHEN, GENHE, PINGLUO, QINGYANG, HUIMIN)
NEAR = ("autonomous_region", "city", "hu_bao_e_wu")
"""What the second window of 乌审旗 serves (R143); the first serves everything."""

_DEPARTMENTS = (
    ("yb", "医疗保障局", "医保", ("医保",), "谷雨"),
    ("rs", "人力资源和社会保障局", "人社", ("人社",), "白露"),
    ("ga", "公安局", "公安", ("公安", "公安交管"), "霜降"),
    ("sp", "行政审批服务局", "审批", (), "冬至"),
)
_FAMILY = "孟石安庄田汪韩方秦白"


@dataclass(frozen=True)
class Login:
    """What somebody signs in with, as the command prints it."""

    login: str
    name: str
    unit: str
    role: str


def build(session: Session, vault: Vault, password_hash: str, at: datetime) -> list[Login]:
    """Make units and staff; everybody has the same password and the same second factor."""
    logins: list[Login] = []

    def member(unit: Unit, login: str, name: str, *roles: Role, scopes: tuple[str, ...] = ()) -> None:
        user = User(
            login=login,
            name=name,
            unit_id=unit.id,
            roles=[role.value for role in roles],
            scopes=list(scopes),
            password_hash=password_hash,
            created_at=at,
            last_seen_at=at,
        )
        session.add(user)
        session.flush()
        user.totp_sealed = vault.seal(TOTP_SECRET, f"staff.totp_sealed|{user.id}")
        # Counted as enrolled: signing in asks for a code and shows no secret.
        user.totp_counter = 1
        logins.append(Login(login, name, unit.name, roles[0].value))

    for number, place in enumerate(PLACES):
        family = _FAMILY[number * 2 : number * 2 + 2]
        hall = _hall(session, place)
        member(hall, f"{place.key}.window", f"{family[0]}小满", Role.WINDOW)
        member(hall, f"{place.key}.window2", f"{family[1]}立春", Role.WINDOW, scopes=NEAR if place is WUSHEN else ())
        member(hall, f"{place.key}.supervisor", f"{family[0]}清明", Role.SUPERVISOR, Role.WINDOW)
        for code, name, short, sectors, given in _DEPARTMENTS:
            unit = Unit(
                code=f"{place.code}-{code}",
                name=f"{place.county}{name}",
                short_name=f"{place.short}{short}",
                region_code=place.code,
                region_name=place.name,
                kind="department",
                sectors=list(sectors),
                profile=place.profile,
                seal_name=f"{place.county}{name}行政审批专用章（1）",
                phone="0000-0000002",
                consult_phone="0000-0000003",
                address=f"{place.county}示例路 2 号",
            )
            session.add(unit)
            session.flush()
            member(unit, f"{place.key}.{code}", f"{family[1]}{given}", Role.APPROVER)
    _headquarters(session, member)
    return logins


def _hall(session: Session, place: Place) -> Unit:
    hall = Unit(
        code=f"{place.code}-dt",
        name=f"{place.county}政务服务中心",
        short_name=f"{place.short}政服",
        region_code=place.code,
        region_name=place.name,
        kind="hall",
        profile=place.profile,
        seal_name=f"{place.county}政务服务中心跨省通办专用章",
        phone="0000-0000001",
        consult_phone="0000-0000001",
        address=f"{place.county}示例路 1 号一楼",
        hours="工作日 09:00-12:00 13:30-17:30",
    )
    session.add(hall)
    session.flush()
    session.add(
        Contact(
            region_code=place.code,
            region_name=place.name,
            unit_name=hall.name,
            person="跨省通办专窗",
            duty="综合窗口联系人",
            phone="0000-0000001",
            hours=hall.hours,
            address=hall.address,
            updated_at=datetime.fromisoformat("2026-11-02T09:00:00+08:00"),
        )
    )
    return hall


class _Member(Protocol):
    def __call__(self, unit: Unit, login: str, name: str, *roles: Role, scopes: tuple[str, ...] = ()) -> None:
        """One more member of staff."""


def _headquarters(session: Session, member: _Member) -> None:
    """Who looks after the centre itself: the three apart, the catalogue's two, and a supervisor of a whole league."""
    unit = Unit(
        code="150600-yw",
        name="鄂尔多斯市政务服务局",
        short_name="鄂政服",
        region_code="150600",
        region_name="内蒙古 鄂尔多斯市",
        kind="hall",
        profile="wushen",
    )
    session.add(unit)
    session.flush()
    member(unit, "city.supervisor", "程秋分", Role.SUPERVISOR)
    member(unit, "admin", "程立夏", Role.ADMINISTRATOR)
    member(unit, "security", "程立秋", Role.SECURITY)
    member(unit, "auditor", "程立冬", Role.AUDITOR)
    member(unit, "editor", "程白露", Role.CATALOGUE_EDITOR)
    member(unit, "reviewer", "程寒露", Role.CATALOGUE_REVIEWER)
