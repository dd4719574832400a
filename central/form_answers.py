"""The answers of a form as staff see them unasked: what was chosen stands as it is, what somebody typed is masked by its kind.

A typed text may name anybody (a spouse, a child, an account), and no catalogue can promise that it does not. So a text is
shown only as far as one needs to tell it from another; the whole is shown on demand, with what for, and recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from central.catalogue.facts import FieldFacts
from central.masking import mask_address, mask_identity, mask_numbers, mask_phone, mask_typed
from kiosk.protocol.application import Answer

CHOSEN = frozenset({"choice", "region", "date", "month"})
"""Kinds of fields whose answer comes from a list."""
_CODES = frozenset({"digits", "latin"})
"""Kinds for numbers of accounts and cards, and names in Latin letters."""
_ADDRESS = ("地址", "住址", "住所")


def shown(answers: Sequence[Answer], fields: Iterable[FieldFacts]) -> list[tuple[str, str]]:
    """Question and answer, by the kinds of the fields in the catalogue of the case."""
    kinds = {one.key: one.kind for one in fields}
    return [(one.label or one.key, masked(one, kinds.get(one.key, ""))) for one in answers]


def masked(answer: Answer, kind: str) -> str:
    """The answer as it is shown. An unknown `kind` counts as typed: a field of another channel, or of an old catalogue."""
    value = answer.value
    if kind in CHOSEN:
        return mask_numbers(value)
    if kind == "phone":
        return mask_phone(value)
    if kind in _CODES:
        return mask_identity(value)
    number = mask_numbers(value)
    if number != value and len(value.split()) == 1 and value.isascii():
        return number
    return mask_address(value) if any(word in answer.label for word in _ADDRESS) else mask_typed(value)
