"""The person who applies, as their identity card says."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Applicant:
    """What an application needs of an identity card. `repr` shows none of it.

    `card_kind` is one of `resident`, `hk_macao_taiwan_resident`, `foreign_permanent_resident_2017`,
    `foreign_permanent_resident_2023`. Dates are ISO `YYYY-MM-DD`; `valid_until` is empty for 长期.
    """

    card_kind: str
    name: str = field(repr=False)
    id_number: str = field(repr=False)
    sex: str = field(default="", repr=False)
    ethnicity: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    issuing_authority: str = field(default="", repr=False)
    valid_from: str = field(default="", repr=False)
    valid_until: str = field(default="", repr=False)
    long_term: bool = False
    english_name: str = field(default="", repr=False)
    nationality: str = field(default="", repr=False)
    pass_number: str = field(default="", repr=False)
