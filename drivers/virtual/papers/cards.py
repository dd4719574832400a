"""Cards and licences: as the real ones are laid out, without their emblems, and with 样张 across the face."""

from __future__ import annotations

from datetime import date

from drivers.virtual.papers.form import BOOKLET, ID_1, Form
from drivers.virtual.papers.page import Page, ethnicity, home, in_figures, sex

_IDENTITY_TINT = (226, 236, 240)
_IDENTITY_BLUE = (60, 110, 150)
_PERMIT_TINT = (228, 238, 226)
_PERMIT_GREEN = (40, 116, 92)
_BANK_TINT = (196, 58, 56)
_SOCIAL_TINT = (222, 234, 244)
_LICENCE_TINT = (240, 243, 238)
_LICENCE_INK = (52, 60, 58)
_GOLD = (250, 226, 170)


def _sample(page: Page, x: float, y: float, size: float = 9) -> None:
    """样张 in large pale letters: nobody shall take the picture for a real card's."""
    page.text(x, y, "样张", size, anchor="mm", ink=tuple(round(level * 0.91) for level in page.tint))  # type: ignore[arg-type]


def _dotted(day: date | None) -> str:
    return "长期" if day is None else f"{day:%Y.%m.%d}"


def _address(page: Page, x: float, y: float, width: float, words: str, size: float = 2.8) -> None:
    page.paragraph(x, y, width, words, size, 1.45, indent=False)


def _holder(page: Page, ink: tuple[int, int, int]) -> None:
    """The face that identity cards and residence permits share."""
    person = page.person
    page.guilloche(0, 12, 85.6, 30, tuple(round(level * 0.94) for level in page.tint))  # type: ignore[arg-type]
    _sample(page, 40, 27)
    page.text(5, 8, "姓名", 2.6, ink=ink, anchor="lm")
    # A name of fifteen characters has to fit beside the photograph.
    page.text(15, 8, person.name, min(3.8, 40 / len(person.name)), anchor="lm")
    page.text(5, 14.5, "性别", 2.6, ink=ink, anchor="lm")
    page.text(15, 14.5, sex(person), 3.0, anchor="lm")
    page.text(25, 14.5, "民族", 2.6, ink=ink, anchor="lm")
    page.text(33, 14.5, ethnicity(person), 3.0, anchor="lm")
    page.text(5, 21, "出生", 2.6, ink=ink, anchor="lm")
    born = person.birth_date
    page.text(15, 21, f"{born.year} 年 {born.month} 月 {born.day} 日", 3.0, anchor="lm")
    page.text(5, 28, "住址", 2.6, ink=ink, anchor="lm")
    _address(page, 15, 26.2, 37, home(person))
    page.text(5, 46, "公民身份号码", 2.6, ink=ink, anchor="lm")
    page.text(28, 46, person.id_number, 3.7, anchor="lm")
    page.photo(58, 8, 23, 31, (222, 230, 234))


def _identity_face(page: Page) -> None:
    _holder(page, _IDENTITY_BLUE)


def _identity_back(page: Page) -> None:
    person = page.person
    first, last = page.days(person.valid_from, person.valid_until)
    page.guilloche(0, 0, 85.6, 54, (212, 226, 232), 12)
    # Where the emblem would be: a plain disc that says what it stands for.
    page.draw.ellipse(tuple(at * page.scale for at in (7, 6, 23, 22)), fill=(196, 70, 66))
    page.text(15, 14, "样张", 4.6, anchor="mm", ink=_GOLD)
    page.text(53, 10, "中华人民共和国", 4.6, anchor="mm", bold=True)
    page.text(53, 20, "居民身份证", 7.0, anchor="mm", bold=True)
    page.text(30, 39, "签发机关", 2.7, anchor="rm")
    page.text(33, 39, person.issuing_authority or "示例市公安局", 3.0, anchor="lm")
    page.text(30, 46, "有效期限", 2.7, anchor="rm")
    page.text(33, 46, f"{_dotted(first)}-{_dotted(last)}", 3.0, anchor="lm")


def _permit_face(page: Page) -> None:
    _holder(page, _PERMIT_GREEN)


def _permit_back(page: Page) -> None:
    first, last = page.days(date(2025, 9, 1), date(2031, 8, 31))
    page.guilloche(0, 0, 85.6, 54, (212, 230, 212), 12)
    page.text(42.8, 11, "中华人民共和国", 4.0, anchor="mm", bold=True)
    page.text(42.8, 21, "居　住　证", 7.4, anchor="mm", bold=True, ink=_PERMIT_GREEN)
    _sample(page, 70, 33)
    page.text(30, 34, "签发机关", 2.7, anchor="rm")
    page.text(33, 34, "示例市公安局", 3.0, anchor="lm")
    page.text(30, 40.5, "有效期限", 2.7, anchor="rm")
    page.text(33, 40.5, f"{_dotted(first)}-{_dotted(last)}", 3.0, anchor="lm")
    page.text(30, 47, "签注次数", 2.7, anchor="rm")
    page.text(33, 47, "01", 3.0, anchor="lm")


def _bank_face(page: Page) -> None:
    person = page.person
    first, last = page.days(date(2021, 8, 1), date(2031, 8, 31))
    page.guilloche(0, 8, 85.6, 40, (206, 78, 74), 11)
    page.text(6, 8.5, "示例银行", 5.2, ink=_GOLD, anchor="lm", bold=True)
    page.text(79, 8.5, "借记卡", 3.4, ink=_GOLD, anchor="rm")
    page.area(9, 17, 12, 9, (218, 190, 120))
    page.frame(12, 17, 6, 9, (150, 120, 60), 0.2)
    page.line(9, 21.5, 21, 21.5, 0.2, (150, 120, 60))
    # 6200 00 is nobody's prefix, and the check digit is wrong on purpose.
    page.text(8, 33, "6200 0099 0000 0003 171", 5.0, ink=_GOLD, anchor="lm")
    page.text(34, 40, f"有效期 {(last or first):%m/%y}", 2.8, ink=_GOLD, anchor="lm")
    page.text(8, 46, person.name, 3.8, ink=_GOLD, anchor="lm")
    page.text(79, 46, "样张", 4.6, ink=_GOLD, anchor="rm")


def _bank_back(page: Page) -> None:
    page.area(0, 6, 85.6, 11, (50, 46, 48))
    page.area(6, 22, 52, 8, (238, 236, 230))
    page.signature(8, 26, page.person.name[:4], 4.5)
    page.text(61, 26, "000", 3.6, ink=_GOLD, anchor="lm")
    page.text(6, 38, "本卡仅供演示，不能取款、消费。客服电话：0470-0000000", 2.4, ink=_GOLD, anchor="lm")
    page.text(6, 44, "签名后使用，请妥善保管。", 2.4, ink=_GOLD, anchor="lm")


def _social_face(page: Page) -> None:
    person = page.person
    page.guilloche(0, 10, 85.6, 36, (206, 222, 236), 11)
    page.text(42.8, 7.5, "中华人民共和国社会保障卡", 4.2, anchor="mm", bold=True, ink=(150, 40, 50))
    _sample(page, 62, 44, 7)
    page.photo(5, 13, 20, 26)
    card = person.social_security
    first, last = page.days(card.issued, card.expires) if card else page.days(date(2024, 6, 1), date(2034, 6, 1))
    rows = [
        ("姓名", person.name),
        ("社会保障号码", person.id_number),
        ("社会保障卡号", card.number if card else ""),
        ("发卡日期", in_figures(first)),
        ("有效期限", f"至{in_figures(last or first)}"),
    ]
    for index, (label, value) in enumerate(rows):
        page.text(29, 15 + index * 5.8, label, 2.5, ink=_IDENTITY_BLUE, anchor="lm")
        size = 3.2 if value.isascii() else min(3.2, 36 / len(value))
        page.text(47, 15 + index * 5.8, value, size, anchor="lm")
    page.area(6, 42, 11, 8, (218, 190, 120))
    page.text(80, 48, "示例银行", 3.0, anchor="rm", ink=_IDENTITY_BLUE)


def _social_back(page: Page) -> None:
    page.text(42.8, 9, "社会保障卡", 4.6, anchor="mm", bold=True, ink=(150, 40, 50))
    page.text(6, 20, "1. 本卡可用于就医结算、领取待遇和办理人社业务。", 2.5, anchor="lm")
    page.text(6, 26, "2. 请妥善保管，遗失请及时挂失。服务热线：12333", 2.5, anchor="lm")
    page.text(6, 32, "3. 拾到请交当地社会保障卡服务网点。", 2.5, anchor="lm")
    page.text(80, 44, "示例市人力资源和社会保障局", 2.8, anchor="rm")


def _licence(page: Page) -> None:
    person = page.person
    first, last = page.days(date(2021, 5, 20), date(2031, 5, 20))
    page.guilloche(0, 0, 88, 60, (228, 233, 226), 14)
    page.text(44, 5.5, "中华人民共和国机动车驾驶证", 4.0, anchor="mm", bold=True, ink=_LICENCE_INK)
    page.text(44, 9.6, "Driving License of the People's Republic of China", 1.9, anchor="mm", ink=_LICENCE_INK)
    _sample(page, 57, 45, 7)

    def field(x: float, y: float, label: str, english: str, value: str, at: float, size: float = 2.9) -> None:
        page.text(x, y - 0.9, label, 2.1, ink=_LICENCE_INK, anchor="lm")
        page.text(x, y + 1.4, english, 1.4, ink=_LICENCE_INK, anchor="lm")
        page.text(at, y, value, size, anchor="lm")

    field(4, 14, "证号", "License No.", person.id_number, 17, 3.4)
    field(4, 20, "姓名", "Name", person.name, 14, min(3.2, 36 / len(person.name)))
    field(52, 20, "性别", "Sex", sex(person), 60)
    field(66, 20, "国籍", "Nationality", "中国", 77)
    page.text(4, 25.5, "住址", 2.1, ink=_LICENCE_INK, anchor="lm")
    page.text(4, 27.8, "Address", 1.4, ink=_LICENCE_INK, anchor="lm")
    _address(page, 14, 24.2, 70, home(person), 2.7)
    page.seal(14, 45, "示例省示例市公安局交通警察支队", 9, square=True)
    field(26, 36, "出生日期", "Date of Birth", f"{person.birth_date:%Y-%m-%d}", 39)
    field(26, 41.5, "初次领证日期", "Date of First Issue", "2011-05-20", 42)
    field(26, 47, "准驾车型", "Class", "C1", 39, 3.2)
    page.text(26, 52.4, "有效期限", 2.1, ink=_LICENCE_INK, anchor="lm")
    page.text(26, 54.6, "Valid Period", 1.4, ink=_LICENCE_INK, anchor="lm")
    page.text(36.5, 53.2, f"{first:%Y-%m-%d} 至 {last or first:%Y-%m-%d}", 2.5, anchor="lm")
    page.photo(66, 31.5, 19, 25)


def _licence_next(page: Page) -> None:
    person = page.person
    page.guilloche(0, 0, 88, 60, (228, 233, 226), 14)
    page.text(44, 6, "中华人民共和国机动车驾驶证副页", 3.6, anchor="mm", bold=True, ink=_LICENCE_INK)
    page.fields(5, 15, [("证号", person.id_number), ("姓名", person.name), ("档案编号", "150799000317")], 3.0, 2.1)
    page.text(5, 35, "记录", 2.5, ink=_LICENCE_INK, anchor="lm")
    _address(page, 22, 33.4, 60, "请于2031年5月20日前九十日内申请换领新驾驶证。", 2.7)


def _transport(page: Page) -> None:
    person = page.person
    first, last = page.days(date(2022, 3, 15), date(2030, 3, 14))
    page.guilloche(94, 5, 77, 115, (220, 228, 236), 14)
    page.line(88, 0, 88, 125, 0.4, (180, 192, 204))
    page.text(44, 15, "道路运输从业人员", 4.6, anchor="mm", bold=True, ink=_IDENTITY_BLUE)
    page.text(44, 24, "从业资格证", 7.4, anchor="mm", bold=True, ink=_IDENTITY_BLUE)
    page.photo(30, 34, 28, 38)
    y = page.fields(10, 84, [("姓名", person.name), ("性别", sex(person)), ("国籍", "中国")], 3.6, 2.2)
    page.text(10, y + 2, "住址", 3.06, anchor="lm")
    _address(page, 27, y + 0.4, 55, home(person), 3.2)
    page.text(98, 15, "证号", 3.2, anchor="lm")
    page.text(110, 15, person.id_number, 4.0, anchor="lm")
    rows = [
        ("从业资格类别", "道路旅客运输驾驶员"),
        ("准驾车型", "A1"),
        ("初次领证日期", in_figures(date(2016, 3, 15))),
        ("有效起始日期", in_figures(first)),
        ("有效期限", f"至 {in_figures(last or first)}"),
    ]
    page.fields(98, 28, rows, 3.6, 2.8, 24)
    page.text(98, 86, "发证机关（盖章）", 3.2, anchor="lm")
    page.text(132, 112, "示例市交通运输局", 3.4, anchor="mm")
    page.seal(136, 98, "示例市交通运输局从业资格专用章", 14)


FORMS = (
    Form("identity_card_face", "居民身份证人像面", _identity_face, *ID_1, _IDENTITY_TINT, _identity_back),
    Form("identity_card_back", "居民身份证国徽面", _identity_back, *ID_1, _IDENTITY_TINT, _identity_face),
    Form("residence_permit", "居住证", _permit_face, *ID_1, _PERMIT_TINT, _permit_back),
    Form("bank_card", "银行卡", _bank_face, *ID_1, _BANK_TINT, _bank_back),
    Form("social_security_card", "社会保障卡", _social_face, *ID_1, _SOCIAL_TINT, _social_back),
    Form("driving_licence", "机动车驾驶证", _licence, 88, 60, _LICENCE_TINT, _licence_next),
    Form("transport_qualification", "道路运输从业资格证", _transport, *BOOKLET, (238, 242, 246)),
)
