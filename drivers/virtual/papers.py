"""The papers that invented people bring: drawn with a pen, a seal and a typist's hand, at 150 dots per inch.

Every paper but the empty one says 样张 (sample) in its footer, and every number on it comes from the personas, so no picture of a
virtual desk can be taken for a real document.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from drivers.virtual.desk import Sheet
from drivers.virtual.personas import Persona

PIXELS_PER_MM = 6
"""152 dots per inch: finer than a full-HD camera sees A4, so the camera is what limits."""

BLANK = "空白页"
"""An empty sheet, or a page laid down on its face."""

_INK = (38, 36, 40)
_FORM = (70, 66, 66)
_SEAL = (206, 38, 44)
_PEN = (32, 44, 120)

_FONTS = (
    Path(__file__).parents[2] / "assets/fonts/NotoSansSC-Regular.ttf",
    Path("/usr/share/fonts/truetype/hanazono/HanaMinA.ttf"),
)


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """A font with Chinese characters, `size` pixels high. Raises FileNotFoundError when none is installed."""
    for path in _FONTS:
        if path.is_file():
            return ImageFont.truetype(str(path), size)
    raise FileNotFoundError(f"no Chinese font; install one of: {', '.join(str(path) for path in _FONTS)}")


def paper(kind: str, person: Persona) -> Sheet:
    """Draw the paper `kind` for `person`. A kind that is not in `KINDS` becomes a paper with that title.

    The same kind and person always give the same paper.
    """
    draw = KINDS.get(kind)
    page = _titled(kind, person) if draw is None else draw(person)
    if kind != BLANK:
        page.footer()
    return page.sheet()


class _Page:
    """A sheet being written on; places and sizes in millimetres from its top left corner."""

    def __init__(self, width_mm: float, height_mm: float, tint: tuple[int, int, int] = (247, 246, 243)) -> None:
        self.width_mm, self.height_mm = width_mm, height_mm
        size = (round(width_mm * PIXELS_PER_MM), round(height_mm * PIXELS_PER_MM))
        self.image = Image.new("RGB", size, tint)
        self.draw = ImageDraw.Draw(self.image)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float = 4.6,
        *,
        ink: tuple[int, int, int] = _INK,
        anchor: str = "la",
        bold: bool = False,
    ) -> None:
        self.draw.text(
            (x * PIXELS_PER_MM, y * PIXELS_PER_MM),
            words,
            ink,
            font(round(size * PIXELS_PER_MM)),
            anchor=anchor,
            stroke_width=1 if bold else 0,
        )

    def title(self, words: str, y: float = 30, size: float = 8.4) -> None:
        self.text(self.width_mm / 2, y, words, size, anchor="mm", bold=True)

    def paragraph(self, x: float, y: float, width: float, words: str, size: float = 4.6, lead: float = 1.75) -> float:
        """Set `words` in lines of `width`, the first one indented; returns where the next line would start."""
        face = font(round(size * PIXELS_PER_MM))
        line, indent = "　　", True
        for character in words:
            if face.getlength(line + character) > width * PIXELS_PER_MM and character not in "，。；：、）》”":
                self.text(x, y, line, size)
                y += size * lead
                line, indent = "", False
            line += character
        if line.strip() or indent:
            self.text(x, y, line, size)
            y += size * lead
        return y

    def line(self, x1: float, y1: float, x2: float, y2: float, width: int = 2) -> None:
        scale = PIXELS_PER_MM
        self.draw.line((x1 * scale, y1 * scale, x2 * scale, y2 * scale), _FORM, width)

    def table(self, x: float, y: float, width: float, rows: list[list[tuple[str, str]]], height: float = 12) -> float:
        """Ruled rows of (label, value) pairs; the cells of a row share the width. Returns where the table ends."""
        top = y
        for row in rows:
            self.line(x, y, x + width, y)
            cell = width / len(row)
            for number, (label, value) in enumerate(row):
                left = x + number * cell
                self.text(left + 2, y + height / 2, label, 3.7, anchor="lm", ink=_FORM)
                self.line(left + 26, y, left + 26, y + height)
                self._fit(left + 28, y, cell - 29, height, value)
                self.line(left, y, left, y + height)
            y += height
        self.line(x, y, x + width, y)
        self.line(x + width, top, x + width, y)
        return y

    def _fit(self, x: float, y: float, width: float, height: float, words: str) -> None:
        """Write `words` into a cell, on two lines when one is too short."""
        length = font(round(4.2 * PIXELS_PER_MM)).getlength(words) / PIXELS_PER_MM
        if length <= width:
            self.text(x, y + height / 2, words, 4.2, anchor="lm")
            return
        per_line = max(1, int(width / 3.3))
        for number, start in enumerate(range(0, min(len(words), 2 * per_line), per_line)):
            self.text(x, y + height * (0.28 + 0.44 * number), words[start : start + per_line], 3.3, anchor="lm")

    def seal(self, x: float, y: float, name: str, radius: float = 20) -> None:
        """A round red seal with its star, as uneven as rubber and ink make it."""
        scale = PIXELS_PER_MM
        size = round(radius * 2.2 * scale)
        layer = Image.new("L", (size, size), 0)
        pen = ImageDraw.Draw(layer)
        middle, reach = size / 2, radius * scale
        pen.ellipse((middle - reach, middle - reach, middle + reach, middle + reach), outline=255, width=7)
        points = [
            (
                middle + reach * (0.34 if number % 2 == 0 else 0.135) * math.sin(number * math.pi / 5),
                middle - reach * (0.34 if number % 2 == 0 else 0.135) * math.cos(number * math.pi / 5),
            )
            for number in range(10)
        ]
        pen.polygon(points, fill=255)
        face = font(round(radius * 0.26 * scale))
        sweep = math.radians(250)
        for number, character in enumerate(name):
            turn = -sweep / 2 + sweep * (number + 0.5) / len(name)
            glyph = Image.new("L", (round(reach * 0.4), round(reach * 0.4)), 0)
            ImageDraw.Draw(glyph).text(
                (glyph.width / 2, glyph.height / 2), character, 255, face, anchor="mm", stroke_width=1
            )
            glyph = glyph.rotate(-math.degrees(turn), Image.Resampling.BICUBIC)
            place = (
                round(middle + reach * 0.77 * math.sin(turn) - glyph.width / 2),
                round(middle - reach * 0.77 * math.cos(turn) - glyph.height / 2),
            )
            layer.paste(255, (*place, place[0] + glyph.width, place[1] + glyph.height), glyph)
        layer = layer.rotate(-7, Image.Resampling.BICUBIC)
        rng = np.random.default_rng(len(name))
        patches = Image.fromarray(rng.integers(120, 256, (size // 8, size // 8), np.uint8)).resize((size, size))
        ink = np.asarray(layer, np.float32) * np.asarray(patches, np.float32) / 255 * 0.92
        self._press(x, y, Image.fromarray(ink.astype(np.uint8)), _SEAL)

    def signature(self, x: float, y: float, name: str, size: float = 8.5) -> None:
        """The name written by hand: slanted, on an uneven line, in blue-black ink."""
        scale = PIXELS_PER_MM
        layer = Image.new("L", (round(size * 1.15 * (len(name) + 1) * scale), round(size * 2 * scale)), 0)
        pen = ImageDraw.Draw(layer)
        for number, character in enumerate(name):
            drift = math.sin(number * 2.1 + len(name)) * 0.09 * size * scale
            place = ((0.5 + number * 0.92) * size * scale, size * scale + drift)
            pen.text(place, character, 235, font(round(size * scale)), anchor="lm", stroke_width=1)
        slant = (1, 0.22, -0.2 * size * scale, -0.06, 1, 0)
        layer = layer.transform(layer.size, Image.Transform.AFFINE, slant, Image.Resampling.BICUBIC)
        layer = layer.filter(ImageFilter.GaussianBlur(0.7))
        self._press(x + layer.width / scale / 2, y, layer, _PEN)

    def _press(self, x: float, y: float, stamp: Image.Image, colour: tuple[int, int, int]) -> None:
        """Multiply the coloured stamp onto the page, centred at (x, y): print shows through a seal."""
        left = round(x * PIXELS_PER_MM - stamp.width / 2)
        top = round(y * PIXELS_PER_MM - stamp.height / 2)
        box = (left, top, left + stamp.width, top + stamp.height)
        below = np.asarray(self.image.crop(box), np.float32)
        share = np.asarray(stamp, np.float32)[..., None] / 255
        pressed = below * (1 - share + share * np.array(colour, np.float32) / 255)
        self.image.paste(Image.fromarray(pressed.astype(np.uint8)), (left, top))

    def footer(self) -> None:
        words = "样张　虚构人物，仅供演示和测试"
        self.text(self.width_mm / 2, self.height_mm - 7, words, 2.8, anchor="mm", ink=(150, 150, 150))

    def sheet(self) -> Sheet:
        """The finished sheet, with the faint grain of paper."""
        face = np.asarray(self.image)[:, :, ::-1].astype(np.int16)
        rng = np.random.default_rng(7)
        coarse = rng.normal(0, 1.3, (face.shape[0] // 4 + 1, face.shape[1] // 4 + 1)).repeat(4, 0).repeat(4, 1)
        face = face + coarse[: face.shape[0], : face.shape[1], None].astype(np.int16)
        return Sheet(np.clip(face, 0, 255).astype(np.uint8), self.width_mm, self.height_mm)


def _a4() -> _Page:
    return _Page(210, 297)


def _residence_certificate(person: Persona) -> _Page:
    page = _a4()
    page.title("居住证明", y=42, size=10)
    page.text(30, 68, "示例市示例区政务服务中心：")
    y = page.paragraph(
        30,
        80,
        150,
        f"兹证明{person.name}，公民身份号码{person.id_number}，自二〇二四年三月起在我社区居住，"
        f"现住址为{person.mailing_address}。该居民居住情况属实，期间未发现变更。",
    )
    y = page.paragraph(30, y + 3, 150, "本证明仅用于办理异地就医备案，自开具之日起三十日内有效，复印无效。")
    page.paragraph(30, y + 3, 150, "特此证明。")
    page.text(122, 190, "示例街道示例社区居民委员会", anchor="mm")
    page.text(122, 200, "二〇二六年十一月二日", anchor="mm")
    page.text(30, 176, "经办人：")
    page.signature(44, 179, "周示例")
    page.seal(128, 194, "示例街道示例社区居民委员会")
    return page


def _labour_contract(person: Persona) -> _Page:
    page = _a4()
    page.text(180, 18, "编号：SL-2026-00128", 3.6, anchor="ra")
    page.title("劳动合同书", y=36, size=10)
    page.text(105, 48, "（固定期限）", 4.4, anchor="mm")
    y = page.table(
        25,
        58,
        160,
        [
            [("甲方", "示例科技有限公司")],
            [("法定代表人", "吴样本"), ("联系电话", "0470-0000000")],
            [("乙方", person.name), ("性别", "男" if person.sex_code == "1" else "女")],
            [("证件号码", person.id_number)],
            [("住址", person.address or person.mailing_address)],
        ],
    )
    y = page.paragraph(
        25, y + 8, 160, "根据《中华人民共和国劳动合同法》，甲乙双方经平等自愿、协商一致，签订本合同，共同遵守。", 4.2
    )
    page.text(25, y + 3, "一、合同期限", 4.6, bold=True)
    y = page.paragraph(
        25, y + 12, 160, "第一条　本合同自二〇二五年七月一日起至二〇二八年六月三十日止，其中试用期三个月。", 4.2
    )
    page.text(25, y + 3, "二、工作内容和工作地点", 4.6, bold=True)
    y = page.paragraph(25, y + 12, 160, "第二条　乙方同意从事设备维护岗位工作，工作地点为示例市示例区。", 4.2)
    page.text(25, y + 3, "三、工作时间和休息休假", 4.6, bold=True)
    y = page.paragraph(
        25,
        y + 12,
        160,
        "第三条　甲方安排乙方执行标准工时制度，每日工作不超过八小时，每周不超过四十小时，并保证乙方每周至少休息一日。",
        4.2,
    )
    page.text(25, 268, "乙方（签字）：", 4.2)
    page.signature(52, 270, person.name[:4], 8)
    page.seal(158, 262, "示例科技有限公司", 18)
    return page


def _referral(person: Persona) -> _Page:
    page = _a4()
    page.title("示例市人民医院", y=26, size=7)
    page.title("转诊转院证明", y=40, size=9)
    y = page.table(
        22,
        52,
        166,
        [
            [("姓名", person.name), ("性别", "男" if person.sex_code == "1" else "女")],
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
    page.text(22, y + 4, "主治医师：")
    page.signature(46, y + 7, "郑样")
    page.text(22, y + 22, "科主任：")
    page.signature(46, y + 25, "冯范本")
    page.text(140, y + 52, "二〇二六年十月二十八日", anchor="mm")
    page.seal(142, y + 44, "示例市人民医院医务专用章", 19)
    return page


def _social_security_form(person: Persona) -> _Page:
    page = _a4()
    page.title("社会保障卡业务登记表", y=28, size=8)
    y = page.table(
        18,
        42,
        174,
        [
            [("姓名", person.name), ("性别", "男" if person.sex_code == "1" else "女")],
            [("证件号码", person.id_number)],
            [("出生日期", f"{person.birth_date:%Y-%m-%d}"), ("移动电话", person.phone)],
            [("通讯地址", person.mailing_address)],
            [("卡号", person.social_security.number if person.social_security else ""), ("卡类别", "第三代")],
            [("业务类型", "√ 申领　□ 补领　□ 换领")],
            [("领卡方式", "□ 自取　√ 邮寄"), ("银行", "示例银行")],
            [("紧急联系人", "示例亲属"), ("联系电话", "19900009999")],
        ],
        13,
    )
    page.text(18, y + 5, "申请人声明：", bold=True)
    page.paragraph(18, y + 14, 174, "本人提供的以上信息和材料真实、准确，如有虚假，愿意承担相应的责任。", 4.2)
    page.text(112, 240, "申请人签名：")
    page.signature(140, 243, person.name[:4])
    page.text(112, 256, "日期：2026 年 11 月 12 日", 4.2)
    return page


def _household_register(person: Persona) -> _Page:
    page = _Page(143, 105, (236, 240, 226))
    page.title("常住人口登记卡", y=12, size=5.4)
    page.table(
        8,
        19,
        127,
        [
            [("姓名", person.name[:6]), ("与户主关系", "户主")],
            [("性别", "男" if person.sex_code == "1" else "女"), ("籍贯", "示例")],
            [("出生日期", f"{person.birth_date:%Y-%m-%d}")],
            [("证件编号", person.id_number)],
            [("住址", person.address or person.mailing_address)],
            [("服务处所", "示例单位"), ("职业", "职员")],
        ],
        11.5,
    )
    page.seal(112, 82, "示例市公安局户口专用章", 12)
    return page


def _blank(_person: Persona) -> _Page:
    return _Page(210, 297, (248, 248, 246))


def _titled(title: str, person: Persona) -> _Page:
    page = _a4()
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
    page.text(150, y + 62, "二〇二六年十一月十日", anchor="mm")
    return page


KINDS: Mapping[str, Callable[[Persona], _Page]] = MappingProxyType(
    {
        "居住证明": _residence_certificate,
        "劳动合同": _labour_contract,
        "转诊证明": _referral,
        "社保卡业务登记表": _social_security_form,
        "户口本": _household_register,
        BLANK: _blank,
    }
)
"""The papers with a form of their own."""
