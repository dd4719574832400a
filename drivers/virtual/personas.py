"""The invented people who use the virtual devices and the tests.

Nobody here exists. Ordinary numbers use the region code 199900, which was never assigned; numbers of Hong
Kong, Macao and Taiwan residents use the sequences 99x; foreigners' numbers use the application region 99.
Check digits are sound. Phone numbers start with 1990000. Streets are called 示例.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from drivers.id_card_reader import CardKind

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def id_number(head: str, birth: date, sequence: int) -> str:
    """An 18-character number: `head` (6 characters), `birth`, `sequence`, MOD 11-2 check (GB 11643)."""
    body = f"{head}{birth:%Y%m%d}{sequence:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def foreigner_number_2017(nationality: str, region: str, birth: date, sequence: int) -> str:
    """A 15-character number of the 2017 model: letters, region (4), YYMMDD, sequence, check (7-3-1)."""
    body = f"{nationality}{region}{birth:%y%m%d}{sequence}"
    return body + str(sum(int(c, 36) * w for c, w in zip(body, (7, 3, 1) * 5, strict=False)) % 10)


@dataclass(frozen=True)
class SocialSecurityCard:
    """The holder's 社会保障卡, second or third generation; the holder's name and number are the persona's."""

    number: str
    """卡号, nine characters."""
    identification_code: str
    """卡的识别码, 32 hexadecimal digits; the first six are the issuing region."""
    region: str
    """发卡地区, six digits."""
    issued: date
    expires: date
    specification: str = "3.00"
    """规范版本."""
    category: str = "1"
    """卡的类别."""
    birthplace: str = "199900"
    """出生地, six digits."""


@dataclass(frozen=True)
class Persona:
    """One invented person, their card, and what they would type. For the card's fields see `IdentityCard`."""

    key: str
    """Stable name for knobs, command lines and tests."""
    note: str
    """What this person is good for in a test."""
    kind: CardKind
    name: str
    sex_code: str
    birth_date: date
    id_number: str
    valid_from: date
    valid_until: date | None
    """None is 长期."""
    ethnicity_code: str = ""
    address: str = ""
    newest_address: str = ""
    issuing_authority: str = ""
    english_name: str = ""
    nationality_code: str = ""
    pass_number: str = ""
    issue_count: str = ""
    renewal_count: str = ""
    version: str = ""
    acceptance_authority_code: str = ""
    old_number_association: str = ""
    social_security: SocialSecurityCard | None = None
    phone: str = ""
    """What the scripted citizen types."""
    mailing_address: str = ""
    """What the scripted citizen types."""


def _social_security(serial: int, region: str, issued: date, *, specification: str = "3.00") -> SocialSecurityCard:
    return SocialSecurityCard(
        number=f"Z{serial:08d}",
        identification_code=f"{region}D156000005{serial:016d}",
        region=region,
        issued=issued,
        expires=issued.replace(year=issued.year + 10),
        specification=specification,
    )


def _resident(
    key: str,
    note: str,
    name: str,
    *,
    sex_code: str,
    birth: date,
    serial: int,
    address: str,
    valid_from: date,
    years: int | None,
    ethnicity_code: str = "01",
    authority: str = "示例市公安局示例分局",
    newest_address: str = "",
    specification: str = "3.00",
) -> Persona:
    return Persona(
        key=key,
        note=note,
        kind=CardKind.RESIDENT,
        name=name,
        sex_code=sex_code,
        ethnicity_code=ethnicity_code,
        birth_date=birth,
        address=address,
        newest_address=newest_address,
        # The last digit of the sequence is odd for men, even for women.
        id_number=id_number("199900", birth, serial * 10 + int(sex_code)),
        issuing_authority=authority,
        valid_from=valid_from,
        valid_until=None if years is None else valid_from.replace(year=valid_from.year + years),
        social_security=_social_security(serial, "199900", date(2019, 6, 1), specification=specification),
        phone=f"1990000{serial:04d}",
        mailing_address=newest_address or address,
    )


_ANNE_BIRTH = date(1988, 3, 14)
_ANNE = Persona(
    key="foreigner_2023",
    note="a foreign permanent resident, 2023 model; the English name runs into the spare field",
    kind=CardKind.FOREIGN_PERMANENT_RESIDENT_2023,
    name="范例安",
    english_name="EXEMPLARSON, ANNE MARGARET ELISABETH",
    sex_code="2",
    birth_date=_ANNE_BIRTH,
    id_number=id_number("999826", _ANNE_BIRTH, 2),
    valid_from=date(2024, 3, 1),
    valid_until=date(2034, 3, 1),
    nationality_code="GBR",
    renewal_count="01",
    old_number_association="002",
    phone="19900000201",
    mailing_address="上海市示例区示例路88弄6号501室",
)

_PEOPLE = (
    _resident(
        "wang",
        "an ordinary adult",
        "王小满",
        sex_code="2",
        birth=date(1990, 3, 7),
        serial=1,
        address="内蒙古自治区呼伦贝尔市示例区示例街12号3单元402室",
        valid_from=date(2019, 5, 20),
        years=20,
    ),
    _resident(
        "zhao",
        "an elderly man whose card is valid for ever",
        "赵长庚",
        sex_code="1",
        birth=date(1948, 11, 2),
        serial=2,
        address="宁夏回族自治区石嘴山市示例县示例镇示例村5组21号",
        authority="示例县公安局",
        valid_from=date(2006, 8, 15),
        years=None,
        specification="2.00",
    ),
    _resident(
        "liu",
        "moved: the chip holds a newer address",
        "刘安宁",
        sex_code="1",
        birth=date(1985, 7, 30),
        serial=3,
        address="安徽省池州市示例县示例路6号",
        newest_address="浙江省杭州市示例区示例街道示例新村9幢1单元301室",
        authority="示例县公安局",
        valid_from=date(2012, 4, 9),
        years=20,
    ),
    _resident(
        "zhang",
        "the given name 𬭎 lies outside the BMP: a surrogate pair in the chip",
        "张𬭎",
        sex_code="1",
        birth=date(1979, 12, 1),
        serial=4,
        address="内蒙古自治区鄂尔多斯市示例区示例大街101号",
        valid_from=date(2015, 1, 12),
        years=20,
    ),
    _resident(
        "yan",
        "the rare given name 䶮 (CJK Extension A)",
        "龚䶮",
        sex_code="1",
        birth=date(1994, 2, 28),
        serial=5,
        address="安徽省池州市示例县示例镇示例路33号",
        valid_from=date(2020, 10, 10),
        years=20,
    ),
    _resident(
        "jie",
        "the rare given name 㛃 (CJK Extension A)",
        "陈㛃",
        sex_code="2",
        birth=date(2001, 6, 18),
        serial=6,
        address="宁夏回族自治区银川市示例区示例巷7号",
        valid_from=date(2018, 7, 2),
        years=10,
    ),
    _resident(
        "old_chip",
        "an old card that spells 䶮 in the private use area (U+E863, GBK FE9F)",
        "龚\ue863明",
        sex_code="1",
        birth=date(1968, 5, 5),
        serial=7,
        address="安徽省池州市示例县示例镇示例路34号",
        valid_from=date(2008, 5, 6),
        years=20,
        specification="2.00",
    ),
    _resident(
        "gulnur",
        "a Uygur name with its middle dot",
        "古丽努尔·艾山",
        sex_code="2",
        ethnicity_code="05",
        birth=date(1992, 9, 9),
        serial=8,
        address="新疆维吾尔自治区乌鲁木齐市示例区示例路200号",
        valid_from=date(2019, 3, 3),
        years=20,
    ),
    _resident(
        "abdu",
        "the longest name a card holds, fifteen characters, and an address of thirty-five",
        "阿卜杜热合曼·艾合买提江尼亚孜",
        sex_code="1",
        ethnicity_code="05",
        birth=date(1983, 1, 15),
        serial=9,
        address="新疆维吾尔自治区伊犁哈萨克自治州示例县示例镇示例村示例路北侧12巷7号",
        valid_from=date(2016, 2, 29),
        years=20,
    ),
    _resident(
        "sun",
        "the card expired years ago",
        "孙期",
        sex_code="1",
        birth=date(1991, 4, 4),
        serial=10,
        address="天津市示例区示例道5号",
        valid_from=date(2009, 6, 1),
        years=10,
    ),
    _resident(
        "qian",
        "a child: a card of five years",
        "钱豆豆",
        sex_code="2",
        ethnicity_code="06",
        birth=date(2017, 10, 23),
        serial=11,
        address="贵州省贵阳市示例区示例路18号",
        valid_from=date(2023, 8, 8),
        years=5,
    ),
    Persona(
        key="hong_kong",
        note="a Hong Kong resident's residence permit",
        kind=CardKind.HK_MACAO_TAIWAN_RESIDENT,
        name="何维港",
        sex_code="1",
        birth_date=date(1987, 8, 21),
        address="广东省深圳市示例区示例路66号A座1203",
        id_number=id_number("810000", date(1987, 8, 21), 991),
        issuing_authority="示例市公安局",
        valid_from=date(2023, 11, 1),
        valid_until=date(2028, 11, 1),
        pass_number="H00000099",  # noqa: S106 (a travel permit, no password)
        issue_count="02",
        phone="19900000101",
        mailing_address="广东省深圳市示例区示例路66号A座1203",
    ),
    Persona(
        key="taiwan",
        note="a Taiwan resident's residence permit",
        kind=CardKind.HK_MACAO_TAIWAN_RESIDENT,
        name="林宜兰",
        sex_code="2",
        birth_date=date(1995, 5, 16),
        address="福建省厦门市示例区示例路10号202室",
        id_number=id_number("830000", date(1995, 5, 16), 992),
        issuing_authority="示例市公安局",
        valid_from=date(2024, 1, 9),
        valid_until=date(2029, 1, 9),
        pass_number="00000098",  # noqa: S106 (a travel permit, no password)
        issue_count="01",
        phone="19900000102",
        mailing_address="福建省厦门市示例区示例路10号202室",
    ),
    _ANNE,
    replace(
        _ANNE,
        key="foreigner_2017",
        note="the same woman's card of the 2017 model",
        kind=CardKind.FOREIGN_PERMANENT_RESIDENT_2017,
        id_number=foreigner_number_2017("GBR", "9900", _ANNE_BIRTH, 2),
        valid_from=date(2018, 9, 1),
        valid_until=date(2028, 9, 1),
        renewal_count="",
        old_number_association="",
        version="01",
        acceptance_authority_code="9900",
    ),
)

PERSONAS: Mapping[str, Persona] = MappingProxyType({persona.key: persona for persona in _PEOPLE})
"""Everybody, by key."""
