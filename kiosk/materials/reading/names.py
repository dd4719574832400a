"""The applicant's name in what was read: inside sentences, over two lines, with a misread or an unreadable character."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kiosk.materials.reading.lines import Line, in_rows, is_chinese, nearest, occurrences, plain

_BEFORE = re.compile(
    "(?:姓名|名字|证明|兹有|现有|申请人|持证人|委托人|受托人|代理人|劳动者|乙方|职工|员工|同志|患者|病人|学生|户主|参保人|权利人"
    "|产权人|承租人|出租人|本人|丈夫|妻子|男方|女方|监护人|[为与和、将让派])$"
)
_AFTER = re.compile(
    "同志|先生|女士|小姐|性别|身份证|公民身份|证件|民族|出生|居住|住址|户籍|联系|电话|曾用名|办理|委托|毕业|参加|享受"
    "|[男女系于在自与和就因为是现已的签到至从原将被经学任职]"
)
"""What stands before or after a name in the middle of a sentence."""
_LATIN = re.compile(r"[A-Z]+")
_NOT_NAME = re.compile(r"[·.'\-]")
_ENCLOSED = 0.8
_UNREADABLE = 0.55
_LONG = 9


def find_name(lines: Sequence[Line], name: str) -> float:
    """How sure it is that `name` stands on the page: 0 to 1.

    A short name may be part of another word or of a longer name, so what stands on either side counts. Of a name of
    three characters or more one may be misread, of nine or more two; a character that no reader knows (rare ones
    outside the basic block, those of the private use area) may look like anything.
    """
    wanted = plain(name)
    if _LATIN.search(wanted):
        return _find_latin(lines, name)
    wanted = _NOT_NAME.sub("", wanted)
    if len(wanted) < 2:
        return 0.0
    # A character that the recogniser does not know costs its whole line the score, so that is left out there.
    return max(
        (max(score * _best(wanted, text), _unreadable(wanted, text)) for text, score in _texts(lines)), default=0.0
    )


def _texts(lines: Sequence[Line]) -> list[tuple[str, float]]:
    """Each line; each line with the one that goes on below it (a long name may be set on two)."""
    found = [(_NOT_NAME.sub("", plain(line.text)), line.score) for line in lines]
    ordered = [line for row in in_rows(lines) for line in row]
    for number, line in enumerate(ordered):
        below = next((one for one in ordered[number + 1 :] if _goes_on(line, one)), None)
        if below is not None:
            text = _NOT_NAME.sub("", plain(line.text) + plain(below.text))
            found.append((text, min(line.score, below.score)))
    return found


def _goes_on(line: Line, below: Line) -> bool:
    """Whether `below` starts under `line`, or under the start of its paragraph, within a line's height or two."""
    gap = below.box.top - line.box.bottom
    return -0.3 * line.box.height < gap < 1.6 * line.box.height and below.box.left < line.box.left + 2 * line.box.height


def _best(wanted: str, text: str) -> float:
    best = max((_trust(wanted, text, at) for at in occurrences(wanted, text)), default=0.0)
    if best == 0 and len(wanted) >= 3:
        match = nearest(wanted, text, 1 if len(wanted) < 9 else 2)
        if match is not None and match.end - match.start >= len(wanted) - (len(wanted) > 5):
            found = text[match.start : match.end]
            if found[:1] == wanted[:1] or len(wanted) > 4:
                best = 0.75 * _trust(found, text, match.start, strict=len(wanted) == 3)
    if best == 0 and len(wanted) >= _LONG and wanted[: len(wanted) * 2 // 3 + 1] in text:
        best = 0.6  # written by hand, or cut off at the end of its cell
    return best


def _unreadable(wanted: str, text: str) -> float:
    """For a name with a character that no reader knows: any other may stand there, or nothing."""
    if all(map(_readable, wanted)):
        return 0.0
    best = 0.0
    for instead in (".", ""):
        pattern = "".join(re.escape(one) if _readable(one) else instead for one in wanted)
        hits = re.finditer(f"(?=({pattern}))", text) if pattern else ()
        best = max([best, *(_trust(hit[1], text, hit.start(), strict=len(wanted) == 2) for hit in hits)])
    return _UNREADABLE * best


def _trust(found: str, text: str, at: int, *, strict: bool = False) -> float:
    """How far `found` at this place is a name of its own; 0 when it may as well be part of something longer."""
    before, after = text[:at], text[at + len(found) :]
    opens = not before or not is_chinese(before[-1]) or _BEFORE.search(before) is not None
    closes = not after or not is_chinese(after[0]) or _AFTER.match(after) is not None
    if opens and closes:
        return 1.0
    if strict or len(found) == 2:
        return 0.0
    return _ENCLOSED if opens or closes or len(found) > 3 else 0.6


def _readable(character: str) -> bool:
    return 0x4E00 <= ord(character) <= 0x9FFF


def _find_latin(lines: Sequence[Line], name: str) -> float:
    """Latin names: all their parts, in any order (family names come first or last); spaces may have been lost."""
    parts = _LATIN.findall(plain(name.replace(" ", ",")))
    best = 0.0
    for line in lines:
        words = _LATIN.findall(" ".join(re.findall(r"[^\W\d_]+", line.text.upper())))
        joined = "".join(words)
        if not joined:
            continue
        exact = all(part in words for part in parts)
        if exact or (len("".join(parts)) >= 6 and all(nearest(part, joined, len(part) // 5) for part in parts)):
            spare = len(joined) - len("".join(parts))
            best = max(best, line.score * (1.0 if exact else 0.85 if spare <= 3 else 0.7))
    return best
