"""Until when a paper is valid: printed dates in figures and in Chinese, terms counted from a date, 长期."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kiosk.materials.reading.kinds import PaperKind
from kiosk.materials.reading.lines import Line, in_rows, plain

LONG_TERM = "long_term"

_SURE = 0.75
"""No line with less is trusted with a date: an error here would call a good paper expired."""
_FIGURES = {
    **{one: value for value, one in enumerate("零一二三四五六七八九")},
    "〇": 0,
    "○": 0,
    "O": 0,
    "0": 0,
    "元": 1,
    "两": 2,
}
_YEARS = range(1950, 2100)

_C = "〇○O0零一二三四五六七八九"
_N = "元一二三四五六七八九十廿卅"
_DAY = (
    r"(?:(?:19|20)[0-9]{2}[年.\-/·][0-9]{1,2}[月.\-/·][0-9]{1,2}(?![0-9])日?"
    rf"|[{_C}]{{4}}年[{_N}]{{1,3}}月[{_N}]{{1,3}}日)"
)
_COMPACT = r"(?:19|20)[0-9]{2}[01][0-9][0-3][0-9](?![0-9])"
_TO = r"(?:起)?(?:至|到|—+|-+|~+|~|一)"
_LABEL = r"(?:有效期限|有效期间|有效日期|有效期|VALIDPERIOD)(?:\(.{0,6}\))?[:：]?"
_TERM = rf"([0-9]{{1,3}}|[{_N}]{{1,3}}|两|半)个?(年|月|日|天)"

_FROM_TO = re.compile(rf"{_LABEL}(?:为|是)?(?:自|从)?({_DAY}|{_COMPACT})(?:起|日起)?{_TO}({_DAY}|{_COMPACT}|长期)")
_UNTIL = re.compile(
    rf"(?:{_LABEL}|有效(?=至|到))(?:截止|终止)?(?:日期|日)?[:：]?(?:至|到|止)?[:：]?({_DAY}|{_COMPACT}|长期)(?!起|{_TO})"
)
_PERIOD = re.compile(rf"(?:自|从|期限[:：]?|期间[:：]?|期[:：]?)({_DAY})(?:起)?[^。;]{{0,40}}?(?:至|到|-|—)({_DAY})")
_MONTH_YEAR = re.compile(r"(?:有效期限?|VALIDTHRU|VALID|THRU|MONTH/YEAR)[^0-9]{0,12}([01][0-9])/([0-9]{2})(?![0-9/])")
_TERM_AFTER = re.compile(
    rf"(?:自|从)?(?:本证明)?(?:开具|出具|签发|发证|填发|签署|签订|签字|盖章)之?日起(?:的)?{_TERM}(?:之)?(?:内)?有效"
    rf"|有效(?:期限|期)(?:为|是|[:：])?(?:自(?:开具|出具|签发|发证)之?日起)?{_TERM}"
)
_STARTS = re.compile(
    rf"(?:有效起始日期|起始日期|签发日期|发证日期|开具日期|填发日期|出具日期|发卡日期|VALIDFROM)[^0-9{_C}]{{0,12}}({_DAY}|{_COMPACT})"
)
_ANY_DAY = re.compile(_DAY)


@dataclass(frozen=True)
class Validity:
    """The last day, or `long_term`, and how sure it is."""

    until: str
    confidence: float

    def over(self, today: date) -> bool:
        """Whether the last day has passed."""
        return self.until != LONG_TERM and date.fromisoformat(self.until) < today


def find_validity(lines: Sequence[Line], kind: PaperKind, today: date) -> Validity | None:
    """What a paper of this kind says of its validity; None when it says nothing, or nothing that is clear."""
    ordered = [line for row in in_rows(lines) for line in row]
    flow, worst = _flow(ordered)
    for pattern in (_FROM_TO, _UNTIL) if kind.validity == "stated" else (_PERIOD,) if kind.validity == "period" else ():
        for hit in pattern.finditer(flow):
            found = _from_to(hit, worst(hit.start(), hit.end()))
            if found is not None:
                return found
    if kind.validity == "month" and (stated := _MONTH_YEAR.search(flow)) is not None:
        return _whole_month(stated, worst(*stated.span()))
    if kind.validity == "stated" and (stated := _TERM_AFTER.search(flow)) is not None:
        return _counted(flow, stated, worst, today)
    if kind.months:
        made = _made_on(flow, today)
        if made is not None and worst(*made[1]) >= _SURE:
            return Validity((_months_later(made[0], kind.months)).isoformat(), 0.8 * worst(*made[1]))
    return None


def parse_day(text: str) -> date | None:
    """`2026.11.02`, `2026年11月2日`, `二〇二六年十一月二日` or `20261102` as a date; None when there is no such day."""
    parts = re.findall(r"[0-9]+", text) if re.match(r"[0-9]{4}", text) else []
    if len(parts) == 1:
        parts = [text[:4], text[4:6], text[6:8]]
    if len(parts) == 3:
        year, month, day = map(int, parts)
    elif len(chinese := re.split(r"[年月日]", text)) >= 3:
        year = int("".join(str(_FIGURES.get(one, 0)) for one in chinese[0]))
        month, day = _chinese(chinese[1]), _chinese(chinese[2])
    else:
        return None
    try:
        return date(year, month, day) if year in _YEARS else None
    except ValueError:
        return None


def _flow(lines: Sequence[Line]) -> tuple[str, _Worst]:
    texts = [plain(line.text) for line in lines]
    return "".join(texts), _Worst(texts, [line.score for line in lines])


class _Worst:
    """The lowest score of the lines that a stretch of the flow touches."""

    def __init__(self, texts: Sequence[str], scores: Sequence[float]) -> None:
        self._scores = [score for text, score in zip(texts, scores, strict=True) for _ in text]

    def __call__(self, start: int, end: int) -> float:
        return min(self._scores[start:end], default=0.0)


def _from_to(hit: re.Match[str], score: float) -> Validity | None:
    if score < _SURE:
        return None
    last = hit[hit.re.groups]
    if last == "长期":
        return Validity(LONG_TERM, 0.9 * score)
    until = parse_day(last)
    since = parse_day(hit[1]) if hit.re.groups == 2 else None
    if until is None or (hit.re.groups == 2 and (since is None or since > until)):
        return None
    return Validity(until.isoformat(), 0.9 * score)


def _whole_month(hit: re.Match[str], score: float) -> Validity | None:
    month, year = int(hit[1]), 2000 + int(hit[2])
    if score < _SURE or not 1 <= month <= 12:
        return None
    return Validity(date(year, month, monthrange(year, month)[1]).isoformat(), 0.85 * score)


def _counted(flow: str, hit: re.Match[str], worst: _Worst, today: date) -> Validity | None:
    """A term counted from the day that stands beside 起始日期 and its like, else from the day the paper was made."""
    amount, unit = (hit[1], hit[2]) if hit[1] else (hit[3], hit[4])
    labelled = _STARTS.search(flow)
    if labelled is not None and (day := parse_day(labelled[1])) is not None:
        start, place = day, labelled.span()
    elif (made := _made_on(flow, today)) is not None:
        start, place = made
    else:
        return None
    score = min(worst(*place), worst(*hit.span()))
    until = _later(start, amount, unit)
    return Validity(until.isoformat(), 0.8 * score) if until is not None and score >= _SURE else None


def _made_on(flow: str, today: date) -> tuple[date, tuple[int, int]] | None:
    """The last date on the paper, if it can be that of its making: not to come, not older than thirty years."""
    hits = list(_ANY_DAY.finditer(flow))
    if not hits or (day := parse_day(hits[-1][0])) is None:
        return None
    return (day, hits[-1].span()) if today.replace(day=1) - timedelta(days=366 * 30) < day <= today else None


def _later(start: date, amount: str, unit: str) -> date | None:
    count = int(amount) if amount.isdigit() else 0 if amount == "半" else _chinese(amount)
    if amount == "半":
        return _months_later(start, 6) if unit == "年" else None
    if not 0 < count <= 366:
        return None
    if unit in "日天":
        return start + timedelta(days=count)
    return _months_later(start, count * 12 if unit == "年" else count)


def _months_later(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _chinese(text: str) -> int:
    """Chinese numerals up to ninety-nine; 0 when it is none."""
    text = text.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.partition("十")
    if not ten:
        return _FIGURES.get(text, 0)
    return (_FIGURES.get(tens, 0) if tens else 1) * 10 + (_FIGURES.get(ones, 0) if ones else 0)
