"""A copy of an issued document (文书) on a slip printer's paper. Pure.

It says what the document says; the document itself is the signed one, which the code under it leads to.
"""

from __future__ import annotations

from datetime import datetime

from drivers.receipt_printer import Align, Pair, Qr, Receipt, Rule, Text
from drivers.receipt_printer.receipt import Element
from kiosk.forms import group_number
from kiosk.protocol.documents import CopyLine, DocumentCopy
from kiosk.protocol.model import sha256_hex


def document_copy(
    document: DocumentCopy, *, printed_at: datetime, terminal_id: str, copy: int, demonstration: bool
) -> Receipt:
    """For any width of paper. `printed_at` is local time; `copy` > 0 is marked 补打."""
    head: list[Element] = [
        Text(document.unit, Align.CENTER),
        Text(document.title_zh, Align.CENTER, bold=True, width=2, height=2),
        Text(document.title_en, Align.CENTER),
        Text(document.number, Align.CENTER),
    ]
    if demonstration:
        head.append(Text("演示样张 DEMONSTRATION", Align.CENTER, bold=True))
    if copy:
        head.append(Text(f"补打 {copy}  COPY", Align.CENTER, width=2, height=2))
    issued = document.issued_at.astimezone(printed_at.tzinfo)
    code = group_number(document.check_code)
    foot: list[Element] = [
        Rule(),
        Text(f"出具：{document.unit}", hang=6),
        Pair(f"日期：{issued:%Y-%m-%d}", f"经办人：{document.officer}"),
        Pair(f"打印：{printed_at:%Y-%m-%d %H:%M}", f"机号：{terminal_id}"),
        Text("自助终端打印，内容以扫码查到的文书为准。"),
        Qr(document.check_url, ("扫码查验真伪", "验证码", code[:9], code[10:])),
    ]
    body = (element for line in document.lines for element in _elements(line))
    return Receipt(ledger_name(document), (*head, Rule(), *body, *foot))


def ledger_name(document: DocumentCopy) -> str:
    """What the print ledger and logs call it: not its check code, which would show the document's public page."""
    return f"D{sha256_hex(document.check_code.encode())[:16]}"


def _elements(line: CopyLine) -> tuple[Element, ...]:
    match line.kind:
        case "heading":
            return Rule(), Text(line.text, bold=True)
        case "row":
            return (Text(f"{line.label}. {line.text}", bold=True, hang=3),)
        case "fact":
            return (Text(f"{line.label}：{line.text}", hang=4),)
        case "paragraph":
            return (Text(line.text),)
