"""The page that shows a technician whether a printer prints what a slip needs."""

from __future__ import annotations

from drivers.receipt_printer import Align, Pair, Qr, Receipt, Rule, Text


def test_receipt(terminal_id: str) -> Receipt:
    """Chinese, sizes, rare characters, a long line and a QR code."""
    return Receipt(
        "print-test",
        (
            Text("打印测试", Align.CENTER, bold=True, width=2, height=2),
            Text("Print test", Align.CENTER),
            Pair(f"机号：{terminal_id}", "TONGBAN"),
            Rule(),
            Text("普通 Normal 0123456789 ￥12.50"),
            Text("加粗 Bold", bold=True),
            Text("倍高 Double height", height=2),
            Text("倍宽 Wide", width=2),
            Text("靠右 Right", Align.RIGHT),
            Text("生僻字：𬭎 䶮 㛃 〇 龘 𠅤 古丽努尔·艾山", hang=8),
            Text("换行：跨省通办，让群众在家门口就能办成外地的事；标点不在行首，English words stay whole.", hang=6),
            Rule(),
            Qr(f"https://example.invalid/print-test?terminal={terminal_id}", ("二维码", "QR code", "20 mm")),
        ),
    )


test_receipt.__test__ = False  # type: ignore[attr-defined]  # a page, not a test for pytest to collect
