"""Papers of doctors, schools and of people themselves; and those without a form."""

from __future__ import annotations

from datetime import date

from drivers.virtual.papers.form import BOOKLET, Form
from drivers.virtual.papers.page import Page, home, in_figures, in_words, sex

_CREAM = (250, 246, 232)
_DISABILITY_TINT = (240, 236, 232)
_DISABILITY_RED = (146, 38, 46)


def _referral(page: Page) -> None:
    person = page.person
    page.title("示例市人民医院", y=26, size=7)
    page.title("转诊转院证明", y=40, size=9)
    y = page.table(
        22,
        52,
        166,
        [
            [("姓名", person.name), ("性别", sex(person))],
            [("证件号码", person.id_number)],
            [("门诊/住院号", "MZ20260000317"), ("科室", "心血管内科")],
            [("转出医院", "示例市人民医院"), ("转入医院", "示例省立医院")],
            [("诊断", "冠状动脉粥样硬化性心脏病")],
        ],
    )
    page.text(22, y + 6, "转诊理由：", bold=True)
    y = page.paragraph(
        22, y + 16, 166, "患者因反复胸闷三月余就诊，经检查需进一步行冠状动脉造影，我院条件所限，建议转上级医院诊治。"
    )
    first, last = page.days(date(2026, 10, 28), date(2031, 4, 27))
    y = page.paragraph(22, y, 166, f"转诊有效期至{in_figures(last or first)}。")
    page.text(22, y + 4, "主治医师：")
    page.signature(46, y + 7, "郑样")
    page.text(22, y + 22, "科主任：")
    page.signature(46, y + 25, "冯范本")
    page.text(140, y + 52, in_words(first), anchor="mm")
    page.seal(142, y + 44, "示例市人民医院医务专用章", 19)


def _medical_fitness(page: Page) -> None:
    person = page.person
    page.title("机动车驾驶人身体条件证明", y=24, size=8)
    page.photo(160, 36, 28, 38)
    page.table(
        20,
        36,
        138,
        [
            [("姓名", person.name), ("性别", sex(person))],
            [("出生日期", f"{person.birth_date:%Y-%m-%d}"), ("国籍", "中国")],
            [("身份证明名称", "居民身份证"), ("联系电话", person.phone)],
            [("身份证明号码", person.id_number)],
        ],
        11,
    )
    page.table(20, 80, 170, [[("申请车型", "C1"), ("档案编号", "150799000317")]], 11)
    page.text(22, 97, "申告事项", 4.4, bold=True)
    y = page.paragraph(
        22, 104, 166, "本人如实申告：□ 具有　√ 不具有　器质性心脏病、癫痫、眩晕症、震颤麻痹、精神病、痴呆等疾病。", 4.0
    )
    page.text(22, y + 4, "本人签名：", 4.2)
    page.signature(44, y + 6, person.name[:4], 7.5)
    page.text(22, y + 17, "医疗机构填写事项", 4.4, bold=True)
    y = page.table(
        20,
        y + 25,
        170,
        [
            [("身高（cm）", "170"), ("辨色力", "√ 正常　□ 红绿色盲")],
            [("左眼视力", "5.0"), ("右眼视力", "5.0")],
            [("左耳听力", "√ 合格　□ 不合格"), ("右耳听力", "√ 合格　□ 不合格")],
            [("上肢", "√ 合格　□ 不合格"), ("下肢", "√ 合格　□ 不合格")],
            [("躯干和颈部", "√ 合格　□ 不合格"), ("运动能力", "√ 正常　□ 障碍")],
        ],
        11,
    )
    page.text(22, y + 12, "医师签字：", 4.2)
    page.signature(44, y + 14, "蒋示例", 7.5)
    # Valid for six months from this day, which is not printed on it.
    issued, _last = page.days(date(2026, 10, 21), date(2027, 4, 20))
    page.text(148, y + 34, in_figures(issued), 4.2, anchor="mm")
    page.text(148, y + 25, "示例市人民医院体检中心", 4.2, anchor="mm")
    page.seal(150, y + 27, "示例市人民医院体检专用章", 18)


def _diploma(page: Page) -> None:
    person = page.person
    page.frame(10, 10, 277, 190, (176, 52, 56), 0.9)
    page.frame(13, 13, 271, 184, (214, 170, 120), 0.4)
    page.guilloche(16, 16, 265, 178, (244, 236, 214), 18)
    page.title("普通高等学校", y=33, size=7)
    page.title("毕业证书", y=53, size=15, ink=(160, 30, 36), spaced=True)
    page.photo(30, 68, 40, 54)
    born, graduated = in_words(person.birth_date), in_words(date(2016, 7, 1))
    page.paragraph(
        84,
        74,
        180,
        f"学生{person.name}，性别{sex(person)}，{born}生，于二〇一二年九月至二〇一六年七月"
        "在本校信息管理专业四年制本科学习，修完教学计划规定的全部课程，成绩合格，准予毕业。",
        6.2,
        1.9,
    )
    page.text(84, 150, "校　　名：示例大学", 5.4)
    page.text(190, 150, "校（院）长：", 5.4)
    page.signature(220, 153, "沈范", 11)
    page.text(30, 174, "证书编号：10000 1201 605 000317", 4.2)
    page.text(225, 176, graduated, 5.0, anchor="mm")
    page.text(30, 182, "中华人民共和国教育部学历证书查询网址：example.invalid", 2.8)
    page.seal(150, 158, "示例大学", 21)


def _power_of_attorney(page: Page) -> None:
    person = page.person
    page.title("授权委托书", y=38, size=10, spaced=True)
    page.text(26, 60, "委托人：", 4.8)
    page.written(46, 62, person.name)
    page.text(100, 60, f"性别：{sex(person)}", 4.8)
    page.text(26, 72, "公民身份号码：", 4.8)
    page.text(62, 72, person.id_number, 4.8)
    page.text(26, 84, "受托人：", 4.8)
    page.written(46, 86, "李示例")
    page.text(100, 84, "与委托人关系：父女", 4.8)
    page.text(26, 96, "公民身份号码：199900199001010000", 4.8)
    y = page.paragraph(
        26,
        114,
        158,
        "委托人因行动不便，不能亲自前往办理，特委托受托人作为合法代理人，代为办理下列事项：",
        4.8,
    )
    page.written(34, y + 5, "代领社会保障卡，代交材料")
    page.line(26, y + 11, 184, y + 11)
    y = page.paragraph(
        26,
        y + 18,
        158,
        "受托人在委托权限内签署的有关文件，委托人均予以承认，由此产生的法律责任由委托人承担。",
        4.8,
    )
    first, last = page.days(date(2026, 11, 1), date(2031, 10, 31))
    y = page.paragraph(26, y + 2, 158, f"委托期限：自{in_figures(first)}至{in_figures(last or first)}。", 4.8)
    page.text(96, 232, "委托人（签名、按手印）：", 4.6)
    page.signature(148, 234, person.name[:4])
    page.thumb(176, 236)
    page.text(96, 250, "受托人（签名）：", 4.6)
    page.signature(148, 252, "李示例")
    page.text(148, 268, in_figures(first), 4.6, anchor="mm")


def _disability(page: Page) -> None:
    person = page.person
    first, last = page.days(date(2022, 4, 12), date(2032, 4, 11))
    page.line(88, 0, 88, 125, 0.4, (204, 190, 186))
    page.guilloche(5, 5, 78, 115, (232, 222, 216), 14)
    page.guilloche(93, 5, 78, 115, (232, 222, 216), 14)
    page.text(44, 16, "中华人民共和国", 4.2, anchor="mm", ink=_DISABILITY_RED)
    page.text(44, 26, "残疾人证", 8.0, anchor="mm", bold=True, ink=_DISABILITY_RED)
    page.photo(30, 36, 28, 38)
    page.text(44, 84, "残疾人证号", 3.1, anchor="mm", ink=_DISABILITY_RED)
    # 20 characters: the identity number, the kind of disability and its grade.
    page.text(44, 91, f"{person.id_number}43", 3.9, anchor="mm")
    page.seal(46, 106, "示例市示例区残疾人联合会", 12.5)
    rows = [
        ("姓名", person.name),
        ("性别", sex(person)),
        ("出生日期", in_figures(person.birth_date)),
        ("残疾类别", "肢体"),
        ("残疾等级", "三级"),
        ("监护人", "——"),
    ]
    y = page.fields(98, 15, rows, 3.7, 2.5, 20)
    page.text(98, y, "住址", 3.15, anchor="lm")
    page.paragraph(118, y - 1.8, 50, home(person), 3.5, 1.5, indent=False)
    page.text(98, 90, "发证日期", 3.15, anchor="lm")
    page.text(118, 90, in_figures(first), 3.7, anchor="lm")
    page.text(98, 98, "有效期至", 3.15, anchor="lm")
    page.text(118, 98, in_figures(last or first), 3.7, anchor="lm")
    page.text(132, 111, "中国残疾人联合会监制", 2.9, anchor="mm", ink=_DISABILITY_RED)


def _receipt(page: Page) -> None:
    person = page.person
    page.text(40, 14, "示例市人民医院", 5.0, anchor="mm", bold=True)
    page.text(40, 22, "门诊费用清单", 4.2, anchor="mm")
    y = page.fields(6, 34, [("姓名", person.name), ("门诊号", "MZ20260000317"), ("日期", "2026-10-28")], 3.4, 1.8)
    page.line(5, y - 2, 75, y - 2)
    for number, (item, price) in enumerate(
        (
            ("挂号费", "12.00"),
            ("诊察费", "20.00"),
            ("心电图检查", "45.00"),
            ("血常规", "25.00"),
            ("肝功能", "88.00"),
            ("肾功能", "62.00"),
            ("血脂四项", "54.00"),
            ("凝血功能", "70.00"),
            ("心脏彩超", "260.00"),
            ("胸部正侧位片", "120.00"),
            ("阿司匹林肠溶片", "15.60"),
            ("阿托伐他汀钙片", "48.20"),
            ("单硝酸异山梨酯", "32.50"),
            ("材料费", "6.40"),
        )
    ):
        page.text(6, y + 6 + number * 9, item, 3.6, anchor="lm")
        page.text(74, y + 6 + number * 9, price, 3.6, anchor="rm")
    y += 14 * 9 + 6
    page.line(5, y, 75, y)
    page.text(6, y + 9, "合计", 4.6, anchor="lm", bold=True)
    page.text(74, y + 9, "858.70", 4.6, anchor="rm", bold=True)
    page.text(6, y + 20, "收费员：003", 3.4, anchor="lm")
    page.seal(52, y + 36, "示例市人民医院收费专用章", 15)


def _income_proof(page: Page) -> None:
    person = page.person
    page.title("收入证明", y=36, size=9, spaced=True)
    y = page.paragraph(
        24,
        58,
        128,
        f"兹证明{person.name}，公民身份号码{person.id_number}，系我单位职工，现任技术员，月平均收入人民币陆仟元整。",
    )
    page.paragraph(24, y + 2, 128, "特此证明。")
    page.text(112, 168, "示例科技有限公司", anchor="mm")
    page.text(112, 178, in_figures(date(2026, 11, 5)), anchor="mm")
    page.seal(114, 170, "示例科技有限公司", 18)


def _note(page: Page) -> None:
    person = page.person
    page.written(56, 22, "情况说明", 8)
    for number, words in enumerate(
        (
            f"本人{person.name}，",
            f"身份证号{person.id_number}，",
            "因原证件受潮，字迹不清，",
            "现申请按补办处理。以上",
            "情况属实，请予办理。",
        )
    ):
        page.line(14, 47 + number * 14, 134, 47 + number * 14, 0.15, (170, 190, 205))
        page.written(14, 42 + number * 14, words, 6.4)
    page.signature(90, 140, person.name[:4])
    page.written(84, 156, "2026年11月10日", 6)


def blank(_page: Page) -> None:
    """Nothing."""


def titled(title: str, page: Page) -> None:
    """A paper of any title, for those that have no form here."""
    person = page.person
    page.title(title[:20], y=36)
    y = page.table(
        22,
        52,
        166,
        [
            [("姓名", person.name), ("联系电话", person.phone)],
            [("证件号码", person.id_number)],
            [("住址", person.mailing_address)],
        ],
    )
    y = page.paragraph(22, y + 8, 166, f"{person.name}就“{title}”一事提供本材料，所列内容属实。办理机关可依法核查。")
    page.text(112, y + 16, "签名：")
    page.signature(126, y + 19, person.name[:4])
    page.seal(150, y + 48, "示例市示例区示例专用章", 18)
    page.text(150, y + 62, in_words(date(2026, 11, 10)), anchor="mm")


FORMS = (
    Form("referral", "转诊转院证明", _referral),
    Form("medical_fitness", "机动车驾驶人身体条件证明", _medical_fitness),
    Form("diploma", "毕业证书", _diploma, 297, 210, _CREAM),
    Form("power_of_attorney", "授权委托书", _power_of_attorney),
    Form("income_proof", "收入证明", _income_proof, 176, 250),
    Form("handwritten_note", "情况说明", _note, 148, 210),
    Form("receipt", "门诊费用清单", _receipt, 80, 300, (250, 250, 250)),
    Form("disability_certificate", "残疾人证", _disability, *BOOKLET, _DISABILITY_TINT),
)
