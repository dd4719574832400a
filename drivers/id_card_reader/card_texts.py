"""The 256 bytes of text in an identity card's chip, in their four layouts. Pure.

All fields have fixed places and are UTF-16LE, padded with spaces. The character at byte 248 tells the card's kind:
`I` foreigner 2017, `J` 港澳台居民居住证, `Y` foreigner 2023, anything else an ordinary resident. The chips are
specified as UCS-2, where names outside it stand in the private use area or, on some cards, as surrogate pairs:
strict UTF-16 decoding takes both. (Layouts: at least two published struct definitions each.)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from drivers.id_card_reader import CardKind, IdentityCard
from drivers.status import Action, InvalidData, Remedy, Who

TEXT_LENGTH = 256
ADDRESS_RECORD_LENGTH = 70

Place = tuple[int, int]
"""Offset and length in bytes."""

_KIND_AT: Place = (248, 2)
_KINDS: Mapping[bytes, CardKind] = {
    b"I\0": CardKind.FOREIGN_PERMANENT_RESIDENT_2017,
    b"J\0": CardKind.HK_MACAO_TAIWAN_RESIDENT,
    b"Y\0": CardKind.FOREIGN_PERMANENT_RESIDENT_2023,
}

_CITIZEN: Mapping[str, Place] = {
    "name": (0, 30),
    "sex_code": (30, 2),
    "birth_date": (36, 16),
    "address": (52, 70),
    "id_number": (122, 36),
    "issuing_authority": (158, 30),
    "valid_from": (188, 16),
    "valid_until": (204, 16),
}
_LAYOUTS: Mapping[CardKind, Mapping[str, Place]] = {
    CardKind.RESIDENT: {**_CITIZEN, "ethnicity_code": (32, 4)},
    CardKind.HK_MACAO_TAIWAN_RESIDENT: {**_CITIZEN, "pass_number": (220, 18), "issue_count": (238, 4)},
    CardKind.FOREIGN_PERMANENT_RESIDENT_2023: {
        "name": (0, 30),
        "sex_code": (30, 2),
        "renewal_count": (32, 4),
        "birth_date": (36, 16),
        "english_name": (52, 70),
        "id_number": (122, 36),
        "valid_from": (188, 16),
        "valid_until": (204, 16),
        "english_name_continued": (220, 22),
        "nationality_code": (242, 6),
        "old_number_association": (250, 6),
    },
    CardKind.FOREIGN_PERMANENT_RESIDENT_2017: {
        "english_name": (0, 120),
        "sex_code": (120, 2),
        "id_number": (122, 30),
        "nationality_code": (152, 6),
        "name": (158, 30),
        "valid_from": (188, 16),
        "valid_until": (204, 16),
        "birth_date": (220, 16),
        "version": (236, 4),
        "acceptance_authority_code": (240, 8),
    },
}

SEXES: Mapping[str, str] = {"0": "未知", "1": "男", "2": "女", "9": "未说明"}
"""GB/T 2261.1."""

_ETHNICITIES_FROM_01 = (
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 "
    "柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 "
    "塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
)
ETHNICITIES: Mapping[str, str] = {
    **{f"{number:02d}": name for number, name in enumerate(_ETHNICITIES_FROM_01.split(), start=1)},
    "97": "其他",
    "98": "外国血统中国籍人士",
}
"""GB/T 3304-1991."""


NO_TEXT = Remedy(
    Action.CLEAR,
    Who.CITIZEN,
    "这张证件里的文字读不出来，请到窗口办理",
    "The text in this card cannot be read; please go to the desk",
)


def parse_text(text: bytes, *, photo: bytes = b"", newest_address: str = "") -> IdentityCard:
    """The card in `text`, exactly 256 bytes.

    Raises:
        InvalidData: a wrong length, or a field that is no text. The message names the field, never its content.
    """
    if len(text) != TEXT_LENGTH:
        raise InvalidData(f"card text of {len(text)} bytes instead of {TEXT_LENGTH}", remedy=NO_TEXT)
    kind = _KINDS.get(_cut(text, _KIND_AT), CardKind.RESIDENT)
    padded = {field: _decode(_cut(text, place), field) for field, place in _LAYOUTS[kind].items()}
    # The English name of the 2023 model runs on from its 35 characters into the spare field.
    if rest := padded.pop("english_name_continued", ""):
        padded["english_name"] += rest
    fields = {field: value.rstrip() for field, value in padded.items()}
    birth, start, end = (fields.pop(field) for field in ("birth_date", "valid_from", "valid_until"))
    ethnicity_code = fields.get("ethnicity_code", "")
    return IdentityCard(
        kind=kind,
        sex=SEXES.get(fields["sex_code"], "未知"),
        ethnicity=ETHNICITIES.get(ethnicity_code, f"其他({ethnicity_code})") if ethnicity_code else "",
        birth_date=_date(birth),
        valid_from=_date(start),
        valid_until=_date(end),
        long_term=end.strip() == "长期",
        newest_address=newest_address,
        photo=photo,
        **fields,
    )


def parse_newest_address(records: bytes) -> str:
    """The latest of the addresses appended to the chip (35 characters each), empty when all are blank.

    A chip may hold up to four; they are taken to stand in the order they were appended. Raises InvalidData.
    """
    starts = range(0, len(records), ADDRESS_RECORD_LENGTH)
    addresses = [_decode(records[at : at + ADDRESS_RECORD_LENGTH], "newest_address").strip() for at in starts]
    return next(filter(None, reversed(addresses)), "")


def _cut(text: bytes, place: Place) -> bytes:
    offset, length = place
    return text[offset : offset + length]


def _decode(raw: bytes, field: str) -> str:
    try:
        decoded = raw.decode("utf-16-le")
    except UnicodeDecodeError:
        # `from None`: the decoder's own error carries the bytes, which are somebody's data.
        raise InvalidData(f"the card's {field} is not UTF-16 text", remedy=NO_TEXT) from None
    if not all(_is_text(character) for character in decoded):
        raise InvalidData(f"the card's {field} holds control characters", remedy=NO_TEXT)
    return decoded.replace("\0", " ")


def _is_text(character: str) -> bool:
    """False for controls and noncharacters: erased chip memory reads as U+FFFF. NUL is padding."""
    code = ord(character)
    return character == "\0" or not (code < 0x20 or 0x7F <= code < 0xA0 or code & 0xFFFE == 0xFFFE)


def _date(text: str) -> date | None:
    digits = text.strip()
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
