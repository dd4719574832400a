"""Documents on paper: all that must be said stands in the PDF, fonts are embedded, the signature holds, nothing is fetched."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest
from fontTools.ttLib import TTFont
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext
from sqlalchemy import select
from weasyprint.urls import FatalURLFetchingError

from central.assets import ASSETS
from central.casework.acts import Problem
from central.casework.ports import DocumentFacts
from central.casework.terms import DocumentKind as Kind
from central.centre import CentreParts, assemble
from central.documents import html, pdf
from central.documents.content import WITHOUT_SEAL, OneTimeNotice
from central.documents.html import Seal
from central.documents.papers import papers_of, seals_of
from central.documents.seals import Seals, SealUnusable
from central.documents.sign import sign
from central.documents.slip import slip_of, slip_pdf
from central.store.models import Case, Document
from central.vault import Vault
from drivers.virtual.personas import PERSONAS
from tests.central.desk import people
from tests.central.paper_rig import (
    AT,
    NUMBERED,
    PROBLEMS,
    issue,
    pdf_of,
    text_of,
    with_seals,
)
from tests.central.rig import initialised

MUST_SAY: dict[Kind, tuple[str, ...]] = {
    Kind.COLLECTION_NOTICE: (
        "收件通知书", "跨省通办", "异地代收代办", "异地就医结算备案", "长期住在外地", "社会保障卡",
        "2026年11月20日10:05", "2026年11月20日12:05", "2026年11月23日", "收件不等于受理", "首问责任单位", "平罗县",
        "个工作日", "EMS邮寄到家", "不向申请人收取", "身份核验",
    ),
    Kind.ACCEPTANCE_RECEIPT: (
        "业务受理回执", "决定予以受理", "2026年11月29日", "法定时限", "不计入办理时限", "收费", "社会保障卡", "受理人",
        "职员dept.640221", "查询码",
    ),
    Kind.ONE_TIME_NOTICE: (
        "一次性告知书", "卡面反光，看不清卡号", "办事指南材料二", "重拍社会保障卡正面", "结束时间早于开始时间",
        "2026年12月4日", "10个工作日", "以上为一次性告知的全部内容", "逾期未补正", "补材料",
    ),
    Kind.NOT_ACCEPT_NOTICE: (
        "不予受理通知书", "与属地联系记录", "电话", "平罗县医保局马芳", "对方说下月才开通", "■不属于跨省通办事项",
        "□材料不齐或不符合法定形式", "平罗县尚未开通该险种的异地备案", "《行政许可法》第三十二条", "建议途径", "退还材料清单",
        "60日内依法申请行政复议", "6个月内依法向人民法院提起行政诉讼",
    ),
    Kind.REJECTION_NOTICE: (
        "不予审批通知书", "实质审查", "平罗县尚未开通该险种的异地备案", "《行政许可法》第三十二条", "材料处理", "送达方式",
        "60日内依法申请行政复议", "6个月内依法向人民法院提起行政诉讼",
    ),
    Kind.WITHDRAWAL_CONFIRMATION: (
        "撤回申请确认书", "已在别处办理", "我已经回平罗了", "自助终端WSQ-03", "当场退还", "未收费", "撤回后可重新申请",
    ),
    Kind.MATERIAL_HANDOVER_LIST: (
        "材料交接清单", "平罗县政务服务中心", "EA123456789CN", "F-000123", "交件人（签名）", "收件人（签名）",
    ),
    Kind.MAILING_LABEL: ("邮寄封面", "收件人", "寄件人", "EA123456789CN", "交接记录"),
    Kind.DECISION: ("审批决定书", "决定准予", "平医备〔2026〕88号", "准予异地就医结算备案"),
}  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentreParts]:
    """A centre with units, staff and demonstration seals. Paper does not know which database there is."""
    parts = assemble(initialised(tmp_path_factory.mktemp("papers") / "centre"))
    people(parts)
    with_seals(parts)
    yield parts
    parts.close()


def judged(parts: CentreParts, data: bytes, unit: str = "150626-hall") -> PdfSignatureStatus:
    """What pyHanko's validator says of the seal on `data`."""
    seal = seals_of(parts).get(unit)
    assert seal is not None
    signer = SimpleSigner.load_pkcs12_data(seal.p12, other_certs=[])
    trust = ValidationContext(trust_roots=[signer.signing_cert], moment=parts.now())
    (signature,) = PdfFileReader(io.BytesIO(data)).embedded_signatures
    return validate_pdf_signature(signature, trust)


def fonts_of(data: bytes) -> Iterator[pypdf.generic.DictionaryObject]:
    for page in pypdf.PdfReader(io.BytesIO(data)).pages:
        for font in page["/Resources"].get("/Font", {}).values():  # type: ignore[attr-defined]
            yield font.get_object()


@pytest.mark.req("R153", "R070", "R076", "R038", "R040", "R041", "R042", "R104", "R026")
@pytest.mark.parametrize("kind", NUMBERED)
def test_the_paper_says_all_that_it_must(office: CentreParts, kind: Kind) -> None:
    document = issue(office, kind)
    said = text_of(pdf_of(office, document))
    person = PERSONAS["wang"]
    always = [document.number, person.name, "12345", "第1页"]
    if kind is not Kind.MAILING_LABEL:
        always.append(f"{person.id_number[:6]}********{person.id_number[-4:]}")
    if kind not in WITHOUT_SEAL:
        always += ["2026年11月20日", "申请人（代理人）签收", "一式两份"]
    missing = [words for words in (*always, *MUST_SAY[kind]) if words not in said]
    assert missing == []
    assert person.id_number not in said


def test_all_fonts_are_embedded_and_cut_to_what_is_used(office: CentreParts) -> None:
    data = pdf_of(office, issue(office, Kind.COLLECTION_NOTICE))
    fonts = list(fonts_of(data))
    assert len(fonts) >= 3
    for font in fonts:
        (descendant,) = font["/DescendantFonts"]
        assert "/FontFile2" in descendant["/FontDescriptor"] or "/FontFile3" in descendant["/FontDescriptor"]
        assert "+" in font["/BaseFont"]
    assert len(data) < 300_000


@pytest.mark.parametrize("name", ["王𠮷𡈼㛃", "张𬭎", "龚䶮", "古丽努尔·艾山"])
def test_rare_characters_of_names_are_drawn_and_can_be_read_out(office: CentreParts, name: str) -> None:
    data = pdf_of(office, issue(office, Kind.MAILING_LABEL, name=name))
    assert name in text_of(pdf_of(office, issue(office, Kind.COLLECTION_NOTICE, name=name)))
    # A character without a glyph would be glyph 0 (a box) of some font.
    shown = pypdf.PdfReader(io.BytesIO(data)).pages[0].get_contents()
    assert shown is not None
    assert b"<0000" not in shown.get_data()


def test_a_character_that_the_bold_font_lacks_is_drawn_with_its_own_glyph(office: CentreParts) -> None:
    # WeasyPrint 70 mixes up two files of one family: 㛃 in bold came out as 挺.
    content = papers_of(office).content(issue(office, Kind.MAILING_LABEL, name="王㛃"))
    whole = TTFont(ASSETS / "fonts" / "NotoSansSC-Regular.ttf", lazy=True)
    number = whole.getGlyphID(whole.getBestCmap()[ord("㛃")])
    wanted = whole["glyf"][whole.getGlyphName(number)]
    drawn = []
    for font in fonts_of(pdf.render(content, Seal.LATER).pdf):
        names = font["/ToUnicode"].get_data().decode()
        if re.search(rf"<{number:04x}> <36c3>", names, re.IGNORECASE):
            program = font["/DescendantFonts"][0]["/FontDescriptor"]["/FontFile2"].get_data()
            embedded = TTFont(io.BytesIO(program))
            drawn.append(embedded["glyf"][embedded.getGlyphOrder()[number]])
    assert drawn
    assert all(glyph.getCoordinates(None)[0] == wanted.getCoordinates(None)[0] for glyph in drawn)


@pytest.mark.req("R094")
def test_the_seal_signs_and_a_changed_byte_breaks_it(office: CentreParts) -> None:
    data = pdf_of(office, issue(office, Kind.COLLECTION_NOTICE))
    status = judged(office, data)
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.signing_cert.subject.native["common_name"] == "乌审旗政务服务局跨省通办专用章"
    place = data.index(b"/Type /Page") + 3
    broken = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    assert not judged(office, broken).intact


def test_the_signature_shows_the_seal_where_the_paper_kept_its_place(office: CentreParts) -> None:
    content = papers_of(office).content(issue(office, Kind.COLLECTION_NOTICE))
    rendered = pdf.render(content, Seal.LATER)
    assert rendered.seal is not None
    left, bottom, right, top = rendered.seal.box
    assert right - left == pytest.approx(42 / 25.4 * 72, abs=1)
    assert top - bottom == pytest.approx(right - left, abs=1)
    reader = pypdf.PdfReader(io.BytesIO(pdf_of(office, issue(office, Kind.COLLECTION_NOTICE))))
    (field,) = reader.pages[rendered.seal.page]["/Annots"]  # type: ignore[attr-defined]
    rect = [float(edge) for edge in field.get_object()["/Rect"]]
    assert rect == pytest.approx([left, bottom, right, top], abs=1)
    assert "/AP" in field.get_object()


def test_the_pdf_is_made_once_and_kept_sealed(office: CentreParts) -> None:
    document = issue(office, Kind.ONE_TIME_NOTICE)
    first = papers_of(office).pdf(document)
    with office.database.reading() as session:
        kept = session.scalars(select(Document).where(Document.id == document.id)).one()
    assert kept.pdf_part is not None
    assert kept.pdf_sha256 == first.sha256
    assert papers_of(office).pdf(kept).data == first.data
    assert b"%PDF" not in office.parts.read(kept.pdf_part)
    # Somebody who had read the row before it was made gets the very same bytes, not a second signature.
    assert papers_of(office).pdf(document).data == first.data


def test_without_a_seal_the_paper_is_to_be_stamped_by_hand_and_is_signed_once_there_is_one(tmp_path: Path) -> None:
    parts = assemble(initialised(tmp_path / "centre"))
    people(parts)
    document = issue(parts, Kind.COLLECTION_NOTICE)
    paper = papers_of(parts).pdf(document)
    assert not paper.signed
    assert "此处加盖单位印章" in text_of(paper.data)
    with_seals(parts)
    assert papers_of(parts).pdf(document).signed
    parts.close()


def test_nothing_of_a_person_stands_in_the_metadata(office: CentreParts) -> None:
    reader = pypdf.PdfReader(io.BytesIO(pdf_of(office, issue(office, Kind.COLLECTION_NOTICE))))
    assert reader.metadata is not None
    assert reader.metadata.title == "收件通知书"
    assert reader.metadata.author == "乌审旗政务服务中心"
    assert PERSONAS["wang"].name not in repr(dict(reader.metadata))


def test_what_people_write_is_text_and_never_markup(office: CentreParts) -> None:
    nasty = '<script>alert(1)</script><img src="https://evil.example/x"> {{ 7*7 }} & "引号"'
    facts = DocumentFacts(reason=nasty, basis=nasty, problems=(Problem(nasty, nasty, nasty, nasty),))
    document = issue(office, Kind.REJECTION_NOTICE, facts=facts)
    shown = html.sheet(papers_of(office).content(document))
    assert "<script>" not in shown
    assert "<img" not in shown
    assert "&lt;script&gt;" in shown
    assert "".join(nasty.split()) in text_of(pdf_of(office, document))


@pytest.mark.parametrize(
    "address", ["https://evil.example/x.png", "file:///etc/hostname", "data:image/png;base64,AAAA"]
)
def test_a_document_fetches_nothing(office: CentreParts, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = papers_of(office).content(issue(office, Kind.COLLECTION_NOTICE))
    monkeypatch.setattr(pdf, "page", lambda *_: f'<article class="sheet"><img src="{address}"></article>')
    with pytest.raises(FatalURLFetchingError):
        pdf.render(content, Seal.LATER)


def test_forty_problems_and_a_very_long_reason_run_over_pages_with_the_seal_on_the_last(office: CentreParts) -> None:
    many = tuple(replace(PROBLEMS[0], subject=f"材料{number:02d}") for number in range(1, 41))
    facts = DocumentFacts(reason="很长的理由。" * 400, problems=many, supplement_due=AT + timedelta(days=14))
    content = papers_of(office).content(issue(office, Kind.ONE_TIME_NOTICE, facts=facts))
    assert isinstance(content.body, OneTimeNotice)
    rendered = pdf.render(content, Seal.LATER)
    pages = pypdf.PdfReader(io.BytesIO(rendered.pdf)).pages
    texts = ["".join(page.extract_text().split()) for page in pages]
    assert len(pages) >= 4
    assert rendered.seal is not None
    assert rendered.seal.page == len(pages) - 1
    assert f"第{len(pages)}页共{len(pages)}页" in texts[-1]
    assert all(any(f"材料{number:02d}" in text for text in texts) for number in range(1, 41))
    heads = [text for text in texts if "存在的问题" in text]
    assert len(heads) >= 2, "the head of the table stands on each page"
    assert "签收" in texts[-1]
    assert texts[-1].count("乌审旗政务服务中心") >= 1


@pytest.mark.parametrize("kind", NUMBERED)
def test_the_code_on_the_paper_is_large_enough_and_leads_to_its_check_page(office: CentreParts, kind: Kind) -> None:
    content = papers_of(office).content(issue(office, kind))
    assert content.check_url == f"https://tongban.example/d/{content.check_code}"
    drawn = re.search(r'<svg [^>]*class="d-qr"[^>]*>', html.sheet(content))
    assert drawn is not None
    side = float(re.findall(r'viewBox="0 0 (\d+) ', drawn[0])[0])
    assert (side - 8) / side * 28 >= 20, "28 mm with four quiet modules at each side"


def test_the_slip_printed_again_is_masked_and_says_what_it_is_not(office: CentreParts) -> None:
    document = issue(office, Kind.COLLECTION_NOTICE)
    with office.database.reading() as session:
        case = session.get_one(Case, document.case_seq)
        said = text_of(slip_pdf(slip_of(session, case, "https://tongban.example")))
    person = PERSONAS["wang"]
    for words in ("申报凭条", "不代表已收件/受理", "王**", "补打", "乌审旗政务服务中心", "12345"):
        assert words in said
    assert person.name not in said
    assert person.id_number not in said
    assert person.phone not in said


def test_an_expired_seal_signs_nothing(office: CentreParts) -> None:
    seal = seals_of(office).get("150626-hall")
    assert seal is not None
    content = papers_of(office).content(issue(office, Kind.COLLECTION_NOTICE))
    with pytest.raises(SealUnusable):
        sign(pdf.render(content, Seal.LATER), seal, content.seal_name, seal.valid_until)


def test_seals_are_kept_sealed_and_never_overwritten_by_demonstrations(office: CentreParts) -> None:
    held = seals_of(office)
    path = office.settings.data / "seals" / "150626-hall.p12"
    assert path.stat().st_mode & 0o777 == 0o600
    kept = held.get("150626-hall")
    assert kept is not None
    assert kept.demonstration
    assert kept.p12 not in path.read_bytes()
    with pytest.raises(SealUnusable):
        held.create("150626-hall", "x", "x", office.now())
    with pytest.raises(SealUnusable):
        Seals(office.settings.data / "seals", Vault(bytes(32))).get("150626-hall")
    with pytest.raises(SealUnusable):
        held.get("../keys/records")
