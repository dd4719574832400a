"""Papers about where and with whom somebody lives."""

from __future__ import annotations

from datetime import date

from drivers.virtual.papers.form import Form
from drivers.virtual.papers.page import Page, ethnicity, home, in_figures, in_words, sex
from drivers.virtual.personas import PERSONAS

_REGISTER_TINT = (232, 239, 224)
_REGISTER_INK = (74, 104, 84)
_MARRIAGE_TINT = (250, 240, 236)
_MARRIAGE_RED = (168, 36, 44)


def _residence_certificate(page: Page) -> None:
    person = page.person
    first, last = page.days(date(2026, 11, 2), date(2032, 11, 1))
    page.text(180, 20, "编号：示社居证〔2026〕第0317号", 3.6, anchor="ra")
    page.title("居住证明", y=42, size=10, spaced=True)
    page.text(30, 64, "示例市示例区政务服务中心：")
    y = page.paragraph(
        30,
        75,
        150,
        f"兹证明{person.name}，{sex(person)}，公民身份号码{person.id_number}，自{in_words(date(first.year - 2, 3, 1))}起在我社区居住，"
        f"现住址为{person.mailing_address}。该居民居住情况属实，期间未发现变更。",
    )
    y = page.paragraph(30, y + 2, 150, f"本证明用于办理异地就医备案，有效期至{in_figures(last or first)}，复印无效。")
    page.paragraph(30, y + 2, 150, "特此证明。")
    page.text(30, 172, "经办人：")
    page.signature(46, 175, "周示例")
    page.text(30, 186, "联系电话：0470-0000000", 4.2)
    page.text(132, 205, "示例街道示例社区居民委员会", anchor="mm")
    page.text(132, 215, in_words(first), anchor="mm")
    page.seal(136, 208, "示例街道示例社区居民委员会")


def _housing_proof(page: Page) -> None:
    person = page.person
    page.title("合法稳定住所证明", y=36, size=9)
    page.text(105, 48, "（申请户口迁移用）", 4.2, anchor="mm")
    y = page.table(
        22,
        58,
        166,
        [
            [("申请人姓名", person.name), ("性别", sex(person))],
            [("公民身份号码", person.id_number)],
            [("住所地址", person.mailing_address)],
            [("住所性质", "√ 自有　□ 租赁　□ 单位宿舍"), ("建筑面积", "86.40 平方米")],
            [("不动产权证号", "示（2021）示例市不动产权第0001731号")],
            [("入住时间", "2021年6月1日"), ("共同居住", "2 人")],
        ],
        13,
        label=30,
    )
    y = page.paragraph(
        22,
        y + 9,
        166,
        f"经查，{person.name}在上述地址有合法稳定住所，连续居住已满三年，房屋无产权争议，同意其办理户口迁移落户手续。",
    )
    page.paragraph(22, y + 2, 166, "情况属实，特此证明。")
    page.text(22, 196, "申请人签名：")
    page.signature(48, 199, person.name[:4])
    page.text(22, 212, "核查人签名：")
    page.signature(48, 215, "钱示范")
    page.text(142, 226, "示例市示例区住房保障中心", anchor="mm")
    page.text(142, 236, in_words(date(2026, 10, 19)), anchor="mm")
    page.seal(146, 228, "示例市示例区住房保障中心")


def _register_first(page: Page) -> None:
    person = page.person
    page.guilloche(4, 4, 135, 90, (216, 228, 208))
    page.frame(4, 4, 135, 90, _REGISTER_INK, 0.5)
    page.text(10, 9.5, "No. 150700000", 2.8, ink=_REGISTER_INK)
    page.title("居民户口簿", y=15, size=6, ink=_REGISTER_INK)
    page.text(71.5, 22.5, "户口簿首页", 3.4, ink=_REGISTER_INK, anchor="mm")
    y = page.table(
        10,
        28,
        123,
        [[("户别", "非农业家庭户口"), ("户主姓名", person.name)], [("户号", "150799000317")], [("住址", home(person))]],
        10.5,
        label=21,
        size=3.7,
        ink=_REGISTER_INK,
    )
    page.text(12, y + 7, "省级公安机关", 2.9, ink=_REGISTER_INK)
    page.text(12, y + 11.5, "户口专用章", 2.9, ink=_REGISTER_INK)
    page.seal(40, y + 14.5, "示例省公安厅户口专用章", 11)
    page.text(66, y + 7, "户口登记机关", 2.9, ink=_REGISTER_INK)
    page.text(66, y + 11.5, "户口专用章", 2.9, ink=_REGISTER_INK)
    page.seal(96, y + 14.5, "示例市公安局示例派出所户口专用章", 11)
    page.text(12, 89, "承办人签章：", 2.9, ink=_REGISTER_INK, anchor="lm")
    page.signature(28, 88.5, "吴样", 4)
    page.text(92, 89, f"{in_figures(date(2016, 8, 12))}　签发", 3.0, anchor="lm")


def _register_page(page: Page) -> None:
    person = page.person
    page.guilloche(4, 4, 135, 93, (216, 228, 208))
    page.title("常住人口登记卡", y=9.5, size=5.2, ink=_REGISTER_INK)
    page.table(
        5,
        14.5,
        133,
        [
            [("姓名", person.name), ("户主或与户主关系", "户主")],
            [("曾用名", ""), ("性别", sex(person))],
            [("出生地", "示例市示例区"), ("民族", ethnicity(person))],
            [("籍贯", "示例市示例区"), ("出生日期", in_figures(person.birth_date))],
            [("本市县其他住址", ""), ("宗教信仰", "")],
            [("公民身份号码", person.id_number), ("身高　血型", "170 厘米")],
            [("文化程度", "大学本科"), ("婚姻状况", "有配偶")],
            [("服务处所", "示例科技有限公司"), ("职业", "技术人员")],
            [("何时由何地迁来本市", "")],
            [("何时由何地迁来本址", f"2016年8月12日由{home(person)[:12]}迁来")],
        ],
        7.1,
        label=24,
        size=3.3,
        ink=_REGISTER_INK,
    )
    page.text(7, 92, "承办人签章：", 2.9, ink=_REGISTER_INK, anchor="lm")
    page.signature(23, 91.5, "吴样", 4)
    page.text(80, 92, f"登记日期：{in_figures(date(2016, 8, 12))}", 2.9, anchor="lm")
    page.seal(116, 84, "示例市公安局示例派出所户口专用章", 11)


def _marriage(page: Page) -> None:
    person = page.person
    # The other one of the couple is another persona, so that both numbers are sound and nobody's.
    spouse = PERSONAS["zhang" if person.sex_code == "2" else "jie"]
    page.guilloche(5, 5, 78, 115, (243, 222, 216), 14)
    page.guilloche(93, 5, 78, 115, (243, 222, 216), 14)
    page.line(88, 0, 88, 125, 0.4, (206, 180, 172))
    page.text(44, 17, "结婚证", 9, anchor="mm", bold=True, ink=_MARRIAGE_RED)
    page.photo(22, 27, 44, 30, (196, 60, 58))
    for number, (label, value) in enumerate(
        (
            ("持证人", person.name),
            ("登记日期", in_words(date(2018, 5, 20))),
            ("结婚证字号", "J150799-2018-000317"),
            ("备注", ""),
        )
    ):
        y = 66 + number * 10
        page.text(11, y, label, 3.5, ink=_MARRIAGE_RED, anchor="lm")
        page.text(32, y, value, 3.6 if value.isascii() else min(3.6, 49 / len(value)), anchor="lm")
        page.line(31, y + 3.6, 80, y + 3.6, 0.15, _MARRIAGE_RED)
    page.text(11, 107, "婚姻登记员", 3.1, ink=_MARRIAGE_RED, anchor="lm")
    page.signature(30, 107, "孙示", 5)
    page.seal(66, 104, "示例市示例区民政局婚姻登记专用章", 13)
    page.text(132, 14, "结婚申请，符合《中华人民共和国民法典》", 3.1, anchor="mm")
    page.text(132, 20, "规定，予以登记，发给此证。", 3.1, anchor="mm")
    for number, one in enumerate((person, spouse)):
        y = 34 + number * 43
        page.text(98, y, "姓名", 3.5, ink=_MARRIAGE_RED, anchor="lm")
        page.text(110, y, one.name, min(4.0, 37 / len(one.name)), anchor="lm")
        page.text(148, y, "性别", 3.5, ink=_MARRIAGE_RED, anchor="lm")
        page.text(160, y, sex(one), 4.0, anchor="lm")
        page.text(98, y + 9, "国籍", 3.5, ink=_MARRIAGE_RED, anchor="lm")
        page.text(112, y + 9, "中国", 3.6, anchor="lm")
        page.text(98, y + 18, "出生日期", 3.5, ink=_MARRIAGE_RED, anchor="lm")
        page.text(118, y + 18, in_figures(one.birth_date), 3.6, anchor="lm")
        page.text(98, y + 27, "身份证件号", 3.5, ink=_MARRIAGE_RED, anchor="lm")
        page.text(119, y + 27, one.id_number, 3.6, anchor="lm")
        page.line(97, y + 33, 168, y + 33, 0.15, _MARRIAGE_RED)


FORMS = (
    Form("residence_certificate", "居住证明", _residence_certificate),
    Form("household_register_first", "户口簿首页", _register_first, 143, 105, _REGISTER_TINT),
    Form("household_register_page", "常住人口登记卡", _register_page, 143, 105, _REGISTER_TINT),
    Form("marriage_certificate", "结婚证", _marriage, 176, 125, _MARRIAGE_TINT),
    Form("housing_proof", "合法稳定住所证明", _housing_proof),
)
