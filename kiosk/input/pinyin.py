"""From letters to candidates: the cheapest way to read them as words, then everything else they may mean.

The sentence is found with the usual best-path search over the letters (each word costs -ln of its frequency, so few and
common words win). The last syllable may be unfinished. Candidates need not use all letters: what is left is composed
next. Nothing here keeps anything between two calls but a cache of the word list. Why no library: docs/decisions/0006.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import Protocol

from kiosk.input.lexicon import Lexicon, LexiconMissing, Word

log = logging.getLogger(__name__)

LONGEST_INPUT = 48
"""Letters that are looked at; a composer takes no more."""

LONGEST_WORD = 30
"""Letters of the longest word that is looked for."""

_TWO_CHARACTERS = "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 司徒 夏侯 端木 呼延 南宫 轩辕 闻人 澹台"
_ONE_CHARACTER = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪"
    "严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳"
    "裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边"
)

SURNAMES = frozenset(_TWO_CHARACTERS.split()) | frozenset(_ONE_CHARACTER)
"""Surnames: of two characters, and the 200 most frequent of one character and a few more."""

WORD_COST = 250
"""What each further word of a sentence costs on top: fewer, longer words are likelier than their frequencies say."""

SURNAME_DISCOUNT = 600
"""What a surname at the beginning of a name is cheaper by (about 400 times commoner)."""


@dataclass(frozen=True)
class Candidate:
    """Text to choose, and how many of the letters it uses up."""

    text: str
    letters: int


class PinyinEngine(Protocol):
    """What the keyboard needs."""

    def candidates(self, letters: str, limit: int, *, name: bool = False) -> tuple[Candidate, ...]:
        """Candidates for `letters` (a…z, ü as v), best first, at most `limit`. `name`: a person's name is typed."""

    def readings(self, character: str) -> tuple[str, ...]:
        """The syllables that type this character, the usual one first; empty when it cannot be typed."""


class NoPinyin:
    """What is left without a word list: letters are typed as they are."""

    def candidates(self, letters: str, limit: int, *, name: bool = False) -> tuple[Candidate, ...]:  # noqa: ARG002
        """None."""
        return ()

    def readings(self, character: str) -> tuple[str, ...]:  # noqa: ARG002
        """None."""
        return ()


@cache
def default_engine() -> PinyinEngine:
    """The engine of this process. Without its word list letters can still be typed; `problems` says how to mend it."""
    try:
        return LexiconPinyin()
    except LexiconMissing as error:
        log.error("pinyin input is off: %s", error)  # noqa: TRY400 - the place adds nothing
        return NoPinyin()


def problems() -> list[str]:
    """What is missing for typing Chinese, in sentences with a remedy for `kiosk doctor`; empty when all is well."""
    try:
        Lexicon()
    except LexiconMissing as error:
        return [f"Chinese cannot be typed: {error}."]
    return []


class LexiconPinyin:
    """The engine on our own word list."""

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self._lexicon = lexicon or Lexicon()
        self._words = lru_cache(maxsize=4096)(self._lexicon.words)
        self._begins = lru_cache(maxsize=4096)(self._lexicon.begins)
        self._readings: dict[str, list[tuple[int, str]]] = {}

    def candidates(self, letters: str, limit: int, *, name: bool = False) -> tuple[Candidate, ...]:
        """See `PinyinEngine`. Letters that begin no syllable (a lone `v`, `i`) have no candidates."""
        letters = letters[:LONGEST_INPUT]
        if not letters:
            return ()
        return tuple(islice(self._distinct(letters, name), limit))

    def readings(self, character: str) -> tuple[str, ...]:
        """See `PinyinEngine`. The first call reads the whole list (some tenths of a second)."""
        if not self._readings:
            for syllable, word in self._lexicon.characters():
                self._readings.setdefault(word.text, []).append((word.cost, syllable))
        return tuple(syllable for _, syllable in sorted(self._readings.get(character, ())))

    def _distinct(self, letters: str, name: bool) -> Iterator[Candidate]:
        seen = set()
        for candidate in self._all(letters, name):
            if candidate.text not in seen:
                seen.add(candidate.text)
                yield candidate

    def _all(self, letters: str, name: bool) -> Iterator[Candidate]:
        whole = len(letters)
        exact = self._at_start(letters, name)
        sentence = self._sentence(letters, name)
        syllable = any(len(word.text) == 1 for word in exact)
        # A single word reads better than a cheaper row of words, unless a name is typed.
        if sentence and (name or not exact):
            yield Candidate(sentence, whole)
        if not syllable:
            yield from (Candidate(word.text, whole) for word in exact)
        if len(exact) < 8 and whole > 2:
            going_on = sorted(self._lexicon.completions(letters), key=lambda word: word.cost)
            yield from (Candidate(word.text, whole) for word in going_on[:5] if len(word.text) > 1)
        yield from (Candidate(word.text, whole) for word in exact)
        for end in range(whole - 1, 0, -1):
            yield from (Candidate(word.text, end) for word in self._at_start(letters[:end], name))
        # Letters that make no syllable yet, alone or before others (b, bjchaoyang): what they may become.
        begun = max((end for end in range(1, whole + 1) if self._words(f"-{letters[:end]}")), default=0)
        yield from (Candidate(word.text, begun) for word in self._words(f"-{letters[:begun]}"))

    def _at_start(self, letters: str, name: bool) -> tuple[Word, ...]:
        """Words of exactly these letters at the beginning of the text, surnames first in a name."""
        words = self._words(letters)
        return tuple(sorted(words, key=lambda word: self._cost(word, name))) if name else words

    @staticmethod
    def _cost(word: Word, name_begins: bool) -> int:
        return word.cost - (SURNAME_DISCOUNT if name_begins and word.text in SURNAMES else 0)

    def _sentence(self, letters: str, name: bool) -> str:
        """The cheapest reading of all letters, the last syllable perhaps unfinished; empty when there is none."""
        best: list[tuple[int, str] | None] = [(0, "")] + [None] * len(letters)
        for start in range(len(letters)):
            here = best[start]
            if here is None:
                continue
            first = name and start == 0
            for end in range(start + 1, min(len(letters), start + LONGEST_WORD) + 1):
                piece = letters[start:end]
                if not self._begins(piece):
                    break
                words = self._words(piece)
                if not words and end == len(letters):
                    words = self._words(f"-{piece}")
                if not words:
                    continue
                word = min(words, key=lambda w: self._cost(w, True)) if first else words[0]
                cost, there = here[0] + self._cost(word, first) + WORD_COST, best[end]
                if there is None or cost < there[0]:
                    best[end] = (cost, here[1] + word.text)
        last = best[-1]
        return last[1] if last is not None else ""
