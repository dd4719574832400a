"""The few words that screens add of their own, because only they know how much fits."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple


class OwnWords(NamedTuple):
    """One language's words."""

    more: str
    fewer: str
    previous: str
    page: str
    seconds: str
    not_all: str
    """While something is being searched for, and the keyboard leaves too little room."""
    closer: str
    """Look at a part of a page dot for dot."""
    whole: str
    """Look at the whole page again."""

    def pages(self, number: int, total: int) -> str:
        """Page `number` (from 1) of `total`."""
        return self.page.format(i=number, n=total)


OWN_WORDS = MappingProxyType(
    {
        "zh_CN": OwnWords(
            "更多",
            "收起",
            "上一页",
            "第 {i} 页，共 {n} 页",
            "{n} 秒",
            "还有更多。多打几个字，或点“确定”看全部。",
            "点哪里，哪里放大",
            "点一下，看整页",
        ),
        "en": OwnWords(
            "More",
            "Fewer",
            "Previous",
            "Page {i} of {n}",
            "{n} s",
            "There are more. Type more letters, or touch Done to see all.",
            "Touch a part to see it large",
            "Touch to see the whole page",
        ),
    }
)
