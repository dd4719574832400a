"""The invented people: nobody real, numbers that hold, and each difficulty of names and cards present once."""

from __future__ import annotations

import pytest

from drivers.id_card_reader import CardKind
from drivers.virtual.personas import PERSONAS, Persona

EVERYBODY = pytest.mark.parametrize("persona", PERSONAS.values(), ids=PERSONAS.keys())


@EVERYBODY
def test_nobody_can_be_a_real_person(persona: Persona) -> None:
    """Region 1999 was never assigned, 99x is used by no permit, 99 is no application region, 1990000 no number."""
    number = persona.id_number
    match persona.kind:
        case CardKind.RESIDENT:
            assert number.startswith("199900")
        case CardKind.HK_MACAO_TAIWAN_RESIDENT:
            assert number[:6] in ("810000", "820000", "830000")
            assert number[14:16] == "99"
        case CardKind.FOREIGN_PERMANENT_RESIDENT_2023:
            assert number.startswith("999")
        case CardKind.FOREIGN_PERMANENT_RESIDENT_2017:
            assert number[3:7] == "9900"
    assert persona.phone.startswith("1990000")
    assert len(persona.phone) == 11


@EVERYBODY
def test_each_number_agrees_with_itself_and_with_the_card(persona: Persona) -> None:
    number = persona.id_number
    if persona.kind is CardKind.FOREIGN_PERMANENT_RESIDENT_2017:
        assert number[7:13] == f"{persona.birth_date:%y%m%d}"
        values = [int(character, 36) for character in number[:14]]
        assert int(number[14]) == sum(v * w for v, w in zip(values, [7, 3, 1] * 5, strict=False)) % 10
        return
    # ISO 7064 MOD 11-2, computed as the standard's recursion and not as the table of weights.
    product = 0
    for character in number[:17]:
        product = (product + int(character)) * 2 % 11
    assert "0123456789X".index(number[17]) == (12 - product) % 11
    assert number[6:14] == f"{persona.birth_date:%Y%m%d}"
    assert int(number[16]) % 2 == int(persona.sex_code) % 2


def test_the_two_cards_of_the_foreigner_are_tied_together() -> None:
    new, old = PERSONAS["foreigner_2023"], PERSONAS["foreigner_2017"]
    tie = new.old_number_association
    rebuilt = new.nationality_code + new.id_number[1:3] + tie[:2] + new.id_number[8:14] + tie[2]
    assert old.id_number[:14] == rebuilt


def test_all_difficulties_of_names_and_cards_are_there() -> None:
    names = "".join(persona.name for persona in PERSONAS.values())
    assert all(character in names for character in "𬭎䶮㛃·\ue863")
    assert {persona.kind for persona in PERSONAS.values()} == set(CardKind)
    assert max(len(persona.name) for persona in PERSONAS.values()) == 15
    assert any(persona.valid_until is None for persona in PERSONAS.values())
    assert any(persona.newest_address for persona in PERSONAS.values())


def test_no_two_people_share_a_number_or_a_social_security_card() -> None:
    cards = [persona.social_security for persona in PERSONAS.values() if persona.social_security]
    for values in ([p.id_number for p in PERSONAS.values()], [c.number for c in cards]):
        assert len(set(values)) == len(values)
    assert {(len(card.number), len(card.identification_code)) for card in cards} == {(9, 32)}
