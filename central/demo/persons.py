"""Invented people. Nobody here exists.

Identity numbers use the region code 199900, which was never assigned, with sound check digits; phone numbers begin with
1990000; streets are called 示例. (The terminal's own test people live with its drivers, which the centre does not see.)
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静强磊洋艳勇军杰娟涛明超秀霞平刚桂英华玉兰宁安乐思远晨曦雨桐子涵"
_RARE = ("㛃", "䶮", "𬍛")
"""Characters outside the usual fonts: documents must show them."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
TEST_REGION = "199900"


@dataclass(frozen=True)
class Person:
    """An invented person."""

    name: str
    sex: str
    born: date
    id_number: str = field(repr=False)
    phone: str = field(repr=False)
    address: str = field(repr=False)


def id_number(born: date, sequence: int) -> str:
    """A number of the test range with its check digit (GB 11643, MOD 11-2)."""
    body = f"{TEST_REGION}{born:%Y%m%d}{sequence:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]


def person(chance: random.Random, serial: int) -> Person:
    """The `serial`-th person of a demonstration."""
    man = chance.random() < 0.5
    born = date(1948, 1, 1) + timedelta(days=chance.randrange(365 * 58))
    given = "".join(chance.sample(_GIVEN, chance.choice((1, 2, 2))))
    if serial % 17 == 5:
        given = given[:1] + _RARE[serial // 17 % len(_RARE)]
    return Person(
        name=chance.choice(_SURNAMES) + given,
        sex="男" if man else "女",
        born=born,
        id_number=id_number(born, serial * 2 % 998 + (1 if man else 0)),
        phone=f"1990000{serial % 10000:04d}",
        address=f"示例省示例市示例区示例路{chance.randrange(1, 300)}号",
    )


def names() -> list[str]:
    """Names as they occur in the bulk: some thousands, each shared by a few hundred people."""
    return [surname + one + two for surname in _SURNAMES for one in _GIVEN[:14] for two in _GIVEN[14:28]]
