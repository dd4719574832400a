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

    def pages(self, number: int, total: int) -> str:
        """Page `number` (from 1) of `total`."""
        return self.page.format(i=number, n=total)


OWN_WORDS = MappingProxyType(
    {
        "zh_CN": OwnWords("更多", "收起", "上一页", "第 {i} 页，共 {n} 页", "{n} 秒"),
        "en": OwnWords("More", "Fewer", "Previous", "Page {i} of {n}", "{n} s"),
    }
)
