"""Draws the sample pictures that come with the software (R120): python tools/draw_samples.py

The papers are those of the virtual desk: of invented people, with numbers that were never given out. Each is marked 样本
over its whole face. Writes assets/catalogue/samples/ (a JPEG by its digest) and assets/catalogue/samples.json.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from drivers.virtual.papers import paper
from drivers.virtual.personas import PERSONAS

CATALOGUE = Path(__file__).resolve().parent.parent / "assets" / "catalogue"
FONT = CATALOGUE.parent / "fonts" / "NotoSansSC-Bold.ttf"
EDGE = 1200
"""Longer edge in pixels: a sheet fills the width of a terminal's screen."""
QUALITY = 72

# Item, material, paper, person, what it is.
SAMPLES = (
    ("C001", "RESID", "居住证明", "wang", "居住证明样本：地址和公章都要拍到", "Proof of residence: address and seal are in the picture"),
    ("C001", "WORK", "工作派出证明", "liu", "工作派出证明样本：写明派往何地", "Posting letter: it says to which place"),
    ("C001", "REFER", "转诊转院证明", "zhao", "转诊转院证明样本：有医院公章", "Referral letter: with the hospital's seal"),
    ("C003", "FORM", "社会保障卡业务登记表", "jie", "社保卡业务登记表样表：在屏幕上填写", "Card service form, filled in: you do it on the screen"),
    ("C004", "CERT", "基本养老保险参保缴费凭证", "liu", "参保缴费凭证样本：四角拍全", "Certificate of contributions: all four corners"),
    ("C007", "RETIRE", "退休证", "zhao", "退休证样本：拍有照片的一页", "Retirement certificate: the page with the photo"),
    ("C007", "BANK", "银行卡", "zhao", "银行卡样本：拍有卡号的一面", "Bank card: the side with the number"),
    ("C018", "END", "解除劳动关系证明", "jie", "解除劳动关系证明样本：有单位公章和日期", "Proof that employment ended: with seal and date"),
    ("C023", "ID", "居民身份证人像面", "wang", "居民身份证样本：放在读卡器上，不用拍", "Identity card: put it on the reader, no picture is taken"),
)  # fmt: skip


def marked(picture: Image.Image) -> Image.Image:
    """With 样本 across it."""
    base = picture.convert("RGBA")
    layer = Image.new("RGBA", base.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(layer)
    face = ImageFont.truetype(str(FONT), min(base.size) // 3)
    pen.text((base.width / 2, base.height / 2), "样本", font=face, fill=(190, 30, 30, 46), anchor="mm")
    return Image.alpha_composite(base, layer.rotate(24, resample=Image.Resampling.BICUBIC)).convert("RGB")


def main() -> None:
    """Draw them all."""
    folder = CATALOGUE / "samples"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.jpg"):
        old.unlink()
    listed: dict[str, list[dict[str, object]]] = {}
    for item, material, kind, person, zh, en in SAMPLES:
        picture = Image.fromarray(paper(kind, PERSONAS[person], pixels_per_mm=14).face[..., ::-1].copy())  # it is BGR
        picture.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        marked(picture).save(out, "JPEG", quality=QUALITY, optimize=True)
        digest = hashlib.sha256(out.getvalue()).hexdigest()
        (folder / f"{digest}.jpg").write_bytes(out.getvalue())
        sample = {"material": material, "sha256": digest, "caption": {"zh": zh, "en": en}}
        listed.setdefault(item, []).append(sample)
    text = json.dumps(listed, ensure_ascii=False, indent=1)
    (CATALOGUE / "samples.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
