"""Build `assets/input/lexicon.tsv`, the word list behind the pinyin keyboard. A development tool: nothing here ships.

Words and their frequencies come from jieba's dictionary (MIT), readings from pypinyin (MIT), place names with their
official readings from `assets/regions/regions.tsv`. Run it again when the regions change:

    .venv/bin/python tools/build_input.py
"""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import jieba
from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

ROOT = Path(__file__).parent.parent
REGIONS = ROOT / "assets" / "regions" / "regions.tsv"
COVERAGE = ROOT / "assets" / "fonts" / "coverage.txt"
LEXICON = ROOT / "assets" / "input" / "lexicon.tsv"

FEWEST = 5
"""Words seen less often than this in jieba's corpus are left out (single characters never are)."""

LONGEST = 6
"""Characters of the longest ordinary word."""

PLACE_FREQUENCY = 400
"""What a place name counts: enough to come before a sentence of unrelated words, not before an everyday word."""

ADDRESS_FREQUENCY = 60_000
ADDRESS_CHARACTER_FREQUENCY = 300_000
"""What a word, and a single character, of addresses counts: 号 must come before 好. A terminal is asked for addresses far more often than any corpus of prose."""

ADDRESS_WORDS = (
    "街道 大街 小区 社区 花园 大道 公寓 家园 新村 小学 中学 大学 医院 公司 号楼 单元 胡同 村委会 居委会 "
    "苏木 嘎查 旗 镇 乡 村 组 路 街 巷 道 弄 号 楼 栋 幢 座 层 室 户 里 院 区 县 市 省 一 二 三 四 五 六 七 八 九 十 "
    "开发区 工业园 自治区 自治州 自治县 有限公司 有限责任公司 合作社 派出所 经济开发区"
)

EXTRA_WORDS = (
    "一期 二期 三期 物业 家属院 家属楼 交叉口 东路 西路 南路 北路 中路 东街 西街 南街 北街 张三 李四 王五 赵六 中央大街 人民路 建设路 解放路 中山路 胜利路 新华路 "
    "和平路 民主路 建国路 团结路 光明路 文化路 振兴路 幸福路 朝阳路 长安街 迎宾路 友谊路 前进路 东风路 育才路 青年路 "
    "站前街 人民大街 新华大街 胜利大街 人民东路 人民西路 人民南路 人民北路 医保卡 社保卡 异地就医 跨省通办 居住证 户口本 "
    "不动产权证 营业执照 身份证 养老保险 医疗保险 公积金"
)
"""Words that jieba lacks or hardly knows: the commonest road names, and what people come to a terminal for."""

EXTRA_FREQUENCY = 3_000
"""What each of those counts."""

PARTIALS = 40
"""Characters kept for a syllable that is not typed to its end."""


def plain(reading: str) -> str:
    """Return the keys that type a reading: no tone, ü as v."""
    return to_normal(reading).replace("ü", "v").replace("ê", "e")


def spelled(word: str) -> str | None:
    """Return the letters of a word, or None when a character has no reading."""
    syllables = lazy_pinyin(word, style=Style.NORMAL, errors="ignore")
    letters = "".join(syllables).replace("ü", "v")
    return letters if len(syllables) == len(word) and letters.isascii() and letters.isalpha() else None


def covered() -> set[int]:
    """Return the code points that the terminal's first font can show."""
    first = COVERAGE.read_text().splitlines()[0].split(": ", 1)[1]
    points: set[int] = set()
    for span in first.split():
        low, _, high = span.partition("-")
        points.update(range(int(low, 16), int(high or low, 16) + 1))
    return points


def ordinary_words() -> dict[str, int]:
    """Return jieba's words and frequencies."""
    words = {}
    for line in (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8").splitlines():
        word, frequency, _ = line.split(" ")
        if all("\u4e00" <= c <= "\u9fff" for c in word) and len(word) <= LONGEST:
            words[word] = int(frequency)
    return words


def main() -> None:
    """Write the lexicon."""
    lexicon: dict[str, dict[str, float]] = defaultdict(dict)
    words = ordinary_words()
    for word in ADDRESS_WORDS.split():
        words[word] = max(words.get(word, 0), ADDRESS_FREQUENCY if len(word) > 1 else ADDRESS_CHARACTER_FREQUENCY)
    for word in EXTRA_WORDS.split():
        words[word] = max(words.get(word, 0), EXTRA_FREQUENCY)

    # How often a character is read in each of its ways: what order single characters are offered in.
    read_as: dict[tuple[str, str], int] = defaultdict(int)
    in_words: dict[str, int] = defaultdict(int)
    for word, frequency in words.items():
        if len(word) > 1:
            for character, reading in zip(word, lazy_pinyin(word, style=Style.NORMAL), strict=True):
                read_as[character, reading] += frequency
                in_words[character] += frequency
            if frequency >= FEWEST and (letters := spelled(word)):
                lexicon[letters][word] = frequency

    for line in REGIONS.read_text(encoding="utf-8").splitlines():
        _, _, _, name, _, letters = line.split("\t")
        for reading in {letters.replace("ü", "v"), "".join(lazy_pinyin(list(name), style=Style.NORMAL))}:
            lexicon[reading][name] = max(lexicon[reading].get(name, 0), PLACE_FREQUENCY)

    shown = covered()
    for point, readings in PINYIN_DICT.items():
        character = chr(point)
        for place, reading in enumerate(dict.fromkeys(plain(r) for r in readings.split(","))):
            if not (reading.isascii() and reading.isalpha()):
                continue
            # A second reading counts by its use in words; a rare character by whether it can be shown at once.
            # What never stands in a word is a garbled character of the corpus, however often it was seen.
            own = min(words.get(character, 0), 20 * in_words[character]) if place == 0 else 0
            seldom = 0.02 if point in shown else 0.01
            lexicon[reading][character] = max(own + 0.1 * read_as[character, reading], seldom / (place + 1))

    total = sum(words.values())
    cost = {
        letters: {word: round(-100 * math.log(frequency / total)) for word, frequency in entries.items()}
        for letters, entries in lexicon.items()
    }
    lines = {letters: sorted(entries.items(), key=lambda e: (e[1], e[0])) for letters, entries in cost.items()}
    lines |= partials(lines)
    LEXICON.parent.mkdir(parents=True, exist_ok=True)
    rows = sorted(f"{letters}\t" + "\t".join(f"{w}\t{c}" for w, c in entries) for letters, entries in lines.items())
    keys = [row.split("\t", 1)[0] for row in rows]
    assert all(a < b for a, b in pairwise(keys)), "keys must be sorted as bytes"
    LEXICON.write_text("\n".join(rows) + "\n", encoding="utf-8")
    print(f"{LEXICON.relative_to(ROOT)}: {len(rows)} keys, {LEXICON.stat().st_size / 1e6:.1f} MB")


def partials(lines: dict[str, list[tuple[str, int]]]) -> dict[str, list[tuple[str, int]]]:
    """Return what `-zhon` offers: the commonest characters of all syllables that go on from there."""
    begun: dict[str, dict[str, int]] = defaultdict(dict)
    for letters, entries in lines.items():
        characters = [(word, cost) for word, cost in entries if len(word) == 1]
        for end in range(1, len(letters) if characters else 0):
            for character, cost in characters[:PARTIALS]:
                known = begun[f"-{letters[:end]}"].get(character, cost)
                begun[f"-{letters[:end]}"][character] = min(known, cost)
    return {key: sorted(found.items(), key=lambda e: (e[1], e[0]))[:PARTIALS] for key, found in begun.items()}


if __name__ == "__main__":
    main()
