"""Papers about work, social insurance and retirement."""

from __future__ import annotations

from datetime import date

from drivers.virtual.papers.form import BOOKLET, Form
from drivers.virtual.papers.page import Page, ethnicity, home, in_figures, in_words, sex

_COMPANY = "示例科技有限公司"
_BOOKLET_TINT = (246, 238, 228)
_BOOKLET_RED = (150, 40, 44)


def _labour_contract(page: Page) -> None:
    person = page.person
    first, last = page.days(date(2025, 7, 1), date(2031, 6, 30))
    page.text(182, 16, "编号：SL-2025-00128", 3.6, anchor="ra")
    page.title("劳动合同书", y=32, size=10, spaced=True)
    page.text(105, 43, "（固定期限）", 4.4, anchor="mm")
    y = page.table(
        25,
        51,
        160,
        [
            [("甲方", _COMPANY)],
            [("法定代表人", "吴样本"), ("联系电话", "0470-0000000")],
            [("乙方", person.name), ("性别", sex(person))],
            [("公民身份号码", person.id_number)],
            [("住址", home(person))],
        ],
    )
    y = page.paragraph(
        25, y + 7, 160, "根据《中华人民共和国劳动合同法》，甲乙双方经平等自愿、协商一致，签订本合同，共同遵守。", 4.2
    )
    page.text(25, y + 2, "一、合同期限", 4.6, bold=True)
    y = page.paragraph(
        25, y + 11, 160, f"第一条　本合同自{in_words(first)}起至{in_words(last or first)}止，其中试用期三个月。", 4.2
    )
    page.text(25, y + 2, "二、工作内容和工作地点", 4.6, bold=True)
    y = page.paragraph(25, y + 11, 160, "第二条　乙方同意从事设备维护岗位工作，工作地点为示例市示例区。", 4.2)
    page.text(25, y + 2, "三、工作时间和休息休假", 4.6, bold=True)
    page.paragraph(
        25,
        y + 11,
        160,
        "第三条　甲方安排乙方执行标准工时制度，每日工作不超过八小时，每周不超过四十小时，并保证乙方每周至少休息一日。",
        4.2,
    )
    page.text(25, 264, "乙方（签字）：", 4.2)
    page.signature(52, 266, person.name[:4], 8)
    page.text(105, 281, "第 1 页　共 2 页", 3.0, anchor="mm")
    page.seal(158, 258, _COMPANY, 18)


def _labour_contract_next(page: Page) -> None:
    person = page.person
    first, _last = page.days(date(2025, 7, 1), date(2031, 6, 30))
    y = 26.0
    for heading, clause in (
        ("四、劳动报酬", "第四条　甲方每月十日前以货币形式支付乙方上月工资，月工资为六千元，不低于当地最低工资标准。"),
        (
            "五、社会保险",
            "第五条　甲乙双方依法参加社会保险。甲方为乙方办理有关社会保险手续，并承担相应的社会保险义务。",
        ),
        ("六、劳动保护", "第六条　甲方按照国家有关规定提供必要的劳动条件和防护用品，乙方严格遵守安全操作规程。"),
        (
            "七、合同的变更和解除",
            "第七条　经双方协商一致，可以变更或者解除本合同。解除时甲方出具证明，并办理社会保险转移手续。",
        ),
        (
            "八、劳动争议",
            "第八条　因履行本合同发生争议，可以向劳动争议仲裁委员会申请仲裁；不服裁决的，可以向人民法院起诉。",
        ),
        ("九、其他", "第九条　本合同一式两份，甲乙双方各执一份，自双方签字盖章之日起生效。"),
    ):
        page.text(25, y, heading, 4.6, bold=True)
        y = page.paragraph(25, y + 9, 160, clause, 4.2) + 3
    page.text(25, y + 12, f"甲方（盖章）：{_COMPANY}", 4.4)
    page.text(25, y + 24, "法定代表人：", 4.4)
    page.signature(50, y + 26, "吴样本", 7)
    page.seal(72, y + 24, _COMPANY, 18)
    page.text(120, y + 12, "乙方（签字）：", 4.4)
    page.signature(148, y + 14, person.name[:4], 8)
    page.text(120, y + 24, in_figures(first), 4.4)
    page.text(105, 281, "第 2 页　共 2 页", 3.0, anchor="mm")


def _posting_letter(page: Page) -> None:
    person = page.person
    first, last = page.days(date(2026, 9, 1), date(2031, 8, 31))
    page.title(_COMPANY, y=26, size=8.4, ink=(190, 30, 36))
    page.line(25, 34, 185, 34, 0.8, (190, 30, 36))
    page.text(185, 39, "示科人〔2026〕47号", 3.8, anchor="ra")
    page.title("异地工作派出证明", y=60, size=8.6)
    page.text(28, 78, "示例市医疗保障局：", 4.8)
    y = page.paragraph(
        28,
        90,
        154,
        f"兹有我单位职工{person.name}，{sex(person)}，公民身份号码{person.id_number}，"
        f"因工作需要，自{in_figures(first)}起派驻示例市示例区工作，派驻期至{in_figures(last or first)}止。"
        f"派驻期间居住地址：{person.mailing_address}。",
        4.8,
    )
    y = page.paragraph(28, y + 2, 154, "请予办理跨省异地长期居住人员就医备案。", 4.8)
    page.paragraph(28, y + 2, 154, "特此证明。", 4.8)
    page.text(28, 190, "人事负责人：", 4.4)
    page.signature(54, 192, "何样例")
    page.text(28, 204, "联系电话：0470-0000000", 4.2)
    page.text(140, 216, f"{_COMPANY}（盖章）", anchor="mm")
    page.text(140, 227, in_figures(date(2026, 8, 28)), anchor="mm")
    page.seal(142, 216, _COMPANY)


def _employment_end(page: Page) -> None:
    person = page.person
    page.text(184, 20, "编号：2026-0058", 3.6, anchor="ra")
    page.title("解除（终止）劳动关系证明书", y=38, size=8.4)
    y = page.paragraph(
        26,
        58,
        158,
        f"{person.name}（公民身份号码：{person.id_number}）与我单位签订的劳动合同期限自2021年7月1日起，"
        "工作岗位为设备维护。现依据《中华人民共和国劳动合同法》第三十六条规定，双方协商一致，"
        "于2026年10月31日解除劳动关系。",
        4.8,
    )
    y = page.table(
        26,
        y + 6,
        158,
        [
            [("在本单位工作年限", "5 年 4 个月"), ("参加失业保险", "√ 是　□ 否")],
            [("解除原因", "□ 合同期满　√ 协商解除　□ 其他")],
            [("档案转移", "示例市公共就业服务中心")],
        ],
        13,
        label=32,
    )
    y = page.paragraph(26, y + 8, 158, "劳动者凭本证明办理失业登记、社会保险关系转移等手续。特此证明。", 4.8)
    page.text(26, y + 14, "劳动者签收：", 4.6)
    page.signature(52, y + 16, person.name[:4])
    page.text(140, y + 40, f"用人单位（盖章）：{_COMPANY}", 4.2, anchor="mm")
    page.text(140, y + 50, in_figures(date(2026, 10, 31)), anchor="mm")
    page.seal(146, y + 40, _COMPANY)


def _contribution(page: Page) -> None:
    person = page.person
    page.text(188, 16, "凭证号：15079920261100317", 3.4, anchor="ra")
    page.title("基本养老保险参保缴费凭证", y=32, size=8.6)
    page.text(22, 45, "一、参保人员基本信息", 4.4, bold=True)
    y = page.table(
        22,
        53,
        166,
        [
            [("姓名", person.name), ("性别", sex(person))],
            [("公民身份号码", person.id_number), ("个人编号", "1507990317")],
            [("户籍地址", home(person))],
        ],
        11.5,
    )
    page.text(22, y + 6, "二、参保缴费情况", 4.4, bold=True)
    y = page.table(
        22,
        y + 14,
        166,
        [
            [("险种类型", "企业职工基本养老保险")],
            [("本地起始缴费", "2018年03月"), ("终止缴费", "2025年06月")],
            [("实际缴费月数", "88 个月"), ("账户储存额", "41,736.25 元")],
            [("转移接续次数", "0 次"), ("视同缴费", "0 个月")],
        ],
        11.5,
    )
    page.text(22, y + 6, "三、社会保险经办机构信息", 4.4, bold=True)
    y = page.table(
        22,
        y + 14,
        166,
        [
            [("机构名称", "示例市社会保险事业管理中心")],
            [("通讯地址", "示例市示例区示例路1号"), ("邮政编码", "000000")],
            [("联系电话", "0470-0000000"), ("行政区划", "159900")],
        ],
        11.5,
    )
    page.paragraph(
        22,
        y + 5,
        166,
        "告知：本凭证是参保人员转移基本养老保险关系的依据。在新就业地参保后，向当地社会保险经办机构出示，"
        "由其办理转移接续手续。请妥善保管，遗失可补办。",
        3.6,
    )
    page.text(22, y + 30, "经办人：", 4.4)
    page.signature(38, y + 32, "郑范例", 7)
    page.text(150, y + 46, in_figures(date(2026, 11, 3)), 4.4, anchor="mm")
    page.seal(148, y + 38, "示例市社会保险事业管理中心业务专用章")


def _retirement_certificate(page: Page) -> None:
    person = page.person
    page.guilloche(94, 5, 77, 115, (236, 224, 208), 14)
    page.line(88, 0, 88, 125, 0.4, (200, 184, 166))
    page.text(44, 16, "职工退休证", 7.5, anchor="mm", bold=True, ink=_BOOKLET_RED)
    page.photo(30, 26, 28, 38)
    page.text(44, 76, "证书编号：示退证字第 2026-0317 号", 3.2, anchor="mm")
    page.text(44, 90, "示例省人力资源和社会保障厅制", 3.0, anchor="mm", ink=_BOOKLET_RED)
    page.seal(46, 104, "示例市人力资源和社会保障局", 14)
    for number, (label, value) in enumerate(
        (
            ("姓　　名", person.name),
            ("性　　别", sex(person)),
            ("民　　族", ethnicity(person)),
            ("出生年月", f"{person.birth_date.year}年{person.birth_date.month}月"),
            ("身份证号", person.id_number),
            ("参加工作", "1971年9月"),
            ("退休时间", "2026年10月"),
            ("工作单位", "示例机械厂"),
            ("发证日期", in_figures(date(2026, 10, 20))),
        )
    ):
        y = 15 + number * 12
        page.text(97, y, label, 3.6, ink=_BOOKLET_RED, anchor="lm")
        page.text(117, y, value, 4.0, anchor="lm")
        page.line(116, y + 4, 168, y + 4, 0.15, _BOOKLET_RED)


def _retirement_approval(page: Page) -> None:
    person = page.person
    page.title("企业职工退休审批表", y=24, size=8.4)
    page.text(20, 36, "填报单位：示例机械厂", 3.8)
    page.text(190, 36, "单位编号：1507990001", 3.8, anchor="ra")
    y = page.table(
        20,
        43,
        170,
        [
            [("姓名", person.name), ("性别", sex(person))],
            [("公民身份号码", person.id_number)],
            [("出生年月", f"{person.birth_date:%Y年%m月}"), ("民族", ethnicity(person))],
            [("参加工作时间", "1990年9月"), ("退休时间", "2026年10月")],
            [("工作岗位", "钳工"), ("技术等级", "高级工")],
            [("累计缴费年限", "31年2个月"), ("退休类别", "正常退休")],
            [("家庭住址", home(person))],
            [("月养老金", "3,286.40 元"), ("开户银行", "示例银行")],
        ],
        11,
    )
    for words, sign, seal in (
        ("本人意见：同意按规定办理退休。", person.name[:4], ""),
        ("单位意见：情况属实，同意申报。", "", "示例机械厂"),
        ("审批机关意见：经审核，符合退休条件，同意自2026年11月起享受养老待遇。", "", "示例市人力资源和社会保障局"),
    ):
        page.frame(20, y, 170, 43)
        page.paragraph(23, y + 4, 164, words, 4.0, indent=False)
        page.text(168, y + 36, in_figures(date(2026, 10, 15)), 3.6, anchor="mm")
        if sign:
            page.text(24, y + 34, "本人签名：", 4.0)
            page.signature(46, y + 36, sign)
        if seal:
            page.seal(146, y + 23, seal, 17)
        y += 43


def _social_security_form(page: Page) -> None:
    person = page.person
    page.title("社会保障卡业务登记表", y=28, size=8)
    number = person.social_security.number if person.social_security else ""
    page.table(
        18,
        42,
        174,
        [
            [("姓名", person.name), ("性别", sex(person))],
            [("证件号码", person.id_number)],
            [("出生日期", f"{person.birth_date:%Y-%m-%d}"), ("移动电话", person.phone)],
            [("通讯地址", person.mailing_address)],
            [("卡号", number), ("卡类别", "第三代")],
            [("业务类型", "√ 申领　□ 补领　□ 换领")],
            [("领卡方式", "□ 自取　√ 邮寄"), ("银行", "示例银行")],
            [("紧急联系人", "示例亲属"), ("联系电话", "19900009999")],
        ],
        13,
    )
    page.text(18, 151, "申请人声明：", bold=True)
    page.paragraph(18, 160, 174, "本人提供的以上信息和材料真实、准确，如有虚假，愿意承担相应的责任。", 4.2)
    page.text(18, 184, "备注：", 4.2)
    page.written(34, 186, "请寄到家里")
    page.text(112, 240, "申请人签名：")
    page.signature(140, 243, person.name[:4])
    page.text(112, 256, "日期：2026 年 11 月 12 日", 4.2)


FORMS = (
    Form("labour_contract", "劳动合同", _labour_contract, next_page=_labour_contract_next),
    Form("posting_letter", "工作派出证明", _posting_letter),
    Form("employment_end", "解除劳动关系证明", _employment_end),
    Form("contribution_certificate", "基本养老保险参保缴费凭证", _contribution),
    Form("retirement_certificate", "退休证", _retirement_certificate, *BOOKLET, _BOOKLET_TINT),
    Form("retirement_approval", "退休审批表", _retirement_approval),
    Form("social_security_form", "社会保障卡业务登记表", _social_security_form),
)
